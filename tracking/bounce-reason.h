/* SPDX-License-Identifier: Apache-2.0 */
/* bounce-reason -- why a delivery failed, and what to do about it. */
#ifndef TRACKING_BOUNCE_REASON_H
#define TRACKING_BOUNCE_REASON_H

#include "nurture/inspection.h"

/* What a report says beside its fields. */
typedef struct {
    const char *about;  /* of this recipient; NULL: nothing apart */
    const char *notice; /* all of it */
    /* Who sent the returned mail, addresses, NULL-terminated; may be NULL. */
    const char *const *senders;
} BounceContext;

/* Fill status, reason, hard, action and rule of `r` from its diagnostic and
 * status as they stand and from the words in `context`. */
void bounce_reason_decide(BouncedRecipient *r, const BounceContext *context);

/* The same for a recipient whose mail is merely late. */
void bounce_reason_delayed(BouncedRecipient *r);

#endif
