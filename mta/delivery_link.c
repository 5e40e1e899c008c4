/* SPDX-License-Identifier: Apache-2.0 */
/* delivery_link.c - a connection's side of a run: what its session asks for */
#include "delivery-private.h"

#include "failpoint.h"
#include "nurture/log.h"
#include "smtp_loop.h"

#define DRY_SESSIONS_MAX 5

/* One connection. */
typedef struct {
    Delivery *d;
    GCond answered;
    bool refused; /* the gate closed on a message, so the link was dropped */
} Link;

/* On this thread, for mail or for the end. Under the lock. */
static void
wait_for_mail(Delivery *d)
{
    d->waiting++;
    g_cond_wait(&d->mail_there, &d->lock);
    d->waiting--;
}

static NextMessage
next_message(gpointer data, bool wait, TransportMessage *out)
{
    const Link *link = data;
    Delivery *d = link->d;
    bool over;
    Job *job;

    g_mutex_lock(&d->lock);
    while (!(job = d->give_up ? NULL : g_queue_pop_head(&d->ready)) && wait &&
           !d->closed && !d->give_up)
        wait_for_mail(d);
    over = d->closed || d->give_up;
    d->in_flight += job != NULL;
    d->hungry |= !job && !over;
    g_mutex_unlock(&d->lock);
    if (!job)
        return over ? NEXT_OVER : NEXT_LATER;
    *out = (TransportMessage){job->from, job->claim->rcpt, job->token,
                              job->bytes, job};
    return NEXT_THERE;
}

/* Is there enough for a commit? Half of what is under way and does not wait for
 * the disk; and a verdict alone may wait for the mark that mostly follows it.
 */
bool
delivery_has_company(const Delivery *d)
{
    guint half = (d->in_flight - MIN(d->on_the_way, d->in_flight)) / 2;

    return d->outcomes->len > 0 ||
           d->pending->len >= (d->pending_marks > 0 ? half : MAX(half, 2));
}

static void
send_request(Delivery *d, RequestKind kind, Job *job)
{
    const Request request = {kind, job};

    g_mutex_lock(&d->lock);
    g_array_append_val(d->pending, request);
    d->pending_marks += kind != REQUEST_DONE;
    if (d->store_idle || (d->store_lingers && delivery_has_company(d)))
        g_cond_signal(&d->work_there);
    g_mutex_unlock(&d->lock);
}

static void
ask_mark(gpointer data, gpointer message)
{
    const Link *link = data;
    Job *job = message;

    job->waiter = NULL;
    send_request(link->d, REQUEST_MARK, job);
}

static bool
answered(gpointer data, gpointer message, bool *out_marked)
{
    Link *link = data;
    const Job *job = message;
    bool there;

    g_mutex_lock(&link->d->lock);
    there = job->answered;
    *out_marked = job->marked;
    link->refused |= there && !job->marked;
    g_mutex_unlock(&link->d->lock);
    return there;
}

static bool
wait_for_mark(gpointer data, gpointer message)
{
    Link *link = data;
    Delivery *d = link->d;
    Job *job = message;
    bool marked;

    job->waiter = &link->answered;
    send_request(d, REQUEST_MARK, job);
    g_mutex_lock(&d->lock);
    while (!job->answered)
        g_cond_wait(&link->answered, &d->lock);
    marked = job->marked;
    link->refused |= !marked;
    g_mutex_unlock(&d->lock);
    return marked;
}

/* Those that run on their own threads, and those of the wires. */
void
delivery_tell_connections(Delivery *d)
{
    g_cond_broadcast(&d->mail_there);
    d->hungry = false;
    if (d->loop)
        smtp_loop_wake(d->loop);
}

void
delivery_set_fault(Delivery *d, const char *fault, bool give_up)
{
    g_mutex_lock(&d->lock);
    if (!d->fault)
        d->fault = g_strdup(fault);
    d->faults++;
    d->give_up |= give_up;
    delivery_tell_connections(d);
    g_mutex_unlock(&d->lock);
}

static void
take_verdict(gpointer data, gpointer message, const Verdict *verdict,
             bool tried)
{
    const Link *link = data;
    Delivery *d = link->d;
    Job *job = message;

    failpoint("reply.got");
    job->verdict = *verdict;
    g_free(job->reply_text);
    job->reply_text = g_strdup(verdict->reply.text);
    job->verdict.reply.text = job->reply_text;
    job->tried = tried;
    if (verdict->kind == VERDICT_RELAY) {
        g_autofree char *fault =
            g_strdup_printf("%s: %d %s", d->relay_name, verdict->reply.code,
                            job->reply_text ? job->reply_text : "");
        delivery_set_fault(d, fault, true);
    }
    send_request(d, REQUEST_DONE, job);
}

/* Before a session. A connection with no message of its own may wait for
 * those of the others: a lost one comes back to the queue. False = it is all
 * over. */
static bool
await_work(Delivery *d)
{
    bool more;

    g_mutex_lock(&d->lock);
    while (g_queue_is_empty(&d->ready) && !d->give_up &&
           !(d->closed && d->in_flight == 0))
        wait_for_mail(d);
    more = !d->give_up && !g_queue_is_empty(&d->ready);
    g_mutex_unlock(&d->lock);
    return more;
}

/* More sessions, until there is nothing left or no use. */
gpointer
delivery_connection(gpointer data)
{
    Delivery *d = data;
    Link link = {.d = d};
    const TransportCallbacks callbacks = {.next = next_message,
                                          .mark = wait_for_mark,
                                          .ask_mark = ask_mark,
                                          .answered = answered,
                                          .done = take_verdict,
                                          .loop = d->loop,
                                          .data = &link};
    int dry = 0;
    bool usable = true;

    g_cond_init(&link.answered);
    while (usable && await_work(d)) {
        SessionResult result = smtp_session_run(&d->relay, &callbacks);
        dry = result.end == SESSION_DROPPED && !link.refused ? dry + 1 : 0;
        link.refused = false;
        if (result.end == SESSION_FAULT || result.end == SESSION_LOGIN ||
            dry >= DRY_SESSIONS_MAX) {
            log_warn("relay=%s status=fault error=\"%s\"", d->relay_name,
                     result.fault);
            delivery_set_fault(d, result.fault, result.end == SESSION_LOGIN);
            usable = false;
        }
    }
    g_cond_clear(&link.answered);
    send_request(d, REQUEST_RETIRED, NULL);
    return NULL;
}
