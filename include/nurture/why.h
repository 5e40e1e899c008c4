/* SPDX-License-Identifier: Apache-2.0 */
/* why -- what the next tick, or the gate before the dot, would say of somebody.
 *
 * It asks what the engine asks: with the window, holidays, cap, topic and stop
 * rule of the campaign as it was launched, not with the workspace's. So the
 * moment that is shown is the one that the engine would choose. */
#ifndef NURTURE_WHY_H
#define NURTURE_WHY_H

#include "nurture/eligibility.h"

/* Mail in general, then every campaign the candidate is or was in, the newest
 * first. Array of EligibilityWhy, owned. ERROR_NOT_FOUND: no such candidate. */
GPtrArray *why_all(Store *store, const Workspace *workspace, int64_t candidate,
                   int64_t now, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* What keeps a campaign's mail in the outbox, but for its due time and the
 * state of its campaign; ELIGIBLE for mail of other kinds. */
bool why_message(Store *store, const Workspace *workspace,
                 const char *message_id, int64_t now, EligibilityAnswer *out,
                 GError **error);

#endif
