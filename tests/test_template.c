/* SPDX-License-Identifier: Apache-2.0 */
/* test_template.c - compiling mails and filling them for people */
#include "tests/lib/mail_fixture.h"

#include "nurture/text.h"

#include <stdlib.h>

static const FixtureFile files[] = {
    {"templates/snippets/jobs.md",
     "- [Welder](https://jobs.heron.example/welder)\n"
     "- [Rigger](https://jobs.heron.example/rigger)\n"},
    {"templates/bare.html",
     "{{ content }}<a href=\"{{ links.unsubscribe }}\">out</a>"
     "{{ legal.postal_address }}</body>"},
    {"templates/bare.txt",
     "{{ content }}\n{{ links.unsubscribe }}\n{{ legal.postal_address }}\n"},
    {"roles/welder.md", "---\ntitle: Welder\nurl: https://j.example/w\n"
                        "interests: [backend, sre]\n---\n"
                        "- Early shift only.\n"},
    {"roles/rigger.md", "---\ntitle: Rigger\nurl: https://j.example/r\n"
                        "interests: [data]\nopens: 2026-03-01\n"
                        "closes: 2026-03-31\n---\n"},
    {"roles/diver.md", "---\ntitle: Diver\nurl: https://j.example/d\n"
                       "interests: [data, backend]\n---\n"},
    {"images/team.jpg", "x"},
    {"images/staff/mo.jpg", "x"},
    {NULL, NULL},
};

static MailProgram *
compile(Fixture *fixture, const char *subject, const char *body)
{
    MailText mail = fixture_mail(fixture, subject, "Preview line", body);
    MailProgram *program =
        mail_compile(&mail, &fixture->context, fixture->problems);

    if (!program) {
        g_autofree char *codes = fixture_codes(fixture);
        g_test_message("%s", codes);
    }
    g_assert_nonnull(program);
    return program;
}

/* "first_name=Ann" .. sets values; a condition is true if its text is given.
 */
static bool
fill(const MailProgram *program, const char *const *person, MailRow *row,
     MailOutput *out)
{
    const char *values[32] = {NULL};
    bool conditions[64] = {false};

    for (guint i = 0; i < mail_program_fields(program); i++) {
        g_autofree char *key =
            g_strconcat(mail_program_field(program, i)->name, "=", NULL);
        for (const char *const *p = person; *p; p++)
            if (g_str_has_prefix(*p, key))
                values[i] = *p + strlen(key);
    }
    for (guint i = 0; i < mail_program_conditions(program); i++) {
        g_autofree char *text =
            expression_format(mail_program_condition(program, i));
        conditions[i] = g_strv_contains(person, text);
    }
    row->values = values;
    row->conditions = conditions;
    return mail_fill(program, row, out);
}

typedef struct {
    const char *name, *body;
    const char *person[6]; /* values and true conditions */
    const char *text;      /* the text part, without its footer */
} FillCase;

static const FillCase fill_cases[] = {
    {"value",
     "Hi {{ first_name or \"there\" }}.",
     {"first_name=Ann"},
     "Hi Ann.\n"},
    {"fallback", "Hi {{ first_name or \"there\" }}.", {NULL}, "Hi there.\n"},
    {"blank-is-missing",
     "Hi {{ first_name or \"there\" }}.",
     {"first_name= \xc2\xa0 "},
     "Hi there.\n"},
    {"second-choice",
     "At {{ employer or city or \"home\" }}.",
     {"city=Hull"},
     "At Hull.\n"},
    {"first-word",
     "Hi {{ first_name | first_word or \"x\" }}.",
     {"first_name= Ann Marie"},
     "Hi Ann.\n"},
    {"capitalize",
     "{{ city | capitalize or \"x\" }}",
     {"city=\xc3\xa9tretat"},
     "\xc3\x89tretat\n"},
    {"upper-lower",
     "{{ city | upper or \"x\" }} {{ city | lower or \"x\" }}",
     {"city=Hull"},
     "HULL hull\n"},
    {"truncate",
     "{{ city | truncate 4 or \"x\" }}",
     {"city=Hamburg"},
     "Ham\xe2\x80\xa6\n"},
    {"date",
     "{{ last_applied | date \"D MMMM YYYY\" or \"x\" }}",
     {"last_applied=1772524800000"},
     "3 March 2026\n"},
    {"date-plain",
     "{{ last_applied or \"x\" }}",
     {"last_applied=1772524800000"},
     "3 March 2026\n"},
    {"join",
     "{{ interest | join \" + \" or \"x\" }}",
     {"interest=backend\x1fsre"},
     "backend + sre\n"},
    {"count",
     "{{ interest | count or \"0\" }}",
     {"interest=backend\x1fsre"},
     "2\n"},
    {"if",
     "a {% if city = Hull %}b{% else %}c{% endif %} d",
     {"city = Hull"},
     "a b d\n"},
    {"else",
     "a {% if city = Hull %}b{% else %}c{% endif %} d",
     {NULL},
     "a c d\n"},
    {"elsif",
     "{% if city = Hull %}b{% elsif dach %}c{% elsif silver %}d{% endif %}.",
     {"dach", "silver"},
     "c.\n"},
    {"nested",
     "{% if city = Hull %}b{% if dach %}c{% endif %}d{% endif %}.",
     {"city = Hull"},
     "bd.\n"},
    {"own-line",
     "a\n{% if dach %}\nb\n{% endif %}\nc",
     {"dach"},
     "a\n\nb\n\nc\n"},
    {"own-line-false",
     "a\n{% if dach %}\nb\n{% endif %}\nc",
     {NULL},
     "a\n\nc\n"},
    {"static",
     "a {% if audience = silver %}b{% else %}c{% endif %}",
     {NULL},
     "a b\n"},
    {"list-run",
     "- a\n{% if dach %}\n- b\n{% endif %}\n- c",
     {"dach"},
     "- a\n- b\n- c\n"},
    {"list-run-false",
     "- a\n{% if dach %}\n- b\n{% endif %}\n- c",
     {NULL},
     "- a\n- c\n"},
    {"ordered-run",
     "1. a\n{% if dach %}\n2. b\n{% endif %}\n3. c",
     {NULL},
     "1. a\n2. c\n"},
    {"ordered-run-true",
     "1. a\n{% if dach %}\n2. b\n{% endif %}\n3. c",
     {"dach"},
     "1. a\n2. b\n3. c\n"},
    {"for",
     "Like {% for x in interest limit 3 %}<{{ x }}>{% endfor %}.",
     {"interest=backend\x1fsre"},
     "Like <backend><sre>.\n"},
    {"for-limit",
     "Like {% for x in interest limit 2 %}{{ x }} {% endfor %}.",
     {"interest=data\x1fsales\x1fsre"},
     "Like data sales .\n"},
    {"for-empty",
     "Like {% for x in interest limit 2 %}{{ x }}{% empty %}all{% endfor %}.",
     {NULL},
     "Like all.\n"},
    {"for-list",
     "{% for x in interest limit 3 %}\n- about {{ x }}\n{% endfor %}\n",
     {"interest=data\x1fsales"},
     "- about data\n- about sales\n"},
    {"snippet",
     "Now:\n\n{% include \"jobs\" %}\n",
     {NULL},
     "Now:\n\n- Welder <https://jobs.heron.example/welder>\n"
     "- Rigger <https://jobs.heron.example/rigger>\n"},
    {"link",
     "[Our page](https://a.example/x?a=1&b=2)",
     {NULL},
     "Our page <https://a.example/x?a=1&b=2>\n"},
    {"button",
     "[Our page](https://a.example/x){button}",
     {NULL},
     "Our page: https://a.example/x\n"},
    {"link-slot",
     "[Our page](https://a.example/{{ city or \"x\" }})",
     {"city=a/b?c&d"},
     "Our page <https://a.example/a%2Fb%3Fc%26d>\n"},
    {"mailto",
     "[Write](mailto:{{ recruiter.email }})",
     {NULL},
     "Write <mailto:mo@heron.example>\n"},
    {"image", "![The team](team.jpg){width=300}", {NULL}, "[The team]\n"},
    {"sender",
     "{{ recruiter.name }}, {{ company.name }}",
     {NULL},
     "Mo Reed, Heron & Sons\n"},
    {"quote", "> one\n>\n> two", {NULL}, "> one\n>\n> two\n>\n"},
    {"code", "    a\n    b", {NULL}, "a\nb\n"},
    {"hard-break", "a\\\nb", {NULL}, "a\nb\n"},
    {"soft-break", "a\nb", {NULL}, "a b\n"},
    {"escaped",
     "Write \\{{ first_name }}.",
     {NULL},
     "Write {{ first_name }}.\n"},
    {"role",
     "{{ role.title }}\n\n{% include role %}",
     {NULL},
     "Welder\n\n- Early shift only.\n"},
};

static void
fixture_statics(Fixture *fixture)
{
    static const char *const silver[] = {"silver", NULL};
    static const char *const welder[] = {"Welder", NULL};
    static const char *const role[] = {"welder", NULL};
    static const char *const url[] = {"https://jobs.heron.example/welder",
                                      NULL};

    fixture->statics[0] = (StaticValue){"audience", silver};
    fixture->statics[1] = (StaticValue){"role.title", welder};
    fixture->statics[2] = (StaticValue){"role", role};
    fixture->statics[3] = (StaticValue){"role.url", url};
    fixture->context.scope.needs_role = true;
    fixture->context.layout = "templates/bare.html";
}

static void
test_fill_case(gconstpointer data)
{
    const FillCase *c = data;
    g_auto(Fixture) fixture;
    g_autoptr(MailProgram) program = NULL;
    g_auto(MailOutput) out = {NULL};
    MailRow row = {.sender = NULL};
    g_autofree char *want = g_strconcat(c->text, "\n#\n1 Quay, Hull\n", NULL);
    GString *got;

    fixture_init(&fixture, files);
    fixture_statics(&fixture);
    program = compile(&fixture, "A day out", c->body);
    row.sender = &fixture.sender;
    mail_output_init(&out);
    g_assert_true(fill(program, c->person, &row, &out));
    got = out.text;
    g_assert_cmpstr(got->str, ==, want);
}

static void
test_headers(void)
{
    static const char *const person[] = {
        "first_name=Ann\r\nBcc: all@evil.example", NULL};
    g_auto(Fixture) fixture;
    g_autoptr(MailProgram) program = NULL;
    g_auto(MailOutput) out = {NULL};
    g_autofree char *longish = g_strnfill(500, 'x');
    g_autofree char *person_long = g_strconcat("first_name=", longish, NULL);
    const char *const second[] = {person_long, NULL};
    MailRow row = {NULL};

    fixture_init(&fixture, files);
    program = compile(&fixture, "{{ first_name or \"You\" }}, a note",
                      "Hello you there.");
    mail_output_init(&out);
    g_assert_true(fill(program, person, &row, &out));
    g_assert_null(strpbrk(out.subject->str, "\r\n"));
    g_assert_true(g_str_has_prefix(out.subject->str, "Ann "));
    g_assert_true(fill(program, second, &row, &out));
    g_assert_cmpint((int)out.subject->len, ==, 200 + (int)strlen(", a note"));
}

static void
test_skip(void)
{
    static const char *const nobody[] = {NULL};
    static const char *const ann[] = {"first_name=Ann", NULL};
    static const char *const hull[] = {"city = Hull", "first_name=Ann", NULL};
    g_auto(Fixture) fixture;
    g_autoptr(MailProgram) program = NULL;
    g_auto(MailOutput) out = {NULL};
    MailRow row = {NULL};

    fixture_init(&fixture, files);
    program = compile(&fixture, "A day out",
                      "Hi {{ first_name or skip }}."
                      "{% if city = Hull %} {{ employer or skip }}{% endif %}");
    mail_output_init(&out);
    g_assert_false(fill(program, nobody, &row, &out));
    g_assert_cmpstr(out.skipped_for, ==, "first_name");
    g_assert_true(fill(program, ann, &row, &out));
    g_assert_null(out.skipped_for);
    g_assert_false(fill(program, hull, &row, &out));
    g_assert_cmpstr(out.skipped_for, ==, "employer");
}

/* A reason that was imported in one language reads in that of the mail. */
static void
test_reasons(void)
{
    static const FixtureFile own[] = {
        {"templates/why/fair.txt", "you met us at a fair\n"},
        {"templates/why/fair.de.txt", "Sie uns auf einer Messe trafen"},
        {"templates/why/club.txt", "you are in our club"},
        {"templates/why/blank.txt", " \n"},
        {NULL, NULL}};
    static const struct {
        const char *language, *why, *shown;
        bool known;
    } rows[] = {
        {"en", "you met us at a fair", "because you met us at a fair.", false},
        {"de", "you met us at a fair", "weil Sie uns auf einer Messe trafen.",
         true},
        {"de-AT", "you met us at a fair",
         "weil Sie uns auf einer Messe trafen.", true},
        {"de", "fair", "weil Sie uns auf einer Messe trafen.", true},
        {"en", "fair", "because you met us at a fair.", true},
        {"de", "you are in our club", "weil you are in our club.", false},
        {"de", "blank", "weil blank.", false},
        {"de", " ", "in Kontakt sind.", false},
    };

    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_auto(Fixture) fixture;
        g_autoptr(MailProgram) program = NULL;
        g_auto(MailOutput) out = {NULL};
        MailRow row = {.why = rows[i].why};

        fixture_init(&fixture, own);
        fixture.languages[0] = (char *)rows[i].language;
        program = compile(&fixture, "A day out", "Hi.");
        mail_output_init(&out);
        g_assert_true(fill(program, NULL, &row, &out));
        g_test_message("%s: %s", rows[i].language, out.text->str);
        if (!g_str_has_prefix(rows[i].language, "de-"))
            g_assert_nonnull(strstr(out.text->str, rows[i].shown));
        else
            g_assert_nonnull(strstr(out.text->str, "einer Messe"));
        g_assert_cmpint(mail_program_knows_reason(program, rows[i].why), ==,
                        rows[i].known);
    }
}

static void
test_fallback_is_noticed(void)
{
    static const char *const nobody[] = {NULL};
    static const char *const ann[] = {"first_name=Ann", NULL};
    g_auto(Fixture) fixture;
    g_autoptr(MailProgram) program = NULL;
    g_auto(MailOutput) out = {NULL};
    MailRow row = {NULL};

    fixture_init(&fixture, files);
    program = compile(&fixture, "A day out", "Hi {{ first_name or \"you\" }}.");
    mail_output_init(&out);
    fill(program, nobody, &row, &out);
    g_assert_true(out.used_fallback);
    fill(program, ann, &row, &out);
    g_assert_false(out.used_fallback);
}

static void
make_token(guint index, char *out, gsize size, gpointer data)
{
    g_snprintf(out, size, "%s%u", (const char *)data, index);
}

static void
test_links(void)
{
    static const char *const hull[] = {"city=Hull & Co", NULL};
    g_auto(Fixture) fixture;
    g_autoptr(MailProgram) program = NULL;
    g_auto(MailOutput) out = {NULL};
    MailRow row = {.click_base = "https://t.example/c/",
                   .click_token = make_token,
                   .pixel_url = "https://t.example/o/1?a&b",
                   .unsubscribe_url = "https://t.example/u/1",
                   .data = (gpointer) "TOKEN"};

    fixture_init(&fixture, files);
    fixture_statics(&fixture);
    program =
        compile(&fixture, "A day out",
                "[One](https://a.example/1) [again](https://a.example/1)\n"
                "[two](https://a.example/?c={{ city or \"x\" }})\n"
                "[quiet](https://a.example/quiet){notrack}\n"
                "[stop]({{ links.unsubscribe }}) [mail](mailto:a@b.example)\n"
                "[role]({{ role.url }})\n");
    g_assert_cmpuint(mail_program_links(program), ==, 3);
    g_assert_cmpstr(mail_program_link(program, 0), ==, "https://a.example/1");
    g_assert_null(mail_program_link(program, 1));
    g_assert_cmpstr(mail_program_link(program, 2), ==,
                    "https://jobs.heron.example/welder");
    mail_output_init(&out);
    g_assert_true(fill(program, hull, &row, &out));
    g_assert_nonnull(
        strstr(out.html->str, "href=\"https://t.example/c/TOKEN0\""));
    g_assert_nonnull(strstr(out.text->str, "two <https://t.example/c/TOKEN1>"));
    g_assert_nonnull(strstr(out.html->str, "href=\"https://a.example/quiet\""));
    g_assert_nonnull(strstr(out.html->str, "href=\"https://t.example/u/1\""));
    g_assert_nonnull(strstr(out.html->str, "href=\"mailto:a@b.example\""));
    g_assert_nonnull(
        strstr(out.html->str, "<img src=\"https://t.example/o/1?a&amp;b\""));
    g_assert_cmpuint(out.links->len, ==, 1);
    g_assert_cmpuint(g_array_index(out.links, MailLink, 0).index, ==, 1);
    g_assert_cmpstr(g_array_index(out.links, MailLink, 0).url, ==,
                    "https://a.example/?c=Hull%20%26%20Co");
}

static void
test_untracked(void)
{
    static const char *const nobody[] = {NULL};
    g_auto(Fixture) fixture;
    g_autoptr(MailProgram) program = NULL;
    g_auto(MailOutput) out = {NULL};
    MailRow row = {.click_base = "https://t.example/c/",
                   .click_token = make_token,
                   .data = (gpointer) "T"};

    fixture_init(&fixture, files);
    fixture_statics(&fixture);
    fixture.context.untracked = true;
    program = compile(&fixture, "A day out",
                      "Have a look at [One](https://a.example/1?a&b)");
    mail_output_init(&out);
    g_assert_true(fill(program, nobody, &row, &out));
    g_assert_nonnull(
        strstr(out.html->str, "href=\"https://a.example/1?a&amp;b\""));
    g_assert_null(strstr(out.html->str, "t.example"));
}

#define NOON_20_MARCH INT64_C(1774004400000)

/* Roles that share an interest, are open, and no more than the limit. */
static void
test_roles(void)
{
    static const char body[] = "Open:\n\n{% for job in roles limit 2 %}\n"
                               "1. [{{ job.title }}]({{ job.url }})\n"
                               "{% empty %}\nNothing today.\n{% endfor %}\n";
    static const struct {
        const char *true_conditions[4];
        int64_t now;
        const char *text;
    } rows[] = {
        {{NULL}, NOON_20_MARCH, "Open:\n\nNothing today.\n"},
        {{"interest has any [backend, sre]", NULL},
         NOON_20_MARCH,
         "Open:\n\n1. Welder <https://j.example/w>\n"},
        {{"interest has data", "interest has any [data, backend]", NULL},
         NOON_20_MARCH,
         "Open:\n\n1. Rigger <https://j.example/r>\n"
         "2. Diver <https://j.example/d>\n"},
        {{"interest has data", "interest has any [data, backend]", NULL},
         NOON_20_MARCH + 30 * INT64_C(86400000),
         "Open:\n\n1. Diver <https://j.example/d>\n"},
        {{"interest has data", "interest has any [data, backend]",
          "interest has any [backend, sre]", NULL},
         NOON_20_MARCH,
         "Open:\n\n1. Welder <https://j.example/w>\n"
         "2. Rigger <https://j.example/r>\n"},
    };
    g_auto(Fixture) fixture;
    g_autoptr(MailProgram) program = NULL;

    fixture_init(&fixture, files);
    fixture_statics(&fixture);
    fixture.context.scope.needs_role = false;
    program = compile(&fixture, "A day out", body);
    g_assert_cmpuint(mail_program_links(program), ==, 3);
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_auto(MailOutput) out = {NULL};
        MailRow row = {.now = rows[i].now};
        g_autofree char *want =
            g_strconcat(rows[i].text, "\n#\n1 Quay, Hull\n", NULL);
        for (guint c = 0; c < mail_program_conditions(program); c++) {
            g_autofree char *text =
                expression_format(mail_program_condition(program, c));
            g_test_message("%s", text);
        }
        mail_output_init(&out);
        g_assert_true(fill(program, rows[i].true_conditions, &row, &out));
        g_assert_cmpstr(out.text->str, ==, want);
    }
}

/* The same words in two rounds of a loop are two links. */
static void
test_links_in_loops(void)
{
    static const char *const person[] = {"interest=data\x1fsre", NULL};
    g_auto(Fixture) fixture;
    g_autoptr(MailProgram) program = NULL;
    g_auto(MailOutput) out = {NULL};
    MailRow row = {NULL};

    fixture_init(&fixture, files);
    program = compile(&fixture, "A day out",
                      "Read {% for x in interest limit 2 %}"
                      "[on {{ x }}](https://a.example/{{ x }}) {% endfor %}");
    mail_output_init(&out);
    g_assert_true(fill(program, person, &row, &out));
    g_assert_cmpuint(out.links->len, ==, 2);
    g_assert_nonnull(strstr(out.text->str, "on data <https://a.example/data>"));
    g_assert_nonnull(strstr(out.text->str, "on sre <https://a.example/sre>"));
}

static gpointer
fill_often(gpointer data)
{
    static const char *const person[] = {"first_name=Ann", "city = Hull",
                                         "last_applied=1772524800000", NULL};
    g_auto(MailOutput) out = {NULL};
    MailRow row = {NULL};
    char *first = NULL;

    mail_output_init(&out);
    for (int i = 0; i < 300; i++) {
        g_assert_true(fill(data, person, &row, &out));
        if (first)
            g_assert_cmpstr(out.html->str, ==, first);
        else
            first = g_strdup(out.html->str);
    }
    return first;
}

/* One program, several threads. */
static void
test_threads(void)
{
    g_auto(Fixture) fixture;
    g_autoptr(MailProgram) program = NULL;
    GThread *threads[4];
    char *results[4];

    fixture_init(&fixture, files);
    program = compile(&fixture, "{{ first_name | upper or \"You\" }}",
                      "{{ last_applied | date \"D MMMM\" or \"x\" }} "
                      "{% if city = Hull %}b{% endif %} {{ today }}");
    for (int i = 0; i < 4; i++)
        threads[i] = g_thread_new("fill", fill_often, program);
    for (int i = 0; i < 4; i++)
        results[i] = g_thread_join(threads[i]);
    for (int i = 0; i < 4; i++)
        g_assert_cmpstr(results[i], ==, results[0]);
    for (int i = 0; i < 4; i++)
        g_free(results[i]);
}

static void
test_images(void)
{
    static const char *const nobody[] = {NULL};
    g_auto(Fixture) fixture;
    g_autoptr(MailProgram) hosted = NULL, inside = NULL;
    g_auto(MailOutput) out = {NULL};
    MailRow row = {NULL};
    const char *body = "Words enough for a picture, so that nobody complains "
                       "about pictures only, or of few words, or of both at "
                       "once.\n\n![The team](team.jpg)\n\n"
                       "![Mo at work](staff/mo.jpg)\n";

    fixture_init(&fixture, files);
    hosted = compile(&fixture, "A day out", body);
    g_assert_null(mail_program_images(hosted)[0]);
    mail_output_init(&out);
    fill(hosted, nobody, &row, &out);
    g_assert_nonnull(
        strstr(out.html->str, "src=\"https://img.heron.example/team.jpg\""));
    fixture.workspace.images_base_url = NULL;
    inside = compile(&fixture, "A day out", body);
    g_assert_cmpstr(mail_program_images(inside)[0], ==, "images/team.jpg");
    g_assert_cmpstr(mail_program_images(inside)[1], ==, "images/staff/mo.jpg");
    fill(inside, nobody, &row, &out);
    g_assert_nonnull(strstr(out.html->str, "src=\"cid:mo.jpg\""));
    g_assert_nonnull(strstr(out.html->str, "src=\"cid:team.jpg\""));
}

/* The same condition is asked once, whatever the number of places. */
static void
test_conditions_are_shared(void)
{
    g_auto(Fixture) fixture;
    g_autoptr(MailProgram) program = NULL;

    fixture_init(&fixture, files);
    program = compile(&fixture, "{% if dach %}A{% else %}B{% endif %} day",
                      "{% if dach %}a{% endif %} {% if  dach  %}b{% endif %} "
                      "{% if silver %}c{% endif %}");
    g_assert_cmpuint(mail_program_conditions(program), ==, 2);
}

static void
test_names(void)
{
    static const char *const bad[] = {
        "TEST",
        "test",
        "n/a",
        "null",
        "www.win.example",
        "a@b.c",
        "Ann2",
        "{{ first_name }}",
        "http://x",
        "ANNA",
        "Annaannaannaannaannaannaannaannaannaannaanna",
        NULL};
    static const char *const good[] = {"Ann",    "J\xc3\xbcrgen",
                                       "Na",     "Li",
                                       "O'Neil", "Anne-Marie",
                                       "AJ",     "\xe5\xb1\xb1\xe7\x94\xb0",
                                       "",       NULL};

    for (guint i = 0; bad[i]; i++)
        g_assert_true(name_is_suspicious(bad[i]));
    for (guint i = 0; good[i]; i++)
        g_assert_false(name_is_suspicious(good[i]));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (guint i = 0; i < G_N_ELEMENTS(fill_cases); i++) {
        g_autofree char *path =
            g_strconcat("/template/fill/", fill_cases[i].name, NULL);
        g_test_add_data_func(path, &fill_cases[i], test_fill_case);
    }
    g_test_add_func("/template/headers", test_headers);
    g_test_add_func("/template/skip", test_skip);
    g_test_add_func("/template/reasons", test_reasons);
    g_test_add_func("/template/fallback-is-noticed", test_fallback_is_noticed);
    g_test_add_func("/template/links", test_links);
    g_test_add_func("/template/untracked", test_untracked);
    g_test_add_func("/template/threads", test_threads);
    g_test_add_func("/template/roles", test_roles);
    g_test_add_func("/template/links-in-loops", test_links_in_loops);
    g_test_add_func("/template/images", test_images);
    g_test_add_func("/template/conditions-are-shared",
                    test_conditions_are_shared);
    g_test_add_func("/template/suspicious-names", test_names);
    return g_test_run();
}
