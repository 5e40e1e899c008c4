/* SPDX-License-Identifier: Apache-2.0 */
/* plan-volume -- how much of a plan fits into each day. */
#ifndef CAMPAIGNS_PLAN_VOLUME_H
#define CAMPAIGNS_PLAN_VOLUME_H

#include "nurture/scheduler.h"

/* Move what the rates and the warm-up do not let through on a day to the next
 * one, as sending will. The mail of other campaigns that waits already takes
 * its share of the workspace's rate and warm-up first, unless its priority is
 * lower. */
bool plan_fit_days(Plan *plan, Store *store, const Workspace *workspace,
                   const Campaign *campaign, GError **error);

#endif
