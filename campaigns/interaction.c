/* SPDX-License-Identifier: Apache-2.0 */
/* interaction.c - what happened away from mail and ATS, logged by hand */
#include "nurture/interaction.h"

#include "nurture/audit.h"
#include "nurture/candidate-words.h"
#include "nurture/error.h"
#include "nurture/event.h"
#include "nurture/exit.h"
#include "nurture/json.h"
#include "nurture/text.h"

#include <string.h>

const char *const *
interaction_kinds(void)
{
    static const char *const kinds[] = {"sourced", "contacted",   "met",
                                        "applied", "interviewed", "declined",
                                        "hired",   "notified",    NULL};

    return kinds;
}

static bool fail(GError **error, int code, const char *format, ...)
    G_GNUC_PRINTF(3, 4);

static bool
fail(GError **error, int code, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    g_propagate_error(error,
                      g_error_new_valist(NURTURE_ERROR, code, format, args));
    va_end(args);
    return false;
}

static bool
check(const char *kind, int64_t at, const char *note, int64_t now,
      GError **error)
{
    g_autofree char *all = NULL;
    const char *near;

    if (!g_strv_contains(interaction_kinds(), kind)) {
        near = text_nearest(kind, interaction_kinds());
        all = g_strjoinv(", ", (char **)(uintptr_t)interaction_kinds());
        return fail(error, ERROR_INPUT,
                    "'%s' cannot be logged%s%s%s; one of: %s", kind,
                    near ? ", did you mean '" : "", near ? near : "",
                    near ? "'?" : "", all);
    }
    if (at > now)
        return fail(error, ERROR_INPUT,
                    "what has not happened yet cannot be logged");
    if (note && strlen(note) > INTERACTION_NOTE_MAX)
        return fail(error, ERROR_INPUT, "a note has at most %d bytes",
                    INTERACTION_NOTE_MAX);
    if (note && !g_utf8_validate(note, -1, NULL))
        return fail(error, ERROR_INPUT, "the note is not UTF-8 text");
    return true;
}

/* {"by":"ann","note":".."}: `by` is what marks an event as logged by hand. */
static char *
detail_of(const char *by, const char *note)
{
    GString *detail = g_string_new("{\"by\":");

    json_append_string(detail, by);
    if (!text_is_blank(note)) {
        g_string_append(detail, ",\"note\":");
        json_append_string(detail, note);
    }
    g_string_append_c(detail, '}');
    return g_string_free(detail, FALSE);
}

/* -- what it does to mail -------------------------------------------------- */

/* A hold for a hire nobody takes back: the end of the year 9999. */
#define FOR_GOOD INT64_C(253402300799000)

int64_t
interaction_holds_until(const Workspace *workspace, const char *kind,
                        int64_t at)
{
    return strcmp(kind, "hired") == 0 ? FOR_GOOD
           : strcmp(kind, "applied") == 0 || strcmp(kind, "interviewed") == 0
               ? at + workspace->ats.cool_off_ms
               : 0;
}

static char *
origin_of(int64_t event)
{
    return g_strdup_printf("hand %" G_GINT64_FORMAT, event);
}

static bool
hold(Store *store, int64_t candidate, int64_t event, const char *kind,
     int64_t until, int64_t now, GError **error)
{
    g_autofree char *origin = origin_of(event);
    g_autoptr(Statement) st = store_prepare(
        store,
        "INSERT INTO hold (candidate_id, kind, until_at, created_at, origin)"
        " VALUES (:candidate, :kind, :until, :now, :origin)",
        error);

    if (!st)
        return false;
    statement_bind_int(st, ":candidate", candidate);
    statement_bind_text(st, ":kind", kind);
    statement_bind_int(st, ":until", until);
    statement_bind_int(st, ":now", now);
    statement_bind_text(st, ":origin", origin);
    return statement_run(st, error);
}

/* Of that event; of all applications that were logged by hand if 0. */
static bool
lift(Store *store, int64_t candidate, int64_t event, int64_t now,
     GError **error)
{
    g_autofree char *origin = origin_of(event);
    g_autoptr(Statement) st = store_prepare(
        store,
        "UPDATE hold SET lifted_at = :now WHERE candidate_id = :candidate"
        " AND lifted_at IS NULL AND (origin = :origin"
        "  OR (:event = 0 AND kind = 'applied' AND origin LIKE 'hand %'))",
        error);

    if (!st)
        return false;
    statement_bind_int(st, ":now", now);
    statement_bind_int(st, ":candidate", candidate);
    statement_bind_int(st, ":event", event);
    statement_bind_text(st, ":origin", origin);
    return statement_run(st, error);
}

/* Told by hand where their data are from; `told` false takes that back. */
static bool
set_notified(Store *store, int64_t candidate, int64_t at, bool told,
             GError **error)
{
    g_autoptr(Statement) st =
        store_prepare(store,
                      "UPDATE candidate SET notified_at = CASE WHEN :told"
                      "  THEN coalesce(notified_at, :at)"
                      "  WHEN notified_at <> :at THEN notified_at END"
                      " WHERE candidate_id = :candidate",
                      error);

    if (!st)
        return false;
    statement_bind_int(st, ":candidate", candidate);
    statement_bind_int(st, ":at", at);
    statement_bind_int(st, ":told", told);
    return statement_run(st, error);
}

/* As the ATS's word for it would. */
static bool
stop_mail(Store *store, const Workspace *workspace, int64_t candidate,
          int64_t event, const char *kind, int64_t at, int64_t now,
          GError **error)
{
    int64_t until = interaction_holds_until(workspace, kind, at);

    if (strcmp(kind, "notified") == 0)
        return set_notified(store, candidate, at, true, error);
    if (strcmp(kind, "declined") == 0)
        return lift(store, candidate, 0, now, error);
    if (strcmp(kind, "interviewed") == 0)
        kind = "applied"; /* the same process, and the same hold */
    if (until > now && !hold(store, candidate, event, kind, until, now, error))
        return false;
    return strcmp(kind, "hired") != 0 ||
           enrolment_exit(store, workspace, candidate, NULL, "hired", now,
                          error);
}

bool
interaction_log(Store *store, const Workspace *workspace, int64_t candidate,
                const char *kind, int64_t at, const char *note, const char *by,
                int64_t now, int64_t *out_event, GError **error)
{
    g_autofree char *detail = detail_of(by, note);
    g_autofree char *sum =
        g_compute_checksum_for_string(G_CHECKSUM_SHA256, note ? note : "", -1);
    g_autofree char *dedupe = g_strdup_printf("hand %" G_GINT64_FORMAT
                                              " %s %" G_GINT64_FORMAT " %.16s",
                                              candidate, kind, at, sum);
    const Event event = {.candidate = candidate,
                         .kind = kind,
                         .at = at,
                         .detail = detail,
                         .dedupe_key = dedupe};
    g_auto(Transaction) tx = {NULL};
    bool added;

    if (!check(kind, at, note, now, error))
        return false;
    tx = store_begin(store, error);
    if (!tx.store || !event_record(store, workspace, &event, &added, error))
        return false;
    *out_event = store_last_id(store);
    if (!added)
        return fail(error, ERROR_INPUT, "this has been logged already");
    return stop_mail(store, workspace, candidate, *out_event, kind, at, now,
                     error) &&
           candidate_words_touch(store, candidate, error) &&
           candidate_words_update(store, NULL, error) &&
           transaction_commit(&tx, error);
}

/* -- taking it back -------------------------------------------------------- */

static bool
run_for(Store *store, const char *sql, const char *name, int64_t value,
        GError **error)
{
    g_autoptr(Statement) st = store_prepare(store, sql, error);

    if (!st)
        return false;
    statement_bind_int(st, name, value);
    return statement_run(st, error);
}

/* *out_candidate is 0 when it was not logged by hand. */
static bool
find_logged(Store *store, int64_t event, int64_t *out_candidate,
            int64_t *out_at, char **out_kind, GError **error)
{
    bool there;
    g_autoptr(Statement) st =
        store_prepare(store,
                      "SELECT candidate_id, kind, at FROM event"
                      " WHERE event_id = :event"
                      "  AND dedupe_key LIKE 'hand %'",
                      error);

    *out_candidate = 0;
    if (!st)
        return false;
    statement_bind_int(st, ":event", event);
    there = statement_step(st);
    if (there) {
        *out_candidate = statement_int(st, 0);
        *out_kind = g_strdup(statement_text(st, 1));
        *out_at = statement_int(st, 2);
    }
    return statement_end(st, error);
}

bool
interaction_undo(Store *store, int64_t event, const char *by, int64_t now,
                 GError **error)
{
    g_autofree char *kind = NULL;
    int64_t candidate, at = 0;
    g_auto(Transaction) tx = store_begin(store, error);

    if (!tx.store || !find_logged(store, event, &candidate, &at, &kind, error))
        return false;
    if (candidate == 0)
        return fail(error, ERROR_REFUSED,
                    "event %" G_GINT64_FORMAT " was not logged by hand", event);
    /* What event_record() moved forward goes back to what the others say. */
    return run_for(store, "DELETE FROM event WHERE event_id = :event", ":event",
                   event, error) &&
           event_untouch(store, candidate, at, error) &&
           lift(store, candidate, event, now, error) &&
           (strcmp(kind, "notified") != 0 ||
            set_notified(store, candidate, at, false, error)) &&
           candidate_words_touch(store, candidate, error) &&
           candidate_words_update(store, NULL, error) &&
           audit_candidate(store, by, "interaction undone", candidate, kind,
                           now, error) &&
           transaction_commit(&tx, error);
}

/* -- the timeline ---------------------------------------------------------- */

static void
interaction_free(gpointer p)
{
    Interaction *i = p;

    g_free(i->kind);
    g_free(i->campaign);
    g_free(i->step);
    g_free(i->note);
    g_free(i->by);
    g_free(i);
}

GPtrArray *
interaction_timeline(Store *store, int64_t candidate, int limit, GError **error)
{
    g_autoptr(GPtrArray) all = g_ptr_array_new_with_free_func(interaction_free);
    g_autoptr(Statement) st = store_prepare(
        store,
        "SELECT event_id, at, kind, campaign, step, machine, positive,"
        "  CASE WHEN dedupe_key LIKE 'hand %'"
        "   THEN json_extract(detail, '$.note') END,"
        "  CASE WHEN dedupe_key LIKE 'hand %'"
        "   THEN coalesce(json_extract(detail, '$.by'), '') END"
        " FROM event WHERE candidate_id = :candidate"
        " ORDER BY at DESC, event_id DESC LIMIT :limit",
        error);

    if (!st)
        return NULL;
    statement_bind_int(st, ":candidate", candidate);
    statement_bind_int(st, ":limit", limit);
    while (statement_step(st)) {
        Interaction *i = g_new0(Interaction, 1);
        i->event = statement_int(st, 0);
        i->at = statement_int(st, 1);
        i->kind = g_strdup(statement_text(st, 2));
        i->campaign = g_strdup(statement_text(st, 3));
        i->step = g_strdup(statement_text(st, 4));
        i->machine = statement_int(st, 5) != 0;
        i->positive = statement_int(st, 6) != 0;
        i->note = g_strdup(statement_text(st, 7));
        i->by = g_strdup(statement_text(st, 8));
        g_ptr_array_add(all, i);
    }
    return statement_end(st, error) ? g_steal_pointer(&all) : NULL;
}
