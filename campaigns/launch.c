/* SPDX-License-Identifier: Apache-2.0 */
/* launch.c - starting a campaign, and pausing, resuming, stopping it */
#include "enrol.h"
#include "migrate.h"
#include "snapshot.h"

#include "nurture/audit.h"
#include "nurture/error.h"
#include "nurture/fact.h"
#include "nurture/health.h"
#include "nurture/scheduler.h"
#include "nurture/text.h"

#include <string.h>

/* The campaign's row before the launch; NULLs when there is none. */
typedef struct {
    char *state, *snapshot;
} Before;

static void
before_clear(Before *b)
{
    g_free(b->state);
    g_free(b->snapshot);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Before, before_clear)

static bool
read_before(Store *store, const char *campaign, Before *out, GError **error)
{
    g_autoptr(Statement) st = store_prepare(
        store,
        "SELECT state, snapshot FROM campaign WHERE campaign = :campaign",
        error);

    if (!st)
        return false;
    statement_bind_text(st, ":campaign", campaign);
    if (statement_step(st)) {
        out->state = g_strdup(statement_text(st, 0));
        out->snapshot = g_strdup(statement_text(st, 1));
    }
    return statement_end(st, error);
}

static bool refuse(GError **error, const char *format, ...) G_GNUC_PRINTF(2, 3);

static bool
refuse(GError **error, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    g_propagate_error(
        error, g_error_new_valist(NURTURE_ERROR, ERROR_REFUSED, format, args));
    va_end(args);
    return false;
}

static bool
may_launch(const Campaign *campaign, const Plan *plan, int64_t confirmed,
           const Before *before, GError **error)
{
    if (campaign->status != STATUS_READY)
        return refuse(error,
                      "%s: status is not 'ready'; set  status: ready  in %s "
                      "when it may be sent",
                      campaign->id, campaign->path);
    if (campaign->role && plan->shortlisted == 0)
        return refuse(error,
                      "%s: nobody has reviewed who is told about '%s'; look "
                      "at them and save a list:  nurture match %s --save",
                      campaign->id, campaign->role, campaign->role);
    if (confirmed != plan->people)
        return refuse(error,
                      "E710: you typed %s, the plan has %s; nothing was sent",
                      number_format(confirmed), number_format(plan->people));
    if (!before->state)
        return plan->people > 0 ||
               refuse(error, "%s: nobody would get it", campaign->id);
    if (strcmp(before->state, "stopped") == 0)
        return refuse(error, "%s was stopped for good; give it a new name",
                      campaign->id);
    if (strcmp(before->snapshot, plan->snapshot) == 0)
        return refuse(error, "%s has been launched from these very files (%s)",
                      campaign->id, before->state);
    return true;
}

static bool
write_campaign(Store *store, const Campaign *campaign, const char *snapshot,
               int64_t now, GError **error)
{
    g_autoptr(Statement) st = store_prepare(
        store,
        "INSERT INTO campaign (campaign, snapshot, name, state, is_sequence,"
        "  priority, on_doubt, launched_at, start_at, updated_at, rate_count,"
        "  rate_per_ms, topic, purpose)"
        " VALUES (:campaign, :snapshot, :name, 'running', :sequence,"
        "  :priority, :doubt, :now, :start, :now, :rate_count, :rate_per_ms,"
        "  :topic, :purpose)"
        " ON CONFLICT (campaign) DO UPDATE SET snapshot = excluded.snapshot,"
        "  name = excluded.name, priority = excluded.priority,"
        "  on_doubt = excluded.on_doubt, start_at = excluded.start_at,"
        "  rate_count = excluded.rate_count,"
        "  rate_per_ms = excluded.rate_per_ms, topic = excluded.topic,"
        "  purpose = excluded.purpose,"
        "  state = CASE WHEN campaign.state = 'ended' THEN 'running'"
        "   ELSE campaign.state END,"
        "  updated_at = excluded.updated_at",
        error);

    if (!st)
        return false;
    statement_bind_text(st, ":campaign", campaign->id);
    statement_bind_text(st, ":snapshot", snapshot);
    statement_bind_text(st, ":name", campaign->name);
    statement_bind_int(st, ":sequence", campaign->is_sequence);
    statement_bind_int(st, ":priority", campaign->priority);
    statement_bind_text(st, ":doubt",
                        campaign->resend_on_doubt ? "resend" : "hold");
    statement_bind_int(st, ":rate_count", campaign->rate.count);
    statement_bind_int(st, ":rate_per_ms", campaign->rate.per_ms);
    statement_bind_text(st, ":topic", campaign->topic);
    statement_bind_text(st, ":purpose", campaign->purpose);
    statement_bind_int(st, ":now", now);
    statement_bind_int(st, ":start", MAX(now, campaign->start));
    return statement_run(st, error);
}

/* Another rate: the old one's empty bucket is no reason to wait. */
static bool
forget_brake(Store *store, const Campaign *campaign, GError **error)
{
    g_autoptr(Statement) st = store_prepare(
        store, "DELETE FROM brake WHERE name = 'campaign:' || :campaign",
        error);

    if (!st)
        return false;
    statement_bind_text(st, ":campaign", campaign->id);
    return statement_run(st, error);
}

static bool
write_role(Store *store, const Campaign *campaign, GError **error)
{
    g_autofree char *name = g_strconcat("role.", campaign->id, NULL);

    return !campaign->role || fact_set(store, name, campaign->role, error);
}

/* What --start says holds as long as this launch; a later one starts anew. */
static bool
write_start(Store *store, const Campaign *campaign, GError **error)
{
    g_autofree char *name = g_strconcat("start.", campaign->id, NULL);
    g_autofree char *at =
        campaign->start_moved
            ? g_strdup_printf("%" G_GINT64_FORMAT, campaign->start)
            : g_strdup("");
    g_autofree char *before = NULL;

    return fact_get(store, name, &before, error) &&
           ((!before && !*at) || fact_set(store, name, at, error));
}

static bool
start(Catalogue *catalogue, Store *store, const Campaign *campaign,
      const Plan *plan, const GPtrArray *moves, int64_t now, GError **error)
{
    g_auto(Transaction) tx = store_begin(store, error);

    return tx.store &&
           snapshot_save(store, catalogue, campaign, plan->snapshot, now,
                         error) &&
           write_campaign(store, campaign, plan->snapshot, now, error) &&
           forget_brake(store, campaign, error) &&
           write_role(store, campaign, error) &&
           write_start(store, campaign, error) &&
           enrolled_move(store, campaign, plan->snapshot, moves, now, error) &&
           audit_add(store, g_get_user_name(), "launch", campaign->id,
                     plan->snapshot, now, error) &&
           transaction_commit(&tx, error);
}

bool
campaign_may_launch(Store *store, const Campaign *campaign, const Plan *plan,
                    GError **error)
{
    g_auto(Before) before = {NULL, NULL};

    return read_before(store, campaign->id, &before, error) &&
           may_launch(campaign, plan, plan->people, &before, error);
}

/* Once the campaign's row is there, a tick finishes what a killed launch has
 * left: enrolment is idempotent. */
bool
campaign_launch(Catalogue *catalogue, Store *store, const Campaign *campaign,
                const Plan *plan, int64_t confirmed, EnrolledRule rule,
                int64_t now, GError **error)
{
    g_auto(Before) before = {NULL, NULL};
    g_autoptr(GPtrArray) moves = NULL;
    g_autoptr(Live) live = NULL;
    const LiveCampaign *lc;
    int64_t added = 0;

    if (!read_before(store, campaign->id, &before, error) ||
        !may_launch(campaign, plan, confirmed, &before, error))
        return false;
    moves = launch_moves(catalogue, store, campaign, plan->snapshot, rule, now,
                         error);
    if (!moves || !start(catalogue, store, campaign, plan, moves, now, error))
        return false;
    live = live_new(catalogue_workspace(catalogue), store, now, error);
    lc = live ? live_campaign(live, campaign->id, plan->snapshot, error) : NULL;
    return lc && enrol_audience(live, store, lc, plan->snapshot, &added, error);
}

bool
campaign_set_state(Store *store, const char *campaign, const char *state,
                   int64_t now, int64_t *out_changed, GError **error)
{
    g_auto(Transaction) tx = store_begin(store, error);
    g_autoptr(Statement) st = NULL;

    if (!tx.store)
        return false;
    st = store_prepare(
        store,
        "UPDATE campaign SET state = :state, updated_at = :now,"
        "  paused_at = CASE WHEN :state = 'paused' THEN :now END,"
        "  pause_reason = NULL"
        " WHERE (:campaign IS NULL OR campaign = :campaign)"
        "  AND state IN ('running', 'paused') AND state <> :state",
        error);
    if (!st)
        return false;
    statement_bind_text(st, ":state", state);
    statement_bind_text(st, ":campaign", campaign);
    statement_bind_int(st, ":now", now);
    if (!statement_run(st, error))
        return false;
    *out_changed = store_changes(store);
    if (campaign && strcmp(state, "running") == 0 &&
        !health_begin_anew(store, campaign, error))
        return false;
    return transaction_commit(&tx, error);
}
