/* SPDX-License-Identifier: Apache-2.0 */
/* pattern -- regular expressions that a stranger's text cannot make slow.
 *
 * PCRE2 with UTF, UCP and JIT, and limits on matching steps (100,000), depth
 * and heap (16 MB). A match that reaches a limit counts as "no match" and is
 * counted in pattern_limit_hits(). Texts must be valid UTF-8: that is not
 * checked again here, so whoever takes a text in checks it. A Pattern serves
 * one thread at a time. */
#ifndef NURTURE_PATTERN_H
#define NURTURE_PATTERN_H

#include <glib.h>
#include <stdbool.h>

typedef struct Pattern Pattern;

typedef enum {
    PATTERN_DEFAULT = 0,
    PATTERN_CASELESS = 1 << 0,
    PATTERN_MULTILINE = 1 << 1, /* ^ and $ at every line */
    PATTERN_ANCHORED = 1 << 2,  /* only at the start of the text */
} PatternFlags;

/* Up to 9 groups; group 0 is the whole match. Offsets in bytes; -1 = unset. */
typedef struct {
    int start[10], end[10];
} PatternMatch;

/* Returns: the compiled pattern; NULL with ERROR_INPUT and PCRE2's words. */
Pattern *pattern_new(const char *regex, PatternFlags flags, GError **error);
void pattern_free(Pattern *pattern);

/* Does it occur in text[0..length), searching from `from`? `out` may be NULL.
 * Length -1: to the NUL. */
bool pattern_match_from(Pattern *pattern, const char *text, gssize length,
                        size_t from, PatternMatch *out);
bool pattern_match(Pattern *pattern, const char *text, gssize length,
                   PatternMatch *out);

/* How many matches have been given up at a limit since the program began. */
unsigned pattern_limit_hits(void);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Pattern, pattern_free)

#endif
