/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_keys.c - the keys that links and return addresses are signed with */
#include "cli.h"

#include "nurture/token.h"

#include <stdio.h>
#include <string.h>

static const char help[] =
    "Without a word: how many keys there are, and where. 'rotate' adds one, "
    "which\nsigns from the next start of each command on. Older ones stay, so "
    "that links in\nmails that are out work for ever. Back the file up: "
    "without it no old link works.";

int
cmd_keys(int argc, char **argv, CliContext *cli)
{
    const GOptionEntry entries[] = {{NULL}};
    g_autofree char *path = NULL;
    GError *error = NULL;
    int status = cli_options(entries, "[rotate] - the keys of links", help,
                             &argc, &argv);
    int newest;

    if (status >= 0)
        return status;
    if (argc > 2 || (argc == 2 && strcmp(argv[1], "rotate") != 0))
        return cli_usage("keys", "say nothing, or rotate");
    path = g_build_filename(cli->workspace->state_dir, "keys", NULL);
    newest = argc == 2 ? keys_rotate(path, &error) : keys_newest(cli->keys);
    if (newest == 0)
        return cli_error(error);
    if (cli->json)
        printf("{\"schema\":1,\"newest\":%d}\n", newest);
    else if (!cli->quiet)
        printf(argc == 2 ? "Key %d signs from now on (%s).\n"
                         : "Key %d is the newest (%s).\n",
               newest, path);
    return 0;
}
