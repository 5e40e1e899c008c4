/* SPDX-License-Identifier: Apache-2.0 */
/* snapshot -- the frozen sources of a launch, named by their content. */
#ifndef CAMPAIGNS_SNAPSHOT_H
#define CAMPAIGNS_SNAPSHOT_H

#include "nurture/campaign.h"

/* The name the campaign's files would have as a snapshot: hex SHA-256 over
 * each path and the SHA-256 of its bytes. Owned by the caller. */
char *snapshot_name(Catalogue *catalogue, const Campaign *campaign);
/* Write it, in the caller's transaction, unless it is there. */
bool snapshot_save(Store *store, Catalogue *catalogue, const Campaign *campaign,
                   const char *name, int64_t now, GError **error);

#endif
