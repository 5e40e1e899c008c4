/* SPDX-License-Identifier: Apache-2.0 */
/* yaml.c - libyaml's events made into a tree that knows its places */
#include "nurture/yaml.h"

#include "yaml-lines.h"

#include <string.h>
#include <yaml.h>

#define BYTES_MAX (64 * 1024)
#define LINES_MAX 500
#define DEPTH_MAX 4

typedef struct {
    yaml_parser_t parser;
    const Source *source;
    const YamlLines *lines;
    const char *const *text_keys;
    Diagnostics *problems;
    guint32
        *bytes; /* character of the copy -> byte: libyaml counts the former */
    bool failed;
} Builder;

void
yaml_node_free(YamlNode *node)
{
    if (!node)
        return;
    g_free(node->key);
    g_free(node->value);
    if (node->items)
        g_ptr_array_unref(node->items);
    g_free(node);
}

static void
item_free(void *node)
{
    yaml_node_free(node);
}

const YamlNode *
yaml_get(const YamlNode *map, const char *key)
{
    if (!map || map->kind != YAML_MAP)
        return NULL;
    for (guint i = 0; i < map->items->len; i++) {
        const YamlNode *node = g_ptr_array_index(map->items, i);
        if (strcmp(node->key, key) == 0)
            return node;
    }
    return NULL;
}

static YamlNode *
node_new(YamlKind kind)
{
    YamlNode *node = g_new0(YamlNode, 1);

    node->kind = kind;
    if (kind != YAML_SCALAR)
        node->items = g_ptr_array_new_with_free_func(item_free);
    return node;
}

static guint32 *
character_table(const char *text)
{
    gsize n = strlen(text);
    guint32 *bytes = g_new(guint32, n + 2);
    gsize count = 0;

    for (gsize i = 0; i <= n; i++)
        if (((guchar)text[i] & 0xC0) != 0x80)
            bytes[count++] = (guint32)i;
    for (; count < n + 2; count++)
        bytes[count] = (guint32)n;
    return bytes;
}

static gsize
copy_offset(const Builder *b, const yaml_mark_t *mark)
{
    return b->bytes[MIN(mark->index, b->lines->copy->len + 1)];
}

static gsize
source_offset(const Builder *b, const yaml_mark_t *mark)
{
    return yaml_lines_offset(b->lines, copy_offset(b, mark));
}

static void
fail(Builder *b, gsize offset, const char *message)
{
    Diagnostic *d;

    b->failed = true;
    if (b->lines->reported)
        return; /* the check of raw lines has said why, in better words */
    d = diagnostics_add(b->problems, "E110", b->source, offset, 1, "%s",
                        message);
    diagnostic_help(d, "lines of the same group start in the same column");
}

static bool
fetch(Builder *b, yaml_event_t *event)
{
    if (b->failed)
        return false;
    if (yaml_parser_parse(&b->parser, event))
        return true;
    fail(b, source_offset(b, &b->parser.problem_mark),
         "this does not fit the lines above it");
    return false;
}

static void
report_meaningless(Builder *b, const yaml_event_t *event)
{
    gsize at = source_offset(b, &event->start_mark);
    const char *text = source_text(b->source) + at;
    gsize length = strcspn(text, " \t\r\n,]}");
    Diagnostic *d =
        diagnostics_add(b->problems, "E117", b->source, at, length,
                        "'%.*s' has no meaning here", (int)length, text);

    diagnostic_help(
        d, "write the value out; anchors and aliases are not supported");
}

static bool
is_text_key(const Builder *b, const char *key)
{
    return key && b->text_keys && g_strv_contains(b->text_keys, key);
}

/* A quoted text may hold escaped characters that could not be typed. */
static void
check_escapes(Builder *b, const YamlNode *node, const char *value, gsize length)
{
    for (gsize i = 0; i < length; i++) {
        guchar c = (guchar)value[i];
        if ((c < 0x20 && c != '\t' && c != '\n') || c == 0x7f) {
            Diagnostic *d = diagnostics_add(
                b->problems, "E004", b->source, node->offset, node->length,
                "invisible control character U+%04X", c);
            diagnostic_note(d, "delete it");
            return;
        }
    }
}

static YamlNode *
read_scalar(Builder *b, const yaml_event_t *event, const char *key)
{
    YamlNode *node = node_new(YAML_SCALAR);
    gsize at = copy_offset(b, &event->start_mark);
    gsize end = copy_offset(b, &event->end_mark);
    const YamlLiteral *literal = yaml_lines_literal(b->lines, at);

    node->quoted =
        event->data.scalar.style == YAML_SINGLE_QUOTED_SCALAR_STYLE ||
        event->data.scalar.style == YAML_DOUBLE_QUOTED_SCALAR_STYLE;
    node->offset = yaml_lines_offset(b->lines, at);
    if (literal && !node->quoted && end > at) {
        node->length = literal->length;
        node->value = g_strndup(source_text(b->source) + literal->offset,
                                literal->length);
        return node;
    }
    node->length =
        end > at ? yaml_lines_offset(b->lines, end - 1) + 1 - node->offset : 0;
    node->value = g_strndup((const char *)event->data.scalar.value,
                            event->data.scalar.length);
    if (node->quoted)
        check_escapes(b, node, (const char *)event->data.scalar.value,
                      event->data.scalar.length);
    else if (is_text_key(b, key) && node->length > 0)
        yaml_value_misread(b->source, node->offset, node->length, key, true,
                           b->problems);
    return node;
}

static YamlNode *read_node(Builder *b, yaml_event_t *event, const char *key,
                           int depth);

static void
set_end(YamlNode *node, const YamlNode *last)
{
    gsize end = last->offset + last->length;

    if (end > node->offset + node->length)
        node->length = end - node->offset;
}

/* A [list] or {group} in brackets ends with the bracket; one of lines where
 * its last member does. */
static void
close_collection(Builder *b, YamlNode *node, yaml_event_t *event)
{
    if (event->end_mark.index > event->start_mark.index)
        node->length = source_offset(b, &event->end_mark) - node->offset;
    yaml_event_delete(event);
}

static void
read_list(Builder *b, YamlNode *list, int depth)
{
    yaml_event_t event;

    while (fetch(b, &event)) {
        YamlNode *item;
        if (event.type == YAML_SEQUENCE_END_EVENT) {
            close_collection(b, list, &event);
            return;
        }
        item = read_node(b, &event, NULL, depth + 1);
        g_ptr_array_add(list->items, item);
        set_end(list, item);
    }
}

/* False: the key was there before; it is told where. */
static bool
key_is_new(Builder *b, GHashTable *seen, const char *key, gsize at,
           gsize length)
{
    void *first;
    Diagnostic *d;

    if (!g_hash_table_lookup_extended(seen, key, NULL, &first)) {
        g_hash_table_insert(seen, g_strdup(key), GSIZE_TO_POINTER(at));
        return true;
    }
    d = diagnostics_add(b->problems, "E108", b->source, at, length,
                        "'%s' is set twice; it was first set on line %d", key,
                        source_place(b->source, GPOINTER_TO_SIZE(first)).line);
    diagnostic_help(d, "delete one of them");
    return false;
}

static void
read_member(Builder *b, YamlNode *map, GHashTable *seen, yaml_event_t *event,
            int depth)
{
    g_autofree char *key = g_strndup((const char *)event->data.scalar.value,
                                     event->data.scalar.length);
    gsize at = source_offset(b, &event->start_mark);
    gsize length = source_offset(b, &event->end_mark) - at;
    YamlNode *node;

    if (event->data.scalar.anchor || event->data.scalar.tag)
        report_meaningless(b, event);
    yaml_event_delete(event);
    if (!fetch(b, event))
        return;
    node = read_node(b, event, key, depth + 1);
    node->key_offset = at;
    node->key_length = length;
    set_end(map, node);
    if (key_is_new(b, seen, key, at, length)) {
        node->key = g_steal_pointer(&key);
        g_ptr_array_add(map->items, node);
    } else {
        yaml_node_free(node);
    }
}

static void
read_map(Builder *b, YamlNode *map, int depth)
{
    g_autoptr(GHashTable) seen =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    yaml_event_t event;

    while (fetch(b, &event)) {
        if (event.type == YAML_MAPPING_END_EVENT) {
            close_collection(b, map, &event);
            return;
        }
        if (event.type != YAML_SCALAR_EVENT) {
            fail(b, source_offset(b, &event.start_mark),
                 "the name of a setting must be one word");
            yaml_event_delete(&event);
            return;
        }
        read_member(b, map, seen, &event, depth);
    }
}

/* Always a node, so that what has been read so far can be used; takes the
 * event. */
static YamlNode *
read_node(Builder *b, yaml_event_t *event, const char *key, int depth)
{
    YamlNode *node;
    bool has_properties =
        (event->type == YAML_SCALAR_EVENT &&
         (event->data.scalar.anchor || event->data.scalar.tag)) ||
        (event->type == YAML_SEQUENCE_START_EVENT &&
         (event->data.sequence_start.anchor ||
          event->data.sequence_start.tag)) ||
        (event->type == YAML_MAPPING_START_EVENT &&
         (event->data.mapping_start.anchor || event->data.mapping_start.tag));

    if (has_properties || event->type == YAML_ALIAS_EVENT)
        report_meaningless(b, event);
    if (event->type == YAML_SCALAR_EVENT) {
        node = read_scalar(b, event, key);
        yaml_event_delete(event);
        return node;
    }
    node = node_new(event->type == YAML_SEQUENCE_START_EVENT  ? YAML_LIST
                    : event->type == YAML_MAPPING_START_EVENT ? YAML_MAP
                                                              : YAML_SCALAR);
    node->offset = source_offset(b, &event->start_mark);
    yaml_event_delete(event);
    if (node->kind == YAML_SCALAR) { /* an alias */
        node->value = g_strdup("");
        return node;
    }
    if (depth > DEPTH_MAX)
        fail(b, node->offset, "settings are nested more than 4 deep");
    else if (node->kind == YAML_LIST)
        read_list(b, node, depth);
    else
        read_map(b, node, depth);
    return node;
}

static YamlNode *
empty_map(gsize offset)
{
    YamlNode *node = node_new(YAML_MAP);

    node->offset = offset;
    return node;
}

static YamlNode *
read_document(Builder *b, gsize start)
{
    yaml_event_t event;
    g_autoptr(YamlNode) root = NULL;

    do {
        if (!fetch(b, &event))
            return NULL;
        if (event.type == YAML_STREAM_END_EVENT) {
            yaml_event_delete(&event);
            return empty_map(start);
        }
        if (event.type == YAML_STREAM_START_EVENT ||
            event.type == YAML_DOCUMENT_START_EVENT) {
            yaml_event_delete(&event);
            continue;
        }
        root = read_node(b, &event, NULL, 1);
    } while (!root);
    if (root->kind == YAML_MAP)
        return g_steal_pointer(&root);
    if (root->kind == YAML_SCALAR && root->length == 0)
        return empty_map(start);
    fail(b, root->offset, "this is no group of settings");
    return NULL;
}

/* Reports what is too large for settings that a person wrote. */
static bool
size_is_sane(const Source *source, gsize start, gsize end,
             Diagnostics *problems)
{
    int lines = 0;

    for (gsize i = start; i < end; i++)
        lines += source_text(source)[i] == '\n';
    if (end - start <= BYTES_MAX && lines <= LINES_MAX)
        return true;
    if (lines > LINES_MAX)
        diagnostics_add(problems, "E006", source, start, 1,
                        "there are %d lines of settings; the limit is %d",
                        lines, LINES_MAX);
    else
        diagnostics_add(problems, "E006", source, start, 1,
                        "there are %zu KB of settings; the limit is %d KB",
                        (end - start + 1023) / 1024, BYTES_MAX / 1024);
    return false;
}

YamlNode *
yaml_read(const Source *source, gsize start, gsize end,
          const char *const *text_keys, Diagnostics *problems)
{
    const char *text = source_text(source);
    const char *invalid;
    g_autoptr(YamlLines) lines = NULL;
    g_autofree guint32 *bytes = NULL;
    Builder b = {
        .source = source, .text_keys = text_keys, .problems = problems};
    YamlNode *root;

    if (start == 0 && g_str_has_prefix(text, "\xEF\xBB\xBF"))
        start = 3;
    if (!size_is_sane(source, start, end, problems))
        return NULL;
    if (!g_utf8_validate_len(text + start, end - start, &invalid) &&
        *invalid != '\0') {
        diagnostics_add(problems, "E001", source, (gsize)(invalid - text), 1,
                        "this file is not UTF-8: byte 0x%02X cannot be read",
                        (guint)(guchar)*invalid);
        return NULL;
    }
    lines = yaml_lines_read(source, start, end, text_keys, problems);
    bytes = character_table(lines->copy->str);
    b.lines = lines;
    b.bytes = bytes;
    g_assert(yaml_parser_initialize(&b.parser));
    yaml_parser_set_encoding(&b.parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(
        &b.parser, (const unsigned char *)lines->copy->str, lines->copy->len);
    root = read_document(&b, start);
    yaml_parser_delete(&b.parser);
    return root;
}
