/* SPDX-License-Identifier: Apache-2.0 */
/* inspector -- reading strangers' mail in a process of its own.
 *
 *     we --size, date, bytes--> reader --size, packed Inspection--> we
 *
 * The reader is a fork of ours without our files, with limits on memory and
 * on CPU time for each mail, and dies with us. It lives as long as it lives:
 * one serves any number of mails, and a mail that kills it costs only itself.
 * Start before threads exist. */
#ifndef TRACKING_INSPECTOR_H
#define TRACKING_INSPECTOR_H

#include "nurture/inspection.h"

typedef struct Inspector Inspector;

Inspector *inspector_new(void); /* starts nothing yet */
void inspector_free(Inspector *inspector);

/* inspection_of_answer() for a mail, in the reader. NULL with *out_crashed set
 * when the mail ended it (or was too slow); NULL with ERROR_TEMPORARY when
 * there can be no reader. */
Inspection *inspector_read(Inspector *inspector, GBytes *raw, int64_t date,
                           const char *sent, bool *out_crashed,
                           GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Inspector, inspector_free)

#endif
