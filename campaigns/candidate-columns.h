/* SPDX-License-Identifier: Apache-2.0 */
/* candidate-columns -- what the columns of an imported file are for. */
#ifndef CAMPAIGNS_CANDIDATE_COLUMNS_H
#define CAMPAIGNS_CANDIDATE_COLUMNS_H

#include "candidates-private.h"

typedef enum {
    COLUMN_IGNORED,
    COLUMN_EMAIL,
    COLUMN_CONSENT_AT,
    COLUMN_CONSENT_SOURCE,
    COLUMN_FIELD,
} ColumnKind;

typedef struct {
    ColumnKind kind;
    const Field *field; /* of COLUMN_FIELD; borrowed */
} ColumnUse;

/* By `maps` ("Column=field"), else by the column's own name or what other
 * programs call it. A map to a field that does not exist is ERROR_INPUT. */
bool column_use(const FieldSet *fields, const char *const *maps,
                const char *name, ColumnUse *out, GError **error);
/* ERROR_INPUT when headings (GString) that no map leaves out name special
 * categories of personal data; all of them are named. *out_first: the index of
 * the first. */
bool columns_check_special(const GPtrArray *names, const char *const *maps,
                           int *out_first, GError **error);
/* Does this heading name a special category of personal data? */
bool column_is_special(const char *name);

#endif
