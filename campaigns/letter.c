/* SPDX-License-Identifier: Apache-2.0 */
/* letter.c - mail about a person's own data, queued as service mail */
#include "letter.h"

#include "letter-words.h"

#include "nurture/address.h"
#include "nurture/clock.h"
#include "nurture/delivery.h"
#include "nurture/error.h"
#include "nurture/outbox.h"
#include "nurture/template.h"
#include "nurture/text.h"

#include <string.h>

enum { LIFE_DAYS = 14 }; /* how long a letter tries to leave */

typedef struct {
    char *email, *hmac, *name, *language, *source;
} Addressee;

static void
addressee_clear(Addressee *a)
{
    g_free(a->email);
    g_free(a->hmac);
    g_free(a->name);
    g_free(a->language);
    g_free(a->source);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Addressee, addressee_clear)

LetterState
letter_state(const char *message_state)
{
    static const char *const waiting[] = {"scheduled", "claimed", "committing",
                                          "deferred", NULL};

    return !message_state                            ? LETTER_NONE
           : g_strv_contains(waiting, message_state) ? LETTER_WAITS
                                                     : LETTER_OVER;
}

static bool
addressee_load(Store *store, int64_t candidate, Addressee *out, GError **error)
{
    g_autoptr(Statement) st = store_prepare(
        store,
        "SELECT c.email, c.address_hmac, c.first_name, c.language,"
        " coalesce(c.source_detail, (SELECT k.source FROM consent k"
        "  WHERE k.candidate_id = c.candidate_id AND k.purpose = 'mail'"
        "  ORDER BY k.at DESC LIMIT 1))"
        " FROM candidate c WHERE c.candidate_id = :candidate",
        error);

    if (!st)
        return false;
    statement_bind_int(st, ":candidate", candidate);
    if (statement_step(st)) {
        out->email = g_strdup(statement_text(st, 0));
        out->hmac = g_strdup(statement_text(st, 1));
        out->name = g_strdup(statement_text(st, 2));
        out->language = g_strdup(statement_text(st, 3));
        out->source = g_strdup(statement_text(st, 4));
    }
    return statement_end(st, error);
}

/* "[label](address)" */
static bool
split_button(const char *part, char **out_label, const char **out_url)
{
    const char *middle = strstr(part, "](");

    if (*part != '[' || !middle || !g_str_has_suffix(part, ")"))
        return false;
    *out_label = g_strndup(part + 1, (gsize)(middle - part - 1));
    *out_url = middle + 2;
    return true;
}

static bool
is_link(const char *part)
{
    return g_str_has_prefix(part, "https://") ||
           g_str_has_prefix(part, "http://") ||
           g_str_has_prefix(part, "mailto:");
}

/* An anchor that looks like a button, and one that looks like a link. */
static void
append_anchor(GString *html, const char *url, gsize length, const char *style,
              const char *label)
{
    g_autofree char *address = g_strndup(url, length);

    g_string_append(html, "<p><a href=\"");
    html_append_text(html, address);
    g_string_append(html, style);
    html_append_text(html, label);
    g_string_append(html, "</a></p>");
}

static void
write_part(const char *part, const char *button, GString *html, GString *text)
{
    g_autofree char *label = NULL;
    const char *url;

    g_string_append(text, text->len > 0 ? "\n\n" : "");
    if (split_button(part, &label, &url)) {
        append_anchor(html, url, strlen(url) - 1, button, label);
        g_string_append_printf(text, "%s:\n%.*s", label, (int)strlen(url) - 1,
                               url);
        return;
    }
    g_string_append(text, part);
    if (is_link(part)) {
        append_anchor(html, part, strlen(part), "\">", part);
        return;
    }
    g_string_append(html, "<p>");
    html_append_text(html, part);
    g_string_append(html, "</p>");
}

/* One paragraph for each '|'; an address of a page by itself is a link. */
static void
write_bodies(const Workspace *w, const char *words, ComposedMail *mail)
{
    g_auto(GStrv) parts = g_strsplit(words, "|", -1);
    g_autoptr(GString) html = g_string_new("<!doctype html><html lang=\"");
    g_autoptr(GString) text = g_string_new(NULL);
    g_autofree char *button = g_strdup_printf(
        "\" style=\"display:inline-block;padding:12px 24px;border-radius:4px;"
        "background-color:%s;color:#ffffff;text-decoration:none;"
        "font-weight:bold\">",
        w->theme.accent ? w->theme.accent : "#0b6bcb");

    html_append_text(html, mail->language);
    g_string_append(html, "\"><head><meta charset=\"utf-8\">"
                          "<meta name=\"viewport\" "
                          "content=\"width=device-width,initial-scale=1\">"
                          "<meta name=\"color-scheme\" content=\"light dark\">"
                          "<style>@media (prefers-color-scheme:dark){"
                          "body{background-color:#14181d !important;"
                          "color:#e6eaee !important}"
                          "a:not([style]){color:#8ab8f5 !important}}</style>"
                          "<title>");
    html_append_text(html, mail->subject);
    g_string_append(html, "</title></head><body style=\"margin:0;padding:24px;"
                          "font:15px/1.5 Arial,Helvetica,sans-serif;"
                          "color:#1f2933;max-width:640px;"
                          "overflow-wrap:anywhere\">");
    for (char **part = parts; *part; part++)
        write_part(*part, button, html, text);
    g_string_append(html, "</body></html>");
    mail->html = g_string_free(g_steal_pointer(&html), FALSE);
    mail->text = g_string_free(g_steal_pointer(&text), FALSE);
}

/* A '|' in somebody's data ends no paragraph. */
static char *
one_line(const char *text)
{
    g_autoptr(GString) plain = g_string_new(NULL);

    plain_append_text(plain, text ? text : "");
    g_strdelimit(plain->str, "|\n\r", ' ');
    return g_strdup(plain->str);
}

/* Nobody is greeted by what is no name. */
static bool
name_is_usable(const char *name)
{
    return *name && !name_is_suspicious(name);
}

/* Where the person decides: the preferences page, or by mail where no web
 * server runs. */
static char *
page_url(const Workspace *w, const Keys *keys, const char *id)
{
    char web[WEB_TOKEN_TEXT], mail[MAIL_TOKEN_TEXT];
    const char *replies = w->sending.replies, *at = strchr(replies, '@');

    if (w->tracking.base_url) {
        web_token_make(keys, WEB_TOKEN_PREFERENCES, id, 0, web);
        return g_strconcat(w->tracking.base_url, "/p/", web, NULL);
    }
    mail_token_make(keys, MAIL_TOKEN_UNSUBSCRIBE, id, mail);
    return g_strdup_printf("mailto:%.*s+%s%s?subject=unsubscribe",
                           (int)(at - replies), replies, mail, at);
}

/* Where the person says that they stay, if there are such pages. */
static char *
write_button(const Pen *pen, const Workspace *w, const char *page)
{
    g_autofree char *label = NULL;

    if (!w->tracking.base_url)
        return NULL;
    label = pen_write(pen, "stay.button");
    return g_strdup_printf("[%s](%s)|", label, page);
}

static char *
write_letter(Pen *pen, const Workspace *w, const Keys *keys,
             const Letter *letter, const Addressee *to, const char *id,
             char **out_subject)
{
    g_autofree char *first = one_line(to->name), *source = one_line(to->source);
    g_autofree char *name =
        g_strconcat(name_is_usable(first) ? " " : "",
                    name_is_usable(first) ? first : "", NULL);
    g_autofree char *until = pen_date(pen, w, letter->ends_at);
    g_autofree char *stops = pen_date(pen, w, letter->stops_at);
    g_autofree char *page = page_url(w, keys, id), *unknown = NULL,
                    *keep = NULL, *body = NULL, *foot = NULL, *button = NULL,
                    *stay = NULL;
    g_autofree char *address = one_line(w->legal.postal_address);
    g_autofree char *text_key = g_strconcat(letter->kind, ".text", NULL);
    g_autofree char *subject_key = g_strconcat(letter->kind, ".subject", NULL);

    pen_set(pen, "company", w->company);
    pen_set(pen, "name", name);
    pen_set(pen, "until", until);
    pen_set(pen, "date", stops ? stops : until);
    pen_set(pen, "page", page);
    pen_set(pen, "privacy", w->legal.privacy_url);
    pen_set(pen, "address", address);
    unknown = pen_write(pen, "source.unknown");
    pen_set(pen, "source", *source ? source : unknown);
    keep = until ? pen_write(pen, "notice.keep") : NULL;
    pen_set(pen, "keep", keep);
    stay = pen_write(pen, w->tracking.base_url ? "stay.web" : "stay.mail");
    pen_set(pen, "stay", stay);
    button = write_button(pen, w, page);
    pen_set(pen, "button", button);
    *out_subject = pen_write(pen, subject_key);
    body = pen_write(pen, text_key);
    foot = w->legal.privacy_url ? pen_write(pen, "foot") : g_strdup(address);
    return g_strconcat(body, "|", foot, NULL);
}

static GBytes *
assemble(const Workspace *w, const Keys *keys, const Letter *letter,
         const Addressee *to, const char *id, int64_t now, GError **error)
{
    const Sender *from = workspace_sender(w, w->sending.fallback_sender);
    g_auto(ComposedMail) mail = {0};
    g_auto(Pen) pen = {0};
    g_autofree char *words = NULL;

    if (!from) {
        g_set_error(error, NURTURE_ERROR, ERROR_CONFIG,
                    "sending.fallback_sender names nobody in senders/");
        return NULL;
    }
    if (!pen_open(w, to->language, &pen, error))
        return NULL;
    words = write_letter(&pen, w, keys, letter, to, id, &mail.subject);
    mail.from_name = g_strdup(from->name);
    mail.from_address = g_strdup(from->email);
    mail.to_name = g_strdup(to->name);
    mail.language = g_strdup(pen.language);
    mail.help_url = g_strdup(w->legal.privacy_url);
    mail.auto_submitted = g_strdup("auto-generated");
    write_bodies(w, words, &mail);
    return message_assemble(&mail, id, "service", to->email, now, w, keys,
                            error);
}

bool
letter_queue(Store *store, const Workspace *workspace, const Keys *keys,
             const Letter *letter, int64_t now, bool *out_added, GError **error)
{
    g_auto(Addressee) to = {0};
    char id[MESSAGE_ID_TEXT];
    g_autoptr(GBytes) bytes = NULL;
    g_autofree char *body = NULL;

    g_assert(store_in_transaction(store));
    if (!addressee_load(store, letter->candidate, &to, error))
        return false;
    message_id_make(keys, letter->candidate, letter->dedupe_key, 1,
                    letter->kind, id);
    bytes = assemble(workspace, keys, letter, &to, id, now, error);
    if (!bytes)
        return false;
    body = g_strndup(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes));
    const OutboxEntry entry = {.message_id = id,
                               .kind = "service",
                               .dedupe_key = letter->dedupe_key,
                               .candidate = letter->candidate,
                               .language = to.language,
                               .sender = workspace->sending.fallback_sender,
                               .rcpt = to.email,
                               .rcpt_hmac = to.hmac,
                               .priority = 60,
                               .not_before = now,
                               .not_after = now + LIFE_DAYS * DAY_MS,
                               .body = body};
    return outbox_add(store, &entry, now, out_added, error);
}
