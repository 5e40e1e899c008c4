/* SPDX-License-Identifier: Apache-2.0 */
/* datafile.c - reading TAB-separated rule tables */
#include "nurture/datafile.h"

#include "nurture/embedded.h"
#include "nurture/error.h"

#include <stdbool.h>
#include <string.h>

struct DataFile {
    char *name;
    char **columns;
    GArray *rows; /* DataRow */
};

static void
row_clear(void *row)
{
    g_strfreev(((DataRow *)row)->cell);
}

static bool
add_row(DataFile *file, const char *line, int number, GError **error)
{
    guint want = g_strv_length(file->columns), have;
    DataRow row = {number, g_strsplit(line, "\t", -1)};

    have = g_strv_length(row.cell);
    if (have > want) {
        g_set_error(error, NURTURE_ERROR, ERROR_INPUT,
                    "%s:%d: %u cells, but only %u columns", file->name, number,
                    have, want);
        g_strfreev(row.cell);
        return false;
    }
    row.cell = g_renew(char *, row.cell, want + 1);
    for (; have < want; have++)
        row.cell[have] = g_strdup("");
    row.cell[want] = NULL;
    g_array_append_val(file->rows, row);
    return true;
}

DataFile *
datafile_parse(const char *name, const char *text, gsize length, GError **error)
{
    g_autoptr(DataFile) file = g_new0(DataFile, 1);
    const char *p = text, *end = text + length;

    file->name = g_strdup(name);
    file->rows = g_array_new(FALSE, FALSE, sizeof(DataRow));
    g_array_set_clear_func(file->rows, row_clear);
    for (int number = 1; p < end; number++) {
        const char *eol = memchr(p, '\n', (size_t)(end - p));
        g_autofree char *line = g_strndup(p, (gsize)((eol ? eol : end) - p));

        p = eol ? eol + 1 : end;
        if (g_str_has_suffix(line, "\r"))
            line[strlen(line) - 1] = 0;
        if (line[0] == '\0' || line[0] == '#')
            continue;
        if (!file->columns)
            file->columns = g_strsplit(line, "\t", -1);
        else if (!add_row(file, line, number, error))
            return NULL;
    }
    if (!file->columns) {
        g_set_error(error, NURTURE_ERROR, ERROR_INPUT, "%s: no rows", name);
        return NULL;
    }
    return g_steal_pointer(&file);
}

DataFile *
datafile_load(const char *path, GError **error)
{
    const Embedded *e = embedded_find(path);

    g_assert(e);
    return datafile_parse(path, e->start, (gsize)(e->end - e->start), error);
}

void
datafile_free(DataFile *file)
{
    if (!file)
        return;
    g_free(file->name);
    g_strfreev(file->columns);
    g_array_unref(file->rows);
    g_free(file);
}

guint
datafile_rows(const DataFile *file)
{
    return file->rows->len;
}

const DataRow *
datafile_row(const DataFile *file, guint index)
{
    return &g_array_index(file->rows, DataRow, index);
}

int
datafile_find_column(const DataFile *file, const char *name)
{
    for (int i = 0; file->columns[i]; i++)
        if (strcmp(file->columns[i], name) == 0)
            return i;
    return -1;
}

int
datafile_column(const DataFile *file, const char *name)
{
    int column = datafile_find_column(file, name);

    if (column < 0)
        g_error("%s has no column '%s'", file->name, name);
    return column;
}
