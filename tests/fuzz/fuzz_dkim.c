/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_dkim.c - any bytes as a message to be made canonical */
#include "mta/dkim-private.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What is canonical stays as it is, and blank lines at the end never count. */
static void
check_body(const char *body, gsize length)
{
    g_autoptr(GString) once = g_string_new(NULL);
    g_autoptr(GString) twice = g_string_new(NULL);
    g_autoptr(GString) longer = g_string_new(NULL);
    g_autoptr(GString) more = g_string_new_len(body, (gssize)length);

    dkim_canon_body(once, body, length);
    dkim_canon_body(twice, once->str, once->len);
    g_assert_true(g_string_equal(once, twice));
    g_assert_true(
        once->len == 0 ||
        (once->len > 2 && memcmp(once->str + once->len - 2, "\r\n", 2) == 0));
    g_string_append(more, "\r\n \t\r\n\r\n");
    dkim_canon_body(longer, more->str, more->len);
    g_assert_true(g_string_equal(once, longer));
}

static void
check_field(const char *field, gsize length)
{
    g_autoptr(GString) once = g_string_new(NULL);
    g_autoptr(GString) twice = g_string_new(NULL);

    dkim_canon_field(once, field, length);
    dkim_canon_field(twice, once->str, once->len);
    g_assert_true(g_string_equal(once, twice));
    g_assert_null(memchr(once->str, '\n', once->len));
    g_assert_null(memchr(once->str, '\t', once->len));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const names[] = {"from", "to", "from", "from", NULL};
    g_autoptr(GString) header = g_string_new(NULL);
    const char *text = (const char *)data;
    gsize body = dkim_body_offset(text, size);

    g_assert_cmpuint(body, <=, size);
    check_body(text + body, size - body);
    check_field(text, size);
    dkim_canon_header(header, text, body, names);
    g_assert_true(header->len == 0 || header->str[header->len - 1] == '\n');
    g_assert_cmpuint(dkim_count_fields(text, body, "from"), <=, size);
    return 0;
}
