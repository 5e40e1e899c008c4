/* SPDX-License-Identifier: Apache-2.0 */
/* optout -- a person who must not be mailed any more, and all that follows.
 *
 * The one way in for the unsubscribe page, one-click mail clients (RFC 8058),
 * unsubscribe mails, complaints and hard bounces. */
#ifndef NURTURE_OPTOUT_H
#define NURTURE_OPTOUT_H

#include "nurture/store.h"
#include "nurture/workspace.h"

/* In the caller's transaction: suppress the address (scope all), cancel queued
 * mail, exit enrolments, withdraw the consent to mail, and record the event
 * opted_out or complained. Doing it again changes nothing.
 *
 * `reason`: opted_out, complained, bounced, manual. When an address is
 * suppressed already, the stronger reason stays: erased > complained >
 * opted_out > manual > bounced. A bounce is a fact about an address and not a
 * wish: it withdraws no consent, and its event is the caller's, who knows the
 * status.
 *
 * `candidate` 0: looked up by `rcpt_hmac`; there may be none (erased), then
 * the suppression alone is written. `rcpt_hmac` NULL: the candidate's.
 * `message_id`: the mail that led here, or NULL. False with ERROR_STORE, or
 * ERROR_TEMPORARY. */
bool optout_apply(Store *store, const Workspace *workspace, int64_t candidate,
                  const char *rcpt_hmac, const char *message_id,
                  const char *reason, int64_t now, GError **error);

#endif
