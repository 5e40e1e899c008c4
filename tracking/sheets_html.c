/* SPDX-License-Identifier: Apache-2.0 */
/* sheets_html.c - a report as one page for a meeting, a mail or a printer */
#include "nurture/chart.h"
#include "nurture/embedded.h"
#include "nurture/sheets.h"
#include "nurture/text.h"

#include <math.h>
#include <string.h>

enum {
    MOST_BARS = 14, /* a chart of more rows than that says nothing */
    WIDE = 10,      /* a table of more columns has smaller letters */
};

static void
append_escaped(GString *out, const char *before, const char *text,
               const char *after)
{
    g_string_append(out, before);
    html_append_text(out, text);
    g_string_append(out, after);
}

static double
charted_value(const Sheet *sheet, guint row, int column)
{
    return sheet_value(sheet, row, (guint)column);
}

static Chart *
chart_of(const Sheet *sheet)
{
    const char *series[G_N_ELEMENTS(sheet->charted) + 1] = {NULL};
    guint rows = sheet_rows(sheet);
    Chart *chart;
    int n = 0;

    for (; n < (int)G_N_ELEMENTS(sheet->charted) && sheet->charted[n]; n++)
        series[n] = sheet->columns[sheet->charted[n]].title;
    chart = chart_new(sheet->title, series);
    if (n > 1) /* one meaning and "the rest" */
        chart_tone(chart, n - 1, 5);
    if (sheet->chart != SHEET_COLUMNS)
        rows = MIN(rows, MOST_BARS);
    for (guint r = 0; r < rows; r++) {
        int64_t values[G_N_ELEMENTS(sheet->charted)] = {0};
        for (int i = 0; i < n; i++)
            values[i] = (int64_t)round(
                MAX(0, charted_value(sheet, r, sheet->charted[i])));
        chart_add(chart, sheet_row_name(sheet, r), values);
    }
    return chart;
}

static void
append_chart(const Sheet *sheet, GString *out)
{
    g_autoptr(Chart) chart = chart_of(sheet);

    if (chart_total(chart) == 0)
        return;
    g_string_append(out, "<figure>");
    if (!sheet->charted[1]) /* of several, the chart has a legend */
        append_escaped(out, "<figcaption>",
                       sheet->columns[sheet->charted[0]].title,
                       "</figcaption>");
    if (sheet->chart == SHEET_COLUMNS)
        chart_columns(chart, out);
    else
        chart_bars(chart,
                   sheet->chart == SHEET_FUNNEL
                       ? (int64_t)charted_value(sheet, 0, sheet->charted[0])
                       : 0,
                   out);
    g_string_append(out, "</figure>\n");
}

static void
append_table(const Sheets *s, const Sheet *sheet, GString *out)
{
    /* Who has no mouse scrolls with the arrow keys: it takes the focus. */
    append_escaped(out,
                   "<div class=\"scroll\" tabindex=\"0\" role=\"region\" "
                   "aria-label=\"",
                   sheet->title, "\">");
    append_escaped(out,
                   sheet->width > WIDE ? "<table class=\"wide\"><caption>"
                                       : "<table><caption>",
                   sheet->title, "</caption><thead><tr>");
    for (guint c = 0; c < sheet->width; c++) {
        g_autofree char *title = sheet_title(s, sheet, c);
        append_escaped(out,
                       sheet->columns[c].type == CELL_TEXT
                           ? "<th scope=\"col\">"
                           : "<th scope=\"col\" class=\"n\">",
                       title, "</th>");
    }
    g_string_append(out, "</tr></thead><tbody>\n");
    for (guint r = 0; r < sheet_rows(sheet); r++) {
        g_string_append(out, "<tr>");
        for (guint c = 0; c < sheet->width; c++) {
            g_autofree char *words = sheet_words(sheet, r, c);
            bool text = sheet->columns[c].type == CELL_TEXT;
            append_escaped(out,
                           c == 0 ? "<th scope=\"row\">"
                           : text ? "<td>"
                                  : "<td class=\"n\">",
                           words, c == 0 ? "</th>" : "</td>");
        }
        g_string_append(out, "</tr>\n");
    }
    g_string_append(out, "</tbody></table></div>\n");
}

static void
append_sheet(const Sheets *s, const Sheet *sheet, GString *out)
{
    append_escaped(out, "<section><h2>", sheet->title, "</h2>\n");
    if (sheet->note)
        append_escaped(out, "<p class=\"note\">", sheet->note, "</p>\n");
    if (sheet_rows(sheet) == 0) {
        g_string_append(out, "<p class=\"note\">Nothing yet.</p></section>\n");
        return;
    }
    if (sheet->chart != SHEET_NO_CHART)
        append_chart(sheet, out);
    append_table(s, sheet, out);
    g_string_append(out, "</section>\n");
}

static void
append_facts(const Sheets *s, GString *out)
{
    g_string_append(out, "<dl class=\"facts\">\n");
    for (guint i = 0; i + 1 < s->facts->len; i += 2) {
        append_escaped(out, "<div><dt>", g_ptr_array_index(s->facts, i),
                       "</dt>");
        append_escaped(out, "<dd>", g_ptr_array_index(s->facts, i + 1),
                       "</dd></div>\n");
    }
    g_string_append(out, "</dl>\n");
}

static void
append_rules(const Sheets *s, GString *out)
{
    if (s->rules->len == 0)
        return;
    g_string_append(out, "<section class=\"rules\"><h2>How these figures are "
                         "made</h2>\n<ul>\n");
    for (guint i = 0; i < s->rules->len; i++)
        append_escaped(out, "<li>", g_ptr_array_index(s->rules, i), "</li>\n");
    g_string_append(out, "</ul></section>\n");
}

void
sheets_body(const Sheets *s, GString *out)
{
    append_facts(s, out);
    for (guint i = 0; i < s->sheets->len; i++)
        append_sheet(s, g_ptr_array_index(s->sheets, i), out);
    append_rules(s, out);
}

void
sheets_html(const Sheets *s, GString *out)
{
    const Embedded *css = embedded_find("tracking/data/report.css");

    append_escaped(out,
                   "<!DOCTYPE html>\n<html lang=\"en\"><head>"
                   "<meta charset=\"utf-8\">\n<meta name=\"viewport\" "
                   "content=\"width=device-width, initial-scale=1\">\n"
                   "<meta name=\"color-scheme\" content=\"light dark\">\n"
                   "<meta name=\"generator\" content=\"nurture\">\n<title>",
                   s->title, " · ");
    append_escaped(out, "", s->company, "</title>\n<style>");
    g_string_append(out, chart_css());
    g_string_append_len(out, css->start, css->end - css->start);
    append_escaped(out, "</style></head><body><main>\n<header><p>", s->company,
                   "</p>");
    append_escaped(out, "<h1>", s->title, "</h1>");
    append_escaped(out, "<p class=\"period\">", s->period, "</p></header>\n");
    sheets_body(s, out);
    g_string_append(out, "</main></body></html>\n");
}
