/* SPDX-License-Identifier: Apache-2.0 */
/* fact -- small things the program remembers by name, a text each.
 *
 * Names: "role.CAMPAIGN", "start.CAMPAIGN", "enrolled.CAMPAIGN",
 * "score_settings", "segment.NAME", "segments_counted", "ats.synced_at",
 * "import:BATCH", "last_open/CANDIDATE", "desk.address", "tick",
 * "retention.day", "resume.CAMPAIGN", "health.CAMPAIGN", "relay:HOST:PORT",
 * "slots". */
#ifndef NURTURE_FACT_H
#define NURTURE_FACT_H

#include "nurture/store.h"

/* In the caller's transaction; an older value gives way. */
bool fact_set(Store *store, const char *name, const char *value,
              GError **error);
/* *out is NULL when there is no such fact; else the caller's. */
bool fact_get(Store *store, const char *name, char **out, GError **error);

#endif
