/* SPDX-License-Identifier: Apache-2.0 */
/* replies.c - the recruiter's verbs */
#include "nurture/replies.h"

#include "nurture/alert.h"
#include "nurture/clock.h"
#include "nurture/error.h"
#include "nurture/optout.h"
#include "nurture/text.h"
#include "spool.h"

#include <string.h>

typedef struct {
    Store *store;
    const Workspace *workspace;
    int64_t reply, candidate;
    bool other_address; /* somebody else wrote it */
    bool opted_out;     /* it unsubscribed them by itself */
    const char *actor;
    int64_t now;
} Deed;

const char *const *
reply_intents(void)
{
    static const char *const intents[] = {
        "interested",   "question",    "not_now", "not_interested", "referral",
        "wrong_person", "unsubscribe", "ooo",     "other",          NULL};

    return intents;
}

/* ---- tokens ---------------------------------------------------------------
 */

/* Ten bytes, as a message's id has: "re" and the number. */
void
reply_token_make(const Keys *keys, int64_t reply, char out[MAIL_TOKEN_TEXT])
{
    uint8_t bytes[MESSAGE_ID_BYTES] = {'r', 'e'};
    g_autofree char *id = NULL;

    for (int i = 0; i < 8; i++)
        bytes[2 + i] = (uint8_t)((uint64_t)reply >> (56 - 8 * i));
    id = base32_encode(bytes, sizeof bytes);
    mail_token_make(keys, MAIL_TOKEN_REVIEW, id, out);
}

int64_t
reply_of_review_id(const char *id)
{
    gsize length = 0;
    g_autofree uint8_t *bytes = base32_decode(id, -1, &length);
    uint64_t reply = 0;

    if (!bytes || length != MESSAGE_ID_BYTES || bytes[0] != 'r' ||
        bytes[1] != 'e' || bytes[2] >= 0x80)
        return 0;
    for (int i = 0; i < 8; i++)
        reply = reply << 8 | bytes[2 + i];
    return (int64_t)reply;
}

/* ---- verbs ----------------------------------------------------------------
 */

static bool
input_error(GError **error, const char *what, const char *word)
{
    g_set_error(error, NURTURE_ERROR, ERROR_INPUT, "%s '%s'", what, word);
    return false;
}

static bool
set_state(const Deed *d, const char *state, int64_t until, GError **error)
{
    g_autoptr(Statement) st =
        store_prepare(d->store,
                      "UPDATE reply SET state = :state, snoozed_until = :until,"
                      "  digest_id = CASE WHEN :state = 'snoozed' THEN NULL"
                      "   ELSE digest_id END WHERE reply_id = :reply",
                      error);

    if (!st)
        return false;
    statement_bind_text(st, ":state", state);
    if (until)
        statement_bind_int(st, ":until", until);
    statement_bind_int(st, ":reply", d->reply);
    return statement_run(st, error);
}

static bool
do_done(const Deed *d, const char *rest, char **out_said, GError **error)
{
    (void)rest;
    *out_said = g_strdup("done");
    return set_state(d, "done", 0, error);
}

static bool
do_open(const Deed *d, const char *rest, char **out_said, GError **error)
{
    (void)rest;
    *out_said = g_strdup("opened again");
    return set_state(d, "open", 0, error);
}

static bool
do_snooze(const Deed *d, const char *rest, char **out_said, GError **error)
{
    const GTimeZone *zone = d->workspace->zone;
    g_autofree char *day = NULL;
    int64_t at = 0;
    Span span;

    if (span_parse(rest, &span, NULL))
        at = span_move(&span, (GTimeZone *)zone, d->now, 1);
    else if (!date_parse(rest, (GTimeZone *)zone, &at, NULL))
        return input_error(error, "not a duration or a date:", rest);
    if (at <= d->now || at > d->now + 366 * DAY_MS)
        return input_error(error, "not within the next year:", rest);
    day = date_format(at, (GTimeZone *)zone, "D MMMM YYYY", "en");
    *out_said = g_strdup_printf("snoozed until %s", day);
    return set_state(d, "snoozed", at, error);
}

/* A recruiter says that they asked to be left alone: so they are. Words from
 * another address stop nobody, and only the person takes an opt-out back. */
static bool
follow_label(const Deed *d, const char *intent, char **out_said, GError **error)
{
    bool stop = strcmp(intent, "unsubscribe") == 0;

    if (!d->candidate || stop == d->opted_out)
        return true;
    g_free(*out_said);
    if (!stop) {
        *out_said = g_strdup_printf("labelled %s; they stay unsubscribed until "
                                    "they say otherwise themselves",
                                    intent);
        return true;
    }
    if (d->other_address) {
        *out_said = g_strdup("labelled unsubscribe; it came from another "
                             "address: 'stop all' stops mail to this person");
        return true;
    }
    *out_said = g_strdup("labelled unsubscribe, and unsubscribed");
    return optout_apply(d->store, d->workspace, d->candidate, NULL, NULL,
                        "opted_out", d->now, error);
}

/* The rule's guess stays beside it: their difference is what `nurture replies
 * accuracy` prints. */
static bool
do_wrong(const Deed *d, const char *rest, char **out_said, GError **error)
{
    g_autofree char *intent = g_strdelimit(g_strdup(rest), " -", '_');
    g_autoptr(Statement) st = NULL;

    if (!g_strv_contains(reply_intents(), intent))
        return input_error(error, "there is no intent", rest);
    st = store_prepare(d->store,
                       "UPDATE reply SET label = :label, labelled_at = :now,"
                       "  labelled_by = :actor WHERE reply_id = :reply",
                       error);
    if (!st)
        return false;
    statement_bind_text(st, ":label", intent);
    statement_bind_int(st, ":now", d->now);
    statement_bind_text(st, ":actor", d->actor);
    statement_bind_int(st, ":reply", d->reply);
    *out_said = g_strdup_printf("labelled %s", intent);
    return statement_run(st, error) && follow_label(d, intent, out_said, error);
}

static bool
do_hand_over(const Deed *d, const char *rest, char **out_said, GError **error)
{
    const Sender *to = workspace_sender(d->workspace, rest);
    g_autoptr(Statement) st = NULL;

    if (!to || !sender_reads_answers(to))
        return input_error(error, "there is no recruiter", rest);
    st = store_prepare(d->store,
                       "UPDATE reply SET recruiter = :recruiter,"
                       "  digest_id = NULL, state = 'open'"
                       " WHERE reply_id = :reply",
                       error);
    if (!st)
        return false;
    statement_bind_text(st, ":recruiter", rest);
    statement_bind_int(st, ":reply", d->reply);
    *out_said = g_strdup_printf("handed over to %s", rest);
    return statement_run(st, error);
}

static bool
do_stop_all(const Deed *d, const char *rest, char **out_said, GError **error)
{
    (void)rest;
    if (!d->candidate) {
        g_set_error(error, NURTURE_ERROR, ERROR_NOT_FOUND,
                    "this answer is from nobody we know");
        return false;
    }
    *out_said = g_strdup("stopped all mail to this person");
    return optout_apply(d->store, d->workspace, d->candidate, NULL, NULL,
                        "manual", d->now, error) &&
           set_state(d, "done", 0, error);
}

static const struct {
    const char *words;
    bool takes_more;
    bool (*run)(const Deed *d, const char *rest, char **out_said,
                GError **error);
} verbs[] = {
    {"done", false, do_done},          {"open", false, do_open},
    {"snooze", true, do_snooze},       {"wrong", true, do_wrong},
    {"hand over", true, do_hand_over}, {"handover", true, do_hand_over},
    {"stop all", false, do_stop_all},
};

/* Which verb, and where what follows it begins. -1: none. */
static int
verb_index(const char *line, const char **rest)
{
    for (int i = 0; i < (int)G_N_ELEMENTS(verbs); i++) {
        gsize n = strlen(verbs[i].words);
        if (g_ascii_strncasecmp(line, verbs[i].words, n) != 0)
            continue;
        *rest = line + n;
        if (verbs[i].takes_more ? **rest == ' ' : !**rest)
            return i;
    }
    return -1;
}

static char *
tidy(const char *line)
{
    g_auto(GStrv) words = g_strsplit_set(line, " \t\r\n", 12);
    GString *out = g_string_new(NULL);

    for (char **w = words; *w; w++)
        if (**w)
            g_string_append_printf(out, "%s%s", out->len > 0 ? " " : "", *w);
    while (out->len > 0 && strchr(".!", out->str[out->len - 1]))
        g_string_truncate(out, out->len - 1);
    return g_string_free(out, FALSE);
}

bool
reply_is_verb(const char *line)
{
    g_autofree char *clean = tidy(line);
    const char *rest;

    return verb_index(clean, &rest) >= 0;
}

static bool
find_reply(Deed *d, GError **error)
{
    bool found = false;
    g_autoptr(Statement) st = store_prepare(
        d->store,
        "SELECT candidate_id, other_address, action = 'unsubscribed' FROM reply"
        " WHERE reply_id = :reply",
        error);

    if (!st)
        return false;
    statement_bind_int(st, ":reply", d->reply);
    if (statement_step(st)) {
        found = true;
        d->candidate = statement_int(st, 0);
        d->other_address = statement_int(st, 1) != 0;
        d->opted_out = statement_int(st, 2) != 0;
    }
    if (!statement_end(st, error))
        return false;
    if (!found)
        g_set_error(error, NURTURE_ERROR, ERROR_NOT_FOUND,
                    "there is no answer %" G_GINT64_FORMAT, d->reply);
    return found;
}

bool
reply_do(Store *store, const Workspace *workspace, int64_t reply,
         const char *verb, const char *actor, int64_t now, char **out_said,
         GError **error)
{
    Deed d = {.store = store,
              .workspace = workspace,
              .reply = reply,
              .actor = actor,
              .now = now};
    g_autofree char *line = tidy(verb);
    g_autofree char *object = g_strdup_printf("reply %" G_GINT64_FORMAT, reply);
    const char *rest = NULL;
    int index = verb_index(line, &rest);

    g_assert(store_in_transaction(store));
    *out_said = NULL;
    if (index < 0)
        return input_error(error, "no verb of ours:", line);
    return find_reply(&d, error) &&
           verbs[index].run(&d, *rest == ' ' ? rest + 1 : rest, out_said,
                            error) &&
           audit_add(store, actor, *out_said, object, NULL, now, error);
}

GBytes *
reply_original(Store *store, const Workspace *workspace, int64_t reply,
               GError **error)
{
    g_autofree char *file = NULL;
    g_autoptr(Statement) st = store_prepare(
        store,
        "SELECT i.file FROM reply r JOIN inbound i"
        "  ON i.inbound_id = r.inbound_id WHERE r.reply_id = :reply",
        error);

    if (!st)
        return NULL;
    statement_bind_int(st, ":reply", reply);
    if (statement_step(st))
        file = g_strdup(statement_text(st, 0));
    if (!statement_end(st, error))
        return NULL;
    if (file)
        return spool_kept(workspace->state_dir, file, error);
    g_set_error(error, NURTURE_ERROR, ERROR_NOT_FOUND,
                "there is no answer %" G_GINT64_FORMAT, reply);
    return NULL;
}
