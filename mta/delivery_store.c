/* SPDX-License-Identifier: Apache-2.0 */
/* delivery_store.c - one commit for the results, marks and claims of all
 * connections */
#include "delivery-private.h"

#include "failpoint.h"
#include "nurture/clock.h"
#include "nurture/log.h"
#include "smtp_loop.h"

#include <string.h>

/* After so many lost connections in a row the message waits its turn. */
#define DROPS_MAX 2

static Request *
request_at(const GArray *requests, guint i)
{
    return &g_array_index(requests, Request, i);
}

static guint
count_requests(const GArray *requests, RequestKind kind)
{
    guint n = 0;

    for (guint i = 0; i < requests->len; i++)
        n += request_at(requests, i)->kind == kind;
    return n;
}

static void
count_result(Delivery *d, const char *state)
{
    const struct {
        const char *state;
        int64_t *count;
    } fields[] = {
        {"sent", &d->result->sent},
        {"deferred", &d->result->deferred},
        {"bounced", &d->result->bounced},
        {"in_doubt", &d->result->in_doubt},
        {"scheduled", &d->result->held},
        {"cancelled", &d->result->cancelled},
        {"expired", &d->result->cancelled},
        {"dead", &d->result->dead},
        {"suppressed", &d->result->suppressed},
    };

    for (gsize i = 0; state && i < G_N_ELEMENTS(fields); i++)
        if (strcmp(state, fields[i].state) == 0)
            ++*fields[i].count;
}

static void
log_result(const Delivery *d, const Job *job, const char *state)
{
    char enhanced[16];
    const char *dsn = reply_enhanced(&job->verdict.reply, enhanced);
    int64_t took = clock_monotonic() - job->begun;

    log_info("msg=%s relay=%s delay=%d.%03d code=%d dsn=%s status=%s",
             job->claim->message_id, d->relay_name, (int)(took / 1000),
             (int)(took % 1000), job->verdict.reply.code, dsn ? dsn : "-",
             state ? state : "fenced");
}

/* A connection was lost before the dot: once more on another one, then as a
 * row of its own time. */
static bool
may_try_at_once(const Delivery *d, const Job *job)
{
    return job->verdict.kind == VERDICT_RETRY && !job->marked && !job->closed &&
           !d->give_up && !d->stopping && job->drops + job->tried < DROPS_MAX;
}

static bool
record_done(Delivery *d, Job *job, int64_t now, const char **out_state,
            GError **error)
{
    Store *store = d->store;

    *out_state = NULL;
    if (job->closed) /* the gate has written its state */
        return true;
    if (may_try_at_once(d, job)) {
        *out_state = "again";
        return true;
    }
    if (job->verdict.kind == VERDICT_RETRY && job->tried && !job->marked &&
        !d->give_up) {
        *out_state = "scheduled";
        return claim_release(store, &d->work, job->claim,
                             retry_at(job->claim->message_id, 0, now),
                             "connection lost", now, error);
    }
    return claim_settle(store, &d->work, job->claim, &job->verdict, job->bytes,
                        now, out_state, error);
}

static bool
record_outcome(Delivery *d, const Outcome *outcome, int64_t now, GError **error)
{
    const Claim *claim = outcome->job->claim;

    if (outcome->state)
        return claim_end(d->store, &d->work, claim, outcome->state,
                         outcome->why, now, error);
    return claim_release(d->store, &d->work, claim, outcome->retry_at,
                         outcome->why, now, error);
}

/* What one transaction decided, applied only after its commit. */
typedef struct {
    bool marked;
    const char *state;
} Answer;

static bool
write_all(Delivery *d, const Round *round, Answer *answers, int want,
          GPtrArray **out_claims, GError **error)
{
    int64_t now = delivery_now(d);

    for (guint i = 0; i < round->outcomes->len; i++)
        if (!record_outcome(d, round->outcomes->pdata[i], now, error))
            return false;
    for (guint i = 0; i < round->requests->len; i++) {
        const Request *r = request_at(round->requests, i);
        bool ok = true;
        if (r->kind == REQUEST_DONE)
            ok = record_done(d, r->job, now, &answers[i].state, error);
        else if (r->kind == REQUEST_MARK)
            ok = claim_mark(d->store, &d->work, r->job->claim, r->job->sha256,
                            now, &answers[i].marked, &answers[i].state, error);
        if (!ok)
            return false;
    }
    if (want > 0) {
        *out_claims = claim_take(d->store, &d->work, now, want, error);
        return *out_claims != NULL;
    }
    return true;
}

/* All at once, so that the lock changes hands once. */
static void
answer_marks(Delivery *d, const GArray *requests, const Answer *answers)
{
    bool wire = false;

    g_mutex_lock(&d->lock);
    for (guint i = 0; i < requests->len; i++) {
        Job *job = request_at(requests, i)->job;
        if (request_at(requests, i)->kind != REQUEST_MARK)
            continue;
        job->marked = answers && answers[i].marked;
        job->closed = !job->marked;
        job->answered = true;
        if (job->waiter)
            g_cond_signal(job->waiter);
        else
            wire = true;
    }
    g_mutex_unlock(&d->lock);
    if (wire)
        smtp_loop_wake(d->loop);
}

static void
tell_refused(Delivery *d, const Job *job, const Answer *answer)
{
    if (answer->marked)
        return;
    count_result(d, answer->state);
    log_info("msg=%s status=%s reason=gate", job->claim->message_id,
             answer->state ? answer->state : "fenced");
}

static bool
is_of_a_working_relay(const char *state)
{
    return state &&
           (strcmp(state, "sent") == 0 || strcmp(state, "deferred") == 0 ||
            strcmp(state, "bounced") == 0);
}

/* Connections are done with these; "again" goes back to the queue's head. */
static void
leave_flight(Delivery *d, const GArray *requests, const Answer *answers)
{
    bool again = false;

    g_mutex_lock(&d->lock);
    for (guint i = 0; i < requests->len; i++) {
        Job *job = request_at(requests, i)->job;
        if (request_at(requests, i)->kind != REQUEST_DONE)
            continue;
        d->in_flight--;
        if (is_of_a_working_relay(answers[i].state))
            d->faults = 0;
        if (g_strcmp0(answers[i].state, "again") != 0)
            continue;
        job->drops += job->tried;
        job->tried = job->answered = false;
        g_queue_push_head(&d->ready, job);
        again = true;
    }
    if (again || d->in_flight == 0)
        delivery_tell_connections(d);
    g_mutex_unlock(&d->lock);
}

static void
apply_done(Delivery *d, Job *job, const Answer *answer)
{
    if (g_strcmp0(answer->state, "again") == 0)
        return; /* another connection may hold it by now */
    if (!job->closed) {
        count_result(d, answer->state);
        log_result(d, job, answer->state);
    }
    job_free(job);
}

static void
apply_outcomes(Delivery *d, GPtrArray *outcomes)
{
    for (guint i = 0; i < outcomes->len; i++) {
        Outcome *outcome = outcomes->pdata[i];
        count_result(d, outcome->state ? outcome->state : "scheduled");
        log_info("msg=%s status=%s reason=compose",
                 outcome->job->claim->message_id,
                 outcome->state ? outcome->state : "scheduled");
        outcome_free(outcome);
    }
    g_ptr_array_set_size(outcomes, 0);
}

static void
take_claims(Delivery *d, GPtrArray *claims, int want)
{
    int64_t begun = clock_monotonic();

    /* fewer than wanted: nothing due, or the rate allows no more */
    d->exhausted |= claims->len < (guint)want;
    d->taken += claims->len;
    g_mutex_lock(&d->lock);
    for (guint i = 0; i < claims->len; i++) {
        Job *job = g_new0(Job, 1);
        job->claim = claims->pdata[i];
        job->begun = begun;
        g_queue_push_tail(&d->raw, job);
    }
    g_cond_signal(&d->raw_there);
    g_mutex_unlock(&d->lock);
    g_ptr_array_set_free_func(claims, NULL);
    g_ptr_array_set_size(claims, 0);
}

static void
failpoints(const GArray *requests, int want, bool before)
{
    if (want > 0)
        failpoint(before ? "claim.pre" : "claim.post");
    if (count_requests(requests, REQUEST_MARK) > 0)
        failpoint(before ? "mark.pre" : "mark.post");
    if (count_requests(requests, REQUEST_DONE) > 0)
        failpoint(before ? "result.pre" : "result.post");
}

/* Connections first: they wait. */
static void
apply_all(Delivery *d, Round *round, const Answer *answers)
{
    GArray *requests = round->requests;

    for (guint i = 0; i < requests->len; i++)
        if (request_at(requests, i)->kind == REQUEST_MARK)
            tell_refused(d, request_at(requests, i)->job, &answers[i]);
    answer_marks(d, requests, answers);
    for (guint i = 0; i < requests->len; i++)
        if (request_at(requests, i)->kind == REQUEST_DONE)
            apply_done(d, request_at(requests, i)->job, &answers[i]);
    leave_flight(d, requests, answers);
    apply_outcomes(d, round->outcomes);
}

bool
delivery_commit(Delivery *d, Round *round, int want, GError **error)
{
    g_autofree Answer *answers = g_new0(Answer, round->requests->len + 1);
    g_autoptr(GPtrArray) claims = NULL;

    failpoints(round->requests, want, true);
    {
        g_auto(Transaction) tx = store_begin(d->store, error);
        if (!tx.store || !write_all(d, round, answers, want, &claims, error) ||
            !transaction_commit(&tx, error))
            return false;
    }
    failpoints(round->requests, want, false);
    apply_all(d, round, answers);
    if (claims)
        take_claims(d, claims, want);
    return true;
}

static void
release_all(Delivery *d, GPtrArray *jobs, const char *why, GError **error)
{
    g_auto(Transaction) tx = store_begin(d->store, error);

    if (!tx.store)
        return;
    for (guint i = 0; i < jobs->len; i++) {
        const Job *job = jobs->pdata[i];
        if (!claim_release(d->store, &d->work, job->claim, 0, why,
                           delivery_now(d), error))
            return;
    }
    transaction_commit(&tx, error);
}

bool
delivery_give_back(Delivery *d, const char *why, GError **error)
{
    g_autoptr(GPtrArray) jobs =
        g_ptr_array_new_with_free_func((GDestroyNotify)job_free);
    GError *failed = NULL;
    Job *job;

    g_mutex_lock(&d->lock);
    while ((job = g_queue_pop_head(&d->raw)))
        g_ptr_array_add(jobs, job);
    while ((job = g_queue_pop_head(&d->ready)))
        g_ptr_array_add(jobs, job);
    g_mutex_unlock(&d->lock);
    if (jobs->len == 0)
        return true;
    release_all(d, jobs, why, &failed);
    if (failed) {
        g_propagate_error(error, failed);
        return false;
    }
    return true;
}

void
delivery_refuse_marks(Delivery *d, const GArray *requests)
{
    answer_marks(d, requests, NULL);
}
