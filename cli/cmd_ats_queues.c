/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_ats_queues.c - webhooks that came, and events that leave */
#include "cmd_ats.h"

#include "nurture/ats-out.h"
#include "nurture/ats.h"
#include "nurture/clock.h"
#include "nurture/error.h"
#include "nurture/json.h"
#include "nurture/text.h"

#include <stdio.h>
#include <string.h>

/* -- lists ---------------------------------------------------------------- */

static void
print_row(const CliContext *cli, Statement *st, const char *const *names)
{
    g_autoptr(GString) out = g_string_new("{\"schema\":1");
    g_autofree char *when = date_format(
        statement_int(st, 1), cli->workspace->zone, "YYYY-MM-DD HH:mm", "en");
    const char *text[4];

    for (int i = 0; i < 4; i++)
        text[i] = statement_text(st, i + 2);
    if (!cli->json) {
        printf("%6" G_GINT64_FORMAT "  %s  %-9s %-16s %-24s %s\n",
               statement_int(st, 0), when, text[0], text[1],
               text[2] ? text[2] : "", text[3] ? text[3] : "");
        return;
    }
    g_string_append_printf(out,
                           ",\"id\":%" G_GINT64_FORMAT ",\"at\":"
                           "%" G_GINT64_FORMAT,
                           statement_int(st, 0), statement_int(st, 1));
    for (int i = 0; i < 4; i++) {
        g_string_append_printf(out, ",\"%s\":", names[i]);
        json_append_string(out, text[i]);
    }
    puts(g_string_append_c(out, '}')->str);
}

static int
print_list(CliContext *cli, const char *sql, const char *const *names, bool all,
           const char *nothing)
{
    GError *error = NULL;
    g_autoptr(Statement) st = store_prepare(cli->store, sql, &error);
    int64_t rows = 0;

    if (!st)
        return cli_error(error);
    statement_bind_int(st, ":all", all);
    for (; statement_step(st); rows++)
        print_row(cli, st, names);
    if (!statement_end(st, &error))
        return cli_error(error);
    if (rows == 0 && !cli->json && !cli->quiet)
        puts(nothing);
    return 0;
}

static int
list_inbox(CliContext *cli, bool all)
{
    static const char *const names[] = {"state", "hook", "event", "error"};

    return print_list(
        cli,
        "SELECT hook_id, received_at, state, hook, event, error"
        " FROM hook_inbox WHERE :all OR state IN ('new', 'failed')"
        " ORDER BY hook_id",
        names, all, "Every webhook has been understood.");
}

static int
list_outbox(CliContext *cli, bool all)
{
    static const char *const names[] = {"state", "receiver", "event", "error"};

    return print_list(
        cli,
        "SELECT w.webhook_id, coalesce(w.done_at, w.next_at), w.state,"
        "  w.receiver, v.kind, w.error FROM webhook_out w"
        " LEFT JOIN event v ON v.event_id = w.event_id"
        " WHERE :all OR w.state <> 'delivered' ORDER BY w.webhook_id",
        names, all, "Nothing waits.");
}

/* -- retry ---------------------------------------------------------------- */

static bool
retry_inbox(CliContext *cli, int64_t id, int64_t *count, GError **error)
{
    AtsInboxResult r = {0};

    if (!ats_inbox_retry(cli->store, id, count, error) ||
        !ats_inbox_process(cli->store, cli->workspace, cli->keys, cli->now, &r,
                           error))
        return false;
    if (!cli->json && !cli->quiet)
        printf("%s understood, %s not\n", number_format(r.done + r.ignored),
               number_format(r.failed + r.waiting));
    return true;
}

static bool
retry_outbox(CliContext *cli, int64_t id, int64_t *count, GError **error)
{
    AtsOutResult r;

    if (!ats_out_retry(cli->store, id, cli->now, count, error) ||
        !ats_out_run(cli->store, cli->workspace, cli->now, &r, error))
        return false;
    if (!cli->json && !cli->quiet)
        printf("%s delivered, %s not\n", number_format(r.delivered),
               number_format(r.failed));
    return true;
}

static int
run_queue(int argc, char **argv, CliContext *cli, const char *what,
          int (*list)(CliContext *, bool),
          bool (*retry)(CliContext *, int64_t, int64_t *, GError **))
{
    gboolean all = FALSE;
    const GOptionEntry entries[] = {
        {"all", 0, 0, G_OPTION_ARG_NONE, &all, "Also those that are done",
         NULL},
        {NULL},
    };
    GError *error = NULL;
    int64_t count, id = 0;
    int status = cli_options(entries, what, NULL, &argc, &argv);

    if (status >= 0)
        return status;
    if (argc == 1 || strcmp(argv[1], "list") == 0)
        return list(cli, all);
    if (strcmp(argv[1], "retry") != 0 || argc > 3)
        return cli_usage("ats", "'list', or 'retry [NUMBER]'");
    if (argc == 3)
        id = g_ascii_strtoll(argv[2], NULL, 10);
    if (argc == 3 && id <= 0)
        return cli_usage("ats", "'%s' is not a number of the list", argv[2]);
    if (!retry(cli, id, &count, &error))
        return cli_error(error);
    if (cli->json)
        printf("{\"schema\":1,\"retried\":%" G_GINT64_FORMAT "}\n", count);
    else if (count == 0)
        puts("There was none to try again.");
    return 0;
}

int
ats_run_inbox(int argc, char **argv, CliContext *cli)
{
    return run_queue(
        argc, argv, cli,
        "[list|retry [NUMBER]] - webhooks that were not understood", list_inbox,
        retry_inbox);
}

int
ats_run_outbox(int argc, char **argv, CliContext *cli)
{
    return run_queue(argc, argv, cli,
                     "[list|retry [NUMBER]] - events that have not been taken",
                     list_outbox, retry_outbox);
}

/* -- export --------------------------------------------------------------- */

static void
print_line(const char *json, gpointer unused)
{
    (void)unused;
    puts(json);
}

int
ats_run_export(int argc, char **argv, CliContext *cli)
{
    g_autofree char *since = NULL;
    gboolean scores = FALSE;
    const GOptionEntry entries[] = {
        {"since", 0, 0, G_OPTION_ARG_STRING, &since,
         "From this day on; all if not given", "DATE"},
        {"scores", 0, 0, G_OPTION_ARG_NONE, &scores,
         "The engagement score too; it stays here otherwise", NULL},
        {NULL},
    };
    GError *error = NULL;
    int64_t from = 0;
    int status = cli_options(
        entries, "- replies, interest, opt-outs, bounces and erasures",
        "JSON lines, as the webhooks of ats.out carry them.", &argc, &argv);

    if (status >= 0)
        return status;
    if (since && !date_parse(since, cli->workspace->zone, &from, &error))
        return cli_error(error);
    if (!ats_out_each(cli->store, cli->workspace, from, scores, cli->now,
                      print_line, NULL, &error))
        return cli_error(error);
    return 0;
}
