/* SPDX-License-Identifier: Apache-2.0 */
/* dkim-private -- the parts of a signature, for its two halves and the tests.
 *
 * "Relaxed" is RFC 6376, 3.4.2 and 3.4.4. Line ends are CRLF; a CR or LF that
 * is none of those is dropped from a field and is text in a body. */
#ifndef MTA_DKIM_PRIVATE_H
#define MTA_DKIM_PRIVATE_H

#include <glib.h>
#include <openssl/evp.h>

#include "nurture/dkim.h"

typedef struct {
    char *selector;
    EVP_PKEY *pkey;
} DkimKey;

/* --- dkim_canon.c: always succeed ---------------------------------------- */

/* Append a field, which may be folded, as "name:value" without a line end. */
void dkim_canon_field(GString *out, const char *field, gsize length);
void dkim_canon_body(GString *out, const char *body, gsize length);
/* Where the body begins; `length` if there is none. */
gsize dkim_body_offset(const char *message, gsize length);
/* How many fields of the header have this name. */
guint dkim_count_fields(const char *header, gsize length, const char *name);
/* Append what h= says: for each of the NULL-ended `names` the last such field
 * that was not taken yet, with CRLF; nothing when there is none (5.4.2). */
void dkim_canon_header(GString *out, const char *header, gsize length,
                       const char *const *names);

/* --- dkim.c ----------------------------------------------------------------
 */

/* The base64 of the signature over `input`. */
char *dkim_signature(EVP_PKEY *pkey, const GString *input, GError **error);
/* The base64 of the body's SHA-256. */
char *dkim_body_hash(const char *body, gsize length);

/* --- dkim_key.c ------------------------------------------------------------
 */

/* The keys of `selector` (NULL = the workspace's) that are there, RSA first: an
 * array of DkimKey, never empty; NULL with ERROR_CONFIG or ERROR_USAGE. */
GPtrArray *dkim_keys_load(const Workspace *workspace, const char *selector,
                          GError **error);
/* sending.domain as the DNS has it. */
char *dkim_domain(const Workspace *workspace, GError **error);

#endif
