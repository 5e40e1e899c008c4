/* SPDX-License-Identifier: Apache-2.0 */
/* report-digest -- several messages in one (RFC 2046 5.1.5).
 *
 * A server, a feedback loop or a list manager may collect its reports and send
 * them together. Each of them is a mail of its own. */
#ifndef TRACKING_REPORT_DIGEST_H
#define TRACKING_REPORT_DIGEST_H

#include "inbound-mail.h"

#include <stdbool.h>

#define REPORT_DIGEST_MAX 1000 /* messages of one digest that are looked at */

typedef struct {
    GPtrArray *messages; /* GMimeMessage, in order; borrowed from the mail */
    bool is_declared;    /* multipart/digest, not just mails in a mail */
    int left;            /* messages after the first REPORT_DIGEST_MAX */
} ReportDigest;

/* The messages that stand in the outermost multipart/digest or
 * multipart/mixed, or in a digest directly inside it; none when there are
 * fewer than two. Lives no longer than `mail`. Owned. */
ReportDigest *report_digest_of(const InboundMail *mail);
void report_digest_free(ReportDigest *digest);

bool report_digest_holds_several(const InboundMail *mail);

/* Message n as bytes, for a mail of its own. */
GBytes *report_digest_bytes(const ReportDigest *digest, guint n);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(ReportDigest, report_digest_free)

#endif
