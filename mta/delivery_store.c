/* SPDX-License-Identifier: Apache-2.0 */
/* delivery_store.c - one commit for the results, marks and claims of all
 * connections */
#include "delivery-private.h"

#include "failpoint.h"
#include "nurture/clock.h"

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
                             "connection lost", now, NULL, error);
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
                         outcome->why, now, NULL, error);
    return claim_release(d->store, &d->work, claim, outcome->retry_at,
                         outcome->why, now, NULL, error);
}

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

void
delivery_failpoints(const GArray *requests, bool before)
{
    if (count_requests(requests, REQUEST_MARK) > 0)
        failpoint(before ? "mark.pre" : "mark.post");
    if (count_requests(requests, REQUEST_DONE) > 0)
        failpoint(before ? "result.pre" : "result.post");
}

bool
delivery_commit(Delivery *d, Round *round, int want, GError **error)
{
    g_autofree Answer *answers = g_new0(Answer, round->requests->len + 1);
    g_autoptr(GPtrArray) claims = NULL;

    if (want > 0)
        failpoint("claim.pre");
    delivery_failpoints(round->requests, true);
    {
        g_auto(Transaction) tx = store_begin(d->store, error);
        if (!tx.store || !write_all(d, round, answers, want, &claims, error) ||
            !transaction_commit(&tx, error))
            return false;
    }
    if (want > 0)
        failpoint("claim.post");
    if (round->requests->len > 0 || round->outcomes->len > 0)
        delivery_committed(d, round, g_steal_pointer(&answers));
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
                           delivery_now(d), NULL, error))
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
