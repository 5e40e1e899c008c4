/* SPDX-License-Identifier: Apache-2.0 */
/* question.c - a campaign's settings as a question of eligibility */
#include "question.h"

EligibilityQuestion
question_of(const Workspace *workspace, const Campaign *campaign,
            int64_t candidate, int cycle, const Member *member)
{
    return (EligibilityQuestion){
        .workspace = workspace,
        .candidate = candidate,
        .campaign = campaign->id,
        .cycle = cycle,
        .is_sequence = campaign->is_sequence,
        .topic = campaign->topic,
        .purpose = campaign->purpose,
        .cap = &campaign->cap,
        .stop_rule = member && member->stop_rule,
        .bad_data = member && member->bad_data,
    };
}

EligibilityQuestion
question_now(const Workspace *workspace, const Campaign *campaign,
             int64_t candidate, int cycle, const Member *member)
{
    EligibilityQuestion question =
        question_of(workspace, campaign, candidate, cycle, member);

    question.window = &campaign->window;
    question.ignore_holidays = campaign->ignore_holidays;
    question.check_launched = true;
    return question;
}
