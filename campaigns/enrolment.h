/* SPDX-License-Identifier: Apache-2.0 */
/* enrolment -- one candidate's way through one campaign.
 *
 *     active --due, eligible--> waiting --sent--> active (next step)
 *        |                         |                 '--> done (last step)
 *        '--reply, opt-out, ...----'--> exited
 *
 * `active` has one pending step and the moment it is due; `waiting` has a row
 * in the outbox that has not reached an end yet. */
#ifndef CAMPAIGNS_ENROLMENT_H
#define CAMPAIGNS_ENROLMENT_H

#include "live.h"

typedef struct {
    int64_t candidate;
    char *campaign, *snapshot, *segment, *step;
    int cycle;
    int64_t due_at, anchor_at;
    int64_t since_at; /* when it was due at first; 0 = due_at */
} Enrolment;

void enrolment_clear(Enrolment *enrolment);

/* When `step` is due for somebody whose previous mail left at `anchor`: the
 * wait, the weekday, the time of day, and then the first moment of the slot. A
 * time that a clock change skips is the one after it, one that comes twice the
 * first. */
int64_t step_due(const Campaign *campaign, const CampaignStep *step,
                 const Slot *slot, int64_t anchor);
/* The end of the slot that a step due at `due` should leave in; 0 when it may
 * as well leave in a later one. */
int64_t step_deadline(const CampaignStep *step, const Slot *slot, int64_t due);

/* Mails that are due together leave over the campaign's spread, each at a
 * moment that its id decides, and none beyond the slot that `at` is in. */
int64_t spread_within(const Campaign *campaign, const Slot *slot,
                      const char *message_id, int64_t at);

/* May the candidate enter: never enrolled, or through with it and `re_enter`
 * lets them come back? */
bool enrolment_is_open(Store *store, const Workspace *workspace,
                       const Campaign *campaign, int64_t candidate, int64_t now,
                       bool *out, GError **error);

/* All inside the caller's transaction. Enrol those to whom it is open, in
 * their next cycle; *out_added says whether. Control people are enrolled and
 * never mailed. */
bool enrolment_add(Store *store, const Workspace *workspace,
                   const Campaign *campaign, const char *snapshot,
                   const Member *member, int64_t now, bool *out_added,
                   GError **error);
/* The step is over (sent, skipped): go to the next one, counted from `anchor`,
 * or be done. Changes nothing unless the enrolment still stands there. */
bool enrolment_advance(Store *store, const Workspace *workspace,
                       const Campaign *campaign, const Enrolment *enrolment,
                       const Slot *slot, int64_t anchor, int64_t now,
                       GError **error);
/* The same step again, not before `due_at`. `grows_old`: it is the same mail,
 * put off; else a new time for it. */
bool enrolment_postpone(Store *store, const Enrolment *enrolment,
                        int64_t due_at, bool grows_old, int64_t now,
                        GError **error);
bool enrolment_wait(Store *store, const Enrolment *enrolment, int64_t now,
                    GError **error);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Enrolment, enrolment_clear)

#endif
