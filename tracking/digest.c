/* SPDX-License-Identifier: Apache-2.0 */
/* digest.c - the replies of a recruiter's candidates, as one mail */
#include "nurture/digest.h"

#include "nurture/address.h"
#include "nurture/clock.h"
#include "nurture/delivery.h"
#include "nurture/error.h"
#include "nurture/event.h"
#include "nurture/outbox.h"
#include "nurture/template.h"
#include "nurture/text.h"

#include <string.h>

enum { EXCERPT = 600, MOST_REPLIES = 200, FIRST_HOUR = 8 };

/* The groups of a digest, in the order they are read. */
static const struct {
    const char *title, *intents; /* intents between spaces */
} groups[] = {
    {"Possible opt-outs and erasure requests", " unsubscribe erasure "},
    {"Interested", " interested "},
    {"Questions", " question "},
    {"Referrals", " referral "},
    {"Not now", " not_now "},
    {"Not interested", " not_interested wrong_person "},
    {"Other answers", " other ooo "},
};

void
digest_clear(DigestText *d)
{
    g_clear_pointer(&d->recruiter, g_free);
    g_clear_pointer(&d->markdown, g_free);
    d->replies = 0;
}

/* Strangers' words may not become Markdown: every ASCII punctuation mark is
 * escaped (CommonMark 2.4), lines become quoted lines. */
static void
append_literal(GString *out, const char *text, bool quoted)
{
    for (const char *p = text; *p; p = g_utf8_next_char(p)) {
        gunichar c = g_utf8_get_char(p);
        if (c == '\n')
            g_string_append(out, quoted ? "\\\n> " : " ");
        else if (c == '\t' || (c >= 0x20 && c != 0x7f)) {
            if (c < 0x80 && g_ascii_ispunct((char)c))
                g_string_append_c(out, '\\');
            g_string_append_unichar(out, c);
        }
    }
}

static void
append_excerpt(GString *out, const char *text)
{
    g_autofree char *valid = g_utf8_make_valid(text, -1);
    g_autofree char *cut =
        g_utf8_substring(valid, 0, MIN(EXCERPT, g_utf8_strlen(valid, -1)));
    g_auto(GStrv) lines = NULL;
    bool first = true;

    g_strstrip(cut);
    lines = g_strsplit(cut, "\n", -1);
    g_string_append(out, "> ");
    for (char **line = lines; *line; line++) {
        if (text_is_blank(*line))
            continue;
        if (!first)
            g_string_append(out, "\\\n> ");
        first = false;
        append_literal(out, *line, true);
    }
    if (first)
        g_string_append(out, "(no words of their own)");
    if (g_utf8_strlen(valid, -1) > EXCERPT)
        g_string_append(out, " …");
    g_string_append(out, "\n\n");
}

typedef struct {
    Store *store;
    const Workspace *workspace;
    const char *recruiter;
    int64_t now;
} Making;

static Statement *
prepare_replies(Store *store, GError **error)
{
    return store_prepare(
        store,
        "SELECT r.reply_id, coalesce(c.first_name || ' ', '')"
        "   || coalesce(c.last_name, ''),"
        "  r.from_address, coalesce(r.label, CASE WHEN r.flags = 'erasure'"
        "   THEN 'erasure' ELSE r.intent END),"
        "  r.text, r.action, r.subject, r.campaign, r.step, r.received_at,"
        "  r.candidate_id, r.other_address, r.intent_rule, c.email"
        " FROM reply r LEFT JOIN candidate c"
        "  ON c.candidate_id = r.candidate_id"
        " WHERE r.recruiter = :recruiter AND r.digest_id IS NULL"
        "  AND r.state = 'open'"
        " ORDER BY r.received_at, r.reply_id LIMIT :limit",
        error);
}

static void
append_who(GString *out, Statement *st, double score)
{
    const char *name = statement_text(st, 1);

    g_string_append(out, "**");
    append_literal(out, text_is_blank(name) ? statement_text(st, 2) : name,
                   false);
    g_string_append(out, "** (");
    append_literal(out, statement_text(st, 2), false);
    g_string_append_printf(out, "), score %.0f", score);
    if (statement_int(st, 11) && statement_text(st, 13)) {
        g_string_append(out, ", writing from another address than ");
        append_literal(out, statement_text(st, 13), false);
    }
    if (statement_text(st, 7)) {
        g_string_append(out, ", answering ");
        append_literal(out, statement_text(st, 7), false);
        g_string_append_c(out, '/');
        append_literal(out, statement_text(st, 8) ? statement_text(st, 8) : "",
                       false);
    }
    g_string_append(out, "\n\n");
}

static bool
append_reply(const Making *m, GString *out, Statement *st, GError **error)
{
    double score = 0;
    g_autofree char *day = date_format(statement_int(st, 9), m->workspace->zone,
                                       "D MMMM, HH:mm", "en");

    if (!statement_is_null(st, 10) &&
        !score_of(m->store, m->workspace, statement_int(st, 10), m->now, &score,
                  error))
        return false;
    append_who(out, st, score);
    append_excerpt(out, statement_text(st, 4));
    g_string_append_printf(out, "%s. nurture: ", day);
    append_literal(
        out, statement_text(st, 5) ? statement_text(st, 5) : "nothing", false);
    if (statement_text(st, 12)) {
        g_string_append(out, " (rule ");
        append_literal(out, statement_text(st, 12), false);
        g_string_append_c(out, ')');
    }
    g_string_append(out, ".\n\n");
    return true;
}

static guint
group_of(const char *intent)
{
    g_autofree char *word = g_strdup_printf(" %s ", intent ? intent : "other");

    for (guint i = 0; i + 1 < G_N_ELEMENTS(groups); i++)
        if (strstr(groups[i].intents, word))
            return i;
    return G_N_ELEMENTS(groups) - 1;
}

/* Out-of-office answers and bounces of this recruiter's candidates since the
 * last digest: a line each kind. */
static bool
append_rest(const Making *m, GString *out, GError **error)
{
    g_autoptr(Statement) st = store_prepare(
        m->store,
        "SELECT e.kind, count(*) FROM event e"
        " JOIN message m ON m.message_id = e.message_id"
        " WHERE m.sender = :recruiter AND e.kind IN ('auto_reply', 'bounced')"
        "  AND e.at > coalesce((SELECT max(d.made_at) FROM digest d"
        "   WHERE d.recruiter = :recruiter), 0)"
        " GROUP BY e.kind ORDER BY e.kind",
        error);

    if (!st)
        return false;
    statement_bind_text(st, ":recruiter", m->recruiter);
    while (statement_step(st))
        g_string_append_printf(
            out, "- %s: %s\n",
            strcmp(statement_text(st, 0), "bounced") == 0
                ? "Could not be delivered"
                : "Automatic answers (out of office and such)",
            number_format(statement_int(st, 1)));
    g_string_append_c(out, '\n');
    return statement_end(st, error);
}

static bool
read_groups(const Making *m, GString **out, int64_t *out_count, GError **error)
{
    g_autoptr(Statement) st = prepare_replies(m->store, error);

    if (!st)
        return false;
    statement_bind_text(st, ":recruiter", m->recruiter);
    statement_bind_int(st, ":limit", MOST_REPLIES);
    while (statement_step(st)) {
        ++*out_count;
        if (!append_reply(m, out[group_of(statement_text(st, 3))], st, error))
            return false;
    }
    return statement_end(st, error);
}

bool
digest_make(Store *store, const Workspace *workspace, const char *recruiter,
            int64_t now, DigestText *out, GError **error)
{
    const Making m = {store, workspace, recruiter, now};
    const Sender *sender = workspace_sender(workspace, recruiter);
    g_autoptr(GString) text = NULL;
    GString *parts[G_N_ELEMENTS(groups)];
    bool read;

    memset(out, 0, sizeof *out);
    if (!sender) {
        g_set_error(error, NURTURE_ERROR, ERROR_NOT_FOUND,
                    "there is no recruiter '%s' (senders/%s.md)", recruiter,
                    recruiter);
        return false;
    }
    for (gsize i = 0; i < G_N_ELEMENTS(groups); i++)
        parts[i] = g_string_new(NULL);
    read = read_groups(&m, parts, &out->replies, error);
    text = g_string_new("# ");
    g_string_append_printf(text, "%s %s for ", number_format(out->replies),
                           out->replies == 1 ? "answer" : "answers");
    append_literal(text, sender->name, false);
    g_string_append(text, "\n\n");
    for (gsize i = 0; i < G_N_ELEMENTS(groups); i++) {
        if (parts[i]->len > 0)
            g_string_append_printf(text, "## %s\n\n%s", groups[i].title,
                                   parts[i]->str);
        g_string_free(parts[i], TRUE);
    }
    if (!read || !append_rest(&m, text, error))
        return false;
    out->recruiter = g_strdup(recruiter);
    out->markdown = g_string_free(g_steal_pointer(&text), FALSE);
    return true;
}

/* ---- as mail ---------------------------------------------------------------
 */

static bool
insert_digest(Store *store, const DigestText *d, const char *message_id,
              int64_t now, GError **error)
{
    g_autoptr(Statement) row = store_prepare(
        store,
        "INSERT INTO digest (recruiter, made_at, message_id, replies)"
        " VALUES (:recruiter, :now, :message, :replies)",
        error);
    g_autoptr(Statement) told = NULL;

    if (!row)
        return false;
    statement_bind_text(row, ":recruiter", d->recruiter);
    statement_bind_int(row, ":now", now);
    statement_bind_text(row, ":message", message_id);
    statement_bind_int(row, ":replies", d->replies);
    if (!statement_run(row, error))
        return false;
    told = store_prepare(
        store,
        "UPDATE reply SET digest_id = :digest WHERE reply_id IN"
        " (SELECT r.reply_id FROM reply r WHERE r.recruiter = :recruiter"
        "   AND r.digest_id IS NULL AND r.state = 'open'"
        "   ORDER BY r.received_at, r.reply_id LIMIT :limit)",
        error);
    if (!told)
        return false;
    statement_bind_int(told, ":digest", store_last_id(store));
    statement_bind_text(told, ":recruiter", d->recruiter);
    statement_bind_int(told, ":limit", MOST_REPLIES);
    return statement_run(told, error);
}

static char *
assemble(const DigestText *d, const Sender *sender, const char *message_id,
         const Workspace *w, const Keys *keys, int64_t now, GError **error)
{
    const Sender *from = workspace_sender(w, w->sending.fallback_sender);
    g_autofree char *subject =
        g_strdup_printf("%s %s from candidates", number_format(d->replies),
                        d->replies == 1 ? "answer" : "answers");
    g_autoptr(GString) html = g_string_new(NULL);
    g_autoptr(GString) text = g_string_new(NULL);
    g_auto(ComposedMail) mail = {0};
    g_autoptr(GBytes) bytes = NULL;
    gsize size;
    const char *data;

    if (!markdown_render(d->markdown, w, NULL, subject, html, text, error))
        return NULL;
    mail.from_name = g_strdup("nurture");
    mail.from_address = g_strdup((from ? from : sender)->email);
    mail.to_name = g_strdup(sender->name);
    mail.reply_to = g_strdup(w->sending.replies);
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
           insert_digest(store, d, id, now, error) &&
           transaction_commit(&tx, error);
}

bool
digest_send(Store *store, const Workspace *workspace, const Keys *keys,
            const char *recruiter, int64_t now, bool *out_sent, GError **error)
{
    g_auto(DigestText) digest = {0};

    *out_sent = false;
    if (!digest_make(store, workspace, recruiter, now, &digest, error))
        return false;
    if (digest.replies == 0)
        return true;
    *out_sent = true;
    return queue(store, workspace, keys, &digest, now, error);
}

char **
digest_recruiters(Store *store, GError **error)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(Statement) st = store_prepare(
        store,
        "SELECT DISTINCT recruiter FROM reply"
        " WHERE digest_id IS NULL AND state = 'open' AND recruiter IS NOT NULL"
        " ORDER BY recruiter",
        error);

    if (!st)
        return NULL;
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
    recruiters = digest_recruiters(store, error);
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
