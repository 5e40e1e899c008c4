/* SPDX-License-Identifier: Apache-2.0 */
/* erasure_log.c - who was erased, outside the database */
#include "erasure-log.h"

#include "nurture/error.h"
#include "nurture/file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static char *
log_path(const Workspace *w)
{
    return g_build_filename(w->state_dir, "erased", NULL);
}

static bool
fail(const char *path, GError **error)
{
    g_set_error(error, NURTURE_ERROR, ERROR_TEMPORARY, "%s: %s", path,
                g_strerror(errno));
    return false;
}

bool
erasure_log_each(const Workspace *workspace,
                 bool (*erased)(const char *hmac, int64_t at, gpointer data),
                 gpointer data, GError **error)
{
    g_autofree char *path = log_path(workspace);
    g_autofree char *text = NULL;
    g_auto(GStrv) lines = NULL;

    if (access(path, F_OK) != 0)
        return true;
    if (!g_file_get_contents(path, &text, NULL, NULL))
        return fail(path, error);
    lines = g_strsplit(text, "\n", -1);
    for (char **l = lines; *l; l++) {
        char *at = strchr(*l, ' ');
        if (!at)
            continue; /* the end, or half a line of a crash */
        *at++ = '\0';
        if (!erased(*l, g_ascii_strtoll(at, NULL, 10), data))
            return false;
    }
    return true;
}

static bool
remember(const char *hmac, int64_t at, gpointer data)
{
    (void)at;
    g_hash_table_add(data, g_strdup(hmac));
    return true;
}

/* One write, so that two who append do not mix their lines. The first byte ends
 * what a crash may have left half written. */
static bool
append(const char *path, const GString *lines, GError **error)
{
    g_autofree char *dir = g_path_get_dirname(path);
    int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    bool done = fd >= 0 && file_write_all(fd, lines->str, lines->len) &&
                fsync(fd) == 0 && file_sync_directory(dir);

    if (!done)
        fail(path, error);
    if (fd >= 0)
        close(fd);
    return done;
}

bool
erasure_log_update(Store *store, const Workspace *workspace, GError **error)
{
    g_autofree char *path = NULL;
    g_autoptr(GHashTable) known =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_autoptr(GString) lines = g_string_new("\n");
    g_autoptr(Statement) st = NULL;

    if (!workspace->state_dir)
        return true;
    path = log_path(workspace);
    if (!erasure_log_each(workspace, remember, known, error))
        return false;
    st = store_prepare(store,
                       "SELECT address_hmac, at FROM suppression"
                       " WHERE reason = 'erased' AND scope = 'all'",
                       error);
    if (!st)
        return false;
    while (statement_step(st))
        if (!g_hash_table_contains(known, statement_text(st, 0)))
            g_string_append_printf(lines, "%s %" G_GINT64_FORMAT "\n",
                                   statement_text(st, 0), statement_int(st, 1));
    return statement_end(st, error) &&
           (lines->len == 1 || append(path, lines, error));
}
