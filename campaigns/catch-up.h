/* SPDX-License-Identifier: Apache-2.0 */
/* catch-up -- steps whose time went by while nothing ran.
 *
 * Up to two hours late, a step leaves as if it were on time. Later ones get the
 * next moments of their slots, at twice the usual pace, and never within two
 * business days of another mail to the same person. */
#ifndef CAMPAIGNS_CATCH_UP_H
#define CAMPAIGNS_CATCH_UP_H

#include "nurture/slot.h"
#include "nurture/store.h"

#define LATE_MS (2 * 60 * 60 * INT64_C(1000))

/* Of one tick; all zeroes to begin with. */
typedef struct {
    int64_t interval_ms; /* between two late mails; 0 = not asked yet */
    int64_t next_at;     /* the first moment that is not given away */
} CatchUp;

/* When a step that was due at `due_at` may leave: `now`, or later. */
bool catch_up_at(CatchUp *catch_up, Store *store, const Slot *slot,
                 int64_t candidate, int64_t due_at, int64_t now,
                 int64_t *out_at, GError **error);
/* How many mails leave in an hour in which any do: of the last 5000, at least
 * 20. */
bool catch_up_usual(Store *store, int64_t *out_per_hour, GError **error);

#endif
