/* SPDX-License-Identifier: Apache-2.0 */
/* catch-up -- steps whose time went by while nothing ran.
 *
 * A step that is up to two hours late leaves as if it were on time; so does one
 * that waited for no more than the pause that is usual between two ticks here:
 * where `nurture run` comes once a day, a day is not late. Later ones get the
 * next moments of their slots, at twice the usual pace, and never within two
 * business days of another mail to the same person. */
#ifndef CAMPAIGNS_CATCH_UP_H
#define CAMPAIGNS_CATCH_UP_H

#include "nurture/slot.h"
#include "nurture/store.h"

#define LATE_MS (2 * 60 * 60 * INT64_C(1000))

/* Of one tick; all zeroes to begin with. */
typedef struct {
    int64_t usual_ms;    /* how late is not late; at least LATE_MS */
    int64_t interval_ms; /* between two late mails; 0 = not asked yet */
    int64_t next_at;     /* the first moment that is not given away */
} CatchUp;

/* Tell from the ticks before this one what is usual, and remember this one. Not
 * in a transaction. */
bool catch_up_begin(CatchUp *catch_up, Store *store, int64_t now,
                    GError **error);
/* When a step that was due at `due_at` may leave: `now`, or later. */
bool catch_up_at(CatchUp *catch_up, Store *store, const Slot *slot,
                 int64_t candidate, int64_t due_at, int64_t now,
                 int64_t *out_at, GError **error);
/* How many mails leave in an hour in which any do: of the last 5000, at least
 * 20. */
bool catch_up_usual(Store *store, int64_t *out_per_hour, GError **error);

#endif
