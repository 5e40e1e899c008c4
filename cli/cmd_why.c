/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_why.c - why somebody is mailed, or is not */
#include "cli.h"

#include "nurture/candidates.h"
#include "nurture/clock.h"
#include "nurture/eligibility.h"
#include "nurture/event.h"
#include "nurture/json.h"

#include <stdio.h>

static const char help[] =
    "Asks the function that decides before every message, in general and for\n"
    "each campaign the person is in, and prints the last things that happened.";

static void
print_answer(const CliContext *cli, const char *campaign, const char *state,
             const EligibilityAnswer *a)
{
    g_autofree char *when = a->retry_at
                                ? date_format(a->retry_at, cli->workspace->zone,
                                              "D MMMM YYYY, HH:mm", "en")
                                : NULL;

    if (cli->json) {
        g_autoptr(GString) out = g_string_new("{\"schema\":1,\"campaign\":");
        json_append_string(out, campaign);
        g_string_append(out, ",\"enrolment\":");
        json_append_string(out, state);
        g_string_append_printf(
            out, ",\"reason\":\"%s\",\"detail\":", eligibility_word(a->reason));
        json_append_string(out, a->detail);
        puts(g_string_append_c(out, '}')->str);
        return;
    }
    printf("%-28s %s%s%s%s%s\n", campaign ? campaign : "mail in general",
           eligibility_sentence(a->reason), a->detail[0] ? ": " : "", a->detail,
           when ? "; next possible " : "", when ? when : "");
    if (state)
        printf("%-28s %s\n", "", state);
}

static bool
ask(CliContext *cli, int64_t candidate, const char *campaign, const char *state,
    GError **error)
{
    EligibilityQuestion q = {
        .workspace = cli->workspace,
        .candidate = candidate,
        .campaign = campaign,
        .cycle = 1,
        .window = &cli->workspace->sending.window,
        .check_launched = campaign != NULL,
    };
    EligibilityAnswer answer;

    if (!eligibility_ask(cli->store, &q, cli->now, &answer, error))
        return false;
    print_answer(cli, campaign, state, &answer);
    return true;
}

static bool
ask_campaigns(CliContext *cli, int64_t candidate, GError **error)
{
    g_autoptr(Statement) st = store_prepare(
        cli->store,
        "SELECT campaign, CASE WHEN control = 1 THEN 'control group'"
        "  WHEN state = 'exited' THEN 'left: ' || coalesce(exit_reason, '')"
        "  WHEN state = 'done' THEN 'finished'"
        "  WHEN state = 'waiting' THEN step || ' is in the outbox'"
        "  ELSE step || ' is next' END"
        " FROM enrolment WHERE candidate_id = :candidate ORDER BY enrolled_at",
        error);

    if (!st)
        return false;
    statement_bind_int(st, ":candidate", candidate);
    while (statement_step(st))
        if (!ask(cli, candidate, statement_text(st, 0), statement_text(st, 1),
                 error))
            return false;
    return statement_end(st, error);
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
    int64_t candidate;
    int status =
        cli_options(NULL, "ADDRESS - why (not) mailed", help, &argc, &argv);

    if (status >= 0)
        return status;
    if (argc != 2)
        return cli_usage("why", "name one address");
    if (!candidate_find(cli->store, argv[1], &candidate, &error) ||
        !ask(cli, candidate, NULL, NULL, &error) ||
        !ask_campaigns(cli, candidate, &error) ||
        (!cli->json && !print_history(cli, candidate, &error)))
        return cli_error(error);
    return 0;
}
