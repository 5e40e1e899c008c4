/* SPDX-License-Identifier: Apache-2.0 */
/* watch -- wait until a file below a folder is saved, or we are interrupted.
 *
 * From start to end SIGINT and SIGTERM are blocked and taken by watch_wait().
 * Hidden files and an editor's backups are nobody's business. */
#ifndef CLI_WATCH_H
#define CLI_WATCH_H

#include <glib.h>
#include <stdbool.h>

typedef struct Watch Watch;

Watch *watch_start(const char *root, GError **error);
void watch_end(Watch *watch);
/* True when something was saved; false on SIGINT or SIGTERM. */
bool watch_wait(Watch *watch);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Watch, watch_end)

#endif
