/* SPDX-License-Identifier: Apache-2.0 */
/* source -- a text file an author wrote, and where in it things stand.
 *
 * A place is a byte offset. Lines count from 1; columns count characters, not
 * bytes, from 1. A Source is immutable; it outlives every Diagnostic made from
 * it only as long as needed: diagnostics copy what they show. */
#ifndef NURTURE_SOURCE_H
#define NURTURE_SOURCE_H

#include <glib.h>

#define SOURCE_MAX (256 * 1024) /* bytes; a larger mail is E006 */

typedef struct Source Source;

typedef struct {
    int line, column;
} SourcePlace;

/* `path` is what messages show: relative to the workspace. The text is copied
 * (`text` need not be UTF-8 or NUL-terminated). */
Source *source_new(const char *path, const char *text, gsize size);
/* Reads root/path. NULL with ERROR_INPUT. Refuses what is larger than 16 MB. */
Source *source_load(const char *root, const char *path, GError **error);
void source_free(Source *source);

const char *source_path(const Source *source);
const char *source_text(const Source *source); /* NUL follows the last byte */
gsize source_size(const Source *source);
SourcePlace source_place(const Source *source, gsize offset);
/* The bytes of one line without its end of line; empty past the last line. */
char *source_line(const Source *source, int line);
/* The offset at which a line starts; the size for a line past the end. */
gsize source_line_start(const Source *source, int line);
int source_lines(const Source *source);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Source, source_free)

#endif
