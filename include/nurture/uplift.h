/* SPDX-License-Identifier: Apache-2.0 */
/* uplift -- did the campaign make a difference?
 *
 * Of the enrolled, `holdout` are a control group that gets nothing. The goal
 * is asked of both groups as of now, with the campaign's frozen words; the
 * difference of the two shares is the uplift; its interval is that of
 * proportion.h. */
#ifndef NURTURE_UPLIFT_H
#define NURTURE_UPLIFT_H

#include "nurture/store.h"
#include "nurture/workspace.h"

typedef struct {
    char *goal;              /* as written; NULL = the campaign has none */
    int64_t people, reached; /* who were mailed, or are to be */
    int64_t control, control_reached; /* who get nothing */
    /* Shares of 1, from -1 to 1. Meaningless without a control group. */
    double uplift, low, high;
} Uplift;

/* ERROR_NOT_FOUND for a campaign that was never launched. */
bool uplift_measure(const Workspace *workspace, Store *store,
                    const char *campaign, int64_t now, Uplift *out,
                    GError **error);
void uplift_clear(Uplift *uplift);
/* Fill in the uplift and its interval from the four counts. */
void uplift_compute(Uplift *uplift);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Uplift, uplift_clear)

#endif
