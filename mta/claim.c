/* SPDX-License-Identifier: Apache-2.0 */
/* claim.c - taking due rows (T2), and giving them back before any mark */
#include "claim.h"

#include <string.h>

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

/* The bucket that sending.rate fills; a full one holds what one period
 * allows. */
typedef struct {
    int64_t tokens, at;
} Bucket;

static int64_t
token_ms(const Rate *rate)
{
    return MAX(1, rate->per_ms / MAX(1, rate->count));
}

/* What is in it now. */
static bool
bucket_load(Store *store, const Rate *rate, int64_t now, Bucket *out,
            GError **error)
{
    g_autoptr(Statement) st = store_prepare(
        store, "SELECT tokens, at FROM bucket WHERE bucket_key = 'sending'",
        error);

    if (!st)
        return false;
    *out = (Bucket){rate->count, now};
    if (statement_step(st)) {
        int64_t at = statement_int(st, 1);
        int64_t fresh = MAX(0, now - at) / token_ms(rate);
        out->tokens = MIN(rate->count, statement_int(st, 0) + fresh);
        if (out->tokens < rate->count)
            out->at = at + fresh * token_ms(rate);
    }
    return statement_end(st, error);
}

static bool
bucket_save(Store *store, const Rate *rate, const Bucket *bucket,
            GError **error)
{
    g_autoptr(Statement) st = store_prepare(
        store,
        "INSERT INTO bucket (bucket_key, tokens, cap, per_ms, at)"
        " VALUES ('sending', :tokens, :cap, :per, :at)"
        " ON CONFLICT (bucket_key) DO UPDATE SET tokens = excluded.tokens,"
        "  cap = excluded.cap, per_ms = excluded.per_ms, at = excluded.at",
        error);

    if (!st)
        return false;
    statement_bind_int(st, ":tokens", bucket->tokens);
    statement_bind_int(st, ":cap", rate->count);
    statement_bind_int(st, ":per", token_ms(rate));
    statement_bind_int(st, ":at", bucket->at);
    return statement_run(st, error);
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
        " WHERE message_id IN (SELECT m.message_id FROM message m"
        "   WHERE m.state IN ('scheduled', 'deferred')"
        "    AND m.not_before <= :now"
        "    AND (m.kind <> 'campaign' OR EXISTS (SELECT 1 FROM campaign c"
        "      WHERE c.campaign = m.campaign AND c.state <> 'paused'))"
        "    AND NOT EXISTS (SELECT 1 FROM domain_pause p"
        "      WHERE p.domain = m.rcpt_domain AND p.until_at > :now)"
        "   ORDER BY m.priority, m.not_before LIMIT :limit)"
        "  AND state IN ('scheduled', 'deferred')"
        " RETURNING message_id, kind, campaign, step, snapshot, segment,"
        "  variant, language, sender, rcpt, rcpt_hmac, mime_sha256,"
        "  candidate_id, cycle, attempt, priority, first_claim_at,"
        "  not_before, not_after",
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

GPtrArray *
claim_take(Store *store, const Work *work, int64_t now, int limit,
           GError **error)
{
    const Rate *rate = &work->workspace->sending.rate;
    g_autoptr(GPtrArray) claims = NULL;
    Bucket bucket = {limit, now};

    g_assert(store_in_transaction(store));
    /* Before the rows: a claim starts the time of a message's retries. */
    if (rate->count > 0 && !bucket_load(store, rate, now, &bucket, error))
        return NULL;
    claims =
        update_rows(store, work, now, (int)MIN(limit, bucket.tokens), error);
    if (!claims || claims->len == 0)
        return g_steal_pointer(&claims);
    g_ptr_array_sort(claims, compare_claims);
    for (guint i = 0; i < claims->len; i++)
        if (!load_body(store, claims->pdata[i], error))
            return NULL;
    bucket.tokens -= claims->len;
    if (rate->count > 0 && !bucket_save(store, rate, &bucket, error))
        return NULL;
    return g_steal_pointer(&claims);
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

/* claimed -> `state`; *out_changed says whether the row was still ours. */
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
    return true;
}

bool
claim_release(Store *store, const Work *work, const Claim *claim,
              int64_t not_before, const char *why, int64_t now, GError **error)
{
    bool changed;

    g_assert(store_in_transaction(store));
    if (!leave_claimed(store, work, claim, "scheduled", not_before, why, now,
                       &changed, error))
        return false;
    return !changed ||
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
          const char *why, int64_t now, GError **error)
{
    const Composer *c = work->composer;
    bool changed;

    g_assert(store_in_transaction(store));
    if (!leave_claimed(store, work, claim, state, 0, why, now, &changed, error))
        return false;
    if (!changed)
        return true;
    if (!end_attempt(store, work, claim, state, why, now, error) ||
        (claim->body && !message_forget_bytes(store, claim->message_id, error)))
        return false;
    return !c || !c->settled ||
           c->settled(c->data, store, claim->message_id, state, now, error);
}
