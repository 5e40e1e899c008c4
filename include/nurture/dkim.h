/* SPDX-License-Identifier: Apache-2.0 */
/* dkim -- our signature on every mail: RFC 6376, 8301 and 8463.
 *
 * Two signatures, relaxed/relaxed: rsa-sha256 on top, for verifiers that know
 * nothing else, then ed25519-sha256 under a selector of its own, made of the
 * first with "-ed25519". The fields that make a mail what it is are named once
 * more than they stand, so that nobody can add another. t= is the time of the
 * first claim and both algorithms are deterministic: the same mail signed
 * again is the same bytes. x= is 14 days later.
 *
 * The keys are PEM files of mode 0600 in <state_dir>/dkim; `dkim.key_file`
 * may put the first one elsewhere. d= is sending.domain. */
#ifndef NURTURE_DKIM_H
#define NURTURE_DKIM_H

#include "nurture/workspace.h"

#define DKIM_BITS_DEFAULT 2048
#define DKIM_BITS_MAX     4096

typedef struct DkimSigner DkimSigner;

/* The keys of a workspace that signs itself. NULL without error when the relay
 * signs; ERROR_CONFIG when there is no key, or others may read it. */
DkimSigner *dkim_signer_open(const Workspace *workspace, GError **error);
void dkim_signer_free(DkimSigner *signer);

/* `message` with its signatures on top. It must have CRLF line ends only and
 * is not changed after. `at` is UTC ms. A signer may be used by many threads.
 */
GBytes *dkim_sign(const DkimSigner *signer, GBytes *message, int64_t at,
                  GError **error);
/* Does it begin with a signature? */
bool dkim_is_signed(GBytes *message);

/* A key file, there or not. */
typedef struct {
    char *path, *selector;
    bool created; /* by this call */
} DkimKeyFile;

/* Make the keys of `selector` (NULL = the workspace's) that are not there.
 * Returns an array of DkimKeyFile; NULL with ERROR_REFUSED when all are there,
 * ERROR_USAGE for a selector or a length that cannot be, or ERROR_CONFIG. */
GPtrArray *dkim_keygen(const Workspace *workspace, const char *selector,
                       int bits, GError **error);

/* What the DNS must say. `value` is longer than a string of a TXT record may
 * be: 255 octets each. */
typedef struct {
    char *name; /* "nurture._domainkey.example.org" */
    char *value;
} DkimRecord;

#define DKIM_STRING_MAX 255

/* For each key of `selector` (NULL = the workspace's) that is there. Returns
 * an array of DkimRecord; NULL with ERROR_CONFIG or ERROR_USAGE. */
GPtrArray *dkim_records(const Workspace *workspace, const char *selector,
                        GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(DkimSigner, dkim_signer_free)

#endif
