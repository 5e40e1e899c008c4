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

const DataFile *
datafile_built_in(const char *path)
{
    static GMutex lock;
    static GHashTable *files; /* path -> DataFile */
    g_autoptr(GMutexLocker) locker = g_mutex_locker_new(&lock);
    g_autoptr(GError) error = NULL;
    DataFile *file;

    if (!files)
        files = g_hash_table_new(g_str_hash, g_str_equal);
    file = g_hash_table_lookup(files, path);
    if (file)
        return file;
    file = datafile_load(path, &error);
    if (!file)
        g_error("%s", error->message);
    g_hash_table_insert(files, g_strdup(path), file);
    return file;
}

static bool
has_columns(const DataFile *file, const DataFile *wanted, GError **error)
{
    for (char **c = wanted->columns; *c; c++)
        if (!g_strv_contains((const char *const *)file->columns, *c)) {
            g_set_error(error, NURTURE_ERROR, ERROR_INPUT,
                        "%s: there is no column '%s'; its first line is "
                        "the columns' names with TABs between them",
                        file->name, *c);
            return false;
        }
    return true;
}

DataFile *
datafile_load_in(const char *root, const char *path, GError **error)
{
    const char *slash = strrchr(path, '/');
    g_autofree char *own =
        root ? g_build_filename(root, "data", slash ? slash + 1 : path, NULL)
             : NULL;
    g_autoptr(GMappedFile) mapped = NULL;

    if (!own || !g_file_test(own, G_FILE_TEST_EXISTS))
        return datafile_load(path, error);
    mapped = g_mapped_file_new(own, FALSE, NULL);
    if (!mapped) {
        g_set_error(error, NURTURE_ERROR, ERROR_INPUT, "%s cannot be read",
                    own);
        return NULL;
    }
    g_autoptr(DataFile) built_in = datafile_load(path, error);
    g_autoptr(DataFile) file =
        datafile_parse(own, g_mapped_file_get_contents(mapped),
                       g_mapped_file_get_length(mapped), error);
    if (!built_in || !file || !has_columns(file, built_in, error))
        return NULL;
    return g_steal_pointer(&file);
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
