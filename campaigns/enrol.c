/* SPDX-License-Identifier: Apache-2.0 */
/* enrol.c - bringing a campaign's audience into it */
#include "enrol.h"

#include "question.h"

enum { CHUNK = 500 }; /* candidates per transaction: well under 50 ms */

bool
member_ask(Store *store, const Workspace *workspace, const Campaign *campaign,
           const Member *member, int64_t now, EligibilityAnswer *out,
           GError **error)
{
    EligibilityQuestion question =
        question_of(workspace, campaign, member->id, 1, member);

    question.excluded = member->excluded;
    question.control = member->control;
    question.count_waiting = true; /* as the tick will */
    return eligibility_ask(store, &question, now, out, error);
}

/* One chunk: returns false at the end or on error; *after moves on. */
static bool
enrol_chunk(Store *store, const Workspace *workspace, const Campaign *campaign,
            const char *snapshot, const MailSelect *select, Statement *st,
            int64_t now, int64_t *after, int64_t *added, GError **error)
{
    g_auto(Transaction) tx = store_begin(store, error);
    int n = 0;

    if (!tx.store)
        return false;
    audience_bind(st, AUDIENCE_ALL, *after);
    while (n < CHUNK && statement_step(st)) {
        EligibilityAnswer answer;
        Member member;
        bool is_new = false;

        mail_select_member(select, st, NULL, &member);
        *after = member.id;
        n++;
        if (!member_ask(store, workspace, campaign, &member, now, &answer,
                        error))
            return false;
        if ((eligibility_passes(answer.reason) ||
             answer.reason == NOT_CONTROL) &&
            !enrolment_add(store, workspace, campaign, snapshot, &member, now,
                           &is_new, error))
            return false;
        *added += is_new;
    }
    return statement_end(st, error) && transaction_commit(&tx, error) &&
           n == CHUNK;
}

bool
enrol_audience(Live *live, Store *store, const LiveCampaign *lc,
               const char *snapshot, int64_t *out_added, GError **error)
{
    const CampaignStep *first = g_ptr_array_index(lc->campaign->steps, 0);
    g_autoptr(Diagnostics) problems = diagnostics_new();
    g_autoptr(MailSelect) select = mail_select_new(
        lc->catalogue, lc->campaign, first, live_now(live), problems);
    g_autoptr(Statement) st = NULL;
    g_autoptr(GError) failed = NULL;
    int64_t after = 0;

    if (!select)
        return true; /* live_step() reports it when the step is due */
    mail_select_audience_only(select);
    if (lc->campaign->role) /* nobody is told of a role unreviewed */
        mail_select_shortlist_only(select);
    st = mail_select_prepare(select, live_guarded(live), AUDIENCE_ALL, error);
    if (!st)
        return false;
    while (enrol_chunk(store, live_workspace(live), lc->campaign, snapshot,
                       select, st, live_now(live), &after, out_added, &failed))
        continue;
    if (failed) {
        g_propagate_error(error, g_steal_pointer(&failed));
        return false;
    }
    return true;
}
