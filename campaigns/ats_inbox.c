/* SPDX-License-Identifier: Apache-2.0 */
/* ats_inbox.c - what stored webhooks say
 *
 *     new --understood--> done        (its body is forgotten)
 *      | '--not of ours--> ignored
 *      '-- cannot be understood, or the tenth failure to fetch --> failed
 *     failed --ats inbox retry--> new                                       */
#include "ats-adapter.h"
#include "ats-command.h"
#include "ats-reader.h"
#include "ats-writer.h"

#include "nurture/clock.h"
#include "nurture/error.h"
#include "nurture/log.h"

#include <string.h>

#define TRIES_MAX 10

typedef struct {
    int64_t id, received_at, tries;
    char *hook, *event, *body;
} Delivery;

static void
delivery_clear(Delivery *d)
{
    g_clear_pointer(&d->hook, g_free);
    g_clear_pointer(&d->event, g_free);
    g_clear_pointer(&d->body, g_free);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Delivery, delivery_clear)

static bool
next_delivery(Store *store, int64_t after, Delivery *d, GError **error)
{
    g_autoptr(Statement) st = store_prepare(
        store,
        "SELECT hook_id, received_at, tries, hook, event, CAST(body AS TEXT)"
        " FROM hook_inbox WHERE state = 'new' AND hook_id > :after"
        " ORDER BY hook_id LIMIT 1",
        error);

    if (!st)
        return false;
    statement_bind_int(st, ":after", after);
    if (statement_step(st)) {
        d->id = statement_int(st, 0);
        d->received_at = statement_int(st, 1);
        d->tries = statement_int(st, 2);
        d->hook = g_strdup(statement_text(st, 3));
        d->event = g_strdup(statement_text(st, 4));
        d->body = g_strdup(statement_text(st, 5));
    }
    return statement_end(st, error);
}

static const AtsHook *
hook_of(const Workspace *w, const char *name)
{
    for (guint i = 0; w->ats.hooks && i < w->ats.hooks->len; i++) {
        const AtsHook *h = g_ptr_array_index(w->ats.hooks, i);
        if (strcmp(h->name, name) == 0)
            return h;
    }
    return NULL;
}

/* In the caller's transaction. *out_ours: it was `new` still. */
static bool
close_delivery(Store *store, const Delivery *d, const char *state,
               const char *why, int64_t now, bool *out_ours, GError **error)
{
    g_autoptr(Statement) st = store_prepare(
        store,
        "UPDATE hook_inbox SET state = :state, error = :why,"
        "  tries = tries + 1,"
        "  done_at = CASE :state WHEN 'new' THEN NULL ELSE :now END,"
        "  body = CASE WHEN :state IN ('new', 'failed') THEN body END"
        " WHERE hook_id = :id AND state = 'new'",
        error);

    if (!st)
        return false;
    statement_bind_text(st, ":state", state);
    statement_bind_text(st, ":why", why);
    statement_bind_int(st, ":now", now);
    statement_bind_int(st, ":id", d->id);
    if (!statement_run(st, error))
        return false;
    *out_ours = store_changes(store) > 0;
    return true;
}

/* One that is not of ours still shows that the ATS reaches us. */
static bool
put_aside(Store *store, const Delivery *d, const char *state, const char *why,
          int64_t now, GError **error)
{
    g_auto(Transaction) tx = store_begin(store, error);
    bool ours;

    return tx.store &&
           close_delivery(store, d, state, why, now, &ours, error) &&
           (strcmp(state, "ignored") != 0 ||
            ats_set_synced(store, d->received_at, error)) &&
           transaction_commit(&tx, error);
}

/* -- its records ---------------------------------------------------------- */

static GPtrArray *
read_printed(FILE *file, const char *src, int64_t now, char **out_problem,
             GError **error)
{
    g_autoptr(GPtrArray) rows = g_ptr_array_new_with_free_func(ats_row_free);
    g_autoptr(AtsReader) reader =
        ats_reader_new(file, "the fetch command", true, src, now, error);
    g_autoptr(GError) failed = NULL;
    AtsRow row;
    ImportProblem *problem;

    if (!reader)
        return NULL;
    while (!*out_problem && ats_reader_next(reader, &row, &problem, &failed)) {
        if (problem)
            *out_problem = g_strdup_printf(
                "the fetch command's line %" G_GINT64_FORMAT ": %s%s%s",
                problem->line, problem->name ? problem->name : "",
                problem->name ? ": " : "", problem->reason);
        else
            g_ptr_array_add(rows, g_memdup2(&row, sizeof row));
        import_problem_free(problem);
    }
    if (failed) {
        g_propagate_error(error, g_steal_pointer(&failed));
        return NULL;
    }
    return g_steal_pointer(&rows);
}

static GPtrArray *
fetch_rows(const Workspace *w, const AtsHook *hook, const Delivery *d,
           char **out_problem, GError **error)
{
    FILE *file = ats_command_run(w, hook->fetch, d->body, "NURTURE_EVENT",
                                 d->event ? d->event : "", error);
    GPtrArray *rows;

    if (!file)
        return NULL;
    rows = read_printed(file, hook->src, d->received_at, out_problem, error);
    fclose(file);
    return rows;
}

/* NULL with `error` ERROR_TEMPORARY: later, perhaps. */
static GPtrArray *
rows_of(Store *store, const Workspace *w, const Delivery *d, bool *out_ignored,
        char **out_problem, GError **error)
{
    const AtsHook *hook = hook_of(w, d->hook);
    g_autoptr(AtsAdapter) a = NULL;
    g_autoptr(GError) wrong = NULL;

    if (hook)
        a = ats_adapter_load(w, hook->adapter, &wrong);
    if (!a) {
        *out_problem =
            hook ? g_strdup(wrong->message)
                 : g_strdup_printf("ats.hooks has no '%s' any more", d->hook);
        return g_ptr_array_new();
    }
    *out_ignored = d->event && !ats_adapter_records(a, d->event);
    if (*out_ignored)
        return g_ptr_array_new();
    if (hook->fetch)
        return fetch_rows(w, hook, d, out_problem, error);
    if (ats_adapter_setting(a, "pull")) {
        *out_problem = g_strdup_printf(
            "webhooks of %s carry ids only: give the hook a fetch command",
            hook->adapter);
        return g_ptr_array_new();
    }
    if (!d->event)
        *out_problem = g_strdup("it names no event");
    return ats_adapter_map(a, store, d->body, d->event, hook->src,
                           d->received_at, out_problem, error);
}

/* -- taking them ---------------------------------------------------------- */

/* Candidates first, so that applications find them. */
static bool
put_rows(AtsWriter *writer, GPtrArray *rows, char **out_problem, GError **error)
{
    for (int type = 0; type < ATS_TYPES; type++)
        for (guint i = 0; i < rows->len && !*out_problem; i++) {
            const AtsRow *row = g_ptr_array_index(rows, i);
            AtsPut put;
            if (row->type == (AtsType)type &&
                !ats_writer_put(writer, row, &put, out_problem, error))
                return false;
        }
    return true;
}

static bool
take(Store *store, const Workspace *w, const Keys *keys, const Delivery *d,
     GPtrArray *rows, int64_t now, char **out_problem, GError **error)
{
    AtsResult result = {0};
    g_autoptr(AtsWriter) writer =
        ats_writer_new(store, w, keys, now, &result, error);
    g_auto(Transaction) tx = {NULL};
    bool ours, ok;

    if (writer)
        tx = store_begin(store, error);
    ok = tx.store && close_delivery(store, d, "done", NULL, now, &ours, error);
    /* another process may have been faster */
    if (ok && ours)
        ok = put_rows(writer, rows, out_problem, error) &&
             ats_set_synced(store, now, error);
    if (ok && !*out_problem)
        ok = transaction_commit(&tx, error);
    ats_result_clear(&result);
    return ok;
}

static bool
process_one(Store *store, const Workspace *w, const Keys *keys,
            const Delivery *d, int64_t now, AtsInboxResult *out, GError **error)
{
    g_autofree char *problem = NULL;
    g_autoptr(GError) failed = NULL;
    bool ignored = false;
    g_autoptr(GPtrArray) rows =
        rows_of(store, w, d, &ignored, &problem, &failed);

    if (rows && !problem && !ignored &&
        take(store, w, keys, d, rows, now, &problem, &failed) && !problem) {
        out->done++;
        return true;
    }
    if (failed && !g_error_matches(failed, NURTURE_ERROR, ERROR_TEMPORARY)) {
        g_propagate_error(error, g_steal_pointer(&failed));
        return false;
    }
    if (failed && !problem)
        problem = g_strdup(failed->message);
    if (ignored) {
        out->ignored++;
        return put_aside(store, d, "ignored", NULL, now, error);
    }
    log_warn("hook=%s inbox=%" G_GINT64_FORMAT " error=\"%s\"", d->hook, d->id,
             problem);
    if (failed && d->tries + 1 < TRIES_MAX) {
        out->waiting++;
        return put_aside(store, d, "new", problem, now, error);
    }
    out->failed++;
    return put_aside(store, d, "failed", problem, now, error);
}

bool
ats_inbox_process(Store *store, const Workspace *workspace, const Keys *keys,
                  int64_t now, AtsInboxResult *out, GError **error)
{
    int64_t after = 0;

    for (;;) {
        g_auto(Delivery) d = {0};
        if (!next_delivery(store, after, &d, error))
            return false;
        if (!d.id)
            return true;
        after = d.id;
        if (!process_one(store, workspace, keys, &d, now, out, error))
            return false;
    }
}

bool
ats_inbox_retry(Store *store, int64_t id, int64_t *out_count, GError **error)
{
    g_auto(Transaction) tx = store_begin(store, error);
    g_autoptr(Statement) st = NULL;

    if (!tx.store)
        return false;
    st = store_prepare(store,
                       "UPDATE hook_inbox SET state = 'new', tries = 0,"
                       "  error = NULL WHERE state = 'failed'"
                       "  AND (:id = 0 OR hook_id = :id)",
                       error);
    if (!st)
        return false;
    statement_bind_int(st, ":id", id);
    if (!statement_run(st, error))
        return false;
    *out_count = store_changes(store);
    return transaction_commit(&tx, error);
}
