/* SPDX-License-Identifier: Apache-2.0 */
/* queue_why.c - what a message waits for */
#include "queue.h"

#include "nurture/error.h"
#include "nurture/json.h"
#include "nurture/queue.h"
#include "nurture/why.h"

#include <stdio.h>
#include <string.h>

typedef struct {
    char *id, *state, *campaign, *domain, *provider, *sender, *text, *owner;
    int64_t not_before;
} Message;

static void
message_clear(Message *m)
{
    g_free(m->id);
    g_free(m->state);
    g_free(m->campaign);
    g_free(m->domain);
    g_free(m->provider);
    g_free(m->sender);
    g_free(m->text);
    g_free(m->owner);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Message, message_clear)

static bool
message_load(Store *store, const char *id, Message *out, GError **error)
{
    char **const texts[] = {&out->id,     &out->state,    &out->campaign,
                            &out->domain, &out->provider, &out->sender,
                            &out->text,   &out->owner};
    g_autoptr(Statement) st = store_prepare(
        store,
        "SELECT message_id, state, campaign, rcpt_domain,"
        "  coalesce(provider, rcpt_domain), sender, last_text, owner,"
        "  not_before"
        " FROM message WHERE message_id = :id",
        error);

    if (!st)
        return false;
    statement_bind_text(st, ":id", id);
    if (statement_step(st)) {
        for (int i = 0; i < (int)G_N_ELEMENTS(texts); i++)
            *texts[i] = g_strdup(statement_text(st, i));
        out->not_before = statement_int(st, 8);
    }
    return statement_end(st, error);
}

/* One reason; `until` 0 = nobody knows. */
static void
say(const CliContext *cli, const Message *m, const char *word,
    const char *sentence, int64_t until)
{
    g_autofree char *when = queue_moment(cli, until);

    if (cli->json) {
        g_autoptr(GString) out = g_string_new("{\"schema\":1,\"message\":");
        json_append_string(out, m->id);
        g_string_append(out, ",\"reason\":");
        json_append_string(out, word);
        g_string_append(out, ",\"detail\":");
        json_append_string(out, sentence);
        g_string_append_printf(out, ",\"until\":%" G_GINT64_FORMAT "}", until);
        puts(out->str);
        return;
    }
    printf("%-12s %s%s%s\n", word, sentence, until ? "; until " : "",
           until ? when : "");
}

typedef const char *const Words[2];

static Words states[] = {
    {"scheduled", "it waits"},
    {"claimed", "a process has it and is about to send it"},
    {"committing", "it is on its way right now"},
    {"sent", "it was sent"},
    {"deferred", "the server asked to try again"},
    {"bounced", "it was refused for good"},
    {"in_doubt", "the link died between the last byte and the answer; "
                 "'nurture queue resolve' decides"},
    {"suppressed", "the person may not be mailed any more"},
    {"expired", "it could not leave in time"},
    {"cancelled", "it was cancelled"},
    {"dead", "it needs a human: mend the cause, then 'nurture queue retry'"},
};

/* Why delivery gave a message back; the rest is servers' words. */
static Words words[] = {
    {"relay", "the mail server was out of reach"},
    {"stopped", "the run was ended before its turn"},
};

static const char *
sentence_of(Words *table, gsize n, const char *word)
{
    for (gsize i = 0; i < n; i++)
        if (strcmp(word, table[i][0]) == 0)
            return table[i][1];
    return NULL;
}

bool
queue_is_state(const char *state)
{
    return sentence_of(states, G_N_ELEMENTS(states), state) != NULL;
}

char *
queue_states(void)
{
    GString *out = g_string_new(NULL);

    for (gsize i = 0; i < G_N_ELEMENTS(states); i++)
        g_string_append_printf(out, "%s%s", i ? ", " : "", states[i][0]);
    return g_string_free(out, FALSE);
}

const char *
queue_word(const char *text)
{
    const char *sentence =
        text ? sentence_of(words, G_N_ELEMENTS(words), text) : NULL;

    return sentence ? sentence : text;
}

static const char *
about_state(const Message *m)
{
    const char *sentence = sentence_of(states, G_N_ELEMENTS(states), m->state);

    return sentence ? sentence : m->state;
}

static bool
say_campaign(CliContext *cli, const Message *m, bool *found, GError **error)
{
    g_autoptr(Statement) st =
        store_prepare(cli->store,
                      "SELECT pause_reason FROM campaign"
                      " WHERE campaign = :campaign AND state = 'paused'",
                      error);

    if (!st)
        return false;
    statement_bind_text(st, ":campaign", m->campaign);
    if (statement_step(st)) {
        const char *why = statement_text(st, 0);
        g_autofree char *text = g_strdup_printf(
            "the campaign is paused%s%s", why ? ": " : "", why ? why : "");
        say(cli, m, "paused", text, 0);
        *found = true;
    }
    return statement_end(st, error);
}

/* Providers, rates and the relay. */
static bool
say_brakes(CliContext *cli, const Message *m, bool *found, GError **error)
{
    g_autofree char *relay = g_strdup_printf(
        "relay:%s:%d",
        cli->workspace->smtp.host ? cli->workspace->smtp.host : "localhost",
        cli->workspace->smtp.port ? cli->workspace->smtp.port : 25);
    g_autoptr(Statement) st = store_prepare(
        cli->store,
        "SELECT name, reason, closed_until FROM brake"
        " WHERE closed_until > :now AND name IN (:relay,"
        "  'campaign:' || :campaign, 'provider:' || :provider,"
        "  'sender:' || :sender, CASE WHEN :campaign IS NOT NULL"
        "  THEN 'warmup' END)"
        " UNION ALL SELECT 'domain:' || domain, reason, until_at"
        "  FROM domain_pause WHERE domain = :domain AND until_at > :now",
        error);

    if (!st)
        return false;
    statement_bind_int(st, ":now", cli->now);
    statement_bind_text(st, ":relay", relay);
    statement_bind_text(st, ":campaign", m->campaign);
    statement_bind_text(st, ":provider", m->provider);
    statement_bind_text(st, ":sender", m->sender);
    statement_bind_text(st, ":domain", m->domain);
    for (; statement_step(st); *found = true) {
        const char *why = statement_text(st, 1);
        g_autofree char *text = g_strdup_printf("%s: %s", statement_text(st, 0),
                                                g_strcmp0(why, "rate") == 0
                                                    ? "all of its rate is used"
                                                : why ? why
                                                      : "no answer");
        say(cli, m, "brake", text, statement_int(st, 2));
    }
    return statement_end(st, error);
}

static bool
say_eligibility(CliContext *cli, const Message *m, bool *found, GError **error)
{
    EligibilityAnswer answer;
    g_autofree char *text = NULL;

    if (!why_message(cli->store, cli->workspace, m->id, cli->now, &answer,
                     error))
        return false;
    if (answer.reason == ELIGIBLE)
        return true;
    text = g_strconcat(eligibility_sentence(answer.reason),
                       answer.detail[0] ? ": " : "", answer.detail, NULL);
    say(cli, m, eligibility_word(answer.reason), text, answer.retry_at);
    *found = true;
    return true;
}

bool
queue_why(CliContext *cli, const char *prefix, GError **error)
{
    g_autofree char *id = queue_find(cli, prefix, error);
    g_auto(Message) m = {0};
    bool waits, found = false;

    if (!id || !message_load(cli->store, id, &m, error))
        return false;
    waits =
        strcmp(m.state, "scheduled") == 0 || strcmp(m.state, "deferred") == 0;
    say(cli, &m, m.state, about_state(&m), 0);
    if (m.text && strcmp(m.text, "held") != 0)
        say(cli, &m, "last", queue_word(m.text), 0);
    if (!waits)
        return true;
    if (m.not_before == QUEUE_HELD)
        say(cli, &m, "held", "held by hand; 'nurture queue retry' lets it go",
            0);
    else if (m.not_before > cli->now)
        say(cli, &m, "due", "it is not due yet", m.not_before);
    found = m.not_before > cli->now;
    if (!say_campaign(cli, &m, &found, error) ||
        !say_brakes(cli, &m, &found, error) ||
        !say_eligibility(cli, &m, &found, error))
        return false;
    if (!found)
        say(cli, &m, "ready", "it leaves with the next 'nurture run'", 0);
    return true;
}
