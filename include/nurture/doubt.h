/* SPDX-License-Identifier: Apache-2.0 */
/* doubt -- what may have left although this database does not say so. */
#ifndef NURTURE_DOUBT_H
#define NURTURE_DOUBT_H

#include "nurture/delivery.h"
#include "nurture/outbox.h"

/* Every row that is due at `now` becomes in_doubt, and `composer` is told, for
 * whom that counts as sent at `now`. In transactions of its own. */
bool outbox_doubt_due(Store *store, const Composer *composer, int64_t now,
                      int64_t *out_count, GError **error);
/* Those of `accepted` (message ids) that are in doubt did leave. In one
 * transaction of its own. */
bool outbox_clear_doubt(Store *store, const Composer *composer,
                        GHashTable *accepted, const char *evidence, int64_t now,
                        int64_t *out_count, GError **error);

/* While this fact is there, a restore is not through, or was killed: what it
 * has not gone through yet may have left, and nothing may be sent. */
#define FACT_RESTORING "restoring"
/* ERROR_REFUSED then. */
bool outbox_may_send(Store *store, GError **error);

/* Inside the caller's transaction. */
bool message_is_in_doubt(Store *store, const char *message_id, bool *out,
                         GError **error);

#endif
