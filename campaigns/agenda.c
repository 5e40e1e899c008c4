/* SPDX-License-Identifier: Apache-2.0 */
/* agenda.c - the tick: newcomers in, due steps into the outbox */
#include "campaign-private.h"
#include "catch-up.h"
#include "enrol.h"
#include "question.h"
#include "reslot.h"

#include "nurture/address.h"
#include "nurture/clock.h"
#include "nurture/error.h"
#include "nurture/exit.h"
#include "nurture/fact.h"
#include "nurture/health.h"
#include "nurture/log.h"
#include "nurture/outbox.h"
#include "nurture/scheduler.h"
#include "nurture/warm-up.h"

#include <string.h>

enum { CHUNK = 200 };

typedef struct {
    Live *live;
    Store *store;
    const Keys *keys;
    int64_t now;
    TickResult *out;
    CatchUp catch_up;
    int64_t room; /* of today's warm-up; WARM_UP_NONE = no limit */
} Tick;

typedef struct {
    char *id, *snapshot;
    bool is_sequence;
} Running;

static void
running_free(gpointer p)
{
    Running *r = p;

    g_free(r->id);
    g_free(r->snapshot);
    g_free(r);
}

static GPtrArray *
running_campaigns(Store *store, GError **error)
{
    g_autoptr(GPtrArray) list = g_ptr_array_new_with_free_func(running_free);
    g_autoptr(Statement) st =
        store_prepare(store,
                      "SELECT campaign, snapshot, is_sequence FROM campaign"
                      " WHERE state = 'running' ORDER BY priority, campaign",
                      error);

    if (!st)
        return NULL;
    while (statement_step(st)) {
        Running *r = g_new(Running, 1);
        r->id = g_strdup(statement_text(st, 0));
        r->snapshot = g_strdup(statement_text(st, 1));
        r->is_sequence = statement_int(st, 2) != 0;
        g_ptr_array_add(list, r);
    }
    return statement_end(st, error) ? g_steal_pointer(&list) : NULL;
}

/* A newsletter's audience is those who matched once; the pass that found all
 * of them is remembered under this name. */
static bool
pass_is_done(Store *store, const Running *r, bool *out, GError **error)
{
    g_autofree char *name = g_strconcat("enrolled.", r->id, NULL);
    g_autofree char *snapshot = NULL;

    if (!fact_get(store, name, &snapshot, error))
        return false;
    *out = g_strcmp0(snapshot, r->snapshot) == 0;
    return true;
}

static bool
remember_pass(Store *store, const Running *r, GError **error)
{
    g_autofree char *name = g_strconcat("enrolled.", r->id, NULL);
    g_auto(Transaction) tx = store_begin(store, error);

    return tx.store && fact_set(store, name, r->snapshot, error) &&
           transaction_commit(&tx, error);
}

static bool
enrol_newcomers(Tick *t, const Running *r, const LiveCampaign *lc,
                GError **error)
{
    bool done = false;

    if (!r->is_sequence && !pass_is_done(t->store, r, &done, error))
        return false;
    if (done)
        return true;
    if (!enrol_audience(t->live, t->store, lc, r->snapshot, &t->out->enrolled,
                        error))
        return false;
    return r->is_sequence || remember_pass(t->store, r, error);
}

/* ---- one due step ------------------------------------------------------ */

typedef enum { DO_QUEUE, DO_POSTPONE, DO_SKIP, DO_EXIT } Decision;

static Decision
decide(const EligibilityAnswer *answer, const Member *member, int64_t now,
       int64_t *out_at, const char **out_why)
{
    *out_at = answer->retry_at > now ? answer->retry_at : now + DAY_MS;
    *out_why = eligibility_word(answer->reason);
    switch (answer->reason) {
    case ELIGIBLE:
    case NOT_EXCLUDED: /* asked at enrolment only */
        return member->only_if ? DO_QUEUE : DO_SKIP;
    case NOT_SUPPRESSED:
    case NOT_ERASED:
    case NOT_STOPPED:
    case NOT_DELIVERABLE:
    case NOT_CONSENTED:
    case NOT_ARCHIVED:
        return DO_EXIT;
    case NOT_FILLED:
        return DO_SKIP;
    case NOT_NOTIFIED:
    case NOT_IN_PROCESS:
    case NOT_FRESH:
    case NOT_HELD:
    case NOT_FREE:
    case NOT_CONTROL:
    case NOT_IN_WINDOW:
    case NOT_IN_VOLUME:
    case NOT_LAUNCHED:
    case ELIGIBILITY_REASONS:
        return DO_POSTPONE;
    case NOT_CAPPED: /* what waits in the outbox may be cancelled meanwhile */
        *out_at = MIN(*out_at, now + DAY_MS);
        return DO_POSTPONE;
    }
    return DO_POSTPONE;
}

static bool
ask_step(const Tick *t, const Campaign *campaign, const Enrolment *e,
         const Member *member, EligibilityAnswer *out, GError **error)
{
    EligibilityQuestion question = question_now(
        live_workspace(t->live), campaign, e->candidate, e->cycle, member);

    question.count_waiting = true;
    return eligibility_ask(t->store, &question, t->now, out, error);
}

/* Counted from when the step was due at first. */
static int64_t
expiry(const Campaign *campaign, const Enrolment *e)
{
    return (e->since_at ? e->since_at : e->due_at) +
           (campaign->expires.count > 0 ? span_ms(&campaign->expires)
                                        : 7 * DAY_MS);
}

/* Is this a wait that makes a mail old? A hold, or a hiring process, moves the
 * step instead; and so does the cap, unless the author said when the mail
 * expires: who has another campaign's mail first loses none of this one's. */
static bool
grows_old(const Campaign *campaign, Eligibility reason)
{
    return reason == ELIGIBLE || reason == NOT_IN_WINDOW ||
           reason == NOT_IN_VOLUME || reason == NOT_FRESH ||
           (reason == NOT_CAPPED && campaign->expires.count > 0);
}

static bool
queue_step(Tick *t, const Campaign *campaign, const Enrolment *e,
           const Member *member, int64_t deadline, GError **error)
{
    char id[MESSAGE_ID_TEXT];
    g_autofree char *key = address_key(member->email);
    g_autofree char *hmac = keys_address_hmac(t->keys, key);
    g_autofree char *dedupe =
        g_strdup_printf("campaign %" G_GINT64_FORMAT " %s %d %s", e->candidate,
                        e->campaign, e->cycle, e->step);
    const Rendering *r = member->rendering;
    OutboxEntry entry = {
        .message_id = id,
        .kind = "campaign",
        .dedupe_key = dedupe,
        .candidate = e->candidate,
        .campaign = e->campaign,
        .step = e->step,
        .cycle = e->cycle,
        .snapshot = e->snapshot,
        .segment = e->segment,
        .variant = r->variant ? r->variant->id : NULL,
        .language = r->file->language,
        .sender = member->sender ? member->sender->id : NULL,
        .rcpt = member->email,
        .rcpt_hmac = hmac,
        .priority = campaign->priority,
        .not_after = expiry(campaign, e),
    };
    bool added;

    message_id_make(t->keys, e->candidate, e->campaign, e->cycle, e->step, id);
    entry.not_before = spread_within(campaign, &member->slot, id, t->now);
    if (deadline)
        entry.not_after = MIN(entry.not_after, deadline);
    if (!outbox_add(t->store, &entry, t->now, &added, error))
        return false;
    t->out->queued += added;
    return enrolment_wait(t->store, e, t->now, error);
}

/* A mail that misses its window, where the step says what becomes of it; or one
 * that has grown too old. */
static Decision
decide_late(const CampaignStep *step, Decision decision, int64_t deadline,
            int64_t expires, int64_t at, const char **out_why)
{
    bool missed = deadline != 0 && at > deadline;

    if ((!missed && at < expires) ||
        (decision != DO_QUEUE && decision != DO_POSTPONE))
        return decision;
    *out_why = missed ? "late" : "expired";
    return step->late == LATE_EXIT ? DO_EXIT : DO_SKIP;
}

/* After a time in which nothing ran, and while the domain warms up. */
static bool
find_turn(Tick *t, const Enrolment *e, const Member *member,
          EligibilityAnswer *answer, Decision *decision, int64_t *at,
          GError **error)
{
    const Workspace *w = live_workspace(t->live);

    if (*decision != DO_QUEUE)
        return true;
    if (!catch_up_at(&t->catch_up, t->store, &member->slot, e->candidate,
                     e->due_at, t->now, at, error))
        return false;
    if (*at <= t->now && t->room == 0) {
        answer->reason = NOT_IN_VOLUME;
        *at = slot_next(&member->slot, workspace_next_day(w, t->now));
    }
    if (*at > t->now)
        *decision = DO_POSTPONE;
    return true;
}

static bool
handle_member(Tick *t, const Campaign *campaign, const CampaignStep *step,
              const Enrolment *e, const Member *member, GError **error)
{
    const Workspace *workspace = live_workspace(t->live);
    int64_t deadline = step_deadline(step, &member->slot, e->due_at);
    EligibilityAnswer answer;
    Decision decision;
    int64_t at;
    const char *why;

    if (!ask_step(t, campaign, e, member, &answer, error))
        return false;
    decision = decide(&answer, member, t->now, &at, &why);
    if (!find_turn(t, e, member, &answer, &decision, &at, error))
        return false;
    t->out->reasons[answer.reason]++;
    switch (decide_late(step, decision, deadline,
                        grows_old(campaign, answer.reason) ? expiry(campaign, e)
                                                           : INT64_MAX,
                        at, &why)) {
    case DO_QUEUE:
        t->room -= t->room > 0;
        return queue_step(t, campaign, e, member, deadline, error);
    case DO_POSTPONE:
        t->out->postponed++;
        return enrolment_postpone(
            t->store, e, at, grows_old(campaign, answer.reason), t->now, error);
    case DO_SKIP:
        t->out->skipped++;
        return enrolment_advance(t->store, workspace, campaign, e,
                                 &member->slot, t->now, t->now, error);
    case DO_EXIT:
        t->out->exited++;
        return enrolment_exit(t->store, workspace, e->candidate, e->campaign,
                              why, t->now, error);
    }
    return true;
}

static bool
handle_due(Tick *t, const LiveCampaign *lc, const Enrolment *e, GError **error)
{
    const CampaignStep *step = campaign_step(lc->campaign, e->step);
    const LiveStep *ls = step ? live_step(t->live, lc, step, error) : NULL;
    g_autoptr(GError) failed = NULL;
    Member member;
    bool handled;

    if (!step)
        g_set_error(error, NURTURE_ERROR, ERROR_NOT_FOUND,
                    "somebody waits for %s/%s, which the launched version of "
                    "the campaign lacks: launch it again",
                    e->campaign, e->step);
    if (!ls)
        return false;
    if (!live_read(ls, e->candidate, e->segment, &member, &failed)) {
        if (!failed)
            return enrolment_exit(t->store, live_workspace(t->live),
                                  e->candidate, e->campaign, "erased", t->now,
                                  error);
        g_propagate_error(error, g_steal_pointer(&failed));
        return false;
    }
    handled = handle_member(t, lc->campaign, step, e, &member, error);
    live_release(ls);
    return handled;
}

static void
enrolment_free(gpointer p)
{
    enrolment_clear(p);
    g_free(p);
}

static GPtrArray *
due_enrolments(Tick *t, const char *campaign, GError **error)
{
    g_autoptr(GPtrArray) due = g_ptr_array_new_with_free_func(enrolment_free);
    bool ramp = t->room != WARM_UP_NONE;
    g_autoptr(Statement) st = store_prepare(
        t->store,
        /* while the domain warms up, those who care most come first; else in
         * the order of the index, as each piece would sort all of them */
        ramp ? "SELECT e.candidate_id, e.cycle, e.snapshot, e.segment, e.step,"
               "  e.due_at, e.anchor_at, e.since_at FROM enrolment e"
               " LEFT JOIN score s ON s.candidate_id = e.candidate_id"
               " WHERE e.campaign = :campaign AND e.state = 'active'"
               "  AND e.due_at <= :now AND e.control = 0"
               " ORDER BY s.scaled DESC, e.due_at LIMIT :limit"
             : "SELECT candidate_id, cycle, snapshot, segment, step,"
               "  due_at, anchor_at, since_at FROM enrolment"
               " WHERE campaign = :campaign AND state = 'active'"
               "  AND due_at <= :now AND control = 0"
               " ORDER BY due_at LIMIT :limit",
        error);

    if (!st)
        return NULL;
    statement_bind_text(st, ":campaign", campaign);
    statement_bind_int(st, ":now", t->now);
    statement_bind_int(st, ":limit", CHUNK);
    while (statement_step(st)) {
        Enrolment *e = g_new0(Enrolment, 1);
        e->candidate = statement_int(st, 0);
        e->campaign = g_strdup(campaign);
        e->cycle = (int)statement_int(st, 1);
        e->snapshot = g_strdup(statement_text(st, 2));
        e->segment = g_strdup(statement_text(st, 3));
        e->step = g_strdup(statement_text(st, 4));
        e->due_at = statement_int(st, 5);
        e->anchor_at = statement_int(st, 6);
        e->since_at = statement_int(st, 7);
        g_ptr_array_add(due, e);
    }
    return statement_end(st, error) ? g_steal_pointer(&due) : NULL;
}

/* Returns how many were handled, -1 on error. Every one of them moves on, so
 * that the next call finds others. */
static int
handle_chunk(Tick *t, const Running *r, GError **error)
{
    g_autoptr(GPtrArray) due = NULL;
    g_auto(Transaction) tx = store_begin(t->store, error);

    if (!tx.store)
        return -1;
    due = due_enrolments(t, r->id, error);
    if (!due)
        return -1;
    for (guint i = 0; i < due->len; i++) {
        const Enrolment *e = g_ptr_array_index(due, i);
        const LiveCampaign *lc =
            live_campaign(t->live, r->id, e->snapshot, error);
        if (!lc || !handle_due(t, lc, e, error))
            return -1;
    }
    return transaction_commit(&tx, error) ? (int)due->len : -1;
}

/* A newsletter ends when nobody is on the way any more. */
static bool
end_if_over(Tick *t, const Running *r, GError **error)
{
    g_auto(Transaction) tx = {NULL};
    g_autoptr(Statement) st = NULL;

    if (r->is_sequence)
        return true;
    tx = store_begin(t->store, error);
    if (!tx.store)
        return false;
    st = store_prepare(t->store,
                       "UPDATE campaign SET state = 'ended', updated_at = :now"
                       " WHERE campaign = :campaign AND state = 'running'"
                       "  AND start_at <= :now"
                       "  AND NOT EXISTS (SELECT 1 FROM enrolment e"
                       "   WHERE e.campaign = :campaign AND e.control = 0"
                       "    AND e.state IN ('active', 'waiting'))",
                       error);
    if (!st)
        return false;
    statement_bind_text(st, ":campaign", r->id);
    statement_bind_int(st, ":now", t->now);
    return statement_run(st, error) && transaction_commit(&tx, error);
}

/* -- a role that closes ends its campaign ---------------------------------- */

static GPtrArray *
people_on_the_way(Tick *t, const char *campaign, GError **error)
{
    g_autoptr(GPtrArray) people = g_ptr_array_new();
    g_autoptr(Statement) st =
        store_prepare(t->store,
                      "SELECT candidate_id FROM enrolment"
                      " WHERE campaign = :campaign"
                      "  AND state IN ('active', 'waiting') LIMIT :limit",
                      error);

    if (!st)
        return NULL;
    statement_bind_text(st, ":campaign", campaign);
    statement_bind_int(st, ":limit", CHUNK);
    while (statement_step(st))
        g_ptr_array_add(people, GSIZE_TO_POINTER(statement_int(st, 0)));
    return statement_end(st, error) ? g_steal_pointer(&people) : NULL;
}

/* Returns how many left, -1 on error. */
static int
exit_chunk(Tick *t, const Running *r, GError **error)
{
    g_autoptr(GPtrArray) people = NULL;
    g_auto(Transaction) tx = store_begin(t->store, error);

    people = tx.store ? people_on_the_way(t, r->id, error) : NULL;
    if (!people)
        return -1;
    for (guint i = 0; i < people->len; i++)
        if (!enrolment_exit(t->store, live_workspace(t->live),
                            (int64_t)GPOINTER_TO_SIZE(people->pdata[i]), r->id,
                            "role_closed", t->now, error))
            return -1;
    t->out->exited += people->len;
    return transaction_commit(&tx, error) ? (int)people->len : -1;
}

static bool
end_campaign(Tick *t, const Running *r, const char *why, GError **error)
{
    g_auto(Transaction) tx = store_begin(t->store, error);
    g_autoptr(Statement) st = NULL;
    int64_t changed;

    if (!tx.store)
        return false;
    st = store_prepare(t->store,
                       "UPDATE campaign SET state = 'ended', updated_at = :now"
                       " WHERE campaign = :campaign AND state = 'running'",
                       error);
    if (!st)
        return false;
    statement_bind_text(st, ":campaign", r->id);
    statement_bind_int(st, ":now", t->now);
    if (!statement_run(st, error))
        return false;
    changed = store_changes(t->store);
    if (!transaction_commit(&tx, error))
        return false;
    if (changed)
        log_info("campaign=%s state=ended reason=\"the role: %s\"", r->id, why);
    return true;
}

/* Everybody leaves first, so that a tick that is killed is done again. */
static bool
end_with_role(Tick *t, const Running *r, const LiveCampaign *lc,
              bool *out_ended, GError **error)
{
    g_autofree char *why = NULL;
    int n;

    if (!campaign_role_is_closed(t->store, live_workspace(t->live),
                                 lc->campaign, t->now, &why, error))
        return false;
    *out_ended = why != NULL;
    if (!why)
        return true;
    do
        n = exit_chunk(t, r, error);
    while (n == CHUNK);
    return n >= 0 && end_campaign(t, r, why, error);
}

/* Mails are compiled before the write lock is taken, not under it. */
static bool
compile_steps(Tick *t, const LiveCampaign *lc, GError **error)
{
    for (guint i = 0; i < lc->campaign->steps->len; i++)
        if (!live_step(t->live, lc, g_ptr_array_index(lc->campaign->steps, i),
                       error))
            return false;
    return true;
}

static bool
tick_campaign(Tick *t, const Running *r, GError **error)
{
    const LiveCampaign *lc = live_campaign(t->live, r->id, r->snapshot, error);
    bool ended;
    int n;

    if (!lc || !end_with_role(t, r, lc, &ended, error))
        return false;
    if (ended)
        return true;
    if (!enrol_newcomers(t, r, lc, error) || !compile_steps(t, lc, error))
        return false;
    do
        n = handle_chunk(t, r, error);
    while (n == CHUNK);
    return n >= 0 && end_if_over(t, r, error);
}

bool
scheduler_tick(const Workspace *workspace, Store *store, const Keys *keys,
               int64_t now, TickResult *out, GError **error)
{
    g_autoptr(Live) live = live_new(workspace, store, now, error);
    g_autoptr(GPtrArray) running = NULL;
    Tick t = {
        .live = live, .store = store, .keys = keys, .now = now, .out = out};
    int64_t moved;

    memset(out, 0, sizeof *out);
    if (!live || !catch_up_begin(&t.catch_up, store, now, error) ||
        !health_check_all(store, now, error) ||
        !reslot_changed(live, store, now, &out->moved, error) ||
        !reslot_overdue(live, store, now, &moved, error) ||
        !warm_up_room(store, workspace, now, &t.room, error))
        return false;
    running = running_campaigns(store, error);
    if (!running)
        return false;
    for (guint i = 0; i < running->len; i++)
        if (!tick_campaign(&t, g_ptr_array_index(running, i), error))
            return false;
    return true;
}
