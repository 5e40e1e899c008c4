/* SPDX-License-Identifier: Apache-2.0 */
/* test_markup.c - whatever a value is, it stays in its place */
#include "tracking/markup.h"

#include <string.h>

static void
test_values(void)
{
    g_autoptr(GString) html = g_string_new(NULL);

    markup(html, "<a href=\"/x/%u\" title=\"%s\">%s</a> %d %i 5%%", "a/b?c\"d",
           "\"><script>", NULL, INT64_C(1234567), INT64_C(-1234567));
    g_assert_cmpstr(html->str, ==,
                    "<a href=\"/x/a%2Fb%3Fc%22d\" title=\"&quot;&gt;&lt;"
                    "script&gt;\"></a> 1,234,567 -1234567 5%");
}

/* A directive in a value is no directive. */
static void
test_not_again(void)
{
    g_autoptr(GString) html = g_string_new(NULL);

    markup(html, "%s%s", "%s %d", "%n");
    g_assert_cmpstr(html->str, ==, "%s %d%n");
}

static void
test_lines(void)
{
    g_autoptr(GString) html = g_string_new(NULL);

    markup_lines(html, "one\n<b>\n\n\xe2\x80\xaethree\n", 100);
    g_assert_cmpstr(html->str, ==, "one\n&lt;b&gt;\n\nthree\n");
    g_string_truncate(html, 0);
    markup_lines(html, "12345\n67890\n", 8);
    g_assert_cmpstr(html->str, ==, "12345\n[...]\n");
    g_string_truncate(html, 0);
    markup_lines(html, NULL, 8);
    g_assert_cmpstr(html->str, ==, "");
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/markup/values", test_values);
    g_test_add_func("/markup/not-again", test_not_again);
    g_test_add_func("/markup/lines", test_lines);
    return g_test_run();
}
