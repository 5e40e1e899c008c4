/* SPDX-License-Identifier: Apache-2.0 */
/* hit_queue.c - the one writer behind the public pages: group commit
 *
 * The server's thread pushes jobs, this thread takes all that wait, runs them
 * in one transaction, commits, and only then answers them. A commit costs one
 * fsync however many jobs share it, so the group grows with the load by
 * itself; there is no timer. */
#include "hit-job.h"
#include "nurture/log.h"

#include <string.h>

#define GROUP_MAX 512

struct HitQueue {
    Store *store; /* the thread's own, once it runs */
    GAsyncQueue *jobs;
    GThread *thread;
    gsize groups; /* atomic */
};

/* Ends the thread: told apart by its address. */
static HitJob last_job;

static void
job_free(HitJob *job)
{
    HitMessage *m = &job->message;

    g_free(m->campaign);
    g_free(m->step);
    g_free(m->language);
    g_free(m->sender);
    g_free(m->link_set);
    g_free(m->rcpt_hmac);
    g_free(job->action);
    g_free(job->value);
    g_free(job->fields);
    g_free(job->location);
    http_response_clear(&job->response);
    g_free(job);
}

static bool
load_message(HitJob *job, Store *store, GError **error)
{
    HitMessage *m = &job->message;
    g_autoptr(Statement) st = store_prepare(
        store,
        "SELECT c.candidate_id, m.kind, m.campaign, m.step,"
        "  coalesce(c.language, m.language), m.sender, m.link_set,"
        "  m.rcpt_hmac, m.sent_at, m.state = 'in_doubt'"
        " FROM message m LEFT JOIN candidate c"
        "  ON c.candidate_id = m.candidate_id AND c.erased_at IS NULL"
        " WHERE m.message_id = :message",
        error);

    if (!st)
        return false;
    statement_bind_text(st, ":message", job->message_id);
    if (!m->found && statement_step(st)) {
        m->found = true;
        m->candidate = statement_int(st, 0);
        g_strlcpy(m->kind, statement_text(st, 1), sizeof m->kind);
        m->campaign = g_strdup(statement_text(st, 2));
        m->step = g_strdup(statement_text(st, 3));
        m->language = g_strdup(statement_text(st, 4));
        m->sender = g_strdup(statement_text(st, 5));
        m->link_set = g_strdup(statement_text(st, 6));
        m->rcpt_hmac = g_strdup(statement_text(st, 7));
        m->sent_at = statement_int(st, 8);
        m->in_doubt = statement_int(st, 9) != 0;
    }
    return statement_end(st, error);
}

static bool
read_job(HitJob *job, Store *store, GError **error)
{
    char probe[MESSAGE_ID_TEXT];

    if (job->is_free)
        return job->read(job, store, error);
    if (!load_message(job, store, error))
        return false;
    message_id_probe(job->site->keys, probe);
    if (strcmp(job->message_id, probe) == 0) {
        job->message.found = true; /* by 'nurture doctor', as a test mail */
        g_strlcpy(job->message.kind, "test", sizeof job->message.kind);
    }
    if (job->message.found)
        return job->read(job, store, error);
    hit_job_not_found(job);
    return true;
}

static void
fail_job(HitJob *job, const GError *error)
{
    log_error("msg=%s hit=failed error=\"%s\"", job->message_id,
              error->message);
    http_response_clear(&job->response);
    hit_job_plain_page(job, 503, "later.title", "later.text");
    http_response_header(&job->response, "Retry-After", "60");
}

/* Write all that have something to write; all or nothing. */
static bool
write_group(Store *store, HitJob **jobs, guint count, GError **error)
{
    bool any = false;

    for (guint i = 0; i < count; i++)
        any |= jobs[i]->write != NULL;
    if (!any)
        return true;
    g_auto(Transaction) tx = store_begin(store, error);
    if (!tx.store)
        return false;
    for (guint i = 0; i < count; i++)
        if (jobs[i]->write && !jobs[i]->write(jobs[i], store, error))
            return false;
    return transaction_commit(&tx, error);
}

static void
run_group(Store *store, GPtrArray *group)
{
    HitJob **jobs = (HitJob **)group->pdata;
    g_autoptr(GError) together = NULL;

    for (guint i = 0; i < group->len; i++) {
        g_autoptr(GError) error = NULL;
        if (!read_job(jobs[i], store, &error))
            fail_job(jobs[i], error);
    }
    if (!write_group(store, jobs, group->len, &together))
        /* One of them may be to blame: the others shall not suffer. */
        for (guint i = 0; i < group->len; i++) {
            g_autoptr(GError) error = NULL;
            if (!write_group(store, jobs + i, 1, &error))
                fail_job(jobs[i], error);
        }
    for (guint i = 0; i < group->len; i++) {
        http_deferred_answer(jobs[i]->deferred, &jobs[i]->response);
        job_free(jobs[i]);
    }
}

static gpointer
queue_thread(gpointer data)
{
    HitQueue *queue = data;
    g_autoptr(GPtrArray) group = g_ptr_array_new();
    bool last = false;

    while (!last) {
        HitJob *job = g_async_queue_pop(queue->jobs);

        g_ptr_array_set_size(group, 0);
        for (; job; job = g_async_queue_try_pop(queue->jobs)) {
            if (job == &last_job) {
                last = true;
                break;
            }
            g_ptr_array_add(group, job);
            if (group->len == GROUP_MAX)
                break;
        }
        if (group->len > 0)
            run_group(queue->store, group);
        g_atomic_pointer_add(&queue->groups, group->len > 0);
    }
    return NULL;
}

HitQueue *
hit_queue_start(const char *database, GError **error)
{
    Store *store = store_open(database, STORE_EXISTING, error);

    if (!store)
        return NULL;
    HitQueue *queue = g_new0(HitQueue, 1);
    queue->store = store;
    queue->jobs = g_async_queue_new();
    queue->thread = g_thread_new("hits", queue_thread, queue);
    return queue;
}

void
hit_queue_push(HitQueue *queue, HitJob *job)
{
    g_async_queue_push(queue->jobs, job);
}

int64_t
hit_queue_groups(HitQueue *queue)
{
    return (int64_t)(gsize)g_atomic_pointer_get(&queue->groups);
}

void
hit_queue_stop(HitQueue *queue)
{
    g_async_queue_push(queue->jobs, &last_job);
    g_thread_join(queue->thread);
    g_async_queue_unref(queue->jobs);
    store_close(queue->store);
    g_free(queue);
}
