/* SPDX-License-Identifier: Apache-2.0 */
/* sent-words -- which words of a quoted mail are ours.
 *
 * Mail programs rewrap, renumber and relink what they quote, but they keep its
 * words. So our mail is indexed by its words, and a text is laid along it:
 * runs of words that stand in our mail in the same order are ours, what stands
 * between two runs was typed by somebody else. Addresses of links and pictures
 * are no words. Time is proportional to both texts. */
#ifndef TRACKING_SENT_WORDS_H
#define TRACKING_SENT_WORDS_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>

typedef struct SentWords SentWords;

typedef struct {
    guint32 hash;
    int line; /* as counted by the caller */
    const char *begin, *end;
    bool last; /* of its line */
    bool ours; /* set by sent_words_mark() */
} SentWord;

SentWords *sent_words_new(const char *text);
void sent_words_free(SentWords *sent);

/* Append the words of one line to `words`, an array of SentWord. */
void sent_words_split(const char *text, size_t length, int line, GArray *words);

/* Mark those of `words` that are ours.
 * Returns: false, and marks nothing, when too little of our mail is in it for
 * it to be our mail. */
bool sent_words_mark(const SentWords *sent, GArray *words);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(SentWords, sent_words_free)

#endif
