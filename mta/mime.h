/* SPDX-License-Identifier: Apache-2.0 */
/* mime -- the form of a message: header fields, parts, encodings.
 *
 * message_assemble() is in include/nurture/delivery.h. The same content and
 * ids always make the same bytes: boundaries come from the message id. */
#ifndef MTA_MIME_H
#define MTA_MIME_H

#include "nurture/delivery.h"

/* How a text body travels. */
typedef enum { TEXT_7BIT, TEXT_QUOTED_PRINTABLE } TextEncoding;

/* 7bit for ASCII with lines up to 76 that no relay has a reason to touch (no
 * dot or "From " at a line's start, no white space at its end), else
 * quoted-printable. */
TextEncoding text_encoding(const char *text);
/* Encode with lines up to 76 and CRLF ends; a line never starts with a dot or
 * "From ". */
char *text_encode(const char *text, TextEncoding encoding);
void text_append_encoded(GString *out, const char *text, TextEncoding encoding);

/* `mailbox` with "+token" before the '@'. */
char *mailbox_with_token(const char *mailbox, const char *token);

/* The MAIL FROM of a message: sending.bounces with its bounce token. NULL when
 * the workspace names no mailbox for bounces. */
char *envelope_sender(const Workspace *workspace, const Keys *keys,
                      const char *message_id);

/* The MIME entity of a mail: its Content-* fields, an empty line, the body,
 * all with CRLF ends. GMime builds it once for all mails of one shape (which
 * parts there are, and how they travel); most of it differs in texts only. */
void entity_append(GString *out, const ComposedMail *mail,
                   const char *message_id);
/* The same, built for this mail. Owned. */
char *entity_build(const ComposedMail *mail, const char *message_id);

#endif
