/* SPDX-License-Identifier: Apache-2.0 */
/* claim -- a row of the outbox in the hands of one worker.
 *
 * All functions run inside the caller's transaction, so that marks, results
 * and the next claim of many connections share one commit. Each names
 * (message, attempt, owner, state): a worker whose row was taken from it in
 * the meantime changes nothing. */
#ifndef MTA_CLAIM_H
#define MTA_CLAIM_H

#include "nurture/delivery.h"
#include "verdict.h"

typedef struct {
    char *message_id, *kind, *campaign, *step, *snapshot, *segment, *variant,
        *language, *sender, *rcpt, *rcpt_hmac;
    char *mime_sha256; /* of the copy that may have left; NULL = none did */
    int64_t candidate; /* 0 = none */
    int cycle, attempt, priority;
    int64_t first_claim_at, not_before, not_after;
    /* set when composed; NULL = not known */
    char *subject_hash, *link_set, *own_links;
    gpointer kept; /* for Composer.keep(); owned by the job */
    GBytes *body;  /* stored bytes; NULL = compose */
} Claim;

/* Who is at work, and whom to tell. Borrowed by every call. */
typedef struct {
    const Workspace *workspace;
    const Composer *composer; /* NULL = nobody to tell */
    const char *worker_id;
    const char *relay; /* "127.0.0.1:2525", for the ledger */
} Work;

void claim_free(Claim *claim);
ClaimedMessage claim_as_message(const Claim *claim); /* borrows */

/* T2: at most `limit` due rows, best first; also limited by sending.rate.
 * Returns an array of Claim; NULL with `error`. */
GPtrArray *claim_take(Store *store, const Work *work, int64_t now, int limit,
                      GError **error);

/* T3: the last gate and the mark in one. *out_marked: the dot may leave.
 * Otherwise the row has its new state (or is not ours any more) and
 * *out_state says which, a literal; NULL = not ours. */
bool claim_mark(Store *store, const Work *work, const Claim *claim,
                const char *sha256, int64_t now, bool *out_marked,
                const char **out_state, GError **error);

/* T4: what the transaction came to. `bytes` is what was sent, kept when it may
 * have to be sent again. *out_state: the row's new state, a literal; NULL =
 * the row is not ours any more, nothing was changed. */
bool claim_settle(Store *store, const Work *work, const Claim *claim,
                  const Verdict *verdict, GBytes *bytes, int64_t now,
                  const char **out_state, GError **error);

/* Before any mark: back to scheduled at `not_before` (0 = as it was).
 * *out_ours, if not NULL: it was ours; else nothing has changed. */
bool claim_release(Store *store, const Work *work, const Claim *claim,
                   int64_t not_before, const char *why, int64_t now,
                   bool *out_ours, GError **error);
/* Before any mark: to a state that ends it: cancelled, dead, expired ..., or
 * back to in_doubt. *out_ours as in claim_release(). */
bool claim_end(Store *store, const Work *work, const Claim *claim,
               const char *state, const char *why, int64_t now, bool *out_ours,
               GError **error);

/* How an attempt ended, for the ledger; `code` 0 and NULL texts are unknown.
 * Acceptance needs no entry: the message's own row tells its newest attempt. */
typedef struct {
    const char *message_id;
    int attempt;
    const char *worker_id, *outcome;
    int code;
    const char *enhanced, *reply;
} AttemptEnd;

bool attempt_end(Store *store, const AttemptEnd *end, int64_t now,
                 GError **error);

/* Bytes kept for a resend: gone with the state that ends the message. */
bool message_forget_bytes(Store *store, const char *message_id, GError **error);

/* When the `n`-th (from 0) delay of a message ends: 5, 15, 30, 60, 120, 240
 * minutes, then 4 hours, each 20 % more or less, the same for the same id. */
int64_t retry_at(const char *message_id, int n, int64_t now);
/* No retry later than this after the first claim. */
#define RETRY_FOR_MS (48 * 60 * 60 * INT64_C(1000))

/* committing -> in_doubt, and on to scheduled where the policy is to resend.
 * `cause` is crash or noreply. *out_state as in claim_settle(). */
bool claim_doubt(Store *store, const Work *work, const char *message_id,
                 int attempt, const char *owner, const char *cause, int64_t now,
                 const char **out_state, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Claim, claim_free)

#endif
