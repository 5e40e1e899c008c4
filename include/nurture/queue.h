/* SPDX-License-Identifier: Apache-2.0 */
/* queue -- what a person does with messages that wait.
 *
 * Each function works in the caller's transaction on one message; *out_done is
 * false, and nothing is changed, when the message is in no state for it. */
#ifndef NURTURE_QUEUE_H
#define NURTURE_QUEUE_H

#include "nurture/delivery.h"
#include "nurture/store.h"

#include <stdio.h>

/* not_before of a message on hold: the end of the year 9999. */
#define QUEUE_HELD INT64_C(253402300799000)

/* Leave with the next run: scheduled and deferred messages, also those on
 * hold, and dead ones. A message whose time was over gets two days. */
bool queue_retry(Store *store, const char *message_id, int64_t now,
                 bool *out_done, GError **error);
/* Wait until queue_retry(): scheduled and deferred ones. */
bool queue_hold(Store *store, const char *message_id, int64_t now,
                bool *out_done, GError **error);
/* Never send it: whatever has not been marked, or is dead. The sequence goes
 * on with its next step; `composer` is told. */
bool queue_cancel(Store *store, const Composer *composer,
                  const char *message_id, int64_t now, bool *out_done,
                  GError **error);

/* ---- the relay's own log as evidence ------------------------------------ */

#define RELAY_LOG_LINE (8 * 1024) /* octets; a longer line is passed over */

typedef struct {
    int64_t lines;   /* read */
    int64_t doubts;  /* messages in doubt at the beginning */
    int64_t sent;    /* of these: the relay took it */
    int64_t bounced; /* it took it, and the next server refused it for good */
    int64_t absent;  /* the log covers its time and does not know it */
    int64_t resent;  /* of these: scheduled again */
    int64_t unknown; /* the log does not cover its time */
} RelayLogResult;

/* Read Postfix's log lines (syslog's form, or with ISO dates) and settle what
 * is in doubt: a message that the queue manager took is sent, whatever the
 * connection said; one that the log would have to know and does not is absent,
 * and with `resend` it leaves again. Only Message-IDs with a good signature
 * count. `now` tells the year of dates without one. In transactions of its
 * own. */
bool relay_log_resolve(Store *store, const Workspace *workspace,
                       const Keys *keys, const Composer *composer, FILE *log,
                       bool resend, int64_t now, RelayLogResult *out,
                       GError **error);

#endif
