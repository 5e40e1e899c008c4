/* SPDX-License-Identifier: Apache-2.0 */
/* bounce-text -- recipients and reasons in a bounce that is only words. */
#ifndef TRACKING_BOUNCE_TEXT_H
#define TRACKING_BOUNCE_TEXT_H

#include <glib.h>

/* One address a notice speaks of and the words that belong to it. */
typedef struct {
    char *address;
    GString *words; /* its lines, up to the next address */
} NoticeRecipient;

/* The failed recipients named in `notice`, in order, each once. `ours` are
 * addresses that are not recipients (the sender of the returned mail, the
 * sender of the bounce), NULL-terminated. Returns: NoticeRecipient array. */
GPtrArray *bounce_text_recipients(const char *notice, const char *const *ours);

/* The words in `notice` about `address`, empty if it is not named. */
char *bounce_text_about(const char *notice, const char *address);

#endif
