/* SPDX-License-Identifier: Apache-2.0 */
/* preference-topics -- what a person can leave without leaving everything: the
 * topics of the campaigns. Left ones are suppressions of scope "topic:NAME". */
#ifndef TRACKING_PREFERENCE_TOPICS_H
#define TRACKING_PREFERENCE_TOPICS_H

#include "hit-job.h"

typedef struct {
    char *name;
    bool left;
} Topic;

/* Topic, by name, at most 30. Owned; NULL with `error`. */
GPtrArray *topics_read(HitJob *job, Store *store, GError **error);
/* Nothing when there are none. */
void topics_append(HitJob *job, GString *html, const GPtrArray *topics);
/* Leave job->value, or return to it; a topic of no campaign changes nothing. In
 * the caller's transaction. */
bool topics_set(HitJob *job, Store *store, bool left, GError **error);

#endif
