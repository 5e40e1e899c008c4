/* SPDX-License-Identifier: Apache-2.0 */
/* test_outbox.c - every transition of a row, and every fence */
#include "mta-fixture.h"

typedef struct {
    World *w;
    Work work;
    GPtrArray *claims;
    char id[MESSAGE_ID_TEXT];
} Case;

static GPtrArray *
take(World *w, const Work *work, int64_t now, int limit)
{
    g_autoptr(GError) error = NULL;
    g_auto(Transaction) tx = store_begin(w->store, &error);
    GPtrArray *claims = claim_take(w->store, work, now, limit, &error);

    g_assert_no_error(error);
    transaction_commit(&tx, &error);
    g_assert_no_error(error);
    return claims;
}

/* A world with one message of `kind`, claimed by "w1" when `claimed`. */
static void
begin(Case *c, const char *kind, bool claimed)
{
    *c = (Case){.w = world_new(false)};
    c->work = (Work){.workspace = &c->w->workspace,
                     .composer = &c->w->composer,
                     .worker_id = "w1",
                     .relay = "relay:25"};
    world_add(c->w, 1, kind, c->id);
    if (claimed) {
        c->claims = take(c->w, &c->work, NOW, 10);
        g_assert_cmpuint(c->claims->len, ==, 1);
    }
}

static void
end(Case *c)
{
    g_clear_pointer(&c->claims, g_ptr_array_unref);
    world_free(c->w);
}

static const Claim *
claim_of(const Case *c)
{
    return c->claims->pdata[0];
}

/* Returns the gate's state; NULL = not ours. */
static const char *
mark(Case *c, const Work *work, int64_t now)
{
    g_autoptr(GError) error = NULL;
    g_auto(Transaction) tx = store_begin(c->w->store, &error);
    const char *state;
    bool marked;

    claim_mark(c->w->store, work, claim_of(c), "hash", now, &marked, &state,
               &error);
    g_assert_no_error(error);
    g_assert_cmpint(marked, ==, g_strcmp0(state, "committing") == 0);
    transaction_commit(&tx, &error);
    g_assert_no_error(error);
    return state;
}

static const char *
settle(Case *c, const Work *work, const Verdict *verdict, int64_t now)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GBytes) bytes = g_bytes_new_static("the bytes", 9);
    g_auto(Transaction) tx = store_begin(c->w->store, &error);
    const char *state;

    claim_settle(c->w->store, work, claim_of(c), verdict, bytes, now, &state,
                 &error);
    g_assert_no_error(error);
    transaction_commit(&tx, &error);
    g_assert_no_error(error);
    return state;
}

static Verdict
verdict_of(VerdictKind kind, int code)
{
    return (Verdict){kind, {code, {0}, "as the server said"}, false};
}

static void
assert_told(const Case *c, const char *state)
{
    g_autofree char *want =
        state ? g_strdup_printf("%s %s;", c->id, state) : g_strdup("");

    g_assert_cmpstr(c->w->told->str, ==, want);
}

static void
test_add_once(void)
{
    Case c;
    g_autoptr(GError) error = NULL;
    bool added = true;
    OutboxEntry entry;

    begin(&c, "campaign", false);
    entry = (OutboxEntry){.message_id = "another",
                          .kind = "campaign",
                          .dedupe_key = "campaign:1",
                          .candidate = 1,
                          .campaign = "k",
                          .step = "one",
                          .cycle = 1,
                          .rcpt = "c1@example.net",
                          .rcpt_hmac = "hmac1"};
    g_auto(Transaction) tx = store_begin(c.w->store, &error);
    g_assert_true(outbox_add(c.w->store, &entry, NOW, &added, &error));
    g_assert_false(added); /* the same dedupe_key */
    entry.message_id = c.id;
    entry.dedupe_key = "another";
    added = true;
    g_assert_true(outbox_add(c.w->store, &entry, NOW, &added, &error));
    g_assert_false(added); /* the same id */
    transaction_commit(&tx, &error);
    g_assert_cmpint(world_int(c.w->store, "SELECT count(*) FROM message"), ==,
                    1);
    end(&c);
}

static void
test_claim_order(void)
{
    World *w = world_new(false);
    Work work = {.workspace = &w->workspace, .worker_id = "w1"};
    char id[5][MESSAGE_ID_TEXT];
    g_autoptr(GPtrArray) claims = NULL;

    for (int i = 0; i < 5; i++)
        world_add(w, i + 1, "campaign", id[i]);
    world_exec(w->store, "UPDATE message SET priority = 10"
                         " WHERE candidate_id = 3");
    world_exec(w->store, "UPDATE message SET not_before = 5"
                         " WHERE candidate_id = 5");
    world_exec(w->store, "UPDATE message SET not_before = 9999999999999"
                         " WHERE candidate_id = 1");
    claims = take(w, &work, NOW, 2);
    g_assert_cmpuint(claims->len, ==, 2);
    g_assert_cmpstr(((Claim *)claims->pdata[0])->message_id, ==, id[2]);
    g_assert_cmpstr(((Claim *)claims->pdata[1])->message_id, ==, id[4]);
    g_ptr_array_unref(claims);
    claims = take(w, &work, NOW, 10);
    g_assert_cmpuint(claims->len, ==, 2); /* one is not due */
    world_free(w);
}

static void
test_claim_skips_paused(void)
{
    Case c;
    g_autoptr(GPtrArray) claims = NULL;

    begin(&c, "campaign", false);
    world_exec(c.w->store, "UPDATE campaign SET state = 'paused'");
    claims = take(c.w, &c.work, NOW, 10);
    g_assert_cmpuint(claims->len, ==, 0);
    world_assert_state(c.w, c.id, "scheduled");
    end(&c);
}

static void
test_claim_rate(void)
{
    World *w = world_new(false);
    Work work = {.workspace = &w->workspace, .worker_id = "w1"};
    char id[MESSAGE_ID_TEXT];
    static const struct {
        int64_t now;
        guint want;
    } takes[] = {{NOW, 3},
                 {NOW + 1, 0},
                 {NOW + 20 * MINUTE_MS, 1},
                 {NOW + 60 * MINUTE_MS, 2}};

    for (int i = 0; i < 8; i++)
        world_add(w, i + 1, "campaign", id);
    w->workspace.sending.rate = (Rate){3, HOUR_MS};
    for (gsize i = 0; i < G_N_ELEMENTS(takes); i++) {
        g_autoptr(GPtrArray) claims = take(w, &work, takes[i].now, 10);
        g_assert_cmpuint(claims->len, ==, takes[i].want);
    }
    /* who waits for the rate has not been tried: no time has begun for them */
    g_assert_cmpint(world_int(w->store, "SELECT count(*) FROM attempt"), ==, 6);
    g_assert_cmpint(world_int(w->store, "SELECT count(*) FROM message"
                                        " WHERE first_claim_at IS NULL"),
                    ==, 2);
    world_free(w);
}

static void
test_sent(void)
{
    Case c;
    Verdict sent = verdict_of(VERDICT_SENT, 250);

    begin(&c, "campaign", true);
    g_assert_cmpstr(mark(&c, &c.work, NOW + 1), ==, "committing");
    world_assert_state(c.w, c.id, "committing");
    g_assert_cmpstr(settle(&c, &c.work, &sent, NOW + 2), ==, "sent");
    assert_told(&c, "sent");
    g_assert_cmpint(world_int(c.w->store, "SELECT sent_at FROM message"), ==,
                    NOW + 2);
    g_assert_cmpint(world_int(c.w->store,
                              "SELECT count(*) FROM event WHERE kind = 'sent'"
                              " AND candidate_id = 1"),
                    ==, 1);
    g_assert_cmpint(world_int(c.w->store,
                              "SELECT count(*) FROM attempt WHERE n = 1"
                              " AND outcome = 'sent' AND code = 250"
                              " AND dot_at < ended_at"),
                    ==, 1);
    g_assert_cmpint(
        world_int(c.w->store, "SELECT last_contacted FROM candidate"), ==,
        NOW + 2);
    end(&c);
}

/* sent cannot be reached without the mark, whatever the verdict says. */
static void
test_sent_needs_mark(void)
{
    Case c;
    Verdict sent = verdict_of(VERDICT_SENT, 250);

    begin(&c, "campaign", true);
    g_assert_null(settle(&c, &c.work, &sent, NOW));
    world_assert_state(c.w, c.id, "claimed");
    end(&c);
}

static void
test_fences(void)
{
    Case c;
    Work other;
    Verdict sent = verdict_of(VERDICT_SENT, 250);
    Claim *claim;

    begin(&c, "campaign", true);
    other = c.work;
    other.worker_id = "w2";
    g_assert_null(mark(&c, &other, NOW)); /* another's row */
    claim = c.claims->pdata[0];
    claim->attempt = 2;
    g_assert_null(mark(&c, &c.work, NOW)); /* another attempt */
    claim->attempt = 1;
    g_assert_cmpstr(mark(&c, &c.work, NOW), ==, "committing");
    g_assert_null(mark(&c, &c.work, NOW)); /* marked already */
    claim->attempt = 2;
    g_assert_null(settle(&c, &c.work, &sent, NOW));
    claim->attempt = 1;
    g_assert_null(settle(&c, &other, &sent, NOW));
    g_assert_cmpstr(settle(&c, &c.work, &sent, NOW), ==, "sent");
    g_assert_null(settle(&c, &c.work, &sent, NOW)); /* over */
    end(&c);
}

static void
test_deferred_keeps_bytes(void)
{
    Case c;
    Verdict later = verdict_of(VERDICT_DEFERRED, 451);
    g_autoptr(GPtrArray) claims = NULL;
    const Claim *again;
    int64_t due;

    begin(&c, "campaign", true);
    mark(&c, &c.work, NOW);
    g_assert_cmpstr(settle(&c, &c.work, &later, NOW), ==, "deferred");
    assert_told(&c, NULL);
    due = world_int(c.w->store, "SELECT not_before FROM message");
    g_assert_cmpint(due, >=, NOW + 4 * MINUTE_MS);
    g_assert_cmpint(due, <=, NOW + 6 * MINUTE_MS);
    g_assert_cmpint(world_int(c.w->store, "SELECT refusals FROM message"), ==,
                    1);
    claims = take(c.w, &c.work, due, 10);
    again = claims->pdata[0];
    g_assert_cmpint(again->attempt, ==, 2);
    g_assert_cmpint(again->first_claim_at, ==, NOW);
    g_assert_cmpint(memcmp(g_bytes_get_data(again->body, NULL), "the bytes", 9),
                    ==, 0);
    end(&c);
}

/* 48 hours of 4xx, and then an end. */
static void
test_deferred_to_the_end(void)
{
    Case c;
    Verdict later = verdict_of(VERDICT_DEFERRED, 451);
    const char *state = "deferred";
    int64_t now = NOW;
    int tries = 0;

    begin(&c, "campaign", true);
    while (strcmp(state, "deferred") == 0) {
        mark(&c, &c.work, now);
        state = settle(&c, &c.work, &later, now);
        if (strcmp(state, "deferred"))
            break;
        now = world_int(c.w->store, "SELECT not_before FROM message");
        g_ptr_array_unref(c.claims);
        c.claims = take(c.w, &c.work, now, 10);
        g_assert_cmpint(++tries, <, 40);
    }
    g_assert_cmpstr(state, ==, "expired");
    assert_told(&c, "expired");
    g_assert_cmpint(now, <=, NOW + 48 * HOUR_MS);
    g_assert_cmpint(now, >=, NOW + 40 * HOUR_MS);
    g_assert_cmpint(world_int(c.w->store, "SELECT count(*) FROM message_body"),
                    ==, 0);
    end(&c);
}

static void
test_retry_schedule(void)
{
    static const int minutes[] = {5, 15, 30, 60, 120, 240, 240, 240};
    GHashTable *seen = g_hash_table_new(g_int64_hash, g_int64_equal);
    static int64_t delays[64];

    for (int n = 0; n < (int)G_N_ELEMENTS(minutes); n++) {
        int64_t delay = retry_at("abc", n, 0);
        g_assert_cmpint(delay, >=, minutes[n] * MINUTE_MS * 8 / 10);
        g_assert_cmpint(delay, <=, minutes[n] * MINUTE_MS * 12 / 10);
        g_assert_cmpint(delay, ==, retry_at("abc", n, 0));
    }
    for (int i = 0; i < (int)G_N_ELEMENTS(delays); i++) {
        g_autofree char *id = g_strdup_printf("id%d", i);
        delays[i] = retry_at(id, 0, 0);
        g_hash_table_add(seen, &delays[i]);
    }
    g_assert_cmpuint(g_hash_table_size(seen), >, 40); /* they spread */
    g_hash_table_unref(seen);
}

static void
test_bounced(void)
{
    static const struct {
        bool hard;
        int64_t suppressed;
    } cases[] = {{true, 1}, {false, 0}};

    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        Case c;
        Verdict verdict = verdict_of(VERDICT_BOUNCED, 550);
        verdict.is_hard = cases[i].hard;
        begin(&c, "campaign", true); /* refused at RCPT: no mark */
        g_assert_cmpstr(settle(&c, &c.work, &verdict, NOW), ==, "bounced");
        assert_told(&c, "bounced");
        g_assert_cmpint(world_int(c.w->store, "SELECT count(*) FROM suppression"
                                              " WHERE address_hmac = 'hmac1'"
                                              " AND reason = 'bounced'"),
                        ==, cases[i].suppressed);
        g_assert_cmpint(world_int(c.w->store, "SELECT count(*) FROM event"
                                              " WHERE kind = 'bounced'"),
                        ==, 1);
        end(&c);
    }
}

static void
test_dead(void)
{
    Case c;
    Verdict verdict = verdict_of(VERDICT_DEAD, 550);

    begin(&c, "campaign", true);
    mark(&c, &c.work, NOW);
    g_assert_cmpstr(settle(&c, &c.work, &verdict, NOW), ==, "dead");
    assert_told(&c, "dead");
    g_assert_cmpint(world_int(c.w->store, "SELECT count(*) FROM suppression"),
                    ==, 0);
    end(&c);
}

static void
test_in_doubt(void)
{
    static const struct {
        const char *kind, *on_doubt, *want;
        bool told;
    } cases[] = {
        {"campaign", "hold", "in_doubt", true},
        {"campaign", "resend", "scheduled", false},
        {"service", "hold", "scheduled", false},
        {"test", "hold", "scheduled", false},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        Case c;
        Verdict verdict = verdict_of(VERDICT_IN_DOUBT, 0);
        g_autofree char *sql = g_strdup_printf(
            "UPDATE campaign SET on_doubt = '%s'", cases[i].on_doubt);
        begin(&c, cases[i].kind, true);
        world_exec(c.w->store, sql);
        g_assert_cmpstr(mark(&c, &c.work, NOW), ==, "committing");
        g_assert_cmpstr(settle(&c, &c.work, &verdict, NOW), ==, cases[i].want);
        assert_told(&c, cases[i].told ? "in_doubt" : NULL);
        g_assert_cmpint(world_int(c.w->store, "SELECT resends FROM message"),
                        ==, !cases[i].told);
        g_assert_cmpint(
            world_int(c.w->store, "SELECT count(*) FROM message_body"), ==, 1);
        g_assert_cmpint(world_int(c.w->store, "SELECT count(*) FROM message"
                                              " WHERE doubt_cause = 'noreply'"),
                        ==, 1);
        end(&c);
    }
}

static void
test_retry_gives_back(void)
{
    Case c;
    Verdict verdict = verdict_of(VERDICT_RETRY, 0);

    begin(&c, "campaign", true);
    g_assert_cmpstr(settle(&c, &c.work, &verdict, NOW), ==, "scheduled");
    world_assert_state(c.w, c.id, "scheduled");
    g_assert_cmpint(world_int(c.w->store, "SELECT not_before FROM message"), ==,
                    NOW - HOUR_MS);
    assert_told(&c, NULL);
    end(&c);
}

/* What is committed between claim and mark decides: the gate. */
static void
test_gate(void)
{
    static const struct {
        const char *kind, *sql, *want;
    } cases[] = {
        {"campaign",
         "INSERT INTO suppression (address_hmac, reason, at)"
         " VALUES ('hmac1', 'opted_out', 0)",
         "suppressed"},
        {"campaign",
         "INSERT INTO suppression (address_hmac, scope, reason, at)"
         " VALUES ('hmac1', 'k', 'opted_out', 0)",
         "suppressed"},
        {"campaign", "UPDATE candidate SET erased_at = 1", "suppressed"},
        {"campaign",
         "INSERT INTO consent (candidate_id, purpose, state, at)"
         " VALUES (1, 'mail', 'withdrawn', 2)",
         "suppressed"},
        {"campaign", "UPDATE candidate SET ats_status = 'interviewing'",
         "scheduled"},
        {"campaign",
         "INSERT INTO hold (candidate_id, kind, until_at, created_at)"
         " VALUES (1, 'not_now', 9999999999999, 0)",
         "scheduled"},
        {"campaign", "UPDATE campaign SET state = 'paused'", "scheduled"},
        {"campaign", "UPDATE campaign SET state = 'stopped'", "cancelled"},
        {"campaign", "UPDATE enrolment SET state = 'exited'", "cancelled"},
        {"campaign", "UPDATE enrolment SET control = 1", "cancelled"},
        {"campaign", "DELETE FROM enrolment", "cancelled"},
        {"campaign", "SELECT 1", "committing"},
        {"service",
         "INSERT INTO suppression (address_hmac, reason, at)"
         " VALUES ('hmac1', 'opted_out', 0)",
         "committing"},
        {"service",
         "INSERT INTO suppression (address_hmac, reason, at)"
         " VALUES ('hmac1', 'bounced', 0)",
         "suppressed"},
        {"service",
         "INSERT INTO suppression (address_hmac, reason, at, undeliverable)"
         " VALUES ('hmac1', 'opted_out', 0, 1)",
         "suppressed"},
        {"service",
         "INSERT INTO suppression (address_hmac, reason, at)"
         " VALUES ('hmac1', 'erased', 0)",
         "suppressed"},
        {"test",
         "INSERT INTO suppression (address_hmac, reason, at)"
         " VALUES ('hmac1', 'erased', 0)",
         "committing"},
        {"digest", "SELECT 1", "cancelled"}, /* to nobody in senders/ */
    };

    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        Case c;
        begin(&c, cases[i].kind, true);
        world_exec(c.w->store, cases[i].sql);
        g_test_message("%s: %s", cases[i].kind, cases[i].sql);
        g_assert_cmpstr(mark(&c, &c.work, NOW), ==, cases[i].want);
        world_assert_state(c.w, c.id, cases[i].want);
        if (strcmp(cases[i].want, "scheduled") &&
            strcmp(cases[i].want, "committing"))
            assert_told(&c, cases[i].want);
        end(&c);
    }
}

static void
test_gate_hold_moves_due(void)
{
    Case c;

    begin(&c, "campaign", true);
    world_exec(c.w->store,
               "INSERT INTO hold (candidate_id, kind, until_at, created_at)"
               " VALUES (1, 'not_now', 1772600000000, 0)");
    g_assert_cmpstr(mark(&c, &c.work, NOW), ==, "scheduled");
    g_assert_cmpint(world_int(c.w->store, "SELECT not_before FROM message"), ==,
                    1772600000000);
    end(&c);
}

static void
test_gate_expired(void)
{
    Case c;

    begin(&c, "campaign", true);
    g_assert_cmpstr(mark(&c, &c.work, NOW + 8 * DAY_MS), ==, "expired");
    assert_told(&c, "expired");
    end(&c);
}

static void
test_gate_digest(void)
{
    Case c;
    Sender sender = {.email = (char *)"c1@example.net"};
    g_autoptr(GPtrArray) senders = g_ptr_array_new();

    g_ptr_array_add(senders, &sender);
    begin(&c, "digest", true);
    c.w->workspace.senders = senders;
    g_assert_cmpstr(mark(&c, &c.work, NOW), ==, "committing");
    end(&c);
}

/* A refusal of the callback rolls the whole result back. */
static void
test_settled_is_in_the_transaction(void)
{
    Case c;
    g_autoptr(GError) error = NULL;
    Verdict sent = verdict_of(VERDICT_SENT, 250);
    const char *state;

    begin(&c, "campaign", true);
    mark(&c, &c.work, NOW);
    c.w->refuse_settled = true;
    {
        g_auto(Transaction) tx = store_begin(c.w->store, &error);
        g_assert_false(claim_settle(c.w->store, &c.work, claim_of(&c), &sent,
                                    NULL, NOW, &state, &error));
    }
    g_assert_error(error, NURTURE_ERROR, ERROR_STORE);
    world_assert_state(c.w, c.id, "committing");
    g_assert_cmpint(world_int(c.w->store, "SELECT count(*) FROM event"), ==, 0);
    end(&c);
}

static void
cancel(World *w, const char *campaign)
{
    g_autoptr(GError) error = NULL;
    g_auto(Transaction) tx = store_begin(w->store, &error);

    g_assert_true(outbox_cancel(w->store, 1, campaign, "replied", NOW, &error));
    transaction_commit(&tx, &error);
}

static void
test_cancel(void)
{
    Case c;

    begin(&c, "campaign", false);
    cancel(c.w, "other");
    world_assert_state(c.w, c.id, "scheduled");
    cancel(c.w, "k");
    world_assert_state(c.w, c.id, "cancelled");
    end(&c);
    begin(&c, "campaign", true); /* claimed: its mark must fail */
    cancel(c.w, NULL);
    g_assert_null(mark(&c, &c.work, NOW));
    world_assert_state(c.w, c.id, "cancelled");
    end(&c);
    begin(&c, "campaign", true); /* marked: too late */
    mark(&c, &c.work, NOW);
    cancel(c.w, NULL);
    world_assert_state(c.w, c.id, "committing");
    end(&c);
}

static void
test_resolve(void)
{
    static const struct {
        bool bounced;
        const char *want;
    } cases[] = {{false, "sent"}, {true, "bounced"}};

    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        Case c;
        g_autoptr(GError) error = NULL;
        Verdict verdict = verdict_of(VERDICT_IN_DOUBT, 0);
        begin(&c, "campaign", true);
        mark(&c, &c.work, NOW);
        settle(&c, &c.work, &verdict, NOW + 1000);
        {
            g_auto(Transaction) tx = store_begin(c.w->store, &error);
            g_assert_true(outbox_resolve(c.w->store, c.id, cases[i].bounced,
                                         "a click", NOW + 5000, &error));
            transaction_commit(&tx, &error);
        }
        world_assert_state(c.w, c.id, cases[i].want);
        g_assert_cmpint(world_int(c.w->store, "SELECT sent_at FROM message"),
                        ==, NOW);
        g_assert_cmpint(
            world_int(c.w->store, "SELECT count(*) FROM message_body"), ==, 0);
        end(&c);
    }
}

/* A human may send what is in doubt or dead again, and nothing else. */
static void
test_resend(void)
{
    static const struct {
        VerdictKind verdict;
        bool changed, done;
    } cases[] = {
        {VERDICT_IN_DOUBT, false, true}, {VERDICT_IN_DOUBT, true, true},
        {VERDICT_DEAD, false, true},     {VERDICT_SENT, false, false},
        {VERDICT_BOUNCED, false, false},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        Case c;
        g_autoptr(GError) error = NULL;
        Verdict verdict = verdict_of(cases[i].verdict, 550);
        bool done;
        begin(&c, "campaign", true);
        mark(&c, &c.work, NOW);
        settle(&c, &c.work, &verdict, NOW);
        {
            g_auto(Transaction) tx = store_begin(c.w->store, &error);
            g_assert_true(outbox_resend(c.w->store, c.id, cases[i].changed,
                                        NOW + 1, &done, &error));
            transaction_commit(&tx, &error);
        }
        g_assert_cmpint(done, ==, cases[i].done);
        g_assert_cmpint(world_int(c.w->store, "SELECT resends FROM message"),
                        ==, cases[i].done);
        if (done)
            g_assert_cmpint(world_int(c.w->store, "SELECT mime_sha256 IS NULL"
                                                  " FROM message"),
                            ==, cases[i].changed);
        end(&c);
    }
}

static void
test_count(void)
{
    Case c;
    OutboxCounts counts;
    g_autoptr(GError) error = NULL;

    begin(&c, "campaign", true);
    g_assert_true(outbox_count(c.w->store, NULL, &counts, &error));
    g_assert_cmpint(counts.claimed, ==, 1);
    g_assert_true(outbox_count(c.w->store, "none", &counts, &error));
    g_assert_cmpint(counts.claimed, ==, 0);
    end(&c);
}

/* A worker that lives keeps its rows; one that is gone loses them. */
static void
test_reap(void)
{
    World *w = world_new(false);
    g_autoptr(GError) error = NULL;
    Worker *worker = worker_open(w->store, w->dir, NOW, &error);
    Work work = {.workspace = &w->workspace,
                 .composer = &w->composer,
                 .worker_id = worker_id(worker)};
    char id[2][MESSAGE_ID_TEXT];
    Case c = {.w = w, .work = work};
    int64_t doubts;

    g_assert_no_error(error);
    world_add(w, 1, "campaign", id[0]);
    world_add(w, 2, "campaign", id[1]);
    c.claims = take(w, &work, NOW, 10);
    g_assert_cmpuint(c.claims->len, ==, 2);
    const Claim *first = claim_of(&c);
    const char *marked = first->message_id;
    const char *other = ((Claim *)c.claims->pdata[1])->message_id;
    g_assert_cmpstr(mark(&c, &work, NOW), ==, "committing");
    g_assert_true(
        delivery_reap(w->store, w->dir, &w->composer, NOW, &doubts, &error));
    g_assert_cmpint(doubts, ==, 0);
    world_assert_state(w, marked, "committing");
    world_assert_state(w, other, "claimed");
    worker_close(worker, w->store); /* still owns rows: only the lock goes */
    g_assert_true(
        delivery_reap(w->store, w->dir, &w->composer, NOW, &doubts, &error));
    g_assert_cmpint(doubts, ==, 1);
    world_assert_state(w, marked, "in_doubt");
    world_assert_state(w, other, "scheduled");
    g_assert_cmpint(world_int(w->store, "SELECT count(*) FROM worker"), ==, 0);
    g_ptr_array_unref(c.claims);
    world_free(w);
}

static void
test_worker_leaves_nothing(void)
{
    World *w = world_new(false);
    g_autoptr(GError) error = NULL;
    Worker *worker = worker_open(w->store, w->dir, NOW, &error);
    g_autofree char *dir = g_build_filename(w->dir, "workers", NULL);
    GDir *open;

    g_assert_no_error(error);
    worker_close(worker, w->store);
    g_assert_cmpint(world_int(w->store, "SELECT count(*) FROM worker"), ==, 0);
    open = g_dir_open(dir, 0, NULL);
    g_assert_null(g_dir_read_name(open));
    g_dir_close(open);
    world_free(w);
}

int
main(int argc, char **argv)
{
    static const struct {
        const char *path;
        void (*test)(void);
    } tests[] = {
        {"/outbox/add-once", test_add_once},
        {"/outbox/claim-order", test_claim_order},
        {"/outbox/claim-skips-paused", test_claim_skips_paused},
        {"/outbox/claim-rate", test_claim_rate},
        {"/outbox/sent", test_sent},
        {"/outbox/sent-needs-mark", test_sent_needs_mark},
        {"/outbox/fences", test_fences},
        {"/outbox/deferred-keeps-bytes", test_deferred_keeps_bytes},
        {"/outbox/deferred-to-the-end", test_deferred_to_the_end},
        {"/outbox/retry-schedule", test_retry_schedule},
        {"/outbox/bounced", test_bounced},
        {"/outbox/dead", test_dead},
        {"/outbox/in-doubt", test_in_doubt},
        {"/outbox/retry-gives-back", test_retry_gives_back},
        {"/outbox/gate", test_gate},
        {"/outbox/gate-hold-moves-due", test_gate_hold_moves_due},
        {"/outbox/gate-expired", test_gate_expired},
        {"/outbox/gate-digest", test_gate_digest},
        {"/outbox/settled-in-transaction", test_settled_is_in_the_transaction},
        {"/outbox/cancel", test_cancel},
        {"/outbox/resolve", test_resolve},
        {"/outbox/resend", test_resend},
        {"/outbox/count", test_count},
        {"/outbox/reap", test_reap},
        {"/outbox/worker-leaves-nothing", test_worker_leaves_nothing},
    };

    g_test_init(&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(tests); i++)
        g_test_add_func(tests[i].path, tests[i].test);
    return g_test_run();
}
