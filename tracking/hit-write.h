/* SPDX-License-Identifier: Apache-2.0 */
/* hit-write -- what is kept of one hit, by the mode of tracking and by the
 * person's consent at that moment (see hits.h). Batches: what several hits of
 * a mail need is read once. */
#ifndef TRACKING_HIT_WRITE_H
#define TRACKING_HIT_WRITE_H

#include "hit-log.h"
#include "nurture/store.h"
#include "nurture/workspace.h"

typedef struct HitWriter HitWriter;

HitWriter *hit_writer_new(Store *store, const Workspace *workspace,
                          const HitRules *rules);
void hit_writer_free(HitWriter *writer);
Store *hit_writer_store(const HitWriter *writer);

/* In the caller's transaction, in this order. */
bool hit_writer_begin(HitWriter *writer, int64_t now, GError **error);
bool hit_writer_add(HitWriter *writer, const HitRecord *record, GError **error);
/* Looks at the batch's hits in the light of the others. */
bool hit_writer_end(HitWriter *writer, GError **error);

#endif
