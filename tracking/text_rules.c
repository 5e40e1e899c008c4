/* SPDX-License-Identifier: Apache-2.0 */
/* text_rules.c - tables of patterns, with a cheap first look */
#include "text-rules.h"

#include "nurture/datafile.h"

#include <string.h>

typedef struct {
    Pattern *pattern; /* NULL until first needed */
    char *literal;    /* lower-case text without which it cannot match */
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

/* Keep the longer one of `best` and `run`, and start `run` anew. */
static void
end_run(GString *best, GString *run)
{
    if (run->len > best->len)
        g_string_assign(best, run->str);
    g_string_truncate(run, 0);
}

static const char *
skip_class(const char *p)
{
    p++;
    p += *p == '^';
    p += *p == ']';
    while (*p && *p != ']')
        p += *p == '\\' && p[1] ? 2 : 1;
    return p;
}

static const char *
skip_group(const char *p)
{
    for (int depth = 0; *p; p++) {
        if (*p == '\\' && p[1])
            p++;
        else if (*p == '[')
            p = skip_class(p);
        else if (*p == '(')
            depth++;
        else if (*p == ')' && --depth == 0)
            return p;
    }
    return p - 1;
}

/* Text that every match contains: the longest run of plain characters outside
 * groups, classes and options. Empty if the pattern has alternatives at its
 * top. */
static char *
required_literal(const char *p)
{
    g_autoptr(GString) best = g_string_new(NULL);
    g_autoptr(GString) run = g_string_new(NULL);

    for (; *p; p++) {
        if (*p == '|')
            return g_strdup("");
        if (*p == '?' || *p == '*' || *p == '{') {
            if (run->len > 0)
                g_string_truncate(run, run->len - 1);
            end_run(best, run);
            if (*p == '{')
                p = strchr(p, '}');
        } else if (*p == '(' || *p == '[') {
            end_run(best, run);
            p = *p == '(' ? skip_group(p) : skip_class(p);
        } else if (*p == '\\') {
            p++;
            if (g_ascii_isalnum(*p))
                end_run(best, run);
            else
                g_string_append_c(run, *p);
        } else if (strchr("^$.+)", *p) || (*p & 0x80)) {
            end_run(best, run);
        } else {
            g_string_append_c(run, g_ascii_tolower(*p));
        }
    }
    end_run(best, run);
    return g_strdup(best->str);
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

        rules->rows[i].literal = required_literal(row->cell[rules->column]);
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

bool
text_rules_match(TextRules *rules, int row, const Haystack *h,
                 PatternMatch *out)
{
    const char *literal = rules->rows[row].literal;

    if (*literal && !memmem(h->lower, h->length, literal, strlen(literal)))
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
