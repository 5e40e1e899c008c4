/* SPDX-License-Identifier: Apache-2.0 */
/* why.c - what the engine would say of somebody now */
#include "nurture/why.h"

#include "enrolment.h"
#include "question.h"

#include <string.h>

typedef struct {
    Live *live;
    Store *store;
    int64_t candidate, now;
} Asking;

/* An enrolment, or a mail in the outbox, as far as a question needs it. */
typedef struct {
    const char *campaign, *snapshot, *segment, *step, *message_id;
    int cycle;
    bool on_the_way; /* neither left nor finished nor control */
    bool control;
} Place;

static void
why_free(gpointer p)
{
    EligibilityWhy *w = p;

    g_free(w->campaign);
    g_free(w->standing);
    g_free(w);
}

static bool
ask_general(const Asking *a, EligibilityAnswer *out, GError **error)
{
    const Workspace *w = live_workspace(a->live);
    const EligibilityQuestion question = {
        .workspace = w,
        .candidate = a->candidate,
        .cycle = 1,
        .window = &w->sending.window,
    };

    return eligibility_ask(a->store, &question, a->now, out, error);
}

/* As the tick asks of a step, or the gate of a mail. Mail in the outbox that
 * must wait for its window is spread over it. */
static bool
ask(const Asking *a, const LiveCampaign *lc, const Place *p,
    const Member *member, bool launched, EligibilityAnswer *out, GError **error)
{
    EligibilityQuestion question = question_now(
        live_workspace(a->live), lc->campaign, a->candidate, p->cycle, member);

    question.check_launched = launched;
    question.control = p->control;
    question.message_id = p->message_id;
    question.count_waiting = !p->message_id;
    if (!eligibility_ask(a->store, &question, a->now, out, error))
        return false;
    if (out->reason == NOT_IN_WINDOW && out->retry_at && member &&
        p->message_id)
        out->retry_at = spread_within(lc->campaign, &member->slot,
                                      p->message_id, out->retry_at);
    return true;
}

/* Conditions are asked only of who may still get the step's mail. */
static bool
ask_place(const Asking *a, const Place *p, bool launched,
          EligibilityAnswer *out, GError **error)
{
    const LiveCampaign *lc =
        live_campaign(a->live, p->campaign, p->snapshot, error);
    const CampaignStep *step =
        lc && p->on_the_way ? campaign_step(lc->campaign, p->step) : NULL;
    const LiveStep *ls = step ? live_step(a->live, lc, step, error) : NULL;
    g_autoptr(GError) failed = NULL;
    Member member;
    bool found, ok;

    if (!lc || (step && !ls))
        return false;
    found = ls && live_read(ls, a->candidate, p->segment, &member, &failed);
    if (failed) {
        g_propagate_error(error, g_steal_pointer(&failed));
        return false;
    }
    ok = ask(a, lc, p, found ? &member : NULL, launched, out, error);
    if (found)
        live_release(ls);
    return ok;
}

static char *
standing_of(Statement *st)
{
    const char *state = statement_text(st, 1);
    const char *reason = statement_text(st, 3);
    const char *step = statement_text(st, 4);
    g_autofree char *left = NULL;

    if (statement_int(st, 2))
        return g_strdup("control group");
    if (strcmp(state, "done") == 0)
        return g_strdup("finished");
    if (strcmp(state, "exited") != 0)
        return g_strdup_printf("%s is %s", step,
                               strcmp(state, "waiting") == 0 ? "in the outbox"
                                                             : "next");
    left = g_strdelimit(g_strdup(reason ? reason : ""), "_", ' ');
    return g_strconcat("left: ", left, NULL);
}

static bool
add_place(const Asking *a, Statement *st, GPtrArray *list, GError **error)
{
    const char *state = statement_text(st, 1);
    const bool control = statement_int(st, 2) != 0;
    const Place place = {
        .campaign = statement_text(st, 0),
        .step = statement_text(st, 4),
        .snapshot = statement_text(st, 5),
        .segment = statement_text(st, 6),
        .cycle = (int)statement_int(st, 7),
        .message_id = statement_text(st, 9),
        .on_the_way = !control && (strcmp(state, "active") == 0 ||
                                   strcmp(state, "waiting") == 0),
        .control = control,
    };
    EligibilityWhy *why = g_new0(EligibilityWhy, 1);

    g_ptr_array_add(list, why);
    why->campaign = g_strdup(place.campaign);
    why->standing = standing_of(st);
    if (place.on_the_way)
        why->due_at = statement_int(st, place.message_id ? 10 : 8);
    return ask_place(a, &place, true, &why->answer, error);
}

GPtrArray *
why_all(Store *store, const Workspace *workspace, int64_t candidate,
        int64_t now, GError **error)
{
    g_autoptr(Live) live = live_new(workspace, store, now, error);
    const Asking a = {live, store, candidate, now};
    g_autoptr(GPtrArray) list = g_ptr_array_new_with_free_func(why_free);
    g_autoptr(Statement) st = NULL;

    g_ptr_array_add(list, g_new0(EligibilityWhy, 1));
    if (!live ||
        !ask_general(&a, &((EligibilityWhy *)list->pdata[0])->answer, error))
        return NULL;
    st = store_prepare(
        store,
        "SELECT e.campaign, e.state, e.control, e.exit_reason, e.step,"
        "  e.snapshot, e.segment, e.cycle, e.due_at, m.message_id,"
        "  m.not_before"
        " FROM enrolment e LEFT JOIN message m ON e.state = 'waiting'"
        "  AND m.candidate_id = e.candidate_id AND m.campaign = e.campaign"
        "  AND m.cycle = e.cycle AND m.step = e.step"
        " WHERE e.candidate_id = :candidate ORDER BY e.enrolled_at DESC",
        error);
    if (!st)
        return NULL;
    statement_bind_int(st, ":candidate", candidate);
    while (statement_step(st))
        if (!add_place(&a, st, list, error))
            return NULL;
    return statement_end(st, error) ? g_steal_pointer(&list) : NULL;
}

bool
why_message(Store *store, const Workspace *workspace, const char *message_id,
            int64_t now, EligibilityAnswer *out, GError **error)
{
    g_autoptr(Live) live = NULL;
    g_autoptr(Statement) st =
        store_prepare(store,
                      "SELECT candidate_id, campaign, snapshot, segment, step,"
                      "  cycle FROM message"
                      " WHERE message_id = :id AND kind = 'campaign'",
                      error);

    *out = (EligibilityAnswer){.reason = ELIGIBLE};
    if (!st)
        return false;
    statement_bind_text(st, ":id", message_id);
    if (statement_step(st)) {
        Asking a = {NULL, store, statement_int(st, 0), now};
        const Place place = {.campaign = statement_text(st, 1),
                             .snapshot = statement_text(st, 2),
                             .segment = statement_text(st, 3),
                             .step = statement_text(st, 4),
                             .cycle = (int)statement_int(st, 5),
                             .message_id = message_id,
                             .on_the_way = true};
        a.live = live = live_new(workspace, store, now, error);
        if (!live || !ask_place(&a, &place, false, out, error))
            return false;
    }
    return statement_end(st, error);
}
