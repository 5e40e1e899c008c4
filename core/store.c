/* SPDX-License-Identifier: Apache-2.0 */
/* store.c - SQLite behind one lock, with sticky errors
 *
 * The only file that includes sqlite3.h. */
#include "nurture/store.h"

#include "nurture/error.h"
#include "nurture/log.h"
#include "schema.h"

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

/* What running statements allocate; malloc() is asked for the rest. */
#define LOOKASIDE_BYTES 1024
#define LOOKASIDE_SLOTS 400

#define BUSY_WAIT_MS  5000
#define SHORT_WAIT_MS 50 /* for readers, with the write lock held */

struct Store {
    sqlite3 *db;
    char *path;
    int lock; /* flock()ed around every write; -1: none needed */
    int log;  /* what store_sync() waits for; -1: commits wait */
    bool in_transaction;
    GHashTable *cache; /* literal's address -> Statement */
};

struct Statement {
    Store *store;
    sqlite3_stmt *stmt;
    char **names;    /* of its parameters; SQLite counts from 1 */
    int count, next; /* of them; the one after the last bound */
    bool cached, in_use;
    int code; /* of the last step */
};

static int
error_kind(int code)
{
    switch (code & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_FULL:
    case SQLITE_INTERRUPT:
        return ERROR_TEMPORARY;
    default:
        return ERROR_STORE;
    }
}

static bool
fail(const Store *store, int code, const char *what, GError **error)
{
    g_set_error(error, NURTURE_ERROR, error_kind(code), "%s: %s%s%s",
                store->path, sqlite3_errmsg(store->db), what ? ": " : "",
                what ? what : "");
    return false;
}

static void
statement_free(Statement *st)
{
    sqlite3_finalize(st->stmt);
    g_strfreev(st->names);
    g_free(st);
}

bool
store_exec(Store *store, const char *sql, GError **error)
{
    int code = sqlite3_exec(store->db, sql, NULL, NULL, NULL);

    return code == SQLITE_OK || fail(store, code, NULL, error);
}

static bool
open_lock(Store *store, GError **error)
{
    g_autofree char *name = g_strconcat(store->path, "-lock", NULL);

    store->lock = open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (store->lock < 0) {
        g_set_error(error, NURTURE_ERROR, ERROR_STORE, "%s: %s", name,
                    g_strerror(errno));
        return false;
    }
    return true;
}

/* Counting allocations means a mutex around each of them, for all threads.
 * Nobody reads the counts. */
static void
start_sqlite(void)
{
    static gsize once;

    if (g_once_init_enter(&once)) {
        sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
        g_once_init_leave(&once, 1);
    }
}

static bool
connect_db(Store *store, StoreMode mode, GError **error)
{
    int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE |
                SQLITE_OPEN_READWRITE |
                (mode & STORE_CREATE ? SQLITE_OPEN_CREATE : 0);
    int code;

    start_sqlite();
    code = sqlite3_open_v2(store->path, &store->db, flags, NULL);
    if (code != SQLITE_OK)
        return fail(store, code, NULL, error);
    sqlite3_db_config(store->db, SQLITE_DBCONFIG_LOOKASIDE, NULL,
                      LOOKASIDE_BYTES, LOOKASIDE_SLOTS);
    sqlite3_limit(store->db, SQLITE_LIMIT_LENGTH, 64 * 1024 * 1024);
    sqlite3_limit(store->db, SQLITE_LIMIT_EXPR_DEPTH, 200);
    sqlite3_db_config(store->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    sqlite3_db_config(store->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    sqlite3_busy_timeout(store->db, BUSY_WAIT_MS);
    return store_exec(store,
                      "PRAGMA foreign_keys = ON; PRAGMA synchronous = FULL;"
                      "PRAGMA secure_delete = ON; PRAGMA cache_size = -16000;"
                      /* one block of the log's index; hot pages go home less
                       * often than at SQLite's 1000 */
                      "PRAGMA wal_autocheckpoint = 4000;"
                      "PRAGMA temp_store = MEMORY;",
                      error);
}

/* A new database is its owner's alone, and so is its log: SQLite gives that the
 * same mode. */
static void
make_private(const char *path)
{
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

    if (fd >= 0)
        close(fd);
}

/* Setting WAL mode writes, so it is done under the lock and only once. */
static bool
use_wal(Store *store, GError **error)
{
    bool done = false;

    if (flock(store->lock, LOCK_EX) == 0)
        done = store_exec(store, "PRAGMA journal_mode = WAL", error);
    flock(store->lock, LOCK_UN);
    return done;
}

Store *
store_open(const char *path, StoreMode mode, GError **error)
{
    g_autoptr(Store) store = g_new0(Store, 1);
    bool memory = strcmp(path, ":memory:") == 0;

    store->path = g_strdup(path);
    store->lock = store->log = -1;
    store->cache =
        g_hash_table_new_full(NULL, NULL, NULL, (GDestroyNotify)statement_free);
    if (!memory && !(mode & STORE_CREATE) && access(path, F_OK) != 0) {
        g_set_error(error, NURTURE_ERROR, ERROR_NOT_FOUND,
                    "nobody is known here yet; bring people in with: nurture "
                    "candidates import FILE (there is no %s)",
                    path);
        return NULL;
    }
    if (!memory && (mode & STORE_CREATE)) {
        g_autofree char *dir = g_path_get_dirname(path);
        g_mkdir_with_parents(dir, 0700);
    }
    if (!memory && (mode & STORE_CREATE))
        make_private(path);
    if (!memory && !open_lock(store, error))
        return NULL;
    if (!connect_db(store, memory ? STORE_CREATE : mode, error))
        return NULL;
    if (mode & STORE_READ_ONLY)
        return store_exec(store, "PRAGMA query_only = ON", error)
                   ? g_steal_pointer(&store)
                   : NULL;
    if ((!memory && !use_wal(store, error)) || !schema_migrate(store, error))
        return NULL;
    return g_steal_pointer(&store);
}

void
store_close(Store *store)
{
    if (!store)
        return;
    if (store->cache)
        g_hash_table_unref(store->cache);
    /* Zombie-safe: an uncached statement may still be released later. */
    sqlite3_close_v2(store->db);
    if (store->lock >= 0)
        close(store->lock);
    if (store->log >= 0)
        close(store->log);
    g_free(store->path);
    g_free(store);
}

const char *
store_path(const Store *store)
{
    return store->path;
}

static Statement *
prepare(Store *store, const char *sql, bool cached, GError **error)
{
    sqlite3_stmt *stmt = NULL;
    int code =
        sqlite3_prepare_v3(store->db, sql, -1,
                           cached ? SQLITE_PREPARE_PERSISTENT : 0, &stmt, NULL);
    Statement *st;

    if (code != SQLITE_OK) {
        fail(store, code, sql, error);
        return NULL;
    }
    st = g_new0(Statement, 1);
    st->store = store;
    st->stmt = stmt;
    st->cached = cached;
    st->in_use = true;
    st->count = sqlite3_bind_parameter_count(stmt);
    /* copies: SQLite's own go when it prepares the statement anew */
    st->names = g_new0(char *, (gsize)st->count + 1);
    for (int i = 0; i < st->count; i++)
        st->names[i] = g_strdup(sqlite3_bind_parameter_name(stmt, i + 1));
    return st;
}

Statement *
store_prepare(Store *store, const char *sql, GError **error)
{
    Statement *st = g_hash_table_lookup(store->cache, sql);

    if (!st) {
        st = prepare(store, sql, true, error);
        if (st)
            g_hash_table_insert(store->cache, (gpointer)sql, st);
        return st;
    }
    if (st->in_use) /* recursion, or two loops over one literal */
        return prepare(store, sql, false, error);
    st->in_use = true;
    return st;
}

Statement *
store_prepare_text(Store *store, const char *sql, GError **error)
{
    return prepare(store, sql, false, error);
}

void
statement_release(Statement *st)
{
    if (!st)
        return;
    if (!st->cached) {
        statement_free(st);
        return;
    }
    sqlite3_reset(st->stmt);
    sqlite3_clear_bindings(st->stmt);
    st->in_use = false;
    st->code = SQLITE_OK;
}

/* Mostly they are bound in the order of the SQL. */
static int
parameter(Statement *st, const char *name)
{
    for (int i = 0; i < st->count; i++) {
        int at = (st->next + i) % st->count;
        if (strcmp(st->names[at], name) == 0) {
            st->next = at + 1;
            return at + 1;
        }
    }
    g_error("no parameter %s in: %s", name, sqlite3_sql(st->stmt));
}

void
statement_bind_int(Statement *st, const char *name, int64_t value)
{
    int code = sqlite3_bind_int64(st->stmt, parameter(st, name), value);

    g_assert(code == SQLITE_OK);
}

void
statement_bind_double(Statement *st, const char *name, double value)
{
    int code = sqlite3_bind_double(st->stmt, parameter(st, name), value);

    g_assert(code == SQLITE_OK);
}

void
statement_bind_text(Statement *st, const char *name, const char *value)
{
    int index = parameter(st, name);
    int code =
        value ? sqlite3_bind_text(st->stmt, index, value, -1, SQLITE_TRANSIENT)
              : sqlite3_bind_null(st->stmt, index);

    g_assert(code == SQLITE_OK);
}

void
statement_bind_blob(Statement *st, const char *name, const void *bytes,
                    gsize length)
{
    int code =
        sqlite3_bind_blob64(st->stmt, parameter(st, name), bytes ? bytes : "",
                            length, SQLITE_TRANSIENT);

    g_assert(code == SQLITE_OK);
}

void
statement_bind_null(Statement *st, const char *name)
{
    int code = sqlite3_bind_null(st->stmt, parameter(st, name));

    g_assert(code == SQLITE_OK);
}

bool
statement_step(Statement *st)
{
    if (st->code != SQLITE_OK && st->code != SQLITE_ROW)
        return false;
    st->code = sqlite3_step(st->stmt);
    return st->code == SQLITE_ROW;
}

bool
statement_end(Statement *st, GError **error)
{
    int code = st->code;
    bool ok = code == SQLITE_OK || code == SQLITE_ROW || code == SQLITE_DONE;

    if (!ok)
        fail(st->store, code, sqlite3_sql(st->stmt), error);
    sqlite3_reset(st->stmt);
    st->code = SQLITE_OK;
    return ok;
}

bool
statement_run(Statement *st, GError **error)
{
    while (statement_step(st))
        continue;
    return statement_end(st, error);
}

int64_t
store_changes(const Store *store)
{
    return sqlite3_changes64(store->db);
}

int64_t
store_last_id(const Store *store)
{
    return sqlite3_last_insert_rowid(store->db);
}

int64_t
statement_int(Statement *st, int column)
{
    return sqlite3_column_int64(st->stmt, column);
}

double
statement_double(Statement *st, int column)
{
    return sqlite3_column_double(st->stmt, column);
}

const char *
statement_text(Statement *st, int column)
{
    return (const char *)sqlite3_column_text(st->stmt, column);
}

GBytes *
statement_blob(Statement *st, int column)
{
    const void *bytes = sqlite3_column_blob(st->stmt, column);
    int size = sqlite3_column_bytes(st->stmt, column);

    if (statement_is_null(st, column))
        return NULL;
    return g_bytes_new(bytes, (gsize)size);
}

bool
statement_is_null(Statement *st, int column)
{
    return sqlite3_column_type(st->stmt, column) == SQLITE_NULL;
}

int
statement_columns(Statement *st)
{
    return sqlite3_column_count(st->stmt);
}

Transaction
store_begin(Store *store, GError **error)
{
    Transaction none = {NULL};

    g_assert(!store->in_transaction);
    while (store->lock >= 0 && flock(store->lock, LOCK_EX) != 0)
        if (errno != EINTR) {
            g_set_error(error, NURTURE_ERROR, ERROR_STORE, "%s-lock: %s",
                        store->path, g_strerror(errno));
            return none;
        }
    if (!store_exec(store, "BEGIN IMMEDIATE", error)) {
        if (store->lock >= 0)
            flock(store->lock, LOCK_UN);
        return none;
    }
    store->in_transaction = true;
    return (Transaction){store};
}

static void
transaction_over(Transaction *tx)
{
    Store *store = tx->store;

    store->in_transaction = false;
    if (store->lock >= 0)
        flock(store->lock, LOCK_UN);
    tx->store = NULL;
}

/* A commit may be on the disk or not; believing either answer can lose or
 * double a message. Die, and let the next start read. */
static void
die(const char *why)
{
    log_error("store=commit error=\"%s\" action=exit", why);
    _exit(6);
}

bool
transaction_commit(Transaction *tx, GError **error)
{
    int code = sqlite3_exec(tx->store->db, "COMMIT", NULL, NULL, NULL);

    if ((code & 0xff) == SQLITE_IOERR)
        die(sqlite3_errmsg(tx->store->db));
    if (code != SQLITE_OK) {
        fail(tx->store, code, "COMMIT", error);
        transaction_clear(tx);
        return false;
    }
    transaction_over(tx);
    return true;
}

void
transaction_clear(Transaction *tx)
{
    if (!tx->store)
        return;
    if (!sqlite3_get_autocommit(tx->store->db))
        sqlite3_exec(tx->store->db, "ROLLBACK", NULL, NULL, NULL);
    transaction_over(tx);
}

bool
store_in_transaction(const Store *store)
{
    return store->in_transaction;
}

/* The log exists once anything was read, and stays the same file for as long as
 * this connection is there. */
static bool
open_log(Store *store, GError **error)
{
    g_autofree char *name = g_strconcat(store->path, "-wal", NULL);

    if (!store_exec(store, "SELECT 1 FROM sqlite_schema", error))
        return false;
    store->log = open(name, O_RDWR | O_CLOEXEC);
    if (store->log < 0) {
        g_set_error(error, NURTURE_ERROR, ERROR_STORE, "%s: %s", name,
                    g_strerror(errno));
        return false;
    }
    return true;
}

bool
store_sync_apart(Store *store, bool apart, GError **error)
{
    g_assert(!store->in_transaction);
    if (strcmp(store->path, ":memory:") == 0)
        return true;
    if (apart) /* NORMAL: the log is synced at checkpoints, not at commits */
        return open_log(store, error) &&
               store_exec(store, "PRAGMA synchronous = NORMAL", error);
    store_sync(store);
    if (store->log >= 0)
        close(store->log);
    store->log = -1;
    return store_exec(store, "PRAGMA synchronous = FULL", error);
}

void
store_sync(const Store *store)
{
    while (store->log >= 0 && fdatasync(store->log) != 0)
        if (errno != EINTR)
            die(g_strerror(errno));
}

bool
store_check_rows(Store *store, bool check, GError **error)
{
    return store_exec(store,
                      check ? "PRAGMA ignore_check_constraints = OFF"
                            : "PRAGMA ignore_check_constraints = ON",
                      error);
}

bool
store_view_begin(Store *store, GError **error)
{
    return store_exec(store, "BEGIN", error);
}

bool
store_view_end(Store *store, GError **error)
{
    return store_exec(store, "COMMIT", error);
}

bool
store_backup(Store *store, const char *path, GError **error)
{
    g_autoptr(Statement) st = NULL;
    bool done;

    if (store->lock >= 0 && flock(store->lock, LOCK_EX) != 0)
        return fail(store, SQLITE_BUSY, NULL, error);
    st = store_prepare(store, "VACUUM INTO :path", error);
    if (st)
        statement_bind_text(st, ":path", path);
    done = st && statement_run(st, error);
    if (store->lock >= 0)
        flock(store->lock, LOCK_UN);
    return done;
}

/* wal_checkpoint answers a row: is somebody's reading in the way? */
static bool
truncate_wal(Store *store, bool *out_busy, GError **error)
{
    g_autoptr(Statement) st =
        store_prepare(store, "PRAGMA wal_checkpoint(TRUNCATE)", error);

    if (!st)
        return false;
    *out_busy = statement_step(st) && statement_int(st, 0) != 0;
    return statement_end(st, error);
}

bool
store_shorten_log(Store *store, bool *out_done, GError **error)
{
    g_autoptr(GError) failed = NULL;
    bool busy = true, ok;

    g_assert(!store->in_transaction);
    if (store->lock >= 0 && flock(store->lock, LOCK_EX) != 0)
        return fail(store, SQLITE_BUSY, NULL, error);
    sqlite3_busy_timeout(store->db, SHORT_WAIT_MS);
    ok = truncate_wal(store, &busy, &failed);
    sqlite3_busy_timeout(store->db, BUSY_WAIT_MS);
    if (store->lock >= 0)
        flock(store->lock, LOCK_UN);
    *out_done = ok && !busy;
    if (ok || g_error_matches(failed, NURTURE_ERROR, ERROR_TEMPORARY))
        return true;
    g_propagate_error(error, g_steal_pointer(&failed));
    return false;
}

bool
store_purge(Store *store, GError **error)
{
    bool busy = false, done;

    g_assert(!store->in_transaction);
    if (store->lock >= 0 && flock(store->lock, LOCK_EX) != 0)
        return fail(store, SQLITE_BUSY, NULL, error);
    done =
        store_exec(store, "VACUUM", error) && truncate_wal(store, &busy, error);
    if (store->lock >= 0)
        flock(store->lock, LOCK_UN);
    if (!done || !busy)
        return done;
    g_set_error(error, NURTURE_ERROR, ERROR_TEMPORARY,
                "%s-wal still holds old pages, because somebody is reading",
                store->path);
    return false;
}

Store *
store_open_copy(Store *store, GError **error)
{
    g_autoptr(Store) copy = store_open(":memory:", STORE_CREATE, error);
    sqlite3_backup *backup;

    if (!copy)
        return NULL;
    backup = sqlite3_backup_init(copy->db, "main", store->db, "main");
    if (backup)
        sqlite3_backup_step(backup, -1);
    if (backup && sqlite3_backup_finish(backup) == SQLITE_OK)
        return g_steal_pointer(&copy);
    fail(copy, sqlite3_errcode(copy->db), "copying the database", error);
    return NULL;
}

bool
store_check(Store *store, bool quick, GError **error)
{
    g_autoptr(Statement) st =
        quick ? store_prepare(store, "PRAGMA quick_check(10)", error)
              : store_prepare(store, "PRAGMA integrity_check(10)", error);
    g_autofree char *words = NULL;

    if (!st)
        return false;
    while (statement_step(st))
        if (!words)
            words = g_strdup(statement_text(st, 0));
    if (!statement_end(st, error))
        return false;
    if (g_strcmp0(words, "ok") != 0) {
        g_set_error(error, NURTURE_ERROR, ERROR_STORE, "%s is damaged: %s",
                    store->path, words ? words : "no answer");
        return false;
    }
    return true;
}

/* What a segment may do: read candidate data, and call pure functions. */
static int
authorize(void *data, int action, const char *a, const char *b,
          const char *database, const char *trigger)
{
    static const char *const tables[] = {
        "candidate", "candidate_tag", "event",       "enrolment",
        "score",     "message",       "application", "batch",
        "consent",   "shortlist",     NULL};
    static const char *const functions[] = {
        "coalesce",     "count",  "trim", "lower", "upper",
        "group_concat", "like",   "min",  "max",   "length",
        "abs",          "ifnull", NULL};

    (void)data;
    (void)database;
    (void)trigger;
    switch (action) {
    case SQLITE_SELECT:
    case SQLITE_TRANSACTION: /* store_view_begin(); it cannot write */
        return SQLITE_OK;
    case SQLITE_READ:
        return g_strv_contains(tables, a) ? SQLITE_OK : SQLITE_DENY;
    case SQLITE_FUNCTION:
        return g_strv_contains(functions, b) ? SQLITE_OK : SQLITE_DENY;
    default:
        return SQLITE_DENY;
    }
}

static int
interrupt(void *unused)
{
    (void)unused;
    return 1;
}

Store *
store_open_guarded(const char *path, int64_t progress_ops, GError **error)
{
    g_autoptr(Store) store = store_open(path, STORE_READ_ONLY, error);

    if (!store)
        return NULL;
    if (progress_ops > 0)
        sqlite3_progress_handler(store->db, (int)MIN(progress_ops, G_MAXINT),
                                 interrupt, NULL);
    sqlite3_set_authorizer(store->db, authorize, NULL);
    return g_steal_pointer(&store);
}
