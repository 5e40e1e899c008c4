/* SPDX-License-Identifier: Apache-2.0 */
/* ats_application.c - jobs and applications into the store */
#include "ats-writer.h"

#include <string.h>

static void
bind_field(Statement *st, const char *name, const AtsRow *row, AtsField field)
{
    statement_bind_text(st, name, row->value[field]);
}

static void
bind_date(Statement *st, const char *name, const AtsRow *row, AtsField field)
{
    if (row->value[field])
        statement_bind_int(st, name, ats_row_time(row, field));
}

/* -- jobs ----------------------------------------------------------------- */

static bool
link_job(Store *store, const AtsRow *row, GError **error)
{
    g_autoptr(Statement) st = store_prepare(
        store,
        "UPDATE application SET job_id = (SELECT job_id FROM job"
        "  WHERE src = :src AND remote_id = :id)"
        " WHERE src = :src AND job_remote = :id AND job_id IS NULL",
        error);

    if (!st)
        return false;
    bind_field(st, ":src", row, ATS_SRC);
    bind_field(st, ":id", row, ATS_ID);
    return statement_run(st, error);
}

bool
ats_put_job(AtsWriter *w, const AtsRow *row, AtsPut *out, GError **error)
{
    g_autoptr(Statement) st = store_prepare(
        w->store,
        "INSERT INTO job (src, remote_id, title, status, updated_at, raw,"
        "  department, locations, seniority, url, recruiter_email, opened_at,"
        "  closed_at) VALUES (:src, :id, :title, :status, :updated, :raw,"
        "  :department, :locations, :seniority, :url, :recruiter, :opened,"
        "  :closed)"
        " ON CONFLICT (src, remote_id) DO UPDATE SET"
        "  title = coalesce(excluded.title, title),"
        "  status = coalesce(excluded.status, status),"
        "  updated_at = excluded.updated_at,"
        "  raw = coalesce(excluded.raw, raw),"
        "  department = coalesce(excluded.department, department),"
        "  locations = coalesce(excluded.locations, locations),"
        "  seniority = coalesce(excluded.seniority, seniority),"
        "  url = coalesce(excluded.url, url),"
        "  recruiter_email ="
        "   coalesce(excluded.recruiter_email, recruiter_email),"
        "  opened_at = coalesce(excluded.opened_at, opened_at),"
        "  closed_at = coalesce(excluded.closed_at, closed_at)"
        " WHERE excluded.updated_at >= job.updated_at",
        error);

    if (!st)
        return false;
    bind_field(st, ":src", row, ATS_SRC);
    bind_field(st, ":id", row, ATS_ID);
    bind_field(st, ":title", row, ATS_TITLE);
    statement_bind_text(st, ":status",
                        ats_row_is_deleted(row) ? "archived"
                                                : row->value[ATS_STATUS]);
    bind_date(st, ":updated", row, ATS_UPDATED_AT);
    statement_bind_text(st, ":raw", row->raw);
    bind_field(st, ":department", row, ATS_DEPARTMENT);
    bind_field(st, ":locations", row, ATS_LOCATIONS);
    bind_field(st, ":seniority", row, ATS_SENIORITY);
    bind_field(st, ":url", row, ATS_URL);
    bind_field(st, ":recruiter", row, ATS_RECRUITER_EMAIL);
    bind_date(st, ":opened", row, ATS_OPENED_AT);
    bind_date(st, ":closed", row, ATS_CLOSED_AT);
    if (!statement_run(st, error))
        return false;
    *out = store_changes(w->store) > 0 ? PUT_TAKEN : PUT_OLDER;
    return link_job(w->store, row, error);
}

/* -- applications --------------------------------------------------------- */

static const char *const stages[] = {"lead",      "applied", "screen",
                                     "interview", "offer",   "hired"};

static int
stage_rank(const char *word)
{
    for (gsize i = 0; word && i < G_N_ELEMENTS(stages); i++)
        if (strcmp(stages[i], word) == 0)
            return (int)i;
    return -1;
}

/* How far it got, by what this record says: hired has had an offer. */
static const char *
reached_by(const AtsRow *row)
{
    int rank = MAX(stage_rank(row->value[ATS_REACHED]),
                   stage_rank(row->value[ATS_STAGE_KIND]));

    if (g_strcmp0(row->value[ATS_STATUS], "hired") == 0)
        rank = stage_rank("offer");
    rank = MIN(rank, stage_rank("offer"));
    return rank >= stage_rank("applied") ? stages[rank] : NULL;
}

typedef struct {
    bool known;
    int64_t candidate, updated_at;
} Present;

static bool
read_present(AtsWriter *w, const AtsRow *row, Present *out, GError **error)
{
    g_autoptr(Statement) st =
        store_prepare(w->store,
                      "SELECT candidate_id, updated_at FROM application"
                      " WHERE src = :src AND remote_id = :id",
                      error);

    *out = (Present){false};
    if (!st)
        return false;
    bind_field(st, ":src", row, ATS_SRC);
    bind_field(st, ":id", row, ATS_ID);
    if (statement_step(st))
        *out = (Present){true, statement_int(st, 0), statement_int(st, 1)};
    return statement_end(st, error);
}

/* Whose it is; 0 = nobody we know. */
static bool
find_person(AtsWriter *w, const AtsRow *row, int64_t *out, GError **error)
{
    g_autoptr(Statement) st = store_prepare(
        w->store,
        "SELECT i.candidate_id FROM ats_identity i"
        " JOIN candidate c ON c.candidate_id = i.candidate_id"
        " WHERE i.src = :src AND i.remote_id = :remote"
        "  AND (c.erased_at IS NULL OR c.merged_into IS NOT NULL)",
        error);

    *out = 0;
    if (!st || !row->value[ATS_CANDIDATE_ID])
        return st != NULL;
    bind_field(st, ":src", row, ATS_SRC);
    bind_field(st, ":remote", row, ATS_CANDIDATE_ID);
    if (statement_step(st))
        *out = statement_int(st, 0);
    return statement_end(st, error);
}

static void
bind_application(Statement *st, const AtsRow *row)
{
    bool deleted = ats_row_is_deleted(row);

    bind_field(st, ":src", row, ATS_SRC);
    bind_field(st, ":id", row, ATS_ID);
    bind_field(st, ":candidate_remote", row, ATS_CANDIDATE_ID);
    bind_field(st, ":job_remote", row, ATS_JOB_ID);
    statement_bind_text(st, ":status",
                        deleted ? "withdrawn" : row->value[ATS_STATUS]);
    bind_field(st, ":stage", row, ATS_STAGE);
    bind_field(st, ":kind", row, ATS_STAGE_KIND);
    statement_bind_text(st, ":reached", reached_by(row));
    bind_date(st, ":applied", row, ATS_APPLIED_AT);
    bind_date(st, ":stage_at", row, ATS_STAGE_AT);
    bind_date(st, ":hired", row, ATS_HIRED_AT);
    bind_date(st, ":rejected", row, ATS_REJECTED_AT);
    bind_field(st, ":reason", row, ATS_REJECT_REASON);
    bind_field(st, ":by", row, ATS_REJECT_BY);
    bind_field(st, ":source", row, ATS_SOURCE);
    bind_field(st, ":credited", row, ATS_CREDITED_TO);
    statement_bind_text(st, ":orig",
                        deleted ? "deleted" : row->value[ATS_ORIG_STATUS]);
    bind_date(st, ":updated", row, ATS_UPDATED_AT);
    statement_bind_text(st, ":raw", row->raw);
}

/* Of two records of one moment the one that is further on counts: an ATS that
 * hires somebody sends three events at once. */
#define UPSERT                                                                 \
    "INSERT INTO application (src, remote_id, candidate_remote, job_remote,"   \
    "  job_id, status, stage, stage_kind, reached, applied_at, stage_at,"      \
    "  hired_at, rejected_at, reject_reason, reject_by, source, credited_to,"  \
    "  orig_status, updated_at, raw)"                                          \
    " VALUES (:src, :id, :candidate_remote, :job_remote,"                      \
    "  (SELECT job_id FROM job WHERE src = :src AND remote_id = :job_remote)," \
    "  :status, :stage, :kind, :reached, :applied, :stage_at, :hired,"         \
    "  :rejected, :reason, :by, :source, :credited, :orig, :updated, :raw)"    \
    " ON CONFLICT (src, remote_id) DO UPDATE SET"                              \
    "  candidate_remote ="                                                     \
    "   coalesce(excluded.candidate_remote, candidate_remote),"                \
    "  job_remote = coalesce(excluded.job_remote, job_remote),"                \
    "  job_id = coalesce(excluded.job_id, job_id),"                            \
    "  status = excluded.status,"                                              \
    "  stage = coalesce(excluded.stage, stage),"                               \
    "  stage_kind = coalesce(excluded.stage_kind, stage_kind),"                \
    "  applied_at = coalesce(excluded.applied_at, applied_at),"                \
    "  stage_at = coalesce(excluded.stage_at, stage_at),"                      \
    "  hired_at = CASE excluded.status WHEN 'hired' THEN"                      \
    "   coalesce(excluded.hired_at, hired_at) END,"                            \
    "  rejected_at = CASE excluded.status WHEN 'active' THEN NULL ELSE"        \
    "   coalesce(excluded.rejected_at, rejected_at) END,"                      \
    "  reject_reason = CASE excluded.status WHEN 'active' THEN NULL ELSE"      \
    "   coalesce(excluded.reject_reason, reject_reason) END,"                  \
    "  reject_by = CASE excluded.status WHEN 'active' THEN NULL ELSE"          \
    "   coalesce(excluded.reject_by, reject_by) END,"                          \
    "  source = coalesce(excluded.source, source),"                            \
    "  credited_to = coalesce(excluded.credited_to, credited_to),"             \
    "  orig_status = coalesce(excluded.orig_status, orig_status),"             \
    "  updated_at = excluded.updated_at,"                                      \
    "  raw = coalesce(excluded.raw, raw)"                                      \
    " WHERE excluded.updated_at > application.updated_at"                      \
    "  OR (excluded.updated_at = application.updated_at"                       \
    "   AND instr('active withdrawn rejected hired', excluded.status)"         \
    "    >= instr('active withdrawn rejected hired', application.status))"

static bool
upsert(AtsWriter *w, const AtsRow *row, bool *out_changed, GError **error)
{
    g_autoptr(Statement) st = store_prepare(w->store, UPSERT, error);

    if (!st)
        return false;
    bind_application(st, row);
    if (!statement_run(st, error))
        return false;
    *out_changed = store_changes(w->store) > 0;
    return true;
}

/* What is true whatever the order of the records: how far it ever got, when it
 * began, and whose it is. A rejection that nobody owns is ours. */
static bool
keep_furthest(AtsWriter *w, const AtsRow *row, int64_t candidate,
              GError **error)
{
    g_autoptr(Statement) st = store_prepare(
        w->store,
        "UPDATE application SET"
        "  reached = CASE WHEN :reached IS NOT NULL AND"
        "    instr('applied screen interview offer', :reached) >"
        "    instr('applied screen interview offer', coalesce(reached, '-'))"
        "   THEN :reached ELSE reached END,"
        "  applied_at = coalesce(applied_at, :applied),"
        "  source = coalesce(source, :source),"
        "  reject_by = CASE WHEN status = 'rejected'"
        "   THEN coalesce(reject_by, 'us') ELSE reject_by END,"
        "  rejected_at = CASE WHEN status IN ('rejected', 'withdrawn')"
        "   THEN coalesce(rejected_at, updated_at) ELSE rejected_at END,"
        "  hired_at = CASE WHEN status = 'hired'"
        "   THEN coalesce(hired_at, updated_at) ELSE hired_at END,"
        "  candidate_id = coalesce(nullif(:candidate, 0), candidate_id)"
        " WHERE src = :src AND remote_id = :id",
        error);

    if (!st)
        return false;
    bind_field(st, ":src", row, ATS_SRC);
    bind_field(st, ":id", row, ATS_ID);
    bind_date(st, ":applied", row, ATS_APPLIED_AT);
    bind_field(st, ":source", row, ATS_SOURCE);
    statement_bind_text(st, ":reached", reached_by(row));
    statement_bind_int(st, ":candidate", candidate);
    return statement_run(st, error);
}

bool
ats_put_application(AtsWriter *w, const AtsRow *row, AtsPut *out,
                    GError **error)
{
    /* without either it says only how far it got: true in any order */
    bool says_state = row->value[ATS_STATUS] || ats_row_is_deleted(row);
    Present present;
    int64_t candidate;
    bool changed = false;

    if (!read_present(w, row, &present, error) ||
        !find_person(w, row, &candidate, error))
        return false;
    if (!candidate)
        candidate = present.candidate;
    /* A deletion of what we never heard of, or how far that got. */
    if (!present.known && !row->value[ATS_STATUS]) {
        *out = PUT_OLDER;
        return true;
    }
    if (!ats_touch(w, candidate, error) ||
        !ats_touch(w, present.candidate, error) ||
        (says_state && !upsert(w, row, &changed, error)) ||
        !keep_furthest(w, row, candidate, error))
        return false;
    *out = changed || !says_state ? PUT_TAKEN : PUT_OLDER;
    w->out->unmatched += !candidate;
    if (present.candidate && present.candidate != candidate &&
        !ats_settle(w, present.candidate, error))
        return false;
    return !candidate || ats_settle(w, candidate, error);
}
