/* SPDX-License-Identifier: Apache-2.0 */
/* retention -- nobody's data is kept for ever, and whoever was sourced is told.
 *
 *     notice (sourced, legitimate interest; GDPR Article 14, within a month):
 *       a letter at once, or legal.notice: first-mail and the letter for whom
 *       no such mail told within two weeks. One that bounced has told nobody.
 *
 *     contact --legal.retention less retention.renewal--> renewal
 *       renewal --> reminder, retention.reminder before the end
 *       reminder --> anonymised at the end, and never sooner than
 *                    retention.reminder after the reminder left
 *
 * An answer, a click, an application or a consent is contact and starts the
 * clock anew. Who has opted out, bounced or complained gets no letter and is
 * anonymised at the end; who is in a hiring process or was hired, as far as
 * fresh news from the ATS tell, gets none and is never anonymised. Who is
 * archived (sunset.after) has been asked before: they get no further letter. */
#ifndef NURTURE_RETENTION_H
#define NURTURE_RETENTION_H

#include "nurture/store.h"
#include "nurture/token.h"
#include "nurture/workspace.h"

typedef enum {
    RETENTION_NOTICE,
    RETENTION_RENEWAL,
    RETENTION_REMINDER,
    RETENTION_ANONYMISE,
    RETENTION_RECONFIRM, /* silent for sunset.after: asked once .. */
    RETENTION_ARCHIVE,   /* .. and not mailed, until a sign of life */
    RETENTION_DEEDS,
} RetentionDeed;

const char *retention_word(RetentionDeed deed); /* "notice", .. */

typedef struct {
    int64_t candidate;
    RetentionDeed deed;
    int64_t clock; /* the last sign of life */
    int64_t due_at;
    int64_t deadline;  /* notice: the month is over; 0 = no such */
    int64_t ends_at;   /* when they are anonymised; 0 = no retention is set */
    const char *email; /* borrowed */
    const char *waits; /* why it is not done although it is due; NULL */
} RetentionRow;

/* Who is due by `horizon` (UTC ms), in the order of ids; reads only. False
 * from `row` stops. */
bool retention_each(Store *store, const Workspace *workspace, int64_t now,
                    int64_t horizon,
                    bool (*row)(const RetentionRow *row, gpointer data),
                    gpointer data, GError **error);

/* Who was sourced and has not been told so, and for whom of them the month of
 * Article 14 is over. Zeroes where the basis is consent. */
typedef struct {
    int64_t untold, overdue;
} NoticeCount;
bool retention_count_notices(Store *store, const Workspace *workspace,
                             int64_t now, NoticeCount *out, GError **error);

typedef struct {
    int64_t done[RETENTION_DEEDS]; /* letters queued; people anonymised,
                                      archived */
    int64_t waiting;               /* due, but kept back for a reason */
} RetentionResult;

/* Do what is due. Letters go through the outbox, each once for a clock; killed
 * at any point, the next call goes on. */
bool retention_apply(Store *store, const Workspace *workspace, const Keys *keys,
                     int64_t now, RetentionResult *out, GError **error);

/* The same, when retention.automatic is on and it was not done today (UTC). */
bool retention_tick(Store *store, const Workspace *workspace, const Keys *keys,
                    int64_t now, GError **error);

#endif
