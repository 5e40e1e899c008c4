/* SPDX-License-Identifier: Apache-2.0 */
/* haystack -- a text prepared for being asked for many patterns.
 *
 * Most rules of a table fail on most texts, and a regular expression is a slow
 * way to find out. A WordSet holds words one of which every match must contain
 * (pattern-literals.h); a Haystack knows which runs of three bytes its text
 * has. A few bit tests then spare nearly every match, and, as patterns are
 * compiled when first used, nearly every compilation. Never a false "no". */
#ifndef TRACKING_HAYSTACK_H
#define TRACKING_HAYSTACK_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>

typedef struct {
    const char *text; /* UTF-8, borrowed */
    size_t length;
    char *lower;   /* the same in ASCII lower-case, owned */
    guint64 *bits; /* of hashed runs of three bytes, owned */
    guint mask;
    bool wide; /* has characters outside ASCII */
} Haystack;

/* `text` is valid UTF-8 and goes on to text[length] at least; where that is
 * within a character, the haystack ends before it. */
void haystack_init(Haystack *h, const char *text, size_t length);
void haystack_clear(Haystack *h);

typedef struct WordSet WordSet;

/* An empty set: no text passes, until a pattern is added. */
WordSet *word_set_new(void);
void word_set_free(WordSet *set);
/* Let pass whatever `regex` (PCRE2) may match; case is not looked at. */
void word_set_add(WordSet *set, const char *regex);

/* May the text match one of the patterns of `set`? */
bool word_set_passes(const WordSet *set, const Haystack *h);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(WordSet, word_set_free)
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Haystack, haystack_clear)

#endif
