/* SPDX-License-Identifier: Apache-2.0 */
/* test_inbound_guard.c - hostile mail stops before the parser */
#include "nurture/error.h"
#include "nurture/inspection.h"
#include "tracking/inbound-guard.h"

#include <string.h>

static GString *
repeat(const char *head, const char *unit, int times, const char *tail)
{
    GString *s = g_string_new(head);

    for (int i = 0; i < times; i++)
        g_string_append(s, unit);
    g_string_append(s, tail);
    return s;
}

static void
assert_refused(GString *mail, const char *why)
{
    g_autoptr(GError) error = NULL;

    g_assert_false(inbound_guard(mail->str, mail->len, &error));
    g_assert_error(error, NURTURE_ERROR, ERROR_INPUT);
    g_assert_nonnull(strstr(error->message, why));
    g_string_free(mail, TRUE);
}

static void
assert_accepted(GString *mail)
{
    g_autoptr(GError) error = NULL;

    g_assert_true(inbound_guard(mail->str, mail->len, &error));
    g_assert_no_error(error);
    g_string_free(mail, TRUE);
}

/* What crashes GMime 3.2.13: groups in groups in an address field. */
static void
test_groups(void)
{
    assert_refused(repeat("From: ", "a:", 80, "\n\nhello\n"), "groups");
    assert_refused(repeat("Subject: x\nReply-To: ", "a:", 80, "\n\nhello\n"),
                   "groups");
    assert_refused(repeat("From: x@y\nTo:\n ", "a:\n ", 80, "b\n\nhello\n"),
                   "groups");
    assert_refused(repeat("from : ", "a:", 80, "\n\nhello\n"), "groups");
    assert_accepted(repeat("To: ", "team: a@example.org;, ", 20, "\n\nhi\n"));
}

static void
test_groups_inside(void)
{
    assert_refused(repeat("Subject: x\nContent-Type: message/rfc822\n\nFrom: ",
                          "a:", 1000, "\n\nhello\n"),
                   "groups");
    /* Outlook quotes its recipients like this. */
    assert_accepted(repeat("Subject: x\n\nYes!\n\nTo: ",
                           "Ann <ann@example.org<mailto:ann@example.org>>; ",
                           900, "\n\nhello\n"));
}

static void
test_sizes(void)
{
    assert_refused(repeat("Subject: ", "xxxxxxxxxx", 1700, "\n\nhello\n"),
                   "16 KB");
    assert_refused(repeat("", "X-A: b\n", 40000, "\nhello\n"), "256 KB");
    assert_refused(
        repeat("Subject: x\n\n", "0123456789abcdef", 2 * 1024 * 1024, "\n"),
        "25 MB");
    assert_accepted(repeat("Subject: x\n\n", "0123456789abcdef", 100000, "\n"));
}

static void
test_nesting(void)
{
    assert_refused(repeat("Subject: x\n",
                          "Content-Type: multipart/mixed; boundary=a\n\n--a\n",
                          5000, "\n"),
                   "too many parts");
    assert_refused(repeat("Subject: x\n", "content-type:\n message/rfc822\n\n",
                          5000, "\n"),
                   "too many parts");
    assert_accepted(
        repeat("Subject: x\n", "Content-Type: text/plain\n\n--a\n", 300, "\n"));
}

/* A few hundred boundaries that are open, and each line may be one of them. */
static void
test_boundary_work(void)
{
    g_autoptr(GString) nested =
        repeat("Subject: x\n",
               "Content-Type: multipart/mixed; boundary=a\n\n--a\n", 300, "\n");

    assert_refused(repeat(nested->str, "--b\n", 40000, "\n"), "boundaries");
    assert_accepted(repeat(nested->str, "--b\n", 10000, "\n"));
    assert_accepted(repeat("Subject: x\n\n", "--b\n", 1000000, "\n"));
}

/* No input at all, and input that is not mail, end in an Inspection. */
static void
test_anything_goes(void)
{
    static const char *const mails[] = {
        "",
        "\n",
        "\r\n\r\n",
        ":",
        "From",
        "From ",
        "From a\n",
        "\0\0\0",
        "Content-Type: multipart/mixed\n\n",
        "no header at all",
        "Content-Type: multipart/report; boundary=\"\"\n\n--\n--\n"};

    for (gsize i = 0; i < G_N_ELEMENTS(mails); i++) {
        g_autoptr(GBytes) bytes =
            g_bytes_new_static(mails[i], strlen(mails[i]));
        g_autoptr(GError) error = NULL;
        g_autoptr(Inspection) got =
            inspection_of(bytes, INSPECT_EML, 0, &error);

        g_assert_no_error(error);
        g_assert_nonnull(got);
        g_assert_cmpint(got->kind, !=, INSPECTION_BOUNCE);
    }
}

static void
test_refused_is_other(void)
{
    g_autoptr(GString) mail = repeat("From: ", "a:", 80, "\n\nhello\n");
    g_autoptr(GBytes) bytes = g_bytes_new(mail->str, mail->len);
    g_autoptr(GError) error = NULL;
    g_autoptr(Inspection) got = inspection_of(bytes, INSPECT_EML, 0, &error);

    g_assert_no_error(error);
    g_assert_cmpint(got->kind, ==, INSPECTION_OTHER);
    g_assert_nonnull(got->refused);
}

/* A message inside a message may be encoded: the parser must not open what
 * the guard could not see. */
static void
test_encoded_message(void)
{
    g_autoptr(GString) inner = repeat("From: ", "a:", 100000, "\n\nhello\n");
    g_autofree char *coded =
        g_base64_encode((const guchar *)inner->str, inner->len);
    g_autofree char *mail = g_strdup_printf(
        "Subject: x\nMIME-Version: 1.0\nContent-Type: message/rfc822\n"
        "Content-Transfer-Encoding: base64\n\n%s\n",
        coded);
    g_autoptr(GBytes) bytes = g_bytes_new(mail, strlen(mail));
    g_autoptr(GError) error = NULL;
    g_autoptr(Inspection) got = inspection_of(bytes, INSPECT_EML, 0, &error);

    g_assert_no_error(error);
    g_assert_nonnull(got);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/inbound-guard/groups", test_groups);
    g_test_add_func("/inbound-guard/groups-inside", test_groups_inside);
    g_test_add_func("/inbound-guard/sizes", test_sizes);
    g_test_add_func("/inbound-guard/nesting", test_nesting);
    g_test_add_func("/inbound-guard/boundary-work", test_boundary_work);
    g_test_add_func("/inbound-guard/anything-goes", test_anything_goes);
    g_test_add_func("/inbound-guard/refused-is-other", test_refused_is_other);
    g_test_add_func("/inbound-guard/encoded-message", test_encoded_message);
    return g_test_run();
}
