/* SPDX-License-Identifier: Apache-2.0 */
/* ats_reader.c - rows of a file become records, or problems with a place */
#include "ats-reader.h"

#include "candidate-columns.h"

#include "nurture/error.h"
#include "nurture/json.h"
#include "nurture/text.h"

#include <string.h>

struct AtsReader {
    RowReader *rows;
    char *src;
    int64_t now;
    GArray *special;     /* gboolean, of the columns asked about so far */
    GPtrArray *left_out; /* their names */
};

AtsReader *
ats_reader_new(FILE *file, const char *name, bool json, const char *src,
               int64_t now, GError **error)
{
    g_autoptr(AtsReader) r = g_new0(AtsReader, 1);

    r->special = g_array_new(FALSE, FALSE, sizeof(gboolean));
    r->left_out = g_ptr_array_new_with_free_func(g_free);
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
    g_array_unref(r->special);
    g_ptr_array_unref(r->left_out);
    g_free(r->src);
    g_free(r);
}

GPtrArray *
ats_reader_left_out(const AtsReader *r)
{
    return r->left_out;
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

/* Does an object or list, as it is written, have such a member somewhere? */
static bool
holds_special(const char *json)
{
    while ((json = strchr(json, '"'))) {
        const char *end = ++json;
        while (*end && *end != '"')
            end += end[0] == '\\' && end[1] ? 2 : 1;
        if (!*end)
            return false;
        if (end[1 + strspn(end + 1, " \t")] == ':') {
            g_autofree char *name = g_strndup(json, (gsize)(end - json));
            if (column_is_special(name))
                return true;
        }
        json = end + 1;
    }
    return false;
}

/* What recruiters must not keep about people is not kept, and said. */
static bool
must_go(AtsReader *r, guint column, const char *value)
{
    const char *name = name_of(r, column);

    while (r->special->len <= column) {
        gboolean special = column_is_special(name_of(r, r->special->len));
        g_array_append_val(r->special, special);
    }
    if (!g_array_index(r->special, gboolean, column) &&
        !((*value == '{' || *value == '[') && row_is_json(r->rows) &&
          holds_special(value)))
        return false;
    if (!g_ptr_array_find_with_equal_func(r->left_out, name, g_str_equal, NULL))
        g_ptr_array_add(r->left_out, g_strdup(name));
    return true;
}

static int
field_of(const char *name)
{
    return strcmp(name, "email") == 0 ? ATS_EMAILS : ats_field_find(name);
}

/* *out_whole: all of the row may be kept. */
static ImportProblem *
take_cells(AtsReader *r, const Row *row, AtsRow *out, GString *raw,
           bool *out_whole)
{
    *out_whole = true;
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
        if (must_go(r, i, cell->str)) {
            *out_whole = false;
            continue;
        }
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
    bool whole;
    int field;

    if (row->fault)
        return problem_new(r, row, row->fault_column, g_strdup(row->fault));
    problem = take_cells(r, row, out, raw, &whole);
    if (problem)
        return problem;
    if (!ats_row_finish(out, r->src, r->now, &field, &reason))
        return problem_new(r, row, column_of(r, field), reason);
    /* JSON lines are kept as they came, with their types. */
    if (raw->len > 1)
        out->raw = row_is_json(r->rows) && whole
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
