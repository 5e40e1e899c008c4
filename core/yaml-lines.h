/* SPDX-License-Identifier: Apache-2.0 */
/* yaml-lines -- what an author typed, made fit for libyaml.
 *
 * The check of raw lines reports what YAML would refuse or misread and writes
 * a copy of the block in which that is mended and each literal text is one
 * harmless word; a table leads from the copy back to the source. So libyaml
 * decides about structure only, and one mistake does not hide the next. */
#ifndef CORE_YAML_LINES_H
#define CORE_YAML_LINES_H

#include "nurture/yaml.h"

/* What stands at `copy_offset` of the copy was typed at `offset`. */
typedef struct {
    gsize copy_offset, offset;
} YamlSegment;

/* The word at `copy_offset` stands for source[offset..offset+length). */
typedef struct {
    gsize copy_offset, offset, length;
} YamlLiteral;

typedef struct {
    GString *copy;
    GArray *segments; /* YamlSegment, ascending */
    GArray *literals; /* YamlLiteral, ascending */
    bool reported;    /* a problem of structure is already in the list */
} YamlLines;

YamlLines *yaml_lines_read(const Source *source, gsize start, gsize end,
                           const char *const *text_keys, Diagnostics *problems);
void yaml_lines_free(YamlLines *lines);
gsize yaml_lines_offset(const YamlLines *lines, gsize copy_offset);
/* NULL when no literal begins there. */
const YamlLiteral *yaml_lines_literal(const YamlLines *lines,
                                      gsize copy_offset);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(YamlLines, yaml_lines_free)

/* yaml_value.c: one value on one line. */

/* Would libyaml read `key: value` as exactly these bytes, unquoted? */
bool yaml_plain_is_exact(const char *value, gsize length);
/* The value in quotes, on one line. */
char *yaml_quote(const char *value, gsize length);
/* Reports that text[0..length), standing at `offset`, must be in quotes:
 * E113 when a comment would cut it, E119 otherwise. `key` may be NULL. */
void yaml_value_misread(const Source *source, gsize offset, gsize length,
                        const char *key, bool is_text, Diagnostics *problems);
/* Where a quoted value ends (one past the closing quote), 0 if not at all. */
gsize yaml_quote_end(const char *value, gsize length);

#endif
