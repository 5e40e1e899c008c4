/* SPDX-License-Identifier: Apache-2.0 */
/* token.c - message ids and signed tokens over OpenSSL's HMAC */
#include "nurture/token.h"

#include "nurture/error.h"
#include "nurture/file.h"
#include "nurture/text.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#define SECRET_BYTES 32
#define KEYS_MAX     15 /* an id is the high nibble of a token's first byte */

struct Keys {
    uint8_t secret[KEYS_MAX + 1][SECRET_BYTES]; /* by id, from 1 */
    int newest;
    char *path;                     /* NULL: not from a file */
    int64_t seen;                   /* the file's size: it only grows */
    GMutex lock;                    /* of all of it */
    GHashTable *macs[KEYS_MAX + 1]; /* by id: purpose -> EVP_MAC_CTX, its key
                                       and no data */
};

static void
mac_free(gpointer mac)
{
    EVP_MAC_CTX_free(mac);
}

static Keys *
keys_new(const uint8_t *secret)
{
    Keys *keys = g_new0(Keys, 1);

    g_mutex_init(&keys->lock);
    memcpy(keys->secret[1], secret, SECRET_BYTES);
    keys->newest = 1;
    return keys;
}

Keys *
keys_from_secret(const uint8_t secret[32])
{
    return keys_new(secret);
}

void
keys_free(Keys *keys)
{
    if (!keys)
        return;
    for (int id = 0; id <= KEYS_MAX; id++)
        g_clear_pointer(&keys->macs[id], g_hash_table_unref);
    g_free(keys->path);
    g_mutex_clear(&keys->lock);
    OPENSSL_cleanse(keys, sizeof *keys);
    g_free(keys);
}

/* A new key file is complete or absent: written aside, synced, linked. When
 * two processes race, link() lets one win and both read its secret. */
static bool
keys_create(const char *path, GError **error)
{
    uint8_t secret[SECRET_BYTES];
    g_autofree char *hex = NULL, *line = NULL, *aside = NULL, *dir = NULL;
    int fd;
    bool written;

    if (getrandom(secret, sizeof secret, 0) != sizeof secret) {
        g_set_error(error, NURTURE_ERROR, ERROR_CONFIG, "no random bytes: %s",
                    g_strerror(errno));
        return false;
    }
    dir = g_path_get_dirname(path);
    g_mkdir_with_parents(dir, 0700);
    hex = hex_encode(secret, sizeof secret);
    line = g_strdup_printf("1 %s\n", hex);
    aside = g_strdup_printf("%s.%d", path, (int)getpid());
    fd = open(aside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    written = fd >= 0 && file_write_all(fd, line, strlen(line)) &&
              fsync(fd) == 0 && (link(aside, path) == 0 || errno == EEXIST) &&
              file_sync_directory(dir);
    if (!written)
        g_set_error(error, NURTURE_ERROR, ERROR_CONFIG, "%s: %s", path,
                    g_strerror(errno));
    if (fd >= 0)
        close(fd);
    g_unlink(aside);
    return written;
}

static bool
hex_decode(const char *text, uint8_t *out, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        int high = g_ascii_xdigit_value(text[2 * i]);
        int low = high < 0 ? -1 : g_ascii_xdigit_value(text[2 * i + 1]);
        if (low < 0)
            return false;
        out[i] = (uint8_t)(high << 4 | low);
    }
    return text[2 * size] == '\n';
}

/* "1 <hex>", "2 <hex>", ..: one a line, from the oldest. How many; 0 = it is no
 * key file. */
static int
secrets_parse(const char *text, uint8_t out[KEYS_MAX + 1][SECRET_BYTES])
{
    int count = 0;

    while (*text) {
        g_autofree char *head = g_strdup_printf("%d ", count + 1);
        if (count == KEYS_MAX || !g_str_has_prefix(text, head))
            return 0;
        text += strlen(head);
        if (!hex_decode(text, out[count + 1], SECRET_BYTES))
            return 0;
        text += 2 * SECRET_BYTES + 1;
        count++;
    }
    return count;
}

Keys *
keys_load(const char *path, bool create, GError **error)
{
    g_autofree char *text = NULL;
    uint8_t secrets[KEYS_MAX + 1][SECRET_BYTES];
    GStatBuf st = {0};
    int count;

    if (create && !g_file_test(path, G_FILE_TEST_EXISTS) &&
        !keys_create(path, error))
        return NULL;
    if (g_stat(path, &st) == 0 && (st.st_mode & 077) != 0) {
        g_set_error(error, NURTURE_ERROR, ERROR_CONFIG,
                    "%s can be read by others; it must not: chmod 600 %s", path,
                    path);
        return NULL;
    }
    if (!g_file_get_contents(path, &text, NULL, NULL)) {
        g_set_error(error, NURTURE_ERROR, ERROR_CONFIG,
                    "there is no key file %s", path);
        return NULL;
    }
    count = secrets_parse(text, secrets);
    if (count == 0) {
        g_set_error(error, NURTURE_ERROR, ERROR_CONFIG,
                    "%s is not a key file of nurture", path);
        return NULL;
    }
    Keys *keys = keys_new(secrets[1]);
    memcpy(keys->secret, secrets, sizeof secrets);
    keys->newest = count;
    keys->path = g_strdup(path);
    keys->seen = st.st_size;
    OPENSSL_cleanse(secrets, sizeof secrets);
    return keys;
}

/* A token names a key that is newer than what we read: another process has
 * added one. Under the lock. */
static void
read_newer(Keys *keys)
{
    g_autofree char *text = NULL;
    uint8_t secrets[KEYS_MAX + 1][SECRET_BYTES];
    GStatBuf st;

    if (!keys->path || g_stat(keys->path, &st) < 0 ||
        st.st_size == keys->seen ||
        !g_file_get_contents(keys->path, &text, NULL, NULL))
        return;
    keys->seen = st.st_size;
    int count = secrets_parse(text, secrets);
    /* Only added to: what is known stays as it is. */
    for (; keys->newest < count; keys->newest++)
        memcpy(keys->secret[keys->newest + 1], secrets[keys->newest + 1],
               SECRET_BYTES);
    OPENSSL_cleanse(secrets, sizeof secrets);
}

static bool
key_exists(const Keys *shared, int id)
{
    Keys *keys = (Keys *)(uintptr_t)shared;

    g_mutex_lock(&keys->lock);
    if (id > keys->newest)
        read_newer(keys);
    bool exists = id >= 1 && id <= keys->newest;
    g_mutex_unlock(&keys->lock);
    return exists;
}

int
keys_newest(const Keys *shared)
{
    Keys *keys = (Keys *)(uintptr_t)shared;

    g_mutex_lock(&keys->lock);
    int newest = keys->newest;
    g_mutex_unlock(&keys->lock);
    return newest;
}

int
keys_rotate(const char *path, GError **error)
{
    g_autoptr(Keys) keys = keys_load(path, false, error);
    g_autofree char *text = NULL, *hex = NULL, *more = NULL;
    uint8_t secret[SECRET_BYTES];

    if (!keys)
        return 0;
    if (keys->newest == KEYS_MAX) {
        g_set_error(error, NURTURE_ERROR, ERROR_REFUSED,
                    "there are %d keys already, and old ones stay: links in "
                    "old mails must work",
                    KEYS_MAX);
        return 0;
    }
    if (!g_file_get_contents(path, &text, NULL, NULL) ||
        getrandom(secret, sizeof secret, 0) != sizeof secret) {
        g_set_error(error, NURTURE_ERROR, ERROR_CONFIG, "%s: %s", path,
                    g_strerror(errno));
        return 0;
    }
    hex = hex_encode(secret, sizeof secret);
    more = g_strdup_printf("%s%d %s\n", text, keys->newest + 1, hex);
    return file_replace(path, more, strlen(more), error) ? keys->newest + 1 : 0;
}

/* HKDF-SHA256, RFC 5869: the purpose is the info string. */
static void
derive(const Keys *keys, int id, const char *purpose, uint8_t out[32])
{
    EVP_KDF *kdf = EVP_KDF_fetch(NULL, "HKDF", NULL);
    EVP_KDF_CTX *context = EVP_KDF_CTX_new(kdf);
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST,
                                         (char *)(uintptr_t) "SHA256", 0),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY,
                                          (void *)(uintptr_t)keys->secret[id],
                                          SECRET_BYTES),
        OSSL_PARAM_construct_octet_string(
            OSSL_KDF_PARAM_INFO, (void *)(uintptr_t)purpose, strlen(purpose)),
        OSSL_PARAM_construct_end(),
    };
    int ok = EVP_KDF_derive(context, out, 32, params);

    g_assert(ok == 1);
    EVP_KDF_CTX_free(context);
    EVP_KDF_free(kdf);
}

static EVP_MAC_CTX *
mac_new(const Keys *keys, int id, const char *purpose)
{
    EVP_MAC *algorithm = EVP_MAC_fetch(NULL, "HMAC", NULL);
    EVP_MAC_CTX *mac = EVP_MAC_CTX_new(algorithm);
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST,
                                         (char *)(uintptr_t) "SHA256", 0),
        OSSL_PARAM_construct_end(),
    };
    uint8_t key[32];

    derive(keys, id, purpose, key);
    g_assert(EVP_MAC_init(mac, key, sizeof key, params) == 1);
    OPENSSL_cleanse(key, sizeof key);
    EVP_MAC_free(algorithm);
    return mac;
}

/* Deriving a key and looking up algorithms costs ten times the HMAC itself,
 * and the purposes are few: each is made once. Under the lock. */
static EVP_MAC_CTX *
mac_for(Keys *keys, int id, const char *purpose)
{
    GHashTable **macs = &keys->macs[id];
    EVP_MAC_CTX *mac;

    if (!*macs)
        *macs =
            g_hash_table_new_full(g_str_hash, g_str_equal, g_free, mac_free);
    mac = g_hash_table_lookup(*macs, purpose);
    if (!mac) {
        mac = mac_new(keys, id, purpose);
        g_hash_table_insert(*macs, g_strdup(purpose), mac);
    }
    return mac;
}

static void
hmac(const Keys *shared, int id, const char *purpose, const void *data,
     gsize length, uint8_t out[32])
{
    Keys *keys = (Keys *)(uintptr_t)shared;
    EVP_MAC_CTX *mac;
    size_t size = 0;

    g_mutex_lock(&keys->lock);
    mac = mac_for(keys, id, purpose);
    /* without a key: the one that it has, from the start again */
    g_assert(mac && EVP_MAC_init(mac, NULL, 0, NULL) == 1 &&
             EVP_MAC_update(mac, data, length) == 1 &&
             EVP_MAC_final(mac, out, &size, 32) == 1 && size == 32);
    g_mutex_unlock(&keys->lock);
}

void
keys_hmac(const Keys *keys, const char *purpose, const void *data, gsize length,
          uint8_t out[32])
{
    hmac(keys, 1, purpose, data, length, out);
}

char *
keys_address_hmac(const Keys *keys, const char *address_key)
{
    uint8_t mac[32];

    keys_hmac(keys, "address", address_key, strlen(address_key), mac);
    return base32_encode(mac, 20);
}

void
message_id_make(const Keys *keys, int64_t candidate, const char *campaign,
                int cycle, const char *step, char out[MESSAGE_ID_TEXT])
{
    g_autofree char *data = g_strdup_printf("%" G_GINT64_FORMAT "\n%s\n%d\n%s",
                                            candidate, campaign, cycle, step);
    g_autofree char *text = NULL;
    uint8_t mac[32];

    keys_hmac(keys, "message-id", data, strlen(data), mac);
    text = base32_encode(mac, MESSAGE_ID_BYTES);
    g_strlcpy(out, text, MESSAGE_ID_TEXT);
}

/* {key id and kind, message id, HMAC}: both token forms differ in the link
 * between id and HMAC, the HMAC's length, and the alphabet. */
static void
sign(const Keys *keys, const char *family, const uint8_t *head, gsize length,
     uint8_t mac[32])
{
    char purpose[16];

    g_snprintf(purpose, sizeof purpose, "%s-%d", family, head[0] & 0x0f);
    hmac(keys, head[0] >> 4, purpose, head, length, mac);
}

static void
fill_id(const char *message_id, uint8_t *out)
{
    gsize size = 0;
    g_autofree uint8_t *id = base32_decode(message_id, -1, &size);

    g_assert(id && size == MESSAGE_ID_BYTES);
    memcpy(out, id, MESSAGE_ID_BYTES);
}

static void
copy_id(const uint8_t *id, char out[MESSAGE_ID_TEXT])
{
    g_autofree char *text = base32_encode(id, MESSAGE_ID_BYTES);

    g_strlcpy(out, text, MESSAGE_ID_TEXT);
}

void
message_id_probe(const Keys *keys, char out[MESSAGE_ID_TEXT])
{
    message_id_make(keys, 0, "doctor", 1, "probe", out);
}

void
mail_token_make(const Keys *keys, MailTokenKind kind, const char *message_id,
                char out[MAIL_TOKEN_TEXT])
{
    uint8_t token[21], mac[32];
    g_autofree char *text = NULL;

    token[0] = (uint8_t)((unsigned)keys_newest(keys) << 4 | kind);
    fill_id(message_id, token + 1);
    sign(keys, "mail", token, 11, mac);
    memcpy(token + 11, mac, 10);
    text = base32_encode(token, sizeof token);
    g_strlcpy(out, text, MAIL_TOKEN_TEXT);
}

bool
mail_token_read(const Keys *keys, MailTokenKind kind, const char *text,
                gsize length, char out[MESSAGE_ID_TEXT])
{
    g_autofree char *lower = NULL;
    g_autofree uint8_t *token = NULL;
    uint8_t mac[32];
    gsize size = 0;

    if (length != MAIL_TOKEN_TEXT - 1)
        return false;
    lower = g_ascii_strdown(text, (gssize)length);
    token = base32_decode(lower, (gssize)length, &size);
    if (!token || size != 21 || (MailTokenKind)(token[0] & 0x0f) != kind ||
        !key_exists(keys, token[0] >> 4))
        return false;
    sign(keys, "mail", token, 11, mac);
    if (CRYPTO_memcmp(mac, token + 11, 10) != 0)
        return false;
    copy_id(token + 1, out);
    return true;
}

void
web_token_make(const Keys *keys, WebTokenKind kind, const char *message_id,
               unsigned link, char out[WEB_TOKEN_TEXT])
{
    uint8_t token[29], mac[32];
    g_autofree char *text = NULL;

    token[0] = (uint8_t)((unsigned)keys_newest(keys) << 4 | kind);
    fill_id(message_id, token + 1);
    token[11] = (uint8_t)(link >> 8);
    token[12] = (uint8_t)link;
    sign(keys, "web", token, 13, mac);
    memcpy(token + 13, mac, 16);
    text = base64url_encode(token, sizeof token);
    g_strlcpy(out, text, WEB_TOKEN_TEXT);
}

bool
web_token_read(const Keys *keys, WebTokenKind kind, const char *text,
               gsize length, char out[MESSAGE_ID_TEXT], unsigned *out_link)
{
    g_autofree uint8_t *token = NULL;
    uint8_t mac[32];
    gsize size = 0;

    if (length != WEB_TOKEN_TEXT - 1)
        return false;
    token = base64url_decode(text, (gssize)length, &size);
    if (!token || size != 29 || (WebTokenKind)(token[0] & 0x0f) != kind ||
        !key_exists(keys, token[0] >> 4))
        return false;
    sign(keys, "web", token, 13, mac);
    if (CRYPTO_memcmp(mac, token + 13, 16) != 0)
        return false;
    copy_id(token + 1, out);
    *out_link = (unsigned)token[11] << 8 | token[12];
    return true;
}
