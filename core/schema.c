/* SPDX-License-Identifier: Apache-2.0 */
/* schema.c - append-only migrations, keyed by PRAGMA user_version */
#include "schema.h"

#include "nurture/embedded.h"
#include "nurture/error.h"

#include <string.h>

/* BIGINT and friends are what every SQL database understands; SQLite's STRICT
 * tables want its own names, and INTEGER for a rowid. */
static char *
schema_for_sqlite(const char *portable)
{
    g_autoptr(GString) sql = g_string_new(portable);

    g_string_replace(sql, "DOUBLE PRECISION", "REAL", 0);
    g_string_replace(sql, "BIGINT", "INTEGER", 0);
    g_string_replace(sql, "BYTEA", "BLOB", 0);
    g_string_replace(sql, "\n);\n", "\n) STRICT;\n", 0);
    return g_string_free(g_steal_pointer(&sql), FALSE);
}

static bool
user_version(Store *store, int64_t *out, GError **error)
{
    g_autoptr(Statement) st =
        store_prepare(store, "PRAGMA user_version", error);

    if (!st)
        return false;
    if (statement_step(st))
        *out = statement_int(st, 0);
    return statement_end(st, error);
}

static bool
migrate_one(Store *store, int64_t version, const Embedded *file, GError **error)
{
    g_autofree char *sql = schema_for_sqlite(file->start);
    g_autofree char *pragma =
        g_strdup_printf("PRAGMA user_version = %" G_GINT64_FORMAT, version);
    int64_t now_there = 0;
    g_auto(Transaction) tx = store_begin(store, error);

    if (!tx.store || !user_version(store, &now_there, error))
        return false;
    if (now_there >= version) /* another process was first */
        return true;
    if (!store_exec(store, sql, error) || !store_exec(store, pragma, error)) {
        g_prefix_error(error, "%s: ", file->path);
        return false;
    }
    return transaction_commit(&tx, error);
}

bool
schema_migrate(Store *store, GError **error)
{
    int64_t have = 0, version = 1;
    const Embedded *file;

    if (!user_version(store, &have, error))
        return false;
    for (;; version++) {
        g_autofree char *path = g_strdup_printf(
            "core/data/schema-%03" G_GINT64_FORMAT ".sql", version);
        file = embedded_find(path);
        if (!file)
            break;
        if (version > have && !migrate_one(store, version, file, error))
            return false;
    }
    if (have >= version) {
        g_set_error(error, NURTURE_ERROR, ERROR_STORE,
                    "%s was written by a newer nurture (schema %d, this "
                    "program knows %d): install that version",
                    store_path(store), (int)have, (int)version - 1);
        return false;
    }
    return true;
}
