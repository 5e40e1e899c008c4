/* SPDX-License-Identifier: Apache-2.0 */
/* test_score.c - a rebuild gives the bytes that the events gave */
#include "nurture/score.h"

#include "nurture/clock.h"
#include "nurture/event.h"

#include <math.h>
#include <string.h>

#define NOW    INT64_C(1772528400000)
#define PEOPLE 40

static Workspace
default_workspace(void)
{
    return (Workspace){.scores = {.open = 0.1,
                                  .click = 3,
                                  .interest = 30,
                                  .reply = 20.7,
                                  .positive_reply = 20,
                                  .half_life_ms = 90 * DAY_MS}};
}

static void
run(Store *store, const char *sql)
{
    g_autoptr(GError) error = NULL;
    g_auto(Transaction) tx = store_begin(store, &error);
    g_autoptr(Statement) st = store_prepare_text(store, sql, &error);

    g_assert_no_error(error);
    g_assert_true(statement_run(st, &error));
    g_assert_true(transaction_commit(&tx, &error));
}

static Store *
new_store(void)
{
    g_autoptr(GError) error = NULL;
    Store *store = store_open(":memory:", STORE_CREATE, &error);

    g_assert_no_error(error);
    for (int i = 1; i <= PEOPLE; i++) {
        g_autofree char *sql = g_strdup_printf(
            "INSERT INTO candidate (candidate_id, email, email_key,"
            " address_hmac, added, updated_at)"
            " VALUES (%d, 'p%d@example.org', 'p%d@example.org', 'h%d', 0, 0)",
            i, i, i, i);
        run(store, sql);
    }
    return store;
}

static void
record(Store *store, const Workspace *workspace, Event event)
{
    g_autoptr(GError) error = NULL;
    g_auto(Transaction) tx = store_begin(store, &error);

    g_assert_no_error(error);
    g_assert_true(event_record(store, workspace, &event, NULL, &error));
    g_assert_true(transaction_commit(&tx, &error));
}

/* Late, future, machine, unknown people, weightless kinds, doubles. */
static void
record_history(Store *store, const Workspace *workspace, GRand *rand, int count)
{
    static const char *const kinds[] = {"opened",     "clicked", "replied",
                                        "interested", "sent",    "bounced"};

    for (int i = 0; i < count; i++) {
        g_autofree char *key =
            g_strdup_printf("k%d", g_rand_int_range(rand, 0, count * 4));
        int64_t days = g_rand_int_range(rand, -900, 30);
        record(store, workspace,
               (Event){.candidate = g_rand_int_range(rand, 0, PEOPLE + 1),
                       .kind = kinds[g_rand_int_range(rand, 0, 6)],
                       .at = NOW + days * DAY_MS +
                             g_rand_int_range(rand, 0, (int)DAY_MS),
                       .machine = g_rand_int_range(rand, 0, 4) == 0,
                       .positive = g_rand_boolean(rand),
                       .dedupe_key = key});
    }
}

/* The table as bytes. */
static GByteArray *
dump(Store *store)
{
    g_autoptr(GError) error = NULL;
    GByteArray *out = g_byte_array_new();
    g_autoptr(Statement) st = store_prepare(
        store,
        "SELECT candidate_id, events, updated_at, scaled FROM score"
        " ORDER BY candidate_id",
        &error);

    g_assert_no_error(error);
    while (statement_step(st)) {
        int64_t whole[] = {statement_int(st, 0), statement_int(st, 1),
                           statement_int(st, 2)};
        double scaled = statement_double(st, 3);
        g_byte_array_append(out, (const guint8 *)whole, sizeof whole);
        g_byte_array_append(out, (const guint8 *)&scaled, sizeof scaled);
    }
    g_assert_true(statement_end(st, &error));
    return out;
}

static void
assert_same(const GByteArray *a, const GByteArray *b)
{
    g_assert_cmpuint(a->len, >, 0);
    g_assert_cmpuint(a->len, ==, b->len);
    g_assert_true(memcmp(a->data, b->data, a->len) == 0);
}

static ScoreRebuild
rebuild(Store *store, const Workspace *workspace, bool dry_run)
{
    g_autoptr(GError) error = NULL;
    ScoreRebuild seen;

    score_rebuild(store, workspace, dry_run, &seen, &error);
    g_assert_no_error(error);
    return seen;
}

static bool
outdated(Store *store, const Workspace *workspace)
{
    g_autoptr(GError) error = NULL;
    bool is;

    score_is_outdated(store, workspace, &is, &error);
    g_assert_no_error(error);
    return is;
}

static void
test_same_bytes(void)
{
    for (guint32 seed = 1; seed <= 12; seed++) {
        Workspace workspace = default_workspace();
        g_autoptr(Store) store = new_store();
        GRand *rand = g_rand_new_with_seed(seed);
        record_history(store, &workspace, rand, 600);
        g_rand_free(rand);

        g_autoptr(GByteArray) live = dump(store);
        g_assert_cmpint(rebuild(store, &workspace, true).changed, ==, 0);
        run(store, "UPDATE score SET scaled = scaled * 1.5, events = 0"
                   " WHERE candidate_id % 3 = 0");
        run(store, "DELETE FROM score WHERE candidate_id % 3 = 1");
        g_assert_cmpint(rebuild(store, &workspace, false).changed, >, 20);
        g_autoptr(GByteArray) again = dump(store);
        assert_same(live, again);
    }
}

/* What is recorded after a rebuild goes on from the same bytes. */
static void
test_goes_on(void)
{
    Workspace workspace = default_workspace();
    g_autoptr(Store) a = new_store(), b = new_store();
    GRand *one = g_rand_new_with_seed(7), *two = g_rand_new_with_seed(7);

    record_history(a, &workspace, one, 300);
    record_history(a, &workspace, one, 300);
    record_history(b, &workspace, two, 300);
    rebuild(b, &workspace, false);
    record_history(b, &workspace, two, 300);
    g_rand_free(one);
    g_rand_free(two);
    g_autoptr(GByteArray) x = dump(a), y = dump(b);
    assert_same(x, y);
}

static void
test_settings(void)
{
    Workspace old = default_workspace(), new = default_workspace();
    g_autoptr(Store) store = new_store(), fresh = new_store();
    const Event event = {.candidate = 1, .kind = "clicked", .at = NOW};

    new.scores.half_life_ms = 30 * DAY_MS;
    g_assert_false(outdated(store, &old));
    record(store, &old, event);
    g_assert_false(outdated(store, &old));
    g_assert_true(outdated(store, &new));
    /* Added up with others: wrong by either settings. */
    record(store, &new, event);
    g_assert_true(outdated(store, &old));
    g_assert_true(outdated(store, &new));

    g_assert_cmpint(rebuild(store, &new, true).changed, ==, 1);
    g_assert_true(outdated(store, &new));
    rebuild(store, &new, false);
    g_assert_false(outdated(store, &new));
    g_assert_true(outdated(store, &old));

    record(fresh, &new, event);
    record(fresh, &new, event);
    g_autoptr(GByteArray) x = dump(store), y = dump(fresh);
    assert_same(x, y);
}

/* Who was erased has events left, and no score. */
static void
test_erased(void)
{
    Workspace workspace = default_workspace();
    g_autoptr(Store) store = new_store();

    record(store, &workspace,
           (Event){.candidate = 1, .kind = "clicked", .at = NOW});
    record(store, &workspace,
           (Event){.candidate = 2, .kind = "clicked", .at = NOW});
    run(store, "DELETE FROM score WHERE candidate_id = 1");
    run(store, "UPDATE candidate SET erased_at = 1 WHERE candidate_id = 1");
    g_assert_cmpint(rebuild(store, &workspace, false).people, ==, 1);
    g_autoptr(GByteArray) bytes = dump(store);
    g_assert_cmpuint(bytes->len, ==, 32);
}

/* More people than one transaction writes, more events than a page has. */
static void
test_many(void)
{
    Workspace workspace = default_workspace();
    g_autoptr(Store) store = new_store();

    run(store,
        "INSERT INTO candidate (candidate_id, email, email_key, address_hmac,"
        " added, updated_at) WITH RECURSIVE n(value) AS (SELECT 1001 UNION ALL "
        "SELECT value + 1 FROM n WHERE value < 10000) SELECT value, 'q' || "
        "value, 'q' || value,"
        " 'g' || value, 0, 0 FROM n");
    run(store, "INSERT INTO event (candidate_id, kind, at) WITH RECURSIVE "
               "n(value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM n WHERE "
               "value < 120000) SELECT"
               " 1001 + (value * 7) % 9000, 'clicked', value * 1000"
               " FROM n");
    ScoreRebuild seen = rebuild(store, &workspace, false);
    g_assert_cmpint(seen.events, ==, 120000);
    g_assert_cmpint(seen.people, ==, 9000);
    g_assert_cmpint(seen.changed, ==, 9000);
    g_assert_cmpint(rebuild(store, &workspace, true).changed, ==, 0);
}

static void
test_explain(void)
{
    g_autoptr(GError) error = NULL;
    Workspace workspace = default_workspace();
    g_autoptr(Store) store = new_store();
    double sum = 0, stored;

    workspace.scores.open = 0;
    record(store, &workspace,
           (Event){.candidate = 1, .kind = "clicked", .at = NOW - 90 * DAY_MS});
    record(
        store, &workspace,
        (Event){.candidate = 1, .kind = "clicked", .at = NOW, .machine = true});
    record(store, &workspace,
           (Event){.candidate = 1, .kind = "opened", .at = NOW});
    record(store, &workspace,
           (Event){.candidate = 1, .kind = "interested", .at = NOW});
    g_autoptr(ScoreExplanation) e =
        score_explain(store, &workspace, 1, NOW, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(e->parts->len, ==, 3);
    static const double present[] = {1.5, 0, 30};
    for (guint i = 0; i < 3; i++) {
        const ScorePart *part = e->parts->pdata[i];
        g_assert_cmpfloat_with_epsilon(part->present, present[i], 1e-9);
        sum += part->present;
    }
    g_assert_true(e->same);
    g_assert_cmpfloat_with_epsilon(e->total, sum, 1e-9);
    score_of(store, &workspace, 1, NOW, &stored, &error);
    g_assert_cmpfloat(e->total, ==, stored);

    workspace.scores.click = 4;
    g_autoptr(ScoreExplanation) other =
        score_explain(store, &workspace, 1, NOW, &error);
    g_assert_false(other->same);
    g_assert_cmpfloat(other->stored, ==, stored);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/score/rebuild/same-bytes", test_same_bytes);
    g_test_add_func("/score/rebuild/goes-on", test_goes_on);
    g_test_add_func("/score/rebuild/erased", test_erased);
    g_test_add_func("/score/rebuild/many", test_many);
    g_test_add_func("/score/settings", test_settings);
    g_test_add_func("/score/explain", test_explain);
    return g_test_run();
}
