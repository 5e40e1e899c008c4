/* SPDX-License-Identifier: Apache-2.0 */
/* test_inspection.c - what a mail means, and how that is printed */
#include "nurture/json.h"
#include "tests/lib/verdicts.h"

#include <string.h>

static Inspection *
inspect(const char *text, gsize length, InspectFormat format)
{
    g_autoptr(GBytes) bytes = g_bytes_new(text, length);
    g_autoptr(GError) error = NULL;
    Inspection *got = inspection_of(bytes, format, 0, &error);

    g_assert_no_error(error);
    g_assert_nonnull(got);
    return got;
}

static bool
holds(const GPtrArray *list, const char *text)
{
    for (guint i = 0; i < list->len; i++)
        if (strcmp(list->pdata[i], text) == 0)
            return true;
    return false;
}

/* Whatever may carry our token is offered for matching. */
static void
test_candidates_of_bounce(void)
{
    g_autoptr(Inspection) got = verdicts_inspect("sun-messaging.eml");

    g_assert_true(holds(got->message_ids, "step1.k3v9@sender.example"));
    g_assert_true(holds(got->addresses, "b+k3v9@sender.example"));
    g_assert_true(holds(got->addresses, "ann@example.net"));
}

static void
test_returned_fields(void)
{
    static const char mail[] =
        "From: MAILER-DAEMON@mx.example.net\nTo: b@sender.example\n"
        "Subject: Undelivered Mail Returned to Sender\n\n"
        "Your message could not be delivered to ann@example.net: no user\n\n"
        "Received: from x\nX-Nurture: k3v9\n folded\nSubject: Hi\n\nX-No: 1\n";
    g_autoptr(Inspection) got = inspect(mail, strlen(mail), INSPECT_EML);

    g_assert_cmpint(got->kind, ==, INSPECTION_BOUNCE);
    g_assert_cmpuint(got->returned_fields->len, ==, 1);
    g_assert_cmpstr(got->returned_fields->pdata[0], ==,
                    "X-Nurture: k3v9 folded");
}

static void
test_candidates_of_reply(void)
{
    static const char mail[] =
        "From: Ann Lee <Ann@Example.net>\nTo: r+tok@sender.example\n"
        "Delivered-To: replies@sender.example\n"
        "In-Reply-To: <two@sender.example>\n"
        "References: <one@sender.example>,\n <two@sender.example>\n"
        "Subject: Re: A role in Leeds\nMessage-ID: <m1@example.net>\n"
        "Date: Wed, 4 Mar 2026 10:00:00 +0100\n\nYes please!\n";
    g_autoptr(Inspection) got = inspect(mail, strlen(mail), INSPECT_EML);

    g_assert_cmpint(got->kind, ==, INSPECTION_HUMAN);
    g_assert_cmpstr(got->from_address, ==, "ann@example.net");
    g_assert_cmpstr(got->message_id, ==, "m1@example.net");
    g_assert_cmpstr(got->reply, ==, "Yes please!");
    g_assert_cmpint(got->date, ==, G_GINT64_CONSTANT(1772614800000));
    g_assert_cmpuint(got->message_ids->len, ==, 2);
    g_assert_cmpstr(got->message_ids->pdata[0], ==, "two@sender.example");
    g_assert_cmpstr(got->message_ids->pdata[1], ==, "one@sender.example");
    g_assert_true(holds(got->addresses, "r+tok@sender.example"));
}

static void
test_formats(void)
{
    static const char html[] = "<p>Yes &amp; <b>soon</b></p>";
    g_autoptr(Inspection) a = inspect("Yes", 3, INSPECT_TEXT);
    g_autoptr(Inspection) b = inspect(html, strlen(html), INSPECT_HTML);

    g_assert_cmpstr(a->reply, ==, "Yes");
    g_assert_cmpstr(b->reply, ==, "Yes & soon");
}

static void
test_json_line(void)
{
    g_autoptr(Inspection) got = verdicts_inspect("opensmtpd.eml");
    g_autoptr(GString) out = g_string_new(NULL);

    inspection_to_json(got, "a \"b\"\n.eml", out);
    g_assert_true(g_str_has_prefix(
        out->str, "{\"file\":\"a \\\"b\\\"\\n.eml\",\"kind\":\"bounce\""));
    g_assert_nonnull(strstr(out->str, "\"address\":\"ann@example.net\""));
    g_assert_nonnull(strstr(out->str, "\"reason\":\"mailbox_full\""));
    g_assert_true(strchr(out->str, '\n') == out->str + out->len - 1);
}

static void
test_json_strings(void)
{
    static const struct {
        const char *text, *json;
    } cases[] = {
        {NULL, "null"},
        {"", "\"\""},
        {"a\"b\\c", "\"a\\\"b\\\\c\""},
        {"1\n2\r3\t4\001", "\"1\\n2\\r3\\t4\\u0001\""},
        {"\342\200\250\342\200\251\302\205", "\"\\u2028\\u2029\\u0085\""},
        {"gr\303\274n \342\202\254", "\"gr\303\274n \342\202\254\""},
        {"bad \377 byte", "\"bad \357\277\275 byte\""},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GString) out = g_string_new(NULL);

        json_append_string(out, cases[i].text);
        g_assert_cmpstr(out->str, ==, cases[i].json);
    }
}

/* The words for people name the row that decided. */
static void
test_text_names_rule(void)
{
    g_autoptr(Inspection) got = verdicts_inspect("mailfoundry.eml");
    g_autoptr(GString) out = g_string_new(NULL);

    inspection_to_text(got, "x.eml", out);
    g_assert_nonnull(strstr(out->str, "x.eml: bounce"));
    g_assert_nonnull(
        strstr(out->str, "user_unknown, hard (bounce-reason.tsv:"));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/inspection/candidates/bounce", test_candidates_of_bounce);
    g_test_add_func("/inspection/candidates/reply", test_candidates_of_reply);
    g_test_add_func("/inspection/candidates/returned-fields",
                    test_returned_fields);
    g_test_add_func("/inspection/formats", test_formats);
    g_test_add_func("/inspection/json/line", test_json_line);
    g_test_add_func("/inspection/json/strings", test_json_strings);
    g_test_add_func("/inspection/text-names-rule", test_text_names_rule);
    return g_test_run();
}
