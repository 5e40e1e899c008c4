/* SPDX-License-Identifier: Apache-2.0 */
/* uplift.c - the goal among the mailed and in the control group */
#include "nurture/uplift.h"

#include "live.h"

#include "nurture/error.h"
#include "nurture/proportion.h"

void
uplift_clear(Uplift *uplift)
{
    g_clear_pointer(&uplift->goal, g_free);
}

void
uplift_compute(Uplift *u)
{
    proportion_difference(u->reached, u->people, u->control_reached, u->control,
                          &u->uplift, &u->low, &u->high);
}

static bool
read_snapshot(Store *store, const char *campaign, char **out, GError **error)
{
    g_autoptr(Statement) st = store_prepare(
        store, "SELECT snapshot FROM campaign WHERE campaign = :campaign",
        error);

    if (!st)
        return false;
    statement_bind_text(st, ":campaign", campaign);
    if (statement_step(st))
        *out = g_strdup(statement_text(st, 0));
    if (!statement_end(st, error))
        return false;
    if (!*out)
        g_set_error(error, NURTURE_ERROR, ERROR_NOT_FOUND,
                    "campaign '%s' has never been launched", campaign);
    return *out != NULL;
}

static bool
count_groups(Store *store, const char *campaign, Uplift *u, GError **error)
{
    g_autoptr(Statement) st = store_prepare(
        store,
        "SELECT coalesce(sum(control = 0), 0), coalesce(sum(control), 0)"
        " FROM enrolment WHERE campaign = :campaign AND cycle = 1",
        error);

    if (!st)
        return false;
    statement_bind_text(st, ":campaign", campaign);
    if (statement_step(st)) {
        u->people = statement_int(st, 0);
        u->control = statement_int(st, 1);
    }
    return statement_end(st, error);
}

/* Is the candidate enrolled, and in which group? */
static bool
count_one(Store *store, const char *campaign, int64_t candidate, Uplift *u,
          GError **error)
{
    g_autoptr(Statement) st = store_prepare(
        store,
        "SELECT control FROM enrolment WHERE candidate_id = :candidate"
        "  AND campaign = :campaign AND cycle = 1",
        error);

    if (!st)
        return false;
    statement_bind_int(st, ":candidate", candidate);
    statement_bind_text(st, ":campaign", campaign);
    if (statement_step(st)) {
        if (statement_int(st, 0))
            u->control_reached++;
        else
            u->reached++;
    }
    return statement_end(st, error);
}

static bool
count_reached(Live *live, Store *store, const LiveCampaign *lc, Uplift *u,
              GError **error)
{
    g_autoptr(AudienceQuery) query =
        audience_query_new(catalogue_segments(lc->catalogue),
                           live_workspace(live), live_now(live));
    g_autoptr(Statement) st = NULL;

    audience_query_where(query, lc->campaign->goal);
    st = audience_query_prepare(query, live_guarded(live), AUDIENCE_ALL, error);
    if (!st)
        return false;
    audience_bind(st, AUDIENCE_ALL, 0);
    while (statement_step(st))
        if (!count_one(store, lc->campaign->id, statement_int(st, 0), u, error))
            return false;
    return statement_end(st, error);
}

bool
uplift_measure(const Workspace *workspace, Store *store, const char *campaign,
               int64_t now, Uplift *out, GError **error)
{
    g_autofree char *snapshot = NULL;
    g_autoptr(Live) live = NULL;
    const LiveCampaign *lc;

    *out = (Uplift){NULL};
    if (!read_snapshot(store, campaign, &snapshot, error))
        return false;
    live = live_new(workspace, store, now, error);
    lc = live ? live_campaign(live, campaign, snapshot, error) : NULL;
    if (!lc)
        return false;
    if (!lc->campaign->goal)
        return true;
    out->goal = expression_format(lc->campaign->goal);
    if (!count_groups(store, campaign, out, error) ||
        !count_reached(live, store, lc, out, error))
        return false;
    uplift_compute(out);
    return true;
}
