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
    const Keys *keys;
    GBytes *raw;   /* for the recruiter; NULL = not to be forwarded */
    bool verified; /* our own server vouches for the From address */
    int64_t now;
    InboundResult *out;
} Act;

/* Inside the caller's transaction. */
bool inbound_act(const Act *act, GError **error);

/* Reports of servers; bounce_act.c. */
bool act_bounce(const Act *act, GError **error);
bool act_feedback(const Act *act, GError **error);

/* What the parts above share. act_record_once: one event of this kind for a
 * message, whoever tells of it. */
bool act_record_once(const Act *act, const char *kind, const char *detail,
                     bool *out_added, GError **error);
bool act_resolve(const Act *act, bool bounced, const char *evidence,
                 GError **error);
bool act_hold(const Act *act, const char *kind, int64_t until_at,
              GError **error);

#endif
