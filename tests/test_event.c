/* SPDX-License-Identifier: Apache-2.0 */
/* test_event.c - the ledger, and the score it moves */
#include "nurture/event.h"

#include "nurture/clock.h"

#include <math.h>
#include <string.h>

#define NOW INT64_C(1772528400000)

static const Workspace workspace = {.scores = {.open = 0,
                                               .click = 3,
                                               .interest = 30,
                                               .reply = 20,
                                               .positive_reply = 20,
                                               .half_life_ms = 90 * DAY_MS}};

static Store *
new_store(void)
{
    g_autoptr(GError) error = NULL;
    Store *store = store_open(":memory:", STORE_CREATE, &error);
    g_auto(Transaction) tx = store_begin(store, &error);

    store_exec(store,
               "INSERT INTO candidate (candidate_id, email, email_key,"
               "  address_hmac, added, updated_at) VALUES (1, 'a@example.org',"
               "  'a@example.org', 'h', 0, 0)",
               &error);
    g_assert_no_error(error);
    transaction_commit(&tx, &error);
    return store;
}

static bool
record(Store *store, Event event)
{
    g_autoptr(GError) error = NULL;
    g_auto(Transaction) tx = store_begin(store, &error);
    bool added;

    event.candidate = 1;
    event_record(store, &workspace, &event, &added, &error);
    g_assert_no_error(error);
    transaction_commit(&tx, &error);
    return added;
}

static double
score(Store *store, int64_t now)
{
    g_autoptr(GError) error = NULL;
    double value;

    score_of(store, &workspace, 1, now, &value, &error);
    g_assert_no_error(error);
    return value;
}

static void
test_decay(void)
{
    g_autoptr(Store) store = new_store();

    g_assert_cmpfloat(score(store, NOW), ==, 0);
    record(store, (Event){.kind = "clicked", .at = NOW});
    g_assert_cmpfloat_with_epsilon(score(store, NOW), 3, 1e-9);
    g_assert_cmpfloat_with_epsilon(score(store, NOW + 90 * DAY_MS), 1.5, 1e-9);
    record(
        store,
        (Event){.kind = "replied", .at = NOW + 90 * DAY_MS, .positive = true});
    g_assert_cmpfloat_with_epsilon(score(store, NOW + 90 * DAY_MS), 41.5, 1e-9);
    g_assert_cmpfloat_with_epsilon(score(store, NOW + 180 * DAY_MS), 20.75,
                                   1e-9);
}

static void
test_machines_and_opens(void)
{
    g_autoptr(Store) store = new_store();

    record(store, (Event){.kind = "clicked", .at = NOW, .machine = true});
    record(store, (Event){.kind = "opened", .at = NOW});
    record(store, (Event){.kind = "sent", .at = NOW});
    g_assert_cmpfloat(score(store, NOW), ==, 0);
}

static void
test_once(void)
{
    g_autoptr(Store) store = new_store();
    const Event event = {.kind = "replied", .at = NOW, .dedupe_key = "r1"};

    g_assert_true(record(store, event));
    g_assert_false(record(store, event));
    g_assert_cmpfloat_with_epsilon(score(store, NOW), 20, 1e-9);
}

/* A late event counts by its own time, and moves no date backwards. */
static void
test_late(void)
{
    g_autoptr(Store) store = new_store();
    g_autoptr(Statement) st = NULL;

    record(store, (Event){.kind = "clicked", .at = NOW});
    record(store, (Event){.kind = "clicked", .at = NOW - 90 * DAY_MS});
    g_assert_cmpfloat_with_epsilon(score(store, NOW), 4.5, 1e-9);
    st = store_prepare(store, "SELECT last_engaged FROM candidate", NULL);
    g_assert_true(statement_step(st));
    g_assert_cmpint(statement_int(st, 0), ==, NOW);
}

/* The constant that a segment compares with selects the same people. */
static void
test_scaled(void)
{
    for (int years = 0; years < 30; years++) {
        int64_t now = NOW + years * 365 * DAY_MS;
        double scaled = score_scaled(&workspace, 40, now);
        g_assert_true(isfinite(scaled));
        g_assert_cmpfloat_with_epsilon(score_at(&workspace, scaled, now), 40,
                                       1e-6);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/event/score/decay", test_decay);
    g_test_add_func("/event/score/machines-and-opens", test_machines_and_opens);
    g_test_add_func("/event/once", test_once);
    g_test_add_func("/event/late", test_late);
    g_test_add_func("/event/score/scaled", test_scaled);
    return g_test_run();
}
