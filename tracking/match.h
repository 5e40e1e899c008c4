/* SPDX-License-Identifier: Apache-2.0 */
/* match -- which of our mails a received one answers.
 *
 * A ladder, each rung with its confidence: a token of ours in an address it
 * was sent to (exact), our Message-ID in its references (thread), and last the
 * sender's address, which names the person but no mail (heuristic). */
#ifndef TRACKING_MATCH_H
#define TRACKING_MATCH_H

#include "nurture/inspection.h"
#include "nurture/store.h"
#include "nurture/token.h"

typedef struct {
    char message_id[MESSAGE_ID_TEXT]; /* empty: a person, but no mail */
    int64_t candidate;                /* 0: not known */
    char *campaign, *step, *sender, *rcpt_hmac;
    const char *by;     /* exact | thread | heuristic; NULL = no match */
    bool unsubscribe;   /* it came to the unsubscribe address */
    bool other_address; /* the sender is not who we wrote to */
} Match;

bool match_find(Store *store, const Keys *keys, const Inspection *mail,
                Match *out, GError **error);
void match_clear(Match *match);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Match, match_clear)

#endif
