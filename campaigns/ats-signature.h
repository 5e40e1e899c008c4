/* SPDX-License-Identifier: Apache-2.0 */
/* ats-signature -- did this webhook come from whom it says?
 *
 *   greenhouse         "sha256 " and the hex HMAC-SHA256 of the body
 *   header-hex         the hex HMAC-SHA256 of the body, behind a prefix
 *   header-base64      the same as base64 or base64url (Merge)
 *   lever              in the body: hex HMAC of token and triggeredAt
 *   handshake          the secret itself in a header; X-Hook-Secret is echoed
 *   smartrecruiters    "v1=" and the hex HMAC of timestamp, body, event-id,
 *                      event-name, event-version and link; what a handshake
 *                      hook takes too when smartrecruiters-signature is there
 *   standard-webhooks  webhook-id, -timestamp, -signature; the secret may be
 *                      whsec_ and base64 (standardwebhooks.com)
 *
 * Over the bytes as they came, compared in constant time, against each of the
 * secrets. Where the scheme has a time, it must be near. Pure: no thread rules.
 */
#ifndef CAMPAIGNS_ATS_SIGNATURE_H
#define CAMPAIGNS_ATS_SIGNATURE_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct {
    const char *scheme;
    const char *prefix;         /* of the header's value; NULL = none */
    const char *signature;      /* the header's value; NULL = it is missing */
    const char *id, *timestamp; /* webhook-id or event-id; seconds */
    const char *tail;           /* smartrecruiters: what stands behind the body:
                                   ".ID.NAME.VERSION.LINK" */
    /* lever: members of the body */
    const char *token, *triggered_at, *body_signature;
    const void *body;
    gsize length;
} SignedHook;

/* Is `scheme` one of them? */
bool signature_scheme_exists(const char *scheme);
/* `secrets` ends with NULL. False with *out_why, a word: missing, wrong, old.
 */
bool signature_is_good(const SignedHook *hook, char **secrets, int64_t now,
                       const char **out_why);
/* What makes two deliveries one event: the scheme's id where the signature
 * covers it, else the SHA-256 of the body. Owned by the caller. */
char *signature_event_key(const SignedHook *hook);
/* "v1,..." of Standard Webhooks for a body of ours. Owned by the caller. */
char *signature_make(const char *secret, const char *id, int64_t timestamp_s,
                     const void *body, gsize length);

#endif
