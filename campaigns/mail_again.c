/* SPDX-License-Identifier: Apache-2.0 */
/* mail_again.c - a campaign's mail filled once more, to be read */
#include "compose.h"
#include "nurture/scheduler.h"

static bool
claimed_read(Statement *st, ClaimedMessage *out)
{
    if (!statement_step(st))
        return false;
    *out = (ClaimedMessage){
        .message_id = statement_text(st, 0),
        .kind = "campaign",
        .candidate = statement_int(st, 1),
        .campaign = statement_text(st, 2),
        .step = statement_text(st, 3),
        .snapshot = statement_text(st, 4),
        .segment = statement_text(st, 5),
        .variant = statement_text(st, 6),
        .language = statement_text(st, 7),
        .sender = statement_text(st, 8),
        .cycle = (int)statement_int(st, 9),
        .rcpt = statement_text(st, 10),
        .first_claim_at = statement_int(st, 11),
    };
    return true;
}

/* Fill `mail` again; false without error when there is no such mail or it
 * cannot be filled any more. */
static bool
compose_again(Store *store, const Workspace *workspace, const Keys *keys,
              const char *message_id, int64_t now, ComposedMail *mail,
              GError **error)
{
    g_autoptr(Statement) st = store_prepare(
        store,
        "SELECT message_id, candidate_id, campaign, step, snapshot, segment,"
        "  variant, language, sender, cycle, rcpt,"
        "  coalesce(first_claim_at, created_at) FROM message"
        " WHERE message_id = :message AND kind = 'campaign'",
        error);
    g_autofree char *reason = NULL;
    ClaimedMessage claimed;
    Composer *composer;
    int64_t retry_at;
    bool done;

    if (!st)
        return false;
    statement_bind_text(st, ":message", message_id);
    if (!claimed_read(st, &claimed))
        return false;
    composer = campaign_composer_new(workspace, store, keys, now, error);
    if (!composer)
        return false;
    campaign_composer_again(composer);
    done = composer->compose(composer->data, store, &claimed, now, mail,
                             &retry_at, &reason, error) == COMPOSE_OK;
    campaign_composer_free(composer);
    return done;
}

char *
campaign_mail_text(Store *store, const Workspace *workspace, const Keys *keys,
                   const char *message_id, int64_t now, GError **error)
{
    g_auto(ComposedMail) mail = {0};

    return compose_again(store, workspace, keys, message_id, now, &mail, error)
               ? g_strdup_printf("%s\n\n%s", mail.subject, mail.text)
               : NULL;
}

/* A browser has no parts of a mail to look "cid:" up in. */
static void
embed_images(GString *html, const GPtrArray *attachments)
{
    for (guint i = 0; attachments && i < attachments->len; i++) {
        const MailAttachment *a = attachments->pdata[i];
        if (!a->cid || !g_str_has_prefix(a->type, "image/"))
            continue;
        gsize size;
        const guchar *bytes = g_bytes_get_data(a->bytes, &size);
        g_autofree char *from = g_strdup_printf("\"cid:%s\"", a->cid);
        g_autofree char *base64 = g_base64_encode(bytes, size);
        g_autofree char *to =
            g_strdup_printf("\"data:%s;base64,%s\"", a->type, base64);
        g_string_replace(html, from, to, 0);
    }
}

char *
campaign_mail_html(Store *store, const Workspace *workspace, const Keys *keys,
                   const char *message_id, int64_t now, GError **error)
{
    g_auto(ComposedMail) mail = {0};
    g_autoptr(GString) html = NULL;

    if (!compose_again(store, workspace, keys, message_id, now, &mail, error))
        return NULL;
    html = g_string_new(mail.html);
    embed_images(html, mail.attachments);
    return g_strdup(html->str);
}
