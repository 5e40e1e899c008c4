/* SPDX-License-Identifier: Apache-2.0 */
/* plan-print -- a plan for people, for programs and for pull requests. */
#ifndef CLI_PLAN_PRINT_H
#define CLI_PLAN_PRINT_H

#include "cli.h"

#include "nurture/scheduler.h"

#include <stdio.h>

/* Everything there is to say about a plan. Borrowed. */
typedef struct {
    const Plan *plan;
    const Campaign *campaign;
    const Workspace *workspace;
    const GPtrArray *changes;    /* FileChange: since what runs */
    const GPtrArray *moves;      /* LaunchMove; NULL: cannot be said */
    const Diagnostics *problems; /* sorted */
    Store *store;                /* to name who is left out; NULL: nobody */
} PlanView;

void plan_print(const PlanView *view);
bool plan_print_json(const PlanView *view, GError **error);
/* For a comment in a pull request: GitHub's tables, and a diff. */
void plan_print_markdown(const PlanView *view);
/* A line of the funnel; `sign` before its number. */
void plan_print_row(const char *what, int64_t people, const char *sign);
/* A kept plan, by the first digits of its id. Returns the exit status. */
int plan_show(CliContext *cli, const char *id);
/* Who is in the middle, and in which version they go on. */
void plan_print_moves(FILE *out, const GPtrArray *moves);
bool plan_print_left_out(const PlanView *view, GError **error);

/* "in a or b", owned by the caller. */
char *plan_audience_words(const Campaign *campaign);
/* "Tue  3 Mar 2026" of a PlanDay; owned by the caller. */
char *plan_day_words(const PlanDay *day, GTimeZone *zone);
/* "a / b" and "401 / 399"; "800" without variants. Owned by the caller. */
char *plan_variant_names(const Plan *plan);
char *plan_variant_people(const Plan *plan, const PlanSegment *segment);

#endif
