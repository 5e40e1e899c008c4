/* SPDX-License-Identifier: Apache-2.0 */
/* migrate -- what a launch does to people who are in the middle. */
#ifndef CAMPAIGNS_MIGRATE_H
#define CAMPAIGNS_MIGRATE_H

#include "nurture/scheduler.h"

/* Move the enrolled to the new snapshot as launch_moves() says, inside the
 * caller's transaction. */
bool enrolled_move(Store *store, const Campaign *campaign, const char *snapshot,
                   const GPtrArray *moves, int64_t now, GError **error);

#endif
