/* SPDX-License-Identifier: Apache-2.0 */
/* disk -- is there room to record what would be sent?
 *
 * A mail whose answer cannot be written down is in doubt. So nothing is
 * claimed below 64 MB of free space, or twice the size of the write-ahead log
 * if that is more; sending goes on by itself when there is room again. */
#ifndef NURTURE_DISK_H
#define NURTURE_DISK_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

/* Of the file system of `database`; bytes. Where it cannot be asked there is
 * room: the write itself will fail. The outs may be NULL. */
bool disk_has_room(const char *database, int64_t *out_free,
                   int64_t *out_needed);
/* Bytes of the write-ahead log beside `database`; 0 = there is none. */
int64_t disk_log_size(const char *database);
/* The same as ERROR_TEMPORARY, with the numbers. */
bool disk_check(const char *database, GError **error);

#endif
