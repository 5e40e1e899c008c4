/* SPDX-License-Identifier: Apache-2.0 */
/* segment-truth.h - what conditions mean, in C, person by person
 *
 * Two-valued: a test on a missing value is false, and its `not` is true. */
#ifndef TESTS_LIB_SEGMENT_TRUTH_H
#define TESTS_LIB_SEGMENT_TRUTH_H

#include "tests/lib/segment-people.h"

static int64_t
ago(const Fixture *f, int count, char unit)
{
    g_autoptr(GDateTime) utc = g_date_time_new_from_unix_utc(NOW / 1000);
    g_autoptr(GDateTime) local =
        g_date_time_to_timezone(utc, f->workspace.zone);
    g_autoptr(GDateTime) then = NULL;

    if (unit == 'h')
        return NOW - count * HOUR_MS;
    if (unit == 'd' || unit == 'w')
        then = g_date_time_add_days(local, -count * (unit == 'w' ? 7 : 1));
    else
        then = g_date_time_add_months(local, -count * (unit == 'y' ? 12 : 1));
    return g_date_time_to_unix(then) * 1000;
}

static bool
event_counts(const Fixture *f, const Expression *e, const Person *p,
             const Happening *h)
{
    ExprVerb verb = e->verb == VERB_DELIVERED ? VERB_SENT : e->verb;

    if (h->machine || h->verb != verb || h->at > NOW ||
        (e->campaign && !g_str_equal(e->campaign, h->campaign)) ||
        (e->mail && !g_str_equal(e->mail, h->mail)) ||
        (e->time == TIME_WITHIN && h->at < ago(f, e->count, e->unit)) ||
        (e->time == TIME_SINCE && h->at < e->at) ||
        (e->time == TIME_BEFORE && h->at >= e->at))
        return false;
    for (int i = 0; e->verb == VERB_DELIVERED && i < p->event_count; i++) {
        const Happening *b = &p->events[i];
        if (b->verb == VERB_BOUNCED && g_str_equal(b->id, h->id) &&
            b->at < h->at + 5 * DAY_MS)
            return false;
    }
    return true;
}

static bool
activity_holds(const Fixture *f, const Expression *e, const Person *p)
{
    int count = 0;

    if (e->verb == VERB_FINISHED) {
        Happening end = {VERB_FINISHED, p->done, "", NULL, "",
                         p->done_at,    false};
        return p->done && e->times == 1 && event_counts(f, e, p, &end);
    }
    for (int i = 0; i < p->event_count; i++)
        count += event_counts(f, e, p, &p->events[i]);
    return count >= e->times;
}

static bool
text_holds(const Expression *e, const char *text)
{
    g_autofree char *lower = text ? g_ascii_strdown(text, -1) : NULL;
    g_autofree char *part =
        e->values ? g_ascii_strdown(e->values[0], -1) : NULL;
    const char *const *values = (const char *const *)e->values;

    switch ((int)e->kind) {
    case EXPR_MISSING:
        return (!text || text[0] == ' ') != e->flag;
    case EXPR_IN:
        return (text && g_strv_contains(values, text)) != e->flag;
    case EXPR_COMPARE:
        return (text && g_str_equal(values[0], text)) == (e->op == OP_EQ);
    case EXPR_CONTAINS:
        return text && strstr(lower, part);
    case EXPR_STARTS:
        return text && g_str_has_prefix(lower, part);
    case EXPR_ENDS:
        return text && g_str_has_suffix(lower, part);
    default:
        g_assert_not_reached();
    }
}

/* `value` NAN: missing. */
static bool
number_holds(const Expression *e, double value, double low, double high)
{
    if (e->kind == EXPR_MISSING)
        return isnan(value) != e->flag;
    if (e->kind == EXPR_BETWEEN)
        return value >= low && value <= high;
    switch (e->op) {
    case OP_EQ:
        return value == low;
    case OP_NE:
        return !(value == low);
    case OP_LT:
        return value < low;
    case OP_LE:
        return value <= low;
    case OP_GT:
        return value > low;
    case OP_GE:
        return value >= low;
    }
    g_assert_not_reached();
}

static int
level(const char *name)
{
    for (int i = 0; i < 4; i++)
        if (name && g_str_equal(name, levels[i]))
            return i;
    return -1;
}

static bool
choice_holds(const Expression *e, const char *value)
{
    if (e->kind == EXPR_COMPARE || e->kind == EXPR_BETWEEN)
        return number_holds(e, value ? level(value) : (double)NAN,
                            level(e->values[0]), level(e->values[1]));
    return text_holds(e, value);
}

static bool
date_holds(const Fixture *f, const Expression *e, int64_t at)
{
    int64_t start = 0, next = 0;

    if (e->kind == EXPR_MISSING)
        return (at == 0) != e->flag;
    if (e->kind == EXPR_COMPARE || e->kind == EXPR_BETWEEN) {
        start = g_ascii_strtoll(e->values[0], NULL, 10);
        next = g_ascii_strtoll(e->values[e->kind == EXPR_BETWEEN ? 3 : 1], NULL,
                               10);
    }
    if (at == 0)
        return e->kind == EXPR_COMPARE && e->op == OP_NE;
    switch ((int)e->kind) {
    case EXPR_WITHIN:
        return at >= ago(f, e->count, e->unit) && at <= NOW;
    case EXPR_OLDER:
        return at < ago(f, e->count, e->unit);
    case EXPR_SINCE:
        return at >= e->at;
    case EXPR_BEFORE:
        return at < e->at;
    case EXPR_BETWEEN:
        return at >= start && at < next;
    default:
        break;
    }
    if (at >= start && at < next)
        return e->op == OP_EQ || e->op == OP_LE || e->op == OP_GE;
    return e->op == OP_NE || (at < start ? e->op == OP_LT || e->op == OP_LE
                                         : e->op == OP_GT || e->op == OP_GE);
}

static bool
set_holds(const Expression *e, const char *const *all, unsigned bits)
{
    unsigned wanted = 0;

    if (e->kind == EXPR_MISSING)
        return (bits == 0) != e->flag;
    for (int i = 0; i < 3; i++)
        if (g_strv_contains((const char *const *)e->values, all[i]))
            wanted |= 1u << i;
    return e->kind == EXPR_HAS_ANY   ? (bits & wanted) != 0
           : e->kind == EXPR_HAS_ALL ? (bits & wanted) == wanted
                                     : (bits & wanted) == 0;
}

static bool
field_holds(const Fixture *f, const Expression *e, const Person *p)
{
    const char *name = e->field->name;
    double low = 0, high = 0;

    if (e->kind == EXPR_YES)
        return p->open_to_work == 1;
    if (e->field->type == FIELD_NUMBER && e->values) {
        low = g_ascii_strtod(e->values[0], NULL);
        high = e->values[1] ? g_ascii_strtod(e->values[1], NULL) : 0;
    }
    if (g_str_equal(name, "city"))
        return text_holds(e, p->city);
    if (g_str_equal(name, "seniority"))
        return choice_holds(e, p->seniority);
    if (g_str_equal(name, "years"))
        return number_holds(e, p->years, low, high);
    if (g_str_equal(name, "score"))
        return number_holds(e, p->score, low, high);
    if (g_str_equal(name, "interest"))
        return set_holds(e, interests, p->interest);
    if (g_str_equal(name, "tag"))
        return set_holds(e, tags, p->tag);
    if (g_str_equal(name, "open_to_work"))
        return e->kind == EXPR_MISSING
                   ? (p->open_to_work < 0) != e->flag
                   : (p->open_to_work == g_str_equal(e->values[0], "yes")) ==
                         (e->op == OP_EQ);
    if (g_str_equal(name, "added"))
        return date_holds(f, e, p->added);
    if (g_str_equal(name, "last_engaged"))
        return date_holds(f, e, p->last_engaged);
    g_assert_cmpstr(name, ==, "available");
    return date_holds(f, e, p->available);
}

static bool
holds(const Fixture *f, const Expression *e, const Person *p)
{
    switch (e->kind) {
    case EXPR_AND:
    case EXPR_OR:
        for (guint i = 0; i < e->children->len; i++)
            if (holds(f, g_ptr_array_index(e->children, i), p) ==
                (e->kind == EXPR_OR))
                return e->kind == EXPR_OR;
        return e->kind == EXPR_AND;
    case EXPR_NOT:
        return !holds(f, g_ptr_array_index(e->children, 0), p);
    case EXPR_EVERYONE:
        return true;
    case EXPR_CONSTANT:
        return e->flag;
    case EXPR_SEGMENT:
        return holds(f, segment_find(f->segments, e->name), p);
    case EXPR_ACTIVITY:
        return activity_holds(f, e, p);
    case EXPR_STATIC:
        g_assert_not_reached();
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
        return field_holds(f, e, p);
    }
    g_assert_not_reached();
}

#endif
