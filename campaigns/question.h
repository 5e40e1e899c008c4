/* SPDX-License-Identifier: Apache-2.0 */
/* question -- how a campaign's settings become a question of eligibility. */
#ifndef CAMPAIGNS_QUESTION_H
#define CAMPAIGNS_QUESTION_H

#include "mail-select.h"

#include "nurture/eligibility.h"

/* For mail of `campaign` at any time. `member` NULL: nothing is known of the
 * person's data. All is borrowed by the question. */
EligibilityQuestion question_of(const Workspace *workspace,
                                const Campaign *campaign, int64_t candidate,
                                int cycle, const Member *member);
/* The same for mail now: inside the campaign's window, and while it runs. */
EligibilityQuestion question_now(const Workspace *workspace,
                                 const Campaign *campaign, int64_t candidate,
                                 int cycle, const Member *member);

#endif
