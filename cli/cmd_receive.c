/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_receive.c - one mail on stdin, kept before it is answered for
 *
 * Called by a mail server, so the exit status is sysexits: 0 = kept, 75 = try
 * again. The server owns the mail until we return 0. */
#include "cli.h"

#include "nurture/clock.h"
#include "nurture/error.h"
#include "nurture/inbound.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

enum { KEPT = 0, TRY_AGAIN = 75, MOST = 64 * 1024 * 1024 };

static const char help[] =
    "For a pipe from your mail server, for example in Postfix' master.cf:\n"
    "  nurture unix - n n - - pipe flags=R user=nurture\n"
    "    argv=/usr/local/bin/nurture -C /srv/acme-talent receive ${recipient}\n"
    "The mail is in the spool, synced, before the exit status is 0; any\n"
    "trouble is 75 (try again). It is understood right away unless "
    "--spool-only\n"
    "is given, else by the next run.";

static GBytes *
read_stdin(GError **error)
{
    g_autoptr(GByteArray) all = g_byte_array_new();
    guint8 buffer[65536];
    ssize_t n;

    while ((n = read(STDIN_FILENO, buffer, sizeof buffer)) != 0) {
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 || all->len > MOST) {
            g_set_error(error, NURTURE_ERROR, ERROR_TEMPORARY, "stdin: %s",
                        n < 0 ? g_strerror(errno) : "larger than 64 MB");
            return NULL;
        }
        g_byte_array_append(all, buffer, (guint)n);
    }
    return g_byte_array_free_to_bytes(g_steal_pointer(&all));
}

static int
try_again(GError *error)
{
    fprintf(stderr, "nurture receive: %s\n", error->message);
    g_error_free(error);
    return TRY_AGAIN;
}

/* The mail is safe; what goes wrong from here on is the next run's. */
static void
understand(Workspace *workspace)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *path =
        g_build_filename(workspace->state_dir, "keys", NULL);
    g_autoptr(Store) store =
        store_open(workspace->database, STORE_EXISTING, &error);
    g_autoptr(Keys) keys = store ? keys_load(path, false, &error) : NULL;
    InboundResult result;

    if (!keys ||
        !inbound_process(store, workspace, keys, clock_now(), &result, &error))
        fprintf(stderr, "nurture receive: kept, but not understood yet: %s\n",
                error->message);
}

int
cmd_receive(int argc, char **argv, CliContext *cli)
{
    gboolean spool_only = FALSE;
    const GOptionEntry entries[] = {
        {"spool-only", 0, 0, G_OPTION_ARG_NONE, &spool_only,
         "Keep it; the next run understands it", NULL},
        {NULL},
    };
    g_autoptr(Diagnostics) problems = diagnostics_new();
    g_autoptr(Workspace) workspace = NULL;
    g_autoptr(GBytes) raw = NULL;
    GError *error = NULL;
    int status = cli_options(entries, "[RECIPIENT] - a mail on stdin", help,
                             &argc, &argv);

    if (status == 0)
        return KEPT;
    if (status > 0)
        return TRY_AGAIN; /* a mistyped pipe must not bounce mail */
    workspace = workspace_open(cli->directory, problems, &error);
    if (!workspace)
        return try_again(error);
    raw = read_stdin(&error);
    if (!raw || !inbound_spool(workspace->state_dir, raw,
                               argc > 1 ? argv[1] : NULL, &error))
        return try_again(error);
    if (!spool_only)
        understand(workspace);
    return KEPT;
}
