/* SPDX-License-Identifier: Apache-2.0 */
/* embedded -- files a stage ships beside its code, built into the program.
 *
 * templates/default, campaigns/examples, campaigns/new, tracking/data, mta/data
 * and core/data are embedded under their path in the source tree. A workspace
 * may override a data file; the loader that reads it says how. */
#ifndef NURTURE_EMBEDDED_H
#define NURTURE_EMBEDDED_H

#include <stddef.h>

typedef struct {
    const char *path;  /* "tracking/data/bounce.tsv" */
    const char *start; /* the bytes; a NUL follows the last one */
    const char *end;   /* one past the last byte, where that NUL stands */
} Embedded;

/* Sorted by path, closed by a row whose path is NULL. */
extern const Embedded embedded_files[];

/* The file at `path`, or NULL. Borrowed, for ever. */
const Embedded *embedded_find(const char *path);

#endif
