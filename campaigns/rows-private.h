/* SPDX-License-Identifier: Apache-2.0 */
/* rows-private -- what the CSV and the JSON reader share. */
#ifndef CAMPAIGNS_ROWS_PRIVATE_H
#define CAMPAIGNS_ROWS_PRIVATE_H

#include "rows.h"

struct RowReader {
    FILE *file;
    char *name;
    char buffer[65536];
    size_t at, filled;
    int64_t bytes, line; /* line of the next byte */
    bool failed;
    char separator;
    bool json;
    bool nested;        /* kept as text */
    GPtrArray *columns; /* GString */
    Row row;
    GString *text; /* of the row, at most ROW_MAX_BYTES */
};

RowReader *row_reader_new(FILE *file, const char *name, bool json);
/* The next byte, or EOF; counts lines. */
int row_byte(RowReader *reader);
int row_peek(RowReader *reader);
/* Forget the present row; keep its memory. */
void row_start(RowReader *reader);
/* A new, empty cell of the row. */
GString *row_cell(RowReader *reader);
void row_fault(RowReader *reader, int column, const char *format, ...)
    G_GNUC_PRINTF(3, 4);
/* One byte into the row's text, within its limit. */
void row_keep(RowReader *reader, int byte);
bool csv_next(RowReader *reader);
bool jsonl_next(RowReader *reader);

#endif
