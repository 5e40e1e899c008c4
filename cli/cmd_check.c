/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_check.c - every problem of the workspace's files, before anyone sees one
 */
#include "cli.h"
#include "watch.h"

#include "nurture/check.h"
#include "nurture/error.h"
#include "nurture/format.h"

#include <stdio.h>
#include <string.h>

static const char help[] =
    "Reads nurture.yaml, fields.yaml, senders, segments, campaigns, mails and\n"
    "layouts, compiles every mail for every segment, variant and language, "
    "and\n"
    "prints all problems at FILE:LINE:COLUMN. PATH names campaigns or files;\n"
    "without one, everything is checked. Exit status 1 when something is "
    "wrong.\n"
    "'nurture explain E211' says more about one code.";

typedef struct {
    CliContext *cli;
    const char *const *paths;
    DiagnosticFormat format;
    bool strict, links, fix;
} Check;

static int
print_problems(const Check *c, Diagnostics *problems)
{
    g_autoptr(GString) text = g_string_new(NULL);
    bool human = c->format == FORMAT_HUMAN;
    FILE *out = human ? stderr : stdout;

    diagnostics_sort(problems);
    diagnostics_format(problems, c->format, human && c->cli->colour, text);
    fputs(text->str, out);
    if (human && !c->cli->quiet && diagnostics_length(problems) == 0)
        fputs("Everything is correct.\n", stderr);
    fflush(out);
    return diagnostics_count(problems, SEVERITY_ERROR) > 0 ||
           (c->strict && diagnostics_count(problems, SEVERITY_WARNING) > 0);
}

#define ROUNDS 10 /* a fix may uncover another problem */

static bool
fix(const Check *c, GError **error)
{
    g_autofree char *root = workspace_root(c->cli->directory, error);
    guint count = 1, all = 0;

    for (int i = 0; root && count > 0 && i < ROUNDS; i++) {
        g_autoptr(Diagnostics) problems = diagnostics_new();
        if (!workspace_check(c->cli->directory, c->paths, false, problems,
                             error) ||
            !fixes_write(root, problems, &count, error))
            return false;
        all += count;
    }
    if (all > 0 && !c->cli->quiet)
        fprintf(stderr, "%u change%s made. See them with: git diff\n", all,
                all == 1 ? "" : "s");
    return root != NULL;
}

static int
check_once(const Check *c)
{
    g_autoptr(Diagnostics) problems = diagnostics_new();
    GError *error = NULL;

    if (c->fix && !fix(c, &error))
        return cli_error(error);
    if (!workspace_check(c->cli->directory, c->paths, c->links, problems,
                         &error))
        return cli_error(error);
    return print_problems(c, problems);
}

/* Until interrupted; the status is that of the last look. */
static int
check_again_and_again(const Check *c)
{
    GError *error = NULL;
    g_autofree char *root = workspace_root(c->cli->directory, &error);
    g_autoptr(Watch) watch = root ? watch_start(root, &error) : NULL;
    int status;

    if (!watch)
        return cli_error(error);
    do {
        status = check_once(c);
        if (!c->cli->quiet)
            fputs("\nWaiting for a file to be saved; Ctrl-C ends.\n", stderr);
    } while (watch_wait(watch));
    return status;
}

static bool
parse_format(const char *word, const CliContext *cli, DiagnosticFormat *out)
{
    static const char *const words[] = {"human", "json", "github"};

    *out = cli->json ? FORMAT_JSON : FORMAT_HUMAN;
    if (!word)
        return true;
    for (int i = 0; i < 3; i++)
        if (strcmp(word, words[i]) == 0) {
            *out = (DiagnosticFormat)i;
            return true;
        }
    return false;
}

int
cmd_check(int argc, char **argv, CliContext *cli)
{
    gboolean strict = FALSE, links = FALSE, mend = FALSE, watch = FALSE;
    g_autofree char *format = NULL;
    const GOptionEntry entries[] = {
        {"strict", 0, 0, G_OPTION_ARG_NONE, &strict, "Warnings count as errors",
         NULL},
        {"fix", 0, 0, G_OPTION_ARG_NONE, &mend,
         "Make the changes that a program can make", NULL},
        {"watch", 0, 0, G_OPTION_ARG_NONE, &watch,
         "Check again whenever a file is saved", NULL},
        {"links", 0, 0, G_OPTION_ARG_NONE, &links,
         "Ask every web address whether it answers", NULL},
        {"format", 0, 0, G_OPTION_ARG_STRING, &format, "human, json or github",
         "FORMAT"},
        {NULL},
    };
    Check check = {.cli = cli};
    int status = cli_options(entries, "[PATH..] - find every problem", help,
                             &argc, &argv);

    if (status >= 0)
        return status;
    if (!parse_format(format, cli, &check.format))
        return cli_usage("check", "--format is human, json or github, not '%s'",
                         format);
    check.paths = (const char *const *)argv + 1;
    check.strict = strict;
    check.links = links;
    check.fix = mend;
    return watch ? check_again_and_again(&check) : check_once(&check);
}
