/* SPDX-License-Identifier: Apache-2.0 */
/* delivery.c - a run: the store thread's loop, and the connections' */
#include "nurture/delivery.h"

#include "delivery-private.h"
#include "failpoint.h"
#include "nurture/clock.h"
#include "nurture/error.h"
#include "nurture/log.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#define CLAIM_AT_ONCE     200
#define COMPOSE_MS        5
#define POLL_US           (100 * 1000)
#define MESSAGES_PER_LINK 500 /* libESMTP frees nothing until the end */
#define DRY_SESSIONS_MAX  5

void
job_free(Job *job)
{
    claim_free(job->claim);
    g_clear_pointer(&job->bytes, g_bytes_unref);
    g_free(job->from);
    g_free(job->sha256);
    g_free(job->reply_text);
    g_free(job);
}

/* The clock of a run starts at the caller's `now` and runs on. */
int64_t
delivery_now(const Delivery *d)
{
    return d->now + clock_monotonic() - d->begun;
}

/* --- on the connections' threads ----------------------------------------- */

static bool
next_message(gpointer data, bool wait, TransportMessage *out)
{
    Delivery *d = data;
    Job *job;

    g_mutex_lock(&d->lock);
    while (!(job = d->give_up ? NULL : g_queue_pop_head(&d->ready)) && wait &&
           !d->closed && !d->give_up)
        g_cond_wait(&d->changed, &d->lock);
    d->in_flight += job != NULL;
    g_mutex_unlock(&d->lock);
    if (!job)
        return false;
    *out = (TransportMessage){job->from, job->claim->rcpt, job->token,
                              job->bytes, job};
    return true;
}

static void
send_request(Delivery *d, RequestKind kind, Job *job)
{
    Request *request = g_new(Request, 1);

    *request = (Request){kind, job};
    g_async_queue_push(d->inbox, request);
}

static bool
ask_mark(gpointer data, gpointer message)
{
    Delivery *d = data;
    Job *job = message;
    bool marked;

    send_request(d, REQUEST_MARK, job);
    g_mutex_lock(&d->lock);
    while (!job->answered)
        g_cond_wait(&d->changed, &d->lock);
    marked = job->marked;
    g_mutex_unlock(&d->lock);
    return marked;
}

static void
set_fault(Delivery *d, const char *fault, bool give_up)
{
    g_mutex_lock(&d->lock);
    if (!d->fault)
        d->fault = g_strdup(fault);
    d->give_up |= give_up;
    g_cond_broadcast(&d->changed);
    g_mutex_unlock(&d->lock);
}

static void
take_verdict(gpointer data, gpointer message, const Verdict *verdict,
             bool tried)
{
    Delivery *d = data;
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
        set_fault(d, fault, true);
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
        g_cond_wait(&d->changed, &d->lock);
    more = !d->give_up && !g_queue_is_empty(&d->ready);
    g_mutex_unlock(&d->lock);
    return more;
}

/* More sessions, until there is nothing left or no use. */
static gpointer
connection_thread(gpointer data)
{
    Delivery *d = data;
    const TransportCallbacks callbacks = {next_message, ask_mark, take_verdict,
                                          d};
    int dry = 0;
    bool usable = true;

    while (usable && await_work(d)) {
        SessionResult result = smtp_session_run(&d->relay, &callbacks);
        dry = result.end == SESSION_DROPPED ? dry + 1 : 0;
        if (result.end == SESSION_FAULT || result.end == SESSION_LOGIN ||
            dry >= DRY_SESSIONS_MAX) {
            log_warn("relay=%s status=fault error=\"%s\"", d->relay_name,
                     result.fault);
            set_fault(d, result.fault, result.end == SESSION_LOGIN);
            usable = false;
        }
    }
    send_request(d, REQUEST_RETIRED, NULL);
    return NULL;
}

/* --- on the store thread -------------------------------------------------- */

static guint
ready_length(Delivery *d)
{
    guint n;

    g_mutex_lock(&d->lock);
    n = g_queue_get_length(&d->ready);
    g_mutex_unlock(&d->lock);
    return n;
}

/* How many rows to claim now. */
static int
want_claims(Delivery *d)
{
    int64_t limit = d->options->limit;
    int64_t want = CLAIM_AT_ONCE;

    if (d->exhausted || d->stopping || d->threads == 0 || d->give_up ||
        d->raw->len + ready_length(d) > CLAIM_AT_ONCE / 2)
        return 0;
    if (limit > 0)
        want = MIN(want, limit - d->taken);
    if (want <= 0)
        d->exhausted = true;
    return (int)MAX(want, 0);
}

/* Wait for a request, and take all that are there. */
static void
collect_requests(Delivery *d, GArray *requests, bool may_wait)
{
    Request *request = may_wait ? g_async_queue_timeout_pop(d->inbox, POLL_US)
                                : g_async_queue_try_pop(d->inbox);

    while (request) {
        if (request->kind == REQUEST_RETIRED)
            d->threads--;
        else
            g_array_append_val(requests, *request);
        g_free(request);
        request = g_async_queue_try_pop(d->inbox);
    }
}

/* Nothing more will be claimed: sessions need not wait for a next message. */
static void
close_when_done(Delivery *d)
{
    bool over = (d->exhausted || d->stopping) && d->raw->len == 0;

    g_mutex_lock(&d->lock);
    if (over && !d->closed) {
        d->closed = true;
        g_cond_broadcast(&d->changed);
    }
    g_mutex_unlock(&d->lock);
}

static int64_t
count_waiting(Delivery *d)
{
    g_autoptr(Statement) st = store_prepare(
        d->store,
        "SELECT count(*) FROM message"
        " WHERE state IN ('scheduled', 'deferred') AND not_before <= :now",
        NULL);
    int64_t n = 0;

    if (!st)
        return 0;
    statement_bind_int(st, ":now", delivery_now(d));
    if (statement_step(st))
        n = statement_int(st, 0);
    return statement_end(st, NULL) ? n : 0;
}

static void
tell_progress(Delivery *d, int64_t *last)
{
    int64_t now = clock_monotonic();

    if (!d->options->progress || now - *last < SECOND_MS)
        return;
    *last = now;
    d->options->progress(d->result, count_waiting(d),
                         d->options->progress_data);
}

/* One round: requests in, one commit, compose. */
static bool
work_round(Delivery *d, GArray *requests, GError **error)
{
    int want = want_claims(d);

    g_array_set_size(requests, 0);
    collect_requests(d, requests,
                     want == 0 && d->raw->len == 0 && d->outcomes->len == 0);
    if ((requests->len > 0 || want > 0 || d->outcomes->len > 0) &&
        !delivery_commit(d, requests, want, error)) {
        delivery_refuse_marks(d, requests);
        return false;
    }
    return delivery_compose(d, COMPOSE_MS, error);
}

/* What the last connections still had to say. */
static bool
drain(Delivery *d, GArray *requests, GError **error)
{
    for (;;) {
        g_array_set_size(requests, 0);
        collect_requests(d, requests, false);
        if (requests->len == 0 && d->outcomes->len == 0)
            return true;
        if (!delivery_commit(d, requests, 0, error))
            return false;
    }
}

static bool
store_loop(Delivery *d, GError **error)
{
    g_autoptr(GArray) requests = g_array_new(FALSE, FALSE, sizeof(Request));
    int64_t last_progress = clock_monotonic();

    while (d->threads > 0) {
        if (!work_round(d, requests, error))
            return false;
        if (d->options->stop && *d->options->stop && !d->stopping) {
            d->stopping = true;
            if (!delivery_give_back(d, "stopped", error))
                return false;
        }
        close_when_done(d);
        tell_progress(d, &last_progress);
    }
    return drain(d, requests, error);
}

/* The store has failed: let the connections end without a further dot. What
 * they report is lost; the reaper will call it doubt. */
static void
abandon(Delivery *d)
{
    g_autoptr(GArray) requests = g_array_new(FALSE, FALSE, sizeof(Request));

    set_fault(d, "the store failed", true);
    while (d->threads > 0) {
        g_array_set_size(requests, 0);
        collect_requests(d, requests, true);
        delivery_refuse_marks(d, requests);
        for (guint i = 0; i < requests->len; i++) {
            const Request *r = &g_array_index(requests, Request, i);
            if (r->kind == REQUEST_DONE)
                job_free(r->job);
        }
    }
}

static bool
is_loopback(const char *host)
{
    return !host || strcmp(host, "localhost") == 0 ||
           strcmp(host, "::1") == 0 || g_str_has_prefix(host, "127.");
}

/* A password never travels where TLS can be stripped. */
static bool
check_login(const DeliveryOptions *options, GError **error)
{
    const Workspace *w = options->workspace;

    if (!options->password || w->smtp.tls == TLS_REQUIRED ||
        is_loopback(w->smtp.host))
        return true;
    g_set_error(error, NURTURE_ERROR, ERROR_CONFIG,
                "nurture.yaml: smtp.user needs 'tls: required'");
    return false;
}

static void
relay_init(Delivery *d)
{
    const Workspace *w = d->options->workspace;
    const char *timeout = getenv("NURTURE_SMTP_TIMEOUT");

    d->relay = (Relay){
        .host = w->smtp.host ? w->smtp.host : "localhost",
        .port = w->smtp.port ? w->smtp.port : 25,
        .tls = w->smtp.tls,
        .user = w->smtp.user,
        .password = d->options->password,
        .ehlo = w->smtp.ehlo,
        .messages_max = MESSAGES_PER_LINK,
    };
    if (timeout && g_strcmp0(getenv("NURTURE_TESTING"), "1") == 0)
        d->relay.timeout_ms = (int)g_ascii_strtoll(timeout, NULL, 10);
    d->relay_name = g_strdup_printf("%s:%d", d->relay.host, d->relay.port);
}

static void
delivery_init(Delivery *d, Store *store, const DeliveryOptions *options,
              int64_t now, DeliveryResult *out)
{
    *d = (Delivery){.store = store,
                    .options = options,
                    .result = out,
                    .now = now,
                    .begun = clock_monotonic()};
    relay_init(d);
    d->inbox = g_async_queue_new_full(g_free);
    g_mutex_init(&d->lock);
    g_cond_init(&d->changed);
    g_queue_init(&d->ready);
    d->raw = g_ptr_array_new_with_free_func((GDestroyNotify)job_free);
    d->outcomes = g_ptr_array_new();
}

static void
delivery_clear(Delivery *d)
{
    g_queue_clear_full(&d->ready, (GDestroyNotify)job_free);
    g_ptr_array_unref(d->raw);
    for (guint i = 0; i < d->outcomes->len; i++) {
        Outcome *outcome = d->outcomes->pdata[i];
        job_free(outcome->job);
        g_free(outcome->why);
        g_free(outcome);
    }
    g_ptr_array_unref(d->outcomes);
    g_async_queue_unref(d->inbox);
    g_mutex_clear(&d->lock);
    g_cond_clear(&d->changed);
    g_free(d->relay_name);
    dkim_signer_free(d->signer);
    g_free(d->fault);
}

/* Threads, loop, join. */
static bool
run_connections(Delivery *d, GError **error)
{
    int n = CLAMP(d->options->workspace->smtp.connections, 1, 64);
    g_autofree GThread **threads = g_new0(GThread *, (gsize)n);
    bool ok;

    d->threads = n;
    for (int i = 0; i < n; i++)
        threads[i] = g_thread_new("smtp", connection_thread, d);
    ok = store_loop(d, error);
    if (!ok)
        abandon(d);
    for (int i = 0; i < n; i++)
        g_thread_join(threads[i]);
    return ok;
}

/* Was there mail that the relay's fault kept from leaving? */
static bool
relay_failed(const Delivery *d, bool left_over)
{
    return d->fault && (d->give_up || left_over);
}

static bool
deliver(Delivery *d, GError **error)
{
    bool left_over;

    if (!run_connections(d, error))
        return false;
    left_over = d->raw->len > 0 || !g_queue_is_empty(&d->ready);
    if (!delivery_give_back(d, "relay", error))
        return false;
    if (!relay_failed(d, left_over))
        return true;
    d->result->relay_fault = g_strdup(d->fault);
    g_set_error(error, NURTURE_ERROR, ERROR_TEMPORARY, "%s", d->fault);
    return false;
}

bool
delivery_run(Store *store, const DeliveryOptions *options, int64_t now,
             DeliveryResult *out, GError **error)
{
    const char *state_dir = options->workspace->state_dir;
    g_autoptr(DkimSigner) signer = NULL;
    GError *failed = NULL;
    Delivery d;
    bool ok;

    memset(out, 0, sizeof *out);
    if (!check_login(options, error))
        return false;
    signer = dkim_signer_open(options->workspace, &failed);
    if (failed) {
        g_propagate_error(error, failed);
        return false;
    }
    signal(SIGPIPE, SIG_IGN); /* libESMTP writes to closed sockets */
    if (!delivery_reap(store, state_dir, options->composer, now, NULL, error))
        return false;
    delivery_init(&d, store, options, now, out);
    d.signer = g_steal_pointer(&signer);
    d.worker = worker_open(store, state_dir, now, error);
    if (!d.worker) {
        delivery_clear(&d);
        return false;
    }
    d.work = (Work){options->workspace, options->composer, worker_id(d.worker),
                    d.relay_name};
    ok = deliver(&d, error);
    worker_close(d.worker, store);
    delivery_clear(&d);
    return ok;
}

void
delivery_result_clear(DeliveryResult *result)
{
    g_clear_pointer(&result->relay_fault, g_free);
}
