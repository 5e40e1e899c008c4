/* SPDX-License-Identifier: Apache-2.0 */
/* mta-fixture -- a workspace with people who may be mailed, for the tests of
 * the outbox and of delivery. */
#ifndef TESTS_MTA_FIXTURE_H
#define TESTS_MTA_FIXTURE_H

#include "mta/worker.h"
#include "nurture/clock.h"
#include "nurture/error.h"
#include "nurture/outbox.h"

#include <glib/gstdio.h>
#include <string.h>

#define NOW INT64_C(1772528400000) /* 2026-03-03 09:00 UTC */

typedef struct {
    char *dir, *path;
    Store *store;
    Workspace workspace;
    Keys *keys;
    GString *told; /* "message state;" for each call of settled() */
    Composer composer;
    bool refuse_settled;
} World;

static inline void
world_exec(Store *store, const char *sql)
{
    g_autoptr(GError) error = NULL;
    g_auto(Transaction) tx = store_begin(store, &error);

    g_assert_no_error(error);
    store_exec(store, sql, &error);
    g_assert_no_error(error);
    transaction_commit(&tx, &error);
    g_assert_no_error(error);
}

static inline int64_t
world_int(Store *store, const char *sql)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Statement) st = store_prepare_text(store, sql, &error);
    int64_t value;

    g_assert_no_error(error);
    g_assert_true(statement_step(st));
    value = statement_int(st, 0);
    statement_end(st, &error);
    g_assert_no_error(error);
    return value;
}

static inline char *
world_text(Store *store, const char *sql)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Statement) st = store_prepare_text(store, sql, &error);
    char *value;

    g_assert_no_error(error);
    g_assert_true(statement_step(st));
    value = g_strdup(statement_text(st, 0));
    statement_end(st, &error);
    g_assert_no_error(error);
    return value;
}

static inline bool
world_settled(gpointer data, Store *store, const char *message_id,
              const char *state, int64_t now, GError **error)
{
    World *w = data;

    (void)now;
    g_assert_true(store_in_transaction(store));
    if (w->refuse_settled) {
        g_set_error(error, NURTURE_ERROR, ERROR_STORE, "refused by the test");
        return false;
    }
    if (w->told)
        g_string_append_printf(w->told, "%s %s;", message_id, state);
    return true;
}

static inline ComposeVerdict
world_compose(gpointer data, Store *store, const ClaimedMessage *row,
              int64_t now, ComposedMail *out, int64_t *out_retry_at,
              char **out_reason, GError **error)
{
    (void)data;
    (void)store;
    (void)now;
    (void)out_retry_at;
    (void)out_reason;
    (void)error;
    out->from_name = g_strdup("Anna");
    out->from_address = g_strdup("anna@mail.example.org");
    out->subject = g_strdup_printf("For %s", row->message_id);
    out->text = g_strdup("Hello.\n");
    out->html = g_strdup("<p>Hello.</p>\n");
    return COMPOSE_OK;
}

/* `on_disk`: more than one connection can open world->path. */
static inline World *
world_new(bool on_disk)
{
    static const uint8_t secret[32] = {7};
    g_autoptr(GError) error = NULL;
    World *w = g_new0(World, 1);

    w->dir = g_dir_make_tmp("nurture-mta-XXXXXX", NULL);
    w->path =
        on_disk ? g_build_filename(w->dir, "db", NULL) : g_strdup(":memory:");
    w->store = store_open(w->path, STORE_CREATE, &error);
    g_assert_no_error(error);
    w->workspace.state_dir = w->dir;
    w->workspace.zone = g_time_zone_new_utc();
    w->workspace.sending.bounces = (char *)"bounces@mail.example.org";
    w->workspace.sending.replies = (char *)"replies@mail.example.org";
    w->workspace.smtp.host = (char *)"127.0.0.1";
    w->workspace.smtp.tls = TLS_OFF;
    w->workspace.smtp.ehlo = (char *)"test.example.org";
    w->workspace.smtp.connections = 2;
    w->keys = keys_from_secret(secret);
    w->told = g_string_new(NULL);
    w->composer = (Composer){
        .compose = world_compose, .settled = world_settled, .data = w};
    world_exec(w->store,
               "INSERT INTO campaign (campaign, snapshot, name, state,"
               " is_sequence, launched_at, start_at, updated_at)"
               " VALUES ('k', 's1', 'K', 'running', 1, 0, 0, 0)");
    return w;
}

static inline void
remove_tree(const char *path)
{
    GDir *dir = g_dir_open(path, 0, NULL);
    const char *name;

    while (dir && (name = g_dir_read_name(dir))) {
        g_autofree char *child = g_build_filename(path, name, NULL);
        remove_tree(child);
    }
    if (dir)
        g_dir_close(dir);
    g_remove(path);
}

static inline void
world_free(World *w)
{
    store_close(w->store);
    g_time_zone_unref(w->workspace.zone);
    remove_tree(w->dir);
    g_free(w->dir);
    g_free(w->path);
    keys_free(w->keys);
    g_string_free(w->told, TRUE);
    g_free(w);
}

/* One consenting, enrolled candidate with a scheduled message, whose id goes
 * to `id`. */
static inline void
world_add(World *w, int64_t candidate, const char *kind,
          char id[MESSAGE_ID_TEXT])
{
    g_autoptr(GError) error = NULL;
    bool is_campaign = strcmp(kind, "campaign") == 0, added;
    g_autofree char *rcpt = g_strdup_printf("c%d@example.net", (int)candidate);
    g_autofree char *hmac = g_strdup_printf("hmac%d", (int)candidate);
    g_autofree char *sql = g_strdup_printf(
        "INSERT INTO candidate (candidate_id, email, email_key, address_hmac,"
        " source, added, updated_at) VALUES (%d, '%s', '%s', '%s', 'csv',"
        " %" G_GINT64_FORMAT ", 0)",
        (int)candidate, rcpt, rcpt, hmac, NOW - DAY_MS);
    g_autofree char *consent =
        g_strdup_printf("INSERT INTO consent (candidate_id, purpose, state, at)"
                        " VALUES (%d, 'mail', 'given', 1)",
                        (int)candidate);
    g_autofree char *enrol = g_strdup_printf(
        "INSERT INTO enrolment (candidate_id, campaign, snapshot, state, step,"
        " due_at, anchor_at, enrolled_at, updated_at)"
        " VALUES (%d, 'k', 's1', 'waiting', 'one', 0, 0, 0, 0)",
        (int)candidate);
    g_autofree char *key = g_strdup_printf("%s:%d", kind, (int)candidate);

    world_exec(w->store, sql);
    world_exec(w->store, consent);
    world_exec(w->store, enrol);
    message_id_make(w->keys, candidate, kind, 1, "one", id);
    g_auto(Transaction) tx = store_begin(w->store, &error);
    outbox_add(w->store,
               &(OutboxEntry){.message_id = id,
                              .kind = kind,
                              .dedupe_key = key,
                              .candidate = is_campaign ? candidate : 0,
                              .campaign = is_campaign ? "k" : NULL,
                              .step = is_campaign ? "one" : NULL,
                              .cycle = is_campaign ? 1 : 0,
                              .snapshot = "s1",
                              .rcpt = rcpt,
                              .rcpt_hmac = hmac,
                              .priority = 50,
                              .not_before = NOW - HOUR_MS,
                              .not_after = NOW + 7 * DAY_MS,
                              .body = is_campaign
                                          ? NULL
                                          : "From: a@mail.example.org\r\n"
                                            "To: b@example.net\r\n"
                                            "Subject: s\r\n"
                                            "Date: Tue, 3 Mar 2026 "
                                            "09:00:00 +0000\r\n"
                                            "Message-ID: <x@y.test>\r\n"
                                            "MIME-Version: 1.0\r\n"
                                            "Content-Type: text/plain\r\n"
                                            "\r\nhello\r\n"},
               NOW, &added, &error);
    g_assert_no_error(error);
    g_assert_true(added);
    transaction_commit(&tx, &error);
    g_assert_no_error(error);
}

static inline char *
world_state(World *w, const char *id)
{
    g_autofree char *sql = g_strdup_printf(
        "SELECT state FROM message WHERE message_id = '%s'", id);

    return world_text(w->store, sql);
}

static inline void
world_assert_state(World *w, const char *id, const char *want)
{
    g_autofree char *state = world_state(w, id);

    g_assert_cmpstr(state, ==, want);
}

#endif
