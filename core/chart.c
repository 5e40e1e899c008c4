/* SPDX-License-Identifier: Apache-2.0 */
/* chart.c - numbers as inline SVG */
#include "nurture/chart.h"

#include "nurture/embedded.h"
#include "nurture/text.h"

#include <string.h>

enum {
    LEGEND_ROW = 18,
    LEGEND_ACROSS = 3, /* more would run into one another on a phone */
    LEGEND_GAP = 4,
    BAR_ROW = 36, /* a line of words and the bar below it */
    BAR_HEIGHT = 10,
    COLUMNS_HEIGHT = 140,
    COLUMNS_TOP = 16, /* above the highest: its number */
    COLUMN_LABELS = 6,
    CALENDAR_TOP = 22,
    CALENDAR_WEEKS_MIN = 16, /* fewer do not grow wider */
    CELL = 16,
    CELL_GAP = 3,
    WEEKDAYS = 7,
    CALENDAR_LABELS_PERCENT = 8,
};

typedef struct {
    char *label;
    int64_t values[CHART_SERIES_MAX], sum;
} Bar;

struct Chart {
    char *title;
    char *series[CHART_SERIES_MAX];
    int tones[CHART_SERIES_MAX];
    int count; /* of series */
    GArray *bars;
};

static void
bar_clear(gpointer data)
{
    g_free(((Bar *)data)->label);
}

Chart *
chart_new(const char *title, const char *const *series)
{
    Chart *chart = g_new0(Chart, 1);

    chart->title = g_strdup(title);
    chart->bars = g_array_new(FALSE, TRUE, sizeof(Bar));
    g_array_set_clear_func(chart->bars, bar_clear);
    for (; series[chart->count]; chart->count++) {
        g_assert(chart->count < CHART_SERIES_MAX);
        chart->series[chart->count] = g_strdup(series[chart->count]);
        chart->tones[chart->count] = chart->count + 1;
    }
    g_assert(chart->count > 0);
    return chart;
}

void
chart_free(Chart *chart)
{
    if (!chart)
        return;
    for (int i = 0; i < chart->count; i++)
        g_free(chart->series[i]);
    g_array_unref(chart->bars);
    g_free(chart->title);
    g_free(chart);
}

void
chart_tone(Chart *chart, int series, int tone)
{
    g_assert(series >= 0 && series < chart->count && tone >= 0 &&
             tone <= CHART_SERIES_MAX);
    chart->tones[series] = tone;
}

void
chart_add(Chart *chart, const char *label, const int64_t *values)
{
    Bar bar = {.label = g_strdup(label)};

    for (int i = 0; i < chart->count; i++) {
        bar.values[i] = MAX(values[i], 0);
        bar.sum += bar.values[i];
    }
    g_array_append_val(chart->bars, bar);
}

static const Bar *
bar_at(const Chart *chart, guint i)
{
    return &g_array_index(chart->bars, Bar, i);
}

int64_t
chart_total(const Chart *chart)
{
    int64_t total = 0;

    for (guint i = 0; i < chart->bars->len; i++)
        total += bar_at(chart, i)->sum;
    return total;
}

static int64_t
longest(const Chart *chart)
{
    int64_t most = 1;

    for (guint i = 0; i < chart->bars->len; i++)
        most = MAX(most, bar_at(chart, i)->sum);
    return most;
}

/* Pieces ----------------------------------------------------------------- */

/* A percentage in SVG, whatever the locale. */
static void
append_percent(GString *svg, const char *name, double share)
{
    char text[G_ASCII_DTOSTR_BUF_SIZE];

    g_string_append_printf(
        svg, " %s=\"%s%%\"", name,
        g_ascii_formatd(text, sizeof text, "%.3f", 100 * share));
}

static void
append_text(GString *svg, double x, int y, const char *attributes,
            const char *text)
{
    g_string_append(svg, "<text");
    append_percent(svg, "x", x);
    g_string_append_printf(svg, " y=\"%d\"%s>", y, attributes);
    html_append_text(svg, text);
    g_string_append(svg, "</text>");
}

static void
append_rule(GString *svg, int y)
{
    g_string_append_printf(svg,
                           "<line class=\"rule\" x1=\"0\" x2=\"100%%\" "
                           "y1=\"%d\" y2=\"%d\"/>",
                           y, y);
}

/* "12 sent, 3 bounced" */
static char *
bar_words(const Chart *chart, const Bar *bar)
{
    GString *words = g_string_new(NULL);

    for (int i = 0; i < chart->count; i++)
        if (chart->count == 1 || bar->values[i])
            g_string_append_printf(words, "%s%s %s", words->len ? ", " : "",
                                   number_format(bar->values[i]),
                                   chart->series[i]);
    return g_string_free(words, FALSE);
}

static void
append_title(GString *svg, const Chart *chart, const Bar *bar)
{
    g_autofree char *words = bar_words(chart, bar);

    g_string_append(svg, "<title>");
    html_append_text(svg, bar->label);
    g_string_append(svg, ": ");
    html_append_text(svg, *words ? words : "0");
    g_string_append(svg, "</title>");
}

/* The picture in words: its title, and every bar. */
static void
begin(GString *svg, const Chart *chart, const char *kind, int height)
{
    g_string_append_printf(svg,
                           "<svg xmlns=\"http://www.w3.org/2000/svg\" "
                           "class=\"chart %s\" role=\"img\" width=\"100%%\" "
                           "height=\"%d\" aria-label=\"",
                           kind, height);
    html_append_text(svg, chart->title);
    for (guint i = 0; i < chart->bars->len; i++) {
        const Bar *bar = bar_at(chart, i);
        g_autofree char *words = bar_words(chart, bar);
        if (!bar->sum)
            continue;
        g_string_append(svg, "; ");
        html_append_text(svg, bar->label);
        g_string_append(svg, ": ");
        html_append_text(svg, words);
    }
    g_string_append(svg, "\">\n");
}

/* Nothing to say about one series. */
static int
legend_height(const Chart *chart)
{
    int rows = (chart->count + LEGEND_ACROSS - 1) / LEGEND_ACROSS;

    return chart->count < 2 ? 0 : rows * LEGEND_ROW + LEGEND_GAP;
}

/* Which colour is what. */
static void
append_legend(GString *svg, const Chart *chart)
{
    int across = MIN(chart->count, LEGEND_ACROSS);

    for (int i = 0; chart->count > 1 && i < chart->count; i++) {
        double x = (double)(i % across) / across;
        int y = i / across * LEGEND_ROW;
        g_string_append_printf(svg,
                               "<rect class=\"s%d\" y=\"%d\" width=\"10\" "
                               "height=\"10\" rx=\"2\"",
                               chart->tones[i], y);
        append_percent(svg, "x", x);
        g_string_append(svg, "/>");
        append_text(svg, x, y + 9, " dx=\"15\" class=\"soft\"",
                    chart->series[i]);
    }
}

/* Bars across ------------------------------------------------------------ */

static char *
bar_value(const Bar *bar, int64_t whole)
{
    if (whole <= 0)
        return g_strdup(number_format(bar->sum));
    return g_strdup_printf("%s  %.*f %%", number_format(bar->sum),
                           bar->sum * 100 < whole * 10 ? 1 : 0,
                           100 * (double)bar->sum / (double)whole);
}

static void
append_bar(GString *svg, const Chart *chart, const Bar *bar, int64_t whole,
           int y)
{
    double all = (double)(whole > 0 ? MAX(whole, bar->sum) : longest(chart));
    double x = 0;
    g_autofree char *value = bar_value(bar, whole);

    g_string_append(svg, "<g>");
    append_title(svg, chart, bar);
    append_text(svg, 0, y + 12, "", bar->label);
    append_text(svg, 1, y + 12, " text-anchor=\"end\"", value);
    g_string_append_printf(svg,
                           "<rect class=\"track\" x=\"0\" y=\"%d\" "
                           "width=\"100%%\" height=\"%d\" rx=\"3\"/>",
                           y + 18, BAR_HEIGHT);
    for (int i = 0; i < chart->count; i++) {
        double width = (double)bar->values[i] / all;
        if (width <= 0)
            continue;
        g_string_append_printf(svg,
                               "<rect class=\"s%d\" y=\"%d\" height=\"%d\" "
                               "rx=\"3\"",
                               chart->tones[i], y + 18, BAR_HEIGHT);
        append_percent(svg, "x", x);
        append_percent(svg, "width", width);
        g_string_append(svg, "/>");
        x += width;
    }
    g_string_append(svg, "</g>\n");
}

void
chart_bars(const Chart *chart, int64_t whole, GString *svg)
{
    int legend = legend_height(chart);
    int y = legend;

    begin(svg, chart, "bars", legend + (int)chart->bars->len * BAR_ROW);
    append_legend(svg, chart);
    for (guint i = 0; i < chart->bars->len; i++, y += BAR_ROW)
        append_bar(svg, chart, bar_at(chart, i), whole, y);
    g_string_append(svg, "</svg>\n");
}

/* Columns ---------------------------------------------------------------- */

static void
append_column(GString *svg, const Chart *chart, guint index, int64_t most,
              int top)
{
    const Bar *bar = bar_at(chart, index);
    double step = 1.0 / chart->bars->len;
    double width = step * 0.72;
    int y = top + COLUMNS_HEIGHT;

    if (!bar->sum)
        return;
    g_string_append(svg, "<g>");
    append_title(svg, chart, bar);
    for (int i = 0; i < chart->count; i++) {
        int height =
            (int)((double)bar->values[i] / (double)most * COLUMNS_HEIGHT + 0.5);
        /* What is there is seen, however small. */
        if (bar->values[i] > 0 && height < 1)
            height = 1;
        if (height == 0)
            continue;
        y -= height;
        g_string_append_printf(svg,
                               "<rect class=\"s%d\" y=\"%d\" "
                               "height=\"%d\"",
                               chart->tones[i], y, height);
        append_percent(svg, "x", index * step + step * 0.14);
        append_percent(svg, "width", width);
        g_string_append(svg, "/>");
    }
    g_string_append(svg, "</g>\n");
}

/* Words go to the right of where they belong: none at the edge. */
static void
append_column_label(GString *svg, const Chart *chart, guint index, int y)
{
    guint every =
        MAX((chart->bars->len + COLUMN_LABELS - 1) / COLUMN_LABELS, 1u);
    double x = (double)index / chart->bars->len;

    if (index % every == 0 && (x < 0.88 || chart->bars->len <= COLUMN_LABELS))
        append_text(svg, x, y, " class=\"soft\"", bar_at(chart, index)->label);
}

void
chart_columns(const Chart *chart, GString *svg)
{
    int64_t most = longest(chart);
    int top = legend_height(chart) + COLUMNS_TOP;

    begin(svg, chart, "columns", top + COLUMNS_HEIGHT + 20);
    append_legend(svg, chart);
    append_rule(svg, top);
    append_rule(svg, top + COLUMNS_HEIGHT / 2);
    append_text(svg, 0, top - 4, " class=\"soft\"", number_format(most));
    if (most >= 4 && most % 2 == 0)
        append_text(svg, 0, top + COLUMNS_HEIGHT / 2 - 4, " class=\"soft\"",
                    number_format(most / 2));
    for (guint i = 0; i < chart->bars->len; i++) {
        append_column(svg, chart, i, most, top);
        append_column_label(svg, chart, i, top + COLUMNS_HEIGHT + 15);
    }
    append_rule(svg, top + COLUMNS_HEIGHT);
    g_string_append(svg, "</svg>\n");
}

/* Calendar --------------------------------------------------------------- */

static int
shade(int64_t value, int64_t most)
{
    return value <= 0 ? 0 : 1 + (int)MIN(value * 4 / (most + 1), 3);
}

static void
append_cell(GString *svg, const Chart *chart, guint index, guint weeks,
            int64_t most)
{
    const Bar *bar = bar_at(chart, index);
    double left = CALENDAR_LABELS_PERCENT / 100.0;
    double step = (1 - left) / weeks;
    guint week = index / WEEKDAYS, day = index % WEEKDAYS;

    g_string_append_printf(svg,
                           "<rect class=\"h%d\" y=\"%u\" height=\"%d\" "
                           "rx=\"2\"",
                           shade(bar->values[0], most),
                           CALENDAR_TOP + day * (CELL + CELL_GAP), CELL);
    append_percent(svg, "x", left + week * step);
    append_percent(svg, "width", step * 0.86);
    g_string_append(svg, ">");
    append_title(svg, chart, bar);
    g_string_append(svg, "</rect>\n");
}

void
chart_calendar(const Chart *chart, GString *svg)
{
    static const char *const days[] = {"Mon", "", "Wed", "", "Fri", "", ""};
    guint weeks = MAX((chart->bars->len + WEEKDAYS - 1) / WEEKDAYS,
                      (guint)CALENDAR_WEEKS_MIN);
    guint every = MAX((weeks + COLUMN_LABELS - 1) / COLUMN_LABELS, 1u);
    int64_t most = 0;

    for (guint i = 0; i < chart->bars->len; i++)
        most = MAX(most, bar_at(chart, i)->values[0]);
    begin(svg, chart, "calendar", CALENDAR_TOP + WEEKDAYS * (CELL + CELL_GAP));
    for (int i = 0; i < WEEKDAYS; i++)
        append_text(svg, 0, CALENDAR_TOP + i * (CELL + CELL_GAP) + 12,
                    " class=\"soft\"", days[i]);
    for (guint i = 0; i < chart->bars->len; i++) {
        if (i % (WEEKDAYS * every) == 0)
            append_text(svg,
                        CALENDAR_LABELS_PERCENT / 100.0 +
                            (1 - CALENDAR_LABELS_PERCENT / 100.0) / weeks *
                                (i / WEEKDAYS),
                        12, " class=\"soft\"", bar_at(chart, i)->label);
        append_cell(svg, chart, i, weeks, most);
    }
    g_string_append(svg, "</svg>\n");
}

/* Files of their own ----------------------------------------------------- */

const char *
chart_css(void)
{
    const Embedded *css = embedded_find("core/data/chart.css");

    g_assert(css);
    return css->start; /* a NUL follows the last byte */
}

void
chart_document(GString *svg)
{
    char *end = strchr(svg->str, '>');
    g_autofree char *style =
        g_strdup_printf("\n<style>%s</style>", chart_css());

    g_assert(end);
    g_string_insert(svg, end + 1 - svg->str, style);
}
