/* SPDX-License-Identifier: Apache-2.0 */
/* mime.c - the header of a message, and the message as a whole
 *
 * Header fields are written here and not by GMime, which turns any word of
 * 78 characters into an encoded-word: a List-Unsubscribe in that form is not
 * understood by anybody. GMime encodes only words for people. */
#include "mime.h"

#include "nurture/address.h"
#include "nurture/autoptr.h"
#include "nurture/error.h"
#include "nurture/text.h"
#include "wire.h"

#include <string.h>

#define FOLD_AT 76

/* A field under construction; what goes wrong is kept until the end. */
typedef struct {
    GString *out;
    const char *bad; /* name of the first field that may not leave */
} Header;

char *
mailbox_with_token(const char *mailbox, const char *token)
{
    const char *at = strrchr(mailbox, '@');
    GString *out;

    g_assert(at);
    out = g_string_new_len(mailbox, at - mailbox);
    g_string_append_c(out, '+');
    g_string_append(out, token);
    g_string_append(out, at);
    return g_string_free(out, FALSE);
}

char *
envelope_sender(const Workspace *workspace, const Keys *keys,
                const char *message_id)
{
    char token[MAIL_TOKEN_TEXT];

    if (!workspace->sending.bounces)
        return NULL;
    mail_token_make(keys, MAIL_TOKEN_BOUNCE, message_id, token);
    return mailbox_with_token(workspace->sending.bounces, token);
}

/* Printable ASCII, so that the value cannot end its field. */
static bool
is_printable(const char *value)
{
    for (const char *p = value; *p; p++)
        if (*p < ' ' || *p > '~')
            return false;
    return true;
}

static void
append_all(GString *out, const char *const *parts)
{
    for (; *parts; parts++)
        g_string_append(out, *parts);
}

/* A structured field, as it is. */
static void
add_raw(Header *header, const char *name, const char *value)
{
    if (!is_printable(value) || strlen(name) + 2 + strlen(value) > 900) {
        if (!header->bad)
            header->bad = name;
        return;
    }
    append_all(header->out, (const char *[]){name, ": ", value, "\r\n", NULL});
}

/* Words for people: controls vanish, non-ASCII becomes encoded-words. */
static void
add_text(Header *header, const char *name, const char *value)
{
    g_autoptr(GString) clean = g_string_new(NULL);
    g_autofree char *encoded = NULL, *folded = NULL;

    plain_append_text(clean, value);
    encoded = g_mime_utils_header_encode_text(NULL, clean->str, "utf-8");
    folded = g_mime_utils_header_printf(NULL, NULL, "%s: %s\n", name, encoded);
    for (const char *p = folded; *p; p++) {
        if (*p == '\n')
            g_string_append_c(header->out, '\r');
        g_string_append_c(header->out, *p);
    }
}

/* `name` as a phrase, folded between its words, and `angle` in <>. */
static void
add_phrase(Header *header, const char *field, const char *name,
           const char *angle)
{
    g_autoptr(GString) clean = g_string_new(NULL);
    g_autofree char *phrase = NULL;
    g_auto(GStrv) words = NULL;
    gsize column = strlen(field) + 1;

    if (!is_printable(angle)) {
        header->bad = header->bad ? header->bad : field;
        return;
    }
    if (name)
        plain_append_text(clean, name);
    g_strstrip(clean->str);
    phrase = g_mime_utils_header_encode_phrase(NULL, clean->str, "utf-8");
    words = g_strsplit(phrase ? phrase : "", " ", -1);
    append_all(header->out, (const char *[]){field, ":", NULL});
    for (char **word = words; *word; word++) {
        if (!**word)
            continue;
        if (column + 1 + strlen(*word) > FOLD_AT && word != words) {
            g_string_append(header->out, "\r\n");
            column = 0;
        }
        append_all(header->out, (const char *[]){" ", *word, NULL});
        column += 1 + strlen(*word);
    }
    if (column + 3 + strlen(angle) > FOLD_AT && *words)
        g_string_append(header->out, "\r\n");
    append_all(header->out, (const char *[]){" <", angle, ">\r\n", NULL});
}

static void
add_date(Header *header, int64_t date, GTimeZone *zone)
{
    g_autoptr(GDateTime) utc = g_date_time_new_from_unix_utc(date / 1000);
    g_autoptr(GDateTime) local =
        zone ? g_date_time_to_timezone(utc, zone) : g_date_time_ref(utc);
    g_autofree char *text = g_mime_utils_header_format_date(local);

    add_raw(header, "Date", text);
}

/* One-click (RFC 8058) needs https; loopback is where demos and tests live. */
static bool
is_one_click(const char *url)
{
    return g_str_has_prefix(url, "https://") ||
           g_str_has_prefix(url, "http://127.0.0.1") ||
           g_str_has_prefix(url, "http://localhost");
}

static bool
is_list_url(const char *url)
{
    return is_printable(url) && !strpbrk(url, " <>,\"") && strlen(url) < 500;
}

static void
add_unsubscribe(Header *header, const ComposedMail *mail,
                const char *message_id, const Workspace *workspace,
                const Keys *keys)
{
    const char *url = mail->unsubscribe_url;
    char token[MAIL_TOKEN_TEXT];
    g_autofree char *mailbox = NULL;

    if (url && !is_list_url(url)) {
        header->bad = header->bad ? header->bad : "List-Unsubscribe";
        return;
    }
    if (workspace->sending.replies) {
        mail_token_make(keys, MAIL_TOKEN_UNSUBSCRIBE, message_id, token);
        mailbox = mailbox_with_token(workspace->sending.replies, token);
    }
    if (!url && !mailbox)
        return;
    /* folded only between the two: neither may be cut or encoded */
    g_string_append(header->out, "List-Unsubscribe: ");
    if (url)
        append_all(
            header->out,
            (const char *[]){"<", url, mailbox ? ">,\r\n " : ">\r\n", NULL});
    if (mailbox)
        append_all(header->out,
                   (const char *[]){"<mailto:", mailbox, ">\r\n", NULL});
    if (url && is_one_click(url))
        add_raw(header, "List-Unsubscribe-Post", "List-Unsubscribe=One-Click");
}

static void
add_list_fields(Header *header, const ComposedMail *mail,
                const char *message_id, const Workspace *workspace,
                const Keys *keys)
{
    if (mail->list_id)
        add_phrase(header, "List-Id", mail->list_name, mail->list_id);
    add_unsubscribe(header, mail, message_id, workspace, keys);
    if (mail->help_url) {
        g_autofree char *help = g_strdup_printf("<%s>", mail->help_url);
        add_raw(header, "List-Help", help);
    }
    add_raw(header, "List-Post", "NO");
    if (mail->feedback_id)
        add_raw(header, "Feedback-ID", mail->feedback_id);
}

static void
add_reply_to(Header *header, const ComposedMail *mail, const char *message_id,
             const Workspace *workspace, const Keys *keys)
{
    char token[MAIL_TOKEN_TEXT];
    g_autofree char *mailbox = NULL;

    if (mail->reply_to) {
        mailbox = g_strdup(mail->reply_to);
    } else if (workspace->sending.replies) {
        mail_token_make(keys, MAIL_TOKEN_REPLY, message_id, token);
        mailbox = mailbox_with_token(workspace->sending.replies, token);
    }
    if (mailbox)
        add_phrase(header, "Reply-To", mail->from_name, mailbox);
}

static void
add_ids(Header *header, const ComposedMail *mail, const char *message_id,
        const Keys *keys)
{
    char token[MAIL_TOKEN_TEXT];
    g_autofree char *id = NULL;

    mail_token_make(keys, MAIL_TOKEN_MESSAGE_ID, message_id, token);
    id = g_strconcat("<", token, "@", address_domain(mail->from_address), ">",
                     NULL);
    add_raw(header, "Message-ID", id);
    if (mail->in_reply_to) {
        g_autofree char *parent = g_strdup_printf("<%s>", mail->in_reply_to);
        add_raw(header, "In-Reply-To", parent);
        add_raw(header, "References", parent);
    }
}

static void
start_gmime(void)
{
    static gsize once;

    if (g_once_init_enter(&once)) {
        g_mime_init();
        g_once_init_leave(&once, 1);
    }
}

static bool
check_input(const ComposedMail *mail, const char *rcpt, GError **error)
{
    const char *what = NULL;

    if (!mail->from_address || !address_is_wire_safe(mail->from_address))
        what = "the sender has no usable address";
    else if (!rcpt || !address_is_wire_safe(rcpt))
        what = "the recipient has no usable address";
    else if (mail->reply_to && !address_is_wire_safe(mail->reply_to))
        what = "the reply address is not usable";
    else if (text_is_blank(mail->subject))
        what = "the subject is empty";
    else if (text_is_blank(mail->text) && text_is_blank(mail->html))
        what = "there is no content";
    if (!what)
        return true;
    g_set_error(error, NURTURE_ERROR, ERROR_INPUT, "%s", what);
    return false;
}

GBytes *
message_assemble(const ComposedMail *mail, const char *message_id,
                 const char *kind, const char *rcpt, int64_t date,
                 const Workspace *workspace, const Keys *keys, GError **error)
{
    g_autoptr(GString) out = g_string_sized_new(16384);
    Header header = {out, NULL};
    g_autoptr(GBytes) wire = NULL;

    if (!check_input(mail, rcpt, error))
        return NULL;
    start_gmime();
    add_phrase(&header, "From", mail->from_name, mail->from_address);
    add_phrase(&header, "To", mail->to_name, rcpt);
    add_reply_to(&header, mail, message_id, workspace, keys);
    add_text(&header, "Subject", mail->subject);
    add_date(&header, date, workspace->zone);
    add_ids(&header, mail, message_id, keys);
    if (strcmp(kind, "campaign") == 0)
        add_list_fields(&header, mail, message_id, workspace, keys);
    if (mail->auto_submitted)
        add_raw(&header, "Auto-Submitted", mail->auto_submitted);
    if (mail->language)
        add_raw(&header, "Content-Language", mail->language);
    add_raw(&header, "MIME-Version", "1.0");
    if (header.bad) {
        g_set_error(error, NURTURE_ERROR, ERROR_INPUT,
                    "header field %s has a value that must not leave",
                    header.bad);
        return NULL;
    }
    entity_append(out, mail, message_id);
    wire = wire_normalise(out->str, out->len, error);
    if (!wire || !wire_check_header(wire, error))
        return NULL;
    return g_steal_pointer(&wire);
}

void
composed_mail_clear(ComposedMail *mail)
{
    g_free(mail->from_name);
    g_free(mail->from_address);
    g_free(mail->to_name);
    g_free(mail->reply_to);
    g_free(mail->subject);
    g_free(mail->text);
    g_free(mail->html);
    g_free(mail->language);
    g_free(mail->list_name);
    g_free(mail->list_id);
    g_free(mail->feedback_id);
    g_free(mail->in_reply_to);
    g_free(mail->unsubscribe_url);
    g_free(mail->help_url);
    g_free(mail->auto_submitted);
    g_free(mail->link_set);
    g_free(mail->own_links);
    if (mail->kept)
        mail->kept_free(mail->kept);
    g_clear_pointer(&mail->attachments, g_ptr_array_unref);
    memset(mail, 0, sizeof *mail);
}
