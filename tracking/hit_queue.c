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
    GMutex lock;
    GCond changed;
    GPtrArray *waiting; /* HitJob */
    bool stopping;
    GThread *thread;
    gsize groups; /* atomic */
};

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

/* The next jobs, at most GROUP_MAX; none when the queue ends. */
static void
take_group(HitQueue *queue, GPtrArray *group)
{
    g_ptr_array_set_size(group, 0);
    g_mutex_lock(&queue->lock);
    while (queue->waiting->len == 0 && !queue->stopping)
        g_cond_wait(&queue->changed, &queue->lock);
    guint count = MIN(queue->waiting->len, GROUP_MAX);
    for (guint i = 0; i < count; i++)
        g_ptr_array_add(group, queue->waiting->pdata[i]);
    if (count > 0)
        g_ptr_array_remove_range(queue->waiting, 0, count);
    g_mutex_unlock(&queue->lock);
}

static gpointer
queue_thread(gpointer data)
{
    HitQueue *queue = data;
    g_autoptr(GPtrArray) group = g_ptr_array_new();

    for (take_group(queue, group); group->len > 0; take_group(queue, group)) {
        run_group(queue, group);
        g_atomic_pointer_add(&queue->groups, 1);
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
    g_mutex_init(&queue->lock);
    g_cond_init(&queue->changed);
    queue->waiting = g_ptr_array_new();
    queue->thread = g_thread_new("hits", queue_thread, queue);
    return queue;
}

void
hit_queue_push(HitQueue *queue, HitJob *const *jobs, guint count)
{
    g_mutex_lock(&queue->lock);
    bool idle = queue->waiting->len == 0;
    for (guint i = 0; i < count; i++)
        g_ptr_array_add(queue->waiting, jobs[i]);
    if (idle)
        g_cond_signal(&queue->changed);
    g_mutex_unlock(&queue->lock);
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
    g_mutex_lock(&queue->lock);
    queue->stopping = true;
    g_cond_signal(&queue->changed);
    g_mutex_unlock(&queue->lock);
    g_thread_join(queue->thread);
    g_ptr_array_unref(queue->waiting);
    g_mutex_clear(&queue->lock);
    g_cond_clear(&queue->changed);
    store_close(queue->store);
    g_free(queue);
}
