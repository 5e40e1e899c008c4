/* SPDX-License-Identifier: Apache-2.0 */
/* expression_parse.c - from words and signs to a checked tree */
#include "expression-private.h"

#include "nurture/text.h"

#include <string.h>

/* Recursive descent over a token array that ends with TOKEN_END. A test that
 * cannot be understood is reported once and skipped to the next `and`, `or` or
 * bracket, so that one run reports every fault. Functions that fail return
 * NULL after reporting. */
typedef struct {
    const ExpressionScope *scope;
    const Source *source;
    const GArray *tokens;
    guint at;
    int level, values;
    Diagnostics *problems;
} Parser;

static const Token *
peek(const Parser *p)
{
    return &g_array_index(p->tokens, Token, p->at);
}

static const Token *
take(Parser *p)
{
    const Token *t = peek(p);

    if (t->kind != TOKEN_END)
        p->at++;
    return t;
}

/* The language's own words may be written in capitals as well. */
static bool
token_is(const Token *t, const char *word)
{
    g_autofree char *upper = NULL;

    if (t->kind != TOKEN_WORD)
        return false;
    upper = g_ascii_strup(word, -1);
    return g_str_equal(t->text, word) || g_str_equal(t->text, upper);
}

static bool
accept(Parser *p, const char *word)
{
    if (!token_is(peek(p), word))
        return false;
    p->at++;
    return true;
}

static bool
ends_test(const Token *t)
{
    return t->kind == TOKEN_END || t->kind == TOKEN_CLOSE ||
           token_is(t, "and") || token_is(t, "or");
}

static void
skip_test(Parser *p)
{
    int lists = 0;

    for (; peek(p)->kind != TOKEN_END; p->at++) {
        if (peek(p)->kind == TOKEN_LIST_OPEN)
            lists++;
        else if (peek(p)->kind == TOKEN_LIST_CLOSE && lists > 0)
            lists--;
        else if (lists == 0 && ends_test(peek(p)))
            return;
    }
}

static Diagnostic *report(Parser *p, const char *code, const Token *t,
                          const char *format, ...) G_GNUC_PRINTF(4, 5);

static Diagnostic *
report(Parser *p, const char *code, const Token *t, const char *format, ...)
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
static bool
suggest(Diagnostic *d, const Token *t, const char *const *words)
{
    const char *near = words ? text_nearest(t->text, words) : NULL;

    if (!near)
        return false;
    diagnostic_note(d, "did you mean '%s'?", near);
    diagnostic_fix(d, t->offset, t->length, near);
    return true;
}

static void
report_end(Parser *p, const Token *t)
{
    if (t->kind == TOKEN_END)
        report(p, "E301", t,
               "something is missing at the end of this expression");
    else
        report(p, "E301", t, "something is missing before '%s'", t->text);
}

/* -- values --------------------------------------------------------------- */

static bool
number_is_valid(const char *text)
{
    double value;
    char *end;

    if (!*text || strspn(text, "+-.0123456789") != strlen(text))
        return false;
    value = g_ascii_strtod(text, &end);
    return end != text && !*end && value > -1e15 && value < 1e15;
}

/* Up to nine digits; -1 for anything else. */
static int
digits(const char *text, gsize length)
{
    int value = 0;

    if (length == 0 || length > 9)
        return -1;
    for (gsize i = 0; i < length; i++) {
        if (!g_ascii_isdigit(text[i]))
            return -1;
        value = value * 10 + (text[i] - '0');
    }
    return value;
}

/* Midnight of a day, and of the next one, where the author lives. */
static void
day_bounds(const Parser *p, int year, int month, int day, int64_t *out_start,
           int64_t *out_next)
{
    g_autoptr(GTimeZone) utc = g_time_zone_new_utc();
    GTimeZone *zone = p->scope->zone ? p->scope->zone : utc;
    g_autoptr(GDateTime) start =
        g_date_time_new(zone, year, month, day, 0, 0, 0);
    g_autoptr(GDateTime) next = g_date_time_add_days(start, 1);

    *out_start = g_date_time_to_unix(start) * 1000;
    *out_next = g_date_time_to_unix(next) * 1000;
}

/* Read YYYY-MM-DD. */
static bool
parse_date(Parser *p, int64_t *out_start, int64_t *out_next, char **out_text)
{
    static const char *const months[] = {
        "January", "February", "March",     "April",   "May",      "June",
        "July",    "August",   "September", "October", "November", "December"};
    const Token *t = peek(p);
    int year, month, day;
    Diagnostic *d;

    if (ends_test(t)) {
        report_end(p, t);
        return false;
    }
    p->at++;
    year = month = day = -1;
    if (strlen(t->text) == 10 && t->text[4] == '-' && t->text[7] == '-') {
        year = digits(t->text, 4);
        month = digits(t->text + 5, 2);
        day = digits(t->text + 8, 2);
    }
    if (year < 0 || month < 0 || day < 0) {
        d = report(p, "E312", t, "'%s' is not a date", t->text);
        diagnostic_help(d, "write year, month and day: 2026-03-31");
        return false;
    }
    if (year < 1900 || year > 2200 || month < 1 || month > 12 || day < 1 ||
        !g_date_valid_dmy((GDateDay)day, (GDateMonth)month, (GDateYear)year)) {
        d = report(p, "E312", t, "%s is not a real date", t->text);
        if (year >= 1900 && year <= 2200 && month >= 1 && month <= 12)
            diagnostic_help(
                d, "%s %d has %d days", months[month - 1], year,
                g_date_get_days_in_month((GDateMonth)month, (GDateYear)year));
        else
            diagnostic_help(d, "write year, month and day: 2026-03-31");
        return false;
    }
    day_bounds(p, year, month, day, out_start, out_next);
    if (out_text)
        *out_text = g_strdup(t->text);
    return true;
}

static bool
parse_duration(Parser *p, const char *after, int *out_count, char *out_unit)
{
    const Token *t = peek(p);
    gsize length = t->text ? strlen(t->text) : 0;
    int count = -1;

    if (t->kind == TOKEN_WORD && length > 1 &&
        strchr("hdwmy", t->text[length - 1]))
        count = digits(t->text, length - 1);
    /* A century is more than any clock of ours needs. */
    if (count < 1 || count > (t->text[length - 1] == 'h' ? 876000 : 36500)) {
        Diagnostic *d =
            report(p, "E309", t, "expected a length of time after '%s'", after);
        diagnostic_note(d, "for example 90d, 6w, 12m, 2y");
        if (!ends_test(t))
            p->at++;
        return false;
    }
    *out_count = count;
    *out_unit = t->text[length - 1];
    p->at++;
    return true;
}

static bool
report_value(Parser *p, const Token *t, const Field *field)
{
    g_autofree char *list = NULL;
    Diagnostic *d = report(p, "E304", t, "'%s' is not a value of '%s'", t->text,
                           field->name);

    suggest(d, t, (const char *const *)field->values);
    list = g_strjoinv(", ", field->values);
    diagnostic_help(d, "possible values: %s", list);
    return false;
}

/* Is the text of `t` something that `field` may hold? Appends it. */
static bool
check_value(Parser *p, const Token *t, const Field *field, GPtrArray *out)
{
    static const char *const yes_no[] = {"yes", "no", NULL};
    const char *text = t->text;

    if (text_is_blank(text)) {
        Diagnostic *d = report(p, "E304", t, "an empty text is not a value");
        diagnostic_help(d, "write: %s is missing", field->name);
        return false;
    }
    if (field->type == FIELD_YES_NO) {
        if (token_is(t, "true") || token_is(t, "false"))
            text = token_is(t, "true") ? "yes" : "no";
        if (!g_strv_contains(yes_no, text)) {
            report(p, "E304", t, "'%s' is neither yes nor no", t->text);
            return false;
        }
    } else if (field->type == FIELD_NUMBER && !number_is_valid(text)) {
        report(p, "E304", t, "'%s' is not a number", t->text);
        return false;
    } else if (field->values &&
               !g_strv_contains((const char *const *)field->values, text)) {
        return report_value(p, t, field);
    }
    g_ptr_array_add(out, g_strdup(text));
    return true;
}

static bool
check_role(Parser *p, const Token *t)
{
    Diagnostic *d;

    if (p->scope->needs_role)
        return true;
    d = report(p, "E303", t, "there is no role here, so no '%s'", t->text);
    diagnostic_help(d, "add  needs: role  to the campaign's settings");
    return false;
}

/* One value. `field` NULL: of a static name, any word will do. */
static bool
parse_value(Parser *p, const Field *field, GPtrArray *out)
{
    const Token *t = peek(p);

    if (t->kind == TOKEN_END || t->kind == TOKEN_CLOSE ||
        (t->kind == TOKEN_WORD &&
         (g_str_equal(t->text, "and") || g_str_equal(t->text, "or") ||
          g_str_equal(t->text, "not")))) {
        report_end(p, t);
        return false;
    }
    if (t->kind != TOKEN_WORD && t->kind != TOKEN_STRING) {
        report(p, "E304", t, "expected a value here, not '%s'", t->text);
        return false;
    }
    p->at++;
    if (++p->values > EXPRESSION_MAX_VALUES) {
        if (p->values == EXPRESSION_MAX_VALUES + 1)
            report(p, "E333", t, "more than %d values in one expression",
                   EXPRESSION_MAX_VALUES);
        return false;
    }
    if (t->kind == TOKEN_WORD && value_is_role(t->text)) {
        g_ptr_array_add(out, g_strdup(t->text));
        return check_role(p, t);
    }
    if (field)
        return check_value(p, t, field, out);
    g_ptr_array_add(out, g_strdup(t->text));
    return true;
}

/* The values of "[a, b]" behind its bracket, each reported by itself. */
static bool
parse_list(Parser *p, const Field *field, GPtrArray *out)
{
    const Token *open = take(p);
    bool good = true;

    while (peek(p)->kind != TOKEN_LIST_CLOSE) {
        const Token *t = peek(p);
        if (t->kind != TOKEN_WORD && t->kind != TOKEN_STRING) {
            Diagnostic *d =
                t->kind == TOKEN_COMMA
                    ? report(p, "E304", t, "a value is missing before ','")
                    : report(p, "E307", open, "this list is never closed");
            if (t->kind != TOKEN_COMMA)
                diagnostic_note(d, "add ']'");
            return false;
        }
        good = parse_value(p, field, out) && good;
        if (peek(p)->kind == TOKEN_COMMA)
            p->at++;
        else if (peek(p)->kind != TOKEN_LIST_CLOSE) {
            /* Two words side by side are two values without a comma, unless
             * the next condition begins here. */
            Diagnostic *d =
                report(p, "E307", open, "this list is never closed");
            diagnostic_note(d, "add ']'");
            return false;
        }
    }
    p->at++;
    if (good && out->len == 0) {
        report(p, "E304", open, "this list is empty");
        return false;
    }
    return good;
}

/* A list, or role.name, that stands for one. */
static bool
parse_list_or_role(Parser *p, const Field *field, const char *after,
                   GPtrArray *out)
{
    const Token *t = peek(p);
    Diagnostic *d;

    if (t->kind == TOKEN_LIST_OPEN)
        return parse_list(p, field, out);
    if (t->kind == TOKEN_WORD && value_is_role(t->text))
        return parse_value(p, field, out);
    if (t->kind == TOKEN_END) {
        report_end(p, t);
        return false;
    }
    d = report(p, "E318", t, "expected a list in square brackets after '%s'",
               after);
    diagnostic_note(d, "for example [DE, AT, CH]");
    return false;
}

static GPtrArray *
values_new(void)
{
    return g_ptr_array_new_with_free_func(g_free);
}

/* Close the array and make it the expression's values. */
static void
values_set(Expression *e, GPtrArray *values)
{
    g_ptr_array_set_free_func(values, NULL);
    e->values = values_take(values);
}

/* -- tests of a field ----------------------------------------------------- */

static bool
field_has_order(const Field *field)
{
    return field->type == FIELD_NUMBER || field->type == FIELD_DATE ||
           (field->type == FIELD_CHOICE && field->ordered);
}

static bool
report_set(Parser *p, const Token *t, const Field *field)
{
    const char *a = field->values ? field->values[0] : "word";
    const char *b = field->values && field->values[1] ? field->values[1] : a;
    Diagnostic *d = report(p, "E316", t, "'%s' holds several values: use 'has'",
                           field->name);

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
        report(p, "E321", t, "'%s' has no order, so '%s' makes no sense",
               field->name, op);

    diagnostic_note(d, "use = or in [..]");
    return false;
}

static bool
report_kind(Parser *p, const Token *t, const Field *field, const char *op,
            const char *wanted)
{
    report(p, "E321", t, "'%s' is a %s field; '%s' needs a %s", field->name,
           field_type_name(field->type), op, wanted);
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
        if (i > 0 && !accept(p, "and")) {
            report(p, "E301", peek(p), "expected 'and' and a second date here");
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
    bool negated = accept(p, "not");

    if (accept(p, "missing")) {
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
    if (!accept(p, "and")) {
        report(p, "E301", peek(p), "expected 'and' and a second value here");
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
    if (kind != EXPR_CONTAINS && !accept(p, "with")) {
        report(p, "E302", peek(p), "expected 'with' after '%s'", t->text);
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
        Diagnostic *d = report(p, "E316", t, "'%s' holds one value: use '='",
                               e->field->name);
        diagnostic_help(d, "or: %s in [..]", e->field->name);
        return false;
    }
    e->kind = EXPR_HAS_ANY;
    if (accept(p, "any"))
        after = "any";
    else if (accept(p, "all")) {
        e->kind = EXPR_HAS_ALL;
        after = "all";
    } else if (accept(p, "none")) {
        e->kind = EXPR_HAS_NONE;
        after = "none";
    }
    if (peek(p)->kind == TOKEN_WORD || peek(p)->kind == TOKEN_STRING) {
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
        if (older && !accept(p, "than")) {
            report(p, "E302", peek(p), "expected 'than' after 'older'");
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

/* The field's name has been taken; its test follows. */
static bool
parse_field_test(Parser *p, Expression *e)
{
    const Token *t = peek(p);
    bool is_yes_no = e->field->type == FIELD_YES_NO;

    if (ends_test(t) && is_yes_no) {
        e->kind = EXPR_YES;
        return true;
    }
    if (ends_test(t)) {
        report_end(p, t);
        return false;
    }
    p->at++;
    if (t->kind == TOKEN_OP)
        return parse_compare(p, t, t->op, e);
    if (token_is(t, "not") && token_is(peek(p), "in")) {
        t = take(p);
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
    report(p, "E302", t, "expected a comparison after '%s'", e->field->name);
    return false;
}

/* -- the other tests ------------------------------------------------------ */

/* Is `word` a name that is decided while a mail is compiled? */
static bool
is_static(const Parser *p, const char *word)
{
    static const char *const names[] = {"audience", "variant", "language",
                                        "mail", NULL};

    return (p->scope->statics && g_strv_contains(names, word)) ||
           value_is_role(word);
}

/* An audience is one of the segments; other static values are anybody's. */
static bool
check_audience(Parser *p, const Token *t, const char *name)
{
    Diagnostic *d;

    if (!g_str_equal(name, "audience") || !p->scope->segments ||
        t->kind == TOKEN_LIST_OPEN || t->kind == TOKEN_END ||
        g_str_equal(t->text, "everyone") ||
        g_strv_contains(p->scope->segments, t->text))
        return true;
    d = report(p, "E304", t, "'%s' is not a value of 'audience'", t->text);
    suggest(d, t, p->scope->segments);
    return false;
}

static bool
parse_static_values(Parser *p, Expression *e, bool list)
{
    g_autoptr(GPtrArray) values = values_new();
    bool good;

    if (!list && !check_audience(p, peek(p), e->name)) {
        p->at++;
        return false;
    }
    good = list ? parse_list_or_role(p, NULL, "in", values)
                : parse_value(p, NULL, values);
    values_set(e, g_steal_pointer(&values));
    return good;
}

/* audience = dach, variant in [a, b], role.levels has senior,
 * role.salary is missing */
static bool
parse_static(Parser *p, const Token *name, Expression *e)
{
    const Token *t = peek(p);
    char *none[] = {NULL};

    e->kind = EXPR_STATIC;
    e->name = g_strdup(name->text);
    if (value_is_role(name->text) && !check_role(p, name))
        return false;
    if (ends_test(t)) {
        report_end(p, t);
        return false;
    }
    p->at++;
    if (t->kind == TOKEN_OP) {
        e->op = t->op;
        if (t->op == OP_EQ || t->op == OP_NE)
            return parse_static_values(p, e, false);
        report(p, "E321", t, "'%s' has no order, so '%s' makes no sense",
               name->text, t->text);
        return false;
    }
    if (token_is(t, "not") && token_is(peek(p), "in")) {
        p->at++;
        e->op = OP_NE;
        return parse_static_values(p, e, true);
    }
    if (token_is(t, "in"))
        return parse_static_values(p, e, true);
    if (token_is(t, "has")) {
        e->op = accept(p, "none") ? OP_NE : OP_EQ;
        accept(p, "any");
        return parse_static_values(p, e, peek(p)->kind == TOKEN_LIST_OPEN);
    }
    if (!token_is(t, "is")) {
        p->at--;
        report(p, "E302", t, "expected a comparison after '%s'", name->text);
        return false;
    }
    e->op = accept(p, "not") ? OP_NE : OP_EQ;
    if (!accept(p, "missing"))
        return parse_static_values(p, e, false);
    e->values = g_strdupv(none);
    return true;
}

static bool
parse_campaign(Parser *p, Expression *e)
{
    const Token *t = peek(p);
    const char *const *mails = NULL;
    Diagnostic *d;

    if (t->kind != TOKEN_WORD) {
        report_end(p, t);
        return false;
    }
    p->at++;
    e->campaign = g_strdup(t->text);
    if (p->scope->mails)
        mails = p->scope->mails(t->text, p->scope->data);
    if (p->scope->mails && !mails) {
        d = report(p, "E325", t, "there is no campaign '%s'", t->text);
        suggest(d, t, p->scope->campaigns);
    }
    if (peek(p)->kind != TOKEN_SLASH)
        return mails || !p->scope->mails;
    p->at++;
    t = peek(p);
    if (t->kind != TOKEN_WORD) {
        report_end(p, t);
        return false;
    }
    p->at++;
    e->mail = g_strdup(t->text);
    if (mails && !g_strv_contains(mails, t->text)) {
        d = report(p, "E326", t, "campaign '%s' has no mail '%s'", e->campaign,
                   t->text);
        suggest(d, t, mails);
        return false;
    }
    return mails || !p->scope->mails;
}

static bool
parse_times(Parser *p, Expression *e)
{
    const Token *t;

    if (!accept(p, "at"))
        return true;
    if (!accept(p, "least")) {
        report(p, "E302", peek(p), "expected 'least' after 'at'");
        return false;
    }
    t = peek(p);
    e->times = t->kind == TOKEN_WORD ? digits(t->text, strlen(t->text)) : -1;
    if (e->times < 1 || e->times > 10000) {
        if (t->kind == TOKEN_END)
            report_end(p, t);
        else
            report(p, "E304", t, "'%s' is not a number of times", t->text);
        return false;
    }
    p->at++;
    if (accept(p, "times") || accept(p, "time"))
        return true;
    report(p, "E302", peek(p), "expected 'times' here");
    return false;
}

static bool
parse_activity(Parser *p, ExprVerb verb, Expression *e)
{
    const Token *t;
    int64_t next;
    char *values[] = {NULL, NULL};
    g_autofree char *text = NULL;

    e->kind = EXPR_ACTIVITY;
    e->verb = verb;
    if ((accept(p, "in") || accept(p, "to")) && !parse_campaign(p, e))
        return false;
    if (!parse_times(p, e))
        return false;
    if (accept(p, "within")) {
        e->time = TIME_WITHIN;
        return parse_duration(p, "within", &e->count, &e->unit);
    }
    t = peek(p);
    if (!token_is(t, "since") && !token_is(t, "before"))
        return true;
    e->time = token_is(t, "since") ? TIME_SINCE : TIME_BEFORE;
    p->at++;
    if (!parse_date(p, &e->at, &next, &text))
        return false;
    values[0] = text;
    e->values = g_strdupv(values);
    return true;
}

static bool
verb_find(const char *word, ExprVerb *out)
{
    for (int v = VERB_SENT; v <= (int)VERB_OPTED_OUT; v++)
        if (g_str_equal(word, verb_name((ExprVerb)v))) {
            *out = (ExprVerb)v;
            return true;
        }
    return false;
}

/* E303: suggest among everything that could stand here. */
static bool
report_unknown(Parser *p, const Token *t)
{
    static const char *const statics[] = {"audience", "variant", "language",
                                          "mail", NULL};
    g_autoptr(GPtrArray) words = g_ptr_array_new();
    Diagnostic *d;

    if (t->kind == TOKEN_OP || t->kind == TOKEN_LIST_OPEN) {
        report(p, "E303", t, "expected a field or a segment before '%s'",
               t->text);
        return false;
    }
    d = report(p, "E303", t, "unknown field or segment '%s'", t->text);
    for (const char *const *f = field_names(p->scope->fields); *f; f++)
        g_ptr_array_add(words, (gpointer)*f);
    for (const char *const *s = p->scope->segments; s && *s; s++)
        g_ptr_array_add(words, (gpointer)*s);
    for (int i = 0; p->scope->statics && statics[i]; i++)
        g_ptr_array_add(words, (gpointer)statics[i]);
    for (int v = VERB_SENT; v <= (int)VERB_OPTED_OUT; v++)
        g_ptr_array_add(words, (gpointer)verb_name((ExprVerb)v));
    g_ptr_array_add(words, (gpointer) "everyone");
    g_ptr_array_add(words, NULL);
    suggest(d, t, (const char *const *)words->pdata);
    diagnostic_help(d,
                    "'nurture fields' and 'nurture segments' list what exists");
    return false;
}

static bool
parse_word_test(Parser *p, Expression *e)
{
    const Token *t = take(p);
    ExprVerb verb;

    if (t->kind != TOKEN_WORD)
        return report_unknown(p, t);
    if (is_static(p, t->text))
        return parse_static(p, t, e);
    e->field = field_find(p->scope->fields, t->text);
    if (e->field)
        return parse_field_test(p, e);
    if (verb_find(t->text, &verb))
        return parse_activity(p, verb, e);
    if (p->scope->segments && g_strv_contains(p->scope->segments, t->text)) {
        e->kind = EXPR_SEGMENT;
        e->name = g_strdup(t->text);
        return true;
    }
    if (token_is(t, "everyone"))
        return true;
    return report_unknown(p, t);
}

/* -- structure ------------------------------------------------------------ */

static Expression *parse_chain(Parser *p);

static Expression *
parse_brackets(Parser *p)
{
    const Token *open = take(p);
    Expression *e = parse_chain(p);

    if (peek(p)->kind == TOKEN_CLOSE) {
        p->at++;
        return e;
    }
    diagnostic_note(report(p, "E323", open, "this bracket is never closed"),
                    "add ')'");
    expression_free(e);
    return NULL;
}

static Expression *
parse_test(Parser *p)
{
    const Token *start = peek(p);
    const Token *last;
    g_autoptr(Expression) e = expression_new(EXPR_EVERYONE);

    if (ends_test(start)) {
        report_end(p, start);
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
    const Token *t = peek(p);
    Expression *child, *e = NULL;

    if (++p->level > EXPRESSION_MAX_LEVELS) {
        report(p, "E333", t, "brackets and 'not' are nested more than %d deep",
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
    Diagnostic *d =
        report(p, "E324", t, "'and' and 'or' are mixed without brackets");

    diagnostic_note(d, "who is meant is not clear");
    diagnostic_help(d, "write  a and (b or c)   or   (a and b) or c");
}

/* The joining word before the next test; false when there is no next test. */
static bool
parse_joint(Parser *p, ExprKind *joint, bool *mixed)
{
    const Token *t = peek(p);
    ExprKind kind = token_is(t, "or") ? EXPR_OR : EXPR_AND;

    if (t->kind == TOKEN_END || t->kind == TOKEN_CLOSE)
        return false;
    if (!token_is(t, "and") && !token_is(t, "or")) {
        report(p, "E302", t, "expected 'and' or 'or' here");
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

    while (peek(p)->kind == TOKEN_CLOSE) {
        diagnostic_note(
            report(p, "E323", peek(p), "this bracket closes nothing"),
            "delete it");
        p->at++;
        if (peek(p)->kind != TOKEN_END && peek(p)->kind != TOKEN_CLOSE) {
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
    if (peek(&p)->kind == TOKEN_END) {
        if (diagnostics_count(problems, SEVERITY_ERROR) == errors)
            report_end(&p, peek(&p));
        return NULL;
    }
    e = parse_all(&p);
    if (!e || diagnostics_count(problems, SEVERITY_ERROR) > errors)
        return NULL;
    expression_find_contradictions(e, source, problems);
    return g_steal_pointer(&e);
}
