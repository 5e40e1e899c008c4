/* SPDX-License-Identifier: Apache-2.0 */
/* match.c - finding the mail that was answered */
#include "match.h"

#include "nurture/address.h"
#include "nurture/clock.h"
#include "nurture/subject.h"

#include <string.h>

enum { HEURISTIC_DAYS = 60, IDS_MAX = 50, ADDRESSES_TRIED = 200 };

typedef struct {
    Store *store;
    const Keys *keys;
    const Inspection *mail;
    int64_t now;
    Match *out;
} Search;

static const struct {
    const char *by;
    double confidence;
    bool proven;
} rungs[] = {
    {"exact", 1.0, true},      {"thread", 0.95, true}, {"quoted", 0.9, true},
    {"heuristic", 0.6, false}, {"person", 0.4, false},
};

void
match_clear(Match *m)
{
    g_clear_pointer(&m->campaign, g_free);
    g_clear_pointer(&m->step, g_free);
    g_clear_pointer(&m->sender, g_free);
    g_clear_pointer(&m->rcpt, g_free);
    g_clear_pointer(&m->rcpt_hmac, g_free);
    g_clear_pointer(&m->rcpt_domain, g_free);
}

static void
settle(Match *out, const char *by)
{
    for (gsize i = 0; i < G_N_ELEMENTS(rungs); i++)
        if (strcmp(rungs[i].by, by) == 0) {
            out->by = rungs[i].by;
            out->confidence = rungs[i].confidence;
            out->proven = rungs[i].proven;
        }
}

/* ---- tokens ---------------------------------------------------------------
 */

bool
match_token_in_address(const Keys *keys, MailTokenKind kind,
                       const char *address, char out[MESSAGE_ID_TEXT])
{
    const char *at = strrchr(address, '@'), *plus = strchr(address, '+');

    return plus && at && plus < at &&
           mail_token_read(keys, kind, plus + 1, (gsize)(at - plus - 1), out);
}

static bool
find_exact(const Search *s)
{
    static const MailTokenKind kinds[] = {MAIL_TOKEN_REPLY, MAIL_TOKEN_BOUNCE,
                                          MAIL_TOKEN_UNSUBSCRIBE,
                                          MAIL_TOKEN_REVIEW};
    const GPtrArray *list = s->mail->addresses;

    for (guint i = 0; i < MIN(list->len, ADDRESSES_TRIED); i++)
        for (gsize k = 0; k < G_N_ELEMENTS(kinds); k++)
            if (match_token_in_address(s->keys, kinds[k], list->pdata[i],
                                       s->out->message_id)) {
                s->out->unsubscribe = kinds[k] == MAIL_TOKEN_UNSUBSCRIBE;
                s->out->review = kinds[k] == MAIL_TOKEN_REVIEW;
                return true;
            }
    return false;
}

/* TOKEN@domain */
static bool
token_in_message_id(const Search *s, const char *id)
{
    const char *at = strchr(id, '@');

    return at && mail_token_read(s->keys, MAIL_TOKEN_MESSAGE_ID, id,
                                 (gsize)(at - id), s->out->message_id);
}

/* The relay may have put its own Message-ID on our mail. */
static bool
find_alias(const Search *s, const char *id, bool *found, GError **error)
{
    const char *at = strchr(id, '@');
    g_autofree char *local = g_strndup(id, at ? (gsize)(at - id) : strlen(id));
    g_autoptr(Statement) st = store_prepare(
        s->store, "SELECT message_id FROM message_alias WHERE alias = :alias",
        error);

    if (!st)
        return false;
    statement_bind_text(st, ":alias", local);
    *found = statement_step(st);
    if (*found)
        g_strlcpy(s->out->message_id, statement_text(st, 0), MESSAGE_ID_TEXT);
    return statement_end(st, error);
}

static bool
find_thread(const Search *s, bool *found, GError **error)
{
    const GPtrArray *ids = s->mail->message_ids;

    for (guint i = 0; i < MIN(ids->len, IDS_MAX) && !*found; i++) {
        *found = token_in_message_id(s, ids->pdata[i]);
        if (!*found && !find_alias(s, ids->pdata[i], found, error))
            return false;
    }
    if (!*found && s->mail->feedback_message_id)
        *found = token_in_message_id(s, s->mail->feedback_message_id);
    return true;
}

/* Any of our links, whatever it was for; links of a preferences page or a
 * login are not in mails. */
static bool
find_quoted(const Search *s)
{
    static const WebTokenKind kinds[] = {
        WEB_TOKEN_OPT_OUT,  WEB_TOKEN_CLICK, WEB_TOKEN_PREFERENCES,
        WEB_TOKEN_INTEREST, WEB_TOKEN_VIEW,  WEB_TOKEN_OPEN};
    const GPtrArray *tokens = s->mail->quoted_tokens;

    for (guint i = 0; i < tokens->len; i++)
        for (gsize k = 0; k < G_N_ELEMENTS(kinds); k++) {
            const char *token = tokens->pdata[i];
            unsigned link;
            if (web_token_read(s->keys, kinds[k], token, strlen(token),
                               s->out->message_id, &link))
                return true;
        }
    return false;
}

/* ---- the store ------------------------------------------------------------
 */

static char *
hmac_of_sender(const Search *s)
{
    g_autofree char *key =
        s->mail->from_address ? address_key(s->mail->from_address) : NULL;

    return key ? keys_address_hmac(s->keys, key) : NULL;
}

/* Another address of the same person is still this person. */
static bool
is_same_person(const Search *s, bool *out, GError **error)
{
    g_autofree char *key =
        s->mail->from_address ? address_key(s->mail->from_address) : NULL;
    g_autoptr(Statement) st = store_prepare(
        s->store,
        "SELECT 1 FROM candidate WHERE candidate_id = :candidate"
        "  AND email_key = :key"
        " UNION ALL SELECT 1 FROM candidate_address"
        "  WHERE candidate_id = :candidate AND email_key = :key LIMIT 1",
        error);

    if (!st)
        return false;
    statement_bind_int(st, ":candidate", s->out->candidate);
    statement_bind_text(st, ":key", key);
    *out = statement_step(st);
    return statement_end(st, error);
}

static bool
read_message(const Search *s, GError **error)
{
    g_autofree char *hmac = hmac_of_sender(s);
    Match *out = s->out;
    bool same = true;
    g_autoptr(Statement) st = store_prepare(
        s->store,
        "SELECT candidate_id, campaign, step, sender, rcpt_hmac, rcpt,"
        "  rcpt_domain FROM message WHERE message_id = :message",
        error);

    if (!st)
        return false;
    statement_bind_text(st, ":message", out->message_id);
    if (statement_step(st)) {
        out->candidate = statement_int(st, 0);
        out->campaign = g_strdup(statement_text(st, 1));
        out->step = g_strdup(statement_text(st, 2));
        out->sender = g_strdup(statement_text(st, 3));
        out->rcpt_hmac = g_strdup(statement_text(st, 4));
        out->rcpt = g_strdup(statement_text(st, 5));
        out->rcpt_domain = g_strdup(statement_text(st, 6));
        out->other_address = hmac && g_strcmp0(hmac, out->rcpt_hmac) != 0;
    } else if (!out->review) {
        /* Signed by us and not in the store: restored from an old backup. */
        out->message_id[0] = '\0';
        out->by = NULL;
        out->proven = out->unsubscribe = false;
        out->confidence = 0;
    }
    if (!statement_end(st, error))
        return false;
    if (out->other_address && out->candidate &&
        !is_same_person(s, &same, error))
        return false;
    if (out->other_address && out->candidate)
        out->other_address = !same;
    return true;
}

static bool
read_person(const Search *s, GError **error)
{
    g_autofree char *key = address_key(s->mail->from_address);
    g_autoptr(Statement) st = store_prepare(
        s->store,
        "SELECT candidate_id, address_hmac, recruiter FROM candidate"
        " WHERE email_key = :key"
        " UNION ALL"
        " SELECT c.candidate_id, c.address_hmac, c.recruiter"
        " FROM candidate_address a"
        " JOIN candidate c ON c.candidate_id = a.candidate_id"
        " WHERE a.email_key = :key LIMIT 1",
        error);

    if (!st)
        return false;
    statement_bind_text(st, ":key", key);
    if (statement_step(st)) {
        s->out->candidate = statement_int(st, 0);
        s->out->rcpt_hmac = g_strdup(statement_text(st, 1));
        s->out->sender = g_strdup(statement_text(st, 2));
        settle(s->out, "person");
    }
    return statement_end(st, error);
}

/* Which mail, if there is exactly one with that subject. */
static bool
read_by_subject(const Search *s, GError **error)
{
    g_autofree char *hash = subject_hash(s->mail->subject);
    g_autoptr(Statement) st = NULL;
    char id[MESSAGE_ID_TEXT] = "";
    int found = 0;

    if (!hash)
        return true;
    st = store_prepare(s->store,
                       "SELECT message_id FROM message"
                       " WHERE candidate_id = :candidate AND sent_at > :since"
                       "  AND subject_hash = :hash LIMIT 2",
                       error);
    if (!st)
        return false;
    statement_bind_int(st, ":candidate", s->out->candidate);
    statement_bind_int(st, ":since", s->now - HEURISTIC_DAYS * DAY_MS);
    statement_bind_text(st, ":hash", hash);
    for (; statement_step(st); found++)
        g_strlcpy(id, statement_text(st, 0), sizeof id);
    if (!statement_end(st, error))
        return false;
    if (found != 1)
        return true;
    match_clear(s->out);
    memcpy(s->out->message_id, id, sizeof id);
    settle(s->out, "heuristic");
    return read_message(s, error);
}

bool
match_find(Store *store, const Keys *keys, const Inspection *mail, int64_t now,
           Match *out, GError **error)
{
    const Search s = {store, keys, mail, now, out};
    bool found = false;

    memset(out, 0, sizeof *out);
    if (find_exact(&s))
        settle(out, "exact");
    else if (!find_thread(&s, &found, error))
        return false;
    else if (found)
        settle(out, "thread");
    else if (find_quoted(&s))
        settle(out, "quoted");
    if (out->by && !read_message(&s, error))
        return false;
    if (out->by || !mail->from_address)
        return true;
    return read_person(&s, error) &&
           (!out->candidate || read_by_subject(&s, error));
}
