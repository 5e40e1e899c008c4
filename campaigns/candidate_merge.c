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
    "  mail_gap = coalesce(max(candidate.mail_gap, g.mail_gap),"
    "   candidate.mail_gap, g.mail_gap),"
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
    g_autofree char *detail =
        g_strdup_printf("candidate %" G_GINT64_FORMAT, gone);

    return audit_candidate(store, actor, "merged", kept, detail, now, error);
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
    return candidate_take_fields(store, workspace->fields, kept, gone, error) &&
           score_recount(store, workspace, kept, error) &&
           close_record(store, kept, gone, now, error) &&
           note(store, kept, gone, actor, now, error);
}

/* -- by hand -------------------------------------------------------------- */

static void
value_free(gpointer data)
{
    MergeValue *v = data;

    g_free(v->kept);
    g_free(v->gone);
    g_free(v);
}

void
merge_result_clear(MergeResult *m)
{
    g_clear_pointer(&m->values, g_ptr_array_unref);
}

typedef struct {
    const GPtrArray *fields;
    char **values;
} Reading;

static bool
keep_values(int64_t candidate, const char *const *values, gpointer data)
{
    Reading *r = data;

    (void)candidate;
    r->values = g_new0(char *, r->fields->len + 1);
    for (guint i = 0; i < r->fields->len; i++)
        r->values[i] = g_strdup(values[i] ? values[i] : "");
    return true;
}

static char **
values_of(Store *store, const Workspace *workspace, const GPtrArray *fields,
          int64_t candidate, int64_t now, GError **error)
{
    Reading r = {fields, NULL};

    return candidate_fields(store, workspace, candidate,
                            (const Field *const *)fields->pdata, fields->len,
                            now, keep_values, &r, error)
               ? r.values
               : NULL;
}

/* What `gone` says otherwise than `kept`, or alone. Sets are united, notes
 * joined: nothing of them is lost. */
static bool
compare_values(Store *store, const Workspace *workspace, int64_t now,
               MergeResult *m, GError **error)
{
    g_autoptr(GPtrArray) fields = g_ptr_array_new();
    g_auto(GStrv) kept = NULL, gone = NULL;

    for (guint i = 0; i < field_set_size(workspace->fields); i++) {
        const Field *f = field_set_get(workspace->fields, i);
        if (f->column && field_is_settable(f) && strcmp(f->name, "notes") != 0)
            g_ptr_array_add(fields, (gpointer)f);
    }
    kept = values_of(store, workspace, fields, m->kept, now, error);
    if (kept)
        gone = values_of(store, workspace, fields, m->gone, now, error);
    for (guint i = 0; gone && i < fields->len; i++) {
        const Field *f = g_ptr_array_index(fields, i);
        MergeValue *v;
        if (!*gone[i] || strcmp(kept[i], gone[i]) == 0 || f->never_missing)
            continue;
        v = g_new0(MergeValue, 1);
        *v = (MergeValue){f, *kept[i] ? g_strdup(kept[i]) : NULL,
                          g_strdup(gone[i])};
        g_ptr_array_add(m->values, v);
    }
    return gone != NULL;
}

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

    merge_result_clear(m);
    m->values = g_ptr_array_new_with_free_func(value_free);
    if (!tx.store || !count_moves(store, m, error) ||
        !compare_values(store, workspace, now, m, error) ||
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
