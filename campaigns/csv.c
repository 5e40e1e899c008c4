/* SPDX-License-Identifier: Apache-2.0 */
/* csv.c - RFC 4180, read row by row, and written safely */
#include "rows-private.h"

#include "nurture/candidates.h"
#include "nurture/error.h"

#include <string.h>

static void
cell_add(RowReader *r, GString *cell, int byte)
{
    if (cell->len >= ROW_MAX_CELL)
        row_fault(r, (int)r->row.cells->len, "a cell is longer than 64 KB");
    else
        g_string_append_c(cell, (char)byte);
}

/* The rest of a cell behind its opening quote. False at the end of the file:
 * the quote was never closed. */
static bool
read_quoted(RowReader *r, GString *cell)
{
    int byte;

    while ((byte = row_byte(r)) != EOF) {
        row_keep(r, byte);
        if (byte != '"') {
            cell_add(r, cell, byte);
        } else if (row_peek(r) == '"') {
            row_keep(r, row_byte(r));
            cell_add(r, cell, '"');
        } else {
            return true;
        }
    }
    return false;
}

static bool
ends_cell(const RowReader *r, int byte)
{
    return byte == r->separator || byte == '\n' || byte == '\r' || byte == EOF;
}

/* One cell; the separator or end of line behind it is left. */
static void
read_cell(RowReader *r)
{
    GString *cell = row_cell(r);
    int column = (int)r->row.cells->len;

    if (row_peek(r) == '"') {
        row_keep(r, row_byte(r));
        if (!read_quoted(r, cell)) {
            row_fault(r, column, "the quote opened here is never closed");
            return;
        }
        if (!ends_cell(r, row_peek(r)))
            row_fault(r, column, "text behind a closing quote");
    }
    while (!ends_cell(r, row_peek(r))) {
        int byte = row_byte(r);
        row_keep(r, byte);
        cell_add(r, cell, byte);
    }
}

/* CRLF, LF or a lone CR. */
static void
skip_line_end(RowReader *r)
{
    if (row_peek(r) == '\r') {
        row_byte(r);
        if (row_peek(r) != '\n') {
            r->line++;
            return;
        }
    }
    if (row_peek(r) == '\n')
        row_byte(r);
}

/* Cells up to the end of the line. False at the end of the file. */
static bool
read_row(RowReader *r)
{
    while (row_peek(r) == '\n' || row_peek(r) == '\r')
        skip_line_end(r);
    row_start(r);
    if (row_peek(r) == EOF)
        return false;
    for (;;) {
        if (r->row.cells->len < ROW_MAX_COLUMNS + 1)
            read_cell(r);
        else { /* counted as one too many; its content is not needed */
            row_fault(r, 0, "more than %d cells", ROW_MAX_COLUMNS);
            g_ptr_array_set_size(r->row.cells, ROW_MAX_COLUMNS);
            read_cell(r);
        }
        if (row_peek(r) != r->separator)
            break;
        row_keep(r, row_byte(r));
    }
    skip_line_end(r);
    return true;
}

bool
csv_next(RowReader *r)
{
    guint columns = r->columns->len;

    if (!read_row(r))
        return false;
    if (r->row.cells->len != columns)
        row_fault(r, 0, "%u cells, but the first row names %u columns",
                  r->row.cells->len, columns);
    return true;
}

/* The separator that the first line holds most of, outside quotes. */
static char
find_separator(RowReader *r)
{
    static const char candidates[] = ",;\t";
    int count[3] = {0, 0, 0}, best = 0;
    bool quoted = false;

    row_peek(r);
    for (size_t i = r->at; i < r->filled; i++) {
        const char *found;
        if (r->buffer[i] == '"')
            quoted = !quoted;
        if (quoted)
            continue;
        if (r->buffer[i] == '\n' || r->buffer[i] == '\r')
            break;
        found = r->buffer[i] ? strchr(candidates, r->buffer[i]) : NULL;
        if (found)
            count[found - candidates]++;
    }
    for (int i = 1; i < 3; i++)
        if (count[i] > count[best])
            best = i;
    return candidates[best];
}

static bool
read_header(RowReader *r, GError **error)
{
    bool utf16 = r->filled >= 2 && (memcmp(r->buffer, "\xff\xfe", 2) == 0 ||
                                    memcmp(r->buffer, "\xfe\xff", 2) == 0);
    const char *problem = NULL;

    if (r->failed)
        problem = "cannot be read";
    else if (utf16)
        problem = "this file is UTF-16: save it as \"CSV UTF-8\"";
    else if (!read_row(r))
        problem = "the file is empty: its first line names the columns";
    else if (r->row.fault)
        problem = r->row.fault;
    else if (r->row.cells->len > ROW_MAX_COLUMNS)
        problem = "more than 200 columns";
    for (guint i = 0; !problem && i < r->row.cells->len; i++) {
        const GString *name = g_ptr_array_index(r->row.cells, i);
        if (!g_utf8_validate_len(name->str, name->len, NULL))
            problem = "a column's name is not UTF-8 text";
        g_ptr_array_add(r->columns, g_string_new(name->str));
    }
    if (problem)
        g_set_error(error, NURTURE_ERROR, ERROR_INPUT,
                    "%s:%" G_GINT64_FORMAT ":%d: %s", r->name,
                    MAX(r->row.line, 1), MAX(r->row.fault_column, 1), problem);
    return !problem;
}

RowReader *
csv_reader_new(FILE *file, const char *name, GError **error)
{
    g_autoptr(RowReader) r = row_reader_new(file, name, false);

    r->separator = find_separator(r);
    if (!read_header(r, error))
        return NULL;
    return g_steal_pointer(&r);
}
