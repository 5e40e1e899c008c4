/* SPDX-License-Identifier: Apache-2.0 */
/* rules.c - loading and asking a table of weighted patterns */
#include "rules.h"

#include "nurture/datafile.h"
#include "nurture/pattern.h"

#include <string.h>

enum { NESTING_MAX = 6 };

typedef struct {
    Rule rule;
    const char *regex, *unless; /* as written */
    /* NULL until first needed: */
    Pattern *pattern, *exception;
    WordSet *words; /* one of which must occur */
} Entry;

struct RuleTable {
    char *path;
    DataFile *file;
    GHashTable *names; /* "language NAME" -> regex, both owned */
    GArray *entries;
};

static void
entry_clear(void *entry)
{
    pattern_free(((Entry *)entry)->pattern);
    pattern_free(((Entry *)entry)->exception);
    word_set_free(((Entry *)entry)->words);
}

static const char *
name_value(const RuleTable *table, const char *language, const char *name)
{
    g_autofree char *own = g_strconcat(language, " ", name, NULL);
    g_autofree char *common = g_strconcat("* ", name, NULL);
    const char *value = g_hash_table_lookup(table->names, own);

    return value ? value : g_hash_table_lookup(table->names, common);
}

static void
expand(const RuleTable *table, const Rule *rule, const char *regex, int depth,
       GString *out)
{
    if (depth > NESTING_MAX)
        g_error("%s:%d: names within names", table->path, rule->line);
    while (*regex) {
        size_t n = *regex == '{'
                       ? strspn(regex + 1, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_"
                                           "0123456789")
                       : 0;
        if (n && g_ascii_isupper(regex[1]) && regex[n + 1] == '}') {
            g_autofree char *name = g_strndup(regex + 1, n);
            const char *value = name_value(table, rule->language, name);
            if (!value)
                g_error("%s:%d: no name {%s}", table->path, rule->line, name);
            g_string_append(out, "(?:");
            expand(table, rule, value, depth + 1, out);
            g_string_append_c(out, ')');
            regex += n + 2;
        } else {
            g_string_append_c(out, *regex++);
        }
    }
}

static char *
expanded(const RuleTable *table, const Rule *rule, const char *regex)
{
    GString *text = g_string_new(NULL);

    expand(table, rule, regex, 0, text);
    return g_string_free(text, FALSE);
}

static Pattern *
compile(const RuleTable *table, const Rule *rule, const char *regex)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *text = expanded(table, rule, regex);
    Pattern *pattern = pattern_new(text, PATTERN_DEFAULT, &error);

    if (!pattern)
        g_error("%s:%d: %s", table->path, rule->line, error->message);
    return pattern;
}

static const char *
cell(const RuleTable *table, const DataRow *row, const char *column)
{
    return row->cell[datafile_column(table->file, column)];
}

static void
add_row(RuleTable *table, const DataRow *row)
{
    const char *class = cell(table, row, "class");
    Entry entry = {
        .rule = {row->line, cell(table, row, "language"), class,
                 cell(table, row, "scope"), cell(table, row, "match"),
                 cell(table, row, "nomatch"),
                 g_ascii_strtod(cell(table, row, "weight"), NULL)},
        .regex = cell(table, row, "pattern"),
        .unless = cell(table, row, "unless"),
    };

    if (class[0] == '@')
        g_hash_table_insert(
            table->names,
            g_strconcat(entry.rule.language, " ", class + 1, NULL),
            g_strdup(entry.regex));
    else
        g_array_append_val(table->entries, entry);
}

RuleTable *
rules_load(const char *path)
{
    g_autoptr(GError) error = NULL;
    RuleTable *table = g_new0(RuleTable, 1);

    table->path = g_strdup(path);
    table->file = datafile_load(path, &error);
    if (!table->file)
        g_error("%s", error->message);
    table->names =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    table->entries = g_array_new(FALSE, FALSE, sizeof(Entry));
    g_array_set_clear_func(table->entries, entry_clear);
    for (guint i = 0; i < datafile_rows(table->file); i++)
        add_row(table, datafile_row(table->file, i));
    return table;
}

void
rules_free(RuleTable *table)
{
    if (!table)
        return;
    g_array_unref(table->entries);
    g_hash_table_unref(table->names);
    datafile_free(table->file);
    g_free(table->path);
    g_free(table);
}

guint
rules_count(const RuleTable *table)
{
    return table->entries->len;
}

const Rule *
rules_get(const RuleTable *table, guint index)
{
    return &g_array_index(table->entries, Entry, index).rule;
}

bool
rules_may_match(RuleTable *table, guint index, const Haystack *text)
{
    Entry *entry = &g_array_index(table->entries, Entry, index);

    if (!entry->words) {
        g_autofree char *regex = expanded(table, &entry->rule, entry->regex);

        entry->words = word_set_new();
        word_set_add(entry->words, regex);
    }
    return word_set_passes(entry->words, text);
}

static bool
matches(Pattern *pattern, const Haystack *text)
{
    return pattern_match(pattern, text->text, (gssize)text->length, NULL);
}

bool
rules_match(RuleTable *table, guint index, const Haystack *text)
{
    Entry *entry = &g_array_index(table->entries, Entry, index);

    if (!rules_may_match(table, index, text))
        return false;
    if (!entry->pattern) {
        entry->pattern = compile(table, &entry->rule, entry->regex);
        if (entry->unless[0])
            entry->exception = compile(table, &entry->rule, entry->unless);
    }
    return matches(entry->pattern, text) &&
           !(entry->exception && matches(entry->exception, text));
}

bool
rule_speaks(const Rule *rule, const char *const *languages)
{
    if (strcmp(rule->language, "*") == 0 || !languages[0])
        return true;
    for (; *languages; languages++)
        if (strcmp(rule->language, *languages) == 0)
            return true;
    return false;
}
