/* SPDX-License-Identifier: Apache-2.0 */
/* resume.c - going on after a pause, without sending all of it at once */
#include "enrol.h"
#include "shift.h"

#include "nurture/clock.h"
#include "nurture/error.h"
#include "nurture/health.h"
#include "nurture/queue.h"
#include "nurture/scheduler.h"

#include <string.h>

enum { CHUNK = 200 };

typedef struct {
    const Workspace *workspace;
    Store *store;
    const char *campaign;
    int64_t now;
} Resuming;

static bool
read_pause(const Resuming *r, int64_t *out_paused_at, GError **error)
{
    g_autoptr(Statement) st =
        store_prepare(r->store,
                      "SELECT coalesce(paused_at, :now) FROM campaign"
                      " WHERE campaign = :campaign AND state = 'paused'",
                      error);
    bool found;

    if (!st)
        return false;
    statement_bind_text(st, ":campaign", r->campaign);
    statement_bind_int(st, ":now", r->now);
    found = statement_step(st);
    if (found)
        *out_paused_at = statement_int(st, 0);
    if (!statement_end(st, error))
        return false;
    if (!found)
        g_set_error(error, NURTURE_ERROR, ERROR_NOT_FOUND,
                    "no campaign '%s' is paused; see: nurture status",
                    r->campaign);
    return found;
}

static bool
set_running(const Resuming *r, GError **error)
{
    g_autoptr(Statement) st =
        store_prepare(r->store,
                      "UPDATE campaign SET state = 'running', paused_at = NULL,"
                      "  pause_reason = NULL, updated_at = :now"
                      " WHERE campaign = :campaign AND state = 'paused'",
                      error);

    if (!st)
        return false;
    statement_bind_text(st, ":campaign", r->campaign);
    statement_bind_int(st, ":now", r->now);
    return statement_run(st, error);
}

/* ---- skip ---------------------------------------------------------------- */

typedef struct {
    Enrolment e;
    char *time_zone, *country;
} Overdue;

static void
overdue_free(gpointer p)
{
    Overdue *o = p;

    enrolment_clear(&o->e);
    g_free(o->time_zone);
    g_free(o->country);
    g_free(o);
}

static GPtrArray *
overdue_people(const Resuming *r, GError **error)
{
    g_autoptr(GPtrArray) list = g_ptr_array_new_with_free_func(overdue_free);
    g_autoptr(Statement) st = store_prepare(
        r->store,
        "SELECT e.candidate_id, e.cycle, e.step, e.snapshot, c.time_zone,"
        "  c.country FROM enrolment e"
        " JOIN candidate c ON c.candidate_id = e.candidate_id"
        " WHERE e.campaign = :campaign AND e.state = 'active'"
        "  AND e.due_at <= :now LIMIT :limit",
        error);

    if (!st)
        return NULL;
    statement_bind_text(st, ":campaign", r->campaign);
    statement_bind_int(st, ":now", r->now);
    statement_bind_int(st, ":limit", CHUNK);
    while (statement_step(st)) {
        Overdue *o = g_new0(Overdue, 1);
        o->e.candidate = statement_int(st, 0);
        o->e.campaign = g_strdup(r->campaign);
        o->e.cycle = (int)statement_int(st, 1);
        o->e.step = g_strdup(statement_text(st, 2));
        o->e.snapshot = g_strdup(statement_text(st, 3));
        o->time_zone = g_strdup(statement_text(st, 4));
        o->country = g_strdup(statement_text(st, 5));
        g_ptr_array_add(list, o);
    }
    return statement_end(st, error) ? g_steal_pointer(&list) : NULL;
}

/* The next steps are counted from now. Returns how many; -1 on error. */
static int
skip_chunk(const Resuming *r, Live *live, GError **error)
{
    g_auto(Transaction) tx = store_begin(r->store, error);
    g_autoptr(GPtrArray) list = tx.store ? overdue_people(r, error) : NULL;

    for (guint i = 0; list && i < list->len; i++) {
        const Overdue *o = list->pdata[i];
        const LiveCampaign *lc =
            live_campaign(live, r->campaign, o->e.snapshot, error);
        Slot slot;
        if (!lc)
            return -1;
        slot_init(&slot, r->workspace, &lc->campaign->window,
                  !lc->campaign->ignore_holidays, o->time_zone, o->country);
        if (!enrolment_advance(r->store, r->workspace, lc->campaign, &o->e,
                               &slot, r->now, r->now, error))
            return -1;
    }
    return list && transaction_commit(&tx, error) ? (int)list->len : -1;
}

static bool
skip_mail(const Resuming *r, const Keys *keys, GError **error)
{
    Composer *composer =
        campaign_composer_new(r->workspace, r->store, keys, r->now, error);
    g_autoptr(GPtrArray) ids = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(Statement) st = NULL;
    g_auto(Transaction) tx = {NULL};
    bool ok = composer != NULL, done;

    st = ok ? store_prepare(r->store,
                            "SELECT message_id FROM message"
                            " WHERE campaign = :campaign AND owner IS NULL"
                            "  AND state IN ('scheduled', 'deferred')"
                            "  AND not_before <= :now",
                            error)
            : NULL;
    if (st) {
        statement_bind_text(st, ":campaign", r->campaign);
        statement_bind_int(st, ":now", r->now);
        while (statement_step(st))
            g_ptr_array_add(ids, g_strdup(statement_text(st, 0)));
    }
    ok = st && statement_end(st, error);
    tx = ok ? store_begin(r->store, error) : tx;
    for (guint i = 0; ok && tx.store && i < ids->len; i++)
        ok = queue_cancel(r->store, composer, ids->pdata[i], r->now, &done,
                          error);
    ok = ok && tx.store && transaction_commit(&tx, error);
    campaign_composer_free(composer);
    return ok;
}

static bool
skip(const Resuming *r, const Keys *keys, GError **error)
{
    g_autoptr(Live) live = live_new(r->workspace, r->store, r->now, error);
    int n = CHUNK;

    if (!live || !skip_mail(r, keys, error))
        return false;
    while (n == CHUNK)
        n = skip_chunk(r, live, error);
    return n >= 0;
}

bool
campaign_resume(const Workspace *workspace, Store *store, const Keys *keys,
                const char *campaign, ResumeRule rule, int64_t now,
                const ResumeProgress *progress, GError **error)
{
    const Resuming r = {workspace, store, campaign, now};
    int64_t paused_at = now;
    g_auto(Transaction) tx = {NULL};

    if (!read_pause(&r, &paused_at, error) ||
        (rule == RESUME_SKIP && !skip(&r, keys, error)) ||
        (rule == RESUME_SHIFT &&
         !shift_campaign(store, campaign, paused_at, now, progress, error)))
        return false;
    tx = store_begin(store, error);
    return tx.store && set_running(&r, error) &&
           health_begin_anew(store, campaign, error) &&
           transaction_commit(&tx, error);
}

GArray *
campaign_volume(Store *store, const char *campaign, int64_t now, int hours,
                GError **error)
{
    g_autoptr(GArray) volume = g_array_new(FALSE, TRUE, sizeof(int64_t));
    int64_t begin = now - now % HOUR_MS;
    g_autoptr(Statement) st = store_prepare(
        store,
        "SELECT (max(at, :now) - :begin) / 3600000, count(*) FROM"
        " (SELECT due_at AS at FROM enrolment WHERE campaign = :campaign"
        "   AND state = 'active' AND control = 0"
        "  UNION ALL SELECT not_before FROM message"
        "   WHERE campaign = :campaign AND owner IS NULL"
        "    AND state IN ('scheduled', 'deferred'))"
        " GROUP BY 1",
        error);

    if (!st)
        return NULL;
    g_array_set_size(volume, (guint)hours);
    statement_bind_text(st, ":campaign", campaign);
    statement_bind_int(st, ":now", now);
    statement_bind_int(st, ":begin", begin);
    while (statement_step(st))
        if (statement_int(st, 0) < hours)
            g_array_index(volume, int64_t, statement_int(st, 0)) =
                statement_int(st, 1);
    return statement_end(st, error) ? g_steal_pointer(&volume) : NULL;
}
