/* SPDX-License-Identifier: Apache-2.0 */
/* expression_words.c - history, segments and names of a mail */
#include "expression-parser.h"

#include <string.h>

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
    d = parser_report(p, "E304", t, "'%s' is not a value of 'audience'",
                      t->text);
    parser_suggest(d, t, p->scope->segments);
    return false;
}

static bool
parse_static_values(Parser *p, Expression *e, bool list)
{
    g_autoptr(GPtrArray) values = values_new();
    bool good;

    if (!list && !check_audience(p, parser_peek(p), e->name)) {
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
    const Token *t = parser_peek(p);
    char *none[] = {NULL};

    e->kind = EXPR_STATIC;
    e->name = g_strdup(name->text);
    if (value_is_role(name->text) && !parse_role_allowed(p, name))
        return false;
    if (token_ends_test(t)) {
        parser_report_end(p, t);
        return false;
    }
    p->at++;
    if (t->kind == TOKEN_OP) {
        e->op = t->op;
        if (t->op == OP_EQ || t->op == OP_NE)
            return parse_static_values(p, e, false);
        parser_report(p, "E321", t, "'%s' has no order, so '%s' makes no sense",
                      name->text, t->text);
        return false;
    }
    if (token_is(t, "not") && token_is(parser_peek(p), "in")) {
        p->at++;
        e->op = OP_NE;
        return parse_static_values(p, e, true);
    }
    if (token_is(t, "in"))
        return parse_static_values(p, e, true);
    if (token_is(t, "has")) {
        e->op = parser_accept(p, "none") ? OP_NE : OP_EQ;
        parser_accept(p, "any");
        return parse_static_values(p, e,
                                   parser_peek(p)->kind == TOKEN_LIST_OPEN);
    }
    if (!token_is(t, "is")) {
        p->at--;
        parser_report(p, "E302", t, "expected a comparison after '%s'",
                      name->text);
        return false;
    }
    e->op = parser_accept(p, "not") ? OP_NE : OP_EQ;
    if (!parser_accept(p, "missing"))
        return parse_static_values(p, e, false);
    e->values = g_strdupv(none);
    return true;
}

/* The name of a campaign or of a mail: what a file may be called. */
static bool
is_file_name(const char *text)
{
    return *text && strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-_."
                                 "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == strlen(text);
}

static bool
parse_campaign(Parser *p, Expression *e)
{
    const Token *t = parser_peek(p);
    const char *const *mails = NULL;
    Diagnostic *d;

    if (t->kind != TOKEN_WORD) {
        parser_report_end(p, t);
        return false;
    }
    p->at++;
    e->campaign = g_strdup(t->text);
    if (p->scope->mails)
        mails = p->scope->mails(t->text, p->scope->data);
    if ((p->scope->mails && !mails) || !is_file_name(t->text)) {
        d = parser_report(p, "E325", t, "there is no campaign '%s'", t->text);
        parser_suggest(d, t, p->scope->campaigns);
    }
    if (parser_peek(p)->kind != TOKEN_SLASH)
        return is_file_name(e->campaign) && (mails || !p->scope->mails);
    p->at++;
    t = parser_peek(p);
    if (t->kind != TOKEN_WORD) {
        parser_report_end(p, t);
        return false;
    }
    p->at++;
    e->mail = g_strdup(t->text);
    if (mails && !g_strv_contains(mails, t->text)) {
        d = parser_report(p, "E326", t, "campaign '%s' has no mail '%s'",
                          e->campaign, t->text);
        parser_suggest(d, t, mails);
        return false;
    }
    if (!p->scope->mails && !is_file_name(t->text)) {
        parser_report(p, "E326", t, "campaign '%s' has no mail '%s'",
                      e->campaign, t->text);
        return false;
    }
    return is_file_name(e->campaign) && (mails || !p->scope->mails);
}

static bool
parse_times(Parser *p, Expression *e)
{
    const Token *t;

    if (!parser_accept(p, "at"))
        return true;
    if (!parser_accept(p, "least")) {
        parser_report(p, "E302", parser_peek(p), "expected 'least' after 'at'");
        return false;
    }
    t = parser_peek(p);
    e->times =
        t->kind == TOKEN_WORD ? digits_value(t->text, strlen(t->text)) : -1;
    if (e->times < 1 || e->times > 10000) {
        if (t->kind == TOKEN_END)
            parser_report_end(p, t);
        else
            parser_report(p, "E304", t, "'%s' is not a number of times",
                          t->text);
        return false;
    }
    p->at++;
    if (parser_accept(p, "times") || parser_accept(p, "time"))
        return true;
    parser_report(p, "E302", parser_peek(p), "expected 'times' here");
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
    if ((parser_accept(p, "in") || parser_accept(p, "to")) &&
        !parse_campaign(p, e))
        return false;
    if (!parse_times(p, e))
        return false;
    if (parser_accept(p, "within")) {
        e->time = TIME_WITHIN;
        return parse_duration(p, "within", &e->count, &e->unit);
    }
    t = parser_peek(p);
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
        parser_report(p, "E303", t, "expected a field or a segment before '%s'",
                      t->text);
        return false;
    }
    if (field_is_faulty(p->scope->fields, t->text))
        return false;
    d = parser_report(p, "E303", t, "unknown field or segment '%s'", t->text);
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
    parser_suggest(d, t, (const char *const *)words->pdata);
    diagnostic_help(d,
                    "'nurture fields' and 'nurture segments' list what exists");
    return false;
}

bool
parse_word_test(Parser *p, Expression *e)
{
    const Token *t = parser_take(p);
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
