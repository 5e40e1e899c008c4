/* SPDX-License-Identifier: Apache-2.0 */
/* test_report_digest.c - several reports in one mail, each a mail of its own */
#include "tests/inbound-fixture.h"

#include "nurture/inspection.h"
#include "tracking/report-digest.h"
#include "tracking/spool.h"

#define SERVER  "From: Mail Delivery System <MAILER-DAEMON@mx.example.org>\n"
#define PERSON  "Return-Path: <tom@b.example>\nFrom: Tom <tom@b.example>\n"
#define DIGEST  "multipart/digest"
#define MIXED   "multipart/mixed"
#define BOUNCED "SELECT count(*) FROM event WHERE kind = 'bounced'"
#define WHO_LEFT                                                               \
    "SELECT group_concat(candidate_id) FROM enrolment"                         \
    " WHERE exit_reason = 'bounced'"

/* What a server says about a mail to `address`, sent to our `to`. */
static char *
report(const char *to, const char *address)
{
    return g_strdup_printf(
        SERVER "To: %s\nMessage-ID: <report-%s>\n"
               "Subject: Undelivered Mail Returned to Sender\n"
               "MIME-Version: 1.0\nContent-Type: multipart/report;"
               " report-type=delivery-status; boundary=\"in-%s\"\n\n"
               "--in-%s\nContent-Type: text/plain\n\nSorry.\n"
               "--in-%s\nContent-Type: message/delivery-status\n\n"
               "Reporting-MTA: dns; mx.example.org\n\n"
               "Final-Recipient: rfc822; %s\nAction: failed\n"
               "Status: 5.1.1\n"
               "Diagnostic-Code: smtp; 550 5.1.1 no such user here\n\n"
               "--in-%s--\n",
        to, address, address, address, address, address, address);
}

static void
open_digest(GString *out, const char *from, const char *type)
{
    g_string_append_printf(
        out,
        "%sTo: bounces@our.example\nMessage-ID: <all@mx.example.org>\n"
        "Subject: Delivery reports\nMIME-Version: 1.0\n"
        "Content-Type: %s; boundary=\"OUT\"\n\n",
        from, type);
}

/* In a digest a part is a message unless it says otherwise. */
static void
add_message(GString *out, const char *type, const char *message)
{
    g_string_append_printf(
        out, "--OUT\n%s\n%s\n",
        strcmp(type, DIGEST) == 0 ? "" : "Content-Type: message/rfc822\n",
        message);
}

static char *
digest_of(const char *from, const char *type, const char *const *messages)
{
    g_autoptr(GString) out = g_string_new(NULL);

    open_digest(out, from, type);
    for (; *messages; messages++)
        add_message(out, type, *messages);
    g_string_append(out, "--OUT--\n");
    return g_string_free(g_steal_pointer(&out), FALSE);
}

static Inspection *
inspect(const char *mail)
{
    g_autoptr(GBytes) raw = g_bytes_new(mail, strlen(mail));
    g_autoptr(GError) error = NULL;
    Inspection *got = inspection_of(raw, INSPECT_EML, 0, &error);

    g_assert_no_error(error);
    return got;
}

/* ---- what it is -----------------------------------------------------------
 */

static void
test_all_recipients(void)
{
    static const char *const types[] = {DIGEST, MIXED};
    g_autofree char *one = report("b@our.example", "ann@x.example");
    g_autofree char *two = report("b@our.example", "bob@y.example");
    const char *const both[] = {one, two, NULL};

    for (gsize i = 0; i < G_N_ELEMENTS(types); i++) {
        g_autofree char *mail = digest_of(SERVER, types[i], both);
        g_autoptr(Inspection) got = inspect(mail);
        const BouncedRecipient *r;

        g_assert_cmpint(got->kind, ==, INSPECTION_BOUNCE);
        g_assert_cmpuint(got->reports->len, ==, 2);
        g_assert_cmpuint(got->recipients->len, ==, 2);
        r = got->recipients->pdata[0];
        g_assert_cmpstr(r->address, ==, "ann@x.example");
        r = got->recipients->pdata[1];
        g_assert_cmpstr(r->address, ==, "bob@y.example");
        g_assert_cmpstr(r->reason, ==, "user_unknown");
    }
}

/* What a mailbox provider says of a mail its user `address` complained about.
 */
static char *
complaint(const char *to, const char *address)
{
    return g_strdup_printf(
        "From: fbl@provider.example\nTo: %s\nMessage-ID: <fbl-%s>\n"
        "Subject: FW: Spring roles\nMIME-Version: 1.0\n"
        "Content-Type: multipart/report; report-type=feedback-report;"
        " boundary=\"in-%s\"\n\n"
        "--in-%s\nContent-Type: text/plain\n\nA complaint.\n"
        "--in-%s\nContent-Type: message/feedback-report\n\n"
        "Feedback-Type: abuse\nUser-Agent: FBL/1\nVersion: 1\n"
        "Original-Rcpt-To: %s\n\n"
        "--in-%s\nContent-Type: message/rfc822\n\n"
        "To: %s\nSubject: Spring roles\n\nHello\n--in-%s--\n",
        to, address, address, address, address, address, address, address,
        address);
}

/* A feedback loop need not have the name of a mail server; but two reports that
 * a person sends on are that person's mail, and failures are no complaints. */
static void
test_complaints(void)
{
    g_autofree char *one = complaint("b@our.example", "ann@x.example");
    g_autofree char *two = complaint("b@our.example", "bob@y.example");
    g_autofree char *failed = report("b@our.example", "cy@x.example");
    const char *loop = "From: fbl@provider.example\n";
    const struct {
        const char *from, *type;
        const char *const messages[4];
        guint reports;
    } cases[] = {
        {loop, DIGEST, {one, two}, 2},
        {loop, DIGEST, {one, failed, two}, 2},
        {SERVER, DIGEST, {one, failed, two}, 3},
        {SERVER, MIXED, {one, two}, 2},
        {PERSON, MIXED, {one, two}, 0},
        {loop, DIGEST, {one, failed}, 0},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *mail =
            digest_of(cases[i].from, cases[i].type, cases[i].messages);
        g_autoptr(Inspection) got = inspect(mail);

        g_assert_cmpuint(got->reports->len, ==, cases[i].reports);
        if (cases[i].reports == 0)
            continue;
        g_assert_cmpint(got->kind, ==, INSPECTION_FEEDBACK);
        g_assert_cmpstr(got->feedback_type, ==, "abuse");
        g_assert_cmpstr(got->feedback_recipient, ==, "ann@x.example");
    }
}

/* More than the 85 reports of three parts that once were all. */
static void
test_many(void)
{
    g_autoptr(GString) mail = g_string_new(NULL);
    g_autoptr(Inspection) got = NULL;

    open_digest(mail, SERVER, DIGEST);
    for (int i = 0; i < 600; i++) {
        g_autofree char *address = g_strdup_printf("p%d@x.example", i);
        g_autofree char *one = i % 2 ? report("b@our.example", address)
                                     : complaint("b@our.example", address);
        add_message(mail, DIGEST, one);
    }
    g_string_append(mail, "--OUT--\n");
    got = inspect(mail->str);
    g_assert_null(got->refused);
    g_assert_cmpuint(got->reports->len, ==, 600);
    g_assert_cmpuint(got->recipients->len, ==, 300);
    g_assert_cmpint(got->unread_reports, ==, 0);
}

/* A person's mail, one report alone, a digest of letters, a digest within. */
static void
test_no_digests(void)
{
    g_autofree char *one = report("b@our.example", "ann@x.example");
    g_autofree char *two = report("b@our.example", "bob@y.example");
    const char *letter = PERSON "Subject: Hello\n\nGood morning.\n";
    const char *const both[] = {one, two, NULL};
    g_autofree char *inner = digest_of(SERVER, MIXED, both);
    const struct {
        const char *from;
        const char *const messages[3];
    } cases[] = {
        {PERSON, {one, two}},
        {"Return-Path: <>\nFrom: Tom <tom@b.example>\n", {one, two}},
        {SERVER, {one}},
        {SERVER, {one, letter}},
        {SERVER, {letter, letter}},
        {SERVER, {inner, inner}},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *mail =
            digest_of(cases[i].from, MIXED, cases[i].messages);
        g_autoptr(Inspection) got = inspect(mail);

        g_assert_cmpuint(got->reports->len, ==, 0);
    }
}

/* Ten thousand messages pass the guard, for they need no Content-Type. */
static void
test_hostile(void)
{
    g_autoptr(GString) mail = g_string_new(NULL);

    open_digest(mail, SERVER, DIGEST);
    for (int i = 0; i < 10000; i++)
        g_string_append_printf(mail,
                               "--OUT\n\n" SERVER
                               "Subject: Undelivered Mail Returned to Sender\n"
                               "\n<p%d@x.example>: 550 5.1.1 User unknown\n",
                               i);
    g_string_append(mail, "--OUT--\n");
    g_autoptr(Inspection) got = inspect(mail->str);
    g_assert_null(got->refused);
    g_assert_cmpuint(got->reports->len, ==, REPORT_DIGEST_MAX);
    g_assert_cmpuint(got->recipients->len, ==, REPORT_DIGEST_MAX);
    g_assert_cmpint(got->unread_reports, ==, 10000 - REPORT_DIGEST_MAX);
}

/* ---- what it does ---------------------------------------------------------
 */

/* The digest of reports on one mail each to the first two candidates. */
static char *
box_digest(Box *b, const char *from)
{
    char *reports[3] = {NULL};
    char *mail;

    for (int i = 0; i < 2; i++) {
        char id[MESSAGE_ID_TEXT];
        g_autofree char *address = g_strdup_printf("p%d@example.org", i + 1);
        g_autofree char *to = NULL;

        box_send(b, i + 1, "spring", "s1", 1, id);
        to = box_token(b, "bounces", MAIL_TOKEN_BOUNCE, id);
        reports[i] = report(to, address);
    }
    mail = digest_of(from, DIGEST, (const char *const *)reports);
    g_free(reports[0]);
    g_free(reports[1]);
    return mail;
}

static void
assert_acted_once(Box *b)
{
    box_assert(b, BOUNCED, "2");
    box_assert(b, WHO_LEFT, "1,2");
    box_assert(b, "SELECT count(*) FROM suppression", "2");
    box_assert(b,
               "SELECT group_concat(kind) FROM (SELECT kind FROM inbound"
               " ORDER BY kind)",
               "bounce,bounce,digest");
    box_assert(b, "SELECT count(*) FROM inbound WHERE state <> 'done'", "0");
}

static void
test_each_acts_once(Box *b, gconstpointer data)
{
    g_autofree char *mail = box_digest(b, SERVER);
    g_auto(GStrv) waiting = NULL;

    (void)data;
    box_spool(b, mail);
    box_run(b);
    g_assert_cmpint(b->result.bounces, ==, 2);
    assert_acted_once(b);
    box_run(b);
    box_spool(b, mail);
    box_run(b);
    assert_acted_once(b);
    waiting = spool_waiting(b->dir);
    g_assert_cmpuint(g_strv_length(waiting), ==, 0);
}

/* Killed after the reports were put into the spool, or acted on, and before
 * the digest was done: it is taken apart again. */
static void
test_killed_between(Box *b, gconstpointer data)
{
    g_autofree char *mail = box_digest(b, SERVER);
    g_autoptr(Inspection) got = inspect(mail);

    (void)data;
    for (guint i = 0; i < got->reports->len; i++) {
        g_autoptr(GError) error = NULL;

        inbound_spool(b->dir, got->reports->pdata[i], NULL, &error);
        g_assert_no_error(error);
    }
    box_spool(b, mail);
    box_run(b);
    assert_acted_once(b);
    box_sql(b, "UPDATE inbound SET state = 'spooled', tries = 0"
               " WHERE kind = 'digest'");
    box_spool(b, mail);
    box_run(b);
    assert_acted_once(b);
}

/* The token the digest itself was sent to is no report's. */
static void
test_token_of_digest(Box *b, gconstpointer data)
{
    char id[MESSAGE_ID_TEXT];
    g_autofree char *mail = box_digest(b, SERVER);
    g_autofree char *to = NULL;
    g_autoptr(GBytes) raw = g_bytes_new(mail, strlen(mail));
    g_autoptr(GError) error = NULL;

    (void)data;
    box_send(b, 3, "spring", "s1", 1, id);
    to = box_token(b, "bounces", MAIL_TOKEN_BOUNCE, id);
    inbound_spool(b->dir, raw, to, &error);
    g_assert_no_error(error);
    box_run(b);
    assert_acted_once(b);
}

static void
test_complaints_act(Box *b, gconstpointer data)
{
    char *reports[3] = {NULL};
    g_autofree char *mail = NULL;

    (void)data;
    for (int i = 0; i < 2; i++) {
        char id[MESSAGE_ID_TEXT];
        g_autofree char *address = g_strdup_printf("p%d@example.org", i + 1);
        g_autofree char *to = NULL;

        box_send(b, i + 1, "spring", "s1", 1, id);
        to = box_token(b, "bounces", MAIL_TOKEN_BOUNCE, id);
        reports[i] = complaint(to, address);
    }
    mail = digest_of("From: fbl@provider.example\n", DIGEST,
                     (const char *const *)reports);
    box_spool(b, mail);
    box_run(b);
    g_free(reports[0]);
    g_free(reports[1]);
    box_assert(b, "SELECT count(*) FROM event WHERE kind = 'complained'", "2");
    box_assert(b, "SELECT count(*) FROM suppression", "2");
    box_assert(b, "SELECT count(*) FROM inbound WHERE state <> 'done'", "0");
}

/* What was left out is told. */
static void
test_unread_told(Box *b, gconstpointer data)
{
    g_autoptr(GString) mail = g_string_new(NULL);

    (void)data;
    open_digest(mail, SERVER, DIGEST);
    for (int i = 0; i < REPORT_DIGEST_MAX + 1; i++)
        g_string_append_printf(mail,
                               "--OUT\n\n" SERVER
                               "Subject: Undelivered Mail Returned to Sender\n"
                               "\n<p%d@x.example>: 550 5.1.1 User unknown\n",
                               i % 3);
    g_string_append(mail, "--OUT--\n");
    box_spool(b, mail->str);
    box_run(b);
    box_assert(b,
               "SELECT count(*) FROM alert WHERE kind = 'digest'"
               " AND detail LIKE '%last 1 messages%'",
               "1");
}

static void
test_forwarded(Box *b, gconstpointer data)
{
    g_autofree char *mail = box_digest(b, PERSON);

    (void)data;
    box_spool(b, mail);
    box_run(b);
    box_assert(b, BOUNCED, "0");
    box_assert(b, "SELECT count(*) FROM suppression", "0");
    box_assert(b, "SELECT count(*), max(kind) FROM inbound", "1|human");
}

#define ADD(path, function)                                                    \
    g_test_add("/report-digest/" path, Box, NULL, box_set_up, function,        \
               box_tear_down)

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/report-digest/all-recipients", test_all_recipients);
    g_test_add_func("/report-digest/no-digests", test_no_digests);
    g_test_add_func("/report-digest/complaints", test_complaints);
    g_test_add_func("/report-digest/many", test_many);
    g_test_add_func("/report-digest/hostile", test_hostile);
    ADD("each-acts-once", test_each_acts_once);
    ADD("killed-between", test_killed_between);
    ADD("token-of-digest", test_token_of_digest);
    ADD("complaints-act", test_complaints_act);
    ADD("unread-told", test_unread_told);
    ADD("forwarded", test_forwarded);
    return g_test_run();
}
