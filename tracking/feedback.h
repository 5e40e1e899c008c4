/* SPDX-License-Identifier: Apache-2.0 */
/* feedback -- complaints that a mailbox provider passes on (RFC 5965). */
#ifndef TRACKING_FEEDBACK_H
#define TRACKING_FEEDBACK_H

#include "inbound-mail.h"
#include "report-parts.h"

#include <stdbool.h>

typedef struct {
    char *type;            /* abuse, fraud, virus, opt-out, not-spam,
                              auth-failure ...; lower-case */
    GPtrArray *recipients; /* char *: whose complaint; empty if hidden */
    char *message_id;      /* of the mail, without brackets */
    char *rule;
} Feedback;

/* Returns: NULL if `mail` is no feedback report. */
Feedback *feedback_read(const InboundMail *mail, const ReportParts *parts);
void feedback_free(Feedback *feedback);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Feedback, feedback_free)

#endif
