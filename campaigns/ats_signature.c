/* SPDX-License-Identifier: Apache-2.0 */
/* ats_signature.c - the schemes webhooks are signed by */
#include "ats-signature.h"

#include "nurture/clock.h"
#include "nurture/hash.h"

#include <openssl/crypto.h>
#include <string.h>

#define NEAR_MS    (5 * MINUTE_MS) /* Standard Webhooks' advice */
#define LEVER_MS   DAY_MS          /* it tries again for some hours */
#define DIGEST_LEN 32

/* Of head, body and tail, one behind the other. */
static void
hmac_around(const guint8 *key, gsize key_length, const char *head,
            const void *body, gsize length, const char *tail,
            guint8 out[DIGEST_LEN])
{
    GHmac *h = g_hmac_new(G_CHECKSUM_SHA256, key, key_length);
    gsize size = DIGEST_LEN;

    g_hmac_update(h, (const guchar *)head, -1);
    if (length > 0)
        g_hmac_update(h, body, (gssize)length);
    g_hmac_update(h, (const guchar *)tail, -1);
    g_hmac_get_digest(h, out, &size);
    g_hmac_unref(h);
}

static void
hmac(const guint8 *key, gsize key_length, const char *head, const void *body,
     gsize length, guint8 out[DIGEST_LEN])
{
    hmac_around(key, key_length, head, body, length, "", out);
}

static bool
read_hex(const char *text, guint8 out[DIGEST_LEN])
{
    if (strlen(text) != 2 * DIGEST_LEN)
        return false;
    for (int i = 0; i < DIGEST_LEN; i++) {
        int high = g_ascii_xdigit_value(text[2 * i]);
        int low = g_ascii_xdigit_value(text[2 * i + 1]);
        if (high < 0 || low < 0)
            return false;
        out[i] = (guint8)(high * 16 + low);
    }
    return true;
}

/* Base64 of either alphabet, with or without padding. */
static bool
read_base64(const char *text, gsize length, guint8 out[DIGEST_LEN])
{
    g_autofree char *copy = g_strndup(text, length);
    g_autofree char *padded = NULL;
    g_autofree guchar *bytes = NULL;
    gsize size;

    g_strdelimit(copy, "-", '+');
    g_strdelimit(copy, "_", '/');
    padded = g_strconcat(copy,
                         strlen(copy) % 4 == 3   ? "="
                         : strlen(copy) % 4 == 2 ? "=="
                                                 : "",
                         NULL);
    bytes = g_base64_decode(padded, &size);
    if (size != DIGEST_LEN)
        return false;
    memcpy(out, bytes, DIGEST_LEN);
    return true;
}

static bool
same(const guint8 *a, const guint8 *b)
{
    return CRYPTO_memcmp(a, b, DIGEST_LEN) == 0;
}

/* -- over the body -------------------------------------------------------- */

static const char *
behind_prefix(const SignedHook *h, const char *prefix)
{
    if (!h->signature)
        return NULL;
    if (!prefix)
        return h->signature;
    return g_str_has_prefix(h->signature, prefix)
               ? h->signature + strlen(prefix)
               : NULL;
}

static bool
check_body(const SignedHook *h, const char *prefix, bool hex,
           const char *secret)
{
    const char *text = behind_prefix(h, prefix);
    guint8 want[DIGEST_LEN], got[DIGEST_LEN];

    if (!text ||
        !(hex ? read_hex(text, got) : read_base64(text, strlen(text), got)))
        return false;
    hmac((const guint8 *)secret, strlen(secret), "", h->body, h->length, want);
    return same(want, got);
}

static bool
check_greenhouse(const SignedHook *h, const char *secret)
{
    return check_body(h, "sha256 ", true, secret);
}

static bool
check_hex(const SignedHook *h, const char *secret)
{
    return check_body(h, h->prefix, true, secret);
}

static bool
check_base64(const SignedHook *h, const char *secret)
{
    return check_body(h, h->prefix, false, secret);
}

/* -- over something else -------------------------------------------------- */

static bool
check_lever(const SignedHook *h, const char *secret)
{
    g_autofree char *text = NULL;
    guint8 want[DIGEST_LEN], got[DIGEST_LEN];

    if (!h->token || !h->triggered_at || !read_hex(h->body_signature, got))
        return false;
    text = g_strconcat(h->token, h->triggered_at, NULL);
    hmac((const guint8 *)secret, strlen(secret), text, NULL, 0, want);
    return same(want, got);
}

/* Equal texts, by comparing digests of them: their lengths do not show. */
static bool
check_handshake(const SignedHook *h, const char *secret)
{
    guint8 want[DIGEST_LEN], got[DIGEST_LEN];
    static const guint8 key[] = "handshake";

    hmac(key, sizeof key, secret, NULL, 0, want);
    hmac(key, sizeof key, h->signature, NULL, 0, got);
    return same(want, got);
}

/* -- SmartRecruiters ------------------------------------------------------ */

/* "v1=HEX;v1=HEX" over timestamp.body.event-id.event-name.event-version.link:
 * one for each key that is good. */
static bool
check_smartrecruiters(const SignedHook *h, const char *secret)
{
    g_auto(GStrv) list = g_strsplit(h->signature, ";", 20);
    g_autofree char *head = NULL;
    guint8 want[DIGEST_LEN], got[DIGEST_LEN];

    if (!h->timestamp || !h->tail)
        return false;
    head = g_strconcat(h->timestamp, ".", NULL);
    hmac_around((const guint8 *)secret, strlen(secret), head, h->body,
                h->length, h->tail, want);
    for (int i = 0; list[i]; i++)
        if (g_str_has_prefix(g_strstrip(list[i]), "v1=") &&
            read_hex(list[i] + 3, got) && same(want, got))
            return true;
    return false;
}

/* -- Standard Webhooks ---------------------------------------------------- */

static void
standard_digest(const char *secret, const char *id, const char *timestamp,
                const void *body, gsize length, guint8 out[DIGEST_LEN])
{
    g_autofree char *head = g_strconcat(id, ".", timestamp, ".", NULL);
    g_autofree guchar *key = NULL;
    gsize size;

    if (g_str_has_prefix(secret, "whsec_"))
        key = g_base64_decode(secret + strlen("whsec_"), &size);
    else
        key = g_memdup2(secret, size = strlen(secret));
    hmac(key, size, head, body, length, out);
}

/* The header lists signatures, "v1,... v1,...", of a key that is replaced. */
static bool
check_standard(const SignedHook *h, const char *secret)
{
    g_auto(GStrv) list = g_strsplit(h->signature, " ", 20);
    guint8 want[DIGEST_LEN], got[DIGEST_LEN];

    if (!h->id || !h->timestamp)
        return false;
    standard_digest(secret, h->id, h->timestamp, h->body, h->length, want);
    for (int i = 0; list[i]; i++)
        if (g_str_has_prefix(list[i], "v1,") &&
            read_base64(list[i] + 3, strlen(list[i] + 3), got) &&
            same(want, got))
            return true;
    return false;
}

char *
signature_make(const char *secret, const char *id, int64_t timestamp_s,
               const void *body, gsize length)
{
    g_autofree char *timestamp =
        g_strdup_printf("%" G_GINT64_FORMAT, timestamp_s);
    g_autofree char *base64 = NULL;
    guint8 digest[DIGEST_LEN];

    standard_digest(secret, id, timestamp, body, length, digest);
    base64 = g_base64_encode(digest, DIGEST_LEN);
    return g_strconcat("v1,", base64, NULL);
}

/* -- all ------------------------------------------------------------------ */

static const struct {
    const char *name;
    bool (*check)(const SignedHook *hook, const char *secret);
    int64_t near_ms; /* 0 = the scheme has no time */
} schemes[] = {
    {"greenhouse", check_greenhouse, 0},
    {"header-hex", check_hex, 0},
    {"header-base64", check_base64, 0},
    {"lever", check_lever, LEVER_MS},
    {"handshake", check_handshake, 0},
    {"smartrecruiters", check_smartrecruiters, NEAR_MS},
    {"standard-webhooks", check_standard, NEAR_MS},
};

static int
scheme_find(const char *name)
{
    for (gsize i = 0; i < G_N_ELEMENTS(schemes); i++)
        if (strcmp(schemes[i].name, name) == 0)
            return (int)i;
    return -1;
}

bool
signature_scheme_exists(const char *scheme)
{
    return scheme_find(scheme) >= 0;
}

static bool
is_lever(const SignedHook *h)
{
    return strcmp(h->scheme, "lever") == 0;
}

static bool
is_near(const SignedHook *h, int64_t near_ms, int64_t now)
{
    const char *text = is_lever(h) ? h->triggered_at : h->timestamp;
    int64_t at;

    if (near_ms == 0)
        return true;
    if (!text || !*text || text[strspn(text, "0123456789")])
        return false;
    at = g_ascii_strtoll(text, NULL, 10) * (is_lever(h) ? 1 : SECOND_MS);
    return ABS(now - at) <= near_ms;
}

bool
signature_is_good(const SignedHook *h, char **secrets, int64_t now,
                  const char **out_why)
{
    int scheme = scheme_find(h->scheme);
    bool good = false;

    *out_why = "missing";
    if (scheme < 0 || !(is_lever(h) ? h->body_signature : h->signature))
        return false;
    for (int i = 0; secrets[i]; i++)
        good |= *secrets[i] && schemes[scheme].check(h, secrets[i]);
    *out_why = good ? "old" : "wrong";
    return good && is_near(h, schemes[scheme].near_ms, now);
}

char *
signature_event_key(const SignedHook *h)
{
    if (is_lever(h))
        return g_strdup(h->token);
    if (h->id && *h->id &&
        (strcmp(h->scheme, "standard-webhooks") == 0 ||
         strcmp(h->scheme, "smartrecruiters") == 0))
        return g_strdup(h->id);
    return sha256_hex(h->body, h->length);
}
