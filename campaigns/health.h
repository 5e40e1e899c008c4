/* SPDX-License-Identifier: Apache-2.0 */
/* health -- a campaign that bounces, or is complained about, pauses itself.
 *
 * 5 % bounces or 0.3 % complaints of what was sent since it was launched or
 * resumed. Of fewer than 100 mails it takes ten bounces, and always more than
 * one complaint: one person is no rate. An alert and `status` say so. */
#ifndef CAMPAIGNS_HEALTH_H
#define CAMPAIGNS_HEALTH_H

#include "nurture/store.h"

typedef struct {
    int64_t sent, bounced, complained;
} Health;

/* Since the launch or the last resume. */
bool health_read(Store *store, const char *campaign, Health *out,
                 GError **error);
bool health_is_bad(const Health *health);
/* Pause it, when it is bad; in the caller's transaction. */
bool health_act(Store *store, const char *campaign, const Health *health,
                int64_t now, GError **error);
/* Every running campaign; in transactions of its own. */
bool health_check_all(Store *store, int64_t now, GError **error);
/* It was resumed: what was before does not count any more. In the caller's
 * transaction. */
bool health_begin_anew(Store *store, const char *campaign, GError **error);

#endif
