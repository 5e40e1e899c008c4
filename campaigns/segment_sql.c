/* SPDX-License-Identifier: Apache-2.0 */
/* segment_sql.c - from a condition to the SQL that decides it */
#include "nurture/segment.h"

#include "nurture/clock.h"
#include "nurture/error.h"
#include "nurture/event.h"
#include "nurture/text.h"
#include "nurture/visible.h"

#include <stdlib.h>
#include <string.h>

/* The only place where SQL is put together at run time. What is joined are
 * literals of this file and column expressions of the field registry; every
 * value becomes a parameter ":vN".
 *
 * Two-valued: a condition may come out NULL, which counts as false wherever it
 * is asked: in WHERE, in `and` and `or` that lead there, and below a `not`,
 * which is written (X) IS NOT TRUE. */

#define EITHER_MAX     16 /* values of a list */
#define SQL_MAX_BYTES  (1024 * 1024)
#define SQL_MAX_VALUES 20000
/* SQLite gives up at 1,000. */
#define MAX_DEPTH       400
#define DELIVERED_AFTER (5 * DAY_MS)

typedef struct {
    enum { BOUND_INT, BOUND_DOUBLE, BOUND_TEXT } type;
    bool of_column; /* not there in a count */
    int64_t integer;
    double real;
    char *text;
} Bound;

struct AudienceQuery {
    const SegmentSet *segments;
    const Workspace *workspace;
    int64_t now;
    GString *columns; /* ", x, y" */
    GString *where;   /* " AND (..) AND (..)" */
    int column_count;
    GArray *bound; /* Bound; :v1 is the first */
    int depth;
    GError *error; /* the first; told by audience_query_prepare() */
};

static void
bound_clear(gpointer data)
{
    g_free(((Bound *)data)->text);
}

AudienceQuery *
audience_query_new(const SegmentSet *segments, const Workspace *workspace,
                   int64_t now)
{
    AudienceQuery *q = g_new0(AudienceQuery, 1);

    q->segments = segments;
    q->workspace = workspace;
    q->now = now;
    q->columns = g_string_new(NULL);
    q->where = g_string_new(NULL);
    q->bound = g_array_new(FALSE, TRUE, sizeof(Bound));
    g_array_set_clear_func(q->bound, bound_clear);
    return q;
}

void
audience_query_free(AudienceQuery *q)
{
    if (!q)
        return;
    g_string_free(q->columns, TRUE);
    g_string_free(q->where, TRUE);
    g_array_unref(q->bound);
    g_clear_error(&q->error);
    g_free(q);
}

static void fail(AudienceQuery *q, const char *format, ...) G_GNUC_PRINTF(2, 3);

static void
fail(AudienceQuery *q, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    if (!q->error)
        q->error = g_error_new_valist(NURTURE_ERROR, ERROR_INPUT, format, args);
    va_end(args);
}

/* -- values --------------------------------------------------------------- */

static void
bind(AudienceQuery *q, GString *sql, Bound value)
{
    if (q->bound->len >= SQL_MAX_VALUES || sql->len > SQL_MAX_BYTES) {
        fail(q, "these conditions are too large together");
        g_free(value.text);
        return;
    }
    value.of_column = sql == q->columns;
    g_array_append_val(q->bound, value);
    g_string_append_printf(sql, ":v%u", q->bound->len);
}

static void
bind_int(AudienceQuery *q, GString *sql, int64_t value)
{
    bind(q, sql, (Bound){.type = BOUND_INT, .integer = value});
}

static void
bind_double(AudienceQuery *q, GString *sql, double value)
{
    bind(q, sql, (Bound){.type = BOUND_DOUBLE, .real = value});
}

static void
bind_text(AudienceQuery *q, GString *sql, const char *value)
{
    bind(q, sql, (Bound){.type = BOUND_TEXT, .text = g_strdup(value)});
}

/* A value as the field's column stores it. */
static void
bind_value(AudienceQuery *q, GString *sql, const Field *field,
           const char *value)
{
    if (g_str_equal(field->name, "score"))
        bind_double(
            q, sql,
            score_scaled(q->workspace, g_ascii_strtod(value, NULL), q->now));
    else if (field->type == FIELD_NUMBER)
        bind_double(q, sql, g_ascii_strtod(value, NULL));
    else if (field->type == FIELD_YES_NO)
        bind_int(q, sql, g_str_equal(value, "yes"));
    else if (field->type == FIELD_DATE)
        bind_int(q, sql, g_ascii_strtoll(value, NULL, 10));
    else
        bind_text(q, sql, value);
}

/* "column IN (:v1, :v2)". For a list SQLite makes a table, which is too much
 * where one person is asked about: there, "(+column = :v1 OR +column = :v2)".
 */
static void
write_one_of(AudienceQuery *q, GString *sql, const char *column,
             const Field *field, char *const *values, int n)
{
    bool either = sql == q->columns && n <= EITHER_MAX;

    g_string_append_printf(sql, either ? "(" : "%s IN (", column);
    for (int i = 0; i < n; i++) {
        if (i > 0)
            g_string_append(sql, either ? " OR " : ", ");
        if (either)
            g_string_append_printf(sql, "+%s = ", column);
        bind_value(q, sql, field, values[i]);
    }
    g_string_append_c(sql, ')');
}

/* `now` moved back by "90d"; months and years are calendar steps. */
static int64_t
back(const AudienceQuery *q, int count, char unit)
{
    Span span = {.count = count, .unit = SPAN_DAYS};

    if (unit == 'h')
        span.unit = SPAN_HOURS;
    else if (unit == 'w')
        span.count = count * 7;
    else if (unit == 'm')
        span.unit = SPAN_MONTHS;
    else if (unit == 'y')
        span.unit = SPAN_YEARS;
    return span_move(&span, q->workspace->zone, q->now, -1);
}

/* -- tests of a column ---------------------------------------------------- */

static const char *
sql_op(ExprOp op)
{
    static const char *const ops[] = {
        "IS NOT DISTINCT FROM", "IS DISTINCT FROM", "<", "<=", ">", ">="};

    return ops[op];
}

static int
rank(const Field *field, const char *value)
{
    for (int i = 0; field->values && field->values[i]; i++)
        if (g_str_equal(field->values[i], value))
            return i;
    return -1;
}

/* The values from rank `low` to `high`: a choice is stored by name, so that
 * fields.yaml may be reordered without touching anybody's data. */
static void
write_ranks(AudienceQuery *q, GString *sql, const Field *field, int low,
            int high)
{
    if (low > high)
        g_string_append(sql, "(0 = 1)");
    else
        write_one_of(q, sql, field->column, field, field->values + low,
                     high - low + 1);
}

static void
write_choice_order(AudienceQuery *q, GString *sql, const Expression *e)
{
    int last = (int)g_strv_length(e->field->values) - 1;
    int at = rank(e->field, e->values[0]);

    if (at < 0) /* a role's value that the field does not have */
        g_string_append(sql, "(0 = 1)");
    else if (e->op == OP_LT)
        write_ranks(q, sql, e->field, 0, at - 1);
    else if (e->op == OP_LE)
        write_ranks(q, sql, e->field, 0, at);
    else
        write_ranks(q, sql, e->field, e->op == OP_GT ? at + 1 : at, last);
}

static void
write_span(AudienceQuery *q, GString *sql, const char *column, int64_t from,
           int64_t to)
{
    g_string_append_printf(sql, "(%s >= ", column);
    bind_int(q, sql, from);
    g_string_append_printf(sql, " AND %s < ", column);
    bind_int(q, sql, to);
    g_string_append_c(sql, ')');
}

static void
write_at(AudienceQuery *q, GString *sql, const char *column, const char *op,
         int64_t at)
{
    g_string_append_printf(sql, "%s %s ", column, op);
    bind_int(q, sql, at);
}

/* A date means its whole day. */
static void
write_day(AudienceQuery *q, GString *sql, const Expression *e)
{
    const char *column = e->field->column;
    int64_t start = g_ascii_strtoll(e->values[0], NULL, 10);
    int64_t next = g_ascii_strtoll(e->values[1], NULL, 10);

    switch (e->op) {
    case OP_EQ:
        write_span(q, sql, column, start, next);
        return;
    case OP_NE:
        write_span(q, sql, column, start, next);
        g_string_append(sql, " IS NOT TRUE");
        return;
    case OP_LT:
        write_at(q, sql, column, "<", start);
        return;
    case OP_LE:
        write_at(q, sql, column, "<", next);
        return;
    case OP_GT:
        write_at(q, sql, column, ">=", next);
        return;
    case OP_GE:
        write_at(q, sql, column, ">=", start);
        return;
    }
}

static void
write_compare(AudienceQuery *q, GString *sql, const Expression *e)
{
    if (e->field->type == FIELD_DATE) {
        write_day(q, sql, e);
    } else if (e->field->type == FIELD_CHOICE && e->op != OP_EQ &&
               e->op != OP_NE) {
        write_choice_order(q, sql, e);
    } else {
        g_string_append_printf(sql, "%s %s ", e->field->column, sql_op(e->op));
        bind_value(q, sql, e->field, e->values[0]);
    }
}

static void
write_between(AudienceQuery *q, GString *sql, const Expression *e)
{
    if (e->field->type == FIELD_DATE) {
        write_span(q, sql, e->field->column,
                   g_ascii_strtoll(e->values[0], NULL, 10),
                   g_ascii_strtoll(e->values[3], NULL, 10));
        return;
    }
    if (e->field->type == FIELD_CHOICE) {
        int low = rank(e->field, e->values[0]);
        int high = rank(e->field, e->values[1]);
        write_ranks(q, sql, e->field, low < 0 ? 1 : low, low < 0 ? 0 : high);
        return;
    }
    g_string_append_printf(sql, "%s BETWEEN ", e->field->column);
    bind_value(q, sql, e->field, e->values[0]);
    g_string_append(sql, " AND ");
    bind_value(q, sql, e->field, e->values[1]);
}

static void
write_in(AudienceQuery *q, GString *sql, const Expression *e)
{
    if (e->flag)
        g_string_append_c(sql, '(');
    write_one_of(q, sql, e->field->column, e->field, e->values,
                 (int)g_strv_length(e->values));
    if (e->flag)
        g_string_append(sql, ") IS NOT TRUE");
}

static void
write_like(AudienceQuery *q, GString *sql, const Expression *e)
{
    g_autoptr(GString) pattern = g_string_new(NULL);

    if (e->kind != EXPR_STARTS)
        g_string_append_c(pattern, '%');
    for (const char *p = e->values[0]; *p; p++) {
        if (strchr("%_\\", *p))
            g_string_append_c(pattern, '\\');
        g_string_append_c(pattern, *p);
    }
    if (e->kind != EXPR_ENDS)
        g_string_append_c(pattern, '%');
    g_string_append_printf(sql, "%s LIKE ", e->field->column);
    bind_text(q, sql, pattern->str);
    g_string_append(sql, " ESCAPE '\\'");
}

/* -- sets ----------------------------------------------------------------- */

#define TAG_OF                                                                 \
    "FROM candidate_tag t WHERE t.candidate_id = c.candidate_id"               \
    " AND t.field = "

static void
write_tags(AudienceQuery *q, GString *sql, const Expression *e,
           const char *start)
{
    g_string_append(sql, start);
    bind_text(q, sql, e->field->name);
    if (e->values) {
        g_string_append(sql, " AND ");
        write_one_of(q, sql, "t.value", e->field, e->values,
                     (int)g_strv_length(e->values));
    }
    g_string_append_c(sql, ')');
}

static int
count_different(char **values)
{
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);

    for (int i = 0; values[i]; i++)
        g_hash_table_add(seen, values[i]);
    return (int)g_hash_table_size(seen);
}

/* Every character that text_is_blank() takes for nothing. */
static const char *
blanks(void)
{
    static gsize once;

    if (g_once_init_enter(&once)) {
        GString *all = g_string_new(NULL);
        for (gunichar c = 1; c < 0x10000; c++) {
            char one[7] = "";
            g_unichar_to_utf8(c, one);
            if (g_unichar_validate(c) && text_is_blank(one))
                g_string_append(all, one);
        }
        g_once_init_leave(&once, (gsize)g_string_free(all, FALSE));
    }
    return (const char *)once;
}

static void
write_missing(AudienceQuery *q, GString *sql, const Expression *e)
{
    const Field *field = e->field;

    if (field->never_missing)
        g_string_append(sql, e->flag ? "(1 = 1)" : "(0 = 1)");
    else if (field->type == FIELD_SET)
        write_tags(q, sql, e,
                   e->flag ? "EXISTS (SELECT 1 " TAG_OF
                           : "NOT EXISTS (SELECT 1 " TAG_OF);
    else if (field->type == FIELD_TEXT || field->type == FIELD_CHOICE ||
             field->type == FIELD_URL) {
        g_string_append_printf(sql, "trim(coalesce(%s, ''), ", field->column);
        bind_text(q, sql, blanks());
        g_string_append(sql, e->flag ? ") <> ''" : ") = ''");
    } else
        g_string_append_printf(sql, "%s IS %sNULL", field->column,
                               e->flag ? "NOT " : "");
}

/* -- history -------------------------------------------------------------- */

/* The activity's time, on a column of moments. Nothing counts before it
 * happened: `now` may be set back, for rehearsals. */
static void
write_time(AudienceQuery *q, GString *sql, const Expression *e,
           const char *column)
{
    int64_t from = 0;

    if (e->time == TIME_WITHIN)
        from = back(q, e->count, e->unit);
    else if (e->time == TIME_SINCE)
        from = e->at;
    if (from != 0) {
        g_string_append(sql, " AND ");
        write_at(q, sql, column, ">=", from);
    }
    g_string_append(sql, " AND ");
    if (e->time == TIME_BEFORE)
        write_at(q, sql, column, "<", MIN(e->at, q->now + 1));
    else
        write_at(q, sql, column, "<=", q->now);
}

/* Of an enrolment that ended nothing counts any more. */
static void
write_this_time(AudienceQuery *q, GString *sql, const Expression *e)
{
    g_string_append(sql, " AND e.at >= coalesce((SELECT CASE WHEN n.state IN"
                         " ('active', 'waiting') THEN n.enrolled_at ELSE ");
    bind_int(q, sql, G_MAXINT64);
    g_string_append(sql, " END FROM enrolment n WHERE n.candidate_id ="
                         " c.candidate_id AND n.campaign = ");
    bind_text(q, sql, e->campaign);
    g_string_append(sql, " ORDER BY n.cycle DESC LIMIT 1), 0)");
}

static void
write_event(AudienceQuery *q, GString *sql, const Expression *e)
{
    g_string_append(sql, "FROM event e WHERE e.candidate_id = c.candidate_id"
                         " AND e.machine = 0 AND e.kind = ");
    bind_text(q, sql,
              verb_event_kind(e->verb == VERB_DELIVERED ? VERB_SENT : e->verb));
    if (e->campaign) {
        g_string_append(sql, " AND e.campaign = ");
        bind_text(q, sql, e->campaign);
    }
    if (e->mail) {
        g_string_append(sql, " AND e.step = ");
        bind_text(q, sql, e->mail);
    }
    if (e->this_time)
        write_this_time(q, sql, e);
    write_time(q, sql, e, "e.at");
    if (e->verb != VERB_DELIVERED)
        return;
    g_string_append(sql, " AND NOT EXISTS (SELECT 1 FROM event b WHERE"
                         " b.message_id = e.message_id AND b.kind <> 'sent'"
                         " AND b.kind = 'bounced'"
                         " AND b.at < e.at + ");
    bind_int(q, sql, DELIVERED_AFTER);
    g_string_append_c(sql, ')');
}

static void
write_enrolment(AudienceQuery *q, GString *sql, const Expression *e)
{
    g_string_append(sql, "FROM enrolment n WHERE n.candidate_id ="
                         " c.candidate_id AND n.state = 'done'");
    if (e->campaign) {
        g_string_append(sql, " AND n.campaign = ");
        bind_text(q, sql, e->campaign);
    }
    if (e->mail) { /* the step that was last is the one that ended it */
        g_string_append(sql, " AND n.step = ");
        bind_text(q, sql, e->mail);
    }
    write_time(q, sql, e, "n.updated_at");
}

static void
write_activity(AudienceQuery *q, GString *sql, const Expression *e)
{
    g_string_append(sql,
                    e->times > 1 ? "(SELECT count(*) " : "EXISTS (SELECT 1 ");
    if (e->verb == VERB_FINISHED)
        write_enrolment(q, sql, e);
    else
        write_event(q, sql, e);
    g_string_append_c(sql, ')');
    if (e->times > 1) {
        g_string_append(sql, " >= ");
        bind_int(q, sql, e->times);
    }
}

/* -- structure ------------------------------------------------------------ */

static void write_condition(AudienceQuery *q, GString *sql,
                            const Expression *e);

/* Children [from, to) as a balanced tree of brackets: a thousand tests in one
 * chain would otherwise nest deeper than SQLite allows. */
static void
write_chain(AudienceQuery *q, GString *sql, const Expression *e, guint from,
            guint to)
{
    guint middle = from + (to - from) / 2;

    if (to - from == 1) {
        write_condition(q, sql, g_ptr_array_index(e->children, from));
        return;
    }
    g_string_append_c(sql, '(');
    write_chain(q, sql, e, from, middle);
    g_string_append(sql, e->kind == EXPR_AND ? " AND " : " OR ");
    write_chain(q, sql, e, middle, to);
    g_string_append_c(sql, ')');
}

static void
write_segment(AudienceQuery *q, GString *sql, const Expression *e)
{
    const Expression *named =
        q->segments ? segment_find(q->segments, e->name) : NULL;

    if (named)
        write_condition(q, sql, named);
    else
        fail(q, "segment '%s' has errors or does not exist", e->name);
}

/* The test itself, without brackets. */
static void
write_test(AudienceQuery *q, GString *sql, const Expression *e)
{
    switch (e->kind) {
    case EXPR_COMPARE:
        write_compare(q, sql, e);
        return;
    case EXPR_IN:
        write_in(q, sql, e);
        return;
    case EXPR_MISSING:
        write_missing(q, sql, e);
        return;
    case EXPR_BETWEEN:
        write_between(q, sql, e);
        return;
    case EXPR_CONTAINS:
    case EXPR_STARTS:
    case EXPR_ENDS:
        write_like(q, sql, e);
        return;
    case EXPR_HAS_ANY:
        write_tags(q, sql, e, "EXISTS (SELECT 1 " TAG_OF);
        return;
    case EXPR_HAS_ALL:
        write_tags(q, sql, e, "(SELECT count(*) " TAG_OF);
        g_string_append(sql, " = ");
        bind_int(q, sql, count_different(e->values));
        return;
    case EXPR_HAS_NONE:
        write_tags(q, sql, e, "NOT EXISTS (SELECT 1 " TAG_OF);
        return;
    case EXPR_WITHIN:
        write_span(q, sql, e->field->column, back(q, e->count, e->unit),
                   q->now + 1);
        return;
    case EXPR_OLDER:
        write_at(q, sql, e->field->column, "<", back(q, e->count, e->unit));
        return;
    case EXPR_SINCE:
        write_at(q, sql, e->field->column, ">=", e->at);
        return;
    case EXPR_BEFORE:
        write_at(q, sql, e->field->column, "<", e->at);
        return;
    case EXPR_YES:
        g_string_append_printf(sql, "%s = 1", e->field->column);
        return;
    case EXPR_ACTIVITY:
        write_activity(q, sql, e);
        return;
    case EXPR_EVERYONE:
        g_string_append(sql, "1 = 1");
        return;
    case EXPR_CONSTANT:
        g_string_append(sql, e->flag ? "1 = 1" : "0 = 1");
        return;
    case EXPR_STATIC:
        fail(q, "'%s' means nothing outside a mail", e->name);
        return;
    case EXPR_AND:
    case EXPR_OR:
    case EXPR_NOT:
    case EXPR_SEGMENT:
        break;
    }
    g_assert_not_reached();
}

static bool
has_role_value(const Expression *e)
{
    for (int i = 0; e->field && e->values && e->values[i]; i++)
        if (g_str_has_prefix(e->values[i], "role."))
            return true;
    return false;
}

/* Appends e as "(..)", whole in itself. */
static void
write_condition(AudienceQuery *q, GString *sql, const Expression *e)
{
    if (q->error)
        return;
    if (++q->depth > MAX_DEPTH || sql->len > SQL_MAX_BYTES) {
        fail(q, "these conditions are too large together");
    } else if (has_role_value(e)) {
        fail(q, "'%s' means nothing without a role", e->values[0]);
    } else if (e->kind == EXPR_AND || e->kind == EXPR_OR) {
        write_chain(q, sql, e, 0, e->children->len);
    } else if (e->kind == EXPR_SEGMENT) {
        write_segment(q, sql, e);
    } else {
        g_string_append_c(sql, '(');
        if (e->kind == EXPR_NOT) {
            write_condition(q, sql, g_ptr_array_index(e->children, 0));
            g_string_append(sql, " IS NOT TRUE");
        } else {
            write_test(q, sql, e);
        }
        g_string_append_c(sql, ')');
    }
    q->depth--;
}

/* -- the query ------------------------------------------------------------ */

int
audience_query_field(AudienceQuery *q, const Field *field)
{
    if (field->type == FIELD_SET) {
        g_string_append(q->columns,
                        ", (SELECT group_concat(v.value, '\x1f') FROM"
                        " (SELECT t.value AS value " TAG_OF);
        bind_text(q, q->columns, field->name);
        g_string_append(q->columns, " ORDER BY t.value) v)");
    } else if (g_str_equal(field->name, "score")) {
        g_string_append_printf(q->columns, ", %s * ", field->column);
        bind_double(q, q->columns, score_at(q->workspace, 1.0, q->now));
    } else {
        g_string_append_printf(q->columns, ", %s", field->column);
    }
    return ++q->column_count;
}

int
audience_query_condition(AudienceQuery *q, const Expression *condition)
{
    g_string_append(q->columns, ", ");
    write_condition(q, q->columns, condition);
    g_string_append(q->columns, " IS TRUE");
    return ++q->column_count;
}

void
audience_query_where(AudienceQuery *q, const Expression *condition)
{
    if (!condition)
        return;
    g_string_append(q->where, " AND ");
    write_condition(q, q->where, condition);
}

void
audience_query_shortlist(AudienceQuery *q, const char *role)
{
    g_string_append(q->where, " AND EXISTS (SELECT 1 FROM shortlist l WHERE"
                              " l.candidate_id = c.candidate_id"
                              " AND l.dropped_at IS NULL AND l.role = ");
    bind_text(q, q->where, role);
    g_string_append_c(q->where, ')');
}

char *
audience_query_sql(const AudienceQuery *q, AudienceRange range)
{
    return g_strdup_printf(
        "SELECT %s%s FROM candidate c WHERE " VISIBLE "%s AND c.candidate_id "
        "%s%s",
        range == AUDIENCE_COUNT ? "count(*)" : "c.candidate_id",
        range == AUDIENCE_COUNT ? "" : q->columns->str, q->where->str,
        range == AUDIENCE_ONE ? "= :candidate" : "> :after",
        range == AUDIENCE_ALL ? " ORDER BY c.candidate_id" : "");
}

Statement *
audience_query_prepare(const AudienceQuery *q, Store *store,
                       AudienceRange range, GError **error)
{
    g_autofree char *sql = NULL;
    g_autoptr(Statement) st = NULL;

    if (q->error) {
        g_propagate_error(error, g_error_copy(q->error));
        return NULL;
    }
    sql = audience_query_sql(q, range);
    st = store_prepare_text(store, sql, error);
    if (!st)
        return NULL;
    for (guint i = 0; i < q->bound->len; i++) {
        const Bound *b = &g_array_index(q->bound, Bound, i);
        char name[16];

        if (range == AUDIENCE_COUNT && b->of_column)
            continue;
        g_snprintf(name, sizeof name, ":v%u", i + 1);
        if (b->type == BOUND_INT)
            statement_bind_int(st, name, b->integer);
        else if (b->type == BOUND_DOUBLE)
            statement_bind_double(st, name, b->real);
        else
            statement_bind_text(st, name, b->text);
    }
    audience_bind(st, range, 0);
    return g_steal_pointer(&st);
}

void
audience_bind(Statement *st, AudienceRange range, int64_t id)
{
    statement_bind_int(st, range == AUDIENCE_ONE ? ":candidate" : ":after", id);
}

bool
audience_count(const SegmentSet *segments, const Workspace *workspace,
               Store *store, const Expression *condition, int64_t now,
               int64_t *out, GError **error)
{
    g_autoptr(AudienceQuery) q = audience_query_new(segments, workspace, now);
    g_autoptr(Statement) st = NULL;

    audience_query_where(q, condition);
    st = audience_query_prepare(q, store, AUDIENCE_COUNT, error);
    if (!st)
        return false;
    *out = statement_step(st) ? statement_int(st, 0) : 0;
    return statement_end(st, error);
}
