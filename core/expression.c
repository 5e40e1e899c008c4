/* SPDX-License-Identifier: Apache-2.0 */
/* expression.c - the tree of a condition: life, copy, canonical text */
#include "nurture/expression.h"

#include "expression-private.h"

#include <string.h>

/* Indexed by ExprVerb. The event's kind has the same name. */
static const char *const verb_names[] = {
    "sent",    "delivered", "opened",      "clicked",  "replied",
    "bounced", "applied",   "interviewed", "hired",    "finished",
    "sourced", "contacted", "met",         "declined", "opted_out",
};

const char *
verb_name(ExprVerb verb)
{
    return verb_names[verb];
}

const char *
verb_event_kind(ExprVerb verb)
{
    return verb_names[verb];
}

static const char *
op_text(ExprOp op)
{
    static const char *const texts[] = {"=", "!=", "<", "<=", ">", ">="};

    return texts[op];
}

bool
value_is_role(const char *text)
{
    return g_str_has_prefix(text, "role.") && text[strlen("role.")];
}

Expression *
expression_new(ExprKind kind)
{
    Expression *e = g_new0(Expression, 1);

    e->kind = kind;
    e->times = 1;
    if (kind == EXPR_AND || kind == EXPR_OR || kind == EXPR_NOT)
        e->children =
            g_ptr_array_new_with_free_func((GDestroyNotify)expression_free);
    return e;
}

void
expression_add(Expression *parent, Expression *child)
{
    if (child->kind != parent->kind || parent->kind == EXPR_NOT) {
        g_ptr_array_add(parent->children, child);
        return;
    }
    while (child->children->len > 0)
        g_ptr_array_add(parent->children,
                        g_ptr_array_steal_index(child->children, 0));
    expression_free(child);
}

char **
values_take(GPtrArray *values)
{
    g_ptr_array_add(values, NULL);
    return (char **)g_ptr_array_free(values, FALSE);
}

void
expression_free(Expression *e)
{
    if (!e)
        return;
    if (e->children)
        g_ptr_array_unref(e->children);
    g_strfreev(e->values);
    g_free(e->name);
    g_free(e->campaign);
    g_free(e->mail);
    g_free(e);
}

Expression *
expression_copy(const Expression *e)
{
    Expression *copy = g_memdup2(e, sizeof *e);

    copy->values = g_strdupv(e->values);
    copy->name = g_strdup(e->name);
    copy->campaign = g_strdup(e->campaign);
    copy->mail = g_strdup(e->mail);
    copy->children = NULL;
    if (!e->children)
        return copy;
    copy->children =
        g_ptr_array_new_with_free_func((GDestroyNotify)expression_free);
    for (guint i = 0; i < e->children->len; i++)
        g_ptr_array_add(copy->children,
                        expression_copy(g_ptr_array_index(e->children, i)));
    return copy;
}

void
expression_since_enrolment(Expression *e, const char *campaign)
{
    if (e->kind == EXPR_ACTIVITY && g_strcmp0(e->campaign, campaign) == 0)
        e->this_time = true;
    for (guint i = 0; e->children && i < e->children->len; i++)
        expression_since_enrolment(g_ptr_array_index(e->children, i), campaign);
}

/* -- canonical text ------------------------------------------------------- */

static bool
needs_quotes(const char *text)
{
    static const char *const words[] = {"and", "or",   "not",     "any",
                                        "all", "none", "missing", NULL};

    for (int i = 0; words[i]; i++)
        if (!g_ascii_strcasecmp(text, words[i]))
            return true;
    return !expression_is_word(text);
}

static void
append_value(GString *out, const char *text)
{
    if (!needs_quotes(text)) {
        g_string_append(out, text);
        return;
    }
    g_string_append_c(out, '"');
    for (; *text; text++) {
        if (*text == '"' || *text == '\\')
            g_string_append_c(out, '\\');
        g_string_append_c(out, *text);
    }
    g_string_append_c(out, '"');
}

/* "[a, b]", or "a" when there is one and `short_form` allows it. */
static void
append_values(GString *out, char **values, bool short_form)
{
    if (values[0] && (short_form || value_is_role(values[0])) && !values[1]) {
        append_value(out, values[0]);
        return;
    }
    g_string_append_c(out, '[');
    for (int i = 0; values[i]; i++) {
        if (i > 0)
            g_string_append(out, ", ");
        append_value(out, values[i]);
    }
    g_string_append_c(out, ']');
}

static void
append_activity(GString *out, const Expression *e)
{
    g_string_append(out, verb_name(e->verb));
    if (e->campaign)
        g_string_append_printf(out, " in %s", e->campaign);
    if (e->mail)
        g_string_append_printf(out, "/%s", e->mail);
    if (e->times > 1)
        g_string_append_printf(out, " at least %d times", e->times);
    if (e->time == TIME_WITHIN)
        g_string_append_printf(out, " within %d%c", e->count, e->unit);
    else if (e->time == TIME_SINCE)
        g_string_append_printf(out, " since %s", e->values[0]);
    else if (e->time == TIME_BEFORE)
        g_string_append_printf(out, " before %s", e->values[0]);
}

static void
append_static(GString *out, const Expression *e)
{
    g_string_append(out, e->name);
    if (!e->values[0]) {
        g_string_append(out,
                        e->op == OP_NE ? " is not missing" : " is missing");
        return;
    }
    if (!e->values[1] && g_str_has_prefix(e->values[0], "role.")) {
        g_string_append_printf(out, " %s %s", e->op == OP_NE ? "not in" : "in",
                               e->values[0]);
        return; /* a list of the role's */
    }
    if (!e->values[1]) {
        g_string_append(out, e->op == OP_NE ? " != " : " = ");
        append_value(out, e->values[0]);
        return;
    }
    g_string_append(out, e->op == OP_NE ? " not in " : " in ");
    append_values(out, e->values, false);
}

static void append(GString *out, const Expression *e, ExprKind parent);

static void
append_group(GString *out, const Expression *e, ExprKind parent)
{
    bool brackets = parent == EXPR_NOT || parent == EXPR_AND ||
                    (parent == EXPR_OR && e->kind == EXPR_AND);

    if (brackets)
        g_string_append_c(out, '(');
    for (guint i = 0; i < e->children->len; i++) {
        if (i > 0)
            g_string_append(out, e->kind == EXPR_AND ? " and " : " or ");
        append(out, g_ptr_array_index(e->children, i), e->kind);
    }
    if (brackets)
        g_string_append_c(out, ')');
}

/* Dates keep, behind their moments, the day as it was written. */
static const char *
date_text(const Expression *e, int index)
{
    return e->field->type == FIELD_DATE
               ? e->values[g_strv_length(e->values) / 3 * 2 + (guint)index]
               : e->values[index];
}

static void
append_test(GString *out, const Expression *e)
{
    static const char *const has[] = {"any", "all", "none"};

    g_string_append(out, e->field->name);
    switch (e->kind) {
    case EXPR_COMPARE:
        g_string_append_printf(out, " %s ", op_text(e->op));
        append_value(out, date_text(e, 0));
        return;
    case EXPR_IN:
        g_string_append(out, e->flag ? " not in " : " in ");
        append_values(out, e->values, false);
        return;
    case EXPR_MISSING:
        g_string_append(out, e->flag ? " is not missing" : " is missing");
        return;
    case EXPR_BETWEEN:
        g_string_append(out, " between ");
        append_value(out, date_text(e, 0));
        g_string_append(out, " and ");
        append_value(out, date_text(e, 1));
        return;
    case EXPR_CONTAINS:
    case EXPR_STARTS:
    case EXPR_ENDS:
        g_string_append(out, e->kind == EXPR_CONTAINS ? " contains "
                             : e->kind == EXPR_STARTS ? " starts with "
                                                      : " ends with ");
        append_value(out, e->values[0]);
        return;
    case EXPR_HAS_ANY:
    case EXPR_HAS_ALL:
    case EXPR_HAS_NONE:
        g_string_append(out, " has ");
        if (e->kind != EXPR_HAS_ANY || !e->values[0] || e->values[1] ||
            value_is_role(e->values[0]))
            g_string_append_printf(out, "%s ", has[e->kind - EXPR_HAS_ANY]);
        append_values(out, e->values, e->kind == EXPR_HAS_ANY);
        return;
    case EXPR_WITHIN:
        g_string_append_printf(out, " within %d%c", e->count, e->unit);
        return;
    case EXPR_OLDER:
        g_string_append_printf(out, " older than %d%c", e->count, e->unit);
        return;
    case EXPR_SINCE:
        g_string_append_printf(out, " since %s", e->values[0]);
        return;
    case EXPR_BEFORE:
        g_string_append_printf(out, " before %s", e->values[0]);
        return;
    case EXPR_YES:
        return;
    case EXPR_AND:
    case EXPR_OR:
    case EXPR_NOT:
    case EXPR_EVERYONE:
    case EXPR_CONSTANT:
    case EXPR_SEGMENT:
    case EXPR_ACTIVITY:
    case EXPR_STATIC:
        break;
    }
    g_assert_not_reached();
}

static void
append(GString *out, const Expression *e, ExprKind parent)
{
    switch (e->kind) {
    case EXPR_AND:
    case EXPR_OR:
        append_group(out, e, parent);
        return;
    case EXPR_NOT:
        g_string_append(out, "not ");
        append(out, g_ptr_array_index(e->children, 0), EXPR_NOT);
        return;
    case EXPR_EVERYONE:
        g_string_append(out, "everyone");
        return;
    case EXPR_CONSTANT:
        g_string_append(out, e->flag ? "everyone" : "not everyone");
        return;
    case EXPR_SEGMENT:
        g_string_append(out, e->name);
        return;
    case EXPR_ACTIVITY:
        append_activity(out, e);
        return;
    case EXPR_STATIC:
        append_static(out, e);
        return;
    case EXPR_COMPARE:
    case EXPR_IN:
    case EXPR_MISSING:
    case EXPR_BETWEEN:
    case EXPR_CONTAINS:
    case EXPR_STARTS:
    case EXPR_ENDS:
    case EXPR_HAS_ANY:
    case EXPR_HAS_ALL:
    case EXPR_HAS_NONE:
    case EXPR_WITHIN:
    case EXPR_OLDER:
    case EXPR_SINCE:
    case EXPR_BEFORE:
    case EXPR_YES:
        append_test(out, e);
        return;
    }
    g_assert_not_reached();
}

char *
expression_format(const Expression *expression)
{
    GString *out = g_string_new(NULL);

    append(out, expression, EXPR_EVERYONE);
    return g_string_free(out, FALSE);
}
