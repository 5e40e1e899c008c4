/* SPDX-License-Identifier: Apache-2.0 */
/* demo-mail -- reading caught mail like a person's mail program, and the
 * answers that come back: replies, absences, bounces, complaints. */
#ifndef CLI_DEMO_MAIL_H
#define CLI_DEMO_MAIL_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct {
    char *to, *subject, *message_id, *reply_to, *unsubscribe;
    char *headers;      /* the message's header block, for reports */
    char *link, *pixel; /* tracked URLs in the HTML part; NULL = none */
} CaughtMail;

bool caught_mail_read(const char *path, CaughtMail *out, GError **error);
void caught_mail_clear(CaughtMail *mail);

/* Messages in RFC 5322 form, owned by the caller. */
char *make_reply(const CaughtMail *mail, const char *words, int64_t now);
char *make_out_of_office(const CaughtMail *mail, int64_t now);
char *make_bounce(const CaughtMail *mail, int64_t now);
char *make_complaint(const CaughtMail *mail, int64_t now);

/* `nurture -C workspace receive recipient` with the message on stdin. */
bool receive_mail(const char *nurture, const char *workspace,
                  const char *recipient, const char *message, GError **error);
/* GET, or POST when `form` is given; the status, 0 = no answer. Loopback
 * addresses only. */
int http_status(const char *url, const char *form);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(CaughtMail, caught_mail_clear)

#endif
