/* SPDX-License-Identifier: Apache-2.0 */
/* worker -- a delivering process, alive as long as it holds its lock file.
 *
 * The kernel drops the lock at any death, so nobody needs a clock or a pid to
 * know that a worker is gone. The file is locked before its row is visible. */
#ifndef MTA_WORKER_H
#define MTA_WORKER_H

#include "claim.h"

typedef struct Worker Worker;

/* Take a lock in <state_dir>/workers and add the row. NULL with ERROR_STORE or
 * ERROR_CONFIG. */
Worker *worker_open(Store *store, const char *state_dir, int64_t now,
                    GError **error);
const char *worker_id(const Worker *worker);
/* Remove the row unless it still owns messages; drop the lock. */
void worker_close(Worker *worker, Store *store);

#endif
