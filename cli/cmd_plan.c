/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_plan.c - who would get what, and when; sends nothing */
#include "plan-print.h"

#include "nurture/error.h"

#include <stdio.h>

static const char help[] =
    "Fills the first mail for every candidate of the audience without sending\n"
    "it, and shows who is left out and why. The plan is saved: 'nurture "
    "launch\n"
    "PLAN' sends exactly that.";

static void
progress(int64_t done, gpointer cli)
{
    cli_progress(cli, "planning", done, 0, false);
}

/* Who is in the middle. A step that is gone is an error of its own (E615). */
static void
print_moves(CliContext *cli, Catalogue *catalogue, const Campaign *campaign,
            const Plan *plan)
{
    g_autoptr(GError) ignored = NULL;
    g_autoptr(GPtrArray) moves =
        launch_moves(catalogue, cli->store, campaign, plan->snapshot,
                     ENROLLED_AS_WRITTEN, cli->now, &ignored);

    if (moves)
        plan_print_moves(stderr, moves);
}

int
cmd_plan(int argc, char **argv, CliContext *cli)
{
    g_autofree char *role = NULL;
    gboolean left_out = FALSE;
    const GOptionEntry entries[] = {
        {"role", 0, 0, G_OPTION_ARG_STRING, &role,
         "For a campaign with 'needs: role'", "NAME"},
        {"left-out", 0, 0, G_OPTION_ARG_NONE, &left_out,
         "Name people who are left out, up to 20 per reason", NULL},
        {NULL},
    };
    g_autoptr(Diagnostics) problems = diagnostics_new();
    g_autoptr(Catalogue) catalogue = NULL;
    g_autoptr(Campaign) campaign = NULL;
    g_autoptr(Plan) plan = NULL;
    GError *error = NULL;
    int status = cli_options(entries, "CAMPAIGN - who would get what, and when",
                             help, &argc, &argv);

    if (status >= 0)
        return status;
    if (argc != 2)
        return cli_usage("plan", "name one campaign");
    catalogue = catalogue_of_workspace(cli->workspace, problems);
    campaign = campaign_load(catalogue, argv[1], role, problems, &error);
    if (campaign)
        plan = plan_make(catalogue, cli->store, campaign, cli->now, problems,
                         progress, cli, &error);
    cli_progress(cli, "planning", 0, 0, true);
    catalogue_settle(catalogue, problems, false);
    cli_problems(cli, problems);
    status = diagnostics_count(problems, SEVERITY_ERROR) > 0;
    if (!plan || (status == 0 && !plan_save(cli->store, plan, &error)))
        return cli_error(error);
    if (cli->json)
        plan_print_json(plan);
    else
        plan_print(plan, campaign, cli->workspace);
    print_moves(cli, catalogue, campaign, plan);
    if (left_out && !plan_print_left_out(plan, cli->store, &error))
        return cli_error(error);
    return status;
}
