/* SPDX-License-Identifier: Apache-2.0 */
/* sunset.c - whoever gets mail and never reacts is asked once, then left alone
 */
#include "sunset.h"

#include "letter.h"

#include "nurture/audit.h"
#include "nurture/clock.h"
#include "nurture/eligibility.h"
#include "nurture/exit.h"
#include "nurture/retention-clock.h"
#include "nurture/visible.h"

enum { COL_ID, COL_EMAIL, COL_CLOCK, COL_STATE, COL_AT };

/* Who has been silent since before :before in spite of :mails mails. */
static Statement *
prepare_silent(Store *store, GError **error)
{
    return store_prepare(
        store,
        "SELECT p.candidate_id, p.email, p.clock, r.state,"
        " coalesce(r.sent_at, r.updated_at) FROM"
        " (SELECT c.candidate_id, c.email, c.archived_at,"
        "  " RETENTION_CLOCK " AS clock"
        "  FROM candidate c WHERE " VISIBLE
        " AND NOT EXISTS (SELECT 1 FROM suppression u WHERE"
        "    u.address_hmac = c.address_hmac AND u.scope = 'all')) p"
        " LEFT JOIN message r ON r.dedupe_key ="
        "  'reconfirm ' || p.candidate_id || ' ' || p.clock"
        " WHERE p.clock <= :before AND coalesce(p.archived_at, 0) <= p.clock"
        "  AND NOT EXISTS (SELECT 1 FROM message n WHERE n.dedupe_key ="
        "   'renewal ' || p.candidate_id || ' ' || p.clock)"
        "  AND :mails <= (SELECT count(*) FROM message m"
        "   WHERE m.candidate_id = p.candidate_id AND m.kind = 'campaign'"
        "    AND m.state IN ('sent', 'in_doubt')"
        "    AND coalesce(m.sent_at, m.updated_at) > p.clock)"
        " ORDER BY p.candidate_id",
        error);
}

/* Near the end of legal.retention the renewal asks, not we. */
static bool
is_renewed(const Workspace *w, int64_t clock, int64_t now)
{
    int64_t end;

    if (w->legal.retention.count == 0)
        return false;
    end = span_move(&w->legal.retention, w->zone, clock, 1);
    return span_move(&w->retention.renewal, w->zone, end, -1) <= now;
}

static void
find_deed(const Workspace *w, Statement *st, RetentionRow *row)
{
    int64_t clock = statement_int(st, COL_CLOCK);
    LetterState asked = letter_state(statement_text(st, COL_STATE));

    *row = (RetentionRow){
        .candidate = statement_int(st, COL_ID),
        .email = statement_text(st, COL_EMAIL),
        .deed = asked == LETTER_OVER ? RETENTION_ARCHIVE : RETENTION_RECONFIRM,
        .clock = clock,
        .waits =
            asked == LETTER_WAITS ? "the question is in the outbox" : NULL};
    row->due_at = asked == LETTER_OVER
                      ? span_move(&w->sunset.answer, w->zone,
                                  statement_int(st, COL_AT), 1)
                      : span_move(&w->sunset.after, w->zone, clock, 1);
    if (w->legal.retention.count > 0)
        row->ends_at = span_move(&w->legal.retention, w->zone, clock, 1);
}

/* Nobody is asked who gets no mail anyway, and not while they are away. */
static bool
find_reason(Store *store, const Workspace *w, int64_t now, RetentionRow *row,
            bool *out_leave, GError **error)
{
    const EligibilityQuestion question = {.workspace = w,
                                          .candidate = row->candidate};
    EligibilityAnswer answer;

    *out_leave = false;
    if (row->waits || row->due_at > now)
        return true;
    if (!eligibility_ask(store, &question, now, &answer, error))
        return false;
    *out_leave = !eligibility_passes(answer.reason);
    if (answer.reason == NOT_HELD || answer.reason == NOT_FRESH ||
        (answer.reason == NOT_CAPPED && row->deed == RETENTION_RECONFIRM))
        row->waits = eligibility_sentence(answer.reason);
    return true;
}

bool
sunset_each(Store *store, const Workspace *workspace, int64_t now,
            int64_t horizon,
            bool (*row)(const RetentionRow *row, gpointer data), gpointer data,
            GError **error)
{
    g_autoptr(Statement) st = NULL;
    bool more = true, leave;

    if (workspace->sunset.after.count == 0)
        return true;
    st = prepare_silent(store, error);
    if (!st)
        return false;
    /* months differ by days */
    statement_bind_int(st, ":before",
                       span_move(&workspace->sunset.after, workspace->zone,
                                 horizon + 8 * DAY_MS, -1));
    statement_bind_int(st, ":mails", workspace->sunset.mails);
    while (more && statement_step(st)) {
        RetentionRow r;
        find_deed(workspace, st, &r);
        if (r.due_at > horizon || is_renewed(workspace, r.clock, now))
            continue;
        if (!find_reason(store, workspace, now, &r, &leave, error))
            return false;
        more = leave || row(&r, data);
    }
    return statement_end(st, error);
}

static bool
set_archived(Store *store, int64_t candidate, int64_t clock, int64_t now,
             bool *out_done, GError **error)
{
    g_autoptr(Statement) st = store_prepare(
        store,
        "UPDATE candidate AS c SET archived_at = :now, updated_at = :now"
        " WHERE c.candidate_id = :candidate AND c.erased_at IS NULL"
        " AND " RETENTION_CLOCK " = :clock",
        error);

    if (!st)
        return false;
    statement_bind_int(st, ":candidate", candidate);
    statement_bind_int(st, ":clock", clock);
    statement_bind_int(st, ":now", now);
    if (!statement_run(st, error))
        return false;
    *out_done = store_changes(store) > 0;
    return true;
}

bool
sunset_archive(Store *store, const Workspace *workspace, int64_t candidate,
               int64_t clock, int64_t now, bool *out_done, GError **error)
{
    g_auto(Transaction) tx = store_begin(store, error);

    *out_done = false;
    return tx.store &&
           set_archived(store, candidate, clock, now, out_done, error) &&
           (!*out_done || (enrolment_exit(store, workspace, candidate, NULL,
                                          "archived", now, error) &&
                           audit_candidate(store, NULL, "archived", candidate,
                                           "no sign of life after the question",
                                           now, error))) &&
           transaction_commit(&tx, error);
}
