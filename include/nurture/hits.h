/* SPDX-License-Identifier: Apache-2.0 */
/* hits -- the public pages that links in a mail lead to.
 *
 *     /c/TOKEN   a tracked link: 302 to where the compiled mail said
 *     /o/TOKEN   the pixel, a GIF of 43 bytes
 *     /u/TOKEN   unsubscribe: GET shows a page, POST acts (RFC 8058)
 *     /p/TOKEN   preferences: topics, how often, pause, language, measuring
 *     /i/TOKEN   "I'm interested": GET shows a page, POST acts
 *     /v/TOKEN   the mail in a browser, without the pixel
 *     /y/TOKEN   the yes to what was asked for (requests.h): GET shows a page,
 *                POST acts
 *     /join      the form of the talent community, where join.form says yes
 *
 * A token names a message (and a link); whatever is not one of ours gets the
 * same 404 page. A redirect's target comes from the store alone. GET changes
 * nothing but the ledger of hits.
 *
 * Every answer leaves after what it records is on the disk: in groups, and
 * while one group is on its way there, the next requests gather. Clicks and
 * opens go to a log beside the database, from which they come into the store
 * within a moment, each exactly once, whoever is killed when; everything else
 * is committed to the store at once. When that fails, the answer is 503, never
 * a lie.
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
 * Of a consented hit is kept, beside its event, what tells people from
 * machines: the user agent, and for a week the address's /24 or /48. Events of
 * scanners and prefetchers are kept as machine events, which never score; the
 * class can be made again by newer rules (hits_reclassify()). */
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
/* Until all clicks and opens that were answered are in the store. */
void hits_settle(Hits *hits);
/* In any process: take what is logged into the store, if a server has not yet
 * done so (or was killed). *out_records may be NULL. */
bool hits_take(Store *store, const Workspace *workspace, int64_t now,
               int64_t *out_records, GError **error);
/* Hits by class, in the order human, suspect, proxy, machine. */
#define HITS_CLASSES 4
const char *hits_class_word(int class);
typedef struct {
    int64_t hits;
    int64_t before[HITS_CLASSES], after[HITS_CLASSES];
    int64_t changed;  /* of another class now */
    int64_t scores;   /* people whose score was summed again, at most */
    int64_t stops;    /* enrolments that a stop rule had ended wrongly */
    int64_t outdated; /* had been classed by other rules */
} HitsReclassified;

/* Class all hits again, by the rules there are now: in short transactions, each
 * of which corrects what its changes move. `dry_run`: on a copy in memory.
 * `progress` may be NULL. */
bool hits_reclassify(Store *store, const Workspace *workspace, bool dry_run,
                     int64_t now,
                     void (*progress)(int64_t done, int64_t all, gpointer data),
                     gpointer data, HitsReclassified *out, GError **error);
/* *out: hits that were classed by other rules than these. */
bool hits_outdated(Store *store, const Workspace *workspace, int64_t *out,
                   GError **error);
/* How many groups of hits have been answered. Any thread. */
int64_t hits_groups(const Hits *hits);
/* After http_server_stop(): commits what is queued, frees. */
void hits_stop(Hits *hits);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Hits, hits_stop)

#endif
