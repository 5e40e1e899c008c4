/* SPDX-License-Identifier: Apache-2.0 */
/* git -- what git knows of the workspace's folder; only ever read. */
#ifndef CAMPAIGNS_GIT_H
#define CAMPAIGNS_GIT_H

#include <glib.h>

/* The output of `git -C root ARGUMENTS` (NULL-ended), or NULL: no git, no
 * repository, or git says no. Paths it prints are seen from `root` where its
 * command sees them so. Owned by the caller. */
GBytes *git_read(const char *root, const char *const *arguments);
/* A list of paths that were written with -z, NULL-ended; owned by the caller.
 * `bytes` may be NULL. */
char **git_paths(GBytes *bytes);

#endif
