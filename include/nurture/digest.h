/* SPDX-License-Identifier: Apache-2.0 */
/* digest -- what candidates answered, for the recruiter who should read it.
 *
 * One mail per recruiter per day, grouped: possible opt-outs and erasure
 * requests first, then interested, questions, referrals, dated not-nows, the
 * rest; out-of-office and bounces as one line each. A reply is in one sent
 * digest only; but "not now, in September" comes again in September. */
#ifndef NURTURE_DIGEST_H
#define NURTURE_DIGEST_H

#include "nurture/store.h"
#include "nurture/token.h"
#include "nurture/workspace.h"

typedef struct {
    char *recruiter;
    char *markdown; /* for HTML, with links for the verbs; in pieces, see
                       digest_render() */
    char *plain;    /* the same for text, without them */
    int64_t replies, alerts;
    int64_t failures; /* people whose mail could not be delivered */
} DigestText;

enum { DIGEST_REPLIES_MAX = 200 };

/* The replies since the last digest, as Markdown; the fallback sender's has
 * what an operator should look at. Nothing is changed. `keys` sign the links
 * of the verbs (replies.h); NULL: none. False with ERROR_NOT_FOUND for an
 * unknown recruiter. */
bool digest_make(Store *store, const Workspace *workspace, const Keys *keys,
                 const char *recruiter, int64_t now, DigestText *out,
                 GError **error);
/* Append both forms of a digest, a fragment of HTML and text. */
bool digest_render(const DigestText *digest, const Workspace *workspace,
                   GString *html, GString *text, GError **error);
void digest_clear(DigestText *digest);

/* Make it, queue it as mail to the recruiter and mark its replies as told, in
 * one transaction. *out_sent is false when there is nothing to tell. */
bool digest_send(Store *store, const Workspace *workspace, const Keys *keys,
                 const char *recruiter, int64_t now, bool *out_sent,
                 GError **error);
/* The same for every recruiter whose last digest is 24 hours old, on a
 * working day after 08:00 of the workspace's zone. */
bool digest_send_due(Store *store, const Workspace *workspace, const Keys *keys,
                     int64_t now, GError **error);
/* Recruiters with something that no digest has told; NULL-ended, owned. */
char **digest_recruiters(Store *store, const Workspace *workspace, int64_t now,
                         GError **error);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(DigestText, digest_clear)

#endif
