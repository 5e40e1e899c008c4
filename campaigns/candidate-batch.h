/* SPDX-License-Identifier: Apache-2.0 */
/* candidate-batch -- the life of one import in the store. */
#ifndef CAMPAIGNS_CANDIDATE_BATCH_H
#define CAMPAIGNS_CANDIDATE_BATCH_H

#include "candidates-private.h"

/* A piece of work is committed after so many rows or milliseconds. */
#define PIECE_ROWS 400
#define PIECE_MS   25

typedef struct {
    int64_t id;
    int64_t rows; /* of the file, that have been dealt with */
    int64_t added, changed, rejected;
    bool resumed;
} Batch;

/* Only one import at a time: a lock on a file beside the database, held until
 * the descriptor is closed. -1 with ERROR_TEMPORARY; -2 needs no lock (a
 * database in memory). */
int batch_lock(const Store *store, GError **error);

/* Open a new batch, or take up the interrupted one of the same file. */
bool batch_open(Store *store, const char *source, const char *fingerprint,
                int64_t now, Batch *out, GError **error);
/* Remember how far we are, inside the transaction of the rows. */
bool batch_save(Store *store, const Batch *batch, const char *fingerprint,
                GError **error);
/* Keep aside what a row wants to change in somebody who is known. */
bool batch_stage(Store *store, const Batch *batch, int64_t line,
                 int64_t candidate, const char *values, GError **error);
/* Apply the next piece of what was kept aside; *out_done when none is left. */
bool batch_apply(Store *store, CandidateWriter *writer, const Batch *batch,
                 int64_t now, bool *out_done, GError **error);
/* Everything becomes visible. */
bool batch_close(Store *store, const Batch *batch, int64_t now, GError **error);
/* candidates_import_undo() by somebody who holds the lock. */
bool batch_undo(Store *store, const Workspace *workspace, int64_t batch,
                int64_t now, UndoResult *out, GError **error);

#endif
