/* SPDX-License-Identifier: Apache-2.0 */
/* review -- mail between a recruiter and nurture about replies. */
#ifndef TRACKING_REVIEW_H
#define TRACKING_REVIEW_H

#include "inbound-act.h"

/* A recruiter's mail to a review address: verbs, in the subject or the first
 * lines. What is no verb changes nothing and is shown. */
bool review_act(const Act *act, bool *out_done, GError **error);

/* What follows a new reply row: people it names, and, when it is interested,
 * a copy for the recruiter at once. */
bool reply_after_insert(const Act *act, int64_t reply, GError **error);

/* The mail as it came, to `to`, who asked for it with `act`. ERROR_NOT_FOUND:
 * it is not kept any more. */
bool reply_send_original(const Act *act, const Sender *to, int64_t reply,
                         GError **error);

#endif
