/* SPDX-License-Identifier: Apache-2.0 */
/* event.c - the ledger of what happened, and the score it moves */
#include "nurture/event.h"

#include "nurture/clock.h"

#include <math.h>
#include <string.h>

/* Scores are kept as of this moment, 2020-01-01T00:00:00Z. A double holds
 * 2^1023, so a half-life of 90 days is good for 250 years. */
#define SCORE_EPOCH INT64_C(1577836800000)

typedef struct {
    double scaled;
    int64_t events, updated_at;
} ScoreSum;

double
event_weight(const Workspace *workspace, const char *kind, bool machine,
             bool positive)
{
    if (machine)
        return 0;
    if (strcmp(kind, "opened") == 0)
        return workspace->scores.open;
    if (strcmp(kind, "clicked") == 0)
        return workspace->scores.click;
    if (strcmp(kind, "interested") == 0)
        return workspace->scores.interest;
    if (strcmp(kind, "replied") == 0)
        return workspace->scores.reply +
               (positive ? workspace->scores.positive_reply : 0);
    return 0;
}

static double
half_lives(const Workspace *workspace, int64_t at)
{
    return (double)(at - SCORE_EPOCH) / (double)workspace->scores.half_life_ms;
}

double
score_at(const Workspace *workspace, double scaled, int64_t now)
{
    return scaled * exp2(-half_lives(workspace, now));
}

double
score_scaled(const Workspace *workspace, double value, int64_t now)
{
    return value * exp2(half_lives(workspace, now));
}

char *
score_settings(const Workspace *workspace)
{
    const double weights[] = {workspace->scores.open, workspace->scores.click,
                              workspace->scores.interest,
                              workspace->scores.reply,
                              workspace->scores.positive_reply};
    static const char *const names[] = {"open", "click", "interest", "reply",
                                        "positive"};
    GString *out = g_string_new(NULL);
    char digits[G_ASCII_DTOSTR_BUF_SIZE];

    g_string_append_printf(out, "half_life=%" G_GINT64_FORMAT,
                           workspace->scores.half_life_ms);
    for (gsize i = 0; i < G_N_ELEMENTS(weights); i++)
        g_string_append_printf(
            out, " %s=%s", names[i],
            g_ascii_dtostr(digits, sizeof digits, weights[i]));
    return g_string_free(out, FALSE);
}

bool
score_of(Store *store, const Workspace *workspace, int64_t candidate,
         int64_t now, double *out, GError **error)
{
    g_autoptr(Statement) st = store_prepare(
        store, "SELECT scaled FROM score WHERE candidate_id = :candidate",
        error);

    *out = 0;
    if (!st)
        return false;
    statement_bind_int(st, ":candidate", candidate);
    if (statement_step(st))
        *out = score_at(workspace, statement_double(st, 0), now);
    return statement_end(st, error);
}

static bool
insert_event(Store *store, const Event *event, GError **error)
{
    g_autoptr(Statement) st = store_prepare(
        store,
        "INSERT INTO event (candidate_id, kind, message_id, campaign, step, at,"
        "  machine, positive, detail, dedupe_key)"
        " VALUES (:candidate, :kind, :message, :campaign, :step, :at,"
        "  :machine, :positive, :detail, :dedupe)"
        " ON CONFLICT DO NOTHING",
        error);

    if (!st)
        return false;
    if (event->candidate)
        statement_bind_int(st, ":candidate", event->candidate);
    statement_bind_text(st, ":kind", event->kind);
    statement_bind_text(st, ":message", event->message_id);
    statement_bind_text(st, ":campaign", event->campaign);
    statement_bind_text(st, ":step", event->step);
    statement_bind_int(st, ":at", event->at);
    statement_bind_int(st, ":machine", event->machine);
    statement_bind_int(st, ":positive", event->positive);
    statement_bind_text(st, ":detail", event->detail);
    statement_bind_text(st, ":dedupe", event->dedupe_key);
    return statement_run(st, error);
}

static bool
add_score(Store *store, int64_t candidate, double scaled, int64_t at,
          GError **error)
{
    g_autoptr(Statement) st = store_prepare(
        store,
        "INSERT INTO score (candidate_id, scaled, events, updated_at)"
        " VALUES (:candidate, :scaled, 1, :at)"
        " ON CONFLICT (candidate_id) DO UPDATE SET"
        "  scaled = score.scaled + excluded.scaled,"
        "  events = score.events + 1, updated_at = excluded.updated_at",
        error);

    if (!st)
        return false;
    statement_bind_int(st, ":candidate", candidate);
    statement_bind_double(st, ":scaled", scaled);
    statement_bind_int(st, ":at", at);
    return statement_run(st, error);
}

/* Scores of different settings in one sum are seen afterwards. */
static bool
note_settings(Store *store, const Workspace *workspace, GError **error)
{
    g_autofree char *settings = score_settings(workspace);
    g_autoptr(Statement) st = store_prepare(
        store,
        "INSERT INTO fact (name, value) SELECT 'score_settings',"
        " CASE WHEN EXISTS (SELECT 1 FROM score) THEN 'mixed' ELSE :settings"
        " END WHERE true"
        " ON CONFLICT (name) DO UPDATE SET value = 'mixed'"
        " WHERE fact.value <> :settings AND fact.value <> 'mixed'",
        error);

    if (!st)
        return false;
    statement_bind_text(st, ":settings", settings);
    return statement_run(st, error);
}

/* What a person does: touch_sql() has the same kinds. */
#define ENGAGED                                                                \
    "machine = 0 AND kind IN ('clicked', 'replied', 'interested', 'applied',"  \
    " 'met')"

/* Which column of candidate an event moves forward; NULL = none. */
static const char *
touch_sql(const char *kind)
{
    static const char *const engaged[] = {"clicked", "replied", "interested",
                                          "applied", "met",     NULL};

    if (g_strv_contains(engaged, kind))
        return "UPDATE candidate SET last_engaged = :at"
               " WHERE candidate_id = :candidate"
               "  AND (last_engaged IS NULL OR last_engaged < :at)";
    if (strcmp(kind, "sent") == 0 || strcmp(kind, "contacted") == 0)
        return "UPDATE candidate SET last_contacted = :at"
               " WHERE candidate_id = :candidate"
               "  AND (last_contacted IS NULL OR last_contacted < :at)";
    return NULL;
}

bool
event_touch(Store *store, const Event *event, GError **error)
{
    const char *sql = event->machine ? NULL : touch_sql(event->kind);
    g_autoptr(Statement) st = NULL;

    if (!sql)
        return true;
    st = store_prepare(store, sql, error);
    if (!st)
        return false;
    statement_bind_int(st, ":at", event->at);
    statement_bind_int(st, ":candidate", event->candidate);
    return statement_run(st, error);
}

bool
event_untouch(Store *store, int64_t candidate, int64_t at, GError **error)
{
    g_autoptr(Statement) st = store_prepare(
        store,
        "UPDATE candidate SET"
        " last_engaged = CASE WHEN last_engaged <> :at THEN last_engaged ELSE"
        "  (SELECT max(at) FROM event WHERE candidate_id = :candidate"
        "    AND " ENGAGED ") END,"
        " last_contacted = CASE WHEN last_contacted <> :at THEN last_contacted"
        "  ELSE (SELECT max(at) FROM event WHERE candidate_id = :candidate"
        "   AND kind IN ('sent', 'contacted')) END"
        " WHERE candidate_id = :candidate",
        error);

    if (!st)
        return false;
    statement_bind_int(st, ":candidate", candidate);
    statement_bind_int(st, ":at", at);
    return statement_run(st, error);
}

/* The additions of event_record() once more, in the order of the ids. */
static bool
sum_events(Store *store, const Workspace *workspace, int64_t candidate,
           ScoreSum *out, GError **error)
{
    g_autoptr(Statement) st = store_prepare(
        store,
        "SELECT kind, at, positive FROM event WHERE candidate_id = :candidate"
        "  AND machine = 0 AND (kind IN ('clicked', 'interested', 'replied')"
        "   OR kind = 'opened' AND :opens) ORDER BY event_id",
        error);

    *out = (ScoreSum){0};
    if (!st)
        return false;
    statement_bind_int(st, ":candidate", candidate);
    statement_bind_int(st, ":opens", workspace->scores.open > 0);
    while (statement_step(st)) {
        double weight = event_weight(workspace, statement_text(st, 0), false,
                                     statement_int(st, 2) != 0);
        if (weight <= 0)
            continue;
        out->updated_at = statement_int(st, 1);
        out->scaled += score_scaled(workspace, weight, out->updated_at);
        out->events++;
    }
    return statement_end(st, error);
}

bool
score_recount(Store *store, const Workspace *workspace, int64_t candidate,
              GError **error)
{
    ScoreSum sum;
    g_autoptr(Statement) gone = store_prepare(
        store, "DELETE FROM score WHERE candidate_id = :candidate", error);
    g_autoptr(Statement) st = store_prepare(
        store,
        "INSERT INTO score (candidate_id, scaled, events, updated_at)"
        " SELECT :candidate, :scaled, :events, :at FROM candidate"
        " WHERE candidate_id = :candidate AND erased_at IS NULL",
        error);

    g_assert(store_in_transaction(store));
    if (!gone || !st || !sum_events(store, workspace, candidate, &sum, error))
        return false;
    statement_bind_int(gone, ":candidate", candidate);
    if (!statement_run(gone, error))
        return false;
    if (sum.events == 0)
        return true;
    statement_bind_int(st, ":candidate", candidate);
    statement_bind_double(st, ":scaled", sum.scaled);
    statement_bind_int(st, ":events", sum.events);
    statement_bind_int(st, ":at", sum.updated_at);
    return note_settings(store, workspace, error) && statement_run(st, error);
}

/* Those that are to go. */
#define FORGOTTEN "candidate_id = :candidate AND kind = :kind AND at <= :until"

bool
event_forget(Store *store, const Workspace *workspace, int64_t candidate,
             const char *kind, int64_t until, GError **error)
{
    /* engaged by one of them: then by the newest of the others */
    static const char *const statements[] = {
        "UPDATE candidate SET last_engaged ="
        " (SELECT max(at) FROM event WHERE candidate_id = :candidate"
        "   AND " ENGAGED " AND NOT (kind = :kind AND at <= :until))"
        " WHERE candidate_id = :candidate AND last_engaged IN"
        "  (SELECT at FROM event WHERE " FORGOTTEN ")",
        "DELETE FROM event WHERE " FORGOTTEN,
    };

    for (gsize i = 0; i < G_N_ELEMENTS(statements); i++) {
        g_autoptr(Statement) st = store_prepare(store, statements[i], error);
        if (!st)
            return false;
        statement_bind_int(st, ":candidate", candidate);
        statement_bind_text(st, ":kind", kind);
        statement_bind_int(st, ":until", until);
        if (!statement_run(st, error))
            return false;
    }
    return score_recount(store, workspace, candidate, error);
}

bool
event_insert(Store *store, const Event *event, int64_t *out_id, GError **error)
{
    g_assert(store_in_transaction(store));
    if (!insert_event(store, event, error))
        return false;
    *out_id = store_changes(store) > 0 ? store_last_id(store) : 0;
    return true;
}

bool
event_count(Store *store, const Workspace *workspace, const Event *event,
            GError **error)
{
    double weight =
        event_weight(workspace, event->kind, event->machine, event->positive);

    if (!event->candidate)
        return true;
    if (weight > 0 && (!note_settings(store, workspace, error) ||
                       !add_score(store, event->candidate,
                                  score_scaled(workspace, weight, event->at),
                                  event->at, error)))
        return false;
    return event_touch(store, event, error);
}

bool
event_record(Store *store, const Workspace *workspace, const Event *event,
             bool *out_added, GError **error)
{
    int64_t id;

    if (!event_insert(store, event, &id, error))
        return false;
    if (out_added)
        *out_added = id != 0;
    return !id || event_count(store, workspace, event, error);
}
