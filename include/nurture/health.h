/* SPDX-License-Identifier: Apache-2.0 */
/* health -- a campaign that bounces, or is complained about, pauses itself.
 *
 * The one rule for refusals in the session, reports that come by mail, and the
 * tick. At 5 % hard bounces or 0.3 % complaints, of the mails tried since the
 * launch or the last resume, it pauses; at 3 % or 0.1 % the operator is told.
 * Of fewer than 100 mails it takes ten bounces to pause, and always more than
 * one complaint: one person is no rate. */
#ifndef NURTURE_HEALTH_H
#define NURTURE_HEALTH_H

#include "nurture/store.h"

typedef struct {
    int64_t tried;   /* mails that were sent, or refused at once */
    int64_t bounced; /* of these: for good, then or later */
    int64_t complained;
} Health;

/* Since the launch or the last resume. */
bool health_read(Store *store, const char *campaign, Health *out,
                 GError **error);
bool health_is_bad(const Health *health);
/* Tell the operator, and pause it, as far as `health` asks for it. In the
 * caller's transaction, as health_look(), which reads it first. */
bool health_act(Store *store, const char *campaign, const Health *health,
                int64_t now, GError **error);
bool health_look(Store *store, const char *campaign, int64_t now,
                 GError **error);
/* Every running campaign that is bad; in transactions of its own. */
bool health_check_all(Store *store, int64_t now, GError **error);
/* It was resumed: what was before does not count any more. In the caller's
 * transaction. */
bool health_begin_anew(Store *store, const char *campaign, GError **error);

#endif
