/* SPDX-License-Identifier: Apache-2.0 */
/* match -- which of our mails a received one answers.
 *
 * A ladder, each rung with its confidence:
 *
 *     exact      1.0   a token of ours in an address it was sent to
 *     thread     0.95  our Message-ID, or the relay's name for it, in its
 *                      references
 *     quoted     0.9   a signed link of ours in what it quotes
 *     heuristic  0.6   a known address, and the subject of exactly one mail
 *                      that went there in the last 60 days
 *     person     0.4   a known address, no mail
 *
 * The upper three are proofs that our mail was seen: they cannot be guessed.
 * A subject alone matches nothing. */
#ifndef TRACKING_MATCH_H
#define TRACKING_MATCH_H

#include "nurture/inspection.h"
#include "nurture/store.h"
#include "nurture/token.h"

typedef struct {
    char message_id[MESSAGE_ID_TEXT]; /* empty: a person, but no mail */
    int64_t candidate;                /* 0: not known */
    char *campaign, *step, *sender, *rcpt, *rcpt_hmac, *rcpt_domain;
    const char *by;     /* the rung; NULL = no match */
    double confidence;  /* 0 to 1 */
    bool proven;        /* exact, thread or quoted */
    bool unsubscribe;   /* it came to the unsubscribe address */
    bool other_address; /* the sender is not who we wrote to */
    /* A recruiter's verb about a reply: a review token of this id. */
    bool review;
} Match;

bool match_find(Store *store, const Keys *keys, const Inspection *mail,
                int64_t now, Match *out, GError **error);
void match_clear(Match *match);

/* The id in "local+TOKEN@domain"; false when it is no such token of ours. */
bool match_token_in_address(const Keys *keys, MailTokenKind kind,
                            const char *address, char out[MESSAGE_ID_TEXT]);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Match, match_clear)

#endif
