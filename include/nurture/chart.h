/* SPDX-License-Identifier: Apache-2.0 */
/* chart -- numbers as inline SVG, for pages and reports.
 *
 * Positions across are percentages and those down are pixels, so a chart fits
 * a phone and a desk with letters of one size. Colours are classes of
 * core/data/chart.css (chart_css()): a page carries it in its style sheet, a
 * file of its own gets it from chart_document(). Nothing is drawn by scripts,
 * and there are no style attributes, which a strict policy forbids. Every
 * chart says its numbers in words too, for those who listen. */
#ifndef NURTURE_CHART_H
#define NURTURE_CHART_H

#include <glib.h>
#include <stdint.h>

enum { CHART_SERIES_MAX = 6 };

typedef struct Chart Chart;

/* `series`: what is stacked in one bar, NULL-ended, 1 to CHART_SERIES_MAX
 * names; the n-th has the n-th tone. All texts are copied. */
Chart *chart_new(const char *title, const char *const *series);
void chart_free(Chart *chart);
/* Give a series another tone, so that a meaning has one colour in all charts:
 * 1 main, 2 good, 3 warning, 4 bad, 5 quiet, 6 another; 0 is that of the empty
 * rest of a bar. */
void chart_tone(Chart *chart, int series, int tone);
/* One bar: as many values as there are series, from 0. */
void chart_add(Chart *chart, const char *label, const int64_t *values);
/* 0 when there is nothing but zeroes: say so in words instead. */
int64_t chart_total(const Chart *chart);

/* A bar per label, across, the first on top. `whole`: what 100 % is, so that
 * shares stand beside the numbers; 0 = the longest bar, and no shares. */
void chart_bars(const Chart *chart, int64_t whole, GString *svg);
/* A column per label, upright, for days and weeks; labels are thinned out. */
void chart_columns(const Chart *chart, GString *svg);
/* A square per label, seven to a column, the darker the more; the first label
 * is a Monday. Of the series only the first counts. */
void chart_calendar(const Chart *chart, GString *svg);

const char *chart_css(void); /* borrowed, for ever */
/* Make the one chart in `svg` a file by itself. */
void chart_document(GString *svg);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Chart, chart_free)

#endif
