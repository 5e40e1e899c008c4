/* SPDX-License-Identifier: Apache-2.0 */
/* inbound-fixture -- a small workspace with mail out, for what comes back. */
#ifndef TESTS_INBOUND_FIXTURE_H
#define TESTS_INBOUND_FIXTURE_H

#include "nurture/address.h"
#include "nurture/clock.h"
#include "nurture/inbound.h"
#include "nurture/subject.h"

#include <glib/gstdio.h>
#include <string.h>

#define NOW INT64_C(1772528400000) /* 2026-03-03 09:00 UTC, a Tuesday */

typedef struct {
    char *dir;
    Workspace workspace;
    Sender anna, ben;
    Keys *keys;
    Store *store;
    int64_t now;
    InboundSent sent;     /* NULL unless a test sets it */
    InboundResult result; /* of the last box_run() */
    int mails;            /* given Message-IDs so far */
} Box;

static inline void box_sql(Box *b, const char *format, ...) G_GNUC_PRINTF(2, 3);

static inline void
box_sql(Box *b, const char *format, ...)
{
    g_autoptr(GError) error = NULL;
    va_list args;

    va_start(args, format);
    g_autofree char *sql = g_strdup_vprintf(format, args);
    va_end(args);
    g_auto(Transaction) tx = store_begin(b->store, &error);
    g_assert_no_error(error);
    g_autoptr(Statement) st = store_prepare_text(b->store, sql, &error);
    g_assert_no_error(error);
    g_assert_true(statement_run(st, &error));
    g_assert_true(transaction_commit(&tx, &error));
}

/* All columns of all rows: "a|b;c|d". */
static inline void
box_assert(Box *b, const char *sql, const char *expected)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Statement) st = store_prepare_text(b->store, sql, &error);
    g_autoptr(GString) got = g_string_new(NULL);

    g_assert_no_error(error);
    while (statement_step(st)) {
        if (got->len > 0)
            g_string_append_c(got, ';');
        for (int i = 0; i < statement_columns(st); i++)
            g_string_append_printf(got, "%s%s", i > 0 ? "|" : "",
                                   statement_text(st, i) ? statement_text(st, i)
                                                         : "-");
    }
    statement_end(st, &error);
    g_assert_no_error(error);
    g_test_message("%s", sql);
    g_assert_cmpstr(got->str, ==, expected);
}

static inline char *
box_address(int candidate)
{
    return g_strdup_printf("p%d@example.org", candidate);
}

/* A mail of `campaign` to the candidate, sent `days` ago. */
static inline void
box_send(Box *b, int candidate, const char *campaign, const char *step,
         int days, char id[MESSAGE_ID_TEXT])
{
    g_autofree char *rcpt = box_address(candidate);
    g_autofree char *hmac = keys_address_hmac(b->keys, rcpt);
    g_autofree char *subject = g_strdup_printf("News %s", step);
    g_autofree char *hash = subject_hash(subject);
    int64_t at = b->now - days * DAY_MS;

    message_id_make(b->keys, candidate, campaign, 1, step, id);
    box_sql(b,
            "INSERT INTO message (message_id, kind, dedupe_key, candidate_id,"
            " campaign, cycle, step, sender, rcpt, rcpt_hmac, rcpt_domain,"
            " state, not_before, not_after, sent_at, created_at, updated_at,"
            " subject_hash) VALUES ('%s', 'campaign', '%s', %d, '%s', 1, '%s',"
            " 'anna', '%s', '%s', 'example.org', 'sent', 0, 9000000000000, "
            "%ld, 0, 0,"
            " '%s')",
            id, id, candidate, campaign, step, rcpt, hmac, (long)at, hash);
    box_sql(b,
            "INSERT INTO event (candidate_id, kind, message_id, campaign, step,"
            " at) VALUES (%d, 'sent', '%s', '%s', '%s', %ld)",
            candidate, id, campaign, step, (long)at);
}

static inline void
box_people(Box *b, int count)
{
    box_sql(b, "INSERT INTO campaign (campaign, snapshot, name, state,"
               " is_sequence, launched_at, start_at, updated_at)"
               " VALUES ('spring', 's', 'Spring', 'running', 1, 0, 0, 0)");
    for (int i = 1; i <= count; i++) {
        g_autofree char *address = box_address(i);
        g_autofree char *hmac = keys_address_hmac(b->keys, address);
        box_sql(b,
                "INSERT INTO candidate (candidate_id, email, email_key,"
                " address_hmac, first_name, last_name, recruiter, added,"
                " updated_at) VALUES (%d, '%s', '%s', '%s', 'P', '%d', 'anna',"
                " 0, 0)",
                i, address, address, hmac, i);
        box_sql(b,
                "INSERT INTO consent (candidate_id, purpose, state, at)"
                " VALUES (%d, 'mail', 'given', 1)",
                i);
        box_sql(b,
                "INSERT INTO enrolment (candidate_id, campaign, snapshot,"
                " state, step, due_at, anchor_at, enrolled_at, updated_at)"
                " VALUES (%d, 'spring', 's', 'active', 'two', 1, 0, 0, 0)",
                i);
    }
}

static inline void
box_set_up(Box *b, gconstpointer data)
{
    static const uint8_t secret[32] = {7, 7};
    Workspace *w = &b->workspace;
    g_autoptr(GError) error = NULL;

    (void)data;
    b->now = NOW;
    b->dir = g_dir_make_tmp("nurture-in-XXXXXX", &error);
    g_assert_no_error(error);
    b->keys = keys_from_secret(secret);
    b->anna = (Sender){.id = (char *)"anna",
                       .name = (char *)"Anna Schmidt",
                       .email = (char *)"anna@our.example"};
    b->ben = (Sender){.id = (char *)"ben",
                      .name = (char *)"Ben Weber",
                      .email = (char *)"ben@our.example"};
    w->state_dir = b->dir;
    w->company = (char *)"Example";
    w->zone = g_time_zone_new_utc();
    w->sending.domain = (char *)"our.example";
    w->sending.replies = (char *)"replies@our.example";
    w->sending.bounces = (char *)"bounces@our.example";
    w->sending.fallback_sender = (char *)"anna";
    w->receiving.authserv_id = (char *)"mx.our.example";
    w->scores.reply = w->scores.positive_reply = 20;
    w->scores.half_life_ms = 90 * DAY_MS;
    w->senders = g_ptr_array_new();
    g_ptr_array_add(w->senders, &b->anna);
    g_ptr_array_add(w->senders, &b->ben);
    b->store = store_open(":memory:", STORE_CREATE, &error);
    g_assert_no_error(error);
    box_people(b, 9);
}

static inline void
box_remove(const char *path)
{
    g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
    const char *name;

    while (dir && (name = g_dir_read_name(dir))) {
        g_autofree char *file = g_build_filename(path, name, NULL);
        box_remove(file);
    }
    g_remove(path);
}

static inline void
box_tear_down(Box *b, gconstpointer data)
{
    (void)data;
    store_close(b->store);
    keys_free(b->keys);
    g_ptr_array_unref(b->workspace.senders);
    g_time_zone_unref(b->workspace.zone);
    box_remove(b->dir);
    g_free(b->dir);
}

static inline void
box_spool(Box *b, const char *mail)
{
    g_autoptr(GBytes) raw = g_bytes_new(mail, strlen(mail));
    g_autoptr(GError) error = NULL;

    inbound_spool(b->dir, raw, NULL, &error);
    g_assert_no_error(error);
}

static inline void
box_run(Box *b)
{
    g_autoptr(GError) error = NULL;

    inbound_process(b->store, &b->workspace, b->keys, b->sent, b->now,
                    &b->result, &error);
    g_assert_no_error(error);
}

static inline void box_receive(Box *b, const char *format, ...)
    G_GNUC_PRINTF(2, 3);

/* One mail with a Message-ID of its own, understood at once. */
static inline void
box_receive(Box *b, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    g_autofree char *text = g_strdup_vprintf(format, args);
    va_end(args);
    g_autofree char *mail =
        g_strdup_printf("Message-ID: <in%d@example.org>\n%s", ++b->mails, text);
    box_spool(b, mail);
    box_run(b);
}

static inline char *
box_token(const Box *b, const char *mailbox, MailTokenKind kind, const char *id)
{
    char token[MAIL_TOKEN_TEXT];

    mail_token_make(b->keys, kind, id, token);
    return g_strdup_printf("%s+%s@our.example", mailbox, token);
}

/* The report of a server about the mail `id`. */
static inline void
box_bounce(Box *b, const char *id, const char *status, const char *words)
{
    g_autofree char *to = box_token(b, "bounces", MAIL_TOKEN_BOUNCE, id);

    box_receive(b,
                "Delivered-To: %s\nFrom: MAILER-DAEMON@mx.example.org\nTo: %s\n"
                "Subject: Undelivered Mail Returned to Sender\n"
                "Content-Type: multipart/report; report-type=delivery-status;"
                " boundary=\"B\"\nMIME-Version: 1.0\n\n"
                "--B\nContent-Type: text/plain\n\nSorry: %s\n"
                "--B\nContent-Type: message/delivery-status\n\n"
                "Reporting-MTA: dns; mx.example.org\n\n"
                "Final-Recipient: rfc822; p1@example.org\nAction: failed\n"
                "Status: %s\nDiagnostic-Code: smtp; %c50 %s %s\n\n--B--\n",
                to, to, words, status, *status, status, words);
}

#endif
