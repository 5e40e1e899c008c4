/* SPDX-License-Identifier: Apache-2.0 */
/* restore.c - put a copy in the place of the database, and go through the time
 * since with doubt in the place of sending */
#include "nurture/restore.h"

#include "erasure-log.h"

#include "nurture/candidates.h"
#include "nurture/clock.h"
#include "nurture/doubt.h"
#include "nurture/error.h"
#include "nurture/fact.h"
#include "nurture/file.h"
#include "nurture/queue.h"
#include "nurture/scheduler.h"
#include "nurture/suppression.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define STEP_MIN (15 * MINUTE_MS)
#define STEPS    200
#define REPEATS  20 /* steps without a wait, at one moment */

typedef struct {
    char *hmac, *reason, *message_id, *evidence;
    int64_t at;
} Stop;

typedef struct {
    const RestoreOptions *o;
    RestoreResult *result;
    char *fresh; /* the copy, beside the database */
    Keys *keys;
    Store *store; /* the restored one */
    Composer *composer;
    GHashTable *accepted; /* message ids that did leave */
    GPtrArray *stops;     /* Stop */
} Restore;

static void
stop_free(gpointer data)
{
    Stop *stop = data;

    g_free(stop->hmac);
    g_free(stop->reason);
    g_free(stop->message_id);
    g_free(stop->evidence);
    g_free(stop);
}

static void
restore_clear(Restore *r)
{
    if (r->composer)
        campaign_composer_free(r->composer);
    store_close(r->store);
    keys_free(r->keys);
    g_free(r->fresh);
    g_hash_table_unref(r->accepted);
    g_ptr_array_unref(r->stops);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Restore, restore_clear)

void
restore_result_clear(RestoreResult *result)
{
    g_clear_pointer(&result->kept, g_free);
}

/* --- nobody else may have it open ------------------------------------------
 */

static bool
has_open(const char *pid, const char *path)
{
    g_autofree char *folder = g_build_filename("/proc", pid, "fd", NULL);
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    const char *name;

    while (dir && (name = g_dir_read_name(dir))) {
        g_autofree char *link = g_build_filename(folder, name, NULL);
        g_autofree char *target = g_file_read_link(link, NULL);
        if (g_strcmp0(target, path) == 0)
            return true;
    }
    return false;
}

/* A server that goes on writing into the replaced file would lose opt-outs. */
static bool
check_alone(const char *database, GError **error)
{
    g_autofree char *real = realpath(database, NULL);
    g_autofree char *self = g_strdup_printf("%d", (int)getpid());
    g_autoptr(GDir) proc = g_dir_open("/proc", 0, NULL);
    const char *pid;

    while (real && proc && (pid = g_dir_read_name(proc)))
        if (g_ascii_isdigit(*pid) && strcmp(pid, self) != 0 &&
            has_open(pid, real)) {
            g_set_error(error, NURTURE_ERROR, ERROR_REFUSED,
                        "process %s has %s open: stop every nurture first "
                        "(run, serve, receive)",
                        pid, database);
            return false;
        }
    return true;
}

/* --- the copy ---------------------------------------------------------------
 */

static bool
copy_file(const char *from, const char *to, GError **error)
{
    g_autoptr(GFile) source = g_file_new_for_path(from);
    g_autoptr(GFile) target = g_file_new_for_path(to);
    g_autoptr(GError) why = NULL;
    g_autofree char *dir = g_path_get_dirname(to);
    int fd;

    if (g_file_copy(source, target,
                    G_FILE_COPY_OVERWRITE | G_FILE_COPY_TARGET_DEFAULT_PERMS,
                    NULL, NULL, NULL, &why) &&
        (fd = open(to, O_RDWR | O_CLOEXEC)) >= 0) {
        bool synced = fchmod(fd, 0600) == 0 && fsync(fd) == 0;
        close(fd);
        if (synced && file_sync_directory(dir))
            return true;
    }
    g_set_error(error, NURTURE_ERROR, ERROR_NOT_FOUND, "%s: %s", from,
                why ? why->message : g_strerror(errno));
    return false;
}

static bool
read_moment(Store *store, int64_t *out, GError **error)
{
    g_autofree char *fact = NULL;
    g_autoptr(Statement) st = NULL;

    if (!fact_get(store, "backup_at", &fact, error))
        return false;
    st = store_prepare(store,
                       "SELECT max(coalesce((SELECT max(updated_at) FROM"
                       "  message), 0), coalesce((SELECT max(at) FROM event),"
                       "  0), coalesce((SELECT max(started_at) FROM worker),"
                       "  0))",
                       error);
    if (!st)
        return false;
    if (statement_step(st))
        *out = statement_int(st, 0);
    /* of an older backup, in a copy that was made another way */
    if (fact)
        *out = MAX(*out, g_ascii_strtoll(fact, NULL, 10));
    return statement_end(st, error);
}

/* Whole, ours, and marked, so that nothing is sent before we are through. */
static bool
prepare_copy(Restore *r, GError **error)
{
    g_autoptr(Store) store = NULL;

    if (!copy_file(r->o->copy, r->fresh, error))
        return false;
    store = store_open(r->fresh, STORE_EXISTING, error);
    if (!store || !store_check(store, false, error) ||
        !read_moment(store, &r->result->made_at, error))
        return false;
    g_auto(Transaction) tx = store_begin(store, error);
    return tx.store && fact_set(store, FACT_RESTORING, "1", error) &&
           transaction_commit(&tx, error) && store_purge(store, error);
}

static void
remove_fresh(const Restore *r)
{
    static const char *const parts[] = {"", "-wal", "-shm", "-lock"};

    for (gsize i = 0; i < G_N_ELEMENTS(parts); i++) {
        g_autofree char *path = g_strconcat(r->fresh, parts[i], NULL);
        unlink(path);
    }
}

/* --- evidence ---------------------------------------------------------------
 */

static bool
read_sent(Restore *r, Store *old)
{
    g_autoptr(Statement) st =
        store_prepare(old,
                      "SELECT message_id FROM message"
                      " WHERE state IN ('sent', 'bounced')",
                      NULL);

    while (st && statement_step(st))
        g_hash_table_add(r->accepted, g_strdup(statement_text(st, 0)));
    return st && statement_end(st, NULL);
}

static bool
read_stops(Restore *r, Store *old)
{
    g_autoptr(Statement) st =
        store_prepare(old,
                      "SELECT address_hmac, reason, message_id, evidence, at"
                      " FROM suppression WHERE scope = 'all'",
                      NULL);

    while (st && statement_step(st)) {
        Stop *stop = g_new(Stop, 1);
        *stop = (Stop){g_strdup(statement_text(st, 0)),
                       g_strdup(statement_text(st, 1)),
                       g_strdup(statement_text(st, 2)),
                       g_strdup(statement_text(st, 3)), statement_int(st, 4)};
        g_ptr_array_add(r->stops, stop);
    }
    return st && statement_end(st, NULL);
}

/* As much of the replaced database as can be read. */
static void
read_evidence(Restore *r)
{
    g_autoptr(Store) old =
        store_open(r->o->workspace->database, STORE_READ_ONLY, NULL);

    if (old) {
        read_sent(r, old);
        read_stops(r, old);
    }
}

/* --- in its place ------------------------------------------------------------
 */

static bool
move(const char *from, const char *to, GError **error)
{
    if (rename(from, to) == 0 || errno == ENOENT)
        return true;
    g_set_error(error, NURTURE_ERROR, ERROR_STORE, "%s: %s", from,
                g_strerror(errno));
    return false;
}

static bool
keep_old(Restore *r, GError **error)
{
    /* The log goes first: a database without its log is an older one, but a
     * log beside another database would be damage. */
    const char *database = r->o->workspace->database;
    static const char *const parts[] = {"-wal", "-shm", ""};
    g_autofree char *when =
        date_format(r->o->now, r->o->workspace->zone, "YYYYMMDD-HHmm", "en");

    if (access(database, F_OK) != 0)
        return true;
    r->result->kept = g_strdup_printf("%s.before-%s", database, when);
    for (int i = 1; access(r->result->kept, F_OK) == 0; i++) {
        g_free(r->result->kept);
        r->result->kept = g_strdup_printf("%s.before-%s.%d", database, when, i);
    }
    for (gsize i = 0; i < G_N_ELEMENTS(parts); i++) {
        g_autofree char *from = g_strconcat(database, parts[i], NULL);
        g_autofree char *to = g_strconcat(r->result->kept, parts[i], NULL);
        if (!move(from, to, error))
            return false;
    }
    return true;
}

static bool
swap(Restore *r, GError **error)
{
    const Workspace *w = r->o->workspace;

    if (!keep_old(r, error) || !move(r->fresh, w->database, error))
        return false;
    file_sync_directory(w->state_dir);
    r->store = store_open(w->database, STORE_EXISTING, error);
    if (!r->store || !field_set_migrate(w->fields, r->store, error))
        return false;
    r->composer = campaign_composer_new(w, r->store, r->keys, r->o->now, error);
    return r->composer != NULL;
}

/* --- the time since ----------------------------------------------------------
 */

static bool
put_back_stops(Restore *r, GError **error)
{
    g_auto(Transaction) tx = store_begin(r->store, error);

    if (!tx.store)
        return false;
    for (guint i = 0; i < r->stops->len; i++) {
        const Stop *s = r->stops->pdata[i];
        bool changed = false;
        if (!suppression_add(r->store, s->hmac, s->reason, s->message_id,
                             s->evidence, s->at, &changed, error))
            return false;
        r->result->stopped += changed;
    }
    return transaction_commit(&tx, error);
}

/* -- who was erased since the copy was made ------------------------------- */

static bool
add_erased(const char *hmac, int64_t at, gpointer data)
{
    Restore *r = data;
    Stop *stop = g_new0(Stop, 1);

    *stop =
        (Stop){.hmac = g_strdup(hmac), .reason = g_strdup("erased"), .at = at};
    g_ptr_array_add(r->stops, stop);
    return true;
}

/* *out is 0 when nobody has this address. */
static bool
find_by_hash(Store *store, const char *hmac, int64_t *out, GError **error)
{
    g_autoptr(Statement) st = store_prepare(
        store,
        "SELECT candidate_id FROM candidate WHERE address_hmac = :hmac"
        " AND erased_at IS NULL UNION ALL"
        " SELECT candidate_id FROM candidate_address"
        " WHERE address_hmac = :hmac LIMIT 1",
        error);

    *out = 0;
    if (!st)
        return false;
    statement_bind_text(st, ":hmac", hmac);
    if (statement_step(st))
        *out = statement_int(st, 0);
    return statement_end(st, error);
}

/* The copy brings back whom the replaced database, or the file `erased`, knows
 * to have been erased. */
static bool
erase_again(Restore *r, GError **error)
{
    const Workspace *w = r->o->workspace;

    for (guint i = 0; i < r->stops->len; i++) {
        const Stop *s = r->stops->pdata[i];
        int64_t candidate = 0;
        if (strcmp(s->reason, "erased") != 0)
            continue;
        if (!find_by_hash(r->store, s->hmac, &candidate, error))
            return false;
        if (candidate == 0)
            continue;
        if (!candidate_anonymise(r->store, w, r->keys, candidate, NULL,
                                 r->o->now, error))
            return false;
        r->result->erased++;
    }
    return r->result->erased == 0 || candidates_purge(r->store, w, error);
}

/* Enrol, queue, and doubt what is due at `at`: again, for as long as a doubted
 * step makes the next one due at once. */
static bool
go_through(Restore *r, int64_t at, GError **error)
{
    int64_t doubted = 1;

    for (int i = 0; i < REPEATS && doubted > 0; i++) {
        TickResult tick;
        if (!scheduler_tick(r->o->workspace, r->store, r->keys, at, &tick,
                            error) ||
            !outbox_doubt_due(r->store, r->composer, at, &doubted, error))
            return false;
        r->result->doubted += doubted;
    }
    return true;
}

static bool
go_through_all(Restore *r, GError **error)
{
    int64_t from = MIN(r->result->made_at, r->o->now), until = r->o->now;
    int64_t step = MAX((until - from) / STEPS, STEP_MIN);
    int64_t told = clock_monotonic();

    for (int64_t at = from; at < until; at += step) {
        if (!go_through(r, at, error))
            return false;
        if (r->o->progress && clock_monotonic() - told > SECOND_MS) {
            told = clock_monotonic();
            r->o->progress(at, until, r->o->data);
        }
    }
    return go_through(r, until, error);
}

/* Before anything is changed. */
static bool
check_logs(const Restore *r, GError **error)
{
    for (const char *const *log = r->o->logs; log && *log; log++)
        if (access(*log, R_OK) != 0) {
            g_set_error(error, NURTURE_ERROR, ERROR_INPUT, "%s: %s", *log,
                        g_strerror(errno));
            return false;
        }
    return true;
}

static bool
read_logs(Restore *r, GError **error)
{
    for (const char *const *log = r->o->logs; log && *log; log++) {
        FILE *file = fopen(*log, "re");
        RelayLogResult found = {0};
        bool read;
        if (!file) {
            g_set_error(error, NURTURE_ERROR, ERROR_INPUT, "%s: %s", *log,
                        g_strerror(errno));
            return false;
        }
        read =
            relay_log_resolve(r->store, r->o->workspace, r->keys, r->composer,
                              file, false, r->o->now, &found, error);
        fclose(file);
        if (!read)
            return false;
        r->result->cleared += found.sent + found.bounced;
    }
    return true;
}

static bool
finish(Restore *r, GError **error)
{
    if (!outbox_clear_doubt(r->store, r->composer, r->accepted, "restore",
                            r->o->now, &r->result->cleared, error) ||
        !read_logs(r, error))
        return false;
    g_auto(Transaction) tx = store_begin(r->store, error);
    return tx.store &&
           store_exec(r->store, "DELETE FROM fact WHERE name = 'restoring'",
                      error) && /* FACT_RESTORING */
           transaction_commit(&tx, error);
}

static bool
restore_all(Restore *r, GError **error)
{
    const Workspace *w = r->o->workspace;
    int64_t held = 0;

    if (!check_alone(w->database, error) || !check_logs(r, error) ||
        !prepare_copy(r, error))
        return false;
    read_evidence(r);
    if (!erasure_log_each(w, add_erased, r, error) || !swap(r, error) ||
        !delivery_reap(r->store, w->state_dir, r->composer, r->o->now, &held,
                       error))
        return false;
    r->result->doubted += held;
    /* opt-outs last: what left before them did leave */
    return go_through_all(r, error) && put_back_stops(r, error) &&
           erase_again(r, error) && finish(r, error);
}

bool
restore_run(const RestoreOptions *options, RestoreResult *out, GError **error)
{
    const Workspace *w = options->workspace;
    g_autofree char *keys = g_build_filename(w->state_dir, "keys", NULL);
    g_auto(Restore) r = {
        .o = options,
        .result = out,
        .fresh = g_strconcat(w->database, ".restoring", NULL),
        .accepted =
            g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL),
        .stops = g_ptr_array_new_with_free_func(stop_free),
    };

    bool done;

    *out = (RestoreResult){0};
    r.keys = keys_load(keys, false, error);
    if (!r.keys) {
        g_prefix_error(error, "put the keys back first, they belong to the "
                              "copy: ");
        return false;
    }
    done = restore_all(&r, error);
    remove_fresh(&r);
    return done;
}
