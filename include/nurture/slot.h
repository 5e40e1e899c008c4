/* SPDX-License-Identifier: Apache-2.0 */
/* slot -- the moments in which one person may get the mail of one campaign.
 *
 * The campaign's window, in its own zone or the person's; the workspace's
 * quiet hours in the person's zone; and the holidays of the person's country,
 * by the calendar day that the person has. */
#ifndef NURTURE_SLOT_H
#define NURTURE_SLOT_H

#include "nurture/holidays.h"
#include "nurture/workspace.h"

typedef struct {
    const SendWindow *window;
    GTimeZone *window_zone;
    const SendWindow *waking;   /* NULL = no quiet hours */
    GTimeZone *zone;            /* the person's */
    const HolidaySet *holidays; /* NULL = mail does not wait for them */
    const char *country;        /* whose holidays; NULL = only those of all */
} Slot;

/* For a person with this zone and country (either may be NULL). Borrows all of
 * it but the names. */
void slot_init(Slot *slot, const Workspace *workspace, const SendWindow *window,
               bool keep_holidays, const char *time_zone, const char *country);

/* The first moment >= `at` inside; -1 when there is none in two years. */
int64_t slot_next(const Slot *slot, int64_t at);
/* When the slot ends that `at` is inside of. */
int64_t slot_end(const Slot *slot, int64_t at);
/* The holiday `at` falls on for this person; NULL = none. Borrowed. */
const char *slot_holiday(const Slot *slot, int64_t at);

/* `at` moved on by a wait. Business days are Monday to Friday without the
 * holidays; where the window names five other days, those. All else is
 * span_move() in the person's zone. */
int64_t slot_move(const Slot *slot, const Span *span, int64_t at);

/* When the workspace's next day begins. */
int64_t workspace_next_day(const Workspace *workspace, int64_t now);

/* The person's own zone, else their country's only one, else the workspace's.
 * Either name may be NULL. Borrowed. */
GTimeZone *zone_of_candidate(const Workspace *workspace, const char *time_zone,
                             const char *country);
/* The person's own country, else the one their zone lies in, else the
 * workspace's. Borrowed for ever; NULL = nothing is known. */
const char *country_of_candidate(const Workspace *workspace,
                                 const char *time_zone, const char *country);

#endif
