/* SPDX-License-Identifier: Apache-2.0 */
/* test_field.c - the registry, fields.yaml, and the columns it makes */
#include "nurture/field.h"

#include "nurture/error.h"

#include <string.h>

static FieldSet *
read_fields(const char *yaml, Diagnostics *problems)
{
    g_autoptr(Source) source = source_new("fields.yaml", yaml, strlen(yaml));
    FieldSet *set = field_set_new();

    field_set_read(set, source, problems);
    return set;
}

static void
test_built_in(void)
{
    static const struct {
        const char *name, *column;
        FieldType type;
        bool never_missing, is_private;
    } rows[] = {
        {"email", "c.email", FIELD_TEXT, true, false},
        {"first_name", "c.first_name", FIELD_TEXT, false, false},
        {"added", "c.added", FIELD_DATE, true, false},
        {"last_engaged", "c.last_engaged", FIELD_DATE, false, false},
        {"ats_status", "c.ats_status", FIELD_TEXT, false, true},
        {"notes", "c.notes", FIELD_TEXT, false, true},
    };
    g_autoptr(FieldSet) set = field_set_new();

    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        const Field *f = field_find(set, rows[i].name);
        g_assert_nonnull(f);
        g_assert_cmpstr(f->column, ==, rows[i].column);
        g_assert_cmpint(f->type, ==, rows[i].type);
        g_assert_true(f->never_missing == rows[i].never_missing);
        g_assert_true(f->is_private == rows[i].is_private);
        g_assert_true(f->built_in);
    }
    g_assert_null(field_find(set, "seniority"));
    g_assert_cmpuint(g_strv_length((char **)field_names(set)), ==,
                     field_set_size(set));
}

static void
test_own(void)
{
    g_autoptr(Diagnostics) problems = diagnostics_new();
    g_autoptr(FieldSet) set = read_fields("fields:\n"
                                          "  - name: seniority\n"
                                          "    type: choice\n"
                                          "    ordered: yes\n"
                                          "    values: [junior, senior]\n"
                                          "  - name: source\n"
                                          "    type: choice\n"
                                          "    values: [event, referral]\n"
                                          "    required: yes\n"
                                          "  - name: tag\n"
                                          "    type: set\n"
                                          "  - name: salary\n"
                                          "    type: number\n"
                                          "    private: yes\n",
                                          problems);
    const Field *f = field_find(set, "seniority");

    g_assert_cmpuint(diagnostics_length(problems), ==, 0);
    g_assert_cmpstr(f->column, ==, "c.x_seniority");
    g_assert_true(f->ordered);
    g_assert_cmpstr(f->values[1], ==, "senior");
    f = field_find(set, "source");
    g_assert_cmpstr(f->column, ==, "c.source");
    g_assert_cmpint(f->type, ==, FIELD_CHOICE);
    g_assert_true(f->required && f->built_in);
    f = field_find(set, "tag");
    g_assert_null(f->column);
    g_assert_null(f->values);
    g_assert_true(field_find(set, "salary")->is_private);
}

static void
test_problems(void)
{
    static const struct {
        const char *yaml, *code, *message;
    } rows[] = {
        {"  - name: Seniority\n    type: text\n", "E111",
         "'Seniority' cannot name a field"},
        {"  - name: within\n    type: text\n", "E111",
         "'within' already means something else and cannot name a field"},
        {"  - name: a\n    type: txt\n", "E111",
         "'txt' is not a type of field"},
        {"  - name: a\n", "E107", "this field has no type"},
        {"  - type: text\n", "E107", "this field has no name"},
        {"  - name: a\n    type: choice\n", "E107",
         "the choice 'a' has no values"},
        {"  - name: a\n    type: choice\n    values: x, y\n", "E111",
         "'values' must be a list of 1 to 500 words"},
        {"  - name: a\n    type: text\n    vlaues: [x]\n", "E106",
         "unknown setting 'vlaues'"},
        {"  - name: a\n    type: text\n    values: [x]\n", "E111",
         "only a choice or a set has values"},
        {"  - name: a\n    type: text\n    ordered: yes\n", "E111",
         "only a choice can be ordered"},
        {"  - name: a\n    type: text\n    required: perhaps\n", "E111",
         "'required' must be yes or no"},
        {"  - name: added\n    type: text\n", "E111",
         "the built-in field 'added' is a date and stays one"},
        {"  - name: a\n    type: text\n  - name: a\n    type: text\n", "E108",
         "field 'a' is declared twice"},
        {"  - name: a\n    type: set\n    values: [x, x]\n", "E108",
         "'x' is listed twice"},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *yaml = g_strconcat("fields:\n", rows[i].yaml, NULL);
        g_autoptr(Diagnostics) problems = diagnostics_new();
        g_autoptr(FieldSet) set = read_fields(yaml, problems);

        g_assert_nonnull(set);
        g_assert_cmpuint(diagnostics_length(problems), ==, 1);
        g_assert_cmpstr(diagnostics_get(problems, 0)->code, ==, rows[i].code);
        g_assert_cmpstr(diagnostics_get(problems, 0)->message, ==,
                        rows[i].message);
    }
}

/* A private built-in field stays private, and a faulty field takes no good one
 * with it. */
static void
test_kept(void)
{
    g_autoptr(Diagnostics) problems = diagnostics_new();
    g_autoptr(FieldSet) set = read_fields("fields:\n"
                                          "  - name: BAD\n"
                                          "    type: text\n"
                                          "  - name: notes\n"
                                          "    private: no\n"
                                          "  - name: good\n"
                                          "    type: text\n",
                                          problems);

    g_assert_cmpuint(diagnostics_length(problems), ==, 1);
    g_assert_true(field_find(set, "notes")->is_private);
    g_assert_nonnull(field_find(set, "good"));
}

static int64_t
columns_like(Store *store, const char *name)
{
    g_autoptr(Statement) st =
        store_prepare(store,
                      "SELECT count(*) FROM pragma_table_info('candidate')"
                      " WHERE name = :name",
                      NULL);
    int64_t count;

    statement_bind_text(st, ":name", name);
    g_assert_true(statement_step(st));
    count = statement_int(st, 0);
    return count;
}

static void
test_migrate(void)
{
    static const char *const names[] = {"x_level",      "x_open", "x_years",
                                        "x_since_when", "x_site", NULL};
    g_autoptr(Diagnostics) problems = diagnostics_new();
    g_autoptr(FieldSet) set =
        read_fields("fields:\n"
                    "  - {name: level, type: choice, values: [a, b]}\n"
                    "  - {name: open, type: yes/no}\n"
                    "  - {name: years, type: number}\n"
                    "  - {name: since_when, type: date}\n"
                    "  - {name: site, type: url}\n"
                    "  - {name: tag, type: set}\n",
                    problems);
    g_autoptr(FieldSet) other =
        read_fields("fields:\n  - {name: years, type: text}\n", problems);
    g_autoptr(GError) error = NULL;
    g_autoptr(Store) store = store_open(":memory:", STORE_CREATE, &error);

    g_assert_no_error(error);
    g_assert_cmpuint(diagnostics_length(problems), ==, 0);
    g_assert_true(field_set_migrate(set, store, &error));
    g_assert_true(field_set_migrate(set, store, &error));
    g_assert_no_error(error);
    for (int i = 0; names[i]; i++)
        g_assert_cmpint(columns_like(store, names[i]), ==, 1);
    g_assert_cmpint(columns_like(store, "x_tag"), ==, 0);
    /* STRICT columns have the types of their fields. */
    g_assert_true(store_exec(
        store,
        "INSERT INTO candidate (candidate_id, email, email_key, address_hmac,"
        " added, updated_at, x_level, x_open, x_years, x_since_when)"
        " VALUES (1, 'a@b.c', 'a', 'h', 0, 0, 'a', 1, 2.5, 99)",
        &error));
    g_assert_false(field_set_migrate(other, store, &error));
    g_assert_error(error, NURTURE_ERROR, ERROR_CONFIG);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/field/built-in", test_built_in);
    g_test_add_func("/field/own", test_own);
    g_test_add_func("/field/problems", test_problems);
    g_test_add_func("/field/good-ones-kept", test_kept);
    g_test_add_func("/field/migrate", test_migrate);
    return g_test_run();
}
