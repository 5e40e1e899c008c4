/* SPDX-License-Identifier: Apache-2.0 */
/* bounce-policy -- bounce-action.tsv: what a reason means beyond the one mail.
 *
 * Whether an address is given up, and when so many reports for one domain or
 * campaign mean that something is wrong on our side. */
#ifndef TRACKING_BOUNCE_POLICY_H
#define TRACKING_BOUNCE_POLICY_H

#include <stdbool.h>
#include <stdint.h>

typedef enum { SCOPE_NONE, SCOPE_DOMAIN, SCOPE_CAMPAIGN, SCOPE_ALL } LimitScope;

/* Reached at `count` messages, or at `share` (of 100,000 sent) if that is set
 * and there are at least `least`. */
typedef struct {
    LimitScope scope;
    int64_t count, share, least;
} Limit;

typedef struct {
    const char *reason; /* borrowed, as the words */
    int days;           /* a count must span so many */
    int hold_days;      /* a final count holds so long; 0: suppress */
    Limit alert, pause;
    const char *words;
} BouncePolicy;

/* NULL for a reason that the table lacks. */
const BouncePolicy *bounce_policy(const char *reason);
bool limit_parse(const char *text, Limit *out);
bool limit_is_reached(const Limit *limit, int64_t count, int64_t sent);

#endif
