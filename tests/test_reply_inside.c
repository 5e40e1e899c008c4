/* SPDX-License-Identifier: Apache-2.0 */
/* test_reply_inside.c - answers typed into the older mail */
#include "tracking/html-text.h"
#include "tracking/reply-text.h"
#include "tracking/sent-words.h"

#include <string.h>

#define HEAD                                                                   \
    "From: Maya Ott <maya@acme.example>\n"                                     \
    "Sent: Tuesday, March 10, 2026 9:15 AM\n"                                  \
    "To: Ann Lee <ann@example.org>\n"                                          \
    "Subject: Your next role\n\n"

static const char sent[] =
    "Your next role\n\nHi Ann,\n\n"
    "We met two years ago when you applied for the backend role, and I still "
    "remember our talk about compilers.\n\n"
    "Would you be open to a short call next week?\n"
    "Are you still in Leeds, or would you move to London?\n\n"
    "Show me the role: https://acme.example/c/abc\n\n"
    "Best regards,\nMaya Ott\n\nUnsubscribe: https://acme.example/u/xyz\n";

typedef struct {
    const char *path;
    bool knows_sent;
    const char *text, *reply, *sure; /* NULL: all of it */
} Case;

static const Case cases[] = {
    {"between-lines", true,
     "Hi Maya,\n\nsee below.\n\n" HEAD "Hi Ann,\n\n"
     "We met two years ago when you applied for the backend role, and I\n"
     "still remember our talk about compilers.\n\n"
     "Would you be open to a short call next week?\n\n"
     "Yes, Thursday after three.\n\n"
     "Are you still in Leeds, or would you move to London?\n"
     "I would rather stay.\n\n"
     "Show me the role<https://safelinks.example/?u=https%3A%2F%2Facme>\n\n"
     "Best regards,\nMaya Ott\n\nUnsubscribe<https://acme.example/u/xyz>\n",
     "Hi Maya,\n\nsee below.\n\nYes, Thursday after three.\n\n"
     "I would rather stay.",
     NULL},
    {"behind-the-question", true,
     "Hello.\n\n" HEAD "Hi Ann,\n\n"
     "We met two years ago when you applied for the backend role, and I still "
     "remember our talk about compilers.\n\n"
     "Would you be open to a short call next week? Gladly.\n"
     "Are you still in Leeds, or would you move to London? Still in Leeds.\n",
     "Hello.\n\nGladly.\nStill in Leeds.", NULL},
    {"nothing-above", true,
     HEAD "Hi Ann,\n\n"
          "We met two years ago when you applied for the backend role, and I "
          "still remember our talk about compilers.\n\n"
          "Would you be open to a short call next week?\n"
          "Yes.\n"
          "Are you still in Leeds, or would you move to London?\n"
          "Best regards,\nMaya Ott\n",
     "Yes.", NULL},
    {"typed-behind-greater", true,
     "On Tue, Mar 10, 2026 at 9:15 AM Maya Ott <maya@acme.example> wrote:\n"
     "> Hi Ann,\n>\n"
     "> We met two years ago when you applied for the backend role, and I\n"
     "> still remember our talk about compilers.\n>\n"
     "> Would you be open to a short call next week?\n> Yes, Thursday.\n"
     "> Are you still in Leeds, or would you move to London?\n",
     "Yes, Thursday.", NULL},
    {"untouched", true,
     "Not for me.\n\n" HEAD "Hi Ann,\n\n"
     "We met two years ago when you applied for the backend role, and I still "
     "remember our talk about compilers.\n\n"
     "Would you be open to a short call next week?\n"
     "Are you still in Leeds, or would you move to London?\n\n"
     "Show me the role\n\nBest regards,\nMaya Ott\n\nUnsubscribe\n",
     "Not for me.", NULL},
    {"another-mail", true,
     "Fine.\n\n" HEAD "Hi Ann,\n\nthe room is 4.12, bring your passport, "
     "and ask for me at the desk on the ground floor.\n\nMaya\n",
     "Fine.", NULL},
    {"older-thread", true,
     "Thanks.\n\n" HEAD "Hi Ann,\n\n"
     "We met two years ago when you applied for the backend role, and I still "
     "remember our talk about compilers.\n\n"
     "Would you be open to a short call next week?\nMonday.\n\n"
     "From: Ann Lee <ann@example.org>\nSent: 1 February 2024 10:00\n"
     "To: Maya Ott <maya@acme.example>\nSubject: Application\n\n"
     "I apply for the role.\n",
     "Thanks.\n\nMonday.", NULL},
    {"announced", false,
     "My answers are below.\n\n" HEAD "Would you talk?\nYes, gladly.\n\n"
     "To unsubscribe, click here.\n",
     "My answers are below.\n\nWould you talk?\nYes, gladly.\n\n"
     "To unsubscribe, click here.",
     "My answers are below."},
    {"not-announced", false, "No.\n\n" HEAD "Would you talk?\nYes.\n", "No.",
     NULL},
    {"forwarded", false,
     "See below.\n\n---------- Forwarded message ---------\n" HEAD
     "Would you talk?\n",
     "See below.", NULL},
    {"arrows", false,
     "Hello.\n\n" HEAD "Would you talk?\n=> Yes.\nWhere are you?\n"
     "=> In Leeds.\nRegards,\nMaya\n",
     "Hello.\n\nYes.\n\nIn Leeds.", NULL},
    {"name-in-brackets", false,
     "Hello.\n\n" HEAD "Would you talk?\n[Ann Lee] Yes.\nWhere are you?\n"
     "[AL] In Leeds.\nRegards,\nMaya\n",
     "Hello.\n\nYes.\n\nIn Leeds.", NULL},
};

static void
test_case(gconstpointer data)
{
    const Case *c = data;
    const ReplySource source = {.text = c->text,
                                .length = strlen(c->text),
                                .author = "Ann Lee",
                                .sent = c->knows_sent ? sent : NULL};
    ReplyReading reading;
    g_autofree char *got = reply_text_read(&source, &reading);
    g_autofree char *sure = g_strndup(got, reading.sure);

    g_assert_cmpstr(got, ==, c->reply);
    g_assert_cmpstr(sure, ==, c->sure ? c->sure : c->reply);
    g_assert_true(reading.older);
}

/* Outlook writes answers in the colour of a reply, or in red. */
static char *
outlook_html(const char *above, const char *answer)
{
    return g_strdup_printf(
        "<div class=WordSection1><p class=MsoNormal>%s</p>"
        "<div style='border:none;border-top:solid #E1E1E1 1.0pt;"
        "padding:3.0pt 0cm 0cm 0cm'><p class=MsoNormal><b>From:</b> Maya Ott "
        "&lt;maya@acme.example&gt;<br><b>Sent:</b> Tuesday, March 10, 2026 "
        "9:15 AM<br><b>To:</b> Ann Lee<br><b>Subject:</b> Role</p></div>"
        "<p class=MsoNormal>Would you talk? %s</p>"
        "<p class=MsoNormal>Regards, <a href='https://acme.example/' "
        "style='color:blue'>Maya</a></p></div>",
        above, answer);
}

typedef struct {
    const char *path, *above, *answer, *reply;
} Coloured;

static const Coloured coloured[] = {
    {"same-as-above", "<span style='color:#1F497D'>Hello.</span>",
     "<span style='color:#1F497D'>Yes.</span>", "Hello.\n\nYes."},
    {"announced", "My answers inline in red.", "<font color=red>Yes.</font>",
     "My answers inline in red.\n\nYes."},
    {"announced-rgb", "Siehe unten in Rot.",
     "<span style='background-color:white;color:rgb(192, 0, 0)'>Ja.</span>",
     "Siehe unten in Rot.\n\nJa."},
    {"ours", "Hello.", "<span style='color:red'>Apply now!</span>", "Hello."},
    {"grey", "<span style='color:#333'>Hello.</span>",
     "<span style='color:#333'>Soon.</span>", "Hello."},
};

static void
test_coloured(gconstpointer data)
{
    const Coloured *c = data;
    g_autofree char *html = outlook_html(c->above, c->answer);
    g_autofree char *got = html_reply_text(html, strlen(html));

    g_assert_cmpstr(got, ==, c->reply);
}

/* A mail of two parts: the colours are in the second. */
static void
test_two_parts(void)
{
    g_autofree char *html = outlook_html("My answers inline in red.",
                                         "<font color=red>Yes.</font>");
    InboundMail mail = {.text = (char *)"My answers inline in red.\n\n" HEAD
                                        "Would you talk? Yes.\nRegards, Maya\n",
                        .html = html};
    ReplyReading reading;
    g_autofree char *got = reply_text_of_mail(&mail, NULL, &reading);

    g_assert_cmpstr(got, ==, "My answers inline in red.\n\nYes.");
    g_assert_cmpint(reading.inside, ==, 1);
}

/* Signs without blanks between them are words, too. */
static void
test_japanese(void)
{
    const char *ours = "お世話になっております。\n"
                       "来週、お電話でお話しできますか。\n"
                       "勤務地は東京です。\n";
    const ReplySource source = {
        .text =
            "承知しました。\n\n"
            "差出人: 大津 <maya@acme.example>\n送信日時: 2026年3月10日 9:15\n"
            "宛先: ann@example.org\n件名: 求人\n\n"
            "お世話になっております。\n"
            "来週、お電話でお話しできますか。\n"
            "木曜日の午後なら可能です。\n"
            "勤務地は東京です。\n",
        .length = strlen(source.text),
        .sent = ours};
    ReplyReading reading;
    g_autofree char *got = reply_text_read(&source, &reading);

    g_assert_cmpstr(got, ==, "承知しました。\n\n木曜日の午後なら可能です。");
}

/* Repeating words must not be compared with every place they stand. */
static void
test_linear(void)
{
    g_autoptr(GString) ours = g_string_new(NULL);
    g_autoptr(GString) text = g_string_new("Hello.\n\n" HEAD);
    ReplySource source = {0};
    ReplyReading reading;

    for (int i = 0; i < 30000; i++) {
        g_string_append(ours, i % 5 ? "a " : "b ");
        g_string_append(text, i % 4 ? "a " : i % 3 ? "b " : "c\n");
    }
    source = (ReplySource){
        .text = text->str, .length = text->len, .sent = ours->str};
    g_autofree char *got = reply_text_read(&source, &reading);
    g_assert_true(g_str_has_prefix(got, "Hello."));
    g_assert_cmpuint(reply_text_steps(), <=, 40 * text->len);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *path =
            g_strdup_printf("/reply-inside/text/%s", cases[i].path);
        g_test_add_data_func(path, &cases[i], test_case);
    }
    for (gsize i = 0; i < G_N_ELEMENTS(coloured); i++) {
        g_autofree char *path =
            g_strdup_printf("/reply-inside/html/%s", coloured[i].path);
        g_test_add_data_func(path, &coloured[i], test_coloured);
    }
    g_test_add_func("/reply-inside/two-parts", test_two_parts);
    g_test_add_func("/reply-inside/japanese", test_japanese);
    g_test_add_func("/reply-inside/linear", test_linear);
    return g_test_run();
}
