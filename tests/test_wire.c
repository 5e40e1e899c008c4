/* SPDX-License-Identifier: Apache-2.0 */
/* test_wire.c - nothing but clean bytes and addresses passes the guard */
#include "mta/wire.h"

#include "nurture/error.h"

#include <string.h>

#define HEADER                                                                 \
    "From: Anna <anna@example.org>\r\nTo: b@example.net\r\nSubject: s\r\n"     \
    "Date: Tue, 03 Mar 2026 09:00:00 +0000\r\nMessage-ID: <i@example.org>\r\n" \
    "MIME-Version: 1.0\r\nContent-Type: text/plain\r\n"

static void
test_line_ends(void)
{
    static const struct {
        const char *in, *out;
    } cases[] = {
        {"a\r\nb\r\n", "a\r\nb\r\n"},
        {"a\nb\n", "a\r\nb\r\n"},
        {"a\r\nb\nc", "a\r\nb\r\nc\r\n"},
        {"\n\n", "\r\n\r\n"},
        /* the smuggler's end of data becomes an ordinary line, which the
         * transport stuffs */
        {"x\n.\nMAIL FROM:<e@e>\n", "x\r\n.\r\nMAIL FROM:<e@e>\r\n"},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(GBytes) out =
            wire_normalise(cases[i].in, strlen(cases[i].in), &error);
        g_autoptr(GBytes) want =
            g_bytes_new_static(cases[i].out, strlen(cases[i].out));
        g_assert_no_error(error);
        g_assert_true(g_bytes_equal(out, want));
    }
}

static void
test_refused_bytes(void)
{
    g_autofree char *long_line = g_strnfill(999, 'x');
    const struct {
        const char *bytes;
        gsize length;
    } cases[] = {
        {"a\rb\r\n", 5},      {"a\0b\r\n", 5},  {"a\r\r\n", 4}, {"\r", 1},
        {"caf\xc3\xa9\n", 6}, {long_line, 999}, {"", 0},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(GBytes) out =
            wire_normalise(cases[i].bytes, cases[i].length, &error);
        g_assert_null(out);
        g_assert_error(error, NURTURE_ERROR, ERROR_INPUT);
    }
}

static void
test_longest_line(void)
{
    g_autofree char *line = g_strnfill(998, 'x');
    g_autoptr(GError) error = NULL;
    g_autoptr(GBytes) out = wire_normalise(line, 998, &error);

    g_assert_no_error(error);
    g_assert_cmpuint(g_bytes_get_size(out), ==, 1000);
}

static void
test_header(void)
{
    static const struct {
        const char *bytes, *says; /* says NULL: may leave */
    } cases[] = {
        {HEADER "\r\nbody\r\n", NULL},
        {HEADER "X-Long: a\r\n folded: b\r\n\r\nBcc: in the body\r\n", NULL},
        {HEADER "Bcc: e@example.net\r\n\r\n", "Bcc"},
        {HEADER "bcc : e@example.net\r\n\r\n", "no header field"},
        {HEADER "to: e@example.net\r\n\r\n", "To stands 2"},
        {HEADER "FROM: e@example.net\r\n\r\n", "From stands 2"},
        {HEADER "Cc: e@example.net\r\n\r\n", "Cc must not"},
        {HEADER "Return-Path: <>\r\n\r\n", "Return-Path"},
        {HEADER "Received: by x\r\n\r\n", "Received"},
        {HEADER "Disposition-Notification-To: a@b\r\n\r\n", "Disposition"},
        {HEADER "Importance: high\r\n\r\n", "Importance"},
        {HEADER "rubbish\r\n\r\n", "no header field"},
        {HEADER, "does not end"},
        {" folded: first\r\n\r\n", "no header field"},
        {"From: a@b\r\n\r\n", "To is missing"},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(GBytes) bytes =
            g_bytes_new_static(cases[i].bytes, strlen(cases[i].bytes));
        bool ok = wire_check_header(bytes, &error);
        if (!cases[i].says) {
            g_assert_no_error(error);
            g_assert_true(ok);
        } else {
            g_assert_error(error, NURTURE_ERROR, ERROR_INPUT);
            g_assert_nonnull(strstr(error->message, cases[i].says));
        }
    }
}

static void
test_envelope(void)
{
    static const char *const bad[] = {
        "x@y>\r\nRCPT TO:<evil@z",
        "x@y\nDATA",
        "a b@example.org",
        "@example.org",
        "plain",
        "\xc3\xbc@example.org",
        "",
    };

    for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(GError) from = NULL;
        g_assert_false(wire_check_envelope("b@example.org", bad[i], &error));
        g_assert_error(error, NURTURE_ERROR, ERROR_INPUT);
        g_assert_false(wire_check_envelope(bad[i], "b@example.org", &from));
        if (*bad[i])
            g_assert_null(strstr(error->message, bad[i]));
    }
    g_assert_true(
        wire_check_envelope("bounces+abc@example.org", "a@x.test", NULL));
}

static void
test_hash(void)
{
    g_autoptr(GBytes) a = g_bytes_new_static("a\r\n", 3);
    g_autofree char *hash = wire_hash(a);

    g_assert_cmpstr(
        hash, ==,
        "8e4621379786ef42a4fec155cd525c291dd7db3c1fde3478522f4f61c03fd1bd");
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/wire/line-ends", test_line_ends);
    g_test_add_func("/wire/refused-bytes", test_refused_bytes);
    g_test_add_func("/wire/longest-line", test_longest_line);
    g_test_add_func("/wire/header", test_header);
    g_test_add_func("/wire/envelope", test_envelope);
    g_test_add_func("/wire/hash", test_hash);
    return g_test_run();
}
