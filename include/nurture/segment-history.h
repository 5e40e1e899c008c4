/* SPDX-License-Identifier: Apache-2.0 */
/* segment-history -- how many people were in a segment some days ago.
 *
 * Once a day `nurture run`, and every `segment list`, counts all segments; the
 * counts of the last 15 days are kept, one fact a segment. */
#ifndef NURTURE_SEGMENT_HISTORY_H
#define NURTURE_SEGMENT_HISTORY_H

#include "nurture/store.h"
#include "nurture/workspace.h"

typedef struct {
    int64_t people;
    int days; /* ago; 0 = nothing is known */
} SegmentBefore;

/* The count of a week ago: the newest that is 7 days old or older, else the
 * oldest of an earlier day. */
bool segment_history_find(Store *store, const char *segment, int64_t now,
                          SegmentBefore *out, GError **error);
/* Keep today's count, in a transaction of its own; the last one of a day
 * stays. */
bool segment_history_add(Store *store, const char *segment, int64_t people,
                         int64_t now, GError **error);
/* Count all segments of the folder and keep the counts; once a day, also when
 * that fails. */
bool segment_history_record(const Workspace *workspace, Store *store,
                            int64_t now, GError **error);

#endif
