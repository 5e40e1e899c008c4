/* SPDX-License-Identifier: Apache-2.0 */
/* reslot.c - mail that waits in the outbox beyond the end of its slot
 *
 * What the rate did not let through today is moved to the next slot all at
 * once, for each zone and country, before it stands in the way of mail that
 * may leave now. */
#include "reslot.h"

#include "nurture/clock.h"

enum { CHUNK = 1000 };

#define OVERDUE (15 * MINUTE_MS)

typedef struct {
    char *campaign, *snapshot, *time_zone, *country;
} Group;

static void
group_free(gpointer p)
{
    Group *g = p;

    g_free(g->campaign);
    g_free(g->snapshot);
    g_free(g->time_zone);
    g_free(g->country);
    g_free(g);
}

static GPtrArray *
overdue_groups(Store *store, int64_t now, GError **error)
{
    g_autoptr(GPtrArray) list = g_ptr_array_new_with_free_func(group_free);
    g_autoptr(Statement) st = store_prepare(
        store,
        "SELECT DISTINCT m.campaign, m.snapshot, c.time_zone, c.country"
        " FROM message m JOIN candidate c ON c.candidate_id = m.candidate_id"
        " WHERE m.state IN ('scheduled','deferred') AND m.kind = 'campaign'"
        "  AND m.not_before <= :before",
        error);

    if (!st)
        return NULL;
    statement_bind_int(st, ":before", now - OVERDUE);
    while (statement_step(st)) {
        Group *g = g_new(Group, 1);
        *g = (Group){
            g_strdup(statement_text(st, 0)), g_strdup(statement_text(st, 1)),
            g_strdup(statement_text(st, 2)), g_strdup(statement_text(st, 3))};
        g_ptr_array_add(list, g);
    }
    return statement_end(st, error) ? g_steal_pointer(&list) : NULL;
}

/* Returns how many; -1 on error. */
static int64_t
move_chunk(Store *store, const Group *g, int64_t next, int64_t now,
           GError **error)
{
    g_auto(Transaction) tx = store_begin(store, error);
    g_autoptr(Statement) st = NULL;
    int64_t moved;

    if (!tx.store)
        return -1;
    st = store_prepare(
        store,
        "UPDATE message SET not_before = :next, updated_at = :now"
        " WHERE state IN ('scheduled','deferred') AND message_id IN"
        "  (SELECT m.message_id FROM message m"
        "   JOIN candidate c ON c.candidate_id = m.candidate_id"
        "   WHERE m.state IN ('scheduled','deferred')"
        "    AND m.not_before <= :now AND m.campaign = :campaign"
        "    AND m.snapshot = :snapshot AND c.time_zone IS :zone"
        "    AND c.country IS :country AND m.not_after > :now LIMIT :limit)",
        error);
    if (!st)
        return -1;
    statement_bind_int(st, ":next", next);
    statement_bind_int(st, ":now", now);
    statement_bind_text(st, ":campaign", g->campaign);
    statement_bind_text(st, ":snapshot", g->snapshot);
    statement_bind_text(st, ":zone", g->time_zone);
    statement_bind_text(st, ":country", g->country);
    statement_bind_int(st, ":limit", CHUNK);
    if (!statement_run(st, error))
        return -1;
    moved = store_changes(store);
    return transaction_commit(&tx, error) ? moved : -1;
}

static bool
move_group(Live *live, Store *store, const Group *g, int64_t now,
           int64_t *out_moved, GError **error)
{
    const LiveCampaign *lc =
        live_campaign(live, g->campaign, g->snapshot, error);
    int64_t next, n = CHUNK;
    Slot slot;

    if (!lc)
        return false;
    slot_init(&slot, live_workspace(live), &lc->campaign->window,
              !lc->campaign->ignore_holidays, g->time_zone, g->country);
    next = slot_next(&slot, now);
    if (next < 0)
        next = now + DAY_MS;
    while (next > now && n == CHUNK) {
        n = move_chunk(store, g, next, now, error);
        *out_moved += MAX(n, 0);
    }
    return n >= 0;
}

bool
reslot_overdue(Live *live, Store *store, int64_t now, int64_t *out_moved,
               GError **error)
{
    g_autoptr(GPtrArray) groups = overdue_groups(store, now, error);

    *out_moved = 0;
    if (!groups)
        return false;
    for (guint i = 0; i < groups->len; i++)
        if (!move_group(live, store, groups->pdata[i], now, out_moved, error))
            return false;
    return true;
}
