/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_why.c - why somebody is mailed, or is not */
#include "cli.h"

#include "nurture/candidates.h"
#include "nurture/clock.h"
#include "nurture/event.h"
#include "nurture/json.h"
#include "nurture/why.h"

#include <stdio.h>

static const char help[] =
    "Asks the function that decides before every message, in general and for\n"
    "each campaign the person is in, with that campaign's own window, "
    "holidays\n"
    "and cap, and prints the last things that happened.";

static char *
moment(const CliContext *cli, int64_t at)
{
    return date_format(at, cli->workspace->zone, "D MMMM YYYY, HH:mm", "en");
}

static void
print_json(const EligibilityWhy *w)
{
    const EligibilityAnswer *a = &w->answer;
    g_autoptr(GString) out = g_string_new("{\"schema\":1,\"campaign\":");

    json_append_string(out, w->campaign);
    g_string_append(out, ",\"enrolment\":");
    json_append_string(out, w->standing);
    g_string_append_printf(out, ",\"due\":%" G_GINT64_FORMAT, w->due_at);
    g_string_append_printf(
        out, ",\"reason\":\"%s\",\"detail\":", eligibility_word(a->reason));
    json_append_string(out, a->detail);
    g_string_append_printf(out, ",\"possible\":%" G_GINT64_FORMAT "}",
                           a->retry_at);
    puts(out->str);
}

static void
print_why(const CliContext *cli, const EligibilityWhy *w)
{
    const EligibilityAnswer *a = &w->answer;
    g_autofree char *when = a->retry_at ? moment(cli, a->retry_at) : NULL;
    g_autofree char *due = w->due_at ? moment(cli, w->due_at) : NULL;

    printf("%-28s %s%s%s%s%s\n", w->campaign ? w->campaign : "mail in general",
           eligibility_sentence(a->reason), a->detail[0] ? ": " : "", a->detail,
           when ? "; next possible " : "", when ? when : "");
    if (w->standing)
        printf("%-28s %s%s%s\n", "", w->standing, due ? ", due " : "",
               due ? due : "");
}

static bool
print_history(CliContext *cli, int64_t candidate, GError **error)
{
    g_autoptr(Statement) st = store_prepare(
        cli->store,
        "SELECT at, kind, campaign, step, machine FROM event"
        " WHERE candidate_id = :candidate ORDER BY event_id DESC LIMIT 15",
        error);
    double score = 0;

    if (!st || !score_of(cli->store, cli->workspace, candidate, cli->now,
                         &score, error))
        return false;
    printf("\nScore %.1f. Last events:\n", score);
    statement_bind_int(st, ":candidate", candidate);
    while (statement_step(st)) {
        g_autofree char *when =
            date_format(statement_int(st, 0), cli->workspace->zone,
                        "YYYY-MM-DD HH:mm", "en");
        printf("  %s  %-12s %s%s%s%s\n", when, statement_text(st, 1),
               statement_text(st, 2) ? statement_text(st, 2) : "",
               statement_text(st, 3) ? "/" : "",
               statement_text(st, 3) ? statement_text(st, 3) : "",
               statement_int(st, 4) ? "  (a machine)" : "");
    }
    return statement_end(st, error);
}

int
cmd_why(int argc, char **argv, CliContext *cli)
{
    GError *error = NULL;
    g_autoptr(GPtrArray) list = NULL;
    int64_t candidate;
    int status =
        cli_options(NULL, "ADDRESS - why (not) mailed", help, &argc, &argv);

    if (status >= 0)
        return status;
    if (argc != 2)
        return cli_usage("why", "name one address");
    if (!candidate_find(cli->store, argv[1], &candidate, &error))
        return cli_error(error);
    list = why_all(cli->store, cli->workspace, candidate, cli->now, &error);
    for (guint i = 0; list && i < list->len; i++)
        if (cli->json)
            print_json(list->pdata[i]);
        else
            print_why(cli, list->pdata[i]);
    if (!list || (!cli->json && !print_history(cli, candidate, &error)))
        return cli_error(error);
    return 0;
}
