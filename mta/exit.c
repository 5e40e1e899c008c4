/* SPDX-License-Identifier: Apache-2.0 */
/* exit.c - the end of a candidate's way through a campaign */
#include "nurture/exit.h"

#include "nurture/event.h"
#include "nurture/outbox.h"

/* One event per campaign that is left, before the rows change. */
static bool
record_exits(Store *store, const Workspace *workspace, int64_t candidate,
             const char *campaign, const char *reason, int64_t now,
             GError **error)
{
    g_autofree char *detail = g_strdup_printf("{\"reason\":\"%s\"}", reason);
    g_autoptr(Statement) st = store_prepare(
        store,
        "SELECT campaign FROM enrolment WHERE candidate_id = :candidate"
        "  AND (:campaign IS NULL OR campaign = :campaign)"
        "  AND state IN ('active', 'waiting')",
        error);

    if (!st)
        return false;
    statement_bind_int(st, ":candidate", candidate);
    statement_bind_text(st, ":campaign", campaign);
    while (statement_step(st)) {
        Event event = {.candidate = candidate,
                       .kind = "exited",
                       .campaign = statement_text(st, 0),
                       .at = now,
                       .detail = detail};
        if (!event_record(store, workspace, &event, NULL, error))
            return false;
    }
    return statement_end(st, error);
}

bool
enrolment_exit(Store *store, const Workspace *workspace, int64_t candidate,
               const char *campaign, const char *reason, int64_t now,
               GError **error)
{
    g_autoptr(Statement) st = NULL;

    if (!record_exits(store, workspace, candidate, campaign, reason, now,
                      error))
        return false;
    st = store_prepare(
        store,
        "UPDATE enrolment SET state = 'exited', exit_reason = :reason,"
        "  due_at = NULL, updated_at = :now"
        " WHERE candidate_id = :candidate"
        "  AND (:campaign IS NULL OR campaign = :campaign)"
        "  AND state IN ('active', 'waiting')",
        error);
    if (!st)
        return false;
    statement_bind_int(st, ":candidate", candidate);
    statement_bind_text(st, ":campaign", campaign);
    statement_bind_text(st, ":reason", reason);
    statement_bind_int(st, ":now", now);
    return statement_run(st, error) &&
           outbox_cancel(store, candidate, campaign, reason, now, error);
}
