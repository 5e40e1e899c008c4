/* SPDX-License-Identifier: Apache-2.0 */
/* bounce_reason.c - from a server's words and codes to a reason
 *
 * Codes that say one thing only go first; then words, because a third of all
 * bounces carry no code and 5.0.0, 5.5.0 and 5.7.1 say little; then the other
 * codes. */
#include "bounce-reason.h"

#include "bounce-words.h"
#include "status-code.h"
#include "text-rules.h"

#include "nurture/datafile.h"

#include <string.h>

enum { NAMES_WITHIN = 8000, SENDERS_MAX = 8 };

static const char *const action_words[] = {
    "info", "hold", "retry", "count", "alert", "recheck", "suppress"};

const char *
bounce_action_name(BounceAction action)
{
    return action_words[action];
}

static const DataFile *
table(const char *path)
{
    static GHashTable *tables;
    DataFile *file;

    if (!tables)
        tables = g_hash_table_new(g_str_hash, g_str_equal);
    file = g_hash_table_lookup(tables, path);
    if (!file) {
        g_autoptr(GError) error = NULL;

        file = datafile_load(path, &error);
        if (!file)
            g_error("%s", error->message);
        g_hash_table_insert(tables, g_strdup(path), file);
    }
    return file;
}

/* The row of bounce-status.tsv for a code without its class; NULL: none. */
static const DataRow *
status_row(const char *code)
{
    const DataFile *file = table("tracking/data/bounce-status.tsv");

    for (guint i = 0; i < datafile_rows(file); i++)
        if (strcmp(datafile_row(file, i)->cell[0], code) == 0)
            return datafile_row(file, i);
    return NULL;
}

/* The most specific row for "5.1.99": "1.99", then "1". */
static const DataRow *
status_lookup(const char *status)
{
    const DataRow *row;
    g_autofree char *subject = NULL;

    if (!status || strlen(status) < 5)
        return NULL;
    row = status_row(status + 2);
    subject = g_strndup(status + 2, strcspn(status + 2, "."));
    return row ? row : status_row(subject);
}

static BounceAction
action_of(const char *word)
{
    for (int i = 0; i < (int)G_N_ELEMENTS(action_words); i++)
        if (strcmp(action_words[i], word) == 0)
            return (BounceAction)i;
    return BOUNCE_INFO;
}

static void
set_reason(BouncedRecipient *r, const char *reason)
{
    const DataFile *file = table("tracking/data/bounce-action.tsv");

    for (guint i = 0; i < datafile_rows(file); i++) {
        const DataRow *row = datafile_row(file, i);

        if (strcmp(row->cell[0], reason) != 0)
            continue;
        r->reason = row->cell[0];
        r->hard = strcmp(row->cell[1], "hard") == 0;
        r->action = action_of(row->cell[2]);
        r->action_count = (int)g_ascii_strtoll(row->cell[3], NULL, 10);
    }
    /* A server that says "for now" is believed to mean it. */
    if (r->hard && r->status && r->status[0] == '4' &&
        (r->action == BOUNCE_SUPPRESS || r->action == BOUNCE_RECHECK))
        r->action = BOUNCE_COUNT;
    if (r->action != BOUNCE_COUNT)
        r->action_count = 0;
}

/* Words ready to be asked for many patterns. */
typedef struct {
    char *masked;
    Haystack h;
} Said;

static void
said_init(Said *said, const char *words)
{
    *said = (Said){0};
    if (!words || !*words)
        return;
    said->masked = bounce_words_mask(words);
    haystack_init(&said->h, said->masked, strlen(said->masked));
}

static void
said_clear(Said *said)
{
    g_free(said->masked);
    haystack_clear(&said->h);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Said, said_clear)

/* Rows of these scopes only: "any", "any reply", "last". */
static bool
reason_by_words(BouncedRecipient *r, const Said *said, const char *scopes)
{
    TextRules *rules = text_rules_get("bounce-reason.tsv");

    if (!said->masked || !*said->masked)
        return false;
    for (int i = 0; i < text_rules_count(rules); i++) {
        if (!text_rules_may_match(rules, i, &said->h) ||
            !strstr(scopes, text_rules_cell(rules, i, "scope")) ||
            !text_rules_match(rules, i, &said->h, NULL))
            continue;
        r->rule = text_rules_name(rules, i);
        set_reason(r, text_rules_cell(rules, i, "reason"));
        return true;
    }
    return false;
}

static bool
reason_by_status(BouncedRecipient *r, const char *strength)
{
    const DataRow *row = status_lookup(r->status);

    if (!row || strcmp(row->cell[2], strength) != 0)
        return false;
    r->rule = g_strdup_printf("bounce-status.tsv:%d", row->line);
    set_reason(r, row->cell[1]);
    return true;
}

static bool
has_good_code(const BouncedRecipient *r)
{
    const DataRow *row = status_lookup(r->status);

    return row && strcmp(row->cell[2], "good") == 0;
}

/* Last resort: RFC 5321 reply codes that name a cause. */
static bool
reason_by_reply(BouncedRecipient *r, const char *words)
{
    static const struct {
        int code;
        const char *reason;
    } replies[] = {{421, "system_error"},      {450, "system_error"},
                   {451, "system_error"},      {452, "system_error"},
                   {500, "protocol_error"},    {501, "protocol_error"},
                   {502, "protocol_error"},    {503, "protocol_error"},
                   {504, "protocol_error"},    {521, "no_mail_host"},
                   {530, "relay_denied"},      {535, "relay_denied"},
                   {550, "recipient_refused"}, {551, "moved"},
                   {552, "mailbox_full"},      {553, "recipient_refused"},
                   {556, "no_mail_host"}};
    int code = words ? reply_code_find(words) : 0;

    for (size_t i = 0; i < G_N_ELEMENTS(replies); i++) {
        if (replies[i].code != code)
            continue;
        r->rule = g_strdup_printf("reply code %d", code);
        set_reason(r, replies[i].reason);
        return true;
    }
    return false;
}

/* The field says "5.0.0" where the server's reply says more. */
static void
settle_status(BouncedRecipient *r, const char *words)
{
    g_autofree char *stated = NULL;

    if (!status_code_is_vague(r->status))
        return;
    if (r->diagnostic)
        stated = status_code_best(r->diagnostic);
    if (!stated && words)
        stated = status_code_best(words);
    if (!stated || (r->status && status_code_is_vague(stated)))
        return;
    g_free(r->status);
    r->status = g_steal_pointer(&stated);
}

static bool
is_one_of(const char *reason, const char *const *reasons)
{
    for (int i = 0; reasons[i]; i++)
        if (strcmp(reason, reasons[i]) == 0)
            return true;
    return false;
}

/* "Unknown" in answer to MAIL FROM is about us, not about the recipient; and
 * a refusal of the connection itself is about our host. */
static void
mind_the_stage(BouncedRecipient *r, const char *words)
{
    static const char *const about_someone[] = {
        "user_unknown", "host_unknown", "recipient_refused", "inactive",
        "no_mail_host", "policy",       "unknown",           NULL};
    TextRules *rules = text_rules_get("bounce-stage.tsv");
    g_auto(Haystack) h = {0};
    int row;

    if (!words || !is_one_of(r->reason, about_someone))
        return;
    haystack_init(&h, words, strlen(words));
    row = text_rules_find(rules, &h, NULL);
    if (row < 0)
        return;
    g_free(r->rule);
    r->rule = text_rules_name(rules, row);
    set_reason(r, text_rules_cell(rules, row, "reason"));
}

/* The first row for `reason` that matches, without those for when nothing else
 * does; -1: none. */
static int
row_for_reason(TextRules *rules, const char *reason, const Haystack *h)
{
    for (int i = 0; i < text_rules_count(rules); i++)
        if (strcmp(text_rules_cell(rules, i, "reason"), reason) == 0 &&
            strcmp(text_rules_cell(rules, i, "scope"), "last") != 0 &&
            text_rules_match(rules, i, h, NULL))
            return i;
    return -1;
}

static void
prefer_reason(BouncedRecipient *r, const char *reason, const char *words)
{
    TextRules *rules = text_rules_get("bounce-reason.tsv");
    g_auto(Haystack) h = {0};
    int row;

    haystack_init(&h, words, strlen(words));
    row = row_for_reason(rules, reason, &h);
    if (row < 0)
        return;
    g_free(r->rule);
    r->rule = text_rules_name(rules, row);
    set_reason(r, reason);
}

/* A loop or a queue that ran out tells how it went. Where the server's code
 * names the address and its words say "unknown" as well, that is why. */
static void
mind_the_code(BouncedRecipient *r, const char *replies)
{
    static const char *const how_it_went[] = {"network", "system_error",
                                              "expired", NULL};
    const DataRow *row = status_lookup(r->status);

    if (row && strcmp(row->cell[1], "user_unknown") == 0 &&
        is_one_of(r->reason, how_it_went))
        prefer_reason(r, "user_unknown", replies);
}

/* A name that was looked up for days gave no answer each time: it was never
 * said not to exist. */
static void
mind_the_time(BouncedRecipient *r, const char *notice)
{
    const DataRow *row = status_lookup(r->status);

    if (strcmp(r->reason, "host_unknown") == 0 &&
        !(row && strcmp(row->cell[1], "host_unknown") == 0))
        prefer_reason(r, "expired", notice);
}

static void
decide_by_words_and_codes(BouncedRecipient *r, const char *replies,
                          const char *about, const char *whole)
{
    g_autofree char *first_reply = bounce_words_first_reply(replies);
    g_autofree char *both =
        r->diagnostic ? g_strdup_printf("%s\n%s", r->diagnostic, replies)
                      : g_strdup(replies);
    const char *reply = has_good_code(r) ? "any reply" : "any reply vague";
    g_auto(Said) field = {0}, first = {0}, said = {0};
    g_auto(Said) paragraph = {0}, notice = {0};

    if (reason_by_status(r, "strong"))
        return;
    said_init(&field, r->diagnostic);
    if (reason_by_words(r, &field, reply))
        return;
    said_init(&first, first_reply);
    said_init(&said, both);
    said_init(&paragraph, about);
    if (reason_by_words(r, &first, reply) || reason_by_words(r, &said, reply) ||
        reason_by_words(r, &paragraph, reply) || reason_by_status(r, "good") ||
        reason_by_words(r, &said, "vague") ||
        reason_by_words(r, &paragraph, "vague"))
        return;
    said_init(&notice, whole);
    if (reason_by_words(r, &notice, "any") ||
        reason_by_words(r, &said, "last") ||
        reason_by_words(r, &paragraph, "last") || reason_by_status(r, "weak") ||
        reason_by_words(r, &field, "final") ||
        reason_by_words(r, &first, "final") ||
        reason_by_reply(r, r->diagnostic) || reason_by_reply(r, replies))
        return;
    r->rule = g_strdup("no cause stated");
    set_reason(r, "unknown");
}

/* `words` with the senders' addresses, and their domains unless they are the
 * recipient's as well, as "our@own", near its beginning. */
static char *
name_ours(const char *words, const BouncedRecipient *r,
          const char *const *senders)
{
    g_autoptr(GString) text = g_string_new(words);
    g_autofree char *rest = NULL;

    /* g_string_replace() takes the square of a long text. */
    if (text->len > NAMES_WITHIN) {
        const char *cut = g_utf8_find_prev_char(words, words + NAMES_WITHIN);

        rest = g_strdup(cut);
        g_string_truncate(text, (gsize)(cut - words));
    }
    for (int i = 0; senders && senders[i] && i < SENDERS_MAX; i++) {
        const char *domain = strrchr(senders[i], '@');

        g_string_replace(text, senders[i], "our@own", 0);
        if (domain && strchr(domain, '.') &&
            !(r->address && strcasestr(r->address, domain)))
            g_string_replace(text, domain + 1, "our@own", 0);
    }
    if (rest)
        g_string_append(text, rest);
    return g_string_free(g_steal_pointer(&text), FALSE);
}

void
bounce_reason_decide(BouncedRecipient *r, const BounceContext *c)
{
    g_autofree char *own = c->about ? bounce_words_replies(c->about) : NULL;
    g_autofree char *replies =
        own && *own ? g_steal_pointer(&own) : bounce_words_replies(c->notice);
    g_autofree char *paragraph =
        bounce_words_paragraph(c->about ? c->about : c->notice);
    g_autofree char *all = NULL, *stage = NULL;

    settle_status(r, replies);
    decide_by_words_and_codes(r, replies, paragraph, c->notice);
    mind_the_code(r, replies);
    all = g_strconcat(r->diagnostic ? r->diagnostic : "", "\n",
                      c->about ? c->about : c->notice, NULL);
    stage = name_ours(all, r, c->senders);
    mind_the_stage(r, stage);
    mind_the_time(r, c->notice);
}

void
bounce_reason_delayed(BouncedRecipient *r)
{
    settle_status(r, NULL);
    r->rule = g_strdup("delayed");
    set_reason(r, "delayed");
}
