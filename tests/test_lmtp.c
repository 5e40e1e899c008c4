/* SPDX-License-Identifier: Apache-2.0 */
/* test_lmtp.c - what a mail server may say, and where a mail ends */
#include "tracking/lmtp-session.h"

#include <string.h>

#define HELLO "LHLO mx\r\n"
#define START                                                                  \
    HELLO "MAIL FROM:<a@b.example>\r\nRCPT TO:<c@d.example>\r\nDATA\r\n"

typedef struct {
    GString *mails; /* "<sender> recipients|bytes#" of each; a@b.example is
                       not named */
    bool full;
} Box;

static bool
keep(gpointer data, GBytes *raw, const Envelope *envelope, GError **error)
{
    Box *box = data;
    gsize size;
    const char *bytes = g_bytes_get_data(raw, &size);

    if (box->full) {
        g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_NOSPC, "full");
        return false;
    }
    if (strcmp(envelope->sender, "a@b.example") != 0)
        g_string_append_printf(box->mails, "<%s> ", envelope->sender);
    for (const char *const *to = envelope->recipients; *to; to++)
        g_string_append_printf(box->mails, "%s ", *to);
    g_string_append_c(box->mails, '|');
    g_string_append_len(box->mails, bytes, (gssize)size);
    g_string_append_c(box->mails, '#');
    return true;
}

/* The first three digits of each answer, the greeting's and LHLO's lines
 * included. */
static char *
codes_of(const char *out)
{
    g_auto(GStrv) lines = g_strsplit(out, "\r\n", -1);
    GString *codes = g_string_new(NULL);

    for (char **line = lines; *line; line++)
        if (**line && (*line)[3] != '-')
            g_string_append_printf(codes, "%.3s ", *line);
    return g_strchomp(g_string_free(codes, FALSE));
}

static void
converse(const char *input, gsize length, gsize piece, bool full,
         const char *codes, const char *mails)
{
    Box box = {g_string_new(NULL), full};
    LmtpSession s;

    lmtp_session_init(&s, 1000, keep, &box);
    for (gsize at = 0; at < length; at += piece)
        lmtp_session_feed(&s, input + at, MIN(piece, length - at));
    g_autofree char *got = codes_of(s.out->str);
    g_assert_cmpstr(got, ==, codes);
    g_assert_cmpstr(box.mails->str, ==, mails);
    lmtp_session_clear(&s);
    g_string_free(box.mails, TRUE);
}

static const struct {
    const char *label, *input, *codes, *mails;
} rows[] = {
    {"plain", START "a\r\nb\r\n.\r\nQUIT\r\n", "220 250 250 250 354 250 221",
     "c@d.example |a\r\nb\r\n#"},
    {"empty", START ".\r\n", "220 250 250 250 354 250", "c@d.example |#"},
    {"stuffed", START "..a\r\n...\r\n.x\r\n.\r\n", "220 250 250 250 354 250",
     "c@d.example |.a\r\n..\r\nx\r\n#"},
    {"lf-dot-lf", START "a\n.\nb\r\n.\r\n", "220 250 250 250 354 250",
     "c@d.example |a\n.\nb\r\n#"},
    {"lf-dot-crlf", START "a\n.\r\nb\r\n.\r\n", "220 250 250 250 354 250",
     "c@d.example |a\n.\r\nb\r\n#"},
    {"crlf-dot-lf", START "a\r\n.\nb\r\n.\r\n", "220 250 250 250 354 250",
     "c@d.example |a\r\n\nb\r\n#"},
    {"cr-dot-cr", START "a\r.\rb\r\n.\r\n", "220 250 250 250 354 250",
     "c@d.example |a\r.\rb\r\n#"},
    {"crlf-dot-cr-x", START "a\r\n.\rb\r\n.\r\n", "220 250 250 250 354 250",
     "c@d.example |a\r\n\rb\r\n#"},
    {"crlf-dot-cr-crlf", START "a\r\n.\r\r\n.\r\n", "220 250 250 250 354 250",
     "c@d.example |a\r\n\r\r\n#"},
    {"two-recipients",
     HELLO "MAIL FROM:<>\r\nRCPT TO:<c@d.example>\r\nRCPT TO:<e@f.example>\r\n"
           "DATA\r\na\r\n.\r\n",
     "220 250 250 250 250 354 250 250", "<> c@d.example e@f.example |a\r\n#"},
    {"one-of-two",
     HELLO "MAIL FROM:<>\r\nRCPT TO:<bad>\r\nRCPT TO:<e@f.example>\r\n"
           "DATA\r\na\r\n.\r\n",
     "220 250 250 553 250 354 250", "<> e@f.example |a\r\n#"},
    {"none-of-one", HELLO "MAIL FROM:<>\r\nRCPT TO:<bad>\r\nDATA\r\n",
     "220 250 250 553 503", ""},
    {"two-mails",
     START "a\r\n.\r\nMAIL FROM:<>\r\nRCPT TO:<x@y.example>\r\n"
           "DATA\r\nb\r\n.\r\n",
     "220 250 250 250 354 250 250 250 354 250",
     "c@d.example |a\r\n#<> x@y.example |b\r\n#"},
    {"no-lhlo", "MAIL FROM:<a@b.example>\r\n", "220 503", ""},
    {"helo", "HELO x\r\nEHLO x\r\n", "220 500 500", ""},
    {"nested-mail", HELLO "MAIL FROM:<>\r\nMAIL FROM:<>\r\n", "220 250 250 503",
     ""},
    {"rset", HELLO "MAIL FROM:<>\r\nRCPT TO:<a@b.example>\r\nRSET\r\nDATA\r\n",
     "220 250 250 250 250 503", ""},
    {"size",
     HELLO "MAIL FROM:<> SIZE=1001\r\nMAIL FROM:<> SIZE=x\r\n"
           "MAIL FROM:<> SIZE=1000\r\n",
     "220 250 552 501 250", ""},
    {"parameters",
     HELLO "MAIL FROM:<> BODY=BINARYMIME\r\nMAIL FROM:<> BODY=8BITMIME\r\n"
           "RCPT TO:<a@b.example> NOTIFY=NEVER\r\n",
     "220 250 555 250 555", ""},
    {"utf8",
     HELLO "MAIL FROM:<\xc3\xa4@b.example>\r\n"
           "MAIL FROM:<\xc3\xa4@b.example> SMTPUTF8\r\n"
           "RCPT TO:<\xc3\xa4@b.example>\r\nRCPT TO:<\xe4@b.example>\r\n",
     "220 250 553 250 250 553", ""},
    {"paths",
     HELLO "MAIL FROM:<@x,@y:a@b.example>\r\n"
           "RCPT TO:<\"a>b\"@c.example>\r\nRCPT TO:a@b.example\r\n"
           "RCPT TO:<a@b.example\r\nRCPT TO:<a@>\r\nRCPT TO:<>\r\n",
     "220 250 250 250 501 501 553 553", ""},
    {"bare-lf", "LHLO mx\nLHLO mx\r\n", "220 500 250", ""},
    {"case", "lhlo mx\r\nmail from: <>\r\nrcpt To:<a@b.example>\r\n",
     "220 250 250 250", ""},
    {"after-quit", "QUIT\r\nLHLO mx\r\n", "220 221", ""},
};

/* Whatever the pieces are, the answers are the same. */
static void
test_row(gconstpointer data)
{
    gsize row = GPOINTER_TO_SIZE(data);
    gsize length = strlen(rows[row].input);

    for (gsize piece = 1; piece <= length; piece += piece < 4 ? 1 : 37)
        converse(rows[row].input, length, piece, false, rows[row].codes,
                 rows[row].mails);
    converse(rows[row].input, length, length, false, rows[row].codes,
             rows[row].mails);
}

static void
test_full(void)
{
    static const char input[] = START "a\r\n.\r\nQUIT\r\n";

    converse(input, strlen(input), 7, true, "220 250 250 250 354 451 221", "");
}

static void
test_too_big(void)
{
    g_autoptr(GString) input = g_string_new(START);

    for (int i = 0; i < 1001; i++)
        g_string_append_c(input, 'x');
    g_string_append(input, "\r\n.\r\nQUIT\r\n");
    converse(input->str, input->len, 100, false, "220 250 250 250 354 552 221",
             "");
}

static void
test_too_long_a_line(void)
{
    g_autoptr(GString) input = g_string_new("LHLO ");

    for (int i = 0; i < 100000; i++)
        g_string_append_c(input, 'x');
    g_string_append(input, "\r\nLHLO mx\r\n");
    converse(input->str, input->len, 1000, false, "220 500 250", "");
}

static void
test_too_many(void)
{
    g_autoptr(GString) input = g_string_new(HELLO "MAIL FROM:<>\r\n");
    Box box = {g_string_new(NULL), false};
    LmtpSession s;

    for (int i = 0; i <= LMTP_RECIPIENTS_MAX; i++)
        g_string_append_printf(input, "RCPT TO:<a%d@b.example>\r\n", i);
    lmtp_session_init(&s, 1000, keep, &box);
    lmtp_session_feed(&s, input->str, input->len);
    g_assert_true(g_str_has_suffix(s.out->str, "too many recipients\r\n"));
    g_assert_cmpuint(s.recipients->len, ==, LMTP_RECIPIENTS_MAX);
    for (int i = 0; i < LMTP_ERRORS_MAX; i++)
        lmtp_session_feed(&s, "WHAT\r\n", 6);
    g_assert_cmpint(s.state, ==, LMTP_CLOSED);
    g_assert_true(g_str_has_suffix(s.out->str, "too many errors\r\n"));
    lmtp_session_clear(&s);
    g_string_free(box.mails, TRUE);
}

/* A mail that is half here may come to its end; other clients go. */
static void
test_stop(void)
{
    Box box = {g_string_new(NULL), false};
    LmtpSession s;

    lmtp_session_init(&s, 1000, keep, &box);
    lmtp_session_feed(&s, START "a", strlen(START) + 1);
    lmtp_session_stop(&s);
    g_assert_cmpint(s.state, ==, LMTP_DATA);
    lmtp_session_feed(&s, "\r\n.\r\n", 5);
    g_assert_cmpstr(box.mails->str, ==, "c@d.example |a\r\n#");
    lmtp_session_stop(&s);
    g_assert_cmpint(s.state, ==, LMTP_CLOSED);
    g_assert_true(g_str_has_suffix(s.out->str, "421 4.3.2 closing\r\n"));
    lmtp_session_clear(&s);
    g_string_free(box.mails, TRUE);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *path =
            g_strdup_printf("/lmtp/session/%s", rows[i].label);
        g_test_add_data_func(path, GSIZE_TO_POINTER(i), test_row);
    }
    g_test_add_func("/lmtp/full", test_full);
    g_test_add_func("/lmtp/too-big", test_too_big);
    g_test_add_func("/lmtp/too-long-a-line", test_too_long_a_line);
    g_test_add_func("/lmtp/too-many", test_too_many);
    g_test_add_func("/lmtp/stop", test_stop);
    return g_test_run();
}
