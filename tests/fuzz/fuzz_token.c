/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_token.c - any bytes as a token, and genuine tokens with any change */
#include "nurture/token.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t secret[32] = {7};
    static Keys *keys;
    char id[MESSAGE_ID_TEXT], back[MESSAGE_ID_TEXT];
    char web[WEB_TOKEN_TEXT], mail[MAIL_TOKEN_TEXT];
    unsigned link;

    if (!keys)
        keys = keys_from_secret(secret);
    for (int kind = WEB_TOKEN_CLICK; kind <= WEB_TOKEN_LOGIN; kind++)
        if (web_token_read(keys, (WebTokenKind)kind, (const char *)data, size,
                           back, &link)) {
            /* It can only be the one that we make ourselves. */
            web_token_make(keys, (WebTokenKind)kind, back, link, web);
            g_assert_cmpuint(size, ==, WEB_TOKEN_TEXT - 1);
            g_assert_cmpint(memcmp(web, data, size), ==, 0);
        }
    for (int kind = MAIL_TOKEN_BOUNCE; kind <= MAIL_TOKEN_REVIEW; kind++)
        if (mail_token_read(keys, (MailTokenKind)kind, (const char *)data, size,
                            back)) {
            mail_token_make(keys, (MailTokenKind)kind, back, mail);
            g_assert_cmpuint(size, ==, MAIL_TOKEN_TEXT - 1);
            g_assert_cmpint(g_ascii_strncasecmp(mail, (const char *)data, size),
                            ==, 0);
        }

    if (size < 2)
        return 0;
    message_id_make(keys, data[0], "campaign", 1, "step", id);
    web_token_make(keys, WEB_TOKEN_CLICK, id, data[1], web);
    g_assert_true(
        web_token_read(keys, WEB_TOKEN_CLICK, web, strlen(web), back, &link));
    g_assert_cmpstr(back, ==, id);
    g_assert_cmpuint(link, ==, data[1]);

    /* One octet changed: worth nothing. */
    if (size > 3 && (char)data[3] != web[data[2] % strlen(web)]) {
        web[data[2] % strlen(web)] = (char)data[3];
        g_assert_false(web_token_read(keys, WEB_TOKEN_CLICK, web,
                                      WEB_TOKEN_TEXT - 1, back, &link));
    }
    return 0;
}
