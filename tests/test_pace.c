/* SPDX-License-Identifier: Apache-2.0 */
/* test_pace.c - how much may leave: rates, days, brakes, the relay's breaker */
#include "mta-fixture.h"

#include "mta/brake.h"
#include "mta/pace.h"
#include "nurture/provider.h"
#include "nurture/warm-up.h"

#define SCHEDULED                                                              \
    "UPDATE message SET state = 'scheduled', owner = NULL, first_claim_at ="   \
    " NULL; DELETE FROM attempt_past;"

static World *
world_with(int people)
{
    World *w = world_new(true);
    char id[MESSAGE_ID_TEXT];

    w->workspace.sending.domain = (char *)"mail.example.org";
    for (int i = 1; i <= people; i++)
        world_add(w, i, "campaign", id);
    return w;
}

static int
claim_by(World *w, Store *store, const char *worker, int64_t now, int limit)
{
    g_autoptr(GError) error = NULL;
    const Work work = {
        .workspace = &w->workspace, .worker_id = worker, .relay = "relay:25"};
    g_auto(Transaction) tx = store_begin(store, &error);
    g_autoptr(GPtrArray) claims = NULL;

    g_assert_no_error(error);
    claims = claim_take(store, &work, now, limit, &error);
    g_assert_no_error(error);
    transaction_commit(&tx, &error);
    g_assert_no_error(error);
    return (int)claims->len;
}

static int
claim(World *w, int64_t now, int limit)
{
    return claim_by(w, w->store, "w1", now, limit);
}

static void
test_campaign_rate(void)
{
    World *w = world_with(20);

    world_exec(w->store, "UPDATE campaign SET rate_count = 6, rate_per_ms ="
                         " 3600000");
    g_assert_cmpint(claim(w, NOW, 100), ==, 6);
    g_assert_cmpint(claim(w, NOW, 100), ==, 0);
    g_assert_cmpint(claim(w, NOW + 9 * MINUTE_MS, 100), ==, 0);
    g_assert_cmpint(claim(w, NOW + 10 * MINUTE_MS, 100), ==, 1);
    g_assert_cmpint(claim(w, NOW + 31 * MINUTE_MS, 100), ==, 2);
    /* without it there is nothing to wait for */
    world_exec(w->store, "UPDATE campaign SET rate_count = 0;"
                         "DELETE FROM brake WHERE name = 'campaign:k'");
    g_assert_cmpint(claim(w, NOW + 31 * MINUTE_MS, 100), ==, 11);
    world_free(w);
}

/* Rows that may not leave stand in nobody's way, however many they are. */
static void
test_no_starving(void)
{
    World *w = world_with(60);

    world_exec(w->store,
               "INSERT INTO campaign (campaign, snapshot, name, state,"
               " is_sequence, launched_at, start_at, updated_at, rate_count,"
               " rate_per_ms) VALUES ('slow', 's1', 'S', 'running', 1, 0, 0, 0,"
               " 1, 86400000);"
               "UPDATE message SET campaign = 'slow', priority = 10"
               " WHERE candidate_id <= 55");
    g_assert_cmpint(claim(w, NOW, 10), ==, 6);
    g_assert_cmpint(world_int(w->store, "SELECT count(*) FROM message WHERE"
                                        " state = 'claimed' AND campaign ="
                                        " 'slow'"),
                    ==, 1);
    world_free(w);
}

static void
test_rate_of_all(void)
{
    World *w = world_with(20);

    w->workspace.sending.rate = (Rate){6, HOUR_MS};
    world_exec(w->store, "UPDATE campaign SET rate_count = 100, rate_per_ms ="
                         " 3600000");
    g_assert_cmpint(claim(w, NOW, 100), ==, 6);
    g_assert_cmpint(claim(w, NOW + 20 * MINUTE_MS, 100), ==, 2);
    world_free(w);
}

static void
test_sender_day(void)
{
    World *w = world_with(20);
    GTimeZone *utc = w->workspace.zone;

    w->workspace.zone = g_time_zone_ref(zone_get("Europe/Berlin"));
    g_time_zone_unref(utc);
    w->workspace.sending.per_sender_day = 4;
    world_exec(w->store,
               "UPDATE message SET sender = CASE candidate_id % 2 WHEN 0"
               " THEN 'anna' ELSE 'bert' END;"
               "UPDATE message SET sender = NULL WHERE candidate_id = 20");
    g_assert_cmpint(claim(w, NOW, 5), ==, 5);
    g_assert_cmpint(claim(w, NOW, 100), ==, 4); /* 4 + 4 and the nameless */
    g_assert_cmpint(claim(w, NOW + 13 * HOUR_MS, 100), ==, 0);
    /* 23:00 UTC is midnight in Berlin */
    g_assert_cmpint(claim(w, NOW + 14 * HOUR_MS, 100), ==, 8);
    world_free(w);
}

static void
test_given_back(void)
{
    World *w = world_with(6);
    g_autoptr(GError) error = NULL;
    const Work work = {
        .workspace = &w->workspace, .worker_id = "w1", .relay = "relay:25"};

    w->workspace.sending.per_sender_day = 2;
    world_exec(w->store, "UPDATE message SET sender = 'anna'");
    {
        g_auto(Transaction) tx = store_begin(w->store, &error);
        g_autoptr(GPtrArray) claims =
            claim_take(w->store, &work, NOW, 10, &error);
        g_assert_cmpuint(claims->len, ==, 2);
        g_assert_true(claim_release(w->store, &work, claims->pdata[0], 0,
                                    "relay", NOW, NULL, &error));
        g_assert_true(transaction_commit(&tx, &error));
    }
    /* nor has the time of its retries begun */
    g_assert_cmpint(world_int(w->store, "SELECT count(first_claim_at) FROM"
                                        " message"),
                    ==, 1);
    world_exec(w->store, "DELETE FROM brake");
    g_assert_cmpint(claim(w, NOW, 10), ==, 1);
    world_free(w);
}

/* ---- providers ----------------------------------------------------------- */

static void
test_provider_table(void)
{
    g_assert_cmpstr(provider_of_domain("gmail.com")->name, ==, "google");
    g_assert_cmpstr(provider_of_domain("gmx.de")->name, ==, "united-internet");
    g_assert_null(provider_of_domain("example.org"));
    g_assert_cmpstr(provider_of_server("ASPMX.L.GOOGLE.COM.")->name, ==,
                    "google");
    g_assert_cmpstr(
        provider_of_server("acme-org.mail.protection.outlook.com")->name, ==,
        "office365");
    g_assert_cmpstr(
        provider_of_server("hotmail-com.olc.protection.outlook.com")->name, ==,
        "outlook");
    g_assert_null(provider_of_server("evilgoogle.com"));
    g_assert_null(provider_of_server("google.com.example.org"));
    g_assert_null(provider_of_server(""));
    g_assert_cmpint(provider_of_domain("icloud.com")->per_connection, ==, 5);
}

typedef struct {
    int asked;
    bool fails;
} Dns;

static char **
fake_mx(const char *domain, gpointer data, GError **error)
{
    static const char *const google[] = {"alt1.aspmx.l.google.com", NULL};
    static const char *const own[] = {"mx.example.org", NULL};
    Dns *dns = data;

    dns->asked++;
    if (dns->fails) {
        g_set_error(error, NURTURE_ERROR, ERROR_TEMPORARY, "no answer");
        return NULL;
    }
    return g_strdupv(
        (char **)(strcmp(domain, "example.net") == 0 ? google : own));
}

static void
test_learn(void)
{
    World *w = world_with(3);
    Dns dns = {0};
    const ProviderResolver resolver = {fake_mx, &dns};
    g_autoptr(GError) error = NULL;
    g_autofree char *provider = NULL;
    int found;

    world_exec(w->store, "UPDATE message SET rcpt_domain = 'other.test'"
                         " WHERE candidate_id = 3");
    g_assert_true(provider_learn(w->store, &resolver, 10, NOW, &found, &error));
    g_assert_cmpint(found, ==, 2);
    provider = world_text(w->store,
                          "SELECT group_concat(provider) FROM (SELECT provider"
                          " FROM message ORDER BY candidate_id)");
    g_assert_cmpstr(provider, ==, "google,google,other.test");
    /* remembered: for mail that comes later, and for a week */
    world_exec(w->store, "UPDATE message SET provider = NULL");
    g_assert_true(provider_learn(w->store, &resolver, 10, NOW + 6 * DAY_MS,
                                 &found, &error));
    g_assert_cmpint(found, ==, 0);
    dns.fails = true;
    g_assert_true(provider_learn(w->store, &resolver, 10, NOW + 8 * DAY_MS,
                                 &found, &error));
    g_assert_cmpint(found, ==, 2);
    g_assert_cmpint(dns.asked, ==, 4);
    world_free(w);
}

static void
signal_says(World *w, const char *provider, const char *reply, int64_t now)
{
    g_autoptr(GError) error = NULL;
    g_auto(Transaction) tx = store_begin(w->store, &error);

    brake_provider(w->store, provider, reply, now, &error);
    g_assert_no_error(error);
    transaction_commit(&tx, &error);
    g_assert_no_error(error);
}

static void
signal_from(World *w, const char *provider, int64_t now)
{
    signal_says(w, provider, "421 4.7.28 slow down", now);
}

static void
test_slow_down(void)
{
    World *w = world_with(60);

    /* half of 20 per minute */
    w->workspace.sending.rate = (Rate){20, MINUTE_MS};
    signal_from(w, "example.net", NOW);
    g_assert_cmpint(claim(w, NOW, 100), ==, 10);
    g_assert_cmpint(claim(w, NOW + MINUTE_MS, 100), ==, 10);
    /* the same burst: no second signal */
    signal_from(w, "example.net", NOW + MINUTE_MS);
    g_assert_cmpint(claim(w, NOW + 2 * MINUTE_MS, 100), ==, 10);
    /* again: closed for two hours */
    signal_from(w, "example.net", NOW + 10 * MINUTE_MS);
    g_assert_cmpint(claim(w, NOW + 11 * MINUTE_MS, 100), ==, 0);
    g_assert_cmpint(claim(w, NOW + 129 * MINUTE_MS, 100), ==, 0);
    /* then slowly again, and after half an hour as before */
    g_assert_cmpint(claim(w, NOW + 131 * MINUTE_MS, 100), ==, 10);
    g_assert_cmpint(claim(w, NOW + 161 * MINUTE_MS, 100), ==, 20);
    world_free(w);
}

/* Signals of so many minutes apart, from the provider's table; closed for so
 * long after the last one, or not. */
static void
test_signal_table(void)
{
    static const struct {
        const char *provider, *reply;
        int signals, apart, closed; /* minutes */
    } rows[] = {
        {"yahoo", "421 4.7.0 [TSS04] Messages from 192.0.2.1 deferred", 1, 3,
         0},
        {"yahoo", "421 4.7.0 [TSS04] Messages from 192.0.2.1 deferred", 2, 3,
         120},
        {"yahoo", "421 4.7.0 [TSS05] Messages deferred", 1, 3, 240},
        {"yahoo", "421 4.7.0 [ts01] something else", 2, 3, 120},
        {"outlook", "451 4.7.500 Server busy. Please try again later", 4, 3, 0},
        {"outlook", "451 4.7.500 Server busy. Please try again later", 5, 3,
         30},
        {"outlook", "451 4.7.500 Server busy. Please try again later", 5, 70,
         0},
        {"apple", "421 4.7.1 too many", 5, 3, 15},
        {"google", "421 4.7.28 unusual rate", 2, 3, 120},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        World *w = world_with(10);
        g_autofree char *to_provider = g_strdup_printf(
            "UPDATE message SET provider = '%s'", rows[i].provider);
        int64_t now = NOW;
        g_test_message("%s %s", rows[i].provider, rows[i].reply);
        world_exec(w->store, to_provider);
        for (int n = 0; n < rows[i].signals; n++) {
            now = NOW + n * rows[i].apart * MINUTE_MS;
            signal_says(w, rows[i].provider, rows[i].reply, now);
        }
        if (rows[i].closed)
            g_assert_cmpint(
                claim(w, now + (rows[i].closed - 1) * MINUTE_MS, 100), ==, 0);
        g_assert_cmpint(claim(w, now + (rows[i].closed + 1) * MINUTE_MS, 100),
                        >, 0);
        world_free(w);
    }
}

static void
test_other_providers(void)
{
    World *w = world_with(10);

    world_exec(w->store, "UPDATE message SET provider = 'google'"
                         " WHERE candidate_id > 7");
    signal_from(w, "google", NOW);
    signal_from(w, "google", NOW + 5 * MINUTE_MS);
    g_assert_cmpint(claim(w, NOW + 6 * MINUTE_MS, 100), ==, 7);
    world_free(w);
}

static void
test_signals(void)
{
    static const struct {
        VerdictKind kind;
        int code, e0, e1, e2;
        bool is;
    } rows[] = {
        {VERDICT_DEFERRED, 421, 0, 0, 0, true},
        {VERDICT_DEFERRED, 450, 4, 7, 1, true},
        {VERDICT_DEFERRED, 450, 4, 2, 0, false},
        {VERDICT_DEFERRED, 451, 0, 0, 0, false},
        {VERDICT_BOUNCED, 550, 5, 7, 1, false},
        {VERDICT_SENT, 250, 2, 0, 0, false},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        const Verdict v = {
            rows[i].kind,
            {rows[i].code, {rows[i].e0, rows[i].e1, rows[i].e2}, NULL},
            false};
        g_assert_cmpint(brake_is_signal(&v), ==, rows[i].is);
    }
}

/* ---- the breaker --------------------------------------------------------- */

static BreakerState
ask_breaker(World *w, int64_t now)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *reason = NULL;
    BreakerState state;
    int64_t until;

    g_assert_true(breaker_ask(w->store, "relay:25", now, &state, &until,
                              &reason, &error));
    return state;
}

static void
tell_breaker(World *w, bool taken, int faults, int64_t now)
{
    g_autoptr(GError) error = NULL;

    g_assert_true(breaker_tell(w->store, "relay:25", taken, faults, "535 no",
                               now, &error));
    g_assert_no_error(error);
}

static void
test_breaker(void)
{
    World *w = world_with(0);

    tell_breaker(w, true, 0, NOW);
    tell_breaker(w, false, 4, NOW);
    g_assert_cmpint(ask_breaker(w, NOW), ==, BREAKER_SHUT);
    tell_breaker(w, false, 1, NOW + 1);
    g_assert_cmpint(ask_breaker(w, NOW + 2), ==, BREAKER_OPEN);
    g_assert_cmpint(ask_breaker(w, NOW + 5 * MINUTE_MS), ==, BREAKER_OPEN);
    /* one probes, the others go on waiting */
    g_assert_cmpint(ask_breaker(w, NOW + 5 * MINUTE_MS + 1), ==, BREAKER_PROBE);
    g_assert_cmpint(ask_breaker(w, NOW + 5 * MINUTE_MS + 2), ==, BREAKER_OPEN);
    tell_breaker(w, false, 1, NOW + 5 * MINUTE_MS + 3);
    g_assert_cmpint(ask_breaker(w, NOW + 10 * MINUTE_MS), ==, BREAKER_OPEN);
    g_assert_cmpint(ask_breaker(w, NOW + 11 * MINUTE_MS), ==, BREAKER_PROBE);
    tell_breaker(w, true, 0, NOW + 11 * MINUTE_MS);
    g_assert_cmpint(ask_breaker(w, NOW + 11 * MINUTE_MS), ==, BREAKER_SHUT);
    /* faults count in a row only */
    tell_breaker(w, false, 4, NOW + 12 * MINUTE_MS);
    tell_breaker(w, true, 2, NOW + 12 * MINUTE_MS);
    tell_breaker(w, false, 2, NOW + 12 * MINUTE_MS);
    g_assert_cmpint(ask_breaker(w, NOW + 12 * MINUTE_MS), ==, BREAKER_SHUT);
    world_free(w);
}

/* ---- warm-up ------------------------------------------------------------- */

static void
use_up(World *w, int64_t now, int want)
{
    world_exec(w->store, SCHEDULED);
    g_assert_cmpint(claim(w, now, 1000), ==, want);
    world_exec(w->store, SCHEDULED);
    g_assert_cmpint(claim(w, now + HOUR_MS, 1000), ==, 0);
}

static void
test_warm_up(void)
{
    World *w = world_with(300);
    const int64_t day1 = NOW, day2 = NOW + DAY_MS;

    w->workspace.sending.warm_up = NOW - HOUR_MS;
    use_up(w, day1, 50);
    use_up(w, day2, 100);
    /* 4 of 100 bounce: the ramp stays where it is */
    world_exec(w->store,
               "INSERT INTO event (kind, at) SELECT 'bounced', 1772614900000"
               " FROM candidate LIMIT 4");
    use_up(w, NOW + 2 * DAY_MS, 100);
    use_up(w, NOW + 3 * DAY_MS, 250);
    world_free(w);
}

static void
test_warm_up_quiet_day(void)
{
    World *w = world_with(300);

    w->workspace.sending.warm_up = NOW - HOUR_MS;
    use_up(w, NOW, 50);
    world_exec(w->store, SCHEDULED);
    g_assert_cmpint(claim(w, NOW + DAY_MS, 10), ==, 10); /* of 100 */
    use_up(w, NOW + 2 * DAY_MS, 100);
    world_exec(w->store, "INSERT INTO event (kind, at) VALUES ('complained',"
                         " 1772701300000)");
    use_up(w, NOW + 3 * DAY_MS, 100); /* one of 100 is too many */
    g_assert_cmpint(warm_up_step(0), ==, 50);
    g_assert_cmpint(warm_up_step(99), ==, WARM_UP_NONE);
    world_free(w);
}

/* ---- more than one process ----------------------------------------------- */

typedef struct {
    World *w;
    const char *name;
    int claimed;
} Racer;

static gpointer
race(gpointer data)
{
    Racer *r = data;
    g_autoptr(GError) error = NULL;
    g_autoptr(Store) store = store_open(r->w->path, 0, &error);

    g_assert_no_error(error);
    for (int i = 0; i < 60; i++)
        r->claimed += claim_by(r->w, store, r->name, NOW + i * SECOND_MS, 3);
    return NULL;
}

/* However many ask at once, together they get what the limits allow: 30 and
 * one every two seconds of the campaign, and 40 of anna. */
static void
test_race(void)
{
    World *w = world_with(200);
    Racer racers[] = {{w, "w1", 0}, {w, "w2", 0}, {w, "w3", 0}};
    GThread *threads[3];
    int total = 0;

    w->workspace.sending.per_sender_day = 40;
    world_exec(w->store, "UPDATE campaign SET rate_count = 30, rate_per_ms ="
                         " 60000; UPDATE message SET sender = 'anna'");
    for (int i = 0; i < 3; i++)
        threads[i] = g_thread_new("race", race, &racers[i]);
    for (int i = 0; i < 3; i++) {
        g_thread_join(threads[i]);
        total += racers[i].claimed;
    }
    g_assert_cmpint(total, ==, 40);
    g_assert_cmpint(world_int(w->store, "SELECT count(*) FROM message WHERE"
                                        " state = 'claimed'"),
                    ==, 40);
    world_free(w);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/pace/campaign-rate", test_campaign_rate);
    g_test_add_func("/pace/no-starving", test_no_starving);
    g_test_add_func("/pace/rate-of-all", test_rate_of_all);
    g_test_add_func("/pace/sender-day", test_sender_day);
    g_test_add_func("/pace/given-back", test_given_back);
    g_test_add_func("/pace/provider-table", test_provider_table);
    g_test_add_func("/pace/signal-table", test_signal_table);
    g_test_add_func("/pace/learn", test_learn);
    g_test_add_func("/pace/slow-down", test_slow_down);
    g_test_add_func("/pace/other-providers", test_other_providers);
    g_test_add_func("/pace/signals", test_signals);
    g_test_add_func("/pace/breaker", test_breaker);
    g_test_add_func("/pace/warm-up", test_warm_up);
    g_test_add_func("/pace/warm-up-quiet-day", test_warm_up_quiet_day);
    g_test_add_func("/pace/race", test_race);
    return g_test_run();
}
