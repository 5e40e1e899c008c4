/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_wire.c - any bytes as a message, a text body and header values */
#include "mta/mime.h"
#include "mta/wire.h"
#include "nurture/autoptr.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_lines(GBytes *wire)
{
    gsize n, column = 0;
    const char *p = g_bytes_get_data(wire, &n);

    for (gsize i = 0; i < n; i++) {
        g_assert_true(p[i] != '\0' && (unsigned char)p[i] < 128);
        if (p[i] == '\n')
            g_assert_true(i > 0 && p[i - 1] == '\r');
        if (p[i] == '\r')
            g_assert_true(i + 1 < n && p[i + 1] == '\n');
        column = p[i] == '\n' ? 0 : column + 1;
        g_assert_cmpuint(column, <=, WIRE_LINE_MAX + 1);
    }
    g_assert_true(n >= 2 && p[n - 1] == '\n');
}

/* What passes is clean, and passes unchanged a second time. */
static void
check_normalise(const uint8_t *data, size_t size)
{
    g_autoptr(GBytes) once = wire_normalise(data, size, NULL);
    g_autoptr(GBytes) twice = NULL;
    gsize n;
    const void *p;

    if (!once)
        return;
    check_lines(once);
    p = g_bytes_get_data(once, &n);
    twice = wire_normalise(p, n, NULL);
    g_assert_true(g_bytes_equal(once, twice));
    (void)wire_check_header(once, NULL);
}

/* Quoted-printable decodes to what was encoded, but for line ends. */
static void
check_encoding(const char *text)
{
    g_autofree char *encoded = text_encode(text, TEXT_QUOTED_PRINTABLE);
    gsize n = strlen(encoded), at = 0;
    g_autofree char *decoded = g_malloc0(n + 8);
    GMimeEncoding state;

    g_mime_encoding_init_decode(&state, GMIME_CONTENT_ENCODING_QUOTEDPRINTABLE);
    n = g_mime_encoding_step(&state, encoded, n, decoded);
    for (const char *p = text; *p; p++) {
        if (*p == '\r' || *p == '\n')
            continue;
        while (at < n && (decoded[at] == '\r' || decoded[at] == '\n'))
            at++;
        g_assert_true(at < n && decoded[at] == *p);
        at++;
    }
}

/* No value can add a header field: the fields are those of a plain mail. */
static void
check_fields(const char *value)
{
    static const uint8_t secret[32] = {7};
    static Keys *keys;
    Workspace workspace = {.sending = {.bounces = (char *)"b@example.org",
                                       .replies = (char *)"r@example.org"}};
    ComposedMail mail = {
        .from_name = (char *)value,
        .from_address = (char *)"a@example.org",
        .to_name = (char *)value,
        .subject = (char *)value,
        .text = (char *)value,
        .html = (char *)value,
        .list_name = (char *)value,
        .list_id = (char *)"k.list.example.org",
    };
    g_autoptr(GBytes) bytes = NULL;
    const char *p, *end;
    gsize n;
    int fields = 0;

    if (!keys)
        keys = keys_from_secret(secret);
    bytes = message_assemble(&mail, "abcdefghijklmnop", "campaign",
                             "c@example.net", 0, &workspace, keys, NULL);
    if (!bytes)
        return;
    check_lines(bytes);
    p = g_bytes_get_data(bytes, &n);
    end = g_strstr_len(p, (gssize)n, "\r\n\r\n");
    g_assert_nonnull(end);
    for (const char *line = p; line < end;
         line = g_strstr_len(line, end + 2 - line, "\r\n") + 2)
        fields += *line != ' ' && *line != '\t';
    g_assert_cmpint(fields, ==, 11);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autofree char *text = g_strndup((const char *)data, size);

    check_normalise(data, size);
    check_encoding(text);
    if (g_utf8_validate(text, -1, NULL))
        check_fields(text);
    return 0;
}
