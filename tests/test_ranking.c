/* SPDX-License-Identifier: Apache-2.0 */
/* test_ranking.c - a pruned ranking is the head of the whole one */
#include "nurture/candidate-words.h"
#include "nurture/candidates.h"
#include "nurture/clock.h"
#include "nurture/ranking.h"

#include <string.h>

#define NOW    INT64_C(1772524800000) /* 2026-03-03T08:00:00Z */
#define PEOPLE 600

static const char fields_yaml[] =
    "fields:\n"
    "  - name: seniority\n    type: choice\n    ordered: yes\n"
    "    values: [junior, mid, senior, staff]\n"
    "  - name: interest\n    type: set\n"
    "  - name: skill\n    type: set\n";

typedef struct {
    Store *store;
    Keys *keys;
    Workspace workspace;
    Role role;
    guint32 seed;
} Fixture;

static guint
roll(Fixture *f, guint sides)
{
    f->seed = f->seed * 1664525u + 1013904223u;
    return (f->seed >> 8) % sides;
}

static const char *
one_of(Fixture *f, const char *const *words)
{
    return words[roll(f, g_strv_length((char **)(uintptr_t)words))];
}

static void
run_sql(Fixture *f, const char *sql)
{
    g_autoptr(GError) error = NULL;
    g_auto(Transaction) tx = store_begin(f->store, &error);

    g_assert_true(store_exec(f->store, sql, &error));
    g_assert_true(transaction_commit(&tx, &error));
}

static void
add_person(Fixture *f, int n)
{
    static const char *const titles[] = {"Backend Engineer", "Chef", "SRE",
                                         "Data Engineer",    "",     NULL};
    static const char *const levels[] = {"junior", "mid", "senior", "staff",
                                         NULL};
    static const char *const interests[] = {"backend", "sre", "sales", "design",
                                            NULL};
    static const char *const skills[] = {"go", "c++", "excel", "figma", NULL};
    static const char *const places[] = {"DE", "AT", "FR", NULL};
    g_autoptr(GError) error = NULL;
    g_autofree char *email = g_strdup_printf("p%d@example.org", n);
    g_autofree char *title = g_strconcat("job_title=", one_of(f, titles), NULL);
    g_autofree char *level = g_strconcat("seniority=", one_of(f, levels), NULL);
    g_autofree char *interest =
        g_strconcat("interest=", one_of(f, interests), NULL);
    g_autofree char *skill = g_strconcat("skill=", one_of(f, skills), NULL);
    g_autofree char *country = g_strconcat("country=", one_of(f, places), NULL);
    const char *pairs[] = {title, level, interest, skill, country, NULL};
    int64_t id;

    candidate_add(f->store, &f->workspace, f->keys, email, pairs, NOW, &id,
                  &error);
    g_assert_no_error(error);
}

static void
set_up(Fixture *f, gconstpointer data)
{
    static const uint8_t secret[32] = {7};
    static char title[] = "Senior Backend Engineer (m/f/d)", city[] = "Berlin";
    g_autoptr(GError) error = NULL;
    g_autoptr(Diagnostics) problems = diagnostics_new();
    g_autoptr(Source) yaml =
        source_new("fields.yaml", fields_yaml, strlen(fields_yaml));

    (void)data;
    memset(f, 0, sizeof *f);
    f->seed = 42;
    f->workspace.fields = field_set_new();
    f->workspace.zone = g_time_zone_new_identifier("Europe/Berlin");
    f->workspace.scores.half_life_ms = 90 * DAY_MS;
    f->workspace.ranking.interest = f->workspace.ranking.words = 20;
    f->workspace.ranking.seniority = f->workspace.ranking.location = 15;
    f->workspace.ranking.language = f->workspace.ranking.reached = 10;
    f->workspace.ranking.recency = f->workspace.ranking.score = 5;
    field_set_read(f->workspace.fields, yaml, problems);
    f->keys = keys_from_secret(secret);
    f->store = store_open(":memory:", STORE_CREATE, &error);
    g_assert_no_error(error);
    g_assert_true(field_set_migrate(f->workspace.fields, f->store, &error));
    f->role = (Role){.id = city,
                     .title = title,
                     .city = city,
                     .interests = g_strsplit("backend,sre", ",", -1),
                     .levels = g_strsplit("senior,staff", ",", -1),
                     .countries = g_strsplit("DE,AT", ",", -1),
                     .languages = g_strsplit("en", ",", -1),
                     .skills = g_strsplit("Go,C++", ",", -1)};
    for (int i = 0; i < PEOPLE; i++)
        add_person(f, i);
    run_sql(f, "INSERT INTO consent (candidate_id, purpose, state, at, source)"
               " SELECT candidate_id, 'mail', 'given', 1, 'fair'"
               " FROM candidate WHERE candidate_id % 4 <> 0");
    run_sql(f, "INSERT INTO score SELECT candidate_id, candidate_id * 1e8, 1, 0"
               " FROM candidate WHERE candidate_id % 3 = 0");
    run_sql(f,
            "INSERT INTO application (src, remote_id, candidate_id, status,"
            " reached, updated_at) SELECT 'x', candidate_id, candidate_id,"
            " CASE candidate_id % 7 WHEN 0 THEN 'active' ELSE 'rejected' END,"
            " CASE candidate_id % 3 WHEN 0 THEN 'offer' WHEN 1 THEN 'screen'"
            " ELSE 'applied' END, 0 FROM candidate"
            " WHERE candidate_id % 5 = 0");
}

static void
tear_down(Fixture *f, gconstpointer data)
{
    char **const lists[] = {f->role.interests, f->role.levels,
                            f->role.countries, f->role.languages,
                            f->role.skills};

    (void)data;
    for (gsize i = 0; i < G_N_ELEMENTS(lists); i++)
        g_strfreev(lists[i]);
    store_close(f->store);
    keys_free(f->keys);
    field_set_free(f->workspace.fields);
    g_time_zone_unref(f->workspace.zone);
}

static Ranking *
rank(Fixture *f, guint limit)
{
    g_autoptr(GError) error = NULL;
    Ranking *ranking =
        ranking_make(f->store, &f->workspace, &f->role, limit, NOW, &error);

    g_assert_no_error(error);
    return ranking;
}

static const Ranked *
at(const GArray *list, guint i)
{
    return &g_array_index(list, Ranked, i);
}

/* The whole list is never full, so that nobody is passed over in it. */
static void
test_head(Fixture *f, gconstpointer data)
{
    static const guint limits[] = {1, 2, 7, 25, 100};
    g_autoptr(Ranking) whole = rank(f, RANKING_MOST);

    (void)data;
    g_assert_cmpuint(whole->people->len, >, 100);
    g_assert_cmpuint(whole->people->len, <, PEOPLE);
    for (gsize l = 0; l < G_N_ELEMENTS(limits); l++) {
        g_autoptr(Ranking) head = rank(f, limits[l]);
        double least = at(whole->people, limits[l] - 1)->points;
        int64_t left[ELIGIBILITY_REASONS] = {0};

        g_assert_cmpuint(head->people->len, ==, limits[l]);
        g_assert_cmpint(head->looked_at, ==, whole->looked_at);
        for (guint i = 0; i < limits[l]; i++) {
            g_assert_cmpint(at(head->people, i)->candidate, ==,
                            at(whole->people, i)->candidate);
            g_assert_cmpfloat(at(head->people, i)->points, ==,
                              at(whole->people, i)->points);
        }
        /* Clearly above the list's last, they must all be counted; clearly
         * below, none. A tenth of a point is what is counted in. */
        for (guint i = 0; i < whole->left->len; i++)
            left[at(whole->left, i)->answer.reason] +=
                at(whole->left, i)->points >= least + 0.1;
        for (int r = 0; r < ELIGIBILITY_REASONS; r++)
            g_assert_cmpint(head->left_out[r], >=, left[r]);
    }
}

static void
test_left_out(Fixture *f, gconstpointer data)
{
    g_autoptr(Ranking) whole = rank(f, RANKING_MOST);
    int64_t sum = 0;

    (void)data;
    for (int r = 0; r < ELIGIBILITY_REASONS; r++)
        sum += whole->left_out[r];
    g_assert_cmpint(sum, ==, whole->left->len);
    g_assert_cmpint(sum + whole->people->len, ==, whole->looked_at);
    g_assert_cmpint(whole->left_out[NOT_CONSENTED], >, 0);
    g_assert_cmpint(whole->left_out[NOT_IN_PROCESS], >, 0);
    for (guint i = 1; i < whole->people->len; i++) {
        const Ranked *a = at(whole->people, i - 1), *b = at(whole->people, i);
        double parts = 0;
        g_assert_true(a->points > b->points ||
                      (a->points == b->points && a->candidate < b->candidate));
        for (int p = 0; p < RANK_PARTS; p++)
            parts += b->parts[p];
        g_assert_cmpfloat_with_epsilon(parts, b->points, 1e-9);
        g_assert_cmpfloat(b->points, <=, 100.000001);
    }
}

static void
test_words(void)
{
    static const struct {
        const char *title, *skill, *words;
    } cases[] = {
        {"Senior Backend Engineer (m/f/d)", "Go", "go backend engineer sre"},
        {"C++ and C# developer", "node.js", "node.js c++ c# developer sre"},
        {"Entwickler für Straßenbahn", "R", "r entwickler straßenbahn sre"},
        {"a/b!", "  ", "sre"},
    };
    char senior[] = "senior", sre[] = "sre";
    char *none[] = {NULL}, *levels[] = {senior, NULL},
         *interests[] = {sre, NULL};

    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        char *skills[] = {(char *)(uintptr_t)cases[i].skill, NULL};
        const Role role = {.title = (char *)(uintptr_t)cases[i].title,
                           .skills = skills,
                           .levels = levels,
                           .interests = interests,
                           .countries = none,
                           .languages = none};
        g_auto(GStrv) words = ranking_words(&role);
        g_autofree char *joined = g_strjoinv(" ", words);
        g_assert_cmpstr(joined, ==, cases[i].words);
    }
}

/* Whoever writes words by SQL is seen by the triggers. */
static void
test_stale(Fixture *f, gconstpointer data)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Ranking) before = rank(f, RANKING_MOST), after = NULL;

    (void)data;
    run_sql(f, "UPDATE candidate SET notes = 'sackbut' WHERE candidate_id = 9");
    run_sql(f,
            "INSERT INTO candidate_tag VALUES (11, 'skill', 'sackbut', NULL)");
    run_sql(f, "UPDATE candidate_tag SET candidate_id = 12"
               " WHERE value = 'sackbut'");
    g_assert_true(candidate_words_catch_up(f->store, &error));
    {
        g_autoptr(Statement) st =
            store_prepare(f->store,
                          "SELECT group_concat(rowid, ' ') FROM candidate_words"
                          " WHERE candidate_words MATCH 'sackbut'",
                          &error);
        g_assert_true(statement_step(st));
        g_assert_cmpstr(statement_text(st, 0), ==, "9 12");
        g_assert_true(statement_end(st, &error));
    }
    after = rank(f, RANKING_MOST);
    g_assert_cmpint(after->looked_at, ==, before->looked_at);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add("/ranking/head", Fixture, NULL, set_up, test_head, tear_down);
    g_test_add("/ranking/left-out", Fixture, NULL, set_up, test_left_out,
               tear_down);
    g_test_add("/ranking/stale", Fixture, NULL, set_up, test_stale, tear_down);
    g_test_add_func("/ranking/words", test_words);
    return g_test_run();
}
