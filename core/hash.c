/* SPDX-License-Identifier: Apache-2.0 */
/* hash.c - SHA-256, which OpenSSL does fastest, and FNV-1a */
#include "nurture/hash.h"

#include "nurture/text.h"

#include <openssl/evp.h>

char *
sha256_hex(const void *bytes, gsize size)
{
    uint8_t hash[EVP_MAX_MD_SIZE];

    g_assert(EVP_Digest(bytes ? bytes : "", size, hash, NULL, EVP_sha256(),
                        NULL) == 1);
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
