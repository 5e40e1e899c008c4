/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_status.c - which campaigns run, and where their people are */
#include "cli.h"

#include "nurture/ats.h"
#include "nurture/delivery.h"
#include "nurture/json.h"
#include "nurture/outbox.h"
#include "nurture/report.h"
#include "nurture/retention.h"
#include "nurture/scheduler.h"
#include "nurture/score.h"
#include "nurture/text.h"

#include <stdio.h>
#include <string.h>

static const char help[] =
    "One line per launched campaign, or with a name its people per step. Ends\n"
    "with what to do next.";

typedef struct {
    int64_t campaigns, in_doubt, replies;
    NoticeCount notices;
    bool scores_outdated, ats_stale;
} Seen;

static void
print_campaign_json(Statement *st, const OutboxCounts *c)
{
    g_autoptr(GString) out = g_string_new("{\"schema\":1,\"campaign\":");

    json_append_string(out, statement_text(st, 0));
    g_string_append(out, ",\"name\":");
    json_append_string(out, statement_text(st, 1));
    g_string_append_printf(
        out,
        ",\"state\":\"%s\",\"enrolled\":%" G_GINT64_FORMAT
        ",\"on_the_way\":%" G_GINT64_FORMAT ",\"scheduled\":%" G_GINT64_FORMAT
        ",\"sent\":%" G_GINT64_FORMAT ",\"in_doubt\":%" G_GINT64_FORMAT
        ",\"bounced\":%" G_GINT64_FORMAT ",\"pause_reason\":",
        statement_text(st, 2), statement_int(st, 3), statement_int(st, 4),
        c->scheduled + c->deferred + c->claimed + c->committing, c->sent,
        c->in_doubt, c->bounced);
    json_append_string(out, statement_text(st, 5));
    puts(g_string_append_c(out, '}')->str);
}

static void
print_campaign(Statement *st, const OutboxCounts *c)
{
    printf(
        "%-24s %-8s %8s enrolled %8s on the way %8s queued %8s sent",
        statement_text(st, 0), statement_text(st, 2),
        number_format(statement_int(st, 3)),
        number_format(statement_int(st, 4)),
        number_format(c->scheduled + c->deferred + c->claimed + c->committing),
        number_format(c->sent));
    if (c->in_doubt)
        printf(" %6s in doubt", number_format(c->in_doubt));
    if (c->bounced)
        printf(" %6s bounced", number_format(c->bounced));
    putchar('\n');
    if (statement_text(st, 5))
        printf("%24s paused itself: %s; look into it, then 'nurture resume "
               "%s'\n",
               "", statement_text(st, 5), statement_text(st, 0));
}

static bool
print_campaigns(CliContext *cli, const char *only, Seen *seen, GError **error)
{
    g_autoptr(Statement) st = store_prepare(
        cli->store,
        "SELECT g.campaign, g.name, g.state, count(e.candidate_id),"
        "  coalesce(sum(e.control = 0 AND e.state IN ('active','waiting')), 0),"
        "  g.pause_reason"
        " FROM campaign g LEFT JOIN enrolment e ON e.campaign = g.campaign"
        " WHERE :only IS NULL OR g.campaign = :only"
        " GROUP BY g.campaign ORDER BY g.launched_at, g.campaign",
        error);

    if (!st)
        return false;
    statement_bind_text(st, ":only", only);
    while (statement_step(st)) {
        OutboxCounts counts;
        if (!outbox_count(cli->store, statement_text(st, 0), &counts, error))
            return false;
        seen->campaigns++;
        seen->in_doubt += counts.in_doubt;
        (cli->json ? print_campaign_json : print_campaign)(st, &counts);
    }
    return statement_end(st, error);
}

static bool
print_steps(CliContext *cli, const char *campaign, GError **error)
{
    g_autoptr(Statement) st = store_prepare(
        cli->store,
        "SELECT step, state, count(*) FROM enrolment"
        " WHERE campaign = :campaign AND control = 0"
        " GROUP BY step, state ORDER BY min(enrolled_at), step, state",
        error);

    if (!st)
        return false;
    statement_bind_text(st, ":campaign", campaign);
    while (statement_step(st))
        printf("  %-16s %-8s %8s\n", statement_text(st, 0),
               statement_text(st, 1), number_format(statement_int(st, 2)));
    return statement_end(st, error);
}

/* Providers that asked for less, and a relay that does not work. */
static bool
print_brakes(CliContext *cli, GError **error)
{
    g_autoptr(Statement) st =
        store_prepare(cli->store,
                      "SELECT name, reason, closed_until > :now,"
                      "  max(closed_until, slow_until) FROM brake"
                      " WHERE max(closed_until, slow_until) > :now"
                      "  AND (name LIKE 'provider:%' OR name LIKE 'relay:%')"
                      "  AND reason <> 'rate' ORDER BY name",
                      error);

    if (!st)
        return false;
    statement_bind_int(st, ":now", cli->now);
    while (statement_step(st)) {
        g_autofree char *until = date_format(
            statement_int(st, 3), cli->workspace->zone, "D MMM, HH:mm", "en");
        const char *name = statement_text(st, 0);
        bool relay = g_str_has_prefix(name, "relay:");
        printf("\n%s %s until %s: %s\n", strchr(name, ':') + 1,
               relay                  ? "does not take mail; waiting"
               : statement_int(st, 2) ? "asked for less mail; none"
                                      : "asked for less mail; half of it",
               until, statement_text(st, 1) ? statement_text(st, 1) : "");
    }
    return statement_end(st, error);
}

static bool
count_replies(CliContext *cli, Seen *seen, GError **error)
{
    g_autoptr(Statement) st = store_prepare(
        cli->store,
        "SELECT count(*) FROM reply WHERE state = 'open' AND digest_id IS NULL",
        error);

    if (!st)
        return false;
    if (statement_step(st))
        seen->replies = statement_int(st, 0);
    return statement_end(st, error);
}

static void
print_next(const Seen *seen)
{
    if (seen->campaigns == 0)
        puts("No campaign has been launched. Next: nurture plan CAMPAIGN");
    if (seen->ats_stale)
        puts("\nThe news from the ATS are too old, so all campaign mail waits: "
             "nurture ats status");
    if (seen->in_doubt)
        printf("\n%s mails are in doubt (the link died between the last byte "
               "and the answer): nurture queue list --state in_doubt\n",
               number_format(seen->in_doubt));
    if (seen->replies)
        printf("\n%s answers have not been told to a recruiter: nurture "
               "digest\n",
               number_format(seen->replies));
    if (seen->notices.overdue)
        printf("\n%s sourced people have not been told for more than a month "
               "where their data are from (GDPR Article 14): nurture "
               "retention\n",
               number_format(seen->notices.overdue));
    if (seen->scores_outdated)
        puts("\nThe scores were made with other weights or another half-life "
             "than nurture.yaml\nhas: nurture score rebuild");
}

/* Mail held by processes that are gone is given back first, so that what is
 * in doubt is seen here and not only at the next run. */
static bool
reap(CliContext *cli, GError **error)
{
    Composer *composer = campaign_composer_new(cli->workspace, cli->store,
                                               cli->keys, cli->now, error);
    bool done = composer && delivery_reap(cli->store, cli->workspace->state_dir,
                                          composer, cli->now, NULL, error);

    campaign_composer_free(composer);
    return done;
}

int
cmd_status(int argc, char **argv, CliContext *cli)
{
    GError *error = NULL;
    Seen seen = {0};
    int status = cli_options(NULL, "[CAMPAIGN] - what runs, who is where", help,
                             &argc, &argv);
    const char *only = argc > 1 ? argv[1] : NULL;

    if (status >= 0)
        return status;
    if (!reap(cli, &error) || !print_campaigns(cli, only, &seen, &error) ||
        (only && !cli->json && !print_steps(cli, only, &error)) ||
        (!cli->json && !print_brakes(cli, &error)) ||
        !count_replies(cli, &seen, &error) ||
        !score_is_outdated(cli->store, cli->workspace, &seen.scores_outdated,
                           &error) ||
        !retention_count_notices(cli->store, cli->workspace, cli->now,
                                 &seen.notices, &error) ||
        !ats_is_stale(cli->store, cli->workspace, cli->now, &seen.ats_stale,
                      &error))
        return cli_error(error);
    if (!cli->json)
        print_next(&seen);
    return 0;
}
