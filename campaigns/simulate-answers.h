/* SPDX-License-Identifier: Apache-2.0 */
/* simulate-answers -- who answers, and whose mail comes back, as a file says.
 *
 *     email,mail,what
 *     anna@example.org,welcome,replied
 *     bo@example.org,,bounced            any mail: the first one that leaves */
#ifndef CAMPAIGNS_SIMULATE_ANSWERS_H
#define CAMPAIGNS_SIMULATE_ANSWERS_H

#include <glib.h>

typedef enum { ANSWER_NONE, ANSWER_REPLIED, ANSWER_BOUNCED } AnswerKind;

/* NULL with ERROR_INPUT, naming the line. */
GHashTable *simulate_answers_read(const char *path, GError **error);
/* What follows from this mail. `email_key`: address_key() of its recipient. */
AnswerKind simulate_answer(GHashTable *answers, const char *email_key,
                           const char *mail);

#endif
