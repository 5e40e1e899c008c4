/* SPDX-License-Identifier: Apache-2.0 */
/* spool -- received mail as files, durable before anybody looks inside. */
#ifndef TRACKING_SPOOL_H
#define TRACKING_SPOOL_H

#include <glib.h>
#include <stdbool.h>

/* What a mail is known by: the SHA-256 of `head` and `raw`, in hex. */
char *spool_id(const char *head, GBytes *raw);
/* The same of what follows the header. */
char *spool_body_hash(GBytes *raw);
/* Names of files that wait, in the order they came; NULL-ended, owned. */
char **spool_waiting(const char *state_dir);
/* A waiting file is one process's at a time; the kernel lets go of it when that
 * process dies. -1: another one is at it, or has been. */
int spool_hold(const char *state_dir, const char *name);
void spool_let_go(int hold);
/* The bytes of a waiting file; NULL with ERROR_TEMPORARY. */
GBytes *spool_read(const char *state_dir, const char *name, GError **error);
/* The same of one that was dealt with; ERROR_NOT_FOUND when it is gone. */
GBytes *spool_kept(const char *state_dir, const char *name, GError **error);
/* Move to "done" or "quarantine". A file that is gone was moved by another
 * process: not an error. */
bool spool_move(const char *state_dir, const char *name, const char *where,
                GError **error);

#endif
