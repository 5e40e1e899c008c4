/* SPDX-License-Identifier: Apache-2.0 */
/* test_markdown.c - Markdown to both forms, and the program's equivalence
 *
 * The property: a program run with a vector of truths reads like the document
 * from which the conditions were resolved by hand before it was compiled. */
#include "nurture/error.h"
#include "templates/program.h"
#include "tests/lib/mail_fixture.h"

#include <stdlib.h>

static const FixtureFile files[] = {
    {"bare.html", "{{ content }}<a href=\"{{ links.unsubscribe }}\">x</a>"
                  "{{ legal.postal_address }}"},
    {"bare.txt", "{{ content }}"
                 "\n{{ links.unsubscribe }}{{ legal.postal_address }}"},
    {NULL, NULL},
};

typedef struct {
    const char *name, *markdown, *html, *text;
} RenderCase;

#define P "<p style=\"margin:0 0 16px 0;font:16px/1.5 F;color:#1f2933\">"
#define UL                                                                     \
    "<ul style=\"margin:0 0 16px 0;padding:0 0 0 24px;font:16px/1.5 F;"        \
    "color:#1f2933\">\n"
#define LI "<li style=\"margin:0 0 6px 0\">"
#define A  "\" style=\"color:#0b6bcb;text-decoration:underline\">"

static const RenderCase cases[] = {
    {"paragraphs", "one\ntwo\n\nthree", P "one\ntwo</p>\n" P "three</p>\n",
     "one two\n\nthree\n"},
    {"emphasis", "*a* **b** `c<d`",
     P "<em>a</em> <strong>b</strong> <code style=\"font:14px/1.5 Menlo,"
       "Consolas,monospace\">c&lt;d</code></p>\n",
     "a b c<d\n"},
    {"escaping", "a & b <c@d.example> \"e\" \\<f>",
     P "a &amp; b <a href=\"mailto:c@d.example" A
       "c@d.example</a> &quot;e&quot; &lt;f&gt;</p>\n",
     "a & b mailto:c@d.example \"e\" <f>\n"},
    {"list", "- a\n- b\n\n  c\n- d", NULL, "- a\n\n- b\n\n  c\n\n- d\n"},
    {"tight", "- a\n- b", UL LI "a</li>\n" LI "b</li>\n</ul>\n", "- a\n- b\n"},
    {"nested", "- a\n  - b\n    1. c\n    2. d\n- e", NULL,
     "- a\n  - b\n    1. c\n    2. d\n- e\n"},
    {"start", "7. a\n8. b\n\ntext", NULL, "7. a\n8. b\n\ntext\n"},
    {"quote-list", "> - a\n> - b\n\nc", NULL, "> - a\n> - b\n>\n\nc\n"},
    {"heading", "# Hello\n\n## You\n\n### There", NULL,
     "Hello\n=====\n\nYou\n---\n\nThere\n"},
    {"rule", "a\n\n---\n\nb", NULL, "a\n\n* * *\n\nb\n"},
    {"code", "```\na\n  b\n```\n",
     "<pre style=\"margin:0 0 16px 0;padding:12px;background-color:#f0f4f8;"
     "font:14px/1.5 Menlo,Consolas,monospace;color:#1f2933;"
     "white-space:pre-wrap\">a\n  b</pre>\n",
     "a\n  b\n"},
    {"raw-html", "<b>x</b>", P "&lt;b&gt;x&lt;/b&gt;</p>\n", "<b>x</b>\n"},
    {"script", "[x](javascript:alert)", P "<a href=\"#" A "x</a></p>\n",
     "x <#>\n"},
    {"tags-mean-nothing", "Hi {{ first_name }} {% if x %}",
     P "Hi {{ first_name }} {% if x %}</p>\n",
     "Hi {{ first_name }} {% if x %}\n"},
    {"private-use",
     "a\xee\x80\x80\xee\x80\x90\xee\x80\x90\xee\x80\x90\xee\x80\x81z", NULL,
     "a\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbdz\n"},
    {"image", "![A hut](hut.jpg){width=200}",
     P
     "<img src=\"https://img.heron.example/hut.jpg\" alt=\"A hut\" "
     "width=\"200\" style=\"display:block;border:0;width:100%;max-width:200px;"
     "height:auto\"></p>\n",
     "[A hut]\n"},
    {"decorative", "a\n\n![](hut.jpg){decorative}\n\nb", NULL, "a\n\nb\n"},
    {"button", "[Go](https://a.example){button}",
     "<table role=\"presentation\" cellpadding=\"0\" cellspacing=\"0\" "
     "border=\"0\" style=\"margin:8px 0 24px 0\"><tr><td bgcolor=\"#0b6bcb\" "
     "style=\"border-radius:4px;background-color:#0b6bcb;"
     "mso-padding-alt:12px 24px\"><a class=\"button\" "
     "href=\"https://a.example\" style=\"display:inline-block;padding:12px "
     "24px;mso-padding-alt:0;font:bold 16px/20px F;color:#ffffff;"
     "text-decoration:none\">Go</a></td></tr></table>\n",
     "Go: https://a.example\n"},
    {"empty", "", "", "\n"},
};

static void
test_render(gconstpointer data)
{
    const RenderCase *c = data;
    g_auto(Fixture) fixture;
    g_autoptr(GString) html = g_string_new(NULL), text = g_string_new(NULL);
    g_autoptr(GError) error = NULL;

    fixture_init(&fixture, NULL);
    fixture.workspace.theme.font = (char *)"F";
    g_assert_true(markdown_render(c->markdown, &fixture.workspace, NULL, NULL,
                                  html, text, &error));
    g_assert_no_error(error);
    if (c->html)
        g_assert_cmpstr(html->str, ==, c->html);
    g_assert_cmpstr(text->str, ==, c->text);
}

static void
test_layout(void)
{
    g_auto(Fixture) fixture;
    g_autoptr(GString) html = g_string_new(NULL), text = g_string_new(NULL);
    g_autoptr(GError) error = NULL;

    fixture_init(&fixture, NULL);
    fixture.workspace.theme.font = (char *)"F";
    g_assert_true(markdown_render(
        "Hi.", &fixture.workspace,
        "<title>{{ subject }}</title>{{ content }}{{ company.name }}", "A & B",
        html, text, &error));
    g_assert_cmpstr(html->str, ==,
                    "<title>A &amp; B</title>" P "Hi.</p>\nHeron &amp; Sons");
    g_assert_cmpstr(text->str, ==, "Hi.\n");
}

static void
test_refused(void)
{
    g_auto(Fixture) fixture;
    g_autoptr(GString) html = g_string_new(NULL), text = g_string_new(NULL);
    g_autoptr(GString) deep = g_string_new(NULL);
    g_autoptr(GError) error = NULL;

    fixture_init(&fixture, NULL);
    g_assert_false(markdown_render("\xff", &fixture.workspace, NULL, NULL, html,
                                   text, &error));
    g_assert_error(error, NURTURE_ERROR, ERROR_INPUT);
    g_clear_error(&error);
    for (int i = 0; i < 5000; i++)
        g_string_append(deep, "> ");
    g_assert_false(markdown_render(deep->str, &fixture.workspace, NULL, NULL,
                                   html, text, &error));
    g_assert_error(error, NURTURE_ERROR, ERROR_INPUT);
}

/* "item two" and "Paris team" once became "item twoParis team": two literals
 * were merged over the place where a jump lands. */
static void
test_jump_barrier(void)
{
    g_autoptr(Code) code = code_new();
    guint jump;

    code_literal(code, "one", -1);
    code_literal(code, "two", -1);
    g_assert_cmpuint(code->ops->len, ==, 1);
    jump = code_op(code, OP_JUMP_FALSE, 0, 0, 0, 0);
    code_literal(code, "item two", -1);
    code_land(code, jump);
    code_literal(code, "Paris team", -1);
    g_assert_cmpuint(code->ops->len, ==, 4);
    g_assert_cmpuint(g_array_index(code->ops, Op, jump).a, ==, 3);
    g_assert_cmpuint(g_array_index(code->ops, Op, 2).b, ==, 8);
}

static void
test_append(void)
{
    g_autoptr(Code) code = code_new(), part = code_new();
    guint jump = code_op(part, OP_JUMP, 0, 0, 0, 0);

    code_literal(part, "part", -1);
    code_land(part, jump);
    code_literal(code, "first", -1);
    code_append(code, part);
    code_literal(code, "last", -1);
    g_assert_cmpuint(code->ops->len, ==, 4);
    g_assert_cmpuint(g_array_index(code->ops, Op, 1).a, ==, 3);
    g_assert_cmpuint(g_array_index(code->ops, Op, 2).a, ==, 5);
    g_assert_cmpstr(code->literals->str, ==, "firstpartlast");
}

/* --- the property -------------------------------------------------------- */

#define CONDITIONS 3

typedef struct {
    GRand *rand;
    GString *source;   /* with tags */
    GString *resolved; /* what is left for this vector */
    const bool *truth;
    int words;
    bool ordered; /* nothing but numbered lists; else all but those */
} Generator;

static const char *const conditions[CONDITIONS] = {"dach", "silver",
                                                   "city = Hull"};

static void
both(Generator *g, const char *text, bool live)
{
    g_string_append(g->source, text);
    if (live)
        g_string_append(g->resolved, text);
}

static void
word(Generator *g, bool live)
{
    g_autofree char *text = g_strdup_printf("w%d ", g->words++);

    both(g, text, live);
}

static void
inline_text(Generator *g, bool live, int depth)
{
    int count = g_rand_int_range(g->rand, 1, 4);

    for (int i = 0; i < count; i++) {
        int c = g_rand_int_range(g->rand, 0, CONDITIONS);
        word(g, live);
        if (depth == 0 || g_rand_boolean(g->rand))
            continue;
        g_string_append_printf(g->source, "{%% if %s %%}", conditions[c]);
        inline_text(g, live && g->truth[c], depth - 1);
        if (g_rand_boolean(g->rand)) {
            g_string_append(g->source, "{% else %}");
            inline_text(g, live && !g->truth[c], depth - 1);
        }
        g_string_append(g->source, "{% endif %}");
    }
}

static void
blocks(Generator *g, bool live, int depth)
{
    int count = g_rand_int_range(g->rand, 1, 4);

    for (int i = 0; i < count; i++) {
        int kind = g_rand_int_range(g->rand, 0, depth > 0 ? 5 : 3);
        int c = g_rand_int_range(g->rand, 0, CONDITIONS);
        if (kind == 0 && !g->ordered) {
            word(g, live);
            inline_text(g, live, 2);
            both(g, "\n\n", live);
        } else if (kind < 3) {
            both(g, g->ordered ? "1. " : "- ", live);
            word(g, live);
            inline_text(g, live, 1);
            both(g, "\n", live);
        } else {
            g_string_append_printf(g->source, "\n{%% if %s %%}\n",
                                   conditions[c]);
            g_string_append(g->resolved, "\n\n");
            blocks(g, live && g->truth[c], depth - 1);
            g_string_append(g->source, "\n{% else %}\n");
            g_string_append(g->resolved, "\n\n");
            blocks(g, live && !g->truth[c], depth - 1);
            g_string_append(g->source, "\n{% endif %}\n");
            g_string_append(g->resolved, "\n\n");
        }
    }
}

/* Blank lines and the blanks at line ends do not count. */
static char *
tidy(const char *text)
{
    GString *out = g_string_new(NULL);
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);

    for (char **line = lines; *line; line++) {
        g_auto(GStrv) words = g_strsplit(g_strchomp(*line), " ", -1);
        bool any = false;
        for (char **w = words; *w; w++) {
            if (**w == '\0')
                continue;
            g_string_append_printf(out, "%s%s", any ? " " : "", *w);
            any = true;
        }
        if (any)
            g_string_append_c(out, '\n');
    }
    return g_string_free(out, FALSE);
}

/* Without attributes, without the paragraphs of loose lists, and with bullet
 * lists that follow one another as one: where a condition also holds other
 * blocks, its list and the next one look alike but are two. */
static char *
tidy_html(const char *html)
{
    g_autoptr(GString) out = g_string_new(NULL);

    for (const char *c = html; *c; c++) {
        if (*c != '<') {
            g_string_append_c(out, *c);
            continue;
        }
        gsize name = strcspn(c, " >"), all = strcspn(c, ">");
        if (strncmp(c, "<p ", 3) != 0 && strncmp(c, "</p>", 4) != 0)
            g_string_append_printf(out, "\n%.*s>\n", (int)name, c);
        else
            g_string_append_c(out, '\n');
        c += all;
    }
    g_autofree char *lines = tidy(out->str);
    g_auto(GStrv) parts = g_strsplit(lines, "</ul>\n<ul>\n", -1);
    return g_strjoinv("", parts);
}

static MailProgram *
compile_bare(Fixture *fixture, const char *body)
{
    MailText mail = fixture_mail(fixture, "A", "B", body);
    MailProgram *program =
        mail_compile(&mail, &fixture->context, fixture->problems);

    if (!program) {
        g_autofree char *codes = fixture_codes(fixture);
        g_test_message("%s\n%s", codes, body);
    }
    g_assert_nonnull(program);
    return program;
}

static void
fill_with(const MailProgram *program, const bool *truth, MailOutput *out)
{
    const char *values[16] = {NULL};
    bool asked[16] = {false};
    MailRow row = {.values = values, .conditions = asked};

    for (guint i = 0; i < mail_program_conditions(program); i++) {
        g_autofree char *text =
            expression_format(mail_program_condition(program, i));
        for (int c = 0; c < CONDITIONS; c++)
            if (!strcmp(text, conditions[c]))
                asked[i] = truth[c];
    }
    mail_output_init(out);
    g_assert_true(mail_fill(program, &row, out));
}

static void
check_document(guint32 seed, guint vector)
{
    g_auto(Fixture) fixture;
    g_autoptr(MailProgram) program = NULL, expected = NULL;
    g_auto(MailOutput) got = {NULL}, want = {NULL};
    g_autoptr(GString) source = g_string_new("start\n\n");
    g_autoptr(GString) resolved = g_string_new("start\n\n");
    bool truth[CONDITIONS];
    Generator g = {
        g_rand_new_with_seed(seed), source, resolved, truth, 0, seed % 2 == 0};
    g_autofree char *got_text = NULL, *want_text = NULL;
    g_autofree char *got_html = NULL, *want_html = NULL;

    for (int c = 0; c < CONDITIONS; c++)
        truth[c] = (vector >> c & 1) != 0;
    blocks(&g, true, 2);
    g_rand_free(g.rand);
    fixture_init(&fixture, files);
    fixture.context.layout = "bare.html";
    program = compile_bare(&fixture, source->str);
    expected = compile_bare(&fixture, resolved->str);
    fill_with(program, truth, &got);
    fill_with(expected, truth, &want);
    got_text = tidy(got.text->str);
    want_text = tidy(want.text->str);
    got_html = tidy_html(got.html->str);
    want_html = tidy_html(want.html->str);
    g_test_message("seed %u vector %u\n%s", seed, vector, source->str);
    g_assert_cmpstr(got_text, ==, want_text);
    g_assert_cmpstr(got_html, ==, want_html);
}

static void
test_program_is_tree(void)
{
    for (guint32 seed = 1; seed <= 60; seed++)
        for (guint vector = 0; vector < 1u << CONDITIONS; vector++)
            check_document(seed, vector);
}

/* --- hostile values ------------------------------------------------------ */

static const char *const naughty[] = {
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "' onmouseover='x",
    "[click](http://evil.example)",
    "**bold** _it_ `c`",
    "# Heading",
    "\n\n# Heading\n\n- a\n",
    "{{ email }}",
    "{% if dach %}x{% endif %}",
    "*|FNAME|*",
    "%0d%0aBcc: x@y.example",
    "a\r\nBcc: all@evil.example\r\n\r\n<html>",
    "http://evil.example/",
    "javascript:alert(1)",
    "../../etc/passwd",
    "&lt;b&gt;",
    "a@b.example",
    "\xee\x80\x80\xee\x80\x90\xee\x80\x90\xee\x80\x90\xee\x80\x81",
    "\xe2\x80\xae"
    "evil",
    "\xef\xbb\xbf"
    "bom",
    "\xe2\x80\x8bzero",
    "\xf0\x9f\x98\x80",
    "a\x1f"
    "b",
    "</a><a href='http://evil.example'>",
    "\\",
    "`",
    "|",
    "%",
    "%s%n",
    "\x7f\x01\x02",
    "Robert'); DROP TABLE",
};

/* Tags and attribute names of an HTML text, in order. */
static char *
html_shape(const char *html)
{
    GString *out = g_string_new(NULL);

    for (const char *c = html; *c; c++) {
        bool quoted = false;
        if (*c != '<')
            continue;
        for (; *c && (*c != '>' || quoted); c++) {
            if (*c == '"')
                quoted = !quoted;
            if (!quoted)
                g_string_append_c(out, *c);
        }
        g_string_append_c(out, '\n');
    }
    return g_string_free(out, FALSE);
}

/* The hosts that links lead to. */
static char *
html_hosts(const char *html)
{
    GString *out = g_string_new(NULL);

    for (const char *c = html; (c = strstr(c, "href=\"")); c += 6) {
        if (g_str_has_prefix(c + 6, "mailto:"))
            continue;
        const char *end = strpbrk(c + 6 + 8, "/?\"");
        g_string_append_printf(out, "%.*s\n", (int)(end - c), c);
    }
    return g_string_free(out, FALSE);
}

static void
fill_naughty(const MailProgram *program, const char *value, MailOutput *out)
{
    const char *values[16];
    bool truths[16];
    MailRow row = {.values = values,
                   .conditions = truths,
                   .token = "T",
                   .why = value,
                   .unsubscribe_url = "https://t.example/u"};
    Sender sender = {(char *)"s",   (char *)value, (char *)value, (char *)value,
                     (char *)value, NULL,          NULL};

    for (int i = 0; i < 16; i++) {
        values[i] = value;
        truths[i] = true;
    }
    row.sender = &sender;
    mail_output_init(out);
    g_assert_true(mail_fill(program, &row, out));
}

static void
test_naughty_values(void)
{
    static const char body[] =
        "Hi {{ first_name | capitalize or \"you\" }} from {{ city or \"x\" }}, "
        "**{{ employer or \"x\" }}** `{{ job_title or \"x\" }}`\n\n"
        "- {{ interest | join \", \" or \"x\" }}\n"
        "- [a {{ city or \"b\" }}](https://a.example/{{ city or \"x\" }}?a="
        "{{ employer or \"x\" }}){button}\n\n"
        "> {{ recruiter.name }} [mail](mailto:{{ recruiter.email }})\n\n"
        "![{{ city or \"x\" }}](https://a.example/x.png)\n\n"
        "{{ recruiter.title or \"\" }}\n";
    g_auto(Fixture) fixture;
    g_autoptr(MailProgram) program = NULL;
    g_auto(MailOutput) plain = {NULL};
    g_autofree char *shape = NULL, *hosts = NULL;
    MailText mail;

    fixture_init(&fixture, NULL);
    mail = fixture_mail(&fixture, "{{ first_name or \"You\" }}: hello",
                        "{{ city or \"x\" }}", body);
    program = mail_compile(&mail, &fixture.context, fixture.problems);
    g_assert_nonnull(program);
    fill_naughty(program, "x", &plain);
    shape = html_shape(plain.html->str);
    hosts = html_hosts(plain.html->str);
    for (guint i = 0; i < G_N_ELEMENTS(naughty); i++) {
        g_auto(MailOutput) out = {NULL};
        g_autofree char *other = NULL, *others = NULL;
        g_test_message("%s", naughty[i]);
        fill_naughty(program, naughty[i], &out);
        other = html_shape(out.html->str);
        others = html_hosts(out.html->str);
        g_assert_cmpstr(other, ==, shape);
        g_assert_cmpstr(others, ==, hosts);
        g_assert_null(strpbrk(out.subject->str, "\r\n"));
        g_assert_null(strchr(out.html->str, '\x1f'));
        g_assert_true(g_utf8_validate(out.html->str, -1, NULL));
        g_assert_true(g_utf8_validate(out.text->str, -1, NULL));
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *path =
            g_strconcat("/markdown/render/", cases[i].name, NULL);
        g_test_add_data_func(path, &cases[i], test_render);
    }
    g_test_add_func("/markdown/layout", test_layout);
    g_test_add_func("/markdown/refused", test_refused);
    g_test_add_func("/markdown/jump-barrier", test_jump_barrier);
    g_test_add_func("/markdown/append", test_append);
    g_test_add_func("/markdown/program-is-tree", test_program_is_tree);
    g_test_add_func("/markdown/naughty-values", test_naughty_values);
    return g_test_run();
}
