/* SPDX-License-Identifier: Apache-2.0 */
/* rules -- a table of weighted patterns over folded text.
 *
 * Columns: language, class, pattern, weight, scope, unless, match, nomatch.
 * Patterns are PCRE2 in folded spelling (folded.h); a class that starts with
 * @ defines a name, and {NAME} in a later pattern of the same language (or of
 * language *) stands for it, so that a row reads as a shape: "{NOT}{G3}{WANT}".
 * `unless` makes the row void where it matches the same text. `match` and
 * `nomatch` are the row's own examples, run by the unit tests.
 * Patterns are compiled when first used. A table serves one thread. */
#ifndef TRACKING_RULES_H
#define TRACKING_RULES_H

#include "haystack.h"

#include <glib.h>
#include <stdbool.h>

typedef struct {
    int line;
    const char *language, *class, *scope, *match, *nomatch; /* borrowed */
    double weight;
} Rule;

typedef struct RuleTable RuleTable;

/* The built-in table at `path`; a broken one is our own mistake. */
RuleTable *rules_load(const char *path);
void rules_free(RuleTable *table);

guint rules_count(const RuleTable *table);
const Rule *rules_get(const RuleTable *table, guint index);
/* May rule `index` hold for `text`? Cheap. */
bool rules_may_match(RuleTable *table, guint index, const Haystack *text);
/* Does rule `index` hold for `text`, and not its `unless`? */
bool rules_match(RuleTable *table, guint index, const Haystack *text);
/* Is the rule for one of these languages? An empty list admits every rule. */
bool rule_speaks(const Rule *rule, const char *const *languages);

#endif
