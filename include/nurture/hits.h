/* SPDX-License-Identifier: Apache-2.0 */
/* hits -- the public pages that links in a mail lead to.
 *
 *     /c/TOKEN   a tracked link: 302 to where the compiled mail said
 *     /o/TOKEN   the pixel, a GIF of 43 bytes
 *     /u/TOKEN   unsubscribe: GET shows a page, POST acts (RFC 8058)
 *     /p/TOKEN   preferences: topics, how often, pause, language, measuring
 *     /i/TOKEN   "I'm interested": GET shows a page, POST acts
 *     /v/TOKEN   the mail in a browser, without the pixel
 *     /y/TOKEN   the yes to what was asked for (requests.h): GET shows, POST
 * acts /join      the form of the talent community, where join.form says yes
 *
 * A token names a message (and a link); whatever is not one of ours gets the
 * same 404 page. A redirect's target comes from the store alone. GET changes
 * nothing but the ledger of hits.
 *
 * Every answer leaves after the commit of what it records. One thread owns a
 * store and commits in groups: while one commit is on its way to the disk, the
 * next requests gather. When the store fails, the answer is 503, never a lie.
 *
 * What is recorded of a hit depends on the workspace (tracking.clicks,
 * tracking.opens) and on the candidate's consent at that moment:
 *
 *     off             nothing
 *     aggregate       an event without candidate or message, to the hour
 *     deliverability  (opens) the date of the last one, overwritten: table
 *                     fact, "last_open/<candidate>"
 *     consented       an event of the candidate, if consent is given; else
 *                     nothing
 *
 * No address of a client and no user agent is kept. Events of scanners and
 * prefetchers are kept as machine events, which never score. */
#ifndef NURTURE_HITS_H
#define NURTURE_HITS_H

#include "nurture/http.h"
#include "nurture/store.h"
#include "nurture/token.h"
#include "nurture/workspace.h"

typedef struct Hits Hits;

/* What another stage does for a page: campaign_mail_html(); tracking/ does not
 * know campaigns/. */
typedef char *(*HitsView)(Store *store, const Workspace *workspace,
                          const Keys *keys, const char *message_id, int64_t now,
                          GError **error);

/* Opens workspace->database, which must be there. `workspace` and `keys` are
 * borrowed until hits_stop(). `view` NULL: /v/ leads nowhere. */
Hits *hits_start(const Workspace *workspace, const Keys *keys, HitsView view,
                 GError **error);
/* Ends with method NULL; lives as long as `hits`. */
const HttpRoute *hits_routes(const Hits *hits);
/* Before serving: an address that asks more often than this gets 429 (see
 * peer-limit.h). /u/ is left out: nobody is kept from opting out. */
void hits_limit(Hits *hits, int burst, int per_second);
/* How many groups of hits have been answered. Any thread. */
int64_t hits_groups(const Hits *hits);
/* After http_server_stop(): commits what is queued, frees. */
void hits_stop(Hits *hits);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Hits, hits_stop)

#endif
