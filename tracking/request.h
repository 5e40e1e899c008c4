/* SPDX-License-Identifier: Apache-2.0 */
/* request -- a row of table request, and the mails about it */
#ifndef TRACKING_REQUEST_H
#define TRACKING_REQUEST_H

#include "nurture/store.h"
#include "nurture/token.h"
#include "nurture/workspace.h"
#include "page.h"

#define REQUEST_LIFE_MS (3 * DAY_MS)

typedef struct {
    const char *kind;  /* join | export | erase */
    int64_t candidate; /* 0: not known */
    const char *email; /* where the link goes */
    const char *hmac, *fields, *language, *wording, *version;
} Request;

/* In the caller's transaction: write it down and queue the mail with the link.
 * Quietly does nothing when this address had three in a day, or all of them
 * together had 200 in an hour: a stranger's mailbox is not flooded from here.
 */
bool request_ask(Store *store, const Workspace *workspace, const Keys *keys,
                 const PageTexts *texts, const Request *request, int64_t now,
                 GError **error);

/* In the caller's transaction: queue a mail of titles and texts of page-text
 * ("mail.export.subject", ..). `key` is "mail.KIND"; `url` and `attached` may
 * be NULL. */
typedef struct {
    const char *id, *dedupe_key, *key, *language, *email, *hmac;
    int64_t candidate;
    const char *url;
    GBytes *attached; /* JSON, borrowed */
} RequestMail;
bool request_mail(Store *store, const Workspace *workspace, const Keys *keys,
                  const PageTexts *texts, const RequestMail *mail, int64_t now,
                  GError **error);

#endif
