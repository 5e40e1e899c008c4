/* SPDX-License-Identifier: Apache-2.0 */
/* text_rules.c - tables of patterns, with a cheap first look */
#include "text-rules.h"

#include "nurture/datafile.h"

#include <string.h>

typedef struct {
    Pattern *pattern; /* NULL until first needed, as is */
    WordSet *words;   /* one of which must occur */
} Row;

struct TextRules {
    char *name;
    DataFile *file;
    Row *rows;
    int count;
    int column; /* of the pattern */
};

static TextRules *
load(const char *name)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *path = g_strconcat("tracking/data/", name, NULL);
    TextRules *rules = g_new0(TextRules, 1);

    rules->name = g_strdup(name);
    rules->file = datafile_load(path, &error);
    if (!rules->file)
        g_error("%s", error->message);
    rules->count = (int)datafile_rows(rules->file);
    rules->column = datafile_column(rules->file, "pattern");
    rules->rows = g_new0(Row, (gsize)rules->count);
    return rules;
}

TextRules *
text_rules_get(const char *name)
{
    static GHashTable *tables;
    TextRules *rules;

    if (!tables)
        tables = g_hash_table_new(g_str_hash, g_str_equal);
    rules = g_hash_table_lookup(tables, name);
    if (!rules) {
        rules = load(name);
        g_hash_table_insert(tables, rules->name, rules);
    }
    return rules;
}

int
text_rules_count(const TextRules *rules)
{
    return rules->count;
}

static Pattern *
row_pattern(TextRules *rules, int row)
{
    Row *r = &rules->rows[row];
    g_autoptr(GError) error = NULL;
    const DataRow *data = datafile_row(rules->file, (guint)row);

    if (r->pattern)
        return r->pattern;
    r->pattern = pattern_new(data->cell[rules->column],
                             PATTERN_CASELESS | PATTERN_MULTILINE, &error);
    if (!r->pattern)
        g_error("%s:%d: %s", rules->name, data->line, error->message);
    return r->pattern;
}

bool
text_rules_may_match(TextRules *rules, int row, const Haystack *h)
{
    Row *r = &rules->rows[row];

    if (!r->words) {
        r->words = word_set_new();
        word_set_add(
            r->words,
            datafile_row(rules->file, (guint)row)->cell[rules->column]);
    }
    return word_set_passes(r->words, h);
}

bool
text_rules_match(TextRules *rules, int row, const Haystack *h,
                 PatternMatch *out)
{
    if (!text_rules_may_match(rules, row, h))
        return false;
    return pattern_match(row_pattern(rules, row), h->text, (gssize)h->length,
                         out);
}

int
text_rules_find(TextRules *rules, const Haystack *h, PatternMatch *out)
{
    for (int i = 0; i < rules->count; i++)
        if (text_rules_match(rules, i, h, out))
            return i;
    return -1;
}

const char *
text_rules_cell(TextRules *rules, int row, const char *column)
{
    return datafile_row(rules->file, (guint)row)
        ->cell[datafile_column(rules->file, column)];
}

char *
text_rules_name(const TextRules *rules, int row)
{
    return g_strdup_printf("%s:%d", rules->name,
                           datafile_row(rules->file, (guint)row)->line);
}
