/* SPDX-License-Identifier: Apache-2.0 */
/* claim.c - taking due rows (T2), and giving them back before any mark */
#include "claim.h"

#include "pace.h"

#include <string.h>

#define LOOKS_MAX 20 /* at the queue, for one claim */

/* For both ways to claim. */
#define IS_DUE                                                                 \
    " m.state IN ('scheduled', 'deferred') AND m.not_before <= :now"           \
    " AND (m.kind <> 'campaign' OR EXISTS (SELECT 1 FROM campaign c"           \
    "  WHERE c.campaign = m.campaign AND c.state <> 'paused'))"                \
    " AND NOT EXISTS (SELECT 1 FROM domain_pause p"                            \
    "  WHERE p.domain = m.rcpt_domain AND p.until_at > :now)"
#define RETURNING                                                              \
    " RETURNING message_id, kind, campaign, step, snapshot, segment,"          \
    "  variant, language, sender, rcpt, rcpt_hmac, mime_sha256,"               \
    "  candidate_id, cycle, attempt, priority, first_claim_at,"                \
    "  not_before, not_after"

void
claim_free(Claim *claim)
{
    if (!claim)
        return;
    g_free(claim->message_id);
    g_free(claim->kind);
    g_free(claim->campaign);
    g_free(claim->step);
    g_free(claim->snapshot);
    g_free(claim->segment);
    g_free(claim->variant);
    g_free(claim->language);
    g_free(claim->sender);
    g_free(claim->rcpt);
    g_free(claim->rcpt_hmac);
    g_free(claim->mime_sha256);
    g_free(claim->subject_hash);
    g_free(claim->link_set);
    g_free(claim->own_links);
    g_clear_pointer(&claim->body, g_bytes_unref);
    g_free(claim);
}

ClaimedMessage
claim_as_message(const Claim *claim)
{
    return (ClaimedMessage){
        .message_id = claim->message_id,
        .kind = claim->kind,
        .candidate = claim->candidate,
        .campaign = claim->campaign,
        .step = claim->step,
        .snapshot = claim->snapshot,
        .segment = claim->segment,
        .variant = claim->variant,
        .language = claim->language,
        .sender = claim->sender,
        .cycle = claim->cycle,
        .attempt = claim->attempt,
        .rcpt = claim->rcpt,
        .first_claim_at = claim->first_claim_at,
    };
}

static Claim *
claim_from_row(Statement *st)
{
    Claim *claim = g_new0(Claim, 1);
    char **const texts[] = {
        &claim->message_id, &claim->kind,      &claim->campaign,
        &claim->step,       &claim->snapshot,  &claim->segment,
        &claim->variant,    &claim->language,  &claim->sender,
        &claim->rcpt,       &claim->rcpt_hmac, &claim->mime_sha256,
    };

    for (int i = 0; i < (int)G_N_ELEMENTS(texts); i++)
        *texts[i] = g_strdup(statement_text(st, i));
    claim->candidate = statement_int(st, 12);
    claim->cycle = (int)statement_int(st, 13);
    claim->attempt = (int)statement_int(st, 14);
    claim->priority = (int)statement_int(st, 15);
    claim->first_claim_at = statement_int(st, 16);
    claim->not_before = statement_int(st, 17);
    claim->not_after = statement_int(st, 18);
    return claim;
}

static GPtrArray *
update_rows(Store *store, const Work *work, int64_t now, int limit,
            GError **error)
{
    g_autoptr(GPtrArray) claims =
        g_ptr_array_new_with_free_func((GDestroyNotify)claim_free);
    g_autoptr(Statement) st = store_prepare(
        store,
        "UPDATE message SET state = 'claimed', owner = :owner,"
        "  attempt = attempt + 1, updated_at = :now,"
        "  claimed_at = :now, dot_at = NULL, relay = :relay,"
        "  first_claim_at = coalesce(first_claim_at, :now)"
        " WHERE rowid IN (SELECT m.rowid FROM message m"
        "   WHERE" IS_DUE "   ORDER BY m.priority, m.not_before LIMIT :limit)"
        "  AND state IN ('scheduled', 'deferred')" RETURNING,
        error);

    if (!st)
        return NULL;
    statement_bind_text(st, ":owner", work->worker_id);
    statement_bind_text(st, ":relay", work->relay);
    statement_bind_int(st, ":now", now);
    statement_bind_int(st, ":limit", limit);
    while (statement_step(st))
        g_ptr_array_add(claims, claim_from_row(st));
    if (!statement_end(st, error))
        return NULL;
    return g_steal_pointer(&claims);
}

/* Only mail that was made elsewhere, or tried before, has stored bytes. */
static bool
load_body(Store *store, Claim *claim, GError **error)
{
    g_autoptr(Statement) st = store_prepare(
        store, "SELECT bytes FROM message_body WHERE message_id = :id", error);

    if (!st)
        return false;
    if (claim->attempt == 1 && strcmp(claim->kind, "campaign") == 0)
        return true;
    statement_bind_text(st, ":id", claim->message_id);
    if (statement_step(st))
        claim->body = statement_blob(st, 0);
    return statement_end(st, error);
}

/* RETURNING promises no order. */
static int
compare_claims(gconstpointer a, gconstpointer b)
{
    const Claim *x = *(const Claim *const *)a, *y = *(const Claim *const *)b;

    if (x->priority != y->priority)
        return x->priority < y->priority ? -1 : 1;
    if (x->not_before != y->not_before)
        return x->not_before < y->not_before ? -1 : 1;
    if (x->candidate != y->candidate) /* whose rows lie side by side */
        return x->candidate < y->candidate ? -1 : 1;
    return strcmp(x->message_id, y->message_id);
}

/* One row that the pace lets through. */
static bool
update_row(Store *store, const Work *work, const char *message_id, int64_t now,
           GPtrArray *claims, GError **error)
{
    g_autoptr(Statement) st =
        store_prepare(store,
                      "UPDATE message SET state = 'claimed', owner = :owner,"
                      "  attempt = attempt + 1, updated_at = :now,"
                      "  claimed_at = :now, dot_at = NULL, relay = :relay,"
                      "  first_claim_at = coalesce(first_claim_at, :now)"
                      " WHERE message_id = :id"
                      "  AND state IN ('scheduled', 'deferred')" RETURNING,
                      error);

    if (!st)
        return false;
    statement_bind_text(st, ":owner", work->worker_id);
    statement_bind_text(st, ":relay", work->relay);
    statement_bind_int(st, ":now", now);
    statement_bind_text(st, ":id", message_id);
    while (statement_step(st))
        g_ptr_array_add(claims, claim_from_row(st));
    return statement_end(st, error);
}

/* Ids of the next rows that their buckets let through. *out_more: there were
 * as many as asked for, and some of them had to stay. */
static GPtrArray *
choose_rows(Store *store, Pace *pace, int64_t now, int limit, bool *out_more,
            GError **error)
{
    g_autoptr(GPtrArray) ids = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(Statement) st = store_prepare(
        store,
        "SELECT m.message_id, m.kind = 'campaign', m.campaign,"
        "  coalesce(m.provider, m.rcpt_domain) AS provider, m.sender"
        " FROM message m WHERE" IS_DUE
        "  AND NOT EXISTS (SELECT 1 FROM brake b WHERE b.closed_until > :now"
        "   AND b.name IN ('campaign:' || m.campaign, 'sender:' || m.sender,"
        "    'provider:' || coalesce(m.provider, m.rcpt_domain),"
        "    CASE m.kind WHEN 'campaign' THEN 'warmup' END))"
        " ORDER BY m.priority, m.not_before LIMIT :limit",
        error);
    int seen = 0;

    if (!st)
        return NULL;
    statement_bind_int(st, ":now", now);
    statement_bind_int(st, ":limit", limit);
    for (; statement_step(st); seen++) {
        const PaceRow row = {statement_int(st, 1) != 0, statement_text(st, 2),
                             statement_text(st, 3), statement_text(st, 4)};
        if (pace_take(pace, &row))
            g_ptr_array_add(ids, g_strdup(statement_text(st, 0)));
    }
    *out_more = seen == limit && ids->len < (guint)seen;
    return statement_end(st, error) ? g_steal_pointer(&ids) : NULL;
}

/* Where there are more limits than the one on everything. Each look passes
 * over what an earlier one found empty. */
static GPtrArray *
update_chosen(Store *store, const Work *work, Pace *pace, int64_t now,
              int limit, GError **error)
{
    g_autoptr(GPtrArray) claims =
        g_ptr_array_new_with_free_func((GDestroyNotify)claim_free);
    bool more = true;

    for (int look = 0; more && look < LOOKS_MAX && (int)claims->len < limit;
         look++) {
        g_autoptr(GPtrArray) ids = choose_rows(
            store, pace, now, limit - (int)claims->len, &more, error);
        if (!ids || !pace_save(pace, error))
            return NULL;
        for (guint i = 0; i < ids->len; i++)
            if (!update_row(store, work, ids->pdata[i], now, claims, error))
                return NULL;
    }
    return g_steal_pointer(&claims);
}

GPtrArray *
claim_take(Store *store, const Work *work, int64_t now, int limit,
           GError **error)
{
    /* Before the rows: a claim starts the time of a message's retries. */
    g_autoptr(Pace) pace = pace_open(store, work->workspace, now, error);
    g_autoptr(GPtrArray) claims = NULL;

    if (!pace)
        return NULL;
    limit = pace_most(pace, limit);
    claims = pace_is_plain(pace)
                 ? update_rows(store, work, now, limit, error)
                 : update_chosen(store, work, pace, now, limit, error);
    if (!claims || claims->len == 0)
        return g_steal_pointer(&claims);
    g_ptr_array_sort(claims, compare_claims);
    for (guint i = 0; i < claims->len; i++)
        if (!load_body(store, claims->pdata[i], error))
            return NULL;
    if (pace_is_plain(pace))
        pace_took(pace, (int)claims->len);
    return pace_save(pace, error) ? g_steal_pointer(&claims) : NULL;
}

/* A row of an older version may be there already, without an end. */
bool
attempt_end(Store *store, const AttemptEnd *end, int64_t now, GError **error)
{
    g_autoptr(Statement) st = store_prepare(
        store,
        "INSERT INTO attempt_past (message_id, n, worker_id, claimed_at,"
        "  dot_at, ended_at, outcome, code, enhanced, reply, relay)"
        " SELECT message_id, attempt, :worker,"
        "  coalesce(claimed_at, first_claim_at, created_at), dot_at, :now,"
        "  :outcome, :code, :enhanced, :reply, relay FROM message"
        " WHERE message_id = :id AND attempt = :n"
        " ON CONFLICT (message_id, n) DO UPDATE SET"
        "  ended_at = excluded.ended_at, outcome = excluded.outcome,"
        "  code = excluded.code, enhanced = excluded.enhanced,"
        "  reply = excluded.reply",
        error);

    if (!st)
        return false;
    statement_bind_text(st, ":id", end->message_id);
    statement_bind_int(st, ":n", end->attempt);
    statement_bind_text(st, ":worker", end->worker_id);
    statement_bind_text(st, ":outcome", end->outcome);
    if (end->code)
        statement_bind_int(st, ":code", end->code);
    statement_bind_text(st, ":enhanced", end->enhanced);
    statement_bind_text(st, ":reply", end->reply);
    statement_bind_int(st, ":now", now);
    return statement_run(st, error);
}

static bool
end_attempt(Store *store, const Work *work, const Claim *claim,
            const char *outcome, const char *why, int64_t now, GError **error)
{
    return attempt_end(store,
                       &(AttemptEnd){.message_id = claim->message_id,
                                     .attempt = claim->attempt,
                                     .worker_id = work->worker_id,
                                     .outcome = outcome,
                                     .reply = why},
                       now, error);
}

/* claimed -> `state`, with its tokens given back: nothing has left. Not even
 * the time of its retries has begun, unless a copy may have left before.
 * *out_changed says whether the row was still ours. */
static bool
leave_claimed(Store *store, const Work *work, const Claim *claim,
              const char *state, int64_t not_before, const char *why,
              int64_t now, bool *out_changed, GError **error)
{
    g_autoptr(Statement) st = store_prepare(
        store,
        "UPDATE message SET state = :state, owner = NULL,"
        "  not_before = CASE WHEN :not_before > 0 THEN :not_before"
        "   ELSE not_before END,"
        "  first_claim_at = CASE WHEN :state = 'scheduled'"
        "   AND mime_sha256 IS NULL THEN NULL ELSE first_claim_at END,"
        "  last_text = :why, updated_at = :now"
        " WHERE message_id = :id AND attempt = :n AND owner = :owner"
        "  AND state = 'claimed'",
        error);

    if (!st)
        return false;
    statement_bind_text(st, ":state", state);
    statement_bind_int(st, ":not_before", not_before);
    statement_bind_text(st, ":why", why);
    statement_bind_int(st, ":now", now);
    statement_bind_text(st, ":id", claim->message_id);
    statement_bind_int(st, ":n", claim->attempt);
    statement_bind_text(st, ":owner", work->worker_id);
    if (!statement_run(st, error))
        return false;
    *out_changed = store_changes(store) == 1;
    return !*out_changed ||
           pace_give_back(store, claim->campaign, claim->sender, error);
}

bool
claim_release(Store *store, const Work *work, const Claim *claim,
              int64_t not_before, const char *why, int64_t now, bool *out_ours,
              GError **error)
{
    bool ours;

    g_assert(store_in_transaction(store));
    if (!leave_claimed(store, work, claim, "scheduled", not_before, why, now,
                       &ours, error))
        return false;
    if (out_ours)
        *out_ours = ours;
    return !ours ||
           end_attempt(store, work, claim, "released", why, now, error);
}

bool
message_forget_bytes(Store *store, const char *message_id, GError **error)
{
    g_autoptr(Statement) st = store_prepare(
        store, "DELETE FROM message_body WHERE message_id = :id", error);

    if (!st)
        return false;
    statement_bind_text(st, ":id", message_id);
    return statement_run(st, error);
}

bool
claim_end(Store *store, const Work *work, const Claim *claim, const char *state,
          const char *why, int64_t now, bool *out_ours, GError **error)
{
    const Composer *c = work->composer;
    bool ours;

    g_assert(store_in_transaction(store));
    if (!leave_claimed(store, work, claim, state, 0, why, now, &ours, error))
        return false;
    if (out_ours)
        *out_ours = ours;
    if (!ours)
        return true;
    if (!end_attempt(store, work, claim, state, why, now, error) ||
        (claim->body && !message_forget_bytes(store, claim->message_id, error)))
        return false;
    return !c || !c->settled ||
           c->settled(c->data, store, claim->message_id, state, now, error);
}
