/* SPDX-License-Identifier: Apache-2.0 */
/* suppression -- addresses that get no mail any more.
 *
 * Keyed by HMAC(address), so that the list outlives an erasure and a grep of
 * the file finds no address. Rows are never removed by the program's own
 * judgement; a recruiter may lift one. */
#ifndef NURTURE_SUPPRESSION_H
#define NURTURE_SUPPRESSION_H

#include "nurture/store.h"

/* In the caller's transaction; an existing row of the scope stays. `scope` is
 * "all" or a campaign; `reason` opted_out, bounced, complained, erased or
 * manual; message and evidence may be NULL. */
bool suppression_add(Store *store, const char *address_hmac, const char *scope,
                     const char *reason, const char *message_id,
                     const char *evidence, int64_t now, GError **error);

#endif
