/* SPDX-License-Identifier: Apache-2.0 */
/* pattern-literals -- words that a text must hold to match a pattern.
 *
 * Looking for a few words is much cheaper than trying a pattern with many
 * alternatives, and most rows of a table do not match most texts. */
#ifndef TRACKING_PATTERN_LITERALS_H
#define TRACKING_PATTERN_LITERALS_H

#include <glib.h>

/* Stands for any one character outside ASCII. */
#define PATTERN_LITERAL_WIDE "\200"

/* Lower-case ASCII words (char *, each once, at least three bytes long, or
 * PATTERN_LITERAL_WIDE): one of `words` must occur, and one of `also`. */
typedef struct {
    GPtrArray *words;
    GPtrArray *also; /* NULL: nothing more */
} PatternNeeds;

/* Returns: PatternNeeds, one of which the lower-cased text meets wherever
 * `regex` matches caselessly; NULL if no such list is seen. A wrong word would
 * hide matches, so what is not understood gives NULL. */
GArray *pattern_literals(const char *regex);

#endif
