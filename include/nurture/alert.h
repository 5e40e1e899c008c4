/* SPDX-License-Identifier: Apache-2.0 */
/* alert -- what the operator should look at, and mail that waits for it.
 *
 * One row for each kind, object and day; it heads the digest of the fallback
 * sender, and stands in the log and the audit. */
#ifndef NURTURE_ALERT_H
#define NURTURE_ALERT_H

#include "nurture/audit.h"
#include "nurture/store.h"

/* All inside the caller's transaction. `detail`: one line of text, may be a
 * stranger's. */
bool alert_raise(Store *store, const char *kind, const char *object,
                 const char *detail, int64_t now, GError **error);
/* Nothing goes to `domain` until then; never sooner than a pause before. */
bool pause_domain(Store *store, const char *domain, const char *reason,
                  int64_t until, int64_t now, GError **error);
/* A running campaign becomes paused, and says why; NULL: every one. */
bool pause_campaign(Store *store, const char *campaign, const char *reason,
                    int64_t now, GError **error);

#endif
