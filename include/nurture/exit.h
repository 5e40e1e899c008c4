/* SPDX-License-Identifier: Apache-2.0 */
/* exit -- the end of a candidate's way through a campaign.
 *
 * Replies, opt-outs, bounces, hires and stop rules all end here. */
#ifndef NURTURE_EXIT_H
#define NURTURE_EXIT_H

#include "nurture/store.h"
#include "nurture/workspace.h"

/* In the caller's transaction: live enrolments of the candidate in `campaign`
 * (NULL = all) become exited with `reason` (replied, not_now, opted_out,
 * bounced, complained, in_process, hired, stopped, erased, suppressed), an
 * event says so, and mail that has not been marked is cancelled. Idempotent. */
bool enrolment_exit(Store *store, const Workspace *workspace, int64_t candidate,
                    const char *campaign, const char *reason, int64_t now,
                    GError **error);

#endif
