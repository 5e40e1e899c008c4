/* SPDX-License-Identifier: Apache-2.0 */
/* test_segment_sql.c - SQL and a plain evaluator agree on random conditions
 *
 * tests/lib/segment-truth.h says what conditions mean. The SQL must give the
 * same answer for every random condition and person. GTest prints the seed; run
 * again with --seed to repeat a failure. */
#include "tests/lib/segment-truth.h"

#define QUESTIONS 600

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
