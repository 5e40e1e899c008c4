/* SPDX-License-Identifier: Apache-2.0 */
/* score -- what a person's score is made of, and making all of them again.
 *
 * event.h keeps the scores as events arrive. Here they are explained, and
 * summed again from the events in the order of their ids, which gives the same
 * bytes. That is needed when a weight or the half-life in nurture.yaml has
 * changed: the table fact remembers what the scores were made with
 * ("score_settings"), and `nurture status` says when it differs.
 *
 * Late events count by their own time; machine events never. Errors:
 * ERROR_STORE, ERROR_TEMPORARY. */
#ifndef NURTURE_SCORE_H
#define NURTURE_SCORE_H

#include "nurture/store.h"
#include "nurture/workspace.h"

typedef struct {
    int64_t event, at;
    char *kind, *campaign, *step; /* campaign and step may be NULL */
    bool machine, positive;
    double weight;  /* when it happened */
    double present; /* now */
} ScorePart;

typedef struct {
    double total;     /* of the parts, now */
    double stored;    /* what segments and digests see, now */
    bool same;        /* both, to the last bit */
    GPtrArray *parts; /* ScorePart by event id: all that weigh, and those of
                         machines, which weigh nothing */
} ScoreExplanation;

ScoreExplanation *score_explain(Store *store, const Workspace *workspace,
                                int64_t candidate, int64_t now, GError **error);
void score_explanation_free(ScoreExplanation *explanation);

typedef struct {
    int64_t events;  /* read: those that may weigh */
    int64_t people;  /* who have a score now */
    int64_t changed; /* scores that were others, missing or too many */
} ScoreRebuild;

/* Streams the events without holding the write lock, then writes in short
 * transactions; events that arrive meanwhile are in the result, if the process
 * that records them has the same settings. Ended half-way, the fact still says
 * that a rebuild is needed. `dry_run` only counts. */
bool score_rebuild(Store *store, const Workspace *workspace, bool dry_run,
                   ScoreRebuild *out, GError **error);

/* *out: the stored scores were made with other settings than these. */
bool score_is_outdated(Store *store, const Workspace *workspace, bool *out,
                       GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(ScoreExplanation, score_explanation_free)

#endif
