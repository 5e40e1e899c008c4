/* SPDX-License-Identifier: Apache-2.0 */
/* mark.c - the last gate and the mark (T3): one transaction before the dot */
#include "claim.h"

#include "nurture/clock.h"
#include "nurture/eligibility.h"
#include "nurture/error.h"

#include <string.h>

/* Where the message's campaign and its person in it stand; "" where there is
 * nothing. */
typedef struct {
    char campaign[12], enrolment[12]; /* states */
    bool is_sequence, control;
} Standing;

/* How the gate answers. */
typedef struct {
    const char *state; /* NULL = may leave */
    char *why;
    int64_t not_before; /* for state scheduled */
} Gate;

static void
gate_clear(Gate *gate)
{
    g_free(gate->why);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Gate, gate_clear)

/* Which reasons end the message, and which only put it off. */
static const char *
state_for(Eligibility reason)
{
    switch (reason) {
    case NOT_SUPPRESSED:
    case NOT_ERASED:
    case NOT_CONSENTED:
    case NOT_ARCHIVED:
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

static void
copy_state(char out[12], const char *state)
{
    g_strlcpy(out, state ? state : "", 12);
}

static bool
read_standing(Store *store, const Claim *claim, Standing *out, GError **error)
{
    g_autoptr(Statement) st = store_prepare(
        store,
        "SELECT c.state, c.is_sequence, e.state, e.control FROM campaign c"
        " LEFT JOIN enrolment e ON e.candidate_id = :candidate"
        "  AND e.campaign = c.campaign AND e.cycle = :cycle"
        " WHERE c.campaign = :campaign",
        error);

    *out = (Standing){.is_sequence = false};
    if (!st)
        return false;
    statement_bind_int(st, ":candidate", claim->candidate);
    statement_bind_int(st, ":cycle", claim->cycle);
    statement_bind_text(st, ":campaign", claim->campaign);
    if (statement_step(st)) {
        copy_state(out->campaign, statement_text(st, 0));
        out->is_sequence = statement_int(st, 1) != 0;
        copy_state(out->enrolment, statement_text(st, 2));
        out->control = statement_int(st, 3) != 0;
    }
    return statement_end(st, error);
}

/* Campaign mail: the enrolment lives, the campaign runs, and the candidate is
 * eligible now. */
static bool
gate_campaign(Store *store, const Work *work, const Claim *claim, int64_t now,
              Gate *gate, GError **error)
{
    Standing at;

    if (!read_standing(store, claim, &at, error))
        return false;
    if (!*at.campaign)
        gate_close(gate, "cancelled", "no such campaign");
    else if (strcmp(at.campaign, "stopped") == 0 ||
             strcmp(at.campaign, "ended") == 0)
        gate_close(gate, "cancelled", "the campaign is over");
    else if (strcmp(at.enrolment, "active") != 0 &&
             strcmp(at.enrolment, "waiting") != 0)
        gate_close(gate, "cancelled", "left the campaign");
    else if (at.control)
        gate_close(gate, "cancelled", "control");
    return gate->state || ask_eligibility(store, work, claim, at.is_sequence,
                                          now, gate, error);
}

/* Service mail: only an address that bounced, whatever else is known about it,
 * or was erased stops it; but whoever was erased may ask to join again. */
static bool
gate_service(Store *store, const Claim *claim, Gate *gate, GError **error)
{
    g_autoptr(Statement) st =
        store_prepare(store,
                      "SELECT 1 FROM suppression WHERE address_hmac = :hmac"
                      " AND scope = 'all'"
                      " AND (undeliverable = 1"
                      "  OR reason = 'bounced' OR (reason = 'erased'"
                      "   AND NOT EXISTS (SELECT 1 FROM request r"
                      "    WHERE r.request_id = :message"
                      "     AND r.kind = 'join' AND r.done_at IS NULL)))",
                      error);

    if (!st)
        return false;
    statement_bind_text(st, ":hmac", claim->rcpt_hmac);
    statement_bind_text(st, ":message", claim->message_id);
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

/* *out_ours: (message, attempt, owner, claimed) held until now, and the row is
 * committing; else nothing has changed. */
static bool
set_committing(Store *store, const Work *work, const Claim *claim,
               const char *sha256, int64_t now, bool *out_ours, GError **error)
{
    const Composer *c = work->composer;
    g_autoptr(Statement) st = store_prepare(
        store,
        "UPDATE message SET state = 'committing', mime_sha256 = :sha256,"
        "  subject_hash = coalesce(:subject, subject_hash),"
        "  link_set = coalesce(:links, link_set),"
        "  own_links = coalesce(:own, own_links), dot_at = :now,"
        "  updated_at = :now"
        " WHERE message_id = :id AND attempt = :n AND +owner = :owner"
        "  AND +state = 'claimed'",
        error);

    if (!st)
        return false;
    statement_bind_text(st, ":sha256", sha256);
    statement_bind_text(st, ":subject", claim->subject_hash);
    statement_bind_text(st, ":links", claim->link_set);
    statement_bind_text(st, ":own", claim->own_links);
    statement_bind_int(st, ":now", now);
    statement_bind_text(st, ":id", claim->message_id);
    statement_bind_int(st, ":n", claim->attempt);
    statement_bind_text(st, ":owner", work->worker_id);
    if (!statement_run(st, error))
        return false;
    *out_ours = store_changes(store) == 1;
    return !*out_ours || !claim->kept ||
           c->keep(c->data, store, claim->kept, error);
}

/* To the state that the gate says. */
static bool
close_row(Store *store, const Work *work, const Claim *claim, const Gate *gate,
          int64_t now, const char **out_state, GError **error)
{
    bool ours;
    bool done = strcmp(gate->state, "scheduled") == 0
                    ? claim_release(store, work, claim, gate->not_before,
                                    gate->why, now, &ours, error)
                    : claim_end(store, work, claim, gate->state, gate->why, now,
                                &ours, error);

    if (done && ours)
        *out_state = gate->state;
    return done;
}

bool
claim_mark(Store *store, const Work *work, const Claim *claim,
           const char *sha256, int64_t now, bool *out_marked,
           const char **out_state, GError **error)
{
    g_auto(Gate) gate = {0};
    bool ours = false;

    g_assert(store_in_transaction(store));
    *out_marked = false;
    *out_state = NULL;
    if (!ask_gate(store, work, claim, now, &gate, error))
        return false;
    if (gate.state)
        return close_row(store, work, claim, &gate, now, out_state, error);
    if (!set_committing(store, work, claim, sha256, now, &ours, error))
        return false;
    *out_marked = ours;
    if (ours)
        *out_state = "committing";
    return true;
}
