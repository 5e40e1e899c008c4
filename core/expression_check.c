/* SPDX-License-Identifier: Apache-2.0 */
/* expression_check.c - conditions that nobody can meet */
#include "expression-private.h"

#include <string.h>

/* A test on one field, as the values that pass it: of a number or a date an
 * interval, of other fields a list that is either all that pass or all that do
 * not. Only tests that a missing value fails take part. */
typedef struct {
    bool interval;
    double low, high;
    bool low_open, high_open;
    bool excludes; /* `values` are those that do not pass */
    bool missing;  /* "is missing" */
    char **values; /* borrowed */
} Range;

static bool
range_of_number(const Expression *e, Range *r)
{
    double value = g_ascii_strtod(e->values[0], NULL);

    r->interval = true;
    r->low = -G_MAXDOUBLE;
    r->high = G_MAXDOUBLE;
    if (e->kind == EXPR_BETWEEN) {
        r->low = value;
        r->high = g_ascii_strtod(e->values[1], NULL);
        return true;
    }
    if (e->op == OP_EQ || e->op == OP_GT || e->op == OP_GE)
        r->low = value;
    if (e->op == OP_EQ || e->op == OP_LT || e->op == OP_LE)
        r->high = value;
    r->low_open = e->op == OP_GT;
    r->high_open = e->op == OP_LT;
    return e->op != OP_NE;
}

static int
rank(const Field *field, const char *value)
{
    for (int i = 0; field->values && field->values[i]; i++)
        if (g_str_equal(field->values[i], value))
            return i;
    return -1;
}

/* An ordered choice's comparison: its ranks are numbers. */
static bool
range_of_ranks(const Expression *e, Range *r)
{
    g_autofree char *low = g_strdup_printf("%d", rank(e->field, e->values[0]));
    g_autofree char *high = g_strdup_printf(
        "%d", e->kind == EXPR_BETWEEN ? rank(e->field, e->values[1]) : 0);
    char *ranks[] = {low, high, NULL};
    Expression copy = *e;

    copy.values = ranks;
    return range_of_number(&copy, r);
}

static bool
range_of_day(const Expression *e, Range *r)
{
    r->interval = true;
    r->low = -G_MAXDOUBLE;
    r->high = G_MAXDOUBLE;
    if (e->kind == EXPR_SINCE)
        r->low = (double)e->at;
    else if (e->kind == EXPR_BEFORE) {
        r->high = (double)e->at;
        r->high_open = true;
    } else
        return false;
    return true;
}

static bool
has_role_value(const Expression *e)
{
    for (int i = 0; e->values && e->values[i]; i++)
        if (value_is_role(e->values[i]))
            return true;
    return false;
}

static bool
range_of(const Expression *e, Range *r)
{
    bool compares = e->kind == EXPR_COMPARE || e->kind == EXPR_BETWEEN;

    memset(r, 0, sizeof *r);
    if (!e->field || e->field->type == FIELD_SET || has_role_value(e))
        return false;
    if (e->kind == EXPR_MISSING) {
        r->missing = true;
        return !e->flag;
    }
    if (e->field->type == FIELD_DATE)
        return range_of_day(e, r);
    if (e->field->type == FIELD_NUMBER)
        return compares && range_of_number(e, r);
    if (compares && e->field->ordered)
        return range_of_ranks(e, r);
    if (e->kind != EXPR_IN && e->kind != EXPR_COMPARE)
        return false;
    r->values = e->values;
    r->excludes = e->kind == EXPR_IN ? e->flag : e->op == OP_NE;
    return true;
}

/* Does no value of `a`, a list of those that pass, pass `b`? */
static bool
lists_disjoint(const Range *a, const Range *b)
{
    for (int i = 0; a->values[i]; i++)
        if (g_strv_contains((const char *const *)b->values, a->values[i]) !=
            b->excludes)
            return false;
    return true;
}

static bool
disjoint(const Range *a, const Range *b)
{
    if (a->missing != b->missing) {
        /* A missing value passes "is not this one". */
        const Range *other = a->missing ? b : a;
        return other->interval || !other->excludes;
    }
    if (a->missing || a->interval != b->interval)
        return false;
    if (a->interval) {
        double low = MAX(a->low, b->low), high = MIN(a->high, b->high);
        bool open = (a->low_open && a->low >= low) ||
                    (b->low_open && b->low >= low) ||
                    (a->high_open && a->high <= high) ||
                    (b->high_open && b->high <= high);
        return low > high || (open && low >= high);
    }
    if (!a->excludes)
        return lists_disjoint(a, b);
    return !b->excludes && lists_disjoint(b, a);
}

/* "seniority >= senior" -> ">= senior". */
static char *
without_name(const Expression *e)
{
    g_autofree char *text = expression_format(e);

    return g_strdup(text + strlen(e->field->name) + 1);
}

static void
check_pair(const Expression *a, const Expression *b, const Source *source,
           Diagnostics *problems)
{
    g_autofree char *first = NULL, *second = NULL;
    Range ra, rb;

    if (a->field != b->field || !range_of(a, &ra) || !range_of(b, &rb) ||
        !disjoint(&ra, &rb))
        return;
    first = without_name(a);
    second = without_name(b);
    diagnostics_add(problems, "W327", source, b->offset, b->length,
                    "nobody can match: %s cannot be %s and %s", a->field->name,
                    first, second);
}

static void
check_alone(const Expression *e, const Source *source, Diagnostics *problems)
{
    g_autofree char *text = NULL;
    Range r;

    if (e->kind != EXPR_BETWEEN || !range_of(e, &r) || r.low <= r.high)
        return;
    text = without_name(e);
    diagnostics_add(problems, "W327", source, e->offset, e->length,
                    "nobody can match: %s cannot be %s", e->field->name, text);
}

void
expression_find_contradictions(const Expression *e, const Source *source,
                               Diagnostics *problems)
{
    check_alone(e, source, problems);
    for (guint i = 0; e->children && i < e->children->len; i++) {
        const Expression *a = g_ptr_array_index(e->children, i);
        expression_find_contradictions(a, source, problems);
        for (guint j = i + 1; e->kind == EXPR_AND && j < e->children->len; j++)
            check_pair(a, g_ptr_array_index(e->children, j), source, problems);
    }
}
