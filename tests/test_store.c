/* SPDX-License-Identifier: Apache-2.0 */
/* test_store.c - statements, transactions, migrations, the guard */
#include "nurture/store.h"

#include "nurture/error.h"

#include <glib/gstdio.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static int syncs; /* of files */

/* Instead of libc's, for SQLite as well. */
int
fdatasync(int fd)
{
    g_atomic_int_inc(&syncs);
    return (int)syscall(SYS_fdatasync, fd);
}

static char *
temporary_path(const char *name)
{
    g_autofree char *dir = g_dir_make_tmp("nurture-store-XXXXXX", NULL);

    return g_build_filename(dir, name, NULL);
}

static void
put_fact(Store *store, const char *name, const char *value)
{
    GError *error = NULL;
    g_autoptr(Statement) st = store_prepare(
        store, "INSERT INTO fact (name, value) VALUES (:name, :value)", &error);

    g_assert_no_error(error);
    statement_bind_text(st, ":name", name);
    statement_bind_text(st, ":value", value);
    g_assert_true(statement_run(st, &error));
    g_assert_no_error(error);
}

static int64_t
count_facts(Store *store)
{
    g_autoptr(Statement) st =
        store_prepare(store, "SELECT count(*) FROM fact", NULL);

    g_assert_true(statement_step(st));
    return statement_int(st, 0);
}

static void
test_rollback(void)
{
    GError *error = NULL;
    g_autoptr(Store) store = store_open(":memory:", STORE_CREATE, &error);

    g_assert_no_error(error);
    {
        g_auto(Transaction) tx = store_begin(store, &error);
        put_fact(store, "a", "1");
        g_assert_cmpint(count_facts(store), ==, 1);
    }
    g_assert_cmpint(count_facts(store), ==, 0);
    {
        g_auto(Transaction) tx = store_begin(store, &error);
        put_fact(store, "a", "1");
        g_assert_true(transaction_commit(&tx, &error));
    }
    g_assert_cmpint(count_facts(store), ==, 1);
}

/* In any order, more than once, and when SQLite has prepared it anew. */
static void
test_parameters(void)
{
    GError *error = NULL;
    g_autoptr(Store) store = store_open(":memory:", STORE_CREATE, &error);
    static const char sql[] = "SELECT :a || :b || :a || :c";

    for (int i = 0; i < 3; i++) {
        g_autoptr(Statement) st = store_prepare(store, sql, &error);
        statement_bind_text(st, ":c", "3");
        statement_bind_text(st, ":a", "0");
        statement_bind_text(st, ":b", "2");
        statement_bind_text(st, ":a", "1");
        g_assert_true(statement_step(st));
        g_assert_cmpstr(statement_text(st, 0), ==, "1213");
        g_assert_true(statement_end(st, &error));
        g_assert_true(
            store_exec(store, "CREATE TEMP TABLE IF NOT EXISTS t (x)", &error));
    }
}

/* How many syncs it takes to commit a fact. */
static int
syncs_of_commit(Store *store, const char *name)
{
    int before = g_atomic_int_get(&syncs);
    GError *error = NULL;
    g_auto(Transaction) tx = store_begin(store, &error);

    put_fact(store, name, "1");
    g_assert_true(transaction_commit(&tx, &error));
    return g_atomic_int_get(&syncs) - before;
}

static void
test_sync_apart(void)
{
    GError *error = NULL;
    g_autofree char *path = temporary_path("s.db");
    g_autoptr(Store) store = store_open(path, STORE_CREATE, &error);
    int before;

    g_assert_cmpint(syncs_of_commit(store, "at once"), ==, 1);
    g_assert_true(store_sync_apart(store, true, &error));
    g_assert_cmpint(syncs_of_commit(store, "later"), ==, 0);
    before = g_atomic_int_get(&syncs);
    store_sync(store);
    g_assert_cmpint(g_atomic_int_get(&syncs) - before, ==, 1);
    g_assert_cmpint(syncs_of_commit(store, "at the end"), ==, 0);
    before = g_atomic_int_get(&syncs);
    g_assert_true(store_sync_apart(store, false, &error));
    g_assert_cmpint(g_atomic_int_get(&syncs) - before, ==, 1);
    g_assert_cmpint(syncs_of_commit(store, "at once again"), ==, 1);
    before = g_atomic_int_get(&syncs);
    store_sync(store); /* nothing to wait for */
    g_assert_cmpint(g_atomic_int_get(&syncs) - before, ==, 0);
    g_assert_cmpint(count_facts(store), ==, 4);
}

static void
test_sticky_error(void)
{
    GError *error = NULL;
    g_autoptr(Store) store = store_open(":memory:", STORE_CREATE, &error);
    g_autoptr(Statement) st = store_prepare(
        store, "INSERT INTO fact (name, value) VALUES ('a', NULL)", &error);

    g_assert_false(statement_run(st, &error));
    g_assert_error(error, NURTURE_ERROR, ERROR_STORE);
    g_clear_error(&error);
    g_assert_null(store_prepare(store, "SELEC", &error));
    g_assert_error(error, NURTURE_ERROR, ERROR_STORE);
    g_clear_error(&error);
}

static void
test_missing_and_newer(void)
{
    GError *error = NULL;
    g_autofree char *path = temporary_path("n.db");
    g_autoptr(Store) store = NULL;

    g_assert_null(store_open(path, STORE_EXISTING, &error));
    g_assert_error(error, NURTURE_ERROR, ERROR_NOT_FOUND);
    g_clear_error(&error);
    store = store_open(path, STORE_CREATE, &error);
    g_assert_no_error(error);
    g_assert_true(store_exec(store, "PRAGMA user_version = 999", &error));
    g_clear_pointer(&store, store_close);
    g_assert_null(store_open(path, STORE_EXISTING, &error));
    g_assert_error(error, NURTURE_ERROR, ERROR_STORE);
    g_clear_error(&error);
}

/* Four processes add 100 rows each; nobody sees SQLITE_BUSY. */
static void
test_writers(void)
{
    GError *error = NULL;
    g_autofree char *path = temporary_path("w.db");
    g_autoptr(Store) store = store_open(path, STORE_CREATE, &error);

    g_assert_no_error(error);
    for (int child = 0; child < 4; child++) {
        if (fork() != 0)
            continue;
        g_autoptr(Store) own = store_open(path, STORE_EXISTING, &error);
        for (int i = 0; i < 100; i++) {
            g_autofree char *name = g_strdup_printf("%d-%d", child, i);
            g_auto(Transaction) tx = store_begin(own, &error);
            put_fact(own, name, "x");
            if (!transaction_commit(&tx, &error))
                _exit(1);
        }
        _exit(0);
    }
    for (int child = 0; child < 4; child++) {
        int status;
        g_assert_cmpint(wait(&status), >, 0);
        g_assert_cmpint(status, ==, 0);
    }
    g_assert_cmpint(count_facts(store), ==, 400);
    g_assert_true(store_check(store, false, &error));
}

static void
test_guard(void)
{
    static const char *const refused[] = {
        "SELECT value FROM fact",
        "SELECT rcpt FROM suppression",
        "SELECT load_extension('x')",
        "SELECT randomblob(10) FROM candidate",
        "DELETE FROM candidate",
        "PRAGMA user_version = 3",
        "ATTACH 'x' AS y",
        NULL};
    GError *error = NULL;
    g_autofree char *path = temporary_path("g.db");
    g_autoptr(Store) store = store_open(path, STORE_CREATE, &error);
    g_autoptr(Store) guarded = store_open_guarded(path, 0, &error);
    g_autoptr(Statement) st = NULL;

    g_assert_no_error(error);
    for (int i = 0; refused[i]; i++) {
        g_assert_null(store_prepare_text(guarded, refused[i], &error));
        g_assert_error(error, NURTURE_ERROR, ERROR_STORE);
        g_clear_error(&error);
    }
    st = store_prepare_text(
        guarded, "SELECT count(*) FROM candidate WHERE trim(city) LIKE 'B%'",
        &error);
    g_assert_no_error(error);
    g_assert_true(statement_step(st));
}

static void
test_backup(void)
{
    GError *error = NULL;
    g_autofree char *path = temporary_path("b.db");
    g_autofree char *copy = temporary_path("copy.db");
    g_autoptr(Store) store = store_open(path, STORE_CREATE, &error);
    g_autoptr(Store) second = NULL;

    put_fact(store, "a", "1");
    g_assert_true(store_backup(store, copy, &error));
    second = store_open(copy, STORE_EXISTING, &error);
    g_assert_no_error(error);
    g_assert_cmpint(count_facts(second), ==, 1);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/store/transaction/rollback", test_rollback);
    g_test_add_func("/store/transaction/sync-apart", test_sync_apart);
    g_test_add_func("/store/statement/parameters", test_parameters);
    g_test_add_func("/store/statement/sticky-error", test_sticky_error);
    g_test_add_func("/store/open/missing-and-newer", test_missing_and_newer);
    g_test_add_func("/store/transaction/four-writers", test_writers);
    g_test_add_func("/store/guard", test_guard);
    g_test_add_func("/store/backup", test_backup);
    return g_test_run();
}
