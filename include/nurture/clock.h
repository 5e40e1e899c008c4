/* SPDX-License-Identifier: Apache-2.0 */
/* clock -- the only place that asks what time it is.
 *
 * Everything else takes `now` as an argument: UTC milliseconds since 1970.
 * The environment variable NURTURE_NOW ("2026-03-03 09:00" in UTC, or
 * milliseconds) freezes the clock, NURTURE_CLOCK_OFFSET (milliseconds) shifts
 * it, and NURTURE_CLOCK_FILE names a file whose first eight bytes are the time
 * (int64, host order), so that the demo's processes share one fast clock. */
#ifndef NURTURE_CLOCK_H
#define NURTURE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#define SECOND_MS INT64_C(1000)
#define MINUTE_MS (60 * SECOND_MS)
#define HOUR_MS   (60 * MINUTE_MS)
#define DAY_MS    (24 * HOUR_MS)

int64_t clock_now(void);
/* For measuring how long something took; unrelated to clock_now(). */
int64_t clock_monotonic(void);
/* Is clock_now() the computer's own clock, neither frozen nor shifted? */
bool clock_is_real(void);
/* Freeze clock_now() at `now` (the demo's and --now's clock); 0 = unfreeze. */
void clock_set(int64_t now);

#endif
