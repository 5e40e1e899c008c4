/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_yaml.c - any bytes as an author's file, held against libyaml
 *
 * What is accepted must be, value by value, what libyaml reads in the same
 * bytes; and each literal text must be the bytes that were typed. */
#include "nurture/settings.h"

#include <stdint.h>
#include <string.h>
#include <yaml.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
assert_same_value(const YamlNode *ours, const yaml_node_t *theirs)
{
    g_assert_cmpuint(strlen(ours->value), ==, theirs->data.scalar.length);
    g_assert_cmpstr(ours->value, ==, (const char *)theirs->data.scalar.value);
}

static void
assert_same(const YamlNode *ours, yaml_document_t *document, int index)
{
    const yaml_node_t *theirs = yaml_document_get_node(document, index);

    g_assert_nonnull(theirs);
    if (theirs->type == YAML_SCALAR_NODE) {
        g_assert_cmpint(ours->kind, ==, YAML_SCALAR);
        assert_same_value(ours, theirs);
    } else if (theirs->type == YAML_SEQUENCE_NODE) {
        yaml_node_item_t *item = theirs->data.sequence.items.start;
        g_assert_cmpint(ours->kind, ==, YAML_LIST);
        for (guint i = 0; i < ours->items->len; i++, item++)
            assert_same(g_ptr_array_index(ours->items, i), document, *item);
        g_assert_true(item == theirs->data.sequence.items.top);
    } else {
        yaml_node_pair_t *pair = theirs->data.mapping.pairs.start;
        g_assert_cmpint(ours->kind, ==, YAML_MAP);
        for (guint i = 0; i < ours->items->len; i++, pair++) {
            const YamlNode *member = g_ptr_array_index(ours->items, i);
            const yaml_node_t *key =
                yaml_document_get_node(document, pair->key);
            g_assert_cmpstr(member->key, ==,
                            (const char *)key->data.scalar.value);
            assert_same(member, document, pair->value);
        }
        g_assert_true(pair == theirs->data.mapping.pairs.top);
    }
}

static void
check_against_libyaml(const YamlNode *root, const char *block, size_t size)
{
    yaml_parser_t parser;
    yaml_document_t document;
    const yaml_node_t *theirs;

    g_assert(yaml_parser_initialize(&parser));
    yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&parser, (const unsigned char *)block, size);
    g_assert_true(yaml_parser_load(&parser, &document));
    theirs = yaml_document_get_root_node(&document);
    if (theirs && theirs->type == YAML_MAPPING_NODE)
        assert_same(root, &document, 1);
    else
        g_assert_cmpuint(root->items->len, ==, 0);
    yaml_document_delete(&document);
    yaml_parser_delete(&parser);
}

/* Unquoted text settings are the bytes of the file. */
static void
check_texts(const YamlNode *node, const char *text,
            const char *const *text_keys)
{
    if (node->kind == YAML_SCALAR) {
        if (node->key && !node->quoted && g_strv_contains(text_keys, node->key))
            g_assert_true(
                strlen(node->value) == node->length &&
                memcmp(node->value, text + node->offset, node->length) == 0);
        return;
    }
    for (guint i = 0; i < node->items->len; i++)
        check_texts(g_ptr_array_index(node->items, i), text, text_keys);
}

static void
check_fixes(const Diagnostics *problems, size_t size)
{
    for (guint i = 0; i < diagnostics_length(problems); i++) {
        const Diagnostic *d = diagnostics_get(problems, i);
        for (guint f = 0; f < d->fixes->len; f++) {
            const DiagnosticFix *fix =
                &g_array_index(d->fixes, DiagnosticFix, f);
            g_assert_cmpuint(fix->offset, <=, size);
            g_assert_cmpuint(fix->length, <=, size - fix->offset);
        }
    }
}

static void
check_place(const Source *source, gsize start, gsize end, SettingPlace place,
            Diagnostics *problems)
{
    const char *const *text_keys = settings_text_keys(place);
    const char *text = source_text(source);
    guint errors = diagnostics_count(problems, SEVERITY_ERROR);
    g_autoptr(YamlNode) root =
        yaml_read(source, start, end, text_keys, problems);

    if (root && diagnostics_count(problems, SEVERITY_ERROR) == errors) {
        gsize from =
            start == 0 && g_str_has_prefix(text, "\xEF\xBB\xBF") ? 3 : start;
        check_against_libyaml(root, text + from, end - from);
        check_texts(root, text, text_keys);
    }
    if (root)
        settings_check(root, place, source, problems);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const SettingPlace places[] = {IN_CAMPAIGN, IN_NEWSLETTER,
                                          IN_WORKSPACE, IN_SENDER, IN_FIELD};
    g_autoptr(Source) source = source_new("a.md", (const char *)data, size);
    g_autoptr(Diagnostics) problems = diagnostics_new();
    g_autoptr(GString) out = g_string_new(NULL);
    SettingPlace place = places[size % G_N_ELEMENTS(places)];
    gsize start, end, body;

    if (source_check(source, problems)) {
        if (front_matter_split(source, &start, &end, &body, problems)) {
            g_assert_true(start <= end && end <= body && body <= size);
            check_place(source, start, end, place, problems);
        }
        check_place(source, 0, size, place, problems);
    }
    check_fixes(problems, size);
    diagnostics_sort(problems);
    for (int format = FORMAT_HUMAN; format <= FORMAT_GITHUB; format++)
        diagnostics_format(problems, (DiagnosticFormat)format, false, out);
    g_assert_true(g_utf8_validate(out->str, -1, NULL));
    return 0;
}
