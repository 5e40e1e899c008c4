/* SPDX-License-Identifier: Apache-2.0 */
/* alert.c - telling the operator, and pausing what should not go on */
#include "nurture/alert.h"

#include "nurture/clock.h"
#include "nurture/log.h"

bool
alert_raise(Store *store, const char *kind, const char *object,
            const char *detail, int64_t now, GError **error)
{
    g_autoptr(Statement) st = store_prepare(
        store,
        "INSERT INTO alert (kind, object, day, first_at, last_at, detail)"
        " VALUES (:kind, :object, :day, :now, :now, :detail)"
        " ON CONFLICT (kind, object, day) DO UPDATE SET"
        "  count = alert.count + 1, last_at = excluded.last_at",
        error);

    if (!st)
        return false;
    statement_bind_text(st, ":kind", kind);
    statement_bind_text(st, ":object", object);
    statement_bind_int(st, ":day", now / DAY_MS);
    statement_bind_int(st, ":now", now);
    statement_bind_text(st, ":detail", detail);
    return statement_run(st, error);
}

bool
pause_domain(Store *store, const char *domain, const char *reason,
             int64_t until, int64_t now, GError **error)
{
    g_autoptr(Statement) st = store_prepare(
        store,
        "INSERT INTO domain_pause (domain, until_at, reason, at)"
        " VALUES (:domain, :until, :reason, :now)"
        " ON CONFLICT (domain) DO UPDATE SET until_at = excluded.until_at,"
        "  reason = excluded.reason, at = excluded.at"
        " WHERE domain_pause.until_at < excluded.until_at",
        error);

    if (!st)
        return false;
    statement_bind_text(st, ":domain", domain);
    statement_bind_int(st, ":until", until);
    statement_bind_text(st, ":reason", reason);
    statement_bind_int(st, ":now", now);
    if (!statement_run(st, error))
        return false;
    log_warn("domain=%s paused reason=%s", domain, reason);
    return audit_add(store, "nurture", "pause domain", domain, reason, now,
                     error);
}

bool
pause_campaign(Store *store, const char *campaign, const char *reason,
               int64_t now, GError **error)
{
    g_autoptr(Statement) st =
        store_prepare(store,
                      "UPDATE campaign SET state = 'paused', paused_at = :now,"
                      "  pause_reason = :reason, updated_at = :now"
                      " WHERE state = 'running'"
                      "  AND (:campaign IS NULL OR campaign = :campaign)",
                      error);

    if (!st)
        return false;
    statement_bind_text(st, ":campaign", campaign);
    statement_bind_text(st, ":reason", reason);
    statement_bind_int(st, ":now", now);
    if (!statement_run(st, error))
        return false;
    if (store_changes(store) == 0)
        return true;
    log_warn("campaign=%s paused reason=%s", campaign ? campaign : "all",
             reason);
    return audit_add(store, "nurture", "pause campaign",
                     campaign ? campaign : "all", reason, now, error);
}
