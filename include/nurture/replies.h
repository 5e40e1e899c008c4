/* SPDX-License-Identifier: Apache-2.0 */
/* replies -- what a recruiter does about an answer.
 *
 *     open --done--> done      open --snooze--> snoozed --its day--> open
 *
 * The same verbs come from `nurture replies`, from signed mailto links in a
 * digest, and from answers to one:
 *
 *     done                      dealt with
 *     open                      not dealt with after all
 *     snooze 2w                 tell me again then (a duration, or a date)
 *     wrong interested          this is what was meant; kept beside the guess
 *     hand over jonas-weber     it is theirs now
 *     stop all                  no mail from any campaign to this person
 *     original                  the mail as it came (by mail: a copy of it) */
#ifndef NURTURE_REPLIES_H
#define NURTURE_REPLIES_H

#include "nurture/store.h"
#include "nurture/token.h"
#include "nurture/workspace.h"

/* Do what `verb` says about a reply, in the caller's transaction. *out_said:
 * one line of what was done, owned. ERROR_NOT_FOUND: no such reply;
 * ERROR_INPUT: no such verb. `actor`: who, for the audit. */
bool reply_do(Store *store, const Workspace *workspace, int64_t reply,
              const char *verb, const char *actor, int64_t now, char **out_said,
              GError **error);
/* Does the line begin like a verb? */
bool reply_is_verb(const char *line);

/* The mail as it came. ERROR_NOT_FOUND: no such reply, or not kept any more. */
GBytes *reply_original(Store *store, const Workspace *workspace, int64_t reply,
                       GError **error);

/* The classes a reply can have; NULL-ended, borrowed. */
const char *const *reply_intents(void);

/* The local part's token for verbs about a reply, and back. 0: not one. */
void reply_token_make(const Keys *keys, int64_t reply,
                      char out[MAIL_TOKEN_TEXT]);
int64_t reply_of_review_id(const char *id);

#endif
