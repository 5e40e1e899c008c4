/* SPDX-License-Identifier: Apache-2.0 */
/* store -- the one SQLite file that holds all state.
 *
 * WAL, synchronous=FULL, foreign keys, STRICT tables. Every write runs inside
 * a transaction that first takes an flock() on "<path>-lock" and then BEGIN
 * IMMEDIATE: waiting is fair, SQLITE_BUSY does not surface, and no two
 * connections ever write or checkpoint at the same instant (SQLite before
 * 3.51.3 can corrupt a WAL file when they do). Never hold a transaction while
 * talking to the network, and keep it under 50 ms.
 *
 * A COMMIT that fails with an I/O error may or may not be on the disk: the
 * process ends at once (_exit 6); the next start believes what it reads.
 *
 * SQL is literal text in the .c file that needs it. Failure is sticky: step
 * until false, then ask statement_end() once.
 *
 *     g_autoptr(Statement) st = store_prepare(store, "SELECT ..", error);
 *     if (!st)
 *         return NULL;
 *     statement_bind_int(st, ":now", now);
 *     while (statement_step(st))
 *         ...
 *     return statement_end(st, error);
 *
 * A Store belongs to one thread. */
#ifndef NURTURE_STORE_H
#define NURTURE_STORE_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct Store Store;
typedef struct Statement Statement;

typedef enum {
    STORE_EXISTING = 0,  /* ERROR_NOT_FOUND when there is no file */
    STORE_CREATE = 1,    /* make the file and its directory */
    STORE_READ_ONLY = 2, /* no lock, no migration, query_only */
} StoreMode;

/* ":memory:" is a private database, for tests. Migrations run when the file
 * is older than the program; a newer file is ERROR_STORE. */
Store *store_open(const char *path, StoreMode mode, GError **error);
void store_close(Store *store);
const char *store_path(const Store *store);

/* Cached by the literal's address: `sql` must live for ever. The Statement is
 * given back (reset, bindings cleared) by statement_release(), which g_autoptr
 * calls; one literal may be in use once at a time. */
Statement *store_prepare(Store *store, const char *sql, GError **error);
/* Uncached: for the segment compiler's SQL, which is made at run time. */
Statement *store_prepare_text(Store *store, const char *sql, GError **error);
void statement_release(Statement *statement);

/* A parameter that the SQL lacks is a broken invariant (aborts). Texts are
 * copied. NULL text binds NULL. */
void statement_bind_int(Statement *st, const char *name, int64_t value);
void statement_bind_double(Statement *st, const char *name, double value);
void statement_bind_text(Statement *st, const char *name, const char *value);
void statement_bind_blob(Statement *st, const char *name, const void *bytes,
                         gsize length);
void statement_bind_null(Statement *st, const char *name);

bool statement_step(Statement *st); /* true: a row is there */
/* After the last step: false with `error` if any step failed. Resets, so that
 * the statement may be bound and stepped again. */
bool statement_end(Statement *st, GError **error);
/* Step a statement that returns no rows, and end it. */
bool statement_run(Statement *st, GError **error);
/* Rows changed by the last completed INSERT, UPDATE or DELETE. */
int64_t store_changes(const Store *store);
int64_t store_last_id(const Store *store);

int64_t statement_int(Statement *st, int column);
double statement_double(Statement *st, int column);
const char *statement_text(Statement *st, int column); /* borrowed; NULL */
GBytes *statement_blob(Statement *st, int column);     /* NULL when NULL */
bool statement_is_null(Statement *st, int column);
int statement_columns(Statement *st);

typedef struct {
    Store *store; /* NULL: not begun, or ended */
} Transaction;

/* On failure the returned store is NULL. Every way out of the scope but
 * transaction_commit() rolls back. Transactions do not nest. */
Transaction store_begin(Store *store, GError **error);
bool transaction_commit(Transaction *tx, GError **error);
void transaction_clear(Transaction *tx);
bool store_in_transaction(const Store *store);

/* One statement without parameters, inside the caller's transaction. */
bool store_exec(Store *store, const char *sql, GError **error);
/* With `apart`, a commit of this connection is not on the disk before a
 * store_sync() that begins after it (unless a checkpoint came first): one
 * thread commits while another waits for the disk. Without, it is so at once,
 * and so is all that was committed before. Not within a transaction. */
bool store_sync_apart(Store *store, bool apart, GError **error);
/* From any thread, while the store's own goes on. An I/O error ends the
 * process, as it does at a COMMIT. */
void store_sync(const Store *store);
/* Write the log home and cut it to nothing, if nobody reads older pages than
 * the newest; *out_done says. Not within a transaction. */
bool store_shorten_log(Store *store, bool *out_done, GError **error);
/* Whether this connection evaluates the schema's CHECKs (it does from the
 * start). An IN list in one makes SQLite build a table for each row that
 * changes, a quarter of what a mail's way costs; so delivery, which writes
 * states as literals, does without. */
bool store_check_rows(Store *store, bool check, GError **error);
/* On a read-only connection: what is read until the end is of one moment, and
 * cheaper than many reads. Keep it short: the log cannot start anew. */
bool store_view_begin(Store *store, GError **error);
bool store_view_end(Store *store, GError **error);
/* Copy the whole database to a new file (VACUUM INTO). */
bool store_backup(Store *store, const char *path, GError **error);
/* Rewrite the file without what was deleted, and empty the write-ahead log, so
 * that erased texts are not on the disk any more. Takes the write lock for as
 * long as that takes. ERROR_TEMPORARY when a reader keeps the log alive. */
bool store_purge(Store *store, GError **error);
/* A private copy in memory, to try something out on: nothing of it reaches the
 * disk. Takes as much memory as the file has bytes. */
Store *store_open_copy(Store *store, GError **error);
/* PRAGMA integrity_check; ERROR_STORE with its words. `quick` leaves out the
 * comparison of indexes with their tables. */
bool store_check(Store *store, bool quick, GError **error);

/* For segment queries: a second, read-only connection that may only SELECT
 * from candidate data and call listed functions; see campaigns/segment_sql.c.
 * `progress_ops` > 0 interrupts after so many virtual-machine steps. */
Store *store_open_guarded(const char *path, int64_t progress_ops,
                          GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Store, store_close)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Statement, statement_release)
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Transaction, transaction_clear)

#endif
