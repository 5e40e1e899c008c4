/* SPDX-License-Identifier: Apache-2.0 */
/* expression-private -- what the lexer, the parser and the checks of the
 * expression language share. */
#ifndef CORE_EXPRESSION_PRIVATE_H
#define CORE_EXPRESSION_PRIVATE_H

#include "nurture/expression.h"

#define EXPRESSION_MAX_BYTES  8192
#define EXPRESSION_MAX_LEVELS 64
#define EXPRESSION_MAX_VALUES 500

typedef enum {
    TOKEN_END, /* stands behind the last real token */
    TOKEN_WORD,
    TOKEN_STRING,
    TOKEN_OP,
    TOKEN_OPEN,
    TOKEN_CLOSE,
    TOKEN_LIST_OPEN,
    TOKEN_LIST_CLOSE,
    TOKEN_COMMA,
    TOKEN_SLASH,
} TokenKind;

typedef struct {
    TokenKind kind;
    gsize offset, length;
    char *text; /* as written; of a string, without quotes and escapes */
    ExprOp op;  /* of TOKEN_OP */
} Token;

/* Token, ends with TOKEN_END; what cannot be read is reported and left out. */
GArray *expression_lex(const Source *source, gsize offset, gsize length,
                       Diagnostics *problems);
/* Could `text` stand as a value without quotes? */
bool expression_is_word(const char *text);

/* Is `text` "role.something", a value that a role gives later? */
bool value_is_role(const char *text);

Expression *expression_new(ExprKind kind);
/* Append a child; one of the same kind (AND, OR) is dissolved into its
 * children. Takes `child`. */
void expression_add(Expression *parent, Expression *child);
char **values_take(GPtrArray *values); /* ends the array with NULL */

/* W327: tests joined by `and` that no candidate can pass together. */
void expression_find_contradictions(const Expression *expression,
                                    const Source *source,
                                    Diagnostics *problems);

#endif
