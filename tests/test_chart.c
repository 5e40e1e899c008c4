/* SPDX-License-Identifier: Apache-2.0 */
/* test_chart.c - charts fit any width and escape what they are given */
#include "nurture/chart.h"

#include <string.h>

static Chart *
sample(void)
{
    const char *const series[] = {"sent", "bounced", NULL};
    Chart *chart = chart_new("Mail per step", series);

    chart_tone(chart, 1, 4);
    chart_add(chart, "welcome", (int64_t[]){90, 10});
    chart_add(chart, "story", (int64_t[]){30, 0});
    return chart;
}

static void
test_bars(void)
{
    g_autoptr(Chart) chart = sample();
    g_autoptr(GString) svg = g_string_new(NULL);

    chart_bars(chart, 200, svg);
    g_assert_cmpint(chart_total(chart), ==, 130);
    g_assert_nonnull(strstr(svg->str, "Mail per step; welcome: 90 sent, "
                                      "10 bounced; story: 30 sent"));
    g_assert_nonnull(strstr(svg->str,
                            "class=\"s1\" y=\"40\" height=\"10\" "
                            "rx=\"3\" x=\"0.000%\" width=\"45.000%\""));
    g_assert_nonnull(strstr(svg->str,
                            "class=\"s4\" y=\"40\" height=\"10\" "
                            "rx=\"3\" x=\"45.000%\" width=\"5.000%\""));
    g_assert_nonnull(strstr(svg->str, ">100  50 %<"));
    g_assert_null(strstr(svg->str, "style"));
}

static void
test_columns(void)
{
    g_autoptr(Chart) chart = sample();
    g_autoptr(GString) svg = g_string_new(NULL);

    chart_columns(chart, svg);
    g_assert_nonnull(strstr(svg->str, "<title>welcome: 90 sent, 10 bounced"));
    g_assert_nonnull(strstr(svg->str, "height=\"126\""));
    g_assert_nonnull(strstr(svg->str, ">100<"));
}

/* One in a million is one pixel, not none. */
static void
test_small(void)
{
    const char *const series[] = {"mails", NULL};
    g_autoptr(Chart) chart = chart_new("Volume", series);
    g_autoptr(GString) svg = g_string_new(NULL);

    chart_add(chart, "1 Mar", (int64_t[]){1000000});
    chart_add(chart, "2 Mar", (int64_t[]){1});
    chart_columns(chart, svg);
    g_assert_nonnull(strstr(svg->str, "2 Mar: 1 mails"));
    g_assert_nonnull(strstr(svg->str, "height=\"1\" "));
}

static void
test_calendar(void)
{
    const char *const series[] = {"mails", NULL};
    g_autoptr(Chart) chart = chart_new("Volume", series);
    g_autoptr(GString) svg = g_string_new(NULL);

    for (int64_t day = 0; day < 14; day++)
        chart_add(chart, day < 7 ? "2 Mar" : "9 Mar", &day);
    chart_calendar(chart, svg);
    g_assert_nonnull(strstr(svg->str, "class=\"h0\""));
    g_assert_nonnull(strstr(svg->str, "class=\"h4\""));
    g_assert_nonnull(strstr(svg->str, "x=\"13.750%\""));
}

static void
test_empty(void)
{
    const char *const series[] = {"mails", NULL};
    g_autoptr(Chart) chart = chart_new("Volume", series);
    g_autoptr(GString) svg = g_string_new(NULL);

    chart_bars(chart, 0, svg);
    chart_columns(chart, svg);
    chart_calendar(chart, svg);
    g_assert_cmpint(chart_total(chart), ==, 0);
    g_assert_null(strstr(svg->str, "nan"));
    g_assert_null(strstr(svg->str, "inf"));
}

static void
test_hostile(void)
{
    const char *const series[] = {"\"><script>alert(1)</script>", NULL};
    g_autoptr(Chart) chart = chart_new("</svg><img src=x>", series);
    g_autoptr(GString) svg = g_string_new(NULL);

    chart_add(chart, "<b onload=x>", (int64_t[]){3});
    chart_bars(chart, 0, svg);
    chart_columns(chart, svg);
    g_assert_null(strstr(svg->str, "<script"));
    g_assert_null(strstr(svg->str, "<img"));
    g_assert_null(strstr(svg->str, "<b "));
}

static void
test_document(void)
{
    g_autoptr(Chart) chart = sample();
    g_autoptr(GString) svg = g_string_new(NULL);

    chart_bars(chart, 0, svg);
    chart_document(svg);
    g_assert_nonnull(strstr(svg->str, "<style>.chart{"));
    g_assert_true(g_str_has_prefix(svg->str, "<svg xmlns="));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/chart/bars", test_bars);
    g_test_add_func("/chart/columns", test_columns);
    g_test_add_func("/chart/small", test_small);
    g_test_add_func("/chart/calendar", test_calendar);
    g_test_add_func("/chart/empty", test_empty);
    g_test_add_func("/chart/hostile", test_hostile);
    g_test_add_func("/chart/document", test_document);
    return g_test_run();
}
