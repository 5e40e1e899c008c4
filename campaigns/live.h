/* SPDX-License-Identifier: Apache-2.0 */
/* live -- the frozen campaigns that are running, loaded once and kept.
 *
 * A Live belongs to one tick: conditions are bound to its `now`. */
#ifndef CAMPAIGNS_LIVE_H
#define CAMPAIGNS_LIVE_H

#include "mail-select.h"

typedef struct Live Live;

typedef struct {
    Campaign *campaign;
    Catalogue *catalogue;
} LiveCampaign;

/* A step's select with a statement for one candidate. */
typedef struct {
    MailSelect *select;
    Statement *one;
} LiveStep;

/* `store` stays the caller's. Segment queries run on a guarded connection of
 * their own. */
Live *live_new(const Workspace *workspace, Store *store, int64_t now,
               GError **error);
void live_free(Live *live);
const Workspace *live_workspace(const Live *live);
Store *live_guarded(const Live *live);
int64_t live_now(const Live *live);

/* The campaign as that snapshot froze it. Borrowed. */
const LiveCampaign *live_campaign(Live *live, const char *campaign,
                                  const char *snapshot, GError **error);
/* The step's select; compiled at the first call. Borrowed. */
const LiveStep *live_step(Live *live, const LiveCampaign *campaign,
                          const CampaignStep *step, GError **error);
/* Put the step's statement on the candidate's row. False without error: there
 * is no such candidate (any more). A row that is kept keeps the store's WAL
 * from being reset: call live_release() when the member is done with. */
bool live_read(const LiveStep *step, int64_t candidate, const char *segment,
               Member *out, GError **error);

void live_release(const LiveStep *step);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Live, live_free)

#endif
