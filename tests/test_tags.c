/* SPDX-License-Identifier: Apache-2.0 */
/* test_tags.c - merge tags: what is accepted, what is said about the rest */
#include "tests/lib/mail_fixture.h"

typedef struct {
    const char *name, *body, *codes;
} TagCase;

static const FixtureFile files[] = {
    {"templates/snippets/perks.md", "- lunch\n- {{ city or \"a desk\" }}\n"},
    {"templates/snippets/loop.md", "a {% include \"pool\" %}\n"},
    {"templates/snippets/pool.md", "b {% include \"loop\" %}\n"},
    {"templates/snippets/bad.md", "one\n\ntwo {{ citty }}\n"},
    {"images/team.jpg", "x"},
    {NULL, NULL},
};

/* The body starts on line 5: subject and preheader are set. */
static const TagCase cases[] = {
    {"plain", "Hi {{ first_name or \"there\" }}, good day.\n", ""},
    {"filters", "Hi {{ first_name | first_word | upper or \"there\" }}.\n", ""},
    {"skip", "Hi {{ first_name or skip }}.\n", ""},
    {"empty-fallback", "Hi {{ first_name or \"\" }}.\n", ""},
    {"path-fallback", "At {{ employer or city or \"home\" }}.\n", ""},
    {"default", "Hi {{ first_name | default: \"there\" }}.\n", ""},
    {"never-missing", "To {{ email }}.\n", ""},
    {"guarded",
     "x\n\n{% if city is not missing %}\nin {{ city }}\n{% endif %}\n", ""},
    {"guarded-else",
     "x {% if city is missing %}a{% else %}in {{ city }}{% endif %}\n", ""},
    {"guarded-by-test", "x {% if city = Hull %}in {{ city }}{% endif %}\n", ""},
    {"guard-ends", "x {% if city = Hull %}a{% endif %} in {{ city }}\n",
     "E211@5:42"},
    {"not-a-guard", "x {% if city != Hull %}in {{ city }}{% endif %}\n",
     "E211@5:30"},
    {"escaped", "write \\{{ first_name }} like this\n", ""},
    {"escaped-block", "write \\{% if %} like this\n", ""},
    {"comment", "a {# nobody {{ reads }} this #} b\n", ""},
    {"E201", "Hi {{ first_name, how are you\n", "E201@5:4"},
    {"E201-block", "Hi {% if city\n", "E201@5:4"},
    {"E201-torn", "{% if email }a{% else %}b{% endif %}\n", "E201@5:1"},
    {"E204-nbsp",
     "Hi {{\xc2\xa0"
     "email }}\n",
     "E204@5:6"},
    {"E201-then-good", "Hi {{ {{ email }}\n", "E201@5:4"},
    {"E202", "Hi {{ }} you\n", "E202@5:4"},
    {"E203", "Hi {{ frist_name or \"x\" }}\n", "E203@5:7"},
    {"E203-capital", "Hi {{ FIRST_NAME }}\n", "E203@5:7"},
    {"E203-namespace", "Hi {{ recruiter.nme }}\n", "E203@5:7"},
    {"E204", "Hi {{ first_name there }}\n", "E204@5:18"},
    {"E204-after-string", "Hi {{ first_name or \"a\" b }}\n", "E204@5:25"},
    {"E204-number", "Hi {{ first_name | truncate or \"a\" }}\n", "E204@5:29"},
    {"E205", "Hi {{ first_name or \xe2\x80\x9cthere\xe2\x80\x9d }}\n",
     "E205@5:21"},
    {"E205-single", "Hi {{ first_name or 'there' }}\n", "E205@5:21"},
    {"E206", "Hi {{ first_name | captialize or \"x\" }}\n", "E206@5:20"},
    {"E207", "x {% if city = Hull %}a{% end %}\n", "E207@5:27"},
    {"E208", "x {% endif %}\n", "E208@5:3"},
    {"E208-else", "x {% else %}\n", "E208@5:3"},
    {"E209", "x {% if city = Hull %}a\n", "E209@5:3"},
    {"E209-paragraphs", "x {% if city = Hull %}a\n\nb {% endif %}\n",
     "E209@7:3"},
    {"E210", "[a](https://{{ city or \"x\" }}.example/)\n", "E210@5:13"},
    {"E210-scheme", "[a]({{ city or \"x\" }})\n", "E210@5:5"},
    {"path-slot", "[our page](https://a.example/{{ city or \"x\" }})\n", ""},
    {"E211", "Hi {{ first_name }}\n", "E211@5:7"},
    {"E211-last", "Hi {{ first_name or city }}\n", "E211@5:21"},
    {"E212-mailchimp", "Hi *|FNAME|*\n", "E212@5:4"},
    {"E212-salesforce", "Hi %%FirstName%%\n", "E212@5:4"},
    {"E212-merge", "Hi <<First Name>>\n", "E212@5:4"},
    {"E212-mautic", "Hi {contactfield=firstname}\n", "E212@5:4"},
    {"E212-go", "Hi {{ .Subscriber.FirstName }}\n", "E212@5:4"},
    {"E212-brackets", "Hi [FNAME], you\n", "E212@5:4"},
    {"no-E212", "100%% of 5 << 6 and [NAME](https://a.example) *|*\n", ""},
    {"W213", "Hi {first_name}\n", "W213@5:4"},
    {"W213-suffix", "[our page](https://a.example){buton}\n", "W213@5:30"},
    {"E214", "x {{ interest or \"x\" }}\n", "E214@5:6"},
    {"joined", "x {{ interest | join \", \" or \"x\" }}\n", ""},
    {"counted", "x {{ interest | count or \"no\" }}\n", ""},
    {"E215", "x {{ open_to_work or \"x\" }}\n", "E215@5:6"},
    {"E216", "x {{ score or \"x\" }}\n", "E216@5:6"},
    {"E217", "x {{ added | upper or \"x\" }}\n", "E217@5:14"},
    {"E217-date", "x {{ city | date \"D\" or \"x\" }}\n", "E217@5:13"},
    {"date", "x {{ added | date \"D MMMM\" or \"x\" }}\n", ""},
    {"E218", "x\n\n{% include \"perk\" %}\n", "E218@7:12"},
    {"E219", "x {% include \"loop\" %}\n", "E219@1:3"},
    {"included", "x\n\n{% include \"perks\" %}\n", ""},
    {"in-snippet", "x\n\n{% include \"bad\" %}\n", "E203@3:8"},
    {"E220",
     "{% if dach %}{% if dach %}{% if dach %}{% if dach %}{% if dach %}"
     "{% if dach %}{% if dach %}{% if dach %}{% if dach %}x{% endif %}"
     "{% endif %}{% endif %}{% endif %}{% endif %}{% endif %}{% endif %}"
     "{% endif %}{% endif %}\n",
     "E220@5:105"},
    {"E221", "x {% for a in interest %}{{ a }}{% endfor %}\n", "E221@5:6"},
    {"E221-large", "x {% for a in interest limit 11 %}{{ a }}{% endfor %}\n",
     "E221@5:6"},
    {"for", "x {% for a in interest limit 3 %}{{ a }} {% endfor %}\n", ""},
    {"for-text", "x {% for a in city limit 3 %}{{ a }} {% endfor %}\n",
     "E214@5:15"},
    {"for-else",
     "x {% for a in interest limit 3 %}{{ a }}{% empty %}none{% endfor %}\n",
     ""},
    {"for-roles", "x {% for r in roles limit 2 %}{{ r.title }}{% endfor %}\n",
     ""},
    {"for-roles-E203",
     "x {% for r in roles limit 2 %}{{ r.titel }}{% endfor %}\n", "E203@5:34"},
    {"for-roles-over",
     "x {% for r in roles limit 2 %}{{ r.title }}{% endfor %}{{ r.title }}\n",
     "E203@5:59"},
    {"W222", "Hi {{ first_name or \"FIRST_NAME\" }}\n", "W222@5:21"},
    {"W222-brackets", "Hi {{ first_name or \"[name]\" }}\n", "W222@5:21"},
    {"E223", "x {{ role.title }}\n", "E223@5:6"},
    {"E224-condition",
     "[a b](https://a.example/{% if dach %}x{% else %}y{% endif %})\n",
     "E224@5:25"},
    {"W225", "[our page](https://a.example/?e={{ email }})\n", "W225@5:33"},
    {"E304", "x {% if seniority = snior %}a{% endif %}\n", "E304@5:21"},
    {"dead-branch", "x {% if audience = silver %}{{ nonsense }}{% endif %}\n",
     "E203@5:32"},
};

static void
test_case(gconstpointer data)
{
    const TagCase *c = data;
    g_auto(Fixture) fixture;
    g_autoptr(MailProgram) program = NULL;
    g_autofree char *codes = NULL;
    static const char *const dach[] = {"dach", NULL};
    MailText mail;

    fixture_init(&fixture, files);
    fixture.statics[0] = (StaticValue){"audience", dach};
    mail = fixture_mail(&fixture, "A day out", "What we saw", c->body);
    program = mail_compile(&mail, &fixture.context, fixture.problems);
    codes = fixture_codes(&fixture);
    g_assert_cmpstr(codes, ==, c->codes);
    g_assert_true((program == NULL) ==
                  (diagnostics_count(fixture.problems, SEVERITY_ERROR) > 0));
}

/* What is said, not only that something is. */
static void
test_words(void)
{
    g_auto(Fixture) fixture;
    MailText mail;
    const Diagnostic *d;

    fixture_init(&fixture, files);
    mail = fixture_mail(&fixture, "A day out", "What we saw",
                        "Hi {{ frist_name }} {{ role.title }}\n");
    g_assert_null(mail_compile(&mail, &fixture.context, fixture.problems));
    diagnostics_sort(fixture.problems);
    d = diagnostics_get(fixture.problems, 0);
    g_assert_cmpstr(d->message, ==, "unknown field 'frist_name'");
    g_assert_cmpstr(d->note, ==, "did you mean 'first_name'?");
    g_assert_cmpint(d->end_column - d->column, ==, 10);
    d = diagnostics_get(fixture.problems, 1);
    g_assert_cmpstr(d->message, ==,
                    "'role.title' is only known in a campaign with "
                    "'needs: role'");
}

/* A subject in quotes stands in its file with the quotes doubled. */
static void
test_quoted_subject(void)
{
    static const char text[] = "---\nsubject: 'It''s {{ frist_name or \"you\" "
                               "}}'\n---\nHello there.\n";
    g_auto(Fixture) fixture;
    g_autofree char *codes = NULL;
    MailText mail = {.subject = "It's {{ frist_name or \"you\" }}"};

    fixture_init(&fixture, files);
    fixture.mail = source_new("mail.md", text, strlen(text));
    mail.source = fixture.mail;
    mail.subject_offset = strlen("---\nsubject: ");
    mail.subject_length = strlen("'It''s {{ frist_name or \"you\" }}'");
    mail.body_offset = strlen(text) - strlen("Hello there.\n");
    g_assert_null(mail_compile(&mail, &fixture.context, fixture.problems));
    codes = fixture_codes(&fixture);
    g_assert_cmpstr(codes, ==, "E203@2:20");
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *path =
            g_strconcat("/tags/diagnostics/", cases[i].name, NULL);
        g_test_add_data_func(path, &cases[i], test_case);
    }
    g_test_add_func("/tags/words", test_words);
    g_test_add_func("/tags/quoted-subject", test_quoted_subject);
    return g_test_run();
}
