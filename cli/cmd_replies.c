/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_replies.c - the answers, one by one, and how well they were understood */
#include "cli.h"

#include "nurture/error.h"
#include "nurture/json.h"
#include "nurture/replies.h"
#include "nurture/text.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char help[] =
    "list               answers that are open (--all: every one)\n"
    "show N             one answer: the words, whose, and why we think so\n"
    "label N INTENT     what was meant, kept beside the rule's guess: "
    "interested,\n"
    "                   question, not_now, not_interested, referral,\n"
    "                   wrong_person, unsubscribe (which stops mail to them),\n"
    "                   ooo, other\n"
    "accuracy           labels against guesses: your own confusion matrix\n"
    "done N             dealt with\n"
    "open N             not dealt with after all\n"
    "snooze N 2w        not before then; a duration or a date\n"
    "hand-over N NAME   to another recruiter (a file in senders/)\n"
    "stop N             no more mail from any campaign to this person\n"
    "original N         the mail as it came, on standard output";

typedef struct {
    char *recruiter;
    gboolean all;
} Options;

/* ---- list -----------------------------------------------------------------
 */

static void
append_text(GString *out, const char *name, const char *value)
{
    g_string_append_printf(out, ",\"%s\":", name);
    json_append_string(out, value);
}

static void
print_json(Statement *st)
{
    static const char *const names[] = {
        "from",    "class",       "guess",   "state", "recruiter", "campaign",
        "matched", "trust",       "subject", "text",  "action",    "rule",
        "flags",   "return_date", "also",    "names"};
    g_autoptr(GString) out = g_string_new(NULL);

    g_string_append_printf(out,
                           "{\"reply\":%" G_GINT64_FORMAT
                           ",\"received_at\":%" G_GINT64_FORMAT,
                           statement_int(st, 0), statement_int(st, 1));
    for (int i = 0; i < (int)G_N_ELEMENTS(names); i++)
        append_text(out, names[i], statement_text(st, i + 2));
    puts(g_string_append_c(out, '}')->str);
}

/* Strangers' words on a terminal: one line, no controls. */
static char *
first_words(const char *text, int most)
{
    g_autoptr(GString) flat = g_string_new(NULL);

    plain_append_text(flat, text ? text : "");
    if (text_columns(flat->str) <= most)
        return g_strdup(flat->str);
    return g_utf8_substring(flat->str, 0, most);
}

static void
print_line(const CliContext *cli, Statement *st)
{
    g_autofree char *day = date_format(
        statement_int(st, 1), cli->workspace->zone, "YYYY-MM-DD HH:mm", "en");
    g_autofree char *from = first_words(statement_text(st, 2), 30);
    g_autofree char *words = first_words(statement_text(st, 11), 60);

    printf("%5" G_GINT64_FORMAT "  %s  %-14s %-8s %-30s  %s\n",
           statement_int(st, 0), day, statement_text(st, 3),
           statement_text(st, 5), from, words);
}

static Statement *
prepare_list(CliContext *cli, GError **error)
{
    return store_prepare(
        cli->store,
        "SELECT reply_id, received_at, from_address, coalesce(label, intent),"
        "  intent, state, recruiter, campaign, matched_by, from_trust, subject,"
        "  text, action, intent_rule, flags, return_date, intent_also,"
        "  (SELECT group_concat(address, ', ') FROM referral"
        "   WHERE referral.reply_id = reply.reply_id) FROM reply"
        " WHERE (:reply = 0 OR reply_id = :reply)"
        "  AND (:all OR state <> 'done')"
        "  AND (:recruiter IS NULL OR recruiter = :recruiter)"
        " ORDER BY received_at, reply_id",
        error);
}

static int
list(CliContext *cli, const Options *o)
{
    GError *error = NULL;
    int64_t count = 0;
    g_autoptr(Statement) st = prepare_list(cli, &error);

    if (!st)
        return cli_error(error);
    statement_bind_int(st, ":reply", 0);
    statement_bind_int(st, ":all", o->all);
    statement_bind_text(st, ":recruiter", o->recruiter);
    for (; statement_step(st); count++) {
        if (cli->json)
            print_json(st);
        else
            print_line(cli, st);
    }
    if (!statement_end(st, &error))
        return cli_error(error);
    if (count == 0 && !cli->quiet)
        fputs("No answers.\n", stderr);
    return 0;
}

/* ---- show -----------------------------------------------------------------
 */

static void
print_field(const char *name, const char *value)
{
    g_autofree char *clean = first_words(value, 200);

    if (value && *clean)
        printf("%-12s %s\n", name, clean);
}

static void
print_all(const CliContext *cli, Statement *st)
{
    static const struct {
        const char *name;
        int column;
    } fields[] = {{"from", 2},       {"subject", 10},  {"meant", 3},
                  {"guessed", 4},    {"also", 16},     {"rule", 13},
                  {"flags", 14},     {"names", 17},    {"until", 15},
                  {"matched by", 8}, {"sender is", 9}, {"campaign", 7},
                  {"recruiter", 6},  {"state", 5},     {"nurture did", 12}};
    g_autofree char *day = date_format(
        statement_int(st, 1), cli->workspace->zone, "YYYY-MM-DD HH:mm", "en");
    g_auto(GStrv) lines = g_strsplit(
        statement_text(st, 11) ? statement_text(st, 11) : "", "\n", -1);

    print_field("received", day);
    for (gsize i = 0; i < G_N_ELEMENTS(fields); i++)
        print_field(fields[i].name, statement_text(st, fields[i].column));
    putchar('\n');
    for (char **line = lines; *line; line++) {
        g_autofree char *clean = first_words(*line, 4000);
        printf("  %s\n", clean);
    }
}

static int
show(CliContext *cli, int64_t reply)
{
    GError *error = NULL;
    bool found;
    g_autoptr(Statement) st = prepare_list(cli, &error);

    if (!st)
        return cli_error(error);
    statement_bind_int(st, ":reply", reply);
    statement_bind_int(st, ":all", 1);
    found = statement_step(st);
    if (found && cli->json)
        print_json(st);
    else if (found)
        print_all(cli, st);
    if (!statement_end(st, &error))
        return cli_error(error);
    if (found)
        return 0;
    return cli_error(g_error_new(NURTURE_ERROR, ERROR_NOT_FOUND,
                                 "there is no answer %" G_GINT64_FORMAT,
                                 reply));
}

/* ---- accuracy -------------------------------------------------------------
 */

enum { CLASSES = 9 };

static int
class_index(const char *name)
{
    const char *const *intents = reply_intents();

    for (int i = 0; i < CLASSES; i++)
        if (g_strcmp0(intents[i], name) == 0)
            return i;
    return CLASSES - 1;
}

static bool
read_matrix(CliContext *cli, int64_t (*matrix)[CLASSES], GError **error)
{
    g_autoptr(Statement) st = store_prepare(
        cli->store,
        "SELECT label, intent, count(*) FROM reply WHERE label IS NOT NULL"
        " GROUP BY label, intent",
        error);

    if (!st)
        return false;
    while (statement_step(st))
        matrix[class_index(statement_text(st, 0))]
              [class_index(statement_text(st, 1))] += statement_int(st, 2);
    return statement_end(st, error);
}

static void
print_matrix(const int64_t (*matrix)[CLASSES])
{
    const char *const *intents = reply_intents();

    printf("%-16s", "meant \\ guessed");
    for (int i = 0; i < CLASSES; i++)
        printf(" %9.9s", intents[i]);
    putchar('\n');
    for (int i = 0; i < CLASSES; i++) {
        printf("%-16s", intents[i]);
        for (int k = 0; k < CLASSES; k++)
            printf(" %9" G_GINT64_FORMAT, matrix[i][k]);
        putchar('\n');
    }
}

/* "meant": {"guessed": how often}, both that are there. */
static void
print_matrix_json(const int64_t (*matrix)[CLASSES])
{
    const char *const *intents = reply_intents();
    bool first = true;

    for (int i = 0; i < CLASSES; i++) {
        bool begun = false;
        for (int k = 0; k < CLASSES; k++) {
            if (matrix[i][k] == 0)
                continue;
            if (!begun)
                printf("%s\"%s\":{", first ? "" : ",", intents[i]);
            printf("%s\"%s\":%" G_GINT64_FORMAT, begun ? "," : "", intents[k],
                   matrix[i][k]);
            begun = true;
            first = false;
        }
        if (begun)
            putchar('}');
    }
    puts("}}");
}

/* "other" is no answer: the rules pass it to a reader. */
static int
accuracy(CliContext *cli)
{
    int64_t matrix[CLASSES][CLASSES] = {{0}};
    int64_t all = 0, answered = 0, right = 0;
    GError *error = NULL;

    if (!read_matrix(cli, matrix, &error))
        return cli_error(error);
    for (int i = 0; i < CLASSES; i++)
        for (int k = 0; k < CLASSES; k++) {
            all += matrix[i][k];
            answered += k < CLASSES - 1 ? matrix[i][k] : 0;
            right += k < CLASSES - 1 && i == k ? matrix[i][k] : 0;
        }
    if (cli->json) {
        printf("{\"schema\":1,\"labelled\":%" G_GINT64_FORMAT
               ",\"answered\":%" G_GINT64_FORMAT ",\"right\":%" G_GINT64_FORMAT
               ",\"matrix\":{",
               all, answered, right);
        print_matrix_json((const int64_t(*)[CLASSES])matrix);
        return 0;
    }
    if (all == 0) {
        fputs("Nothing is labelled yet: nurture replies label N INTENT\n",
              stderr);
        return 0;
    }
    print_matrix((const int64_t(*)[CLASSES])matrix);
    printf("\n%s labelled; %s were decided by a rule, %s of them right",
           number_format(all), number_format(answered), number_format(right));
    if (answered > 0)
        printf(" (%.0f%%)", 100.0 * (double)right / (double)answered);
    puts(".");
    return 0;
}

/* ---- verbs ----------------------------------------------------------------
 */

static int
do_verb(CliContext *cli, int64_t reply, const char *verb)
{
    GError *error = NULL;
    g_autofree char *said = NULL;
    g_autofree char *actor = g_strdup_printf("uid %d", (int)getuid());
    g_auto(Transaction) tx = store_begin(cli->store, &error);

    if (!tx.store ||
        !reply_do(cli->store, cli->workspace, reply, verb, actor, cli->now,
                  &said, &error) ||
        !transaction_commit(&tx, &error))
        return cli_error(error);
    if (!cli->quiet)
        fprintf(stderr, "%" G_GINT64_FORMAT ": %s\n", reply, said);
    return 0;
}

/* The bytes as they came, for a mail program or a file. */
static int
original(CliContext *cli, int64_t reply)
{
    GError *error = NULL;
    g_autoptr(GBytes) bytes =
        reply_original(cli->store, cli->workspace, reply, &error);
    gsize size;
    const char *data;

    if (!bytes)
        return cli_error(error);
    data = g_bytes_get_data(bytes, &size);
    fwrite(data, 1, size, stdout);
    return 0;
}

static const struct {
    const char *word, *verb;
    int arguments; /* after the number */
} verbs[] = {
    {"label", "wrong", 1},         {"done", "done", 0},
    {"open", "open", 0},           {"snooze", "snooze", 1},
    {"hand-over", "hand over", 1}, {"stop", "stop all", 0},
};

static int
run_verb(CliContext *cli, int argc, char **argv)
{
    int64_t reply = argc > 2 ? g_ascii_strtoll(argv[2], NULL, 10) : 0;

    for (gsize i = 0; i < G_N_ELEMENTS(verbs); i++) {
        g_autofree char *rest = NULL;
        g_autofree char *verb = NULL;
        if (strcmp(argv[1], verbs[i].word) != 0)
            continue;
        if (reply <= 0 || argc < 3 + verbs[i].arguments)
            return cli_usage("replies", "which answer, and what of it?");
        rest = argc > 3 ? g_strjoinv(" ", argv + 3) : NULL;
        verb = rest ? g_strdup_printf("%s %s", verbs[i].verb, rest)
                    : g_strdup(verbs[i].verb);
        return do_verb(cli, reply, verb);
    }
    if (strcmp(argv[1], "original") != 0)
        return cli_usage("replies", "there is no 'replies %s'", argv[1]);
    return reply > 0 ? original(cli, reply)
                     : cli_usage("replies", "which answer?");
}

int
cmd_replies(int argc, char **argv, CliContext *cli)
{
    g_autofree char *recruiter = NULL;
    Options o = {0};
    const GOptionEntry entries[] = {
        {"for", 0, 0, G_OPTION_ARG_STRING, &recruiter,
         "Only this recruiter's (a file in senders/)", "RECRUITER"},
        {"all", 0, 0, G_OPTION_ARG_NONE, &o.all, "Those that are done as well",
         NULL},
        {NULL},
    };
    int status = cli_options(
        entries,
        "list|show|label|accuracy|done|open|snooze|hand-over|stop|original",
        help, &argc, &argv);

    if (status >= 0)
        return status;
    o.recruiter = recruiter;
    if (argc < 2 || strcmp(argv[1], "list") == 0)
        return list(cli, &o);
    if (strcmp(argv[1], "accuracy") == 0)
        return accuracy(cli);
    if (strcmp(argv[1], "show") == 0 && argc == 3)
        return show(cli, g_ascii_strtoll(argv[2], NULL, 10));
    return run_verb(cli, argc, argv);
}
