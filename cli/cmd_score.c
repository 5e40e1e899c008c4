/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_score.c - who is interested, why we think so, and all of it again */
#include "cli.h"

#include "nurture/candidates.h"
#include "nurture/clock.h"
#include "nurture/event.h"
#include "nurture/json.h"
#include "nurture/score.h"
#include "nurture/text.h"

#include <stdio.h>
#include <string.h>

static const char help[] =
    "  explain ADDRESS        each event, what it weighed and weighs now\n"
    "  list [--top N]         the highest scores\n"
    "  rebuild [--dry-run]    sum all scores again from the events\n\n"
    "Weights and the half-life are under scores: in nurture.yaml. After a\n"
    "change there, stop 'nurture serve' and 'nurture run' or start them "
    "again,\n"
    "and rebuild.";

static void
append_number(GString *out, const char *name, double value)
{
    char digits[G_ASCII_DTOSTR_BUF_SIZE];

    g_string_append_printf(out, ",\"%s\":%s", name,
                           g_ascii_dtostr(digits, sizeof digits, value));
}

/* explain ---------------------------------------------------------------- */

static void
print_parts_json(const CliContext *cli, const char *who,
                 const ScoreExplanation *e)
{
    g_autoptr(GString) out = g_string_new("{\"schema\":1,\"candidate\":");

    json_append_string(out, who);
    append_number(out, "score", e->total);
    append_number(out, "stored", e->stored);
    g_string_append_printf(out, ",\"same\":%s,\"events\":[",
                           e->same ? "true" : "false");
    for (guint i = 0; i < e->parts->len; i++) {
        const ScorePart *p = e->parts->pdata[i];
        g_string_append_printf(
            out,
            "%s{\"event\":%" G_GINT64_FORMAT ",\"at\":%" G_GINT64_FORMAT
            ",\"age_ms\":%" G_GINT64_FORMAT ",\"kind\":\"%s\",\"campaign\":",
            i ? "," : "", p->event, p->at, cli->now - p->at, p->kind);
        json_append_string(out, p->campaign);
        g_string_append(out, ",\"step\":");
        json_append_string(out, p->step);
        g_string_append_printf(out, ",\"machine\":%s,\"positive\":%s",
                               p->machine ? "true" : "false",
                               p->positive ? "true" : "false");
        append_number(out, "weight", p->weight);
        append_number(out, "present", p->present);
        g_string_append_c(out, '}');
    }
    puts(g_string_append(out, "]}")->str);
}

static void
print_parts(const CliContext *cli, const ScoreExplanation *e)
{
    printf("%-16s  %7s  %7s  %7s  %s\n", "when", "age", "weight", "now",
           "what");
    for (guint i = 0; i < e->parts->len; i++) {
        const ScorePart *p = e->parts->pdata[i];
        g_autofree char *when =
            date_format(p->at, cli->workspace->zone, "YYYY-MM-DD HH:mm", "en");
        printf("%-16s  %5.1f d  %7.2f  %7.2f  %s%s %s%s%s%s\n", when,
               (double)(cli->now - p->at) / DAY_MS, p->weight, p->present,
               p->kind, p->positive ? " (positive)" : "",
               p->campaign ? p->campaign : "", p->step ? "/" : "",
               p->step ? p->step : "", p->machine ? "  (a machine)" : "");
    }
    printf("%-16s  %7s  %7s  %7.2f\n", "score", "", "", e->total);
    if (!e->same)
        printf("\nStored is %.2f, made with other settings: nurture score "
               "rebuild\n",
               e->stored);
}

static int
explain(int argc, char **argv, CliContext *cli)
{
    GError *error = NULL;
    int64_t candidate;
    g_autoptr(ScoreExplanation) e = NULL;

    if (argc != 2)
        return cli_usage("score", "name one address: score explain ADDRESS");
    if (candidate_find(cli->store, argv[1], &candidate, &error))
        e = score_explain(cli->store, cli->workspace, candidate, cli->now,
                          &error);
    if (!e)
        return cli_error(error);
    if (cli->json)
        print_parts_json(cli, argv[1], e);
    else
        print_parts(cli, e);
    return 0;
}

/* list ------------------------------------------------------------------- */

static void
print_person(const CliContext *cli, Statement *st)
{
    double score = score_at(cli->workspace, statement_double(st, 1), cli->now);

    if (!cli->json) {
        g_autofree char *when = date_format(
            statement_int(st, 3), cli->workspace->zone, "YYYY-MM-DD", "en");
        printf("%8.2f  %-40s %6s events, last %s\n", score,
               statement_text(st, 0), number_format(statement_int(st, 2)),
               when);
        return;
    }
    g_autoptr(GString) out = g_string_new("{\"schema\":1,\"candidate\":");
    json_append_string(out, statement_text(st, 0));
    append_number(out, "score", score);
    g_string_append_printf(out,
                           ",\"events\":%" G_GINT64_FORMAT
                           ",\"last_at\":%" G_GINT64_FORMAT "}",
                           statement_int(st, 2), statement_int(st, 3));
    puts(out->str);
}

static bool
print_top(CliContext *cli, int top, GError **error)
{
    g_autoptr(Statement) st = store_prepare(
        cli->store,
        "SELECT c.email, s.scaled, s.events, s.updated_at FROM score s"
        " JOIN candidate c ON c.candidate_id = s.candidate_id"
        " WHERE c.erased_at IS NULL"
        " ORDER BY s.scaled DESC, s.candidate_id LIMIT :top",
        error);

    if (!st)
        return false;
    statement_bind_int(st, ":top", top);
    while (statement_step(st))
        print_person(cli, st);
    return statement_end(st, error);
}

/* rebuild ---------------------------------------------------------------- */

static int
make_again(bool dry_run, CliContext *cli)
{
    GError *error = NULL;
    ScoreRebuild seen;

    if (!score_rebuild(cli->store, cli->workspace, dry_run, &seen, &error))
        return cli_error(error);
    if (cli->json)
        printf("{\"schema\":1,\"dry_run\":%s,\"events\":%" G_GINT64_FORMAT
               ",\"people\":%" G_GINT64_FORMAT ",\"changed\":%" G_GINT64_FORMAT
               "}\n",
               dry_run ? "true" : "false", seen.events, seen.people,
               seen.changed);
    else if (!cli->quiet)
        printf("%s events, %s people with a score, %s %s\n",
               number_format(seen.events), number_format(seen.people),
               number_format(seen.changed),
               dry_run ? "would change" : "changed");
    return 0;
}

int
cmd_score(int argc, char **argv, CliContext *cli)
{
    GError *error = NULL;
    int top = 20;
    gboolean dry_run = FALSE;
    const GOptionEntry entries[] = {
        {"top", 0, 0, G_OPTION_ARG_INT, &top, "How many (20)", "N"},
        {"dry-run", 0, 0, G_OPTION_ARG_NONE, &dry_run,
         "Count what would change", NULL},
        {NULL},
    };
    int status =
        cli_options(entries, "explain|list|rebuild - who is interested", help,
                    &argc, &argv);

    if (status >= 0)
        return status;
    if (argc > 1 && strcmp(argv[1], "explain") == 0)
        return explain(argc - 1, argv + 1, cli);
    if (argc == 2 && strcmp(argv[1], "rebuild") == 0)
        return make_again(dry_run, cli);
    if (argc != 2 || strcmp(argv[1], "list") != 0)
        return cli_usage("score", "say explain ADDRESS, list or rebuild");
    if (top < 1)
        return cli_usage("score", "--top takes a number from 1");
    return print_top(cli, top, &error) ? 0 : cli_error(error);
}
