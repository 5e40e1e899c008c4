/* SPDX-License-Identifier: Apache-2.0 */
/* yaml -- the strict subset of YAML that authors write, read with libyaml.
 *
 * Front matter, nurture.yaml, fields.yaml and personas. No anchors, aliases,
 * tags or several documents (E117), no key twice (E108); at most 64 KiB, 500
 * lines, depth 4. Every scalar stays a string with its place; the settings
 * table gives it a type. Before libyaml sees a line, the raw-line check finds
 * what YAML would refuse or silently corrupt ("subject: We're #1"), says so in
 * an author's words and offers the quoted form as a fix (E104 E105 E109 E110
 * E113 E114 E117 E119). Contract: for every accepted file each text setting
 * equals the bytes the author typed, after unquoting. */
#ifndef NURTURE_YAML_H
#define NURTURE_YAML_H

#include "nurture/diagnostic.h"

typedef enum { YAML_SCALAR, YAML_LIST, YAML_MAP } YamlKind;

typedef struct YamlNode YamlNode;
struct YamlNode {
    YamlKind kind;
    gsize offset, length; /* the value's span in the source, quotes included */
    gsize key_offset, key_length; /* its key's, in a map */
    char *key;                    /* NULL but in a map */
    char *value;                  /* scalars only */
    bool quoted;
    GPtrArray *items; /* YamlNode, owned: of a list or, in order, of a map */
};

/* Reads source[start..end). Settings whose key is in `text_keys` (NULL-ended)
 * are literal text. NULL when nothing can be made of it (problems reported);
 * an empty document is an empty map. Otherwise as much as could be read, and
 * every problem in `problems`. */
YamlNode *yaml_read(const Source *source, gsize start, gsize end,
                    const char *const *text_keys, Diagnostics *problems);
void yaml_node_free(YamlNode *node);
/* The member of a map, or NULL. Borrowed. */
const YamlNode *yaml_get(const YamlNode *map, const char *key);

/* Front matter: the block between the first line `---` and the next one.
 * Finds its span and that of the body, reporting E101, E102 and E103 (and
 * going on after a long dash). False when there is no block to read. */
bool front_matter_split(const Source *source, gsize *out_start, gsize *out_end,
                        gsize *out_body, Diagnostics *problems);

/* A text of one line as a value that reads as these bytes: in quotes where it
 * needs them. Owned by the caller. */
char *yaml_write_text(const char *text);

/* The checks every author's file gets before anything else reads it: UTF-8,
 * BOM, line ends, control, private-use and invisible characters, conflict
 * markers, size (E001 N002 N003 E004 E005 E006 W007 E008). False when the file
 * cannot be read at all (E001, E006). */
bool source_check(const Source *source, Diagnostics *problems);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(YamlNode, yaml_node_free)

#endif
