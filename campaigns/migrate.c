/* SPDX-License-Identifier: Apache-2.0 */
/* migrate.c - people in the middle of a campaign that is launched anew
 *
 * Wording alone reaches everybody. When the steps have changed, people stay
 * with the version they were enrolled in, unless the campaign says with `was`
 * or `drop` where they belong, or the launch says so. A step that is gone and
 * that people wait for needs one of these. */
#include "migrate.h"

#include "live.h"

#include "nurture/error.h"
#include "nurture/text.h"

#include <string.h>

static void
move_free(gpointer p)
{
    LaunchMove *m = p;

    g_free(m->step);
    g_free(m->snapshot);
    g_free(m->to);
    g_free(m);
}

static bool
same_step(const CampaignStep *x, const CampaignStep *y)
{
    return strcmp(x->mail->id, y->mail->id) == 0 && x->wait == y->wait &&
           x->until == y->until && x->span.count == y->span.count &&
           x->span.unit == y->span.unit && x->on_weekday == y->on_weekday &&
           x->at_minute == y->at_minute;
}

/* Same steps in the same order: only words have changed. */
static bool
same_structure(const Campaign *a, const Campaign *b)
{
    if (a->steps->len != b->steps->len)
        return false;
    for (guint i = 0; i < a->steps->len; i++)
        if (!same_step(g_ptr_array_index(a->steps, i),
                       g_ptr_array_index(b->steps, i)))
            return false;
    return true;
}

static bool
says_who_moves(const Campaign *campaign)
{
    for (guint i = 0; i < campaign->steps->len; i++) {
        const CampaignStep *s = g_ptr_array_index(campaign->steps, i);
        if (s->was || s->drop)
            return true;
    }
    return false;
}

/* The step of the new version that stands for `old`, or NULL. */
static const char *
step_for(const Campaign *campaign, const char *old)
{
    if (campaign_step(campaign, old))
        return old;
    for (guint i = 0; i < campaign->steps->len; i++) {
        const CampaignStep *s = g_ptr_array_index(campaign->steps, i);
        if (g_strcmp0(s->was, old) == 0 || g_strcmp0(s->drop, old) == 0)
            return s->mail->id;
    }
    return NULL;
}

static GPtrArray *
read_moves(Store *store, const Campaign *campaign, const char *snapshot,
           GError **error)
{
    g_autoptr(GPtrArray) moves = g_ptr_array_new_with_free_func(move_free);
    g_autoptr(Statement) st = store_prepare(
        store,
        "SELECT step, snapshot, sum(control = 0) FROM enrolment"
        " WHERE campaign = :campaign AND state IN ('active', 'waiting')"
        "  AND snapshot <> :snapshot"
        " GROUP BY step, snapshot ORDER BY min(enrolled_at), step, snapshot",
        error);

    if (!st)
        return NULL;
    statement_bind_text(st, ":campaign", campaign->id);
    statement_bind_text(st, ":snapshot", snapshot);
    while (statement_step(st)) {
        LaunchMove *m = g_new0(LaunchMove, 1);
        m->step = g_strdup(statement_text(st, 0));
        m->snapshot = g_strdup(statement_text(st, 1));
        m->people = statement_int(st, 2);
        g_ptr_array_add(moves, m);
    }
    return statement_end(st, error) ? g_steal_pointer(&moves) : NULL;
}

static bool
refuse_gone(const LaunchMove *m, GError **error)
{
    g_set_error(error, NURTURE_ERROR, ERROR_REFUSED,
                "E615: %s people are waiting for '%s', which is gone. If you "
                "renamed it, add  was: %s  to the step; if you dropped it, add "
                " drop: %s  to the step after it",
                number_format(m->people), m->step, m->step, m->step);
    return false;
}

/* Where the people of one step and version go. */
static bool
decide_move(Live *live, const Campaign *campaign, EnrolledRule rule,
            LaunchMove *m, GError **error)
{
    const LiveCampaign *old =
        live_campaign(live, campaign->id, m->snapshot, error);
    const char *to = step_for(campaign, m->step);

    if (!old)
        return false;
    if (rule == ENROLLED_FINISH)
        return true;
    if (!to && m->people > 0)
        return refuse_gone(m, error);
    if (rule == ENROLLED_MIGRATE || says_who_moves(campaign) ||
        same_structure(old->campaign, campaign))
        m->to = g_strdup(to);
    return true;
}

GPtrArray *
launch_moves(Catalogue *catalogue, Store *store, const Campaign *campaign,
             const char *snapshot, EnrolledRule rule, int64_t now,
             GError **error)
{
    g_autoptr(GPtrArray) moves = read_moves(store, campaign, snapshot, error);
    g_autoptr(Live) live = NULL;

    if (!moves || moves->len == 0)
        return g_steal_pointer(&moves);
    live = live_new(catalogue_workspace(catalogue), store, now, error);
    if (!live)
        return NULL;
    for (guint i = 0; i < moves->len; i++)
        if (!decide_move(live, campaign, rule, g_ptr_array_index(moves, i),
                         error))
            return NULL;
    return g_steal_pointer(&moves);
}

static bool
bind_and_run(Statement *st, const Campaign *campaign, const char *snapshot,
             const LaunchMove *m, int64_t now, GError **error)
{
    statement_bind_text(st, ":campaign", campaign->id);
    statement_bind_text(st, ":new", snapshot);
    statement_bind_text(st, ":old", m->snapshot);
    statement_bind_text(st, ":step", m->step);
    statement_bind_text(st, ":to", m->to);
    statement_bind_int(st, ":now", now);
    return statement_run(st, error);
}

/* Mail that has not left moves with its people, so that its end is told to
 * the step they stand at. Its id stays: it was made of the old name. */
static bool
move_mail(Store *store, const Campaign *campaign, const char *snapshot,
          const LaunchMove *m, int64_t now, GError **error)
{
    g_autoptr(Statement) st = store_prepare(
        store,
        "UPDATE message SET step = :to, snapshot = :new, updated_at = :now"
        " WHERE kind = 'campaign' AND snapshot = :old AND rowid IN"
        "  (SELECT rowid FROM message WHERE campaign = :campaign"
        "    AND step = :step AND owner IS NULL"
        "    AND state IN ('scheduled', 'deferred')"
        "   UNION ALL SELECT rowid FROM message WHERE campaign = :campaign"
        "    AND step = :step AND owner IS NOT NULL)",
        error);

    return st && bind_and_run(st, campaign, snapshot, m, now, error);
}

static bool
move_people(Store *store, const Campaign *campaign, const char *snapshot,
            const LaunchMove *m, int64_t now, GError **error)
{
    g_autoptr(Statement) st = store_prepare(
        store,
        "UPDATE enrolment SET snapshot = :new, step = :to, updated_at = :now"
        " WHERE campaign = :campaign AND snapshot = :old AND step = :step"
        "  AND state IN ('active', 'waiting')",
        error);

    return st && bind_and_run(st, campaign, snapshot, m, now, error);
}

bool
enrolled_move(Store *store, const Campaign *campaign, const char *snapshot,
              const GPtrArray *moves, int64_t now, GError **error)
{
    for (guint i = 0; i < moves->len; i++) {
        const LaunchMove *m = g_ptr_array_index(moves, i);
        if (!m->to)
            continue;
        if (strcmp(m->to, m->step) != 0 &&
            !move_mail(store, campaign, snapshot, m, now, error))
            return false;
        if (!move_people(store, campaign, snapshot, m, now, error))
            return false;
    }
    return true;
}
