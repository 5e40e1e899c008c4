/* SPDX-License-Identifier: Apache-2.0 */
/* text -- small things that are done to strings in many places.
 *
 * Text is UTF-8. The append functions are the only ones that may build HTML
 * text, URLs and the like from values. */
#ifndef NURTURE_TEXT_H
#define NURTURE_TEXT_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

/* Append `text` for HTML text or a double-quoted attribute: & < > " ' become
 * entities, C0 and C1 controls, zero-width and bidi controls vanish, and line
 * ends become one space. */
void html_append_text(GString *out, const char *text);
/* Append percent-encoded: everything but RFC 3986's unreserved characters. "."
 * and ".." become "_" and "__": in a path they would lead elsewhere. */
void url_append_part(GString *out, const char *text);
/* Append as one CSV cell (RFC 4180), as it is; and as one that no spreadsheet
 * takes for a formula. */
void csv_append_raw_cell(GString *out, const char *text);
void csv_append_cell(GString *out, const char *text);
/* Append without controls; line ends become one space. */
void plain_append_text(GString *out, const char *text);

/* NULL, empty or nothing but white space (Unicode's). */
bool text_is_blank(const char *text);
/* Length in characters of valid UTF-8. */
int text_columns(const char *text);

/* Of `words` (NULL-ended), the one within two edits of `word` (Damerau-
 * Levenshtein, case folded); NULL if none is near. Borrowed. */
const char *text_nearest(const char *word, const char *const *words);

/* 1132 -> "1,132". In a static ring of 8 buffers: use it in one printf. */
const char *number_format(int64_t number);

/* Lower-case base32 (RFC 4648 alphabet, no padding), base64url without
 * padding, and hex. The decoders return NULL for anything else, and for
 * trailing bits that are not zero. */
char *base32_encode(const uint8_t *bytes, gsize length);
uint8_t *base32_decode(const char *text, gssize length, gsize *out_length);
char *base64url_encode(const uint8_t *bytes, gsize length);
uint8_t *base64url_decode(const char *text, gssize length, gsize *out_length);
char *hex_encode(const uint8_t *bytes, gsize length);

#endif
