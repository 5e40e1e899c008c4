/* SPDX-License-Identifier: Apache-2.0 */
/* report-digest -- several messages in one (RFC 2046 5.1.5).
 *
 * A server or a list manager may collect its reports and send them together.
 * Each of them is a mail of its own. */
#ifndef TRACKING_REPORT_DIGEST_H
#define TRACKING_REPORT_DIGEST_H

#include "inbound-mail.h"

#define REPORT_DIGEST_MAX 200 /* messages of one digest that are looked at */

/* The messages that stand in the outermost multipart/digest or
 * multipart/mixed, or in a digest directly inside it, in order; GMimeMessage,
 * borrowed from `mail`. Empty when there are fewer than two. Owned. */
GPtrArray *report_digest_messages(const InboundMail *mail);

/* One of them as bytes, for a mail of its own. */
GBytes *report_digest_bytes(GMimeMessage *message);

#endif
