/* SPDX-License-Identifier: Apache-2.0 */
/* ats_sync.c - how fresh the news are, and erasing whom the ATS has erased */
#include "ats-writer.h"

#include "nurture/error.h"
#include "nurture/fact.h"

bool
ats_synced_at(Store *store, int64_t *out, GError **error)
{
    g_autofree char *value = NULL;

    *out = 0;
    if (!fact_get(store, "ats.synced_at", &value, error))
        return false;
    if (value)
        *out = g_ascii_strtoll(value, NULL, 10);
    return true;
}

bool
ats_is_stale(Store *store, const Workspace *workspace, int64_t now, bool *out,
             GError **error)
{
    int64_t synced;

    if (!ats_synced_at(store, &synced, error))
        return false;
    *out = (synced || workspace_has_ats(workspace)) &&
           workspace_ats_expires(workspace, synced) < now;
    return true;
}

bool
ats_set_synced(Store *store, int64_t now, GError **error)
{
    g_autoptr(Statement) st =
        store_prepare(store,
                      "INSERT INTO fact (name, value)"
                      " VALUES ('ats.synced_at', CAST(:now AS TEXT))"
                      " ON CONFLICT (name) DO UPDATE SET value = excluded.value"
                      "  WHERE CAST(excluded.value AS INTEGER) >"
                      "   CAST(fact.value AS INTEGER)",
                      error);

    if (!st)
        return false;
    statement_bind_int(st, ":now", now);
    return statement_run(st, error);
}

static GArray *
due_people(Store *store, int64_t before, GError **error)
{
    g_autoptr(GArray) people = g_array_new(FALSE, FALSE, sizeof(int64_t));
    g_autoptr(Statement) st = store_prepare(
        store,
        "SELECT DISTINCT i.candidate_id FROM ats_identity i"
        " JOIN candidate c ON c.candidate_id = i.candidate_id"
        " WHERE i.deleted_at IS NOT NULL AND i.deleted_at <= :before"
        "  AND i.merged_into IS NULL AND c.erased_at IS NULL",
        error);

    if (!st)
        return NULL;
    statement_bind_int(st, ":before", before);
    while (statement_step(st)) {
        int64_t id = statement_int(st, 0);
        g_array_append_val(people, id);
    }
    return statement_end(st, error) ? g_steal_pointer(&people) : NULL;
}

/* One whose mail is leaving at this moment comes next time. */
bool
ats_erase_due(Store *store, const Workspace *workspace, const Keys *keys,
              int64_t now, int64_t *out_erased, GError **error)
{
    g_autoptr(GArray) people =
        due_people(store, now - workspace->ats.erase_after_ms, error);

    *out_erased = 0;
    if (!people)
        return false;
    for (guint i = 0; i < people->len; i++) {
        g_autoptr(GError) failed = NULL;
        if (candidate_erase(store, workspace, keys,
                            g_array_index(people, int64_t, i), now, &failed)) {
            ++*out_erased;
        } else if (!g_error_matches(failed, NURTURE_ERROR, ERROR_TEMPORARY)) {
            g_propagate_error(error, g_steal_pointer(&failed));
            return false;
        }
    }
    return true;
}
