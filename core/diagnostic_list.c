/* SPDX-License-Identifier: Apache-2.0 */
/* diagnostic_list.c - all codes, from core/data/diagnostics.tsv */
#include "nurture/diagnostic-list.h"

#include "nurture/datafile.h"

/* Made once and kept; the rows point into the file. */
static GArray *entries; /* DiagnosticEntry, by number */
static DataFile *file;

static int
number_of(const char *code)
{
    return (int)g_ascii_strtoll(code + 1, NULL, 10);
}

static int
compare(const void *a, const void *b)
{
    return number_of(((const DiagnosticEntry *)a)->code) -
           number_of(((const DiagnosticEntry *)b)->code);
}

static const char *
cell_or_null(const char *cell)
{
    return *cell ? cell : NULL;
}

static void
load(void)
{
    g_autoptr(GError) error = NULL;

    file = datafile_load("core/data/diagnostics.tsv", &error);
    g_assert_no_error(error);
    entries = g_array_new(FALSE, FALSE, sizeof(DiagnosticEntry));
    for (guint i = 0; i < datafile_rows(file); i++) {
        char **cell = datafile_row(file, i)->cell;
        DiagnosticEntry entry = {cell[0], cell[1], cell[2],
                                 cell_or_null(cell[3]), cell_or_null(cell[4])};
        g_array_append_val(entries, entry);
    }
    g_array_sort(entries, compare);
}

static void
load_once(void)
{
    static gsize once;

    if (g_once_init_enter(&once)) {
        load();
        g_once_init_leave(&once, 1);
    }
}

guint
diagnostic_list_size(void)
{
    load_once();
    return entries->len;
}

const DiagnosticEntry *
diagnostic_list_get(guint index)
{
    g_assert(index < diagnostic_list_size());
    return &g_array_index(entries, DiagnosticEntry, index);
}

const DiagnosticEntry *
diagnostic_find(const char *code)
{
    for (guint i = 0; i < diagnostic_list_size(); i++)
        if (g_ascii_strcasecmp(diagnostic_list_get(i)->code, code) == 0)
            return diagnostic_list_get(i);
    return NULL;
}

Severity
diagnostic_severity(const char *code)
{
    switch (g_ascii_toupper(code[0])) {
    case 'E':
        return SEVERITY_ERROR;
    case 'W':
        return SEVERITY_WARNING;
    default:
        return SEVERITY_NOTE;
    }
}

/* Breaks lines between words at 78 characters. */
static void
append_wrapped(GString *out, const char *text)
{
    g_auto(GStrv) words = g_strsplit(text, " ", 0);
    glong column = 0;

    for (int i = 0; words[i]; i++) {
        glong width = g_utf8_strlen(words[i], -1);
        if (column > 0 && column + 1 + width > 78) {
            g_string_append_c(out, '\n');
            column = 0;
        } else if (column > 0) {
            g_string_append_c(out, ' ');
            column++;
        }
        g_string_append(out, words[i]);
        column += width;
    }
    g_string_append_c(out, '\n');
}

void
diagnostic_explain(const DiagnosticEntry *entry, GString *out)
{
    Severity severity = diagnostic_severity(entry->code);

    g_string_append_printf(out, "%s  %s\n\n", entry->code, entry->mistake);
    append_wrapped(out, entry->why);
    if (entry->wrong || entry->right)
        g_string_append_c(out, '\n');
    if (entry->wrong)
        g_string_append_printf(out, "  wrong   %s\n", entry->wrong);
    if (entry->right)
        g_string_append_printf(out, "  right   %s\n", entry->right);
    g_string_append_c(out, '\n');
    if (severity == SEVERITY_ERROR)
        g_string_append(out, "An error: nothing can be sent until it is "
                             "gone.\n");
    else if (severity == SEVERITY_NOTE)
        g_string_append(out, "A note: for your information.\n");
    else
        g_string_append_printf(out,
                               "A warning: it will work, but it is probably "
                               "not what you want. If it is,\n"
                               "write  allow: [%s]  into the settings of the "
                               "file.\n",
                               entry->code);
}
