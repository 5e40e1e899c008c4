/* SPDX-License-Identifier: Apache-2.0 */
/* fact.c - small things to remember, by name */
#include "nurture/fact.h"

bool
fact_set(Store *store, const char *name, const char *value, GError **error)
{
    g_autoptr(Statement) st = store_prepare(
        store,
        "INSERT INTO fact (name, value) VALUES (:name, :value)"
        " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        error);

    g_assert(store_in_transaction(store));
    if (!st)
        return false;
    statement_bind_text(st, ":name", name);
    statement_bind_text(st, ":value", value);
    return statement_run(st, error);
}

bool
fact_get(Store *store, const char *name, char **out, GError **error)
{
    g_autoptr(Statement) st = store_prepare(
        store, "SELECT value FROM fact WHERE name = :name", error);

    *out = NULL;
    if (!st)
        return false;
    statement_bind_text(st, ":name", name);
    if (statement_step(st))
        *out = g_strdup(statement_text(st, 0));
    return statement_end(st, error);
}
