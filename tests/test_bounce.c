/* SPDX-License-Identifier: Apache-2.0 */
/* test_bounce.c - bounces in the words of many servers */
#include "tests/lib/verdicts.h"
#include "tracking/dsn.h"
#include "tracking/status-code.h"

#include <string.h>

enum { FILE_NAME, KIND, RECIPIENTS, STATUS, REASON };

static bool
is_one_of(const char *got, const char *wanted)
{
    g_auto(GStrv) list = g_strsplit(wanted, "|", -1);

    return g_strv_contains((const char *const *)list, got ? got : "");
}

static void
check_recipients(const Inspection *got, const DataRow *row)
{
    g_auto(GStrv) addresses = g_strsplit(row->cell[RECIPIENTS], ";", -1);
    g_auto(GStrv) status = g_strsplit(row->cell[STATUS], ";", -1);
    g_auto(GStrv) reasons = g_strsplit(row->cell[REASON], ";", -1);

    g_assert_cmpuint(got->recipients->len, ==, g_strv_length(addresses));
    for (guint i = 0; i < got->recipients->len; i++) {
        const BouncedRecipient *r = got->recipients->pdata[i];

        g_assert_cmpstr(r->address, ==, addresses[i]);
        g_assert_true(is_one_of(r->reason, reasons[i]));
        if (i < g_strv_length(status) && *status[i])
            g_assert_true(is_one_of(r->status, status[i]));
        g_assert_nonnull(r->rule);
    }
}

static void
test_verdict(const void *data)
{
    const DataRow *row = data;
    g_autoptr(Inspection) got = verdicts_inspect(row->cell[FILE_NAME]);

    g_assert_true(is_one_of(inspection_kind_name(got->kind), row->cell[KIND]));
    if (*row->cell[RECIPIENTS] && *row->cell[REASON])
        check_recipients(got, row);
    else
        g_assert_cmpuint(got->recipients->len, ==, 0);
}

static void
test_status_codes(void)
{
    static const struct {
        const char *text, *code;
    } cases[] = {
        {"550 5.1.1 unknown", "5.1.1"},
        {"550-5.7.26 no", "5.7.26"},
        {"sorry (#5.1.1)", "5.1.1"},
        {"550 at 5.1.1.1", NULL},
        {"host[192.0.2.5] version 5.1.1b", NULL},
        {"v5.1.1", NULL},
        {"5.0.0 then 550 5.2.2 full", "5.2.2"},
        {"250 2.1.5 ok", NULL},
        {"", NULL},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *code = status_code_best(cases[i].text);

        g_assert_cmpstr(code, ==, cases[i].code);
    }
}

static void
test_reply_codes(void)
{
    g_assert_cmpint(reply_code_find("said: 550 no"), ==, 550);
    g_assert_cmpint(reply_code_find("421-slow"), ==, 421);
    g_assert_cmpint(reply_code_find("in 1550 words"), ==, 0);
    g_assert_cmpint(reply_code_find("host 192.0.2.45"), ==, 0);
}

static void
test_dsn_addresses(void)
{
    static const struct {
        const char *value, *address;
    } cases[] = {
        {"rfc822; a@b.example", "a@b.example"},
        {"RFC822;<a@b.example>", "a@b.example"},
        {"a@b.example", "a@b.example"},
        {"rfc822 ; a@b.example (Ann)", "a@b.example"},
        {"utf-8; \"a b\"@b.example", "\"a b\"@b.example"},
        {"rfc822;", NULL},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *address = dsn_address(cases[i].value);

        g_assert_cmpstr(address, ==, cases[i].address);
    }
}

static void
test_original_recipient(void)
{
    g_autoptr(Dsn) dsn =
        dsn_parse("Reporting-MTA: dns; mx\n"
                  "Original-Envelope-Id: k3v9\n\n"
                  "Original-Recipient: rfc822;ann@example.net\n"
                  "Final-Recipient: rfc822;x17@inside.example.net\n"
                  "Action: failed\nStatus: 5.1.1\n");
    const DsnRecipient *r;

    g_assert_cmpuint(dsn->recipients->len, ==, 1);
    r = dsn->recipients->pdata[0];
    g_assert_cmpstr(r->original, ==, "ann@example.net");
    g_assert_cmpstr(r->final, ==, "x17@inside.example.net");
    g_assert_cmpstr(dsn->envelope_id, ==, "k3v9");
}

/* A temporary "unknown" is not believed at once. */
static void
test_actions(void)
{
    g_autoptr(Inspection) hard = verdicts_inspect("sun-messaging.eml");
    g_autoptr(Inspection) full = verdicts_inspect("yahoo-recent.eml");
    const BouncedRecipient *r = hard->recipients->pdata[0];

    g_assert_true(r->hard);
    g_assert_cmpint(r->action, ==, BOUNCE_SUPPRESS);
    g_assert_cmpstr(hard->original_envelope_id, ==,
                    "0GFP00202Q2DR3@mail.sender.example");
    r = full->recipients->pdata[0];
    g_assert_false(r->hard);
    g_assert_cmpint(r->action, ==, BOUNCE_COUNT);
    g_assert_cmpint(r->action_count, ==, 3);
}

static InspectionKind
kind_of(const char *path, const char *from, const char *subject,
        const char *text)
{
    g_autofree char *mail =
        g_strdup_printf("Return-Path: <%s>\nFrom: Tom <%s>\nTo: b@a.example\n"
                        "Subject: %s\nMessage-ID: <m@b.example>\n\n%s\n",
                        path, from, subject, text);
    g_autoptr(GBytes) raw = g_bytes_new(mail, strlen(mail));
    g_autoptr(Inspection) got = inspection_of(raw, INSPECT_EML, 0, NULL);

    return got->kind;
}

/* Whoever has a server's name and writes about bounces is no server, if the
 * envelope says so too. */
static void
test_people(void)
{
    static const char *const from[] = {
        "postmaster@b.example", "support@b.example", "bounce@b.example",
        "no-reply@b.example",   "root@b.example",    "delivery@b.example"};
    static const char *const subject[] = {"Undelivered Mail Returned to Sender",
                                          "Re: failure notice",
                                          "Mailbox full",
                                          "Unzustellbar",
                                          "Warning: delayed",
                                          "A role"};
    static const char *const text[] = {
        "My mailbox is full, please write to tom@home.example instead.",
        "Your mail to bob@b.example could not be delivered, he has left.",
        "The server said this, what is the right address?\n\n"
        "This is the mail system at host mx.b.example.\n\n"
        "I'm sorry to have to inform you that your message could not\n"
        "be delivered to one or more recipients.\n\n"
        "<jobs@a.example>: host mx said: 550 5.1.1 User unknown",
        "> <bob@b.example>: host mx said: 550 5.1.1 User unknown\n\n"
        "Bob has left, take him off the list.",
        "Ihre Nachricht an bob@b.example konnte nicht zugestellt werden, "
        "weil er nicht mehr bei uns arbeitet."};

    for (gsize f = 0; f < G_N_ELEMENTS(from); f++)
        for (gsize s = 0; s < G_N_ELEMENTS(subject); s++)
            for (gsize t = 0; t < G_N_ELEMENTS(text); t++)
                g_assert_cmpint(kind_of(from[f], from[f], subject[s], text[t]),
                                <, INSPECTION_DELAYED);
}

/* Only the start of a notice is looked at; it must not end within a letter.
 * Patterns check that in a build for faults (make asan). */
static void
test_cut_letter(void)
{
    for (int n = 2990; n < 3002; n++) {
        g_autofree char *filler = g_strnfill((gsize)n, 'a');
        g_autofree char *text =
            g_strconcat("regards ", filler, "\303\244\303\244", NULL);

        g_assert_cmpint(kind_of("list@c.example", "postmaster@b.example",
                                "failure notice", text),
                        <, INSPECTION_DELAYED);
    }
}

int
main(int argc, char **argv)
{
    g_autoptr(DataFile) verdicts = NULL;
    int status;

    g_test_init(&argc, &argv, NULL);
    verdicts = verdicts_load();
    for (guint i = 0; i < datafile_rows(verdicts); i++) {
        const DataRow *row = datafile_row(verdicts, i);
        g_autofree char *path =
            g_strdup_printf("/bounce/verdict/%s", row->cell[FILE_NAME]);

        if (strcmp(row->cell[KIND], "feedback-report") != 0)
            g_test_add_data_func(path, row, test_verdict);
    }
    g_test_add_func("/bounce/status-codes", test_status_codes);
    g_test_add_func("/bounce/reply-codes", test_reply_codes);
    g_test_add_func("/bounce/dsn-addresses", test_dsn_addresses);
    g_test_add_func("/bounce/original-recipient", test_original_recipient);
    g_test_add_func("/bounce/actions", test_actions);
    g_test_add_func("/bounce/people", test_people);
    g_test_add_func("/bounce/cut-letter", test_cut_letter);
    status = g_test_run();
    return status;
}
