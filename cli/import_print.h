/* SPDX-License-Identifier: Apache-2.0 */
/* import_print -- rows that could not be used, for people and for programs. */
#ifndef CLI_IMPORT_PRINT_H
#define CLI_IMPORT_PRINT_H

#include "nurture/candidates.h"

/* To stderr; `rejected` of them there were, perhaps more than are listed. */
void import_problems_print(const char *path, const GPtrArray *problems,
                           int64_t rejected);
/* One as a JSON object. */
void import_problem_append(GString *out, const ImportProblem *problem);

#endif
