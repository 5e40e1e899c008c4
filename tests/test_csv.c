/* SPDX-License-Identifier: Apache-2.0 */
/* test_csv.c - reading CSV and JSON lines, writing CSV */
#include "campaigns/rows.h"

#include "nurture/candidates.h"
#include "nurture/error.h"

#include "nurture/text.h"

#include <string.h>

static FILE *
file_of(const char *text, gsize length)
{
    FILE *file = tmpfile();

    g_assert_nonnull(file);
    g_assert_cmpuint(fwrite(text, 1, length, file), ==, length);
    rewind(file);
    return file;
}

/* Rows as "line:cell|cell", faults as "line!column fault", one per line. */
static char *
read_all(RowReader *reader)
{
    g_autoptr(GError) error = NULL;
    GString *out = g_string_new(NULL);
    const Row *row;

    while ((row = row_next(reader, &error))) {
        if (out->len > 0)
            g_string_append_c(out, '\n');
        if (row->fault) {
            g_string_append_printf(out, "%d!%d %s", (int)row->line,
                                   row->fault_column, row->fault);
            continue;
        }
        g_string_append_printf(out, "%d:", (int)row->line);
        for (guint i = 0; i < row->cells->len; i++)
            g_string_append_printf(
                out, "%s%s", i ? "|" : "",
                ((GString *)g_ptr_array_index(row->cells, i))->str);
    }
    g_assert_no_error(error);
    return g_string_free(out, FALSE);
}

static const struct {
    const char *name, *text, *rows;
} csv_rows[] = {
    {"plain", "a,b\n1,2\n3,4\n", "2:1|2\n3:3|4"},
    {"no-newline-at-end", "a,b\n1,2", "2:1|2"},
    {"crlf", "a,b\r\n1,2\r\n3,4\r\n", "2:1|2\n3:3|4"},
    {"cr", "a,b\r1,2\r3,4", "2:1|2\n3:3|4"},
    {"bom",
     "\xef\xbb\xbf"
     "a,b\n1,2\n",
     "2:1|2"},
    {"semicolon", "a;b\n1,5;2\n", "2:1,5|2"},
    {"tab", "a\tb\n1\t2\n", "2:1|2"},
    {"separator-in-quoted-header", "\"a,x,y\";b\n1;2\n", "2:1|2"},
    {"quotes", "a,b\n\"1,2\",\"say \"\"hi\"\"\"\n", "2:1,2|say \"hi\""},
    {"newline-in-quotes", "a,b\n\"1\r\n2\",3\n4,5\n", "2:1\r\n2|3\n4:4|5"},
    {"empty-cells", "a,b\n,\n\"\",\"\"\n", "2:|\n3:|"},
    {"blank-lines", "a,b\n\n1,2\n\r\n\n3,4\n", "3:1|2\n6:3|4"},
    {"quote-inside", "a,b\n1\"2,3\n", "2:1\"2|3"},
    {"behind-quote", "a,b\n\"1\"2,3\n4,5\n",
     "2!1 text behind a closing quote\n3:4|5"},
    {"never-closed", "a,b\n1,2\n3,\"4\n5,6\n",
     "2:1|2\n3!2 the quote opened here is never closed"},
    {"short-row", "a,b\n1\n2,3\n",
     "2!0 1 cells, but the first row names 2 columns\n3:2|3"},
    {"long-row", "a,b\n1,2,3\n",
     "2!0 3 cells, but the first row names 2 columns"},
    {"not-utf8", "a,b\n1,\xe4\n2,3\n", "2!2 not UTF-8 text\n3:2|3"},
    {"header-only", "a,b\n", ""},
};

static void
test_csv(gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE(data);
    FILE *file = file_of(csv_rows[i].text, strlen(csv_rows[i].text));
    g_autoptr(GError) error = NULL;
    g_autoptr(RowReader) reader = csv_reader_new(file, "f", &error);
    g_autofree char *rows = NULL;

    g_assert_no_error(error);
    g_assert_cmpuint(row_columns(reader)->len, ==, 2);
    rows = read_all(reader);
    g_assert_cmpstr(rows, ==, csv_rows[i].rows);
    fclose(file);
}

static const struct {
    const char *name, *text, *rows;
} json_rows[] = {
    {"plain", "{\"a\":\"1\",\"b\":2}\n{\"b\":\"3\"}\n", "1:1|2\n2:|3"},
    {"values", "{\"a\":true,\"b\":false}\n{\"a\":null,\"b\":-1.5}\n",
     "1:yes|no\n2:|-1.5"},
    {"list", "{\"a\":[\"x\",\"y\"],\"b\":[]}\n", "1:x\x1fy|"},
    {"escapes", "{\"a\":\"\\u00e4\\ud83d\\ude00\\n\\\"\",\"b\":\"\"}\n",
     "1:\xc3\xa4\xf0\x9f\x98\x80\n\"|"},
    {"blank-lines", "\n  \n{\"a\":1,\"b\":2}\r\n\n", "3:1|2"},
    {"not-object", "[1]\n{\"a\":1,\"b\":2}\n",
     "1!0 expected '{' at byte 1\n2:1|2"},
    {"cut-off", "{\"a\":\"x", "1!1 a text is never closed at byte 8"},
    {"twice", "{\"a\":1,\"a\":2}",
     "1!1 a name that was there already at byte 12"},
    {"nested", "{\"a\":{\"b\":1}}",
     "1!1 an object inside the object at byte 6"},
    {"nested-list", "{\"a\":[[1]]}", "1!1 a list inside a list at byte 7"},
    {"trailing", "{\"a\":1} x", "1!0 something behind the object at byte 9"},
    {"trailing-comma", "{\"a\":1,}",
     "1!0 expected a text in double quotes at byte 8"},
    {"leading-zero", "{\"a\":01}", "1!1 expected a value at byte 8"},
    {"half-character", "{\"a\":\"\\ud800\"}",
     "1!1 half a character at byte 13"},
    {"nul", "{\"a\":\"\\u0000\"}", "1!1 a NUL character at byte 13"},
    {"control", "{\"a\":\"\t\"}", "1!1 a control character at byte 8"},
    {"not-utf8", "{\"a\":\"\xff\"}", "1!0 not UTF-8 text"},
};

static void
test_json(gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE(data);
    FILE *file = file_of(json_rows[i].text, strlen(json_rows[i].text));
    g_autoptr(RowReader) reader = jsonl_reader_new(file, "f");
    g_autofree char *rows = read_all(reader);

    g_assert_cmpstr(rows, ==, json_rows[i].rows);
    fclose(file);
}

static void
test_unusable(void)
{
    static const struct {
        const char *text;
        gsize length;
        const char *message;
    } rows[] = {
        {"", 0, "f:1:1: the file is empty: its first line names the columns"},
        {"\xff\xfe"
         "a\0",
         4, "f:1:1: this file is UTF-16: save it as \"CSV UTF-8\""},
        {"a,\"b", 4, "f:1:2: the quote opened here is never closed"},
        {"\xe4,b\n", 4, "f:1:1: a column's name is not UTF-8 text"},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        FILE *file = file_of(rows[i].text, rows[i].length);
        g_autoptr(GError) error = NULL;

        g_assert_null(csv_reader_new(file, "f", &error));
        g_assert_error(error, NURTURE_ERROR, ERROR_INPUT);
        g_assert_cmpstr(error->message, ==, rows[i].message);
        fclose(file);
    }
}

static void
test_limits(void)
{
    g_autoptr(GString) text = g_string_new("a,b\n");
    g_autoptr(GError) error = NULL;
    g_autoptr(RowReader) reader = NULL;
    g_autofree char *rows = NULL;
    FILE *file;

    for (int i = 0; i < 70000; i++)
        g_string_append_c(text, 'x');
    g_string_append(text, ",2\n3,4\n1");
    for (int i = 0; i < 300; i++)
        g_string_append(text, ",1");
    g_string_append(text, "\n5,6\n");
    file = file_of(text->str, text->len);
    reader = csv_reader_new(file, "f", &error);
    g_assert_no_error(error);
    rows = read_all(reader);
    g_assert_cmpstr(rows, ==,
                    "2!1 a cell is longer than 64 KB\n3:3|4\n"
                    "4!0 more than 200 cells\n5:5|6");
    fclose(file);
}

static void
test_write(void)
{
    static const struct {
        const char *text, *safe, *raw;
    } rows[] = {
        {"plain", "plain", "plain"},
        {"", "", ""},
        {"a,b", "\"a,b\"", "\"a,b\""},
        {"say \"hi\"", "\"say \"\"hi\"\"\"", "\"say \"\"hi\"\"\""},
        {"two\nlines", "\"two\nlines\"", "\"two\nlines\""},
        {"=1+1", "'=1+1", "=1+1"},
        {"@SUM(A1)", "'@SUM(A1)", "@SUM(A1)"},
        {"-2,5", "\"'-2,5\"", "\"-2,5\""},
        {"+49 30 123", "'+49 30 123", "+49 30 123"},
        {"\t=1", "\"'\t=1\"", "\"\t=1\""},
        {"a=1", "a=1", "a=1"},
        {"\xef\xbc\x9d"
         "1",
         "'\xef\xbc\x9d"
         "1",
         "\xef\xbc\x9d"
         "1"},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GString) safe = g_string_new(NULL), raw = g_string_new(NULL);
        csv_append_cell(safe, rows[i].text);
        csv_append_raw_cell(raw, rows[i].text);
        g_assert_cmpstr(safe->str, ==, rows[i].safe);
        g_assert_cmpstr(raw->str, ==, rows[i].raw);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(csv_rows); i++) {
        g_autofree char *path =
            g_strconcat("/csv/read/", csv_rows[i].name, NULL);
        g_test_add_data_func(path, GSIZE_TO_POINTER(i), test_csv);
    }
    for (gsize i = 0; i < G_N_ELEMENTS(json_rows); i++) {
        g_autofree char *path =
            g_strconcat("/csv/json/", json_rows[i].name, NULL);
        g_test_add_data_func(path, GSIZE_TO_POINTER(i), test_json);
    }
    g_test_add_func("/csv/unusable-files", test_unusable);
    g_test_add_func("/csv/limits", test_limits);
    g_test_add_func("/csv/write", test_write);
    return g_test_run();
}
