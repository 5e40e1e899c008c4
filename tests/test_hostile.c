/* SPDX-License-Identifier: Apache-2.0 */
/* test_hostile.c - whatever a candidate's data hold, the mail stays the mail
 *
 * Every field in turn holds every naughty string, the others "x", in every
 * place where a tag may stand: same HTML tree, same links, same lines of text,
 * same header fields as with "x" everywhere. */
#include "mta/mime.h"
#include "tests/lib/mail_fixture.h"

#include "nurture/autoptr.h"
#include "nurture/text.h"

#define MOST_FIELDS 24

static const char *const naughty[] = {
    "<b>bold</b>",
    "</p></td></table></body></html>",
    "<!-- ",
    "-->",
    "<![CDATA[",
    "<style>*{display:none}</style>",
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "' onmouseover='alert(1)",
    "\" style=\"color:red",
    "&quot;&gt;&lt;",
    "&#60;script&#62;",
    "&",
    "&amp;amp;",
    "[click](http://evil.example)",
    "![x](http://evil.example/x.png)",
    "](http://evil.example)",
    ")",
    "](",
    "<http://evil.example>",
    "[x]: http://evil.example",
    "**",
    "__",
    "`",
    "```\ncode\n```",
    "~~~",
    "\\",
    "\\\\",
    "# Heading",
    "\n# Heading\n",
    "\n\n- item\n\n1. item\n",
    "---",
    "\n---\n",
    "> quote",
    "    code",
    "| a | b |\n|---|---|",
    "a  \nb",
    "{button}",
    "{width=540}",
    "{decorative}",
    "{notrack}",
    "{{ email }}",
    "}}",
    "{{",
    "{% if x %}",
    "{% endif %}",
    "{# x #}",
    "*|FNAME|*",
    "%%FNAME%%",
    "{contactfield=firstname}",
    "<<NAME>>",
    "javascript:alert(1)",
    "data:text/html,x",
    "//evil.example",
    "https://evil.example/",
    "../../x",
    "?a=b&c=d",
    "#top",
    "a/b",
    "@evil.example",
    "%00",
    "%0d%0aBcc:%20x@evil.example",
    "%",
    "%25",
    "%s%n%p",
    "x\r\nBcc: x@evil.example",
    "x\nBcc: x@evil.example",
    "x\r\n\r\n<html>",
    "\r\n.\r\n",
    "\rBcc: x",
    "From x",
    ".",
    "=?utf-8?q?x?=",
    "=?utf-8?b?PGI+?=",
    "=\r\n",
    "\"x\" <x@evil.example>,",
    "x;y,z:",
    "(comment)",
    "undefined",
    "null",
    "NULL",
    "0",
    "-1",
    "1e309",
    "'; DROP TABLE candidate; --",
    "\" OR 1=1 --",
    "$(reboot)",
    "`reboot`",
    "\t",
    "  x  ",
    "\v\f\b\a",
    "\x1b[31mred",
    "\x7f",
    "\x1f",
    "a\x1f"
    "b",
    "\xc2\x85",
    "\xe2\x80\xa8",
    "\xe2\x80\xa9",
    "\xc2\xa0",
    "\xe2\x80\x8b",
    "\xe2\x80\xae"
    "txt.exe",
    "\xe2\x81\xa6x\xe2\x81\xa9",
    "\xef\xbb\xbf",
    "\xef\xbf\xbf",
    "\xef\xbf\xbd",
    "\xee\x80\x80",
    "\xee\x80\x81",
    "\xee\x80\x90",
    "\xee\x80\x80\xee\x80\x90\xee\x80\x90\xee\x80\x90\xee\x80\x81",
    "\xf3\xb0\x80\x80",
    "\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x92\xbb",
    "Z\xcc\xa1\xcc\xa8\xcc\xb5\xcd\x98"
    "algo",
    "\xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d",
    "\xd8\xa7\xd9\x84\xd8\xb3",
    "\xe5\xb1\xb1\xe7\x94\xb0",
    "\xc3\x9f\xc4\xb0\xc4\xb1\xef\xac\x81",
    "\xf0\x9d\x94\x98\xf0\x9d\x94\xab",
    "\xcc\x81",
};

static const FixtureFile files[] = {
    {"templates/layout.html",
     "<!doctype html><html lang=\"{{ language }}\"><head><title>{{ subject }}"
     "</title></head><body><p hidden>{{ preheader }}</p>{{ content }}"
     "<div title=\"{{ subject }}\">{{ signature }}</div><p>{{ why }} "
     "{{ legal.postal_address }}</p>"
     "<a href=\"{{ links.unsubscribe }}\">Leave</a></body></html>\n"},
    {"templates/snippets/who.md", "You are {{ job_title or \"somebody\" }} at "
                                  "{{ employer or \"work\" }}.\n"},
    {NULL, NULL},
};

static const char body[] =
    "# Hello {{ first_name or \"x\" }}\n\n"
    "Dear {{ first_name | first_word | capitalize or \"x\" }} "
    "**{{ last_name | upper or \"x\" }}** _{{ city | lower or \"x\" }}_ "
    "`{{ job_title or \"x\" }}` {{ employer | truncate 8 or \"x\" }}\n\n"
    "{% include \"who\" %}\n\n"
    "- {{ country or \"x\" }}\n- {{ source or \"x\" }}: {{ source_detail or "
    "\"x\" }}\n\n"
    "1. {{ language or \"x\" }} {{ time_zone or \"x\" }}\n\n"
    "> {{ recruiter.name }}, {{ recruiter.title or \"\" }}\n\n"
    "{% for i in interest limit 3 %}\n- like {{ i }}\n{% endfor %}\n\n"
    "{{ interest | join \", \" or \"x\" }}\n\n"
    "{% if city is not missing %}\nIn {{ city }}, then.\n{% endif %}\n\n"
    "[{{ city or \"x\" }} jobs](https://heron.example/{{ city or \"x\" "
    "}}/jobs?a={{ employer or \"x\" }}&b={{ last_name or \"x\" }})\n\n"
    "[Apply as {{ job_title or \"x\" }}](https://heron.example/?t={{ token "
    "}}){button}\n\n"
    "![{{ first_name or \"x\" }} and us](https://heron.example/team.png)\n\n"
    "[Write to {{ recruiter.name }}](mailto:jobs@heron.example)\n";

/* ---- what must stay the same --------------------------------------------- */

/* The tags of an HTML text with the names of their attributes. */
static void
append_shape(const char *html, GString *out)
{
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
}

/* Where the links lead: up to the place that a value may fill. */
static void
append_links(const char *html, GString *out)
{
    for (const char *c = html; (c = strstr(c, "href=\"")); c++) {
        g_autofree char *url = g_strndup(c + 6, strcspn(c + 6, "\""));
        g_autoptr(GUri) uri = NULL;
        g_autofree char *plain = NULL;
        g_auto(GStrv) steps = NULL, parameters = NULL;
        g_auto(GStrv) parts = g_strsplit(url, "&amp;", -1);
        plain = g_strjoinv("&", parts);
        uri = g_uri_parse(plain, G_URI_FLAGS_ENCODED, NULL);
        g_assert_nonnull(uri);
        steps = g_strsplit(g_uri_get_path(uri), "/", -1);
        parameters = g_strsplit(
            g_uri_get_query(uri) ? g_uri_get_query(uri) : "", "&", -1);
        g_string_append_printf(
            out, "%s %s %u steps %u parameters%s\n", g_uri_get_scheme(uri),
            g_uri_get_host(uri) ? g_uri_get_host(uri) : g_uri_get_path(uri),
            g_strv_length(steps), g_strv_length(parameters),
            g_uri_get_fragment(uri) ? " and a place" : "");
    }
}

static guint
count_lines(const char *text)
{
    guint lines = 0;

    for (; (text = strchr(text, '\n')); text++)
        lines++;
    return lines;
}

/* The names of the header fields of the message and of its parts. */
static void
append_headers(const MailOutput *filled, const char *name, GString *out)
{
    static const uint8_t secret[32] = {7};
    g_autofree char *unsubscribe = g_strdup("https://t.heron.example/u/1");
    ComposedMail mail = {
        .from_name = (char *)name,
        .from_address = (char *)"mo@mail.heron.example",
        .to_name = (char *)name,
        .subject = filled->subject->str,
        .text = filled->text->str,
        .html = filled->html->str,
        .list_name = (char *)name,
        .list_id = (char *)"a.list.mail.heron.example",
        .unsubscribe_url = unsubscribe,
    };
    Workspace workspace = {.sending = {
                               .domain = (char *)"mail.heron.example",
                               .bounces = (char *)"b@mail.heron.example",
                               .replies = (char *)"r@mail.heron.example",
                           }};
    Keys *keys = keys_from_secret(secret);
    g_autoptr(GError) error = NULL;
    g_autoptr(GBytes) bytes =
        message_assemble(&mail, "abcdefghijklmnop", "campaign", "x@example.org",
                         INT64_C(1772528400000), &workspace, keys, &error);
    g_auto(GStrv) lines = NULL;
    g_autofree char *text = NULL;
    gsize size;
    const char *data;

    g_assert_no_error(error);
    data = g_bytes_get_data(bytes, &size);
    g_assert_null(memchr(data, '\0', size));
    text = g_strndup(data, size);
    lines = g_strsplit(text, "\r\n", -1);
    for (char **l = lines; **l; l++)
        if (**l != ' ' && **l != '\t')
            g_string_append_printf(out, "%.*s\n", (int)strcspn(*l, ":"), *l);
    keys_free(keys);
}

/* ---- the mail ------------------------------------------------------------ */

typedef struct {
    Fixture fixture;
    MailProgram *program;
} Hostile;

static void
hostile_init(Hostile *h)
{
    MailText mail;

    fixture_init(&h->fixture, files);
    h->fixture.context.layout = "templates/layout.html";
    mail = fixture_mail(
        &h->fixture, "{{ first_name or \"You\" }} in {{ city or \"x\" }}",
        "{{ employer or \"x\" }} and {{ job_title or \"x\" }}", body);
    h->program = mail_compile(&mail, &h->fixture.context, h->fixture.problems);
    for (guint i = 0; i < diagnostics_length(h->fixture.problems); i++)
        g_test_message("%s", diagnostics_get(h->fixture.problems, i)->message);
    g_assert_nonnull(h->program);
    g_assert_cmpuint(mail_program_fields(h->program), <, MOST_FIELDS);
}

static void
hostile_clear(Hostile *h)
{
    mail_program_free(h->program);
    fixture_clear(&h->fixture);
}

/* Everything that must not change, when field `which` (or, past the last
 * field, the sender and the reason) holds `value`. */
static char *
describe(const Hostile *h, guint which, const char *value)
{
    const char *values[MOST_FIELDS];
    bool truths[MOST_FIELDS];
    guint fields = mail_program_fields(h->program);
    const char *name = which == fields ? value : "x";
    Sender sender = {(char *)"mo", (char *)name, (char *)"mo@heron.example",
                     (char *)name, (char *)name, (char *)"Mo",
                     NULL};
    MailRow row = {.values = values,
                   .conditions = truths,
                   .sender = &sender,
                   .token = "T",
                   .why = name,
                   .unsubscribe_url = "https://t.heron.example/u/1"};
    g_auto(MailOutput) out = {NULL};
    GString *said = g_string_new(NULL);

    for (guint i = 0; i < MOST_FIELDS; i++) {
        values[i] = i == which ? value : "x";
        truths[i] = true;
    }
    mail_output_init(&out);
    g_assert_true(mail_fill(h->program, &row, &out));
    g_assert_true(g_utf8_validate(out.html->str, -1, NULL));
    g_assert_true(g_utf8_validate(out.text->str, -1, NULL));
    g_assert_cmpuint(strlen(out.html->str), ==, out.html->len);
    g_assert_null(strpbrk(out.subject->str, "\r\n"));
    append_shape(out.html->str, said);
    append_links(out.html->str, said);
    g_string_append_printf(said, "%u lines\n", count_lines(out.text->str));
    append_headers(&out, name, said);
    return g_string_free(said, FALSE);
}

static void
test_hostile(gconstpointer data)
{
    guint which = GPOINTER_TO_UINT(data);
    g_autofree char *want = NULL;
    bool is_set, is_sender;
    Hostile h;

    hostile_init(&h);
    want = describe(&h, which, "x");
    is_sender = which == mail_program_fields(h.program);
    is_set =
        !is_sender && mail_program_field(h.program, which)->type == FIELD_SET;
    for (gsize i = 0; i < G_N_ELEMENTS(naughty); i++) {
        g_autofree char *got = NULL;
        g_autofree char *shown = g_strescape(naughty[i], NULL);
        if (is_set && strchr(naughty[i], '\x1f'))
            continue; /* that is two values */
        if ((is_set || is_sender) && text_is_blank(naughty[i]))
            continue; /* no value, and no sender without a name */
        g_test_message("%s", shown);
        got = describe(&h, which, naughty[i]);
        g_assert_cmpstr(got, ==, want);
    }
    hostile_clear(&h);
}

int
main(int argc, char **argv)
{
    Hostile h;
    guint fields;

    g_test_init(&argc, &argv, NULL);
    hostile_init(&h);
    fields = mail_program_fields(h.program);
    for (guint i = 0; i <= fields; i++) {
        g_autofree char *path = g_strconcat(
            "/hostile/",
            i < fields ? mail_program_field(h.program, i)->name : "sender",
            NULL);
        g_test_add_data_func(path, GUINT_TO_POINTER(i), test_hostile);
    }
    hostile_clear(&h);
    return g_test_run();
}
