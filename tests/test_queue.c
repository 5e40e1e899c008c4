/* SPDX-License-Identifier: Apache-2.0 */
/* test_queue.c - a person's word about one message, and the relay's log */
#include "mta-fixture.h"

#include "mta/relay-log.h"
#include "nurture/queue.h"

typedef bool (*Verb)(Store *store, const char *id, int64_t now, bool *done,
                     GError **error);

static bool
act(World *w, Verb verb, const char *id)
{
    g_autoptr(GError) error = NULL;
    g_auto(Transaction) tx = store_begin(w->store, &error);
    bool done = false;

    g_assert_true(
        verb ? verb(w->store, id, NOW, &done, &error)
             : queue_cancel(w->store, &w->composer, id, NOW, &done, &error));
    g_assert_no_error(error);
    g_assert_true(transaction_commit(&tx, &error));
    return done;
}

static void
set_state(World *w, const char *state)
{
    g_autofree char *sql = g_strdup_printf(
        "UPDATE message SET state = '%s', owner = %s", state,
        g_str_equal(state, "claimed") || g_str_equal(state, "committing")
            ? "'w1'"
            : "NULL");

    world_exec(w->store, sql);
}

/* Which states each verb is good for. */
static void
test_states(void)
{
    static const struct {
        const char *state;
        bool retry, hold, cancel;
    } rows[] = {
        {"scheduled", true, true, true},
        {"deferred", true, true, true},
        {"claimed", false, false, true},
        {"committing", false, false, false},
        {"sent", false, false, false},
        {"in_doubt", false, false, false},
        {"bounced", false, false, false},
        {"dead", true, false, true},
        {"suppressed", false, false, false},
        {"expired", false, false, false},
        {"cancelled", false, false, false},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        World *w = world_new(false);
        char id[MESSAGE_ID_TEXT];

        world_add(w, 1, "campaign", id);
        set_state(w, rows[i].state);
        g_assert_cmpint(act(w, queue_retry, id), ==, rows[i].retry);
        set_state(w, rows[i].state);
        g_assert_cmpint(act(w, queue_hold, id), ==, rows[i].hold);
        set_state(w, rows[i].state);
        g_assert_cmpint(act(w, NULL, id), ==, rows[i].cancel);
        world_assert_state(w, id, rows[i].cancel ? "cancelled" : rows[i].state);
        g_assert_cmpint(w->told->len > 0, ==, rows[i].cancel);
        world_free(w);
    }
}

static void
test_hold(void)
{
    World *w = world_new(false);
    char id[MESSAGE_ID_TEXT];

    world_add(w, 1, "campaign", id);
    world_exec(w->store, "UPDATE message SET not_after = 5");
    g_assert_true(act(w, queue_hold, id));
    g_assert_cmpint(world_int(w->store, "SELECT not_before FROM message"), ==,
                    QUEUE_HELD);
    g_assert_true(act(w, queue_retry, id));
    g_assert_cmpint(world_int(w->store, "SELECT not_before FROM message"), ==,
                    NOW);
    /* its time was over: it gets two days */
    g_assert_cmpint(world_int(w->store, "SELECT not_after FROM message"), ==,
                    NOW + 2 * DAY_MS);
    world_free(w);
}

/* ---- the relay's log ----------------------------------------------------- */

static void
test_line(void)
{
    static const struct {
        const char *line;
        bool is_line;
        RelayLogKind kind;
        const char *at;
    } rows[] = {
        {"Mar  3 08:59:58 mx postfix/cleanup[5]: 4XyZq1: "
         "message-id=<abc@mail.example.org>",
         true, RELAY_LOG_MESSAGE_ID, "2026-03-03T08:59:58Z"},
        {"2026-03-03T09:59:58.123456+01:00 mx postfix/qmgr[3]: 0A1B2C3D4E: "
         "from=<b@x.org>, size=8011, nrcpt=1 (queue active)",
         true, RELAY_LOG_TAKEN, "2026-03-03T08:59:58Z"},
        {"Dec 31 23:00:00 mx postfix/qmgr[3]: 4XyZq1: removed", true,
         RELAY_LOG_REMOVED, "2025-12-31T23:00:00Z"},
        {"Mar 3 08:59:58 mx postfix/qmgr[3]: 4XyZq1: removed", false,
         RELAY_LOG_OTHER, NULL},
        {"Mar  3 08:59:58 mx postfix/smtp[9]: 4XyZq1: to=<a@b.org>, "
         "relay=b.org[192.0.2.1]:25, delay=1, dsn=2.0.0, status=sent (250 ok)",
         true, RELAY_LOG_TAKEN, "2026-03-03T08:59:58Z"},
        {"Mar  3 08:59:58 mx postfix/smtp[9]: 4XyZq1: to=<a@b.org>, "
         "relay=b.org, dsn=5.1.1, status=bounced (host said: 550 no)",
         true, RELAY_LOG_BOUNCED, "2026-03-03T08:59:58Z"},
        {"Mar  3 08:59:58 mx postfix/smtp[9]: 4XyZq1: to=<a@b.org>, "
         "relay=b.org, dsn=4.7.1, status=deferred (host said: dsn=5.0.0)",
         true, RELAY_LOG_TAKEN, "2026-03-03T08:59:58Z"},
        {"Mar  3 08:59:58 mx postfix/smtpd[9]: connect from x[192.0.2.1]", true,
         RELAY_LOG_OTHER, "2026-03-03T08:59:58Z"},
        {"Mar  3 08:59:58 mx postfix/smtpd[9]: NOQUEUE: reject: RCPT from x",
         true, RELAY_LOG_OTHER, "2026-03-03T08:59:58Z"},
        {"", false, RELAY_LOG_OTHER, NULL},
        {"nonsense", false, RELAY_LOG_OTHER, NULL},
        {"Foo  3 08:59:58 mx postfix/qmgr[3]: 4XyZq1: removed", false,
         RELAY_LOG_OTHER, NULL},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *at = NULL;
        RelayLogLine line;

        g_test_message("%s", rows[i].line);
        g_assert_cmpint(
            relay_log_line(rows[i].line, zone_get("UTC"), NOW, &line), ==,
            rows[i].is_line);
        if (!rows[i].is_line)
            continue;
        g_assert_cmpint(line.kind, ==, rows[i].kind);
        at = date_iso(line.at);
        g_assert_cmpstr(at, ==, rows[i].at);
    }
}

static void
append_taken(World *w, GString *log, const char *queue_id, const char *id,
             const char *after)
{
    char token[MAIL_TOKEN_TEXT];

    mail_token_make(w->keys, MAIL_TOKEN_MESSAGE_ID, id, token);
    g_string_append_printf(
        log,
        "Mar  3 09:00:01 mx postfix/cleanup[5]: %s: message-id=<%s@x.org>\n%s",
        queue_id, token, after);
}

static RelayLogResult
read_log(World *w, const char *text, bool resend)
{
    g_autoptr(GError) error = NULL;
    FILE *file = fmemopen((void *)text, strlen(text), "r");
    RelayLogResult result;

    g_assert_true(relay_log_resolve(w->store, &w->workspace, w->keys,
                                    &w->composer, file, resend, NOW + DAY_MS,
                                    &result, &error));
    g_assert_no_error(error);
    fclose(file);
    return result;
}

static void
test_evidence(void)
{
    World *w = world_new(false);
    char id[5][MESSAGE_ID_TEXT];
    g_autoptr(GString) log =
        g_string_new("Mar  3 08:00:00 mx postfix/master[1]: daemon started\n");
    g_autoptr(GString) longest = g_string_new("Mar  3 09:05:00 mx x[1]: ");
    RelayLogResult r;

    for (int i = 0; i < 5; i++)
        world_add(w, i + 1, "campaign", id[i]);
    set_state(w, "in_doubt");
    world_exec(w->store, "UPDATE message SET claimed_at = 1772528400000,"
                         " dot_at = 1772528400000, attempt = 1,"
                         " doubt_cause = 'noreply'");
    /* 0 was taken, 1 bounced later; 2's header came and no more; 3 is not
     * known; 4 stands there under a token of somebody else */
    append_taken(w, log, "AAAAAA", id[0],
                 "Mar  3 09:00:01 mx postfix/qmgr[3]: AAAAAA: from=<b@x.org>, "
                 "size=1, nrcpt=1 (queue active)\n"
                 "Mar  3 09:00:02 mx postfix/qmgr[3]: AAAAAA: removed\n");
    append_taken(w, log, "BBBBBB", id[1],
                 "Mar  3 09:00:03 mx postfix/smtp[3]: BBBBBB: to=<c@d.org>, "
                 "dsn=5.1.1, status=bounced (no)\n");
    append_taken(w, log, "AAAAAA", id[2], "");
    g_string_append_printf(log,
                           "Mar  3 09:00:04 mx postfix/cleanup[5]: CCCCCC: "
                           "message-id=<%s@x.org>\n"
                           "Mar  3 09:00:04 mx postfix/qmgr[3]: CCCCCC: "
                           "from=<b@x.org>, size=1\n",
                           id[4]);
    for (int i = 0; i < RELAY_LOG_LINE; i++)
        g_string_append_c(longest, 'x');
    g_string_append_printf(log, "%s\n", longest->str);

    r = read_log(w, log->str, true);
    g_assert_cmpint(r.doubts, ==, 5);
    g_assert_cmpint(r.sent, ==, 1);
    g_assert_cmpint(r.bounced, ==, 1);
    g_assert_cmpint(r.unknown, ==, 3); /* it ends too early to say no */
    world_assert_state(w, id[0], "sent");
    world_assert_state(w, id[1], "bounced");
    world_assert_state(w, id[2], "in_doubt");

    g_string_append(log, "Mar  3 09:20:00 mx postfix/qmgr[3]: statistics\n");
    r = read_log(w, log->str, false);
    g_assert_cmpint(r.absent, ==, 3);
    g_assert_cmpint(r.resent, ==, 0);
    world_assert_state(w, id[3], "in_doubt");
    r = read_log(w, log->str, true);
    g_assert_cmpint(r.resent, ==, 3);
    world_assert_state(w, id[2], "scheduled");
    world_assert_state(w, id[4], "scheduled");
    g_assert_cmpint(read_log(w, "", true).doubts, ==, 0);
    world_free(w);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/queue/states", test_states);
    g_test_add_func("/queue/hold", test_hold);
    g_test_add_func("/queue/log-line", test_line);
    g_test_add_func("/queue/evidence", test_evidence);
    return g_test_run();
}
