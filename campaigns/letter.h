/* SPDX-License-Identifier: Apache-2.0 */
/* letter -- mail about a person's own data: notice, renewal, reminder, and the
 * question whether they want to stay. */
#ifndef CAMPAIGNS_LETTER_H
#define CAMPAIGNS_LETTER_H

#include "nurture/store.h"
#include "nurture/token.h"
#include "nurture/workspace.h"

typedef struct {
    const char *kind; /* "notice", "renewal", "reminder", "reconfirm" */
    int64_t candidate;
    int64_t ends_at;        /* the day the data are erased; 0 = none */
    int64_t stops_at;       /* reconfirm: the day mail stops; else 0 */
    const char *dedupe_key; /* once for ever */
} Letter;

typedef enum { LETTER_NONE, LETTER_WAITS, LETTER_OVER } LetterState;

/* What the state of a letter's message (NULL: no such letter) means. One that
 * never left, for good, is over as well: nobody is kept for ever because mail
 * to them fails. */
LetterState letter_state(const char *message_state);

/* In the caller's transaction: queue it as service mail, in the person's
 * language or else English. *out_added: false when it was queued before. */
bool letter_queue(Store *store, const Workspace *workspace, const Keys *keys,
                  const Letter *letter, int64_t now, bool *out_added,
                  GError **error);

#endif
