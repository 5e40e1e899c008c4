/* SPDX-License-Identifier: Apache-2.0 */
/* lint_words.c - words that the team has decided not to write
 *
 * words.txt, if there is one: "young team: can read as age discrimination", a
 * phrase a line, '#' before a comment. */
#include "lint.h"

#include "nurture/text.h"

#include <string.h>

struct WordList {
    GPtrArray *rows; /* char *: phrase, NUL, reason */
};

void
word_list_free(WordList *list)
{
    if (!list)
        return;
    g_ptr_array_unref(list->rows);
    g_free(list);
}

WordList *
word_list_read(const TemplateFiles *files)
{
    const Source *source =
        files->source ? files->source("words.txt", files->data) : NULL;
    WordList *list;

    if (!source ||
        !g_utf8_validate_len(source_text(source), source_size(source), NULL))
        return NULL;
    list = g_new0(WordList, 1);
    list->rows = g_ptr_array_new_with_free_func((GDestroyNotify)g_strfreev);
    for (int line = 1; line <= source_lines(source); line++) {
        g_autofree char *text = source_line(source, line);
        char **row;
        if (text_is_blank(text) || text[0] == '#')
            continue;
        row = g_strsplit(text, ":", 2);
        g_strstrip(row[0]);
        if (row[1])
            g_strstrip(row[1]);
        g_ptr_array_add(list->rows, row);
    }
    return list;
}

static bool
is_letter_before(const char *text, const char *at)
{
    return at > text &&
           g_unichar_isalnum(g_utf8_get_char(g_utf8_prev_char(at)));
}

/* The phrase in any case, as words of their own. */
static const char *
find_phrase(const char *text, const char *phrase, gsize *out_length)
{
    g_autofree char *wanted = g_utf8_casefold(phrase, -1);
    glong characters = g_utf8_strlen(phrase, -1);

    for (const char *at = text; *wanted && *at; at = g_utf8_next_char(at)) {
        const char *end = at;
        g_autofree char *piece = NULL;
        for (glong i = 0; i < characters && *end; i++)
            end = g_utf8_next_char(end);
        if (is_letter_before(text, at) ||
            g_unichar_isalnum(g_utf8_get_char(end)))
            continue;
        piece = g_utf8_casefold(at, end - at);
        *out_length = (gsize)(end - at);
        if (strcmp(piece, wanted) == 0)
            return at;
    }
    return NULL;
}

bool
word_list_find(const WordList *list, guint *at, const char *text,
               gsize *out_offset, gsize *out_length, const char **out_reason)
{
    for (; list && *at < list->rows->len; (*at)++) {
        char **row = g_ptr_array_index(list->rows, *at);
        const char *found = find_phrase(text, row[0], out_length);
        if (!found)
            continue;
        *out_offset = (gsize)(found - text);
        *out_reason = row[1] && *row[1] ? row[1] : "is in words.txt";
        (*at)++;
        return true;
    }
    return false;
}
