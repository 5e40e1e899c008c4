/* SPDX-License-Identifier: Apache-2.0 */
/* test_return_date.c - the day on which a person is back */
#include "tracking/return-date.h"

#include <glib.h>
#include <string.h>

/* Tuesday, 10 March 2026, 09:00 UTC */
#define TUESDAY INT64_C(1773133200000)

typedef struct {
    const char *text, *expected;
} Case;

static void
check(const Case *cases, size_t n)
{
    int wrong = 0;

    for (size_t i = 0; i < n; i++) {
        char day[11];
        bool found = return_date_find(cases[i].text, NULL, TUESDAY, 0, day);
        g_assert_cmpint(found, ==, day[0] != 0);
        if (strcmp(day, cases[i].expected) == 0)
            continue;
        wrong++;
        g_test_message("'%s': %s, not %s", cases[i].text, day,
                       cases[i].expected);
    }
    g_assert_cmpint(wrong, ==, 0);
}

static void
test_until_and_back(void)
{
    static const Case cases[] = {
        {"I am out of the office until Friday 27 March.", "2026-03-28"},
        {"Olen lomalla 20.3.2026 asti.", "2026-03-21"},
        {"Szabads\xc3\xa1gon vagyok m\xc3\xa1rcius 20-ig.", "2026-03-21"},
        {"20 Mart 2026 tarihine kadar izindeyim.", "2026-03-21"},
        {"Wracam do biura 23.03.2026.", "2026-03-23"},
        {"I'm away till the 19th.", "2026-03-20"},
        {"I shall be back at my desk on Monday, April 6th.", "2026-04-06"},
        {"I will not be back until 24 March 2026.", "2026-03-24"},
        {"I won't be returning before Thursday 26 March", "2026-03-26"},
        {"Annual leave through 3/20/2026. Back in the saddle 3/23.",
         "2026-03-23"},
        {"I'm on leave from 9 March through 18 March inclusive.", "2026-03-19"},
        {"Out of office 11-13 March, thanks for your patience", "2026-03-14"},
        {"I will be travelling April 2 - April 9 with little connectivity",
         "2026-04-10"},
        {"I'll be out July 10-31.", "2026-08-01"},
        {"Returning 2026-03-30.", "2026-03-30"},
        {"From 16 March I will be available again.", "2026-03-16"},
        {"I am on leave between 10 and 17 March.", "2026-03-18"},
        {"I will reply when I return on the 25th of March.", "2026-03-25"},
        {"I will be unavailable until 2 April.", "2026-04-03"},
        {"I won't be available until 2 April.", "2026-04-02"},
        {"Away from my desk until Wednesday", "2026-03-12"},
        {"I'm out sick today.", "2026-03-11"},
        {"Closed until the end of March.", "2026-04-01"},
        {"On maternity leave until September.", "2026-09-01"},
        {"I am on sabbatical until mid-June", "2026-06-16"},
        {"Our office reopens; I return to work on 1 April at 9:30.",
         "2026-04-01"},
        {"I'm away until 12.04. For urgent matters call 0171 555 01 42.",
         "2026-04-13"},
    };

    check(cases, G_N_ELEMENTS(cases));
}

static void
test_relative(void)
{
    static const Case cases[] = {
        {"I'm travelling and will be back next Monday.", "2026-03-16"},
        {"Back tomorrow!", "2026-03-11"},
        {"I'll be back in two weeks.", "2026-03-24"},
        {"I will be offline for a week.", "2026-03-17"},
        {"Back in the office next week", "2026-03-16"},
        {"Back on Friday", "2026-03-13"},
        {"Not in the office until next Tuesday", "2026-03-17"},
        {"Ich bin morgen wieder da.", "2026-03-11"},
        {"Ich bin ab nächster Woche wieder für Sie erreichbar.", "2026-03-16"},
        {"Je serai de retour dans dix jours.", "2026-03-20"},
        {"Estaré de vuelta la semana que viene.", "2026-03-16"},
        {"Vuelvo en dos semanas, gracias.", "2026-03-24"},
        {"Ik ben over twee weken weer terug.", "2026-03-24"},
        {"Rientro tra una settimana.", "2026-03-17"},
        {"Volto na próxima semana ao escritório.", "2026-03-16"},
        {"Wracam za dwa tygodnie, dziękuję.", "2026-03-24"},
        {"I'll be back after Easter.", "2026-04-07"},
        {"Out for the rest of the week; back Monday", "2026-03-16"},
    };

    check(cases, G_N_ELEMENTS(cases));
}

static void
test_german(void)
{
    static const Case cases[] = {
        {"Ich bin bis 27.03.2026 nicht im Haus.", "2026-03-28"},
        {"Vom 9. bis 20. März bin ich im Urlaub.", "2026-03-21"},
        {"Ich bin vom 09.03. bis einschließlich 18.03. abwesend.",
         "2026-03-19"},
        {"Ab Donnerstag, den 19. März, bin ich wieder im Büro.", "2026-03-19"},
        {"Ich bin erst ab 2.4. wieder erreichbar.", "2026-04-02"},
        {"Ich kehre nicht vor dem 13. April zurück.", "2026-04-13"},
        {"Ich bin in KW 12 und KW 13 nicht da, ab KW 14 bin ich zurück.",
         "2026-03-30"},
        {"Bin bis einschließlich KW 12 im Urlaub", "2026-03-23"},
        {"Meine Rückkehr ist am 01.07.2026 geplant.", "2026-07-01"},
        {"Ich bin am Montag wieder für Sie da.", "2026-03-16"},
        {"Bis zum 31.3. bin ich leider nicht erreichbar. Ihre Mail wird "
         "nicht weitergeleitet.",
         "2026-04-01"},
        {"Sie erreichen mich wieder ab dem 16. März. Danke", "2026-03-16"},
        {"Ich bin bis Ende März in Elternzeit.", "2026-04-01"},
        {"Ich bin im Urlaub und vom 10. bis 24. April nicht zu erreichen.",
         "2026-04-25"},
    };

    check(cases, G_N_ELEMENTS(cases));
}

static void
test_romance(void)
{
    static const Case cases[] = {
        {"Je suis en congés du 9 au 20 mars inclus.", "2026-03-21"},
        {"Absente jusqu'au 27 mars, je traiterai votre message ensuite.",
         "2026-03-28"},
        {"De retour au bureau le mercredi 1er avril.", "2026-04-01"},
        {"Je serai à nouveau joignable à partir du 17 mars.", "2026-03-17"},
        {"Je ne serai pas de retour avant le 6 avril.", "2026-04-06"},
        {"Je reprends le travail le 04/05/2026.", "2026-05-04"},
        {"Estoy de vacaciones del 9 al 22 de marzo.", "2026-03-23"},
        {"Me reincorporo el próximo lunes 16.", "2026-03-16"},
        {"No vuelvo hasta el 7 de abril.", "2026-04-07"},
        {"Estaré ausente hasta el viernes 13 de marzo inclusive.",
         "2026-03-14"},
        {"A partir del 17 de marzo estaré disponible de nuevo.", "2026-03-17"},
        {"Sono in ferie fino al 20 marzo compreso.", "2026-03-21"},
        {"Sarò assente dal 9 al 13 marzo.", "2026-03-14"},
        {"Rientrerò in ufficio lunedì 23 marzo 2026.", "2026-03-23"},
        {"Non tornerò prima del 7 aprile", "2026-04-07"},
        {"Estarei de férias até 20 de março.", "2026-03-21"},
        {"Estou ausente de 9 a 20 de março, volto dia 23.", "2026-03-23"},
        {"Regresso ao escritório na segunda-feira, 16 de março.", "2026-03-16"},
        {"Retornarei em 06/04/2026.", "2026-04-06"},
    };

    check(cases, G_N_ELEMENTS(cases));
}

static void
test_others(void)
{
    static const Case cases[] = {
        {"Ik ben tot en met vrijdag 20 maart afwezig.", "2026-03-21"},
        {"Vanaf 23 maart ben ik weer bereikbaar.", "2026-03-23"},
        {"Ik ben van 9 t/m 18 maart met vakantie.", "2026-03-19"},
        {"Ik ben tot 1 april niet bereikbaar.", "2026-04-02"},
        {"Jestem na urlopie do 20 marca.", "2026-03-21"},
        {"Jestem nieobecny od 9 do 18 marca. Wracam 19.03.2026.", "2026-03-19"},
        {"Będę dostępna ponownie od 23 marca 2026 r.", "2026-03-23"},
        {"Wrócę do biura w poniedziałek, proszę o cierpliwość.", "2026-03-16"},
        {"Jag är tillbaka på kontoret den 23 mars.", "2026-03-23"},
        {"Jag har semester till och med 20 mars.", "2026-03-21"},
        {"Jeg er på ferie til og med den 20. marts og er tilbage igen den "
         "23. marts.",
         "2026-03-23"},
        {"Jeg er tilbake på kontoret 7. april.", "2026-04-07"},
        {"Olen lomalla 20. maaliskuuta asti. Palaan toimistolle 23.3.2026.",
         "2026-03-23"},
        {"Jsem na dovolené do 20. března, vracím se 23. března.", "2026-03-23"},
        {"休暇中です。3月16日に戻ります。", "2026-03-16"},
    };

    check(cases, G_N_ELEMENTS(cases));
}

/* Words without blanks, endings behind an apostrophe, other alphabets */
static void
test_other_scripts(void)
{
    static const Case cases[] = {
        {"3月20日(金)まで休暇をいただいております。", "2026-03-21"},
        {"3月16日(月)より出社いたします。", "2026-03-16"},
        {"2026年3月23日から通常どおり出社します。", "2026-03-23"},
        {"您好,我正在休假,3月16日返回办公室。", "2026-03-16"},
        {"本人休假至2026年3月20日。", "2026-03-21"},
        {"3월 20일까지 휴가입니다.", "2026-03-21"},
        {"3월 16일에 복귀합니다.", "2026-03-16"},
        {"Απουσιάζω από το γραφείο έως τις 20 Μαρτίου 2026.", "2026-03-21"},
        {"Θα επιστρέψω στις 23 Μαρτίου.", "2026-03-23"},
        {"20 Mart'a kadar ofis dışındayım.", "2026-03-21"},
        {"16 Mart Pazartesi günü ofise döneceğim.", "2026-03-16"},
        {"Március 16-án, hétfőn leszek újra az irodában.", "2026-03-16"},
        {"אני בחופשה עד 20.3.2026.", "2026-03-21"},
        {"أنا في إجازة حتى 20 مارس 2026.", "2026-03-21"},
        {"Я у відпустці до 20 березня.", "2026-03-21"},
        {"Ich bin bis Ende des Monats nicht im Büro.", "2026-04-01"},
        {"Ich bin in KW 11 und 12 nicht erreichbar.", "2026-03-23"},
        {"I am away through the end of next week.", "2026-03-23"},
        {"Jeg er på ferie i uke 12.", "2026-03-23"},
        {"3/12~3/20まで不在にしております。", "2026-03-21"},
        {"Estarei de férias de 12 a 20 de março.", "2026-03-21"},
        {"Regresso a 20 de março.", "2026-03-20"},
    };

    check(cases, G_N_ELEMENTS(cases));
}

/* As responders wrote them, and nobody had looked at before. */
static void
test_whole_answers(void)
{
    static const Case cases[] = {
        {"Sehr geehrte Damen und Herren,\n\nich bin vom 09.03. bis "
         "einschließlich 20.03.2026 nicht im Büro. Ihre E-Mail wird nicht "
         "weitergeleitet. Ab dem 23.03. bin ich wieder für Sie da.\n\nMit "
         "freundlichen Grüßen\nJ. Kunz",
         "2026-03-23"},
        {"Vielen Dank für Ihre Nachricht. Ich bin in KW 11 und 12 im Urlaub "
         "und habe keinen Zugriff auf meine Mails. In dringenden Fällen wenden "
         "Sie sich bitte an meine Kollegin Frau Ott (ott@initech.example).",
         "2026-03-23"},
        {"Ich bin diese Woche krank und ab Montag wieder erreichbar.",
         "2026-03-16"},
        {"Guten Tag, ich befinde mich bis einschließlich Ostermontag, 13. "
         "April, in Elternzeit.",
         "2026-04-14"},
        {"Hej! Jag är på semester v. 11 och är tillbaka måndag v. 12. Vid "
         "brådskande ärenden, kontakta växeln.",
         "2026-03-16"},
        {"Jag är föräldraledig t.o.m. 29 mars och läser inte min mejl.",
         "2026-03-30"},
        {"Dobrý den, do 22. března čerpám dovolenou. Na Váš e-mail odpovím po "
         "návratu v pondělí 23. 3.",
         "2026-03-23"},
        {"Tisztelt Levélíró! 2026. március 9. és március 20. között "
         "szabadságon vagyok. Legközelebb március 23-án leszek elérhető.",
         "2026-03-23"},
        {"Március 16-ig nem vagyok az irodában, sürgős esetben keresse "
         "kollégámat.",
         "2026-03-17"},
        {"Θα απουσιάζω από το γραφείο έως και τις 20 Μαρτίου. Θα επιστρέψω τη "
         "Δευτέρα 23/3.",
         "2026-03-23"},
        {"Βρίσκομαι σε άδεια μέχρι τις 16 Μαρτίου 2026 με περιορισμένη "
         "πρόσβαση στο email μου.",
         "2026-03-17"},
        {"안녕하세요. 3월 9일부터 3월 13일까지 휴가입니다. 3월 16일(월)에 "
         "복귀하여 회신드리겠습니다.",
         "2026-03-16"},
        {"현재 출장 중으로 3월 20일까지 메일 확인이 어렵습니다. 급한 용무는 "
         "사무실로 연락 바랍니다.",
         "2026-03-21"},
        {"お世話になっております。3月9日から3月15日まで休暇を取得しております。"
         "16日以降に順次ご返信いたします。",
         "2026-03-16"},
        {"誠に勝手ながら、4月29日(水)~5月6日(水)"
         "まで休業とさせていただきます。5月7日(木)より通常営業いたします。",
         "2026-05-07"},
        {"您好!我正在休假,3月20日之前不在办公室,"
         "邮件回复可能不及时。急事请联系前台。",
         "2026-03-21"},
        {"您好,本周出差,下周一(3月16日)回公司后尽快回复您。", "2026-03-16"},
        {"شكراً لرسالتكم. أنا في إجازة حتى 22 مارس 2026 وسأعود إلى العمل يوم "
         "الاثنين 23 مارس.",
         "2026-03-23"},
        {"أنا خارج المكتب هذا الأسبوع. سأعود يوم الاثنين القادم.",
         "2026-03-16"},
        {"Merhaba, 20 Mart 2026 tarihine kadar yıllık izindeyim. 23 Mart "
         "Pazartesi günü ofiste olacağım.",
         "2026-03-23"},
        {"Вітаю! Я у відпустці до 15 березня включно, відповім після "
         "повернення.",
         "2026-03-16"},
        {"Guten Tag, ich bin heute nicht mehr am Platz und erst wieder am "
         "Montag im Haus.",
         "2026-03-16"},
        {"Liebe Absenderin, lieber Absender, ich bin über Ostern im Urlaub und "
         "ab Dienstag, 7. April wieder erreichbar. Ihre Nachricht wird nicht "
         "gelesen.",
         "2026-04-07"},
        {"Ich bin in dieser Woche auf einer Fortbildung. Ab kommender Woche "
         "bin ich wieder da.",
         "2026-03-16"},
        {"Ich bin derzeit krankgeschrieben, voraussichtlich bis zum 30.03.",
         "2026-03-31"},
        {"Bonjour, actuellement en formation, je ne pourrai vous répondre que "
         "lundi prochain. Merci de votre compréhension.",
         "2026-03-16"},
        {"En congé maternité jusqu'au dimanche 19 avril, je vous invite à "
         "contacter ma collègue Sophie (sophie@boite.example).",
         "2026-04-20"},
        {"Je serai absent aujourd’hui et demain. Je reprendrai mon activité "
         "jeudi matin.",
         "2026-03-12"},
        {"Estaré de permiso hasta el domingo 22 inclusive. Si es urgente, "
         "llamad a la centralita.",
         "2026-03-23"},
        {"Nuestra oficina permanecerá cerrada por Semana Santa del 30 de marzo "
         "al 5 de abril. Volveremos el lunes 6 de abril.",
         "2026-04-06"},
        {"Jestem na urlopie macierzyńskim, wracam do pracy po Świętach, 7 "
         "kwietnia.",
         "2026-04-07"},
        {"Dziś i jutro przebywam na szkoleniu. Na wiadomości odpowiem w "
         "czwartek.",
         "2026-03-12"},
        {"Hej! Jag är ledig över påsk och åter tisdag 7 april. Mvh Lena",
         "2026-04-07"},
        {"Jag är på konferens hela nästa vecka och svarar måndag den 23:e.",
         "2026-03-23"},
        {"Olen vuosilomalla viikot 11-13 ja palaan töihin maanantaina "
         "30.3.2026.",
         "2026-03-30"},
        {"Április 6-ig szabadságon vagyok, április 7-től ismét elérhető "
         "leszek.",
         "2026-04-07"},
        {"Το γραφείο μας θα παραμείνει κλειστό για το Πάσχα από 9 έως 13 "
         "Απριλίου. Επιστρέφουμε την Τρίτη 14 Απριλίου.",
         "2026-04-14"},
        {"안녕하세요, 다음 주까지 육아휴직 중입니다. 3월 23일 월요일에 복귀 "
         "예정이며, 급한 건은 02-555-0100으로 연락 주세요.",
         "2026-03-23"},
        {"お世話になります。現在、出張のため不在にしております。来週20日(金)"
         "まで対応ができません。23日(月)に出社いたします。",
         "2026-03-23"},
        {"誠に恐れ入りますが、本日より3月16日まで夏季休暇をいただいております"
         "。",
         "2026-03-17"},
        {"我司清明节放假时间为4月4日至4月6日,4月7日恢复上班。", "2026-04-07"},
        {"Our office is closed through Thursday, March 19. We will reopen on "
         "Friday.",
         "2026-03-20"},
    };

    check(cases, G_N_ELEMENTS(cases));
}

static void
test_no_day(void)
{
    static const Case cases[] = {
        {"", ""},
        {"I was out of the office until 3 March.", ""},
        {"I'll be back on 1 December 2027.", ""},
        {"I will answer as soon as I can.", ""},
        {"Back in 5 minutes. Call me at 555 0142.", ""},
        {"Ich antworte Ihnen schnellstmöglich.", ""},
        {"I am out of office, please call +49 30 901820 until 17:30.", ""},
        {"The meeting is on 19 March.", ""},
        {"I'm away until 31/02/2026.", ""},
    };

    check(cases, G_N_ELEMENTS(cases));
}

/* 14 December 2026 is a Monday; 3 January belongs to the next year. */
static void
test_year_rolls_over(void)
{
    const int64_t december = TUESDAY + INT64_C(279) * 86400000;
    char day[11];

    g_assert_true(
        return_date_find("Back on 4 January", NULL, december, 0, day));
    g_assert_cmpstr(day, ==, "2027-01-04");
    g_assert_true(
        return_date_find("Bis 6.1. im Urlaub", "de", december, 0, day));
    g_assert_cmpstr(day, ==, "2027-01-07");
}

/* 04/05 is 4 May in Europe and 5 April in America. */
static void
test_day_month_order(void)
{
    char day[11];

    g_assert_true(
        return_date_find("I am back on 04/05/2026", NULL, TUESDAY, -300, day));
    g_assert_cmpstr(day, ==, "2026-04-05");
    g_assert_true(
        return_date_find("I am back on 04/05/2026", NULL, TUESDAY, 60, day));
    g_assert_cmpstr(day, ==, "2026-05-04");
    g_assert_true(return_date_find("Je suis de retour le 04/05/2026", NULL,
                                   TUESDAY, -300, day));
    g_assert_cmpstr(day, ==, "2026-05-04");
    g_assert_true(return_date_find("Out 03/09/2026 to 03/20/2026, I am back "
                                   "04/06/2026",
                                   NULL, TUESDAY, 120, day));
    g_assert_cmpstr(day, ==, "2026-04-06");
}

/* Late in the evening in Los Angeles it is tomorrow already in UTC. */
static void
test_zone_of_the_message(void)
{
    const int64_t evening = TUESDAY + INT64_C(18) * 3600000;
    char day[11];

    g_assert_true(return_date_find("Back tomorrow", "en", evening, -420, day));
    g_assert_cmpstr(day, ==, "2026-03-11");
    g_assert_true(return_date_find("Back tomorrow", "en", evening, 60, day));
    g_assert_cmpstr(day, ==, "2026-03-12");
}

static void
test_unknown_message_date(void)
{
    char day[11];

    g_assert_false(return_date_find("Back on 4 May", "en", 0, 0, day));
    g_assert_cmpstr(day, ==, "");
    g_assert_true(return_date_find("Back on 4 May 2026", "en", 0, 0, day));
    g_assert_cmpstr(day, ==, "2026-05-04");
}

static void
test_later(void)
{
    static const Case cases[] = {
        {"Please ping me again in the autumn.", "2026-09-01"},
        {"Check back in six months or so.", "2026-09-10"},
        {"I'm busy until September.", "2026-09-01"},
        {"Maybe next year.", "2027-01-01"},
        {"I only started here in January.", ""},
        {"Melden Sie sich gern in einem Jahr noch einmal.", "2027-03-10"},
        {"Vielleicht im Herbst wieder.", "2026-09-01"},
        {"Recontactez-moi en juin.", "2026-06-01"},
        {"Mejor hablamos después del verano.", "2026-09-01"},
        {"Na de zomer mag je me nog eens mailen.", "2026-09-01"},
        {"Possiamo risentirci a settembre?", "2026-09-01"},
        {"Proszę odezwać się po wakacjach.", "2026-09-01"},
        {"Fale comigo daqui a três meses.", "2026-06-10"},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        char day[11];
        return_date_find_later(cases[i].text, NULL, TUESDAY, 0, 400, day);
        g_test_message("%s", cases[i].text);
        g_assert_cmpstr(day, ==, cases[i].expected);
    }
}

/* A text built to be slow is read as fast as any other. */
static void
test_long_texts(void)
{
    static const char *const parts[] = {"until ", "1.",     "back on ",
                                        "-",      "3/4/5/", "not "};
    char day[11];

    for (size_t i = 0; i < G_N_ELEMENTS(parts); i++) {
        g_autoptr(GString) text = g_string_new(NULL);
        while (text->len < 200000)
            g_string_append(text, parts[i]);
        return_date_find(text->str, "en", TUESDAY, 0, day);
        g_assert_cmpstr(day, ==, "");
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/return-date/until-and-back", test_until_and_back);
    g_test_add_func("/return-date/other-scripts", test_other_scripts);
    g_test_add_func("/return-date/relative", test_relative);
    g_test_add_func("/return-date/german", test_german);
    g_test_add_func("/return-date/romance", test_romance);
    g_test_add_func("/return-date/others", test_others);
    g_test_add_func("/return-date/whole-answers", test_whole_answers);
    g_test_add_func("/return-date/no-day", test_no_day);
    g_test_add_func("/return-date/year-rolls-over", test_year_rolls_over);
    g_test_add_func("/return-date/day-month-order", test_day_month_order);
    g_test_add_func("/return-date/zone", test_zone_of_the_message);
    g_test_add_func("/return-date/unknown-message-date",
                    test_unknown_message_date);
    g_test_add_func("/return-date/later", test_later);
    g_test_add_func("/return-date/long-texts", test_long_texts);
    return g_test_run();
}
