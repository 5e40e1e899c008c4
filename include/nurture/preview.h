/* SPDX-License-Identifier: Apache-2.0 */
/* preview -- a mail as one person would get it, without the outbox. */
#ifndef NURTURE_PREVIEW_H
#define NURTURE_PREVIEW_H

#include "nurture/campaign.h"
#include "nurture/token.h"

typedef struct {
    char *subject, *preheader, *html, *text;
    GBytes *raw; /* the message in RFC 5322 form */
    char *who;   /* "anna@example.org, in senior-passives, variant b" */
} Preview;

/* `person`: an address of a candidate, NULL for nobody: every field but the
 * address is missing, so that each fallback shows. `variant` NULL: the
 * person's own. Problems of the mail go to `problems`. */
bool preview_make(Catalogue *catalogue, Store *store, const Keys *keys,
                  const Campaign *campaign, const char *mail,
                  const char *person, int64_t now, Preview *out,
                  Diagnostics *problems, GError **error);
void preview_clear(Preview *preview);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Preview, preview_clear)

#endif
