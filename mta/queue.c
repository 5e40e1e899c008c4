/* SPDX-License-Identifier: Apache-2.0 */
/* queue.c - retry, hold, cancel: a person's word about one message */
#include "nurture/queue.h"

#include "claim.h"
#include "nurture/clock.h"
#include "nurture/outbox.h"

#include <string.h>

static bool
run_for(Statement *st, const char *message_id, int64_t now, bool *out_done,
        Store *store, GError **error)
{
    statement_bind_text(st, ":id", message_id);
    statement_bind_int(st, ":now", now);
    if (!statement_run(st, error))
        return false;
    *out_done = store_changes(store) == 1;
    return true;
}

/* What is in doubt is another question: queue resolve. */
static bool
retry_dead(Store *store, const char *message_id, int64_t now, bool *out_done,
           GError **error)
{
    g_autoptr(Statement) st = store_prepare(
        store,
        "SELECT 1 FROM message WHERE message_id = :id AND state = 'dead'",
        error);
    bool dead;

    if (!st)
        return false;
    statement_bind_text(st, ":id", message_id);
    dead = statement_step(st);
    return statement_end(st, error) &&
           (!dead ||
            outbox_resend(store, message_id, false, now, out_done, error));
}

bool
queue_retry(Store *store, const char *message_id, int64_t now, bool *out_done,
            GError **error)
{
    g_autoptr(Statement) st = store_prepare(
        store,
        "UPDATE message SET not_before = :now, updated_at = :now,"
        "  not_after = CASE WHEN not_after > :now THEN not_after"
        "   ELSE :until END,"
        "  last_text = CASE last_text WHEN 'held' THEN NULL ELSE last_text END"
        " WHERE message_id = :id AND state IN ('scheduled', 'deferred')",
        error);

    g_assert(store_in_transaction(store));
    if (!st)
        return false;
    statement_bind_int(st, ":until", now + 2 * DAY_MS);
    if (!run_for(st, message_id, now, out_done, store, error))
        return false;
    return *out_done || retry_dead(store, message_id, now, out_done, error);
}

bool
queue_hold(Store *store, const char *message_id, int64_t now, bool *out_done,
           GError **error)
{
    g_autoptr(Statement) st =
        store_prepare(store,
                      "UPDATE message SET not_before = :held,"
                      "  last_text = 'held', updated_at = :now"
                      " WHERE message_id = :id"
                      "  AND state IN ('scheduled', 'deferred')",
                      error);

    g_assert(store_in_transaction(store));
    if (!st)
        return false;
    statement_bind_int(st, ":held", QUEUE_HELD);
    return run_for(st, message_id, now, out_done, store, error);
}

/* A claimed row loses its owner: its mark then changes nothing, and no dot
 * leaves. */
bool
queue_cancel(Store *store, const Composer *composer, const char *message_id,
             int64_t now, bool *out_done, GError **error)
{
    g_autoptr(Statement) st = store_prepare(
        store,
        "UPDATE message SET state = 'cancelled', owner = NULL,"
        "  last_text = 'operator', updated_at = :now"
        " WHERE message_id = :id"
        "  AND state IN ('scheduled', 'deferred', 'claimed', 'dead')",
        error);

    g_assert(store_in_transaction(store));
    if (!st)
        return false;
    if (!run_for(st, message_id, now, out_done, store, error))
        return false;
    if (!*out_done)
        return true;
    return message_forget_bytes(store, message_id, error) &&
           (!composer || !composer->settled ||
            composer->settled(composer->data, store, message_id, "cancelled",
                              now, error));
}
