/* SPDX-License-Identifier: Apache-2.0 */
/* bounce -- is this mail a delivery report, and about whom?
 *
 * Read in this order: RFC 3464 fields, X-Failed-Recipients, the server's words
 * (which need a sender, subject or shape that only servers have: no human mail
 * may ever be called a bounce). */
#ifndef TRACKING_BOUNCE_H
#define TRACKING_BOUNCE_H

#include "inbound-mail.h"
#include "nurture/inspection.h"
#include "report-parts.h"

typedef enum {
    BOUNCE_NONE,      /* not a delivery report */
    BOUNCE_DELIVERED, /* a report that nothing went wrong */
    BOUNCE_DELAYED,
    BOUNCE_FAILED,
} BounceVerdict;

typedef struct {
    BounceVerdict verdict;
    char *rule;
    char *envelope_id;
    GPtrArray *recipients; /* BouncedRecipient */
} Bounce;

Bounce *bounce_read(const InboundMail *mail, const ReportParts *parts);
void bounce_free(Bounce *bounce);

/* Has it a server's name and no envelope sender? No person's mail has both, and
 * none is an answer to ours, whatever it says. */
bool bounce_is_from_server(const InboundMail *mail);
/* The same, or a name that nobody writes under ("Mailer-Daemon"). */
bool bounce_is_from_daemon(const InboundMail *mail);

void bounced_recipient_free(void *recipient);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Bounce, bounce_free)

#endif
