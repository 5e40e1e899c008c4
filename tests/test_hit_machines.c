/* SPDX-License-Identifier: Apache-2.0 */
/* test_hit_machines.c - machines told from people by what is around a hit, the
 * class made again, and what a change of it moves */
#include "nurture/consent.h"
#include "nurture/hits.h"
#include "nurture/score.h"

#include "tests/lib/web-fixture.h"
#include "tracking/hit-log.h"
#include "tracking/hit-review.h"

#define CLASSES                                                                \
    "SELECT group_concat(c) FROM (SELECT json_extract(detail, '$.class') ||"   \
    " ':' || json_extract(detail, '$.rule') AS c FROM event"                   \
    " WHERE kind IN ('clicked', 'opened') ORDER BY event_id)"

static int
ask(Web *w, const char *method, char letter, const char *message, unsigned link,
    const char *headers)
{
    g_autofree char *path =
        web_path(w, letter, letter == 'c' ? WEB_TOKEN_CLICK : WEB_TOKEN_OPEN,
                 message, link);
    g_autofree char *answer = client_ask(w->port, method, path, headers, NULL);

    return client_status(answer);
}

static void
click(Web *w, unsigned link, int64_t at)
{
    clock_set(at);
    g_assert_cmpint(ask(w, "GET", 'c', w->message, link, BROWSER), ==, 302);
    hits_settle(w->hits);
}

static void
agree(Web *w)
{
    web_consent(w, "click_tracking", "given", 1);
    web_consent(w, "open_tracking", "given", 1);
    w->workspace.tracking.opens = TRACK_CONSENTED;
}

/* The score is what its events say, to the last bit, and nothing of a
 * machine's moved anything. */
static void
assert_untouched(Web *w)
{
    web_assert_sql(w, "SELECT count(*) FROM score", "0");
    web_assert_sql(w,
                   "SELECT last_engaged FROM candidate"
                   " WHERE candidate_id = 1",
                   "");
}

/* Each row: the evidence, and what it comes to. */
static const struct {
    const char *label;
    HitEvidence evidence;
    HitKind kind;
    const char *rule;
} table[] = {
    {"plain", {.click = true, .delay_ms = HOUR_MS}, HIT_HUMAN, ""},
    {"no delivery time", {.click = true, .delay_ms = -1}, HIT_HUMAN, ""},
    {"9 s", {.click = true, .delay_ms = 9999}, HIT_MACHINE, "early"},
    {"10 s", {.click = true, .delay_ms = 10000}, HIT_SUSPECT, "early"},
    {"59 s", {.click = true, .delay_ms = 59999}, HIT_SUSPECT, "early"},
    {"60 s", {.click = true, .delay_ms = 60000}, HIT_HUMAN, ""},
    {"30 s, a scanner's customer",
     {.click = true, .delay_ms = 30000, .scans = true},
     HIT_MACHINE,
     "early-scanned"},
    {"the same, and an answer",
     {.click = true, .delay_ms = 30000, .scans = true, .later = true},
     HIT_HUMAN,
     "later"},
    {"9 s, and an answer",
     {.click = true, .delay_ms = 9000, .later = true},
     HIT_MACHINE,
     "early"},
    {"a suspect who answers",
     {.click = true, .delay_ms = 30000, .later = true},
     HIT_HUMAN,
     "later"},
    {"HEAD", {.facts = HIT_FACT_METHOD, .delay_ms = -1}, HIT_MACHINE, "method"},
    {"HEAD, and an answer",
     {.facts = HIT_FACT_METHOD, .delay_ms = -1, .later = true},
     HIT_MACHINE,
     "method"},
    {"bare click",
     {.click = true, .facts = HIT_FACT_BARE, .delay_ms = -1},
     HIT_MACHINE,
     "headers"},
    {"bare open", {.facts = HIT_FACT_BARE, .delay_ms = -1}, HIT_HUMAN, ""},
    {"trap",
     {.trap = true, .delay_ms = -1, .later = true},
     HIT_MACHINE,
     "trap"},
    {"proxy open",
     {.agent = {HIT_PROXY, "agent:P"}, .delay_ms = -1},
     HIT_PROXY,
     "agent:P"},
    {"proxy click",
     {.click = true, .agent = {HIT_PROXY, "agent:P"}, .delay_ms = -1},
     HIT_MACHINE,
     "agent:P"},
    {"range before agent",
     {.range = {HIT_MACHINE, "range:r"},
      .agent = {HIT_PROXY, "agent:P"},
      .delay_ms = -1},
     HIT_MACHINE,
     "range:r"},
    {"burst",
     {.click = true,
      .burst = true,
      .all_links = true,
      .delay_ms = -1,
      .later = true},
     HIT_MACHINE,
     "burst"},
    {"all links",
     {.click = true, .all_links = true, .delay_ms = -1},
     HIT_MACHINE,
     "all-links"},
    {"crowd", {.facts = HIT_FACT_CROWD, .delay_ms = -1}, HIT_MACHINE, "crowd"},
};

static void
test_table(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(table); i++) {
        HitClass class = hit_classify(&table[i].evidence);
        g_test_message("%s", table[i].label);
        g_assert_cmpint(class.kind, ==, table[i].kind);
        g_assert_cmpstr(class.rule, ==, table[i].rule);
    }
}

static const struct {
    const char *address, *range, *network;
} addresses[] = {
    {"66.249.84.7", "google", "66.249.84.0/24"},
    {"66.249.79.255", "", "66.249.79.0/24"},
    {"66.249.80.0", "google", "66.249.80.0/24"},
    {"66.249.95.255", "google", "66.249.95.0/24"},
    {"66.249.96.0", "", "66.249.96.0/24"},
    {"::ffff:66.249.84.7", "google", "66.249.84.0/24"},
    {"17.58.3.9", "apple", "17.58.3.0/24"},
    {"2001:db8:1:2::3", "", "2001:db8:1::/48"},
    {"2a01:111:f400:77::1", "microsoft-365", "2a01:111:f400::/48"},
    {"203.0.113.9", "", "203.0.113.0/24"},
    {"unix:", "", ""},
    {"", "", ""},
};

static void
test_ranges(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(HitRules) rules = hit_rules_load(NULL, &error);

    g_assert_no_error(error);
    for (gsize i = 0; i < G_N_ELEMENTS(addresses); i++) {
        char network[HIT_NETWORK_TEXT];
        g_test_message("%s", addresses[i].address);
        hit_network_of(addresses[i].address, network);
        g_assert_cmpstr(network, ==, addresses[i].network);
        g_assert_cmpstr(hit_rules_range(rules, addresses[i].address), ==,
                        addresses[i].range);
    }
    g_assert_cmpint(hit_rules_range_class(rules, "apple", false).kind, ==,
                    HIT_MACHINE);
    g_assert_cmpint(hit_rules_range_class(rules, "apple", true).kind, ==,
                    HIT_HUMAN);
}

/* A table of the workspace's own: the narrowest range counts, bad rows are
 * refused with their line. */
static void
test_own_table(Web *w, gconstpointer data)
{
    static const char head[] = "network\trange\topens\tclicks\tnote\n";
    g_autofree char *folder = g_build_filename(w->directory, "data", NULL);
    g_autofree char *path =
        g_build_filename(folder, "machine-ranges.tsv", NULL);
    static const char *const bad[] = {
        "10.0.0.0\tx\tmachine\tmachine", "10.0.0.0/33\tx\tmachine\tmachine",
        "10.0.0.0/8\tX y\tmachine\tmachine", "10.0.0.0/8\tx\trobot\thuman"};

    (void)data;
    g_mkdir(folder, 0700);
    g_autofree char *good = g_strconcat(
        head,
        "10.0.0.0/8\twide\tmachine\tmachine\n10.1.0.0/"
        "16\tnarrow\tproxy\thuman\n"
        "10.1.2.0/24\tinner\thuman\tmachine\n0.0.0.0/0\tall\thuman\thuman\n",
        NULL);
    g_assert_true(g_file_set_contents(path, good, -1, NULL));
    g_autoptr(HitRules) rules = hit_rules_load(w->directory, NULL);
    g_assert_cmpstr(hit_rules_range(rules, "10.1.2.3"), ==, "inner");
    g_assert_cmpstr(hit_rules_range(rules, "10.1.3.3"), ==, "narrow");
    g_assert_cmpstr(hit_rules_range(rules, "10.2.3.3"), ==, "wide");
    g_assert_cmpstr(hit_rules_range(rules, "11.2.3.3"), ==, "all");
    g_assert_cmpstr(hit_rules_range(rules, "2001:db8::1"), ==, "");
    for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autofree char *text = g_strconcat(head, bad[i], "\n", NULL);
        g_autoptr(GError) error = NULL;
        g_assert_true(g_file_set_contents(path, text, -1, NULL));
        g_assert_null(hit_rules_load(w->directory, &error));
        g_assert_nonnull(strstr(error->message, ":2: "));
    }
    g_autoptr(GError) error = NULL;
    g_assert_true(g_file_set_contents(path, "network\trange\n", -1, NULL));
    g_assert_null(hit_rules_load(w->directory, &error));
    g_assert_nonnull(strstr(error->message, "no column"));
}

/* From a scanner's network, by the address the reverse proxy tells; of it, the
 * /24 is kept, and only for a week. */
static void
test_network(Web *w, gconstpointer data)
{
    (void)data;
    agree(w);
    g_assert_cmpint(ask(w, "GET", 'c', w->message, 1,
                        BROWSER "X-Forwarded-For: 40.94.102.7\r\n"),
                    ==, 302);
    g_assert_cmpint(ask(w, "GET", 'c', w->message, 1,
                        BROWSER "X-Forwarded-For: 40.107.3.9\r\n"),
                    ==, 302);
    hits_settle(w->hits);
    web_assert_sql(w, CLASSES, "human:,machine:range:microsoft-365");
    web_assert_sql(w, "SELECT group_concat(network) FROM hit",
                   "40.94.102.0/24,40.107.3.0/24");
    clock_set(NOW + 8 * DAY_MS);
    hits_settle(w->hits);
    web_assert_sql(w, "SELECT count(network) FROM hit", "0");
}

static void
test_methods(Web *w, gconstpointer data)
{
    static const char *const methods[] = {"OPTIONS", "PROPFIND", "POST"};

    (void)data;
    agree(w);
    for (gsize i = 0; i < G_N_ELEMENTS(methods); i++) {
        g_test_message("%s", methods[i]);
        g_assert_cmpint(ask(w, methods[i], 'c', w->message, 1, BROWSER), ==,
                        405);
    }
    g_assert_cmpint(ask(w, "HEAD", 'o', w->message, 0, BROWSER), ==, 200);
    hits_settle(w->hits);
    web_assert_sql(
        w, CLASSES,
        "machine:method,machine:method,machine:method,machine:method");
    assert_untouched(w);
}

/* Whoever follows the hidden link is a machine, and so is all of this mail's in
 * the minute around it, before and after; the person is not to blame. */
static void
test_trap(Web *w, gconstpointer data)
{
    (void)data;
    agree(w);
    w->workspace.tracking.trap = true;
    click(w, 1, NOW - 61 * SECOND_MS);
    click(w, 1, NOW - 40 * SECOND_MS);
    web_assert_sql(w, CLASSES, "human:,human:");
    clock_set(NOW);
    g_assert_cmpint(ask(w, "GET", 'c', w->message, WEB_TOKEN_TRAP, BROWSER), ==,
                    200);
    clock_set(NOW + 20 * SECOND_MS);
    g_assert_cmpint(ask(w, "GET", 'o', w->message, 0, BROWSER), ==, 200);
    click(w, 1, NOW + 61 * SECOND_MS);
    web_assert_sql(w, CLASSES,
                   "human:,machine:trap,machine:trap,machine:trap,human:");
    web_assert_sql(w, "SELECT events FROM score", "2");
    web_assert_sql(w, "SELECT count(*) FROM suppression", "0");
    web_assert_sql(w, "SELECT state FROM enrolment WHERE candidate_id = 1",
                   "active");
}

/* All links of a mail in ten seconds; and then its reader writes. */
static void
test_all_links(Web *w, gconstpointer data)
{
    (void)data;
    agree(w);
    web_sql(w, "DELETE FROM link WHERE link > 2");
    click(w, 1, NOW);
    click(w, 2, NOW + 9 * SECOND_MS);
    web_assert_sql(w, CLASSES, "machine:all-links,machine:all-links");
    assert_untouched(w);
    web_sql(w,
            "INSERT INTO event (candidate_id, kind, message_id, at)"
            " VALUES (1, 'replied', '%s', %" G_GINT64_FORMAT ")",
            w->message, NOW + HOUR_MS);
    click(w, 1, NOW + 11 * SECOND_MS);
    web_assert_sql(w, CLASSES, "human:later,human:later,human:later");
    web_assert_sql(w, "SELECT events FROM score", "3");
}

/* A suspect click, and one hours later that is beyond doubt. */
static void
test_second_click(Web *w, gconstpointer data)
{
    HitsReclassified r;
    g_autoptr(GError) error = NULL;

    (void)data;
    agree(w);
    click(w, 1, SENT_AT + 30 * SECOND_MS);
    web_assert_sql(w, CLASSES, "suspect:early");
    click(w, 1, SENT_AT + 3 * HOUR_MS);
    g_assert_true(hits_reclassify(w->store, &w->workspace, false, NOW, NULL,
                                  NULL, &r, &error));
    web_assert_sql(w, CLASSES, "human:later,human:");
}

/* Five people of two companies, from one network, in a minute. */
static void
test_crowd(Web *w, gconstpointer data)
{
    char ids[6][MESSAGE_ID_TEXT];

    (void)data;
    for (int i = 0; i < 6; i++) {
        web_sql(w,
                "INSERT INTO candidate (candidate_id, email, email_key,"
                " address_hmac, added, updated_at) VALUES (%d, 'c%d', 'c%d',"
                " 'h%d', 0, 0)",
                10 + i, i, i, i);
        web_sql(w,
                "INSERT INTO consent (candidate_id, purpose, state, at)"
                " VALUES (%d, 'click_tracking', 'given', 1)",
                10 + i);
        web_add_message(w, 10 + i, "campaign", "one", "sent", ids[i]);
    }
    web_sql(w, "UPDATE message SET rcpt_domain = 'y.example'"
               " WHERE candidate_id >= 14");
    for (int i = 0; i < 5; i++) {
        clock_set(NOW + i * 10 * SECOND_MS);
        g_assert_cmpint(ask(w, "GET", 'c', ids[i], 1,
                            BROWSER "X-Forwarded-For: 203.0.113.7\r\n"),
                        ==, 302);
        hits_settle(w->hits);
        if (i == 3)
            web_assert_sql(w, CLASSES, "human:,human:,human:,human:");
    }
    web_assert_sql(w, CLASSES,
                   "machine:crowd,machine:crowd,machine:crowd,machine:crowd,"
                   "machine:crowd");
    web_assert_sql(w, "SELECT count(*) FROM score", "0");
    clock_set(NOW + 100 * SECOND_MS);
    g_assert_cmpint(ask(w, "GET", 'c', ids[5], 1,
                        BROWSER "X-Forwarded-For: 203.0.113.7\r\n"),
                    ==, 302);
    hits_settle(w->hits);
    web_assert_sql(w,
                   "SELECT json_extract(detail, '$.class') FROM event"
                   " ORDER BY event_id DESC",
                   "human");
}

/* What a click that was a machine's after all had moved: the score has the
 * bytes of a rebuild, last_engaged is the older one, the sequence goes on. */
static void
test_corrections(Web *w, gconstpointer data)
{
    g_autoptr(GError) error = NULL;
    ScoreRebuild rebuilt;

    (void)data;
    agree(w);
    click(w, 1, NOW);
    click(w, 1, NOW + DAY_MS);
    web_sql(w,
            "UPDATE enrolment SET state = 'exited', due_at = NULL,"
            " exit_reason = 'stop_rule', updated_at = %" G_GINT64_FORMAT
            " WHERE candidate_id = 1",
            NOW + DAY_MS + SECOND_MS);
    web_assert_sql(w, "SELECT events FROM score", "2");
    click(w, 2, NOW + DAY_MS + 2 * SECOND_MS);
    click(w, 3, NOW + DAY_MS + 4 * SECOND_MS);
    web_assert_sql(w, CLASSES,
                   "human:,machine:burst,machine:burst,machine:burst");
    web_assert_sql(w, "SELECT events FROM score", "1");
    g_autofree char *engaged = web_ask_sql(
        w, "SELECT last_engaged FROM candidate WHERE candidate_id = 1");
    g_assert_cmpint(g_ascii_strtoll(engaged, NULL, 10), ==, NOW);
    web_assert_sql(w,
                   "SELECT state || coalesce(exit_reason, '') || (due_at > 0)"
                   " FROM enrolment WHERE candidate_id = 1",
                   "active1");
    g_assert_true(
        score_rebuild(w->store, &w->workspace, true, &rebuilt, &error));
    g_assert_cmpint(rebuilt.changed, ==, 0);
}

/* New rules: a table that calls this browser a scanner. Dry first. */
static void
test_reclassify(Web *w, gconstpointer data)
{
    HitsReclassified r;
    g_autoptr(GError) error = NULL;
    g_autofree char *folder = g_build_filename(w->directory, "data", NULL);
    g_autofree char *path =
        g_build_filename(folder, "machine-agents.tsv", NULL);
    int64_t outdated;

    (void)data;
    agree(w);
    for (int i = 0; i < 3; i++)
        click(w, 1, NOW + i * MINUTE_MS);
    w->workspace.root = w->directory;
    g_mkdir(folder, 0700);
    g_assert_true(g_file_set_contents(
        path, "match\tagent\tclass\tnote\nword\tGecko\tmachine\t\n", -1, NULL));
    g_assert_true(hits_outdated(w->store, &w->workspace, &outdated, &error));
    g_assert_cmpint(outdated, ==, 3);
    for (int dry = 1; dry >= 0; dry--) {
        g_assert_true(hits_reclassify(w->store, &w->workspace, dry == 1, NOW,
                                      NULL, NULL, &r, &error));
        g_assert_no_error(error);
        g_assert_cmpint(r.hits, ==, 3);
        g_assert_cmpint(r.changed, ==, 3);
        g_assert_cmpint(r.before[HIT_HUMAN], ==, 3);
        g_assert_cmpint(r.after[HIT_MACHINE], ==, 3);
        web_assert_sql(w, "SELECT sum(machine) FROM event", dry ? "0" : "3");
    }
    assert_untouched(w);
    g_assert_true(hits_outdated(w->store, &w->workspace, &outdated, &error));
    g_assert_cmpint(outdated, ==, 0);
    /* and back */
    g_unlink(path);
    g_assert_true(hits_reclassify(w->store, &w->workspace, false, NOW, NULL,
                                  NULL, &r, &error));
    g_assert_cmpint(r.after[HIT_HUMAN], ==, 3);
    web_assert_sql(w, "SELECT events FROM score", "3");
    w->workspace.root = NULL;
}

/* More hits of one mail than are looked at together: each once. */
static void
test_many(Web *w, gconstpointer data)
{
    HitsReclassified r;
    g_autoptr(GError) error = NULL;

    (void)data;
    agree(w);
    web_sql(w,
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n"
            "  WHERE i < 5000) INSERT INTO event (candidate_id, kind,"
            "  message_id, at, machine, detail) SELECT 1, 'clicked', '%s',"
            "  %" G_GINT64_FORMAT " + i * 700, 0,"
            "  '{\"link\":' || (1 + i / 100 %% 2 * (i %% 3)) ||"
            "   ',\"class\":\"human\",\"rule\":\"\"}' FROM n",
            w->message, NOW);
    web_sql(w, "INSERT INTO hit_agent VALUES (1, 'Mozilla/5.0 (X11) Gecko')");
    web_sql(w, "INSERT INTO hit (event_id, version, facts, agent_id)"
               " SELECT event_id, 0, 0, 1 FROM event");
    g_assert_true(hits_reclassify(w->store, &w->workspace, false, NOW, NULL,
                                  NULL, &r, &error));
    g_assert_no_error(error);
    g_assert_cmpint(r.hits, ==, 5000);
    web_assert_sql(w, "SELECT count(*) FROM hit WHERE version = 0", "0");
    /* every other hundred is a burst, and ten seconds around its edges */
    web_assert_sql(w,
                   "SELECT count(*) FROM event WHERE machine <>"
                   " (EXISTS (SELECT 1 FROM event a, event b, event c"
                   "  WHERE json_extract(a.detail, '$.link') = 1"
                   "   AND json_extract(b.detail, '$.link') = 2"
                   "   AND json_extract(c.detail, '$.link') = 3"
                   "   AND a.event_id BETWEEN event.event_id - 14"
                   "    AND event.event_id + 14"
                   "   AND b.event_id BETWEEN event.event_id - 14"
                   "    AND event.event_id + 14"
                   "   AND c.event_id BETWEEN event.event_id - 14"
                   "    AND event.event_id + 14"
                   "   AND max(a.at, b.at, c.at, event.at)"
                   "    - min(a.at, b.at, c.at, event.at) <= 10000))"
                   " AND event_id BETWEEN 400 AND 640",
                   "0");
}

/* Consent that is taken back acts on what was recorded. */
static void
test_withdrawal(Web *w, gconstpointer data)
{
    g_autofree char *path =
        web_path(w, 'p', WEB_TOKEN_PREFERENCES, w->message, 0);

    (void)data;
    agree(w);
    w->workspace.scores.open = 1;
    click(w, 1, NOW);
    clock_set(NOW + MINUTE_MS);
    g_assert_cmpint(ask(w, "GET", 'o', w->message, 0, BROWSER), ==, 200);
    hits_settle(w->hits);
    web_sql(w,
            "INSERT INTO event (candidate_id, kind, message_id, at)"
            " VALUES (1, 'interested', '%s', %" G_GINT64_FORMAT ")",
            w->message, NOW - HOUR_MS);
    web_assert_sql(w, "SELECT count(*) FROM hit", "2");
    web_assert_sql(w, "SELECT events FROM score", "2");
    g_autofree char *answer =
        client_ask(w->port, "POST", path, FORM, "action=tracking_off");
    g_assert_cmpint(client_status(answer), ==, 200);
    web_assert_sql(w, "SELECT group_concat(kind) FROM event", "interested");
    web_assert_sql(w, "SELECT count(*) FROM hit", "0");
    web_assert_sql(w, "SELECT events FROM score", "1");
    g_autofree char *engaged = web_ask_sql(
        w, "SELECT last_engaged FROM candidate WHERE candidate_id = 1");
    g_assert_cmpint(g_ascii_strtoll(engaged, NULL, 10), ==, NOW - HOUR_MS);
    click(w, 1, NOW + 2 * MINUTE_MS);
    web_assert_sql(w, "SELECT group_concat(kind) FROM event", "interested");
}

/* Only the purpose that was taken back, and only until then. */
static void
test_withdrawal_of_one(Web *w, gconstpointer data)
{
    const ConsentWord word = {.purpose = "click_tracking", .at = NOW};
    g_autoptr(GError) error = NULL;

    (void)data;
    agree(w);
    click(w, 1, NOW);
    g_assert_cmpint(ask(w, "GET", 'o', w->message, 0, BROWSER), ==, 200);
    click(w, 1, NOW + SECOND_MS);
    g_auto(Transaction) tx = store_begin(w->store, &error);
    g_assert_true(consent_add(w->store, &w->workspace, 1, &word, "test",
                              NOW + HOUR_MS, &error));
    g_assert_true(transaction_commit(&tx, &error));
    web_assert_sql(w,
                   "SELECT group_concat(kind || (at - " G_STRINGIFY(
                       1772532000000) ")) FROM event"
                                      " WHERE kind <> 'sent'",
                   "clicked1000,opened0");
    web_assert_sql(w, "SELECT events FROM score", "1");
}

/* What is logged is read as it was; a piece of it, or one bit else, is none. */
static void
test_record(void)
{
    HitRecord record = {.at = NOW, .link = 65535, .click = true, .facts = 7};
    g_autofree char *agent = g_strnfill(400, 'x');
    g_autoptr(GByteArray) bytes = g_byte_array_new();
    HitRecord back;

    g_strlcpy(record.message_id, "aebagbafaydqqcik", MESSAGE_ID_TEXT);
    g_strlcpy(record.network, "2001:db8:1::/48", HIT_NETWORK_TEXT);
    memcpy(agent + 190, "\r\n\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4", 12);
    hit_record_set_agent(&record, agent);
    g_assert_true(g_utf8_validate(record.agent, -1, NULL));
    g_assert_null(strpbrk(record.agent, "\r\n"));
    hit_record_append(bytes, &record);
    g_assert_cmpuint(hit_record_read(bytes->data, bytes->len, &back), ==,
                     bytes->len);
    g_assert_cmpint(back.at, ==, NOW);
    g_assert_cmpint(back.link, ==, 65535);
    g_assert_cmpstr(back.message_id, ==, record.message_id);
    g_assert_cmpstr(back.network, ==, record.network);
    g_assert_cmpstr(back.agent, ==, record.agent);
    for (gsize length = 0; length < bytes->len; length++) {
        g_autofree uint8_t *piece = g_memdup2(bytes->data, MAX(length, 1));
        g_assert_cmpuint(hit_record_read(piece, length, &back), ==, 0);
    }
    for (gsize bit = 0; bit < 8 * bytes->len; bit++) {
        bytes->data[bit / 8] ^= (uint8_t)(1 << bit % 8);
        g_assert_cmpuint(hit_record_read(bytes->data, bytes->len, &back), ==,
                         0);
        bytes->data[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
}

#define ADD(path, test)                                                        \
    g_test_add("/machines/" path, Web, NULL, web_set_up, test, web_tear_down)

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/machines/table", test_table);
    g_test_add_func("/machines/ranges", test_ranges);
    g_test_add_func("/machines/record", test_record);
    ADD("own-table", test_own_table);
    ADD("network", test_network);
    ADD("methods", test_methods);
    ADD("trap", test_trap);
    ADD("all-links", test_all_links);
    ADD("second-click", test_second_click);
    ADD("crowd", test_crowd);
    ADD("corrections", test_corrections);
    ADD("reclassify", test_reclassify);
    ADD("many", test_many);
    ADD("withdrawal", test_withdrawal);
    ADD("withdrawal-of-one", test_withdrawal_of_one);
    return g_test_run();
}
