/* SPDX-License-Identifier: Apache-2.0 */
/* erasure-log -- who was erased, outside the database.
 *
 * An older copy of the database knows people who have been erased since. So the
 * keyed hashes of their addresses also stand in the file `erased` beside the
 * keys, one a line with the moment, and restore.h erases whom the copy brings
 * back. Without the keys a hash says nothing; the file is only added to. */
#ifndef CAMPAIGNS_ERASURE_LOG_H
#define CAMPAIGNS_ERASURE_LOG_H

#include "nurture/store.h"
#include "nurture/workspace.h"

/* Add all that the store knows and the file lacks, and sync it. Outside a
 * transaction. ERROR_TEMPORARY when it cannot be written. */
bool erasure_log_update(Store *store, const Workspace *workspace,
                        GError **error);
/* Call `erased` for each hash of the file (none = no file), until it is false.
 * ERROR_TEMPORARY when it cannot be read. */
bool erasure_log_each(const Workspace *workspace,
                      bool (*erased)(const char *hmac, int64_t at,
                                     gpointer data),
                      gpointer data, GError **error);

#endif
