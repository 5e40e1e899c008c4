/* SPDX-License-Identifier: Apache-2.0 */
/* event -- something that happened to a candidate, and the score it moves.
 *
 * Append-only. An event changes the decayed score in the transaction that
 * records it. A score is the sum of weight * 2^(-(age)/half-life); it is kept
 * scaled to a fixed epoch (forward decay, Cormode et al. 2009), so that adding
 * is O(1), any two scores compare at any time, and summing the events again in
 * the order of their ids gives the same bytes. */
#ifndef NURTURE_EVENT_H
#define NURTURE_EVENT_H

#include "nurture/store.h"
#include "nurture/workspace.h"

typedef struct {
    int64_t candidate;      /* 0: not known */
    const char *kind;       /* sent delivered bounced replied clicked opened
                               opted_out complained auto_reply applied
                               interviewed hired finished sourced contacted met
                               declined rejected interested enrolled exited
                               imported erased */
    const char *message_id; /* NULL = none */
    const char *campaign, *step;
    int64_t at;
    bool machine;           /* a scanner or proxy: kept, never scored */
    bool positive;          /* of a reply */
    const char *detail;     /* JSON object or NULL */
    const char *dedupe_key; /* the same event twice is one; NULL = no check */
} Event;

/* Not how a campaign went on, but what came of it. Without these words a
 * statement about a campaign's events does not find their index. */
#define EVENT_CAME_BACK                                                        \
    " kind <> 'enrolled' AND kind <> 'sent' AND kind <> 'finished'"

/* Record inside the caller's transaction. *out_added (may be NULL) is false
 * when dedupe_key was there. Engagement kinds move last_engaged too. */
bool event_record(Store *store, const Workspace *workspace, const Event *event,
                  bool *out_added, GError **error);

/* event_record() in two halves, for whoever needs the event's id: *out_id is 0
 * when dedupe_key was there. */
bool event_insert(Store *store, const Event *event, int64_t *out_id,
                  GError **error);
bool event_count(Store *store, const Workspace *workspace, const Event *event,
                 GError **error);

/* Inside the caller's transaction: what event_record() does to last_engaged and
 * last_contacted. For an event that counts only now. */
bool event_touch(Store *store, const Event *event, GError **error);
/* Inside the caller's transaction, after an event of the moment `at` was taken
 * back: where it had moved last_engaged or last_contacted, they become what
 * the other events say. */
bool event_untouch(Store *store, int64_t candidate, int64_t at, GError **error);
/* Inside the caller's transaction: a candidate's events of a kind up to a
 * moment are deleted, and last_engaged and the score become what the others
 * say. */
bool event_forget(Store *store, const Workspace *workspace, int64_t candidate,
                  const char *kind, int64_t until, GError **error);

/* What one event weighs by the workspace's settings. */
double event_weight(const Workspace *workspace, const char *kind, bool machine,
                    bool positive);
/* The stored, scaled value <-> the value a person has at `now`. */
double score_at(const Workspace *workspace, double scaled, int64_t now);
double score_scaled(const Workspace *workspace, double value, int64_t now);
/* Inside the caller's transaction, after events were taken back or are of
 * another class: the score becomes the sum of what is there, to the bytes of
 * score_rebuild(). */
bool score_recount(Store *store, const Workspace *workspace, int64_t candidate,
                   GError **error);
/* The half-life and the weights as a text: which scores can be added up. The
 * first event that scores leaves it in the table fact, "score_settings"; one
 * with other settings makes it "mixed" until score_rebuild(). */
char *score_settings(const Workspace *workspace);
/* A candidate's present score; 0 when there is none. */
bool score_of(Store *store, const Workspace *workspace, int64_t candidate,
              int64_t now, double *out, GError **error);

#endif
