/* SPDX-License-Identifier: Apache-2.0 */
/* yaml-reader -- the check of raw lines while it goes through a file.
 *
 * yaml_lines.c reads indentation, hyphens and keys, yaml_reader_value.c what
 * follows them. Both write the copy for libyaml as they go. */
#ifndef CORE_YAML_READER_H
#define CORE_YAML_READER_H

#include "yaml-lines.h"

typedef struct {
    const Source *source;
    const char *text; /* the source's bytes, offset for offset, but harmless */
    gsize end;
    const char *const *text_keys;
    Diagnostics *problems;
    YamlLines *out;

    GArray *levels; /* int: the columns at which open groups stand */
    bool may_nest;  /* the line above opened a group */
    bool begun;     /* a line with content has been seen */
    gsize flow_end; /* lines before it belong to a [list] begun above */
    int skip_below; /* skip lines deeper than this; -1: none */
} YamlReader;

/* One line, while it is taken apart. */
typedef struct {
    gsize from, to; /* without the end of line */
    gsize at;       /* how far it has been read */
    int column;     /* of `at`, in the copy */
    bool is_item;   /* it began with "- " */
} YamlLine;

static inline bool
yaml_is_blank(char c)
{
    return c == ' ' || c == '\t';
}

/* Copies text[from..to), or stands one word for it. */
void yaml_reader_emit(YamlReader *r, gsize from, gsize to);
void yaml_reader_emit_literal(YamlReader *r, gsize from, gsize to);
/* Reports a problem of structure: libyaml's own words are not needed then. */
Diagnostic *yaml_reader_problem(YamlReader *r, const char *code, gsize offset,
                                gsize length, const char *message);
gsize yaml_reader_end_of_line(const YamlReader *r, gsize at);
int yaml_reader_top_level(const YamlReader *r);

/* The rest of the line, from line->at: the value of `key`, or of an item of a
 * list (NULL). */
void yaml_reader_value(YamlReader *r, YamlLine *line, const char *key);

#endif
