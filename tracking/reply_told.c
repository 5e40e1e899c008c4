/* SPDX-License-Identifier: Apache-2.0 */
/* reply_told.c - what a new reply leads to besides its row */
#include "review.h"

#include "addresses.h"
#include "inspection-pack.h"
#include "nurture/address.h"
#include "nurture/clock.h"
#include "nurture/delivery.h"
#include "nurture/error.h"
#include "nurture/outbox.h"
#include "nurture/replies.h"
#include "nurture/text.h"

#include <string.h>

enum { ORIGINAL_MAX = 5 * 1024 * 1024, REFERRALS_MAX = 10 };

/* ---- people it names ------------------------------------------------------
 */

static bool
is_ours(const Act *a, const char *address)
{
    const char *domain = address_domain(address);

    return (a->mail->from_address &&
            g_ascii_strcasecmp(address, a->mail->from_address) == 0) ||
           g_strcmp0(address, a->match->rcpt) == 0 ||
           (domain && a->workspace->sending.domain &&
            g_ascii_strcasecmp(domain, a->workspace->sending.domain) == 0);
}

static bool
add_referral(const Act *a, int64_t reply, const char *address, GError **error)
{
    g_autoptr(Statement) st = store_prepare(
        a->store,
        "INSERT INTO referral (reply_id, candidate_id, address, created_at)"
        " VALUES (:reply, :candidate, :address, :now)"
        " ON CONFLICT (reply_id, address) DO NOTHING",
        error);

    if (!st)
        return false;
    statement_bind_int(st, ":reply", reply);
    if (a->match->candidate)
        statement_bind_int(st, ":candidate", a->match->candidate);
    statement_bind_text(st, ":address", address);
    statement_bind_int(st, ":now", a->now);
    return statement_run(st, error);
}

/* Shown to the recruiter, never mailed: they asked for nothing. */
static bool
keep_referrals(const Act *a, int64_t reply, GError **error)
{
    g_autoptr(GPtrArray) found = g_ptr_array_new_with_free_func(g_free);
    const Inspection *m = a->mail;
    bool names_somebody = g_strcmp0(m->intent, "referral") == 0 ||
                          g_strcmp0(m->intent_also, "referral") == 0 ||
                          g_strcmp0(m->intent, "wrong_person") == 0 ||
                          m->left_company || m->new_address || m->colleague ||
                          a->match->other_address;

    if (!names_somebody)
        return true;
    addresses_add_from(found, m->reply);
    addresses_add(found, g_strdup(m->new_address));
    addresses_add(found, g_strdup(m->colleague));
    if (a->match->other_address && a->match->proven)
        addresses_add(found, g_strdup(m->from_address));
    for (guint i = 0; i < MIN(found->len, REFERRALS_MAX); i++) {
        const char *address = found->pdata[i];
        bool writer = m->from_address &&
                      g_ascii_strcasecmp(address, m->from_address) == 0;
        if ((!is_ours(a, address) || (writer && a->match->other_address)) &&
            !add_referral(a, reply, address, error))
            return false;
    }
    return true;
}

/* ---- a copy for the recruiter ----------------------------------------------
 */

static void
append_html_lines(GString *html, const char *text)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);

    for (char **line = lines; *line; line++) {
        html_append_text(html, *line);
        g_string_append(html, line[1] ? "<br>" : "");
    }
}

/* `why`: "an answer that ..." */
static void
write_bodies(const Act *a, const char *why, ComposedMail *mail)
{
    const char *words = a->mail->reply ? a->mail->reply : "";
    g_autoptr(GString) html = g_string_new(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">"
        "<title>Reply</title></head><body style=\"margin:0;padding:24px;"
        "font:15px/1.5 Arial,Helvetica,sans-serif;color:#1f2933\"><p>");
    g_autoptr(GString) text = g_string_new(NULL);

    append_html_lines(html, words);
    g_string_append(html, "</p><hr><p style=\"color:#5b6672\">From ");
    html_append_text(html, a->mail->from_address);
    g_string_append_printf(html,
                           ", %s. Your answer to this mail goes to them. The "
                           "mail as it came is attached.</p></body></html>",
                           why);
    g_string_append_printf(
        text,
        "%s\n\n--\nFrom %s, %s. Your answer to this mail goes to them. "
        "The mail as it came is attached.\n",
        words, a->mail->from_address, why);
    mail->html = g_string_free(g_steal_pointer(&html), FALSE);
    mail->text = g_string_free(g_steal_pointer(&text), FALSE);
}

static void
attachment_free(void *data)
{
    MailAttachment *attachment = data;

    g_free(attachment->name);
    g_free(attachment->type);
    g_bytes_unref(attachment->bytes);
    g_free(attachment);
}

/* Not as message/rfc822, which may not be base64 (RFC 2046, 5.2.1) and so
 * would not survive every server unchanged. */
static void
attach_original(const Act *a, ComposedMail *mail)
{
    MailAttachment *original;

    if (!a->raw || g_bytes_get_size(a->raw) > ORIGINAL_MAX)
        return;
    original = g_new0(MailAttachment, 1);
    original->name = g_strdup("reply.eml");
    original->type = g_strdup("application/octet-stream");
    original->bytes = g_bytes_ref(a->raw);
    mail->attachments = g_ptr_array_new_with_free_func(attachment_free);
    g_ptr_array_add(mail->attachments, original);
}

static GBytes *
assemble(const Act *a, const Sender *to, const char *why, const char *id,
         GError **error)
{
    const Workspace *w = a->workspace;
    const Sender *from = workspace_sender(w, w->sending.fallback_sender);
    g_auto(ComposedMail) mail = {0};
    g_autoptr(GString) subject = g_string_new(NULL);
    g_autoptr(GString) name = g_string_new(NULL);

    plain_append_text(subject,
                      a->mail->subject ? a->mail->subject : "An answer");
    plain_append_text(name, a->mail->from_name && *a->mail->from_name
                                ? a->mail->from_name
                                : a->mail->from_address);
    mail.from_name = g_strdup_printf("%s (nurture)", name->str);
    mail.from_address = g_strdup((from ? from : to)->email);
    mail.to_name = g_strdup(to->name);
    mail.reply_to = g_strdup(a->mail->from_address);
    mail.subject = g_strdup(subject->str);
    mail.language = g_strdup("en");
    mail.auto_submitted = g_strdup("auto-generated");
    write_bodies(a, why, &mail);
    attach_original(a, &mail);
    return message_assemble(&mail, id, "service", to->email, a->now, w, a->keys,
                            error);
}

/* Once for each `dedupe`. */
static bool
queue_copy(const Act *a, const Sender *to, const char *why, const char *dedupe,
           GError **error)
{
    g_autofree char *key = address_key(to->email);
    g_autofree char *hmac = keys_address_hmac(a->keys, key);
    g_autofree char *body = NULL;
    g_autoptr(GBytes) bytes = NULL;
    g_autoptr(GError) unfit = NULL;
    char id[MESSAGE_ID_TEXT];
    OutboxEntry entry = {.message_id = id,
                         .kind = "service",
                         .dedupe_key = dedupe,
                         .sender = to->id,
                         .rcpt = to->email,
                         .rcpt_hmac = hmac,
                         .priority = 5,
                         .not_before = a->now,
                         .not_after = a->now + 3 * DAY_MS};
    bool added;

    message_id_make(a->keys, 0, dedupe, 1, "reply", id);
    /* What cannot be written as mail is in the digest nevertheless. */
    bytes = assemble(a, to, why, id, &unfit);
    if (!bytes)
        return true;
    body = g_strndup(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes));
    entry.body = body;
    return outbox_add(a->store, &entry, a->now, &added, error);
}

bool
reply_after_insert(const Act *a, int64_t reply, GError **error)
{
    const char *recruiter = a->match->sender
                                ? a->match->sender
                                : a->workspace->sending.fallback_sender;
    const Sender *to = workspace_sender(a->workspace, recruiter);
    g_autofree char *dedupe = g_strdup_printf("reply %" G_GINT64_FORMAT, reply);

    if (!keep_referrals(a, reply, error))
        return false;
    if (!to || !a->keys || !a->match->by || !a->mail->from_address ||
        !address_is_wire_safe(a->mail->from_address) ||
        g_strcmp0(a->mail->intent, "interested") != 0)
        return true;
    return queue_copy(a, to, "an answer that nurture takes for interested",
                      dedupe, error);
}

/* What is told of a reply beside the mail itself; the strings are `m`'s. */
static bool
read_reply(const Act *a, int64_t reply, Inspection *m, GError **error)
{
    g_autoptr(Statement) st = store_prepare(
        a->store,
        "SELECT from_address, subject, text FROM reply WHERE reply_id = :reply",
        error);

    if (!st)
        return false;
    statement_bind_int(st, ":reply", reply);
    if (statement_step(st)) {
        m->from_address = g_strdup(statement_text(st, 0));
        m->subject = g_strdup(statement_text(st, 1));
        m->reply = g_strdup(statement_text(st, 2));
    }
    return statement_end(st, error);
}

bool
reply_send_original(const Act *a, const Sender *to, int64_t reply,
                    GError **error)
{
    g_autoptr(GBytes) raw =
        reply_original(a->store, a->workspace, reply, error);
    g_autoptr(Inspection) mail = inspection_new();
    g_autofree char *dedupe = NULL;
    Act copy = *a;

    if (!raw || !read_reply(a, reply, mail, error))
        return false;
    if (!mail->from_address || !address_is_wire_safe(mail->from_address)) {
        g_set_error(error, NURTURE_ERROR, ERROR_NOT_FOUND,
                    "nobody to answer to");
        return false;
    }
    copy.mail = mail;
    copy.raw = raw;
    dedupe = g_strdup_printf("original %" G_GINT64_FORMAT " %s", reply,
                             a->inbound_id);
    return queue_copy(&copy, to, "an answer you asked for", dedupe, error);
}
