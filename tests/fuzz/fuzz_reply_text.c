/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_reply_text.c - any bytes as the text of a reply */
#include "tracking/reply-text.h"

#include <glib.h>
#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data;
    g_autofree char *reply = reply_text_extract(text, size);
    g_autofree char *sent = g_utf8_make_valid(text, (gssize)(size / 2));
    const ReplySource source = {
        .text = text, .length = size, .author = "Ann Lee", .sent = sent};
    ReplyReading reading;
    g_autofree char *name = NULL, *address = NULL;

    g_assert_true(g_utf8_validate(reply, -1, NULL));
    g_assert_cmpuint(reply_text_steps(), <=, 200 * size + 2000);
    /* Every byte that is given back was there: mending may make three of one */
    g_assert_cmpuint(strlen(reply), <=, 3 * size);
    /* Beside the first half of itself, as if we had sent that */
    g_autofree char *beside = reply_text_read(&source, &reading);
    g_assert_true(g_utf8_validate(beside, -1, NULL));
    g_assert_cmpuint(reading.sure, <=, strlen(beside));
    g_assert_cmpuint(strlen(beside), <=, 3 * size);
    g_assert_cmpuint(reply_text_steps(), <=, 200 * size + 2000);
    if (reply_text_forwarded(text, size, &name, &address)) {
        g_assert_true(g_utf8_validate(name, -1, NULL));
        g_assert_true(g_utf8_validate(address, -1, NULL));
    }
    return 0;
}
