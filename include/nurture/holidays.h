/* SPDX-License-Identifier: Apache-2.0 */
/* holidays -- days on which mail waits, by country.
 *
 * They are iCalendar files (RFC 5545) of the workspace: holidays/DE.ics is for
 * people in Germany, holidays/all.ics for everybody. Any published calendar of
 * public holidays will do: whole-day events count, also of several days and
 * yearly ones (RRULE with FREQ=YEARLY, and BYMONTH, BYMONTHDAY, BYDAY with a
 * number, INTERVAL, COUNT, UNTIL). Read once, then read-only. */
#ifndef NURTURE_HOLIDAYS_H
#define NURTURE_HOLIDAYS_H

#include "nurture/diagnostic.h"
#include "nurture/window.h"

#define HOLIDAYS_MAX_BYTES (1024 * 1024) /* of a file */
#define HOLIDAYS_MAX_DAYS  20000         /* of a calendar */
#define HOLIDAYS_LAST_YEAR 2099          /* yearly ones end here */

typedef struct HolidaySet HolidaySet;

/* The calendars in root/holidays; `files` are their names. Problems of them
 * (E621, E622) go to `problems`; what can be read counts all the same. */
HolidaySet *holidays_load(const char *root, const char *const *files,
                          Diagnostics *problems);
/* One more calendar, for `country` (two capital letters, or "all"). */
void holidays_read(HolidaySet *set, const char *country, const Source *source,
                   Diagnostics *problems);
HolidaySet *holidays_new(void);
void holidays_free(HolidaySet *set);

bool holidays_is_empty(const HolidaySet *set); /* NULL is empty */
/* What is celebrated on that day in a country (NULL = only what is for all);
 * NULL on any other day. Borrowed. */
const char *holiday_name(const HolidaySet *set, const char *country,
                         const LocalTime *day);
/* Another number when any calendar has another day; 0 = there are none. */
uint64_t holidays_fingerprint(const HolidaySet *set);
/* The calendars' countries ("DE", "all"), sorted, NULL-ended. Borrowed. */
const char *const *holidays_countries(const HolidaySet *set);
/* The last day of a country's own calendar; false when there is none. */
bool holidays_last(const HolidaySet *set, const char *country,
                   LocalTime *out_day);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(HolidaySet, holidays_free)

#endif
