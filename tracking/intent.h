/* SPDX-License-Identifier: Apache-2.0 */
/* intent -- what a person's reply asks of the recruiter.
 *
 * Every rule of tracking/data/intent.tsv that holds adds evidence for a class;
 * the class with most evidence is answered if it has enough, and clearly more
 * than the next. Otherwise the answer is INTENT_OTHER: a person must read.
 * Eight languages: en de fr es nl it pt pl. One thread at a time each. */
#ifndef TRACKING_INTENT_H
#define TRACKING_INTENT_H

#include <stdbool.h>
#include <stdint.h>

typedef enum {
    INTENT_OTHER,
    INTENT_INTERESTED,
    INTENT_QUESTION,
    INTENT_NOT_NOW,
    INTENT_NOT_INTERESTED,
    INTENT_REFERRAL,
    INTENT_WRONG_PERSON,
    INTENT_UNSUBSCRIBE,
    INTENT_OOO,
    INTENT_CLASSES,
} IntentClass;

typedef struct {
    IntentClass class;
    IntentClass also;  /* second meaning; INTENT_OTHER = none */
    double confidence; /* 0 to 1: share of the evidence, damped when scarce */
    bool left_company; /* the person addressed works elsewhere now */
    bool erasure;      /* asks for personal data to be erased */
    /* An opt-out that may be acted on unseen: the whole message is one, or a
     * strong rule holds and nothing speaks of interest or asks a question. */
    bool strong_optout;
    char back_on[11]; /* not_now, ooo: the day stated, "YYYY-MM-DD", or "" */
    char rule[40];    /* "intent.tsv:LINE" of the strongest evidence, or "" */
    double score[INTENT_CLASSES];
} Intent;

/* `reply_text`: the author's own words, without quote and signature, valid
 * UTF-8. `subject` may be NULL. `date_ms`: the message's date, 0 = unknown. */
void intent_classify(const char *reply_text, const char *subject,
                     int64_t date_ms, Intent *out);

/* "not_interested"; never NULL. */
const char *intent_class_name(IntentClass class);

#endif
