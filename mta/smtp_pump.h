/* SPDX-License-Identifier: Apache-2.0 */
/* smtp_pump -- pipelined transactions inside a libESMTP session (RFC 2920).
 *
 * libESMTP takes three round trips per message. Where the server offers
 * PIPELINING the session's first message, the anchor, is held back: while the
 * answer to its MAIL is handled the wire is idle and belongs to us. We send
 *
 *     RSET
 *     MAIL RCPT DATA
 *     content                        (the mark is made while it travels)
 *     .   MAIL RCPT DATA             of the next message, in one packet
 *     content ..
 *     MAIL                           of the anchor, and give the wire back
 *
 * which is one round trip per message. Where it offers CHUNKING, too, and
 * smtp.window allows it, as many messages as the window has are on the way at
 * once (RFC 3030), each marked before any of it leaves:
 *
 *     RSET MAIL RCPT BDAT n LAST content   RSET MAIL RCPT BDAT ..
 *
 * libESMTP does connecting, EHLO, STARTTLS, AUTH, the anchor and QUIT. A pump
 * never blocks; smtp_loop.h runs the pumps of all connections. */
#ifndef MTA_SMTP_PUMP_H
#define MTA_SMTP_PUMP_H

#include "transport.h"

#include <openssl/ssl.h>

typedef struct {
    const Relay *relay;
    const TransportCallbacks *callbacks;
    int fd;
    SSL *ssl;           /* NULL = plain */
    bool has_dsn;       /* the server knows RET, ENVID and NOTIFY */
    bool has_chunking;  /* and BDAT */
    const char *anchor; /* its envelope sender */
    int messages_max;
} PumpOptions;

typedef struct {
    bool usable;      /* the wire is where libESMTP believes it to be */
    bool any_verdict; /* some message was answered */
} PumpResult;

typedef struct Pump Pump;

Pump *pump_new(const PumpOptions *options);
void pump_free(Pump *pump);
/* Do what can be done without waiting; `event`: the wire has something to say.
 * True: it is over; there are no more
 * messages, or `messages_max` were sent, or the connection is lost; each had
 * its done(). */
bool pump_step(Pump *pump, bool event, int64_t now_ms);
/* The connection counts as lost from the next step on. */
void pump_lose(Pump *pump);
int pump_fd(const Pump *pump);
/* What to step it for, as of poll(): POLLIN, POLLOUT. */
short pump_wants(const Pump *pump);
/* It waits for what is not on the wire: a mark or a message. */
bool pump_waits(const Pump *pump);
PumpResult pump_result(const Pump *pump);

#endif
