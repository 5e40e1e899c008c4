/* SPDX-License-Identifier: Apache-2.0 */
/* address -- mailboxes: what may go on the wire, and who is the same person.
 *
 * RFC 5321 grammar (dot-string or quoted-string, at most 64 and 255 octets),
 * domains as A-labels (IDNA 2008, UTS #46 non-transitional). Local parts stay
 * as written; libESMTP has no SMTPUTF8, so a non-ASCII local part is valid
 * but cannot be delivered. */
#ifndef NURTURE_ADDRESS_H
#define NURTURE_ADDRESS_H

#include <glib.h>
#include <stdbool.h>

/* `text` as local@a-label-domain with the domain in lower case; surrounding
 * white space is dropped. NULL with ERROR_INPUT: what is wrong, in words. */
char *address_normalise(const char *text, GError **error);
/* The key that finds doubles: the normalised address with its local part case
 * folded. */
char *address_key(const char *normalised);
/* May this go into MAIL FROM or RCPT TO as it is? Strict: ASCII, no control,
 * no space, one '@' outside quotes, lengths. The wire's last check. */
bool address_is_wire_safe(const char *address);
/* The part after the last '@'. Borrowed from `address`. */
const char *address_domain(const char *address);

#endif
