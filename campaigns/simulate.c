/* SPDX-License-Identifier: Apache-2.0 */
/* simulate.c - the real engine on a copy, with a clock of its own */
#include "nurture/simulate.h"

#include "simulate-answers.h"

#include "nurture/clock.h"
#include "nurture/error.h"
#include "nurture/event.h"
#include "nurture/exit.h"
#include "nurture/sink.h"
#include "nurture/suppression.h"

#include <ftw.h>
#include <stdio.h>
#include <string.h>

enum { MOST_PERSONS = 5 };

typedef struct {
    Workspace *workspace;
    Store *store; /* the copy */
    const Keys *keys;
    const SimulateWish *wish;
    Sink *sink;
    char *directory;
    int64_t now, seen;   /* seen: mails up to this moment have been answered */
    GHashTable *answers; /* NULL: no file was given */
    Simulation *out;
} Sim;

static void
day_free(gpointer p)
{
    g_free(((SimulateDay *)p)->date);
    g_free(p);
}

static void
person_free(gpointer p)
{
    SimulatePerson *person = p;

    g_free(person->email);
    g_ptr_array_unref(person->lines);
    g_free(person);
}

void
simulation_clear(Simulation *s)
{
    g_clear_pointer(&s->days, g_ptr_array_unref);
    g_clear_pointer(&s->persons, g_ptr_array_unref);
}

static int
remove_entry(const char *path, const struct stat *st, int type,
             struct FTW *where)
{
    (void)st;
    (void)type;
    (void)where;
    return remove(path);
}

static void
sim_clear(Sim *s)
{
    g_clear_pointer(&s->answers, g_hash_table_unref);
    g_clear_pointer(&s->store, store_close);
    g_clear_pointer(&s->sink, sink_stop);
    if (s->directory)
        nftw(s->directory, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
    g_clear_pointer(&s->directory, g_free);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Sim, sim_clear)

static void
replace(char **slot, char *value)
{
    g_free(*slot);
    *slot = value;
}

/* Mail goes to our own server, and locks are the copy's. */
static void
point_workspace(Sim *s)
{
    Workspace *w = s->workspace;

    replace(&w->smtp.host, g_strdup("127.0.0.1"));
    replace(&w->smtp.user, NULL);
    replace(&w->smtp.password_from, NULL);
    replace(&w->state_dir, g_strdup(s->directory));
    w->smtp.port = sink_port(s->sink);
    w->smtp.tls = TLS_OFF;
}

static bool
sim_open(Sim *s, Store *store, GError **error)
{
    const SinkOptions options = {.listen = "127.0.0.1:0"};
    g_autofree char *copy = NULL;

    s->directory = g_dir_make_tmp("nurture-simulate-XXXXXX", error);
    if (!s->directory)
        return false;
    copy = g_build_filename(s->directory, "nurture.db", NULL);
    if (!store_backup(store, copy, error))
        return false;
    s->store = store_open(copy, STORE_EXISTING, error);
    s->sink = s->store ? sink_start(&options, error) : NULL;
    if (!s->sink)
        return false;
    point_workspace(s);
    return true;
}

/* ---- the campaign starts ---------------------------------------------------
 */

static bool
is_live(Sim *s, const char *campaign, const char *snapshot, bool *out,
        GError **error)
{
    g_autoptr(Statement) st =
        store_prepare(s->store,
                      "SELECT 1 FROM campaign WHERE campaign = :campaign"
                      "  AND snapshot = :snapshot",
                      error);

    if (!st)
        return false;
    statement_bind_text(st, ":campaign", campaign);
    statement_bind_text(st, ":snapshot", snapshot);
    *out = statement_step(st);
    return statement_end(st, error);
}

/* A rehearsal does not wait for a review: without a list, everybody is on it.
 */
static bool
review_all(Sim *s, const char *role, GError **error)
{
    g_auto(Transaction) tx = store_begin(s->store, error);
    g_autoptr(Statement) st = NULL;

    if (!tx.store)
        return false;
    st = store_prepare(
        s->store,
        "INSERT INTO shortlist (role, candidate_id, points, made_at)"
        " SELECT :role, candidate_id, 0, :now FROM candidate WHERE NOT EXISTS"
        "  (SELECT 1 FROM shortlist WHERE role = :role)",
        error);
    if (!st)
        return false;
    statement_bind_text(st, ":role", role);
    statement_bind_int(st, ":now", s->now);
    return statement_run(st, error) && transaction_commit(&tx, error);
}

static bool
launch(Sim *s, Diagnostics *problems, GError **error)
{
    g_autoptr(Catalogue) catalogue =
        catalogue_of_workspace(s->workspace, problems);
    g_autoptr(Campaign) campaign = campaign_load(
        catalogue, s->wish->campaign, s->wish->role, problems, error);
    g_autoptr(Plan) plan = NULL;
    bool live;
    int64_t changed;

    if (!campaign || (campaign->role && !review_all(s, campaign->role, error)))
        return false;
    campaign->status = STATUS_READY;
    plan = plan_make(catalogue, s->store, campaign, s->now, problems, NULL,
                     NULL, error);
    if (!plan || !is_live(s, campaign->id, plan->snapshot, &live, error))
        return false;
    if (live)
        return campaign_set_state(s->store, campaign->id, "running", s->now,
                                  &changed, error);
    return campaign_launch(catalogue, s->store, campaign, plan, plan->people,
                           ENROLLED_AS_WRITTEN, s->now, error);
}

/* ---- an hour ----------------------------------------------------------------
 */

static bool
exec_at(Sim *s, const char *sql, GError **error)
{
    g_auto(Transaction) tx = store_begin(s->store, error);
    g_autoptr(Statement) st = NULL;

    if (!tx.store)
        return false;
    st = store_prepare(s->store, sql, error);
    if (!st)
        return false;
    statement_bind_int(st, ":now", s->now);
    return statement_run(st, error) && transaction_commit(&tx, error);
}

static bool
exists_at(Sim *s, const char *sql, bool *out, GError **error)
{
    g_autoptr(Statement) st = store_prepare(s->store, sql, error);

    if (!st)
        return false;
    statement_bind_int(st, ":now", s->now);
    *out = statement_step(st);
    return statement_end(st, error);
}

static bool
tick(Sim *s, GError **error)
{
    TickResult result;

    if (!exec_at(s,
                 "INSERT INTO fact (name, value)"
                 " VALUES ('ats.synced_at', CAST(:now AS TEXT))"
                 " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
                 error) ||
        !scheduler_tick(s->workspace, s->store, s->keys, s->now, &result,
                        error))
        return false;
    for (int r = 0; r < ELIGIBILITY_REASONS; r++)
        s->out->reasons[r] += result.reasons[r];
    return true;
}

static bool
deliver(Sim *s, GError **error)
{
    Composer *composer =
        campaign_composer_new(s->workspace, s->store, s->keys, s->now, error);
    const DeliveryOptions options = {
        .workspace = s->workspace, .keys = s->keys, .composer = composer};
    DeliveryResult result = {0};
    bool done;

    if (!composer)
        return false;
    done = delivery_run(s->store, &options, s->now, &result, error);
    delivery_result_clear(&result);
    campaign_composer_free(composer);
    return done;
}

/* 0 .. 9999 by the message's id, so that a simulation repeats. */
static int
lot(const char *message_id)
{
    uint32_t hash = 2166136261u;

    for (const char *p = message_id; *p; p++)
        hash = (hash ^ (unsigned char)*p) * 16777619u;
    return (int)((hash ^ hash >> 15) % 10000);
}

typedef struct {
    char *message_id, *campaign, *step, *hmac, *email_key;
    int64_t candidate;
} Answer;

static void
answer_free(gpointer p)
{
    Answer *a = p;

    g_free(a->message_id);
    g_free(a->campaign);
    g_free(a->step);
    g_free(a->hmac);
    g_free(a->email_key);
    g_free(a);
}

static bool
answer_one(Sim *s, const Answer *a, bool bounced, GError **error)
{
    const char *kind = bounced ? "bounced" : "replied";
    const Event event = {.candidate = a->candidate,
                         .kind = kind,
                         .message_id = a->message_id,
                         .campaign = a->campaign,
                         .step = a->step,
                         .at = s->now};
    g_auto(Transaction) tx = store_begin(s->store, error);

    if (bounced)
        s->out->bounced++;
    else
        s->out->replied++;
    return tx.store &&
           event_record(s->store, s->workspace, &event, NULL, error) &&
           (!bounced ||
            suppression_add(s->store, a->hmac, "bounced", a->message_id, NULL,
                            s->now, NULL, error)) &&
           enrolment_exit(s->store, s->workspace, a->candidate, a->campaign,
                          kind, s->now, error) &&
           transaction_commit(&tx, error);
}

/* The mails that left since the last time. */
static GPtrArray *
read_answers(Sim *s, GError **error)
{
    g_autoptr(GPtrArray) list = g_ptr_array_new_with_free_func(answer_free);
    g_autoptr(Statement) st = store_prepare(
        s->store,
        "SELECT m.message_id, m.campaign, m.step, m.rcpt_hmac, m.candidate_id,"
        "  c.email_key FROM message m"
        " JOIN candidate c ON c.candidate_id = m.candidate_id"
        " WHERE m.kind = 'campaign' AND m.state = 'sent'"
        "  AND m.sent_at > :seen AND m.sent_at <= :now ORDER BY m.message_id",
        error);

    if (!st)
        return NULL;
    statement_bind_int(st, ":seen", s->seen);
    statement_bind_int(st, ":now", s->now);
    while (statement_step(st)) {
        Answer *a = g_new0(Answer, 1);
        a->message_id = g_strdup(statement_text(st, 0));
        a->campaign = g_strdup(statement_text(st, 1));
        a->step = g_strdup(statement_text(st, 2));
        a->hmac = g_strdup(statement_text(st, 3));
        a->candidate = statement_int(st, 4);
        a->email_key = g_strdup(statement_text(st, 5));
        g_ptr_array_add(list, a);
    }
    return statement_end(st, error) ? g_steal_pointer(&list) : NULL;
}

static AnswerKind
kind_of(const Sim *s, const Answer *a)
{
    AnswerKind kind = s->answers
                          ? simulate_answer(s->answers, a->email_key, a->step)
                          : ANSWER_NONE;
    int n = lot(a->message_id);

    if (kind != ANSWER_NONE)
        return kind;
    if (n < s->wish->bounces)
        return ANSWER_BOUNCED;
    return n < s->wish->bounces + s->wish->replies ? ANSWER_REPLIED
                                                   : ANSWER_NONE;
}

static bool
answer(Sim *s, GError **error)
{
    g_autoptr(GPtrArray) list = NULL;

    if (s->wish->replies == 0 && s->wish->bounces == 0 && !s->answers)
        return true;
    list = read_answers(s, error);
    if (!list)
        return false;
    s->seen = s->now;
    for (guint i = 0; i < list->len; i++) {
        const Answer *a = g_ptr_array_index(list, i);
        AnswerKind kind = kind_of(s, a);
        if (kind != ANSWER_NONE &&
            !answer_one(s, a, kind == ANSWER_BOUNCED, error))
            return false;
    }
    return true;
}

/* Minute by minute as long as mail waits; an hour without any is one step. */
static bool
hour(Sim *s, int64_t end, GError **error)
{
    bool due = false, waits = false;

    clock_set(s->now);
    if (!exists_at(s,
                   "SELECT 1 FROM enrolment WHERE state = 'active'"
                   "  AND control = 0 AND due_at <= :now LIMIT 1",
                   &due, error))
        return false;
    if ((due || (s->now - s->wish->from) % DAY_MS == 0) && !tick(s, error))
        return false;
    for (; s->now < end; s->now += MINUTE_MS) {
        if (!exists_at(s,
                       "SELECT 1 FROM message WHERE not_before <= :now"
                       "  AND state IN ('scheduled', 'deferred') LIMIT 1",
                       &waits, error))
            return false;
        clock_set(s->now);
        if (waits && !deliver(s, error))
            return false;
    }
    return answer(s, error);
}

/* ---- what came of it
 * --------------------------------------------------------- */

static SimulateDay *
day_of(Sim *s, int64_t at)
{
    g_autofree char *date =
        date_format(at, s->workspace->zone, "YYYY-MM-DD", "en");
    SimulateDay *last = NULL;

    if (s->out->days->len > 0)
        last = g_ptr_array_index(s->out->days, s->out->days->len - 1);
    if (last && strcmp(last->date, date) == 0)
        return last;
    last = g_new0(SimulateDay, 1);
    last->date = g_steal_pointer(&date);
    g_ptr_array_add(s->out->days, last);
    return last;
}

static bool
count_days(Sim *s, GError **error)
{
    g_autoptr(Statement) st = store_prepare(
        s->store,
        "SELECT sent_at, campaign = :campaign FROM message"
        " WHERE kind = 'campaign' AND state IN ('sent', 'bounced')"
        "  AND sent_at >= :from AND sent_at < :to ORDER BY sent_at",
        error);
    int64_t day = s->wish->from;

    if (!st)
        return false;
    statement_bind_text(st, ":campaign", s->wish->campaign);
    statement_bind_int(st, ":from", s->wish->from);
    statement_bind_int(st, ":to", s->wish->to);
    while (statement_step(st)) {
        int64_t at = statement_int(st, 0);
        SimulateDay *d;
        for (; day <= at; day += HOUR_MS)
            day_of(s, day);
        d = day_of(s, at);
        d->sent += statement_int(st, 1);
        d->others += !statement_int(st, 1);
        s->out->sent += statement_int(st, 1);
    }
    return statement_end(st, error);
}

static bool
count_people(Sim *s, GError **error)
{
    g_autoptr(Statement) st = store_prepare(
        s->store,
        "SELECT count(*), coalesce(sum(state = 'done'), 0),"
        "  coalesce(sum(state IN ('active', 'waiting')), 0)"
        " FROM enrolment WHERE campaign = :campaign AND control = 0",
        error);

    if (!st)
        return false;
    statement_bind_text(st, ":campaign", s->wish->campaign);
    if (statement_step(st)) {
        s->out->people = statement_int(st, 0);
        s->out->done = statement_int(st, 1);
        s->out->waiting = statement_int(st, 2);
    }
    return statement_end(st, error);
}

static void
add_line(Sim *s, SimulatePerson *person, int64_t at, const char *what,
         const char *why)
{
    g_autofree char *when =
        date_format(at, s->workspace->zone, "YYYY-MM-DD HH:mm", "en");

    g_ptr_array_add(person->lines, g_strdup_printf("%s  %s%s%s", when, what,
                                                   *why ? ": " : "", why));
}

/* The people with the most different fates first: replies, bounces, then the
 * longest ways. */
static bool
read_persons(Sim *s, GError **error)
{
    g_autoptr(Statement) st = store_prepare(
        s->store,
        "SELECT c.email, x.at, x.what, x.why FROM"
        " (SELECT e.candidate_id FROM enrolment e"
        "   WHERE e.campaign = :campaign AND e.control = 0"
        "   ORDER BY row_number() OVER (PARTITION BY e.state, e.exit_reason,"
        "     e.step ORDER BY e.candidate_id), e.candidate_id LIMIT :limit) p"
        " JOIN candidate c ON c.candidate_id = p.candidate_id"
        " JOIN (SELECT candidate_id, sent_at AS at, step AS what, '' AS why"
        "   FROM message WHERE campaign = :campaign AND owner IS NULL"
        "    AND state = 'sent'"
        "  UNION ALL SELECT candidate_id, updated_at, 'left', exit_reason"
        "   FROM enrolment WHERE campaign = :campaign AND state = 'exited'"
        "  UNION ALL SELECT candidate_id, due_at, 'next', step"
        "   FROM enrolment WHERE campaign = :campaign AND state = 'active')"
        "  x ON x.candidate_id = p.candidate_id"
        " ORDER BY c.candidate_id, x.at, x.what",
        error);
    SimulatePerson *person = NULL;

    if (!st)
        return false;
    statement_bind_text(st, ":campaign", s->wish->campaign);
    statement_bind_int(st, ":limit", MOST_PERSONS);
    while (statement_step(st)) {
        const char *email = statement_text(st, 0);
        if (!person || strcmp(person->email, email) != 0) {
            person = g_new0(SimulatePerson, 1);
            person->email = g_strdup(email);
            person->lines = g_ptr_array_new_with_free_func(g_free);
            g_ptr_array_add(s->out->persons, person);
        }
        add_line(s, person, statement_int(st, 1), statement_text(st, 2),
                 statement_text(st, 3) ? statement_text(st, 3) : "");
    }
    return statement_end(st, error);
}

bool
simulate_run(Workspace *workspace, Store *store, const Keys *keys,
             const SimulateWish *wish, Simulation *out, Diagnostics *problems,
             GError **error)
{
    g_auto(Sim) s = {.workspace = workspace,
                     .keys = keys,
                     .wish = wish,
                     .now = wish->from,
                     .seen = wish->from - 1,
                     .out = out};

    memset(out, 0, sizeof *out);
    out->days = g_ptr_array_new_with_free_func(day_free);
    out->persons = g_ptr_array_new_with_free_func(person_free);
    clock_set(s.now);
    if (wish->answers &&
        !(s.answers = simulate_answers_read(wish->answers, error)))
        return false;
    if (!sim_open(&s, store, error) || !launch(&s, problems, error))
        return false;
    while (s.now < wish->to)
        if (!hour(&s, MIN(s.now + HOUR_MS, wish->to), error))
            return false;
    return count_days(&s, error) && count_people(&s, error) &&
           read_persons(&s, error);
}
