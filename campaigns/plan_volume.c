/* SPDX-License-Identifier: Apache-2.0 */
/* plan_volume.c - rates and warm-up in the calendar of a plan */
#include "plan-volume.h"

#include "nurture/clock.h"
#include "nurture/slot.h"
#include "nurture/warm-up.h"

#include <string.h>

#define DAYS_MAX 1000

/* What a rate lets through between a minute of the day and the window's end. */
static int64_t
lets_through(const Rate *rate, const SendWindow *window, int from)
{
    int64_t open = (window->end - MAX(window->start, from)) * MINUTE_MS;

    if (rate->count == 0)
        return INT64_MAX;
    return MAX(1, rate->count * MAX(0, open) / MAX(1, rate->per_ms));
}

/* The minute of the day from which the plan sends. */
static int
begin_of_day(const Plan *plan, const Workspace *w, const char *date)
{
    LocalTime start = utc_to_local(w->zone, plan->start);
    g_autofree char *first =
        date_format(plan->start, w->zone, "YYYY-MM-DD", "en");

    return strcmp(first, date) == 0 ? start.minute : 0;
}

/* ---- other campaigns ---------------------------------------------------- */

static void
add_count(GHashTable *days, char *date, int64_t n)
{
    int64_t *sum = g_hash_table_lookup(days, date);

    if (!sum) {
        sum = g_new0(int64_t, 1);
        g_hash_table_insert(days, g_strdup(date), sum);
    }
    *sum += n;
}

/* Date -> how many mails of others are due then; what is overdue, at once. */
static GHashTable *
count_others(const Plan *plan, Store *store, const Workspace *w,
             const Campaign *campaign, GError **error)
{
    g_autoptr(GHashTable) days =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    g_autoptr(Statement) st = store_prepare(
        store,
        "SELECT max(at, :start) / 3600000, count(*) FROM"
        " (SELECT e.due_at AS at FROM campaign g"
        "   CROSS JOIN enrolment e ON e.campaign = g.campaign"
        "   WHERE e.state = 'active' AND e.control = 0"
        "    AND g.state = 'running' AND g.priority <= :priority"
        "    AND g.campaign <> :campaign"
        "  UNION ALL SELECT m.not_before FROM message m"
        "   JOIN campaign g ON g.campaign = m.campaign"
        "   WHERE m.state IN ('scheduled', 'deferred')"
        "    AND m.kind = 'campaign' AND m.not_before < 253402300799000"
        "    AND g.state = 'running' AND m.priority <= :priority"
        "    AND m.campaign <> :campaign)"
        " GROUP BY 1",
        error);

    if (!st)
        return NULL;
    statement_bind_int(st, ":start", plan->start);
    statement_bind_int(st, ":priority", campaign->priority);
    statement_bind_text(st, ":campaign", campaign->id);
    while (statement_step(st)) {
        g_autofree char *date =
            date_format(MAX(statement_int(st, 0) * HOUR_MS, plan->start),
                        w->zone, "YYYY-MM-DD", "en");
        add_count(days, date, statement_int(st, 1));
    }
    return statement_end(st, error) ? g_steal_pointer(&days) : NULL;
}

static int64_t
others_of(GHashTable *others, const char *date)
{
    const int64_t *n = g_hash_table_lookup(others, date);

    return n ? *n : 0;
}

static bool
first_step(Store *store, const Workspace *w, int64_t *out_step, GError **error)
{
    g_autoptr(Statement) st = store_prepare(
        store, "SELECT step FROM warm_up WHERE domain = :domain", error);

    *out_step = 0;
    if (!st)
        return false;
    statement_bind_text(st, ":domain", w->sending.domain);
    if (statement_step(st))
        *out_step = statement_int(st, 0);
    return statement_end(st, error);
}

static void
add_people(Plan *plan, guint index, const char *date, int64_t people)
{
    PlanDay *day = NULL;

    for (; index < plan->days->len; index++) {
        day = g_ptr_array_index(plan->days, index);
        if (strcmp(day->date, date) >= 0)
            break;
    }
    if (index == plan->days->len)
        day = NULL;
    if (!day || strcmp(day->date, date) != 0) {
        day = g_new0(PlanDay, 1);
        day->date = g_strdup(date);
        g_ptr_array_insert(plan->days, (int)index, day);
    }
    day->people += people;
}

/* The day after `date` on which the window is open, in the workspace's zone. */
static char *
next_open_day(const Workspace *w, const Slot *slot, const char *date)
{
    int64_t at = 0, next;

    date_parse(date, w->zone, &at, NULL);
    at = workspace_next_day(w, at + 12 * HOUR_MS);
    next = slot_next(slot, at);
    return date_format(next < 0 ? at : next, w->zone, "YYYY-MM-DD", "en");
}

bool
plan_fit_days(Plan *plan, Store *store, const Workspace *w,
              const Campaign *campaign, GError **error)
{
    g_autoptr(GHashTable) others =
        count_others(plan, store, w, campaign, error);
    int64_t step;
    Slot slot;

    if (!others || !first_step(store, w, &step, error))
        return false;
    slot_init(&slot, w, &campaign->window, !campaign->ignore_holidays, NULL,
              NULL);
    for (guint i = 0; i < plan->days->len && i < DAYS_MAX; i++) {
        PlanDay *day = g_ptr_array_index(plan->days, i);
        g_autofree char *next = next_open_day(w, &slot, day->date);
        int from = begin_of_day(plan, w, day->date);
        int64_t room = lets_through(&w->sending.rate, &campaign->window, from);
        int64_t waiting = others_of(others, day->date), most;
        if (w->sending.warm_up) {
            int64_t budget = warm_up_step((int)step++);
            if (budget != WARM_UP_NONE)
                room = MIN(room, budget);
        }
        day->others = MIN(waiting, room);
        if (waiting > day->others)
            add_count(others, next, waiting - day->others);
        most = MIN(lets_through(&campaign->rate, &campaign->window, from),
                   room - day->others);
        if (day->people > most) {
            add_people(plan, i + 1, next, day->people - most);
            day->people = most;
        }
    }
    return true;
}
