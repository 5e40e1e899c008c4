/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_restore.c - nurture restore: an older copy, and nothing sent twice */
#include "cli.h"

#include "nurture/error.h"
#include "nurture/json.h"
#include "nurture/restore.h"
#include "nurture/text.h"
#include "nurture/window.h"

#include <stdio.h>
#include <string.h>

static const char help[] =
    "Puts FILE, made by 'nurture backup', in the place of the database. What "
    "was\n"
    "due since the copy was made may have been sent: it becomes in doubt and "
    "is\n"
    "not sent unasked. Who was erased since is erased again ('erased', beside "
    "the\n"
    "keys, knows their addresses by keyed hashes). Opt-outs and what was sent "
    "are taken over from the "
    "present\n"
    "database, as far as it can be read, and from the mail server's log "
    "(--log,\n"
    "may be given many times; Postfix). The rest is yours to\n"
    "decide: 'nurture queue list --state in_doubt'. The present database is "
    "kept\n"
    "beside. Launches since the copy are forgotten: look at a plan before you\n"
    "launch again. Stop everything of nurture first.";

static void
show_progress(int64_t at, int64_t until, gpointer data)
{
    const CliContext *cli = data;
    g_autofree char *moment =
        date_format(at, cli->workspace->zone, "YYYY-MM-DD", "en");
    g_autofree char *what = g_strdup_printf("going through %s", moment);

    (void)until;
    cli_progress(cli, what, 0, 0, false);
}

static bool
confirm(const CliContext *cli, bool yes, GError **error)
{
    g_autofree char *typed = NULL;

    if (yes)
        return true;
    typed =
        cli_ask(cli, "This replaces the database with an older copy; the "
                     "present one is kept beside.\nType restore to go on: ");
    if (g_strcmp0(typed, "restore") == 0)
        return true;
    g_set_error(error, NURTURE_ERROR, ERROR_REFUSED,
                "nothing was changed; type 'restore', or say --yes");
    return false;
}

static void
print_json(const RestoreResult *r)
{
    g_autoptr(GString) out = g_string_new(NULL);

    g_string_append_printf(
        out,
        "{\"schema\":1,\"made_at\":%" G_GINT64_FORMAT
        ",\"in_doubt\":%" G_GINT64_FORMAT ",\"cleared\":%" G_GINT64_FORMAT
        ",\"stopped\":%" G_GINT64_FORMAT ",\"erased\":%" G_GINT64_FORMAT
        ",\"kept\":",
        r->made_at, r->doubted - r->cleared, r->cleared, r->stopped, r->erased);
    json_append_string(out, r->kept);
    g_string_append_c(out, '}');
    puts(out->str);
}

static void
print_result(const CliContext *cli, const RestoreResult *r)
{
    g_autofree char *made =
        date_format(r->made_at, cli->workspace->zone, "YYYY-MM-DD HH:mm", "en");
    int64_t left = r->doubted - r->cleared;

    printf("The database is that of %s.\n", made);
    if (r->kept)
        printf("The one before is %s\n", r->kept);
    printf("%s mails were due since; %s of them are known to have left.\n",
           number_format(r->doubted), number_format(r->cleared));
    if (r->stopped)
        printf("%s opt-outs and bounces were taken over.\n",
               number_format(r->stopped));
    if (r->erased)
        printf("%s people had been erased since, and are again.\n",
               number_format(r->erased));
    if (left)
        printf("%s are in doubt and are not sent: nurture queue list --state "
               "in_doubt\n",
               number_format(left));
}

int
cmd_restore(int argc, char **argv, CliContext *cli)
{
    g_auto(GStrv) logs = NULL;
    gboolean yes = FALSE;
    const GOptionEntry entries[] = {
        {"log", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &logs,
         "The mail server's log since the copy was made", "FILE"},
        {"yes", 0, 0, G_OPTION_ARG_NONE, &yes, "Do not ask", NULL},
        {NULL}};
    GError *error = NULL;
    RestoreResult result = {0};
    bool done;
    int status = cli_options(entries, "FILE - put an older copy back", help,
                             &argc, &argv);

    if (status >= 0)
        return status;
    if (argc != 2)
        return cli_usage("restore", "say which copy");
    if (!confirm(cli, yes, &error))
        return cli_error(error);
    RestoreOptions options = {
        .workspace = cli->workspace,
        .copy = argv[1],
        .logs = (const char *const *)logs,
        .now = cli->now,
        .progress = show_progress,
        .data = cli,
    };
    done = restore_run(&options, &result, &error);
    cli_progress(cli, "", 0, 0, true);
    if (!done)
        return cli_error(error);
    if (cli->json)
        print_json(&result);
    else if (!cli->quiet)
        print_result(cli, &result);
    restore_result_clear(&result);
    return 0;
}
