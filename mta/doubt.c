/* SPDX-License-Identifier: Apache-2.0 */
/* doubt.c - rows of a restored copy that may have left since it was made */
#include "nurture/doubt.h"

#include "nurture/error.h"
#include "nurture/fact.h"

#define DOUBTS_AT_ONCE 500

/* The next rows, in an array of their ids. */
static GPtrArray *
due_rows(Store *store, int64_t now, GError **error)
{
    g_autoptr(GPtrArray) ids = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(Statement) st = store_prepare(
        store,
        "SELECT message_id FROM message"
        " WHERE state IN ('scheduled', 'deferred') AND not_before <= :now"
        " LIMIT :limit",
        error);

    if (!st)
        return NULL;
    statement_bind_int(st, ":now", now);
    statement_bind_int(st, ":limit", DOUBTS_AT_ONCE);
    while (statement_step(st))
        g_ptr_array_add(ids, g_strdup(statement_text(st, 0)));
    if (!statement_end(st, error))
        return NULL;
    return g_steal_pointer(&ids);
}

static bool
doubt_one(Store *store, const Composer *composer, const char *id, int64_t now,
          GError **error)
{
    g_autoptr(Statement) st = store_prepare(
        store,
        "UPDATE message SET state = 'in_doubt', doubt_cause = 'crash',"
        "  last_text = 'restored from a copy', updated_at = :now"
        " WHERE message_id = :id",
        error);

    if (!st)
        return false;
    statement_bind_int(st, ":now", now);
    statement_bind_text(st, ":id", id);
    return statement_run(st, error) &&
           composer->settled(composer->data, store, id, "in_doubt", now, error);
}

static bool
doubt_some(Store *store, const Composer *composer, const GPtrArray *ids,
           int64_t now, GError **error)
{
    g_auto(Transaction) tx = store_begin(store, error);

    if (!tx.store)
        return false;
    for (guint i = 0; i < ids->len; i++)
        if (!doubt_one(store, composer, ids->pdata[i], now, error))
            return false;
    return transaction_commit(&tx, error);
}

bool
outbox_doubt_due(Store *store, const Composer *composer, int64_t now,
                 int64_t *out_count, GError **error)
{
    *out_count = 0;
    for (;;) {
        g_autoptr(GPtrArray) ids = due_rows(store, now, error);
        if (!ids || !doubt_some(store, composer, ids, now, error))
            return false;
        *out_count += ids->len;
        if (ids->len < DOUBTS_AT_ONCE)
            return true;
    }
}

bool
message_is_in_doubt(Store *store, const char *id, bool *out, GError **error)
{
    g_autoptr(Statement) st = store_prepare(
        store,
        "SELECT 1 FROM message WHERE message_id = :id AND state = 'in_doubt'",
        error);

    if (!st)
        return false;
    statement_bind_text(st, ":id", id);
    *out = statement_step(st);
    return statement_end(st, error);
}

bool
outbox_clear_doubt(Store *store, const Composer *composer, GHashTable *accepted,
                   const char *evidence, int64_t now, int64_t *out_count,
                   GError **error)
{
    g_auto(Transaction) tx = store_begin(store, error);
    GHashTableIter iter;
    gpointer id;

    *out_count = 0;
    if (!tx.store)
        return false;
    g_hash_table_iter_init(&iter, accepted);
    while (g_hash_table_iter_next(&iter, &id, NULL)) {
        bool doubtful;
        if (!message_is_in_doubt(store, id, &doubtful, error))
            return false;
        if (!doubtful)
            continue;
        if (!outbox_resolve(store, id, false, evidence, now, error) ||
            !composer->settled(composer->data, store, id, "sent", now, error))
            return false;
        ++*out_count;
    }
    return transaction_commit(&tx, error);
}

bool
outbox_may_send(Store *store, GError **error)
{
    g_autofree char *restoring = NULL;

    if (!fact_get(store, FACT_RESTORING, &restoring, error))
        return false;
    if (!restoring)
        return true;
    g_set_error(error, NURTURE_ERROR, ERROR_REFUSED,
                "a restore was not finished, so nothing is sent: run 'nurture "
                "restore FILE' again");
    return false;
}
