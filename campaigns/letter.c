/* SPDX-License-Identifier: Apache-2.0 */
/* letter.c - mail about a person's own data: notice, renewal, reminder */
#include "letter.h"

#include "nurture/address.h"
#include "nurture/clock.h"
#include "nurture/datafile.h"
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

typedef struct {
    DataFile *words;
    int column;
    const char *language, *date;      /* .. and how it writes a day */
    const char *names[9], *values[9]; /* what {braces} stand for */
    int count;
} Pen;

static void
pen_clear(Pen *pen)
{
    datafile_free(pen->words);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Pen, pen_clear)

static bool
pen_open(const Workspace *workspace, const char *language, Pen *out,
         GError **error)
{
    static const struct {
        const char *language, *date;
    } known[] = {{"en", "D MMMM YYYY"},
                 {"de", "D. MMMM YYYY"},
                 {"fr", "D MMMM YYYY"},
                 {"es", "D de MMMM de YYYY"}};
    gsize chosen = 0;
    g_autofree char *path =
        g_build_filename(workspace->root, "letters.tsv", NULL);
    g_autofree char *text = NULL;
    gsize length;

    out->words = g_file_get_contents(path, &text, &length, NULL)
                     ? datafile_parse(path, text, length, error)
                     : datafile_load("campaigns/data/letters.tsv", error);
    if (!out->words)
        return false;
    for (gsize i = 0; language && i < G_N_ELEMENTS(known); i++)
        if (strcmp(known[i].language, language) == 0)
            chosen = i;
    out->language = known[chosen].language;
    out->date = known[chosen].date;
    out->column = datafile_column(out->words, out->language);
    return true;
}

static void
pen_set(Pen *pen, const char *name, const char *value)
{
    g_assert(pen->count < (int)G_N_ELEMENTS(pen->names));
    pen->names[pen->count] = name;
    pen->values[pen->count++] = value ? value : "";
}

/* The text of `key`; what is filled in is not filled in again. */
static char *
pen_write(const Pen *pen, const char *key)
{
    g_autoptr(GString) out = g_string_new(NULL);
    const char *p = "";

    for (guint i = 0; i < datafile_rows(pen->words); i++)
        if (strcmp(datafile_row(pen->words, i)->cell[0], key) == 0)
            p = datafile_row(pen->words, i)->cell[pen->column];
    while (*p) {
        const char *end = *p == '{' ? strchr(p, '}') : NULL;
        int found = -1;
        for (int i = 0; end && i < pen->count; i++)
            if (strlen(pen->names[i]) == (gsize)(end - p - 1) &&
                strncmp(pen->names[i], p + 1, (gsize)(end - p - 1)) == 0)
                found = i;
        if (found >= 0)
            g_string_append(out, pen->values[found]);
        else
            g_string_append_c(out, *p);
        p = found >= 0 ? end + 1 : p + 1;
    }
    return g_string_free(g_steal_pointer(&out), FALSE);
}

/* One paragraph for each '|'; an address of a page by itself is a link. */
static void
write_bodies(const char *words, const char *language, const char *subject,
             ComposedMail *mail)
{
    g_auto(GStrv) parts = g_strsplit(words, "|", -1);
    g_autoptr(GString) html = g_string_new("<!doctype html><html lang=\"");

    html_append_text(html, language);
    g_string_append(html, "\"><head><meta charset=\"utf-8\"><title>");
    html_append_text(html, subject);
    g_string_append(html, "</title></head><body style=\"margin:0;padding:24px;"
                          "font:15px/1.5 Arial,Helvetica,sans-serif;"
                          "color:#1f2933;max-width:640px\">");
    for (char **part = parts; *part; part++) {
        bool link = g_str_has_prefix(*part, "https://") ||
                    g_str_has_prefix(*part, "http://") ||
                    g_str_has_prefix(*part, "mailto:");
        g_string_append(html, link ? "<p><a href=\"" : "<p>");
        if (link) {
            html_append_text(html, *part);
            g_string_append(html, "\">");
        }
        html_append_text(html, *part);
        g_string_append(html, link ? "</a></p>" : "</p>");
    }
    g_string_append(html, "</body></html>");
    mail->html = g_string_free(g_steal_pointer(&html), FALSE);
    mail->text = g_strjoinv("\n\n", parts);
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

static char *
write_letter(Pen *pen, const Workspace *w, const Keys *keys,
             const Letter *letter, const Addressee *to, const char *id,
             char **out_subject)
{
    g_autofree char *first = one_line(to->name), *source = one_line(to->source);
    g_autofree char *name =
        g_strconcat(name_is_usable(first) ? " " : "",
                    name_is_usable(first) ? first : "", NULL);
    g_autofree char *date =
        letter->ends_at
            ? date_format(letter->ends_at, w->zone, pen->date, pen->language)
            : NULL;
    g_autofree char *page = page_url(w, keys, id), *unknown = NULL,
                    *keep = NULL, *body = NULL, *foot = NULL;
    g_autofree char *address = one_line(w->legal.postal_address);
    g_autofree char *text_key = g_strconcat(letter->kind, ".text", NULL);
    g_autofree char *subject_key = g_strconcat(letter->kind, ".subject", NULL);

    pen_set(pen, "company", w->company);
    pen_set(pen, "name", name);
    pen_set(pen, "date", date);
    pen_set(pen, "page", page);
    pen_set(pen, "privacy", w->legal.privacy_url);
    pen_set(pen, "address", address);
    unknown = pen_write(pen, "source.unknown");
    pen_set(pen, "source", *source ? source : unknown);
    keep = date ? pen_write(pen, "notice.keep") : NULL;
    pen_set(pen, "keep", keep);
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
    write_bodies(words, mail.language, mail.subject, &mail);
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
