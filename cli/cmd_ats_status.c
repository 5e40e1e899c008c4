/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_ats_status.c - how fresh the news are, and who is where */
#include "cmd_ats.h"

#include "nurture/ats.h"
#include "nurture/text.h"

#include <stdio.h>

typedef struct {
    const char *name, *what;
    const char *sql;
} Count;

static const Count counts[] = {
    {"in_process", "people in a hiring process",
     "SELECT count(DISTINCT candidate_id) FROM application"
     " WHERE status = 'active' AND stage_kind IS NOT 'lead'"},
    {"hired", "people hired",
     "SELECT count(DISTINCT candidate_id) FROM application"
     " WHERE status = 'hired'"},
    {"silver", "silver medallists",
     "SELECT count(DISTINCT candidate_id) FROM application"
     " WHERE status = 'rejected' AND reject_by = 'us'"
     "  AND reached IN ('interview', 'offer')"},
    {"cooling_off", "people in a cool-off",
     "SELECT count(DISTINCT candidate_id) FROM hold"
     " WHERE kind = 'cool_off' AND lifted_at IS NULL AND until_at > :now"},
    {"erasing", "people to be erased soon",
     "SELECT count(*) FROM ats_identity i JOIN candidate c"
     "  ON c.candidate_id = i.candidate_id AND c.erased_at IS NULL"
     " WHERE i.deleted_at IS NOT NULL"},
    {"conflicts",
     "records that may be of several people: nurture candidates "
     "merge --list",
     "SELECT count(*) FROM (SELECT DISTINCT src, remote_id FROM ats_conflict"
     "  WHERE cleared_at IS NULL)"},
    {"unmatched", "open applications of people we do not know",
     "SELECT count(*) FROM application WHERE candidate_id IS NULL"
     " AND status = 'active'"},
    {"inbox_failed", "webhooks that could not be understood: nurture ats inbox",
     "SELECT count(*) FROM hook_inbox WHERE state = 'failed'"},
    {"outbox_dead", "events that nobody took: nurture ats outbox",
     "SELECT count(*) FROM webhook_out WHERE state = 'dead'"},
};

static bool
read_count(CliContext *cli, const Count *c, int64_t *out, GError **error)
{
    g_autoptr(Statement) st = store_prepare(cli->store, c->sql, error);

    if (!st)
        return false;
    if (g_str_has_suffix(c->sql, ":now"))
        statement_bind_int(st, ":now", cli->now);
    *out = statement_step(st) ? statement_int(st, 0) : 0;
    return statement_end(st, error);
}

static bool
print_counts(CliContext *cli, GError **error)
{
    for (gsize i = 0; i < G_N_ELEMENTS(counts); i++) {
        int64_t n;
        if (!read_count(cli, &counts[i], &n, error))
            return false;
        if (cli->json)
            printf(",\"%s\":%" G_GINT64_FORMAT, counts[i].name, n);
        else if (n > 0)
            printf("%10s %s\n", number_format(n), counts[i].what);
    }
    return true;
}

static bool
webhooks_alone(const Workspace *w)
{
    return !w->ats.fetch && !w->ats.drop && w->ats.hooks && w->ats.hooks->len &&
           !w->ats.quiet_weekends;
}

static void
print_freshness(CliContext *cli, int64_t synced, bool stale)
{
    bool expected = workspace_has_ats(cli->workspace) || synced;
    g_autofree char *when = synced ? date_format(synced, cli->workspace->zone,
                                                 "YYYY-MM-DD HH:mm", "en")
                                   : NULL;
    int64_t expires =
        synced ? workspace_ats_expires(cli->workspace, synced) : 0;
    g_autofree char *until =
        date_format(expires, cli->workspace->zone, "YYYY-MM-DD HH:mm", "en");

    if (cli->json)
        printf("{\"schema\":1,\"synced_at\":%" G_GINT64_FORMAT
               ",\"expires_at\":%" G_GINT64_FORMAT ",\"stale\":%s",
               synced, expires, stale ? "true" : "false");
    else if (!expected)
        puts("No ATS is connected: nobody is known to be in a process but by "
             "ats_status.");
    else if (stale)
        printf("Last news: %s. Too old: all campaign mail waits until there "
               "are newer ones.%s\n",
               when ? when : "never",
               webhooks_alone(cli->workspace)
                   ? "\nWebhooks are silent on quiet days: set ats.fetch, or "
                     "ats.quiet: weekends"
                   : "");
    else
        printf("Last news: %s. Campaign mail waits when there are no newer "
               "ones by %s.\n",
               when, until);
}

int
ats_run_status(int argc, char **argv, CliContext *cli)
{
    GError *error = NULL;
    int64_t synced;
    bool stale;
    int status =
        cli_options(NULL, "- how fresh the news are", NULL, &argc, &argv);

    if (status >= 0)
        return status;
    if (!ats_synced_at(cli->store, &synced, &error) ||
        !ats_is_stale(cli->store, cli->workspace, cli->now, &stale, &error))
        return cli_error(error);
    print_freshness(cli, synced, stale);
    if (!print_counts(cli, &error))
        return cli_error(error);
    if (cli->json)
        puts("}");
    return 0;
}
