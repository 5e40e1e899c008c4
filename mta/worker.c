/* SPDX-License-Identifier: Apache-2.0 */
/* worker.c - who is alive, and giving back what the dead held (T5) */
#include "worker.h"

#include "nurture/clock.h"
#include "nurture/error.h"
#include "nurture/hash.h"
#include "nurture/log.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

struct Worker {
    char *id, *path;
    int fd;
};

static char *
workers_dir(const char *state_dir)
{
    return g_build_filename(state_dir, "workers", NULL);
}

/* Distinguishes this boot from earlier ones, whose pids come again. */
static char *
boot_id(void)
{
    char *text = NULL;

    if (!g_file_get_contents("/proc/sys/kernel/random/boot_id", &text, NULL,
                             NULL))
        return g_strdup("unknown");
    text[MIN(strlen(text), 8)] = '\0';
    return text;
}

static char *
new_id(void)
{
    static int counter;
    g_autofree char *boot = boot_id();

    return g_strdup_printf("%s:%s:%d:%" G_GINT64_FORMAT ".%d",
                           g_get_host_name(), boot, (int)getpid(),
                           clock_monotonic(), g_atomic_int_add(&counter, 1));
}

static char *
lock_path(const char *state_dir, const char *lock_name)
{
    g_autofree char *dir = workers_dir(state_dir);

    return g_build_filename(dir, lock_name, NULL);
}

static void
worker_free(Worker *worker)
{
    if (worker->fd >= 0)
        close(worker->fd);
    g_free(worker->id);
    g_free(worker->path);
    g_free(worker);
}

static bool
take_lock(Worker *worker, const char *state_dir, const char *lock_name,
          GError **error)
{
    g_autofree char *dir = workers_dir(state_dir);

    worker->path = lock_path(state_dir, lock_name);
    if (g_mkdir_with_parents(dir, 0700) == 0)
        worker->fd =
            open(worker->path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (worker->fd >= 0 && flock(worker->fd, LOCK_EX | LOCK_NB) == 0)
        return true;
    g_set_error(error, NURTURE_ERROR, ERROR_CONFIG, "%s: %s", worker->path,
                g_strerror(errno));
    return false;
}

static bool
add_row(Store *store, const Worker *worker, const char *lock_name, int64_t now,
        GError **error)
{
    g_auto(Transaction) tx = store_begin(store, error);
    g_autoptr(Statement) st = NULL;

    if (!tx.store)
        return false;
    st = store_prepare(store,
                       "INSERT INTO worker (worker_id, lock_name, started_at)"
                       " VALUES (:id, :lock, :now)",
                       error);
    if (!st)
        return false;
    statement_bind_text(st, ":id", worker->id);
    statement_bind_text(st, ":lock", lock_name);
    statement_bind_int(st, ":now", now);
    return statement_run(st, error) && transaction_commit(&tx, error);
}

Worker *
worker_open(Store *store, const char *state_dir, int64_t now, GError **error)
{
    Worker *worker = g_new0(Worker, 1);
    g_autofree char *lock_name = NULL;

    worker->fd = -1;
    worker->id = new_id();
    lock_name = sha256_hex(worker->id, strlen(worker->id));
    lock_name[24] = '\0';
    if (!take_lock(worker, state_dir, lock_name, error) ||
        !add_row(store, worker, lock_name, now, error)) {
        worker_free(worker);
        return NULL;
    }
    return worker;
}

const char *
worker_id(const Worker *worker)
{
    return worker->id;
}

/* The ledger keeps its name; the row is of no further use. */
static bool
set_gone(Store *store, const char *id, GError **error)
{
    g_autoptr(Statement) st =
        store_prepare(store, "DELETE FROM worker WHERE worker_id = :id", error);

    if (!st)
        return false;
    statement_bind_text(st, ":id", id);
    return statement_run(st, error);
}

/* Does it still own rows? Then its row stays, for the reaper. */
static bool
owns_nothing(Store *store, const char *id, bool *out, GError **error)
{
    g_autoptr(Statement) st =
        store_prepare(store,
                      "SELECT 1 FROM message WHERE owner = :id"
                      " AND state IN ('claimed', 'committing')",
                      error);

    if (!st)
        return false;
    statement_bind_text(st, ":id", id);
    *out = !statement_step(st);
    return statement_end(st, error);
}

void
worker_close(Worker *worker, Store *store)
{
    g_autoptr(GError) error = NULL;
    bool clean = false, done = false;

    if (!worker)
        return;
    g_auto(Transaction) tx = store_begin(store, &error);
    if (tx.store && owns_nothing(store, worker->id, &clean, &error) && clean &&
        set_gone(store, worker->id, &error))
        done = transaction_commit(&tx, &error);
    if (error)
        log_warn("worker=close error=\"%s\"", error->message);
    transaction_clear(&tx);
    if (done)
        unlink(worker->path);
    worker_free(worker);
}

/* The lock of a dead worker, taken: its fd; -1 = it lives; -2 = no file, so
 * nobody can hold it. */
static int
lock_of_dead(const char *path)
{
    int fd = open(path, O_RDWR | O_CLOEXEC);

    if (fd < 0)
        return errno == ENOENT ? -2 : -1;
    if (flock(fd, LOCK_EX | LOCK_NB) == 0)
        return fd;
    close(fd);
    return -1;
}

/* `state IN ('claimed', 'committing')` is there for the partial index, which
 * SQLite uses only for the same words. */
static bool
free_claimed(Store *store, const char *owner, int64_t now, GError **error)
{
    g_autoptr(Statement) attempts = store_prepare(
        store,
        "INSERT INTO attempt_past (message_id, n, worker_id, claimed_at,"
        "  ended_at, outcome, reply, relay)"
        " SELECT message_id, attempt, owner,"
        "  coalesce(claimed_at, first_claim_at, created_at), :now,"
        "  'released', 'crash', relay FROM message"
        " WHERE owner = :owner AND state IN ('claimed', 'committing')"
        "  AND state = 'claimed'"
        " ON CONFLICT (message_id, n) DO UPDATE SET"
        "  ended_at = excluded.ended_at, outcome = excluded.outcome,"
        "  reply = excluded.reply",
        error);
    g_autoptr(Statement) rows = NULL;

    if (!attempts)
        return false;
    statement_bind_int(attempts, ":now", now);
    statement_bind_text(attempts, ":owner", owner);
    if (!statement_run(attempts, error))
        return false;
    rows = store_prepare(
        store,
        "UPDATE message SET state = 'scheduled', owner = NULL,"
        "  updated_at = :now WHERE owner = :owner"
        "  AND state IN ('claimed', 'committing') AND state = 'claimed'",
        error);
    if (!rows)
        return false;
    statement_bind_int(rows, ":now", now);
    statement_bind_text(rows, ":owner", owner);
    return statement_run(rows, error);
}

typedef struct {
    char *id;
    int attempt;
} Held;

static void
held_clear(gpointer data)
{
    g_free(((Held *)data)->id);
}

static GArray *
committing_of(Store *store, const char *owner, GError **error)
{
    g_autoptr(GArray) list = g_array_new(FALSE, FALSE, sizeof(Held));
    g_autoptr(Statement) st = store_prepare(
        store,
        "SELECT message_id, attempt FROM message"
        " WHERE owner = :owner AND state IN ('claimed', 'committing')"
        "  AND state = 'committing'",
        error);

    g_array_set_clear_func(list, held_clear);
    if (!st)
        return NULL;
    statement_bind_text(st, ":owner", owner);
    while (statement_step(st)) {
        Held held = {g_strdup(statement_text(st, 0)),
                     (int)statement_int(st, 1)};
        g_array_append_val(list, held);
    }
    if (!statement_end(st, error))
        return NULL;
    return g_steal_pointer(&list);
}

/* All of one dead worker, in one transaction. */
static bool
reap_one(Store *store, const Composer *composer, const char *owner, int64_t now,
         int64_t *doubts, GError **error)
{
    Work work = {.composer = composer, .worker_id = owner};
    g_auto(Transaction) tx = store_begin(store, error);
    g_autoptr(GArray) held = NULL;
    int64_t n = 0;

    if (!tx.store || !free_claimed(store, owner, now, error))
        return false;
    held = committing_of(store, owner, error);
    if (!held)
        return false;
    for (guint i = 0; i < held->len; i++) {
        const Held *h = &g_array_index(held, Held, i);
        const char *state;
        if (!claim_doubt(store, &work, h->id, h->attempt, owner, "crash", now,
                         &state, error))
            return false;
        n += g_strcmp0(state, "in_doubt") == 0;
    }
    if (!set_gone(store, owner, error) || !transaction_commit(&tx, error))
        return false;
    *doubts += n;
    return true;
}

static GPtrArray *
living_workers(Store *store, GError **error)
{
    g_autoptr(GPtrArray) list = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(Statement) st = store_prepare(
        store, "SELECT worker_id, lock_name FROM worker WHERE alive = 1",
        error);

    if (!st)
        return NULL;
    while (statement_step(st)) {
        g_ptr_array_add(list, g_strdup(statement_text(st, 0)));
        g_ptr_array_add(list, g_strdup(statement_text(st, 1)));
    }
    if (!statement_end(st, error))
        return NULL;
    return g_steal_pointer(&list);
}

bool
delivery_reap(Store *store, const char *state_dir, const Composer *composer,
              int64_t now, int64_t *out_in_doubt, GError **error)
{
    g_autoptr(GPtrArray) list = living_workers(store, error);
    int64_t doubts = 0;

    if (!list)
        return false;
    for (guint i = 0; i + 1 < list->len; i += 2) {
        g_autofree char *path = lock_path(state_dir, list->pdata[i + 1]);
        int fd = lock_of_dead(path);
        bool ok;
        if (fd == -1)
            continue;
        ok = reap_one(store, composer, list->pdata[i], now, &doubts, error);
        if (fd >= 0) {
            if (ok)
                unlink(path);
            close(fd);
        }
        if (!ok)
            return false;
        log_info("worker=%s reaped=1", (char *)list->pdata[i]);
    }
    if (out_in_doubt)
        *out_in_doubt = doubts;
    return true;
}
