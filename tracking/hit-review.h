/* SPDX-License-Identifier: Apache-2.0 */
/* hit-review -- what a hit is taken for, in the light of the others.
 *
 * A hit is recorded by what it shows by itself; then the hits around it are
 * looked at, and those before it may turn out to be a scanner's, too. What a
 * change of class moves is corrected in the same transaction: the event's
 * machine flag, the score (summed again, so that it has the bytes of a
 * rebuild), last_engaged, and enrolments that a stop rule ended since: they are
 * due again, and the rule is asked once more. */
#ifndef TRACKING_HIT_REVIEW_H
#define TRACKING_HIT_REVIEW_H

#include "hit-class.h"
#include "hit-rules.h"
#include "nurture/store.h"
#include "nurture/token.h"
#include "nurture/workspace.h"

/* One hit of a mail, as the windows see it. */
typedef struct {
    int64_t event, candidate, at, version;
    int link; /* of a click; WEB_TOKEN_TRAP = the hidden one */
    bool was_machine;
    const char *range; /* interned: found anew; or NULL */
    HitEvidence evidence;
    HitClass was, class;
} Hit;

/* `hits` by time. Sets evidence.trap, burst and all_links; `links` is how many
 * links the mail has, 0 = not known. */
void hit_windows_mark(Hit *hits, guint count, int links);
/* Sets class from the evidence and from later clicks; `answered_at` is when
 * the person answered last, or pressed a button; 0 = never. */
void hit_windows_classify(Hit *hits, guint count, int64_t answered_at);

typedef struct {
    int64_t hits, before[HIT_MACHINE + 1], after[HIT_MACHINE + 1];
    int64_t changed; /* of another class than before */
    int64_t scores;  /* people whose score was summed again */
    int64_t stops;   /* enrolments that go on */
} HitReviewCounts;

typedef struct {
    Store *store;
    const Workspace *workspace;
    const HitRules *rules;
    int64_t version, now;
    bool reread;        /* ranges anew, from the networks that are left */
    GHashTable *agents; /* user agent -> HitClass */
    HitReviewCounts counts;
} HitReview;

/* `store`, `workspace` and `rules` are borrowed. */
void hit_review_init(HitReview *review, Store *store,
                     const Workspace *workspace, const HitRules *rules);
void hit_review_clear(HitReview *review);

/* All in the caller's transaction; begin by hit_review_begin(), which finds out
 * the version of the rules (a new one when they are others than ever). */
bool hit_review_begin(HitReview *review, int64_t now, GError **error);
/* The class of a user agent, remembered. */
HitClass hit_review_agent(HitReview *review, const char *agent);
/* Does whoever runs this domain's mail follow links? `provider` may be NULL. */
bool hit_review_scans(const char *provider, const char *domain);
/* Where the review of a mail with very many hits goes on: from the newest to
 * the oldest, while `more`. */
typedef struct {
    int64_t read_before, apply_before;
    bool more;
} HitCursor;
#define HIT_CURSOR_NEWEST                                                      \
    {                                                                          \
        G_MAXINT64, G_MAXINT64, true                                           \
    }

/* Hits of a mail since `since` and the minute before: its newest thousand; or,
 * with a cursor, the next ones. `cursor` may be NULL. */
bool hit_review_message(HitReview *review, const char *message_id,
                        int64_t since, HitCursor *cursor, GError **error);
/* Marks the crowd among hits from a network since `since` and the minute
 * before; the mails concerned go to `messages` (a set of owned texts) with the
 * first moment of theirs, to be reviewed. */
bool hit_review_network(HitReview *review, const char *network, int64_t since,
                        GHashTable *messages, GError **error);
/* The class and the link as an event's detail. Owned by the caller. */
char *hit_detail(const HitClass *class, bool click, int link);
/* Keep the earliest moment of a mail in `messages`. */
void hit_touch(GHashTable *messages, const char *name, int64_t at);

#endif
