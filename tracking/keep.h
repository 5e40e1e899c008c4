/* SPDX-License-Identifier: Apache-2.0 */
/* keep -- "keep me in touch", on the preferences page of whoever was asked by a
 * renewal, a reminder or a reconfirmation, or is archived. Pressing it is a
 * consent for the purpose retention, which is a sign of life. */
#ifndef TRACKING_KEEP_H
#define TRACKING_KEEP_H

#include "hit-job.h"

typedef enum { KEEP_NOT_ASKED, KEEP_ASKED, KEEP_ARCHIVED } KeepState;

bool keep_read(HitJob *job, Store *store, KeepState *out, GError **error);
/* Nothing when they are not asked. */
void keep_append(HitJob *job, GString *html, KeepState state);
/* In the caller's transaction. */
bool keep_give(HitJob *job, Store *store, GError **error);

#endif
