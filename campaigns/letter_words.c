/* SPDX-License-Identifier: Apache-2.0 */
/* letter_words.c - the texts of letters.tsv in one language */
#include "letter-words.h"

#include <string.h>

static const struct {
    const char *language, *date;
} known[] = {{"en", "D MMMM YYYY"},       {"de", "D. MMMM YYYY"},
             {"fr", "D MMMM YYYY"},       {"es", "D de MMMM de YYYY"},
             {"it", "D MMMM YYYY"},       {"nl", "D MMMM YYYY"},
             {"pt", "D de MMMM de YYYY"}, {"pl", "D MMMM YYYY"}};

bool
pen_open(const Workspace *workspace, const char *language, Pen *out,
         GError **error)
{
    g_autofree char *path =
        g_build_filename(workspace->root, "letters.tsv", NULL);
    g_autofree char *text = NULL;
    gsize length, chosen = 0;

    out->ours = datafile_built_in("campaigns/data/letters.tsv");
    if (g_file_get_contents(path, &text, &length, NULL)) {
        out->theirs = datafile_parse(path, text, length, error);
        if (!out->theirs)
            return false;
    }
    for (gsize i = 0; language && i < G_N_ELEMENTS(known); i++)
        if (strcmp(known[i].language, language) == 0)
            chosen = i;
    out->language = known[chosen].language;
    out->date = known[chosen].date;
    return true;
}

void
pen_clear(Pen *pen)
{
    datafile_free(pen->theirs);
}

void
pen_set(Pen *pen, const char *name, const char *value)
{
    g_assert(pen->count < (int)G_N_ELEMENTS(pen->names));
    pen->names[pen->count] = name;
    pen->values[pen->count++] = value ? value : "";
}

/* NULL: the table has no such row, or not in this language. */
static const char *
look_up(const DataFile *words, const char *key, const char *language)
{
    int column = words ? datafile_find_column(words, language) : -1;

    for (guint i = 0; column > 0 && i < datafile_rows(words); i++) {
        const DataRow *row = datafile_row(words, i);
        if (strcmp(row->cell[0], key) == 0 && *row->cell[column])
            return row->cell[column];
    }
    return NULL;
}

static int
find_name(const Pen *pen, const char *name, gsize length)
{
    for (int i = 0; i < pen->count; i++)
        if (strlen(pen->names[i]) == length &&
            strncmp(pen->names[i], name, length) == 0)
            return i;
    return -1;
}

char *
pen_write(const Pen *pen, const char *key)
{
    g_autoptr(GString) out = g_string_new(NULL);
    const char *p = look_up(pen->theirs, key, pen->language);

    if (!p)
        p = look_up(pen->ours, key, pen->language);
    while (p && *p) {
        const char *end = *p == '{' ? strchr(p, '}') : NULL;
        int found = end ? find_name(pen, p + 1, (gsize)(end - p - 1)) : -1;
        if (found >= 0)
            g_string_append(out, pen->values[found]);
        else
            g_string_append_c(out, *p);
        p = found >= 0 ? end + 1 : p + 1;
    }
    return g_string_free(g_steal_pointer(&out), FALSE);
}

char *
pen_date(const Pen *pen, const Workspace *workspace, int64_t at)
{
    return at ? date_format(at, workspace->zone, pen->date, pen->language)
              : NULL;
}
