/* SPDX-License-Identifier: Apache-2.0 */
/* trust -- was a mail really sent by the address in its From?
 *
 * Anybody can write an Authentication-Results field (RFC 8601). One counts
 * only with our own server's id, and only above the first Received that is not
 * our server's: what stands below came with the mail. */
#ifndef TRACKING_TRUST_H
#define TRACKING_TRUST_H

#include "nurture/inspection.h"

/* Does our server (`authserv_id`; NULL = none is configured) say that DMARC
 * passed for the one From address? */
bool trust_is_verified(const Inspection *mail, const char *authserv_id);

#endif
