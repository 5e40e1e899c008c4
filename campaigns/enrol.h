/* SPDX-License-Identifier: Apache-2.0 */
/* enrol -- bringing a campaign's audience into it, chunk by chunk. */
#ifndef CAMPAIGNS_ENROL_H
#define CAMPAIGNS_ENROL_H

#include "enrolment.h"

#include "nurture/eligibility.h"

/* Enrol everybody of the audience who may be and is not yet. Idempotent. */
bool enrol_audience(Live *live, Store *store, const LiveCampaign *campaign,
                    const char *snapshot, int64_t *out_added, GError **error);

/* The eligibility of a member for a campaign's mail, without window. */
bool member_ask(Store *store, const Workspace *workspace,
                const Campaign *campaign, const Member *member, int64_t now,
                EligibilityAnswer *out, GError **error);

#endif
