/* SPDX-License-Identifier: Apache-2.0 */
/* ats-reader -- records of the common model from JSON lines or CSV. */
#ifndef CAMPAIGNS_ATS_READER_H
#define CAMPAIGNS_ATS_READER_H

#include "ats-row.h"
#include "candidates-private.h"
#include "rows.h"

typedef struct AtsReader AtsReader;

/* `file` stays the caller's. `src` (may be NULL) is for rows that name none,
 * `now` for those without updated_at. NULL with ERROR_INPUT. */
AtsReader *ats_reader_new(FILE *file, const char *name, bool json,
                          const char *src, int64_t now, GError **error);
void ats_reader_free(AtsReader *reader);
/* The next record into `row` (to be cleared by the caller); or, with
 * *out_problem set (owned), a row that is none. False at the end, or with
 * `error`. */
bool ats_reader_next(AtsReader *reader, AtsRow *row,
                     ImportProblem **out_problem, GError **error);
/* Names of columns and members that hold special categories of personal data:
 * they are not kept (char *; grows). Borrowed. */
GPtrArray *ats_reader_left_out(const AtsReader *reader);
const RowReader *ats_reader_rows(const AtsReader *reader);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(AtsReader, ats_reader_free)

#endif
