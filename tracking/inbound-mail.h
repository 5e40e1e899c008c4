/* SPDX-License-Identifier: Apache-2.0 */
/* inbound-mail -- one received message, taken apart once for all readers.
 *
 * Built only by inbound_mail_parse(), which runs the guard first: sizes,
 * field lengths, nesting and address groups are bounded before GMime sees a
 * byte (design: a header of nested groups overflows GMime's stack). Every text
 * here is valid UTF-8; NULL means the message has no such thing. All strings
 * live as long as the InboundMail. */
#ifndef TRACKING_INBOUND_MAIL_H
#define TRACKING_INBOUND_MAIL_H

#include <gmime/gmime.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct {
    char *name;  /* as written, without the colon */
    char *value; /* unfolded, RFC 2047 decoded, UTF-8 */
} InboundHeader;

typedef struct {
    GBytes *raw;
    GMimeMessage *message;
    GArray *headers;         /* InboundHeader, in order, top first */
    char *subject;           /* decoded */
    char *from_name;         /* display name of the first From mailbox */
    char *from_address;      /* its addr-spec, lower-case */
    char *message_id;        /* without angle brackets */
    int64_t date;            /* Date field, UTC ms; 0 = absent or unreadable */
    int date_offset_minutes; /* its numeric zone */
    char *text;        /* the readable body: text/plain, else html as text */
    char *html;        /* the text/html alternative, UTF-8 */
    bool text_is_html; /* text was made from html */
} InboundMail;

/* Returns: the parts of `raw`; NULL with ERROR_INPUT when the guard refuses. */
InboundMail *inbound_mail_parse(GBytes *raw, GError **error);
void inbound_mail_free(InboundMail *mail);

/* The first header of that name (case-insensitive), or NULL. Borrowed. */
const char *inbound_mail_header(const InboundMail *mail, const char *name);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(InboundMail, inbound_mail_free)

#endif
