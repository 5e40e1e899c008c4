/* SPDX-License-Identifier: Apache-2.0 */
/* desk_workspace.c - who may see what, as the files say now
 *
 * Somebody who leaves, or gets another role, must not wait for a restart: when
 * nurture.yaml or a file in senders/ is another than before, the folder is read
 * anew. What cannot be read leaves things as they were, and is logged. */
#include "desk-private.h"

#include "nurture/clock.h"
#include "nurture/diagnostic-list.h"
#include "nurture/log.h"

#include <glib/gstdio.h>

#define LOOK_MS 1000

static uint64_t
add_file(uint64_t sum, const char *path)
{
    GStatBuf st;

    if (g_stat(path, &st) < 0)
        return sum * 31 + 1;
    sum = sum * 31 + (uint64_t)st.st_ino;
    sum = sum * 31 + (uint64_t)st.st_size;
    sum = sum * 31 + (uint64_t)st.st_mtim.tv_sec;
    return sum * 31 + (uint64_t)st.st_mtim.tv_nsec;
}

static uint64_t
stamp(const Workspace *workspace)
{
    g_autofree char *yaml =
        g_build_filename(workspace->root, "nurture.yaml", NULL);
    g_auto(GStrv) names = workspace_list(workspace, "senders", ".md");
    uint64_t sum = add_file(7, yaml);

    for (char **name = names; *name; name++) {
        g_autofree char *path =
            g_build_filename(workspace->root, "senders", *name, NULL);
        sum = add_file(sum * 31 + g_str_hash(*name), path);
    }
    return sum;
}

void
desk_workspace_begin(Desk *desk)
{
    if (desk->workspace->root)
        desk->stamp = stamp(desk->workspace);
    desk->looked_at = clock_monotonic();
}

void
desk_workspace_look(Desk *desk)
{
    g_autoptr(Diagnostics) problems = NULL;
    g_autoptr(GError) error = NULL;
    Workspace *fresh;

    if (!desk->workspace->root || clock_monotonic() - desk->looked_at < LOOK_MS)
        return;
    desk->looked_at = clock_monotonic();
    uint64_t now = stamp(desk->workspace);
    if (now == desk->stamp)
        return;
    desk->stamp = now;
    problems = diagnostics_new();
    fresh = workspace_open(desk->workspace->root, problems, &error);
    if (!fresh) {
        log_warn("part=desk message=\"the settings have changed and cannot be "
                 "read; the old ones stay: %s\"",
                 error->message);
        return;
    }
    if (desk->own)
        workspace_free(desk->own);
    desk->workspace = desk->own = fresh;
    log_info("part=desk message=\"settings and senders are read anew\"");
}
