/* SPDX-License-Identifier: Apache-2.0 */
/* test_token.c - ids, tokens and the encodings under them */
#include "nurture/token.h"

#include "nurture/error.h"
#include "nurture/text.h"

#include <glib/gstdio.h>
#include <string.h>

static Keys *
fixed_keys(void)
{
    uint8_t secret[32] = "an invented secret of 32 bytes.";

    return keys_from_secret(secret);
}

/* RFC 4648 section 10, without padding. */
static void
test_encodings(void)
{
    static const struct {
        const char *plain, *base32, *base64;
    } rows[] = {
        {"", "", ""},
        {"f", "my", "Zg"},
        {"fo", "mzxq", "Zm8"},
        {"foobar", "mzxw6ytboi", "Zm9vYmFy"},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        const uint8_t *bytes = (const uint8_t *)rows[i].plain;
        gsize size = strlen(rows[i].plain), back = 0;
        g_autofree char *b32 = base32_encode(bytes, size);
        g_autofree char *b64 = base64url_encode(bytes, size);
        g_autofree uint8_t *again = base32_decode(b32, -1, &back);
        g_assert_cmpstr(b32, ==, rows[i].base32);
        g_assert_cmpstr(b64, ==, rows[i].base64);
        g_assert_cmpuint(back, ==, size);
        g_assert_true(size == 0 || memcmp(again, bytes, size) == 0);
    }
    gsize size;
    g_assert_null(base32_decode("m1", -1, &size)); /* no such digit */
    g_assert_null(base32_decode("mz", -1, &size)); /* bits left over */
    g_assert_null(base64url_decode("Zh", -1, &size));
}

static void
test_message_id(void)
{
    g_autoptr(Keys) keys = fixed_keys();
    char a[MESSAGE_ID_TEXT], b[MESSAGE_ID_TEXT];

    message_id_make(keys, 7, "news", 1, "welcome", a);
    message_id_make(keys, 7, "news", 1, "welcome", b);
    g_assert_cmpstr(a, ==, b);
    g_assert_cmpuint(strlen(a), ==, 16);
    message_id_make(keys, 7, "news", 2, "welcome", b);
    g_assert_cmpstr(a, !=, b);
}

static void
test_mail_token(void)
{
    g_autoptr(Keys) keys = fixed_keys();
    char id[MESSAGE_ID_TEXT], back[MESSAGE_ID_TEXT], token[MAIL_TOKEN_TEXT];
    g_autofree char *upper = NULL;

    message_id_make(keys, 7, "news", 1, "welcome", id);
    mail_token_make(keys, MAIL_TOKEN_REPLY, id, token);
    g_assert_cmpuint(strlen(token), ==, 34);
    upper = g_ascii_strup(token, -1); /* a mail server may fold case */
    g_assert_true(mail_token_read(keys, MAIL_TOKEN_REPLY, upper, 34, back));
    g_assert_cmpstr(back, ==, id);
    g_assert_false(mail_token_read(keys, MAIL_TOKEN_BOUNCE, token, 34, back));
    g_assert_false(mail_token_read(keys, MAIL_TOKEN_REPLY, token, 33, back));
}

static void
test_web_token_bits(void)
{
    g_autoptr(Keys) keys = fixed_keys();
    char id[MESSAGE_ID_TEXT], back[MESSAGE_ID_TEXT], token[WEB_TOKEN_TEXT];
    unsigned link = 0;

    message_id_make(keys, 7, "news", 1, "welcome", id);
    web_token_make(keys, WEB_TOKEN_CLICK, id, 513, token);
    g_assert_cmpuint(strlen(token), ==, 39);
    g_assert_true(
        web_token_read(keys, WEB_TOKEN_CLICK, token, 39, back, &link));
    g_assert_cmpstr(back, ==, id);
    g_assert_cmpuint(link, ==, 513);
    g_assert_false(
        web_token_read(keys, WEB_TOKEN_OPT_OUT, token, 39, back, &link));
    /* Any changed character is refused. */
    for (int i = 0; i < 39; i++) {
        char bad[WEB_TOKEN_TEXT];
        memcpy(bad, token, sizeof bad);
        bad[i] = bad[i] == 'A' ? 'B' : 'A';
        g_assert_false(
            web_token_read(keys, WEB_TOKEN_CLICK, bad, 39, back, &link));
    }
}

static void
test_key_file(void)
{
    GError *error = NULL;
    g_autofree char *dir = g_dir_make_tmp("nurture-keys-XXXXXX", NULL);
    g_autofree char *path = g_build_filename(dir, "keys", NULL);
    g_autoptr(Keys) made = NULL, read = NULL;
    g_autofree char *a = NULL, *b = NULL;

    g_assert_null(keys_load(path, false, &error));
    g_assert_error(error, NURTURE_ERROR, ERROR_CONFIG);
    g_clear_error(&error);
    made = keys_load(path, true, &error);
    g_assert_no_error(error);
    read = keys_load(path, true, &error);
    a = keys_address_hmac(made, "a@example.org");
    b = keys_address_hmac(read, "a@example.org");
    g_assert_cmpstr(a, ==, b);
    g_assert_cmpuint(strlen(a), ==, 32);
    g_chmod(path, 0644);
    g_assert_null(keys_load(path, false, &error));
    g_assert_error(error, NURTURE_ERROR, ERROR_CONFIG);
    g_clear_error(&error);
}

/* A key is added: old tokens are read by new keys, new ones by a process that
 * had started before, and nothing else changes. */
static void
test_rotation(void)
{
    g_autofree char *dir = g_dir_make_tmp("nurture-keys-XXXXXX", NULL);
    g_autofree char *path = g_build_filename(dir, "keys", NULL);
    g_autoptr(GError) error = NULL;
    g_autoptr(Keys) before = keys_load(path, true, &error);
    char id[MESSAGE_ID_TEXT], same[MESSAGE_ID_TEXT];
    char old[WEB_TOKEN_TEXT], fresh[WEB_TOKEN_TEXT], mail[MAIL_TOKEN_TEXT];
    unsigned link;
    GStatBuf st;

    message_id_make(before, 7, "spring", 1, "one", id);
    web_token_make(before, WEB_TOKEN_CLICK, id, 3, old);
    g_assert_cmpint(keys_rotate(path, &error), ==, 2);
    g_assert_no_error(error);
    g_assert_cmpint(g_stat(path, &st), ==, 0);
    g_assert_cmpuint(st.st_mode & 077, ==, 0);
    g_autoptr(Keys) after = keys_load(path, false, &error);
    g_assert_no_error(error);
    g_assert_cmpint(keys_newest(after), ==, 2);
    web_token_make(after, WEB_TOKEN_CLICK, id, 3, fresh);
    mail_token_make(after, MAIL_TOKEN_REPLY, id, mail);
    g_assert_cmpstr(old, !=, fresh);
    g_assert_true(
        web_token_read(after, WEB_TOKEN_CLICK, old, strlen(old), same, &link));
    g_assert_cmpstr(same, ==, id);
    g_assert_true(web_token_read(before, WEB_TOKEN_CLICK, fresh, strlen(fresh),
                                 same, &link));
    g_assert_true(
        mail_token_read(before, MAIL_TOKEN_REPLY, mail, strlen(mail), same));
    g_autofree char *a = keys_address_hmac(before, "kim@x.example");
    g_autofree char *b = keys_address_hmac(after, "kim@x.example");
    g_assert_cmpstr(a, ==, b);
    message_id_make(after, 7, "spring", 1, "one", same);
    g_assert_cmpstr(same, ==, id);
    while (keys_rotate(path, &error) > 0)
        ;
    g_assert_error(error, NURTURE_ERROR, ERROR_REFUSED);
    g_clear_error(&error);
    g_autoptr(Keys) full = keys_load(path, false, &error);
    g_assert_cmpint(keys_newest(full), ==, 15);
    g_unlink(path);
    g_rmdir(dir);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/token/encodings", test_encodings);
    g_test_add_func("/token/message-id", test_message_id);
    g_test_add_func("/token/mail", test_mail_token);
    g_test_add_func("/token/web/every-bit", test_web_token_bits);
    g_test_add_func("/token/key-file", test_key_file);
    g_test_add_func("/token/rotation", test_rotation);
    return g_test_run();
}
