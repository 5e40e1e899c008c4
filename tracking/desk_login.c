/* SPDX-License-Identifier: Apache-2.0 */
/* desk_login.c - getting in, by a link that works once
 *
 * Mail scanners press every link: GET shows a button, and only pressing that
 * uses the link up. Whoever asks gets the same answer, whether the address is
 * a sender's or not. */
#include "desk-private.h"

#include "nurture/address.h"
#include "nurture/alert.h"
#include "nurture/clock.h"
#include "nurture/delivery.h"
#include "nurture/kick.h"
#include "nurture/outbox.h"

#include <string.h>

#define OFTEN_MS (15 * MINUTE_MS)
enum { OFTEN_MAX = 3 }; /* links mailed to one sender in that time */

static const Sender *
sender_of(const Workspace *workspace, const char *address)
{
    g_autofree char *wanted = address ? address_normalise(address, NULL) : NULL;

    for (guint i = 0;
         wanted && workspace->senders && i < workspace->senders->len; i++) {
        const Sender *sender = workspace->senders->pdata[i];
        if (sender->email && g_ascii_strcasecmp(sender->email, wanted) == 0)
            return sender;
    }
    return NULL;
}

/* The link as mail ------------------------------------------------------- */

static GBytes *
login_mail(const Visit *visit, const Sender *sender, const char *id,
           const char *path, GError **error)
{
    const Workspace *w = visit->workspace;
    const Sender *from = workspace_sender(w, w->sending.fallback_sender);
    g_autoptr(GString) html = g_string_new(NULL);
    g_auto(ComposedMail) mail = {0};

    mail.from_name = g_strdup("nurture");
    mail.from_address = g_strdup((from ? from : sender)->email);
    mail.to_name = g_strdup(sender->name);
    mail.reply_to = g_strdup(mail.from_address);
    mail.subject = g_strdup("Your link to log in");
    mail.language = g_strdup("en");
    mail.auto_submitted = g_strdup("auto-generated");
    mail.text = g_strdup_printf(
        "Somebody, probably you, asked to log in to the pages of %s.\n\n"
        "%s%s\n\n"
        "The link works once, within 15 minutes. If it was not you, there is "
        "nothing to do.\n",
        w->company ? w->company : "nurture", visit->desk->address, path);
    markup(html,
           "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">"
           "<title>Your link to log in</title></head>"
           "<body style=\"margin:0;padding:24px;font:15px/1.5 Arial,"
           "Helvetica,sans-serif;color:#1f2933;max-width:640px\">"
           "<p>Somebody, probably you, asked to log in to the pages of %s.</p>"
           "<p><a href=\"%s%s\">Log in</a></p>"
           "<p>The link works once, within 15 minutes. If it was not you, "
           "there is nothing to do.</p></body></html>",
           w->company ? w->company : "nurture", visit->desk->address, path);
    mail.html = g_strdup(html->str);
    return message_assemble(&mail, id, "service", sender->email, visit->now, w,
                            visit->desk->keys, error);
}

static bool
queue_mail(const Visit *visit, const Sender *sender, const char *path,
           GError **error)
{
    /* The path is a secret; the key must only be new. */
    g_autofree char *dedupe =
        g_strdup_printf("login %s %" G_GINT64_FORMAT " %u", sender->id,
                        visit->now, g_random_int());
    g_autofree char *key = address_key(sender->email);
    g_autofree char *hmac = keys_address_hmac(visit->desk->keys, key);
    char id[MESSAGE_ID_TEXT];
    g_autoptr(GBytes) bytes = NULL;
    g_autofree char *body = NULL;
    bool added;

    message_id_make(visit->desk->keys, 0, dedupe, 1, "login", id);
    bytes = login_mail(visit, sender, id, path, error);
    if (!bytes)
        return false;
    body = g_strndup(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes));
    const OutboxEntry entry = {.message_id = id,
                               .kind = "service",
                               .dedupe_key = dedupe,
                               .sender = sender->id,
                               .rcpt = sender->email,
                               .rcpt_hmac = hmac,
                               .priority = 1,
                               .not_before = visit->now,
                               .not_after = visit->now + 15 * MINUTE_MS,
                               .body = body};
    return outbox_add(visit->store, &entry, visit->now, &added, error);
}

static bool
asked_too_often(const Visit *visit, const Sender *sender, bool *out,
                GError **error)
{
    g_autoptr(Statement) st =
        store_prepare(visit->store,
                      "SELECT count(*) FROM desk_login"
                      " WHERE sender = :sender AND created_at > :since",
                      error);

    *out = true;
    if (!st)
        return false;
    statement_bind_text(st, ":sender", sender->id);
    statement_bind_int(st, ":since", visit->now - OFTEN_MS);
    if (statement_step(st))
        *out = statement_int(st, 0) >= OFTEN_MAX;
    return statement_end(st, error);
}

static bool
mail_link(const Visit *visit, const Sender *sender, GError **error)
{
    g_auto(Transaction) tx = store_begin(visit->store, error);
    g_autofree char *path = NULL;
    bool often;

    if (!tx.store || !asked_too_often(visit, sender, &often, error))
        return false;
    if (often)
        return true;
    path = desk_login_make(visit->store, sender, visit->now, error);
    if (!path || !queue_mail(visit, sender, path, error) ||
        !audit_add(visit->store, "nurture", "mail login link", sender->id, NULL,
                   visit->now, error) ||
        !transaction_commit(&tx, error))
        return false;
    kick_run(visit->workspace);
    return true;
}

/* Pages ------------------------------------------------------------------ */

/* Guessing costs time: a few tries a minute from one address. */
static bool
may_try(Visit *visit)
{
    g_autofree char *address = peer_limit_address(
        visit->request->peer, http_header(visit->request, "X-Forwarded-For"));

    if (peer_limit_take(visit->desk->logins,
                        address ? address : visit->request->peer,
                        clock_monotonic()))
        return true;
    http_response_header(visit->response, "Retry-After", "60");
    desk_plain_page(visit, 429, "Too many tries",
                    "Please wait a minute, then try again.");
    return false;
}

bool
desk_login_page(Visit *visit, GError **error)
{
    (void)error;
    desk_page_begin(visit, NULL, "Log in");
    markup(visit->html,
           "<div class=\"door\"><h1>Log in</h1>"
           "<p>Enter the address your mails to candidates come from. We send "
           "you a link that works once.</p>"
           "<form method=\"post\" action=\"/login\">"
           "<label for=\"address\">Address</label>"
           "<input id=\"address\" name=\"address\" type=\"email\" required "
           "autocomplete=\"email\" maxlength=\"254\" autofocus>"
           "<button class=\"main\">Send the link</button></form></div>");
    desk_page_end(visit, 200);
    return true;
}

bool
desk_login_ask(Visit *visit, GError **error)
{
    g_autofree char *address = http_form(visit->request, "address");
    const Sender *sender = sender_of(visit->workspace, address);

    if (!may_try(visit))
        return true;
    if (sender && !mail_link(visit, sender, error))
        return false;
    desk_page_begin(visit, NULL, "Look at your mail");
    markup(
        visit->html,
        "<div class=\"door\"><h1>Look at your mail</h1>"
        "<p>If that is the address of a sender here, a link is on its way. "
        "It works once, within 15 minutes.</p>"
        "<p class=\"soft\">Nothing there? The next run of nurture sends it: at "
        "once by <code>nurture run --watch</code>, within a minute by its "
        "timer. The file in "
        "<code>senders/</code> says which address is yours.</p>"
        "<p><a href=\"/login\">Try again</a></p></div>");
    desk_page_end(visit, 200);
    return true;
}

static void
dead_link(Visit *visit)
{
    desk_page_begin(visit, NULL, "This link does not work");
    markup(visit->html,
           "<div class=\"door\"><h1>This link does not work</h1>"
           "<p>It has been used, or is older than 15 minutes.</p>"
           "<p><a class=\"button main\" href=\"/login\">Ask for a new "
           "one</a></p></div>");
    desk_page_end(visit, 404);
}

bool
desk_login_link_page(Visit *visit, GError **error)
{
    const Sender *sender;

    if (!desk_login_find(visit, visit->part[1], &sender, error))
        return false;
    if (!sender) {
        dead_link(visit);
        return true;
    }
    desk_page_begin(visit, NULL, "Log in");
    markup(visit->html,
           "<div class=\"door\"><h1>Hello %s</h1>"
           "<p>Press the button to log in on this computer.</p>"
           "<form method=\"post\" action=\"/login/%u\">"
           "<button class=\"main\" autofocus>Log in</button></form></div>",
           sender->name, visit->part[1]);
    desk_page_end(visit, 200);
    return true;
}

bool
desk_login_link_use(Visit *visit, GError **error)
{
    const Sender *sender;
    g_auto(Transaction) tx = {NULL};

    if (!may_try(visit))
        return true;
    tx = store_begin(visit->store, error);
    if (!tx.store || !desk_login_use(visit, visit->part[1], &sender, error))
        return false;
    if (!sender) {
        dead_link(visit);
        return true;
    }
    if (!desk_session_begin(visit, sender, error) ||
        !transaction_commit(&tx, error))
        return false;
    desk_redirect(visit, "/");
    return true;
}

bool
desk_logout(Visit *visit, GError **error)
{
    if (!desk_session_end(visit, error))
        return false;
    http_response_header(visit->response, "Clear-Site-Data", "\"cache\"");
    desk_redirect(visit, "/login");
    return true;
}
