/* SPDX-License-Identifier: Apache-2.0 */
/* retention.c - nobody's data is kept for ever, and whoever was sourced is told
 */
#include "nurture/retention.h"

#include "letter.h"
#include "sunset.h"

#include "nurture/audit.h"
#include "nurture/candidates.h"
#include "nurture/clock.h"
#include "nurture/eligibility.h"
#include "nurture/error.h"
#include "nurture/fact.h"
#include "nurture/retention-clock.h"
#include "nurture/visible.h"

#include <string.h>

static const char *const words[RETENTION_DEEDS] = {
    [RETENTION_NOTICE] = "notice",       [RETENTION_RENEWAL] = "renewal",
    [RETENTION_REMINDER] = "reminder",   [RETENTION_ANONYMISE] = "anonymise",
    [RETENTION_RECONFIRM] = "reconfirm", [RETENTION_ARCHIVE] = "archive",
};

const char *
retention_word(RetentionDeed deed)
{
    return words[deed];
}

enum {
    COL_ID,
    COL_EMAIL,
    COL_CLOCK,
    COL_MAILABLE,
    COL_NEEDS_NOTICE,
    COL_RENEWAL_STATE,
    COL_RENEWAL_AT,
    COL_REMINDER_STATE,
    COL_REMINDER_AT,
    COL_NOTICE_STATE,
    COL_NOTICE_AT,
    COL_ADDED,
    COL_DEAD,
};

/* Everybody whose clock began before :before, and those who lack a notice. */
static Statement *
prepare_people(Store *store, GError **error)
{
    return store_prepare(
        store,
        "SELECT p.candidate_id, p.email, p.clock, p.mailable, p.needs, "
        "r.state, coalesce(r.sent_at, r.updated_at), s.state,"
        " coalesce(s.sent_at, s.updated_at), n.state,"
        " coalesce(n.sent_at, n.updated_at), p.added, p.dead FROM"
        " (SELECT c.candidate_id, c.email, " RETENTION_CLOCK " AS clock,"
        "  NOT EXISTS (SELECT 1 FROM suppression u WHERE"
        "   u.address_hmac = c.address_hmac AND u.scope = 'all')"
        "   AND coalesce(c.archived_at, 0) <= " RETENTION_CLOCK " AS mailable,"
        "  :interest AND " LACKS_NOTICE " AS needs,"
        "  EXISTS (SELECT 1 FROM suppression d WHERE"
        "   d.address_hmac = c.address_hmac AND d.scope = 'all'"
        "   AND d.reason = 'bounced') AS dead,"
        "  c.added"
        "  FROM candidate c WHERE " VISIBLE ") p"
        " LEFT JOIN message r ON r.dedupe_key ="
        "  'renewal ' || p.candidate_id || ' ' || p.clock"
        " LEFT JOIN message s ON s.dedupe_key ="
        "  'reminder ' || p.candidate_id || ' ' || p.clock"
        " LEFT JOIN message n ON n.dedupe_key = 'notice ' || p.candidate_id"
        " WHERE (p.needs AND (p.mailable OR p.dead))"
        "  OR p.clock <= :before"
        " ORDER BY p.candidate_id",
        error);
}

typedef struct {
    const Workspace *workspace;
    Statement *st;
    int64_t now;
} Looking;

static int64_t
later(const Looking *l, const Span *span, int64_t at)
{
    return span_move(span, l->workspace->zone, at, 1);
}

static int64_t
before(const Looking *l, const Span *span, int64_t at)
{
    return span_move(span, l->workspace->zone, at, -1);
}

/* What comes next for those whose letters can be delivered. */
static void
next_letter(const Looking *l, RetentionRow *row)
{
    const Workspace *w = l->workspace;
    LetterState renewal =
        letter_state(statement_text(l->st, COL_RENEWAL_STATE));
    LetterState reminder =
        letter_state(statement_text(l->st, COL_REMINDER_STATE));
    int64_t at;

    if (renewal == LETTER_NONE) {
        row->deed = RETENTION_RENEWAL;
        row->due_at = before(l, &w->retention.renewal, row->ends_at);
        /* Switched on late: they still have all the time to answer. */
        row->ends_at =
            MAX(row->ends_at, later(l, &w->retention.renewal, l->now));
    } else if (reminder == LETTER_NONE) {
        at = statement_int(l->st, COL_RENEWAL_AT);
        row->deed = RETENTION_REMINDER;
        row->ends_at = MAX(row->ends_at, later(l, &w->retention.renewal, at));
        row->due_at = before(l, &w->retention.reminder, row->ends_at);
        row->ends_at =
            MAX(row->ends_at, later(l, &w->retention.reminder, l->now));
        row->waits =
            renewal == LETTER_WAITS ? "the renewal is in the outbox" : NULL;
    } else {
        at = statement_int(l->st, COL_REMINDER_AT);
        row->ends_at = MAX(row->ends_at, later(l, &w->retention.reminder, at));
        row->due_at = row->ends_at;
        row->waits =
            reminder == LETTER_WAITS ? "the reminder is in the outbox" : NULL;
    }
}

/* GDPR Article 14(3)(a): a month at the most. */
static const Span notice_limit = {1, SPAN_MONTHS};
/* How long a first campaign mail may take to tell them. */
static const Span notice_grace = {14, SPAN_DAYS};

/* A notice that came back, or never left, is not sent again: an address that
 * works has to be found, or another way. */
static void
find_notice(const Looking *l, LetterState notice, RetentionRow *row)
{
    const Workspace *w = l->workspace;
    int64_t added = statement_int(l->st, COL_ADDED);

    row->deed = RETENTION_NOTICE;
    row->due_at =
        w->legal.notice_in_mail ? later(l, &notice_grace, added) : added;
    row->deadline = later(l, &notice_limit, added);
    if (notice == LETTER_WAITS)
        row->waits = "the notice is in the outbox";
    else if (notice == LETTER_OVER)
        row->waits = "the notice did not arrive: tell them another way and "
                     "log it ('candidates log WHO notified'), or erase them";
}

static void
find_deed(const Looking *l, RetentionRow *row)
{
    const Span *kept = &l->workspace->legal.retention;
    bool mailable = statement_int(l->st, COL_MAILABLE) != 0;
    LetterState notice = letter_state(statement_text(l->st, COL_NOTICE_STATE));

    *row = (RetentionRow){.candidate = statement_int(l->st, COL_ID),
                          .deed = RETENTION_ANONYMISE,
                          .email = statement_text(l->st, COL_EMAIL),
                          .clock = statement_int(l->st, COL_CLOCK)};
    if (kept->count > 0)
        row->ends_at = later(l, kept, statement_int(l->st, COL_CLOCK));
    if (statement_int(l->st, COL_DEAD))
        notice = LETTER_OVER; /* and none need be tried */
    if (statement_int(l->st, COL_NEEDS_NOTICE) &&
        (mailable || notice == LETTER_OVER) &&
        (!row->ends_at || row->ends_at > l->now)) {
        find_notice(l, notice, row);
        return;
    }
    row->due_at = row->ends_at;
    if (mailable && row->ends_at)
        next_letter(l, row);
}

/* The ATS is asked for those who are due only. */
static bool
find_reason(Store *store, const Looking *l, RetentionRow *row, GError **error)
{
    bool in_process = false;

    if (row->waits || row->due_at > l->now)
        return true;
    if (!eligibility_in_process(store, l->workspace, row->candidate, l->now,
                                &in_process, error))
        return false;
    if (in_process)
        row->waits = "in a hiring process, hired, or no fresh news of the ATS";
    return true;
}

/* Clocks that began later cannot be due by `horizon`: calendar months differ
 * by days. */
static int64_t
latest_clock(const Workspace *w, int64_t horizon)
{
    if (w->legal.retention.count == 0)
        return G_MININT64;
    return span_move(&w->legal.retention, w->zone,
                     horizon + span_ms(&w->retention.renewal) + 8 * DAY_MS, -1);
}

bool
retention_each(Store *store, const Workspace *workspace, int64_t now,
               int64_t horizon,
               bool (*row)(const RetentionRow *row, gpointer data),
               gpointer data, GError **error)
{
    g_autoptr(Statement) st = prepare_people(store, error);
    const Looking l = {workspace, st, now};
    bool more = true;

    if (!st)
        return false;
    statement_bind_int(st, ":interest",
                       workspace->legal.basis == BASIS_LEGITIMATE_INTEREST);
    statement_bind_int(st, ":before", latest_clock(workspace, horizon));
    while (more && statement_step(st)) {
        RetentionRow r;
        find_deed(&l, &r);
        if (r.due_at == 0 || r.due_at > horizon)
            continue;
        if (!find_reason(store, &l, &r, error))
            return false;
        more = row(&r, data);
    }
    return statement_end(st, error) &&
           (!more ||
            sunset_each(store, workspace, now, horizon, row, data, error));
}

bool
retention_count_notices(Store *store, const Workspace *workspace, int64_t now,
                        NoticeCount *out, GError **error)
{
    g_autoptr(Statement) st = NULL;

    *out = (NoticeCount){0};
    if (workspace->legal.basis != BASIS_LEGITIMATE_INTEREST)
        return true;
    st = store_prepare(
        store,
        "SELECT count(*), coalesce(sum(c.added <= :limit), 0) FROM candidate c"
        " WHERE " VISIBLE " AND " LACKS_NOTICE
        " AND NOT EXISTS (SELECT 1 FROM suppression u WHERE"
        "  u.address_hmac = c.address_hmac AND u.scope = 'all'"
        "  AND u.reason <> 'bounced')",
        error);
    if (!st)
        return false;
    statement_bind_int(st, ":limit",
                       span_move(&notice_limit, workspace->zone, now, -1));
    if (statement_step(st)) {
        out->untold = statement_int(st, 0);
        out->overdue = statement_int(st, 1);
    }
    return statement_end(st, error);
}

/* -- doing it ------------------------------------------------------------- */

typedef struct {
    int64_t candidate, ends_at, clock;
    RetentionDeed deed;
} Due;

typedef struct {
    GArray *due;
    RetentionResult *out;
} Collecting;

static bool
collect(const RetentionRow *row, gpointer data)
{
    Collecting *c = data;
    const Due due = {row->candidate, row->ends_at, row->clock, row->deed};

    if (row->waits)
        c->out->waiting++;
    else
        g_array_append_val(c->due, due);
    return true;
}

static bool
clock_of(Store *store, int64_t candidate, int64_t *out, GError **error)
{
    g_autoptr(Statement) st =
        store_prepare(store,
                      "SELECT " RETENTION_CLOCK
                      " FROM candidate c WHERE c.candidate_id = :candidate",
                      error);

    if (!st)
        return false;
    statement_bind_int(st, ":candidate", candidate);
    if (statement_step(st))
        *out = statement_int(st, 0);
    return statement_end(st, error);
}

static bool
send_letter(Store *store, const Workspace *workspace, const Keys *keys,
            const Due *due, int64_t now, bool *out_added, GError **error)
{
    const char *kind = retention_word(due->deed);
    int64_t began = 0; /* they may have answered since they were listed */
    g_auto(Transaction) tx = store_begin(store, error);
    g_autofree char *key = NULL;

    *out_added = false;
    if (!tx.store || !clock_of(store, due->candidate, &began, error))
        return false;
    if (due->deed != RETENTION_NOTICE && began != due->clock)
        return true;
    key = due->deed == RETENTION_NOTICE
              ? g_strdup_printf("notice %" G_GINT64_FORMAT, due->candidate)
              : g_strdup_printf("%s %" G_GINT64_FORMAT " %" G_GINT64_FORMAT,
                                kind, due->candidate, began);
    const Letter letter = {
        kind, due->candidate, due->ends_at,
        due->deed == RETENTION_RECONFIRM
            ? span_move(&workspace->sunset.answer, workspace->zone, now, 1)
            : 0,
        key};
    return letter_queue(store, workspace, keys, &letter, now, out_added,
                        error) &&
           (!*out_added || audit_candidate(store, NULL, "letter",
                                           due->candidate, kind, now, error)) &&
           transaction_commit(&tx, error);
}

/* Asked again, in case the person has answered since the list was made. */
static bool
still_due(Store *store, const Workspace *w, const Due *due, int64_t now,
          bool *out, GError **error)
{
    int64_t began = 0;
    bool in_process = true;

    if (!clock_of(store, due->candidate, &began, error) ||
        !eligibility_in_process(store, w, due->candidate, now, &in_process,
                                error))
        return false;
    *out =
        !in_process && span_move(&w->legal.retention, w->zone, began, 1) <= now;
    return true;
}

static bool
do_one(Store *store, const Workspace *workspace, const Keys *keys,
       const Due *due, int64_t now, bool *out_done, GError **error)
{
    g_autoptr(GError) failed = NULL;

    *out_done = false;
    if (due->deed == RETENTION_ARCHIVE)
        return sunset_archive(store, workspace, due->candidate, due->clock, now,
                              out_done, error);
    if (due->deed != RETENTION_ANONYMISE)
        return send_letter(store, workspace, keys, due, now, out_done, error);
    if (!still_due(store, workspace, due, now, out_done, error))
        return false;
    if (!*out_done)
        return true;
    *out_done = candidate_anonymise(store, workspace, keys, due->candidate,
                                    "retention", now, &failed);
    if (*out_done || g_error_matches(failed, NURTURE_ERROR, ERROR_TEMPORARY))
        return true; /* a mail is leaving at this moment: next time */
    g_propagate_error(error, g_steal_pointer(&failed));
    return false;
}

bool
retention_apply(Store *store, const Workspace *workspace, const Keys *keys,
                int64_t now, RetentionResult *out, GError **error)
{
    g_autoptr(GArray) due = g_array_new(FALSE, FALSE, sizeof(Due));
    Collecting c = {due, out};

    memset(out, 0, sizeof *out);
    if (!retention_each(store, workspace, now, now, collect, &c, error))
        return false;
    for (guint i = 0; i < due->len; i++) {
        const Due *d = &g_array_index(due, Due, i);
        bool done;
        if (!do_one(store, workspace, keys, d, now, &done, error))
            return false;
        out->done[d->deed] += done;
        out->waiting += !done;
    }
    return out->done[RETENTION_ANONYMISE] == 0 ||
           candidates_purge(store, workspace, error);
}

bool
retention_tick(Store *store, const Workspace *workspace, const Keys *keys,
               int64_t now, GError **error)
{
    g_autofree char *day = g_strdup_printf("%" G_GINT64_FORMAT, now / DAY_MS);
    g_autofree char *last = NULL;
    RetentionResult done;

    if (!workspace->retention.automatic)
        return true;
    if (!fact_get(store, "retention.day", &last, error))
        return false;
    if (g_strcmp0(last, day) == 0)
        return true;
    if (!retention_apply(store, workspace, keys, now, &done, error))
        return false;
    {
        g_auto(Transaction) tx = store_begin(store, error);
        return tx.store && fact_set(store, "retention.day", day, error) &&
               transaction_commit(&tx, error);
    }
}
