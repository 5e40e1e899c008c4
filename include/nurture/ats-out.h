/* SPDX-License-Identifier: Apache-2.0 */
/* ats-out -- what the ATS should hear: replies, interest, opt-outs, bounces,
 * erasures.
 *
 *     {"type":"replied","timestamp":"2026-03-03T09:00:00Z","data":{
 *       "event":4711,"candidate":12,"email":"a@b.c","ats":[{"src","id"}],
 *       "campaign":"..","step":"..","intent":"interested"}}
 *
 * Each event goes to each receiver of ats.out that wants it at least once, as
 * a Standard Webhook: webhook-id stays the same when it is tried again, so a
 * receiver can tell. 2xx takes it; anything else is tried again after 5 s,
 * 5 min, 30 min, 2 h, 5 h, 10 h, 14 h, 20 h and 24 h, and is dead after that,
 * or at once after 410. Scores go along only where `scores: yes` says so; after
 * an erasure only the ATS's ids are left to be told. */
#ifndef NURTURE_ATS_OUT_H
#define NURTURE_ATS_OUT_H

#include "nurture/store.h"
#include "nurture/workspace.h"

typedef struct {
    int64_t queued, delivered, failed, dead;
} AtsOutResult;

/* Queue what is new, and deliver what is due. A receiver that fails does not
 * stop the others; ERROR_STORE, ERROR_CONFIG (a secret cannot be read). */
bool ats_out_run(Store *store, const Workspace *workspace, int64_t now,
                 AtsOutResult *out, GError **error);
/* The same events as JSON lines, from `since` on; `line` gets each without its
 * line end. */
bool ats_out_each(Store *store, const Workspace *workspace, int64_t since,
                  bool scores, int64_t now,
                  void (*line)(const char *json, gpointer data), gpointer data,
                  GError **error);
/* Dead ones (or all of them that wait, id 0) are due now. */
bool ats_out_retry(Store *store, int64_t id, int64_t now, int64_t *out_count,
                   GError **error);

#endif
