/* SPDX-License-Identifier: Apache-2.0 */
/* inbound_act -- what a received mail changes, in one transaction. */
#ifndef TRACKING_INBOUND_ACT_H
#define TRACKING_INBOUND_ACT_H

#include "match.h"

#include "nurture/inbound.h"
#include "nurture/inspection.h"
#include "nurture/workspace.h"

typedef struct {
    Store *store;
    const Workspace *workspace;
    const char *inbound_id;
    const Inspection *mail;
    const Match *match;
    int64_t now;
    InboundResult *out;
} Act;

/* Inside the caller's transaction. */
bool inbound_act(const Act *act, GError **error);

#endif
