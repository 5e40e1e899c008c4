/* SPDX-License-Identifier: Apache-2.0 */
/* reply_rules.c - the words of many languages, read from the data files */
#include "reply-lines.h"

#include "nurture/datafile.h"

#include <string.h>

static void
line_pattern_clear(LinePattern *p)
{
    pattern_free(p->pattern);
    word_set_free(p->words);
}

static void
rules_free(gpointer data)
{
    ReplyRules *r = data;

    g_hash_table_unref(r->openers);
    g_hash_table_unref(r->labels);
    g_hash_table_unref(r->separators);
    g_hash_table_unref(r->signoffs);
    g_ptr_array_unref(r->verbs);
    g_ptr_array_unref(r->prefixes);
    g_array_unref(r->prefix_roles);
    line_pattern_clear(&r->tagline);
    line_pattern_clear(&r->device);
    line_pattern_clear(&r->banner);
    line_pattern_clear(&r->disclaimer);
    line_pattern_clear(&r->inside);
    g_free(r);
}

static DataFile *
table_load(const char *name)
{
    g_autofree char *path = g_strdup_printf("tracking/data/%s.tsv", name);
    g_autoptr(GError) error = NULL;
    DataFile *file = datafile_load(path, &error);

    if (!file)
        g_error("%s", error->message); /* built in: our own mistake */
    return file;
}

static const char *
cell(const DataFile *file, guint row, const char *column)
{
    return datafile_row(file, row)->cell[datafile_column(file, column)];
}

/* As it will stand in the text that it is looked up with. */
static char *
word_key(const char *word)
{
    size_t size = 2 * strlen(word) + 16;
    char *key = g_malloc(size);

    reply_normalise(word, strlen(word), key, size);
    return key;
}

/* A label may mean different things in different languages: bits add up. */
static void
words_add(GHashTable *table, const char *words, int bits)
{
    g_auto(GStrv) list = g_strsplit(words, "|", -1);

    for (char **w = list; *w; w++) {
        char *key = word_key(*w);
        int old = GPOINTER_TO_INT(g_hash_table_lookup(table, key));
        g_hash_table_insert(table, key, GINT_TO_POINTER(old | bits));
    }
}

static void
attribution_load(ReplyRules *r)
{
    g_autoptr(DataFile) file = table_load("reply-attribution");

    for (guint i = 0; i < datafile_rows(file); i++) {
        const char *words = cell(file, i, "words");
        g_auto(GStrv) list = NULL;
        if (g_str_equal(cell(file, i, "kind"), "opener")) {
            words_add(r->openers, words, 1);
            continue;
        }
        list = g_strsplit(words, "|", -1);
        for (char **w = list; *w; w++)
            g_ptr_array_add(r->verbs, word_key(*w));
    }
}

static int
role_find(const char *name)
{
    static const char *const names[] = {"from",     "sent",      "to",
                                        "cc",       "subject",   "reply",
                                        "original", "forwarded", "marker"};

    for (int i = 0; i < (int)G_N_ELEMENTS(names); i++) {
        if (g_str_equal(names[i], name))
            return 1 << i;
    }
    g_error("reply-headers.tsv: no role '%s'", name);
}

static void
separator_add(ReplyRules *r, const char *words, int role)
{
    g_auto(GStrv) list = g_strsplit(words, "|", -1);

    for (char **w = list; *w; w++) {
        char *star = strchr(*w, '*');
        if (star) {
            *star = '\0';
            g_ptr_array_add(r->prefixes, word_key(*w));
            g_array_append_val(r->prefix_roles, role);
        } else {
            words_add(r->separators, *w, role);
        }
    }
}

static void
headers_load(ReplyRules *r)
{
    g_autoptr(DataFile) file = table_load("reply-headers");

    for (guint i = 0; i < datafile_rows(file); i++) {
        int role = role_find(cell(file, i, "role"));
        const char *words = cell(file, i, "words");
        if (role >= REPLY_ORIGINAL)
            separator_add(r, words, role);
        else
            words_add(r->labels, words, role);
    }
}

static void
signoff_load(ReplyRules *r)
{
    g_autoptr(DataFile) file = table_load("reply-signoff");

    for (guint i = 0; i < datafile_rows(file); i++) {
        bool thanks = g_str_equal(cell(file, i, "kind"), "thanks");
        words_add(r->signoffs, cell(file, i, "words"),
                  thanks ? REPLY_THANKS : REPLY_CLOSE);
    }
}

/* All rows of one kind as one alternation: PCRE2 then tells at the first
   character that a line is none of them. */
static LinePattern
patterns_load(const char *table, const char *kind)
{
    g_autoptr(DataFile) file = table_load(table);
    g_autoptr(GString) all = g_string_new("(?s)^(?:");
    g_autoptr(GError) error = NULL;
    LinePattern p = {.words = word_set_new()};

    for (guint i = 0; i < datafile_rows(file); i++) {
        const char *pattern = cell(file, i, "pattern");
        if (!g_str_equal(cell(file, i, "kind"), kind))
            continue;
        g_string_append_printf(all, "%s(?:%s)", all->len > 8 ? "|" : "",
                               pattern);
        word_set_add(p.words, pattern);
    }
    g_string_append_c(all, ')');
    p.pattern =
        pattern_new(all->str, PATTERN_CASELESS | PATTERN_ANCHORED, &error);
    if (!p.pattern)
        g_error("%s.tsv: %s", table, error->message);
    return p;
}

bool
line_pattern_matches(const LinePattern *p, const char *text, size_t length)
{
    g_auto(Haystack) h = {0};

    haystack_init(&h, text, length);
    return word_set_passes(p->words, &h) &&
           pattern_match(p->pattern, text, (gssize)h.length, NULL);
}

static GHashTable *
words_new(void)
{
    return g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
}

static ReplyRules *
rules_load(void)
{
    ReplyRules *r = g_new0(ReplyRules, 1);

    r->openers = words_new();
    r->labels = words_new();
    r->separators = words_new();
    r->signoffs = words_new();
    r->verbs = g_ptr_array_new_with_free_func(g_free);
    r->prefixes = g_ptr_array_new_with_free_func(g_free);
    r->prefix_roles = g_array_new(FALSE, FALSE, sizeof(int));
    attribution_load(r);
    headers_load(r);
    signoff_load(r);
    r->tagline = patterns_load("reply-tagline", "tagline");
    r->device = patterns_load("reply-tagline", "device");
    r->banner = patterns_load("reply-banner", "banner");
    r->disclaimer = patterns_load("reply-banner", "disclaimer");
    r->inside = patterns_load("reply-inside", "inside");
    return r;
}

const ReplyRules *
reply_rules(void)
{
    /* A Pattern serves one thread at a time: each has its own. */
    static GPrivate key = G_PRIVATE_INIT(rules_free);
    ReplyRules *r = g_private_get(&key);

    if (!r) {
        r = rules_load();
        g_private_set(&key, r);
    }
    return r;
}
