/* SPDX-License-Identifier: Apache-2.0 */
/* brake -- slower, or not at all, for a while: for a provider that asks for it,
 * and for a relay that does not work.
 *
 * A provider's 421 or 4.7.x halves its rate for 30 minutes; another one within
 * that time closes it for two hours. Where a provider says more exactly what it
 * wants, mta/data/signal.tsv knows how many close it, and for how long. Five
 * faults of the relay in a row close it; then one message is tried every five
 * minutes, until one is taken. Rows stay scheduled all the time: a wrong
 * password burns no list. */
#ifndef MTA_BRAKE_H
#define MTA_BRAKE_H

#include "nurture/store.h"
#include "verdict.h"

#define BRAKE_SLOW_MS    (30 * 60 * INT64_C(1000))
#define BRAKE_CLOSED_MS  (2 * 60 * 60 * INT64_C(1000))
#define BRAKE_BURST_MS   (2 * 60 * INT64_C(1000)) /* signals that are one */
#define BREAKER_FAULTS   5
#define BREAKER_PROBE_MS (5 * 60 * INT64_C(1000))

/* Did the server ask for less mail (RFC 3463: 4.7.x is policy)? */
bool brake_is_signal(const Verdict *verdict);
/* In the caller's transaction: `provider` asked for less. */
bool brake_provider(Store *store, const char *provider, const char *reason,
                    int64_t now, GError **error);

typedef enum { BREAKER_SHUT, BREAKER_PROBE, BREAKER_OPEN } BreakerState;

/* May the relay be used? SHUT: yes. PROBE: for one message, and only by who
 * asked. OPEN: not before *out_until; *out_reason is the last fault, owned. In
 * a transaction of its own. */
bool breaker_ask(Store *store, const char *relay, int64_t now,
                 BreakerState *out, int64_t *out_until, char **out_reason,
                 GError **error);
/* `fingerprint` says how the relay is used. Where that has changed since the
 * last time, its faults are forgotten: a mended password is tried at once. In a
 * transaction of its own. */
bool breaker_renew(Store *store, const char *relay, const char *fingerprint,
                   GError **error);
/* What a run came to: whether mail was taken, and then so many faults in a
 * row. */
bool breaker_tell(Store *store, const char *relay, bool taken, int faults,
                  const char *reason, int64_t now, GError **error);

#endif
