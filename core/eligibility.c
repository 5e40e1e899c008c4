/* SPDX-License-Identifier: Apache-2.0 */
/* eligibility.c - the one truth table of who may be mailed
 *
 * One SELECT reads all the facts about a candidate; the order of the checks
 * below is the order of the enum and of decisions that came before it. */
#include "nurture/eligibility.h"

#include "nurture/address.h"
#include "nurture/clock.h"
#include "nurture/error.h"
#include "nurture/retention-clock.h"
#include "nurture/slot.h"

#include <string.h>

#define FOR_EVER INT64_C(7258118400000) /* a hold into the year 2200 */

static const struct {
    const char *word, *sentence;
} reasons[ELIGIBILITY_REASONS] = {
    [ELIGIBLE] = {"eligible", "may be mailed"},
    [NOT_SUPPRESSED] = {"suppressed", "unsubscribed, bounced or complained"},
    [NOT_ERASED] = {"erased", "erased at their own request"},
    [NOT_CONSENTED] = {"no_consent", "no valid consent, or past retention"},
    [NOT_NOTIFIED] = {"no_notice", "sourced, and not told so yet (Article 14)"},
    [NOT_IN_PROCESS] = {"in_process", "in a hiring process, or hired"},
    [NOT_FRESH] = {"ats_stale", "the ATS data is too old"},
    [NOT_ARCHIVED] = {"archived", "did not react for long, nor say they stay"},
    [NOT_HELD] = {"held", "on hold (out of office, not now, cool-off)"},
    [NOT_FREE] = {"other_sequence", "in another active sequence"},
    [NOT_STOPPED] = {"stop_rule", "the campaign's stop rule holds"},
    [NOT_EXCLUDED] = {"excluded", "excluded by the campaign"},
    [NOT_CONTROL] = {"control", "control group"},
    [NOT_FILLED] = {"bad_data", "strange or missing data"},
    [NOT_DELIVERABLE] = {"undeliverable", "the address cannot be delivered to"},
    [NOT_CAPPED] = {"capped", "had as much mail as the cap allows"},
    [NOT_IN_WINDOW] = {"outside_window", "outside the sending window"},
    [NOT_IN_VOLUME] = {"volume", "today's volume is used up"},
    [NOT_LAUNCHED] = {"not_launched", "the campaign is not running"},
};

const char *
eligibility_sentence(Eligibility reason)
{
    return reasons[reason].sentence;
}

const char *
eligibility_word(Eligibility reason)
{
    return reasons[reason].word;
}

bool
eligibility_passes(Eligibility reason)
{
    return reason == ELIGIBLE || reason == NOT_CAPPED || reason == NOT_HELD ||
           reason == NOT_IN_WINDOW || reason == NOT_FRESH;
}

typedef struct {
    const EligibilityQuestion *q;
    Statement *st;
    int64_t now;
    EligibilityAnswer *out;
} Asking;

enum { /* columns of the SELECT below */
       COL_SUPPRESSED,
       COL_ERASED,
       COL_CONSENT,
       COL_CONSENT_EXPIRES,
       COL_LAST_CONTACT,
       COL_SOURCE,
       COL_NOTIFIED,
       COL_IN_PROCESS,
       COL_ATS_SYNCED,
       COL_HELD_UNTIL,
       COL_HELD_KIND,
       COL_OTHER_SEQUENCE,
       COL_EMAIL,
       COL_TIME_ZONE,
       COL_COUNTRY,
       COL_CAMPAIGN_STATE,
       COL_MAIL_GAP,
       COL_ARCHIVED,
};

#define TOPIC_SCOPE "'topic:' || coalesce(:topic, g.topic)"

/* The last EXISTS may be theirs: nobody is guessed, and nobody is mailed. */
#define IN_PROCESS                                                             \
    "(CASE c.ats_status WHEN 'applied' THEN 1 WHEN 'screening' THEN 1"         \
    "  WHEN 'interviewing' THEN 1 WHEN 'in_process' THEN 1"                    \
    "  WHEN 'offer' THEN 1 WHEN 'hired' THEN 1 ELSE 0 END"                     \
    "  OR EXISTS (SELECT 1 FROM application a"                                 \
    "   WHERE a.candidate_id = c.candidate_id"                                 \
    "    AND (+a.status = 'hired' OR (+a.status = 'active'"                    \
    "     AND +a.stage_kind IS NOT 'lead')))"                                  \
    "  OR EXISTS (SELECT 1 FROM ats_conflict x JOIN application a"             \
    "   ON a.src = x.src AND a.candidate_remote = x.remote_id"                 \
    "   WHERE x.candidate_id = c.candidate_id AND x.cleared_at IS NULL"        \
    "    AND (+a.status = 'hired' OR (+a.status = 'active'"                    \
    "     AND +a.stage_kind IS NOT 'lead'))))"
#define ATS_SYNCED_AT                                                          \
    "(SELECT f.value FROM fact f WHERE f.name = 'ats.synced_at')"

/* Asked once per candidate. An IN list, or an OR on an indexed column, makes
 * SQLite build a table for each question; hence the CASE and the plus signs.
 */
static Statement *
prepare_facts(Store *store, GError **error)
{
    return store_prepare(
        store,
        "SELECT"
        " EXISTS (SELECT 1 FROM suppression s"
        "  WHERE s.address_hmac = c.address_hmac"
        "   AND (+s.scope = 'all' OR +s.scope = :campaign"
        "    OR +s.scope = " TOPIC_SCOPE "))"
        /* a wish holds for the person, a bounce for the address */
        " OR EXISTS (SELECT 1 FROM candidate_address d JOIN suppression s"
        "  ON s.address_hmac = d.address_hmac"
        "  WHERE d.candidate_id = c.candidate_id AND +s.reason <> 'bounced'"
        "   AND (+s.scope = 'all' OR +s.scope = :campaign"
        "    OR +s.scope = " TOPIC_SCOPE ")),"
        " c.erased_at IS NOT NULL,"
        " k.state, k.expires_at,"
        " " RETENTION_CLOCK ","
        " c.source, c.notified_at,"
        " " IN_PROCESS ","
        " " ATS_SYNCED_AT ","
        " h.until_at, h.kind,"
        " :is_sequence AND EXISTS (SELECT 1 FROM enrolment e"
        "  JOIN campaign o ON o.campaign = e.campaign"
        "  WHERE e.candidate_id = c.candidate_id"
        "   AND (+e.state = 'active' OR +e.state = 'waiting')"
        "   AND e.control = 0"
        "   AND e.batch_id IS NULL AND e.campaign <> :campaign"
        "   AND o.is_sequence = 1 AND o.state IN ('running', 'paused')),"
        " c.email, c.time_zone, c.country,"
        " g.state, c.mail_gap, c.archived_at"
        " FROM candidate c"
        " LEFT JOIN campaign g ON g.campaign = :campaign"
        " LEFT JOIN consent k ON k.consent_id ="
        "  (SELECT k2.consent_id FROM consent k2"
        "   WHERE k2.candidate_id = c.candidate_id"
        "    AND k2.purpose = coalesce(:purpose, g.purpose, 'mail')"
        "   ORDER BY k2.at DESC, k2.consent_id DESC LIMIT 1)"
        " LEFT JOIN hold h ON h.hold_id ="
        "  (SELECT h2.hold_id FROM hold h2"
        "   WHERE h2.candidate_id = c.candidate_id AND h2.lifted_at IS NULL"
        "    AND h2.until_at > :now ORDER BY h2.until_at DESC LIMIT 1)"
        " WHERE c.candidate_id = :candidate",
        error);
}

/* The calendar is asked only when it matters: no span is shorter than half of
 * what it roughly is. */
static bool
is_past_retention(const Workspace *w, int64_t last_contact, int64_t now)
{
    const Span *span = &w->legal.retention;

    return span->count > 0 && last_contact + span_ms(span) / 2 <= now &&
           span_move(span, w->zone, last_contact, 1) <= now;
}

static bool
lacks_consent(const Asking *a)
{
    const Workspace *w = a->q->workspace;
    const char *state = statement_text(a->st, COL_CONSENT);
    bool given = g_strcmp0(state, "given") == 0;

    if (state && !given)
        return true; /* withdrawn counts whatever the basis */
    if (given && !statement_is_null(a->st, COL_CONSENT_EXPIRES) &&
        statement_int(a->st, COL_CONSENT_EXPIRES) <= a->now)
        return true;
    if (!given && (w->legal.basis == BASIS_CONSENT ||
                   statement_is_null(a->st, COL_SOURCE)))
        return true;
    return is_past_retention(w, statement_int(a->st, COL_LAST_CONTACT), a->now);
}

static bool
lacks_notice(const Asking *a)
{
    return a->q->workspace->legal.basis == BASIS_LEGITIMATE_INTEREST &&
           !a->q->workspace->legal.notice_in_mail && /* .. tells them */
           !statement_text(a->st, COL_CONSENT) &&
           g_strcmp0(statement_text(a->st, COL_SOURCE), "sourced") == 0 &&
           statement_is_null(a->st, COL_NOTIFIED);
}

/* Closed by default: where news from an ATS should come, none at all is as bad
 * as old ones. */
static bool
news_are_old(const Workspace *w, const char *synced, int64_t now)
{
    int64_t at = synced ? g_ascii_strtoll(synced, NULL, 10) : 0;

    if (!synced)
        return workspace_has_ats(w);
    /* the calendar is asked only when it matters */
    return at + w->ats.max_age_ms < now && workspace_ats_expires(w, at) < now;
}

static bool
ats_is_stale(const Asking *a)
{
    const Workspace *w = a->q->workspace;
    const char *synced = statement_text(a->st, COL_ATS_SYNCED);
    int64_t at = synced ? g_ascii_strtoll(synced, NULL, 10) : 0;
    g_autofree char *when = NULL;

    if (!news_are_old(w, synced, a->now))
        return false;
    when = synced ? date_format(at, w->zone, "YYYY-MM-DD HH:mm", "en")
                  : g_strdup("never");
    g_snprintf(a->out->detail, sizeof a->out->detail, "last news: %s", when);
    return true;
}

/* Any sign of life since ends it. */
static bool
is_archived(const Asking *a)
{
    return statement_int(a->st, COL_ARCHIVED) >
           statement_int(a->st, COL_LAST_CONTACT);
}

static bool
is_held(const Asking *a)
{
    g_autofree char *until = NULL;

    if (statement_is_null(a->st, COL_HELD_UNTIL))
        return false;
    a->out->retry_at = statement_int(a->st, COL_HELD_UNTIL);
    if (a->out->retry_at > FOR_EVER) { /* until somebody lifts it */
        a->out->retry_at = 0;
        g_strlcpy(a->out->detail, statement_text(a->st, COL_HELD_KIND),
                  sizeof a->out->detail);
        return true;
    }
    until = date_format(a->out->retry_at, a->q->workspace->zone, "YYYY-MM-DD",
                        "en");
    g_snprintf(a->out->detail, sizeof a->out->detail, "%s until %s",
               statement_text(a->st, COL_HELD_KIND), until);
    return true;
}

static void
slot_of(const Asking *a, Slot *out)
{
    const EligibilityQuestion *q = a->q;

    slot_init(out, q->workspace, q->window, !q->ignore_holidays,
              statement_text(a->st, COL_TIME_ZONE),
              statement_text(a->st, COL_COUNTRY));
}

/* With no moment left at all (quiet hours that leave nothing of the window)
 * nobody knows when to ask again. */
static bool
outside_window(const Asking *a)
{
    const char *holiday;
    int64_t next;
    Slot slot;

    if (!a->q->window)
        return false;
    slot_of(a, &slot);
    next = slot_next(&slot, a->now);
    if (next >= 0 && next <= a->now)
        return false;
    a->out->retry_at = MAX(next, 0);
    holiday = slot_holiday(&slot, a->now);
    if (holiday)
        g_strlcpy(a->out->detail, holiday, sizeof a->out->detail);
    return true;
}

/* When a cap or a hold is over, the window may be closed. */
static void
retry_in_window(const Asking *a)
{
    Slot slot;

    if (!a->q->window || a->out->retry_at == 0)
        return;
    slot_of(a, &slot);
    a->out->retry_at = MAX(slot_next(&slot, a->out->retry_at), 0);
}

static int
newest_first(gconstpointer a, gconstpointer b)
{
    const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

    return x < y ? 1 : x > y ? -1 : 0;
}

/* When the mails of the last `cap` left, or may have left. Sorted here: a
 * person has few, and ORDER BY would build a sorter for each question. */
static GArray *
counted_mails(Store *store, const Asking *a, const Rate *cap,
              const char *campaign, GError **error)
{
    g_autoptr(GArray) times = NULL;
    g_autoptr(Statement) st = store_prepare(
        store,
        "SELECT coalesce(sent_at, updated_at) FROM message"
        " WHERE candidate_id = :candidate AND kind = 'campaign'"
        "  AND CASE state WHEN 'sent' THEN 1 WHEN 'committing' THEN 1"
        "   WHEN 'in_doubt' THEN 1 WHEN 'bounced' THEN 1"
        "   WHEN 'scheduled' THEN :waiting WHEN 'deferred' THEN :waiting"
        "   WHEN 'claimed' THEN :waiting END"
        "  AND coalesce(sent_at, updated_at) > :since"
        "  AND message_id IS DISTINCT FROM :self"
        "  AND (:campaign IS NULL OR campaign = :campaign)",
        error);

    if (!st)
        return NULL;
    times = g_array_new(FALSE, FALSE, sizeof(int64_t));
    statement_bind_int(st, ":candidate", a->q->candidate);
    statement_bind_int(st, ":since", a->now - cap->per_ms);
    statement_bind_int(st, ":waiting", a->q->count_waiting);
    statement_bind_text(st, ":self", a->q->message_id);
    statement_bind_text(st, ":campaign", campaign);
    while (statement_step(st)) {
        int64_t at = statement_int(st, 0);
        g_array_append_val(times, at);
    }
    if (!statement_end(st, error))
        return NULL;
    g_array_sort(times, newest_first);
    return g_steal_pointer(&times);
}

/* Rolling, over all campaigns (or over `campaign`): what left or may have left
 * counts. The oldest of the last `count` mails says when there is room
 * again. */
static bool
over_cap(Store *store, const Asking *a, const Rate *cap, const char *campaign,
         bool *out, GError **error)
{
    g_autoptr(GArray) times = NULL;
    int64_t oldest;

    *out = false;
    if (!cap || cap->count == 0)
        return true;
    times = counted_mails(store, a, cap, campaign, error);
    if (!times)
        return false;
    *out = (int64_t)times->len >= cap->count;
    if (*out) {
        oldest = g_array_index(times, int64_t, cap->count - 1);
        a->out->retry_at = MAX(a->out->retry_at, oldest + cap->per_ms + 1);
    }
    return true;
}

static Eligibility
before_cap(const Asking *a)
{
    const EligibilityQuestion *q = a->q;

    if (statement_int(a->st, COL_SUPPRESSED))
        return NOT_SUPPRESSED;
    if (statement_int(a->st, COL_ERASED))
        return NOT_ERASED;
    if (lacks_consent(a))
        return NOT_CONSENTED;
    if (lacks_notice(a))
        return NOT_NOTIFIED;
    if (statement_int(a->st, COL_IN_PROCESS))
        return NOT_IN_PROCESS;
    if (ats_is_stale(a))
        return NOT_FRESH;
    if (is_archived(a))
        return NOT_ARCHIVED;
    if (is_held(a))
        return NOT_HELD;
    if (statement_int(a->st, COL_OTHER_SEQUENCE))
        return NOT_FREE;
    if (q->stop_rule)
        return NOT_STOPPED;
    if (q->excluded)
        return NOT_EXCLUDED;
    if (q->control)
        return NOT_CONTROL;
    if (q->bad_data)
        return NOT_FILLED;
    if (!address_is_wire_safe(statement_text(a->st, COL_EMAIL)))
        return NOT_DELIVERABLE;
    return ELIGIBLE;
}

static bool
decide(Store *store, const Asking *a, GError **error)
{
    EligibilityAnswer *out = a->out;
    /* What the person asked for on their preferences page. */
    const Rate wish = {.count = !statement_is_null(a->st, COL_MAIL_GAP),
                       .per_ms = statement_int(a->st, COL_MAIL_GAP)};
    bool capped, capped_here, capped_by_wish;

    out->reason = before_cap(a);
    if (out->reason == NOT_HELD)
        retry_in_window(a);
    if (out->reason != ELIGIBLE)
        return true;
    if (!over_cap(store, a, &a->q->workspace->sending.cap, NULL, &capped,
                  error) ||
        !over_cap(store, a, a->q->cap, a->q->campaign, &capped_here, error) ||
        !over_cap(store, a, &wish, NULL, &capped_by_wish, error))
        return false;
    if (capped_by_wish)
        g_strlcpy(a->out->detail, "they asked for less mail",
                  sizeof a->out->detail);
    if (capped || capped_here || capped_by_wish) {
        out->reason = NOT_CAPPED;
        retry_in_window(a);
    } else if (outside_window(a)) {
        out->reason = NOT_IN_WINDOW;
    } else if (a->q->check_launched &&
               g_strcmp0(statement_text(a->st, COL_CAMPAIGN_STATE),
                         "running")) {
        out->reason = NOT_LAUNCHED;
    }
    return true;
}

bool
eligibility_ask(Store *store, const EligibilityQuestion *question, int64_t now,
                EligibilityAnswer *out, GError **error)
{
    g_autoptr(Statement) st = prepare_facts(store, error);
    Asking a = {question, st, now, out};

    memset(out, 0, sizeof *out);
    if (!st)
        return false;
    statement_bind_int(st, ":candidate", question->candidate);
    statement_bind_text(st, ":campaign", question->campaign);
    statement_bind_int(st, ":is_sequence", question->is_sequence);
    statement_bind_text(st, ":topic", question->topic);
    statement_bind_text(st, ":purpose", question->purpose);
    statement_bind_int(st, ":now", now);
    if (!statement_step(st)) {
        if (statement_end(st, error))
            g_set_error(error, NURTURE_ERROR, ERROR_NOT_FOUND,
                        "there is no candidate %" G_GINT64_FORMAT,
                        question->candidate);
        return false;
    }
    return decide(store, &a, error) && statement_end(st, error);
}

bool
eligibility_in_process(Store *store, const Workspace *workspace,
                       int64_t candidate, int64_t now, bool *out,
                       GError **error)
{
    g_autoptr(Statement) st =
        store_prepare(store,
                      "SELECT " IN_PROCESS ", " ATS_SYNCED_AT
                      " FROM candidate c WHERE c.candidate_id = :candidate",
                      error);

    *out = true;
    if (!st)
        return false;
    statement_bind_int(st, ":candidate", candidate);
    if (statement_step(st))
        *out = statement_int(st, 0) != 0 ||
               news_are_old(workspace, statement_text(st, 1), now);
    return statement_end(st, error);
}
