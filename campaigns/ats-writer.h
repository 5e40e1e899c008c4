/* SPDX-License-Identifier: Apache-2.0 */
/* ats-writer -- the one way for records of an ATS into the store. */
#ifndef CAMPAIGNS_ATS_WRITER_H
#define CAMPAIGNS_ATS_WRITER_H

#include "ats-row.h"
#include "candidates-private.h"

#include "nurture/ats.h"

typedef struct AtsWriter {
    Store *store;
    const Workspace *workspace;
    const Keys *keys;
    CandidateWriter *people;
    int64_t now;
    AtsResult *out;
    GHashTable *before; /* candidate id -> Standing, of all who were touched */
} AtsWriter;

typedef enum { PUT_TAKEN, PUT_OLDER, PUT_REFUSED } AtsPut;

AtsWriter *ats_writer_new(Store *store, const Workspace *workspace,
                          const Keys *keys, int64_t now, AtsResult *out,
                          GError **error);
void ats_writer_free(AtsWriter *writer);
/* In the caller's transaction. *out_reason: why it was refused, owned. */
bool ats_writer_put(AtsWriter *writer, const AtsRow *row, AtsPut *out,
                    char **out_reason, GError **error);
/* Compare everybody with what they were, into out->changes. */
bool ats_writer_finish(AtsWriter *writer, GError **error);

/* In the caller's transaction: good news came. */
bool ats_set_synced(Store *store, int64_t now, GError **error);

/* -- between the writer's files ------------------------------------------- */

bool ats_put_candidate(AtsWriter *writer, const AtsRow *row, AtsPut *out,
                       char **out_reason, GError **error);
bool ats_put_job(AtsWriter *writer, const AtsRow *row, AtsPut *out,
                 GError **error);
bool ats_put_application(AtsWriter *writer, const AtsRow *row, AtsPut *out,
                         GError **error);
/* Remember how somebody stands before they are changed. */
bool ats_touch(AtsWriter *writer, int64_t candidate, GError **error);
/* All that follows from the applications of a person, done once each. */
bool ats_settle(AtsWriter *writer, int64_t candidate, GError **error);
/* A hold that `origin` can lift again; one at a time. */
bool ats_hold(AtsWriter *writer, int64_t candidate, const char *kind,
              const char *origin, int64_t until, bool *out_added,
              GError **error);
bool ats_lift(AtsWriter *writer, const char *origin, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(AtsWriter, ats_writer_free)

#endif
