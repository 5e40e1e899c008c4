/* SPDX-License-Identifier: Apache-2.0 */
/* notice -- the Article 14 notice as a part of a first campaign mail. */
#ifndef CAMPAIGNS_NOTICE_H
#define CAMPAIGNS_NOTICE_H

#include "nurture/store.h"
#include "nurture/workspace.h"

/* What {{ notice }} of a layout says to this person in `language` (else
 * English); *out is NULL where legal.notice says letter, the basis is consent,
 * or the person was not sourced or has been told. Owned. */
bool notice_text(Store *store, const Workspace *workspace, int64_t candidate,
                 const char *language, char **out, GError **error);

#endif
