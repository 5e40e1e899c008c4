/* SPDX-License-Identifier: Apache-2.0 */
/* web-fixture - a small workspace with one mail out, and its public pages */
#ifndef TESTS_WEB_FIXTURE_H
#define TESTS_WEB_FIXTURE_H

#include "http-client.h"
#include "nurture/clock.h"
#include "nurture/event.h"
#include "nurture/hits.h"
#include "nurture/store.h"

#include <glib/gstdio.h>

#define SENT_AT INT64_C(1772528400000) /* 2026-03-03 09:00 UTC */
#define NOW     (SENT_AT + HOUR_MS)

#define BROWSER                                                                \
    "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 "    \
    "Firefox/128.0\r\nAccept-Language: de,en;q=0.5\r\n"
#define FORM "Content-Type: application/x-www-form-urlencoded\r\n"

typedef struct {
    char *directory;
    Workspace workspace;
    Sender sender;
    char *languages[3];
    Keys *keys;
    Store *store; /* the test's own view of the database */
    Hits *hits;
    HttpServer *server;
    int port;
    char message[MESSAGE_ID_TEXT]; /* of candidate 1, sent at SENT_AT */
} Web;

static inline void web_sql(Web *w, const char *format, ...) G_GNUC_PRINTF(2, 3);

/* SQL of the test's own, in its own transaction. */
static inline void
web_sql(Web *w, const char *format, ...)
{
    g_autoptr(GError) error = NULL;
    va_list args;

    va_start(args, format);
    g_autofree char *sql = g_strdup_vprintf(format, args);
    va_end(args);
    g_auto(Transaction) tx = store_begin(w->store, &error);
    g_assert_no_error(error);
    g_autoptr(Statement) st = store_prepare_text(w->store, sql, &error);
    g_assert_no_error(error);
    g_assert_true(statement_run(st, &error));
    g_assert_true(transaction_commit(&tx, &error));
}

/* The first column of the first row, as text; "" when there is none. */
static inline char *
web_ask_sql(Web *w, const char *sql)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Statement) st = store_prepare_text(w->store, sql, &error);

    g_assert_no_error(error);
    char *value = g_strdup(statement_step(st) && statement_text(st, 0)
                               ? statement_text(st, 0)
                               : "");
    statement_end(st, &error);
    g_assert_no_error(error);
    return value;
}

static inline void
web_assert_sql(Web *w, const char *sql, const char *expected)
{
    g_autofree char *value = web_ask_sql(w, sql);

    g_test_message("%s", sql);
    g_assert_cmpstr(value, ==, expected);
}

/* Another mail to `candidate`; its id goes to `out`. */
static inline void
web_add_message(Web *w, int candidate, const char *kind, const char *step,
                const char *state, char out[MESSAGE_ID_TEXT])
{
    message_id_make(w->keys, candidate, "spring", 1, step, out);
    web_sql(w,
            "INSERT INTO message (message_id, kind, dedupe_key, candidate_id,"
            " campaign, cycle, step, language, sender, link_set, rcpt,"
            " rcpt_hmac, rcpt_domain, state, not_before, not_after, sent_at,"
            " created_at, updated_at) VALUES ('%s', '%s', '%s', %d, 'spring',"
            " 1, '%s', 'en', 'anna', 'set', 'p@x.example', 'hmac%d',"
            " 'x.example', '%s', 0, 9000000000000, %" G_GINT64_FORMAT ", 0, 0)",
            out, kind, out, candidate, step, candidate, state, SENT_AT);
}

static inline void
web_fill(Web *w)
{
    web_sql(w, "INSERT INTO campaign (campaign, snapshot, name, state,"
               " is_sequence, launched_at, start_at, updated_at)"
               " VALUES ('spring', 's', 'Spring', 'running', 1, 0, 0, 0)");
    for (int i = 1; i <= 2; i++) {
        web_sql(w,
                "INSERT INTO candidate (candidate_id, email, email_key,"
                " address_hmac, added, updated_at) VALUES (%d, 'p%d@x.example',"
                " 'p%d@x.example', 'hmac%d', 0, 0)",
                i, i, i, i);
        web_sql(
            w,
            "INSERT INTO enrolment (candidate_id, campaign, snapshot, state,"
            " step, due_at, anchor_at, enrolled_at, updated_at)"
            " VALUES (%d, 'spring', 's', 'active', 'two', 1, 0, 0, 0)",
            i);
        web_sql(w,
                "INSERT INTO consent (candidate_id, purpose, state, at)"
                " VALUES (%d, 'mail', 'given', 1)",
                i);
    }
    web_add_message(w, 1, "campaign", "one", "sent", w->message);
    web_sql(w,
            "INSERT INTO link VALUES ('set', 1, 'https://jobs.example/1'),"
            " ('set', 2, 'https://jobs.example/2?a=b&c=%%20d#e'),"
            " ('set', 3, 'https://jobs.example/3'),"
            " ('set', 8, 'javascript:alert(1)'),"
            " ('set', 9, 'https://jobs.example/\r\nSet-Cookie: x=\xc3\xbc')");
}

static inline void
web_consent(Web *w, const char *purpose, const char *state, int64_t at)
{
    web_sql(w,
            "INSERT INTO consent (candidate_id, purpose, state, at)"
            " VALUES (1, '%s', '%s', %" G_GINT64_FORMAT ")",
            purpose, state, at);
}

static inline void
web_workspace(Web *w)
{
    Workspace *s = &w->workspace;

    w->languages[0] = (char *)"en";
    w->languages[1] = (char *)"de";
    w->sender.id = (char *)"anna";
    w->sender.name = (char *)"Anna Schmidt";
    s->database = g_build_filename(w->directory, "nurture.db", NULL);
    s->company = (char *)"Example <Works> GmbH";
    s->languages = w->languages;
    s->legal.postal_address = (char *)"Example Street 1, 10115 Berlin";
    s->legal.privacy_url = (char *)"https://www.example/privacy";
    s->tracking.clicks = TRACK_CONSENTED;
    s->scores.click = 3;
    s->scores.interest = 30;
    s->scores.half_life_ms = 90 * DAY_MS;
    s->senders = g_ptr_array_new();
    g_ptr_array_add(s->senders, &w->sender);
}

/* Stands in for campaign_mail_html(): there is no snapshot here. */
static inline char *
web_view(Store *store, const Workspace *workspace, const Keys *keys,
         const char *message_id, int64_t now, GError **error)
{
    (void)store, (void)workspace, (void)keys, (void)message_id;
    (void)now, (void)error;
    return g_strdup("<!doctype html><p>The <b>mail</b></p>");
}

static inline void
web_set_up(Web *w, gconstpointer data)
{
    static const uint8_t secret[32] = {1, 2, 3};
    g_autoptr(GError) error = NULL;

    (void)data;
    clock_set(NOW);
    w->directory = g_dir_make_tmp("nurture-web-XXXXXX", &error);
    g_assert_no_error(error);
    w->keys = keys_from_secret(secret);
    web_workspace(w);
    w->store = store_open(w->workspace.database, STORE_CREATE, &error);
    g_assert_no_error(error);
    web_fill(w);
    w->hits = hits_start(&w->workspace, w->keys, web_view, &error);
    g_assert_no_error(error);
    w->server =
        http_server_start("127.0.0.1:0", false, hits_routes(w->hits), &error);
    g_assert_no_error(error);
    w->port = http_server_port(w->server);
}

/* A folder, and what is in it. */
static inline void
web_remove(const char *path)
{
    GDir *dir = g_dir_open(path, 0, NULL);

    for (const char *name; dir && (name = g_dir_read_name(dir));) {
        g_autofree char *inner = g_build_filename(path, name, NULL);
        web_remove(inner);
    }
    if (dir)
        g_dir_close(dir);
    g_remove(path);
}

static inline void
web_tear_down(Web *w, gconstpointer data)
{
    (void)data;
    http_server_stop(w->server);
    hits_stop(w->hits);
    store_close(w->store);
    keys_free(w->keys);
    g_ptr_array_unref(w->workspace.senders);
    g_free(w->workspace.database);

    web_remove(w->directory);
    g_free(w->directory);
}

/* "/c/TOKEN" */
static inline char *
web_path(const Web *w, char letter, WebTokenKind kind, const char *message,
         unsigned link)
{
    char token[WEB_TOKEN_TEXT];

    web_token_make(w->keys, kind, message, link, token);
    return g_strdup_printf("/%c/%s", letter, token);
}

#endif
