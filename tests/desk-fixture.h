/* SPDX-License-Identifier: Apache-2.0 */
/* desk-fixture - two people, an answer of each, one campaign, and visits to the
 * recruiters' pages over them */
#ifndef TESTS_DESK_FIXTURE_H
#define TESTS_DESK_FIXTURE_H

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

static inline void sql(Fixture *f, const char *format, ...) G_GNUC_PRINTF(2, 3);

static inline void
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

static inline char *
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

static inline void
assert_sql(Fixture *f, const char *query, const char *expected)
{
    g_autofree char *value = ask(f, query);

    g_test_message("%s", query);
    g_assert_cmpstr(value, ==, expected);
}

/* Two people, an answer of each, one campaign. `words` stand wherever somebody
 * outside can write. */
static inline void
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

static inline void
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

static inline void
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

static inline void
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

static inline char *
get(Fixture *f, const char *path, const char *cookie)
{
    g_autofree char *headers =
        cookie ? g_strdup_printf("Cookie: %s\r\n", cookie) : NULL;

    return client_ask(f->port, "GET", path, headers, NULL);
}

static inline char *
post(Fixture *f, const char *path, const char *cookie, const char *body)
{
    g_autofree char *headers =
        cookie ? g_strdup_printf(FORM "Cookie: %s\r\n", cookie)
               : g_strdup(FORM);

    return client_ask(f->port, "POST", path, headers, body);
}

static inline void
assert_status(char *answer, int status)
{
    g_autofree char *owned = answer;

    g_assert_cmpint(client_status(owned), ==, status);
}

/* "/login/TOKEN" of a fresh link */
static inline char *
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
static inline char *
cookie_of(const char *answer)
{
    g_autofree char *header = client_header(answer, "Set-Cookie");

    return header ? g_strndup(header, strcspn(header, ";")) : NULL;
}

static inline char *
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
static inline char *
csrf_of(Fixture *f, const char *cookie)
{
    static const char mark[] = "name=\"csrf\" value=\"";
    g_autofree char *answer = get(f, "/campaigns", cookie);
    const char *found = strstr(answer, mark);

    g_assert_nonnull(found);
    const char *value = found + sizeof mark - 1, *end = strchr(value, '"');
    g_assert_nonnull(end);
    return g_strndup(value, (gsize)(end - value));
}

static inline char *
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

#endif
