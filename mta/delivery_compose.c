/* SPDX-License-Identifier: Apache-2.0 */
/* delivery_compose.c - from a claimed row to the bytes that leave */
#include "delivery-private.h"

#include "mime.h"
#include "nurture/clock.h"
#include "nurture/error.h"
#include "nurture/subject.h"
#include "wire.h"

#include <string.h>

static void
add_outcome(Delivery *d, Job *job, const char *state, const char *why,
            int64_t retry_at)
{
    Outcome *outcome = g_new0(Outcome, 1);

    outcome->job = job;
    outcome->state = state;
    outcome->why = g_strdup(why);
    outcome->retry_at = retry_at;
    g_ptr_array_add(d->outcomes, outcome);
}

/* Ask the campaign stage and assemble. NULL without error: there is an outcome
 * instead. */
static GBytes *
compose_campaign(Delivery *d, Job *job, GError **error)
{
    const Composer *composer = d->options->composer;
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
        composer->data, d->store, &row, now, &mail, &at, &reason, &failed);
    if (failed) {
        g_propagate_error(error, failed);
        return NULL;
    }
    switch (verdict) {
    case COMPOSE_OK:
        g_free(job->claim->subject_hash);
        job->claim->subject_hash = subject_hash(mail.subject);
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

static GBytes *
make_bytes(Delivery *d, Job *job, GError **error)
{
    const Claim *claim = job->claim;
    gsize n;
    const void *stored;
    g_autoptr(GBytes) bytes = NULL;

    if (!claim->body)
        return compose_campaign(d, job, error);
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
    g_cond_signal(&d->changed);
    g_mutex_unlock(&d->lock);
}

static bool
prepare(Delivery *d, Job *job, GError **error)
{
    const Workspace *workspace = d->options->workspace;
    const char *id = job->claim->message_id;
    guint outcomes = d->outcomes->len;

    job->bytes = make_bytes(d, job, error);
    if (!job->bytes)
        return d->outcomes->len > outcomes;
    if (!sign(d, job, error))
        return false;
    job->sha256 = wire_hash(job->bytes);
    job->from = envelope_sender(workspace, d->options->keys, id);
    mail_token_make(d->options->keys, MAIL_TOKEN_BOUNCE, id, job->token);
    if (!job->from) {
        g_set_error(error, NURTURE_ERROR, ERROR_INPUT,
                    "sending.bounces is not set");
        return false;
    }
    if (!wire_check_envelope(job->from, job->claim->rcpt, error))
        return false;
    if (is_changed(job))
        add_outcome(d, job, "in_doubt",
                    "the text has changed since a copy may have left", 0);
    else
        make_ready(d, job);
    return true;
}

bool
delivery_compose(Delivery *d, int64_t budget_ms, GError **error)
{
    int64_t end = clock_monotonic() + budget_ms;

    while (d->raw->len > 0 && clock_monotonic() <= end) {
        Job *job = g_ptr_array_steal_index(d->raw, 0);
        g_autoptr(GError) failed = NULL;
        if (prepare(d, job, &failed))
            continue;
        if (g_error_matches(failed, NURTURE_ERROR, ERROR_STORE)) {
            job_free(job);
            g_propagate_error(error, g_steal_pointer(&failed));
            return false;
        }
        add_outcome(d, job, "dead",
                    failed ? failed->message : "could not be composed", 0);
    }
    return true;
}
