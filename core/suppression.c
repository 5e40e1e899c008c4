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

/* Two statements that end a suppression; that an address is undeliverable
 * stays. */
#define ENDING(whose)                                                          \
    {                                                                          \
        "UPDATE suppression SET reason = 'bounced' WHERE undeliverable = 1"    \
        " AND scope = 'all' AND " whose,                                       \
            "DELETE FROM suppression WHERE scope = 'all' AND " whose,          \
    }

/* `candidate` 0: the statements name none. */
static bool
end_by(Store *store, const char *const statements[2], const char *address_hmac,
       int64_t candidate, bool *out_ended, GError **error)
{
    g_assert(store_in_transaction(store));
    *out_ended = false;
    for (gsize i = 0; i < 2; i++) {
        g_autoptr(Statement) st = store_prepare(store, statements[i], error);
        if (!st)
            return false;
        statement_bind_text(st, ":hmac", address_hmac);
        if (candidate)
            statement_bind_int(st, ":candidate", candidate);
        if (!statement_run(st, error))
            return false;
        *out_ended |= store_changes(store) > 0;
    }
    return true;
}

bool
suppression_end_erasure(Store *store, const char *address_hmac, bool *out_ended,
                        GError **error)
{
    static const char *const statements[] =
        ENDING("reason = 'erased' AND address_hmac = :hmac");

    return end_by(store, statements, address_hmac, 0, out_ended, error);
}

bool
suppression_end_opt_out(Store *store, int64_t candidate,
                        const char *address_hmac, GError **error)
{
    static const char *const statements[] =
        ENDING("reason = 'opted_out' AND address_hmac IN"
               " (SELECT :hmac UNION ALL SELECT address_hmac FROM candidate"
               "   WHERE candidate_id = :candidate"
               "  UNION ALL SELECT address_hmac FROM candidate_address"
               "   WHERE candidate_id = :candidate)");
    bool ended;

    return end_by(store, statements, address_hmac, candidate, &ended, error);
}
