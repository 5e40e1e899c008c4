/* SPDX-License-Identifier: Apache-2.0 */
/* delivery.c - a run: the store thread's loop, and the connections' */
#include "nurture/delivery.h"

#include "brake.h"
#include "delivery-private.h"
#include "nurture/clock.h"
#include "nurture/disk.h"
#include "nurture/doubt.h"
#include "nurture/error.h"
#include "nurture/log.h"
#include "nurture/provider.h"
#include "smtp_loop.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#define CLAIM_AT_ONCE     200
#define COMPOSE_MS        5
#define POLL_US           (100 * 1000)
#define COUNT_EVERY_MS    (30 * SECOND_MS)
#define DRAIN_MS          (60 * SECOND_MS)
#define FULL_MS           (60 * SECOND_MS)
#define LINGER_US         2000
#define QUIET_US          (50 * 1000)
#define MESSAGES_PER_LINK 1000
#define ANSWERS_APART     32 /* connections: from here on it is faster */

/* How much there is to do; times are monotonic. */
typedef struct {
    int64_t told, counted, due, taken;
    int64_t ended; /* messages, before this run */
} Progress;

void
job_free(Job *job)
{
    if (job->claim && job->claim->kept)
        job->kept_free(job->claim->kept);
    claim_free(job->claim);
    g_clear_pointer(&job->bytes, g_bytes_unref);
    g_free(job->from);
    g_free(job->sha256);
    g_free(job->reply_text);
    g_free(job);
}

void
delivery_thread_begins(Delivery *d)
{
    g_free(g_malloc(1));
    g_mutex_lock(&d->lock);
    d->begun_threads++;
    g_cond_signal(&d->work_there);
    g_mutex_unlock(&d->lock);
}

static void
await_threads(Delivery *d, int n)
{
    g_mutex_lock(&d->lock);
    while (d->begun_threads < n)
        g_cond_wait(&d->work_there, &d->lock);
    g_mutex_unlock(&d->lock);
}

/* The clock of a run starts at the caller's `now` and runs on. */
int64_t
delivery_now(const Delivery *d)
{
    return d->now + clock_monotonic() - d->begun;
}

/* How many rows to claim at once: enough for every connection while the next
 * are composed. */
static guint
claim_size(const Delivery *d)
{
    return MAX(CLAIM_AT_ONCE, 4 * (guint)d->threads);
}

/* How many rows to claim now; -1 on error. */
static int
want_claims(Delivery *d, GError **error)
{
    int64_t limit = d->probe ? 1 : d->options->limit;
    int64_t want = claim_size(d);
    GError *failed = NULL;
    guint waiting;

    g_mutex_lock(&d->lock);
    waiting = d->raw.length + d->composing + d->ready.length;
    if (d->give_up)
        want = 0;
    g_mutex_unlock(&d->lock);
    if (want == 0 || d->exhausted || d->stopping || d->threads == 0 ||
        waiting > claim_size(d) / 2)
        return 0;
    if (limit > 0)
        want = MIN(want, limit - d->taken);
    d->disk_full = !disk_has_room(store_path(d->store), NULL, NULL);
    if (want > 0 && !d->disk_full && !log_has_room(d, &failed)) {
        if (failed) {
            g_propagate_error(error, failed);
            return -1;
        }
        d->exhausted = d->log_blocked;
        return 0;
    }
    if (want <= 0 || d->disk_full)
        d->exhausted = true;
    return d->disk_full ? 0 : (int)MAX(want, 0);
}

Round
round_new(void)
{
    return (Round){g_array_new(FALSE, FALSE, sizeof(Request)),
                   g_ptr_array_new()};
}

static void
take_pending(Delivery *d, Round *round)
{
    GArray *requests = round->requests;
    GPtrArray *outcomes = round->outcomes;

    g_array_set_size(requests, 0);
    round->requests = d->pending;
    round->outcomes = d->outcomes;
    d->pending = requests;
    d->outcomes = outcomes;
    d->pending_marks = 0;
}

/* Requests that come close together share a commit: the first one after a
 * quiet time is served at once, later ones wait a moment for company. */
static void
linger(Delivery *d)
{
    int64_t now = g_get_monotonic_time(), until = now + LINGER_US;

    if (now - d->committed_us > QUIET_US)
        return;
    d->store_lingers = true;
    while (!delivery_has_company(d) &&
           g_cond_wait_until(&d->work_there, &d->lock, until))
        continue;
    d->store_lingers = false;
}

/* Nothing more will be claimed or composed, and nobody was told. */
static bool
is_closing(const Delivery *d)
{
    return (d->exhausted || d->stopping) && !d->closed &&
           d->raw.length + d->composing == 0;
}

/* Take what is there; `may_wait`: until something is. */
static void
collect(Delivery *d, Round *round, bool may_wait)
{
    int64_t until = g_get_monotonic_time() + POLL_US;

    g_mutex_lock(&d->lock);
    d->store_idle = true;
    while (may_wait && d->pending->len == 0 && d->outcomes->len == 0 &&
           !d->failed && !is_closing(d) &&
           g_cond_wait_until(&d->work_there, &d->lock, until))
        continue;
    d->store_idle = false;
    if (may_wait && d->pending->len > 0)
        linger(d);
    take_pending(d, round);
    g_mutex_unlock(&d->lock);
    for (guint i = round->requests->len; i-- > 0;)
        if (g_array_index(round->requests, Request, i).kind ==
            REQUEST_RETIRED) {
            g_array_remove_index(round->requests, i);
            d->threads--;
        }
}

/* Nothing more will be claimed: sessions need not wait for a next message. */
static void
close_when_done(Delivery *d)
{
    g_mutex_lock(&d->lock);
    if (is_closing(d)) {
        d->closed = true;
        delivery_tell_connections(d);
    }
    g_mutex_unlock(&d->lock);
}

static int64_t
count_due(Delivery *d)
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

static int64_t
count_ended(const DeliveryResult *r)
{
    return r->sent + r->deferred + r->bounced + r->in_doubt + r->held +
           r->cancelled + r->suppressed + r->dead;
}

/* Counting a million takes a while, so it is done now and then, and in between
 * what was claimed since is taken off. */
static void
tell_progress(Delivery *d, Progress *p)
{
    int64_t now = clock_monotonic();
    int64_t on_the_way;
    DeliveryResult so_far;

    if (!d->options->progress || now - p->told < SECOND_MS)
        return;
    p->told = now;
    if (p->counted == 0 || now - p->counted > COUNT_EVERY_MS) {
        p->counted = now;
        p->due = count_due(d);
        p->taken = d->taken;
    }
    g_mutex_lock(&d->lock);
    so_far = *d->result;
    g_mutex_unlock(&d->lock);
    on_the_way = MAX(0, d->taken - (count_ended(&so_far) - p->ended));
    d->options->progress(&so_far,
                         MAX(0, p->due - (d->taken - p->taken)) + on_the_way,
                         d->options->progress_data);
}

/* Their messages are not on the wire yet, and may be tried again. */
static void
refuse_marks(Delivery *d, Round *round)
{
    GArray *requests = round->requests;

    delivery_refuse_marks(d, requests);
    for (guint i = requests->len; i-- > 0;)
        if (g_array_index(requests, Request, i).kind == REQUEST_MARK)
            g_array_remove_index(requests, i);
}

/* Without room on the disk, or while the store is busy, nothing is begun; but
 * what servers have answered is kept until it can be written down, or else it
 * would be in doubt. */
static bool
commit_round(Delivery *d, Round *round, int want, GError **error)
{
    const Composer *c = d->options->composer;
    int64_t until = clock_monotonic() + FULL_MS;
    g_autoptr(GError) failed = NULL;

    d->committed_us = g_get_monotonic_time();
    while (!delivery_commit(d, round, want, &failed)) {
        refuse_marks(d, round);
        if (c && c->failed)
            c->failed(c->data);
        if (!g_error_matches(failed, NURTURE_ERROR, ERROR_TEMPORARY) ||
            clock_monotonic() > until) {
            g_propagate_error(error, g_steal_pointer(&failed));
            return false;
        }
        if (want >= 0) /* once */
            log_warn("store=commit error=\"%s\" action=retry", failed->message);
        g_clear_error(&failed);
        want = -1;
        g_usleep(POLL_US);
    }
    return true;
}

/* One round: requests in, one commit. */
static bool
work_round(Delivery *d, Round *round, GError **error)
{
    int want = want_claims(d, error);

    if (want < 0)
        return false;
    collect(d, round, want == 0);
    if (round->requests->len == 0 && round->outcomes->len == 0 && want == 0)
        return true;
    return commit_round(d, round, want, error);
}

/* What the last connections and the composer still had to say. */
static bool
drain(Delivery *d, Round *round, GError **error)
{
    for (;;) {
        collect(d, round, false);
        if (round->requests->len == 0 && round->outcomes->len == 0)
            return true;
        if (!commit_round(d, round, 0, error))
            return false;
    }
}

static bool
composer_failed(Delivery *d, GError **error)
{
    GError *failed;

    g_mutex_lock(&d->lock);
    failed = g_steal_pointer(&d->failed);
    g_mutex_unlock(&d->lock);
    if (failed)
        g_propagate_error(error, failed);
    return failed != NULL;
}

/* The operator wants an end: what was not offered yet goes back, what is under
 * way may end, but not for as long as a server likes. False: the store. */
static bool
stop_if_asked(Delivery *d, GError **error)
{
    if (!d->options->stop || !*d->options->stop)
        return true;
    if (!d->stopping)
        d->stopped_at = clock_monotonic();
    d->stopping = true;
    if (clock_monotonic() - d->stopped_at > DRAIN_MS)
        smtp_loop_abort(d->loop);
    return delivery_give_back(d, "stopped", error);
}

/* `composing`: what this thread composes with; NULL: another one does. */
static bool
store_loop(Delivery *d, const Composing *composing, Round *round,
           GError **error)
{
    Progress progress = {.told = clock_monotonic(),
                         .ended = count_ended(d->result)};

    while (d->threads > 0) {
        if (!work_round(d, round, error) || composer_failed(d, error) ||
            (composing && !delivery_compose(composing, COMPOSE_MS, error)) ||
            !stop_if_asked(d, error))
            return false;
        close_when_done(d);
        tell_progress(d, &progress);
    }
    return true;
}

/* The store has failed: let the connections end without a further dot. What
 * they report is lost; the reaper will call it doubt. */
static void
abandon(Delivery *d, Round *round)
{
    delivery_set_fault(d, "the store failed", true);
    while (d->threads > 0) {
        collect(d, round, true);
        delivery_refuse_marks(d, round->requests);
        for (guint i = 0; i < round->requests->len; i++) {
            const Request *r = &g_array_index(round->requests, Request, i);
            if (r->kind == REQUEST_DONE)
                job_free(r->job);
        }
        for (guint i = 0; i < round->outcomes->len; i++)
            outcome_free(round->outcomes->pdata[i]);
        g_ptr_array_set_size(round->outcomes, 0);
    }
}

/* A password never travels where TLS can be stripped. */
static bool
check_login(const DeliveryOptions *options, GError **error)
{
    const Workspace *w = options->workspace;

    if (!options->password || w->smtp.tls == TLS_REQUIRED ||
        host_is_loopback(w->smtp.host))
        return true;
    g_set_error(error, NURTURE_ERROR, ERROR_CONFIG,
                "nurture.yaml: smtp.user needs 'tls: required'");
    return false;
}

static void
relay_init(Delivery *d)
{
    const Workspace *w = d->options->workspace;
    const Provider *own;

    d->relay = relay_of_workspace(w, d->options->password);
    own = provider_of_server(d->relay.host);
    d->relay.messages_max = own ? own->per_connection : MESSAGES_PER_LINK;
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
    g_mutex_init(&d->lock);
    g_cond_init(&d->work_there);
    g_cond_init(&d->mail_there);
    g_cond_init(&d->raw_there);
    d->pending = g_array_new(FALSE, FALSE, sizeof(Request));
    d->outcomes = g_ptr_array_new();
    g_cond_init(&d->committed_there);
    g_queue_init(&d->committed);
    g_queue_init(&d->raw);
    g_queue_init(&d->ready);
}

static void
drop_jobs(Delivery *d)
{
    g_queue_clear_full(&d->raw, (GDestroyNotify)job_free);
    g_queue_clear_full(&d->ready, (GDestroyNotify)job_free);
    for (guint i = 0; i < d->outcomes->len; i++)
        outcome_free(d->outcomes->pdata[i]);
    g_ptr_array_set_size(d->outcomes, 0);
}

static void
delivery_clear(Delivery *d)
{
    drop_jobs(d);
    g_ptr_array_unref(d->outcomes);
    g_array_unref(d->pending);
    g_mutex_clear(&d->lock);
    g_cond_clear(&d->work_there);
    g_cond_clear(&d->mail_there);
    g_cond_clear(&d->raw_there);
    g_cond_clear(&d->committed_there);
    g_free(d->relay_name);
    dkim_signer_free(d->signer);
    g_clear_error(&d->failed);
    g_free(d->fault);
}

/* A composer for a thread of its own: needs a second way to read the store. */
static bool
open_twin(const Delivery *d, Store **out_store, Composer **out, GError **error)
{
    const Composer *c = d->options->composer;

    if (!c || !c->twin || strcmp(store_path(d->store), ":memory:") == 0)
        return true;
    *out_store = store_open(store_path(d->store), STORE_READ_ONLY, error);
    /* each person's rows are read once: a large cache would not help */
    if (!*out_store ||
        !store_exec(*out_store, "PRAGMA cache_size = -2000", error))
        return false;
    *out = c->twin(c->data, *out_store, error);
    return *out != NULL;
}

static void
end_composer(Delivery *d, GThread *thread)
{
    if (!thread)
        return;
    g_mutex_lock(&d->lock);
    d->composer_over = true;
    g_cond_broadcast(&d->raw_there);
    g_mutex_unlock(&d->lock);
    g_thread_join(thread);
}

static void
end_answerer(Delivery *d, GThread *thread)
{
    if (!thread)
        return;
    g_mutex_lock(&d->lock);
    d->answerer_over = true;
    g_cond_signal(&d->committed_there);
    g_mutex_unlock(&d->lock);
    g_thread_join(thread);
}

/* Connections from which on a thread of its own waits for the disk. */
static int
answers_apart_from(void)
{
    const char *testing = getenv("NURTURE_TESTING");
    const char *from = getenv("NURTURE_ANSWERS_APART");

    return from && g_strcmp0(testing, "1") == 0
               ? (int)g_ascii_strtoll(from, NULL, 10)
               : ANSWERS_APART;
}

/* Threads, loop, join. */
static bool
run_threads(Delivery *d, Composing *composing, bool apart, GError **error)
{
    int most = d->options->workspace->smtp.connections;
    const Provider *own = provider_of_server(d->relay.host);
    int n =
        d->probe ? 1 : CLAMP(most, 1, own ? own->connections : CONNECTIONS_MAX);
    g_autofree GThread **threads = g_new0(GThread *, (gsize)n);
    Round round = round_new();
    GThread *composer =
        apart ? g_thread_new("compose", delivery_composer, composing) : NULL;
    GThread *answerer;
    bool ok;

    d->answers_apart = n >= answers_apart_from();
    answerer =
        d->answers_apart ? g_thread_new("answer", delivery_answerer, d) : NULL;
    await_threads(d, apart + d->answers_apart);
    d->threads = n;
    for (int i = 0; i < n; i++)
        threads[i] = g_thread_new("smtp", delivery_connection, d);
    ok = store_loop(d, apart ? NULL : composing, &round, error);
    if (!ok)
        abandon(d, &round);
    for (int i = 0; i < n; i++)
        g_thread_join(threads[i]);
    end_composer(d, composer);
    ok = ok && drain(d, &round, error);
    end_answerer(d, answerer);
    g_array_unref(round.requests);
    g_ptr_array_unref(round.outcomes);
    return ok;
}

/* Jobs may hold what the twin made, so they go first. */
static bool
run_connections(Delivery *d, GError **error)
{
    g_autoptr(Store) store = NULL;
    Composer *twin = NULL;
    Composing composing = {d, d->store, d->options->composer};
    bool ok = open_twin(d, &store, &twin, error);

    if (ok && twin)
        composing = (Composing){d, store, twin};
    ok = ok && (d->loop = smtp_loop_new(error)) != NULL;
    ok = ok && store_sync_apart(d->store, true, error);
    ok = ok && run_threads(d, &composing, twin != NULL, error);
    store_sync_apart(d->store, false, NULL);
    if (ok)
        d->left_over = d->raw.length > 0 || d->ready.length > 0;
    ok = ok && delivery_give_back(d, "relay", error);
    smtp_loop_free(d->loop);
    drop_jobs(d);
    if (twin)
        d->options->composer->twin_free(twin);
    return ok;
}

/* Was there mail that the relay's fault kept from leaving? */
static bool
relay_failed(const Delivery *d)
{
    return d->fault && (d->give_up || d->left_over);
}

/* A relay that has failed so often is left alone for a while. False: now, with
 * `error` when there is mail that it keeps from leaving. */
static bool
relay_is_usable(Delivery *d, GError **error)
{
    const Keys *keys = d->options->keys;
    g_autofree char *used =
        keys ? relay_fingerprint(&d->relay, keys) : g_strdup("");
    g_autofree char *reason = NULL, *time = NULL;
    BreakerState state;
    int64_t until;

    if (!breaker_renew(d->store, d->relay_name, used, error) ||
        !breaker_ask(d->store, d->relay_name, d->now, &state, &until, &reason,
                     error))
        return false;
    d->probe = state == BREAKER_PROBE;
    if (state != BREAKER_OPEN)
        return true;
    if (count_due(d) == 0)
        return false;
    time = date_format(until, d->options->workspace->zone, "HH:mm", "en");
    d->result->relay_fault = g_strdup(reason);
    g_set_error(error, NURTURE_ERROR, ERROR_TEMPORARY,
                "the mail server is tried again at %s, or when its settings "
                "change, after %d faults in a row: %s",
                time, BREAKER_FAULTS, reason ? reason : "no answer");
    return false;
}

static bool
deliver(Delivery *d, GError **error)
{
    const DeliveryResult *r = d->result;
    GError *refused = NULL;

    if (!relay_is_usable(d, &refused)) {
        if (refused)
            g_propagate_error(error, refused);
        return !refused;
    }
    if (!run_connections(d, error) ||
        !breaker_tell(d->store, d->relay_name,
                      r->sent + r->deferred + r->bounced > 0, d->faults,
                      d->fault, delivery_now(d), error))
        return false;
    if (d->disk_full && !disk_check(store_path(d->store), error))
        return false;
    if (d->log_blocked) {
        g_autofree char *why = log_room_sentence(d);
        g_set_error(error, NURTURE_ERROR, ERROR_TEMPORARY, "%s", why);
        return false;
    }
    if (!relay_failed(d))
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
    if (!check_login(options, error) || !outbox_may_send(store, error) ||
        !disk_check(store_path(store), error))
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
    ok = store_check_rows(store, false, error) && deliver(&d, error);
    store_check_rows(store, true, NULL);
    worker_close(d.worker, store);
    delivery_clear(&d);
    return ok;
}

void
delivery_result_clear(DeliveryResult *result)
{
    g_clear_pointer(&result->relay_fault, g_free);
}
