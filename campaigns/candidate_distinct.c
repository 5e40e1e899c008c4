/* SPDX-License-Identifier: Apache-2.0 */
/* candidate_distinct.c - a human says of whom a record in doubt is */
#include "ats-writer.h"

#include "nurture/audit.h"
#include "nurture/error.h"

#include <string.h>

/* Records that may be either's. The one that is not meant is left alone from
 * now on, whenever the record comes again. */
static const char clear_other[] =
    "UPDATE ats_conflict SET cleared_at = :now"
    " WHERE candidate_id = :other AND cleared_at IS NULL"
    "  AND EXISTS (SELECT 1 FROM ats_conflict y WHERE y.src = ats_conflict.src"
    "    AND y.remote_id = ats_conflict.remote_id AND y.cleared_at IS NULL"
    "    AND y.candidate_id = :owner"
    "   UNION ALL SELECT 1 FROM ats_identity i WHERE i.src = ats_conflict.src"
    "    AND i.remote_id = ats_conflict.remote_id AND i.candidate_id = :owner)";

/* In this order. A record of nobody is the owner's as soon as nobody else is
 * left; `updated_at` 0 lets the ATS say once more what it said before. */
static const char *const statements[] = {
    "UPDATE hold SET lifted_at = :now WHERE candidate_id = :other"
    " AND lifted_at IS NULL AND EXISTS (SELECT 1 FROM ats_conflict x"
    "  WHERE x.candidate_id = :other AND x.cleared_at = :now"
    "   AND hold.origin = 'ats no mail ' || x.src || '/' || x.remote_id)",
    "UPDATE ats_identity SET candidate_id = :owner, updated_at = 0"
    " WHERE candidate_id IS NULL AND EXISTS (SELECT 1 FROM ats_conflict x"
    "  WHERE x.src = ats_identity.src AND x.remote_id = ats_identity.remote_id"
    "   AND x.candidate_id = :owner AND x.cleared_at IS NULL)"
    " AND NOT EXISTS (SELECT 1 FROM ats_conflict x"
    "  WHERE x.src = ats_identity.src AND x.remote_id = ats_identity.remote_id"
    "   AND x.candidate_id <> :owner AND x.cleared_at IS NULL)",
    "UPDATE application SET candidate_id = :owner WHERE candidate_id IS NULL"
    " AND EXISTS (SELECT 1 FROM ats_identity i WHERE i.src = application.src"
    "  AND i.remote_id = application.candidate_remote"
    "  AND i.candidate_id = :owner)",
    "DELETE FROM ats_conflict WHERE candidate_id = :owner"
    " AND EXISTS (SELECT 1 FROM ats_identity i WHERE i.src = ats_conflict.src"
    "  AND i.remote_id = ats_conflict.remote_id AND i.candidate_id = :owner)",
};

typedef struct {
    Store *store;
    int64_t owner, other, now;
    const char *actor;
} Telling;

static bool
run(const Telling *t, const char *sql, GError **error)
{
    g_autoptr(Statement) st = store_prepare(t->store, sql, error);

    if (!st)
        return false;
    if (strstr(sql, ":owner"))
        statement_bind_int(st, ":owner", t->owner);
    if (strstr(sql, ":other"))
        statement_bind_int(st, ":other", t->other);
    if (strstr(sql, ":now"))
        statement_bind_int(st, ":now", t->now);
    return statement_run(st, error);
}

static bool
note(const Telling *t, GError **error)
{
    g_autofree char *detail =
        g_strdup_printf("candidate %" G_GINT64_FORMAT, t->other);

    return audit_candidate(t->store, t->actor, "told apart", t->owner, detail,
                           t->now, error);
}

static bool
settle(AtsWriter *w, int64_t owner, GError **error)
{
    return ats_touch(w, owner, error) && ats_settle(w, owner, error);
}

bool
candidate_tell_apart(Store *store, const Workspace *workspace, const Keys *keys,
                     int64_t owner, int64_t other, const char *actor,
                     int64_t now, int64_t *out_records, GError **error)
{
    const Telling t = {store, owner, other, now, actor};
    AtsResult result = {0};
    g_autoptr(AtsWriter) w =
        ats_writer_new(store, workspace, keys, now, &result, error);
    g_auto(Transaction) tx = {NULL};
    bool ok;

    if (w)
        tx = store_begin(store, error);
    ok = tx.store && run(&t, clear_other, error);
    *out_records = ok ? store_changes(store) : 0;
    if (ok && *out_records == 0) {
        g_set_error(error, NURTURE_ERROR, ERROR_INPUT,
                    "no record is in doubt between them, or it is the other's "
                    "already; see: nurture candidates merge --list");
        ok = false;
    }
    for (gsize i = 0; ok && i < G_N_ELEMENTS(statements); i++)
        ok = run(&t, statements[i], error);
    ok = ok && note(&t, error) && settle(w, owner, error) &&
         transaction_commit(&tx, error);
    ats_result_clear(&result);
    return ok;
}
