/* SPDX-License-Identifier: Apache-2.0 */
/* letter -- mail about a person's own data: notice, renewal, reminder. */
#ifndef CAMPAIGNS_LETTER_H
#define CAMPAIGNS_LETTER_H

#include "nurture/store.h"
#include "nurture/token.h"
#include "nurture/workspace.h"

typedef struct {
    const char *kind; /* "notice", "renewal", "reminder" */
    int64_t candidate;
    int64_t ends_at;        /* the day named in it; 0 = none */
    const char *dedupe_key; /* once for ever */
} Letter;

/* In the caller's transaction: queue it as service mail, in the person's
 * language or else English. *out_added: false when it was queued before. */
bool letter_queue(Store *store, const Workspace *workspace, const Keys *keys,
                  const Letter *letter, int64_t now, bool *out_added,
                  GError **error);

#endif
