/* SPDX-License-Identifier: Apache-2.0 */
/* lmtp-session -- one client's conversation, without its socket.
 *
 * Bytes go in with lmtp_session_feed(), answers come out in `out`; nothing
 * here waits. LMTP is RFC 2033: LHLO, and after the data one answer for each
 * recipient. Only CR LF "." CR LF ends the data: any other spelling of a line
 * end is content, so that no two servers can disagree where a mail stops
 * (SMTP smuggling). */
#ifndef TRACKING_LMTP_SESSION_H
#define TRACKING_LMTP_SESSION_H

#include "nurture/lmtp.h"

enum {
    LMTP_LINE_MAX = 2048,
    LMTP_RECIPIENTS_MAX = 100,
    LMTP_ERRORS_MAX = 20,
};

typedef enum {
    LMTP_GREETED, /* LHLO must come */
    LMTP_READY,
    LMTP_MAIL, /* MAIL was given; RCPT, then DATA */
    LMTP_DATA,
    LMTP_CLOSED, /* send `out`, then close */
} LmtpState;

typedef struct {
    LmtpState state;
    GString *line;         /* a command that is not complete */
    GByteArray *body;      /* while in LMTP_DATA; without dot-stuffing */
    GString *out;          /* answers to be written */
    char *sender;          /* of the mail that is coming, else NULL */
    GPtrArray *recipients; /* char * */
    gsize size_max;
    int errors;
    int dot; /* where in CR LF . CR LF the data is */
    bool smtputf8, too_big, too_long;
    LmtpKeep keep;
    gpointer data;
    int64_t kept; /* mails, so far */
} LmtpSession;

void lmtp_session_init(LmtpSession *s, gsize size_max, LmtpKeep keep,
                       gpointer data);
void lmtp_session_clear(LmtpSession *s);
void lmtp_session_feed(LmtpSession *s, const char *bytes, gsize length);
/* The server ends: a client between two mails is told so. */
void lmtp_session_stop(LmtpSession *s);

#endif
