/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_login_link.c - a way into the recruiters' pages without a mail */
#include "cli.h"

#include "nurture/desk.h"
#include "nurture/error.h"
#include "nurture/json.h"

#include <stdio.h>
#include <string.h>

static const char help[] =
    "Prints a link that lets one sender (a file in senders/, or its address)\n"
    "into the pages of 'nurture serve', once, within 15 minutes. For the "
    "first\n"
    "login, and for when mail does not arrive.";

static const Sender *
find_sender(const Workspace *workspace, const char *who)
{
    const Sender *named = workspace_sender(workspace, who);

    for (guint i = 0;
         !named && workspace->senders && i < workspace->senders->len; i++) {
        const Sender *s = workspace->senders->pdata[i];
        if (s->email && g_ascii_strcasecmp(s->email, who) == 0)
            named = s;
    }
    return named;
}

int
cmd_login_link(int argc, char **argv, CliContext *cli)
{
    GError *error = NULL;
    int status = cli_options(NULL, "SENDER - a link that logs in once", help,
                             &argc, &argv);
    const Sender *sender;
    g_autofree char *link = NULL;

    if (status >= 0)
        return status;
    if (argc != 2)
        return cli_usage("login-link", "name one sender or address");
    sender = find_sender(cli->workspace, argv[1]);
    if (!sender)
        return cli_error(g_error_new(
            NURTURE_ERROR, ERROR_NOT_FOUND,
            "nobody in senders/ is called or has the address '%s'", argv[1]));
    link =
        desk_login_link(cli->store, cli->workspace, sender, cli->now, &error);
    if (!link)
        return cli_error(error);
    if (cli->json) {
        g_autoptr(GString) out = g_string_new("{\"schema\":1,\"link\":");
        json_append_string(out, link);
        puts(g_string_append_c(out, '}')->str);
    } else {
        puts(link);
    }
    return 0;
}
