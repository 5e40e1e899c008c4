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
 * which is one round trip per message. libESMTP does connecting, EHLO,
 * STARTTLS, AUTH, the anchor and QUIT. */
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
    const char *anchor; /* its envelope sender */
    int messages_max;
} PumpOptions;

typedef struct {
    bool usable;      /* the wire is where libESMTP believes it to be */
    bool any_verdict; /* some message was answered */
} PumpResult;

/* Send messages until there are no more, `messages_max` were sent, or the
 * connection is lost; each has had its done(). */
PumpResult smtp_pump(const PumpOptions *options);

#endif
