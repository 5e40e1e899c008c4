/* SPDX-License-Identifier: Apache-2.0 */
/* ses-notice -- bounces and complaints that Amazon SES mails as JSON.
 *
 * Subscribed by e-mail, its notifications arrive as text/plain whose body is
 * one JSON object. Only the members we need are looked for. */
#ifndef TRACKING_SES_NOTICE_H
#define TRACKING_SES_NOTICE_H

#include <glib.h>

typedef enum { SES_BOUNCE, SES_COMPLAINT, SES_DELIVERY } SesKind;

typedef struct {
    char *address;
    char *status;     /* or NULL */
    char *diagnostic; /* or NULL */
} SesRecipient;

typedef struct {
    SesKind kind;
    GPtrArray *recipients; /* SesRecipient */
    char *message_id;      /* SES's own id of the mail, or NULL */
} SesNotice;

/* Returns: NULL if `text` (may be NULL) is not one. */
SesNotice *ses_notice_read(const char *text);
void ses_notice_free(SesNotice *notice);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(SesNotice, ses_notice_free)

#endif
