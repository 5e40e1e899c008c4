/* SPDX-License-Identifier: Apache-2.0 */
/* wire -- the last look at bytes and addresses before they leave.
 *
 * libESMTP and GMime pass on what they are given: CRLF inside an address is a
 * second command, a bare LF before a dot is a second message. So everything
 * that goes out passes here, however it was made. */
#ifndef MTA_WIRE_H
#define MTA_WIRE_H

#include <glib.h>
#include <stdbool.h>

/* RFC 5322, 2.1.1: octets of a line without its CRLF. */
#define WIRE_LINE_MAX 998
/* Larger than any mail a campaign can make. */
#define WIRE_MESSAGE_MAX (25u << 20)

/* The message with CRLF line ends only, ended by one. LF alone is taken as a
 * line end; a CR alone, NUL, an octet above 127 and a longer line than
 * WIRE_LINE_MAX are ERROR_INPUT, as nothing that we compose has them. */
GBytes *wire_normalise(const void *bytes, gsize length, GError **error);

/* Do the header fields keep the rules (standards.md 1.2)? Exactly one From,
 * To, Subject, Date, Message-ID and MIME-Version; no Bcc, no trace or
 * receipt fields; one recipient. ERROR_INPUT names the field. */
bool wire_check_header(GBytes *message, GError **error);

/* May these go into MAIL FROM and RCPT TO? ERROR_INPUT, without naming the
 * address (it ends up in logs). */
bool wire_check_envelope(const char *from, const char *to, GError **error);

/* Hex SHA-256 of the bytes on the wire: what says that a resend is the same. */
char *wire_hash(GBytes *message);

#endif
