/* SPDX-License-Identifier: Apache-2.0 */
/* hash -- the name that bytes have by their content, and dice that fall the
 * same way for ever. */
#ifndef NURTURE_HASH_H
#define NURTURE_HASH_H

#include <glib.h>
#include <stdint.h>

/* SHA-256 in lower-case hex. `bytes` may be NULL when `size` is 0. */
char *sha256_hex(const void *bytes, gsize size);

/* FNV-1a of `text` and `salt`: spreads ids evenly, keeps no secret. */
uint64_t hash_stable(const char *text, int salt);

#endif
