/* SPDX-License-Identifier: Apache-2.0 */
/* text-rules -- data rows tried in order against one text.
 *
 * A table has a column `pattern` (PCRE2, caseless, ^ and $ at lines) and any
 * others. Words that a pattern cannot do without are looked for first
 * (haystack.h).
 * `match` and `nomatch` columns hold each row's own examples; a unit test runs
 * them ("\n" in an example is a line feed). Tables live for ever, compiled when
 * first used; one thread at a time. */
#ifndef TRACKING_TEXT_RULES_H
#define TRACKING_TEXT_RULES_H

#include "haystack.h"

#include "nurture/pattern.h"

#include <stdbool.h>
#include <stddef.h>

typedef struct TextRules TextRules;

/* The table tracking/data/`name`; a broken one is our own mistake. */
TextRules *text_rules_get(const char *name);
int text_rules_count(const TextRules *rules);

/* May row `row` match? Cheap. */
bool text_rules_may_match(TextRules *rules, int row, const Haystack *h);
/* Does row `row` match? `out` may be NULL. */
bool text_rules_match(TextRules *rules, int row, const Haystack *h,
                      PatternMatch *out);
/* The first row that matches, -1 if none does. */
int text_rules_find(TextRules *rules, const Haystack *h, PatternMatch *out);

const char *text_rules_cell(TextRules *rules, int row, const char *column);
char *text_rules_name(const TextRules *rules, int row); /* "file.tsv:12" */

#endif
