/* SPDX-License-Identifier: Apache-2.0 */
/* candidate-merge -- two records that are one person. */
#ifndef CAMPAIGNS_CANDIDATE_MERGE_H
#define CAMPAIGNS_CANDIDATE_MERGE_H

#include "nurture/candidates.h"

/* In the caller's transaction: `gone` leaves all campaigns, and whatever is
 * known of it is `kept`'s from now on: addresses, applications, consents,
 * holds, events, mails, replies. What stands against mailing any of the
 * addresses stands against the person. `actor`: who says so, for the audit. */
bool candidate_merge_rows(Store *store, const Workspace *workspace,
                          const Keys *keys, int64_t kept, int64_t gone,
                          const char *actor, int64_t now, GError **error);

#endif
