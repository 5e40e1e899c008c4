/* SPDX-License-Identifier: Apache-2.0 */
/* candidate_merge.c - make one person of two records */
#include "candidate-merge.h"

#include "candidates-private.h"
#include "nurture/audit.h"
#include "nurture/error.h"
#include "nurture/event.h"
#include "nurture/exit.h"

#include <string.h>

/* In this order. What the kept person has already is not overwritten; a
 * consent's journal is read by its dates, so the newest word of both holds. */
static const char *const statements[] = {
    "UPDATE ats_identity SET candidate_id = :kept WHERE candidate_id = :gone",
    "DELETE FROM ats_conflict WHERE candidate_id IN (:kept, :gone)"
    " AND EXISTS (SELECT 1 FROM ats_identity i WHERE i.src = ats_conflict.src"
    "  AND i.remote_id = ats_conflict.remote_id AND i.candidate_id = :kept)",
    "INSERT OR IGNORE INTO ats_conflict (src, remote_id, candidate_id, at,"
    "  cleared_at) SELECT src, remote_id, :kept, at, cleared_at"
    " FROM ats_conflict"
    " WHERE candidate_id = :gone",
    "DELETE FROM ats_conflict WHERE candidate_id = :gone",
    "UPDATE application SET candidate_id = :kept WHERE candidate_id = :gone",
    "UPDATE hold SET candidate_id = :kept WHERE candidate_id = :gone",
    "UPDATE request SET candidate_id = :kept WHERE candidate_id = :gone",
    "UPDATE consent SET candidate_id = :kept WHERE candidate_id = :gone",
    "UPDATE event SET candidate_id = :kept WHERE candidate_id = :gone",
    "UPDATE reply SET candidate_id = :kept WHERE candidate_id = :gone",
    "UPDATE inbound SET candidate_id = :kept WHERE candidate_id = :gone",
    "UPDATE referral SET candidate_id = :kept WHERE candidate_id = :gone",
    "UPDATE recheck SET candidate_id = :kept WHERE candidate_id = :gone",
    /* the cap counts what either of them got */
    "UPDATE message SET candidate_id = :kept WHERE candidate_id = :gone",
    "UPDATE OR IGNORE candidate_tag SET candidate_id = :kept"
    " WHERE candidate_id = :gone",
    "DELETE FROM candidate_tag WHERE candidate_id = :gone",
    "UPDATE candidate_address SET candidate_id = :kept"
    " WHERE candidate_id = :gone",
    "DELETE FROM score WHERE candidate_id = :gone",
    "DELETE FROM batch_change WHERE candidate_id = :gone",
    "UPDATE OR IGNORE shortlist SET candidate_id = :kept"
    " WHERE candidate_id = :gone",
    "DELETE FROM shortlist WHERE candidate_id = :gone",
    /* logged notes have moved, which no trigger of the index sees */
    "INSERT OR IGNORE INTO candidate_stale"
    " SELECT :kept UNION SELECT :gone",
    "UPDATE candidate SET"
    "  added = min(candidate.added, g.added), last_engaged ="
    "   nullif(max(coalesce(candidate.last_engaged, 0),"
    "    coalesce(g.last_engaged, 0)), 0), last_contacted ="
    "   nullif(max(coalesce(candidate.last_contacted, 0),"
    "    coalesce(g.last_contacted, 0)), 0), last_applied ="
    "   nullif(max(coalesce(candidate.last_applied, 0),"
    "    coalesce(g.last_applied, 0)), 0),"
    "  notified_at = coalesce(candidate.notified_at, g.notified_at),"
    "  first_name = coalesce(candidate.first_name, g.first_name),"
    "  last_name = coalesce(candidate.last_name, g.last_name),"
    "  language = coalesce(candidate.language, g.language),"
    "  mail_gap = coalesce(max(candidate.mail_gap, g.mail_gap),"
    "   candidate.mail_gap, g.mail_gap),"
    "  time_zone = coalesce(candidate.time_zone, g.time_zone),"
    "  country = coalesce(candidate.country, g.country),"
    "  city = coalesce(candidate.city, g.city),"
    "  job_title = coalesce(candidate.job_title, g.job_title),"
    "  employer = coalesce(candidate.employer, g.employer),"
    "  recruiter = coalesce(candidate.recruiter, g.recruiter),"
    "  source = coalesce(candidate.source, g.source),"
    "  source_detail = coalesce(candidate.source_detail, g.source_detail),"
    "  notes = coalesce(candidate.notes || char(10) || g.notes,"
    "   candidate.notes, g.notes), updated_at = :now"
    " FROM candidate g WHERE g.candidate_id = :gone"
    "  AND candidate.candidate_id = :kept",
};

static bool
run(Store *store, const char *sql, int64_t kept, int64_t gone, int64_t now,
    GError **error)
{
    g_autoptr(Statement) st = store_prepare(store, sql, error);

    if (!st)
        return false;
    if (strstr(sql, ":kept"))
        statement_bind_int(st, ":kept", kept);
    statement_bind_int(st, ":gone", gone);
    if (strstr(sql, ":now"))
        statement_bind_int(st, ":now", now);
    return statement_run(st, error);
}

/* The row stays, without anything in it: it says where its person went, and
 * old enrolments keep their place. */
static bool
close_record(Store *store, int64_t kept, int64_t gone, int64_t now,
             GError **error)
{
    static const char *const last[] = {
        "INSERT INTO candidate_address (email_key, candidate_id, email, added,"
        " address_hmac) SELECT email_key, :kept, email, :now, address_hmac"
        " FROM candidate WHERE candidate_id = :gone"
        " ON CONFLICT (email_key) DO UPDATE SET candidate_id = :kept",
        "UPDATE candidate SET email = '', email_key = 'merged ' ||"
        " candidate_id, address_hmac = 'merged ' || candidate_id,"
        " first_name = NULL, last_name = NULL, city = NULL, job_title = NULL,"
        " employer = NULL, notes = NULL, source_detail = NULL,"
        " erased_at = :now, merged_into = :kept, updated_at = :now"
        " WHERE candidate_id = :gone",
        "UPDATE candidate SET merged_into = :kept WHERE merged_into = :gone",
    };

    for (gsize i = 0; i < G_N_ELEMENTS(last); i++)
        if (!run(store, last[i], kept, gone, now, error))
            return false;
    return true;
}

static bool
note(Store *store, int64_t kept, int64_t gone, const char *actor, int64_t now,
     GError **error)
{
    g_autofree char *object =
        g_strdup_printf("candidate %" G_GINT64_FORMAT, kept);
    g_autofree char *detail =
        g_strdup_printf("candidate %" G_GINT64_FORMAT, gone);

    return audit_add(store, actor, "merged", object, detail, now, error);
}

bool
candidate_merge_rows(Store *store, const Workspace *workspace, const Keys *keys,
                     int64_t kept, int64_t gone, const char *actor, int64_t now,
                     GError **error)
{
    (void)keys;
    g_assert(store_in_transaction(store) && kept != gone);
    if (!candidate_not_in_flight(store, gone, error) ||
        !enrolment_exit(store, workspace, gone, NULL, "merged", now, error))
        return false;
    for (gsize i = 0; i < G_N_ELEMENTS(statements); i++)
        if (!run(store, statements[i], kept, gone, now, error))
            return false;
    /* not the sum of two: another order of adding, other bytes */
    return score_recount(store, workspace, kept, error) &&
           close_record(store, kept, gone, now, error) &&
           note(store, kept, gone, actor, now, error);
}

/* -- by hand -------------------------------------------------------------- */

static bool
count_moves(Store *store, MergeResult *m, GError **error)
{
    g_autoptr(Statement) st = store_prepare(
        store,
        "SELECT 1 + (SELECT count(*) FROM candidate_address"
        "   WHERE candidate_id = :gone),"
        " (SELECT count(*) FROM application WHERE candidate_id = :gone),"
        " (SELECT count(*) FROM message WHERE candidate_id = :gone"
        "   AND state IN ('sent', 'in_doubt', 'bounced')),"
        " (SELECT count(*) FROM reply WHERE candidate_id = :gone),"
        " (SELECT count(*) FROM enrolment WHERE candidate_id = :gone"
        "   AND state IN ('active', 'waiting')),"
        " (SELECT count(*) FROM candidate WHERE erased_at IS NULL"
        "   AND candidate_id IN (:kept, :gone))",
        error);
    bool both = false;

    if (!st)
        return false;
    statement_bind_int(st, ":kept", m->kept);
    statement_bind_int(st, ":gone", m->gone);
    if (statement_step(st)) {
        m->addresses = statement_int(st, 0);
        m->applications = statement_int(st, 1);
        m->mails = statement_int(st, 2);
        m->replies = statement_int(st, 3);
        m->campaigns = statement_int(st, 4);
        both = statement_int(st, 5) == 2;
    }
    if (!statement_end(st, error))
        return false;
    if (!both)
        g_set_error(error, NURTURE_ERROR, ERROR_INPUT,
                    m->kept == m->gone
                        ? "they are one person already"
                        : "one of them has been erased, or merged before");
    return both;
}

static bool
merge_in(Store *store, const Workspace *workspace, const Keys *keys,
         int64_t now, MergeResult *m, GError **error)
{
    EligibilityQuestion question = {.workspace = workspace,
                                    .candidate = m->kept};
    EligibilityAnswer answer;
    g_auto(Transaction) tx = store_begin(store, error);

    if (!tx.store || !count_moves(store, m, error) ||
        !candidate_merge_rows(store, workspace, keys, m->kept, m->gone,
                              g_get_user_name(), now, error) ||
        !eligibility_ask(store, &question, now, &answer, error))
        return false;
    m->after = answer.reason;
    return transaction_commit(&tx, error);
}

bool
candidate_merge(Store *store, const Workspace *workspace, const Keys *keys,
                bool dry_run, int64_t now, MergeResult *merge, GError **error)
{
    g_autoptr(Store) copy = NULL;

    if (dry_run) {
        copy = store_open_copy(store, error);
        if (!copy)
            return false;
    }
    return merge_in(copy ? copy : store, workspace, keys, now, merge, error);
}
