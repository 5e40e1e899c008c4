/* SPDX-License-Identifier: Apache-2.0 */
/* test_yaml.c - settings as they are typed */
#include "nurture/yaml.h"

#include <string.h>

static const char *const text_keys[] = {"subject", "name", NULL};

/* "a=1,b=[x,y],c={d=2}" */
static void
describe(const YamlNode *node, GString *out)
{
    if (node->kind == YAML_SCALAR) {
        g_string_append(out, node->value);
        return;
    }
    g_string_append_c(out, node->kind == YAML_LIST ? '[' : '{');
    for (guint i = 0; i < node->items->len; i++) {
        const YamlNode *item = g_ptr_array_index(node->items, i);
        if (i > 0)
            g_string_append_c(out, ',');
        if (node->kind == YAML_MAP)
            g_string_append_printf(out, "%s=", item->key);
        describe(item, out);
    }
    g_string_append_c(out, node->kind == YAML_LIST ? ']' : '}');
}

/* "E113@2:15 E119@3:1": code and place of each problem. */
static char *
codes(Diagnostics *problems)
{
    GString *out = g_string_new(NULL);

    diagnostics_sort(problems);
    for (guint i = 0; i < diagnostics_length(problems); i++) {
        const Diagnostic *d = diagnostics_get(problems, i);
        g_string_append_printf(out, "%s%s@%d:%d", i > 0 ? " " : "", d->code,
                               d->line, d->column);
    }
    return g_string_free(out, FALSE);
}

/* The text with the fixes of all problems applied, last first. */
static char *
fixed(const char *text, Diagnostics *problems)
{
    GString *out = g_string_new(text);

    for (guint i = diagnostics_length(problems); i-- > 0;) {
        const Diagnostic *d = diagnostics_get(problems, i);
        for (guint f = 0; f < d->fixes->len; f++) {
            const DiagnosticFix *fix =
                &g_array_index(d->fixes, DiagnosticFix, f);
            g_string_erase(out, (gssize)fix->offset, (gssize)fix->length);
            g_string_insert(out, (gssize)fix->offset, fix->text);
        }
    }
    return g_string_free(out, FALSE);
}

static YamlNode *
read_all(const char *text, Diagnostics *problems)
{
    g_autoptr(Source) source = source_new("a.yaml", text, strlen(text));

    return yaml_read(source, 0, strlen(text), text_keys, problems);
}

static void
test_good(void)
{
    static const struct {
        const char *text, *tree;
    } rows[] = {
        {"", "{}"},
        {"# nothing\n\n", "{}"},
        {"---\na: 1\n", "{a=1}"},
        {"a: 1\nb: two words # comment\n", "{a=1,b=two words}"},
        {"a: 1\r\nb: 2\r\n", "{a=1,b=2}"},
        {"a: [x, y]\nb: [\n  x, # one\n  'y, z',\n]\nc: 3",
         "{a=[x,y],b=[x,y, z],c=3}"},
        {"g:\n  a: 1\n  b: 2\nc: 3\n", "{g={a=1,b=2},c=3}"},
        {"l:\n  - a: 1\n    b: 2\n  - a: 3\nc: 4\n",
         "{l=[{a=1,b=2},{a=3}],c=4}"},
        {"l:\n- x\n- y\nc: 4\n", "{l=[x,y],c=4}"},
        {"l:\n  -   a: 1\n      b: 2\n", "{l=[{a=1,b=2}]}"},
        {"l:\n  -\n    a: 1\n  - -1\n", "{l=[{a=1},-1]}"},
        {"a: no\nb: 09:00\nc: 1e3\nd: ~\n", "{a=no,b=09:00,c=1e3,d=~}"},
        {"a:\nb: ''\n", "{a=,b=}"},
        {"subject: Hello there\n", "{subject=Hello there}"},
        {"subject: Hello:there#1 [x], {y} & *z | 'q' \"r\" @ %  \n",
         "{subject=Hello:there#1 [x], {y} & *z | 'q' \"r\" @ %}"},
        {"subject: \"We're #1: yes\" # said\n", "{subject=We're #1: yes}"},
        {"subject: 'it''s {{ x }}'\n", "{subject=it's {{ x }}}"},
        {"subject: \"a \\\"b\\\" \\\\ c\"\n", "{subject=a \"b\" \\ c}"},
        {"subject: 🎉 ok\n", "{subject=🎉 ok}"},
        {"l:\n  - subject: a, b\n    name: c\n", "{l=[{subject=a, b,name=c}]}"},
        {"l:\n  - https://a.example/x\n", "{l=[https://a.example/x]}"},
        {"a : 1\n", "{a=1}"},
        {"\xEF\xBB\xBF"
         "a: 1\n",
         "{a=1}"},
        {"only_if: city = \"a b\" and x in [c, d]\n",
         "{only_if=city = \"a b\" and x in [c, d]}"},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(Diagnostics) problems = diagnostics_new();
        g_autoptr(YamlNode) root = read_all(rows[i].text, problems);
        g_autoptr(GString) out = g_string_new(NULL);
        g_autofree char *found = codes(problems);
        g_test_message("%s", rows[i].text);
        g_assert_cmpstr(found, ==, "");
        describe(root, out);
        g_assert_cmpstr(out->str, ==, rows[i].tree);
    }
}

/* What people type that YAML refuses or silently makes something else of. The
 * tree holds what was typed all the same, and the fix makes it right. */
static void
test_misread(void)
{
    static const struct {
        const char *text, *codes, *tree, *fixed;
    } rows[] = {
        {"subject: We're #1 in Berlin\n", "E113@1:16",
         "{subject=We're #1 in Berlin}", "subject: \"We're #1 in Berlin\"\n"},
        {"subject: #1 in Berlin\n", "E113@1:10", "{subject=#1 in Berlin}",
         "subject: \"#1 in Berlin\"\n"},
        {"subject: !important read\n", "E119@1:10", "{subject=!important read}",
         "subject: \"!important read\"\n"},
        {"subject: &more\n", "E119@1:10", "{subject=&more}",
         "subject: \"&more\"\n"},
        {"subject: Backend: what's next\n", "E119@1:17",
         "{subject=Backend: what's next}",
         "subject: \"Backend: what's next\"\n"},
        {"subject: Ends with:\n", "E119@1:19", "{subject=Ends with:}",
         "subject: \"Ends with:\"\n"},
        {"subject: {{ first_name }}, quick note\n", "E119@1:10",
         "{subject={{ first_name }}, quick note}",
         "subject: \"{{ first_name }}, quick note\"\n"},
        {"subject: {{ a or \"b\" }}: it's\n", "E119@1:10",
         "{subject={{ a or \"b\" }}: it's}",
         "subject: '{{ a or \"b\" }}: it''s'\n"},
        {"subject: *|FNAME|* hi\n", "E212@1:10", "{subject=*|FNAME|* hi}",
         NULL},
        {"subject: \"Hi\" she said\n", "E119@1:10", "{subject=\"Hi\" she said}",
         "subject: '\"Hi\" she said'\n"},
        {"subject: 'Tis time\n", "E119@1:10", "{subject='Tis time}",
         "subject: \"'Tis time\"\n"},
        {"subject: > 5 reasons\n", "E119@1:10", "{subject=> 5 reasons}",
         "subject: \"> 5 reasons\"\n"},
        {"subject: |\n  Hello\n", "E119@1:10", "{subject=|}", NULL},
        {"subject: @anna\n", "E119@1:10", "{subject=@anna}",
         "subject: \"@anna\"\n"},
        {"subject: %x\n", "E119@1:10", "{subject=%x}", "subject: \"%x\"\n"},
        {"subject: ? what\n", "E119@1:10", "{subject=? what}",
         "subject: \"? what\"\n"},
        {"subject: - what\n", "E119@1:10", "{subject=- what}",
         "subject: \"- what\"\n"},
        {"subject: [a, b]\n", "E119@1:10", "{subject=[a, b]}",
         "subject: \"[a, b]\"\n"},
        {"subject: \"Hello\nname: x\n", "E114@1:10", "{subject=Hello,name=x}",
         NULL},
        {"name: 'Hello\n", "E114@1:7", "{name=Hello}", NULL},
        {"subject: “Hello”\n", "W112@1:10", "{subject=“Hello”}", NULL},
        {"subject:Hello\nname: x\n", "E109@1:1", "{subject=Hello,name=x}",
         "subject: Hello\nname: x\n"},
        {"subject:\xC2\xA0Hello\n", "E109@1:1", "{subject=Hello}",
         "subject: Hello\n"},
        {"subject Hello\nname: x\n", "E109@1:1", "{name=x}", NULL},
        {"l:\n  - a\n  -b\n", "E109@3:3", "{l=[a,b]}", "l:\n  - a\n  - b\n"},
        {"a: 1\na: 2\nb: 3\n", "E108@2:1", "{a=1,b=3}", NULL},
        {"a: 1\n  b: 2\n", "E110@2:3", "{a=1,b=2}", NULL},
        {"subject: Hello\n  there\n", "E109@2:3 E110@2:3", "{subject=Hello}",
         NULL},
        {"l:\n    - a\n  - b\nc: 3\n", "E110@3:3", "{l=[a,b],c=3}", NULL},
        {"g:\n\ta: 1\n", "E104@2:1", "{g={a=1}}", "g:\n  a: 1\n"},
        {"g:\n\xC2\xA0\xC2\xA0"
         "a: 1\n",
         "E105@2:1", "{g={a=1}}", NULL},
        {"a: &default x\nb: *default\nc: !!int 3\n",
         "E117@1:4 E117@2:4 E117@3:4", "{a=&default x,b=*default,c=!!int 3}",
         NULL},
        {"a: 1\n---\nb: 2\n", "E117@2:1", "{a=1,b=2}", NULL},
        {"%YAML 1.1\na: 1\n", "E117@1:1", "{a=1}", NULL},
        {"<<: x\na: 1\n", "E117@1:1", "{a=1}", NULL},
        {"? a\n: b\n", "E117@1:1 E109@2:1", "{}", NULL},
        {"l: [a, *b, &c d, !e f]\n", "E117@1:8 E117@1:12 E117@1:18",
         "{l=[a,,d,f]}", NULL},
        {"l: [a, b\nc: 3\n", "E307@1:4", "{l=[a, b,c=3}", NULL},
        {"l: [a] and b\n", "E119@1:4", "{l=[a] and b}", "l: \"[a] and b\"\n"},
        {"accent: #0b6bcb\n", "E113@1:9", "{accent=#0b6bcb}",
         "accent: \"#0b6bcb\"\n"},
        {"from: {{ x }}\n", "E119@1:7", "{from={{ x }}}",
         "from: \"{{ x }}\"\n"},
        {"v: [{subject: Hello}]\n", "E119@1:15", "{v=[{subject=Hello}]}",
         "v: [{subject: \"Hello\"}]\n"},
        {"\"subject\": We're #1\n", "E119@1:12", "{subject=We're}", NULL},
        {"subject: a\001b\n", "E004@1:11", NULL, NULL},
        {"subject: a\xC2\x85"
         "b\n",
         "E004@1:11", NULL, NULL},
        {"subject: a\rb\n", "E004@1:11", NULL, NULL},
        {"subject: \"a\\0b\"\n", "E004@1:10", NULL, NULL},
        {"a: {b: {c: {d: {e: 1}}}}\n", "E110@1:16", NULL, NULL},
        {"just words\n", "E109@1:1", "{}", NULL},
        {"- a\n- b\n", "E110@1:1", NULL, NULL},
        {"a: >\n  long\n  text\nb: 2\n", "E117@1:4", "{a=>,b=2}", NULL},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(Diagnostics) problems = diagnostics_new();
        g_autoptr(YamlNode) root = read_all(rows[i].text, problems);
        g_autoptr(GString) out = g_string_new(NULL);
        g_autofree char *found = codes(problems);
        g_test_message("%s", rows[i].text);
        g_assert_cmpstr(found, ==, rows[i].codes);
        if (root)
            describe(root, out);
        if (rows[i].tree)
            g_assert_cmpstr(out->str, ==, rows[i].tree);
        if (rows[i].fixed) {
            g_autofree char *text = fixed(rows[i].text, problems);
            g_autoptr(Diagnostics) none = diagnostics_new();
            g_autoptr(YamlNode) again = read_all(text, none);
            g_autoptr(GString) same = g_string_new(NULL);
            g_assert_cmpstr(text, ==, rows[i].fixed);
            g_assert_cmpuint(diagnostics_length(none), ==, 0);
            describe(again, same);
            g_assert_cmpstr(same->str, ==, out->str);
        }
    }
}

static void
test_words(void)
{
    static const char text[] =
        "subject: We're #1 in Berlin – {{ first_name or “there” }}\n"
        "name: {{ first_name }}, hi\n"
        "a: 1\n"
        "a: 2\n";
    g_autoptr(Diagnostics) problems = diagnostics_new();
    g_autoptr(YamlNode) root = read_all(text, problems);
    g_autoptr(GString) out = g_string_new(NULL);

    g_assert_nonnull(root);
    diagnostics_sort(problems);
    diagnostics_format(problems, FORMAT_HUMAN, false, out);
    g_assert_cmpstr(
        out->str, ==,
        "a.yaml:1:16: error[E113]: everything after ' #' would be cut off as a "
        "comment\n"
        "    1 | subject: We're #1 in Berlin – {{ first_name or “there” }}\n"
        "      |                ^\n"
        "      = help: put the value in quotes: subject: \"We're #1 in "
        "Berlin\"\n"
        "a.yaml:2:7: error[E119]: this value must be in quotes: YAML gives "
        "'{{' a meaning of its own\n"
        "    2 | name: {{ first_name }}, hi\n"
        "      |       ^^\n"
        "      = help: 'nurture fmt' adds the quotes\n"
        "a.yaml:4:1: error[E108]: 'a' is set twice; it was first set on line "
        "3\n"
        "    4 | a: 2\n"
        "      | ^\n"
        "      = help: delete one of them\n"
        "\n"
        "3 errors. Nothing can be sent from this file until the errors are "
        "gone.\n");
}

/* Where a value stands is where it was typed. */
static void
test_places(void)
{
    static const char text[] = "é: ü\n"
                               "l:\n"
                               "  - subject: 'it''s'\n"
                               "    from:anna\n"
                               "m: [a, 'b']  # c\n";
    g_autoptr(Diagnostics) problems = diagnostics_new();
    g_autoptr(YamlNode) root = read_all(text, problems);
    const YamlNode *l = yaml_get(root, "l"), *m = yaml_get(root, "m");
    const YamlNode *item = g_ptr_array_index(l->items, 0);
    const YamlNode *b = g_ptr_array_index(m->items, 1);
    const struct {
        const YamlNode *node;
        const char *value;
    } rows[] = {
        {yaml_get(root, "é"), "ü"},
        {yaml_get(item, "subject"), "'it''s'"},
        {yaml_get(item, "from"), "anna"},
        {m, "[a, 'b']"},
        {b, "'b'"},
        {l, "- subject: 'it''s'\n    from:anna"},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *typed =
            g_strndup(text + rows[i].node->offset, rows[i].node->length);
        g_assert_cmpstr(typed, ==, rows[i].value);
    }
    item = yaml_get(item, "from");
    g_assert_true(g_str_has_prefix(text + item->key_offset, "from:"));
    g_assert_cmpuint(item->key_length, ==, 4);
    g_assert_true(b->quoted);
    g_assert_null(yaml_get(root, "none"));
    g_assert_null(yaml_get(m, "none"));
    g_assert_null(yaml_get(NULL, "none"));
}

static void
test_limits(void)
{
    g_autoptr(GString) lines = g_string_new(NULL);
    g_autofree char *wide = g_strnfill(5000, 'x');
    g_autofree char *line = g_strdup_printf("a: 1\nb: %s\n", wide);

    for (int i = 0; i < 501; i++)
        g_string_append_printf(lines, "k%d: v\n", i);
    {
        g_autoptr(Diagnostics) problems = diagnostics_new();
        g_assert_null(read_all(lines->str, problems));
        g_autofree char *found = codes(problems);
        g_assert_cmpstr(found, ==, "E006@1:1");
    }
    g_string_truncate(lines, (gsize)(strstr(lines->str, "k500:") - lines->str));
    {
        g_autoptr(Diagnostics) problems = diagnostics_new();
        g_autoptr(YamlNode) root = read_all(lines->str, problems);
        g_assert_cmpuint(root->items->len, ==, 500);
    }
    {
        g_autoptr(Diagnostics) problems = diagnostics_new();
        g_autoptr(YamlNode) root = read_all(line, problems);
        g_autofree char *found = codes(problems);
        g_assert_cmpstr(found, ==, "E006@2:1");
        g_assert_nonnull(yaml_get(root, "a"));
    }
}

static void
test_front_matter(void)
{
    static const struct {
        const char *text, *codes, *block, *body; /* NULL: no block */
    } rows[] = {
        {"---\na: 1\n---\nHi\n", "", "a: 1\n", "Hi\n"},
        {"---\r\na: 1\r\n--- \r\nHi", "", "a: 1\r\n", "Hi"},
        {"---\n---\n", "", "", ""},
        {"---\na: 1\n---", "", "a: 1\n", ""},
        {"\xEF\xBB\xBF---\na: 1\n---\n", "", "a: 1\n", ""},
        {"---\na: 1\n---\nx\n---\ny\n", "", "a: 1\n", "x\n---\ny\n"},
        {"—\na: 1\n---\nHi\n", "E103@1:1", "a: 1\n", "Hi\n"},
        {"---\na: 1\n———\nHi\n", "E103@3:1", "a: 1\n", "Hi\n"},
        {"--\na: 1\n---\nHi\n", "E103@1:1", "a: 1\n", "Hi\n"},
        {"Hi\n", "E101@1:1", NULL, NULL},
        {"", "E101@1:1", NULL, NULL},
        {"\n---\na: 1\n---\n", "E101@1:1", NULL, NULL},
        {"---\na: 1\n", "E102@1:1", NULL, NULL},
        {"---", "E102@1:1", NULL, NULL},
        {"---\n", "E102@1:1", NULL, NULL},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        const char *text = rows[i].text;
        g_autoptr(Diagnostics) problems = diagnostics_new();
        g_autoptr(Source) source = source_new("a.md", text, strlen(text));
        gsize start, end, body;
        bool there = front_matter_split(source, &start, &end, &body, problems);
        g_autofree char *found = codes(problems);
        g_test_message("%s", text);
        g_assert_cmpstr(found, ==, rows[i].codes);
        g_assert_cmpint(there, ==, rows[i].block != NULL);
        if (there) {
            g_autofree char *block = g_strndup(text + start, end - start);
            g_assert_cmpstr(block, ==, rows[i].block);
            g_assert_cmpstr(text + body, ==, rows[i].body);
        }
    }
}

static void
test_source_check(void)
{
    static const struct {
        const char *text, *codes;
        bool readable;
    } rows[] = {
        {"Grüße\n", "", true},
        {"", "", true},
        {"f\xFCr\n", "E001@1:2", false},
        {"\xFF\xFEx", "E001@1:1", false},
        {"\xEF\xBB\xBFx\n", "N002@1:1", true},
        {"a\r\nb\nc\n", "N003@0:0", true},
        {"a\r\nb\r\n", "", true},
        {"a\nb", "", true},
        {"a\007b\n", "E004@1:2", true},
        {"a\rb\n", "E004@1:2", true},
        {"a\xC2\x85"
         "b",
         "E004@1:2", true},
        {"a\xEF\xBB\xBF"
         "b",
         "E004@1:2", true},
        {"a\xEE\x80\x80"
         "b",
         "E005@1:2", true},
        {"a\xE2\x80\x8B"
         "b",
         "W007@1:2", true},
        {"a\xE2\x80\x8D"
         "b",
         "W007@1:2", true},
        {"👩‍💻\n", "", true},
        {"a\xE2\x80\xAE"
         "b",
         "W007@1:2", true},
        {"<<<<<<< HEAD\na\n=======\nb\n>>>>>>> x\n",
         "E008@1:1 E008@3:1 E008@5:1", true},
        {"Title\n=======\n", "", true},
        {"<<<<<<<<\n", "", true},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        const char *text = rows[i].text;
        g_autoptr(Diagnostics) problems = diagnostics_new();
        g_autoptr(Source) source = source_new("a.md", text, strlen(text));
        g_assert_cmpint(source_check(source, problems), ==, rows[i].readable);
        g_autofree char *found = codes(problems);
        g_assert_cmpstr(found, ==, rows[i].codes);
    }
}

static void
test_source_check_words(void)
{
    static const struct {
        const char *text;
        gsize size;
        const char *message, *note;
    } rows[] = {
        {"f\xFCr", 3, "this file is not UTF-8: byte 0xFC cannot be read",
         "this looks like a Windows-1252 'ü'"},
        {"a\0b", 3, "invisible control character U+0000", "delete it"},
        {"a\xE2\x80\x8B", 4, "invisible character U+200B (zero-width space)",
         "delete it"},
        {"1\r\n2\r\n3\n", 8, "lines 1 to 2 end in CRLF, the rest in LF", NULL},
        {"1\n2\r\n3\r\n", 8, "line 1 ends in LF, the rest in CRLF", NULL},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(Diagnostics) problems = diagnostics_new();
        g_autoptr(Source) source =
            source_new("a.md", rows[i].text, rows[i].size);
        source_check(source, problems);
        g_assert_cmpuint(diagnostics_length(problems), ==, 1);
        g_assert_cmpstr(diagnostics_get(problems, 0)->message, ==,
                        rows[i].message);
        g_assert_cmpstr(diagnostics_get(problems, 0)->note, ==, rows[i].note);
    }
}

static void
test_source_check_limits(void)
{
    g_autofree char *huge = g_strnfill(SOURCE_MAX + 1, 'x');
    g_autofree char *bells = g_strnfill(5000, '\007');
    g_autoptr(Source) big = source_new("a.md", huge, SOURCE_MAX + 1);
    g_autoptr(Source) loud = source_new("a.md", bells, 5000);
    g_autoptr(Diagnostics) problems = diagnostics_new();
    g_autoptr(Diagnostics) many = diagnostics_new();

    g_assert_false(source_check(big, problems));
    g_assert_cmpstr(diagnostics_get(problems, 0)->message, ==,
                    "this mail is 257 KB of text; the limit is 256 KB");
    g_assert_true(source_check(loud, many));
    g_assert_cmpuint(diagnostics_length(many), ==, 100);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/yaml/good", test_good);
    g_test_add_func("/yaml/misread", test_misread);
    g_test_add_func("/yaml/words", test_words);
    g_test_add_func("/yaml/places", test_places);
    g_test_add_func("/yaml/limits", test_limits);
    g_test_add_func("/yaml/front-matter", test_front_matter);
    g_test_add_func("/yaml/source-check/table", test_source_check);
    g_test_add_func("/yaml/source-check/words", test_source_check_words);
    g_test_add_func("/yaml/source-check/limits", test_source_check_limits);
    return g_test_run();
}
