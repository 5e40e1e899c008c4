/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_template.c - any bytes as a mail: first line the subject, then the body
 */
#include "tests/lib/mail_fixture.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const FixtureFile files[] = {
    {"templates/snippets/a.md", "- one {{ city or \"x\" }}\n"},
    {"templates/snippets/b.md", "b {% include \"a\" %} {% include \"b\" %}\n"},
    {"roles/a.md", "---\ntitle: A\nurl: https://a.example/\n"
                   "interests: [data]\n---\n"},
    {"roles/b.md", "---\ntitle: B\ninterests: [sre]\ncloses: 2026-03-01\n"
                   "---\n"},
    {NULL, NULL},
};

/* What a person's values may change is text: never the number of tags. */
static gsize
count_tags(const GString *html)
{
    gsize count = 0;

    for (gsize i = 0; i < html->len; i++)
        count += html->str[i] == '<';
    return count;
}

static void
fill(const MailProgram *program, const char *value, bool truth, MailOutput *out)
{
    guint fields = mail_program_fields(program);
    guint conditions = mail_program_conditions(program);
    g_autofree const char **values = g_new0(const char *, fields + 1);
    g_autofree bool *truths = g_new0(bool, conditions + 1);
    MailRow row = {.values = values, .conditions = truths};

    for (guint i = 0; i < fields; i++)
        values[i] = mail_program_field(program, i)->type == FIELD_DATE
                        ? "1772524800000"
                        : value;
    for (guint i = 0; i < conditions; i++)
        truths[i] = truth;
    mail_output_init(out);
    mail_fill(program, &row, out);
    g_assert_true(g_utf8_validate(out->html->str, -1, NULL));
    g_assert_true(g_utf8_validate(out->text->str, -1, NULL));
    g_assert_null(strpbrk(out->subject->str, "\r\n"));
    g_assert_null(strstr(out->html->str, "\xee\x80\x81"));
    g_assert_null(strstr(out->text->str, "\xee\x80\x81"));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autofree char *text = g_strndup((const char *)data, size);
    char *body = strchr(text, '\n');
    g_auto(Fixture) fixture;
    g_autoptr(MailProgram) program = NULL;

    if (body)
        *body++ = '\0';
    fixture_init(&fixture, files);
    MailText mail = fixture_mail(&fixture, text, "x", body ? body : "");
    program = mail_compile(&mail, &fixture.context, fixture.problems);
    g_assert_true((program == NULL) ==
                  (diagnostics_count(fixture.problems, SEVERITY_ERROR) > 0));
    for (int truth = 0; program && truth <= 1; truth++) {
        g_auto(MailOutput) plain = {NULL}, hostile = {NULL};
        fill(program, "x", truth, &plain);
        fill(program, "<b>[x](http://y)\r\n\xee\x80\x80</b>\"'", truth,
             &hostile);
        g_assert_cmpuint(count_tags(plain.html), ==, count_tags(hostile.html));
    }
    return 0;
}
