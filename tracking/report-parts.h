/* SPDX-License-Identifier: Apache-2.0 */
/* report-parts -- a mail cut into the three things a report consists of.
 *
 * RFC 6522 says: words for people, fields for machines, the mail it is about.
 * Servers that never read it send the same three in one text; cut the same
 * way, one reader serves both. Only the outermost report is looked at. */
#ifndef TRACKING_REPORT_PARTS_H
#define TRACKING_REPORT_PARTS_H

#include "inbound-mail.h"

typedef struct {
    GString *notice;   /* what is said to people, LF lines, the returned mail
                          cut off */
    GString *status;   /* message/delivery-status fields, groups separated by
                          an empty line */
    GString *feedback; /* message/feedback-report fields */
    GString *original; /* the header of the returned mail, raw */
    GMimeMessage *attached; /* the returned mail, if it came whole; borrowed */
    bool has_original;      /* it came as a part of its own */
    bool is_report;         /* Content-Type: multipart/report */
    bool is_feedback;       /* report-type=feedback-report (RFC 5965) */
    bool is_mdn;            /* message/disposition-notification (RFC 8098) */
} ReportParts;

ReportParts *report_parts_of(const InboundMail *mail);
void report_parts_free(ReportParts *parts);

/* A field of `fields` (raw header text), unfolded and decoded; NULL if absent.
 * `nth` counts from 0. */
char *fields_get(const char *fields, const char *name, int nth);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(ReportParts, report_parts_free)

#endif
