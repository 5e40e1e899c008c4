/* SPDX-License-Identifier: Apache-2.0 */
/* main.c - the command table, global options, and exit statuses */
#include "cli.h"
#include "describe.h"

#include "nurture/clock.h"
#include "nurture/error.h"
#include "nurture/log.h"
#include "nurture/settings.h"
#include "nurture/text.h"

#include <gmime/gmime.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define VERSION "0.1.0"

#define STORE (NEEDS_WORKSPACE | NEEDS_STORE)

/* In the order of a first day. */
const Command commands[] = {
    {"demo", cmd_demo, NEEDS_NOTHING, "See it work, with invented people"},
    {"init", cmd_init, NEEDS_NOTHING, "Start a workspace"},
    {"new", cmd_new, NEEDS_WORKSPACE, "Start a campaign or a segment"},
    {"check", cmd_check, NEEDS_NOTHING, "Find every problem in the files"},
    {"fmt", cmd_fmt, NEEDS_NOTHING, "Write all files in one way"},
    {"preview", cmd_preview, NEEDS_WORKSPACE, "Look at a mail"},
    {"candidates", cmd_candidates, STORE | CREATES_STORE,
     "Import, show and change people"},
    {"ats", cmd_ats, STORE | CREATES_STORE, "Hear from the ATS, and tell it"},
    {"segment", cmd_segment, STORE, "List, explain and test segments"},
    {"segments", cmd_segment, STORE, "All segments and how many are in them"},
    {"fields", cmd_fields, NEEDS_WORKSPACE, "What can be said of candidates"},
    {"holidays", cmd_holidays, NEEDS_WORKSPACE, "Days on which mail waits"},
    {"match", cmd_match, STORE, "Who of the pool fits an open role"},
    {"test", cmd_test, STORE, "Send a mail to yourself"},
    {"plan", cmd_plan, STORE, "Who would get what, and when; sends nothing"},
    {"simulate", cmd_simulate, STORE, "Play a campaign through in advance"},
    {"launch", cmd_launch, STORE, "Freeze a campaign and start it"},
    {"run", cmd_run, STORE, "Enrol, queue, deliver, receive"},
    {"deliver", cmd_deliver, STORE, "Send what is queued, and nothing else"},
    {"status", cmd_status, STORE, "What runs, and who is where"},
    {"pause", cmd_pause, STORE, "Send nothing more of a campaign"},
    {"resume", cmd_resume, STORE, "Go on with a paused campaign"},
    {"stop", cmd_stop, STORE, "End a campaign for good"},
    {"panic", cmd_panic, STORE, "Pause every campaign now"},
    {"queue", cmd_queue, STORE, "What waits, left, or is in doubt"},
    {"why", cmd_why, STORE, "Why somebody is mailed, or is not"},
    {"receive", cmd_receive, NEEDS_NOTHING, "Take mail: stdin, LMTP, Maildir"},
    {"inspect", cmd_inspect, NEEDS_NOTHING, "Say what a received mail means"},
    {"serve", cmd_serve, STORE, "Answer links; the recruiters' pages"},
    {"login-link", cmd_login_link, STORE, "A way into the recruiters' pages"},
    {"digest", cmd_digest, STORE, "The answers a recruiter should read"},
    {"replies", cmd_replies, STORE, "Answers one by one; correct the guesses"},
    {"keys", cmd_keys, STORE, "The keys that links are signed with"},
    {"hits", cmd_hits, STORE, "Clicks and opens by people and by machines"},
    {"score", cmd_score, STORE, "Who is interested, and why we think so"},
    {"report", cmd_report, STORE, "What came of a campaign, or of all"},
    {"costs", cmd_costs, STORE, "What each source of people costs"},
    {"audit", cmd_audit, STORE, "Who did what, and when"},
    {"retention", cmd_retention, STORE,
     "Ask, remind and anonymise; tell the sourced"},
    {"events", cmd_events, STORE, "What reports count, for other programs"},
    {"dkim", cmd_dkim, NEEDS_WORKSPACE, "Keys that sign mails"},
    {"backup", cmd_backup, STORE, "Copy the database while everything runs"},
    {"restore", cmd_restore, NEEDS_WORKSPACE,
     "Put a copy back; nothing is sent twice"},
    {"doctor", cmd_doctor, NEEDS_WORKSPACE,
     "Find what keeps mail from arriving"},
    {"explain", cmd_explain, NEEDS_NOTHING, "More about a problem's code"},
    {"sink", cmd_sink, NEEDS_NOTHING, "Catch mail on this computer"},
    {"completion", cmd_completion, NEEDS_NOTHING,
     "Teach your shell the commands"},
    {"help", cmd_help, NEEDS_NOTHING, "Help for a command, or for settings"},
    {NULL, NULL, 0, NULL},
};

static const Command *
find_command(const char *name)
{
    for (const Command *c = commands; c->name; c++)
        if (strcmp(c->name, name) == 0)
            return c;
    return NULL;
}

/* "did you mean", among the commands and what else 'help' knows. */
static int
no_command(const char *by, const char *name)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    const char *near;

    for (const Command *c = commands; c->name; c++)
        g_ptr_array_add(names, (gpointer)c->name);
    if (*by)
        g_ptr_array_add(names, (gpointer) "settings");
    g_ptr_array_add(names, NULL);
    near = text_nearest(name, (const char *const *)names->pdata);
    return cli_usage(by, "there is no command '%s'%s%s%s", name,
                     near ? "; did you mean '" : "", near ? near : "",
                     near ? "'?" : "");
}

static void
print_help(FILE *out)
{
    fputs("nurture keeps recruiting teams in touch, politely.\n\n"
          "Usage: nurture [-C DIR] COMMAND [OPTION..]\n\n"
          "Commands:\n",
          out);
    for (const Command *c = commands; c->name; c++)
        fprintf(out, "  %-11s %s\n", c->name, c->summary);
    fputs("\nOptions for every command:\n"
          "  -C DIR           work in this workspace\n"
          "  --json           machine-readable output\n"
          "  -q, -v           say less, say more\n"
          "  --color WHEN     auto, always or never (and NO_COLOR)\n"
          "  --no-input       never ask\n"
          "  --now TIME       pretend it is TIME (check, preview, plan)\n"
          "  --log-format F   text or json, of lines on stderr\n"
          "  --help, --version\n\n"
          "Start with: nurture demo\n",
          out);
}

int
cmd_help(int argc, char **argv, CliContext *cli)
{
    const Command *command = argc > 1 ? find_command(argv[1]) : NULL;
    char *args[] = {argc > 1 ? argv[1] : NULL, (char[]){"--help"}, NULL};

    if (argc < 2) {
        print_help(stdout);
        return 0;
    }
    if (strcmp(argv[1], "--commands") == 0) {
        for (const Command *c = commands; c->name; c++)
            puts(c->name);
        return 0;
    }
    if (strcmp(argv[1], "--man") == 0)
        return manual_print(argc > 2 ? argv[2] : NULL);
    if (strcmp(argv[1], "settings") == 0) {
        g_autofree char *manual = settings_manual();
        fputs(manual, stdout);
        return 0;
    }
    if (!command)
        return no_command("help", argv[1]);
    return command->run(2, args, cli);
}

/* Global options may stand before or after the command; they are taken out of
 * argv. Returns false after a usage error. */
typedef struct {
    CliContext *cli;
    const char *colour, *now, *log_format;
    bool version, help;
} Globals;

static bool
take_value(const char *name, int argc, char **argv, int *i, const char **out)
{
    size_t length = strlen(name);

    if (strcmp(argv[*i], name) == 0 && *i + 1 < argc) {
        *out = argv[++*i];
        return true;
    }
    if (strncmp(argv[*i], name, length) == 0 && argv[*i][length] == '=') {
        *out = argv[*i] + length + 1;
        return true;
    }
    return false;
}

static bool
take_global(Globals *g, int argc, char **argv, int *i, bool before)
{
    const char *a = argv[*i];
    CliContext *cli = g->cli;

    if (strcmp(a, "--json") == 0)
        return cli->json = true;
    if (strcmp(a, "-q") == 0 || strcmp(a, "--quiet") == 0)
        return cli->quiet = true;
    if (strcmp(a, "-v") == 0 || strcmp(a, "--verbose") == 0)
        return cli->verbose = true;
    if (strcmp(a, "--no-input") == 0)
        return cli->no_input = true;
    if (before && strcmp(a, "--version") == 0)
        return g->version = true;
    if (before && (strcmp(a, "--help") == 0 || strcmp(a, "-h") == 0))
        return g->help = true;
    return take_value("-C", argc, argv, i, &cli->directory) ||
           take_value("--color", argc, argv, i, &g->colour) ||
           take_value("--now", argc, argv, i, &g->now) ||
           take_value("--log-format", argc, argv, i, &g->log_format);
}

static int
parse_globals(Globals *g, int argc, char **argv)
{
    int kept = 1;
    bool literal = false;

    for (int i = 1; i < argc; i++) {
        literal |= strcmp(argv[i], "--") == 0;
        if (literal || !take_global(g, argc, argv, &i, kept == 1))
            argv[kept++] = argv[i];
    }
    argv[kept] = NULL;
    return kept;
}

static bool
wants_colour(const char *when)
{
    const char *no_colour = g_getenv("NO_COLOR");

    if (when && strcmp(when, "always") == 0)
        return true;
    if ((when && strcmp(when, "never") == 0) || (no_colour && *no_colour))
        return false;
    return cli_is_terminal(STDERR_FILENO);
}

static bool
open_needs(CliContext *cli, const Command *command, Diagnostics *problems,
           GError **error)
{
    bool create = command->needs & CREATES_STORE;
    g_autofree char *keys = NULL;

    if (!(command->needs & (NEEDS_WORKSPACE | NEEDS_STORE)))
        return true;
    cli->workspace = workspace_open(cli->directory, problems, error);
    if (!cli->workspace)
        return false;
    if (!(command->needs & NEEDS_STORE))
        return true;
    keys = g_build_filename(cli->workspace->state_dir, "keys", NULL);
    cli->store = store_open(cli->workspace->database,
                            create ? STORE_CREATE : STORE_EXISTING, error);
    if (!cli->store)
        return false;
    cli->keys = keys_load(keys, create, error);
    return cli->keys &&
           field_set_migrate(cli->workspace->fields, cli->store, error);
}

static int
run_command(CliContext *cli, const Command *command, int argc, char **argv)
{
    g_autoptr(Diagnostics) problems = diagnostics_new();
    GError *error = NULL;
    bool help = false;
    int status;

    for (int i = 1; i < argc; i++)
        help |= strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0;
    if (!help && !open_needs(cli, command, problems, &error)) {
        cli_problems(cli, problems);
        return cli_error(error);
    }
    status = command->run(argc, argv, cli);
    g_clear_pointer(&cli->store, store_close);
    g_clear_pointer(&cli->keys, keys_free);
    g_clear_pointer(&cli->workspace, workspace_free);
    return status;
}

static int
set_now(Globals *g)
{
    g_autoptr(GError) error = NULL;

    g->cli->now_given = g->now != NULL;
    if (g->now) {
        int64_t now;
        g_autoptr(GTimeZone) local = g_time_zone_new_local();
        if (!date_parse(g->now, local, &now, &error))
            return cli_usage("", "--now: %s", error->message);
        clock_set(now);
    }
    g->cli->now = clock_now();
    return 0;
}

int
main(int argc, char **argv)
{
    CliContext cli = {.directory = "."};
    Globals g = {.cli = &cli};
    const Command *command;

    setlocale(LC_CTYPE, "C.UTF-8");
    signal(SIGPIPE, SIG_IGN);
    log_init();
    g_mime_init();
    argc = parse_globals(&g, argc, argv);
    if (cli.verbose)
        log_set_level(LOG_INFO);
    if (g.log_format && strcmp(g.log_format, "json") != 0 &&
        strcmp(g.log_format, "text") != 0)
        return cli_usage("", "--log-format is text or json");
    if (g_strcmp0(g.log_format, "json") == 0)
        log_set_format(LOG_JSON);
    cli.colour = wants_colour(g.colour);
    if (g.version) {
        puts("nurture " VERSION);
        return 0;
    }
    if (g.help || argc < 2) {
        print_help(g.help ? stdout : stderr);
        return g.help ? 0 : 2;
    }
    command = find_command(argv[1]);
    if (!command) {
        return no_command("", argv[1]);
    }
    if (set_now(&g) != 0)
        return 2;
    return run_command(&cli, command, argc - 1, argv + 1);
}
