/* SPDX-License-Identifier: Apache-2.0 */
/* test_diagnostic.c - problems as people and programs read them */
#include "nurture/diagnostic.h"

#include <string.h>

static const char mail[] = "---\n"
                           "subject: Hello\n"
                           "---\n"
                           "Hi {{ frist_name or “there” }},\n"
                           "\n"
                           "see [our page](http://kestrel.example).\n";

static gsize
find(const char *what)
{
    const char *at = strstr(mail, what);

    g_assert_nonnull(at);
    return (gsize)(at - mail);
}

/* Added in no order, as the stages of a check find them. */
static Diagnostics *
some_problems(void)
{
    g_autoptr(Source) source = source_new("m/a.md", mail, strlen(mail));
    Diagnostics *list = diagnostics_new();
    Diagnostic *d;

    d = diagnostics_add(list, "W402", source, find("http:"), 7,
                        "this link is not encrypted (http)");
    diagnostic_help(d, "use https://");
    d = diagnostics_add(list, "E205", source, find("“"), 1, "curly");
    diagnostic_note(d, "for example: or \"there\"");
    diagnostic_fix(d, find("“there"), 11, "\"there\"");
    d = diagnostics_add(list, "E203", source, find("frist"), 10,
                        "unknown field '%s'", "frist_name");
    diagnostic_note(d, "did you mean 'first_name'?");
    diagnostic_help(d, "'nurture fields' lists them");
    diagnostics_add(list, "E203", source, find("frist"), 10, "again");
    return list;
}

static char *
formatted(Diagnostics *list, DiagnosticFormat format)
{
    GString *out = g_string_new(NULL);

    diagnostics_sort(list);
    diagnostics_format(list, format, false, out);
    return g_string_free(out, FALSE);
}

static void
test_human(void)
{
    g_autoptr(Diagnostics) list = some_problems();
    g_autofree char *text = formatted(list, FORMAT_HUMAN);

    g_assert_cmpstr(
        text, ==,
        "m/a.md:4:7: error[E203]: unknown field 'frist_name'\n"
        "    4 | Hi {{ frist_name or “there” }},\n"
        "      |       ^^^^^^^^^^ did you mean 'first_name'?\n"
        "      = help: 'nurture fields' lists them\n"
        "m/a.md:4:21: error[E205]: curly\n"
        "    4 | Hi {{ frist_name or “there” }},\n"
        "      |                     ^ for example: or \"there\"\n"
        "m/a.md:6:16: warning[W402]: this link is not encrypted (http)\n"
        "    6 | see [our page](http://kestrel.example).\n"
        "      |                ^^^^^^^\n"
        "      = help: use https://\n"
        "\n"
        "2 errors, 1 warning. Nothing can be sent from this file until the"
        " errors are gone.\n");
}

static void
test_json(void)
{
    g_autoptr(Diagnostics) list = some_problems();
    g_autofree char *text = formatted(list, FORMAT_JSON);
    g_auto(GStrv) lines = g_strsplit(text, "\n", 0);

    g_assert_cmpuint(g_strv_length(lines), ==, 4); /* the last is empty */
    g_assert_cmpstr(lines[1], ==,
                    "{\"code\":\"E205\",\"severity\":\"error\","
                    "\"file\":\"m/a.md\",\"line\":4,\"column\":21,"
                    "\"end_column\":22,\"message\":\"curly\","
                    "\"note\":\"for example: or \\\"there\\\"\","
                    "\"help\":null,\"fix\":[{\"offset\":43,\"length\":11,"
                    "\"text\":\"\\\"there\\\"\"}]}");
}

static void
test_github(void)
{
    g_autoptr(Diagnostics) list = diagnostics_new();
    g_autoptr(Source) source = source_new("a,b.md", "x\n", 2);
    Diagnostic *d = diagnostics_add(list, "W408", source, 0, 1, "100%% :\n,");

    diagnostic_help(d, "name it");
    diagnostics_add_file(list, "N002", "c.md", "invisible");
    g_autofree char *text = formatted(list, FORMAT_GITHUB);
    g_assert_cmpstr(text, ==,
                    "::warning file=a%2Cb.md,line=1,col=1,endColumn=2,"
                    "title=W408::100%25 :%0A,%0Ahelp: name it\n"
                    "::notice file=c.md,title=N002::invisible\n");
}

static void
test_whole_file(void)
{
    g_autoptr(Diagnostics) list = diagnostics_new();
    Diagnostic *d =
        diagnostics_add_file(list, "E107", "a.md", "this mail has no subject");

    diagnostic_help(d, "add a line such as  subject: Who");
    diagnostics_add_file(list, "W504", "b.md", "no preheader");
    diagnostics_add_file(list, "E107", "a.md", "this mail has no name");
    g_autofree char *text = formatted(list, FORMAT_HUMAN);
    g_assert_cmpstr(text, ==,
                    "a.md: error[E107]: this mail has no subject\n"
                    "      = help: add a line such as  subject: Who\n"
                    "a.md: error[E107]: this mail has no name\n"
                    "b.md: warning[W504]: no preheader\n"
                    "\n"
                    "2 errors, 1 warning. Nothing can be sent from this file"
                    " until the errors are gone.\n");
}

static void
test_limit(void)
{
    g_autoptr(Diagnostics) list = diagnostics_new();
    g_autoptr(GString) body = g_string_new(NULL);

    for (int i = 0; i < 23; i++)
        g_string_append(body, "x\n");
    g_autoptr(Source) source = source_new("a.md", body->str, body->len);
    for (gsize i = 0; i < 23; i++)
        diagnostics_add(list, "W408", source, 2 * i, 1, "again");
    g_autofree char *human = formatted(list, FORMAT_HUMAN);
    g_assert_nonnull(strstr(human, "a.md:20:1:"));
    g_assert_null(strstr(human, "a.md:21:1:"));
    g_assert_true(
        g_str_has_suffix(human, "a.md: and 3 more\n\n23 warnings.\n"));
    g_autofree char *json = formatted(list, FORMAT_JSON);
    g_auto(GStrv) lines = g_strsplit(json, "\n", 0);
    g_assert_cmpuint(g_strv_length(lines), ==, 24);
}

/* The quoted line is harmless on a terminal, and the carets stand below the
 * right characters whatever their width. */
static void
test_quoted_line(void)
{
    static const struct {
        const char *text, *what, *expected;
    } rows[] = {
        {"\tab X", "X", "    1 | \tab X\n      | \t   ^\n"},
        {"\033[31mX", "X", "    1 | \xEF\xBF\xBD[31mX\n      |      ^\n"},
        {"日本X", "X", "    1 | 日本X\n      |     ^\n"},
        {"日本X", "本", "    1 | 日本X\n      |   ^^\n"},
        {"e\xCC\x81X", "X", "    1 | e\xCC\x81X\n      |  ^\n"},
        {"\xFCX", "X", "    1 | \xEF\xBF\xBDX\n      |  ^\n"},
        {"", "", "    1 |\n      | ^\n"},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        const char *text = rows[i].text;
        g_autoptr(Diagnostics) list = diagnostics_new();
        g_autoptr(Source) source = source_new("a", text, strlen(text));
        g_autoptr(GString) out = g_string_new(NULL);
        gsize at = (gsize)(strstr(text, rows[i].what) - text);
        Diagnostic *d = diagnostics_add(list, "E004", source, at,
                                        strlen(rows[i].what), "m");
        diagnostic_format(d, FORMAT_HUMAN, false, out);
        g_assert_cmpstr(strchr(out->str, '\n') + 1, ==, rows[i].expected);
    }
}

static void
test_long_line(void)
{
    g_autofree char *x = g_strnfill(400, 'x');
    g_autofree char *text = g_strconcat(x, "Y", x, NULL);
    g_autoptr(Source) source = source_new("a", text, strlen(text));
    g_autoptr(Diagnostics) list = diagnostics_new();
    g_autoptr(GString) out = g_string_new(NULL);
    Diagnostic *d = diagnostics_add(list, "E004", source, 400, 1, "m");

    diagnostic_format(d, FORMAT_HUMAN, false, out);
    g_auto(GStrv) lines = g_strsplit(out->str, "\n", 0);
    g_assert_cmpint((int)g_utf8_strlen(lines[1], -1), <, 180);
    g_assert_cmpint((int)(g_utf8_strchr(lines[1], -1, 'Y') - lines[1]), ==,
                    (int)(strchr(lines[2], '^') - lines[2]) + 2);
}

/* Length past the end of the line is cut there. */
static void
test_span(void)
{
    g_autoptr(Source) source = source_new("a", "ab\r\ncd\n", 7);
    g_autoptr(Diagnostics) list = diagnostics_new();
    Diagnostic *d = diagnostics_add(list, "E004", source, 1, 99, "m");

    g_assert_cmpint(d->column, ==, 2);
    g_assert_cmpint(d->end_column, ==, 3);
    g_assert_cmpstr(d->text, ==, "ab");
    d = diagnostics_add(list, "E004", source, 99, 99, "m");
    g_assert_cmpint(d->line, ==, 2);
}

static void
test_allow(void)
{
    static const char *const codes[] = {"W407", "W402", "E203", "W408", NULL};
    g_autoptr(Diagnostics) list = some_problems();
    bool used[4];

    diagnostics_add_file(list, "W402", "other.md", "not mine");
    diagnostics_allow(list, "m/a.md", codes, used);
    g_assert_false(used[0]);
    g_assert_true(used[1]);
    g_assert_false(used[2]); /* errors cannot be allowed */
    g_assert_false(used[3]);
    g_assert_cmpuint(diagnostics_count(list, SEVERITY_WARNING), ==, 1);
    g_assert_cmpuint(diagnostics_count(list, SEVERITY_ERROR), ==, 3);
}

static void
test_colour(void)
{
    g_autoptr(Diagnostics) list = some_problems();
    g_autoptr(GString) out = g_string_new(NULL);

    diagnostics_format(list, FORMAT_HUMAN, true, out);
    g_assert_nonnull(strstr(out->str, "\033[1;31merror[E203]\033[0m"));
    g_autofree char *plain = formatted(list, FORMAT_HUMAN);
    g_assert_null(strchr(plain, '\033'));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/diagnostic/human", test_human);
    g_test_add_func("/diagnostic/json", test_json);
    g_test_add_func("/diagnostic/github", test_github);
    g_test_add_func("/diagnostic/whole-file", test_whole_file);
    g_test_add_func("/diagnostic/limit", test_limit);
    g_test_add_func("/diagnostic/quoted-line", test_quoted_line);
    g_test_add_func("/diagnostic/long-line", test_long_line);
    g_test_add_func("/diagnostic/span", test_span);
    g_test_add_func("/diagnostic/allow", test_allow);
    g_test_add_func("/diagnostic/colour", test_colour);
    return g_test_run();
}
