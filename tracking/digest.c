/* SPDX-License-Identifier: Apache-2.0 */
/* digest.c - the digest as mail, and when it is due */
#include "nurture/digest.h"

#include "nurture/address.h"
#include "nurture/clock.h"
#include "nurture/delivery.h"
#include "nurture/error.h"
#include "nurture/outbox.h"
#include "nurture/text.h"

#include <string.h>

enum { FIRST_HOUR = 8 };

/* ---- as mail ---------------------------------------------------------------
 */

static bool
mark_alerts(Store *store, int64_t now, GError **error)
{
    g_autoptr(Statement) st = store_prepare(
        store, "UPDATE alert SET told_at = :now WHERE told_at IS NULL", error);

    if (!st)
        return false;
    statement_bind_int(st, ":now", now);
    return statement_run(st, error);
}

/* "Not now, write to me in September": told today, and again in September. */
static bool
remind_later(Store *store, const Workspace *workspace, int64_t digest,
             int64_t now, GError **error)
{
    g_autoptr(Statement) asked = store_prepare(
        store,
        "SELECT reply_id, return_date FROM reply"
        " WHERE digest_id = :digest AND return_date IS NOT NULL"
        "  AND coalesce(label, intent) = 'not_now' AND state = 'open'",
        error);
    g_autoptr(Statement) later = store_prepare(
        store,
        "UPDATE reply SET state = 'snoozed', snoozed_until = :until"
        " WHERE reply_id = :reply",
        error);
    int64_t until;

    if (!asked || !later)
        return false;
    statement_bind_int(asked, ":digest", digest);
    while (statement_step(asked)) {
        if (!date_parse(statement_text(asked, 1), workspace->zone, &until,
                        NULL) ||
            until <= now)
            continue;
        statement_bind_int(later, ":reply", statement_int(asked, 0));
        statement_bind_int(later, ":until", until);
        if (!statement_run(later, error))
            return false;
    }
    return statement_end(asked, error);
}

static bool
insert_digest(Store *store, const Workspace *workspace, const DigestText *d,
              const char *message_id, int64_t now, GError **error)
{
    g_autoptr(Statement) row = store_prepare(
        store,
        "INSERT INTO digest (recruiter, made_at, message_id, replies)"
        " VALUES (:recruiter, :now, :message, :replies)",
        error);
    g_autoptr(Statement) told = NULL;
    int64_t digest;

    if (!row)
        return false;
    statement_bind_text(row, ":recruiter", d->recruiter);
    statement_bind_int(row, ":now", now);
    statement_bind_text(row, ":message", message_id);
    statement_bind_int(row, ":replies", d->replies);
    if (!statement_run(row, error))
        return false;
    digest = store_last_id(store);
    told = store_prepare(
        store,
        "UPDATE reply SET digest_id = :digest, state = 'open'"
        " WHERE reply_id IN"
        " (SELECT r.reply_id FROM reply r WHERE r.recruiter = :recruiter"
        "   AND ((r.state = 'open' AND r.digest_id IS NULL) OR"
        "    (r.state = 'snoozed' AND r.snoozed_until <= :now))"
        "   ORDER BY r.received_at, r.reply_id LIMIT :limit)",
        error);
    if (!told)
        return false;
    statement_bind_int(told, ":digest", digest);
    statement_bind_text(told, ":recruiter", d->recruiter);
    statement_bind_int(told, ":now", now);
    statement_bind_int(told, ":limit", DIGEST_REPLIES_MAX);
    return statement_run(told, error) &&
           remind_later(store, workspace, digest, now, error) &&
           (d->alerts == 0 || mark_alerts(store, now, error));
}

/* Answers to the digest are verbs. NULL without a mailbox for answers. */
static char *
review_address(const Workspace *w, const Keys *keys, const char *message_id)
{
    const char *at =
        w->sending.replies ? strrchr(w->sending.replies, '@') : NULL;
    char token[MAIL_TOKEN_TEXT];

    if (!at)
        return NULL;
    mail_token_make(keys, MAIL_TOKEN_REVIEW, message_id, token);
    return g_strdup_printf("%.*s+%s%s", (int)(at - w->sending.replies),
                           w->sending.replies, token, at);
}

/* What there is most reason to open it for. */
static char *
subject_of(const DigestText *d)
{
    const char *also = d->alerts > 0 ? ", and something to look at" : "";

    if (d->replies == 0 && d->alerts == 0)
        return g_strdup_printf("%s %s could not be reached",
                               number_format(d->failures),
                               d->failures == 1 ? "candidate" : "candidates");
    return g_strdup_printf("%s %s from candidates%s", number_format(d->replies),
                           d->replies == 1 ? "answer" : "answers", also);
}

static char *
assemble(const DigestText *d, const Sender *sender, const char *message_id,
         const Workspace *w, const Keys *keys, int64_t now, GError **error)
{
    const Sender *from = workspace_sender(w, w->sending.fallback_sender);
    g_autofree char *subject = subject_of(d);
    g_autoptr(GString) html = g_string_new(NULL);
    g_autoptr(GString) text = g_string_new(NULL);
    g_auto(ComposedMail) mail = {0};
    g_autoptr(GBytes) bytes = NULL;
    gsize size;
    const char *data;

    if (!digest_render(d, w, html, text, error))
        return NULL;
    mail.from_name = g_strdup("nurture");
    mail.from_address = g_strdup((from ? from : sender)->email);
    mail.to_name = g_strdup(sender->name);
    mail.reply_to = review_address(w, keys, message_id);
    mail.subject = g_strdup(subject);
    mail.html = g_strdup_printf(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">"
        "<meta name=\"viewport\" content=\"width=device-width\">"
        "<title>%s</title></head><body style=\"margin:0;padding:24px;"
        "font:15px/1.5 Arial,Helvetica,sans-serif;color:#1f2933;"
        "max-width:640px\">%s</body></html>",
        subject, html->str);
    mail.text = g_strdup(text->str);
    mail.language = g_strdup("en");
    mail.auto_submitted = g_strdup("auto-generated");
    bytes = message_assemble(&mail, message_id, "digest", sender->email, now, w,
                             keys, error);
    if (!bytes)
        return NULL;
    data = g_bytes_get_data(bytes, &size);
    return g_strndup(data, size);
}

static bool
queue(Store *store, const Workspace *w, const Keys *keys, const DigestText *d,
      int64_t now, GError **error)
{
    const Sender *sender = workspace_sender(w, d->recruiter);
    g_autofree char *dedupe =
        g_strdup_printf("digest %s %" G_GINT64_FORMAT, d->recruiter, now);
    g_autofree char *key = address_key(sender->email);
    g_autofree char *hmac = keys_address_hmac(keys, key);
    char id[MESSAGE_ID_TEXT];
    g_autofree char *body = NULL;
    OutboxEntry entry = {.message_id = id,
                         .kind = "digest",
                         .dedupe_key = dedupe,
                         .sender = sender->id,
                         .rcpt = sender->email,
                         .rcpt_hmac = hmac,
                         .priority = 20,
                         .not_before = now,
                         .not_after = now + 3 * DAY_MS};
    bool added;
    g_auto(Transaction) tx = {NULL};

    message_id_make(keys, 0, dedupe, 1, "digest", id);
    body = assemble(d, sender, id, w, keys, now, error);
    if (!body)
        return false;
    entry.body = body;
    tx = store_begin(store, error);
    return tx.store && outbox_add(store, &entry, now, &added, error) &&
           insert_digest(store, w, d, id, now, error) &&
           transaction_commit(&tx, error);
}

bool
digest_send(Store *store, const Workspace *workspace, const Keys *keys,
            const char *recruiter, int64_t now, bool *out_sent, GError **error)
{
    g_auto(DigestText) digest = {0};

    *out_sent = false;
    if (!digest_make(store, workspace, keys, recruiter, now, &digest, error))
        return false;
    if (digest.replies == 0 && digest.alerts == 0 && digest.failures == 0)
        return true;
    *out_sent = true;
    return queue(store, workspace, keys, &digest, now, error);
}

/* Alerts are for whoever stands in when a candidate has no recruiter. */
char **
digest_recruiters(Store *store, const Workspace *workspace, int64_t now,
                  GError **error)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(Statement) st =
        store_prepare(store,
                      "SELECT recruiter FROM reply"
                      " WHERE recruiter IS NOT NULL"
                      "  AND ((state = 'open' AND digest_id IS NULL) OR"
                      "   (state = 'snoozed' AND snoozed_until <= :now))"
                      " UNION SELECT :operator WHERE :operator IS NOT NULL"
                      "  AND EXISTS (SELECT 1 FROM alert WHERE told_at IS NULL)"
                      " UNION SELECT g.sender FROM event e"
                      "  JOIN message g ON g.message_id = e.message_id"
                      "  WHERE e.kind = 'bounced' AND g.sender IS NOT NULL"
                      "   AND e.at > coalesce((SELECT max(d.made_at)"
                      "    FROM digest d WHERE d.recruiter = g.sender),"
                      "    :now - 604800000)"
                      " ORDER BY 1",
                      error);

    if (!st)
        return NULL;
    statement_bind_int(st, ":now", now);
    statement_bind_text(st, ":operator", workspace->sending.fallback_sender);
    while (statement_step(st))
        g_ptr_array_add(names, g_strdup(statement_text(st, 0)));
    if (!statement_end(st, error))
        return NULL;
    g_ptr_array_add(names, NULL);
    return (char **)g_ptr_array_free(g_steal_pointer(&names), FALSE);
}

static bool
is_due(Store *store, const char *recruiter, int64_t now, bool *out,
       GError **error)
{
    g_autoptr(Statement) st =
        store_prepare(store,
                      "SELECT coalesce(max(made_at), 0) FROM digest"
                      " WHERE recruiter = :recruiter",
                      error);

    if (!st)
        return false;
    statement_bind_text(st, ":recruiter", recruiter);
    if (statement_step(st))
        *out = statement_int(st, 0) + 20 * HOUR_MS < now;
    return statement_end(st, error);
}

bool
digest_send_due(Store *store, const Workspace *workspace, const Keys *keys,
                int64_t now, GError **error)
{
    LocalTime local = utc_to_local(workspace->zone, now);
    g_auto(GStrv) recruiters = NULL;

    if (local.weekday >= 5 || local.minute < FIRST_HOUR * 60)
        return true;
    recruiters = digest_recruiters(store, workspace, now, error);
    if (!recruiters)
        return false;
    for (char **r = recruiters; *r; r++) {
        bool due = false, sent;
        if (!workspace_sender(workspace, *r))
            continue; /* W707: their replies wait for a file */
        if (!is_due(store, *r, now, &due, error) ||
            (due &&
             !digest_send(store, workspace, keys, *r, now, &sent, error)))
            return false;
    }
    return true;
}
