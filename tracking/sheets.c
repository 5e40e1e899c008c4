/* SPDX-License-Identifier: Apache-2.0 */
/* sheets.c - tables of typed cells, for terminals, spreadsheets and programs */
#include "nurture/sheets.h"

#include "nurture/json.h"
#include "nurture/text.h"

#include <math.h>
#include <string.h>

typedef struct {
    char *text;
    double number;
    bool known;
} Cell;

static void
cell_clear(gpointer p)
{
    g_free(((Cell *)p)->text);
}

static void
sheet_free(gpointer p)
{
    g_array_unref(((Sheet *)p)->cells);
    g_free(p);
}

Sheets *
sheets_new(const char *name, const char *title, const char *company,
           const char *period)
{
    Sheets *s = g_new0(Sheets, 1);

    s->name = g_strdup(name);
    s->title = g_strdup(title);
    s->company = g_strdup(company);
    s->period = g_strdup(period);
    s->facts = g_ptr_array_new_with_free_func(g_free);
    s->rules = g_ptr_array_new_with_free_func(g_free);
    s->sheets = g_ptr_array_new_with_free_func(sheet_free);
    return s;
}

void
sheets_free(Sheets *s)
{
    if (!s)
        return;
    g_free(s->name);
    g_free(s->title);
    g_free(s->company);
    g_free(s->period);
    g_free(s->currency);
    g_ptr_array_unref(s->facts);
    g_ptr_array_unref(s->rules);
    g_ptr_array_unref(s->sheets);
    g_free(s);
}

Sheet *
sheets_add(Sheets *s, const char *id, const char *title, const char *note,
           const SheetColumn *columns, guint width)
{
    Sheet *sheet = g_new0(Sheet, 1);

    sheet->id = id;
    sheet->title = title;
    sheet->note = note;
    sheet->columns = columns;
    sheet->width = width;
    sheet->cells = g_array_new(FALSE, TRUE, sizeof(Cell));
    g_array_set_clear_func(sheet->cells, cell_clear);
    g_ptr_array_add(s->sheets, sheet);
    return sheet;
}

void
sheets_rule(Sheets *s, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    g_ptr_array_add(s->rules, g_strdup_vprintf(format, args));
    va_end(args);
}

void
sheets_fact(Sheets *s, const char *label, const char *format, ...)
{
    va_list args;

    g_ptr_array_add(s->facts, g_strdup(label));
    va_start(args, format);
    g_ptr_array_add(s->facts, g_strdup_vprintf(format, args));
    va_end(args);
}

void
sheet_text(Sheet *sheet, const char *text)
{
    Cell cell = {.text = g_strdup(text), .known = text != NULL};

    g_array_append_val(sheet->cells, cell);
}

void
sheet_number(Sheet *sheet, double number)
{
    Cell cell = {.number = number, .known = true};

    g_array_append_val(sheet->cells, cell);
}

void
sheet_unknown(Sheet *sheet)
{
    Cell cell = {.known = false};

    g_array_append_val(sheet->cells, cell);
}

void
sheet_share(Sheet *sheet, double part, double whole)
{
    if (whole > 0)
        sheet_number(sheet, part / whole);
    else
        sheet_unknown(sheet);
}

guint
sheet_rows(const Sheet *sheet)
{
    return sheet->cells->len / sheet->width;
}

static const Cell *
cell_at(const Sheet *sheet, guint row, guint column)
{
    return &g_array_index(sheet->cells, Cell, row * sheet->width + column);
}

double
sheet_value(const Sheet *sheet, guint row, guint column)
{
    const Cell *cell = cell_at(sheet, row, column);

    return cell->known ? cell->number : 0;
}

const char *
sheet_row_name(const Sheet *sheet, guint row)
{
    const Cell *cell = cell_at(sheet, row, 0);

    return cell->known && cell->text ? cell->text : "";
}

/* -0.0 would be another text than 0. */
static double
plain(double number)
{
    return fabs(number) < 1e-9 ? 0 : number;
}

char *
sheet_title(const Sheets *s, const Sheet *sheet, guint column)
{
    const SheetColumn *c = &sheet->columns[column];

    return c->type == CELL_MONEY && s->currency
               ? g_strdup_printf("%s, %s", c->title, s->currency)
               : g_strdup(c->title);
}

char *
sheet_words(const Sheet *sheet, guint row, guint column)
{
    const Cell *cell = cell_at(sheet, row, column);
    double n = plain(cell->number);

    if (!cell->known)
        return g_strdup("–");
    switch (sheet->columns[column].type) {
    case CELL_TEXT:
        return g_strdup(cell->text);
    case CELL_COUNT:
        return g_strdup(number_format((int64_t)n));
    case CELL_SHARE:
        return g_strdup_printf("%.1f %%", 100 * n);
    case CELL_POINTS:
        return g_strdup_printf("%+.1f pts", plain(100 * n));
    case CELL_NUMBER:
        return g_strdup_printf("%.1f", n);
    case CELL_MONEY:
        return g_strdup(number_format((int64_t)round(n / 100)));
    }
    g_assert_not_reached();
}

/* As programs read it: no separators, no units. */
static void
append_plain(GString *out, const Sheet *sheet, const Cell *cell, guint column)
{
    double n = plain(cell->number);

    switch (sheet->columns[column].type) {
    case CELL_TEXT:
        g_assert_not_reached();
    case CELL_COUNT:
        g_string_append_printf(out, "%.0f", n);
        return;
    case CELL_SHARE:
    case CELL_POINTS:
        g_string_append_printf(out, "%.4f", n);
        return;
    case CELL_NUMBER:
        g_string_append_printf(out, "%.2f", n);
        return;
    case CELL_MONEY:
        g_string_append_printf(out, "%.2f", n / 100);
        return;
    }
}

/* -- a terminal ------------------------------------------------------------ */

static int
column_width(const Sheets *s, const Sheet *sheet, guint column)
{
    g_autofree char *title = sheet_title(s, sheet, column);
    int width = text_columns(title);

    for (guint r = 0; r < sheet_rows(sheet); r++) {
        g_autofree char *words = sheet_words(sheet, r, column);
        width = MAX(width, text_columns(words));
    }
    return width;
}

static void
append_padded(GString *out, const char *text, int width, bool left)
{
    int pad = MAX(width - text_columns(text), 0);

    if (left)
        plain_append_text(out, text);
    for (int i = 0; i < pad; i++)
        g_string_append_c(out, ' ');
    if (!left)
        plain_append_text(out, text);
}

static void
append_line(GString *out)
{
    gsize end = out->len;

    while (end > 0 && out->str[end - 1] == ' ')
        end--;
    g_string_truncate(out, end);
    g_string_append_c(out, '\n');
}

static void
append_sheet(const Sheets *s, const Sheet *sheet, GString *out)
{
    g_autofree int *widths = g_new(int, sheet->width);

    g_string_append_printf(out, "\n%s\n", sheet->title);
    if (sheet_rows(sheet) == 0) {
        g_string_append(out, "  nothing yet\n");
        return;
    }
    for (guint c = 0; c < sheet->width; c++) {
        bool left = sheet->columns[c].type == CELL_TEXT;
        g_autofree char *title = sheet_title(s, sheet, c);
        widths[c] = column_width(s, sheet, c);
        g_string_append(out, "  ");
        append_padded(out, title, widths[c], left);
    }
    append_line(out);
    for (guint r = 0; r < sheet_rows(sheet); r++) {
        for (guint c = 0; c < sheet->width; c++) {
            g_autofree char *words = sheet_words(sheet, r, c);
            g_string_append(out, "  ");
            append_padded(out, words, widths[c],
                          sheet->columns[c].type == CELL_TEXT);
        }
        append_line(out);
    }
}

void
sheets_table(const Sheets *s, GString *out)
{
    g_string_append_printf(out, "%s, %s: %s\n", s->title, s->company,
                           s->period);
    for (guint i = 0; i + 1 < s->facts->len; i += 2)
        g_string_append_printf(
            out, "  %-34s %s\n", (const char *)g_ptr_array_index(s->facts, i),
            (const char *)g_ptr_array_index(s->facts, i + 1));
    for (guint i = 0; i < s->sheets->len; i++)
        append_sheet(s, g_ptr_array_index(s->sheets, i), out);
    g_string_append_c(out, '\n');
    for (guint i = 0; i < s->rules->len; i++)
        g_string_append_printf(out, "%s\n",
                               (const char *)g_ptr_array_index(s->rules, i));
}

/* -- CSV ------------------------------------------------------------------- */

static void
csv_sheet(const Sheet *sheet, GString *out)
{
    for (guint c = 0; c < sheet->width; c++)
        g_string_append_printf(out, "%s%s", c ? "," : "",
                               sheet->columns[c].name);
    g_string_append(out, "\r\n");
    for (guint r = 0; r < sheet_rows(sheet); r++) {
        for (guint c = 0; c < sheet->width; c++) {
            const Cell *cell = cell_at(sheet, r, c);
            g_string_append(out, c ? "," : "");
            if (sheet->columns[c].type == CELL_TEXT)
                csv_append_cell(out, cell->known ? cell->text : "");
            else if (cell->known)
                append_plain(out, sheet, cell, c);
        }
        g_string_append(out, "\r\n");
    }
}

bool
sheets_csv(const Sheets *s, const char *id, GString *out)
{
    bool found = false;

    for (guint i = 0; i < s->sheets->len; i++) {
        const Sheet *sheet = g_ptr_array_index(s->sheets, i);
        if (id && strcmp(id, sheet->id) != 0)
            continue;
        if (found)
            g_string_append(out, "\r\n");
        csv_sheet(sheet, out);
        found = true;
    }
    return found;
}

/* -- JSON ------------------------------------------------------------------ */

static void
json_row(const Sheet *sheet, guint row, GString *out)
{
    g_string_append_c(out, '{');
    for (guint c = 0; c < sheet->width; c++) {
        const Cell *cell = cell_at(sheet, row, c);
        g_string_append_printf(out, "%s\"%s\":", c ? "," : "",
                               sheet->columns[c].name);
        if (!cell->known)
            g_string_append(out, "null");
        else if (sheet->columns[c].type == CELL_TEXT)
            json_append_string(out, cell->text);
        else
            append_plain(out, sheet, cell, c);
    }
    g_string_append_c(out, '}');
}

void
sheets_json(const Sheets *s, GString *out)
{
    g_string_append_printf(
        out, "{\"schema\":1,\"report\":\"%s\",\"period\":", s->name);
    json_append_string(out, s->period);
    g_string_append(out, ",\"currency\":");
    json_append_string(out, s->currency);
    for (guint i = 0; i < s->sheets->len; i++) {
        const Sheet *sheet = g_ptr_array_index(s->sheets, i);
        g_string_append_printf(out, ",\n\"%s\":[", sheet->id);
        for (guint r = 0; r < sheet_rows(sheet); r++) {
            g_string_append(out, r ? ",\n " : "\n ");
            json_row(sheet, r, out);
        }
        g_string_append_c(out, ']');
    }
    g_string_append(out, ",\n\"rules\":[");
    for (guint i = 0; i < s->rules->len; i++) {
        g_string_append(out, i ? "," : "");
        json_append_string(out, g_ptr_array_index(s->rules, i));
    }
    g_string_append(out, "]}\n");
}
