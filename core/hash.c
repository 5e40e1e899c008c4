/* SPDX-License-Identifier: Apache-2.0 */
/* hash.c - SHA-256, which OpenSSL does fastest, and FNV-1a */
#include "nurture/hash.h"

#include "nurture/text.h"

#include <openssl/evp.h>

/* Looked up once: OpenSSL 3 does it anew for each EVP_sha256(). */
static const EVP_MD *
sha256(void)
{
    static gsize once;
    static EVP_MD *md;

    if (g_once_init_enter(&once)) {
        md = EVP_MD_fetch(NULL, "SHA256", NULL);
        g_assert(md);
        g_once_init_leave(&once, 1);
    }
    return md;
}

char *
sha256_hex(const void *bytes, gsize size)
{
    uint8_t hash[EVP_MAX_MD_SIZE];

    g_assert(EVP_Digest(bytes ? bytes : "", size, hash, NULL, sha256(), NULL) ==
             1);
    return hex_encode(hash, 32);
}

uint64_t
hash_stable(const char *text, int salt)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325) ^ (uint64_t)salt;

    for (const char *p = text; *p; p++)
        hash = (hash ^ (unsigned char)*p) * UINT64_C(0x100000001b3);
    return hash ^ hash >> 32;
}
