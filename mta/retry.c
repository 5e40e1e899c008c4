/* SPDX-License-Identifier: Apache-2.0 */
/* retry.c - when to try again */
#include "claim.h"

#include "nurture/clock.h"
#include "nurture/hash.h"

int64_t
retry_at(const char *message_id, int n, int64_t now)
{
    static const int minutes[] = {5, 15, 30, 60, 120, 240};
    int64_t delay =
        minutes[CLAMP(n, 0, (int)G_N_ELEMENTS(minutes) - 1)] * MINUTE_MS;
    int64_t permille = 800 + (int64_t)(hash_stable(message_id, n) % 401);

    return now + delay * permille / 1000;
}
