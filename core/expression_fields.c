/* SPDX-License-Identifier: Apache-2.0 */
/* expression_fields.c - tests of a field */
#include "expression-parser.h"

#include <string.h>

static bool
field_has_order(const Field *field)
{
    return field->type == FIELD_NUMBER || field->type == FIELD_DATE ||
           (field->type == FIELD_CHOICE && field->ordered);
}

static bool
report_set(Parser *p, const Token *t, const Field *field)
{
    const Token *next = parser_peek(p);
    const char *typed = next->kind == TOKEN_WORD ? next->text : "word";
    const char *a = field->values ? field->values[0] : typed;
    const char *b =
        field->values && field->values[1] ? field->values[1] : "other";
    Diagnostic *d = parser_report(
        p, "E316", t, "'%s' holds several values: use 'has'", field->name);

    diagnostic_help(
        d,
        "%s has %s \xc2\xb7 %s has any [%s, %s] \xc2\xb7 %s has all [%s, %s]",
        field->name, a, field->name, a, b, field->name, a, b);
    return false;
}

static bool
report_order(Parser *p, const Token *t, const Field *field, const char *op)
{
    Diagnostic *d =
        parser_report(p, "E321", t, "'%s' has no order, so '%s' makes no sense",
                      field->name, op);

    diagnostic_note(d, "use = or in [..]");
    return false;
}

static bool
report_kind(Parser *p, const Token *t, const Field *field, const char *op,
            const char *wanted)
{
    parser_report(p, "E321", t, "'%s' is a %s field; '%s' needs a %s",
                  field->name, field_type_name(field->type), op, wanted);
    return false;
}

/* Dates keep the start of their day, the start of the next one, and the text
 * they were written as; of two dates the texts come last. */
static bool
parse_days(Parser *p, Expression *e, int count)
{
    g_autoptr(GPtrArray) values = values_new();
    g_autoptr(GPtrArray) texts = values_new();

    for (int i = 0; i < count; i++) {
        int64_t start, next;
        char *text;
        if (i > 0 && !parser_accept(p, "and")) {
            parser_report(p, "E301", parser_peek(p),
                          "expected 'and' and a second date here");
            return false;
        }
        if (!parse_date(p, &start, &next, &text))
            return false;
        g_ptr_array_add(values, g_strdup_printf("%" G_GINT64_FORMAT, start));
        g_ptr_array_add(values, g_strdup_printf("%" G_GINT64_FORMAT, next));
        g_ptr_array_add(texts, text);
    }
    for (guint i = 0; i < texts->len; i++)
        g_ptr_array_add(values, g_strdup(g_ptr_array_index(texts, i)));
    values_set(e, g_steal_pointer(&values));
    return true;
}

static bool
parse_compare(Parser *p, const Token *op_token, ExprOp op, Expression *e)
{
    g_autoptr(GPtrArray) values = NULL;

    if (e->field->type == FIELD_SET)
        return report_set(p, op_token, e->field);
    if (op != OP_EQ && op != OP_NE && !field_has_order(e->field))
        return report_order(p, op_token, e->field, op_token->text);
    e->kind = EXPR_COMPARE;
    e->op = op;
    if (e->field->type == FIELD_DATE)
        return parse_days(p, e, 1);
    values = values_new();
    if (!parse_value(p, e->field, values))
        return false;
    values_set(e, g_steal_pointer(&values));
    return true;
}

static bool
parse_in(Parser *p, const Token *t, Expression *e)
{
    g_autoptr(GPtrArray) values = values_new();

    if (e->field->type == FIELD_SET)
        return report_set(p, t, e->field);
    if (e->field->type == FIELD_DATE)
        return report_kind(p, t, e->field, "in", "text, number or choice");
    e->kind = EXPR_IN;
    if (!parse_list_or_role(p, e->field, "in", values))
        return false;
    values_set(e, g_steal_pointer(&values));
    return true;
}

static bool
parse_is(Parser *p, const Token *is, Expression *e)
{
    bool negated = parser_accept(p, "not");

    if (parser_accept(p, "missing")) {
        e->kind = EXPR_MISSING;
        e->flag = negated;
        return true;
    }
    return parse_compare(p, is, negated ? OP_NE : OP_EQ, e);
}

static bool
parse_between(Parser *p, const Token *t, Expression *e)
{
    g_autoptr(GPtrArray) values = values_new();

    if (!field_has_order(e->field))
        return e->field->type == FIELD_SET
                   ? report_set(p, t, e->field)
                   : report_order(p, t, e->field, "between");
    e->kind = EXPR_BETWEEN;
    if (e->field->type == FIELD_DATE)
        return parse_days(p, e, 2);
    if (!parse_value(p, e->field, values))
        return false;
    if (!parser_accept(p, "and")) {
        parser_report(p, "E301", parser_peek(p),
                      "expected 'and' and a second value here");
        return false;
    }
    if (!parse_value(p, e->field, values))
        return false;
    values_set(e, g_steal_pointer(&values));
    return true;
}

static bool
parse_text_test(Parser *p, const Token *t, ExprKind kind, Expression *e)
{
    g_autoptr(GPtrArray) values = values_new();
    Field any_text = {.name = e->field->name, .type = FIELD_TEXT};

    if (e->field->type == FIELD_SET)
        return report_set(p, t, e->field);
    if (e->field->type != FIELD_TEXT && e->field->type != FIELD_URL &&
        e->field->type != FIELD_CHOICE)
        return report_kind(p, t, e->field, t->text, "text");
    e->kind = kind;
    if (kind != EXPR_CONTAINS && !parser_accept(p, "with")) {
        parser_report(p, "E302", parser_peek(p), "expected 'with' after '%s'",
                      t->text);
        return false;
    }
    /* A part of a choice's value need not be one of its values. */
    if (!parse_value(p, &any_text, values))
        return false;
    values_set(e, g_steal_pointer(&values));
    return true;
}

static bool
parse_has(Parser *p, const Token *t, Expression *e)
{
    g_autoptr(GPtrArray) values = values_new();
    const char *after = "has";

    if (e->field->type != FIELD_SET) {
        Diagnostic *d = parser_report(
            p, "E316", t, "'%s' holds one value: use '='", e->field->name);
        diagnostic_help(d, "or: %s in [..]", e->field->name);
        return false;
    }
    e->kind = EXPR_HAS_ANY;
    if (parser_accept(p, "any"))
        after = "any";
    else if (parser_accept(p, "all")) {
        e->kind = EXPR_HAS_ALL;
        after = "all";
    } else if (parser_accept(p, "none")) {
        e->kind = EXPR_HAS_NONE;
        after = "none";
    }
    if (parser_peek(p)->kind == TOKEN_WORD ||
        parser_peek(p)->kind == TOKEN_STRING) {
        if (!parse_value(p, e->field, values))
            return false;
    } else if (!parse_list_or_role(p, e->field, after, values)) {
        return false;
    }
    values_set(e, g_steal_pointer(&values));
    return true;
}

static bool
parse_when(Parser *p, const Token *t, Expression *e)
{
    int64_t next;
    char *text;
    char *values[] = {NULL, NULL};

    if (e->field->type != FIELD_DATE)
        return report_kind(p, t, e->field, t->text, "date");
    if (token_is(t, "within") || token_is(t, "older")) {
        bool older = token_is(t, "older");
        e->kind = older ? EXPR_OLDER : EXPR_WITHIN;
        if (older && !parser_accept(p, "than")) {
            parser_report(p, "E302", parser_peek(p),
                          "expected 'than' after 'older'");
            return false;
        }
        return parse_duration(p, older ? "older than" : "within", &e->count,
                              &e->unit);
    }
    e->kind = token_is(t, "since") ? EXPR_SINCE : EXPR_BEFORE;
    if (!parse_date(p, &e->at, &next, &text))
        return false;
    values[0] = text;
    e->values = g_strdupv(values);
    g_free(text);
    return true;
}

/* E302: what stands where a comparison should. */
static bool
report_no_test(Parser *p, const Token *t, const Field *field)
{
    static const char *const words[] = {
        "in",  "is",     "not",   "between", "contains", "starts", "ends",
        "has", "within", "older", "since",   "before",   NULL};
    Diagnostic *d = parser_report(
        p, "E302", t, "expected a comparison after '%s'", field->name);

    if (t->kind == TOKEN_WORD && !g_ascii_strcasecmp(t->text, "like"))
        diagnostic_note(d, "write contains \"Berlin\"");
    else if (t->kind == TOKEN_WORD)
        parser_suggest(d, t, words);
    return false;
}

/* The field's name has been taken; its test follows. */
bool
parse_field_test(Parser *p, Expression *e)
{
    const Token *t = parser_peek(p);
    bool is_yes_no = e->field->type == FIELD_YES_NO;

    if (token_ends_test(t) && is_yes_no) {
        e->kind = EXPR_YES;
        return true;
    }
    if (token_ends_test(t)) {
        parser_report_end(p, t);
        return false;
    }
    p->at++;
    if (t->kind == TOKEN_OP)
        return parse_compare(p, t, t->op, e);
    if (token_is(t, "not") && token_is(parser_peek(p), "in")) {
        t = parser_take(p);
        e->flag = true;
        return parse_in(p, t, e);
    }
    if (token_is(t, "in"))
        return parse_in(p, t, e);
    if (token_is(t, "is"))
        return parse_is(p, t, e);
    if (token_is(t, "between"))
        return parse_between(p, t, e);
    if (token_is(t, "contains"))
        return parse_text_test(p, t, EXPR_CONTAINS, e);
    if (token_is(t, "starts"))
        return parse_text_test(p, t, EXPR_STARTS, e);
    if (token_is(t, "ends"))
        return parse_text_test(p, t, EXPR_ENDS, e);
    if (token_is(t, "has"))
        return parse_has(p, t, e);
    if (token_is(t, "within") || token_is(t, "older") || token_is(t, "since") ||
        token_is(t, "before"))
        return parse_when(p, t, e);
    p->at--;
    if (is_yes_no) { /* complete already: what follows is one too many */
        e->kind = EXPR_YES;
        return true;
    }
    return report_no_test(p, t, e->field);
}
