/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_http_form.c - any bytes as a query, a form body and its type */
#include "core/http_form.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Whatever comes out is a text that may go on: UTF-8, no longer than what
 * went in. */
static void
check(char *value, size_t size)
{
    if (value) {
        g_assert_true(g_utf8_validate(value, -1, NULL));
        g_assert_cmpuint(strlen(value), <=, size);
    }
    g_free(value);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data;
    const char *line = memchr(text, '\n', size);
    size_t head = line ? (size_t)(line - text) : 0;
    g_autofree char *type = g_strndup(text, head);
    g_autofree char *fixed = g_strdup("multipart/form-data; boundary=b");

    check(form_decode(text, size, false), size);
    check(form_decode(text, size, true), size);
    check(form_urlencoded(text, size, "f"), size);
    check(form_multipart(fixed, text, size, "f"), size);
    if (line)
        check(form_multipart(type, line + 1, size - head - 1, "f"), size);
    return 0;
}
