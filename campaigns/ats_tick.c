/* SPDX-License-Identifier: Apache-2.0 */
/* ats_tick.c - what 'nurture run' does with the ATS, before it mails anybody */
#include "nurture/ats.h"

#include "ats-command.h"

#include "nurture/clock.h"
#include "nurture/error.h"
#include "nurture/log.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>

#define KEEP_MS (90 * DAY_MS)

/* -- the watched folder --------------------------------------------------- */

static bool
is_for_us(const char *name)
{
    return *name != '.' && !g_str_has_suffix(name, ".rejected.csv") &&
           (g_str_has_suffix(name, ".csv") ||
            g_str_has_suffix(name, ".jsonl") ||
            g_str_has_suffix(name, ".ndjson"));
}

static int
by_name(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Names in their order: exports carry their date in it. */
static GPtrArray *
files_in(const char *folder)
{
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
    const char *name;

    while (dir && (name = g_dir_read_name(dir))) {
        g_autofree char *path = g_build_filename(folder, name, NULL);
        if (is_for_us(name) && g_file_test(path, G_FILE_TEST_IS_REGULAR))
            g_ptr_array_add(names, g_strdup(name));
    }
    g_ptr_array_sort(names, by_name);
    return names;
}

/* Into a folder beside; an older file of that name keeps it. */
static bool
move_to(const char *folder, const char *name, const char *where, int64_t now,
        GError **error)
{
    g_autofree char *from = g_build_filename(folder, name, NULL);
    g_autofree char *place = g_build_filename(folder, where, NULL);
    g_autofree char *to = g_build_filename(place, name, NULL);

    if (g_file_test(to, G_FILE_TEST_EXISTS)) {
        g_free(to);
        to = g_strdup_printf("%s/%" G_GINT64_FORMAT "-%s", place, now, name);
    }
    if (g_mkdir_with_parents(place, 0700) == 0 && g_rename(from, to) == 0)
        return true;
    g_set_error(error, NURTURE_ERROR, ERROR_TEMPORARY, "%s: %s", from,
                g_strerror(errno));
    return false;
}

static bool
write_error(const char *folder, const char *name, const char *message,
            GError **error)
{
    g_autofree char *file = g_strconcat(name, ".error.txt", NULL);
    g_autofree char *path = g_build_filename(folder, "failed", file, NULL);
    g_autofree char *text = g_strconcat(message, "\n", NULL);

    return g_file_set_contents(path, text, -1, error);
}

static bool
take_file(Store *store, const Workspace *w, const Keys *keys, const char *name,
          int64_t now, AtsTick *out, GError **error)
{
    g_autofree char *path = g_build_filename(w->ats.drop, name, NULL);
    g_autofree char *rejected = g_strconcat(name, ".rejected.csv", NULL);
    AtsFileOptions options = {.path = path};
    g_auto(AtsResult) r = {0};
    g_autoptr(GError) failed = NULL;
    bool good = ats_apply_file(store, w, keys, &options, now, &r, &failed);

    if (!good && !g_error_matches(failed, NURTURE_ERROR, ERROR_INPUT)) {
        g_propagate_error(error, g_steal_pointer(&failed));
        return false; /* not the file's fault: next time */
    }
    out->files += good;
    out->failed += !good;
    log_info("ats_file=%s status=%s rows=%" G_GINT64_FORMAT
             " rejected=%" G_GINT64_FORMAT,
             name, good ? "taken" : "failed", r.rows, r.rejected);
    return (!r.rejected_path ||
            move_to(w->ats.drop, rejected, "failed", now, error)) &&
           move_to(w->ats.drop, name, good ? "done" : "failed", now, error) &&
           (good || write_error(w->ats.drop, name, failed->message, error));
}

static bool
take_drop(Store *store, const Workspace *w, const Keys *keys, int64_t now,
          AtsTick *out, GError **error)
{
    g_autoptr(GPtrArray) names = NULL;

    if (!w->ats.drop)
        return true;
    names = files_in(w->ats.drop);
    for (guint i = 0; i < names->len; i++)
        if (!take_file(store, w, keys, g_ptr_array_index(names, i), now, out,
                       error))
            return false;
    return true;
}

/* -- asking --------------------------------------------------------------- */

static bool
fetch(Store *store, const Workspace *w, const Keys *keys, int64_t now,
      AtsTick *out, GError **error)
{
    g_autoptr(GDateTime) since = NULL;
    g_autofree char *text = NULL;
    AtsFileOptions options = {.path = "ats.fetch"};
    g_auto(AtsResult) r = {0};
    int64_t synced;
    bool ok;

    if (!ats_synced_at(store, &synced, error))
        return false;
    if (!w->ats.fetch || synced + w->ats.max_age_ms / 4 > now)
        return true;
    since = g_date_time_new_from_unix_utc(synced / SECOND_MS);
    text = g_date_time_format(since, "%Y-%m-%dT%H:%M:%SZ");
    options.stream =
        ats_command_run(w, w->ats.fetch, NULL, "NURTURE_SINCE", text, error);
    if (!options.stream)
        return false;
    ok = ats_apply_file(store, w, keys, &options, now, &r, error);
    out->files += ok;
    return ok;
}

/* -- what is done with ---------------------------------------------------- */

/* A copy of so old a webhook is older than what is known: harmless without its
 * key. */
static bool
forget_old(Store *store, int64_t now, GError **error)
{
    static const char *const deletes[] = {
        "DELETE FROM hook_inbox WHERE state IN ('done', 'ignored')"
        " AND done_at < :before",
        "DELETE FROM webhook_out WHERE state = 'delivered'"
        " AND done_at < :before",
    };
    g_auto(Transaction) tx = store_begin(store, error);

    if (!tx.store)
        return false;
    for (gsize i = 0; i < G_N_ELEMENTS(deletes); i++) {
        g_autoptr(Statement) st = store_prepare(store, deletes[i], error);
        if (!st)
            return false;
        statement_bind_int(st, ":before", now - KEEP_MS);
        if (!statement_run(st, error))
            return false;
    }
    return transaction_commit(&tx, error);
}

/* -- all ------------------------------------------------------------------ */

/* Trouble with one source is told and does not stop the others, nor mail: the
 * age of the last good news does that. */
static bool
tell(GError **trouble, const char *what, GError **error)
{
    if (!*trouble)
        return true;
    if (error_exit_status(*trouble) == 6 || error_exit_status(*trouble) == 70) {
        g_propagate_error(error, g_steal_pointer(trouble));
        return false;
    }
    log_error("ats=%s error=\"%s\"", what, (*trouble)->message);
    g_clear_error(trouble);
    return true;
}

bool
ats_tick(Store *store, const Workspace *w, const Keys *keys, int64_t now,
         AtsTick *out, GError **error)
{
    g_auto(AtsResult) left = {0};
    g_autoptr(GError) trouble = NULL;
    AtsInboxResult inbox = {0};

    memset(out, 0, sizeof *out);
    ats_resume(store, w, keys, now, &left, &trouble);
    if (!tell(&trouble, "resume", error))
        return false;
    ats_inbox_process(store, w, keys, now, &inbox, &trouble);
    out->hooks = inbox.done;
    out->failed += inbox.failed;
    if (!tell(&trouble, "inbox", error))
        return false;
    take_drop(store, w, keys, now, out, &trouble);
    if (!tell(&trouble, "drop", error))
        return false;
    fetch(store, w, keys, now, out, &trouble);
    if (!tell(&trouble, "fetch", error))
        return false;
    ats_erase_due(store, w, keys, now, &out->erased, &trouble);
    if (!tell(&trouble, "erase", error))
        return false;
    forget_old(store, now, &trouble);
    return tell(&trouble, "forget", error);
}
