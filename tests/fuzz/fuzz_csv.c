/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_csv.c - any bytes as a file of people, CSV or JSON lines */
#include "campaigns/rows.h"

#include "nurture/candidates.h"

#include "nurture/text.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *
cell(const GPtrArray *cells, guint i)
{
    return ((const GString *)g_ptr_array_index(cells, i))->str;
}

/* The cells of a good row, written and read again, are the same. */
static void
check_again(const Row *row)
{
    g_autoptr(GString) text = g_string_new(NULL);
    g_autoptr(RowReader) reader = NULL;
    FILE *file;

    for (int line = 0; line < 2; line++) {
        for (guint i = 0; i < row->cells->len; i++) {
            g_string_append(text, i ? "," : "");
            csv_append_raw_cell(text, line ? cell(row->cells, i) : "\"name\"");
        }
        g_string_append(text, "\r\n");
    }
    file = fmemopen(text->str, text->len, "r");
    reader = csv_reader_new(file, "f", NULL);
    g_assert_nonnull(reader);
    if (row->cells->len > 1) {
        const Row *same = row_next(reader, NULL);
        g_assert_nonnull(same);
        g_assert_null(same->fault);
        for (guint i = 0; i < row->cells->len; i++)
            g_assert_cmpstr(cell(same->cells, i), ==, cell(row->cells, i));
    }
    fclose(file);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autoptr(GString) safe = g_string_new(NULL);
    g_autoptr(RowReader) reader = NULL;
    int64_t line = 0;
    const Row *row;
    FILE *file;

    if (size < 2)
        return 0;
    file = fmemopen((void *)(data + 1), size - 1, "r");
    reader = data[0] & 1 ? csv_reader_new(file, "f", NULL)
                         : jsonl_reader_new(file, "f");
    while (reader && (row = row_next(reader, NULL))) {
        g_assert_cmpint(row->line, >, line);
        line = row->line;
        g_assert_cmpuint(row->cells->len, <=, ROW_MAX_COLUMNS + 1);
        for (guint i = 0; !row->fault && i < row->cells->len; i++) {
            g_assert_true(g_utf8_validate(cell(row->cells, i), -1, NULL));
            csv_append_cell(g_string_truncate(safe, 0), cell(row->cells, i));
            g_assert_false(safe->str[0] == '=' || safe->str[0] == '@');
        }
        if (!row->fault && row->cells->len > 0)
            check_again(row);
    }
    fclose(file);
    return 0;
}
