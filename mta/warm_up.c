/* SPDX-License-Identifier: Apache-2.0 */
/* warm_up.c - how many mails a young sending domain may send today */
#include "nurture/warm-up.h"

#include "nurture/clock.h"
#include "nurture/datafile.h"
#include "nurture/slot.h"
#include "pace.h"

#include <string.h>

int64_t
warm_up_step(int step)
{
    static GArray *budgets;

    if (g_once_init_enter(&budgets)) {
        g_autoptr(GError) error = NULL;
        g_autoptr(DataFile) file =
            datafile_load("mta/data/warm-up.tsv", &error);
        GArray *list = g_array_new(FALSE, FALSE, sizeof(int64_t));
        g_assert_no_error(error); /* it is built in */
        for (guint i = 0; i < datafile_rows(file); i++) {
            int64_t n =
                g_ascii_strtoll(datafile_row(file, i)->cell[0], NULL, 10);
            g_array_append_val(list, n);
        }
        g_once_init_leave(&budgets, list);
    }
    return step >= 0 && (guint)step < budgets->len
               ? g_array_index(budgets, int64_t, step)
               : WARM_UP_NONE;
}

typedef struct {
    int64_t day;
    int step;
    bool found;
} Ramp;

static bool
ramp_load(Store *store, const char *domain, Ramp *out, GError **error)
{
    g_autoptr(Statement) st = store_prepare(
        store, "SELECT day, step FROM warm_up WHERE domain = :domain", error);

    *out = (Ramp){0};
    if (!st)
        return false;
    statement_bind_text(st, ":domain", domain);
    if (statement_step(st))
        *out = (Ramp){statement_int(st, 0), (int)statement_int(st, 1), true};
    return statement_end(st, error);
}

static bool
ramp_save(Store *store, const char *domain, const Ramp *ramp, GError **error)
{
    g_autoptr(Statement) st = store_prepare(
        store,
        "INSERT INTO warm_up (domain, day, step)"
        " VALUES (:domain, :day, :step) ON CONFLICT (domain) DO UPDATE SET"
        "  day = excluded.day, step = excluded.step",
        error);

    if (!st)
        return false;
    statement_bind_text(st, ":domain", domain);
    statement_bind_int(st, ":day", ramp->day);
    statement_bind_int(st, ":step", ramp->step);
    return statement_run(st, error);
}

/* What the day of `ramp` came to. */
static bool
day_went_well(Store *store, const Ramp *ramp, bool *out, GError **error)
{
    g_autoptr(Statement) st = store_prepare(
        store,
        "SELECT (SELECT cap - tokens FROM bucket"
        "   WHERE bucket_key = 'warmup' AND at = :day),"
        " (SELECT count(*) FROM event WHERE kind = 'bounced' AND at >= :day),"
        " (SELECT count(*) FROM event WHERE kind = 'complained'"
        "   AND at >= :day)",
        error);
    int64_t used, bounced, complained;

    *out = false;
    if (!st)
        return false;
    statement_bind_int(st, ":day", ramp->day);
    if (statement_step(st)) {
        used = statement_int(st, 0);
        bounced = statement_int(st, 1);
        complained = statement_int(st, 2);
        *out = used * 2 >= warm_up_step(ramp->step) &&
               bounced * 100 <= used * 3 && complained * 1000 <= used;
    }
    return statement_end(st, error);
}

bool
warm_up_budget(Store *store, const Workspace *workspace, int64_t now,
               int64_t *out_budget, GError **error)
{
    const char *domain = workspace->sending.domain;
    int64_t today = pace_day(workspace, now);
    bool well;
    Ramp ramp;

    g_assert(store_in_transaction(store));
    *out_budget = WARM_UP_NONE;
    if (!workspace->sending.warm_up || now < workspace->sending.warm_up)
        return true;
    if (!ramp_load(store, domain, &ramp, error))
        return false;
    *out_budget = warm_up_step(ramp.step);
    if (ramp.found && (ramp.day >= today || *out_budget == WARM_UP_NONE))
        return true;
    if (ramp.found) {
        if (!day_went_well(store, &ramp, &well, error))
            return false;
        ramp.step += well;
    }
    ramp.day = today;
    *out_budget = warm_up_step(ramp.step);
    return ramp_save(store, domain, &ramp, error);
}

static bool
count_used(Store *store, int64_t today, int64_t tomorrow, int64_t *out,
           GError **error)
{
    g_autoptr(Statement) st = store_prepare(
        store,
        "SELECT coalesce((SELECT cap - tokens FROM bucket"
        "   WHERE bucket_key = 'warmup' AND at = :today), 0) +"
        " (SELECT count(*) FROM message"
        "   WHERE state IN ('scheduled','deferred') AND kind = 'campaign'"
        "    AND not_before < :tomorrow)",
        error);

    if (!st)
        return false;
    statement_bind_int(st, ":today", today);
    statement_bind_int(st, ":tomorrow", tomorrow);
    *out = statement_step(st) ? statement_int(st, 0) : 0;
    return statement_end(st, error);
}

bool
warm_up_room(Store *store, const Workspace *workspace, int64_t now,
             int64_t *out_room, GError **error)
{
    int64_t today = pace_day(workspace, now), used = 0;
    g_auto(Transaction) tx = {NULL};

    *out_room = WARM_UP_NONE;
    if (!workspace->sending.warm_up || now < workspace->sending.warm_up)
        return true;
    tx = store_begin(store, error);
    if (!tx.store || !warm_up_budget(store, workspace, now, out_room, error))
        return false;
    if (*out_room == WARM_UP_NONE)
        return transaction_commit(&tx, error);
    if (!count_used(store, today, workspace_next_day(workspace, now), &used,
                    error))
        return false;
    *out_room = MAX(0, *out_room - used);
    return transaction_commit(&tx, error);
}
