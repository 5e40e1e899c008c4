/* SPDX-License-Identifier: Apache-2.0 */
/* test_reply_text.c - the author's own words: languages, limits, forwards */
#include "tracking/reply-text.h"

#include "nurture/datafile.h"
#include "tracking/html-text.h"
#include "tracking/reply-lines.h"

#include <glib.h>
#include <string.h>

/* --- every row of the data files runs its own examples ------------------- */

static const char *
cell(const DataFile *file, guint row, const char *column)
{
    return datafile_row(file, row)->cell[datafile_column(file, column)];
}

static bool
is_attribution(const char *text)
{
    g_autoptr(ReplyLines) lines = reply_lines_new(text, strlen(text));

    return reply_attribution_lines(lines, 0) > 0;
}

static bool
is_separator(const char *text)
{
    g_autoptr(ReplyLines) lines = reply_lines_new(text, strlen(text));

    return reply_separator_role(lines, 0) != 0;
}

static bool
is_label(const char *text)
{
    return reply_header_label(text, strlen(text), NULL) != 0;
}

static bool
is_signoff(const char *text)
{
    g_autoptr(ReplyLines) lines = reply_lines_new(text, strlen(text));

    return reply_line_signoff(&lines->line[0]) != 0;
}

static bool
is_tagline(const char *text)
{
    g_autoptr(ReplyLines) lines = reply_lines_new(text, strlen(text));

    return reply_line_is_tagline(&lines->line[0]);
}

static bool
is_device(const char *text)
{
    g_autoptr(ReplyLines) lines = reply_lines_new(text, strlen(text));

    return reply_line_names_device(&lines->line[0]);
}

static bool
is_banner(const char *text)
{
    g_autoptr(ReplyLines) lines = reply_lines_new(text, strlen(text));

    return reply_line_is_banner(&lines->line[0]);
}

static bool
is_disclaimer(const char *text)
{
    g_autoptr(ReplyLines) lines = reply_lines_new(text, strlen(text));

    return reply_lines_disclaim(lines, 0);
}

static bool
is_announcement(const char *text)
{
    g_autoptr(ReplyLines) lines = reply_lines_new(text, strlen(text));

    return reply_line_announces(&lines->line[0]);
}

typedef bool (*LineTest)(const char *text);

static void
check_rows(const char *table, const char *column, const char *value,
           bool wanted, LineTest test)
{
    g_autofree char *path = g_strdup_printf("tracking/data/%s.tsv", table);
    g_autoptr(GError) error = NULL;
    g_autoptr(DataFile) file = datafile_load(path, &error);

    g_assert_no_error(error);
    for (guint i = 0; i < datafile_rows(file); i++) {
        if (column && g_str_equal(cell(file, i, column), value) != wanted)
            continue;
        if (!test(cell(file, i, "match"))) {
            g_test_message("%s:%d must match", table,
                           datafile_row(file, i)->line);
            g_test_fail();
        }
        if (test(cell(file, i, "unlike"))) {
            g_test_message("%s:%d must not match", table,
                           datafile_row(file, i)->line);
            g_test_fail();
        }
    }
}

static bool
is_separator_or_label(const char *text)
{
    return is_separator(text) || is_label(text);
}

static void
test_rows(void)
{
    check_rows("reply-attribution", NULL, NULL, true, is_attribution);
    check_rows("reply-headers", NULL, NULL, true, is_separator_or_label);
    check_rows("reply-signoff", NULL, NULL, true, is_signoff);
    check_rows("reply-tagline", "kind", "tagline", true, is_tagline);
    check_rows("reply-tagline", "kind", "device", true, is_device);
    check_rows("reply-banner", "kind", "banner", true, is_banner);
    check_rows("reply-banner", "kind", "disclaimer", true, is_disclaimer);
    check_rows("reply-inside", "kind", "inside", true, is_announcement);
}

/* --- whole replies, put together from the rows ---------------------------- */

/* Every language's attribution, above a quote and above older mail without
   '>', below an answer and before one. */
static void
test_attributions(void)
{
    g_autoptr(DataFile) file =
        datafile_load("tracking/data/reply-attribution.tsv", NULL);

    for (guint i = 0; i < datafile_rows(file); i++) {
        const char *line = cell(file, i, "match");
        const char *const tails[] = {"\n> Old.\n", "\n\n> Old.\n",
                                     "\n\nOld words.\n"};
        for (size_t k = 0; k < G_N_ELEMENTS(tails); k++) {
            g_autofree char *mail =
                g_strdup_printf("New words.\n\n%s%s", line, tails[k]);
            g_autofree char *got = reply_text_extract(mail, strlen(mail));
            g_assert_cmpstr(got, ==, "New words.");
        }
        g_autofree char *below = g_strdup_printf("%s\n> Old.\n\nNew.", line);
        g_autofree char *got = reply_text_extract(below, strlen(below));
        g_assert_cmpstr(got, ==, "New.");
    }
}

/* Outlook's head in every language: From, Sent, To, Subject of one language
   stand one after the other in the table. */
static void
test_heads(void)
{
    g_autoptr(DataFile) file =
        datafile_load("tracking/data/reply-headers.tsv", NULL);
    g_autoptr(GString) head = g_string_new(NULL);
    int heads = 0;

    for (guint i = 0; i < datafile_rows(file); i++) {
        const char *role = cell(file, i, "role");
        if (g_str_equal(role, "from"))
            g_string_assign(head, "");
        if (!g_str_equal(role, "reply"))
            g_string_append_printf(head, "%s\n", cell(file, i, "match"));
        if (!g_str_equal(role, "subject"))
            continue;
        g_autofree char *mail =
            g_strdup_printf("New words.\n\n%s\nOld words.\n", head->str);
        g_autofree char *got = reply_text_extract(mail, strlen(mail));
        g_assert_cmpstr(got, ==, "New words.");
        heads++;
    }
    g_assert_cmpint(heads, >=, 35);
}

static void
test_separators(void)
{
    g_autoptr(DataFile) file =
        datafile_load("tracking/data/reply-headers.tsv", NULL);
    int seen = 0;

    for (guint i = 0; i < datafile_rows(file); i++) {
        const char *line = cell(file, i, "match");
        if (!is_separator(line))
            continue;
        g_autofree char *mail =
            g_strdup_printf("New words.\n\n%s\n\nOld words.\n", line);
        g_autofree char *got = reply_text_extract(mail, strlen(mail));
        g_assert_cmpstr(got, ==, "New words.");
        seen++;
    }
    g_assert_cmpint(seen, >=, 60);
}

/* --- strangers' bytes ----------------------------------------------------- */

static const char *const hostile_units[] = {
    "On ",
    "\n",
    " ",
    "On Mon,\n",
    "On Mon, 3 Mar 2020 at 9:15\n",
    "> ",
    ">",
    "a@b.c <a@b.c>\n",
    "On 3 Mar 2020 <a@b.c> wrote ",
    "On 3 Mar 2020 <a@b.c> wrote\n",
    "On 3 Mar 2020 9:15 <a@b.c>\n",
    "On 3 Mar 2020 9:15 <a@b.c\n",
    "From: a\n",
    "From: a@b.c\nSent: 9:15\n",
    "--\n",
    "---\nx\n",
    "_________\na: b\n",
    "Sent from my iPhone\n",
    "Sent from my iPhone\n\n",
    "Regards\n",
    "Regards\nAnn\n",
    "```\n",
    "|",
    "wrote:\n",
    "wrote: ",
    "CAUTION ",
    "This message is confidential\n\n",
    "\xe3\x80\x80",
    "\xff",
    "\r",
    "\xd7\x9b\n",
    "A>\n",
    ">>> a@b.c 1/1/2020 9:15\n\n",
    "x=\n",
};

static void
test_hostile(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(hostile_units); i++) {
        g_autoptr(GString) text = g_string_new(NULL);
        while (text->len < 1024 * 1024)
            g_string_append(text, hostile_units[i]);
        g_autofree char *got = reply_text_extract(text->str, text->len);
        g_assert_true(g_utf8_validate(got, -1, NULL));
        g_assert_cmpuint(strlen(got), <=, 3 * REPLY_TEXT_MAX_BYTES);
        /* Each line is looked at a bounded number of times. */
        g_assert_cmpuint(reply_text_steps(), <=, 30 * REPLY_TEXT_MAX_BYTES);
    }
    g_assert_cmpuint(pattern_limit_hits(), ==, 0);
}

static void
test_limits(void)
{
    g_autoptr(GString) text = g_string_new(NULL);
    g_autofree char *got = NULL;
    int lines = 0;

    for (int i = 0; i < 2 * REPLY_TEXT_MAX_LINES; i++)
        g_string_append(text, "word\n");
    got = reply_text_extract(text->str, text->len);
    for (const char *p = got; *p; p++)
        lines += *p == '\n';
    g_assert_cmpint(lines, ==, REPLY_TEXT_MAX_LINES - 1);
}

static void
test_bytes(void)
{
    static const char text[] = "Caf\xe9\0 au lait\n> quoted\n";
    g_autofree char *got = reply_text_extract(text, sizeof text - 1);

    g_assert_cmpstr(got, ==, "Caf�� au lait");
}

/* --- forwarded mail ------------------------------------------------------- */

typedef struct {
    const char *text, *name, *address; /* NULL: none is found */
} Forwarded;

static const Forwarded forwarded[] = {
    {"Ask her.\n\n---------- Forwarded message ---------\n"
     "From: Ann Lee <Ann@Example.org>\nDate: 3 March 2020\nSubject: x\n",
     "Ann Lee", "ann@example.org"},
    {"Begin forwarded message:\n\n> From: \"Lee, Ann\" <ann@example.org>\n"
     "> Subject: x\n> Date: 3 March 2020\n",
     "Lee, Ann", "ann@example.org"},
    {"Von: Ann Lee [mailto:ann@example.org]\nGesendet: 3. März 2020 09:15\n"
     "An: Bob\nBetreff: x\n",
     "Ann Lee", "ann@example.org"},
    {"*From:* Ann Lee\n*Sent:* 3 March 2020 09:15\n*To:* b@example.org\n"
     "*Subject:* x\n",
     "Ann Lee", ""},
    {"Yes.\n\nFrom: the heart\n", NULL, NULL},
    {"", NULL, NULL},
};

static void
test_forwarded(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(forwarded); i++) {
        g_autofree char *name = NULL, *address = NULL;
        bool found = reply_text_forwarded(
            forwarded[i].text, strlen(forwarded[i].text), &name, &address);
        g_assert_cmpint(found, ==, forwarded[i].name != NULL);
        if (found) {
            g_assert_cmpstr(name, ==, forwarded[i].name);
            g_assert_cmpstr(address, ==, forwarded[i].address);
        }
    }
}

/* --- messages ------------------------------------------------------------- */

static void
test_mail(void)
{
    ReplyReading reading;
    InboundMail mail = {.text = (char *)"Plain.\n> Old",
                        .html = (char *)"<p>Rich</p>"};
    g_autofree char *plain = reply_text_of_mail(&mail, NULL, &reading);
    g_assert_cmpstr(plain, ==, "Plain.");

    mail.text_is_html = true;
    g_autofree char *rich = reply_text_of_mail(&mail, NULL, &reading);
    g_assert_cmpstr(rich, ==, "Rich");

    mail = (InboundMail){.text = (char *)"\n", .html = (char *)"<p>Rich</p>"};
    g_autofree char *blank = reply_text_of_mail(&mail, NULL, &reading);
    g_assert_cmpstr(blank, ==, "Rich");

    mail = (InboundMail){.text = (char *)"Monday.\n\nAnn\n\nAnn Lee\nLeeds",
                         .from_name = (char *)"Lee, Ann"};
    g_autofree char *named = reply_text_of_mail(&mail, NULL, &reading);
    g_assert_cmpstr(named, ==, "Monday.");

    mail = (InboundMail){0};
    g_autofree char *none = reply_text_of_mail(&mail, NULL, &reading);
    g_assert_cmpstr(none, ==, "");
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/reply-text/rows", test_rows);
    g_test_add_func("/reply-text/attributions", test_attributions);
    g_test_add_func("/reply-text/heads", test_heads);
    g_test_add_func("/reply-text/separators", test_separators);
    g_test_add_func("/reply-text/hostile", test_hostile);
    g_test_add_func("/reply-text/limits", test_limits);
    g_test_add_func("/reply-text/bytes", test_bytes);
    g_test_add_func("/reply-text/forwarded", test_forwarded);
    g_test_add_func("/reply-text/mail", test_mail);
    return g_test_run();
}
