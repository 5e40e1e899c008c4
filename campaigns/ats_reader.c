/* SPDX-License-Identifier: Apache-2.0 */
/* ats_reader.c - rows of a file become records, or problems with a place */
#include "ats-reader.h"

#include "nurture/error.h"
#include "nurture/json.h"
#include "nurture/text.h"

#include <string.h>

struct AtsReader {
    RowReader *rows;
    char *src;
    int64_t now;
};

AtsReader *
ats_reader_new(FILE *file, const char *name, bool json, const char *src,
               int64_t now, GError **error)
{
    g_autoptr(AtsReader) r = g_new0(AtsReader, 1);

    r->rows =
        json ? jsonl_reader_new(file, name) : csv_reader_new(file, name, error);
    if (!r->rows)
        return NULL;
    if (json)
        jsonl_keep_nested(r->rows);
    r->src = g_strdup(src);
    r->now = now;
    return g_steal_pointer(&r);
}

void
ats_reader_free(AtsReader *r)
{
    if (!r)
        return;
    row_reader_free(r->rows);
    g_free(r->src);
    g_free(r);
}

const RowReader *
ats_reader_rows(const AtsReader *r)
{
    return r->rows;
}

static const char *
name_of(const AtsReader *r, guint column)
{
    return ((GString *)g_ptr_array_index(row_columns(r->rows), column))->str;
}

/* Takes `reason`. */
static ImportProblem *
problem_new(const AtsReader *r, const Row *row, int column, char *reason)
{
    ImportProblem *p = g_new0(ImportProblem, 1);

    p->line = row->line;
    p->column = column;
    p->reason = reason;
    if (column > 0 && (guint)column <= row_columns(r->rows)->len)
        p->name = g_strdup(name_of(r, (guint)column - 1));
    return p;
}

/* The column of a field, for the place of a problem; 0 = none has it. */
static int
column_of(const AtsReader *r, int field)
{
    for (guint i = 0; field >= 0 && i < row_columns(r->rows)->len; i++)
        if (ats_field_find(name_of(r, i)) == field)
            return (int)i + 1;
    return 0;
}

static int
field_of(const char *name)
{
    return strcmp(name, "email") == 0 ? ATS_EMAILS : ats_field_find(name);
}

static ImportProblem *
take_cells(AtsReader *r, const Row *row, AtsRow *out, GString *raw)
{
    for (guint i = 0; i < row->cells->len; i++) {
        const GString *cell = g_ptr_array_index(row->cells, i);
        int field = field_of(name_of(r, i));
        char *reason;

        if (strlen(cell->str) != cell->len ||
            !g_utf8_validate(cell->str, -1, NULL))
            return problem_new(r, row, (int)i + 1, g_strdup("not UTF-8 text"));
        if (field >= 0 &&
            !ats_row_set(out, (AtsField)field, cell->str, &reason))
            return problem_new(r, row, (int)i + 1, reason);
        if (field >= 0 || cell->len == 0)
            continue;
        g_string_append_c(raw, raw->len > 1 ? ',' : ' ');
        json_append_string(raw, name_of(r, i));
        g_string_append_c(raw, ':');
        json_append_string(raw, cell->str);
    }
    return NULL;
}

static ImportProblem *
read_record(AtsReader *r, const Row *row, AtsRow *out)
{
    g_autoptr(GString) raw = g_string_new("{");
    ImportProblem *problem;
    char *reason;
    int field;

    if (row->fault)
        return problem_new(r, row, row->fault_column, g_strdup(row->fault));
    problem = take_cells(r, row, out, raw);
    if (problem)
        return problem;
    if (!ats_row_finish(out, r->src, r->now, &field, &reason))
        return problem_new(r, row, column_of(r, field), reason);
    /* JSON lines are kept as they came, with their types. */
    if (raw->len > 1)
        out->raw = row_is_json(r->rows)
                       ? g_strdup(row_text(r->rows)->str)
                       : g_strdup(g_string_append_c(raw, '}')->str);
    return NULL;
}

static bool
is_blank(const Row *row)
{
    for (guint i = 0; i < row->cells->len; i++)
        if (!text_is_blank(((GString *)g_ptr_array_index(row->cells, i))->str))
            return false;
    return !row->fault;
}

bool
ats_reader_next(AtsReader *r, AtsRow *row, ImportProblem **out_problem,
                GError **error)
{
    const Row *cells;

    *out_problem = NULL;
    memset(row, 0, sizeof *row);
    do
        cells = row_next(r->rows, error);
    while (cells && is_blank(cells)); /* spreadsheets leave some at the end */
    if (!cells)
        return false;
    *out_problem = read_record(r, cells, row);
    if (*out_problem)
        ats_row_clear(row);
    return true;
}
