/* SPDX-License-Identifier: Apache-2.0 */
/* auto-reply -- mail that a machine sent in answer to ours (RFC 3834).
 *
 * Asked after bounces and feedback reports are ruled out: those say
 * "Auto-Submitted: auto-replied" too. A person who writes about their holiday
 * is a person: without a header or a subject that only responders write, the
 * body must speak like a responder in several ways. One thread at a time. */
#ifndef TRACKING_AUTO_REPLY_H
#define TRACKING_AUTO_REPLY_H

#include "inbound-mail.h"

typedef enum {
    AUTO_REPLY_OOO,
    AUTO_REPLY_AUTOACK,
    AUTO_REPLY_LEFT_COMPANY,
    AUTO_REPLY_CHALLENGE,
    AUTO_REPLY_OTHER_AUTO,
} AutoReplyClass;

typedef struct {
    AutoReplyClass class;
    char return_date[11];  /* ooo: "YYYY-MM-DD", or "" */
    char new_address[255]; /* the same person elsewhere, or "" */
    char colleague[255];   /* an address offered instead, or "" */
    char rule[40];         /* "auto-header.tsv:12": the strongest evidence */
} AutoReply;

/* Returns: whether a machine answered; `out` is filled only then. */
bool auto_reply_read(const InboundMail *mail, AutoReply *out);

/* "left_company"; never NULL. */
const char *auto_reply_class_name(AutoReplyClass class);

#endif
