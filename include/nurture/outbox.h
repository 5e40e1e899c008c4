/* SPDX-License-Identifier: Apache-2.0 */
/* outbox -- one durable row per mail, for ever: the queue and the ledger.
 *
 *     scheduled --claim--> claimed --mark--> committing --250--> sent
 *        ^  ^                 |                 | | |
 *        |  '--- owner dead --'      4xx        | | '-- 5xx --> bounced
 *        |                      .---------------' |             dead (relay)
 *     deferred <----------------'                 '-- no reply, or owner
 *                                                      dead --> in_doubt
 *     the gate says no: suppressed, cancelled, expired, or back to scheduled
 *
 * The durable mark (claimed -> committing) is committed before the final dot
 * can leave, in the same transaction as the last eligibility gate. From
 * committing only the owner's recorded reply leads on, or the reaper once the
 * owner is provably dead (its worker lock is free): to in_doubt, never to a
 * claimable state. So dots(m) <= 1 + refusals_4xx(m) + resend decisions(m).
 * A dot that was refused or never sent is freely retried. Attempts are fenced:
 * every transition names (message, attempt, owner, state) and must change
 * exactly one row. */
#ifndef NURTURE_OUTBOX_H
#define NURTURE_OUTBOX_H

#include "nurture/store.h"

typedef struct {
    const char *message_id; /* message_id_make() */
    const char *kind;       /* campaign | digest | service | test */
    const char *dedupe_key; /* unique for ever */
    int64_t candidate;      /* 0 but for campaign mail */
    const char *campaign, *step;
    int cycle;
    const char *snapshot;
    const char *segment, *variant, *language, *sender;
    const char *rcpt; /* normalised */
    const char *rcpt_hmac;
    int priority; /* lower leaves first */
    int64_t not_before, not_after;
    const char *body; /* digest, service, test: the whole message in
                         RFC 5322 form; NULL for campaign mail */
} OutboxEntry;

/* Insert as `scheduled` unless its dedupe_key or id is there already, inside
 * the caller's transaction. *out_added says which. */
bool outbox_add(Store *store, const OutboxEntry *entry, int64_t now,
                bool *out_added, GError **error);

/* Cancel what has not been marked: scheduled, deferred (and claimed, which the
 * gate then stops) of a candidate in a campaign (NULL = all), in the caller's
 * transaction. */
bool outbox_cancel(Store *store, int64_t candidate, const char *campaign,
                   const char *reason, int64_t now, GError **error);

/* Evidence that a mail in doubt did leave (a bounce, reply or click names it):
 * in_doubt -> sent or bounced, in the caller's transaction. */
bool outbox_resolve(Store *store, const char *message_id, bool bounced,
                    const char *evidence, int64_t now, GError **error);

/* A human's decision to send again what is in doubt or dead, in the caller's
 * transaction: it may be a second copy. `changed`: also when its text would
 * differ from the copy that may have left. *out_done is false when the message
 * is in no such state. */
bool outbox_resend(Store *store, const char *message_id, bool changed,
                   int64_t now, bool *out_done, GError **error);

typedef struct {
    int64_t scheduled, deferred, claimed, committing, sent, bounced, in_doubt,
        suppressed, expired, cancelled, dead;
} OutboxCounts;
bool outbox_count(Store *store, const char *campaign, OutboxCounts *out,
                  GError **error);

#endif
