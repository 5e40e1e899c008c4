/* SPDX-License-Identifier: Apache-2.0 */
/* expression_reduce.c - decide what can be decided without a candidate */
#include "nurture/expression.h"

#include "expression-private.h"

/* A role's value that is absent makes the test it stands in false, and the
 * negated test true: the same rule as for a candidate's missing value. */

static const StaticValue *
static_find(const StaticValue *statics, const char *name)
{
    for (; statics && statics->name; statics++)
        if (g_str_equal(statics->name, name))
            return statics;
    return NULL;
}

static Expression *
constant(const Expression *at, bool flag)
{
    Expression *e = expression_new(EXPR_CONSTANT);

    e->offset = at->offset;
    e->length = at->length;
    e->flag = flag;
    return e;
}

/* `values` with every role.* replaced by what it stands for. */
static char **
substitute(char **values, const StaticValue *statics)
{
    GPtrArray *out = g_ptr_array_new();

    for (int i = 0; values[i]; i++) {
        const StaticValue *found =
            value_is_role(values[i]) ? static_find(statics, values[i]) : NULL;
        if (!found) {
            g_ptr_array_add(out, g_strdup(values[i]));
            continue;
        }
        for (int j = 0; found->values && found->values[j]; j++)
            g_ptr_array_add(out, g_strdup(found->values[j]));
    }
    return values_take(out);
}

static Expression *
reduce_static(const Expression *e, const StaticValue *statics)
{
    const StaticValue *found = static_find(statics, e->name);
    g_auto(GStrv) wanted = NULL;
    bool any = false;

    if (!found)
        return expression_copy(e);
    if (!e->values[0])
        any = !found->values || !found->values[0];
    wanted = substitute(e->values, statics);
    for (int i = 0; wanted[i]; i++)
        any =
            any || (found->values && g_strv_contains(found->values, wanted[i]));
    return constant(e, any == (e->op == OP_EQ));
}

/* A single-valued test whose role.* value turned out to be several or none:
 * = becomes `in`, an order becomes "for any of them". */
static Expression *
spread_compare(const Expression *e, char **values)
{
    Expression *out;

    if (!values[0])
        return constant(e, e->kind == EXPR_COMPARE && e->op == OP_NE);
    out = expression_copy(e);
    if (e->kind == EXPR_COMPARE && (e->op == OP_EQ || e->op == OP_NE)) {
        out->kind = EXPR_IN;
        out->flag = e->op == OP_NE;
        g_strfreev(out->values);
        out->values = g_strdupv(values);
        return out;
    }
    expression_free(out);
    out = expression_new(EXPR_OR);
    out->offset = e->offset;
    out->length = e->length;
    for (int i = 0; values[i]; i++) {
        char *one[] = {values[i], NULL};
        Expression *child = expression_copy(e);
        g_strfreev(child->values);
        child->values = g_strdupv(one);
        expression_add(out, child);
    }
    return out;
}

static Expression *
reduce_values(const Expression *e, const StaticValue *statics)
{
    g_auto(GStrv) values = NULL;
    Expression *copy;

    if (!e->values || !e->field)
        return expression_copy(e);
    values = substitute(e->values, statics);
    if (e->kind == EXPR_BETWEEN) {
        /* A bound that is several values, or none, bounds nothing. */
        if (g_strv_length(values) != g_strv_length(e->values))
            return constant(e, false);
    } else if (e->kind == EXPR_COMPARE || e->kind == EXPR_CONTAINS ||
               e->kind == EXPR_STARTS || e->kind == EXPR_ENDS) {
        if (g_strv_length(values) != g_strv_length(e->values))
            return spread_compare(e, values);
    } else if (!values[0] && e->values[0]) {
        /* `has all` of nothing is false: it must not mean everybody. */
        return constant(e, e->kind == EXPR_HAS_NONE ||
                               (e->kind == EXPR_IN && e->flag));
    }
    copy = expression_copy(e);
    g_strfreev(copy->values);
    copy->values = g_steal_pointer(&values);
    return copy;
}

/* AND and OR without the constants that decide or change nothing. */
static Expression *
fold_group(const Expression *e, const StaticValue *statics)
{
    /* The constant that decides the whole: false for and, true for or. */
    bool decides = e->kind == EXPR_OR, value;
    g_autoptr(Expression) out = expression_new(e->kind);

    out->offset = e->offset;
    out->length = e->length;
    for (guint i = 0; i < e->children->len; i++) {
        g_autoptr(Expression) child =
            expression_reduce(g_ptr_array_index(e->children, i), statics);
        if (!expression_is_constant(child, &value))
            expression_add(out, g_steal_pointer(&child));
        else if (value == decides)
            return constant(e, decides);
    }
    if (out->children->len == 0)
        return constant(e, !decides);
    if (out->children->len == 1)
        return g_ptr_array_steal_index(out->children, 0);
    return g_steal_pointer(&out);
}

Expression *
expression_reduce(const Expression *e, const StaticValue *statics)
{
    g_autoptr(Expression) child = NULL;
    Expression *out;
    bool value;

    if (e->kind == EXPR_AND || e->kind == EXPR_OR)
        return fold_group(e, statics);
    if (e->kind == EXPR_STATIC)
        return reduce_static(e, statics);
    if (e->kind != EXPR_NOT)
        return reduce_values(e, statics);
    child = expression_reduce(g_ptr_array_index(e->children, 0), statics);
    if (expression_is_constant(child, &value))
        return constant(e, !value);
    out = expression_new(EXPR_NOT);
    out->offset = e->offset;
    out->length = e->length;
    expression_add(out, g_steal_pointer(&child));
    return out;
}

bool
expression_is_constant(const Expression *e, bool *out_value)
{
    if (e->kind != EXPR_CONSTANT && e->kind != EXPR_EVERYONE)
        return false;
    *out_value = e->kind == EXPR_EVERYONE || e->flag;
    return true;
}
