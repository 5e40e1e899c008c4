/* SPDX-License-Identifier: Apache-2.0 */
/* text_rules.c - tables of patterns, with a cheap first look */
#include "text-rules.h"

#include "pattern-literals.h"

#include "nurture/datafile.h"

#include <string.h>

typedef struct {
    Pattern *pattern; /* NULL until first needed */
    GPtrArray *words; /* one of which must occur; NULL: not known */
} Row;

struct TextRules {
    char *name;
    DataFile *file;
    Row *rows;
    int count;
    int column; /* of the pattern */
};

void
haystack_init(Haystack *h, const char *text, size_t length)
{
    h->text = text;
    h->length = length;
    h->lower = g_ascii_strdown(text, (gssize)length);
}

void
haystack_clear(Haystack *h)
{
    g_clear_pointer(&h->lower, g_free);
}

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
    for (int i = 0; i < rules->count; i++) {
        const DataRow *row = datafile_row(rules->file, (guint)i);

        rules->rows[i].words = pattern_literals(row->cell[rules->column]);
    }
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

static const Pattern *
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

static bool
may_match(const GPtrArray *words, const Haystack *h)
{
    for (guint i = 0; words && i < words->len; i++)
        if (memmem(h->lower, h->length, words->pdata[i],
                   strlen(words->pdata[i])))
            return true;
    return !words;
}

bool
text_rules_match(TextRules *rules, int row, const Haystack *h,
                 PatternMatch *out)
{
    if (!may_match(rules->rows[row].words, h))
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
