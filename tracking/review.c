/* SPDX-License-Identifier: Apache-2.0 */
/* review.c - verbs that come by mail */
#include "review.h"

#include "nurture/error.h"
#include "nurture/log.h"
#include "nurture/replies.h"

#include <string.h>

enum { VERBS_MAX = 50 };

/* Only a sender of the workspace, whoever else has seen the digest. */
static const Sender *
who_writes(const Act *a)
{
    const GPtrArray *senders = a->workspace->senders;

    for (guint i = 0; senders && i < senders->len; i++) {
        const Sender *s = senders->pdata[i];
        if (a->mail->from_address &&
            g_ascii_strcasecmp(s->email, a->mail->from_address) == 0)
            return s;
    }
    return NULL;
}

/* The only reply of a digest; 0 when it has several, or none is its own. */
static bool
replies_of_digest(const Act *a, GArray *out, GError **error)
{
    g_autoptr(Statement) st =
        store_prepare(a->store,
                      "SELECT r.reply_id FROM reply r JOIN digest d"
                      "  ON d.digest_id = r.digest_id"
                      " WHERE d.message_id = :message ORDER BY r.reply_id",
                      error);

    if (!st)
        return false;
    statement_bind_text(st, ":message", a->match->message_id);
    while (statement_step(st)) {
        int64_t id = statement_int(st, 0);
        g_array_append_val(out, id);
    }
    return statement_end(st, error);
}

/* "done #12" -> 12, and the line without it; 0 when it names none. */
static int64_t
take_number(char *line)
{
    char *hash = strrchr(line, '#'), *end;
    int64_t number = hash ? g_ascii_strtoll(hash + 1, &end, 10) : 0;

    if (!hash || end == hash + 1 || *end != '\0' || number <= 0)
        return 0;
    *hash = '\0';
    g_strchomp(line);
    return number;
}

static bool
is_among(const GArray *replies, int64_t reply)
{
    for (guint i = 0; i < replies->len; i++)
        if (g_array_index(replies, int64_t, i) == reply)
            return true;
    return false;
}

static bool
is_original(const char *line)
{
    return g_ascii_strcasecmp(line, "original") == 0;
}

static bool
do_verb(const Act *a, const Sender *who, int64_t reply, const char *line,
        char **out_said, GError **error)
{
    if (!is_original(line))
        return reply_do(a->store, a->workspace, reply, line, who->id, a->now,
                        out_said, error);
    *out_said = g_strdup("original sent");
    return reply_send_original(a, who, reply, error);
}

/* One line. A verb that cannot be done is told in the log and stops none. */
static bool
do_line(const Act *a, const Sender *who, const GArray *replies,
        const char *text, bool *out_done, GError **error)
{
    g_autofree char *line = g_strstrip(g_strdup(text));
    g_autofree char *said = NULL;
    g_autoptr(GError) failed = NULL;
    int64_t reply = take_number(line);

    if (!reply_is_verb(line) && !is_original(line))
        return true;
    if (reply == 0 && replies->len == 1)
        reply = g_array_index(replies, int64_t, 0);
    if (reply == 0 || !is_among(replies, reply)) {
        log_warn("inbound=%.16s verb names no answer of its digest",
                 a->inbound_id);
        return true;
    }
    if (do_verb(a, who, reply, line, &said, &failed)) {
        *out_done = true;
        log_info("reply=%" G_GINT64_FORMAT " by=%s %s", reply, who->id, said);
        return true;
    }
    if (g_error_matches(failed, NURTURE_ERROR, ERROR_INPUT) ||
        g_error_matches(failed, NURTURE_ERROR, ERROR_NOT_FOUND)) {
        log_warn("reply=%" G_GINT64_FORMAT " by=%s error=\"%s\"", reply,
                 who->id, failed->message);
        return true;
    }
    g_propagate_error(error, g_steal_pointer(&failed));
    return false;
}

bool
review_act(const Act *a, bool *out_done, GError **error)
{
    const Sender *who = who_writes(a);
    g_autoptr(GArray) replies = g_array_new(FALSE, FALSE, sizeof(int64_t));
    g_auto(GStrv) lines =
        g_strsplit(a->mail->reply ? a->mail->reply : "", "\n", VERBS_MAX);
    int64_t one = reply_of_review_id(a->match->message_id);

    *out_done = false;
    if (!who) {
        log_warn("inbound=%.16s verb from somebody who is no sender",
                 a->inbound_id);
        return true;
    }
    if (!replies_of_digest(a, replies, error))
        return false;
    if (replies->len == 0 && one)
        g_array_append_val(replies, one);
    for (char **line = lines; *line; line++)
        if (!do_line(a, who, replies, *line, out_done, error))
            return false;
    /* A mailto link has its verb in the subject, and no words. */
    return *out_done || !a->mail->subject ||
           do_line(a, who, replies, a->mail->subject, out_done, error);
}
