/* SPDX-License-Identifier: Apache-2.0 */
/* test_segment_sql.c - SQL and a plain evaluator agree on random conditions */
#include "nurture/clock.h"
#include "nurture/event.h"
#include "nurture/segment.h"

#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

/* The evaluator below says what conditions mean, in C, person by person. The
 * SQL must give the same answer for every random condition and person. GTest
 * prints the seed; run again with --seed to repeat a failure. */

#define NOW       INT64_C(1772528400000) /* 2026-03-03 09:00 UTC */
#define PEOPLE    80
#define QUESTIONS 600

static const char fields_yaml[] =
    "fields:\n"
    "  - {name: seniority, type: choice, ordered: yes,"
    " values: [intern, junior, mid, senior]}\n"
    "  - {name: open_to_work, type: yes/no}\n"
    "  - {name: years, type: number}\n"
    "  - {name: available, type: date}\n"
    "  - {name: interest, type: set, values: [backend, sre, data]}\n"
    "  - {name: tag, type: set}\n";

static const char *const levels[] = {"intern", "junior", "mid", "senior"};
static const char *const cities[] = {"Berlin", "berlin", "100% x",        "a_b",
                                     "a\\b",   "axb",    "M\xc3\xbcnchen"};
static const char *const interests[] = {"backend", "sre", "data"};
static const char *const tags[] = {"vip", "it's", "x\"; DROP TABLE event"};
static const char *const campaigns[] = {"news", "loop"};
static const char *const mails[] = {"welcome", "team"};
static const ExprVerb verbs[] = {VERB_SENT,    VERB_CLICKED, VERB_REPLIED,
                                 VERB_BOUNCED, VERB_APPLIED, VERB_DELIVERED};

typedef struct {
    ExprVerb verb;
    const char *campaign, *mail, *message;
    char id[24];
    int64_t at;
    bool machine;
} Happening;

typedef struct {
    const char *city;                       /* NULL and blank: missing */
    const char *seniority;                  /* NULL: missing */
    int open_to_work;                       /* -1: missing */
    double years;                           /* NAN: missing */
    int64_t available, last_engaged, added; /* 0: missing */
    double score;
    unsigned interest, tag; /* bits */
    Happening events[6];
    int event_count;
    const char *done; /* campaign run to its end */
    int64_t done_at;
} Person;

typedef struct {
    char *directory, *path;
    Workspace workspace;
    Store *store, *guarded;
    FieldSet *fields;
    Diagnostics *problems;
    ExpressionScope scope;
    SegmentSet *segments;
    GPtrArray *sources;
    Person people[PEOPLE];
} Fixture;

/* -- segments from memory ------------------------------------------------- */

static const struct {
    const char *path, *text;
} files[] = {
    {"segments/near.seg", "# close by\ncity in [Berlin, \"100% x\"]\n"},
    {"segments/young.seg", "not seniority >= mid\n"},
    {"segments/both.seg", "near and young\n"},
};

static const Source *
file_source(const char *path, gpointer data)
{
    Fixture *f = data;

    for (gsize i = 0; i < G_N_ELEMENTS(files); i++)
        if (g_str_equal(files[i].path, path)) {
            Source *s = source_new(path, files[i].text, strlen(files[i].text));
            g_ptr_array_add(f->sources, s);
            return s;
        }
    return NULL;
}

static const char *const *
file_list(const char *directory, gpointer data)
{
    static const char *const names[] = {"near.seg", "young.seg", "both.seg",
                                        NULL};

    (void)data;
    g_assert_cmpstr(directory, ==, "segments");
    return names;
}

/* -- random people -------------------------------------------------------- */

static bool
chance(int percent)
{
    return g_test_rand_int_range(0, 100) < percent;
}

static int
below(gsize n)
{
    return g_test_rand_int_range(0, (gint32)n);
}

#define PICK(list) ((list)[below(G_N_ELEMENTS(list))])

static int64_t
moment(void)
{
    return NOW - (int64_t)g_test_rand_int_range(0, 800) * DAY_MS -
           g_test_rand_int_range(0, 86400) * SECOND_MS;
}

static void
make_person(Person *p, int number)
{
    memset(p, 0, sizeof *p);
    p->city = chance(20) ? NULL : chance(10) ? " \xc2\xa0" : PICK(cities);
    p->seniority = chance(25) ? NULL : PICK(levels);
    p->open_to_work = below(3) - 1;
    p->years = chance(25) ? (double)NAN : (double)below(6);
    p->available = chance(30) ? 0 : moment();
    p->last_engaged = chance(30) ? 0 : moment();
    p->added = moment();
    p->score = chance(40) ? 0 : below(80) + 0.5;
    p->interest = (unsigned)below(8);
    p->tag = (unsigned)below(8);
    p->event_count = below(G_N_ELEMENTS(p->events) + 1);
    for (int i = 0; i < p->event_count; i++) {
        Happening *h = &p->events[i];
        h->verb = PICK(verbs);
        if (h->verb == VERB_DELIVERED)
            h->verb = VERB_SENT;
        h->campaign = PICK(campaigns);
        h->mail = PICK(mails);
        h->at = moment();
        h->machine = chance(15);
        g_snprintf(h->id, sizeof h->id, "m%d-%d", number, below(2));
    }
    p->done = chance(30) ? PICK(campaigns) : NULL;
    p->done_at = moment();
}

static void
bind_date(Statement *st, const char *name, int64_t at)
{
    if (at)
        statement_bind_int(st, name, at);
    else
        statement_bind_null(st, name);
}

static void
run(Statement *st)
{
    g_autoptr(GError) error = NULL;

    statement_run(st, &error);
    g_assert_no_error(error);
}

static void
store_tags(Fixture *f, int id, const char *field, const char *const *values,
           unsigned bits)
{
    g_autoptr(Statement) st =
        store_prepare(f->store,
                      "INSERT INTO candidate_tag (candidate_id, field, value)"
                      " VALUES (:id, :field, :value)",
                      NULL);

    for (int i = 0; i < 3; i++) {
        if (!(bits & 1u << i))
            continue;
        statement_bind_int(st, ":id", id);
        statement_bind_text(st, ":field", field);
        statement_bind_text(st, ":value", values[i]);
        run(st);
    }
}

static void
store_event(Fixture *f, int id, const Happening *h)
{
    g_autoptr(Statement) st = store_prepare(
        f->store,
        "INSERT INTO event (candidate_id, kind, message_id, campaign, step, at,"
        " machine) VALUES (:id, :kind, :message, :campaign, :step, :at, :m)",
        NULL);

    statement_bind_int(st, ":id", id);
    statement_bind_text(st, ":kind", verb_event_kind(h->verb));
    statement_bind_text(st, ":message", h->id);
    statement_bind_text(st, ":campaign", h->campaign);
    statement_bind_text(st, ":step", h->mail);
    statement_bind_int(st, ":at", h->at);
    statement_bind_int(st, ":m", h->machine);
    run(st);
}

static void
store_rest(Fixture *f, int id, const Person *p)
{
    g_autoptr(Statement) score = store_prepare(
        f->store,
        "INSERT INTO score (candidate_id, scaled, events, updated_at)"
        " VALUES (:id, :scaled, 1, 0)",
        NULL);
    g_autoptr(Statement) done = store_prepare(
        f->store,
        "INSERT INTO enrolment (candidate_id, campaign, snapshot, state,"
        " anchor_at, enrolled_at, updated_at)"
        " VALUES (:id, :campaign, 's', 'done', 0, 0, :at)",
        NULL);

    if (p->score != 0) {
        statement_bind_int(score, ":id", id);
        statement_bind_double(score, ":scaled",
                              score_scaled(&f->workspace, p->score, NOW));
        run(score);
    }
    if (p->done) {
        statement_bind_int(done, ":id", id);
        statement_bind_text(done, ":campaign", p->done);
        statement_bind_int(done, ":at", p->done_at);
        run(done);
    }
    store_tags(f, id, "interest", interests, p->interest);
    store_tags(f, id, "tag", tags, p->tag);
    for (int i = 0; i < p->event_count; i++)
        store_event(f, id, &p->events[i]);
}

static void
store_person(Fixture *f, int id, const Person *p)
{
    g_autofree char *email = g_strdup_printf("p%d@example.org", id);
    g_autoptr(Statement) st = store_prepare(
        f->store,
        "INSERT INTO candidate (candidate_id, email, email_key, address_hmac,"
        " city, added, last_engaged, updated_at, x_seniority, x_open_to_work,"
        " x_years, x_available) VALUES (:id, :email, :email, :email, :city,"
        " :added, :engaged, 0, :seniority, :open, :years, :available)",
        NULL);

    statement_bind_int(st, ":id", id);
    statement_bind_text(st, ":email", email);
    statement_bind_text(st, ":city", p->city);
    statement_bind_int(st, ":added", p->added);
    bind_date(st, ":engaged", p->last_engaged);
    statement_bind_text(st, ":seniority", p->seniority);
    if (p->open_to_work < 0)
        statement_bind_null(st, ":open");
    else
        statement_bind_int(st, ":open", p->open_to_work);
    if (isnan(p->years))
        statement_bind_null(st, ":years");
    else
        statement_bind_double(st, ":years", p->years);
    bind_date(st, ":available", p->available);
    run(st);
    store_rest(f, id, p);
}

/* -- the plain evaluator -------------------------------------------------- */

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

/* -- random conditions ---------------------------------------------------- */

static const char *const ops[] = {"=", "!=", "<", "<=", ">", ">="};
static const char *const units[] = {"d", "w", "m", "y", "h"};

static void
add_quoted(GString *s, const char *text)
{
    g_string_append_c(s, '"');
    for (; *text; text++) {
        if (*text == '"' || *text == '\\')
            g_string_append_c(s, '\\');
        g_string_append_c(s, *text);
    }
    g_string_append_c(s, '"');
}

static void
add_list(GString *s, const char *const *values, gsize n)
{
    g_string_append_c(s, '[');
    for (int i = 0, count = below(3) + 1; i < count; i++) {
        if (i > 0)
            g_string_append(s, ", ");
        add_quoted(s, values[below(n)]);
    }
    g_string_append_c(s, ']');
}

static void
add_date(GString *s)
{
    g_string_append_printf(s, "%d-%02d-%02d", 2024 + below(3), below(12) + 1,
                           below(28) + 1);
}

static void
add_date_test(GString *s)
{
    static const char *const names[] = {"added", "last_engaged", "available"};

    g_string_append(s, PICK(names));
    switch (below(5)) {
    case 0:
        g_string_append_printf(s, " within %d%s", below(40) + 1, PICK(units));
        return;
    case 1:
        g_string_append_printf(s, " older than %d%s", below(40) + 1,
                               PICK(units));
        return;
    case 2:
        g_string_append(s, chance(50) ? " since " : " before ");
        break;
    case 3:
        g_string_append(s, " between ");
        add_date(s);
        g_string_append(s, " and ");
        break;
    default:
        g_string_append_printf(s, " %s ", PICK(ops));
        break;
    }
    add_date(s);
}

static void
add_text_test(GString *s)
{
    static const char *const parts[] = {"ber", "%", "_", "\\", "LIN", "x"};
    static const char *const tests[] = {"contains", "starts with", "ends with"};

    g_string_append(s, "city ");
    if (chance(30)) {
        g_string_append_printf(s, "%s ", PICK(tests));
        add_quoted(s, PICK(parts));
    } else if (chance(50)) {
        g_string_append(s, chance(50) ? "in " : "not in ");
        add_list(s, cities, G_N_ELEMENTS(cities));
    } else {
        g_string_append(s, chance(50) ? "= " : "!= ");
        add_quoted(s, PICK(cities));
    }
}

static void
add_set_test(GString *s)
{
    static const char *const has[] = {"has any", "has all", "has none"};
    bool is_tag = chance(50);

    g_string_append_printf(s, "%s %s ", is_tag ? "tag" : "interest", PICK(has));
    add_list(s, is_tag ? tags : interests, 3);
}

static void
add_activity(GString *s)
{
    g_string_append(s, verb_name(chance(15) ? VERB_FINISHED : PICK(verbs)));
    if (chance(40)) {
        g_string_append_printf(s, " in %s", PICK(campaigns));
        if (chance(50) &&
            !strstr(s->str + s->len - 20 * (s->len > 20), "finished"))
            g_string_append_printf(s, "/%s", PICK(mails));
    }
    if (chance(30))
        g_string_append_printf(s, " at least %d times", below(3) + 1);
    if (chance(30)) {
        g_string_append_printf(s, " within %d%s", below(20) + 1, PICK(units));
    } else if (chance(30)) {
        g_string_append(s, chance(50) ? " since " : " before ");
        add_date(s);
    }
}

static void
add_number_test(GString *s)
{
    const char *name = chance(50) ? "score" : "years";

    if (chance(25))
        g_string_append_printf(s, "%s between %d and %d", name, below(4),
                               below(40));
    else /* a score that is asked for exactly would ask for luck */
        g_string_append_printf(s, "%s %s %d", name,
                               ops[name[0] == 's' ? 2 + below(4) : below(6)],
                               below(6));
}

static void
add_test(GString *s)
{
    static const char *const missing[] = {
        "city",     "seniority", "open_to_work", "years",        "available",
        "interest", "tag",       "added",        "last_engaged", "score"};
    static const char *const plain[] = {"open_to_work",
                                        "open_to_work = no",
                                        "open_to_work != no",
                                        "open_to_work != yes",
                                        "everyone",
                                        "near",
                                        "young",
                                        "both"};

    switch (below(8)) {
    case 0:
        add_text_test(s);
        return;
    case 1:
        g_string_append_printf(s, "seniority %s %s", PICK(ops), PICK(levels));
        return;
    case 2:
        add_number_test(s);
        return;
    case 3:
        add_date_test(s);
        return;
    case 4:
        add_set_test(s);
        return;
    case 5:
        add_activity(s);
        return;
    case 6:
        g_string_append_printf(s, "%s is %smissing", PICK(missing),
                               chance(50) ? "not " : "");
        return;
    default:
        g_string_append(s, PICK(plain));
        return;
    }
}

static void
add_condition(GString *s, int depth)
{
    const char *word = chance(50) ? " and " : " or ";
    int parts = below(3) + 1;

    if (depth == 0 || chance(25)) {
        add_test(s);
        return;
    }
    if (chance(40))
        g_string_append(s, "not ");
    g_string_append_c(s, '(');
    for (int i = 0; i < parts; i++) {
        if (i > 0)
            g_string_append(s, word);
        add_condition(s, depth - 1);
    }
    g_string_append_c(s, ')');
}

/* -- tests ---------------------------------------------------------------- */

static void
set_up(Fixture *f, gconstpointer data)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Source) yaml =
        source_new("fields.yaml", fields_yaml, strlen(fields_yaml));
    TemplateFiles from = {file_source, NULL, file_list, f};

    (void)data;
    memset(f, 0, sizeof *f);
    f->directory = g_dir_make_tmp("segment-XXXXXX", &error);
    g_assert_no_error(error);
    f->path = g_build_filename(f->directory, "nurture.db", NULL);
    f->workspace.zone = g_time_zone_new_identifier("Europe/Berlin");
    f->workspace.scores.half_life_ms = 90 * DAY_MS;
    f->sources = g_ptr_array_new_with_free_func((GDestroyNotify)source_free);
    f->fields = field_set_new();
    f->problems = diagnostics_new();
    field_set_read(f->fields, yaml, f->problems);
    f->scope.fields = f->fields;
    f->scope.zone = f->workspace.zone;
    f->segments = segment_set_load(&from, &f->scope, f->problems);
    g_assert_cmpuint(diagnostics_length(f->problems), ==, 0);
    f->scope.segments = segment_set_names(f->segments);
    f->store = store_open(f->path, STORE_CREATE, &error);
    g_assert_no_error(error);
    field_set_migrate(f->fields, f->store, &error);
    g_assert_no_error(error);
}

static void
fill(Fixture *f)
{
    g_autoptr(GError) error = NULL;
    g_auto(Transaction) tx = store_begin(f->store, &error);

    g_assert_no_error(error);
    g_assert_true(store_exec(f->store,
                             "INSERT INTO campaign (campaign, snapshot, name,"
                             " state, is_sequence, launched_at, start_at,"
                             " updated_at) VALUES"
                             " ('news', 's', 'n', 'running', 0, 0, 0, 0),"
                             " ('loop', 's', 'n', 'running', 1, 0, 0, 0)",
                             &error));
    for (int i = 0; i < PEOPLE; i++) {
        make_person(&f->people[i], i);
        store_person(f, i + 1, &f->people[i]);
    }
    transaction_commit(&tx, &error);
    g_assert_no_error(error);
    f->guarded = store_open_guarded(f->path, 0, &error);
    g_assert_no_error(error);
}

static void
tear_down(Fixture *f, gconstpointer data)
{
    static const char *const names[] = {"nurture.db", "nurture.db-wal",
                                        "nurture.db-shm", "nurture.db-lock"};

    (void)data;
    store_close(f->guarded);
    store_close(f->store);
    segment_set_free(f->segments);
    field_set_free(f->fields);
    diagnostics_free(f->problems);
    g_ptr_array_unref(f->sources);
    g_time_zone_unref(f->workspace.zone);
    for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *path = g_build_filename(f->directory, names[i], NULL);
        g_unlink(path);
    }
    g_assert_cmpint(g_rmdir(f->directory), ==, 0);
    g_free(f->directory);
    g_free(f->path);
}

static Expression *
parse(Fixture *f, const char *text)
{
    g_autoptr(Source) source = source_new("x.seg", text, strlen(text));
    Expression *e =
        expression_parse(&f->scope, source, 0, strlen(text), f->problems);

    if (!e)
        g_error("%s: %s", text, diagnostics_get(f->problems, 0)->message);
    return e;
}

static void
ask(Fixture *f, const char *text)
{
    g_autoptr(Expression) e = parse(f, text);
    g_autoptr(AudienceQuery) all =
        audience_query_new(f->segments, &f->workspace, NOW);
    g_autoptr(AudienceQuery) some =
        audience_query_new(f->segments, &f->workspace, NOW);
    g_autoptr(GError) error = NULL;
    g_autoptr(Statement) columns = NULL, rows = NULL;
    int64_t count = 0, expected = 0;

    g_assert_cmpint(audience_query_condition(all, e), ==, 1);
    audience_query_where(some, e);
    columns = audience_query_prepare(all, f->guarded, AUDIENCE_ALL, &error);
    g_assert_no_error(error);
    rows = audience_query_prepare(some, f->guarded, AUDIENCE_ALL, &error);
    g_assert_no_error(error);
    for (int i = 0; i < PEOPLE; i++) {
        bool yes = holds(f, e, &f->people[i]);

        g_assert_true(statement_step(columns));
        g_assert_cmpint(statement_int(columns, 0), ==, i + 1);
        if (statement_int(columns, 1) != yes)
            g_error("person %d, expected %d: %s", i + 1, yes, text);
        if (yes) {
            g_assert_true(statement_step(rows));
            g_assert_cmpint(statement_int(rows, 0), ==, i + 1);
        }
        expected += yes;
    }
    g_assert_false(statement_step(rows));
    g_assert_true(statement_end(rows, NULL));
    g_assert_false(statement_step(columns));
    g_assert_true(statement_end(columns, NULL));
    g_assert_true(audience_count(f->segments, &f->workspace, f->guarded, e, NOW,
                                 &count, &error));
    g_assert_cmpint(count, ==, expected);
}

static void
test_agree(Fixture *f, gconstpointer data)
{
    (void)data;
    fill(f);
    for (int i = 0; i < QUESTIONS; i++) {
        g_autoptr(GString) text = g_string_new(NULL);
        add_condition(text, 3);
        ask(f, text->str);
    }
}

static void
test_columns(Fixture *f, gconstpointer data)
{
    static const char *const names[] = {"city", "seniority", "added", "score",
                                        "interest"};
    g_autoptr(AudienceQuery) q =
        audience_query_new(f->segments, &f->workspace, NOW);
    g_autoptr(Statement) st = NULL;
    g_autoptr(GError) error = NULL;

    (void)data;
    fill(f);
    for (int i = 0; i < (int)G_N_ELEMENTS(names); i++)
        g_assert_cmpint(
            audience_query_field(q, field_find(f->fields, names[i])), ==,
            i + 1);
    st = audience_query_prepare(q, f->guarded, AUDIENCE_ONE, &error);
    g_assert_no_error(error);
    for (int i = 0; i < PEOPLE; i++) {
        const Person *p = &f->people[i];
        g_autoptr(GPtrArray) set = g_ptr_array_new();
        g_autofree char *joined = NULL;

        /* sorted by value */
        if (p->interest & 1)
            g_ptr_array_add(set, (gpointer) "backend");
        if (p->interest & 4)
            g_ptr_array_add(set, (gpointer) "data");
        if (p->interest & 2)
            g_ptr_array_add(set, (gpointer) "sre");
        g_ptr_array_add(set, NULL);
        joined = g_strjoinv("\x1f", (char **)set->pdata);
        audience_bind(st, AUDIENCE_ONE, i + 1);
        g_assert_true(statement_step(st));
        g_assert_cmpstr(statement_text(st, 1), ==, p->city);
        g_assert_cmpstr(statement_text(st, 2), ==, p->seniority);
        g_assert_cmpint(statement_int(st, 3), ==, p->added);
        g_assert_cmpfloat_with_epsilon(statement_double(st, 4), p->score, 1e-6);
        if (p->interest)
            g_assert_cmpstr(statement_text(st, 5), ==, joined);
        else
            g_assert_true(statement_is_null(st, 5));
        g_assert_false(statement_step(st));
        g_assert_true(statement_end(st, NULL));
    }
}

static void
test_invisible(Fixture *f, gconstpointer data)
{
    g_autoptr(Expression) everyone = parse(f, "everyone");
    g_autoptr(GError) error = NULL;
    int64_t count = 0;

    (void)data;
    fill(f);
    store_exec(f->store,
               "INSERT INTO batch (batch_id, kind, source, state, started_at)"
               " VALUES (7, 'import', 'x', 'open', 0),"
               " (8, 'import', 'x', 'closed', 0)",
               &error);
    store_exec(f->store,
               "UPDATE candidate SET erased_at = 1 WHERE"
               " candidate_id = 3",
               &error);
    store_exec(f->store,
               "UPDATE candidate SET batch_id = 7 WHERE"
               " candidate_id IN (4, 5)",
               &error);
    store_exec(f->store,
               "UPDATE candidate SET batch_id = 8 WHERE"
               " candidate_id = 6",
               &error);
    g_assert_no_error(error);
    audience_count(f->segments, &f->workspace, f->guarded, everyone, NOW,
                   &count, &error);
    g_assert_no_error(error);
    g_assert_cmpint(count, ==, PEOPLE - 3);
}

/* A long chain and a deep nest both compile; what is too large is refused
 * with an error, not by SQLite. */
static void
test_large(Fixture *f, gconstpointer data)
{
    g_autoptr(GString) chain = g_string_new("both");
    g_autoptr(GString) nest = g_string_new(NULL);

    (void)data;
    fill(f);
    while (chain->len < 8000)
        g_string_append(chain, " or both");
    for (int i = 0; i < 60; i++)
        g_string_append(nest, "not ");
    g_string_append(nest, "both");
    ask(f, chain->str);
    ask(f, nest->str);
}

static void
test_unknown(Fixture *f, gconstpointer data)
{
    g_autoptr(Expression) e = NULL;
    g_autoptr(GError) error = NULL;
    int64_t count = 0;

    (void)data;
    fill(f);
    e = parse(f, "near and not young");
    g_assert_false(audience_count(NULL, &f->workspace, f->guarded, e, NOW,
                                  &count, &error));
    g_assert_nonnull(error);
    g_assert_nonnull(strstr(error->message, "'near'"));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define ADD(path, fn)                                                          \
    g_test_add("/segment-sql/" path, Fixture, NULL, set_up, fn, tear_down)
    ADD("agrees-with-plain-evaluation", test_agree);
    ADD("columns", test_columns);
    ADD("invisible-people", test_invisible);
    ADD("large-conditions", test_large);
    ADD("unknown-segment", test_unknown);
    return g_test_run();
}
