/* SPDX-License-Identifier: Apache-2.0 */
/* suppression.c - the list of addresses that get no mail any more */
#include "nurture/suppression.h"

bool
suppression_add(Store *store, const char *address_hmac, const char *scope,
                const char *reason, const char *message_id,
                const char *evidence, int64_t now, GError **error)
{
    g_autoptr(Statement) st = store_prepare(
        store,
        "INSERT INTO suppression (address_hmac, scope, reason, at,"
        "  message_id, evidence)"
        " VALUES (:hmac, :scope, :reason, :now, :message, :evidence)"
        " ON CONFLICT (address_hmac, scope) DO NOTHING",
        error);

    g_assert(store_in_transaction(store));
    if (!st)
        return false;
    statement_bind_text(st, ":hmac", address_hmac);
    statement_bind_text(st, ":scope", scope);
    statement_bind_text(st, ":reason", reason);
    statement_bind_int(st, ":now", now);
    statement_bind_text(st, ":message", message_id);
    statement_bind_text(st, ":evidence", evidence);
    return statement_run(st, error);
}
