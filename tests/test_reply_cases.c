/* SPDX-License-Identifier: Apache-2.0 */
/* test_reply_cases.c - replies as mail programs write them */
#include "tracking/html-text.h"
#include "tracking/reply-text.h"

#include <glib.h>
#include <string.h>

typedef struct {
    const char *path, *text, *reply;
} Case;

static const Case cases[] = {
    {"empty", "", ""},
    {"plain", "Hello\n\nI am interested.", "Hello\n\nI am interested."},
    {"crlf", "Yes.\r\nNo.\r\n", "Yes.\nNo."},
    {"blank-runs", "\n\n\nYes.\n\n\n\nNo.\n\n", "Yes.\n\nNo."},
    {"quote-below",
     "Yes, gladly.\n\n"
     "On Tue, Mar 3, 2020 at 9:15 AM Ann Lee <ann@example.org> wrote:\n\n"
     "> Would you like to talk?\n> Ann",
     "Yes, gladly."},
    {"quote-above",
     "On Tue, Mar 3, 2020 at 9:15 AM Ann Lee <ann@example.org> wrote:\n"
     "> Would you like to talk?\n\nYes, gladly.",
     "Yes, gladly."},
    {"interleaved",
     "Hi Ann,\n\nOn 3 March 2020, Ann Lee wrote:\n> When?\n\nMonday.\n\n"
     "> Where?\nHere.\n",
     "Hi Ann,\n\nMonday.\n\nHere."},
    {"greeting-below-attribution",
     "On 3 March 2020, Ann Lee wrote:\n\nHi Ann,\n\n> When?\nMonday.\n",
     "Hi Ann,\n\nMonday."},
    {"wrapped-2",
     "Yes.\n\nOn Tue, Mar 3, 2020 at 9:15 AM Ann Lee via Some Long Service <\n"
     "reply+0123456789@mail.example.org> wrote:\n\n> Hi",
     "Yes."},
    {"wrapped-3",
     "Yes.\n\nOn Tue, Mar 3, 2020 at 9:15 AM Ann Lee\n<ann@example.org>\n"
     "wrote:\n> Hi",
     "Yes."},
    {"wrapped-bracket",
     "Ja.\n\ntir. 3. mar. 2020 kl. 09:15 skrev Anna Lund <anna@example.org\n"
     ">:\n\n> Hei",
     "Ja."},
    {"wrapped-quoted-printable",
     "Yes.\n\nOn Tue, Mar 3, 2020 at 9:15 AM Ann Lee <ann@example.org> w=\n"
     "rote:\n\n> Hi",
     "Yes."},
    {"line-above-not-eaten",
     "I can do 2020-03-09 at 10:00\n"
     "On Tue, Mar 3, 2020, Ann Lee <ann@example.org> wrote:\n> When?",
     "I can do 2020-03-09 at 10:00"},
    {"unquoted-tail",
     "Yes.\n\nOn Mar 3, 2020, at 9:15, Ann Lee <ann@example.org> wrote:\n\n"
     "Would you like to talk?\n\nAnn",
     "Yes."},
    {"on-is-no-attribution",
     "On Monday I am free.\n\nOn the other hand, Tuesday is fine:\n\n"
     "both work.",
     "On Monday I am free.\n\nOn the other hand, Tuesday is fine:\n\n"
     "both work."},
    {"wrote-is-no-attribution", "As my boss wrote:\n\nwe are hiring, too.",
     "As my boss wrote:\n\nwe are hiring, too."},
    {"name-wrote-quote", "Yes.\n\nAnn Lee wrote:\n> Free?", "Yes."},
    {"address-wrote", "Yes.\n\nann@example.org wrote:\n\nFree?", "Yes."},
    {"appointment",
     "Yes.\n\n-----Original Appointment-----\nFrom: Ann Lee\n"
     "Sent: 3 March 2020 09:15\nTo: Bob\nSubject: A talk\n\nFree?",
     "Yes."},
    {"somebody-mentioned", "I asked ann@example.org and she wrote:\n\nno way.",
     "I asked ann@example.org and she wrote:\n\nno way."},
    {"first-person",
     "I wrote to you on 3 March 2020 at 9:15:\n\nI am not free.",
     "I wrote to you on 3 March 2020 at 9:15:\n\nI am not free."},
    {"lotus",
     "Yes.\n\nAnn Lee/Berlin/Example wrote on 03/03/2020 09:15:22 AM:\n\n"
     "> Free?",
     "Yes."},
    {"groupwise",
     "Yes.\n\n>>> Ann Lee <ann@example.org> 3/3/2020 9:15 AM >>>\n"
     "Are you free?\n\nAnn",
     "Yes."},
    {"horde", "Yes.\n\nQuoting Ann Lee <ann@example.org>:\n\n> Free?", "Yes."},
    {"horde-de", "Ja.\n\nZitat von Ann Lee <ann@example.org>:\n\n> Frei?",
     "Ja."},
    {"mutt", "Yes.\n\n* Ann Lee <ann@example.org> [2020-03-03 09:15]:\n> Free?",
     "Yes."},
    {"zoho",
     "Yes.\n\n"
     "---- On Tue, 03 Mar 2020 09:15:22 +0100 Ann Lee <ann@example.org> wrote "
     "----\n\nFree?",
     "Yes."},
    {"proton",
     "Yes.\n\n------- Original Message -------\n"
     "On Tuesday, March 3rd, 2020 at 9:15 AM, Ann Lee <ann@example.org> "
     "wrote:\n\n> Free?\n\nP below",
     "Yes.\n\nP below"},
    {"proton-hyphens",
     "Yes.\n\n‐‐‐‐‐‐‐ Original Message ‐‐‐‐‐‐‐\n"
     "On Tuesday, March 3rd, 2020 at 9:15 AM, Ann Lee <ann@example.org> "
     "wrote:\n\n> Free?",
     "Yes."},
    {"spark",
     "Yes.\nOn 3 Mar 2020, 09:15 +0100, Ann Lee <ann@example.org>, wrote:\n"
     "> Free?",
     "Yes."},
    {"outlook",
     "Yes.\n\n________________________________\n"
     "From: Ann Lee <ann@example.org>\nSent: Tuesday, 3 March 2020 09:15\n"
     "To: Bob <bob@example.org>\nSubject: A talk\n\nFree?",
     "Yes."},
    {"outlook-bold",
     "Yes.\n\n*From:* Ann Lee [mailto:ann@example.org]\n"
     "*Sent:* Tuesday, 3 March 2020 09:15\n*To:* Bob\n*Subject:* A talk\n\n"
     "Free?",
     "Yes."},
    {"outlook-wrapped",
     "Yes.\n\nFrom: Ann Lee\n<ann@example.org>\n"
     "Sent: Tuesday, 3 March 2020 09:15\nTo: Bob <bob@example.org>; Carl\n"
     "<carl@example.org>\nSubject: A talk\n\nFree?",
     "Yes."},
    {"outlook-unknown-language",
     "Yes.\n\n________________________________\nQuien: Ann <ann@example.org>\n"
     "Cuando: 3 March 2020\nAquien: Bob\nQue: x\n\nFree?",
     "Yes."},
    {"header-on-top",
     "From: Ann Lee <ann@example.org>\nSent: Tuesday, 3 March 2020 09:15\n"
     "To: Bob\nSubject: A talk\n\nI answer below the header.",
     "I answer below the header."},
    {"travel-is-no-header", "My trip:\nFrom: Berlin\nTo: Munich\nDate: Friday",
     "My trip:\nFrom: Berlin\nTo: Munich\nDate: Friday"},
    {"one-label-is-no-header",
     "Subject: matter experts are what we are.\n\nBest of all:\n"
     "From: the heart",
     "Subject: matter experts are what we are.\n\nBest of all:\n"
     "From: the heart"},
    {"samsung",
     "Yes.\n\n-------- Original message --------\n"
     "From: Ann Lee <ann@example.org>\nDate: 3/3/20 09:15 (GMT+01:00)\n"
     "To: bob@example.org\nSubject: A talk\n\nFree?",
     "Yes."},
    {"outlook-indented",
     "Yes.\n\n\u00a0\u00a0From: Ann Lee <ann@example.org>\n"
     "\u00a0To: Bob <bob@example.org>\n\u200e\u00a0Sent: 3 March 2020 "
     "09:15\n\u00a0Subject: A talk\n\nFree?",
     "Yes."},
    {"samsung-one-line",
     "Yes.\n\n"
     "-------- Original message --------From: Ann Lee <ann@example.org> Date: "
     "3/3/20\nFree?",
     "Yes."},
    {"blackberry",
     "Yes.\n\n  Original Message  \nFrom: Ann Lee\n"
     "Sent: Tuesday, March 3, 2020 9:15\nTo: Bob\nSubject: A talk\n\nFree?",
     "Yes."},
    {"apple-forward",
     "Have a look.\n\nBegin forwarded message:\n\n"
     "> From: Ann Lee <ann@example.org>\n> Subject: A talk\n>\n> Free?\n\n"
     "What do you say?",
     "Have a look.\n\nWhat do you say?"},
    {"reply-above",
     "Yes.\n\n##- Please type your reply above this line -##\n\nTicket 17",
     "Yes."},
    {"signature",
     "Yes.\n\n-- \nBob Ray\nhttps://bob.example\n\n"
     "I said what I said. Twice. And once more, to be sure of it.",
     "Yes."},
    {"signature-before-quote",
     "Yes.\n\n-- \nBob Ray\n\nOn 3 March 2020, Ann Lee wrote:\n> Free?\n\n"
     "And one more thing.",
     "Yes.\n\nAnd one more thing."},
    {"dashes-are-a-list", "I know\n-- Java\n-- Perl",
     "I know\n-- Java\n-- Perl"},
    {"rule-is-kept", "Skills\n-----\nJava\nPerl", "Skills\n-----\nJava\nPerl"},
    {"rule-with-card", "Yes.\n\n-----\nBob Ray\nEngineer\n+49 170 1234567",
     "Yes."},
    {"dash-then-ps", "Yes.\n\n--\nPS: I will be away in May.",
     "Yes.\n\n--\nPS: I will be away in May."},
    {"signoff",
     "Yes.\n\nBest regards,\nBob Ray\nEngineer, Example Ltd\n+49 170 1234567",
     "Yes."},
    {"signoff-inline-name", "Gerne.\n\nLG, Eva", "Gerne."},
    {"signoff-alone", "Yes.\n\nKind regards", "Yes."},
    {"signoff-emoji", "Yes.\n\nCheers 🎉\nBob", "Yes."},
    {"thanks-is-kept", "Not interested.\n\nThanks",
     "Not interested.\n\nThanks"},
    {"thanks-name", "Not interested.\n\nThanks,\nBob", "Not interested."},
    {"thanks-then-answer", "Hi Ann\nThanks\nMonday works for me",
     "Hi Ann\nThanks\nMonday works for me"},
    {"only-thanks", "Thanks!", "Thanks!"},
    {"signoff-mid-sentence",
     "With regards to the role, I have\nregards\n"
     "for it and want to know more.",
     "With regards to the role, I have\nregards\n"
     "for it and want to know more."},
    {"postscript", "Yes.\n\nBest regards,\nBob\n\nPS: call me on Friday.",
     "Yes.\n\nBest regards,\nBob\n\nPS: call me on Friday."},
    {"dashed-name", "Yes.\n\n-Bob", "Yes."},
    {"double-dashed-name", "Yes -- gladly.\n\n-- Bob", "Yes -- gladly."},
    {"avast",
     "Yes.\n\n<https://www.avast.com/sig-email?utm=1>\nVirus-free.\n"
     "www.avast.com\n<https://www.avast.com/sig-email?utm=1>",
     "Yes."},
    {"own-link", "Look:\n\n<https://bob.example/cv>",
     "Look:\n\n<https://bob.example/cv>"},
    {"dashed-list", "I know:\n\n-Java", "I know:\n\n-Java"},
    {"tagline", "Yes.\n\nSent from my iPhone", "Yes."},
    {"tagline-excuse", "Yes.\n\nSent from my phone, please excuse typos.",
     "Yes."},
    {"tagline-link", "Yes.\n\nGet Outlook for iOS<https://aka.example/o0ukef>",
     "Yes."},
    {"tagline-then-older",
     "Yes.\n\nVon meinem iPhone gesendet\n\n"
     "Guten Tag Herr Ray, haben Sie Zeit?",
     "Yes."},
    {"courier-is-prose",
     "My papers:\n\nSent by courier yesterday\n\nThey should be there soon.",
     "My papers:\n\nSent by courier yesterday\n\nThey should be there soon."},
    {"tagline-then-ps", "Yes.\n\nSent from my iPhone\n\nPS: not in May.",
     "Yes.\n\nPS: not in May."},
    {"tagline-like-prose",
     "The invitation was sent from my office.\n\n"
     "Sent from my desk, which is easier than the phone.",
     "The invitation was sent from my office.\n\n"
     "Sent from my desk, which is easier than the phone."},
    {"banner",
     "CAUTION: This email originated from outside of the organization. Do not "
     "click links.\n\nYes.",
     "Yes."},
    {"banner-later-is-kept",
     "Yes.\n\nWarning: do not click the link I sent before.",
     "Yes.\n\nWarning: do not click the link I sent before."},
    {"external-is-prose", "External audits are my trade.",
     "External audits are my trade."},
    {"disclaimer",
     "Yes.\n\n"
     "This e-mail and any attachments are confidential and intended solely\n"
     "for the addressee. If you are not the addressee, delete it.\n\n"
     "Example Ltd, registered in England",
     "Yes."},
    {"disclaimer-wrapped",
     "Sì.\n\n"
     "Le informazioni contenute in questo messaggio e negli allegati sono\n"
     "riservate e ad uso esclusivo del destinatario.",
     "Sì."},
    {"confidential-prose",
     "I am open.\n\nThis message is confidential, please do not tell my boss.",
     "I am open.\n\n"
     "This message is confidential, please do not tell my boss."},
    {"list-footer",
     "Yes.\n\n_______________________________________________\n"
     "users mailing list\nusers@lists.example.org",
     "Yes."},
    {"code", "See:\n\n```\n> not a quote\n-- \nFrom: x\n```\n\nClear?",
     "See:\n\n```\n> not a quote\n--\nFrom: x\n```\n\nClear?"},
    {"mbox-from", ">From my point of view it is fine.\n",
     ">From my point of view it is fine."},
    {"greater-than", "My wish:\n>=80k\nand remote.",
     "My wish:\n>=80k\nand remote."},
    {"initials", "Yes.\n\nAL> Are you\nAL> free?\n", "Yes."},
    {"torn",
     "No.\n\nOn 3 March 2020, Ann Lee wrote:\n"
     "> This is a long line that some program has broken in two at the\n"
     "seventieth column.\n> Bye",
     "No."},
    {"zh",
     "好的，周一可以。\n\n在 2020年3月3日，上午9:15，李安 <ann@example.org> "
     "写道：\n\n> 周一可以吗？",
     "好的，周一可以。"},
    {"zh-wrapped",
     "好的。\n\n李安 <ann@example.org>\n于2020年3月3日周二 上午9:15写道：\n\n"
     "> 周一可以吗？",
     "好的。"},
    {"name-first-wrapped",
     "Ja.\n\nAnna Lang\n<anna@example.org>\nschrieb am Di., 3. März 2020, "
     "09:15:\n\n> Frei?",
     "Ja."},
    {"card-above-attribution",
     "Yes, ask my boss:\nCarl <carl@example.org>\n"
     "On Tue, Mar 3, 2020, Ann Lee <ann@example.org> wrote:\n> Free?",
     "Yes, ask my boss:\nCarl <carl@example.org>"},
    {"zh-outlook",
     "好的。\n\n发件人: 李安 <ann@example.org>\n发送时间: 2020年3月3日 "
     "9:15\n收件人: Bob\n"
     "主题: 谈谈\n\n可以吗？",
     "好的。"},
    {"zh-qq",
     "好的。\n\n\n------------------&nbsp;原始邮件&nbsp;------------------\n"
     "发件人: \"李安\" <ann@example.org>;\n发送时间: 2020年3月3日(星期二) "
     "上午9:15\n\n可以吗？",
     "好的。"},
    {"ja",
     "はい、月曜日で大丈夫です。\n\n2020年3月3日(火) 9:15 田中 "
     "<tanaka@example.org>:\n\n"
     "> いかがでしょうか。",
     "はい、月曜日で大丈夫です。"},
    {"ja-signoff", "月曜日に伺います。\n\nよろしくお願いいたします。\n山田",
     "月曜日に伺います。"},
    {"ko",
     "네, 월요일 괜찮습니다.\n\n"
     "2020년 3월 3일 (화) 오전 9:15, Ann Lee <ann@example.org>님이 작성:\n\n> "
     "언제 가능하세요?",
     "네, 월요일 괜찮습니다."},
    {"ko-outlook",
     "네.\n\n보낸 사람: Ann Lee <ann@example.org>\n보낸 날짜: 2020년 3월 3일 "
     "화요일 오전 9:15\n"
     "받는 사람: Bob\n제목: 면담\n\n가능하세요?",
     "네."},
    {"ar",
     "نعم، الاثنين مناسب.\n\n"
     "في الثلاثاء، ٣ مارس ٢٠٢٠ في ٩:١٥ ص تمت كتابة ما يلي بواسطة Ann "
     "<ann@example.org>:\n\n> متى؟",
     "نعم، الاثنين مناسب."},
    {"he",
     "כן, יום שני מתאים.\n\n\u200fבתאריך יום ג׳, 3 במרץ 2020 ב-9:15 מאת Ann "
     "<\u202aann@example.org\u202c>:\n\n> מתי?",
     "כן, יום שני מתאים."},
    {"ru",
     "Да, в понедельник.\n\n"
     "вт, 3 мар. 2020 г. в 09:15, Анна <anna@example.org>:\n\n> Когда?",
     "Да, в понедельник."},
    {"ru-outlook",
     "Да.\n\nОт: Анна <anna@example.org>\nОтправлено: 3 марта 2020 г. 9:15\n"
     "Кому: Боб\nТема: Разговор\n\nКогда?",
     "Да."},
    {"uk",
     "Так.\n\nвт, 3 бер. 2020 р. о 09:15 Анна <anna@example.org> пише:\n\n"
     "> Коли?",
     "Так."},
    {"el",
     "Ναι.\n\n"
     "Στις Τρί 3 Μαρ 2020 στις 9:15 π.μ., ο χρήστης Άννα <anna@example.org>\n"
     "έγραψε:\n\n> Πότε;",
     "Ναι."},
    {"tr",
     "Evet.\n\n"
     "Ayşe Kaya <ayse@example.org>, 3 Mar 2020 Sal, 09:15 tarihinde şunu "
     "yazdı:\n\n> Ne zaman?",
     "Evet."},
    {"hu",
     "Igen.\n\n"
     "Kiss Anna <anna@example.org> ezt írta (időpont: 2020. márc. 3., K, "
     "9:15):\n\n> Mikor?",
     "Igen."},
    {"cs",
     "Ano.\n\n"
     "út 3. 3. 2020 v 9:15 odesílatel Anna Nová <anna@example.org> napsal:\n\n"
     "> Kdy?",
     "Ano."},
    {"cs-seznam",
     "Ano.\n\n---------- Původní e-mail ----------\n"
     "Od: Anna Nová <anna@example.org>\nKomu: bob@example.org\n"
     "Datum: 3. 3. 2020 9:15:22\nPředmět: Schůzka\nKdy?",
     "Ano."},
    {"fi",
     "Kyllä.\n\n"
     "ti 3. maalisk. 2020 klo 9.15 Anna Laine (anna@example.org) kirjoitti:\n"
     "\n> Milloin?",
     "Kyllä."},
    {"fi-outlook",
     "Kyllä.\n\nLähettäjä: Anna Laine <anna@example.org>\n"
     "Lähetetty: tiistai 3. maaliskuuta 2020 9.15\nVastaanottaja: Bob\n"
     "Aihe: Tapaaminen\n\nMilloin?",
     "Kyllä."},
    {"ro",
     "Da.\n\n"
     "Pe mar., 3 mar. 2020 la 09:15, Ana Pop <ana@example.org> a scris:\n\n"
     "> Când?",
     "Da."},
    {"vi",
     "Vâng.\n\n"
     "Vào Th 3, 3 thg 3, 2020 lúc 09:15 Anna <anna@example.org> đã viết:\n\n"
     "> Khi nào?",
     "Vâng."},
    {"pt-outlook",
     "Sim.\n\nDe: Ana Reis <ana@example.org>\n"
     "Enviado: terça-feira, 3 de março de 2020 09:15\nPara: Bob\n"
     "Assunto: Conversa\n\nQuando?",
     "Sim."},
    {"tr-outlook",
     "Evet.\n\nKimden: Ayşe Kaya <ayse@example.org>\n"
     "Gönderildi: 3 Mart 2020 Salı 09:15\nKime: Bob\nKonu: Görüşme\n\n"
     "Ne zaman?",
     "Evet."},
    {"de-signoff",
     "Ja, gern.\n\nMit freundlichen Grüßen\n\nEva Muster\n\n"
     "Muster GmbH | Hauptstraße 1 | 10115 Berlin",
     "Ja, gern."},
    {"de-question-kept", "Danke, Adam\n\nMir geht es gut.",
     "Danke, Adam\n\nMir geht es gut."},
    {"fr-signoff", "Oui, lundi.\n\nBien cordialement,\nAnne", "Oui, lundi."},
    {"forward-only",
     "---------- Forwarded message ---------\n"
     "From: Ann Lee <ann@example.org>\nDate: Tue, Mar 3, 2020\n"
     "Subject: A talk\nTo: Bob\n\nFree?",
     "Free?"},
    {"original-only",
     "-----Original Message-----\nFrom: Ann Lee <ann@example.org>\n"
     "Sent: 3 March 2020 09:15\nTo: Bob\nSubject: x\n\nFree?",
     ""},
    {"original-on-top",
     "-----Original Message-----\nFrom: Ann Lee <ann@example.org>\n"
     "Sent: 3 March 2020 09:15\nTo: Bob\nSubject: x\n\n> Free?\n\nYes.",
     "Yes."},
    {"quote-only", "> Free?\n> Ann", ""},
};

static void
test_reply(gconstpointer data)
{
    const Case *c = data;
    g_autofree char *got = reply_text_extract(c->text, strlen(c->text));

    g_assert_cmpstr(got, ==, c->reply);
}

/* Ninety replies of twenty languages and forty clients. */
static void
test_clients(void)
{
    g_autofree char *all = NULL;
    g_autoptr(GError) error = NULL;
    g_auto(GStrv) lines = NULL;
    int wrong = 0;

    g_file_get_contents("tests/data/replies.tsv", &all, NULL, &error);
    g_assert_no_error(error);
    lines = g_strsplit(g_strchomp(all), "\n", -1);
    for (char **line = lines; *line; line++) {
        g_auto(GStrv) cell = g_strsplit(*line, "\t", 5);
        if (**line == '#' || strcmp(cell[1], "client") == 0)
            continue;
        g_autofree char *mail = g_strcompress(cell[3]);
        g_autofree char *reply = g_strcompress(cell[4]);
        g_autofree char *got = strcmp(cell[2], "html") == 0
                                   ? html_reply_text(mail, strlen(mail))
                                   : reply_text_extract(mail, strlen(mail));
        if (strcmp(got, reply) == 0)
            continue;
        wrong++;
        g_test_message("%s %s: %s", cell[0], cell[1], got);
    }
    g_assert_cmpint(wrong, ==, 0);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *path =
            g_strdup_printf("/reply-text/reply/%s", cases[i].path);
        g_test_add_data_func(path, &cases[i], test_reply);
    }
    g_test_add_func("/reply-text/clients", test_clients);
    return g_test_run();
}
