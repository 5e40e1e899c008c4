/* SPDX-License-Identifier: Apache-2.0 */
/* warm-up -- a sending domain that nobody knows begins small: 50 mails on its
 * first day, then more, as mta/data/warm-up.tsv says, while few of them bounce
 * and hardly anybody complains. `sending.warm_up` names the first day. */
#ifndef NURTURE_WARM_UP_H
#define NURTURE_WARM_UP_H

#include "nurture/store.h"
#include "nurture/workspace.h"

#define WARM_UP_NONE (-1) /* no limit: not configured, or over */

/* Today's budget; a new day moves on in the table, or not. Writes: within the
 * caller's transaction. */
bool warm_up_budget(Store *store, const Workspace *workspace, int64_t now,
                    int64_t *out_budget, GError **error);
/* How much of it is neither sent nor waiting to be sent today; WARM_UP_NONE. In
 * a transaction of its own. */
bool warm_up_room(Store *store, const Workspace *workspace, int64_t now,
                  int64_t *out_room, GError **error);
/* The budget of a step, for plans: WARM_UP_NONE after the last. */
int64_t warm_up_step(int step);

#endif
