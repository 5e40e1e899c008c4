/* SPDX-License-Identifier: Apache-2.0 */
/* retry.c - when to try again */
#include "claim.h"

#include "nurture/clock.h"

/* FNV-1a: spreads ids, no secret needed */
static uint64_t
spread(const char *message_id, int n)
{
    uint64_t h = UINT64_C(0xcbf29ce484222325) ^ (uint64_t)n;

    for (const char *p = message_id; *p; p++)
        h = (h ^ (unsigned char)*p) * UINT64_C(0x100000001b3);
    return h ^ (h >> 32);
}

int64_t
retry_at(const char *message_id, int n, int64_t now)
{
    static const int minutes[] = {5, 15, 30, 60, 120, 240};
    int64_t delay =
        minutes[CLAMP(n, 0, (int)G_N_ELEMENTS(minutes) - 1)] * MINUTE_MS;
    int64_t permille = 800 + (int64_t)(spread(message_id, n) % 401);

    return now + delay * permille / 1000;
}
