/* SPDX-License-Identifier: Apache-2.0 */
/* test_calendar.c - the appointment that travels with a mail */
#include "campaigns/calendar.h"

#include "nurture/uplift.h"

#include <math.h>
#include <string.h>

static void
test_escapes(void)
{
    const MailEvent event = {.title = (char[]){"a, b; c\\d\ne"},
                             .start = INT64_C(1772528400000),
                             .end = INT64_C(1772532000000)};
    g_autofree char *ics =
        calendar_format(&event, "u@x", "O\"Neil", "o@x", event.start);

    g_assert_nonnull(strstr(ics, "\r\nSUMMARY:a\\, b\\; c\\\\d\\ne\r\n"));
    g_assert_nonnull(strstr(ics, "\r\nORGANIZER;CN=\"ONeil\":mailto:o@x\r\n"));
    g_assert_nonnull(strstr(ics, "\r\nDTSTART:20260303T090000Z\r\n"));
    g_assert_nonnull(strstr(ics, "\r\nDTEND:20260303T100000Z\r\n"));
    g_assert_null(strstr(ics, "LOCATION"));
}

/* Every length and every alignment of two-octet letters: no line over 75
 * octets, every line whole UTF-8, and unfolding gives the title back. */
static void
test_folds(void)
{
    for (int n = 1; n < 200; n++) {
        g_autoptr(GString) title = g_string_new(n % 2 ? "x" : "");
        g_autofree char *ics = NULL, *want = NULL;
        g_auto(GStrv) lines = NULL, parts = NULL;
        g_autofree char *unfolded = NULL;
        MailEvent event = {.start = 0, .end = 1000};

        for (int i = 0; i < n; i++)
            g_string_append(title, "ü");
        event.title = title->str;
        ics = calendar_format(&event, "u@x", NULL, "o@x", 0);
        lines = g_strsplit(ics, "\r\n", -1);
        for (char **l = lines; *l; l++) {
            g_assert_cmpuint(strlen(*l), <=, 75);
            g_assert_true(g_utf8_validate(*l, -1, NULL));
        }
        parts = g_strsplit(ics, "\r\n ", -1);
        unfolded = g_strjoinv("", parts);
        want = g_strconcat("\r\nSUMMARY:", title->str, "\r\n", NULL);
        g_assert_nonnull(strstr(unfolded, want));
    }
}

/* Newcombe (1998), table II, example (a) and (d), method 10. */
static void
test_uplift(void)
{
    static const struct {
        int64_t reached, people, control_reached, control;
        double uplift, low, high;
    } cases[] = {
        {56, 70, 48, 80, 0.2000, 0.0524, 0.3339},
        {5, 56, 0, 29, 0.0893, -0.0381, 0.1926},
        {0, 10, 0, 10, 0.0, -0.2775, 0.2775},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        Uplift u = {.people = cases[i].people,
                    .reached = cases[i].reached,
                    .control = cases[i].control,
                    .control_reached = cases[i].control_reached};
        uplift_compute(&u);
        g_assert_cmpfloat(fabs(u.uplift - cases[i].uplift), <, 0.0001);
        g_assert_cmpfloat(fabs(u.low - cases[i].low), <, 0.0001);
        g_assert_cmpfloat(fabs(u.high - cases[i].high), <, 0.0001);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/calendar/escapes", test_escapes);
    g_test_add_func("/calendar/folds", test_folds);
    g_test_add_func("/uplift/newcombe", test_uplift);
    return g_test_run();
}
