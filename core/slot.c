/* SPDX-License-Identifier: Apache-2.0 */
/* slot.c - window, quiet hours and holidays of one person, as one thing */
#include "nurture/slot.h"

#include "nurture/clock.h"

#include <string.h>

#define DAYS_MAX   732
#define FIVE_DAYS  0x1fu /* Monday to Friday */
#define DAY_MINUTE (24 * 60)

GTimeZone *
zone_of_candidate(const Workspace *workspace, const char *time_zone,
                  const char *country)
{
    GTimeZone *zone = time_zone ? zone_get(time_zone) : NULL;

    if (!zone && country) {
        const char *name = zone_of_country(country);
        zone = name ? zone_get(name) : NULL;
    }
    return zone ? zone : workspace->zone;
}

int64_t
workspace_next_day(const Workspace *workspace, int64_t now)
{
    LocalTime t = utc_to_local(workspace->zone, now);

    return local_to_utc(workspace->zone, t.year, t.month, t.day + 1, 0);
}

const char *
country_of_candidate(const Workspace *workspace, const char *time_zone,
                     const char *country)
{
    const char *found = NULL;

    if (country && strlen(country) == 2) {
        g_autofree char *code = g_ascii_strup(country, 2);
        return g_intern_string(code);
    }
    if (time_zone)
        found = country_of_zone(time_zone);
    if (!found && workspace->time_zone)
        found = country_of_zone(workspace->time_zone);
    return found;
}

void
slot_init(Slot *slot, const Workspace *workspace, const SendWindow *window,
          bool keep_holidays, const char *time_zone, const char *country)
{
    *slot = (Slot){.window = window,
                   .zone = zone_of_candidate(workspace, time_zone, country)};
    slot->window_zone = window->recipient ? slot->zone : workspace->zone;
    if (workspace->sending.waking.days)
        slot->waking = &workspace->sending.waking;
    if (!keep_holidays || holidays_is_empty(workspace->holidays))
        return;
    slot->holidays = workspace->holidays;
    slot->country = country_of_candidate(workspace, time_zone, country);
}

const char *
slot_holiday(const Slot *slot, int64_t at)
{
    LocalTime day;

    if (!slot->holidays)
        return NULL;
    day = utc_to_local(slot->zone, at);
    return holiday_name(slot->holidays, slot->country, &day);
}

int64_t
slot_next(const Slot *slot, int64_t at)
{
    for (int day = 0; day < DAYS_MAX; day++) {
        LocalTime local;
        at = slot->waking
                 ? send_window_next_in_both(slot->window, slot->window_zone,
                                            slot->waking, slot->zone, at)
                 : send_window_next(slot->window, slot->window_zone, at);
        if (at < 0 || !slot_holiday(slot, at))
            return at;
        local = utc_to_local(slot->zone, at);
        at =
            local_to_utc(slot->zone, local.year, local.month, local.day + 1, 0);
    }
    return -1;
}

static int64_t
minute_of_day(GTimeZone *zone, int64_t at, int minute)
{
    LocalTime local = utc_to_local(zone, at);

    return local_to_utc(zone, local.year, local.month, local.day, minute);
}

int64_t
slot_end(const Slot *slot, int64_t at)
{
    int64_t end = minute_of_day(slot->window_zone, at, slot->window->end);

    if (slot->waking)
        end = MIN(end, minute_of_day(slot->zone, at, slot->waking->end));
    if (slot->holidays)
        end = MIN(end, minute_of_day(slot->zone, at, DAY_MINUTE));
    return MAX(end, at);
}

static bool
is_business_day(const Slot *slot, const LocalTime *day)
{
    unsigned days = slot->window->days;

    if (__builtin_popcount(days) != 5)
        days = FIVE_DAYS;
    return (days & (1u << day->weekday)) &&
           (!slot->holidays ||
            !holiday_name(slot->holidays, slot->country, day));
}

/* The same wall time on the day after; noon, so that no clock change can make
 * it the same day or the one after. */
static LocalTime
next_day(const LocalTime *day)
{
    GTimeZone *utc = zone_get("UTC");

    return utc_to_local(
        utc, local_to_utc(utc, day->year, day->month, day->day + 1, 12 * 60));
}

int64_t
slot_move(const Slot *slot, const Span *span, int64_t at)
{
    int64_t below_minute = ((at % MINUTE_MS) + MINUTE_MS) % MINUTE_MS;
    LocalTime local = utc_to_local(slot->zone, at);
    int minute = local.minute;

    if (span->unit != SPAN_BUSINESS_DAYS)
        return span_move(span, slot->zone, at, 1);
    for (int left = span->count, tries = 0;
         left > 0 && tries < DAYS_MAX + 2 * span->count; tries++) {
        local = next_day(&local);
        left -= is_business_day(slot, &local);
    }
    return local_to_utc(slot->zone, local.year, local.month, local.day,
                        minute) +
           below_minute;
}
