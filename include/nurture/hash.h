/* SPDX-License-Identifier: Apache-2.0 */
/* hash -- the name that bytes have by their content. */
#ifndef NURTURE_HASH_H
#define NURTURE_HASH_H

#include <glib.h>

/* SHA-256 in lower-case hex. `bytes` may be NULL when `size` is 0. */
char *sha256_hex(const void *bytes, gsize size);

#endif
