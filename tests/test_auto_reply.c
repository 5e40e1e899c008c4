/* SPDX-License-Identifier: Apache-2.0 */
/* test_auto_reply.c - machines that answer, and people who sound like them */
#include "tracking/auto-reply.h"

#include "tracking/folded.h"
#include "tracking/rules.h"

#include <string.h>

/* Tuesday, 10 March 2026, 09:00 UTC */
#define TUESDAY INT64_C(1773133200000)

typedef struct {
    const char *fields; /* "Name: value", one a line */
    const char *subject, *text;
    AutoReplyClass class;
    const char *day;
} Case;

static void
field_clear(void *data)
{
    InboundHeader *field = data;

    g_free(field->name);
    g_free(field->value);
}

static GArray *
fields_new(const char *text)
{
    GArray *fields = g_array_new(FALSE, FALSE, sizeof(InboundHeader));
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);

    g_array_set_clear_func(fields, field_clear);
    for (char **line = lines; *line; line++) {
        char *colon = strstr(*line, ": ");
        InboundHeader field;
        if (!colon)
            continue;
        field.name = g_strndup(*line, (gsize)(colon - *line));
        field.value = g_strdup(colon + 2);
        g_array_append_val(fields, field);
    }
    return fields;
}

static bool
read_case(const Case *c, AutoReply *out)
{
    g_autoptr(GArray) fields = fields_new(c->fields);
    InboundMail mail = {
        .headers = fields,
        .subject = (char *)c->subject,
        .from_address = (char *)"jo.kim@example.net",
        .text = (char *)c->text,
        .date = TUESDAY,
    };

    return auto_reply_read(&mail, out);
}

#define NULL_PATH "Return-Path: <>\n"
#define REPLIED   "Auto-Submitted: auto-replied\n"

static void
test_machines(void)
{
    static const Case cases[] = {
        /* the fields alone */
        {NULL_PATH REPLIED, "Re: a role for you", "Gone fishing.",
         AUTO_REPLY_OTHER_AUTO, ""},
        {"Auto-Submitted: auto-replied (vacation)", "Re: a role", "Bye.",
         AUTO_REPLY_OOO, ""},
        {"X-Autoreply: yes\nPrecedence: bulk", "Re: a role",
         "I am on holiday and back on 16 March.", AUTO_REPLY_OOO, "2026-03-16"},
        {"X-Autorespond: A role for you", "Re: a role",
         "Estoy de viaje. Vuelvo el lunes 23 de marzo.", AUTO_REPLY_OOO,
         "2026-03-23"},
        {"Precedence: auto_reply", "A role", "Grazie.", AUTO_REPLY_OTHER_AUTO,
         ""},
        {"X-Apple-Action: VACATION-1/NO", "Re: a role", "Away till 1 April.",
         AUTO_REPLY_OOO, "2026-04-02"},
        /* the subject alone */
        {"", "Automatic reply: A role for you",
         "I am out of the office until Friday 20 March.", AUTO_REPLY_OOO,
         "2026-03-21"},
        {"", "Out of Office Re: A role for you", "Back next Monday.",
         AUTO_REPLY_OOO, "2026-03-16"},
        {"", "Automatische Antwort: Eine Stelle",
         "Ich bin im Urlaub und ab dem 30.03. wieder erreichbar.",
         AUTO_REPLY_OOO, "2026-03-30"},
        {"", "Réponse automatique : Un poste",
         "Je suis en congés jusqu'au 27 mars inclus.", AUTO_REPLY_OOO,
         "2026-03-28"},
        {"", "Respuesta automática: Un puesto", "Estoy de baja.",
         AUTO_REPLY_OOO, ""},
        {"", "Automatisch antwoord: Een baan",
         "Ik ben tot en met 13 maart met verlof.", AUTO_REPLY_OOO,
         "2026-03-14"},
        {"", "Risposta automatica: Un posto",
         "Sono in ferie, rientro lunedì 23 marzo.", AUTO_REPLY_OOO,
         "2026-03-23"},
        {"", "Resposta automática: Uma vaga",
         "Estou de férias e regresso a 23 de março.", AUTO_REPLY_OOO,
         "2026-03-23"},
        {"", "Odpowiedź automatyczna: Oferta pracy",
         "Jestem na urlopie do 20 marca.", AUTO_REPLY_OOO, "2026-03-21"},
        {"", "Autosvar: Ett jobb", "Jag har semester till och med 20 mars.",
         AUTO_REPLY_OOO, "2026-03-21"},
        {"", "Automatisk svar: Et job",
         "Jeg er på ferie og tilbage igen den 16. marts.", AUTO_REPLY_OOO,
         "2026-03-16"},
        {"", "Automaattinen vastaus: Työpaikka", "Olen lomalla.",
         AUTO_REPLY_OOO, ""},
        {"", "Automatická odpověď: Nabídka", "Jsem na dovolené.",
         AUTO_REPLY_OOO, ""},
        {"", "Automatikus válasz: Állás", "Szabadságon vagyok.", AUTO_REPLY_OOO,
         ""},
        {"", "Автоматический ответ: Вакансия", "Я в отпуске до 20 марта.",
         AUTO_REPLY_OOO, "2026-03-21"},
        {"", "自動応答: 求人のご案内", "不在にしております。", AUTO_REPLY_OOO,
         ""},
        {"", "Jo Kim is out of the office",
         "I will be out of the office starting 03/09/2026 and will not "
         "return until 03/25/2026.",
         AUTO_REPLY_OOO, "2026-03-25"},
        /* a hint in the header, the rest in the text */
        {NULL_PATH, "Holiday", "On holiday, back on 16 March.", AUTO_REPLY_OOO,
         "2026-03-16"},
        {NULL_PATH, "Re: a role",
         "I am away from the office. For urgent matters please call the "
         "reception.",
         AUTO_REPLY_OOO, ""},
        /* the text alone, where it says what only responders say */
        {"", "Re: a role",
         "Thank you for your e-mail. I am currently out of the office with "
         "limited access to e-mail. I will reply upon my return on 24 "
         "March. For urgent matters contact desk@example.net.",
         AUTO_REPLY_OOO, "2026-03-24"},
        {"", "AW: Eine Stelle",
         "Vielen Dank für Ihre Nachricht. Ich bin bis 27.03. nicht im Büro. "
         "Ihre E-Mail wird nicht weitergeleitet. In dringenden Fällen wenden "
         "Sie sich an zentrale@example.net.",
         AUTO_REPLY_OOO, "2026-03-28"},
        /* left, acknowledgements, challenges */
        {NULL_PATH REPLIED, "Automatic reply: A role",
         "Jo Kim has left Initech. Please write to hr@example.net.",
         AUTO_REPLY_LEFT_COMPANY, ""},
        {"", "This mailbox is no longer in use",
         "My new address is jo@elsewhere.example.", AUTO_REPLY_LEFT_COMPANY,
         ""},
        {"Auto-Submitted: auto-generated", "Automatische Antwort: Stelle",
         "Frau Kim ist nicht mehr für uns tätig.", AUTO_REPLY_LEFT_COMPANY, ""},
        {"", "Réponse automatique", "Jo Kim ne fait plus partie de la société.",
         AUTO_REPLY_LEFT_COMPANY, ""},
        {"X-Zendesk-From-Account-Id: 1f\n" REPLIED,
         "[Request received] A role for you",
         "Your request (991) has been received and is being reviewed.",
         AUTO_REPLY_AUTOACK, ""},
        {"RT-Ticket: desk #17\nPrecedence: bulk",
         "[desk #17] AutoReply: A role",
         "This message has been automatically generated in response to the "
         "creation of a ticket.",
         AUTO_REPLY_AUTOACK, ""},
        {"", "Wir haben Ihre Anfrage erhalten",
         "Ihre Anfrage wurde unter der Nummer 2026-0815 erfasst.",
         AUTO_REPLY_AUTOACK, ""},
        {"", "Votre demande a bien été enregistrée",
         "Ceci est un message automatique.", AUTO_REPLY_AUTOACK, ""},
        {"", "Re: A role [please verify your message]",
         "My spam filter holds mail from unknown senders. Click the link to "
         "confirm that you are a person: https://ask.example/9",
         AUTO_REPLY_CHALLENGE, ""},
    };
    int wrong = 0;

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        AutoReply got = {0};
        bool is_auto = read_case(&cases[i], &got);
        if (is_auto && got.class == cases[i].class &&
            strcmp(got.return_date, cases[i].day) == 0)
            continue;
        wrong++;
        g_test_message("'%s' '%s': %d %s %s %s", cases[i].subject,
                       cases[i].text, is_auto, auto_reply_class_name(got.class),
                       got.return_date, got.rule);
    }
    g_assert_cmpint(wrong, ==, 0);
}

#define OUTLOOK "X-Mailer: Microsoft Outlook 16.0\n"

static void
test_people(void)
{
    static const Case cases[] = {
        {"", "Re: a role",
         "Sorry, I was out of the office all week. Yes, let's talk!"},
        {"", "Re: a role",
         "I'm away until Friday 20 March, could you call me after that?"},
        {"", "Re: Automatic reply: A role",
         "Thanks for the auto-reply, I'll wait until you are back."},
        {"", "AW: Abwesenheitsnotiz: Eine Stelle",
         "Schönen Urlaub! Ich melde mich danach."},
        {"Auto-Submitted: no\n" OUTLOOK, "Re: a role", "Not for me, thanks."},
        {"X-Auto-Response-Suppress: All\n" OUTLOOK, "RE: a role",
         "Works for me, Thursday at ten."},
        {"X-MS-Exchange-Inbox-Rules-Loop: jo.kim@example.net\n"
         "X-Auto-Response-Suppress: OOF",
         "RE: a role", "Forwarded by a rule of mine. I like the role."},
        {"Precedence: bulk", "Re: a role", "Interested! Please call."},
        {"Precedence: list\nList-Id: <kin.example.org>", "Re: a role",
         "Via our family list: yes please."},
        {NULL_PATH, "Re: a role", "My provider eats return paths. Call me."},
        {"X-Autoreply: no", "Re: a role", "No thanks."},
        {"X-Zendesk-Ticket-Id: 8", "Re: a role",
         "Hello, this is Sam from support. Jo asked me to say yes."},
        {"", "Out of office manager (maternity cover)",
         "I would like to apply for this."},
        {"", "Vacation rental designer", "Is the job still open?"},
        {"", "Auto parts engineer", "Here is my CV."},
        {"", "Re: a role",
         "I'm on parental leave until September, please write again then."},
        {"", "Re: Ihre Anfrage",
         "Ich bin gerade im Urlaub, aber das klingt gut. Geht Montag?"},
        {"", "Re: un poste",
         "Je suis en déplacement cette semaine, appelez-moi lundi."},
        {"", "Re: un puesto",
         "Estoy de vacaciones hasta el lunes; hablamos a la vuelta."},
        {"", "Re: een baan", "Ik ben op vakantie, maar bel me gerust morgen."},
        {"", "Thank you for your message",
         "Thank you for your message. I have thought about it, and no."},
        {"", "Re: a role",
         "Anna no longer works here. I am her successor; can I help?"},
        {OUTLOOK, "Re: a role",
         "I have limited access to my mail this week, so text me. I'm in."},
        {"", "Re: a role",
         "Please click the link to my portfolio: https://jo.example/work"},
        {"", "Re: a role",
         "Yes.\n\n> This is an automated message, do not reply to it.\n"
         "> I am out of the office until 20 March."},
        {"", NULL, NULL},
    };
    int wrong = 0;

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        AutoReply got = {0};
        if (!read_case(&cases[i], &got))
            continue;
        wrong++;
        g_test_message("'%s': %s", cases[i].text, got.rule);
    }
    g_assert_cmpint(wrong, ==, 0);
}

static void
test_addresses(void)
{
    static const Case moved = {
        REPLIED, "Re: a role",
        "I have left Initech. My new address is <Jo@New.example>. For Initech "
        "write to hr@initech.example, not to jo.kim@example.net."};
    AutoReply got;

    g_assert_true(read_case(&moved, &got));
    g_assert_cmpstr(got.new_address, ==, "jo@new.example");
    g_assert_cmpstr(got.colleague, ==, "hr@initech.example");
    g_assert_cmpint(got.class, ==, AUTO_REPLY_LEFT_COMPANY);
    g_assert_true(g_str_has_prefix(got.rule, "auto-header.tsv:"));
}

static bool
matches(RuleTable *table, guint rule, const char *text)
{
    g_auto(Haystack) h = {0};

    haystack_init(&h, text, strlen(text));
    return rules_match(table, rule, &h);
}

static void
check_examples(const void *path)
{
    RuleTable *table = rules_load(path);

    g_assert_cmpuint(rules_count(table), >, 10);
    for (guint i = 0; i < rules_count(table); i++) {
        const Rule *rule = rules_get(table, i);
        g_autofree char *match = text_fold(rule->match, 1000);
        g_autofree char *nomatch = text_fold(rule->nomatch, 1000);
        g_test_message("%s:%d '%s' '%s'", (const char *)path, rule->line, match,
                       nomatch);
        g_assert_true(match[0] && matches(table, i, match));
        g_assert_true(nomatch[0] && !matches(table, i, nomatch));
    }
    rules_free(table);
}

/* cell: language, class, day, header, subject, text */
static bool
is_read(char **cell)
{
    const char *fields = strcmp(cell[3], "auto") == 0 ? REPLIED
                         : strcmp(cell[3], "bulk") == 0
                             ? "Precedence: bulk\n"
                               "X-Autoreply: yes\n"
                             : "In-Reply-To: <a@b>\n";
    g_autofree char *text = g_strcompress(cell[5]);
    const Case c = {fields, cell[4], text, AUTO_REPLY_OOO, ""};
    AutoReply got;
    bool machine = read_case(&c, &got);

    if (strcmp(cell[1], "human") == 0 || !machine)
        return !machine && strcmp(cell[1], "human") == 0;
    return strcmp(auto_reply_class_name(got.class), cell[1]) == 0 &&
           (strcmp(cell[1], "ooo") != 0 ||
            strcmp(*cell[2] == '-' ? "" : cell[2], got.return_date) == 0);
}

/* 22 languages, written before the rules. */
static void
test_unseen(void)
{
    g_autofree char *all = NULL;
    g_autoptr(GError) error = NULL;
    g_auto(GStrv) lines = NULL;
    int wrong = 0, people = 0;

    g_file_get_contents("tests/data/absences.tsv", &all, NULL, &error);
    g_assert_no_error(error);
    lines = g_strsplit(g_strchomp(all), "\n", -1);
    for (char **line = lines; *line; line++) {
        g_auto(GStrv) cell = g_strsplit(*line, "\t", 6);
        if (**line == '#' || strcmp(cell[1], "class") == 0 || is_read(cell))
            continue;
        wrong++;
        people += strcmp(cell[1], "human") == 0;
        g_test_message("%s", *line);
    }
    g_assert_cmpint(people, ==, 0); /* no person is ever a machine */
    g_assert_cmpint(wrong, ==, 0);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/auto-reply/machines", test_machines);
    g_test_add_func("/auto-reply/people", test_people);
    g_test_add_func("/auto-reply/addresses", test_addresses);
    g_test_add_data_func("/auto-reply/header-rules",
                         "tracking/data/auto-header.tsv", check_examples);
    g_test_add_data_func("/auto-reply/subject-rules",
                         "tracking/data/auto-subject.tsv", check_examples);
    g_test_add_data_func("/auto-reply/body-rules",
                         "tracking/data/auto-body.tsv", check_examples);
    g_test_add_func("/auto-reply/unseen", test_unseen);
    return g_test_run();
}
