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

static int64_t
room_of_day(const Plan *plan, const Workspace *w, const Campaign *campaign,
            const char *date)
{
    LocalTime start = utc_to_local(w->zone, plan->start);
    g_autofree char *first =
        date_format(plan->start, w->zone, "YYYY-MM-DD", "en");
    int from = strcmp(first, date) == 0 ? start.minute : 0;

    return MIN(lets_through(&w->sending.rate, &campaign->window, from),
               lets_through(&campaign->rate, &campaign->window, from));
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
    int64_t step;
    Slot slot;

    if (!first_step(store, w, &step, error))
        return false;
    slot_init(&slot, w, &campaign->window, !campaign->ignore_holidays, NULL,
              NULL);
    for (guint i = 0; i < plan->days->len && i < DAYS_MAX; i++) {
        PlanDay *day = g_ptr_array_index(plan->days, i);
        int64_t most = room_of_day(plan, w, campaign, day->date);
        int64_t budget = WARM_UP_NONE;
        if (w->sending.warm_up)
            budget = warm_up_step((int)step++);
        if (budget != WARM_UP_NONE)
            most = MIN(most, budget);
        if (day->people > most) {
            g_autofree char *next = next_open_day(w, &slot, day->date);
            int64_t over = day->people - most;
            day->people = most;
            add_people(plan, i + 1, next, over);
        }
    }
    return true;
}
