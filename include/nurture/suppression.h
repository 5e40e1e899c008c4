/* SPDX-License-Identifier: Apache-2.0 */
/* suppression -- addresses that get no mail any more.
 *
 * Keyed by HMAC(address), so that the list outlives an erasure and a grep of
 * the file finds no address. Rows are never removed by the program's own
 * judgement; a recruiter may lift one. */
#ifndef NURTURE_SUPPRESSION_H
#define NURTURE_SUPPRESSION_H

#include "nurture/store.h"

/* In the caller's transaction: no more mail to this address. `reason` is
 * bounced, manual, opted_out, complained or erased; when the address is listed
 * already, only one that stands later in this row replaces the other; that it
 * bounced is remembered beside it. `message_id`: the mail that led here;
 * `evidence`: a server's code; each may be NULL. *out_changed (may be NULL):
 * was a row added or replaced? */
bool suppression_add(Store *store, const char *address_hmac, const char *reason,
                     const char *message_id, const char *evidence, int64_t now,
                     bool *out_changed, GError **error);

/* In the caller's transaction: whoever was erased comes back by their own hand,
 * with proof of their mailbox. *out_ended: they had been erased. That the
 * address is undeliverable stays. */
bool suppression_end_erasure(Store *store, const char *address_hmac,
                             bool *out_ended, GError **error);
/* In the caller's transaction: the person has asked for mail again, with proof
 * of their mailbox. Ends what they themselves had said, for this address and
 * all others of theirs; a bounce, a complaint, an erasure and a recruiter's
 * decision stay. */
bool suppression_end_opt_out(Store *store, int64_t candidate,
                             const char *address_hmac, GError **error);

#endif
