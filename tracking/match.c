/* SPDX-License-Identifier: Apache-2.0 */
/* match.c - finding the mail that was answered */
#include "match.h"

#include "nurture/address.h"

#include <string.h>

void
match_clear(Match *m)
{
    g_clear_pointer(&m->campaign, g_free);
    g_clear_pointer(&m->step, g_free);
    g_clear_pointer(&m->sender, g_free);
    g_clear_pointer(&m->rcpt_hmac, g_free);
}

/* local+TOKEN@domain */
static bool
token_in_address(const Keys *keys, const char *address, Match *out)
{
    static const MailTokenKind kinds[] = {MAIL_TOKEN_REPLY, MAIL_TOKEN_BOUNCE,
                                          MAIL_TOKEN_UNSUBSCRIBE};
    const char *plus = strchr(address, '+'), *at = strrchr(address, '@');

    if (!plus || !at || at < plus)
        return false;
    for (gsize i = 0; i < G_N_ELEMENTS(kinds); i++)
        if (mail_token_read(keys, kinds[i], plus + 1, (gsize)(at - plus - 1),
                            out->message_id)) {
            out->unsubscribe = kinds[i] == MAIL_TOKEN_UNSUBSCRIBE;
            return true;
        }
    return false;
}

/* TOKEN@domain */
static bool
token_in_message_id(const Keys *keys, const char *id, Match *out)
{
    const char *at = strchr(id, '@');

    return at && mail_token_read(keys, MAIL_TOKEN_MESSAGE_ID, id,
                                 (gsize)(at - id), out->message_id);
}

static bool
find_token(const Keys *keys, const Inspection *mail, Match *out)
{
    for (guint i = 0; i < mail->addresses->len; i++)
        if (token_in_address(keys, g_ptr_array_index(mail->addresses, i),
                             out)) {
            out->by = "exact";
            return true;
        }
    for (guint i = 0; i < mail->message_ids->len; i++)
        if (token_in_message_id(keys, g_ptr_array_index(mail->message_ids, i),
                                out)) {
            out->by = "thread";
            return true;
        }
    if (mail->feedback_message_id &&
        token_in_message_id(keys, mail->feedback_message_id, out))
        out->by = "thread";
    return out->by != NULL;
}

static bool
read_message(Store *store, const Keys *keys, const char *from, Match *out,
             GError **error)
{
    g_autoptr(Statement) st = store_prepare(
        store,
        "SELECT candidate_id, campaign, step, sender, rcpt_hmac FROM message"
        " WHERE message_id = :message",
        error);
    g_autofree char *key = from ? address_key(from) : NULL;
    g_autofree char *hmac = key ? keys_address_hmac(keys, key) : NULL;

    if (!st)
        return false;
    statement_bind_text(st, ":message", out->message_id);
    if (statement_step(st)) {
        out->candidate = statement_int(st, 0);
        out->campaign = g_strdup(statement_text(st, 1));
        out->step = g_strdup(statement_text(st, 2));
        out->sender = g_strdup(statement_text(st, 3));
        out->rcpt_hmac = g_strdup(statement_text(st, 4));
        out->other_address = hmac && g_strcmp0(hmac, out->rcpt_hmac) != 0;
    } else {
        /* Signed by us and not in the store: restored from an old backup. */
        out->message_id[0] = '\0';
        out->by = NULL;
    }
    return statement_end(st, error);
}

static bool
read_person(Store *store, const char *from, Match *out, GError **error)
{
    g_autofree char *key = address_key(from);
    g_autoptr(Statement) st = store_prepare(
        store,
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
        out->candidate = statement_int(st, 0);
        out->rcpt_hmac = g_strdup(statement_text(st, 1));
        out->sender = g_strdup(statement_text(st, 2));
        out->by = "heuristic";
    }
    return statement_end(st, error);
}

bool
match_find(Store *store, const Keys *keys, const Inspection *mail, Match *out,
           GError **error)
{
    memset(out, 0, sizeof *out);
    if (find_token(keys, mail, out) &&
        !read_message(store, keys, mail->from_address, out, error))
        return false;
    if (!out->by && mail->from_address)
        return read_person(store, mail->from_address, out, error);
    return true;
}
