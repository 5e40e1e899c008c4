/* SPDX-License-Identifier: Apache-2.0 */
/* test_candidates.c - importing, undoing, changing and listing people */
#include "nurture/candidates.h"

#include "nurture/clock.h"
#include "nurture/error.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

#define NOW INT64_C(1772528400000) /* 2026-03-03 09:00 UTC */

static const char fields_yaml[] =
    "fields:\n"
    "  - {name: seniority, type: choice, ordered: yes,"
    " values: [junior, mid, senior]}\n"
    "  - {name: open_to_work, type: yes/no}\n"
    "  - {name: years, type: number}\n"
    "  - {name: free_from, type: date}\n"
    "  - {name: interest, type: set, values: [backend, sre]}\n"
    "  - {name: tag, type: set}\n";

typedef struct {
    char *directory, *file;
    Store *store;
    Keys *keys;
    Workspace workspace;
    Diagnostics *problems;
    ImportResult result;
    ImportOptions options;
    int pieces; /* until progress says stop; 0 = never */
} Fixture;

static void
set_up(Fixture *f, gconstpointer data)
{
    static const uint8_t secret[32] = {7};
    g_autoptr(GError) error = NULL;
    g_autoptr(Source) yaml =
        source_new("fields.yaml", fields_yaml, strlen(fields_yaml));

    (void)data;
    memset(f, 0, sizeof *f);
    f->directory = g_dir_make_tmp("candidates-XXXXXX", &error);
    g_assert_no_error(error);
    f->file = g_build_filename(f->directory, "people.csv", NULL);
    f->problems = diagnostics_new();
    f->workspace.fields = field_set_new();
    f->workspace.zone = g_time_zone_new_identifier("Europe/Berlin");
    f->workspace.scores.half_life_ms = 90 * DAY_MS;
    field_set_read(f->workspace.fields, yaml, f->problems);
    g_assert_cmpuint(diagnostics_length(f->problems), ==, 0);
    f->keys = keys_from_secret(secret);
    f->store = store_open(":memory:", STORE_CREATE, &error);
    g_assert_no_error(error);
    g_assert_true(field_set_migrate(f->workspace.fields, f->store, &error));
    f->options.path = f->file;
}

static void
tear_down(Fixture *f, gconstpointer data)
{
    g_autofree char *rejected = g_strconcat(f->file, ".rejected.csv", NULL);

    (void)data;
    import_result_clear(&f->result);
    store_close(f->store);
    keys_free(f->keys);
    field_set_free(f->workspace.fields);
    g_time_zone_unref(f->workspace.zone);
    diagnostics_free(f->problems);
    g_unlink(f->file);
    g_unlink(rejected);
    g_assert_cmpint(g_rmdir(f->directory), ==, 0);
    g_free(f->directory);
    g_free(f->file);
}

static bool
import(Fixture *f, const char *text, GError **error)
{
    import_result_clear(&f->result);
    g_assert_true(g_file_set_contents(f->file, text, -1, NULL));
    return candidates_import(f->store, &f->workspace, f->keys, &f->options, NOW,
                             &f->result, error);
}

static void
import_good(Fixture *f, const char *text)
{
    g_autoptr(GError) error = NULL;

    import(f, text, &error);
    g_assert_no_error(error);
}

/* "rows added changed unchanged doubles rejected" */
static void
assert_counts(const Fixture *f, const char *expected)
{
    const ImportResult *r = &f->result;
    g_autofree char *got = g_strdup_printf(
        "%d %d %d %d %d %d", (int)r->rows, (int)r->added, (int)r->changed,
        (int)r->unchanged, (int)r->doubles, (int)r->rejected);

    for (guint i = 0; i < r->problems->len && !g_str_equal(got, expected); i++)
        g_test_message(
            "%s",
            ((const ImportProblem *)g_ptr_array_index(r->problems, i))->reason);
    g_assert_cmpstr(got, ==, expected);
}

static bool
append_person(int64_t id, const char *const *values, gpointer data)
{
    GString *out = data;

    (void)id;
    for (int i = 0; values[i] || i < 5; i++)
        g_string_append_printf(out, "%s%s", i ? "|" : "",
                               values[i] ? values[i] : "-");
    g_string_append_c(out, '\n');
    return true;
}

/* Everybody who is visible: first_name|city|seniority|interest|added */
static void
assert_people(const Fixture *f, const char *expected)
{
    static const char *const names[] = {"first_name", "city", "seniority",
                                        "interest", "free_from"};
    const Field *fields[5];
    g_autoptr(GString) out = g_string_new(NULL);
    g_autoptr(GError) error = NULL;

    for (int i = 0; i < 5; i++)
        fields[i] = field_find(f->workspace.fields, names[i]);
    g_assert_true(candidates_each(f->store, &f->workspace, NULL, NULL, fields,
                                  5, NOW, append_person, out, &error));
    g_assert_no_error(error);
    g_assert_cmpstr(out->str, ==, expected);
}

static int64_t
number(const Fixture *f, const char *sql)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Statement) st = store_prepare_text(f->store, sql, &error);

    g_assert_no_error(error);
    g_assert_true(statement_step(st));
    return statement_int(st, 0);
}

static void
test_plain(Fixture *f, gconstpointer data)
{
    (void)data;
    import_good(
        f, "\xef\xbb\xbf"
           "E-Mail;Vorname;City;Seniority;Interests;Free from;Shoe size\r\n"
           "Anna@Example.org;Anna;Berlin;SENIOR;backend, sre;2026-04-01;38\r\n"
           "bo@example.org;\"Bo;b\";;;;;\r\n"
           ";;;;;;\r\n");
    assert_counts(f, "2 2 0 0 0 0");
    assert_people(f, "Anna|Berlin|senior|backend, sre|2026-04-01\n"
                     "Bo;b|-|-|-|-\n");
    g_assert_cmpuint(f->result.ignored->len, ==, 1);
    g_assert_cmpstr(g_ptr_array_index(f->result.ignored, 0), ==, "Shoe size");
    g_assert_cmpint(f->result.without_basis, ==, 2);
    g_assert_null(f->result.rejected_path);
    g_assert_cmpint(number(f, "SELECT count(*) FROM batch WHERE"
                              " state = 'closed' AND added = 2"),
                    ==, 1);
    g_assert_cmpint(number(f, "SELECT count(*) FROM candidate WHERE"
                              " email_key = 'anna@example.org'"),
                    ==, 1);
    g_assert_cmpint(number(f, "SELECT count(*) FROM fact"), ==, 0);
}

static void
test_json(Fixture *f, gconstpointer data)
{
    (void)data;
    g_free(f->file);
    f->file = g_build_filename(f->directory, "people.jsonl", NULL);
    f->options.path = f->file;
    import_good(f, "{\"email\":\"a@example.org\",\"first_name\":\"Ann\\u00e4\","
                   "\"interest\":[\"sre\",\"backend\"]}\n"
                   "{\"email\":\"b@example.org\",\"open_to_work\":true,"
                   "\"years\":2.5,\"city\":null}\n"
                   "{\"email\":\"c@example.org\",\"years\":\"many\"}\n"
                   "not json\n");
    assert_counts(f, "4 2 0 0 0 2");
    assert_people(f, "Ann\xc3\xa4|-|-|backend, sre|-\n-|-|-|-|-\n");
    g_assert_cmpint(number(f, "SELECT count(*) FROM candidate WHERE"
                              " x_open_to_work = 1 AND x_years = 2.5"),
                    ==, 1);
}

static void
test_rejected(Fixture *f, gconstpointer data)
{
    static const struct {
        int line, column;
        const char *name, *reason;
    } expected[] = {
        {3, 0, NULL, "no e-mail address"},
        {4, 3, "seniority",
         "'snior' is not a value of 'seniority'; did you mean 'senior'?"},
        {5, 4, "time_zone",
         "'Mars/Olympus' is not a time zone, such as Europe/Berlin"},
        {6, 0, NULL, "2 cells, but the first row names 8 columns"},
        {7, 5, "years", "'1,5' is not a number"},
        {8, 6, "free_from",
         "'31.12.2026' is not a date: write it as 2026-03-31"},
        {9, 7, "country",
         "'Germany' is not a country's two-letter code, such as DE"},
        {10, 8, "open_to_work", "'maybe' is neither yes nor no"},
    };
    g_autofree char *written = NULL;
    g_auto(GStrv) lines = NULL;
    struct stat info;

    (void)data;
    import_good(f,
                "email,first_name,seniority,time_zone,years,free_from,country,"
                "open_to_work\n"
                "ok@example.org,Ok,mid,Europe/Berlin,1.5,2026-12-31,de,no\n"
                ",Nobody,,,,,,\n"
                "a@example.org,=cmd(),snior,,,,,\n"
                "b@example.org,,,Mars/Olympus,,,,\n"
                "c@example.org,C\n"
                "d@example.org,,,,\"1,5\",,,\n"
                "e@example.org,,,,,31.12.2026,,\n"
                "f@example.org,,,,,,Germany,\n"
                "g@example.org,,,,,,,maybe\n");
    assert_counts(f, "9 1 0 0 0 8");
    g_assert_cmpuint(f->result.problems->len, ==, G_N_ELEMENTS(expected));
    for (guint i = 0; i < G_N_ELEMENTS(expected); i++) {
        const ImportProblem *p = g_ptr_array_index(f->result.problems, i);
        g_assert_cmpint(p->line, ==, expected[i].line);
        g_assert_cmpint(p->column, ==, expected[i].column);
        g_assert_cmpstr(p->name, ==, expected[i].name);
        g_assert_cmpstr(p->reason, ==, expected[i].reason);
    }
    g_assert_true(
        g_file_get_contents(f->result.rejected_path, &written, NULL, NULL));
    lines = g_strsplit(written, "\r\n", -1);
    g_assert_cmpuint(g_strv_length(lines), ==, 10);
    g_assert_cmpstr(lines[0], ==,
                    "email,first_name,seniority,time_zone,years,free_from,"
                    "country,open_to_work,reason");
    g_assert_cmpstr(lines[2], ==,
                    "a@example.org,'=cmd(),snior,,,,,,\"'snior' is not a value"
                    " of 'seniority'; did you mean 'senior'?\"");
    /* personal data: for the owner's eyes */
    g_assert_cmpint(stat(f->result.rejected_path, &info), ==, 0);
    g_assert_cmpint(info.st_mode & 0777, ==, 0600);
}

static void
test_update(Fixture *f, gconstpointer data)
{
    (void)data;
    import_good(f, "email,first_name,city,seniority,interest\n"
                   "a@example.org,Anna,Berlin,mid,backend\n"
                   "b@example.org,Bo,Bern,,\n");
    import_good(f, "email,first_name,city,seniority,interest\n"
                   "A@EXAMPLE.org,,Hamburg,senior,sre\n"
                   "b@example.org,Bo,,,\n"
                   "c@example.org,Cy,,,\n"
                   "C@example.org,,Kiel,,sre\n");
    assert_counts(f, "4 1 1 1 1 0");
    assert_people(f, "Anna|Hamburg|senior|backend, sre|-\n"
                     "Bo|Bern|-|-|-\n"
                     "Cy|Kiel|-|sre|-\n");
}

static void
test_undo(Fixture *f, gconstpointer data)
{
    g_autoptr(GError) error = NULL;
    UndoResult undone;
    int64_t second;

    (void)data;
    import_good(f, "email,first_name,city,seniority,interest\n"
                   "a@example.org,Anna,Berlin,,backend\n"
                   "b@example.org,Bo,Bern,mid,\n");
    f->options.consent_source = "form";
    f->options.consent_at = NOW - DAY_MS;
    import_good(f, "email,first_name,city,seniority,interest\n"
                   "a@example.org,Anne,Hamburg,senior,sre\n"
                   "b@example.org,Bob,Basel,senior,sre\n"
                   "c@example.org,Cy,,,\n"
                   "d@example.org,Di,,,\n");
    second = f->result.batch;
    g_assert_cmpint(number(f, "SELECT count(*) FROM consent"), ==, 4);
    /* Somebody changed Bo's city by hand, and Di has written to us. */
    g_assert_true(store_exec(f->store,
                             "UPDATE candidate SET city = 'Zug' WHERE"
                             " email_key = 'b@example.org'",
                             NULL));
    g_assert_true(store_exec(f->store,
                             "INSERT INTO event (candidate_id, kind, at)"
                             " SELECT candidate_id, 'replied', 5 FROM candidate"
                             " WHERE email_key = 'd@example.org'",
                             NULL));
    g_assert_true(candidates_import_undo(f->store, &f->workspace, second, NOW,
                                         &undone, &error));
    g_assert_no_error(error);
    g_assert_cmpint(undone.removed, ==, 1);
    g_assert_cmpint(undone.kept, ==, 1);
    g_assert_cmpint(undone.restored, ==, 2);
    assert_people(f, "Anna|Berlin|-|backend|-\n"
                     "Bo|Zug|mid|-|-\n"
                     "Di|-|-|-|-\n");
    g_assert_cmpint(number(f, "SELECT count(*) FROM batch_change"), ==, 0);
    g_assert_false(candidates_import_undo(f->store, &f->workspace, second, NOW,
                                          &undone, &error));
    g_assert_error(error, NURTURE_ERROR, ERROR_REFUSED);
    g_clear_error(&error);
    g_assert_false(candidates_import_undo(f->store, &f->workspace, 99, NOW,
                                          &undone, &error));
    g_assert_error(error, NURTURE_ERROR, ERROR_NOT_FOUND);
}

static bool
stop_after(int64_t rows, int64_t bytes, int64_t total, gpointer data)
{
    Fixture *f = data;

    (void)rows;
    g_assert_cmpint(bytes, <=, total);
    return --f->pieces != 0;
}

/* 3,000 people; every 7th row is unusable, every 5th known already. */
static char *
many_rows(void)
{
    GString *text = g_string_new("email,first_name,seniority\n");

    for (int i = 0; i < 3000; i++)
        g_string_append_printf(text, "p%d@example.org,New%d,%s\n", i, i,
                               i % 7 == 0 ? "snr" : "mid");
    return g_string_free(text, FALSE);
}

static void
import_old(Fixture *f)
{
    g_autoptr(GString) old = g_string_new("email,first_name\n");

    for (int i = 0; i < 3000; i += 5)
        g_string_append_printf(old, "p%d@example.org,Old\n", i);
    import_good(f, old->str);
}

/* Stopped at any point, nothing is visible before the end, and going on gives
 * what one run gives. */
static void
test_resume(Fixture *f, gconstpointer data)
{
    g_autofree char *text = many_rows();
    g_autofree char *rejected = NULL;
    g_auto(GStrv) lines = NULL;
    int runs = 0;

    (void)data;
    import_old(f);
    f->options.progress = stop_after;
    f->options.data = f;
    do {
        f->pieces = 2;
        import_good(f, text);
        g_assert_cmpint(f->result.resumed, ==, runs > 0);
        if (f->result.stopped)
            g_assert_cmpint(
                number(f, "SELECT count(*) FROM candidate c WHERE NOT EXISTS"
                          " (SELECT 1 FROM batch b WHERE b.batch_id ="
                          " c.batch_id AND b.state = 'open')"),
                ==, 600);
        runs++;
        g_assert_cmpint(runs, <, 3000);
    } while (f->result.stopped);
    g_assert_cmpint(runs, >, 3);
    g_assert_cmpint(f->result.added, ==, 3000 - 429 - 600 + 86);
    g_assert_cmpint(f->result.changed, ==, 600 - 86);
    g_assert_cmpint(f->result.rejected, ==, 429);
    g_assert_cmpint(number(f, "SELECT count(*) FROM candidate WHERE first_name"
                              " LIKE 'New%' AND x_seniority = 'mid'"),
                    ==, 3000 - 429);
    rejected = g_strconcat(f->file, ".rejected.csv", NULL);
    g_clear_pointer(&text, g_free);
    g_assert_true(g_file_get_contents(rejected, &text, NULL, NULL));
    lines = g_strsplit(text, "\r\n", -1);
    g_assert_cmpuint(g_strv_length(lines), ==, 429 + 2);
}

static void
test_interrupted(Fixture *f, gconstpointer data)
{
    g_autofree char *text = many_rows();
    g_autoptr(GError) error = NULL;
    UndoResult undone;
    int64_t batch;

    (void)data;
    import_old(f);
    f->options.progress = stop_after;
    f->options.data = f;
    f->pieces = 3;
    import_good(f, text);
    g_assert_true(f->result.stopped);
    batch = f->result.batch;
    f->options.progress = NULL;
    /* Another file has to wait until this one is finished or dropped. */
    g_assert_false(import(f, "email\nz@example.org\n", &error));
    g_assert_error(error, NURTURE_ERROR, ERROR_REFUSED);
    g_clear_error(&error);
    g_assert_true(candidates_import_undo(f->store, &f->workspace, batch, NOW,
                                         &undone, &error));
    g_assert_no_error(error);
    g_assert_cmpint(number(f, "SELECT count(*) FROM candidate"), ==, 600);
    g_assert_cmpint(number(f, "SELECT count(*) FROM candidate WHERE"
                              " first_name = 'Old'"),
                    ==, 600);
    import_good(f, "email\nz@example.org\n");
    assert_counts(f, "1 1 0 0 0 0");
}

static void
test_consent(Fixture *f, gconstpointer data)
{
    (void)data;
    f->options.consent_source = "job fair 2026";
    f->options.consent_at = NOW - 2 * DAY_MS;
    import_good(f, "email,consent_at,consent_source\n"
                   "a@example.org,2026-01-05,web form\n"
                   "b@example.org,,\n"
                   "c@example.org,2026-01-05,\n"
                   "d@example.org,,web form\n"
                   "e@example.org,2027-01-05,web form\n");
    assert_counts(f, "5 2 0 0 0 3");
    g_assert_cmpint(f->result.without_basis, ==, 0);
    g_assert_cmpint(number(f, "SELECT count(*) FROM consent k JOIN candidate c"
                              " ON c.candidate_id = k.candidate_id WHERE"
                              " c.email_key = 'a@example.org' AND k.source ="
                              " 'web form' AND k.at = 1767567600000"),
                    ==, 1);
    g_assert_cmpint(number(f, "SELECT count(*) FROM consent WHERE source ="
                              " 'job fair 2026' AND state = 'given'"),
                    ==, 1);
    /* The same again is no news. */
    import_good(f, "email,consent_at,consent_source\n"
                   "a@example.org,2026-01-05,web form\n");
    assert_counts(f, "1 0 0 1 0 0");
    g_assert_cmpint(number(f, "SELECT count(*) FROM consent"), ==, 2);
}

static void
test_suppressed(Fixture *f, gconstpointer data)
{
    g_autofree char *gone = keys_address_hmac(f->keys, "gone@example.org");
    g_autofree char *quiet = keys_address_hmac(f->keys, "quiet@example.org");
    g_autofree char *sql = g_strdup_printf(
        "INSERT INTO suppression (address_hmac, scope, reason, at) VALUES"
        " ('%s', 'all', 'erased', 0), ('%s', 'all', 'opted_out', 0)",
        gone, quiet);

    (void)data;
    g_assert_true(store_exec(f->store, sql, NULL));
    import_good(f, "email,first_name\n"
                   "Gone@example.org,G\nquiet@example.org,Q\n");
    assert_counts(f, "2 1 0 0 0 1");
    g_assert_cmpint(f->result.suppressed, ==, 1);
    assert_people(f, "Q|-|-|-|-\n");
}

static void
test_dry_run(Fixture *f, gconstpointer data)
{
    (void)data;
    import_good(f, "email,city\na@example.org,Bern\n");
    f->options.dry_run = true;
    import_good(f, "email,city\na@example.org,Basel\nb@example.org,Bonn\n"
                   "nonsense,\n");
    assert_counts(f, "3 1 1 0 0 1");
    g_assert_null(f->result.rejected_path);
    assert_people(f, "-|Bern|-|-|-\n");
    g_assert_cmpint(number(f, "SELECT count(*) FROM batch"), ==, 1);
}

static void
test_columns(Fixture *f, gconstpointer data)
{
    static const struct {
        const char *header, *map, *message;
    } rows[] = {
        {"name,city", NULL, "no column holds e-mail addresses"},
        {"email,Religion", NULL, "people.csv:1:2: this looks like"},
        {"email,Degree of disability", NULL, "'disability', en"},
        {"email,Schwerbehinderung", NULL, "'schwerbehinderung', de"},
        {"email,Origine ethnique", NULL, "--map 'Origine ethnique='"},
        {"email,Afiliación sindical", NULL, "'afiliación_sindical', es"},
        {"email,Vakbond", NULL, "'vakbond', nl"},
        {"email,Stato di salute", NULL, "'salute', it"},
        {"email,Deficiência", NULL, "'deficiência', pt"},
        {"email,Związek zawodowy", NULL, "'związek_zawodowy', pl"},
        {"email,Trade-Union member", NULL, "'Trade-Union member' ("},
        {"email,mail", NULL, "columns 'email' and 'mail' are for the same"},
        {"email,x", "x=ctiy",
         "no field 'ctiy' can be imported; did you mean city"},
        {"email,x", "x=score", "no field 'score' can be imported"},
    };
    const char *maps[] = {NULL, NULL};

    (void)data;
    f->options.maps = maps;
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *text =
            g_strconcat(rows[i].header, "\na@b.org,x\n", NULL);
        g_autoptr(GError) error = NULL;

        maps[0] = rows[i].map;
        g_assert_false(import(f, text, &error));
        g_assert_error(error, NURTURE_ERROR, ERROR_INPUT);
        if (!strstr(error->message, rows[i].message))
            g_error("%s", error->message);
    }
    g_assert_cmpint(number(f, "SELECT count(*) FROM batch"), ==, 0);
    maps[0] = "Religion=";
    import_good(f, "email,Religion\na@example.org,x\n");
    assert_counts(f, "1 1 0 0 0 0");
    maps[0] = "Wohnort=city";
    import_good(f, "email,Wohnort\na@example.org,Kiel\n");
    assert_people(f, "-|Kiel|-|-|-\n");
}

static void
test_edit(Fixture *f, gconstpointer data)
{
    const char *add[] = {"first_name=Anna", "seniority=Mid", NULL};
    const char *set[] = {"city=Bern", "first_name=", "free_from=2026-05-01",
                         NULL};
    const char *bad[] = {"city=Basel", "seniority=boss", NULL};
    const char *tags[] = {"vip", "backend dev", NULL};
    const char *untag[] = {"-vip", "new", NULL};
    g_autoptr(GError) error = NULL;
    g_autofree char *json = NULL;
    int64_t id = 0, found = 0;

    (void)data;
    g_assert_true(candidate_add(f->store, &f->workspace, f->keys,
                                "Anna@Example.org", add, NOW, &id, &error));
    assert_people(f, "Anna|-|mid|-|-\n");
    g_assert_true(
        candidate_find(f->store, " anna@EXAMPLE.org", &found, &error));
    g_assert_cmpint(found, ==, id);
    g_assert_true(candidate_set(f->store, &f->workspace, id, set, NOW, &error));
    g_assert_no_error(error);
    assert_people(f, "-|Bern|mid|-|2026-05-01\n");
    g_assert_false(
        candidate_set(f->store, &f->workspace, id, bad, NOW, &error));
    g_assert_error(error, NURTURE_ERROR, ERROR_INPUT);
    g_clear_error(&error);
    assert_people(f, "-|Bern|mid|-|2026-05-01\n");
    g_assert_true(
        candidate_tag(f->store, &f->workspace, id, "tag", tags, NOW, &error));
    g_assert_true(
        candidate_tag(f->store, &f->workspace, id, "tag", untag, NOW, &error));
    g_assert_no_error(error);
    g_assert_cmpint(number(f, "SELECT count(*) FROM candidate_tag WHERE"
                              " value IN ('backend dev', 'new')"),
                    ==, 2);
    g_assert_cmpint(number(f, "SELECT count(*) FROM candidate_tag"), ==, 2);
    json = candidate_json(f->store, &f->workspace, id, NOW, &error);
    g_assert_no_error(error);
    g_assert_nonnull(strstr(json, "\"email\":\"Anna@example.org\""));
    g_assert_nonnull(strstr(json, "\"city\":\"Bern\""));
    g_assert_nonnull(strstr(json, "\"tag\":[\"backend dev\",\"new\"]"));
    g_assert_false(candidate_add(f->store, &f->workspace, f->keys,
                                 "anna@example.org", add, NOW, &id, &error));
    g_assert_error(error, NURTURE_ERROR, ERROR_INPUT);
    g_clear_error(&error);
    g_assert_false(candidate_find(f->store, "x@example.org", &found, &error));
    g_assert_error(error, NURTURE_ERROR, ERROR_NOT_FOUND);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define ADD(path, fn)                                                          \
    g_test_add("/candidates/" path, Fixture, NULL, set_up, fn, tear_down)
    ADD("import/plain", test_plain);
    ADD("import/json-lines", test_json);
    ADD("import/rejected-rows", test_rejected);
    ADD("import/update", test_update);
    ADD("import/undo", test_undo);
    ADD("import/resume", test_resume);
    ADD("import/interrupted", test_interrupted);
    ADD("import/consent", test_consent);
    ADD("import/suppressed", test_suppressed);
    ADD("import/dry-run", test_dry_run);
    ADD("import/columns", test_columns);
    ADD("edit", test_edit);
    return g_test_run();
}
