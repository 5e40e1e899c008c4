/* SPDX-License-Identifier: Apache-2.0 */
/* test_format.c - formatting changes the form of a file and nothing it means */
#include "nurture/format.h"

#include "nurture/settings.h"

#include "tests/lib/mail_fixture.h"

static const struct {
    const char *name, *path, *text, *want;
} cases[] = {
    {"quotes", "a.md", "---\nsubject: 'We are #1'\n---\nHi\n",
     "---\nsubject: \"We are #1\"\n---\nHi\n"},
    {"quotes that would need escapes stay", "a.md",
     "---\nsubject: 'Say \"yes\"'\n---\nHi\n",
     "---\nsubject: 'Say \"yes\"'\n---\nHi\n"},
    {"a number sign", "a.md", "---\nsubject: We're #1 here\n---\nHi\n",
     "---\nsubject: \"We're #1 here\"\n---\nHi\n"},
    {"a tag at the start", "a.md",
     "---\nsubject: {{ city or \"You\" }}, hello\n---\nHi\n",
     "---\nsubject: '{{ city or \"You\" }}, hello'\n---\nHi\n"},
    {"line ends, mark, last line", "a.md",
     "\xEF\xBB\xBF---\r\nsubject: Hello\r\n---\r\nHi\r\n\r\nyou",
     "---\nsubject: Hello\n---\nHi\n\nyou\n"},
    {"marks of files put together", "a.seg",
     "\xEF\xBB\xBF\xEF\xBB\xBF"
     "dach\n",
     "dach\n"},
    {"a lone CR is a character", "a.seg", "a\rb\n", "a\rb\n"},
    {"empty lines at the end", "a.seg", "dach\n\n\n", "dach\n"},
    {"tabs", "a.md", "---\nsteps:\n\t- mail: a\n\t- mail: b\n---\nHi\n",
     "---\nsteps:\n  - mail: a\n  - mail: b\n---\nHi\n"},
    {"spaces after the colon", "nurture.yaml",
     "company:   Heron\nsmtp:\n  host:\ta  # relay\n",
     "company: Heron\nsmtp:\n  host:\ta  # relay\n"},
    {"blanks at the ends of settings, not of text", "a.md",
     "---\nsubject: Hello  \n---\nHi  \nyou\n",
     "---\nsubject: Hello\n---\nHi  \nyou\n"},
    {"a long dash", "a.md", "\xE2\x80\x94\nsubject: A\n---\nHi\n",
     "---\nsubject: A\n---\nHi\n"},
    {"default", "a.md",
     "---\nsubject: A\n---\nHi {{ city | upper | default: \"you\" }},\n",
     "---\nsubject: A\n---\nHi {{ city | upper or \"you\" }},\n"},
    {"default in words and quotes stays", "a.md",
     "---\nsubject: A\n---\n\\{{ a | default: \"x\" }} | default: "
     "{{ a or \"| default: \" }}\n",
     "---\nsubject: A\n---\n\\{{ a | default: \"x\" }} | default: "
     "{{ a or \"| default: \" }}\n"},
    {"what cannot be read stays", "a.md", "---\nsubject: \xFC\r\n",
     "---\nsubject: \xFC\r\n"},
};

static char *
format(const char *path, const char *text)
{
    gsize size;
    char *out = format_text(path, text, strlen(text), &size);

    g_assert_cmpuint(strlen(out), ==, size);
    return out;
}

static void
test_case(gconstpointer data)
{
    const char *const *c = data; /* name, path, text, want */
    g_autofree char *once = format(c[1], c[2]);
    g_autofree char *twice = format(c[1], once);

    g_assert_cmpstr(once, ==, c[3]);
    g_assert_cmpstr(twice, ==, c[3]);
}

/* ---- meaning ------------------------------------------------------------- */

static void
append_tree(const YamlNode *node, GString *out)
{
    g_string_append_printf(out, "%d %s=%s\n", (int)node->kind,
                           node->key ? node->key : "",
                           node->value ? node->value : "");
    for (guint i = 0; node->items && i < node->items->len; i++)
        append_tree(g_ptr_array_index(node->items, i), out);
    g_string_append(out, ".\n");
}

/* What the file's settings say; NULL when it has errors. */
static char *
settings_of(const char *text, YamlNode **out_map, gsize *out_body)
{
    g_autoptr(Source) source = source_new("a.md", text, strlen(text));
    g_autoptr(Diagnostics) problems = diagnostics_new();
    g_autoptr(YamlNode) map = NULL;
    GString *out;
    gsize start, end;

    if (!front_matter_split(source, &start, &end, out_body, problems))
        return NULL;
    map = yaml_read(source, start, end, settings_text_keys(IN_MAIL), problems);
    if (!map || diagnostics_count(problems, SEVERITY_ERROR) > 0)
        return NULL;
    out = g_string_new(NULL);
    append_tree(map, out);
    *out_map = g_steal_pointer(&map);
    return g_string_free(out, FALSE);
}

/* What some people would get, HTML and text; NULL when it does not compile. */
static char *
mails_of(const char *text, const YamlNode *map, gsize body)
{
    static const char *const people[] = {NULL, "Anna", " "};
    const YamlNode *subject = yaml_get(map, "subject");
    g_autoptr(Source) source = source_new("a.md", text, strlen(text));
    MailText mail = {.source = source, .body_offset = body};
    g_auto(Fixture) fixture;
    g_autoptr(MailProgram) program = NULL;
    GString *out = NULL;

    fixture_init(&fixture, NULL);
    if (subject && subject->value) {
        mail.subject = subject->value;
        mail.subject_offset = subject->offset + (subject->quoted ? 1 : 0);
        mail.subject_length = subject->length - (subject->quoted ? 2 : 0);
    }
    program = mail_compile(&mail, &fixture.context, fixture.problems);
    for (gsize i = 0; program && i < 2 * G_N_ELEMENTS(people); i++) {
        const char *values[16];
        bool truths[16];
        MailRow row = {.values = values, .conditions = truths};
        g_auto(MailOutput) filled = {NULL};
        for (int v = 0; v < 16; v++) {
            values[v] = people[i / 2];
            truths[v] = i % 2 == 1;
        }
        mail_output_init(&filled);
        mail_fill(program, &row, &filled);
        out = out ? out : g_string_new(NULL);
        g_string_append_printf(out, "%s\n%s\n%s\n", filled.subject->str,
                               filled.html->str, filled.text->str);
    }
    return out ? g_string_free(out, FALSE) : NULL;
}

/* Twice is once, and where the file meant something it means that still.
 * Returns: was there a mail to compare? */
static bool
check_document(const char *path, const char *text)
{
    g_autofree char *once = format(path, text);
    g_autofree char *twice = format(path, once);
    g_autofree char *before = NULL, *after = NULL, *mail = NULL, *then = NULL;
    g_autoptr(YamlNode) map = NULL, map_after = NULL;
    gsize body, body_after;

    g_assert_cmpstr(once, ==, twice);
    if (!g_str_has_suffix(path, ".md"))
        return false;
    before = settings_of(text, &map, &body);
    if (!before)
        return false;
    after = settings_of(once, &map_after, &body_after);
    g_assert_cmpstr(before, ==, after);
    mail = mails_of(text, map, body);
    then = mails_of(once, map_after, body_after);
    g_assert_cmpstr(mail, ==, then);
    return mail != NULL;
}

static const char *const settings_lines[] = {
    "subject: Hello",
    "subject: 'Hello, you'",
    "subject:   \"Hello\"  ",
    "subject: We're #1",
    "subject: {{ first_name or \"You\" }}, hello",
    "subject: '{{ first_name or \"You\" }}'",
    "preheader: 'it''s here'",
    "preheader: \"a \\\"b\\\" c\"",
    "preheader: a: b",
    "preheader: > 5 reasons",
    "preheader:x",
    "attach: ['files/a.pdf',  \"files/b.pdf\"]",
    "allow: [W407] # here",
    "allow:",
    "  - W407",
    "\t- W504",
    "  -W505",
    "variants:",
    "  - id: 'a'",
    "    share:  50%",
    "# a comment  ",
    "",
    "event: {title: 'A, b'}",
    "name: \xE2\x80\x9CHello\xE2\x80\x9D",
    "from: *x",
    "\xC2\xA0owner: anna",
    "...",
};

static const char *const body_lines[] = {
    "Hi {{ first_name or \"there\" }},",
    "Hi {{ first_name | upper | default: \"there\" }},",
    "Hi {{city|default:\"x\"}} and {{ job_title | default: \"| default: \" }}",
    "\\{{ first_name | default: \"x\" }}",
    "{% if open_to_work %}",
    "{% else %}",
    "{% endif %}",
    "",
    "- one  ",
    "  two",
    "[our page](https://heron.example/a?b={{ city or \"x\" }})",
    "    code",
    "> quote",
    "# Heading",
    "---",
    "text with two spaces  ",
    "**bold** _it_ `{{ city or \"\" }}`",
    "{# {{ a | default: \"b\" }} #}",
};

static void
append_line(GString *text, const char *const *lines, gsize count)
{
    static const char *const ends[] = {"\n", "\n", "\n", "\r\n", " \n"};

    g_string_append(text, lines[g_test_rand_int_range(0, (gint32)count)]);
    g_string_append(text, ends[g_test_rand_int_range(0, 5)]);
}

static void
test_random(void)
{
    int compared = 0;

    for (int i = 0; i < 3000; i++) {
        g_autoptr(GString) text = g_string_new(i % 7 ? "" : "\xEF\xBB\xBF");
        int settings = i % 2 ? 1 : g_test_rand_int_range(0, 6);
        g_string_append(text, i % 11 ? "---\n" : "---\r\n");
        for (int n = 0; n < settings; n++)
            append_line(text, settings_lines, G_N_ELEMENTS(settings_lines));
        g_string_append(text, "---\n");
        for (int n = g_test_rand_int_range(0, 8); n > 0; n--)
            append_line(text, body_lines, G_N_ELEMENTS(body_lines));
        compared += check_document("a.md", text->str);
    }
    g_assert_cmpint(compared, >, 100); /* most would prove nothing otherwise */
}

static void
check_tree(const char *path, int *files)
{
    g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
    g_autofree char *text = NULL;
    const char *name;
    gsize size;

    while (dir && (name = g_dir_read_name(dir))) {
        g_autofree char *inner = g_build_filename(path, name, NULL);
        check_tree(inner, files);
    }
    if (dir || !g_file_get_contents(path, &text, &size, NULL) ||
        strlen(text) != size)
        return;
    ++*files;
    check_document(path, text);
}

static void
test_fixtures(void)
{
    int files = 0;

    check_tree("tests/diagnostics", &files);
    check_tree("campaigns/examples", &files);
    if (files == 0)
        g_test_skip("not in the source directory");
}

static void
test_recode(void)
{
    g_autoptr(GError) error = NULL;
    gsize size;
    g_autofree char *text =
        format_recode("Gr\xFC\xDF dich", 9, "windows-1252", &size, &error);
    g_autofree char *same =
        format_recode("Grüß", strlen("Grüß"), "windows-1252", &size, &error);

    g_assert_cmpstr(text, ==, "Grüß dich");
    g_assert_cmpstr(same, ==, "Grüß");
    g_assert_null(format_recode("\xFC", 1, "no-such-set", &size, &error));
    g_assert_nonnull(error);
}

/* Of changes that overlap the first is made, the others wait for the next
 * round. */
static void
test_overlap(void)
{
    static const char text[] = "abcdef";
    g_autoptr(Source) source = source_new("a.md", text, strlen(text));
    g_autoptr(Diagnostics) problems = diagnostics_new();
    Diagnostic *d = diagnostics_add(problems, "E104", source, 0, 1, "x");
    g_autofree char *out = NULL;
    gsize size;
    guint count;

    diagnostic_fix(d, 4, 1, "E");
    diagnostic_fix(d, 1, 3, "");
    diagnostic_fix(d, 2, 1, "C");
    diagnostic_fix(d, 5, 99, "out of the file");
    diagnostic_fix(diagnostics_add_file(problems, "E104", "b.md", "x"), 0, 1,
                   "another file's");
    out = fixes_apply(source, problems, &size, &count);
    g_assert_cmpstr(out, ==, "aEf");
    g_assert_cmpuint(count, ==, 2);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *path = g_strconcat("/format/", cases[i].name, NULL);
        g_test_add_data_func(path, &cases[i], test_case);
    }
    g_test_add_func("/format/random", test_random);
    g_test_add_func("/format/fixtures", test_fixtures);
    g_test_add_func("/format/recode", test_recode);
    g_test_add_func("/fix/overlap", test_overlap);
    return g_test_run();
}
