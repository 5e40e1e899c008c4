/* SPDX-License-Identifier: Apache-2.0 */
/* hit-ingest -- from the log of hits into the store, each exactly once.
 *
 * How far a segment is read stands in the store and moves in the transaction
 * that records what was read, so it makes no difference when, how often and by
 * which process this is done. Here the mode of tracking and the person's
 * consent are asked (once more: hit-log.h keeps nothing that is not answered
 * for), and nothing else of a request is kept. */
#ifndef TRACKING_HIT_INGEST_H
#define TRACKING_HIT_INGEST_H

#include "hit-rules.h"
#include "nurture/store.h"
#include "nurture/token.h"
#include "nurture/workspace.h"

typedef struct HitIngest HitIngest;

/* A thread with a store of its own. What it borrows lives until it stops. */
HitIngest *hit_ingest_start(const Workspace *workspace, const HitRules *rules,
                            GError **error);
/* Something was logged, of so many bytes. Waits while the store is very far
 * behind the log, so that the disk does not fill. Any thread. */
void hit_ingest_wake(HitIngest *ingest, gsize bytes);
/* Until all that is logged now is in the store, or cannot be (which is
 * logged). Any thread. */
void hit_ingest_settle(HitIngest *ingest);
/* Settles, and ends the thread. */
void hit_ingest_stop(HitIngest *ingest);

/* The same once, in the caller's thread. *out_records may be NULL. */
bool hit_ingest_all(Store *store, const Workspace *workspace,
                    const HitRules *rules, int64_t now, int64_t *out_records,
                    GError **error);

#endif
