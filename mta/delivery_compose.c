/* SPDX-License-Identifier: Apache-2.0 */
/* delivery_compose.c - from a claimed row to the bytes that leave */
#include "delivery-private.h"

#include "mime.h"
#include "nurture/clock.h"
#include "nurture/error.h"
#include "nurture/subject.h"
#include "wire.h"

#include <string.h>

#define VIEW_MAX 64 /* jobs: a few milliseconds */
#define TELL_AT  16

void
outcome_free(Outcome *outcome)
{
    job_free(outcome->job);
    g_free(outcome->why);
    g_free(outcome);
}

static void
add_outcome(Delivery *d, Job *job, const char *state, const char *why,
            int64_t retry_at)
{
    Outcome *outcome = g_new0(Outcome, 1);

    outcome->job = job;
    outcome->state = state;
    outcome->why = g_strdup(why);
    outcome->retry_at = retry_at;
    g_mutex_lock(&d->lock);
    g_ptr_array_add(d->outcomes, outcome);
    g_cond_signal(&d->work_there);
    g_mutex_unlock(&d->lock);
}

/* What the mark and the ledger want to know of the mail. */
static void
take_kept(Job *job, ComposedMail *mail)
{
    Claim *claim = job->claim;

    g_free(claim->subject_hash);
    claim->subject_hash = subject_hash(mail->subject);
    g_free(claim->link_set);
    claim->link_set = g_steal_pointer(&mail->link_set);
    g_free(claim->own_links);
    claim->own_links = g_steal_pointer(&mail->own_links);
    claim->kept = g_steal_pointer(&mail->kept);
    job->kept_free = mail->kept_free;
}

/* Ask the campaign stage and assemble. NULL without error: there is an outcome
 * instead. */
static GBytes *
compose_campaign(const Composing *c, Job *job, bool *out_gone, GError **error)
{
    Delivery *d = c->d;
    const Composer *composer = c->composer;
    const Claim *claim = job->claim;
    ClaimedMessage row = claim_as_message(claim);
    g_auto(ComposedMail) mail = {0};
    g_autofree char *reason = NULL;
    int64_t now = delivery_now(d), at = now + HOUR_MS;

    if (!composer || !composer->compose) {
        g_set_error(error, NURTURE_ERROR, ERROR_INPUT, "nobody to compose it");
        return NULL;
    }
    GError *failed = NULL;
    ComposeVerdict verdict = composer->compose(
        composer->data, c->store, &row, now, &mail, &at, &reason, &failed);
    if (failed) {
        g_propagate_error(error, failed);
        return NULL;
    }
    *out_gone = verdict != COMPOSE_OK;
    switch (verdict) {
    case COMPOSE_OK:
        take_kept(job, &mail);
        return message_assemble(&mail, claim->message_id, claim->kind,
                                claim->rcpt, claim->first_claim_at,
                                d->options->workspace, d->options->keys, error);
    case COMPOSE_HOLD:
        add_outcome(d, job, NULL, reason ? reason : "held", MAX(at, now + 1));
        return NULL;
    case COMPOSE_CANCEL:
        add_outcome(d, job, "cancelled", reason ? reason : "not composed", 0);
        return NULL;
    }
    return NULL;
}

/* A retry keeps to the window as well; when it must not leave now, there is an
 * outcome. */
static bool
fits(const Composing *c, Job *job, bool *out_gone, GError **error)
{
    const Composer *composer = c->composer;
    ClaimedMessage row = claim_as_message(job->claim);
    int64_t now = delivery_now(c->d), at = now + HOUR_MS;
    bool yes = true;

    if (!composer || !composer->fits ||
        strcmp(job->claim->kind, "campaign") != 0)
        return true;
    if (!composer->fits(composer->data, c->store, &row, now, &yes, &at, error))
        return false;
    if (!yes)
        add_outcome(c->d, job, NULL, "outside the window", MAX(at, now + 1));
    *out_gone = !yes;
    return yes;
}

static GBytes *
make_bytes(const Composing *c, Job *job, bool *out_gone, GError **error)
{
    const Claim *claim = job->claim;
    gsize n;
    const void *stored;
    g_autoptr(GBytes) bytes = NULL;

    if (!claim->body)
        return compose_campaign(c, job, out_gone, error);
    if (!fits(c, job, out_gone, error))
        return NULL;
    stored = g_bytes_get_data(claim->body, &n);
    bytes = wire_normalise(stored, n, error);
    if (!bytes || !wire_check_header(bytes, error))
        return NULL;
    return g_steal_pointer(&bytes);
}

/* What was kept after a refusal leaves again as it is. */
static bool
is_kept_copy(const Job *job)
{
    g_autofree char *sha256 = NULL;

    if (!job->claim->body || dkim_is_signed(job->bytes))
        return job->claim->body != NULL;
    sha256 = wire_hash(job->bytes);
    return g_strcmp0(sha256, job->claim->mime_sha256) == 0;
}

static bool
sign(const Delivery *d, Job *job, GError **error)
{
    GBytes *message;

    if (!d->signer || is_kept_copy(job))
        return true;
    message =
        dkim_sign(d->signer, job->bytes, job->claim->first_claim_at, error);
    if (!message)
        return false;
    g_bytes_unref(job->bytes);
    job->bytes = message;
    return true;
}

/* A copy may have left before a crash. Another text under the same Message-ID
 * needs a human. */
static bool
is_changed(const Job *job)
{
    return job->claim->mime_sha256 && !job->claim->body &&
           strcmp(job->claim->mime_sha256, job->sha256) != 0;
}

static void
make_ready(Delivery *d, Job *job)
{
    g_mutex_lock(&d->lock);
    g_queue_push_tail(&d->ready, job);
    if (d->waiting > 0) /* GLib asks the kernel even if nobody waits */
        g_cond_signal(&d->mail_there);
    g_mutex_unlock(&d->lock);
}

/* False with `error`: the job is still there. Else it is ready, or has become
 * an outcome. */
static bool
prepare(const Composing *c, Job *job, GError **error)
{
    Delivery *d = c->d;
    const Workspace *workspace = d->options->workspace;
    const char *id = job->claim->message_id;
    bool gone = false;

    if (job->claim->not_after <= delivery_now(d)) {
        add_outcome(d, job, "expired", "too late", 0);
        return true;
    }
    job->bytes = make_bytes(c, job, &gone, error);
    if (!job->bytes)
        return gone;
    if (!sign(d, job, error))
        return false;
    job->sha256 = wire_hash(job->bytes);
    if (!workspace->sending.bounces) {
        g_set_error(error, NURTURE_ERROR, ERROR_INPUT,
                    "sending.bounces is not set");
        return false;
    }
    mail_token_make(d->options->keys, MAIL_TOKEN_BOUNCE, id, job->token);
    job->from = mailbox_with_token(workspace->sending.bounces, job->token);
    if (!wire_check_envelope(job->from, job->claim->rcpt, error))
        return false;
    if (is_changed(job))
        add_outcome(d, job, "in_doubt",
                    "the text has changed since a copy may have left", 0);
    else
        make_ready(d, job);
    return true;
}

static bool
compose_one(const Composing *c, Job *job, GError **error)
{
    g_autoptr(GError) failed = NULL;

    if (prepare(c, job, &failed))
        return true;
    if (g_error_matches(failed, NURTURE_ERROR, ERROR_STORE)) {
        job_free(job);
        g_propagate_error(error, g_steal_pointer(&failed));
        return false;
    }
    add_outcome(c->d, job, "dead",
                failed ? failed->message : "could not be composed", 0);
    return true;
}

/* The next raw job, which counts as being composed; NULL: none. */
static Job *
next_raw(Delivery *d)
{
    Job *job;

    g_mutex_lock(&d->lock);
    job = d->composer_over ? NULL : g_queue_pop_head(&d->raw);
    d->composing += job != NULL;
    g_mutex_unlock(&d->lock);
    return job;
}

/* How many raw jobs there are, once there are some; 0: the run is over. */
static guint
await_raw(Delivery *d)
{
    guint n;

    g_mutex_lock(&d->lock);
    while (d->raw.length == 0 && !d->composer_over)
        g_cond_wait(&d->raw_there, &d->lock);
    n = d->composer_over ? 0 : d->raw.length;
    g_mutex_unlock(&d->lock);
    return n;
}

static void
was_composed(Delivery *d)
{
    g_mutex_lock(&d->lock);
    d->composing--;
    /* not for every single one: a wire's thread asks for all its wires */
    if (d->hungry && (d->ready.length >= TELL_AT || d->raw.length == 0))
        delivery_tell_connections(d);
    if (d->store_idle && d->raw.length + d->composing == 0)
        g_cond_signal(&d->work_there); /* may be the end of all mail */
    g_mutex_unlock(&d->lock);
}

bool
delivery_compose(const Composing *c, int64_t budget_ms, GError **error)
{
    int64_t end = clock_monotonic() + budget_ms;
    Job *job;
    bool ok = true;

    while (ok && clock_monotonic() <= end && (job = next_raw(c->d))) {
        ok = compose_one(c, job, error);
        was_composed(c->d);
    }
    return ok;
}

/* What is claimed already is in view: at most `n` of it. */
static void
compose_in_view(const Composing *c, guint n, GError **error)
{
    const Composer *composer = c->composer;
    Job *job;

    if (composer->view)
        composer->view(composer->data, true);
    for (bool ok = true; ok && n > 0 && (job = next_raw(c->d)); n--) {
        ok = compose_one(c, job, error);
        was_composed(c->d);
    }
    if (composer->view)
        composer->view(composer->data, false);
}

gpointer
delivery_composer(gpointer data)
{
    const Composing *c = data;
    Delivery *d = c->d;
    GError *error = NULL;
    guint n;

    delivery_thread_begins(d);
    while (!error && (n = await_raw(d)) > 0)
        compose_in_view(c, MIN(n, VIEW_MAX), &error);
    if (error) {
        g_mutex_lock(&d->lock);
        d->failed = error;
        g_cond_signal(&d->work_there);
        g_mutex_unlock(&d->lock);
    }
    return NULL;
}
