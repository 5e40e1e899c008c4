/* SPDX-License-Identifier: Apache-2.0 */
/* hit_queue.c - the threads behind the public pages: group commit
 *
 * The server's thread pushes jobs, a thread takes all that wait, has them run
 * and made durable together, and only then answers them. That costs one fsync
 * however many jobs share it, so the group grows with the load by itself;
 * there is no timer. */
#include "hit-job.h"

#include <string.h>

#define GROUP_MAX 512

struct HitQueue {
    Store *store; /* the thread's own, once it runs */
    HitRun run;
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

static void
run_group(HitQueue *queue, GPtrArray *group)
{
    queue->run(queue->store, (HitJob **)group->pdata, group->len);
    for (guint i = 0; i < group->len; i++) {
        HitJob *job = group->pdata[i];
        http_deferred_answer(job->deferred, &job->response);
        job_free(job);
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
            run_group(queue, group);
        g_atomic_pointer_add(&queue->groups, group->len > 0);
    }
    return NULL;
}

HitQueue *
hit_queue_start(const char *database, StoreMode mode, HitRun run,
                GError **error)
{
    Store *store = store_open(database, mode, error);

    if (!store)
        return NULL;
    HitQueue *queue = g_new0(HitQueue, 1);
    queue->store = store;
    queue->run = run;
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
    if (!queue)
        return;
    g_async_queue_push(queue->jobs, &last_job);
    g_thread_join(queue->thread);
    g_async_queue_unref(queue->jobs);
    store_close(queue->store);
    g_free(queue);
}
