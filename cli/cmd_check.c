/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_check.c - every problem of the workspace's files, before anyone sees one
 */
#include "cli.h"

#include "nurture/campaign.h"
#include "nurture/error.h"

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

/* "campaigns/x/y.md", "campaigns/x.md" or "x" -> "x" */
static char *
campaign_of_path(const char *path)
{
    const char *p = strstr(path, "campaigns/");
    char *name;

    p = p ? p + strlen("campaigns/") : path;
    name = g_strndup(p, strcspn(p, "/"));
    if (g_str_has_suffix(name, ".md"))
        name[strlen(name) - 3] = '\0';
    return name;
}

static bool
check_campaign(Catalogue *catalogue, const char *id, Diagnostics *problems,
               GError **error)
{
    g_autoptr(Campaign) campaign =
        campaign_load(catalogue, id, NULL, problems, error);

    if (!campaign)
        return false;
    campaign_check(catalogue, campaign, problems);
    return true;
}

static int
check_named(Catalogue *catalogue, char **paths, Diagnostics *problems)
{
    for (; *paths; paths++) {
        g_autofree char *id = campaign_of_path(*paths);
        GError *error = NULL;
        if (!check_campaign(catalogue, id, problems, &error)) {
            if (diagnostics_count(problems, SEVERITY_ERROR) == 0)
                return cli_error(error);
            g_error_free(error);
        }
    }
    return 0;
}

static void
check_all(Catalogue *catalogue, Diagnostics *problems)
{
    const char *const *id = catalogue_campaigns(catalogue);

    for (; *id; id++) {
        g_autoptr(GError) error = NULL;
        if (!check_campaign(catalogue, *id, problems, &error) &&
            diagnostics_count(problems, SEVERITY_ERROR) == 0)
            diagnostics_add_file(problems, "E620", *id, "%s", error->message);
    }
}

static void
print_good_news(const CliContext *cli, const Diagnostics *problems)
{
    if (!cli->quiet && !cli->json && diagnostics_length(problems) == 0)
        fputs("Everything is correct.\n", stderr);
}

int
cmd_check(int argc, char **argv, CliContext *cli)
{
    gboolean strict = FALSE;
    g_autofree char *format = NULL;
    const GOptionEntry entries[] = {
        {"strict", 0, 0, G_OPTION_ARG_NONE, &strict, "Warnings count as errors",
         NULL},
        {"format", 0, 0, G_OPTION_ARG_STRING, &format, "human, json or github",
         "FORMAT"},
        {NULL},
    };
    g_autoptr(Diagnostics) problems = diagnostics_new();
    g_autoptr(Catalogue) catalogue = NULL;
    g_autoptr(Workspace) workspace = NULL;
    GError *error = NULL;
    int status = cli_options(entries, "[PATH..] - find every problem", help,
                             &argc, &argv);

    if (status >= 0)
        return status;
    /* Opened here and not by main: its problems are part of the answer. */
    workspace = workspace_open(cli->directory, problems, &error);
    if (!workspace) {
        if (diagnostics_length(problems) == 0)
            return cli_error(error);
        g_error_free(error);
        return cli_problems(cli, problems);
    }
    catalogue = catalogue_of_workspace(workspace, problems);
    if (argc > 1)
        status = check_named(catalogue, argv + 1, problems);
    else
        check_all(catalogue, problems);
    if (status > 0)
        return status;
    if (g_strcmp0(format, "json") == 0)
        cli->json = true;
    if (g_strcmp0(format, "github") == 0) {
        g_autoptr(GString) text = g_string_new(NULL);
        diagnostics_sort(problems);
        diagnostics_format(problems, FORMAT_GITHUB, false, text);
        fputs(text->str, stdout);
        status = diagnostics_count(problems, SEVERITY_ERROR) > 0;
    } else {
        status = cli_problems(cli, problems);
    }
    print_good_news(cli, problems);
    if (strict && diagnostics_count(problems, SEVERITY_WARNING) > 0)
        status = 1;
    return status;
}
