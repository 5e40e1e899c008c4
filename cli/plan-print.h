/* SPDX-License-Identifier: Apache-2.0 */
/* plan-print -- a plan for people and for programs. */
#ifndef CLI_PLAN_PRINT_H
#define CLI_PLAN_PRINT_H

#include "cli.h"

#include "nurture/scheduler.h"

#include <stdio.h>

void plan_print(const Plan *plan, const Campaign *campaign,
                const Workspace *workspace);
void plan_print_json(const Plan *plan);
/* Who is in the middle, and in which version they go on. */
void plan_print_moves(FILE *out, const GPtrArray *moves);
bool plan_print_left_out(const Plan *plan, Store *store, GError **error);

#endif
