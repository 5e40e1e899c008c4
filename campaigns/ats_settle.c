/* SPDX-License-Identifier: Apache-2.0 */
/* ats_settle.c - what follows from a person's applications
 *
 * Read from the state and not from the step that led there, and done once for
 * each application: so it does not matter how often, in which order or by
 * which way the records came. */
#include "ats-writer.h"

#include "nurture/clock.h"
#include "nurture/event.h"
#include "nurture/exit.h"
#include "nurture/json.h"

#include <string.h>

/* -- holds ---------------------------------------------------------------- */

bool
ats_hold(AtsWriter *w, int64_t candidate, const char *kind, const char *origin,
         int64_t until, bool *out_added, GError **error)
{
    g_autoptr(Statement) st = store_prepare(
        w->store,
        "INSERT INTO hold (candidate_id, kind, until_at, created_at, origin)"
        " SELECT :candidate, :kind, :until, :now, :origin"
        " WHERE NOT EXISTS (SELECT 1 FROM hold"
        "  WHERE candidate_id = :candidate AND origin = :origin"
        "   AND kind = :kind AND until_at >= :until AND lifted_at IS NULL)",
        error);

    if (!st)
        return false;
    statement_bind_int(st, ":candidate", candidate);
    statement_bind_text(st, ":kind", kind);
    statement_bind_int(st, ":until", until);
    statement_bind_int(st, ":now", w->now);
    statement_bind_text(st, ":origin", origin);
    if (!statement_run(st, error))
        return false;
    if (out_added)
        *out_added = store_changes(w->store) > 0;
    return true;
}

bool
ats_lift(AtsWriter *w, const char *origin, GError **error)
{
    g_autoptr(Statement) st =
        store_prepare(w->store,
                      "UPDATE hold SET lifted_at = :now"
                      " WHERE origin = :origin AND lifted_at IS NULL",
                      error);

    if (!st)
        return false;
    statement_bind_int(st, ":now", w->now);
    statement_bind_text(st, ":origin", origin);
    return statement_run(st, error);
}

/* -- one application ------------------------------------------------------ */

typedef struct {
    int64_t candidate;
    char *key; /* "ats:greenhouse/4711" */
    char *status, *stage_kind, *reached, *reject_by, *job, *source, *credited;
    int64_t applied_at, stage_at, rejected_at, hired_at, updated_at;
} Application;

static void
application_free(gpointer data)
{
    Application *a = data;

    g_free(a->key);
    g_free(a->status);
    g_free(a->stage_kind);
    g_free(a->reached);
    g_free(a->reject_by);
    g_free(a->job);
    g_free(a->source);
    g_free(a->credited);
    g_free(a);
}

static Application *
application_read(Statement *st, int64_t candidate)
{
    Application *a = g_new0(Application, 1);

    a->candidate = candidate;
    a->key = g_strdup(statement_text(st, 0));
    a->status = g_strdup(statement_text(st, 1));
    a->stage_kind = g_strdup(statement_text(st, 2));
    a->reached = g_strdup(statement_text(st, 3));
    a->reject_by = g_strdup(statement_text(st, 4));
    a->job = g_strdup(statement_text(st, 5));
    a->source = g_strdup(statement_text(st, 6));
    a->credited = g_strdup(statement_text(st, 7));
    a->applied_at = statement_int(st, 8);
    a->stage_at = statement_int(st, 9);
    a->rejected_at = statement_int(st, 10);
    a->hired_at = statement_int(st, 11);
    a->updated_at = statement_int(st, 12);
    return a;
}

static GPtrArray *
applications_of(Store *store, int64_t candidate, GError **error)
{
    g_autoptr(GPtrArray) list =
        g_ptr_array_new_with_free_func(application_free);
    g_autoptr(Statement) st = store_prepare(
        store,
        "SELECT 'ats:' || a.src || '/' || a.remote_id, a.status, a.stage_kind,"
        "  a.reached, a.reject_by, coalesce(j.title, a.job_remote), a.source,"
        "  a.credited_to, coalesce(a.applied_at, a.updated_at),"
        "  coalesce(a.stage_at, a.updated_at), a.rejected_at, a.hired_at,"
        "  a.updated_at"
        " FROM application a LEFT JOIN job j ON j.job_id = a.job_id"
        " WHERE a.candidate_id = :candidate ORDER BY a.application_id",
        error);

    if (!st)
        return NULL;
    statement_bind_int(st, ":candidate", candidate);
    while (statement_step(st))
        g_ptr_array_add(list, application_read(st, candidate));
    return statement_end(st, error) ? g_steal_pointer(&list) : NULL;
}

static void
append_member(GString *json, const char *name, const char *value)
{
    if (!value)
        return;
    g_string_append_printf(json, "%s\"%s\":", json->len > 1 ? "," : "", name);
    json_append_string(json, value);
}

/* A hire is credited to the campaign that wrote last before the person
 * applied; the reports may weigh it otherwise. */
static bool
last_campaign(Store *store, const Application *a, char **out, GError **error)
{
    g_autoptr(Statement) st = store_prepare(
        store,
        "SELECT campaign FROM message WHERE candidate_id = :candidate"
        "  AND kind = 'campaign' AND state IN ('sent', 'in_doubt')"
        "  AND sent_at <= :at ORDER BY sent_at DESC LIMIT 1",
        error);

    *out = NULL;
    if (!st)
        return false;
    statement_bind_int(st, ":candidate", a->candidate);
    statement_bind_int(st, ":at", a->applied_at);
    if (statement_step(st))
        *out = g_strdup(statement_text(st, 0));
    return statement_end(st, error);
}

static bool
record(AtsWriter *w, const Application *a, const char *kind, int64_t at,
       GError **error)
{
    g_autofree char *dedupe = g_strconcat(a->key, " ", kind, NULL);
    g_autofree char *campaign = NULL;
    g_autoptr(GString) detail = g_string_new("{");
    Event event = {.candidate = a->candidate,
                   .kind = kind,
                   .at = MIN(at, w->now),
                   .dedupe_key = dedupe};

    append_member(detail, "application", a->key + strlen("ats:"));
    append_member(detail, "job", a->job);
    append_member(detail, "source", a->source);
    append_member(detail, "credited_to", a->credited);
    append_member(detail, "reached", a->reached);
    event.detail = g_string_append_c(detail, '}')->str;
    if (strcmp(kind, "hired") == 0 &&
        !last_campaign(w->store, a, &campaign, error))
        return false;
    event.campaign = campaign;
    return event_record(w->store, w->workspace, &event, NULL, error);
}

/* Unhired: the wrong button, or an offer that was withdrawn. */
static bool
take_back_hire(AtsWriter *w, const Application *a, GError **error)
{
    g_autofree char *dedupe = g_strconcat(a->key, " hired", NULL);
    g_autoptr(Statement) st = store_prepare(
        w->store, "DELETE FROM event WHERE dedupe_key = :dedupe", error);

    if (!st)
        return false;
    statement_bind_text(st, ":dedupe", dedupe);
    return statement_run(st, error);
}

static bool
was_interviewed(const Application *a)
{
    return g_strcmp0(a->reached, "interview") == 0 ||
           g_strcmp0(a->reached, "offer") == 0;
}

static bool
record_all(AtsWriter *w, const Application *a, GError **error)
{
    bool turned_down = g_strcmp0(a->reject_by, "candidate") == 0;
    bool closed = strcmp(a->status, "rejected") == 0;

    if (a->reached && !record(w, a, "applied", a->applied_at, error))
        return false;
    if (was_interviewed(a) && !record(w, a, "interviewed", a->stage_at, error))
        return false;
    if (strcmp(a->status, "hired") == 0)
        return record(w, a, "hired", a->hired_at, error);
    if (!take_back_hire(w, a, error))
        return false;
    if (strcmp(a->status, "withdrawn") == 0 || (closed && turned_down))
        return record(w, a, "declined", a->rejected_at, error);
    return !closed || record(w, a, "rejected", a->rejected_at, error);
}

static bool
leave(AtsWriter *w, const Application *a, const char *why, GError **error)
{
    return enrolment_exit(w->store, w->workspace, a->candidate, NULL, why,
                          w->now, error);
}

/* A rejection of long ago is history and stops nothing that has begun since. */
static bool
cool_off(AtsWriter *w, const Application *a, GError **error)
{
    int64_t until = a->rejected_at + w->workspace->ats.cool_off_ms;
    bool is_new = false;

    if (strcmp(a->status, "rejected") != 0)
        return ats_lift(w, a->key, error);
    if (until <= w->now)
        return true;
    return ats_hold(w, a->candidate, "cool_off", a->key, until, &is_new,
                    error) &&
           (!is_new || w->workspace->ats.resume_after_rejection ||
            leave(w, a, "rejected", error));
}

static bool
settle_one(AtsWriter *w, const Application *a, GError **error)
{
    return record_all(w, a, error) && cool_off(w, a, error) &&
           (strcmp(a->status, "hired") != 0 || leave(w, a, "hired", error));
}

/* -- the person ----------------------------------------------------------- */

/* What segments see as ats_status: the furthest of what is open, hired, or
 * what was last closed. */
static bool
set_status(AtsWriter *w, int64_t candidate, GError **error)
{
    g_autoptr(Statement) st = store_prepare(
        w->store,
        "UPDATE candidate SET ats_status = ("
        "  SELECT CASE status WHEN 'active' THEN"
        "    CASE stage_kind WHEN 'applied' THEN 'applied'"
        "     WHEN 'screen' THEN 'screening'"
        "     WHEN 'interview' THEN 'interviewing'"
        "     WHEN 'offer' THEN 'offer' WHEN 'hired' THEN 'offer'"
        "     ELSE 'in_process' END ELSE status END"
        "   FROM application WHERE candidate_id = :candidate"
        "    AND NOT (status = 'active' AND stage_kind IS 'lead')"
        "   ORDER BY CASE status WHEN 'hired' THEN 9 WHEN 'active' THEN"
        "    CASE stage_kind WHEN 'hired' THEN 8 WHEN 'offer' THEN 7"
        "     WHEN 'interview' THEN 6 WHEN 'screen' THEN 5"
        "     WHEN 'applied' THEN 4 ELSE 3 END"
        "    ELSE 0 END DESC, updated_at DESC LIMIT 1),"
        " last_applied = nullif(max(coalesce(last_applied, 0), coalesce(("
        "  SELECT max(applied_at) FROM application"
        "   WHERE candidate_id = :candidate AND reached IS NOT NULL), 0)), 0)"
        " WHERE candidate_id = :candidate",
        error);

    if (!st)
        return false;
    statement_bind_int(st, ":candidate", candidate);
    return statement_run(st, error);
}

/* An application that was logged by hand holds mail only as long as the ATS
 * says nothing newer: from then on its own words hold, and end, the hold. */
static bool
lift_by_hand(AtsWriter *w, int64_t candidate, GError **error)
{
    g_autoptr(Statement) st = store_prepare(
        w->store,
        "UPDATE hold SET lifted_at = :now WHERE candidate_id = :candidate"
        " AND lifted_at IS NULL AND kind = 'applied' AND origin LIKE 'hand %'"
        " AND created_at <= (SELECT max(updated_at) FROM application"
        "  WHERE candidate_id = :candidate AND stage_kind IS NOT 'lead')",
        error);

    if (!st)
        return false;
    statement_bind_int(st, ":now", w->now);
    statement_bind_int(st, ":candidate", candidate);
    return statement_run(st, error);
}

bool
ats_settle(AtsWriter *w, int64_t candidate, GError **error)
{
    g_autoptr(GPtrArray) list = applications_of(w->store, candidate, error);

    if (!list)
        return false;
    for (guint i = 0; i < list->len; i++)
        if (!settle_one(w, g_ptr_array_index(list, i), error))
            return false;
    return list->len == 0 || (set_status(w, candidate, error) &&
                              lift_by_hand(w, candidate, error));
}
