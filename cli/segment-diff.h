/* SPDX-License-Identifier: Apache-2.0 */
/* segment-diff -- segments as they are now beside those of a commit. */
#ifndef CLI_SEGMENT_DIFF_H
#define CLI_SEGMENT_DIFF_H

#include "cli.h"

/* Print who joins and who leaves `name` (NULL: every segment that changed), at
 * most `sample` people of each. Returns the exit status. */
int segment_diff(CliContext *cli, const char *name, const char *commit,
                 int64_t sample);

#endif
