/* SPDX-License-Identifier: Apache-2.0 */
/* dkim.c - two signatures on top of a finished message */
#include "dkim-private.h"

#include "nurture/error.h"

#include <openssl/err.h>
#include <string.h>

#define LINE_MAX_OCTETS 76
#define VALID_S         (14 * 24 * 60 * 60)

struct DkimSigner {
    char *domain;
    GPtrArray *keys; /* DkimKey */
};

/* Those that relays add or rewrite are not here: Received, Return-Path,
 * Precedence, and Bcc, which never leaves. */
static const char *const signed_fields[] = {
    "From",
    "To",
    "Cc",
    "Subject",
    "Date",
    "Reply-To",
    "Sender",
    "Message-ID",
    "In-Reply-To",
    "References",
    "MIME-Version",
    "Content-Type",
    "Content-Transfer-Encoding",
    "List-Id",
    "List-Unsubscribe",
    "List-Unsubscribe-Post",
    "List-Help",
    "Feedback-ID",
    "Auto-Submitted",
};

DkimSigner *
dkim_signer_open(const Workspace *workspace, GError **error)
{
    g_autofree char *domain = NULL;
    GPtrArray *keys;
    DkimSigner *signer;

    if (!workspace->dkim.sign_here)
        return NULL;
    domain = dkim_domain(workspace, error);
    keys = domain ? dkim_keys_load(workspace, NULL, error) : NULL;
    if (!keys)
        return NULL;
    signer = g_new0(DkimSigner, 1);
    signer->domain = g_steal_pointer(&domain);
    signer->keys = keys;
    return signer;
}

void
dkim_signer_free(DkimSigner *signer)
{
    if (!signer)
        return;
    g_free(signer->domain);
    g_ptr_array_unref(signer->keys);
    g_free(signer);
}

bool
dkim_is_signed(GBytes *message)
{
    static const char name[] = "DKIM-Signature:";
    gsize length;
    const char *text = g_bytes_get_data(message, &length);

    return length >= strlen(name) &&
           g_ascii_strncasecmp(text, name, strlen(name)) == 0;
}

static void
sha256(const char *bytes, gsize length, unsigned char out[32])
{
    unsigned size = 0;

    g_assert(EVP_Digest(bytes, length, out, &size, EVP_sha256(), NULL) == 1);
    g_assert(size == 32);
}

char *
dkim_body_hash(const char *body, gsize length)
{
    g_autoptr(GString) text = g_string_sized_new(length + 2);
    unsigned char hash[32];

    dkim_canon_body(text, body, length);
    sha256(text->str, text->len, hash);
    return g_base64_encode(hash, sizeof hash);
}

/* Ed25519 signs the SHA-256 of the input as its message (RFC 8463, 3). */
char *
dkim_signature(EVP_PKEY *pkey, const GString *input, GError **error)
{
    bool rsa = EVP_PKEY_is_a(pkey, "RSA");
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    const unsigned char *bytes = (const unsigned char *)input->str;
    size_t length = input->len, size = (size_t)EVP_PKEY_get_size(pkey);
    g_autofree unsigned char *out = g_malloc(size);
    unsigned char hash[32];
    bool ok;

    if (!rsa) {
        sha256(input->str, input->len, hash);
        bytes = hash;
        length = sizeof hash;
    }
    ok = EVP_DigestSignInit(context, NULL, rsa ? EVP_sha256() : NULL, NULL,
                            pkey) == 1 &&
         EVP_DigestSign(context, out, &size, bytes, length) == 1;
    EVP_MD_CTX_free(context);
    if (ok)
        return g_base64_encode(out, size);
    g_set_error(error, NURTURE_ERROR, ERROR_CONFIG, "DKIM: %s",
                ERR_reason_error_string(ERR_get_error()));
    return NULL;
}

/* Each name once more than it stands, NULL-ended; the names are literals. */
static GPtrArray *
choose_fields(const char *header, gsize length)
{
    GPtrArray *names = g_ptr_array_new();

    for (gsize i = 0; i < G_N_ELEMENTS(signed_fields); i++) {
        guint n = dkim_count_fields(header, length, signed_fields[i]);
        for (guint k = 0; k <= n; k++)
            g_ptr_array_add(names, (gpointer)(uintptr_t)signed_fields[i]);
    }
    g_ptr_array_add(names, NULL);
    return names;
}

/* "h=From:From:To..;", folded after colons. */
static void
append_names(GString *out, const GPtrArray *names)
{
    gsize line = out->len - 1;

    g_string_append(out, "h=");
    for (guint i = 0; i + 1 < names->len; i++) {
        const char *name = names->pdata[i];
        if (out->len - line + strlen(name) + 1 > LINE_MAX_OCTETS) {
            g_string_append(out, "\r\n ");
            line = out->len - 1;
        }
        g_string_append(out, name);
        g_string_append_c(out, i + 2 < names->len ? ':' : ';');
    }
}

/* The field up to and with "b=": what is signed of it. */
static GString *
signature_field(const DkimSigner *signer, const DkimKey *key,
                const GPtrArray *names, const char *body_hash, int64_t at)
{
    GString *out = g_string_new("DKIM-Signature: v=1; ");

    g_string_append_printf(
        out, "a=%s-sha256; c=relaxed/relaxed;\r\n d=%s;\r\n s=%s;\r\n",
        EVP_PKEY_is_a(key->pkey, "RSA") ? "rsa" : "ed25519", signer->domain,
        key->selector);
    g_string_append_printf(
        out, " t=%" G_GINT64_FORMAT "; x=%" G_GINT64_FORMAT ";\r\n ", at / 1000,
        at / 1000 + VALID_S);
    append_names(out, names);
    g_string_append_printf(out, "\r\n bh=%s;\r\n b=", body_hash);
    return out;
}

static void
append_folded(GString *out, const char *base64)
{
    gsize room = LINE_MAX_OCTETS - strlen(" b=");

    for (gsize left = strlen(base64); left > 0;) {
        gsize n = MIN(left, room);
        g_string_append_len(out, base64, (gssize)n);
        base64 += n;
        left -= n;
        room = LINE_MAX_OCTETS - 1;
        g_string_append(out, left > 0 ? "\r\n " : "\r\n");
    }
}

GBytes *
dkim_sign(const DkimSigner *signer, GBytes *message, int64_t at, GError **error)
{
    gsize length;
    const char *text = g_bytes_get_data(message, &length);
    gsize body = dkim_body_offset(text, length);
    g_autofree char *body_hash = dkim_body_hash(text + body, length - body);
    g_autoptr(GPtrArray) names = choose_fields(text, body);
    g_autoptr(GString) input = g_string_sized_new(body);
    g_autoptr(GString) out = g_string_sized_new(length + 2048);
    gsize header;

    dkim_canon_header(input, text, body, (const char *const *)names->pdata);
    header = input->len;
    for (guint i = 0; i < signer->keys->len; i++) {
        const DkimKey *key = signer->keys->pdata[i];
        GString *field = signature_field(signer, key, names, body_hash, at);
        g_autofree char *signature = NULL;
        g_string_truncate(input, header);
        dkim_canon_field(input, field->str, field->len);
        g_string_append_len(out, field->str, (gssize)field->len);
        g_string_free(field, TRUE);
        signature = dkim_signature(key->pkey, input, error);
        if (!signature)
            return NULL;
        append_folded(out, signature);
    }
    g_string_append_len(out, text, (gssize)length);
    return g_string_free_to_bytes(g_steal_pointer(&out));
}
