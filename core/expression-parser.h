/* SPDX-License-Identifier: Apache-2.0 */
/* expression-parser -- the parser of conditions, over its three files.
 *
 *     expression_parse.c    structure: and, or, not, brackets
 *     expression_words.c    tests that begin with a word other than a field
 *     expression_fields.c   tests of a field
 *     expression_values.c   values, lists, dates, lengths of time
 *
 * Recursive descent over a token array that ends with TOKEN_END. A test that
 * cannot be understood is reported once and skipped to the next `and`, `or` or
 * bracket, so that one run reports every fault. What fails has reported. */
#ifndef CORE_EXPRESSION_PARSER_H
#define CORE_EXPRESSION_PARSER_H

#include "expression-private.h"

typedef struct {
    const ExpressionScope *scope;
    const Source *source;
    const GArray *tokens; /* Token */
    guint at;
    int level, values; /* nested, met so far */
    Diagnostics *problems;
} Parser;

const Token *parser_peek(const Parser *p);
const Token *parser_take(Parser *p);
/* Take the next token if it is the language's own `word`. */
bool parser_accept(Parser *p, const char *word);
/* The language's own words may be written in capitals as well. */
bool token_is(const Token *t, const char *word);
/* Is a test complete, or cut short, before `t`? */
bool token_ends_test(const Token *t);

Diagnostic *parser_report(Parser *p, const char *code, const Token *t,
                          const char *format, ...) G_GNUC_PRINTF(4, 5);
/* E301: something is missing here. */
void parser_report_end(Parser *p, const Token *t);
/* Say "did you mean", with the fix, when one of `words` is near. */
bool parser_suggest(Diagnostic *d, const Token *t, const char *const *words);

GPtrArray *values_new(void);
/* Make the array, which is taken, the expression's values. */
void values_set(Expression *e, GPtrArray *values);
/* Up to nine digits; -1 for anything else. */
int digits_value(const char *text, gsize length);
/* role.* is only known where a campaign needs a role. */
bool parse_role_allowed(Parser *p, const Token *t);
/* One value. `field` NULL: of a static name, any word will do. */
bool parse_value(Parser *p, const Field *field, GPtrArray *out);
/* A list, or role.name, that stands for one. */
bool parse_list_or_role(Parser *p, const Field *field, const char *after,
                        GPtrArray *out);
/* YYYY-MM-DD; *out_text (may be NULL) as it was written. */
bool parse_date(Parser *p, int64_t *out_start, int64_t *out_next,
                char **out_text);
bool parse_duration(Parser *p, const char *after, int *out_count,
                    char *out_unit);

/* The field's name has been taken; its test follows. */
bool parse_field_test(Parser *p, Expression *e);
/* A whole test. */
bool parse_word_test(Parser *p, Expression *e);

#endif
