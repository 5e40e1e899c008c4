/* SPDX-License-Identifier: Apache-2.0 */
/* delivery_answer.c - what a commit decided, told when it is on the disk
 *
 * The store thread commits and goes on. This thread waits for the disk, once
 * for all commits made meanwhile, and only then may a dot leave. With few
 * connections there is nothing to go on with, and the store thread waits. */
#include "delivery-private.h"

#include "nurture/clock.h"
#include "nurture/log.h"
#include "smtp_loop.h"

#include <string.h>

typedef struct {
    Round round;
    Answer *answers; /* of round.requests */
} Committed;

static Request *
request_at(const GArray *requests, guint i)
{
    return &g_array_index(requests, Request, i);
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

    g_mutex_lock(&d->lock);
    for (gsize i = 0; state && i < G_N_ELEMENTS(fields); i++)
        if (strcmp(state, fields[i].state) == 0)
            ++*fields[i].count;
    g_mutex_unlock(&d->lock);
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
    d->on_the_way -= requests->len;
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
    if (d->store_lingers && delivery_has_company(d))
        g_cond_signal(&d->work_there);
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

void
delivery_refuse_marks(Delivery *d, const GArray *requests)
{
    answer_marks(d, requests, NULL);
}

static void
committed_free(Committed *c)
{
    g_array_unref(c->round.requests);
    g_ptr_array_unref(c->round.outcomes);
    g_free(c->answers);
    g_free(c);
}

/* It is on the disk. */
static void
tell(Delivery *d, Committed *c)
{
    delivery_failpoints(c->round.requests, false);
    apply_all(d, &c->round, c->answers);
    committed_free(c);
}

void
delivery_committed(Delivery *d, Round *round, Answer *answers)
{
    Committed *c = g_new0(Committed, 1);

    c->round = *round;
    c->answers = answers;
    *round = round_new();
    g_mutex_lock(&d->lock);
    d->on_the_way += c->round.requests->len;
    if (!d->answers_apart) {
        g_mutex_unlock(&d->lock);
        store_sync(d->store);
        tell(d, c);
        return;
    }
    g_queue_push_tail(&d->committed, c);
    g_cond_signal(&d->committed_there);
    g_mutex_unlock(&d->lock);
}

/* All that was committed by now; false: that was the last. */
static bool
await_committed(Delivery *d, GQueue *out)
{
    g_mutex_lock(&d->lock);
    while (d->committed.length == 0 && !d->answerer_over)
        g_cond_wait(&d->committed_there, &d->lock);
    *out = d->committed;
    g_queue_init(&d->committed);
    g_mutex_unlock(&d->lock);
    return out->length > 0;
}

gpointer
delivery_answerer(gpointer data)
{
    Delivery *d = data;
    GQueue committed;

    delivery_thread_begins(d);
    while (await_committed(d, &committed)) {
        store_sync(d->store);
        for (Committed *c; (c = g_queue_pop_head(&committed));)
            tell(d, c);
    }
    return NULL;
}
