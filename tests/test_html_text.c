/* SPDX-License-Identifier: Apache-2.0 */
/* test_html_text.c - HTML mail as plain text */
#include "tracking/html-text.h"

#include <glib.h>
#include <string.h>

typedef struct {
    const char *path, *html, *text;
} Case;

static const Case text_cases[] = {
    {"plain", "Hello", "Hello"},
    {"spaces", "  Hello \n\t world  ", "Hello world"},
    {"div-lines", "<div>One</div><div>Two</div>", "One\nTwo"},
    {"div-blank", "One<div><br></div><div>Two</div>", "One\n\nTwo"},
    {"br-before-block-end", "<div>One<br></div><div>Two</div>", "One\nTwo"},
    {"paragraphs", "<p>One</p><p>Two</p>", "One\n\nTwo"},
    {"outlook-paragraphs",
     "<p class=MsoNormal>One</p><p class=MsoNormal>&nbsp;</p>"
     "<p class=MsoNormal>Two</p>",
     "One\n\nTwo"},
    {"unclosed-paragraphs", "<p>One<p>Two", "One\n\nTwo"},
    {"list", "<ul><li>One<li>Two</ul>", "- One\n- Two"},
    {"ordered", "<ol><li>One</li><li>Two</li></ol>", "1. One\n2. Two"},
    {"cells", "<table><tr><td>A</td><td>B</td></tr><tr><td>C</td></tr></table>",
     "A B\nC"},
    {"rule", "a<hr>b", "a\n________________________________\nb"},
    {"quote", "<p>New</p><blockquote>Old<br>two</blockquote>After",
     "New\n\n> Old\n> two\nAfter"},
    {"quote-nested", "<blockquote>a<blockquote>b</blockquote>c</blockquote>",
     "> a\n> > b\n> c"},
    {"quote-blank", "<blockquote><p>a</p><p>b</p></blockquote>", "> a\n>\n> b"},
    {"link", "see <a href=\"https://example.org/x?a=1&amp;b=2\">my page</a>.",
     "see my page <https://example.org/x?a=1&b=2>."},
    {"link-shown", "<a href='https://example.org/'>https://example.org/</a>",
     "https://example.org/"},
    {"mailto", "<a href=\"mailto:a@example.org\">a@example.org</a>",
     "a@example.org"},
    {"entities", "Gr&uuml;&szlig;e &amp; &lt;3 &euro; &hellip; &apos;",
     "Grüße & <3 € … '"},
    {"numbers", "&#8217;&#x2019;&#146;&#128512;", "’’’😀"},
    {"bad-numbers", "&#0;&#xD800;&#x110000;&#99999999;", "����"},
    {"no-entity", "AT&T &nosuch; &", "AT&T &nosuch; &"},
    {"entity-in-address", "?a=1&notify=2&copy=3", "?a=1&notify=2&copy=3"},
    {"style-script",
     "<style>p{color:red}</style>a<script>if (a<b) x();</script>b", "ab"},
    {"style-unclosed", "a<style>p{}", "ap{}"},
    {"head", "<html><head><title>No</title></head><body>Yes</body></html>",
     "Yes"},
    {"comment", "a<!-- <p>no</p> -->b", "ab"},
    {"comment-unclosed", "a<!-- no >b", "ab"},
    {"conditional", "a<!--[if mso]><p>no</p><![endif]-->b<![if !mso]>c", "abc"},
    {"preheader", "<div style=\"display: none\">no <b>no</b></div>yes", "yes"},
    {"hidden-nested", "<span hidden>no<span>no</span>no</span>yes", "yes"},
    {"pre", "<pre>a  b\n  c</pre>", "a  b\n  c"},
    {"less-than", "a < b and <3", "a < b and <3"},
    {"emoji-picture", "ok <img src=x alt=\"👍\">", "ok 👍"},
    {"picture", "<img src=x alt=\"Our logo, large\">x", "x"},
    {"stray-end", "<div>a</span></b></div></div>b", "a\nb"},
    {"misnested", "<b><i>a</b></i> b", "a b"},
    {"attribute-unclosed", "<a href=\"x>a</a>b", "ab"},
    {"soft-hyphen", "un&shy;happy", "unhappy"},
    {"empty", "", ""},
};

static void
test_text(gconstpointer data)
{
    const Case *c = data;
    g_autofree char *got = html_to_text(c->html, strlen(c->html));

    /* Lines may carry white space that nobody sees. */
    g_autoptr(GString) tidy = g_string_new(got);
    g_string_replace(tidy, " \n", "\n", 0);
    g_assert_cmpstr(tidy->str, ==, c->text);
}

/* `unit` over and over, a megabyte of it. */
static char *
hostile(const char *unit)
{
    GString *out = g_string_sized_new(HTML_TEXT_MAX_BYTES + 64);

    while (out->len < HTML_TEXT_MAX_BYTES)
        g_string_append(out, unit);
    return g_string_free(out, FALSE);
}

static const char *const hostile_units[] = {
    "<div>",
    "<a><b>",
    "</div>",
    "<p>",
    "<table><td>",
    "</td>",
    "<!--",
    "<style>",
    "<",
    "&",
    "&#",
    "&amp;",
    "<a href=\"",
    "<a x='",
    "<a ",
    " a=b",
    "<ol><li>",
    "<blockquote>x",
    "<blockquote><b></blockquote>",
    "<span style=\"display:none\">",
    "<table><tr><td></div>",
    "<br>",
    " ",
    "\xff",
    "\xc2",
    "<pre>\n",
    "<div a b c d e f g class=x>",
    "<b><i><u></b></div></p>",
    "<a href=http://a.example/>x",
};

static void
test_hostile(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(hostile_units); i++) {
        g_autofree char *html = hostile(hostile_units[i]);
        size_t length = strlen(html);
        g_autofree char *text = html_to_text(html, length);
        g_assert_true(g_utf8_validate(text, -1, NULL));
        g_assert_cmpuint(strlen(text), <=, 8 * length);
        /* The stack of open elements is the only thing searched: its height
           bounds the steps per tag. */
        g_assert_cmpuint(html_text_steps(), <=, 64 * length);
    }
}

static void
test_limit(void)
{
    g_autoptr(GString) html = g_string_new(NULL);
    g_autofree char *text = NULL;

    while (html->len < HTML_TEXT_MAX_BYTES + 10)
        g_string_append(html, "ä ");
    text = html_to_text(html->str, html->len);
    g_assert_true(g_utf8_validate(text, -1, NULL));
    g_assert_cmpuint(strlen(text), <=, HTML_TEXT_MAX_BYTES);
    g_assert_false(g_str_has_suffix(text, "\uFFFD"));
}

static void
test_bytes(void)
{
    static const char html[] = "a\0b\xff<p>\xe4";
    g_autofree char *text = html_to_text(html, sizeof html - 1);

    g_assert_cmpstr(text, ==, "a�b�\n\n�");
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(text_cases); i++) {
        g_autofree char *path =
            g_strdup_printf("/html-text/text/%s", text_cases[i].path);
        g_test_add_data_func(path, &text_cases[i], test_text);
    }
    g_test_add_func("/html-text/hostile", test_hostile);
    g_test_add_func("/html-text/limit", test_limit);
    g_test_add_func("/html-text/bytes", test_bytes);
    return g_test_run();
}
