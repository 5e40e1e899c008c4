/* SPDX-License-Identifier: Apache-2.0 */
/* bounce-reason -- why a delivery failed, and what to do about it. */
#ifndef TRACKING_BOUNCE_REASON_H
#define TRACKING_BOUNCE_REASON_H

#include "nurture/inspection.h"

/* Fill status, reason, hard, action and rule of `r` from its diagnostic and
 * status as they stand, and from `words`, what else the notice says (may be
 * NULL). */
void bounce_reason_decide(BouncedRecipient *r, const char *words);

/* The same for a recipient whose mail is merely late. */
void bounce_reason_delayed(BouncedRecipient *r);

#endif
