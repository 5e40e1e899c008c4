/* SPDX-License-Identifier: Apache-2.0 */
/* shift.c - moving a campaign on by the length of its pause
 *
 * The latest comes first: what has been moved is then later than the cursor,
 * and what has not is not. So the cursor, which is written with each chunk, is
 * all that an interrupted shift needs to know. First the people, then the mail
 * in the outbox, one priority after the other, as its index has them. */
#include "shift.h"

#include "nurture/clock.h"
#include "nurture/fact.h"
#include "nurture/queue.h"

#include <stdio.h>
#include <string.h>

enum { CHUNK = 500 };

#define PEOPLE  (-1)             /* before all priorities */
#define LAST_AT (QUEUE_HELD - 1) /* mail held by hand is later */

typedef struct {
    Store *store;
    const char *campaign;
    const ResumeProgress *progress;
    int64_t paused_at, now; /* of the pause that is made up for */
    int64_t stage;          /* PEOPLE, or the priority of the mail */
    int64_t cursor;
    int64_t done, total;
} Shift;

/* A row to be moved. */
typedef struct {
    char *id;
    int64_t candidate, cycle, at;
} Row;

static void
row_clear(gpointer p)
{
    g_free(((Row *)p)->id);
}

/* "PAUSED-AT NOW STAGE CURSOR", of this pause only; "" once it is over. */
static bool
load(Shift *s, GError **error)
{
    g_autofree char *name = g_strconcat("resume.", s->campaign, NULL);
    g_autofree char *text = NULL;
    gint64 paused_at, now, stage, cursor;

    if (!fact_get(s->store, name, &text, error))
        return false;
    if (text &&
        sscanf(text,
               "%" G_GINT64_FORMAT " %" G_GINT64_FORMAT " %" G_GINT64_FORMAT
               " %" G_GINT64_FORMAT,
               &paused_at, &now, &stage, &cursor) == 4 &&
        paused_at == s->paused_at) {
        s->now = now;
        s->stage = stage;
        s->cursor = cursor;
    }
    return true;
}

static bool
save(const Shift *s, GError **error)
{
    g_autofree char *name = g_strconcat("resume.", s->campaign, NULL);
    g_autofree char *text =
        g_strdup_printf("%" G_GINT64_FORMAT " %" G_GINT64_FORMAT
                        " %" G_GINT64_FORMAT " %" G_GINT64_FORMAT,
                        s->paused_at, s->now, s->stage, s->cursor);

    return fact_set(s->store, name, text, error);
}

static Statement *
find_rows(const Shift *s, GError **error)
{
    Statement *st =
        s->stage == PEOPLE
            ? store_prepare(s->store,
                            "SELECT '', candidate_id, cycle, due_at"
                            " FROM enrolment WHERE campaign = :campaign"
                            "  AND state = 'active' AND due_at <= :cursor"
                            " ORDER BY due_at DESC LIMIT :limit",
                            error)
            : store_prepare(s->store,
                            "SELECT message_id, 0, 0, not_before FROM message"
                            " WHERE state IN ('scheduled', 'deferred')"
                            "  AND priority = :stage AND not_before <= :cursor"
                            "  AND +campaign = :campaign"
                            " ORDER BY not_before DESC LIMIT :limit",
                            error);

    if (!st)
        return NULL;
    statement_bind_text(st, ":campaign", s->campaign);
    statement_bind_int(st, ":cursor", s->cursor);
    statement_bind_int(st, ":limit", CHUNK);
    if (s->stage != PEOPLE)
        statement_bind_int(st, ":stage", s->stage);
    return st;
}

static GArray *
read_rows(const Shift *s, GError **error)
{
    g_autoptr(GArray) rows = g_array_new(FALSE, FALSE, sizeof(Row));
    g_autoptr(Statement) st = find_rows(s, error);

    g_array_set_clear_func(rows, row_clear);
    while (st && statement_step(st)) {
        const Row row = {g_strdup(statement_text(st, 0)), statement_int(st, 1),
                         statement_int(st, 2), statement_int(st, 3)};
        g_array_append_val(rows, row);
    }
    return st && statement_end(st, error) ? g_steal_pointer(&rows) : NULL;
}

static bool
move_person(const Shift *s, const Row *row, GError **error)
{
    g_autoptr(Statement) st = store_prepare(
        s->store,
        "UPDATE enrolment SET due_at = due_at + :length,"
        "  since_at = since_at + :length, updated_at = :now"
        " WHERE candidate_id = :candidate AND campaign = :campaign"
        "  AND cycle = :cycle",
        error);

    if (!st)
        return false;
    statement_bind_int(st, ":length", s->now - s->paused_at);
    statement_bind_int(st, ":now", s->now);
    statement_bind_int(st, ":candidate", row->candidate);
    statement_bind_text(st, ":campaign", s->campaign);
    statement_bind_int(st, ":cycle", row->cycle);
    return statement_run(st, error);
}

static bool
move_mail(const Shift *s, const Row *row, GError **error)
{
    g_autoptr(Statement) st =
        store_prepare(s->store,
                      "UPDATE message SET not_before = not_before + :length,"
                      "  not_after = not_after + :length, updated_at = :now"
                      " WHERE message_id = :id",
                      error);

    if (!st)
        return false;
    statement_bind_int(st, ":length", s->now - s->paused_at);
    statement_bind_int(st, ":now", s->now);
    statement_bind_text(st, ":id", row->id);
    return statement_run(st, error);
}

/* The campaign's next priority in the outbox; -1: there is none. */
static bool
next_stage(Shift *s, GError **error)
{
    g_autoptr(Statement) st = store_prepare(
        s->store,
        "SELECT min(priority) FROM message"
        " WHERE campaign = :campaign AND owner IS NULL"
        "  AND priority > :stage AND state IN ('scheduled', 'deferred')",
        error);

    if (!st)
        return false;
    statement_bind_text(st, ":campaign", s->campaign);
    statement_bind_int(st, ":stage", s->stage);
    if (statement_step(st))
        s->stage = statement_is_null(st, 0) ? PEOPLE : statement_int(st, 0);
    s->cursor = LAST_AT;
    return statement_end(st, error);
}

/* Returns how many were moved; -1 on error. */
static int
move_chunk(Shift *s, GError **error)
{
    g_auto(Transaction) tx = store_begin(s->store, error);
    g_autoptr(GArray) rows = tx.store ? read_rows(s, error) : NULL;

    for (guint i = 0; rows && i < rows->len; i++) {
        const Row *row = &g_array_index(rows, Row, i);
        if (!(s->stage == PEOPLE ? move_person(s, row, error)
                                 : move_mail(s, row, error)))
            return -1;
        s->cursor = row->at;
    }
    return rows && save(s, error) && transaction_commit(&tx, error)
               ? (int)rows->len
               : -1;
}

static bool
count_rows(Shift *s, GError **error)
{
    g_autoptr(Statement) st = store_prepare(
        s->store,
        "SELECT (SELECT count(*) FROM enrolment WHERE campaign = :campaign"
        "   AND state = 'active')"
        " + (SELECT count(*) FROM message WHERE campaign = :campaign"
        "   AND owner IS NULL AND state IN ('scheduled', 'deferred'))",
        error);

    if (!st)
        return false;
    statement_bind_text(st, ":campaign", s->campaign);
    if (statement_step(st))
        s->total = statement_int(st, 0);
    return statement_end(st, error);
}

/* The pause is over for all of it; the next one, if the last call was ended in
 * the middle, began when that was made. */
static bool
finish(const Shift *s, GError **error)
{
    g_autofree char *name = g_strconcat("resume.", s->campaign, NULL);
    g_auto(Transaction) tx = store_begin(s->store, error);
    g_autoptr(Statement) st = NULL;

    if (!tx.store)
        return false;
    st = store_prepare(s->store,
                       "UPDATE campaign SET paused_at = :now"
                       " WHERE campaign = :campaign AND state = 'paused'",
                       error);
    if (!st)
        return false;
    statement_bind_int(st, ":now", s->now);
    statement_bind_text(st, ":campaign", s->campaign);
    return statement_run(st, error) && fact_set(s->store, name, "", error) &&
           transaction_commit(&tx, error);
}

/* Stages end when there are no more rows, and all when there are no stages. */
static bool
move_all(Shift *s, GError **error)
{
    const ResumeProgress *p = s->progress;

    do {
        int n = CHUNK;
        while (n == CHUNK) {
            n = move_chunk(s, error);
            s->done += MAX(n, 0);
            if (p && p->tell)
                p->tell(s->done, s->total, p->data);
        }
        if (n < 0 || !next_stage(s, error))
            return false;
    } while (s->stage != PEOPLE);
    return true;
}

bool
shift_campaign(Store *store, const char *campaign, int64_t paused_at,
               int64_t now, const ResumeProgress *progress, GError **error)
{
    while (paused_at < now) {
        Shift s = {.store = store,
                   .campaign = campaign,
                   .progress = progress,
                   .paused_at = paused_at,
                   .now = now,
                   .stage = PEOPLE,
                   .cursor = LAST_AT};
        if (!load(&s, error) || !count_rows(&s, error) ||
            !move_all(&s, error) || !finish(&s, error))
            return false;
        paused_at = s.now;
    }
    return true;
}
