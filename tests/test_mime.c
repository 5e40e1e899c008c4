/* SPDX-License-Identifier: Apache-2.0 */
/* test_mime.c - messages that every parser reads the same way */
#include "mta/mime.h"

#include "nurture/autoptr.h"
#include "nurture/error.h"

#include <gio/gio.h>
#include <string.h>

#define ID   "abcdefghijklmnop"
#define DATE INT64_C(1772528400000) /* 2026-03-03 09:00 UTC */

static const uint8_t secret[32] = {7};
static Workspace workspace;
static Keys *keys;

static ComposedMail
mail_new(void)
{
    return (ComposedMail){
        .from_name = g_strdup("Anna Schmidt, Example GmbH"),
        .from_address = g_strdup("anna@mail.example.org"),
        .to_name = g_strdup("J\303\266rg M\303\274ller"),
        .subject = g_strdup("Gr\303\274\303\237e aus Berlin"),
        .text = g_strdup("Hello,\n\nplain words.\n"),
        .html = g_strdup("<!doctype html><p>Hello \342\200\223 you</p>\n"),
        .language = g_strdup("de"),
        .list_name = g_strdup("Backend nurture"),
        .list_id = g_strdup("backend.list.mail.example.org"),
        .feedback_id = g_strdup("backend:senior:nurture:example1"),
        .unsubscribe_url = g_strdup("https://t.example.org/u/"
                                    "0123456789012345678901234567890123456"
                                    "78"),
        .help_url = g_strdup("https://example.org/privacy"),
        .auto_submitted = g_strdup("auto-generated"),
    };
}

static char *
assemble_kind(const ComposedMail *mail, const char *kind)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GBytes) bytes = message_assemble(
        mail, ID, kind, "joerg@example.net", DATE, &workspace, keys, &error);
    gsize n;
    const char *p;

    g_assert_no_error(error);
    p = g_bytes_get_data(bytes, &n);
    return g_strndup(p, n);
}

static char *
assemble(const ComposedMail *mail)
{
    return assemble_kind(mail, "campaign");
}

static void
assert_refused(const ComposedMail *mail, const char *says)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GBytes) bytes =
        message_assemble(mail, ID, "campaign", "joerg@example.net", DATE,
                         &workspace, keys, &error);

    g_assert_null(bytes);
    g_assert_error(error, NURTURE_ERROR, ERROR_INPUT);
    g_assert_nonnull(strstr(error->message, says));
}

static void
test_header_rows(void)
{
    char token[MAIL_TOKEN_TEXT], reply[MAIL_TOKEN_TEXT],
        unsubscribe[MAIL_TOKEN_TEXT];
    g_auto(ComposedMail) mail = mail_new();
    g_autofree char *text = assemble(&mail), *want = NULL;

    mail_token_make(keys, MAIL_TOKEN_MESSAGE_ID, ID, token);
    mail_token_make(keys, MAIL_TOKEN_REPLY, ID, reply);
    mail_token_make(keys, MAIL_TOKEN_UNSUBSCRIBE, ID, unsubscribe);
    want = g_strdup_printf(
        "From: \"Anna Schmidt, Example GmbH\" <anna@mail.example.org>\r\n"
        "To: =?UTF-8?b?SsO2cmcgTcO8bGxlcg==?= <joerg@example.net>\r\n"
        "Reply-To: \"Anna Schmidt, Example GmbH\"\r\n"
        " <replies+%s@mail.example.org>\r\n"
        "Subject: =?UTF-8?B?R3LDvMOfZQ==?= aus Berlin\r\n"
        "Date: Tue, 03 Mar 2026 09:00:00 +0000\r\n"
        "Message-ID: <%s@mail.example.org>\r\n"
        "List-Id: Backend nurture <backend.list.mail.example.org>\r\n"
        "List-Unsubscribe: <%s>,\r\n"
        " <mailto:replies+%s@mail.example.org>\r\n"
        "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"
        "List-Help: <https://example.org/privacy>\r\n"
        "List-Post: NO\r\n"
        "Feedback-ID: backend:senior:nurture:example1\r\n"
        "Auto-Submitted: auto-generated\r\n"
        "Content-Language: de\r\n"
        "MIME-Version: 1.0\r\n"
        "Content-Type: multipart/alternative; "
        "boundary=\"=_alternative_" ID "\"\r\n\r\n",
        reply, token, mail.unsubscribe_url, unsubscribe);
    text[strlen(want) < strlen(text) ? strlen(want) : 0] = '\0';
    g_assert_cmpstr(text, ==, want);
}

static void
test_same_bytes(void)
{
    g_auto(ComposedMail) mail = mail_new();
    g_autofree char *a = assemble(&mail), *b = assemble(&mail);

    g_assert_cmpstr(a, ==, b);
}

static void
test_other_kinds(void)
{
    static const char *const kinds[] = {"digest", "service", "test"};
    g_auto(ComposedMail) mail = mail_new();

    for (gsize i = 0; i < G_N_ELEMENTS(kinds); i++) {
        g_autofree char *text = assemble_kind(&mail, kinds[i]);
        g_assert_null(strstr(text, "\r\nList-"));
        g_assert_null(strstr(text, "\r\nFeedback-ID"));
        g_assert_nonnull(strstr(text, "\r\nReply-To: "));
    }
}

static void
test_optional_rows(void)
{
    g_auto(ComposedMail) mail = mail_new();
    g_autofree char *text = NULL;

    g_clear_pointer(&mail.unsubscribe_url, g_free);
    g_clear_pointer(&mail.auto_submitted, g_free);
    g_clear_pointer(&mail.to_name, g_free);
    mail.in_reply_to = g_strdup("first@mail.example.org");
    mail.reply_to = g_strdup("anna@example.org");
    text = assemble(&mail);
    g_assert_null(strstr(text, "List-Unsubscribe-Post"));
    g_assert_nonnull(strstr(text, "\r\nList-Unsubscribe: <mailto:"));
    g_assert_null(strstr(text, "Auto-Submitted"));
    g_assert_nonnull(strstr(text, "\r\nTo: <joerg@example.net>\r\n"));
    g_assert_nonnull(
        strstr(text, "\r\nIn-Reply-To: <first@mail.example.org>\r\n"));
    g_assert_nonnull(
        strstr(text, "\r\nReferences: <first@mail.example.org>\r\n"));
    g_assert_nonnull(strstr(text, " <anna@example.org>\r\n"));
}

/* One-click promises https; a page on plain http gets no promise. */
static void
test_one_click_needs_https(void)
{
    g_auto(ComposedMail) mail = mail_new();
    g_autofree char *text = NULL;

    g_free(mail.unsubscribe_url);
    mail.unsubscribe_url = g_strdup("http://t.example.org/u/x");
    text = assemble(&mail);
    g_assert_null(strstr(text, "List-Unsubscribe-Post"));
}

static void
test_hostile_values(void)
{
    g_auto(ComposedMail) mail = mail_new();
    g_autofree char *text = NULL;
    MailAttachment file = {.name = (char *)"../a\r\nBcc: e@e.test\".pdf",
                           .type = (char *)"x\r\nBcc: e/y",
                           .bytes = g_bytes_new_static("x", 1)};

    g_free(mail.subject);
    g_free(mail.from_name);
    g_free(mail.to_name);
    g_free(mail.list_name);
    mail.subject = g_strdup("Hi\r\nBcc: e@e.test\r\n\r\nbody");
    mail.from_name = g_strdup("A\r\nBcc: e@e.test");
    mail.to_name = g_strdup("B\nBcc: e@e.test \"x\\");
    mail.list_name = g_strdup("C\r\n\r\nD");
    mail.attachments = g_ptr_array_new();
    g_ptr_array_add(mail.attachments, &file);
    text = assemble(&mail); /* the guard would refuse a Bcc */
    g_assert_null(strstr(text, "\r\nBcc"));
    g_assert_null(strstr(text, "\nBcc"));
    g_assert_nonnull(strstr(text, "application/octet-stream"));
    g_bytes_unref(file.bytes);
}

static void
test_refused_values(void)
{
    static const char bad[] = "x@example.org>\r\nBcc: <e@e.test";
    g_auto(ComposedMail) mail = mail_new();
    struct {
        char **field;
        const char *value, *says;
    } cases[] = {
        {&mail.from_address, bad, "sender"},
        {&mail.reply_to, bad, "reply"},
        {&mail.subject, " \t", "subject"},
        {&mail.list_id, bad, "List-Id"},
        {&mail.feedback_id, "a\r\nBcc: x", "Feedback-ID"},
        {&mail.in_reply_to, bad, "In-Reply-To"},
        {&mail.unsubscribe_url, "https://x/ \r\nBcc: y", "List-Unsubscribe"},
        {&mail.unsubscribe_url, "https://x/>,<mailto:e@e", "List-Unsubscribe"},
        {&mail.help_url, "https://x\n", "List-Help"},
        {&mail.language, "de\r\nBcc: y", "Content-Language"},
        {&mail.auto_submitted, "x\ny", "Auto-Submitted"},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        char *good = *cases[i].field;
        *cases[i].field = (char *)cases[i].value;
        assert_refused(&mail, cases[i].says);
        *cases[i].field = good;
    }
}

/* Decode by GMime, which is not the code that encoded. */
static char *
decode_qp(const char *encoded)
{
    GMimeEncoding state;
    gsize n = strlen(encoded);
    char *out = g_malloc0(n + 8);

    g_mime_encoding_init_decode(&state, GMIME_CONTENT_ENCODING_QUOTEDPRINTABLE);
    n = g_mime_encoding_step(&state, encoded, n, out);
    out[n] = '\0';
    return out;
}

static void
test_quoted_printable(void)
{
    g_autofree char *row = g_strnfill(400, 'a');
    g_autofree char *umlauts = g_strdup("");
    const char *texts[] = {
        "short\r\n",
        ".\r\n..\r\n.leading dot\r\n",
        "From the start\r\nFrom\r\nFromage\r\n",
        "trailing space \r\ntrailing tab\t\r\n \r\n",
        "a=b =3D =\r\n",
        "\303\274\342\202\254\360\237\230\200\r\n",
        row,
        umlauts,
    };

    for (int i = 0; i < 100; i++) {
        char *more = g_strconcat(umlauts, "\303\274", i % 7 ? "" : ".", NULL);
        g_free(umlauts);
        umlauts = more;
    }
    texts[7] = umlauts;
    for (gsize i = 0; i < G_N_ELEMENTS(texts); i++) {
        g_autofree char *encoded = text_encode(texts[i], TEXT_QUOTED_PRINTABLE);
        g_autofree char *decoded = decode_qp(encoded);
        g_auto(GStrv) lines = g_strsplit(encoded, "\r\n", -1);
        g_assert_true(g_str_has_prefix(decoded, texts[i]));
        for (char **line = lines; *line; line++) {
            g_assert_cmpuint(strlen(*line), <=, 76);
            g_assert_false(**line == '.');
            g_assert_false(g_str_has_prefix(*line, "From "));
            g_assert_false(g_str_has_suffix(*line, " "));
        }
    }
}

static void
test_encoding_choice(void)
{
    g_autofree char *fits = g_strnfill(76, 'a');
    g_autofree char *wide = g_strnfill(77, 'a');
    const struct {
        const char *text;
        TextEncoding want;
    } cases[] = {
        {"plain\ntext\n", TEXT_7BIT},
        {"plain\r\ntext\r\n", TEXT_7BIT},
        {fits, TEXT_7BIT},
        {wide, TEXT_QUOTED_PRINTABLE},
        {"a\n.b\n", TEXT_QUOTED_PRINTABLE},
        {"a\nFrom b\n", TEXT_QUOTED_PRINTABLE},
        {"a \nb\n", TEXT_QUOTED_PRINTABLE},
        {"--=_alternative_x\n", TEXT_QUOTED_PRINTABLE},
        {"\303\274", TEXT_QUOTED_PRINTABLE},
        {"a\x01", TEXT_QUOTED_PRINTABLE},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++)
        g_assert_cmpint(text_encoding(cases[i].text), ==, cases[i].want);
}

static void
count_warning(gint64 offset, GMimeParserWarning code, const gchar *item,
              gpointer data)
{
    (void)offset;
    (void)item;
    g_test_message("GMime warning %d", (int)code);
    (*(int *)data)++;
}

static ComposedMail
rich_mail_new(GPtrArray *files)
{
    ComposedMail mail = mail_new();

    g_free(mail.subject);
    mail.subject = g_strdup(
        "A subject that is long enough to be folded more than once, with "
        "\303\274mlauts at its end and \360\237\230\200, and then some more");
    g_free(mail.text);
    mail.text = g_strdup("First line.\n.\nFrom here on \303\274.\n");
    mail.attachments = g_ptr_array_ref(files);
    return mail;
}

static GPtrArray *
files_new(void)
{
    static MailAttachment files[] = {
        {(char *)"logo.png", (char *)"image/png", (char *)"logo@nurture", NULL},
        {(char *)"r\303\251sum\303\251 f\303\274r Bewerber mit langem Namen "
                 "und noch mehr Namen.pdf",
         (char *)"application/pdf", NULL, NULL},
    };
    GPtrArray *list = g_ptr_array_new();

    for (gsize i = 0; i < G_N_ELEMENTS(files); i++) {
        if (!files[i].bytes)
            files[i].bytes = g_bytes_new_static("\0\1\2 any bytes", 13);
        g_ptr_array_add(list, &files[i]);
    }
    return list;
}

static void
test_gmime_agrees(void)
{
    g_autoptr(GPtrArray) files = files_new();
    g_auto(ComposedMail) mail = rich_mail_new(files);
    g_autofree char *text = assemble(&mail);
    g_autoptr(GMimeStream) stream =
        g_mime_stream_mem_new_with_buffer(text, strlen(text));
    g_autoptr(GMimeParser) parser = g_mime_parser_new_with_stream(stream);
    GMimeParserOptions *options = g_mime_parser_options_new();
    g_autoptr(GMimeMessage) message = NULL;
    GMimeObject *mixed, *alternative, *related;
    int warnings = 0;

    g_mime_parser_options_set_warning_callback(options, count_warning,
                                               &warnings);
    message = g_mime_parser_construct_message(parser, options);
    g_mime_parser_options_free(options);
    g_assert_nonnull(message);
    g_assert_cmpint(warnings, ==, 0);
    g_assert_cmpstr(g_mime_message_get_subject(message), ==, mail.subject);
    mixed = g_mime_message_get_mime_part(message);
    g_assert_cmpint(g_mime_multipart_get_count(GMIME_MULTIPART(mixed)), ==, 2);
    alternative = g_mime_multipart_get_part(GMIME_MULTIPART(mixed), 0);
    related = g_mime_multipart_get_part(GMIME_MULTIPART(alternative), 1);
    g_assert_true(g_mime_content_type_is_type(
        g_mime_object_get_content_type(related), "multipart", "related"));
}

/* Python's parser lists every defect it meets, in every field and part. */
static const char python_check[] =
    "import sys, email, email.policy\n"
    "m = email.message_from_bytes(sys.stdin.buffer.read(),"
    " policy=email.policy.default)\n"
    "bad = []\n"
    "for p in m.walk():\n"
    "    bad += p.defects\n"
    "    for n, v in p.items(): bad += [(n, d) for d in v.defects]\n"
    "print(bad)\n"
    "print(m['subject'])\n"
    "print(m['to'].addresses[0].display_name)\n"
    "print(m.get_body(('plain',)).get_content().replace('\\r\\n', '\\n'), "
    "end='')\n"
    "print([p.get_filename() for p in m.iter_attachments()])\n"
    "print([p.get_content_type() for p in m.walk()])\n";

static void
test_python_agrees(void)
{
    g_autoptr(GPtrArray) files = files_new();
    g_auto(ComposedMail) mail = rich_mail_new(files);
    g_autofree char *text = assemble(&mail), *out = NULL, *want = NULL;
    g_autofree char *python = g_find_program_in_path("python3");
    g_autoptr(GError) error = NULL;
    g_autoptr(GSubprocess) process = NULL;

    if (!python) {
        g_test_skip("no python3");
        return;
    }
    g_setenv("PYTHONIOENCODING", "utf-8", TRUE);
    process = g_subprocess_new(G_SUBPROCESS_FLAGS_STDIN_PIPE |
                                   G_SUBPROCESS_FLAGS_STDOUT_PIPE,
                               &error, python, "-c", python_check, NULL);
    g_assert_no_error(error);
    g_subprocess_communicate_utf8(process, text, NULL, &out, NULL, &error);
    g_assert_no_error(error);
    want = g_strdup_printf(
        "[]\n%s\n%s\n%s['%s']\n"
        "['multipart/mixed', 'multipart/alternative', 'text/plain', "
        "'multipart/related', 'text/html', 'image/png', "
        "'application/pdf']\n",
        mail.subject, mail.to_name, mail.text,
        ((MailAttachment *)files->pdata[1])->name);
    g_assert_cmpstr(out, ==, want);
}

static void
test_line_lengths(void)
{
    g_autoptr(GPtrArray) files = files_new();
    g_auto(ComposedMail) mail = rich_mail_new(files);
    g_autofree char *text = assemble(&mail);
    g_auto(GStrv) lines = g_strsplit(text, "\r\n", -1);

    for (char **line = lines; *line; line++) {
        g_assert_null(strpbrk(*line, "\r\n"));
        if (!g_str_has_prefix(*line, "List-Unsubscribe:") &&
            !g_str_has_prefix(*line, " <mailto:"))
            g_assert_cmpuint(strlen(*line), <=, 78);
    }
}

static void
test_envelope_sender(void)
{
    char token[MAIL_TOKEN_TEXT], id[MESSAGE_ID_TEXT];
    g_autofree char *sender = envelope_sender(&workspace, keys, ID);
    g_autofree char *want = NULL;

    mail_token_make(keys, MAIL_TOKEN_BOUNCE, ID, token);
    want = g_strdup_printf("bounces+%s@mail.example.org", token);
    g_assert_cmpstr(sender, ==, want);
    g_assert_true(mail_token_read(keys, MAIL_TOKEN_BOUNCE, sender + 8, 34, id));
    g_assert_cmpstr(id, ==, ID);
}

/* The shapes that are filled are what GMime builds. */
static void
test_shapes(void)
{
    static const char *const texts[] = {NULL, "plain\n", "\303\274ber\n",
                                        "!plain!\r\n!html!\r\n=_x\n"};

    for (gsize t = 0; t < G_N_ELEMENTS(texts); t++)
        for (gsize h = 0; h < G_N_ELEMENTS(texts); h++) {
            const ComposedMail mail = {.text = (char *)texts[t],
                                       .html = (char *)texts[h]};
            g_autoptr(GString) filled = g_string_new(NULL);
            g_autofree char *built = NULL;
            if (!mail.text && !mail.html)
                continue;
            entity_append(filled, &mail, ID);
            built = entity_build(&mail, ID);
            g_assert_cmpstr(filled->str, ==, built);
        }
}

int
main(int argc, char **argv)
{
    int status;

    g_test_init(&argc, &argv, NULL);
    workspace.sending.bounces = (char *)"bounces@mail.example.org";
    workspace.sending.replies = (char *)"replies@mail.example.org";
    keys = keys_from_secret(secret);
    g_test_add_func("/mime/header-rows", test_header_rows);
    g_test_add_func("/mime/same-bytes", test_same_bytes);
    g_test_add_func("/mime/other-kinds", test_other_kinds);
    g_test_add_func("/mime/optional-rows", test_optional_rows);
    g_test_add_func("/mime/one-click-needs-https", test_one_click_needs_https);
    g_test_add_func("/mime/hostile-values", test_hostile_values);
    g_test_add_func("/mime/refused-values", test_refused_values);
    g_test_add_func("/mime/quoted-printable", test_quoted_printable);
    g_test_add_func("/mime/encoding-choice", test_encoding_choice);
    g_test_add_func("/mime/gmime-agrees", test_gmime_agrees);
    g_test_add_func("/mime/python-agrees", test_python_agrees);
    g_test_add_func("/mime/line-lengths", test_line_lengths);
    g_test_add_func("/mime/shapes", test_shapes);
    g_test_add_func("/mime/envelope-sender", test_envelope_sender);
    status = g_test_run();
    keys_free(keys);
    return status;
}
