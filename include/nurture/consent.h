/* SPDX-License-Identifier: Apache-2.0 */
/* consent -- what a candidate has agreed to, and taken back.
 *
 * A journal: rows are added and never changed (a trigger sees to it), and per
 * purpose the newest one holds. Purposes are mail, click_tracking,
 * open_tracking, retention (to be kept beyond legal.retention) and those that
 * campaigns name.
 *
 * Taking back click_tracking or open_tracking acts backwards: the clicks or
 * opens recorded until then are deleted with what was kept of their requests,
 * and the score and last_engaged become what the other events say. */
#ifndef NURTURE_CONSENT_H
#define NURTURE_CONSENT_H

#include "nurture/store.h"
#include "nurture/workspace.h"

/* Is `purpose` agreed to at `now`? Never spoken of is no. */
bool consent_given(Store *store, int64_t candidate, const char *purpose,
                   int64_t now, bool *out, GError **error);

/* The sentence that says why a candidate gets mail, as it was imported; *out is
 * NULL when there is none. */
bool consent_source(Store *store, int64_t candidate, char **out,
                    GError **error);

typedef struct {
    const char *purpose;
    bool given;           /* else withdrawn */
    int64_t at;           /* when the person said so */
    const char *source;   /* how it came; the footer of a mail shows it */
    const char *wording;  /* version of the text that was agreed to; NULL */
    const char *evidence; /* where the proof is: a form's id, a scan; NULL */
    int64_t expires_at;   /* 0 = never */
} ConsentWord;

/* In the caller's transaction: add a row, and to the audit who did it.
 * ERROR_INPUT: no such purpose, a time that has not come, a consent without
 * source, or one that expires before it is given. */
bool consent_add(Store *store, const Workspace *workspace, int64_t candidate,
                 const ConsentWord *word, const char *actor, int64_t now,
                 GError **error);

/* In the caller's transaction: add 'withdrawn', unless that is the newest word
 * already. `source`: how it came, such as opted_out. */
bool consent_withdraw(Store *store, const Workspace *workspace,
                      int64_t candidate, const char *purpose,
                      const char *source, int64_t now, GError **error);

/* In the caller's transaction: add 'given'. `source` is the sentence that says
 * why they get mail, `wording` what they agreed to, `evidence` how we know;
 * each may be NULL. */
bool consent_give(Store *store, int64_t candidate, const char *purpose,
                  const char *source, const char *wording, const char *evidence,
                  int64_t now, GError **error);

#endif
