/* SPDX-License-Identifier: Apache-2.0 */
/* lint_mail.c - the mail as it lies in an inbox: subject, preview, weight */
#include "lint.h"

#include "nurture/text.h"

#include <string.h>

#define SUBJECT_LONG    60
#define CLIPPED_BYTES   (102 * 1024)
#define ATTACHMENT_MAX  (5 * 1024 * 1024)
#define PREVIEW_COLUMNS 40
#define WORDS_PER_IMAGE 15

static Diagnostic *
report_subject(Compiler *compiler, const MailText *mail, const char *code,
               const char *message)
{
    if (mail->subject_length == 0)
        return diagnostics_add_file(compiler->problems, code,
                                    source_path(mail->source), "%s", message);
    return diagnostics_add(compiler->problems, code, mail->source,
                           mail->subject_offset, mail->subject_length, "%s",
                           message);
}

/* The subject's words without its merge tags. */
static char *
without_tags(const char *subject)
{
    GString *out = g_string_new(NULL);

    while (*subject) {
        const char *end =
            g_str_has_prefix(subject, "{{") ? strstr(subject, "}}") : NULL;
        if (end)
            subject = end + 2;
        else
            g_string_append_c(out, *subject++);
    }
    return g_string_free(out, FALSE);
}

static bool
is_shouting(const char *text)
{
    int letters = 0;

    if (strstr(text, "!!"))
        return true;
    for (const char *c = text; *c; c = g_utf8_next_char(c)) {
        gunichar u = g_utf8_get_char(c);
        if (g_unichar_islower(u))
            return false;
        letters += g_unichar_isupper(u) != 0;
    }
    return letters > 4;
}

static void
check_fake_reply(Compiler *compiler, const MailText *mail, const char *text)
{
    static const char *const starts[] = {"re",   "fw", "fwd", "aw", "wg",
                                         "antw", "tr", "rv",  "sv", NULL};
    const char *colon = strchr(text, ':');
    g_autofree char *word = NULL, *message = NULL;

    if (!colon || colon - text > 4)
        return;
    word = g_ascii_strdown(text, colon - text);
    if (!g_strv_contains(starts, g_strstrip(word)))
        return;
    message = g_strdup_printf(
        "the subject starts with '%.*s:' but this is not an answer",
        (int)(colon - text), text);
    diagnostic_help(report_subject(compiler, mail, "E507", message),
                    "people report such mail as spam, and in some countries "
                    "it is illegal");
}

static void
check_subject(Compiler *compiler, const MailText *mail)
{
    g_autofree char *text = NULL;

    if (!mail->subject || !g_utf8_validate(mail->subject, -1, NULL))
        return;
    text = without_tags(mail->subject);
    if (is_shouting(text))
        report_subject(compiler, mail, "W506",
                       "the subject is in capitals or has '!!'");
    if (strpbrk(mail->subject, "\r\n"))
        report_subject(compiler, mail, "E513", "a subject must be one line");
    check_fake_reply(compiler, mail, g_strchug(text));
}

static void
check_placeholder(Compiler *compiler, const MailText *mail, const char *what,
                  const char *text, gsize offset)
{
    const char *source = source_text(mail->source), *typed;
    gsize length;
    const char *at = text ? placeholder_find(text, &length) : NULL;
    g_autofree char *word = NULL;

    if (!at)
        return;
    word = g_strndup(at, length);
    typed = strstr(source + offset, word); /* quotes may stand before it */
    diagnostics_add(compiler->problems, "E417", mail->source,
                    typed ? (gsize)(typed - source) : offset, length,
                    "the %s still contains '%s'", what, word);
}

/* Where the settings name a file. */
static Diagnostic *
report_attachment(Compiler *compiler, const MailText *mail, const char *path,
                  const char *message)
{
    const char *start = source_text(mail->source);
    const char *found = strstr(start, path);

    if (!found || (gsize)(found - start) >= mail->body_offset)
        return diagnostics_add_file(compiler->problems, "E511",
                                    source_path(mail->source), "%s", message);
    return diagnostics_add(compiler->problems, "E511", mail->source,
                           (gsize)(found - start), strlen(path), "%s", message);
}

/* Kinds of files that Gmail and Outlook refuse, whatever is in them. */
static bool
is_refused_kind(const char *path)
{
    static const char *const suffixes[] = {
        ".exe", ".msi", ".bat", ".cmd", ".com", ".scr", ".js",  ".vbs",
        ".jar", ".ps1", ".dll", ".iso", ".lnk", ".hta", ".apk", NULL};
    const char *dot = strrchr(path, '.');
    g_autofree char *lower = dot ? g_ascii_strdown(dot, -1) : NULL;

    return lower && g_strv_contains(suffixes, lower);
}

static void
check_attachment(Compiler *compiler, const MailText *mail, const char *path)
{
    const TemplateFiles *files = &compiler->context->files;
    g_autofree char *message = NULL;
    const char *help = "put it on your web site and link to it";
    gsize size = 0;

    if (strstr(path, "..") || path[0] == '/' ||
        !files->exists(path, &size, files->data)) {
        message = g_strdup_printf("there is no file '%s'", path);
        help = "attachments live in files/";
    } else if (size > ATTACHMENT_MAX) {
        message = g_strdup_printf("%s is %.0f MB; the limit is 5 MB", path,
                                  (double)size / 1e6);
    } else if (is_refused_kind(path)) {
        message = g_strdup_printf(
            "%s is a program; mail servers refuse such files", path);
    } else if (size == 0) {
        message = g_strdup_printf("%s is empty", path);
        help = "was it saved?";
    } else {
        return;
    }
    diagnostic_help(report_attachment(compiler, mail, path, message), "%s",
                    help);
}

static void
check_attachments(Compiler *compiler, const MailText *mail)
{
    g_autofree char *settings =
        g_strndup(source_text(mail->source), mail->body_offset);

    if (!compiler->context->files.exists || !strstr(settings, "\nattach:"))
        return; /* a translation has those of its mail, which is checked */
    for (const char *const *path = mail->attach; path && *path; path++)
        check_attachment(compiler, mail, *path);
}

/* --- what only a mail without errors can tell ----------------------------- */

static void
check_preheader(Compiler *compiler, const MailText *mail,
                const MailOutput *sample)
{
    g_autofree char *start = NULL, *message = NULL, *subject = NULL;
    g_autofree char *preheader = NULL;

    if (text_is_blank(mail->preheader)) {
        start = g_utf8_substring(
            sample->text->str, 0,
            MIN(g_utf8_strlen(sample->text->str, -1), PREVIEW_COLUMNS));
        message = g_strdup_printf("no preheader: the inbox will show '%s'",
                                  g_strstrip(g_strdelimit(start, "\n", ' ')));
        diagnostic_help(report_subject(compiler, mail, "W504", message),
                        "preheader: One line that adds to the subject");
        return;
    }
    subject = g_utf8_casefold(sample->subject->str, -1);
    preheader = g_utf8_casefold(sample->preheader->str, -1);
    if (!text_is_blank(subject) && g_str_has_prefix(preheader, subject))
        diagnostics_add(compiler->problems, "W505", mail->source,
                        mail->preheader_offset, mail->preheader_length,
                        "the preheader repeats the subject");
}

static void
check_length(Compiler *compiler, const MailText *mail, const MailOutput *sample)
{
    int columns = text_columns(sample->subject->str);
    g_autofree char *message = g_strdup_printf(
        "the subject is up to %d characters long; phones show about 40",
        columns);

    if (columns > SUBJECT_LONG)
        report_subject(compiler, mail, "W503", message);
}

static void
check_weight(Compiler *compiler, const MailText *mail, const Tree *tree)
{
    gsize bytes = compiler->program->html->literals->len;
    g_autofree char *text = node_text(tree->root);
    g_auto(GStrv) words = g_strsplit_set(text, " \t\n", -1);
    cmark_iter *iter = cmark_iter_new(tree->root);
    cmark_event_type event;
    int count = 0, images = 0;

    for (char **word = words; *word; word++)
        count += **word != '\0';
    while ((event = cmark_iter_next(iter)) != CMARK_EVENT_DONE)
        images +=
            event == CMARK_EVENT_ENTER &&
            cmark_node_get_type(cmark_iter_get_node(iter)) == CMARK_NODE_IMAGE;
    cmark_iter_free(iter);
    if (bytes > CLIPPED_BYTES)
        diagnostics_add_file(compiler->problems, "E416",
                             source_path(mail->source),
                             "this mail is %d KB; Gmail hides everything after "
                             "about 102 KB, the unsubscribe link included",
                             (int)(bytes / 1024));
    if (images > 0 && count < WORDS_PER_IMAGE * images)
        diagnostic_help(
            diagnostics_add_file(compiler->problems, "W415",
                                 source_path(mail->source),
                                 "this mail has %d words and %d image%s", count,
                                 images, images == 1 ? "" : "s"),
            "many people see no images until they click; say the main point "
            "in words");
}

/* In the settings, too. */
static bool
file_has_errors(const Diagnostics *problems, const char *path)
{
    for (guint i = 0; i < diagnostics_length(problems); i++) {
        const Diagnostic *d = diagnostics_get(problems, i);
        if (d->severity == SEVERITY_ERROR && strcmp(d->path, path) == 0)
            return true;
    }
    return false;
}

void
lint_mail(Compiler *compiler, const Tree *tree, const MailText *mail,
          bool has_errors)
{
    g_auto(MailOutput) sample = {NULL};
    MailRow nobody = {NULL};

    check_subject(compiler, mail);
    check_placeholder(compiler, mail, "subject", mail->subject,
                      mail->subject_offset);
    check_placeholder(compiler, mail, "preheader", mail->preheader,
                      mail->preheader_offset);
    check_attachments(compiler, mail);
    if (has_errors || !tree ||
        file_has_errors(compiler->problems, source_path(mail->source)))
        return;
    mail_output_init(&sample);
    mail_fill(compiler->program, &nobody, &sample);
    check_length(compiler, mail, &sample);
    check_preheader(compiler, mail, &sample);
    check_weight(compiler, mail, tree);
}
