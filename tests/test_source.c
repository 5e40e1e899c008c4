/* SPDX-License-Identifier: Apache-2.0 */
/* test_source.c - places in a text file */
#include "nurture/source.h"

#include "nurture/error.h"

#include <glib/gstdio.h>
#include <string.h>

static void
test_places(void)
{
    static const struct {
        const char *text;
        gsize offset;
        int line, column;
    } rows[] = {
        {"", 0, 1, 1},
        {"abc", 0, 1, 1},
        {"abc", 3, 1, 4},
        {"abc", 99, 1, 4},
        {"a\nb", 1, 1, 2},
        {"a\nb", 2, 2, 1},
        {"a\n", 2, 1, 3},
        {"a\r\nb", 3, 2, 1},
        {"Grüße x", 8, 1, 7},
        {"– dash", 4, 1, 3},
        {"\xFC\xFC"
         "a",
         2, 1, 3},
        {"\xE2\x80", 2, 1, 3},
        {"\n\n\nx", 3, 4, 1},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(Source) source =
            source_new("a.md", rows[i].text, strlen(rows[i].text));
        SourcePlace place = source_place(source, rows[i].offset);
        g_assert_cmpint(place.line, ==, rows[i].line);
        g_assert_cmpint(place.column, ==, rows[i].column);
    }
}

static void
test_lines(void)
{
    static const char text[] = "one\r\ntwo\n\nfour";
    static const char *const lines[] = {"one", "two", "", "four"};
    g_autoptr(Source) source = source_new("a.md", text, strlen(text));

    g_assert_cmpint(source_lines(source), ==, 4);
    for (int i = 0; i < 4; i++) {
        g_autofree char *line = source_line(source, i + 1);
        g_assert_cmpstr(line, ==, lines[i]);
    }
    g_assert_cmpuint(source_line_start(source, 2), ==, 5);
    g_assert_cmpuint(source_line_start(source, 99), ==, strlen(text));
    g_autofree char *past = source_line(source, 99);
    g_assert_cmpstr(past, ==, "");
}

static void
test_any_bytes(void)
{
    static const char text[] = "a\0b\nc";
    g_autoptr(Source) source = source_new("a.md", text, sizeof text);

    g_assert_cmpuint(source_size(source), ==, 6);
    g_assert_cmpint(source_lines(source), ==, 2);
    g_assert_true(memcmp(source_text(source), text, sizeof text) == 0);
    g_assert_cmpint(source_place(source, 3).column, ==, 4);
}

static void
test_load(void)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *dir = g_dir_make_tmp("nurture-XXXXXX", &error);
    g_autofree char *file = g_build_filename(dir, "a.md", NULL);

    g_assert_no_error(error);
    g_assert_true(g_file_set_contents(file, "hello\n", -1, NULL));
    g_autoptr(Source) source = source_load(dir, "a.md", &error);
    g_assert_no_error(error);
    g_assert_cmpstr(source_path(source), ==, "a.md");
    g_assert_cmpstr(source_text(source), ==, "hello\n");

    g_assert_null(source_load(dir, "b.md", &error));
    g_assert_error(error, NURTURE_ERROR, ERROR_INPUT);
    g_assert_cmpstr(error->message, ==,
                    "b.md: cannot read: No such file or directory");
    g_clear_error(&error);
    g_assert_null(source_load(dir, ".", &error));
    g_assert_cmpstr(error->message, ==, ".: cannot read: it is a folder");
    g_remove(file);
    g_rmdir(dir);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/source/places", test_places);
    g_test_add_func("/source/lines", test_lines);
    g_test_add_func("/source/any-bytes", test_any_bytes);
    g_test_add_func("/source/load", test_load);
    return g_test_run();
}
