/* SPDX-License-Identifier: Apache-2.0 */
/* ranking_words.c - what a role says about people: words and fields */
#include "ranking-private.h"

#include <string.h>

enum { MOST_WORDS = 16 };

void
rank_fields_add(RankFields *f, AudienceQuery *query, const FieldSet *all)
{
    const struct {
        const char *name;
        int *column;
    } wanted[] = {
        {"seniority", &f->seniority},
        {"city", &f->city},
        {"country", &f->country},
        {"language", &f->language},
        {"added", &f->added},
        {"last_engaged", &f->last_engaged},
        {"last_applied", &f->last_applied},
        {"interest", &f->interest},
        {"job_title", &f->title},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(wanted); i++) {
        const Field *field = field_find(all, wanted[i].name);
        *wanted[i].column = field ? audience_query_field(query, field) : 0;
    }
}

int64_t
rank_last_sign(Statement *row, const RankFields *f)
{
    int64_t at = statement_int(row, f->added);

    at = MAX(at, statement_int(row, f->last_engaged));
    return MAX(at, statement_int(row, f->last_applied));
}

int
rank_steps(const Field *field, const char *from, const char *to)
{
    int a = -1, b = -1;

    for (int i = 0; field->values && field->values[i]; i++) {
        if (strcmp(field->values[i], from) == 0)
            a = i;
        if (strcmp(field->values[i], to) == 0)
            b = i;
    }
    return a < 0 || b < 0 ? G_MAXINT : b - a;
}

bool
text_is_same(const char *a, const char *b)
{
    g_autofree char *folded_a = g_utf8_casefold(a, -1);
    g_autofree char *folded_b = g_utf8_casefold(b, -1);

    return strcmp(folded_a, folded_b) == 0;
}

/* What the index takes for a part of a word. */
static bool
is_word_part(gunichar c)
{
    return g_unichar_isalnum(c) || g_unichar_ismark(c) || c == '+' || c == '#';
}

char *
ranking_query(const char *word)
{
    g_autoptr(GString) query = g_string_new(NULL);
    bool inside = false;

    for (const char *p = word; *p; p = g_utf8_next_char(p)) {
        gunichar c = g_utf8_get_char(p);
        if (is_word_part(c) != inside)
            g_string_append(query, inside            ? "\""
                                   : query->len == 0 ? "\""
                                                     : " AND \"");
        inside = is_word_part(c);
        if (inside)
            g_string_append_unichar(query, c);
    }
    if (inside)
        g_string_append_c(query, '"');
    return g_string_free(g_steal_pointer(&query), FALSE);
}

static void
add_word(GPtrArray *words, const char *text, gsize length)
{
    g_autofree char *word = g_strndup(text, length);
    g_autofree char *folded = g_utf8_strdown(word, -1);
    g_autofree char *query = ranking_query(folded);

    if (*query == '\0' || words->len >= MOST_WORDS)
        return;
    for (guint i = 0; i < words->len; i++)
        if (strcmp(g_ptr_array_index(words, i), folded) == 0)
            return;
    g_ptr_array_add(words, g_steal_pointer(&folded));
}

/* Levels are judged by themselves, and "(m/f/d)" is about nobody. */
static bool
says_something(const Role *role, const char *word, gsize length)
{
    static const char *const empty[] = {"and", "for", "the",  "all",
                                        "und", "für", "der",  "die",
                                        "das", "mit", "with", NULL};
    g_autofree char *one = g_strndup(word, length);
    g_autofree char *folded = g_utf8_strdown(one, -1);

    return g_utf8_strlen(folded, -1) > 1 && !g_strv_contains(empty, folded) &&
           !g_strv_contains((const char *const *)role->levels, folded);
}

char **
ranking_words(const Role *role)
{
    g_autoptr(GPtrArray) words = g_ptr_array_new_with_free_func(g_free);
    const char *title = role->title ? role->title : "";

    for (char **s = role->skills; *s; s++)
        add_word(words, *s, strlen(*s));
    for (const char *p = title; *p;) {
        const char *start = p;
        while (*p && is_word_part(g_utf8_get_char(p)))
            p = g_utf8_next_char(p);
        if (p > start && says_something(role, start, (gsize)(p - start)))
            add_word(words, start, (gsize)(p - start));
        if (*p)
            p = g_utf8_next_char(p);
    }
    for (char **i = role->interests; *i; i++)
        add_word(words, *i, strlen(*i));
    g_ptr_array_set_free_func(words, NULL);
    g_ptr_array_add(words, NULL);
    return (char **)g_ptr_array_free(g_steal_pointer(&words), FALSE);
}
