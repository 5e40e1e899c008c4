/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_digest.c - the replies a recruiter has not been told of */
#include "cli.h"

#include "nurture/digest.h"
#include "nurture/error.h"
#include "nurture/json.h"
#include "nurture/text.h"

#include <stdio.h>

static const char help[] = "Prints the replies since the last digest, grouped "
                           "by what they mean. With\n"
                           "--send they go to the recruiter as mail at the "
                           "next run, and are not told\n"
                           "again.";

static bool
print_one(CliContext *cli, const char *recruiter, GError **error)
{
    g_auto(DigestText) digest = {0};
    g_autoptr(GString) html = g_string_new(NULL);
    g_autoptr(GString) text = g_string_new(NULL);

    if (!digest_make(cli->store, cli->workspace, cli->keys, recruiter, cli->now,
                     &digest, error) ||
        !digest_render(&digest, cli->workspace, html, text, error))
        return false;
    if (cli->json) {
        g_autoptr(GString) out = g_string_new("{\"schema\":1,\"recruiter\":");
        json_append_string(out, recruiter);
        g_string_append_printf(
            out, ",\"replies\":%" G_GINT64_FORMAT ",\"text\":", digest.replies);
        json_append_string(out, text->str);
        g_string_append(out, ",\"html\":");
        json_append_string(out, html->str);
        puts(g_string_append_c(out, '}')->str);
    } else {
        fputs(text->str, stdout);
    }
    return true;
}

static bool
send_one(CliContext *cli, const char *recruiter, GError **error)
{
    bool sent;

    if (!digest_send(cli->store, cli->workspace, cli->keys, recruiter, cli->now,
                     &sent, error))
        return false;
    if (!cli->quiet)
        fprintf(stderr,
                sent ? "%s: queued; it leaves with the next run\n"
                     : "%s: nothing to tell\n",
                recruiter);
    return true;
}

int
cmd_digest(int argc, char **argv, CliContext *cli)
{
    g_autofree char *recruiter = NULL;
    gboolean send = FALSE;
    const GOptionEntry entries[] = {
        {"for", 0, 0, G_OPTION_ARG_STRING, &recruiter,
         "Only this recruiter (a file in senders/)", "RECRUITER"},
        {"send", 0, 0, G_OPTION_ARG_NONE, &send, "Send it as mail", NULL},
        {NULL},
    };
    g_auto(GStrv) all = NULL;
    GError *error = NULL;
    int status = cli_options(entries, "- answers to read", help, &argc, &argv);

    if (status >= 0)
        return status;
    if (recruiter) {
        all = g_new0(char *, 2);
        all[0] = g_strdup(recruiter);
    } else {
        all = digest_recruiters(cli->store, cli->workspace, cli->now, &error);
        if (!all)
            return cli_error(error);
    }
    for (char **r = all; *r; r++)
        if (!(send ? send_one : print_one)(cli, *r, &error))
            return cli_error(error);
    if (!*all && !cli->quiet)
        fputs("No answers that have not been told.\n", stderr);
    return 0;
}
