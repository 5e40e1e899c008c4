/* SPDX-License-Identifier: Apache-2.0 */
/* datafile -- tables of rules kept beside the code, one TAB-separated row a
 * line.
 *
 * Blank lines and lines that start with '#' are skipped. The first remaining
 * line names the columns. A cell is literal text: no quoting, no escapes. A
 * row with fewer cells than columns is completed with empty ones; one with
 * more is an error. Data files are built into the program (see embedded.h). */
#ifndef NURTURE_DATAFILE_H
#define NURTURE_DATAFILE_H

#include <glib.h>

typedef struct DataFile DataFile;

typedef struct {
    int line; /* in the file, from 1: named in every verdict */
    char **cell;
} DataRow;

/* The built-in table at `path` ("tracking/data/bounce.tsv").
 * Returns: the table; NULL with ERROR_INPUT, message "path:line: what". */
DataFile *datafile_load(const char *path, GError **error);
/* The same from text, for overrides and tests; `name` stands in messages. */
DataFile *datafile_parse(const char *name, const char *text, gsize length,
                         GError **error);
/* The same, or the file of that name in the workspace's folder data/, if there
 * is one; `root` may be NULL. */
DataFile *datafile_load_in(const char *root, const char *path, GError **error);
/* The built-in table, read once for all of the process; a fault in it is our
 * own mistake and ends the program. Borrowed. Any thread. */
const DataFile *datafile_built_in(const char *path);
void datafile_free(DataFile *file);

guint datafile_rows(const DataFile *file);
const DataRow *datafile_row(const DataFile *file, guint index); /* borrowed */
/* The column's index, or -1. */
int datafile_find_column(const DataFile *file, const char *name);
/* The same; a column that is not there is our own mistake. */
int datafile_column(const DataFile *file, const char *name);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(DataFile, datafile_free)

#endif
