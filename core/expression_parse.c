/* SPDX-License-Identifier: Apache-2.0 */
/* expression_parse.c - from words and signs to a checked tree */
#include "expression-parser.h"

#include "nurture/text.h"

#include <string.h>

const Token *
parser_peek(const Parser *p)
{
    return &g_array_index(p->tokens, Token, p->at);
}

const Token *
parser_take(Parser *p)
{
    const Token *t = parser_peek(p);

    if (t->kind != TOKEN_END)
        p->at++;
    return t;
}

/* The language's own words may be written in capitals as well. */
bool
token_is(const Token *t, const char *word)
{
    g_autofree char *upper = NULL;

    if (t->kind != TOKEN_WORD)
        return false;
    upper = g_ascii_strup(word, -1);
    return g_str_equal(t->text, word) || g_str_equal(t->text, upper);
}

bool
parser_accept(Parser *p, const char *word)
{
    if (!token_is(parser_peek(p), word))
        return false;
    p->at++;
    return true;
}

bool
token_ends_test(const Token *t)
{
    return t->kind == TOKEN_END || t->kind == TOKEN_CLOSE ||
           token_is(t, "and") || token_is(t, "or");
}

static void
skip_test(Parser *p)
{
    int lists = 0;

    for (; parser_peek(p)->kind != TOKEN_END; p->at++) {
        if (parser_peek(p)->kind == TOKEN_LIST_OPEN)
            lists++;
        else if (parser_peek(p)->kind == TOKEN_LIST_CLOSE && lists > 0)
            lists--;
        else if (lists == 0 && token_ends_test(parser_peek(p)))
            return;
    }
}

Diagnostic *
parser_report(Parser *p, const char *code, const Token *t, const char *format,
              ...)
{
    g_autofree char *message = NULL;
    va_list args;

    va_start(args, format);
    message = g_strdup_vprintf(format, args);
    va_end(args);
    return diagnostics_add(p->problems, code, p->source, t->offset, t->length,
                           "%s", message);
}

/* Say "did you mean", with the fix, when one of `words` is near. */
bool
parser_suggest(Diagnostic *d, const Token *t, const char *const *words)
{
    const char *near = words ? text_nearest(t->text, words) : NULL;

    if (!near)
        return false;
    diagnostic_note(d, "did you mean '%s'?", near);
    diagnostic_fix(d, t->offset, t->length, near);
    return true;
}

void
parser_report_end(Parser *p, const Token *t)
{
    if (t->kind == TOKEN_END)
        parser_report(p, "E301", t,
                      "something is missing at the end of this expression");
    else
        parser_report(p, "E301", t, "something is missing before '%s'",
                      t->text);
}

static Expression *parse_chain(Parser *p);

static Expression *
parse_brackets(Parser *p)
{
    const Token *open = parser_take(p);
    Expression *e = parse_chain(p);

    if (parser_peek(p)->kind == TOKEN_CLOSE) {
        p->at++;
        return e;
    }
    diagnostic_note(
        parser_report(p, "E323", open, "this bracket is never closed"),
        "add ')'");
    expression_free(e);
    return NULL;
}

static Expression *
parse_test(Parser *p)
{
    const Token *start = parser_peek(p);
    const Token *last;
    g_autoptr(Expression) e = expression_new(EXPR_EVERYONE);

    if (token_ends_test(start)) {
        parser_report_end(p, start);
        return NULL;
    }
    if (!parse_word_test(p, e)) {
        skip_test(p);
        return NULL;
    }
    last = &g_array_index(p->tokens, Token, p->at - 1);
    e->offset = start->offset;
    e->length = last->offset + last->length - start->offset;
    return g_steal_pointer(&e);
}

static Expression *
parse_unary(Parser *p)
{
    const Token *t = parser_peek(p);
    Expression *child, *e = NULL;

    if (++p->level > EXPRESSION_MAX_LEVELS) {
        parser_report(p, "E333", t,
                      "brackets and 'not' are nested more than %d deep",
                      EXPRESSION_MAX_LEVELS);
        /* Nothing behind this could be understood. */
        p->at = p->tokens->len - 1;
    } else if (t->kind == TOKEN_OPEN) {
        e = parse_brackets(p);
    } else if (token_is(t, "not")) {
        p->at++;
        child = parse_unary(p);
        if (child) {
            e = expression_new(EXPR_NOT);
            e->offset = t->offset;
            e->length = child->offset + child->length - t->offset;
            g_ptr_array_add(e->children, child);
        }
    } else {
        e = parse_test(p);
    }
    p->level--;
    return e;
}

static void
report_mixed(Parser *p, const Token *t)
{
    Diagnostic *d = parser_report(p, "E324", t,
                                  "'and' and 'or' are mixed without brackets");

    diagnostic_note(d, "who is meant is not clear");
    diagnostic_help(d, "write  a and (b or c)   or   (a and b) or c");
}

/* The joining word before the next test; false when there is no next test. */
static bool
parse_joint(Parser *p, ExprKind *joint, bool *mixed)
{
    const Token *t = parser_peek(p);
    ExprKind kind = token_is(t, "or") ? EXPR_OR : EXPR_AND;

    if (t->kind == TOKEN_END || t->kind == TOKEN_CLOSE)
        return false;
    if (!token_is(t, "and") && !token_is(t, "or")) {
        Diagnostic *d =
            parser_report(p, "E302", t, "expected 'and' or 'or' here");
        if (t->kind == TOKEN_COMMA)
            diagnostic_note(d, "a list is written [one, two]");
        /* What cannot begin a test would only be reported twice. */
        if (t->kind != TOKEN_WORD && t->kind != TOKEN_OPEN) {
            p->at++;
            skip_test(p);
            return parse_joint(p, joint, mixed);
        }
        return true;
    }
    p->at++;
    if (*joint == EXPR_EVERYONE)
        *joint = kind;
    else if (*joint != kind && !*mixed) {
        report_mixed(p, t);
        *mixed = true;
    }
    return true;
}

static Expression *
parse_chain(Parser *p)
{
    g_autoptr(GPtrArray) parts =
        g_ptr_array_new_with_free_func((GDestroyNotify)expression_free);
    ExprKind joint = EXPR_EVERYONE;
    bool mixed = false;
    Expression *e, *first, *last;

    do {
        e = parse_unary(p);
        if (e)
            g_ptr_array_add(parts, e);
    } while (parse_joint(p, &joint, &mixed));
    if (parts->len == 0)
        return NULL;
    if (parts->len == 1)
        return g_ptr_array_steal_index(parts, 0);
    e = expression_new(joint == EXPR_OR ? EXPR_OR : EXPR_AND);
    first = g_ptr_array_index(parts, 0);
    last = g_ptr_array_index(parts, parts->len - 1);
    e->offset = first->offset;
    e->length = last->offset + last->length - first->offset;
    while (parts->len > 0)
        expression_add(e, g_ptr_array_steal_index(parts, 0));
    return e;
}

static Expression *
parse_all(Parser *p)
{
    g_autoptr(Expression) e = parse_chain(p);

    while (parser_peek(p)->kind == TOKEN_CLOSE) {
        diagnostic_note(parser_report(p, "E323", parser_peek(p),
                                      "this bracket closes nothing"),
                        "delete it");
        p->at++;
        if (parser_peek(p)->kind != TOKEN_END &&
            parser_peek(p)->kind != TOKEN_CLOSE) {
            expression_free(parse_chain(p));
        }
    }
    return g_steal_pointer(&e);
}

Expression *
expression_parse(const ExpressionScope *scope, const Source *source,
                 gsize offset, gsize length, Diagnostics *problems)
{
    guint errors = diagnostics_count(problems, SEVERITY_ERROR);
    g_autoptr(GArray) tokens = NULL;
    g_autoptr(Expression) e = NULL;
    Parser p = {.scope = scope, .source = source, .problems = problems};

    if (length > EXPRESSION_MAX_BYTES) {
        diagnostics_add(problems, "E333", source, offset, 1,
                        "this expression is longer than %d bytes",
                        EXPRESSION_MAX_BYTES);
        return NULL;
    }
    tokens = expression_lex(source, offset, length, problems);
    p.tokens = tokens;
    if (parser_peek(&p)->kind == TOKEN_END) {
        if (diagnostics_count(problems, SEVERITY_ERROR) == errors)
            parser_report_end(&p, parser_peek(&p));
        return NULL;
    }
    e = parse_all(&p);
    if (!e || diagnostics_count(problems, SEVERITY_ERROR) > errors)
        return NULL;
    expression_find_contradictions(e, source, problems);
    return g_steal_pointer(&e);
}
