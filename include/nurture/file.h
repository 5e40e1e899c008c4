/* SPDX-License-Identifier: Apache-2.0 */
/* file -- bytes that are on the disk when we say so. */
#ifndef NURTURE_FILE_H
#define NURTURE_FILE_H

#include <glib.h>
#include <stdbool.h>

/* write(2) until everything is written; false with errno. */
bool file_write_all(int fd, const void *bytes, gsize size);

/* After a file was made, linked or renamed in `directory`: its name, too,
 * outlives a power failure. False with errno. */
bool file_sync_directory(const char *directory);

/* Write a file, and the folders above it if they are not there.
 * ERROR_INPUT when it cannot be written. */
bool file_create(const char *path, const char *text, gsize size,
                 GError **error);

/* Replace a file by a temporary one beside it that is renamed. Keeps its mode.
 * ERROR_INPUT when it cannot be written. */
bool file_replace(const char *path, const char *text, gsize size,
                  GError **error);

#endif
