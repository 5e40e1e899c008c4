/* SPDX-License-Identifier: Apache-2.0 */
/* bounce-reason -- why a delivery failed, and what to do about it. */
#ifndef TRACKING_BOUNCE_REASON_H
#define TRACKING_BOUNCE_REASON_H

#include "nurture/inspection.h"

/* Fill status, reason, hard, action and rule of `r` from its diagnostic and
 * status as they stand, from `about`, what the notice says of this recipient
 * (NULL: nothing apart), and from the whole `notice`. */
void bounce_reason_decide(BouncedRecipient *r, const char *about,
                          const char *notice);

/* The same for a recipient whose mail is merely late. */
void bounce_reason_delayed(BouncedRecipient *r);

#endif
