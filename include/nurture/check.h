/* SPDX-License-Identifier: Apache-2.0 */
/* check -- all problems of a workspace's files, before anyone sees a mail. */
#ifndef NURTURE_CHECK_H
#define NURTURE_CHECK_H

#include "nurture/diagnostic.h"

#include <stdbool.h>

/* Check the workspace at or above `directory`; with `args` (NULL-ended) only
 * these: files and folders as seen from `directory`, or names of campaigns.
 * False with `error` when there is no workspace or no such thing; then nothing
 * has been checked. Problems are no error. With `links`, web addresses are
 * asked whether they answer (E426). */
bool workspace_check(const char *directory, const char *const *args, bool links,
                     Diagnostics *problems, GError **error);

#endif
