/* SPDX-License-Identifier: Apache-2.0 */
/* hit_ingest.c - from the log of hits into the store, each exactly once */
#include "hit-ingest.h"

#include "hit-log.h"
#include "hit-write.h"
#include "nurture/clock.h"
#include "nurture/error.h"
#include "nurture/log.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BATCH      500          /* records in one transaction */
#define READ_BYTES (256 * 1024) /* holds more than BATCH of them */
#define GATHER_US  (200 * 1000)
#define BUSY_BYTES (128 * 1024) /* in that time: some 5,000 hits a second */
#define YIELD_US   (10 * G_TIME_SPAN_SECOND)
#define YIELD_MAX  (64 * 1024 * 1024)
#define RETRY_US   (1000 * 1000)
#define IDLE_US    (5 * G_TIME_SPAN_SECOND) /* others' segments */
#define BEHIND_MAX (256 * 1024 * 1024)
#define FORGET_MS  (7 * DAY_MS) /* networks */
#define DONE_MS    DAY_MS       /* a reader holds no segment for so long */

/* One segment ------------------------------------------------------------ */

static bool
read_position(Store *store, const char *segment, int64_t *out, bool *out_done,
              GError **error)
{
    g_autoptr(Statement) st =
        store_prepare(store,
                      "SELECT position, done_at IS NOT NULL FROM hit_log"
                      " WHERE segment = :segment",
                      error);

    *out = 0;
    *out_done = false;
    if (!st)
        return false;
    statement_bind_text(st, ":segment", segment);
    if (statement_step(st)) {
        *out = statement_int(st, 0);
        *out_done = statement_int(st, 1) != 0;
    }
    return statement_end(st, error);
}

static bool
write_position(Store *store, const char *segment, int64_t position,
               int64_t done_at, GError **error)
{
    g_autoptr(Statement) st = store_prepare(
        store,
        "INSERT INTO hit_log (segment, position, done_at)"
        " VALUES (:segment, :position, nullif(:done, 0))"
        " ON CONFLICT (segment) DO UPDATE SET position = excluded.position,"
        "  done_at = excluded.done_at",
        error);

    if (!st)
        return false;
    statement_bind_text(st, ":segment", segment);
    statement_bind_int(st, ":position", position);
    statement_bind_int(st, ":done", done_at);
    return statement_run(st, error);
}

/* One transaction: the next records of a segment. *out_read = 0: there are
 * none now. */
static bool
read_batch(HitWriter *writer, int fd, const char *segment, guint8 *buffer,
           int64_t now, int64_t *out_read, GError **error)
{
    Store *store = hit_writer_store(writer);
    int64_t position;
    gsize used = 0, took;
    bool done;
    HitRecord record;

    *out_read = 0;
    if (!read_position(store, segment, &position, &done, error))
        return false;
    ssize_t got = done ? 0 : pread(fd, buffer, READ_BYTES, position);
    if (got <= 0 || !hit_record_read(buffer, (gsize)got, &record))
        return true;
    g_auto(Transaction) tx = store_begin(store, error);
    int64_t again;
    if (!tx.store || !read_position(store, segment, &again, &done, error))
        return false;
    if (again != position || done)
        return true; /* another process was faster: ask anew */
    if (!hit_writer_begin(writer, now, error))
        return false;
    while (
        *out_read < BATCH &&
        (took = hit_record_read(buffer + used, (gsize)got - used, &record))) {
        if (!hit_writer_add(writer, &record, error))
            return false;
        used += took;
        (*out_read)++;
    }
    return hit_writer_end(writer, error) &&
           write_position(store, segment, position + (int64_t)used, 0, error) &&
           transaction_commit(&tx, error);
}

/* Unlinked first: a row without a file does no harm, and stays for a day, for
 * whoever has the file open still. */
static bool
finish_segment(Store *store, const char *path, const char *segment, int64_t now,
               GError **error)
{
    int64_t position;
    bool done;

    if (unlink(path) < 0 && errno != ENOENT) {
        g_set_error(error, NURTURE_ERROR, ERROR_TEMPORARY, "%s: %s", path,
                    g_strerror(errno));
        return false;
    }
    g_auto(Transaction) tx = store_begin(store, error);
    g_autoptr(Statement) old = store_prepare(
        store, "DELETE FROM hit_log WHERE done_at < :before", error);
    if (!tx.store || !old ||
        !read_position(store, segment, &position, &done, error) ||
        !write_position(store, segment, position, now, error))
        return false;
    statement_bind_int(old, ":before", now - DONE_MS);
    return statement_run(old, error) && transaction_commit(&tx, error);
}

/* Returns how many records, -1 on error. */
static int64_t
read_segment(HitWriter *writer, const char *path, guint8 *buffer, int64_t now,
             GError **error)
{
    const char *segment = strrchr(path, '/') + 1;
    int64_t all = 0, some;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    bool ok = true;

    if (fd < 0)
        return 0; /* another process has finished it */
    /* Asked before it is read: whoever wrote it wrote no more. */
    bool left = hit_log_is_left(fd);
    do {
        ok = read_batch(writer, fd, segment, buffer, now, &some, error);
        all += some;
    } while (ok && some > 0);
    if (ok && left)
        ok =
            finish_segment(hit_writer_store(writer), path, segment, now, error);
    close(fd);
    return ok ? all : -1;
}

static bool
read_all(HitWriter *writer, const char *database, int64_t now, int64_t *out,
         GError **error)
{
    g_auto(GStrv) paths = hit_log_segments(database);
    g_autofree guint8 *buffer = g_malloc(READ_BYTES);

    *out = 0;
    for (char **path = paths; *path; path++) {
        int64_t some = read_segment(writer, *path, buffer, now, error);
        if (some < 0)
            return false;
        *out += some;
    }
    return true;
}

bool
hit_ingest_all(Store *store, const Workspace *workspace, const HitRules *rules,
               int64_t now, int64_t *out_records, GError **error)
{
    HitWriter *writer = hit_writer_new(store, workspace, rules);
    int64_t records = 0;
    bool ok = read_all(writer, workspace->database, now, &records, error);

    hit_writer_free(writer);
    if (out_records)
        *out_records = records;
    return ok;
}

/* The thread ------------------------------------------------------------- */

struct HitIngest {
    const Workspace *workspace;
    const HitRules *rules;
    Store *store;
    GThread *thread;
    GMutex lock;
    GCond changed;
    gsize behind;           /* bytes logged since the last pass began */
    unsigned asked, passed; /* passes, for hit_ingest_settle() */
    bool woken, stopping;
    int64_t forgotten_at; /* the thread's own */
};

/* Networks serve to tell machines, and that is done by then. */
static bool
forget_networks(Store *store, int64_t now, GError **error)
{
    g_auto(Transaction) tx = store_begin(store, error);
    g_autoptr(Statement) st = store_prepare(
        store,
        "UPDATE hit SET network = NULL WHERE network IS NOT NULL AND"
        " (SELECT e.at FROM event e WHERE e.event_id = hit.event_id) < :before",
        error);

    if (!tx.store || !st)
        return false;
    statement_bind_int(st, ":before", now - FORGET_MS);
    return statement_run(st, error) && transaction_commit(&tx, error);
}

static bool
pass(HitIngest *i, HitWriter *writer, int64_t *out_records)
{
    g_autoptr(GError) error = NULL;
    int64_t now = clock_now();
    bool ok =
        read_all(writer, i->workspace->database, now, out_records, &error);

    if (ok && now - i->forgotten_at >= HOUR_MS) {
        ok = forget_networks(i->store, now, &error);
        i->forgotten_at = now;
    }
    if (!ok)
        log_error("part=hits message=\"%s\"", error->message);
    return ok;
}

static bool
is_wanted(const HitIngest *i)
{
    return i->stopping || i->asked != i->passed;
}

/* Answering comes before recording: a group gathers, and while very many come,
 * those wait in the log, though not for long. */
static void
gather(HitIngest *i)
{
    gint64 patience = g_get_monotonic_time() + YIELD_US, end;
    gsize before;

    do {
        before = i->behind;
        end = g_get_monotonic_time() + GATHER_US;
        while (!is_wanted(i) && g_cond_wait_until(&i->changed, &i->lock, end))
            ;
    } while (!is_wanted(i) && i->behind - before >= BUSY_BYTES &&
             i->behind < YIELD_MAX && end < patience);
}

/* Returns false when the thread is to end. */
static bool
wait_for_more(HitIngest *i, bool failed)
{
    gint64 idle = g_get_monotonic_time() + (failed ? RETRY_US : IDLE_US);

    while (!is_wanted(i) && (!i->woken || failed) &&
           g_cond_wait_until(&i->changed, &i->lock, idle))
        ;
    if (i->woken && !failed)
        gather(i);
    return !i->stopping || i->woken || i->asked != i->passed;
}

static gpointer
ingest_thread(gpointer data)
{
    HitIngest *i = data;
    HitWriter *writer = hit_writer_new(i->store, i->workspace, i->rules);
    bool failed = false;

    g_mutex_lock(&i->lock);
    i->woken = true; /* what others have left */
    while (wait_for_more(i, failed)) {
        unsigned asked = i->asked;
        int64_t records;

        i->woken = false;
        i->behind = 0;
        g_mutex_unlock(&i->lock);
        failed = !pass(i, writer, &records);
        g_mutex_lock(&i->lock);
        i->passed = asked;
        g_cond_broadcast(&i->changed);
        if (failed && i->stopping)
            break; /* it stays in the log */
    }
    g_mutex_unlock(&i->lock);
    hit_writer_free(writer);
    return NULL;
}

HitIngest *
hit_ingest_start(const Workspace *workspace, const HitRules *rules,
                 GError **error)
{
    Store *store = store_open(workspace->database, STORE_EXISTING, error);

    if (!store)
        return NULL;
    HitIngest *i = g_new0(HitIngest, 1);
    i->workspace = workspace;
    i->rules = rules;
    i->store = store;
    g_mutex_init(&i->lock);
    g_cond_init(&i->changed);
    i->thread = g_thread_new("ingest", ingest_thread, i);
    return i;
}

void
hit_ingest_wake(HitIngest *ingest, gsize bytes)
{
    g_mutex_lock(&ingest->lock);
    ingest->behind += bytes;
    if (!ingest->woken)
        g_cond_broadcast(&ingest->changed);
    ingest->woken = true;
    while (ingest->behind > BEHIND_MAX && !ingest->stopping)
        g_cond_wait(&ingest->changed, &ingest->lock);
    g_mutex_unlock(&ingest->lock);
}

void
hit_ingest_settle(HitIngest *ingest)
{
    g_mutex_lock(&ingest->lock);
    unsigned mine = ++ingest->asked;
    g_cond_broadcast(&ingest->changed);
    while ((int)(ingest->passed - mine) < 0)
        g_cond_wait(&ingest->changed, &ingest->lock);
    g_mutex_unlock(&ingest->lock);
}

void
hit_ingest_stop(HitIngest *ingest)
{
    g_mutex_lock(&ingest->lock);
    ingest->stopping = true;
    ingest->asked++;
    g_cond_broadcast(&ingest->changed);
    g_mutex_unlock(&ingest->lock);
    g_thread_join(ingest->thread);
    g_mutex_clear(&ingest->lock);
    g_cond_clear(&ingest->changed);
    store_close(ingest->store);
    g_free(ingest);
}
