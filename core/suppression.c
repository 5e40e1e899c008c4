/* SPDX-License-Identifier: Apache-2.0 */
/* suppression.c - the list of addresses that get no mail any more */
#include "nurture/suppression.h"

#include <string.h>

/* That mail cannot be delivered there is true whatever the person wants:
 * service mail (a confirmation, a login link) asks for this alone. */
static bool
keep_bounce(Store *store, const char *address_hmac, GError **error)
{
    g_autoptr(Statement) st =
        store_prepare(store,
                      "UPDATE suppression SET undeliverable = 1"
                      " WHERE address_hmac = :hmac AND scope = 'all'",
                      error);

    if (!st)
        return false;
    statement_bind_text(st, ":hmac", address_hmac);
    return statement_run(st, error);
}

bool
suppression_add(Store *store, const char *address_hmac, const char *reason,
                const char *message_id, const char *evidence, int64_t now,
                bool *out_changed, GError **error)
{
    g_autoptr(Statement) st = store_prepare(
        store,
        "WITH strength (reason, rank) AS (VALUES ('bounced', 0),"
        "  ('manual', 1), ('opted_out', 2), ('complained', 3), ('erased', 4))"
        " INSERT INTO suppression (address_hmac, scope, reason, at,"
        "  message_id, evidence)"
        " VALUES (:hmac, 'all', :reason, :now, :message, :evidence)"
        " ON CONFLICT (address_hmac, scope) DO UPDATE SET"
        "  reason = excluded.reason, at = excluded.at,"
        "  message_id = excluded.message_id, evidence = excluded.evidence"
        " WHERE (SELECT rank FROM strength WHERE reason = excluded.reason)"
        "  > (SELECT rank FROM strength WHERE reason = suppression.reason)",
        error);

    g_assert(store_in_transaction(store));
    if (!st)
        return false;
    statement_bind_text(st, ":hmac", address_hmac);
    statement_bind_text(st, ":reason", reason);
    statement_bind_int(st, ":now", now);
    statement_bind_text(st, ":message", message_id);
    statement_bind_text(st, ":evidence", evidence);
    if (!statement_run(st, error))
        return false;
    if (out_changed)
        *out_changed = store_changes(store) > 0;
    return strcmp(reason, "bounced") != 0 ||
           keep_bounce(store, address_hmac, error);
}

bool
suppression_end_erasure(Store *store, const char *address_hmac, bool *out_ended,
                        GError **error)
{
#define TOMBSTONE                                                              \
    " scope = 'all' AND reason = 'erased' AND address_hmac = :hmac"
    static const char *const statements[] = {
        "UPDATE suppression SET reason = 'bounced'"
        " WHERE undeliverable = 1 AND" TOMBSTONE,
        "DELETE FROM suppression WHERE" TOMBSTONE,
    };

    g_assert(store_in_transaction(store));
    *out_ended = false;
    for (gsize i = 0; i < G_N_ELEMENTS(statements); i++) {
        g_autoptr(Statement) st = store_prepare(store, statements[i], error);
        if (!st)
            return false;
        statement_bind_text(st, ":hmac", address_hmac);
        if (!statement_run(st, error))
            return false;
        *out_ended |= store_changes(store) > 0;
    }
    return true;
#undef TOMBSTONE
}

bool
suppression_end_opt_out(Store *store, int64_t candidate,
                        const char *address_hmac, GError **error)
{
#define THEIRS                                                                 \
    " scope = 'all' AND reason = 'opted_out' AND address_hmac IN"              \
    " (SELECT :hmac UNION ALL SELECT address_hmac FROM candidate"              \
    "   WHERE candidate_id = :candidate"                                       \
    "  UNION ALL SELECT address_hmac FROM candidate_address"                   \
    "   WHERE candidate_id = :candidate)"
    static const char *const statements[] = {
        "UPDATE suppression SET reason = 'bounced'"
        " WHERE undeliverable = 1 AND" THEIRS,
        "DELETE FROM suppression WHERE" THEIRS,
    };

    g_assert(store_in_transaction(store));
    for (gsize i = 0; i < G_N_ELEMENTS(statements); i++) {
        g_autoptr(Statement) st = store_prepare(store, statements[i], error);
        if (!st)
            return false;
        statement_bind_text(st, ":hmac", address_hmac);
        statement_bind_int(st, ":candidate", candidate);
        if (!statement_run(st, error))
            return false;
    }
    return true;
#undef THEIRS
}
