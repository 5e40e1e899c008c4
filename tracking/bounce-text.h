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

/* How sure the form of the lines makes us; see bounce_text.c. */
typedef enum {
    NOTICE_NOTHING,
    NOTICE_INSIDE,
    NOTICE_LABELLED,
    NOTICE_LEADING,
    NOTICE_LISTED, /* leading, under a line that announces a list */
} NoticeShape;

typedef struct {
    const char *notice;
    /* Addresses that are rarely recipients (those who wrote the bounce and the
     * returned mail), NULL-terminated. */
    const char *const *ours;
    const char *domain; /* of the bounce's sender, for bare local parts */
} NoticeQuery;

/* The failed recipients that a notice names, in order, each once:
 * NoticeRecipient array, maybe empty. */
GPtrArray *bounce_text_recipients(const NoticeQuery *query,
                                  NoticeShape *out_shape);

/* The words in `notice` about `address`; NULL if it is not named. */
char *bounce_text_about(const char *notice, const char *address);

/* The alias that a program or file stands for: the address behind "generated
 * by", "expanded from". NULL if the notice has none. */
char *bounce_text_alias(const char *notice);

#endif
