/* SPDX-License-Identifier: Apache-2.0 */
/* settle.c - recording what a transaction came to (T4), and doubt (T5) */
#include "brake.h"
#include "claim.h"
#include "relay-id.h"

#include "nurture/clock.h"
#include "nurture/event.h"
#include "nurture/suppression.h"

#include <string.h>

#define REPLY_MAX 400

/* A server's words for the ledger: one line of clean text, at most REPLY_MAX
 * octets. Servers quote the address; the ledger may, the log may not. */
static char *
clean_reply(const SmtpReply *reply)
{
    GString *out = g_string_new(NULL);
    g_autofree char *valid =
        reply->text ? g_utf8_make_valid(reply->text, -1) : NULL;

    for (const char *p = valid; p && *p; p = g_utf8_next_char(p)) {
        gunichar c = g_utf8_get_char(p);
        if (out->len + 4 > REPLY_MAX)
            break;
        g_string_append_unichar(out, g_unichar_iscntrl(c) ? ' ' : c);
    }
    g_strstrip(out->str);
    return g_string_free(out, FALSE);
}

/* How often it was put off, as the ledger knows. */
static bool
count_deferrals(Store *store, const char *message_id, int *out, GError **error)
{
    g_autoptr(Statement) st =
        store_prepare(store,
                      "SELECT count(*) FROM attempt_past WHERE message_id = :id"
                      " AND outcome IN ('deferred', 'in_doubt')",
                      error);

    if (!st)
        return false;
    statement_bind_text(st, ":id", message_id);
    *out = statement_step(st) ? (int)statement_int(st, 0) : 0;
    return statement_end(st, error);
}

static bool
keep_bytes(Store *store, const char *message_id, GBytes *bytes, GError **error)
{
    g_autoptr(Statement) st = store_prepare(
        store,
        "INSERT INTO message_body (message_id, bytes) VALUES (:id, :bytes)"
        " ON CONFLICT (message_id) DO UPDATE SET bytes = excluded.bytes",
        error);
    gsize n;
    const void *p = g_bytes_get_data(bytes, &n);

    if (!st)
        return false;
    statement_bind_text(st, ":id", message_id);
    statement_bind_blob(st, ":bytes", p, n);
    return statement_run(st, error);
}

static bool
end_attempt(Store *store, const Work *work, const Claim *claim,
            const Verdict *verdict, const char *outcome, int64_t now,
            GError **error)
{
    char enhanced[16];
    g_autofree char *text = clean_reply(&verdict->reply);

    return attempt_end(
        store,
        &(AttemptEnd){.message_id = claim->message_id,
                      .attempt = claim->attempt,
                      .worker_id = work->worker_id,
                      .outcome = outcome,
                      .code = verdict->reply.code,
                      .enhanced = reply_enhanced(&verdict->reply, enhanced),
                      .reply = text},
        now, error);
}

/* The row's part of T4. From claimed a refusal before the dot leads on, from
 * committing everything; sent needs the mark. */
static bool
update_row(Store *store, const Work *work, const Claim *claim,
           const Verdict *verdict, const char *state, int64_t not_before,
           int64_t now, bool *out_changed, GError **error)
{
    char enhanced[16];
    g_autofree char *text = clean_reply(&verdict->reply);
    g_autoptr(Statement) st = store_prepare(
        store,
        "UPDATE message SET"
        "  refusals = refusals + (state = 'committing' AND :deferred),"
        "  state = :state, owner = NULL, doubt_cause = NULL,"
        "  not_before = CASE WHEN :not_before > 0 THEN :not_before"
        "   ELSE not_before END,"
        "  sent_at = CASE WHEN :state = 'sent' THEN :now ELSE sent_at END,"
        "  last_code = :code, last_enhanced = :enhanced, last_text = :text,"
        "  updated_at = :now"
        " WHERE message_id = :id AND attempt = :n AND owner = :owner"
        "  AND (state = 'committing'"
        "   OR (state = 'claimed' AND :state <> 'sent'))",
        error);

    if (!st)
        return false;
    statement_bind_int(st, ":deferred", verdict->kind == VERDICT_DEFERRED);
    statement_bind_text(st, ":state", state);
    statement_bind_int(st, ":not_before", not_before);
    if (verdict->reply.code)
        statement_bind_int(st, ":code", verdict->reply.code);
    statement_bind_text(st, ":enhanced",
                        reply_enhanced(&verdict->reply, enhanced));
    statement_bind_text(st, ":text", text);
    statement_bind_int(st, ":now", now);
    statement_bind_text(st, ":id", claim->message_id);
    statement_bind_int(st, ":n", claim->attempt);
    statement_bind_text(st, ":owner", work->worker_id);
    if (!statement_run(st, error))
        return false;
    *out_changed = store_changes(store) == 1;
    return true;
}

/* An address that is wrong for good gets no further mail from anybody. */
static bool
suppress(Store *store, const Claim *claim, const Verdict *verdict, int64_t now,
         GError **error)
{
    g_autofree char *evidence = g_strdup_printf("%d", verdict->reply.code);

    return suppression_add(store, claim->rcpt_hmac, "bounced",
                           claim->message_id, evidence, now, NULL, error);
}

/* A message is sent once: its state sees to that, no key is needed. */
static bool
record_event(Store *store, const Work *work, const Claim *claim,
             const char *kind, int64_t now, GError **error)
{
    bool sent = strcmp(kind, "sent") == 0;
    g_autofree char *key =
        sent ? NULL : g_strdup_printf("%s:%s", kind, claim->message_id);
    Event event = {
        .candidate = claim->candidate,
        .kind = kind,
        .message_id = claim->message_id,
        .campaign = claim->campaign,
        .step = claim->step,
        .at = now,
        .dedupe_key = key,
    };

    if (claim->candidate == 0)
        return true;
    return event_record(store, work->workspace, &event, NULL, error);
}

static bool
tell(Store *store, const Work *work, const char *message_id, const char *state,
     int64_t now, GError **error)
{
    const Composer *c = work->composer;

    return !c || !c->settled ||
           c->settled(c->data, store, message_id, state, now, error);
}

/* The row changed to a state that ends it: its consequences. */
static bool
finish(Store *store, const Work *work, const Claim *claim,
       const Verdict *verdict, const char *state, int64_t now, GError **error)
{
    if (claim->body && !message_forget_bytes(store, claim->message_id, error))
        return false;
    if (strcmp(state, "sent") == 0 &&
        !relay_id_keep(store, claim->message_id, verdict->reply.text, error))
        return false;
    if (strcmp(state, "sent") == 0 || strcmp(state, "bounced") == 0)
        if (!record_event(store, work, claim, state, now, error))
            return false;
    if (verdict->is_hard && !suppress(store, claim, verdict, now, error))
        return false;
    return tell(store, work, claim->message_id, state, now, error);
}

/* A server that asks for less is heard, for all that it runs. */
static bool
slow_down(Store *store, const Claim *claim, const Verdict *verdict, int64_t now,
          GError **error)
{
    g_autofree char *text = NULL;
    g_autofree char *provider = NULL;
    g_autoptr(Statement) st = NULL;

    if (!brake_is_signal(verdict))
        return true;
    st = store_prepare(store,
                       "SELECT coalesce(provider, rcpt_domain) FROM message"
                       " WHERE message_id = :id",
                       error);
    if (!st)
        return false;
    statement_bind_text(st, ":id", claim->message_id);
    if (statement_step(st))
        provider = g_strdup(statement_text(st, 0));
    if (!statement_end(st, error))
        return false;
    text = clean_reply(&verdict->reply);
    return !provider || brake_provider(store, provider, text, now, error);
}

/* 4xx: later, with the same bytes; expired when later is too late. */
static bool
settle_deferred(Store *store, const Work *work, const Claim *claim,
                const Verdict *verdict, GBytes *bytes, int64_t now,
                const char **out_state, GError **error)
{
    int deferrals;
    int64_t next;
    bool changed;

    if (!count_deferrals(store, claim->message_id, &deferrals, error))
        return false;
    next = retry_at(claim->message_id, deferrals, now);
    *out_state =
        next < MIN(claim->not_after, claim->first_claim_at + RETRY_FOR_MS)
            ? "deferred"
            : "expired";
    if (!update_row(store, work, claim, verdict, *out_state, next, now,
                    &changed, error))
        return false;
    if (!changed) {
        *out_state = NULL;
        return true;
    }
    if (!end_attempt(store, work, claim, verdict, "deferred", now, error) ||
        !slow_down(store, claim, verdict, now, error))
        return false;
    if (strcmp(*out_state, "expired") == 0)
        return finish(store, work, claim, verdict, *out_state, now, error);
    return !bytes || keep_bytes(store, claim->message_id, bytes, error);
}

static bool
settle_doubt(Store *store, const Work *work, const Claim *claim, GBytes *bytes,
             int64_t now, const char **out_state, GError **error)
{
    if (!claim_doubt(store, work, claim->message_id, claim->attempt,
                     work->worker_id, "noreply", now, out_state, error))
        return false;
    return !*out_state || !bytes ||
           keep_bytes(store, claim->message_id, bytes, error);
}

static bool
settle_final(Store *store, const Work *work, const Claim *claim,
             const Verdict *verdict, const char *state, int64_t now,
             const char **out_state, GError **error)
{
    bool changed;

    if (!update_row(store, work, claim, verdict, state, 0, now, &changed,
                    error))
        return false;
    if (!changed)
        return true;
    *out_state = state;
    if (strcmp(state, "sent") != 0 &&
        !end_attempt(store, work, claim, verdict, state, now, error))
        return false;
    return finish(store, work, claim, verdict, state, now, error);
}

/* A window marks before it says MAIL. Where that is refused on the relay's
 * account nothing has left, whatever the mark says: it waits again, at once if
 * only the session had its fill. */
static bool
settle_again(Store *store, const Work *work, const Claim *claim,
             const Verdict *verdict, GBytes *bytes, int64_t now, GError **error)
{
    bool later = verdict->kind == VERDICT_RETRY && verdict->reply.code;
    bool changed;

    if (!claim_release(store, work, claim, 0, "no answer", now, NULL, error) ||
        !update_row(store, work, claim, verdict, "scheduled",
                    later ? retry_at(claim->message_id, 0, now) : 0, now,
                    &changed, error))
        return false;
    if (!changed) /* it was claimed only, or is not ours any more */
        return true;
    return end_attempt(store, work, claim, verdict, "released", now, error) &&
           (!bytes || keep_bytes(store, claim->message_id, bytes, error));
}

bool
claim_settle(Store *store, const Work *work, const Claim *claim,
             const Verdict *verdict, GBytes *bytes, int64_t now,
             const char **out_state, GError **error)
{
    g_assert(store_in_transaction(store));
    *out_state = NULL;
    switch (verdict->kind) {
    case VERDICT_SENT:
        return settle_final(store, work, claim, verdict, "sent", now, out_state,
                            error);
    case VERDICT_BOUNCED:
        return settle_final(store, work, claim, verdict, "bounced", now,
                            out_state, error);
    case VERDICT_DEAD:
        return settle_final(store, work, claim, verdict, "dead", now, out_state,
                            error);
    case VERDICT_DEFERRED:
        return settle_deferred(store, work, claim, verdict, bytes, now,
                               out_state, error);
    case VERDICT_IN_DOUBT:
        return settle_doubt(store, work, claim, bytes, now, out_state, error);
    case VERDICT_RETRY:
    case VERDICT_RELAY:
        *out_state = "scheduled";
        return settle_again(store, work, claim, verdict, bytes, now, error);
    }
    return false;
}

/* service and test mail is sent again, campaign mail as its campaign says. */
static bool
may_resend(Store *store, const char *message_id, bool *out, int64_t *out_until,
           GError **error)
{
    g_autoptr(Statement) st = store_prepare(
        store,
        "SELECT m.kind IN ('service', 'test')"
        "  OR coalesce(c.on_doubt = 'resend', 0),"
        " m.not_after, coalesce(m.first_claim_at, m.created_at)"
        " FROM message m LEFT JOIN campaign c ON c.campaign = m.campaign"
        " WHERE m.message_id = :id",
        error);

    if (!st)
        return false;
    statement_bind_text(st, ":id", message_id);
    *out = false;
    if (statement_step(st)) {
        *out = statement_int(st, 0);
        *out_until =
            MIN(statement_int(st, 1), statement_int(st, 2) + RETRY_FOR_MS);
    }
    return statement_end(st, error);
}

static bool
schedule_resend(Store *store, const char *message_id, int64_t at, int64_t now,
                GError **error)
{
    g_autoptr(Statement) st = store_prepare(
        store,
        "UPDATE message SET state = 'scheduled', resends = resends + 1,"
        "  not_before = :at, updated_at = :now"
        " WHERE message_id = :id AND state = 'in_doubt'",
        error);

    if (!st)
        return false;
    statement_bind_int(st, ":at", at);
    statement_bind_int(st, ":now", now);
    statement_bind_text(st, ":id", message_id);
    return statement_run(st, error);
}

static bool
row_to_doubt(Store *store, const char *message_id, int attempt,
             const char *owner, const char *cause, int64_t now,
             bool *out_changed, GError **error)
{
    g_autoptr(Statement) st = store_prepare(
        store,
        "UPDATE message SET state = 'in_doubt', owner = NULL,"
        "  doubt_cause = :cause, updated_at = :now"
        " WHERE message_id = :id AND attempt = :n AND owner = :owner"
        "  AND state = 'committing'",
        error);

    if (!st)
        return false;
    statement_bind_text(st, ":cause", cause);
    statement_bind_int(st, ":now", now);
    statement_bind_text(st, ":id", message_id);
    statement_bind_int(st, ":n", attempt);
    statement_bind_text(st, ":owner", owner);
    if (!statement_run(st, error))
        return false;
    *out_changed = store_changes(store) == 1;
    return true;
}

bool
claim_doubt(Store *store, const Work *work, const char *message_id, int attempt,
            const char *owner, const char *cause, int64_t now,
            const char **out_state, GError **error)
{
    bool changed, resend;
    int64_t next, until = 0;
    int deferrals;

    *out_state = NULL;
    if (!row_to_doubt(store, message_id, attempt, owner, cause, now, &changed,
                      error))
        return false;
    if (!changed)
        return true;
    *out_state = "in_doubt";
    if (!attempt_end(store,
                     &(AttemptEnd){.message_id = message_id,
                                   .attempt = attempt,
                                   .worker_id = owner,
                                   .outcome = "in_doubt",
                                   .reply = cause},
                     now, error) ||
        !count_deferrals(store, message_id, &deferrals, error) ||
        !may_resend(store, message_id, &resend, &until, error))
        return false;
    next = retry_at(message_id, deferrals - 1, now);
    if (!resend || next >= until)
        return tell(store, work, message_id, "in_doubt", now, error);
    *out_state = "scheduled";
    return schedule_resend(store, message_id, next, now, error);
}
