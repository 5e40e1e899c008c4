/* SPDX-License-Identifier: Apache-2.0 */
/* smtp_reply -- a server's replies, out of bytes that come in any pieces.
 *
 * Lines are cut at what a ledger wants to know; a reply with too many or with
 * endless lines is none. */
#ifndef MTA_SMTP_REPLY_H
#define MTA_SMTP_REPLY_H

#include "verdict.h"

enum { SMTP_TEXT_MAX = 512 };

typedef struct {
    SmtpReply reply; /* reply.text points to `text` */
    char text[SMTP_TEXT_MAX];
} SmtpAnswer;

/* All zero to begin with; the caller reads into `in` and sets `at` and `end`
 * when the reader wants more. */
typedef struct {
    char in[4096];
    gsize at, end;
    char line[SMTP_TEXT_MAX];
    gsize line_length, line_seen;
    int lines;
} SmtpReader;

typedef enum {
    READER_REPLY,
    READER_MORE,     /* all of `in` is used up */
    READER_NO_REPLY, /* this is not SMTP */
} ReaderResult;

ReaderResult smtp_reader_take(SmtpReader *reader, SmtpAnswer *out);

#endif
