/* SPDX-License-Identifier: Apache-2.0 */
/* hash.c - SHA-256 by OpenSSL, which uses the processor's instructions */
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
