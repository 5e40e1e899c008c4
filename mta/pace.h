/* SPDX-License-Identifier: Apache-2.0 */
/* pace -- how much may leave now, by every limit at once.
 *
 * Buckets of tokens in the store, which all processes share:
 *
 *     sending           sending.rate, for everything
 *     campaign:NAME     the campaign's own rate
 *     provider:NAME     while it has asked for less: half of sending.rate
 *     sender:ID         sending.per_sender_day, refilled at midnight
 *     warmup            the day's budget of the sending domain
 *
 * They are read once before a batch is claimed and written once after it, in
 * the claim's transaction. Where only sending.rate holds, that is all; else
 * each row is asked for. A bucket that is empty closes its brake until there
 * is something in it, so that the next look passes over its rows. */
#ifndef MTA_PACE_H
#define MTA_PACE_H

#include "nurture/store.h"
#include "nurture/workspace.h"

typedef struct Pace Pace;

/* All within the caller's transaction. */
Pace *pace_open(Store *store, const Workspace *workspace, int64_t now,
                GError **error);
/* How many rows at most, by what holds for all of them. */
int pace_most(const Pace *pace, int want);
/* Nothing but that: rows need not be asked for one by one. */
bool pace_is_plain(const Pace *pace);
/* `n` rows were claimed, of a plain pace. */
void pace_took(Pace *pace, int n);

/* A row that wants to leave. */
typedef struct {
    bool is_campaign;
    const char *campaign, *provider, *sender; /* NULL = none */
} PaceRow;
/* Takes a token of each of its buckets; false = one is empty, none is taken. */
bool pace_take(Pace *pace, const PaceRow *row);
/* Write what has changed. Also between two looks. */
bool pace_save(Pace *pace, GError **error);
void pace_free(Pace *pace);

/* A claimed row did not leave after all: its tokens come back. */
bool pace_give_back(Store *store, const char *campaign, const char *sender,
                    GError **error);

/* When the workspace's day began. */
int64_t pace_day(const Workspace *workspace, int64_t now);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Pace, pace_free)

#endif
