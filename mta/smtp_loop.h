/* SPDX-License-Identifier: Apache-2.0 */
/* smtp_loop -- one thread that runs the pumps of all connections.
 *
 * A thread per connection would be woken twice for every message, which costs
 * more than sending it. So the sessions' threads connect and log in, hand
 * their wires to this one, and sleep until there is no more mail. */
#ifndef MTA_SMTP_LOOP_H
#define MTA_SMTP_LOOP_H

#include "smtp_pump.h"

/* NULL with ERROR_CONFIG: no more file descriptors. */
SmtpLoop *smtp_loop_new(GError **error);
/* When no session uses it any more. */
void smtp_loop_free(SmtpLoop *loop);

/* On a session's thread: pump until it is over. */
PumpResult smtp_loop_pump(SmtpLoop *loop, const PumpOptions *options);

/* On any thread: marks were answered, or there is mail, or it is all over. */
void smtp_loop_wake(SmtpLoop *loop);

/* On any thread: nobody waits for a server any more; what has no answer will
 * get none. */
void smtp_loop_abort(SmtpLoop *loop);

#endif
