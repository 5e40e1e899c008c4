/* SPDX-License-Identifier: Apache-2.0 */
/* catch_up.c - after a time in which nothing ran */
#include "catch-up.h"

#include "nurture/clock.h"
#include "nurture/fact.h"

#include <stdio.h>

#define USUAL_LEAST 20
#define FASTER      2

/* The fact "tick" is "LAST PAUSE": when the last tick was, and how long after
 * the one before it; both in ms. */
bool
catch_up_begin(CatchUp *c, Store *store, int64_t now, GError **error)
{
    g_autofree char *before = NULL, *after = NULL;
    gint64 last = now, usual = 0;
    g_auto(Transaction) tx = {0};

    c->usual_ms = LATE_MS;
    if (!fact_get(store, "tick", &before, error))
        return false;
    if (before && sscanf(before, "%" G_GINT64_FORMAT " %" G_GINT64_FORMAT,
                         &last, &usual) != 2)
        last = now;
    if (before && now - last < MINUTE_MS)
        return true;
    if (now - last <= 2 * usual)
        c->usual_ms = MAX(LATE_MS, now - last);
    after = g_strdup_printf("%" G_GINT64_FORMAT " %" G_GINT64_FORMAT, now,
                            now - last);
    tx = store_begin(store, error);
    return tx.store && fact_set(store, "tick", after, error) &&
           transaction_commit(&tx, error);
}

bool
catch_up_usual(Store *store, int64_t *out_per_hour, GError **error)
{
    g_autoptr(Statement) st =
        store_prepare(store,
                      "SELECT count(*), count(DISTINCT at / 3600000) FROM"
                      " (SELECT at FROM event WHERE kind = 'sent'"
                      "  ORDER BY event_id DESC LIMIT 5000)",
                      error);

    *out_per_hour = USUAL_LEAST;
    if (!st)
        return false;
    if (statement_step(st) && statement_int(st, 1) > 0)
        *out_per_hour =
            MAX(USUAL_LEAST, statement_int(st, 0) / statement_int(st, 1));
    return statement_end(st, error);
}

/* Two business days after the person's last mail, of whatever campaign. */
static bool
after_last_mail(Store *store, const Slot *slot, int64_t candidate,
                int64_t *out_at, GError **error)
{
    const Span gap = {2, SPAN_BUSINESS_DAYS};
    g_autoptr(Statement) st = store_prepare(
        store,
        "SELECT max(coalesce(sent_at, dot_at, updated_at)) FROM message"
        " WHERE candidate_id = :candidate AND kind = 'campaign'"
        "  AND state IN ('sent', 'committing', 'in_doubt', 'claimed',"
        "   'scheduled', 'deferred')",
        error);

    *out_at = 0;
    if (!st)
        return false;
    statement_bind_int(st, ":candidate", candidate);
    if (statement_step(st) && !statement_is_null(st, 0))
        *out_at = slot_move(slot, &gap, statement_int(st, 0));
    return statement_end(st, error);
}

bool
catch_up_at(CatchUp *c, Store *store, const Slot *slot, int64_t candidate,
            int64_t due_at, int64_t now, int64_t *out_at, GError **error)
{
    int64_t usual, gap, at;

    *out_at = now;
    if (now - due_at <= c->usual_ms)
        return true;
    if (c->interval_ms == 0) {
        if (!catch_up_usual(store, &usual, error))
            return false;
        c->interval_ms = MAX(1, HOUR_MS / (FASTER * usual));
    }
    if (!after_last_mail(store, slot, candidate, &gap, error))
        return false;
    if (gap > now) { /* takes nobody's turn */
        at = slot_next(slot, gap);
        *out_at = at < 0 ? gap : at;
        return true;
    }
    c->next_at = MAX(c->next_at, now);
    at = slot_next(slot, c->next_at);
    *out_at = at < 0 ? now + DAY_MS : at;
    c->next_at += c->interval_ms;
    return true;
}
