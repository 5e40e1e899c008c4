/* SPDX-License-Identifier: Apache-2.0 */
/* rows.c - what reading CSV and reading JSON lines have in common */
#include "rows.h"

#include "rows-private.h"

#include "nurture/error.h"

#include <errno.h>
#include <string.h>

static void
cell_free(gpointer cell)
{
    g_string_free(cell, TRUE);
}

RowReader *
row_reader_new(FILE *file, const char *name, bool json)
{
    RowReader *r = g_new0(RowReader, 1);

    r->file = file;
    r->name = g_strdup(name);
    r->json = json;
    r->line = 1;
    r->columns = g_ptr_array_new_with_free_func(cell_free);
    r->row.cells = g_ptr_array_new_with_free_func(cell_free);
    r->text = g_string_new(NULL);
    /* A byte-order mark says nothing but "this is UTF-8". */
    if (row_peek(r) == 0xef && r->filled >= 3 &&
        memcmp(r->buffer, "\xef\xbb\xbf", 3) == 0)
        r->at = 3;
    return r;
}

void
row_reader_free(RowReader *r)
{
    if (!r)
        return;
    g_ptr_array_unref(r->columns);
    g_ptr_array_unref(r->row.cells);
    g_free(r->row.fault);
    g_free(r->name);
    g_string_free(r->text, TRUE);
    g_free(r);
}

int
row_peek(RowReader *r)
{
    if (r->at == r->filled) {
        r->at = 0;
        r->filled = fread(r->buffer, 1, sizeof r->buffer, r->file);
        r->bytes += (int64_t)r->filled;
        r->failed = r->failed || ferror(r->file);
        if (r->filled == 0)
            return EOF;
    }
    return (unsigned char)r->buffer[r->at];
}

int
row_byte(RowReader *r)
{
    int byte = row_peek(r);

    if (byte == EOF)
        return EOF;
    r->at++;
    if (byte == '\n')
        r->line++;
    return byte;
}

void
row_start(RowReader *r)
{
    g_ptr_array_set_size(r->row.cells, 0);
    g_clear_pointer(&r->row.fault, g_free);
    r->row.fault_column = 0;
    r->row.line = r->line;
    g_string_truncate(r->text, 0);
}

GString *
row_cell(RowReader *r)
{
    GString *cell = g_string_new(NULL);

    g_ptr_array_add(r->row.cells, cell);
    return cell;
}

void
row_fault(RowReader *r, int column, const char *format, ...)
{
    va_list args;

    if (r->row.fault)
        return;
    va_start(args, format);
    r->row.fault = g_strdup_vprintf(format, args);
    va_end(args);
    r->row.fault_column = column;
}

void
row_keep(RowReader *r, int byte)
{
    if (r->text->len < ROW_MAX_BYTES)
        g_string_append_c(r->text, (char)byte);
}

const GPtrArray *
row_columns(const RowReader *r)
{
    return r->columns;
}

int64_t
row_bytes_read(const RowReader *r)
{
    return r->bytes - (int64_t)(r->filled - r->at);
}

const GString *
row_text(const RowReader *r)
{
    return r->text;
}

bool
row_is_json(const RowReader *r)
{
    return r->json;
}

/* Texts are UTF-8 without NUL from here on. */
static void
check_cells(RowReader *r)
{
    for (guint i = 0; i < r->row.cells->len; i++) {
        const GString *cell = g_ptr_array_index(r->row.cells, i);
        if (memchr(cell->str, 0, cell->len))
            row_fault(r, (int)i + 1, "a NUL byte");
        else if (!g_utf8_validate_len(cell->str, cell->len, NULL))
            row_fault(r, (int)i + 1, "not UTF-8 text");
    }
}

const Row *
row_next(RowReader *r, GError **error)
{
    bool there = r->json ? jsonl_next(r) : csv_next(r);

    if (r->failed) {
        g_set_error(error, NURTURE_ERROR, ERROR_TEMPORARY,
                    "%s:%" G_GINT64_FORMAT ":1: cannot be read: %s", r->name,
                    r->line, g_strerror(errno));
        return NULL;
    }
    if (!there)
        return NULL;
    check_cells(r);
    return &r->row;
}
