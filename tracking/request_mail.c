/* SPDX-License-Identifier: Apache-2.0 */
/* request_mail.c - the mails that ask for a yes, and that bring what was asked
 * for */
#include "nurture/clock.h"
#include "nurture/delivery.h"
#include "nurture/outbox.h"
#include "request.h"

#include <string.h>

enum { ADDRESS_DAILY = 3, EVERYBODY_HOURLY = 200 };

static const char *
company_of(const Workspace *workspace)
{
    if (workspace->company)
        return workspace->company;
    return workspace->sending.domain ? workspace->sending.domain : "?";
}

/* The words of `key` + `part`, as HTML or (plain) as they are. */
static char *
words(const Workspace *w, const PageTexts *texts, const RequestMail *mail,
      const char *part, bool plain)
{
    g_autofree char *key = g_strconcat(mail->key, part, NULL);
    GString *out = g_string_new(NULL);

    if (plain)
        page_say_plain(out, texts, mail->language, key, "company",
                       company_of(w), NULL);
    else
        page_say(out, texts, mail->language, key, "company", company_of(w),
                 NULL);
    return g_string_free(out, FALSE);
}

static char *
plain_body(const Workspace *w, const PageTexts *texts, const RequestMail *mail)
{
    g_autofree char *text = words(w, texts, mail, ".text", true);
    g_autofree char *end = words(w, texts, mail, ".end", true);

    return g_strdup_printf(
        "%s\n\n%s%s%s\n\n-- \n%s\n%s\n", text, mail->url ? mail->url : "",
        mail->url ? "\n\n" : "", end, company_of(w),
        w->legal.postal_address ? w->legal.postal_address : "");
}

static char *
html_body(const Workspace *w, const PageTexts *texts, const RequestMail *mail)
{
    g_autofree char *subject = words(w, texts, mail, ".subject", false);
    g_autofree char *text = words(w, texts, mail, ".text", false);
    g_autofree char *end = words(w, texts, mail, ".end", false);
    g_autofree char *company = g_markup_escape_text(company_of(w), -1);
    g_autofree char *postal = g_markup_escape_text(
        w->legal.postal_address ? w->legal.postal_address : "", -1);
    g_autofree char *button = NULL;

    if (mail->url) {
        g_autofree char *label = words(w, texts, mail, ".link", false);
        button = g_strdup_printf(
            "<p style=\"margin:24px 0\"><a href=\"%s\" style=\"display:"
            "inline-block;padding:12px 22px;border-radius:8px;background:"
            "#1f5fbf;color:#ffffff;text-decoration:none;font-weight:bold\">%s"
            "</a></p>",
            mail->url, label);
    }
    return g_strdup_printf(
        "<!doctype html><html lang=\"%s\"><head><meta charset=\"utf-8\">"
        "<title>%s</title></head><body style=\"margin:0;padding:24px;font:"
        "16px/1.5 Arial,Helvetica,sans-serif;color:#1f2933;max-width:600px\">"
        "<p>%s</p>%s<p>%s</p><p style=\"color:#57606a;font-size:13px\">%s<br>"
        "%s</p></body></html>",
        mail->language, subject, text, button ? button : "", end, company,
        postal);
}

static void
attachment_free(gpointer p)
{
    MailAttachment *a = p;

    g_free(a->name);
    g_free(a->type);
    g_bytes_unref(a->bytes);
    g_free(a);
}

static void
attach(ComposedMail *out, GBytes *bytes)
{
    MailAttachment *a = g_new0(MailAttachment, 1);

    a->name = g_strdup("your-data.json");
    a->type = g_strdup("application/json");
    a->bytes = g_bytes_ref(bytes);
    out->attachments = g_ptr_array_new_with_free_func(attachment_free);
    g_ptr_array_add(out->attachments, a);
}

static char *
assemble(const Workspace *w, const Keys *keys, const PageTexts *texts,
         const RequestMail *mail, int64_t now, GError **error)
{
    const Sender *from = workspace_sender(w, w->sending.fallback_sender);
    g_auto(ComposedMail) out = {0};
    g_autoptr(GBytes) bytes = NULL;

    out.from_name = g_strdup(company_of(w));
    out.from_address = g_strdup(from ? from->email : w->sending.replies);
    out.subject = words(w, texts, mail, ".subject", true);
    out.language = g_strdup(mail->language);
    out.auto_submitted = g_strdup("auto-generated");
    out.text = plain_body(w, texts, mail);
    out.html = html_body(w, texts, mail);
    if (mail->attached)
        attach(&out, mail->attached);
    bytes = message_assemble(&out, mail->id, "service", mail->email, now, w,
                             keys, error);
    return bytes ? g_strndup(g_bytes_get_data(bytes, NULL),
                             g_bytes_get_size(bytes))
                 : NULL;
}

bool
request_mail(Store *store, const Workspace *workspace, const Keys *keys,
             const PageTexts *texts, const RequestMail *mail, int64_t now,
             GError **error)
{
    g_autofree char *body = assemble(workspace, keys, texts, mail, now, error);
    const OutboxEntry entry = {.message_id = mail->id,
                               .kind = "service",
                               .dedupe_key = mail->dedupe_key,
                               .candidate = mail->candidate,
                               .language = mail->language,
                               .sender = workspace->sending.fallback_sender,
                               .rcpt = mail->email,
                               .rcpt_hmac = mail->hmac,
                               .priority = 2,
                               .not_before = now,
                               .not_after = now + REQUEST_LIFE_MS,
                               .body = body};
    bool added;

    return body && outbox_add(store, &entry, now, &added, error);
}

/* Asking ------------------------------------------------------------------ */

static bool
asked_too_often(Store *store, const char *hmac, int64_t now, bool *out,
                GError **error)
{
    g_autoptr(Statement) st = store_prepare(
        store,
        "SELECT (SELECT count(*) FROM request WHERE address_hmac = :hmac"
        "  AND asked_at > :day) >= :daily"
        " OR (SELECT count(*) FROM request WHERE asked_at > :hour) >= :hourly",
        error);

    *out = true;
    if (!st)
        return false;
    statement_bind_text(st, ":hmac", hmac);
    statement_bind_int(st, ":day", now - DAY_MS);
    statement_bind_int(st, ":daily", ADDRESS_DAILY);
    statement_bind_int(st, ":hour", now - HOUR_MS);
    statement_bind_int(st, ":hourly", EVERYBODY_HOURLY);
    if (statement_step(st))
        *out = statement_int(st, 0) != 0;
    return statement_end(st, error);
}

static bool
insert(Store *store, const char *id, const Request *r, int64_t now,
       GError **error)
{
    bool joins = strcmp(r->kind, "join") == 0;
    g_autoptr(Statement) st = store_prepare(
        store,
        "INSERT INTO request (request_id, kind, candidate_id, email,"
        "  address_hmac, fields, language, wording, version, asked_at,"
        "  expires_at)"
        " VALUES (:id, :kind, nullif(:candidate, 0), :email, :hmac, :fields,"
        "  :language, :wording, :version, :now, :until)",
        error);

    if (!st)
        return false;
    statement_bind_text(st, ":id", id);
    statement_bind_text(st, ":kind", r->kind);
    statement_bind_int(st, ":candidate", r->candidate);
    statement_bind_text(st, ":email", joins ? r->email : NULL);
    statement_bind_text(st, ":hmac", r->hmac);
    statement_bind_text(st, ":fields", r->fields);
    statement_bind_text(st, ":language", r->language);
    statement_bind_text(st, ":wording", r->wording);
    statement_bind_text(st, ":version", r->version);
    statement_bind_int(st, ":now", now);
    statement_bind_int(st, ":until", now + REQUEST_LIFE_MS);
    return statement_run(st, error);
}

bool
request_ask(Store *store, const Workspace *workspace, const Keys *keys,
            const PageTexts *texts, const Request *request, int64_t now,
            GError **error)
{
    g_autofree char *dedupe =
        g_strdup_printf("%s %s %" G_GINT64_FORMAT " %08x", request->kind,
                        request->hmac, now, g_random_int());
    g_autofree char *key = g_strconcat("mail.", request->kind, NULL);
    g_autofree char *url = NULL;
    char id[MESSAGE_ID_TEXT], token[WEB_TOKEN_TEXT];
    bool often;

    g_assert(workspace->tracking.base_url);
    if (!asked_too_often(store, request->hmac, now, &often, error))
        return false;
    if (often)
        return true;
    message_id_make(keys, 0, dedupe, 1, request->kind, id);
    web_token_make(keys, WEB_TOKEN_CONFIRM, id, 0, token);
    url = g_strconcat(workspace->tracking.base_url, "/y/", token, NULL);
    const RequestMail mail = {.id = id,
                              .dedupe_key = dedupe,
                              .key = key,
                              .language = request->language,
                              .email = request->email,
                              .hmac = request->hmac,
                              .candidate = request->candidate,
                              .url = url};
    return insert(store, id, request, now, error) &&
           request_mail(store, workspace, keys, texts, &mail, now, error);
}
