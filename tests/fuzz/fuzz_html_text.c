/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_html_text.c - any bytes as the HTML of a mail */
#include "tracking/html-text.h"

#include <glib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autofree char *text = html_to_text((const char *)data, size);
    g_assert_true(g_utf8_validate(text, -1, NULL));
    g_assert_cmpuint(html_text_steps(), <=, 300 * size + 300);

    g_autofree char *reply = html_reply_text((const char *)data, size);
    g_assert_true(g_utf8_validate(reply, -1, NULL));
    return 0;
}
