/* SPDX-License-Identifier: Apache-2.0 */
/* test_desk.c - the recruiters' pages: who gets in, and who does not
 *
 * Tests of attack classes are called /desk/attack/CLASS, as docs/SECURITY.md
 * lists them. */
#include "nurture/candidates.h"
#include "nurture/clock.h"
#include "nurture/desk.h"
#include "nurture/interaction.h"
#include "nurture/scheduler.h"
#include "nurture/why.h"

#include "tests/lib/http-client.h"

#include <glib/gstdio.h>

#define NOW     INT64_C(1772528400000) /* 2026-03-03 09:00 UTC */
#define FORM    "Content-Type: application/x-www-form-urlencoded\r\n"
#define HOSTILE "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>"

typedef struct {
    char *directory;
    Workspace workspace;
    Sender senders[3];
    Keys *keys;
    Store *store;
    Desk *desk;
    HttpServer *server;
    int port;
} Fixture;

/* The store ---------------------------------------------------------------- */

static void sql(Fixture *f, const char *format, ...) G_GNUC_PRINTF(2, 3);

static void
sql(Fixture *f, const char *format, ...)
{
    g_autoptr(GError) error = NULL;
    va_list args;

    va_start(args, format);
    g_autofree char *text = g_strdup_vprintf(format, args);
    va_end(args);
    g_auto(Transaction) tx = store_begin(f->store, &error);
    g_assert_no_error(error);
    g_autoptr(Statement) st = store_prepare_text(f->store, text, &error);
    g_assert_no_error(error);
    g_assert_true(statement_run(st, &error));
    g_assert_true(transaction_commit(&tx, &error));
}

static char *
ask(Fixture *f, const char *query)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Statement) st = store_prepare_text(f->store, query, &error);
    char *value;

    g_assert_no_error(error);
    value = g_strdup(statement_step(st) ? statement_text(st, 0) : NULL);
    statement_end(st, &error);
    g_assert_no_error(error);
    return value;
}

static void
assert_sql(Fixture *f, const char *query, const char *expected)
{
    g_autofree char *value = ask(f, query);

    g_test_message("%s", query);
    g_assert_cmpstr(value, ==, expected);
}

/* Two people, an answer of each, one campaign. `words` stand wherever somebody
 * outside can write. */
static void
fill(Fixture *f, const char *words)
{
    g_auto(GStrv) halves = g_strsplit(words, "'", -1);
    g_autofree char *w = g_strjoinv("''", halves);

    sql(f,
        "INSERT INTO campaign (campaign, snapshot, name, state, is_sequence,"
        " launched_at, start_at, updated_at) VALUES ('spring', 's',"
        " 'Spring %s', 'running', 1, 1, 1, 1)",
        w);
    for (int i = 1; i <= 2; i++) {
        sql(f,
            "INSERT INTO candidate (candidate_id, email, email_key,"
            " address_hmac, first_name, last_name, job_title, employer, city,"
            " source, notes, added, updated_at) VALUES (%d, 'p%d@x.example',"
            " 'p%d@x.example', 'hmac%d', 'Kim %s', '%s', '%s', '%s', '%s',"
            " '%s', '%s', 1, 1)",
            i, i, i, i, w, w, w, w, w, w, w);
        sql(f,
            "INSERT INTO message (message_id, kind, dedupe_key, candidate_id,"
            " campaign, cycle, step, rcpt, rcpt_hmac, rcpt_domain, state,"
            " not_before, not_after, sent_at, created_at, updated_at)"
            " VALUES ('m%d', 'campaign', 'k%d', %d, 'spring', 1, 'one', 'p',"
            " 'hmac%d', 'x.example %s', 'sent', 0, 1, %" G_GINT64_FORMAT
            ", 1, %" G_GINT64_FORMAT ")",
            i, i, i, i, w, NOW - HOUR_MS, NOW - HOUR_MS);
        sql(f,
            "INSERT INTO inbound (inbound_id, file, received_at, state)"
            " VALUES ('i%d', 'i%d.eml', 1, 'done')",
            i, i);
        sql(f,
            "INSERT INTO reply (reply_id, inbound_id, candidate_id, message_id,"
            " campaign, step, recruiter, from_address, subject, text, intent,"
            " intent_rule, flags, action, received_at) VALUES (%d, 'i%d', %d,"
            " 'm%d', 'spring', 'one', '%s', '%s@x.example', '%s', 'Hi %s\nyes',"
            " 'interested', '%s', '%s', '%s', %" G_GINT64_FORMAT ")",
            i, i, i, i, i == 1 ? "anna" : "jonas", w, w, w, w, w, w,
            NOW - MINUTE_MS);
        sql(f,
            "INSERT INTO event (candidate_id, kind, message_id, campaign, step,"
            " at, detail) VALUES (%d, 'replied', 'm%d', 'spring', 'one',"
            " %" G_GINT64_FORMAT ", json_object('intent', '%s', 'reason',"
            " '%s'))",
            i, i, NOW - MINUTE_MS, w, w);
        sql(f,
            "INSERT INTO consent (candidate_id, purpose, state, at, source)"
            " VALUES (%d, 'mail', 'given', 1, '%s')",
            i, w);
        sql(f,
            "INSERT INTO candidate_tag (candidate_id, field, value)"
            " VALUES (%d, 'interest', '%s')",
            i, w);
    }
    sql(f,
        "INSERT INTO alert (kind, object, day, first_at, last_at, detail)"
        " VALUES ('complaint', '%s', 1, %" G_GINT64_FORMAT ", %" G_GINT64_FORMAT
        ", '%s')",
        w, NOW, NOW, w);
    sql(f,
        "INSERT INTO domain_pause VALUES ('%s', %" G_GINT64_FORMAT ", '%s', 1)",
        w, NOW + DAY_MS, w);
    sql(f,
        "INSERT INTO audit (at, actor, action, object) VALUES (1, '%s',"
        " '%s', 'reply 1')",
        w, w);
}

/* The desk ----------------------------------------------------------------- */

static void
make_workspace(Fixture *f)
{
    static const struct {
        const char *id, *name, *email, *role;
    } people[] = {
        {"anna", "Anna Schmidt", "anna@mail.example", "recruiter"},
        {"lea", "Lea Lead", "lea@mail.example", "lead"},
        {"max", "Max Market", "max@mail.example", "marketing"},
    };
    Workspace *w = &f->workspace;

    w->database = g_build_filename(f->directory, "nurture.db", NULL);
    w->state_dir = f->directory;
    w->company = (char *)"Example <Works>";
    w->zone = g_time_zone_new_utc();
    w->time_zone = (char *)"UTC";
    w->sending.domain = (char *)"mail.example";
    w->sending.fallback_sender = (char *)"lea";
    w->sending.window = (SendWindow)SEND_WINDOW_ALWAYS;
    w->scores.reply = 20;
    w->scores.half_life_ms = 90 * DAY_MS;
    w->fields = field_set_new();
    w->senders = g_ptr_array_new();
    for (gsize i = 0; i < G_N_ELEMENTS(people); i++) {
        f->senders[i] = (Sender){.id = (char *)people[i].id,
                                 .name = (char *)people[i].name,
                                 .email = (char *)people[i].email,
                                 .role = (char *)people[i].role};
        g_ptr_array_add(w->senders, &f->senders[i]);
    }
}

static void
set_up(Fixture *f, gconstpointer data)
{
    static const DeskActions actions = {campaign_set_state,
                                        candidate_erase,
                                        candidate_json,
                                        campaign_mail_text,
                                        interaction_log,
                                        interaction_kinds,
                                        why_all};
    static const uint8_t secret[32] = {4, 5, 6};
    g_autoptr(GError) error = NULL;

    clock_set(NOW);
    f->directory = g_dir_make_tmp("nurture-desk-XXXXXX", &error);
    g_assert_no_error(error);
    f->keys = keys_from_secret(secret);
    make_workspace(f);
    f->store = store_open(f->workspace.database, STORE_CREATE, &error);
    g_assert_no_error(error);
    fill(f, data ? data : "plain");
    f->desk = desk_start(&f->workspace, f->keys, &actions, &error);
    g_assert_no_error(error);
    f->server =
        http_server_start("127.0.0.1:0", false, desk_routes(f->desk), &error);
    g_assert_no_error(error);
    f->port = http_server_port(f->server);
    g_assert_true(desk_set_address(f->desk, "https://desk.example", &error));
    g_assert_no_error(error);
}

static void
tear_down(Fixture *f, gconstpointer data)
{
    (void)data;
    http_server_stop(f->server);
    desk_stop(f->desk);
    store_close(f->store);
    keys_free(f->keys);
    field_set_free(f->workspace.fields);
    g_time_zone_unref(f->workspace.zone);
    g_ptr_array_unref(f->workspace.senders);
    g_free(f->workspace.database);
    GDir *dir = g_dir_open(f->directory, 0, NULL);
    for (const char *name; (name = g_dir_read_name(dir));) {
        g_autofree char *path = g_build_filename(f->directory, name, NULL);
        g_unlink(path);
    }
    g_dir_close(dir);
    g_rmdir(f->directory);
    g_free(f->directory);
    clock_set(0);
}

/* Visits ------------------------------------------------------------------- */

static char *
get(Fixture *f, const char *path, const char *cookie)
{
    g_autofree char *headers =
        cookie ? g_strdup_printf("Cookie: %s\r\n", cookie) : NULL;

    return client_ask(f->port, "GET", path, headers, NULL);
}

static char *
post(Fixture *f, const char *path, const char *cookie, const char *body)
{
    g_autofree char *headers =
        cookie ? g_strdup_printf(FORM "Cookie: %s\r\n", cookie)
               : g_strdup(FORM);

    return client_ask(f->port, "POST", path, headers, body);
}

static void
assert_status(char *answer, int status)
{
    g_autofree char *owned = answer;

    g_assert_cmpint(client_status(owned), ==, status);
}

/* "/login/TOKEN" of a fresh link */
static char *
login_path(Fixture *f, int sender)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *link = desk_login_link(
        f->store, &f->workspace, &f->senders[sender], clock_now(), &error);

    g_assert_no_error(error);
    g_assert_true(g_str_has_prefix(link, "https://desk.example/login/"));
    return g_strdup(link + strlen("https://desk.example"));
}

/* What the answer sets: "__Host-nurture=..." */
static char *
cookie_of(const char *answer)
{
    g_autofree char *header = client_header(answer, "Set-Cookie");

    return header ? g_strndup(header, strcspn(header, ";")) : NULL;
}

static char *
log_in(Fixture *f, int sender)
{
    g_autofree char *path = login_path(f, sender);
    g_autofree char *answer = post(f, path, NULL, "");
    g_autofree char *location = client_header(answer, "Location");

    g_assert_cmpint(client_status(answer), ==, 303);
    g_assert_cmpstr(location, ==, "/");
    return cookie_of(answer);
}

/* The form token of a page. */
static char *
csrf_of(Fixture *f, const char *cookie)
{
    static const char mark[] = "name=\"csrf\" value=\"";
    g_autofree char *answer = get(f, "/campaigns", cookie);
    const char *found = strstr(answer, mark);

    g_assert_nonnull(found);
    found += strlen(mark);
    return g_strndup(found, strcspn(found, "\""));
}

static char *
act(Fixture *f, const char *path, const char *cookie, const char *fields)
{
    g_autofree char *csrf = csrf_of(f, cookie);
    g_autofree char *body = g_strdup_printf("csrf=%s&%s", csrf, fields);

    return post(f, path, cookie, body);
}

static const char *const private_pages[] = {
    "/replies",
    "/replies/1",
    "/replies/1/stop",
    "/people",
    "/people/1",
    "/people/1/erase",
    "/campaigns",
    "/campaigns/spring",
    "/campaigns/spring/pause",
    "/campaigns/spring/progress",
    "/panic",
    "/delivery",
    "/reports",
    "/reports/campaigns.csv",
    "/reports/sources",
};

/* Getting in --------------------------------------------------------------- */

static void
test_link_once(Fixture *f, gconstpointer data)
{
    g_autofree char *path = login_path(f, 0);

    (void)data;
    /* A scanner presses it: nothing is used up. */
    assert_status(get(f, path, NULL), 200);
    assert_status(get(f, path, NULL), 200);
    g_autofree char *in = post(f, path, NULL, "");
    g_autofree char *cookie = client_header(in, "Set-Cookie");
    g_assert_cmpint(client_status(in), ==, 303);
    g_assert_true(g_str_has_prefix(cookie, "__Host-nurture="));
    g_assert_nonnull(strstr(cookie, "; HttpOnly"));
    g_assert_nonnull(strstr(cookie, "; Secure"));
    g_assert_nonnull(strstr(cookie, "; SameSite=Lax"));
    g_assert_nonnull(strstr(cookie, "; Path=/"));
    assert_status(post(f, path, NULL, ""), 404);
    assert_status(get(f, path, NULL), 404);
    /* Only hashes are kept. */
    g_autofree char *kept = ask(f, "SELECT token_hash FROM desk_login");
    g_assert_cmpuint(strlen(kept), ==, 64);
    g_assert_null(strstr(path, kept));
    assert_sql(f, "SELECT actor FROM audit WHERE action = 'log in'", "anna");
}

static void
test_link_expires(Fixture *f, gconstpointer data)
{
    g_autofree char *path = login_path(f, 0);

    (void)data;
    clock_set(NOW + 15 * MINUTE_MS);
    assert_status(get(f, path, NULL), 404);
    assert_status(post(f, path, NULL, ""), 404);
}

/* An address that is known and one that is not get the same bytes. */
static void
test_same_answer(Fixture *f, gconstpointer data)
{
    (void)data;
    g_autofree char *known =
        post(f, "/login", NULL, "address=ANNA@mail.example");
    g_autofree char *other =
        post(f, "/login", NULL, "address=eve@mail.example");

    g_assert_cmpint(client_status(known), ==, 200);
    g_assert_cmpstr(client_body(known), ==, client_body(other));
    assert_sql(f, "SELECT count(*) FROM desk_login", "1");
    assert_sql(f,
               "SELECT kind || ' ' || rcpt || ' ' || state FROM message"
               " WHERE kind = 'service'",
               "service anna@mail.example scheduled");
    g_autofree char *body =
        ask(f, "SELECT CAST(bytes AS TEXT) FROM message_body");
    g_assert_nonnull(strstr(body, "https://desk.example/login/"));
    g_assert_nonnull(strstr(body, "Auto-Submitted: auto-generated"));
}

static void
test_mailed_seldom(Fixture *f, gconstpointer data)
{
    (void)data;
    for (int i = 0; i < 6; i++) {
        clock_set(NOW + i * SECOND_MS);
        assert_status(post(f, "/login", NULL, "address=anna@mail.example"),
                      200);
    }
    assert_sql(f, "SELECT count(*) FROM message WHERE kind = 'service'", "3");
    clock_set(NOW + 16 * MINUTE_MS);
    assert_status(post(f, "/login", NULL, "address=anna@mail.example"), 200);
    assert_sql(f, "SELECT count(*) FROM message WHERE kind = 'service'", "4");
}

static void
test_tries(Fixture *f, gconstpointer data)
{
    int refused = 0;

    (void)data;
    for (int i = 0; i < 40; i++) {
        g_autofree char *answer = client_ask(
            f->port, "POST", "/login", FORM "X-Forwarded-For: 203.0.113.9\r\n",
            "address=eve@mail.example");
        refused += client_status(answer) == 429;
    }
    g_assert_cmpint(refused, >, 0);
}

static void
test_session_ends(Fixture *f, gconstpointer data)
{
    (void)data;
    g_autofree char *idle = log_in(f, 0);
    assert_status(get(f, "/replies", idle), 200);
    clock_set(NOW + 11 * HOUR_MS);
    assert_status(get(f, "/replies", idle), 200);
    clock_set(NOW + 22 * HOUR_MS); /* seen 11 hours ago */
    assert_status(get(f, "/replies", idle), 200);
    clock_set(NOW + 34 * HOUR_MS);
    assert_status(get(f, "/replies", idle), 303);

    clock_set(NOW);
    g_autofree char *busy = log_in(f, 0);
    for (int64_t t = 0; t < 7 * 24; t += 8) {
        clock_set(NOW + t * HOUR_MS);
        assert_status(get(f, "/replies", busy), 200);
    }
    clock_set(NOW + 7 * DAY_MS);
    assert_status(get(f, "/replies", busy), 303);
}

static void
test_log_out(Fixture *f, gconstpointer data)
{
    (void)data;
    g_autofree char *cookie = log_in(f, 0);
    g_autofree char *out = act(f, "/logout", cookie, "");
    g_autofree char *gone = client_header(out, "Set-Cookie");

    g_assert_cmpint(client_status(out), ==, 303);
    g_assert_nonnull(strstr(gone, "Max-Age=0"));
    assert_status(get(f, "/replies", cookie), 303);
    assert_sql(f, "SELECT count(*) FROM desk_session", "0");
}

/* Roles -------------------------------------------------------------------- */

static void
test_roles(Fixture *f, gconstpointer data)
{
    static const struct {
        const char *path;
        int recruiter, lead, marketing;
    } rows[] = {
        {"/replies", 200, 200, 404},
        {"/replies/1", 200, 200, 404},
        {"/replies/2", 404, 200, 404},
        {"/replies/2/original", 404, 404, 404}, /* no file of it */
        {"/replies/2/stop", 404, 200, 404},
        {"/people", 200, 200, 404},
        {"/people/1", 200, 200, 404},
        {"/campaigns", 200, 200, 200},
        {"/campaigns/spring", 200, 200, 200},
        {"/campaigns/spring/pause", 200, 200, 200},
        {"/campaigns/spring/resume", 404, 200, 200},
        {"/delivery", 404, 200, 200},
        {"/reports", 404, 200, 200},
        {"/reports/campaigns.csv", 404, 200, 200},
        {"/reports/pipeline", 404, 200, 200},
        {"/reports/cohorts", 404, 200, 200},
        {"/reports/nothing", 404, 404, 404},
        {"/nowhere", 404, 404, 404},
    };

    (void)data;
    g_autofree char *recruiter = log_in(f, 0);
    g_autofree char *lead = log_in(f, 1);
    g_autofree char *marketing = log_in(f, 2);
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_test_message("%s", rows[i].path);
        assert_status(get(f, rows[i].path, recruiter), rows[i].recruiter);
        assert_status(get(f, rows[i].path, lead), rows[i].lead);
        assert_status(get(f, rows[i].path, marketing), rows[i].marketing);
    }
    /* Somebody else's answer cannot be acted on either. */
    assert_status(act(f, "/replies/2", recruiter, "verb=done"), 404);
    assert_status(
        act(f, "/people/1/erase", marketing, "confirm=erase&reason=0"), 404);
    assert_sql(f, "SELECT state FROM reply WHERE reply_id = 2", "open");
    assert_sql(f, "SELECT count(*) FROM candidate WHERE erased_at IS NULL",
               "2");
}

/* Marketing sees numbers, and nobody's name. */
static void
test_no_names(Fixture *f, gconstpointer data)
{
    (void)data;
    g_autofree char *cookie = log_in(f, 2);
    for (gsize i = 0; i < G_N_ELEMENTS(private_pages); i++) {
        g_autofree char *answer = get(f, private_pages[i], cookie);
        g_assert_null(strstr(answer, "Kim"));
        g_assert_null(strstr(answer, "p1@x.example"));
    }
}

/* Deeds -------------------------------------------------------------------- */

static void
test_review(Fixture *f, gconstpointer data)
{
    (void)data;
    g_autofree char *cookie = log_in(f, 0);
    assert_status(act(f, "/replies/1", cookie, "verb=label&value=question"),
                  303);
    assert_sql(
        f, "SELECT label || ' ' || labelled_by FROM reply WHERE reply_id = 1",
        "question anna");
    assert_status(act(f, "/replies/1", cookie, "verb=snooze&value=2026-04-01"),
                  303);
    assert_sql(f,
               "SELECT state || ' ' || snoozed_until FROM reply"
               " WHERE reply_id = 1",
               "snoozed 1775001600000");
    assert_status(act(f, "/replies/1", cookie, "verb=done"), 303);
    assert_sql(f, "SELECT state FROM reply WHERE reply_id = 1", "done");
    assert_status(act(f, "/replies/1", cookie, "verb=open"), 303);
    assert_sql(f, "SELECT state FROM reply WHERE reply_id = 1", "open");
    assert_status(act(f, "/replies/1", cookie, "verb=hand-over&value=lea"),
                  303);
    assert_sql(f, "SELECT recruiter FROM reply WHERE reply_id = 1", "lea");
    assert_status(get(f, "/replies/1", cookie), 404);
    assert_sql(f,
               "SELECT group_concat(action, '; ') FROM (SELECT action FROM"
               " audit WHERE actor = 'anna' AND object = 'reply 1'"
               " ORDER BY audit_id)",
               "labelled question; snoozed until 1 April 2026; done; opened "
               "again; handed over to lea");
}

static void
test_review_wrong(Fixture *f, gconstpointer data)
{
    static const struct {
        const char *fields;
        int status;
    } rows[] = {
        {"verb=label&value=nonsense", 400},
        {"verb=label", 400},
        {"verb=snooze&value=yesterday", 400},
        {"verb=snooze&value=2020-01-01", 400},
        {"verb=hand-over&value=nobody", 400},
        {"verb=drop%20table", 400},
        {"value=x", 400},
        {"verb=label&value=%00", 400},
        {"verb=label&value=%ff%fe", 400},
    };

    (void)data;
    g_autofree char *cookie = log_in(f, 0);
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_test_message("%s", rows[i].fields);
        assert_status(act(f, "/replies/1", cookie, rows[i].fields),
                      rows[i].status);
    }
    assert_sql(f,
               "SELECT state || coalesce(label, '-') FROM reply"
               " WHERE reply_id = 1",
               "open-");
}

static void
test_stop(Fixture *f, gconstpointer data)
{
    (void)data;
    g_autofree char *cookie = log_in(f, 0);
    assert_status(act(f, "/replies/1", cookie, "verb=stop"), 303);
    assert_sql(f, "SELECT reason FROM suppression WHERE address_hmac = 'hmac1'",
               "manual");
}

static void
test_pause(Fixture *f, gconstpointer data)
{
    (void)data;
    g_autofree char *cookie = log_in(f, 1);
    assert_status(act(f, "/campaigns/spring/pause", cookie, ""), 303);
    assert_sql(f, "SELECT state FROM campaign", "paused");
    assert_status(act(f, "/campaigns/spring/resume", cookie, ""), 303);
    assert_sql(f, "SELECT state FROM campaign", "running");
    assert_status(act(f, "/panic", cookie, ""), 303);
    assert_sql(f, "SELECT state FROM campaign", "paused");
    assert_status(act(f, "/campaigns/nothing/pause", cookie, ""), 404);
    assert_sql(f,
               "SELECT group_concat(action || ' ' || object, '; ') FROM"
               " (SELECT * FROM audit WHERE actor = 'lea' AND object IS NOT"
               " NULL ORDER BY audit_id)",
               "pause campaign spring; resume campaign spring; pause every "
               "campaign all");
}

static void
test_erase(Fixture *f, gconstpointer data)
{
    (void)data;
    g_autofree char *cookie = log_in(f, 0);
    assert_status(act(f, "/people/1/erase", cookie, "confirm=no&reason=0"),
                  400);
    assert_status(act(f, "/people/1/erase", cookie, "confirm=erase&reason=9"),
                  400);
    assert_sql(f, "SELECT count(*) FROM candidate WHERE erased_at IS NULL",
               "2");
    g_autofree char *done =
        act(f, "/people/1/erase", cookie, "confirm=erase&reason=0");
    g_assert_nonnull(strstr(done, "<h1>Erased</h1>"));
    assert_sql(f, "SELECT count(*) FROM candidate WHERE erased_at IS NULL",
               "1");
    assert_status(get(f, "/people/1", cookie), 404);
    assert_sql(f,
               "SELECT actor || ': ' || detail FROM audit"
               " WHERE action = 'erase person'",
               "anna: asked for it (GDPR Article 17)");
}

static void
test_find(Fixture *f, gconstpointer data)
{
    (void)data;
    g_autofree char *cookie = log_in(f, 0);
    g_autofree char *one = act(f, "/people", cookie, "query=P2%40X.example");
    g_assert_nonnull(strstr(one, "href=\"/people/2\""));
    g_assert_null(strstr(one, "href=\"/people/1\""));
    g_autofree char *none = act(f, "/people", cookie, "query=%25_%27--");
    g_assert_nonnull(strstr(none, "Nobody has that"));
    g_autofree char *file = act(f, "/people/1/everything", cookie, "");
    g_autofree char *type = client_header(file, "Content-Type");
    g_assert_cmpstr(type, ==, "application/json");
    g_assert_nonnull(strstr(file, "p1@x.example"));
}

static void
test_log(Fixture *f, gconstpointer data)
{
    (void)data;
    g_autofree char *cookie = log_in(f, 0);
    assert_status(act(f, "/people/1/log", cookie,
                      "kind=met&day=2026-03-02&note=At+the+fair+%3Cb%3E"),
                  303);
    assert_sql(f,
               "SELECT kind || ' ' || at || ' ' || detail FROM event"
               " WHERE kind = 'met'",
               "met 1772409600000 {\"by\":\"anna\",\"note\":"
               "\"At the fair <b>\"}");
    g_autofree char *page = get(f, "/people/1", cookie);
    g_assert_nonnull(strstr(page, "At the fair &lt;b&gt;"));
    /* Not twice, not of another kind, not before it happened. */
    assert_status(act(f, "/people/1/log", cookie,
                      "kind=met&day=2026-03-02&note=At+the+fair+%3Cb%3E"),
                  400);
    assert_status(act(f, "/people/1/log", cookie, "kind=sent&day=2026-03-02"),
                  400);
    assert_status(act(f, "/people/1/log", cookie, "kind=met&day=2026-03-04"),
                  400);
    assert_status(act(f, "/people/1/log", cookie, "kind=met&day=soon"), 400);
    assert_sql(f, "SELECT count(*) FROM event WHERE kind = 'met'", "1");
}

/* Attacks ------------------------------------------------------------------ */

static void
attack_auth_bypass(Fixture *f, gconstpointer data)
{
    static const char *const cookies[] = {
        NULL,
        "__Host-nurture=",
        "__Host-nurture=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "__Host-nurture=' OR 1=1 --",
        "nurture=anna",
    };

    (void)data;
    for (gsize c = 0; c < G_N_ELEMENTS(cookies); c++)
        for (gsize i = 0; i < G_N_ELEMENTS(private_pages); i++) {
            g_autofree char *answer = get(f, private_pages[i], cookies[c]);
            g_autofree char *location = client_header(answer, "Location");
            g_assert_cmpint(client_status(answer), ==, 303);
            g_assert_cmpstr(location, ==, "/login");
            g_assert_cmpstr(client_body(answer), ==, "");
        }
    assert_status(post(f, "/replies/1", NULL, "verb=done"), 303);
    assert_status(post(f, "/panic", NULL, ""), 303);
    assert_sql(f, "SELECT state FROM reply WHERE reply_id = 1", "open");
    assert_sql(f, "SELECT state FROM campaign", "running");
    /* A sender whose file is gone is out at once. */
    g_autofree char *cookie = log_in(f, 0);
    g_ptr_array_remove_index(f->workspace.senders, 0);
    assert_status(get(f, "/replies", cookie), 303);
}

static void
attack_csrf(Fixture *f, gconstpointer data)
{
    static const char *const origins[] = {
        "Sec-Fetch-Site: cross-site\r\n", "Sec-Fetch-Site: same-site\r\n",
        "Origin: https://evil.example\r\n", "Origin: null\r\n"};

    (void)data;
    g_autofree char *cookie = log_in(f, 1);
    g_autofree char *other = log_in(f, 0);
    g_autofree char *csrf = csrf_of(f, cookie);
    g_autofree char *theirs = csrf_of(f, other);
    g_autofree char *right = g_strdup_printf("csrf=%s", csrf);
    g_autofree char *wrong = g_strdup_printf("csrf=%s", theirs);
    assert_status(post(f, "/panic", cookie, ""), 403);
    assert_status(post(f, "/panic", cookie, "csrf="), 403);
    assert_status(post(f, "/panic", cookie, wrong), 403);
    for (gsize i = 0; i < G_N_ELEMENTS(origins); i++) {
        g_autofree char *headers =
            g_strdup_printf(FORM "Cookie: %s\r\n%s", cookie, origins[i]);
        assert_status(client_ask(f->port, "POST", "/panic", headers, right),
                      403);
    }
    /* And GET changes nothing. */
    for (gsize i = 0; i < G_N_ELEMENTS(private_pages); i++)
        g_free(get(f, private_pages[i], cookie));
    assert_sql(f, "SELECT state FROM campaign", "running");
    assert_status(post(f, "/panic", cookie, right), 303);
    assert_sql(f, "SELECT state FROM campaign", "paused");
}

/* A session that was planted before is not the one that comes out. */
static void
attack_session_fixation(Fixture *f, gconstpointer data)
{
    static const char planted[] =
        "__Host-nurture=QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE";
    g_autofree char *path = login_path(f, 0);

    (void)data;
    g_autofree char *in = post(f, path, planted, "");
    g_autofree char *cookie = cookie_of(in);
    g_assert_cmpstr(cookie, !=, planted);
    assert_status(get(f, "/replies", planted), 303);
    assert_status(get(f, "/replies", cookie), 200);
    g_autofree char *again = log_in(f, 0);
    g_assert_cmpstr(again, !=, cookie);
}

static void
attack_stored_xss(Fixture *f, gconstpointer data)
{
    static const char *const pages[] = {
        "/replies",         "/replies/1",        "/replies/1/stop",
        "/people",          "/people/1",         "/people/1/erase",
        "/campaigns",       "/campaigns/spring", "/campaigns/spring/pause",
        "/delivery",        "/reports",          "/replies?done=1",
        "/delivery?days=90"};

    (void)data;
    g_autofree char *cookie = log_in(f, 1);
    for (gsize i = 0; i < G_N_ELEMENTS(pages); i++) {
        g_autofree char *answer = get(f, pages[i], cookie);
        g_test_message("%s", pages[i]);
        g_assert_cmpint(client_status(answer), ==, 200);
        g_assert_nonnull(strstr(answer, "&lt;script&gt;")); /* it is there */
        g_assert_null(strstr(answer, "<script>"));
        g_assert_null(strstr(answer, "<img"));
        g_assert_null(strstr(answer, "\"'>"));
        g_assert_null(strstr(answer, " style="));
    }
    g_autofree char *search =
        act(f, "/people", cookie, "query=%22%3E%3Cscript%3Ealert(1)%3C/script");
    g_assert_null(strstr(search, "<script>alert"));
    g_autofree char *page = get(f, "/replies/1", cookie);
    g_autofree char *policy = client_header(page, "Content-Security-Policy");
    g_assert_null(strstr(policy, "unsafe"));
    g_assert_true(g_str_has_prefix(policy, "default-src 'none'; "));
}

/* The mail as it came is bytes from outside, too. */
static void
attack_original_xss(Fixture *f, gconstpointer data)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *dir =
        g_build_filename(f->directory, "spool", "done", NULL);
    g_autofree char *path = g_build_filename(dir, "i1.eml", NULL);

    (void)data;
    g_assert_cmpint(g_mkdir_with_parents(dir, 0700), ==, 0);
    g_file_set_contents(
        path, "Subject: " HOSTILE "\r\n\r\n</pre>" HOSTILE "\r\n\xff\xfe\r\n",
        -1, &error);
    g_assert_no_error(error);
    g_autofree char *cookie = log_in(f, 0);
    g_autofree char *answer = get(f, "/replies/1/original", cookie);
    g_assert_cmpint(client_status(answer), ==, 200);
    g_assert_nonnull(strstr(answer, "Subject: &lt;script&gt;"));
    g_assert_null(strstr(answer, "<script>"));
    g_assert_null(strstr(answer, "<img"));
    g_unlink(path);
    g_rmdir(dir);
    g_autofree char *spool = g_build_filename(f->directory, "spool", NULL);
    g_rmdir(spool);
}

static void
attack_open_redirect(Fixture *f, gconstpointer data)
{
    static const char *const paths[] = {
        "/login?next=https://evil.example", "//evil.example/login",
        "/?next=//evil.example", "/%2f%2fevil.example",
        "/replies?done=//evil.example"};

    (void)data;
    g_autofree char *cookie = log_in(f, 0);
    for (gsize i = 0; i < G_N_ELEMENTS(paths); i++) {
        g_autofree char *answer = get(f, paths[i], cookie);
        g_autofree char *location = client_header(answer, "Location");
        if (location)
            g_assert_cmpstr(location, ==, "/replies");
        g_assert_null(strstr(answer, "evil"));
    }
}

/* Neither a foreign page's name for us nor a forged one is answered. */
static void
attack_forged_host(Fixture *f, gconstpointer data)
{
    static const struct {
        const char *host;
        int status;
    } rows[] = {
        {"evil.example", 421},
        {"127.0.0.1.evil.example", 421},
        {"desk.example.evil.example", 421},
        {"desk.example@evil.example", 421},
        {"desk.example", 200},
        {"127.0.0.1:8081", 200},
        {"localhost", 200},
    };

    (void)data;
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *bytes = g_strdup_printf(
            "GET /login HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n",
            rows[i].host);
        g_test_message("%s", rows[i].host);
        assert_status(client_say(f->port, bytes), rows[i].status);
    }
    /* The mailed link has the configured name. */
    g_free(client_ask(f->port, "POST", "/login",
                      FORM "X-Forwarded-Host: evil.example\r\n",
                      "address=anna@mail.example"));
    g_autofree char *body =
        ask(f, "SELECT CAST(bytes AS TEXT) FROM message_body");
    g_assert_null(strstr(body, "evil"));
}

static void
assert_header(const char *answer, const char *name, const char *part)
{
    g_autofree char *value = client_header(answer, name);

    g_assert_nonnull(value);
    g_assert_nonnull(strstr(value, part));
}

static void
attack_clickjacking(Fixture *f, gconstpointer data)
{
    (void)data;
    g_autofree char *cookie = log_in(f, 1);
    for (gsize i = 0; i < G_N_ELEMENTS(private_pages); i++) {
        g_autofree char *answer = get(f, private_pages[i], cookie);
        if (!strstr(answer, "text/html"))
            continue;
        assert_header(answer, "Content-Security-Policy",
                      "frame-ancestors 'none'");
    }
    g_autofree char *page = get(f, "/panic", cookie);
    assert_header(page, "X-Frame-Options", "DENY");
    assert_header(page, "Content-Security-Policy", "form-action 'self'");
}

static void
attack_private_cache(Fixture *f, gconstpointer data)
{
    (void)data;
    g_autofree char *cookie = log_in(f, 1);
    for (gsize i = 0; i < G_N_ELEMENTS(private_pages); i++) {
        g_autofree char *answer = get(f, private_pages[i], cookie);
        g_autofree char *out = get(f, private_pages[i], NULL);
        g_test_message("%s", private_pages[i]);
        assert_header(answer, "Cache-Control", "no-store");
        assert_header(answer, "X-Content-Type-Options", "nosniff");
        assert_header(out, "Cache-Control", "no-store");
    }
    g_autofree char *css = get(f, "/static/desk.css", NULL);
    assert_header(css, "Cache-Control", "public");
    assert_status(get(f, "/static/..%2fdesk.css", NULL), 400);
    assert_status(get(f, "/static/nothing", NULL), 404);
}

static void
attack_header_injection(Fixture *f, gconstpointer data)
{
    (void)data;
    g_autofree char *cookie = log_in(f, 1);
    static const char *const tries[] = {
        "/campaigns/spring%0d%0aSet-Cookie:x=1/pause",
        "/replies?done=1%0d%0aSet-Cookie:x=1",
        "/people/1%0d%0aSet-Cookie:x=1/erase"};
    for (gsize i = 0; i < G_N_ELEMENTS(tries); i++) {
        g_autofree char *answer = get(f, tries[i], cookie);
        g_autofree char *set = client_header(answer, "Set-Cookie");
        g_assert_null(set);
    }
    assert_status(act(f, "/replies/1", cookie,
                      "verb=hand-over&value=lea%0d%0aSet-Cookie:x"),
                  400);
    g_free(post(f, "/login", NULL,
                "address=anna%40mail.example%0d%0aBcc:%20eve%40evil.example"));
    assert_sql(f, "SELECT count(*) FROM message WHERE kind = 'service'", "0");
}

static void
attack_sql_injection(Fixture *f, gconstpointer data)
{
    static const char *const tries[] = {
        "/replies?intent=x'%20OR%201=1--",
        "/replies?state=open'--",
        "/people/1%20OR%201=1",
        "/replies/0%20OR%201=1",
        "/campaigns/x'%20OR%20'1'='1",
        "/people?page=-1%20UNION%20SELECT",
        "/delivery?days=1;DROP%20TABLE%20reply"};

    (void)data;
    g_autofree char *cookie = log_in(f, 1);
    for (gsize i = 0; i < G_N_ELEMENTS(tries); i++) {
        g_autofree char *answer = get(f, tries[i], cookie);
        g_test_message("%s", tries[i]);
        g_assert_true(client_status(answer) == 200 ||
                      client_status(answer) == 404);
    }
    g_free(act(f, "/people", cookie, "query=x'%29%20OR%201=1%20--"));
    assert_sql(f, "SELECT count(*) FROM reply", "2");
}

#define ADD(path, words, test)                                                 \
    g_test_add("/desk/" path, Fixture, words, set_up, test, tear_down)

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD("login/once", NULL, test_link_once);
    ADD("login/expires", NULL, test_link_expires);
    ADD("login/same-answer", NULL, test_same_answer);
    ADD("login/mailed-seldom", NULL, test_mailed_seldom);
    ADD("login/tries", NULL, test_tries);
    ADD("session/ends", NULL, test_session_ends);
    ADD("session/log-out", NULL, test_log_out);
    ADD("roles/pages", NULL, test_roles);
    ADD("roles/no-names", NULL, test_no_names);
    ADD("replies/review", NULL, test_review);
    ADD("replies/wrong", NULL, test_review_wrong);
    ADD("replies/stop", NULL, test_stop);
    ADD("campaigns/pause", NULL, test_pause);
    ADD("people/erase", NULL, test_erase);
    ADD("people/find", NULL, test_find);
    ADD("people/log", NULL, test_log);
    ADD("attack/auth-bypass", NULL, attack_auth_bypass);
    ADD("attack/csrf", NULL, attack_csrf);
    ADD("attack/session-fixation", NULL, attack_session_fixation);
    ADD("attack/stored-xss", HOSTILE, attack_stored_xss);
    ADD("attack/original-xss", NULL, attack_original_xss);
    ADD("attack/open-redirect", NULL, attack_open_redirect);
    ADD("attack/forged-host", NULL, attack_forged_host);
    ADD("attack/clickjacking", NULL, attack_clickjacking);
    ADD("attack/private-cache", NULL, attack_private_cache);
    ADD("attack/header-injection", NULL, attack_header_injection);
    ADD("attack/sql-injection", NULL, attack_sql_injection);
    return g_test_run();
}
