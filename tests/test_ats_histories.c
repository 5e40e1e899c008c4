/* SPDX-License-Identifier: Apache-2.0 */
/* test_ats_histories.c - no sequence of events hands a candidate to SMTP who
 * may not be mailed
 *
 * Random histories of one person each: records of an ATS in any order, opt-outs
 * of either address, bounces, holds, erasures, mails. A hostile planner queues
 * mail at any time; the real claim, gate and mark decide. Beside them runs a
 * model that shares no code with them, and both must agree on every mail: none
 * leaves that the model forbids, and none is kept that it allows.
 *
 * NURTURE_HISTORIES (2,000; CI may say 100000) and NURTURE_SEED choose how many
 * and which; both are printed. */
#include "ats-fixture.h"
#include "mta/worker.h"
#include "nurture/exit.h"
#include "nurture/optout.h"
#include "nurture/outbox.h"
#include "nurture/suppression.h"

#include <stdlib.h>

enum { APPS = 2, STEPS_MAX = 14, CAP = 2, ADDRESSES = 2 };

#define CAP_MS (14 * DAY_MS)

/* -- the model ------------------------------------------------------------ */

typedef struct {
    bool known;
    int status; /* rank: active 0, withdrawn 1, rejected 2, hired 3 */
    bool lead;
    int64_t at;
} ModelApp;

typedef struct {
    ModelApp app[APPS];
    int64_t cool_until[APPS]; /* of the present rejection */
    bool record, no_mail, gone, erased;
    int64_t record_at, gone_at;
    bool opted_out[ADDRESSES], bounced;
    int64_t held_until;
    int64_t sent[STEPS_MAX];
    int n_sent;
} Model;

static const char *
model_forbids(const Model *m, int64_t now)
{
    int recent = 0;

    if (m->erased)
        return "erased";
    if (m->opted_out[0] || m->opted_out[1])
        return "opted out";
    if (m->bounced)
        return "bounced";
    for (int i = 0; m->record && i < APPS; i++) {
        if (m->app[i].known && (m->app[i].status == 3 ||
                                (m->app[i].status == 0 && !m->app[i].lead)))
            return "in process";
        if (m->app[i].known && m->cool_until[i] > now)
            return "cooling off";
    }
    if (m->no_mail)
        return "do not contact";
    if (m->gone)
        return "deleted there";
    if (m->held_until > now)
        return "on hold";
    for (int i = 0; i < m->n_sent; i++)
        recent += m->sent[i] > now - CAP_MS;
    return recent >= CAP ? "capped" : NULL;
}

static void
model_application(Model *m, int i, int status, bool lead, int64_t at,
                  int64_t now)
{
    ModelApp *a = &m->app[i];

    if (m->erased)
        return;
    if (a->known && (at < a->at || (at == a->at && status < a->status)))
        return;
    *a = (ModelApp){true, status, lead, at};
    m->cool_until[i] = 0;
    if (status == 2 && at + 90 * DAY_MS > now)
        m->cool_until[i] = at + 90 * DAY_MS;
}

/* -- a history ------------------------------------------------------------ */

typedef struct {
    AtsWorld *w;
    GRand *rand;
    Model m;
    Work work;
    int64_t person;
    char *email[ADDRESSES], *hmac[ADDRESSES], *id;
    int mails;
    int64_t *allowed, *kept; /* mails, over all histories */
    GString *story;
} History;

static int
dice(History *h, int sides)
{
    return g_rand_int_range(h->rand, 0, sides);
}

static void tell(History *h, const char *format, ...) G_GNUC_PRINTF(2, 3);
static void
tell(History *h, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    g_string_append(h->story, "\n  ");
    g_string_append_vprintf(h->story, format, args);
    va_end(args);
}

static void
put(History *h, AtsRow *row)
{
    g_autoptr(GError) error = NULL;
    AtsResult result = {0};
    g_autoptr(AtsWriter) writer = ats_writer_new(
        h->w->store, &h->w->workspace, h->w->keys, h->w->now, &result, &error);
    g_autofree char *reason = NULL, *wrong = NULL;
    AtsPut put;
    int field;

    g_assert_true(ats_row_finish(row, "gh", h->w->now, &field, &wrong));
    g_auto(Transaction) tx = store_begin(h->w->store, &error);
    ats_writer_put(writer, row, &put, &reason, &error);
    g_assert_no_error(error);
    transaction_commit(&tx, &error);
    g_assert_no_error(error);
    ats_result_clear(&result);
    ats_row_clear(row);
}

static void
set(AtsRow *row, AtsField field, const char *text)
{
    char *reason;

    g_assert_true(ats_row_set(row, field, text, &reason));
}

/* Some time in the last weeks: records come late, and in disorder. */
static int64_t
some_time(History *h)
{
    return h->w->now - dice(h, 40) * DAY_MS - dice(h, 1000);
}

static void
do_application(History *h)
{
    static const char *const statuses[] = {"active", "withdrawn", "rejected",
                                           "hired"};
    static const char *const stages[] = {"lead", "applied", "screen",
                                         "interview", "offer"};
    /* hires end everything: rarer than the rest */
    int status = dice(h, 12) == 0 ? 3 : dice(h, 3);
    int stage = dice(h, 5), i = dice(h, APPS);
    int64_t at = some_time(h);
    g_autofree char *id = g_strdup_printf("%s-%d", h->id, i);
    g_autofree char *when = g_strdup_printf("%" G_GINT64_FORMAT, at);
    g_auto(AtsRow) row = {0};

    set(&row, ATS_TYPE, "application");
    set(&row, ATS_ID, id);
    set(&row, ATS_CANDIDATE_ID, h->id);
    set(&row, ATS_STATUS, statuses[status]);
    set(&row, ATS_STAGE_KIND, stages[stage]);
    set(&row, ATS_UPDATED_AT, when);
    if (status == 2)
        set(&row, ATS_REJECTED_AT, when);
    tell(h, "application %d %s %s at %s", i, statuses[status], stages[stage],
         when);
    put(h, &row);
    model_application(&h->m, i, status, stage == 0, at, h->w->now);
}

static void
do_record(History *h)
{
    bool deleted = dice(h, 6) == 0, no_mail = dice(h, 4) == 0;
    int64_t at = some_time(h);
    g_autofree char *when = g_strdup_printf("%" G_GINT64_FORMAT, at);
    g_autofree char *emails = g_strjoin("\x1f", h->email[0], h->email[1], NULL);
    g_auto(AtsRow) row = {0};
    Model *m = &h->m;

    set(&row, ATS_TYPE, "candidate");
    set(&row, ATS_ID, h->id);
    set(&row, ATS_EMAILS, emails);
    set(&row, ATS_UPDATED_AT, when);
    set(&row, ATS_CAN_EMAIL, no_mail ? "no" : "yes");
    if (deleted)
        set(&row, ATS_DELETED, "yes");
    tell(h, "record%s%s at %s", deleted ? " deleted" : "",
         no_mail ? " no mail" : "", when);
    put(h, &row);
    if (m->erased || (m->record_at && at < m->record_at))
        return;
    m->record_at = at;
    if (deleted && !m->record)
        return; /* of somebody it never named */
    if (deleted) {
        m->gone_at = m->gone ? m->gone_at : h->w->now;
        m->gone = true;
        return;
    }
    m->gone = false;
    m->no_mail = no_mail;
    m->record = true;
    /* a rejection that came before its person counts from now on */
    for (int i = 0; i < APPS; i++)
        if (m->cool_until[i] <= h->w->now)
            m->cool_until[i] = 0;
}

static void
do_opt_out(History *h)
{
    int which = dice(h, ADDRESSES);
    g_autoptr(GError) error = NULL;
    g_auto(Transaction) tx = store_begin(h->w->store, &error);

    if (which == 1 && !h->m.record)
        return; /* nobody knows yet whose address that is */
    tell(h, "opts out by address %d", which);
    optout_apply(h->w->store, &h->w->workspace, which ? 0 : h->person,
                 h->hmac[which], NULL, "opted_out", h->w->now, &error);
    g_assert_no_error(error);
    transaction_commit(&tx, &error);
    h->m.opted_out[which] = true;
}

static void
do_bounce(History *h)
{
    g_autoptr(GError) error = NULL;
    g_auto(Transaction) tx = store_begin(h->w->store, &error);

    tell(h, "bounces");
    optout_apply(h->w->store, &h->w->workspace, h->person, h->hmac[0], NULL,
                 "bounced", h->w->now, &error);
    g_assert_no_error(error);
    transaction_commit(&tx, &error);
    h->m.bounced = true;
}

static void
do_hold(History *h)
{
    int64_t until = h->w->now + (1 + dice(h, 30)) * DAY_MS;
    g_autofree char *sql = g_strdup_printf(
        "INSERT INTO hold (candidate_id, kind, until_at, created_at)"
        " VALUES (%" G_GINT64_FORMAT ", 'not_now', %" G_GINT64_FORMAT ", 0)",
        h->person, until);

    tell(h, "on hold until %" G_GINT64_FORMAT, until);
    ats_exec(h->w, sql);
    if (!h->m.erased)
        h->m.held_until = MAX(h->m.held_until, until);
}

static void
do_erase(History *h)
{
    g_autoptr(GError) error = NULL;

    if (h->m.erased)
        return;
    tell(h, "is erased");
    candidate_erase(h->w->store, &h->w->workspace, h->w->keys, h->person,
                    h->w->now, &error);
    g_assert_no_error(error);
    h->m.erased = true;
}

static void
do_time(History *h)
{
    g_autoptr(GError) error = NULL;
    int64_t erased;

    h->w->now += dice(h, 3) ? dice(h, 72) * HOUR_MS : dice(h, 60) * DAY_MS;
    tell(h, "now %" G_GINT64_FORMAT, h->w->now);
    ats_erase_due(h->w->store, &h->w->workspace, h->w->keys, h->w->now, &erased,
                  &error);
    g_assert_no_error(error);
    if (h->m.gone && h->m.gone_at + DAY_MS <= h->w->now)
        h->m.erased = true;
}

static void
do_something(History *h)
{
    int what = dice(h, 40);

    if (what < 16)
        do_application(h);
    else if (what < 24)
        do_record(h);
    else if (what < 34)
        do_time(h);
    else if (what < 37)
        do_hold(h);
    else if (what < 38)
        do_opt_out(h);
    else if (what < 39)
        do_bounce(h);
    else
        do_erase(h);
}

/* -- mail ----------------------------------------------------------------- */

/* A planner that asks nobody: a new way through the campaign, and a mail. */
static void
queue(History *h, char id[MESSAGE_ID_TEXT])
{
    g_autoptr(GError) error = NULL;
    int cycle = ++h->mails;
    g_autofree char *key =
        g_strdup_printf("%" G_GINT64_FORMAT ":%d", h->person, cycle);
    g_autofree char *enrol = g_strdup_printf(
        "INSERT INTO enrolment (candidate_id, campaign, cycle, snapshot, state,"
        " step, due_at, anchor_at, enrolled_at, updated_at)"
        " VALUES (%" G_GINT64_FORMAT ", 'k', %d, 's', 'waiting', 'one', 0, 0,"
        " 0, 0)",
        h->person, cycle);
    bool added;

    message_id_make(h->w->keys, h->person, "k", cycle, "one", id);
    ats_exec(h->w, enrol);
    g_auto(Transaction) tx = store_begin(h->w->store, &error);
    outbox_add(h->w->store,
               &(OutboxEntry){.message_id = id,
                              .kind = "campaign",
                              .dedupe_key = key,
                              .candidate = h->person,
                              .campaign = "k",
                              .step = "one",
                              .cycle = cycle,
                              .snapshot = "s",
                              .rcpt = h->email[0],
                              .rcpt_hmac = h->hmac[0],
                              .priority = 50,
                              .not_before = h->w->now,
                              .not_after = h->w->now + 400 * DAY_MS},
               h->w->now, &added, &error);
    g_assert_no_error(error);
    g_assert_true(added);
    transaction_commit(&tx, &error);
}

static bool
mark(History *h, const Claim *claim)
{
    g_autoptr(GError) error = NULL;
    g_auto(Transaction) tx = store_begin(h->w->store, &error);
    g_autoptr(GBytes) bytes = g_bytes_new_static("x", 1);
    Verdict sent = {.kind = VERDICT_SENT, .reply = {.code = 250}};
    const char *state;
    bool marked;

    claim_mark(h->w->store, &h->work, claim, "sha", h->w->now, &marked, &state,
               &error);
    g_assert_no_error(error);
    if (marked)
        claim_settle(h->w->store, &h->work, claim, &sent, bytes, h->w->now,
                     &state, &error);
    g_assert_no_error(error);
    transaction_commit(&tx, &error);
    g_assert_no_error(error);
    return marked;
}

static GPtrArray *
claim_all(History *h)
{
    g_autoptr(GError) error = NULL;
    g_auto(Transaction) tx = store_begin(h->w->store, &error);
    GPtrArray *claims =
        claim_take(h->w->store, &h->work, h->w->now, 100, &error);

    g_assert_no_error(error);
    transaction_commit(&tx, &error);
    return claims;
}

static void
judge(History *h, const Claim *claim, const char *newest, bool marked)
{
    const char *forbidden = model_forbids(&h->m, h->w->now);
    bool is_newest = strcmp(claim->message_id, newest) == 0;

    if (marked && forbidden)
        g_error("mail left to somebody who is %s:%s", forbidden, h->story->str);
    /* An older way through the campaign may have ended since. */
    if (!marked && !forbidden && is_newest)
        g_error("mail was kept from somebody who may have it:%s",
                h->story->str);
    *h->allowed += marked;
    *h->kept += !marked;
    if (marked) {
        tell(h, "got mail at %" G_GINT64_FORMAT, h->w->now);
        h->m.sent[h->m.n_sent++] = h->w->now;
    }
}

static void
do_mail(History *h)
{
    char id[MESSAGE_ID_TEXT];
    g_autoptr(GPtrArray) claims = NULL;

    if (h->m.n_sent + 4 > STEPS_MAX)
        return;
    queue(h, id);
    claims = claim_all(h);
    /* what is committed while the mail is being made counts */
    if (dice(h, 2))
        do_something(h);
    for (guint i = 0; i < claims->len && h->m.n_sent < STEPS_MAX; i++) {
        const Claim *c = g_ptr_array_index(claims, i);
        if (c->candidate == h->person)
            judge(h, c, id, mark(h, c));
    }
}

/* -- all ------------------------------------------------------------------ */

static void
play(AtsWorld *w, GRand *rand, int number, int64_t *allowed, int64_t *kept)
{
    History h = {.w = w,
                 .rand = rand,
                 .allowed = allowed,
                 .kept = kept,
                 .story = g_string_new(NULL),
                 .work = {.workspace = &w->workspace,
                          .worker_id = "w",
                          .relay = "r:25"}};
    int steps = 4 + dice(&h, STEPS_MAX - 4);

    w->now = NOW + dice(&h, 1000) * DAY_MS / 100;
    h.id = g_strdup_printf("c%d", number);
    for (int i = 0; i < ADDRESSES; i++) {
        g_autofree char *key = NULL;
        h.email[i] = g_strdup_printf("p%d.%d@example.org", number, i);
        key = address_key(h.email[i]);
        h.hmac[i] = keys_address_hmac(w->keys, key);
    }
    h.person = ats_person(w, h.email[0]);
    for (int i = 0; i < steps; i++)
        if (dice(&h, 3))
            do_something(&h);
        else
            do_mail(&h);
    for (int i = 0; i < ADDRESSES; i++) {
        g_free(h.email[i]);
        g_free(h.hmac[i]);
    }
    g_free(h.id);
    g_string_free(h.story, TRUE);
}

static AtsWorld *
new_world(void)
{
    AtsWorld *w = ats_world_new();

    w->workspace.sending.cap = (Rate){CAP, CAP_MS};
    ats_exec(w, "INSERT INTO campaign (campaign, snapshot, name, state,"
                " is_sequence, launched_at, start_at, updated_at)"
                " VALUES ('k', 's', 'n', 'running', 0, 0, 0, 0)");
    return w;
}

static int64_t
from_environment(const char *name, int64_t fallback)
{
    const char *text = getenv(name);

    return text ? g_ascii_strtoll(text, NULL, 10) : fallback;
}

static void
test_histories(void)
{
    int histories = (int)from_environment("NURTURE_HISTORIES", 2000);
    guint32 seed = (guint32)from_environment("NURTURE_SEED", 20260303);
    GRand *rand = g_rand_new_with_seed(seed);
    AtsWorld *w = NULL;
    int64_t allowed = 0, kept = 0;

    g_test_message("NURTURE_SEED=%u NURTURE_HISTORIES=%d", seed, histories);
    for (int i = 0; i < histories; i++) {
        if (i % 50 == 0) { /* an erasure rewrites the file: keep it small */
            if (w)
                ats_world_free(w);
            w = new_world();
        }
        play(w, rand, i, &allowed, &kept);
    }
    if (w)
        ats_world_free(w);
    g_rand_free(rand);
    g_test_message("%d mails left, %d were kept back", (int)allowed, (int)kept);
    /* a test that never mails, or always does, shows nothing */
    g_assert_cmpint(allowed, >, histories / 4);
    g_assert_cmpint(kept, >, histories / 4);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/ats/histories", test_histories);
    return g_test_run();
}
