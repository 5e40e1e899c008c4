/* SPDX-License-Identifier: Apache-2.0 */
/* mark.c - the last gate and the mark (T3): one transaction before the dot */
#include "claim.h"

#include "nurture/clock.h"
#include "nurture/eligibility.h"
#include "nurture/error.h"

#include <string.h>

/* How the gate answers. */
typedef struct {
    const char *state; /* NULL = may leave */
    char *why;
    int64_t not_before; /* for state scheduled */
} Gate;

/* Which reasons end the message, and which only put it off. */
static const char *
state_for(Eligibility reason)
{
    switch (reason) {
    case NOT_SUPPRESSED:
    case NOT_ERASED:
    case NOT_CONSENTED:
        return "suppressed";
    case NOT_STOPPED:
    case NOT_EXCLUDED:
    case NOT_CONTROL:
    case NOT_FILLED:
    case NOT_DELIVERABLE:
        return "cancelled";
    case NOT_NOTIFIED:
    case NOT_IN_PROCESS:
    case NOT_FRESH:
    case NOT_HELD:
    case NOT_FREE:
    case NOT_CAPPED:
    case NOT_IN_WINDOW:
    case NOT_IN_VOLUME:
    case NOT_LAUNCHED:
        return "scheduled";
    case ELIGIBLE:
    case ELIGIBILITY_REASONS:
        break;
    }
    return NULL;
}

static void
gate_close(Gate *gate, const char *state, const char *why)
{
    gate->state = state;
    gate->why = g_strdup(why);
}

static bool
ask_eligibility(Store *store, const Work *work, const Claim *claim,
                bool is_sequence, int64_t now, Gate *gate, GError **error)
{
    EligibilityQuestion question = {
        .workspace = work->workspace,
        .candidate = claim->candidate,
        .campaign = claim->campaign,
        .cycle = claim->cycle,
        .message_id = claim->message_id,
        .is_sequence = is_sequence,
        .check_launched = true,
    };
    EligibilityAnswer answer;
    g_autoptr(GError) failed = NULL;

    if (!eligibility_ask(store, &question, now, &answer, &failed)) {
        if (!g_error_matches(failed, NURTURE_ERROR, ERROR_NOT_FOUND)) {
            g_propagate_error(error, g_steal_pointer(&failed));
            return false;
        }
        gate_close(gate, "cancelled", failed->message);
        return true;
    }
    if (answer.reason == ELIGIBLE)
        return true;
    gate_close(gate, state_for(answer.reason), eligibility_word(answer.reason));
    gate->not_before = answer.retry_at > now ? answer.retry_at : now + HOUR_MS;
    return true;
}

/* Campaign mail: the enrolment lives, the campaign runs, and the candidate is
 * eligible now. */
static bool
gate_campaign(Store *store, const Work *work, const Claim *claim, int64_t now,
              Gate *gate, GError **error)
{
    g_autoptr(Statement) st = store_prepare(
        store,
        "SELECT c.state, c.is_sequence, e.state, e.control FROM campaign c"
        " LEFT JOIN enrolment e ON e.candidate_id = :candidate"
        "  AND e.campaign = c.campaign AND e.cycle = :cycle"
        " WHERE c.campaign = :campaign",
        error);
    bool is_sequence;

    if (!st)
        return false;
    statement_bind_int(st, ":candidate", claim->candidate);
    statement_bind_int(st, ":cycle", claim->cycle);
    statement_bind_text(st, ":campaign", claim->campaign);
    if (!statement_step(st)) {
        gate_close(gate, "cancelled", "no such campaign");
        return statement_end(st, error);
    }
    is_sequence = statement_int(st, 1);
    const char *campaign = statement_text(st, 0);
    const char *enrolment = statement_text(st, 2);
    if (strcmp(campaign, "stopped") == 0 || strcmp(campaign, "ended") == 0)
        gate_close(gate, "cancelled", "the campaign is over");
    else if (!enrolment || (strcmp(enrolment, "active") != 0 &&
                            strcmp(enrolment, "waiting") != 0))
        gate_close(gate, "cancelled", "left the campaign");
    else if (statement_int(st, 3))
        gate_close(gate, "cancelled", "control");
    if (!statement_end(st, error))
        return false;
    if (gate->state)
        return true;
    return ask_eligibility(store, work, claim, is_sequence, now, gate, error);
}

/* Service mail: only an address that bounced or was erased stops it. */
static bool
gate_service(Store *store, const Claim *claim, Gate *gate, GError **error)
{
    g_autoptr(Statement) st =
        store_prepare(store,
                      "SELECT 1 FROM suppression WHERE address_hmac = :hmac"
                      " AND scope = 'all' AND reason IN ('bounced', 'erased')",
                      error);

    if (!st)
        return false;
    statement_bind_text(st, ":hmac", claim->rcpt_hmac);
    if (statement_step(st))
        gate_close(gate, "suppressed", "suppressed");
    return statement_end(st, error);
}

/* A digest goes to a sender of the workspace and to nobody else. */
static void
gate_digest(const Work *work, const Claim *claim, Gate *gate)
{
    const GPtrArray *senders = work->workspace->senders;

    for (guint i = 0; senders && i < senders->len; i++) {
        const Sender *sender = senders->pdata[i];
        if (g_strcmp0(sender->email, claim->rcpt) == 0)
            return;
    }
    gate_close(gate, "cancelled", "not a sender of this workspace");
}

static bool
ask_gate(Store *store, const Work *work, const Claim *claim, int64_t now,
         Gate *gate, GError **error)
{
    if (claim->not_after <= now) {
        gate_close(gate, "expired", "too late");
        return true;
    }
    if (strcmp(claim->kind, "campaign") == 0)
        return gate_campaign(store, work, claim, now, gate, error);
    if (strcmp(claim->kind, "service") == 0)
        return gate_service(store, claim, gate, error);
    if (strcmp(claim->kind, "digest") == 0)
        gate_digest(work, claim, gate);
    else if (strcmp(claim->kind, "test") != 0) /* goes where it was typed */
        gate_close(gate, "cancelled", "of a kind that this version lacks");
    return true;
}

static bool
is_still_ours(Store *store, const Work *work, const Claim *claim, bool *out,
              GError **error)
{
    g_autoptr(Statement) st = store_prepare(
        store,
        "SELECT 1 FROM message WHERE message_id = :id AND attempt = :n"
        " AND owner = :owner AND state = 'claimed'",
        error);

    if (!st)
        return false;
    statement_bind_text(st, ":id", claim->message_id);
    statement_bind_int(st, ":n", claim->attempt);
    statement_bind_text(st, ":owner", work->worker_id);
    *out = statement_step(st);
    return statement_end(st, error);
}

static bool
set_committing(Store *store, const Work *work, const Claim *claim,
               const char *sha256, int64_t now, GError **error)
{
    const Composer *c = work->composer;
    g_autoptr(Statement) st = store_prepare(
        store,
        "UPDATE message SET state = 'committing', mime_sha256 = :sha256,"
        "  subject_hash = coalesce(:subject, subject_hash), updated_at = :now"
        " WHERE message_id = :id AND attempt = :n AND owner = :owner"
        "  AND state = 'claimed'",
        error);
    g_autoptr(Statement) dot = NULL;

    if (!st)
        return false;
    statement_bind_text(st, ":sha256", sha256);
    statement_bind_text(st, ":subject", claim->subject_hash);
    statement_bind_int(st, ":now", now);
    statement_bind_text(st, ":id", claim->message_id);
    statement_bind_int(st, ":n", claim->attempt);
    statement_bind_text(st, ":owner", work->worker_id);
    if (!statement_run(st, error))
        return false;
    g_assert(store_changes(store) == 1);
    dot = store_prepare(
        store,
        "UPDATE attempt SET dot_at = :now WHERE message_id = :id AND n = :n",
        error);
    if (!dot)
        return false;
    statement_bind_int(dot, ":now", now);
    statement_bind_text(dot, ":id", claim->message_id);
    statement_bind_int(dot, ":n", claim->attempt);
    if (!statement_run(dot, error))
        return false;
    return !c || !c->keep || c->keep(c->data, store, claim->message_id, error);
}

bool
claim_mark(Store *store, const Work *work, const Claim *claim,
           const char *sha256, int64_t now, bool *out_marked,
           const char **out_state, GError **error)
{
    Gate gate = {0};
    g_autofree char *why = NULL;
    bool ours, ok;

    g_assert(store_in_transaction(store));
    *out_marked = false;
    *out_state = NULL;
    if (!is_still_ours(store, work, claim, &ours, error))
        return false;
    if (!ours)
        return true;
    ok = ask_gate(store, work, claim, now, &gate, error);
    why = gate.why;
    if (!ok)
        return false;
    *out_state = gate.state;
    if (!gate.state) {
        *out_marked = set_committing(store, work, claim, sha256, now, error);
        *out_state = "committing";
        return *out_marked;
    }
    if (strcmp(gate.state, "scheduled") == 0)
        return claim_release(store, work, claim, gate.not_before, why, now,
                             error);
    return claim_end(store, work, claim, gate.state, why, now, error);
}
