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
    char *from;  /* name and address of the sender */
    char *language;
} Preview;

/* `person`: an address of a candidate; emptiest, longest or random of the
 * audience; the id of a persona; NULL for nobody: every field but the address
 * is missing, so that each fallback shows. `store` may be NULL for the last
 * two. `variant` NULL: the person's own. Problems of the mail go to
 * `problems`. */
bool preview_make(Catalogue *catalogue, Store *store, const Keys *keys,
                  const Campaign *campaign, const char *mail,
                  const char *person, const char *variant, int64_t now,
                  Preview *out, Diagnostics *problems, GError **error);
void preview_clear(Preview *preview);

/* Put the same mail into the outbox for `to`, who need not be a candidate:
 * kind test, "[TEST]" before the subject, no tracking, no unsubscribe header,
 * no score. It leaves before anything else. *out_message_id has room for
 * MESSAGE_ID_TEXT. Takes a transaction of its own. */
bool test_mail_queue(Catalogue *catalogue, Store *store, const Keys *keys,
                     const Campaign *campaign, const char *mail,
                     const char *person, const char *variant, const char *to,
                     int64_t now, char *out_message_id, Diagnostics *problems,
                     GError **error);

/* Does this person have to be looked up in the database? */
bool preview_needs_store(Catalogue *catalogue, const char *person);
/* The ids in tests/personas.yaml, NULL-ended, owned by the caller. */
char **preview_personas(Catalogue *catalogue);

/* -- the page, for a browser on this computer ------------------------------
 *
 * Phone and desktop width side by side, light or dark, text, header fields and
 * the inbox's line; other mails, people and variants by links. Everything is
 * read anew for each request, and the page reloads itself when a file of the
 * workspace is saved. The mail stands in a sandboxed frame. */
typedef struct PreviewServer PreviewServer;

/* `listen` as http_server_start()'s. `role` NULL: none. */
PreviewServer *preview_server_start(const char *directory, const char *campaign,
                                    const char *mail, const char *role,
                                    const char *listen, int64_t now,
                                    GError **error);
int preview_server_port(const PreviewServer *server);
void preview_server_stop(PreviewServer *server);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Preview, preview_clear)

#endif
