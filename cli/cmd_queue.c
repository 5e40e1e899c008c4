/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_queue.c - what waits, what left, and what nobody knows */
#include "cli.h"

#include "nurture/error.h"
#include "nurture/json.h"
#include "nurture/outbox.h"

#include <stdio.h>
#include <string.h>

static const char help[] =
    "list      messages, soonest first; --state and --campaign narrow it\n"
    "show      one message and each attempt to deliver it; the first letters\n"
    "          of its id are enough\n"
    "resolve   decide about a message in doubt: --sent or --bounced when you\n"
    "          found out, --resend to send it (again); --resend also tries a\n"
    "          dead message again. With --changed even if its text would not\n"
    "          be that of the copy that may have left.";

typedef struct {
    char *state, *campaign;
    int limit;
    gboolean sent, bounced, resend, changed;
} QueueOptions;

static char *
moment(const CliContext *cli, int64_t at)
{
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

static void
print_row(const CliContext *cli, Statement *st)
{
    g_autofree char *due = moment(cli, statement_int(st, 5));
    static const char *const names[] = {"message", "state", "kind", "campaign",
                                        "step"};

    if (cli->json) {
        g_autoptr(GString) out = g_string_new("{");
        for (int i = 0; i < 5; i++)
            append_field(out, names[i], statement_text(st, i));
        g_string_append_printf(
            out,
            ",\"due_at\":%" G_GINT64_FORMAT ",\"attempts\":%" G_GINT64_FORMAT
            ",\"code\":%" G_GINT64_FORMAT "}",
            statement_int(st, 5), statement_int(st, 6), statement_int(st, 7));
        puts(out->str);
        return;
    }
    printf("%s  %-10s %-8s %-32s %s", statement_text(st, 0),
           statement_text(st, 1), statement_text(st, 2), statement_text(st, 8),
           due);
    if (statement_text(st, 9))
        printf("  %s", statement_text(st, 9));
    putchar('\n');
}

static bool
queue_list(CliContext *cli, const QueueOptions *o, GError **error)
{
    g_autoptr(Statement) st = store_prepare(
        cli->store,
        "SELECT message_id, state, kind, campaign, step, not_before, attempt,"
        "  last_code, coalesce(campaign || '/' || step, ''), last_text"
        " FROM message"
        " WHERE (:state IS NULL OR state = :state)"
        "  AND (:state IS NOT NULL OR state IN"
        "   ('scheduled', 'claimed', 'committing', 'deferred', 'in_doubt'))"
        "  AND (:campaign IS NULL OR campaign = :campaign)"
        " ORDER BY not_before, message_id LIMIT :limit",
        error);

    if (!st)
        return false;
    statement_bind_text(st, ":state", o->state);
    statement_bind_text(st, ":campaign", o->campaign);
    statement_bind_int(st, ":limit", o->limit > 0 ? o->limit : -1);
    while (statement_step(st))
        print_row(cli, st);
    return statement_end(st, error);
}

/* The one message whose id starts with `prefix`. */
static char *
find_message(CliContext *cli, const char *prefix, GError **error)
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
    g_autofree char *at = moment(cli, statement_int(st, 1));

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
        printf(" %s", statement_text(st, 6));
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
    g_autofree char *id = find_message(cli, prefix, error);
    g_autoptr(Statement) st = NULL;

    if (!id)
        return false;
    st = store_prepare(
        cli->store,
        "SELECT message_id, state, kind, campaign, step, not_before, attempt,"
        "  last_code, coalesce(campaign || '/' || step, ''), last_text"
        " FROM message WHERE message_id = :id",
        error);
    if (!st)
        return false;
    statement_bind_text(st, ":id", id);
    if (statement_step(st))
        print_row(cli, st);
    return statement_end(st, error) && print_attempts(cli, id, error);
}

static bool
is_in_doubt(CliContext *cli, const char *id, bool *out, GError **error)
{
    g_autoptr(Statement) st = store_prepare(
        cli->store,
        "SELECT 1 FROM message WHERE message_id = :id AND state = 'in_doubt'",
        error);

    if (!st)
        return false;
    statement_bind_text(st, ":id", id);
    *out = statement_step(st);
    return statement_end(st, error);
}

static bool
resolve_in(CliContext *cli, const QueueOptions *o, const char *id, bool *done,
           GError **error)
{
    if (o->resend)
        return outbox_resend(cli->store, id, o->changed, cli->now, done, error);
    return is_in_doubt(cli, id, done, error) &&
           outbox_resolve(cli->store, id, o->bounced, "operator", cli->now,
                          error);
}

static bool
queue_resolve(CliContext *cli, const QueueOptions *o, const char *prefix,
              GError **error)
{
    g_autofree char *id = find_message(cli, prefix, error);
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
    const char *verb = argc > 1 ? argv[1] : "list";

    if (strcmp(verb, "list") == 0)
        return argc > 2 ? cli_usage("queue", "unexpected '%s'", argv[2]) : -1;
    if (strcmp(verb, "show") != 0 && strcmp(verb, "resolve") != 0)
        return cli_usage("queue", "list, show or resolve expected, not '%s'",
                         verb);
    if (argc != 3)
        return cli_usage("queue", "%s wants one message", verb);
    if (strcmp(verb, "resolve") == 0 && o->sent + o->bounced + o->resend != 1)
        return cli_usage("queue", "give one of --sent, --bounced, --resend");
    return -1;
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
        {"limit", 0, 0, G_OPTION_ARG_INT, &o.limit,
         "At most so many (100; 0 = all)", "N"},
        {"sent", 0, 0, G_OPTION_ARG_NONE, &o.sent, "It did leave", NULL},
        {"bounced", 0, 0, G_OPTION_ARG_NONE, &o.bounced, "It bounced", NULL},
        {"resend", 0, 0, G_OPTION_ARG_NONE, &o.resend, "Send it (again)", NULL},
        {"changed", 0, 0, G_OPTION_ARG_NONE, &o.changed,
         "Even with another text", NULL},
        {NULL}};
    int status = cli_options(
        entries, "[list | show MESSAGE | resolve MESSAGE] - the outbox", help,
        &argc, &argv);
    GError *error = NULL;
    bool ok;

    if (status < 0)
        status = check_arguments(argc, argv, &o);
    if (status < 0) {
        if (argc < 2 || strcmp(argv[1], "list") == 0)
            ok = queue_list(cli, &o, &error);
        else if (strcmp(argv[1], "show") == 0)
            ok = queue_show(cli, argv[2], &error);
        else
            ok = queue_resolve(cli, &o, argv[2], &error);
        status = ok ? 0 : cli_error(error);
    }
    g_free(o.state);
    g_free(o.campaign);
    return status;
}
