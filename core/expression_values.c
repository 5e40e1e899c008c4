/* SPDX-License-Identifier: Apache-2.0 */
/* expression_values.c - values, lists, dates and lengths of time */
#include "expression-parser.h"

#include "nurture/text.h"

#include <string.h>

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
int
digits_value(const char *text, gsize length)
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
bool
parse_date(Parser *p, int64_t *out_start, int64_t *out_next, char **out_text)
{
    static const char *const months[] = {
        "January", "February", "March",     "April",   "May",      "June",
        "July",    "August",   "September", "October", "November", "December"};
    const Token *t = parser_peek(p);
    int year, month, day;
    Diagnostic *d;

    if (token_ends_test(t)) {
        parser_report_end(p, t);
        return false;
    }
    p->at++;
    year = month = day = -1;
    if (strlen(t->text) == 10 && t->text[4] == '-' && t->text[7] == '-') {
        year = digits_value(t->text, 4);
        month = digits_value(t->text + 5, 2);
        day = digits_value(t->text + 8, 2);
    }
    if (year < 0 || month < 0 || day < 0) {
        d = parser_report(p, "E312", t, "'%s' is not a date", t->text);
        diagnostic_help(d, "write year, month and day: 2026-03-31");
        return false;
    }
    if (year < 1900 || year > 2200 || month < 1 || month > 12 || day < 1 ||
        !g_date_valid_dmy((GDateDay)day, (GDateMonth)month, (GDateYear)year)) {
        d = parser_report(p, "E312", t, "%s is not a real date", t->text);
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

bool
parse_duration(Parser *p, const char *after, int *out_count, char *out_unit)
{
    const Token *t = parser_peek(p);
    gsize length = t->text ? strlen(t->text) : 0;
    int count = -1;

    if (t->kind == TOKEN_WORD && length > 1 &&
        strchr("hdwmy", t->text[length - 1]))
        count = digits_value(t->text, length - 1);
    /* A century is more than any clock of ours needs. */
    if (count < 1 || count > (t->text[length - 1] == 'h' ? 876000 : 36500)) {
        Diagnostic *d = parser_report(
            p, "E309", t, "expected a length of time after '%s'", after);
        diagnostic_note(d, "for example 90d, 6w, 12m, 2y");
        if (!token_ends_test(t))
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
    Diagnostic *d = parser_report(p, "E304", t, "'%s' is not a value of '%s'",
                                  t->text, field->name);

    parser_suggest(d, t, (const char *const *)field->values);
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
        Diagnostic *d =
            parser_report(p, "E304", t, "an empty text is not a value");
        diagnostic_help(d, "write: %s is missing", field->name);
        return false;
    }
    if (field->type == FIELD_YES_NO) {
        if (token_is(t, "true") || token_is(t, "false"))
            text = token_is(t, "true") ? "yes" : "no";
        if (!g_strv_contains(yes_no, text)) {
            parser_report(p, "E304", t, "'%s' is neither yes nor no", t->text);
            return false;
        }
    } else if (field->type == FIELD_NUMBER && !number_is_valid(text)) {
        parser_report(p, "E304", t, "'%s' is not a number", t->text);
        return false;
    } else if (field->values &&
               !g_strv_contains((const char *const *)field->values, text)) {
        return report_value(p, t, field);
    }
    g_ptr_array_add(out, g_strdup(text));
    return true;
}

bool
parse_role_allowed(Parser *p, const Token *t)
{
    Diagnostic *d;

    if (p->scope->needs_role)
        return true;
    d = parser_report(p, "E303", t, "there is no role here, so no '%s'",
                      t->text);
    diagnostic_help(d, "add  needs: role  to the campaign's settings");
    return false;
}

/* One value. `field` NULL: of a static name, any word will do. */
bool
parse_value(Parser *p, const Field *field, GPtrArray *out)
{
    const Token *t = parser_peek(p);

    if (t->kind == TOKEN_END || t->kind == TOKEN_CLOSE ||
        (t->kind == TOKEN_WORD &&
         (g_str_equal(t->text, "and") || g_str_equal(t->text, "or") ||
          g_str_equal(t->text, "not")))) {
        parser_report_end(p, t);
        return false;
    }
    if (t->kind != TOKEN_WORD && t->kind != TOKEN_STRING) {
        parser_report(p, "E304", t, "expected a value here, not '%s'", t->text);
        return false;
    }
    p->at++;
    if (++p->values > EXPRESSION_MAX_VALUES) {
        if (p->values == EXPRESSION_MAX_VALUES + 1)
            parser_report(p, "E333", t, "more than %d values in one expression",
                          EXPRESSION_MAX_VALUES);
        return false;
    }
    if (t->kind == TOKEN_WORD && value_is_role(t->text)) {
        g_ptr_array_add(out, g_strdup(t->text));
        return parse_role_allowed(p, t);
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
    const Token *open = parser_take(p);
    bool good = true;

    while (parser_peek(p)->kind != TOKEN_LIST_CLOSE) {
        const Token *t = parser_peek(p);
        if (t->kind != TOKEN_WORD && t->kind != TOKEN_STRING) {
            Diagnostic *d = t->kind == TOKEN_COMMA
                                ? parser_report(p, "E304", t,
                                                "a value is missing before ','")
                                : parser_report(p, "E307", open,
                                                "this list is never closed");
            if (t->kind != TOKEN_COMMA)
                diagnostic_note(d, "add ']'");
            return false;
        }
        good = parse_value(p, field, out) && good;
        if (parser_peek(p)->kind == TOKEN_COMMA)
            p->at++;
        else if (parser_peek(p)->kind != TOKEN_LIST_CLOSE) {
            /* Two words side by side are two values without a comma, unless
             * the next condition begins here. */
            Diagnostic *d =
                parser_report(p, "E307", open, "this list is never closed");
            diagnostic_note(d, "add ']'");
            return false;
        }
    }
    p->at++;
    if (good && out->len == 0) {
        parser_report(p, "E304", open, "this list is empty");
        return false;
    }
    return good;
}

/* A list, or role.name, that stands for one. */
bool
parse_list_or_role(Parser *p, const Field *field, const char *after,
                   GPtrArray *out)
{
    const Token *t = parser_peek(p);
    Diagnostic *d;

    if (t->kind == TOKEN_LIST_OPEN)
        return parse_list(p, field, out);
    if (t->kind == TOKEN_WORD && value_is_role(t->text))
        return parse_value(p, field, out);
    if (t->kind == TOKEN_END) {
        parser_report_end(p, t);
        return false;
    }
    d = parser_report(p, "E318", t,
                      "expected a list in square brackets after '%s'", after);
    diagnostic_note(d, "for example [DE, AT, CH]");
    return false;
}

GPtrArray *
values_new(void)
{
    return g_ptr_array_new_with_free_func(g_free);
}

/* Close the array and make it the expression's values. */
void
values_set(Expression *e, GPtrArray *values)
{
    g_ptr_array_set_free_func(values, NULL);
    e->values = values_take(values);
}
