/* SPDX-License-Identifier: Apache-2.0 */
/* sunset -- whoever gets mail and never reacts is asked once, then left alone.
 *
 *     sunset.after without a sign of life, and sunset.mails campaign mails
 *       --reconfirm letter--> asked --sunset.answer--> archived
 *
 * A sign of life is what starts the clock of retention-clock.h anew: an
 * answer, a click, "keep me" on the page of the letter, an application, a
 * consent. It ends the asking, and brings back who was archived. A part of
 * what retention.h lists and does; who is asked to renew is not asked here. */
#ifndef CAMPAIGNS_SUNSET_H
#define CAMPAIGNS_SUNSET_H

#include "nurture/retention.h"

/* As retention_each(): rows RETENTION_RECONFIRM and RETENTION_ARCHIVE. */
bool sunset_each(Store *store, const Workspace *workspace, int64_t now,
                 int64_t horizon,
                 bool (*row)(const RetentionRow *row, gpointer data),
                 gpointer data, GError **error);

/* Archive, with its enrolments, unless there was a sign of life since `clock`
 * (then *out_done is false). One transaction of its own. */
bool sunset_archive(Store *store, const Workspace *workspace, int64_t candidate,
                    int64_t clock, int64_t now, bool *out_done, GError **error);

#endif
