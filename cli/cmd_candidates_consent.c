/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_candidates_consent.c - what somebody has agreed to, and taken back */
#include "cmd_candidates.h"

#include "nurture/candidates.h"
#include "nurture/consent.h"
#include "nurture/json.h"
#include "nurture/text.h"

#include <stdio.h>
#include <string.h>

static const char help[] =
    "  nurture candidates consent WHO\n"
    "       the ledger: every word, the newest first; per purpose it holds\n"
    "  nurture candidates consent WHO given --source SOURCE\n"
    "  nurture candidates consent WHO withdrawn\n"
    "       a row more; nothing in the ledger is ever changed. Purposes are\n"
    "       mail, click_tracking, open_tracking, retention, and those that\n"
    "       campaigns name.";

static void
print_word(const CliContext *cli, Statement *st)
{
    static const char *const texts[] = {"purpose", "state", "source", "wording",
                                        "evidence"};
    static const char *const times[] = {"at", "expires_at"};
    const GTimeZone *zone = cli->workspace->zone;
    g_autoptr(GString) out = g_string_new("{\"schema\":1");
    g_autofree char *at = date_format(statement_int(st, 5), (GTimeZone *)zone,
                                      "YYYY-MM-DD HH:mm", "en");
    g_autofree char *end =
        statement_is_null(st, 6)
            ? NULL
            : date_format(statement_int(st, 6), (GTimeZone *)zone, "YYYY-MM-DD",
                          "en");

    if (!cli->json) {
        g_string_printf(out, "%s  %-15s %-9s ", at, statement_text(st, 0),
                        statement_text(st, 1));
        for (int i = 2; i < 5; i++)
            if (statement_text(st, i)) {
                g_string_append_printf(out, " %s ", i == 2 ? "by" : texts[i]);
                plain_append_text(out, statement_text(st, i));
            }
        printf("%s%s%s\n", out->str, end ? "  until " : "", end ? end : "");
        return;
    }
    for (gsize i = 0; i < G_N_ELEMENTS(texts); i++) {
        g_string_append_printf(out, ",\"%s\":", texts[i]);
        json_append_string(out, statement_text(st, (int)i));
    }
    for (gsize i = 0; i < G_N_ELEMENTS(times); i++) {
        g_autofree char *when = statement_is_null(st, 5 + (int)i)
                                    ? NULL
                                    : date_iso(statement_int(st, 5 + (int)i));
        g_string_append_printf(out, ",\"%s\":", times[i]);
        json_append_string(out, when);
    }
    puts(g_string_append_c(out, '}')->str);
}

static int
print_ledger(CliContext *cli, int64_t candidate)
{
    GError *error = NULL;
    bool any = false;
    g_autoptr(Statement) st = store_prepare(
        cli->store,
        "SELECT purpose, state, source, wording, evidence, at, expires_at"
        " FROM consent WHERE candidate_id = :candidate"
        " ORDER BY at DESC, consent_id DESC",
        &error);

    if (!st)
        return cli_error(error);
    statement_bind_int(st, ":candidate", candidate);
    for (; statement_step(st); any = true)
        print_word(cli, st);
    if (!statement_end(st, &error))
        return cli_error(error);
    if (!any && !cli->json && !cli->quiet)
        puts("Nothing is known. To add a word: nurture candidates consent WHO "
             "given --source SOURCE");
    return 0;
}

static int
add_word(CliContext *cli, int64_t candidate, const ConsentWord *word)
{
    GError *error = NULL;
    g_auto(Transaction) tx = store_begin(cli->store, &error);

    if (!tx.store ||
        !consent_add(cli->store, cli->workspace, candidate, word,
                     g_get_user_name(), cli->now, &error) ||
        !transaction_commit(&tx, &error))
        return cli_error(error);
    return cli->quiet ? 0 : print_ledger(cli, candidate);
}

/* --at and --expires; false with `error` when one is no date. */
static bool
read_times(const CliContext *cli, const char *at, const char *expires,
           ConsentWord *word, GError **error)
{
    word->at = cli->now;
    return (!at || date_parse(at, cli->workspace->zone, &word->at, error)) &&
           (!expires || date_parse(expires, cli->workspace->zone,
                                   &word->expires_at, error));
}

int
candidates_run_consent(int argc, char **argv, CliContext *cli)
{
    g_autofree char *purpose = NULL, *source = NULL, *wording = NULL,
                    *evidence = NULL, *at = NULL, *expires = NULL;
    const GOptionEntry entries[] = {
        {"purpose", 0, 0, G_OPTION_ARG_STRING, &purpose, "What for ('mail')",
         "PURPOSE"},
        {"source", 0, 0, G_OPTION_ARG_STRING, &source,
         "How they agreed; a mail's footer says so", "SOURCE"},
        {"wording", 0, 0, G_OPTION_ARG_STRING, &wording,
         "Which text they agreed to", "VERSION"},
        {"evidence", 0, 0, G_OPTION_ARG_STRING, &evidence,
         "Where the proof is kept", "TEXT"},
        {"expires", 0, 0, G_OPTION_ARG_STRING, &expires, "When it ends",
         "DATE"},
        {"at", 0, 0, G_OPTION_ARG_STRING, &at,
         "When they said so; now if not "
         "said",
         "DATE"},
        G_OPTION_ENTRY_NULL};
    g_autoptr(GError) wrong = NULL;
    GError *error = NULL;
    ConsentWord word = {0};
    int64_t candidate;
    int status = cli_options(entries, "WHO [given|withdrawn] - the ledger",
                             help, &argc, &argv);

    if (status >= 0)
        return status;
    if (argc < 2 || argc > 3 ||
        (argc == 3 && strcmp(argv[2], "given") != 0 &&
         strcmp(argv[2], "withdrawn") != 0))
        return cli_usage("candidates consent",
                         "WHO, and given or withdrawn to add a word");
    if (argc == 2 &&
        (purpose || source || wording || evidence || at || expires))
        return cli_usage("candidates consent", "say given or withdrawn");
    if (!read_times(cli, at, expires, &word, &wrong))
        return cli_usage("candidates consent", "%s", wrong->message);
    word.purpose = purpose ? purpose : "mail";
    word.given = argc == 3 && strcmp(argv[2], "given") == 0;
    word.source = source;
    word.wording = wording;
    word.evidence = evidence;
    if (!candidate_find(cli->store, argv[1], &candidate, &error))
        return cli_error(error);
    return argc == 2 ? print_ledger(cli, candidate)
                     : add_word(cli, candidate, &word);
}
