/* SPDX-License-Identifier: Apache-2.0 */
/* holiday-event -- one VEVENT of a calendar of holidays, and its days. */
#ifndef CORE_HOLIDAY_EVENT_H
#define CORE_HOLIDAY_EVENT_H

#include "ics.h"

#include <stdint.h>

#define HOLIDAY_MAX_LENGTH 62 /* days of one event */

typedef struct {
    gsize line;         /* where it begins in the file */
    char *name;         /* SUMMARY */
    guint32 start, end; /* Julian days, end excluded; 0 = not given */
    bool cancelled, unusable;
    GArray *except; /* guint32: EXDATE */
    struct {
        bool yearly;
        int interval, count; /* count 0 = without end */
        guint32 until;       /* last Julian day; 0 = without end */
        int month, monthday; /* 0 = those of the start */
        int nth, weekday;    /* BYDAY: 1MO = 1, 0; nth 0 = none */
    } rule;
} HolidayEvent;

void holiday_event_begin(HolidayEvent *event, const Ics *ics);
/* Take in the line that `ics` stands on; problems are reported there. */
void holiday_event_line(HolidayEvent *event, Ics *ics);
/* At its end: can its days be told? What is missing is reported. */
bool holiday_event_check(HolidayEvent *event, Ics *ics);
/* Calls `add` for each day until the end of `last_year`. False when `add`
 * wants no more. */
bool holiday_event_days(const HolidayEvent *event, int last_year,
                        bool (*add)(guint32 day, const char *name,
                                    gpointer data),
                        gpointer data);
void holiday_event_clear(HolidayEvent *event);

#endif
