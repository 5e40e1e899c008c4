/* SPDX-License-Identifier: Apache-2.0 */
/* test_lint.c - text, links, pictures, subjects: what is said about them */
#include "tests/lib/mail_fixture.h"

static char heavy[600 * 1024], huge[6 * 1024 * 1024];

static const FixtureFile files[] = {
    {"images/team.jpg", "x"},  {"images/heavy.jpg", heavy},
    {"images/chart.svg", "x"}, {"files/pay.pdf", "x"},
    {"files/huge.pdf", huge},  {NULL, NULL},
};

typedef struct {
    const char *name, *body, *codes;
} LintCase;

#define WORDS                                                                  \
    "Enough words stand around this picture, so that nobody can complain "     \
    "about a mail of pictures only.\n\n"

/* The body starts on line 5. */
static const LintCase cases[] = {
    {"clean", "Hello.\n\n# One\n\n[Our page](https://a.example/x)\n", ""},
    {"E401", WORDS "![The team](taem.jpg)\n", "E401@7:13"},
    {"E401-other-folder", WORDS "![The team](../team.jpg)\n", "E401@7:13"},
    {"image", WORDS "![The team](team.jpg)\n", ""},
    {"image-path", WORDS "![The team](images/team.jpg)\n", ""},
    {"W402", "[Our page](http://a.example/x)\n", "W402@5:12"},
    {"W402-automatic", "See <http://a.example/x>\n", "W402@5:6"},
    {"W402-reference", "See [our page][p].\n\n[p]: http://a.example/x\n",
     "W402@5:5"},
    {"E403", "[Our page](javascript:alert)\n", "E403@5:12"},
    {"E403-data", "[Our page](data:text/html,x)\n", "E403@5:12"},
    {"mailto", "[Write](mailto:a@b.example) [call](tel:+4930123)\n", ""},
    {"E404", "[Our page](www.a.example)\n", "E404@5:12"},
    {"E404-empty", "[Our page]()\n", "E404@5:12"},
    {"W405", "See https://a.example/x today\n", "W405@5:5"},
    {"W405-www", "See www.a.example.\n", "W405@5:5"},
    {"code-is-no-link", "Type `https://a.example/x` there\n", ""},
    {"E406", WORDS "![](team.jpg)\n", "E406@7:1"},
    {"decorative", WORDS "![](team.jpg){decorative}\n", ""},
    {"W407", WORDS "![IMG_2041.jpg](team.jpg)\n", "W407@7:3"},
    {"W408", "For more click [here](https://a.example/x)\n", "W408@5:17"},
    {"W408-click", "[Click here](https://a.example/x)\n", "W408@5:2"},
    {"W409", "# One\n\nText.\n\n# Two\n", "W409@9:1"},
    {"E411", "Hello <b>you</b>\n", "E411@5:7"},
    {"E411-block", "<div>\nHello\n</div>\n", "E411@5:1"},
    {"E412", "Pay:\n\n| Level | Pay |\n|---|---|\n| L3 | 78 |\n", "E412@7:1"},
    {"W413", WORDS "![The team](heavy.jpg)\n", "W413@7:13"},
    {"E414", WORDS "![A chart](chart.svg)\n", "E414@7:12"},
    {"E414-data", WORDS "![A chart](data:image/png;base64,AA)\n", "E414@7:12"},
    {"W415", "Look: ![The team](team.jpg)\n", "W415@0:0"},
    {"E417", "Write more. TODO\n", "E417@5:13"},
    {"E417-lorem", "Lorem ipsum dolor\n", "E417@5:1"},
    {"E417-word", "Our TODOs are none of yours\n", ""},
    {"E418", "[Our page](https://localhost:8080/x)\n", "E418@5:12"},
    {"E418-ip", "[Our page](https://192.168.0.3/x)\n", "E418@5:12"},
    {"W419", "[Our page](https://bit.ly/x)\n", "W419@5:12"},
    {"E420", "\n", "E420@0:0"},
    {"E420-comment", "{# nothing yet #}\n", "E420@0:0"},
    {"W421", "Mo Reed\nRecruiter\nHeron\nHull\n", "W421@5:1"},
    {"W421-not", "Mo Reed\\\nRecruiter\\\nHeron\\\nHull\n", ""},
    {"W422", "This is **bold, they say\n", "W422@5:9"},
    {"W422-not", "2 ** 3 is 8, and \\*\\*this\n", ""},
    {"W422-struck", "~~old~~ new\n", "W422@5:1"},
    {"W422-tildes", "about ~~5\n", ""},
    {"E429-blank", "[page](https://a.example/x y)\n", "E429@5:8"},
    {"E429-open", "[page](https://a.example/x\n", "E429@5:8"},
    {"E429-swapped", "(page)[https://a.example/x]\n", "E429@5:1"},
    {"E429-not", "(or not) and [1](https://a.example/x)\n", ""},
    {"W213-blank", "[page](https://a.example/x) {button}\n", "W213@5:29"},
    {"W213-words", "[page](https://a.example/x) {see below}\n", ""},
    {"E423", "See [our page] (www.a.example/x) now\n", "E423@5:15"},
    {"E423-not", "See [1] (page two) now\n", ""},
    {"E424", "See [our page][rep] now\n", "E424@5:5"},
    {"W425", "Jump to [the prices](#prices)\n", "W425@5:22"},
    {"W427", "The report is attached.\n", "W427@5:15"},
    {"W427-not", "We are unattached.\n", ""},
    {"in-list", "- one\n- two\n\n  > see [here](http://a.example)\n",
     "W408@8:10 W402@8:16"},
    {"after-condition", "{% if dach %}\na\n{% endif %}\n\nThis is TODO.\n",
     "E417@9:9"},
    {"umlaut",
     "F\xc3\xbcr \xc3\x9c"
     "ber TODO\n",
     "E417@5:10"},
    {"crlf", "one\r\n\r\ntwo TODO\r\n", "E417@7:5"},
    {"lazy", "> one\nTODO two\n", "E417@6:1"},
};

static void
test_case(gconstpointer data)
{
    const LintCase *c = data;
    g_auto(Fixture) fixture;
    g_autoptr(MailProgram) program = NULL;
    g_autofree char *codes = NULL;
    MailText mail;

    fixture_init(&fixture, files);
    mail = fixture_mail(&fixture, "A day out", "What we saw", c->body);
    program = mail_compile(&mail, &fixture.context, fixture.problems);
    codes = fixture_codes(&fixture);
    g_assert_cmpstr(codes, ==, c->codes);
}

typedef struct {
    const char *name, *subject, *preheader, *codes;
} SubjectCase;

static const SubjectCase subjects[] = {
    {"clean", "A day out", "What we saw", ""},
    {"W503",
     "A day out with all of the people who would one day be your colleagues",
     "What we saw", "W503@2:10"},
    {"W504", "A day out", NULL, "W504@2:10"},
    {"W505", "A day out", "A day out", "W505@3:12"},
    {"W506", "A DAY OUT", "What we saw", "W506@2:10"},
    {"W506-marks", "A day out!!", "What we saw", "W506@2:10"},
    {"W506-not", "{{ city or \"X\" }}: API, SRE and you", "What we saw", ""},
    {"E507", "Re: your application", "What we saw", "E507@2:10"},
    {"E507-de", "AW: Ihre Bewerbung", "What we saw", "E507@2:10"},
    {"E507-not", "Read: what we saw", "What we saw", ""},
    {"tag", "{{ city }} calling", "What we saw", "E211@2:13"},
    {"E417", "News TBD", "TODO: write it", "E417@2:15 E417@3:12"},
    {"E417-not", "Our TODOs", "What we saw", ""},
};

static void
test_subject(gconstpointer data)
{
    const SubjectCase *c = data;
    g_auto(Fixture) fixture;
    g_autoptr(MailProgram) program = NULL;
    g_autofree char *codes = NULL;
    MailText mail;

    fixture_init(&fixture, files);
    mail = fixture_mail(&fixture, c->subject, c->preheader, "Hello there.\n");
    program = mail_compile(&mail, &fixture.context, fixture.problems);
    codes = fixture_codes(&fixture);
    g_assert_cmpstr(codes, ==, c->codes);
}

static void
test_attachments(void)
{
    static const char text[] = "---\nsubject: A\npreheader: B\n"
                               "attach: [files/pay.pdf, files/huge.pdf,\n"
                               "         files/none.pdf]\n---\n"
                               "The report is attached.\n";
    static const char *const attach[] = {"files/pay.pdf", "files/huge.pdf",
                                         "files/none.pdf", NULL};
    g_auto(Fixture) fixture;
    g_autofree char *codes = NULL;
    MailText mail = {.subject = "A",
                     .subject_offset = 13,
                     .subject_length = 1,
                     .preheader = "B",
                     .preheader_offset = 26,
                     .preheader_length = 1,
                     .attach = attach};

    fixture_init(&fixture, files);
    fixture.mail = source_new("mail.md", text, strlen(text));
    mail.source = fixture.mail;
    mail.body_offset = (gsize)(strstr(text, "The report") - text);
    g_assert_null(mail_compile(&mail, &fixture.context, fixture.problems));
    codes = fixture_codes(&fixture);
    g_assert_cmpstr(codes, ==, "E511@4:25 E511@5:10");
}

/* One mail with what people do on an ordinary day: everything is said, each
 * thing once, and nothing that only follows from another. */
static void
test_ordinary_day(void)
{
    static const char body[] =
        "Dear %%FIRSTNAME%%,\n"
        "\n"
        "{% if seniority >= snior %}\n"
        "you know [our blog] (www.heron.example) or\n"
        "[click here](http://a.example/?m={{ email }}).\n"
        "\n"
        "![](chart.svg) ![IMG_1.jpg](taem.jpg)\n"
        "\n"
        "| Level | Pay |\n"
        "|---|---|\n"
        "| 3 | 70 |\n"
        "\n"
        "TBD: numbers (attached) {{ score }}\n";
    g_auto(Fixture) fixture;
    g_autofree char *codes = NULL;
    g_autoptr(GString) human = g_string_new(NULL);
    MailText mail;

    fixture_init(&fixture, files);
    mail = fixture_mail(&fixture,
                        "{{ frist_name or \xe2\x80\x9cyou\xe2\x80\x9d }}", NULL,
                        body);
    g_assert_null(mail_compile(&mail, &fixture.context, fixture.problems));
    codes = fixture_codes(&fixture);
    g_assert_cmpstr(codes, ==,
                    "E203@2:13 E205@2:27 E212@4:6 E209@6:1 E304@6:20 E423@7:20 "
                    "W408@8:2 W402@8:14 W225@8:34 E406@10:1 E414@10:5 "
                    "W407@10:18 E401@10:29 E412@12:1 E417@16:1 W427@16:15 "
                    "E216@16:28");
    diagnostic_format(diagnostics_get(fixture.problems, 5), FORMAT_HUMAN, false,
                      human);
    g_assert_nonnull(strstr(
        human->str,
        "mail.md:7:20: error[E423]: a space between ] and ( turns this link "
        "into plain text\n"
        "    7 | you know [our blog] (www.heron.example) or\n"
        "      |                    ^ delete the space\n"));
}

/* Inputs that take libcmark minutes: refused before it sees them. */
static void
test_hostile(void)
{
    g_autoptr(GString) bullets = g_string_new(NULL);
    g_autoptr(GString) quotes = g_string_new(NULL);
    g_autoptr(GString) images = g_string_new(NULL);
    g_autoptr(GString) emphasis = g_string_new(NULL);
    g_autofree char *lines = g_strnfill(20000, '\n');
    GString *const all[] = {bullets, quotes, images, emphasis};
    static const char *const codes[] = {"E220@5:1", "E220@5:1", "E006@6:2",
                                        "E220@5:1"};

    for (int i = 0; i < 8000; i++) {
        g_string_append(bullets, "- ");
        g_string_append(quotes, ">");
        g_string_append(images, i % 100 ? "![[]()" : "\n![[]()");
        if (i < 4000)
            g_string_append(emphasis, "*a **b ");
    }
    g_string_append_printf(bullets, "x%s", lines);
    for (int i = 0; i < 8000; i++)
        g_string_append(quotes, "a*");
    for (int i = 0; i < 4000; i++)
        g_string_append(emphasis, "b** a*");
    for (guint i = 0; i < G_N_ELEMENTS(all); i++) {
        g_auto(Fixture) fixture;
        g_autofree char *found = NULL;
        MailText mail;

        fixture_init(&fixture, files);
        mail = fixture_mail(&fixture, "A", "B", all[i]->str);
        g_assert_null(mail_compile(&mail, &fixture.context, fixture.problems));
        found = fixture_codes(&fixture);
        if (i != 2)
            g_assert_cmpstr(found, ==, codes[i]);
        else
            g_assert_nonnull(strstr(found, "E006"));
    }
}

/* Where the search for problems is given up, nothing may be sent, though all
 * that was found were warnings. */
static void
test_many_warnings(void)
{
    static const char *const bodies[] = {"{first_name} ",
                                         "[here](https://a.example)\n\n"};

    for (guint i = 0; i < G_N_ELEMENTS(bodies); i++) {
        g_auto(Fixture) fixture;
        g_autoptr(GString) body = g_string_new(NULL);
        MailText mail;

        fixture_init(&fixture, files);
        for (int n = 0; n < 900; n++)
            g_string_append(body, bodies[i]);
        mail = fixture_mail(&fixture, "A", "B", body->str);
        g_assert_null(mail_compile(&mail, &fixture.context, fixture.problems));
        g_assert_cmpuint(diagnostics_length(fixture.problems), <, 700);
    }
}

static void
test_too_long(void)
{
    g_auto(Fixture) fixture;
    g_autofree char *body = g_strnfill(65 * 1024, 'x');
    g_autofree char *codes = NULL;
    MailText mail;

    fixture_init(&fixture, files);
    mail = fixture_mail(&fixture, "A", "B", body);
    g_assert_null(mail_compile(&mail, &fixture.context, fixture.problems));
    codes = fixture_codes(&fixture);
    g_assert_cmpstr(codes, ==, "E006@5:1");
}

int
main(int argc, char **argv)
{
    memset(heavy, 'x', sizeof heavy - 1);
    memset(huge, 'x', sizeof huge - 1);
    g_test_init(&argc, &argv, NULL);
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *path = g_strconcat("/lint/body/", cases[i].name, NULL);
        g_test_add_data_func(path, &cases[i], test_case);
    }
    for (guint i = 0; i < G_N_ELEMENTS(subjects); i++) {
        g_autofree char *path =
            g_strconcat("/lint/subject/", subjects[i].name, NULL);
        g_test_add_data_func(path, &subjects[i], test_subject);
    }
    g_test_add_func("/lint/attachments", test_attachments);
    g_test_add_func("/lint/ordinary-day", test_ordinary_day);
    g_test_add_func("/lint/hostile", test_hostile);
    g_test_add_func("/lint/many-warnings", test_many_warnings);
    g_test_add_func("/lint/too-long", test_too_long);
    return g_test_run();
}
