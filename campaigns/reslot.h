/* SPDX-License-Identifier: Apache-2.0 */
/* reslot -- moving what waits in the outbox into its next slot. */
#ifndef CAMPAIGNS_RESLOT_H
#define CAMPAIGNS_RESLOT_H

#include "live.h"

/* Campaign mail that has been due for a quarter of an hour and may not leave
 * now, because its window is over, gets the beginning of its next slot. In
 * small transactions. */
bool reslot_overdue(Live *live, Store *store, int64_t now, int64_t *out_moved,
                    GError **error);

/* When the window, the quiet hours or the holidays are not those of the last
 * tick: mail that no process has claimed, and people's next steps, which would
 * fall outside of them now, move to the next moment inside; nothing comes
 * sooner. In small transactions; done again if it is ended in the middle.
 * *out_moved: how many. */
bool reslot_changed(Live *live, Store *store, int64_t now, int64_t *out_moved,
                    GError **error);

#endif
