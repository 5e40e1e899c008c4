/* SPDX-License-Identifier: Apache-2.0 */
/* reslot_changed.c - a new holiday, or another window, for what is to come */
#include "reslot.h"

#include "enrolment.h"

#include "nurture/fact.h"
#include "nurture/log.h"

enum { CHUNK = 500 };

typedef struct {
    Live *live;
    Store *store;
    int64_t now, moved;
} Reslot;

/* What the workspace says about time; a campaign's own window is as frozen as
 * its mails. */
static char *
fingerprint(const Workspace *w)
{
    g_autofree char *window = send_window_format(&w->sending.window);
    const SendWindow *waking = &w->sending.waking;

    return g_strdup_printf("%s; awake %u %d-%d; %s; %016" G_GINT64_MODIFIER "x",
                           window, waking->days, waking->start, waking->end,
                           w->time_zone ? w->time_zone : "",
                           holidays_fingerprint(w->holidays));
}

/* ---- mail, and the steps of people -------------------------------------- */

typedef struct {
    const char *find, *move;
} Kind;

#define PERSON "c.time_zone, c.country"

static const Kind kinds[] = {
    {"SELECT m.rowid, m.not_before, m.campaign, m.snapshot, " PERSON ","
     "  m.message_id FROM message m"
     " JOIN candidate c ON c.candidate_id = m.candidate_id"
     " JOIN campaign g ON g.campaign = m.campaign"
     "  AND g.state IN ('running', 'paused')"
     " WHERE m.rowid > :row AND m.state IN ('scheduled', 'deferred')"
     "  AND m.kind = 'campaign' AND m.not_before > :now"
     "  AND m.not_before < 253402300799000" /* QUEUE_HELD */
     " ORDER BY m.rowid LIMIT :limit",
     "UPDATE message SET not_before = :to, updated_at = :now"
     " WHERE rowid = :row AND state IN ('scheduled', 'deferred')"
     "  AND not_after > :to"},
    {"SELECT e.rowid, e.due_at, e.campaign, e.snapshot, " PERSON ", NULL"
     " FROM enrolment e JOIN candidate c ON c.candidate_id = e.candidate_id"
     " JOIN campaign g ON g.campaign = e.campaign"
     "  AND g.state IN ('running', 'paused')"
     " WHERE e.rowid > :row AND e.state = 'active' AND e.control = 0"
     "  AND e.due_at > :now ORDER BY e.rowid LIMIT :limit",
     "UPDATE enrolment SET due_at = :to, updated_at = :now"
     " WHERE rowid = :row AND state = 'active'"},
};

typedef struct {
    int64_t row, to;
} Move;

/* Where a row belongs; its own time when that is inside. False on error. */
static bool
find_place(const Reslot *r, Statement *st, int64_t *out_to, GError **error)
{
    const LiveCampaign *lc = live_campaign(r->live, statement_text(st, 2),
                                           statement_text(st, 3), error);
    const char *message_id = statement_text(st, 6);
    int64_t at = statement_int(st, 1), next;
    Slot slot;

    *out_to = at;
    if (!lc)
        return false;
    slot_init(&slot, live_workspace(r->live), &lc->campaign->window,
              !lc->campaign->ignore_holidays, statement_text(st, 4),
              statement_text(st, 5));
    next = slot_next(&slot, at);
    if (next > at)
        *out_to = message_id
                      ? spread_within(lc->campaign, &slot, message_id, next)
                      : next;
    return true;
}

/* What must move of the rows behind *after, which goes on; no lock is held.
 * *out_more: there may be more rows. */
static GArray *
find_moves(const Reslot *r, const Kind *kind, int64_t *after, bool *out_more,
           GError **error)
{
    g_autoptr(GArray) moves = g_array_new(FALSE, FALSE, sizeof(Move));
    g_autoptr(Statement) st = store_prepare(r->store, kind->find, error);
    int n = 0;

    if (!st)
        return NULL;
    statement_bind_int(st, ":row", *after);
    statement_bind_int(st, ":now", r->now);
    statement_bind_int(st, ":limit", CHUNK);
    for (; statement_step(st); n++) {
        Move move = {.row = statement_int(st, 0)};
        *after = move.row;
        if (!find_place(r, st, &move.to, error))
            return NULL;
        if (move.to != statement_int(st, 1))
            g_array_append_val(moves, move);
    }
    *out_more = n == CHUNK;
    return statement_end(st, error) ? g_steal_pointer(&moves) : NULL;
}

static bool
do_moves(Reslot *r, const Kind *kind, const GArray *moves, GError **error)
{
    g_auto(Transaction) tx = {NULL};

    if (moves->len == 0)
        return true;
    tx = store_begin(r->store, error);
    for (guint i = 0; tx.store && i < moves->len; i++) {
        const Move *move = &g_array_index(moves, Move, i);
        g_autoptr(Statement) st = store_prepare(r->store, kind->move, error);
        if (!st)
            return false;
        statement_bind_int(st, ":to", move->to);
        statement_bind_int(st, ":now", r->now);
        statement_bind_int(st, ":row", move->row);
        if (!statement_run(st, error))
            return false;
        r->moved += store_changes(r->store);
    }
    return tx.store && transaction_commit(&tx, error);
}

static bool
move_kind(Reslot *r, const Kind *kind, GError **error)
{
    int64_t after = 0;
    bool more = true;

    while (more) {
        g_autoptr(GArray) moves = find_moves(r, kind, &after, &more, error);
        if (!moves || !do_moves(r, kind, moves, error))
            return false;
    }
    return true;
}

static bool
remember(Store *store, const char *slots, GError **error)
{
    g_auto(Transaction) tx = store_begin(store, error);

    return tx.store && fact_set(store, "slots", slots, error) &&
           transaction_commit(&tx, error);
}

bool
reslot_changed(Live *live, Store *store, int64_t now, int64_t *out_moved,
               GError **error)
{
    g_autofree char *slots = fingerprint(live_workspace(live));
    g_autofree char *before = NULL;
    Reslot r = {live, store, now, 0};

    *out_moved = 0;
    if (!fact_get(store, "slots", &before, error))
        return false;
    if (g_strcmp0(before, slots) == 0)
        return true;
    for (gsize i = 0; before && i < G_N_ELEMENTS(kinds); i++)
        if (!move_kind(&r, &kinds[i], error))
            return false;
    *out_moved = r.moved;
    if (before)
        log_info("slots=changed moved=%" G_GINT64_FORMAT, r.moved);
    return remember(store, slots, error);
}
