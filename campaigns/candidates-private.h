/* SPDX-License-Identifier: Apache-2.0 */
/* candidates-private -- what importing people and changing one share.
 *
 * Checked values travel as a JSON object, field -> value, and SQLite takes
 * them out again; so new people, changed people, changes kept aside and values
 * to restore all go the same way. */
#ifndef CAMPAIGNS_CANDIDATES_PRIVATE_H
#define CAMPAIGNS_CANDIDATES_PRIVATE_H

#include "nurture/candidates.h"

/* Not the address and not the score, which are made by other means. */
bool field_is_settable(const Field *field);

void import_problem_free(gpointer problem);

/* The statements over all columns of the registry, prepared once. */
typedef struct CandidateWriter CandidateWriter;

CandidateWriter *candidate_writer_new(Store *store, const FieldSet *fields,
                                      GError **error);
void candidate_writer_free(CandidateWriter *writer);

typedef struct {
    const char *email, *key, *hmac;
    int64_t batch; /* 0 = none */
} NewCandidate;

/* All inside the caller's transaction. `values` is the JSON object. */
bool candidate_writer_insert(CandidateWriter *writer, const NewCandidate *who,
                             const char *values, int64_t now, int64_t *out,
                             GError **error);
/* Values that are not in the object stay. */
bool candidate_writer_update(CandidateWriter *writer, int64_t candidate,
                             const char *values, int64_t batch, int64_t now,
                             GError **error);
/* Would the update change anything? */
bool candidate_writer_differs(CandidateWriter *writer, int64_t candidate,
                              const char *values, bool *out, GError **error);
/* The present values of the object's fields, as another such object; sets and
 * consents left out. Owned. */
char *candidate_writer_before(CandidateWriter *writer, int64_t candidate,
                              const char *values, GError **error);
/* Put `before` back where the present value is still that of `values`. */
bool candidate_writer_restore(CandidateWriter *writer, int64_t candidate,
                              const char *values, const char *before,
                              int64_t now, GError **error);

/* In the caller's transaction: fields that `kept` lacks become those of `gone`,
 * which has none afterwards. Sets stay where they are. */
bool candidate_take_fields(Store *store, const FieldSet *fields, int64_t kept,
                           int64_t gone, GError **error);

/* ERROR_TEMPORARY while a mail to this person may be on the wire: it names the
 * row, and afterwards nobody could say whose cap it counts against. */
bool candidate_not_in_flight(Store *store, int64_t candidate, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(CandidateWriter, candidate_writer_free)

#endif
