/* SPDX-License-Identifier: Apache-2.0 */
/* rows -- a file of people read one row at a time: CSV or JSON lines.
 *
 * A row is a list of cells, one for each column met so far. A row that cannot
 * be read is a row with `fault` set, so that the reader goes on behind it; only
 * a file that is no such file at all is an error. Memory is that of one row. */
#ifndef CAMPAIGNS_ROWS_H
#define CAMPAIGNS_ROWS_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define ROW_MAX_CELL    (64 * 1024)
#define ROW_MAX_BYTES   (1024 * 1024)
#define ROW_MAX_COLUMNS 200
/* Stands between the values of a list in one cell. */
#define ROW_SEPARATOR '\x1f'

typedef struct {
    int64_t line;     /* where the row starts, from 1 */
    GPtrArray *cells; /* GString; as many as there are columns, or fewer */
    char *fault;      /* why the row cannot be used; NULL = it can */
    int fault_column; /* from 1; 0 = the row as a whole */
} Row;

typedef struct RowReader RowReader;

/* Read `file`, which stays the caller's. A CSV file's first row names its
 * columns; it is read here. The separator is the one of , ; and TAB that the
 * first row holds most of. `name` is the file's, for errors: "NAME:1:1: ..".
 * NULL with ERROR_INPUT. */
RowReader *csv_reader_new(FILE *file, const char *name, GError **error);
RowReader *jsonl_reader_new(FILE *file, const char *name);
/* Take objects and lists inside the object for one text each, as they are
 * written, instead of a fault; at most 32 deep. */
void jsonl_keep_nested(RowReader *reader);
void row_reader_free(RowReader *reader);

/* The next row, borrowed until the next call; NULL at the end, or with `error`
 * when the file could not be read. Blank lines are passed over. */
const Row *row_next(RowReader *reader, GError **error);
/* GString* names; grows while JSON lines are read. Borrowed. */
const GPtrArray *row_columns(const RowReader *reader);
int64_t row_bytes_read(const RowReader *reader);
/* The bytes of the present row, without its end of line. */
const GString *row_text(const RowReader *reader);
/* Is this one JSON per line? */
bool row_is_json(const RowReader *reader);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(RowReader, row_reader_free)

#endif
