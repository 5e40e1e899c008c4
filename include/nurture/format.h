/* SPDX-License-Identifier: Apache-2.0 */
/* format -- the one way to write an author's file, and mending it.
 *
 * Formatting never changes what a file means: parsed settings and compiled
 * mails are the same before and after. It writes LF, no byte-order mark, no
 * tabs in settings, one space after a colon, double quotes where they can
 * stand, quotes where YAML would misread a text, and `or` for `default:`.
 * Formatting twice is formatting once. Files are replaced atomically. */
#ifndef NURTURE_FORMAT_H
#define NURTURE_FORMAT_H

#include "nurture/diagnostic.h"

/* The file's bytes in canonical form; a copy where nothing is to be done, or
 * where the file cannot be read. `path` says what kind of file it is. */
char *format_text(const char *path, const char *text, gsize size,
                  gsize *out_size);
/* UTF-8 from `charset` ("windows-1252"). What is UTF-8 already stays as it is.
 * NULL with ERROR_INPUT when it cannot be converted. */
char *format_recode(const char *text, gsize size, const char *charset,
                    gsize *out_size, GError **error);

/* `source` with all fixes for it in `problems` applied, the first of those
 * that overlap; *out_count says how many. */
char *fixes_apply(const Source *source, const Diagnostics *problems,
                  gsize *out_size, guint *out_count);
/* The same to the files themselves, below `root`. */
bool fixes_write(const char *root, const Diagnostics *problems,
                 guint *out_count, GError **error);

#endif
