/* SPDX-License-Identifier: Apache-2.0 */
/* plan-check -- what only the data can tell: collected for every person of a
 * plan, reported at its end (W503 W514 E615 W613 E701-W708). */
#ifndef CAMPAIGNS_PLAN_CHECK_H
#define CAMPAIGNS_PLAN_CHECK_H

#include "mail-select.h"

#include "nurture/scheduler.h"

typedef struct PlanCheck PlanCheck;

/* All borrowed. NULL with `error` when the store fails. */
PlanCheck *plan_check_new(Catalogue *catalogue, Store *store, Store *guarded,
                          const Campaign *campaign, int64_t now,
                          GError **error);
void plan_check_free(PlanCheck *check);
/* A person who will get the first mail, `output`, at `due`. */
bool plan_check_person(PlanCheck *check, const Member *member,
                       const MailOutput *output, int64_t due, GError **error);
/* Somebody held back for a name like "TEST". */
void plan_check_strange(PlanCheck *check, const Member *member);
/* Somebody left out by `or skip`. */
void plan_check_skipped(PlanCheck *check, const char *field);
bool plan_check_report(PlanCheck *check, const Plan *plan,
                       Diagnostics *problems, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(PlanCheck, plan_check_free)

#endif
