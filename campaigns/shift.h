/* SPDX-License-Identifier: Apache-2.0 */
/* shift -- a paused campaign's people and mail, moved on by the pause. */
#ifndef CAMPAIGNS_SHIFT_H
#define CAMPAIGNS_SHIFT_H

#include "nurture/scheduler.h"

/* Everything that was to come since `paused_at` comes later by the time until
 * `now`. In small transactions, each of which remembers how far it got: when it
 * is ended in the middle the next call goes on there, and moves nothing twice.
 * The campaign stays paused. */
bool shift_campaign(Store *store, const char *campaign, int64_t paused_at,
                    int64_t now, const ResumeProgress *progress,
                    GError **error);

#endif
