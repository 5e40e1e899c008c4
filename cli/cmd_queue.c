/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_queue.c - what waits, what left, and what nobody knows */
#include "queue.h"

#include "nurture/doubt.h"
#include "nurture/error.h"
#include "nurture/json.h"
#include "nurture/outbox.h"
#include "nurture/queue.h"
#include "nurture/scheduler.h"

#include <stdio.h>
#include <string.h>

static const char help[] =
    "list      messages that wait or are in doubt, soonest first; --state,\n"
    "          --campaign and --domain narrow it, --state shows others too\n"
    "show      one message and each attempt to deliver it; the first letters\n"
    "          of its id are enough\n"
    "why       what it waits for\n"
    "retry     leave with the next run: what waits, is on hold, or is dead\n"
    "hold      wait until 'retry'\n"
    "cancel    never send it; the sequence goes on with its next mail\n"
    "resolve   decide about a message in doubt: --sent or --bounced when you\n"
    "          found out, --resend to send it (again). With --changed even if\n"
    "          its text would not be that of the copy that may have left.\n"
    "          --relay-log FILE reads it from Postfix's log, for all of them.\n"
    "retry, hold and cancel take one MESSAGE, or --state, --campaign and\n"
    "--domain for many, and then ask for the number.\n"
    "\n"
    "  nurture queue list --state dead             what needs you\n"
    "  nurture queue list --json | jq -r .to       for a script\n"
    "  nurture queue retry --domain example.org    their server is back";

char *
queue_moment(const CliContext *cli, int64_t at)
{
    if (at == QUEUE_HELD)
        return g_strdup("on hold");
    return at ? date_format(at, cli->workspace->zone, "YYYY-MM-DD HH:mm", "en")
              : g_strdup("-");
}

static void
append_field(GString *out, const char *name, const char *value)
{
    g_string_append_printf(
        out, "%s\"%s\":", out->str[out->len - 1] == '{' ? "" : ",", name);
    json_append_string(out, value);
}

/* What a row is printed from. */
#define ROW                                                                    \
    "SELECT message_id, state, kind, campaign, step, rcpt, last_text,"         \
    "  not_before, attempt, last_code, coalesce(campaign || '/' || step, "     \
    "kind)"

static void
print_row_json(Statement *st)
{
    static const char *const names[] = {"message", "state", "kind", "campaign",
                                        "step",    "to",    "last"};
    g_autoptr(GString) out = g_string_new("{");

    for (int i = 0; i < (int)G_N_ELEMENTS(names); i++)
        append_field(out, names[i], statement_text(st, i));
    g_string_append_printf(
        out,
        ",\"held\":%s,\"due_at\":%" G_GINT64_FORMAT
        ",\"attempts\":%" G_GINT64_FORMAT ",\"code\":%" G_GINT64_FORMAT "}",
        statement_int(st, 7) == QUEUE_HELD ? "true" : "false",
        statement_int(st, 7), statement_int(st, 8), statement_int(st, 9));
    puts(out->str);
}

#define COLUMNS "%-16s  %-10s  %-16s  %-24s  %s"

static void
print_head(const CliContext *cli)
{
    if (!cli->json && !cli->quiet)
        printf(COLUMNS "\n", "MESSAGE", "STATE", "DUE", "TO",
               "MAIL, LAST WORD");
}

static void
print_row(const CliContext *cli, Statement *st)
{
    g_autofree char *due = queue_moment(cli, statement_int(st, 7));
    const char *last = queue_word(statement_text(st, 6));

    if (cli->json) {
        print_row_json(st);
        return;
    }
    printf(COLUMNS "%s%s\n", statement_text(st, 0), statement_text(st, 1), due,
           statement_text(st, 5), statement_text(st, 10), last ? "  " : "",
           last ? last : "");
}

static bool
queue_list(CliContext *cli, const QueueOptions *o, GError **error)
{
    int rows = 0;
    g_autoptr(Statement) st = store_prepare(
        cli->store,
        ROW " FROM message WHERE (:state IS NULL OR state = :state)"
            "  AND (:state IS NOT NULL OR state IN"
            "   ('scheduled', 'claimed', 'committing', 'deferred', 'in_doubt'))"
            "  AND (:campaign IS NULL OR campaign = :campaign)"
            "  AND (:domain IS NULL OR rcpt_domain = :domain)"
            " ORDER BY not_before, message_id LIMIT :limit",
        error);

    if (!st)
        return false;
    statement_bind_text(st, ":state", o->state);
    statement_bind_text(st, ":campaign", o->campaign);
    statement_bind_text(st, ":domain", o->domain);
    statement_bind_int(st, ":limit", o->limit > 0 ? o->limit : -1);
    for (; statement_step(st); rows++) {
        if (rows == 0)
            print_head(cli);
        print_row(cli, st);
    }
    if (!statement_end(st, error))
        return false;
    if (cli->json || cli->quiet)
        return true;
    if (rows == 0)
        puts(o->state || o->campaign || o->domain ? "no such message"
                                                  : "nothing waits");
    else if (rows == o->limit)
        printf("these are the first %d; --limit 0 shows all\n", rows);
    return true;
}

char *
queue_find(CliContext *cli, const char *prefix, GError **error)
{
    g_autoptr(Statement) st = store_prepare(
        cli->store,
        "SELECT message_id FROM message"
        " WHERE message_id >= :prefix AND message_id < :prefix || '~'"
        " LIMIT 2",
        error);
    g_autofree char *id = NULL;
    bool more;

    if (!st)
        return NULL;
    statement_bind_text(st, ":prefix", prefix);
    if (statement_step(st))
        id = g_strdup(statement_text(st, 0));
    more = id && statement_step(st);
    if (!statement_end(st, error))
        return NULL;
    if (id && !more)
        return g_steal_pointer(&id);
    g_set_error(error, NURTURE_ERROR, ERROR_NOT_FOUND,
                more ? "more than one message starts with '%s'"
                     : "there is no message '%s'",
                prefix);
    return NULL;
}

static void
print_attempt(const CliContext *cli, Statement *st)
{
    g_autofree char *at = queue_moment(cli, statement_int(st, 1));

    if (cli->json) {
        g_autoptr(GString) out = g_string_new("{");
        g_string_append_printf(
            out,
            "\"attempt\":%" G_GINT64_FORMAT ",\"claimed_at\":%" G_GINT64_FORMAT
            ",\"dot_at\":%" G_GINT64_FORMAT ",\"code\":%" G_GINT64_FORMAT,
            statement_int(st, 0), statement_int(st, 1), statement_int(st, 2),
            statement_int(st, 4));
        append_field(out, "outcome", statement_text(st, 3));
        append_field(out, "enhanced", statement_text(st, 5));
        append_field(out, "reply", statement_text(st, 6));
        append_field(out, "relay", statement_text(st, 7));
        g_string_append_c(out, '}');
        puts(out->str);
        return;
    }
    printf("  %2d  %s  %-9s", (int)statement_int(st, 0), at,
           statement_text(st, 3) ? statement_text(st, 3) : "under way");
    if (statement_int(st, 4))
        printf(" %d", (int)statement_int(st, 4));
    if (statement_text(st, 5))
        printf(" %s", statement_text(st, 5));
    if (statement_text(st, 6))
        printf(" %s", queue_word(statement_text(st, 6)));
    putchar('\n');
}

static bool
print_attempts(CliContext *cli, const char *id, GError **error)
{
    g_autoptr(Statement) st = store_prepare(
        cli->store,
        "SELECT n, claimed_at, dot_at, outcome, code, enhanced, reply, relay"
        " FROM attempt WHERE message_id = :id ORDER BY n",
        error);

    if (!st)
        return false;
    statement_bind_text(st, ":id", id);
    while (statement_step(st))
        print_attempt(cli, st);
    return statement_end(st, error);
}

static bool
queue_show(CliContext *cli, const char *prefix, GError **error)
{
    g_autofree char *id = queue_find(cli, prefix, error);
    g_autoptr(Statement) st = NULL;

    if (!id)
        return false;
    st = store_prepare(cli->store, ROW " FROM message WHERE message_id = :id",
                       error);
    if (!st)
        return false;
    statement_bind_text(st, ":id", id);
    print_head(cli);
    if (statement_step(st))
        print_row(cli, st);
    return statement_end(st, error) && print_attempts(cli, id, error);
}

static bool
tell_sequence(CliContext *cli, const char *id, bool bounced, GError **error)
{
    Composer *c = campaign_composer_new(cli->workspace, cli->store, cli->keys,
                                        cli->now, error);
    bool told = c && c->settled(c->data, cli->store, id,
                                bounced ? "bounced" : "sent", cli->now, error);

    campaign_composer_free(c);
    return told;
}

static bool
resolve_in(CliContext *cli, const QueueOptions *o, const char *id, bool *done,
           GError **error)
{
    if (o->resend)
        return outbox_resend(cli->store, id, o->changed, cli->now, done, error);
    return message_is_in_doubt(cli->store, id, done, error) &&
           outbox_resolve(cli->store, id, o->bounced, "operator", cli->now,
                          error) &&
           (!*done || tell_sequence(cli, id, o->bounced, error));
}

static bool
queue_resolve(CliContext *cli, const QueueOptions *o, const char *prefix,
              GError **error)
{
    g_autofree char *id = queue_find(cli, prefix, error);
    bool done = false;

    if (!id)
        return false;
    g_auto(Transaction) tx = store_begin(cli->store, error);
    if (!tx.store || !resolve_in(cli, o, id, &done, error))
        return false;
    if (!done) {
        g_set_error(error, NURTURE_ERROR, ERROR_REFUSED, "%s is not in doubt%s",
                    id, o->resend ? " and not dead" : "");
        return false;
    }
    if (!transaction_commit(&tx, error))
        return false;
    if (!cli->quiet && !cli->json)
        printf("%s: %s\n", id,
               o->resend    ? "leaves with the next run"
               : o->bounced ? "bounced"
                            : "sent");
    return true;
}

/* -1 = go on */
static int
check_arguments(int argc, char **argv, const QueueOptions *o)
{
    static const char *const verbs[] = {"list", "show",   "why",     "retry",
                                        "hold", "cancel", "resolve", NULL};
    static const char *const many[] = {"retry", "hold", "cancel", NULL};
    const char *verb = argc > 1 ? argv[1] : "list";
    bool resolve = strcmp(verb, "resolve") == 0;
    g_autofree char *states = queue_states();

    if (o->state && !queue_is_state(o->state))
        return cli_usage("queue", "there is no state '%s'; one of %s expected",
                         o->state, states);
    if (!g_strv_contains(verbs, verb))
        return cli_usage("queue",
                         "list, show, why, retry, hold, cancel or resolve "
                         "expected, not '%s'",
                         verb);
    if (strcmp(verb, "list") == 0)
        return argc > 2 ? cli_usage("queue", "unexpected '%s'", argv[2]) : -1;
    if (resolve && o->relay_log)
        return argc > 2 ? cli_usage("queue", "--relay-log is about all that "
                                             "are in doubt")
                        : -1;
    if (g_strv_contains(many, verb) && argc == 2)
        return o->state || o->campaign || o->domain
                   ? -1
                   : cli_usage("queue",
                               "%s wants a message, or --state, "
                               "--campaign or --domain",
                               verb);
    if (argc != 3)
        return cli_usage("queue", "%s wants one message", verb);
    if (resolve && o->sent + o->bounced + o->resend != 1)
        return cli_usage("queue", "give one of --sent, --bounced, --resend, "
                                  "--relay-log");
    return -1;
}

static bool
dispatch(CliContext *cli, int argc, char **argv, const QueueOptions *o,
         GError **error)
{
    const char *verb = argc > 1 ? argv[1] : "list";
    const char *message = argc > 2 ? argv[2] : NULL;

    if (strcmp(verb, "list") == 0)
        return queue_list(cli, o, error);
    if (strcmp(verb, "show") == 0)
        return queue_show(cli, message, error);
    if (strcmp(verb, "why") == 0)
        return queue_why(cli, message, error);
    if (strcmp(verb, "resolve") != 0)
        return queue_act(cli, verb, o, message, error);
    return o->relay_log ? queue_read_log(cli, o, error)
                        : queue_resolve(cli, o, message, error);
}

static void
options_clear(QueueOptions *o)
{
    g_free(o->state);
    g_free(o->campaign);
    g_free(o->domain);
    g_free(o->relay_log);
}

int
cmd_queue(int argc, char **argv, CliContext *cli)
{
    QueueOptions o = {.limit = 100};
    const GOptionEntry entries[] = {
        {"state", 0, 0, G_OPTION_ARG_STRING, &o.state,
         "Only messages in this state", "STATE"},
        {"campaign", 0, 0, G_OPTION_ARG_STRING, &o.campaign,
         "Only this campaign's", "CAMPAIGN"},
        {"domain", 0, 0, G_OPTION_ARG_STRING, &o.domain,
         "Only to addresses of this domain", "DOMAIN"},
        {"limit", 0, 0, G_OPTION_ARG_INT, &o.limit,
         "At most so many (100; 0 = all)", "N"},
        {"sent", 0, 0, G_OPTION_ARG_NONE, &o.sent, "It did leave", NULL},
        {"bounced", 0, 0, G_OPTION_ARG_NONE, &o.bounced, "It bounced", NULL},
        {"resend", 0, 0, G_OPTION_ARG_NONE, &o.resend, "Send it (again)", NULL},
        {"changed", 0, 0, G_OPTION_ARG_NONE, &o.changed,
         "Even with another text", NULL},
        {"relay-log", 0, 0, G_OPTION_ARG_FILENAME, &o.relay_log,
         "Postfix's log, '-' for standard input", "FILE"},
        {"yes", 0, 0, G_OPTION_ARG_NONE, &o.yes, "Many at once, unasked", NULL},
        {NULL}};
    int status = cli_options(
        entries, "[list | VERB MESSAGE | VERB --state STATE ..] - the outbox",
        help, &argc, &argv);
    GError *error = NULL;

    if (status < 0)
        status = check_arguments(argc, argv, &o);
    if (status < 0)
        status = dispatch(cli, argc, argv, &o, &error) ? 0 : cli_error(error);
    options_clear(&o);
    return status;
}
