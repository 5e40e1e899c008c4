/* SPDX-License-Identifier: Apache-2.0 */
/* inbound-part -- decoding shared by the readers of inbound mail. */
#ifndef TRACKING_INBOUND_PART_H
#define TRACKING_INBOUND_PART_H

#include "inbound-mail.h"

/* A raw header value, unfolded, RFC 2047 decoded, valid UTF-8. */
char *inbound_header_decode(const char *raw);

/* The text of a leaf part, transfer-decoded, UTF-8, at most 1 MB; HTML as
 * text. NULL if there is none. */
char *inbound_part_text(GMimeObject *part);

/* `text` (owned, may be NULL) as valid UTF-8 of at most 1 MB. */
char *inbound_text_clean(char *text);

/* A message attached to `outer` as a mail of its own. */
InboundMail *inbound_mail_inside(const InboundMail *outer,
                                 GMimeMessage *message);

#endif
