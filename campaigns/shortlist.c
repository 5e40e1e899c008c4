/* SPDX-License-Identifier: Apache-2.0 */
/* shortlist.c - the people a person chose for a role */
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
audit(Store *store, const char *role, const char *action, int64_t candidate,
      int64_t now, GError **error)
{
    g_autoptr(Statement) st = store_prepare(
        store,
        "INSERT INTO audit (at, actor, action, object, detail)"
        " VALUES (:now, :actor, :action, :role, nullif(:candidate, 0))",
        error);

    if (!st)
        return false;
    statement_bind_int(st, ":now", now);
    statement_bind_text(st, ":actor", g_get_user_name());
    statement_bind_text(st, ":action", action);
    statement_bind_text(st, ":role", role);
    statement_bind_int(st, ":candidate", candidate);
    return statement_run(st, error);
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
    return audit(store, role, "shortlisted", 0, now, error) &&
           transaction_commit(&tx, error);
}

bool
shortlist_drop(Store *store, const char *role, int64_t candidate, bool back,
               int64_t now, GError **error)
{
    g_auto(Transaction) tx = store_begin(store, error);
    g_autoptr(Statement) st = NULL;

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
    return audit(store, role, back ? "kept" : "dropped", candidate, now,
                 error) &&
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
    return audit(store, role, "shortlist cleared", 0, now, error) &&
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
