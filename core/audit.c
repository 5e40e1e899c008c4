/* SPDX-License-Identifier: Apache-2.0 */
/* audit.c - who did what, and when */
#include "nurture/audit.h"

bool
audit_add(Store *store, const char *actor, const char *action,
          const char *object, const char *detail, int64_t now, GError **error)
{
    g_autoptr(Statement) st =
        store_prepare(store,
                      "INSERT INTO audit (at, actor, action, object, detail)"
                      " VALUES (:now, :actor, :action, :object, :detail)",
                      error);

    if (!st)
        return false;
    statement_bind_int(st, ":now", now);
    statement_bind_text(st, ":actor", actor);
    statement_bind_text(st, ":action", action);
    statement_bind_text(st, ":object", object);
    statement_bind_text(st, ":detail", detail);
    return statement_run(st, error);
}

bool
audit_candidate(Store *store, const char *actor, const char *action,
                int64_t candidate, const char *detail, int64_t now,
                GError **error)
{
    g_autofree char *object =
        g_strdup_printf("candidate %" G_GINT64_FORMAT, candidate);

    return audit_add(store, actor ? actor : g_get_user_name(), action, object,
                     detail, now, error);
}

bool
audit_each(Store *store, const AuditQuery *query,
           void (*entry)(const AuditEntry *entry, gpointer data), gpointer data,
           GError **error)
{
    g_autoptr(Statement) st = store_prepare(
        store,
        "SELECT audit_id, at, actor, action, object, detail FROM audit"
        " WHERE at >= :since AND (:actor IS NULL OR actor = :actor)"
        "  AND (:action IS NULL OR action = :action)"
        "  AND (:object IS NULL OR object = :object)"
        " ORDER BY audit_id DESC LIMIT :limit",
        error);

    if (!st)
        return false;
    statement_bind_int(st, ":since", query->since);
    statement_bind_text(st, ":actor", query->actor);
    statement_bind_text(st, ":action", query->action);
    statement_bind_text(st, ":object", query->object);
    statement_bind_int(st, ":limit", query->limit);
    while (statement_step(st)) {
        AuditEntry e = {statement_int(st, 0),  statement_int(st, 1),
                        statement_text(st, 2), statement_text(st, 3),
                        statement_text(st, 4), statement_text(st, 5)};
        entry(&e, data);
    }
    return statement_end(st, error);
}
