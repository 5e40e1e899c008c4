/* SPDX-License-Identifier: Apache-2.0 */
/* interaction -- what happened between a candidate and the team.
 *
 * Mails, clicks and answers are recorded by the pipeline and applications by
 * the ATS; what happens away from both (a talk at a fair, a call, a hire that
 * no system knows) is logged by hand. All are events, so segments see all:
 * `met within 90d`, `not contacted within 6m`. A note is private: it is shown
 * to the team, found by `nurture match`, part of an access request, and never
 * in a mail. */
#ifndef NURTURE_INTERACTION_H
#define NURTURE_INTERACTION_H

#include "nurture/store.h"
#include "nurture/workspace.h"

enum { INTERACTION_NOTE_MAX = 4000 }; /* bytes */

/* What can be logged, NULL-ended: sourced, contacted, met, applied,
 * interviewed, declined, hired; and notified: they were told, not by our mail,
 * where their data are from (Article 14). */
const char *const *interaction_kinds(void);

/* Until when logging it keeps all campaign mail from the person: hired for
 * good, applied and interviewed for ats.cool_off, or until `declined` is logged
 * or the ATS has newer news of an application; 0 = it does not. */
int64_t interaction_holds_until(const Workspace *workspace, const char *kind,
                                int64_t at);

/* In a transaction of its own. `hired` ends all sequences besides. `note` may
 * be NULL; `by` is who says so. The same kind, moment and note again is
 * ERROR_INPUT, as are a kind that is none (with the nearest), a moment after
 * `now`, and a note that is too long. */
bool interaction_log(Store *store, const Workspace *workspace,
                     int64_t candidate, const char *kind, int64_t at,
                     const char *note, const char *by, int64_t now,
                     int64_t *out_event, GError **error);
/* Take back what was logged by hand, and its hold (not the end of sequences);
 * ERROR_REFUSED for any other event, which is a record. That it was there,
 * without the note, stays in the audit log. */
bool interaction_undo(Store *store, int64_t event, const char *by, int64_t now,
                      GError **error);

typedef struct {
    int64_t event, at;
    char *kind;
    char *campaign, *step; /* NULL */
    char *note, *by;       /* NULL: not logged by hand */
    bool machine;          /* a scanner, not the person */
    bool positive;         /* of a reply */
} Interaction;

/* The newest `limit` of a person's events, the newest first: Interaction. */
GPtrArray *interaction_timeline(Store *store, int64_t candidate, int limit,
                                GError **error);

#endif
