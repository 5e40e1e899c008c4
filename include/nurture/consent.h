/* SPDX-License-Identifier: Apache-2.0 */
/* consent -- what a candidate has agreed to, and taken back.
 *
 * A journal: rows are added and never changed, and per purpose (mail,
 * click_tracking, open_tracking) the newest one holds. */
#ifndef NURTURE_CONSENT_H
#define NURTURE_CONSENT_H

#include "nurture/store.h"

/* Is `purpose` agreed to at `now`? Never spoken of is no. */
bool consent_given(Store *store, int64_t candidate, const char *purpose,
                   int64_t now, bool *out, GError **error);

/* The sentence that says why a candidate gets mail, as it was imported; *out is
 * NULL when there is none. */
bool consent_source(Store *store, int64_t candidate, char **out,
                    GError **error);

/* In the caller's transaction: add 'withdrawn', unless that is the newest word
 * already. `source`: how it came, such as opted_out. */
bool consent_withdraw(Store *store, int64_t candidate, const char *purpose,
                      const char *source, int64_t now, GError **error);

/* In the caller's transaction: add 'given'. `source` is the sentence that says
 * why they get mail, `wording` what they agreed to, `evidence` how we know;
 * each may be NULL. */
bool consent_give(Store *store, int64_t candidate, const char *purpose,
                  const char *source, const char *wording, const char *evidence,
                  int64_t now, GError **error);

#endif
