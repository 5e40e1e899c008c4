/* SPDX-License-Identifier: Apache-2.0 */
/* shortlist.c - the people a person chose for a role */
#include "nurture/audit.h"
#include "nurture/error.h"
#include "nurture/role.h"

static bool
add_one(Store *store, const char *role, const ShortlistEntry *e, int64_t now,
        GError **error)
{
    g_autoptr(Statement) st = store_prepare(
        store,
        "INSERT INTO shortlist (role, candidate_id, points, made_at)"
        " VALUES (:role, :candidate, :points, :now)"
        " ON CONFLICT (role, candidate_id) DO NOTHING",
        error);

    if (!st)
        return false;
    statement_bind_text(st, ":role", role);
    statement_bind_int(st, ":candidate", e->candidate);
    statement_bind_double(st, ":points", e->points);
    statement_bind_int(st, ":now", now);
    return statement_run(st, error);
}

static bool
note(Store *store, const char *role, const char *action, const char *detail,
     int64_t now, GError **error)
{
    return audit_add(store, g_get_user_name(), action, role, detail, now,
                     error);
}

bool
shortlist_add(Store *store, const char *role, const GArray *people, int64_t now,
              int64_t *out_added, GError **error)
{
    g_auto(Transaction) tx = store_begin(store, error);

    *out_added = 0;
    if (!tx.store)
        return false;
    for (guint i = 0; i < people->len; i++) {
        if (!add_one(store, role, &g_array_index(people, ShortlistEntry, i),
                     now, error))
            return false;
        *out_added += store_changes(store);
    }
    return note(store, role, "shortlisted", NULL, now, error) &&
           transaction_commit(&tx, error);
}

bool
shortlist_drop(Store *store, const char *role, int64_t candidate, bool back,
               int64_t now, GError **error)
{
    g_auto(Transaction) tx = store_begin(store, error);
    g_autoptr(Statement) st = NULL;
    g_autofree char *who = NULL;

    if (!tx.store)
        return false;
    st = store_prepare(store,
                       "UPDATE shortlist SET dropped_at ="
                       "  CASE WHEN :back THEN NULL ELSE :now END"
                       " WHERE role = :role AND candidate_id = :candidate",
                       error);
    if (!st)
        return false;
    statement_bind_text(st, ":role", role);
    statement_bind_int(st, ":candidate", candidate);
    statement_bind_int(st, ":back", back);
    statement_bind_int(st, ":now", now);
    if (!statement_run(st, error))
        return false;
    if (store_changes(store) == 0) {
        g_set_error(error, NURTURE_ERROR, ERROR_NOT_FOUND,
                    "candidate %" G_GINT64_FORMAT
                    " is not on the list for '%s'",
                    candidate, role);
        return false;
    }
    who = g_strdup_printf("candidate %" G_GINT64_FORMAT, candidate);
    return note(store, role, back ? "kept" : "dropped", who, now, error) &&
           transaction_commit(&tx, error);
}

bool
shortlist_clear(Store *store, const char *role, int64_t now,
                int64_t *out_removed, GError **error)
{
    g_auto(Transaction) tx = store_begin(store, error);
    g_autoptr(Statement) st = NULL;

    if (!tx.store)
        return false;
    st =
        store_prepare(store, "DELETE FROM shortlist WHERE role = :role", error);
    if (!st)
        return false;
    statement_bind_text(st, ":role", role);
    if (!statement_run(st, error))
        return false;
    *out_removed = store_changes(store);
    return note(store, role, "shortlist cleared", NULL, now, error) &&
           transaction_commit(&tx, error);
}

bool
shortlist_count(Store *store, const char *role, int64_t *out, GError **error)
{
    g_autoptr(Statement) st =
        store_prepare(store,
                      "SELECT count(*) FROM shortlist"
                      " WHERE role = :role AND dropped_at IS NULL",
                      error);

    if (!st)
        return false;
    statement_bind_text(st, ":role", role);
    *out = statement_step(st) ? statement_int(st, 0) : 0;
    return statement_end(st, error);
}
