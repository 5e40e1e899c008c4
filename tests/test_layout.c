/* SPDX-License-Identifier: Apache-2.0 */
/* test_layout.c - slots of a layout: where they may stand and what they get */
#include "templates/html_state.h"
#include "tests/lib/mail_fixture.h"

/* What every layout needs, so that only the case itself is wrong. */
#define REST                                                                   \
    "<a href=\"{{ links.unsubscribe }}\">x</a>{{ legal.postal_address }}"

typedef struct {
    const char *name, *layout, *codes;
} LayoutCase;

static const LayoutCase cases[] = {
    {"text", "<p>{{ content }}</p>" REST, ""},
    {"attribute", "<p title=\"{{ subject }}\">{{ content }}</p>" REST, ""},
    {"single-quotes", "<p title='{{ subject }}'>{{ content }}</p>" REST, ""},
    {"title", "<title>{{ subject }}</title>{{ content }}" REST, ""},
    {"theme", "<p style=\"font:{{ theme.font }}\">{{ content }}</p>" REST, ""},
    {"language",
     "{{ content }}{% if language = de %}Hallo{% else %}Hi{% endif %}" REST,
     ""},
    {"in-style", "<style>{{ theme.font }}</style>{{ content }}" REST,
     "E224@1:8"},
    {"in-script", "<script>{{ subject }}</script>{{ content }}" REST,
     "E224@1:9"},
    {"after-style", "<style>p{}</style><p>{{ subject }}</p>" REST, ""},
    {"in-comment", "<!-- {{ subject }} -->{{ content }}" REST, "E224@1:6"},
    {"after-comment", "<!-- - -- > --->{{ subject }}" REST, ""},
    {"tag-name", "<{{ subject }}>" REST, "E224@1:2"},
    {"attribute-name", "<p {{ subject }}=\"1\">" REST, "E224@1:4"},
    {"unquoted", "<p title={{ subject }}>" REST, "E224@1:10"},
    {"event", "<p onclick=\"{{ subject }}\">" REST, "E224@1:13"},
    {"style-value", "<p style=\"color:{{ subject }}\">" REST, "E224@1:17"},
    {"content-in-attribute", "<p title=\"{{ content }}\">" REST, "E224@1:11"},
    {"host", "<a href=\"{{ company.name }}\">x</a>" REST, "E210@1:10"},
    {"behind-host",
     "<a href=\"{{ links.privacy }}{{ company.name }}\">x</a>" REST, ""},
    {"subject-as-address", "<a href=\"{{ subject }}\">x</a>" REST, "E224@1:10"},
    {"address-part", "<a href=\"https://a.example/{{ token }}\">x</a>" REST,
     ""},
    {"no-unsubscribe", "{{ content }}{{ legal.postal_address }}", "E501@0:0"},
    {"no-address", "<a href=\"{{ links.unsubscribe }}\">x</a>{{ content }}",
     "E502@0:0"},
    {"unknown", "{{ contents }}" REST, "E203@1:4"},
    {"candidate", "{{ first_name or \"you\" }}{{ content }}" REST, ""},
    {"candidate-without-fallback", "{{ first_name }}{{ content }}" REST,
     "E211@1:4"},
};

static void
test_case(gconstpointer data)
{
    const LayoutCase *c = data;
    const FixtureFile files[] = {{"l.html", c->layout}, {NULL, NULL}};
    g_auto(Fixture) fixture;
    g_autoptr(MailProgram) program = NULL;
    g_autofree char *codes = NULL;
    MailText mail;

    fixture_init(&fixture, files);
    fixture.context.layout = "l.html";
    mail = fixture_mail(&fixture, "A day out", "What we saw", "Hello there.\n");
    program = mail_compile(&mail, &fixture.context, fixture.problems);
    codes = fixture_codes(&fixture);
    g_assert_cmpstr(codes, ==, c->codes);
}

static void
render(const char *layout, const char *subject, MailOutput *out)
{
    const FixtureFile files[] = {{"l.html", layout}, {NULL, NULL}};
    g_auto(Fixture) fixture;
    g_autoptr(MailProgram) program = NULL;
    MailRow row = {.pixel_url = "https://t.example/o",
                   .unsubscribe_url = "https://t.example/u?a=1&b=\"x\"",
                   .why = "you met <us> in Hull"};
    MailText mail;

    fixture_init(&fixture, files);
    fixture.context.layout = layout ? "l.html" : NULL;
    row.sender = &fixture.sender;
    mail = fixture_mail(&fixture, subject, "What we saw", "Hello *there*.\n");
    program = mail_compile(&mail, &fixture.context, fixture.problems);
    g_assert_nonnull(program);
    mail_output_init(out);
    g_assert_true(mail_fill(program, &row, out));
}

static void
test_escaping(void)
{
    g_auto(MailOutput) out = {NULL};

    render("<title>{{ subject }}</title><p title='{{ subject }}'>"
           "{{ why }}</p>{{ signature }}" REST "<BODY></BODY>",
           "Pay & 'perks' <b>", &out);
    g_assert_true(g_str_has_prefix(
        out.html->str, "<title>Pay &amp; &#39;perks&#39; &lt;b&gt;</title>"
                       "<p title='Pay &amp; &#39;perks&#39; &lt;b&gt;'>"
                       "you met &lt;us&gt; in Hull</p>"));
    g_assert_nonnull(strstr(out.html->str, "Recruiter at <em>Heron</em>"));
    g_assert_nonnull(strstr(
        out.html->str, "href=\"https://t.example/u?a=1&amp;b=&quot;x&quot;\""));
    g_assert_nonnull(strstr(out.html->str, "border:0\"></BODY>"));
    g_assert_cmpstr(out.subject->str, ==, "Pay & 'perks' <b>");
    g_assert_nonnull(strstr(out.text->str, "because you met <us> in Hull."));
}

/* What the built-in layout must have (RFC 8058's link is a header). */
static void
test_built_in(void)
{
    static const char *const wanted[] = {
        "<html lang=\"en\"",
        "<meta charset=\"utf-8\">",
        "name=\"color-scheme\" content=\"light dark\"",
        "role=\"presentation\"",
        "display:none",
        "What we saw",
        "you met &lt;us&gt; in Hull",
        ">Unsubscribe</a>",
        ">Change what you get</a>",
        "https://heron.example/privacy",
        "1 Quay, Hull",
        "max-width:600px",
        "Mo Reed<br>",
        "src=\"https://t.example/o\"",
        NULL};
    g_auto(MailOutput) out = {NULL};

    render(NULL, "A day out", &out);
    for (guint i = 0; wanted[i]; i++) {
        g_test_message("%s", wanted[i]);
        g_assert_nonnull(strstr(out.html->str, wanted[i]));
    }
    g_assert_null(strstr(out.html->str, "{{"));
    g_assert_null(strstr(out.html->str, "{%"));
    g_assert_null(strstr(out.text->str, "{"));
    g_assert_nonnull(strstr(out.text->str, "\n-- \n"));
    g_assert_nonnull(strstr(out.text->str, "Unsubscribe: https://t.example/u"));
    g_assert_cmpuint(out.html->len, <, 10000);
}

/* Every language the footer speaks compiles, and says it in its own words. */
static void
test_languages(void)
{
    static const char *const words[][2] = {
        {"en", "Unsubscribe"},   {"de", "Abmelden"}, {"fr", "abonner"},
        {"es", "Darse de baja"}, {"it", "Annulla"},  {"nl", "Afmelden"},
        {"pl", "Unsubscribe"},
    };

    for (guint i = 0; i < G_N_ELEMENTS(words); i++) {
        g_auto(Fixture) fixture;
        g_autoptr(MailProgram) program = NULL;
        g_auto(MailOutput) out = {NULL};
        const char *language[] = {words[i][0], NULL};
        g_autofree char *tag =
            g_strdup_printf("<html lang=\"%s\"", words[i][0]);
        MailRow row = {NULL};
        MailText mail;

        fixture_init(&fixture, NULL);
        fixture.statics[0] = (StaticValue){"language", language};
        mail = fixture_mail(&fixture, "A", "B", "Hello there.\n");
        program = mail_compile(&mail, &fixture.context, fixture.problems);
        g_assert_nonnull(program);
        g_assert_cmpuint(mail_program_conditions(program), ==, 0);
        mail_output_init(&out);
        mail_fill(program, &row, &out);
        g_assert_nonnull(strstr(out.html->str, words[i][1]));
        g_assert_nonnull(strstr(out.text->str, words[i][1]));
        g_assert_nonnull(strstr(out.html->str, tag));
    }
}

static void
test_state(void)
{
    static const struct {
        const char *before;
        HtmlPlace place;
    } places[] = {
        {"", PLACE_TEXT},
        {"a < b ", PLACE_TEXT},
        {"<p>", PLACE_TEXT},
        {"<p", PLACE_FORBIDDEN},
        {"<p class=\"", PLACE_ATTRIBUTE},
        {"<p class='", PLACE_ATTRIBUTE},
        {"<p class=", PLACE_FORBIDDEN},
        {"<p class=a", PLACE_FORBIDDEN},
        {"<A HREF=\"", PLACE_ADDRESS},
        {"<img src='", PLACE_ADDRESS},
        {"<p style=\"", PLACE_STYLE},
        {"<p OnLoad=\"", PLACE_FORBIDDEN},
        {"<p class=\"a\" ", PLACE_FORBIDDEN},
        {"<p class=\"a\">", PLACE_TEXT},
        {"<br/>", PLACE_TEXT},
        {"<!doctype html>", PLACE_TEXT},
        {"<!--", PLACE_FORBIDDEN},
        {"<!-- > ", PLACE_FORBIDDEN},
        {"<!-- a -->", PLACE_TEXT},
        {"<style>", PLACE_FORBIDDEN},
        {"<STYLE media=\"x\">a</p>", PLACE_FORBIDDEN},
        {"<style></style>", PLACE_TEXT},
        {"<style></style", PLACE_FORBIDDEN},
        {"<script>\"</script >", PLACE_TEXT},
        {"</style>", PLACE_TEXT},
    };

    for (guint i = 0; i < G_N_ELEMENTS(places); i++) {
        HtmlState state;
        html_state_init(&state);
        for (const char *c = places[i].before; *c; c++)
            html_state_feed(&state, *c);
        g_test_message("%s", places[i].before);
        g_assert_cmpint((int)html_state_place(&state), ==,
                        (int)places[i].place);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *path = g_strconcat("/layout/", cases[i].name, NULL);
        g_test_add_data_func(path, &cases[i], test_case);
    }
    g_test_add_func("/layout/escaping", test_escaping);
    g_test_add_func("/layout/built-in", test_built_in);
    g_test_add_func("/layout/languages", test_languages);
    g_test_add_func("/layout/html-state", test_state);
    return g_test_run();
}
