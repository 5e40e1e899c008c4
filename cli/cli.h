/* SPDX-License-Identifier: Apache-2.0 */
/* cli -- what every command shares: global options, output, errors.
 *
 * To add a command: (1) cli/cmd_x.c with a function of the type below,
 * (2) its prototype here, (3) a row in commands[] of cli/main.c, (4) a test
 * tests/tNNNN-x.sh. Data goes to stdout, everything else to stderr. */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include "nurture/diagnostic.h"
#include "nurture/store.h"
#include "nurture/token.h"
#include "nurture/workspace.h"

typedef struct {
    const char *directory; /* -C; "." */
    bool json, quiet, verbose, no_input, colour;
    int64_t now; /* clock_now(), or --now */
    bool now_given;
    /* Open when the command's row asks for them. */
    Workspace *workspace;
    Store *store;
    Keys *keys;
} CliContext;

typedef struct {
    const char *name;
    /* argv[0] is the command's name. Returns the exit status. */
    int (*run)(int argc, char **argv, CliContext *cli);
    unsigned needs;
    const char *summary;
} Command;

enum {
    NEEDS_NOTHING = 0,
    NEEDS_WORKSPACE = 1 << 0,
    NEEDS_STORE = 1 << 1,   /* and the workspace, and the keys */
    CREATES_STORE = 1 << 2, /* with NEEDS_STORE: make it if absent */
};

extern const Command commands[]; /* ends with name NULL */

/* Print `error` ("nurture: ...") and return its exit status. Frees it. */
int cli_error(GError *error);
/* Print a usage error and how to get help; returns 2. */
int cli_usage(const char *command, const char *format, ...) G_GNUC_PRINTF(2, 3);
/* Parse the command's own options. Handles --help. Returns -1 to go on, else
 * the exit status. `parameters`: "FILE.. - what it does". */
int cli_options(const GOptionEntry *entries, const char *parameters,
                const char *description, int *argc, char ***argv);
/* For a command with verbs: "costs" "import" FILE becomes "costs import" FILE,
 * which is what help and messages then say. Returns argv + 1. */
char **cli_verb(char **argv);
/* Where cli_options() tells what it knows instead of parsing, and returns 0:
 * so that completions and manual pages come from the commands' own tables.
 * NULL ends it. */
typedef void (*CliListener)(const GOptionEntry *entries, const char *parameters,
                            const char *description, gpointer data);
void cli_listen(CliListener listener, gpointer data);
/* Print problems where they belong (JSON to stdout, else stderr). Returns 1
 * when one is an error, else 0. */
int cli_problems(const CliContext *cli, Diagnostics *problems);
/* Ask on the terminal; NULL when there is nobody to ask. */
char *cli_ask(const CliContext *cli, const char *question);
/* Is stdout (1) or stderr (2) a terminal? */
bool cli_is_terminal(int fd);
/* A line on a terminal that replaces itself; a plain line at most every 10 s
 * elsewhere. `done` ends it. */
void cli_progress(const CliContext *cli, const char *what, int64_t count,
                  int64_t total, bool done);

int cmd_ats(int argc, char **argv, CliContext *cli);
int cmd_backup(int argc, char **argv, CliContext *cli);
int cmd_candidates(int argc, char **argv, CliContext *cli);
int cmd_check(int argc, char **argv, CliContext *cli);
int cmd_completion(int argc, char **argv, CliContext *cli);
int cmd_audit(int argc, char **argv, CliContext *cli);
int cmd_retention(int argc, char **argv, CliContext *cli);
int cmd_costs(int argc, char **argv, CliContext *cli);
int cmd_demo(int argc, char **argv, CliContext *cli);
int cmd_digest(int argc, char **argv, CliContext *cli);
int cmd_dkim(int argc, char **argv, CliContext *cli);
int cmd_doctor(int argc, char **argv, CliContext *cli);
int cmd_events(int argc, char **argv, CliContext *cli);
int cmd_explain(int argc, char **argv, CliContext *cli);
int cmd_fields(int argc, char **argv, CliContext *cli);
int cmd_holidays(int argc, char **argv, CliContext *cli);
int cmd_fmt(int argc, char **argv, CliContext *cli);
int cmd_help(int argc, char **argv, CliContext *cli);
int cmd_init(int argc, char **argv, CliContext *cli);
int cmd_inspect(int argc, char **argv, CliContext *cli);
int cmd_launch(int argc, char **argv, CliContext *cli);
int cmd_match(int argc, char **argv, CliContext *cli);
int cmd_login_link(int argc, char **argv, CliContext *cli);
int cmd_new(int argc, char **argv, CliContext *cli);
int cmd_panic(int argc, char **argv, CliContext *cli);
int cmd_pause(int argc, char **argv, CliContext *cli);
int cmd_plan(int argc, char **argv, CliContext *cli);
int cmd_preview(int argc, char **argv, CliContext *cli);
int cmd_queue(int argc, char **argv, CliContext *cli);
int cmd_receive(int argc, char **argv, CliContext *cli);
int cmd_replies(int argc, char **argv, CliContext *cli);
int cmd_report(int argc, char **argv, CliContext *cli);
int cmd_restore(int argc, char **argv, CliContext *cli);
int cmd_resume(int argc, char **argv, CliContext *cli);
int cmd_deliver(int argc, char **argv, CliContext *cli);
int cmd_run(int argc, char **argv, CliContext *cli);
int cmd_keys(int argc, char **argv, CliContext *cli);
int cmd_hits(int argc, char **argv, CliContext *cli);
int cmd_score(int argc, char **argv, CliContext *cli);
int cmd_segment(int argc, char **argv, CliContext *cli);
int cmd_serve(int argc, char **argv, CliContext *cli);
int cmd_simulate(int argc, char **argv, CliContext *cli);
int cmd_sink(int argc, char **argv, CliContext *cli);
int cmd_status(int argc, char **argv, CliContext *cli);
int cmd_stop(int argc, char **argv, CliContext *cli);
int cmd_test(int argc, char **argv, CliContext *cli);
int cmd_why(int argc, char **argv, CliContext *cli);

#endif
