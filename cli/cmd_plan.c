/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_plan.c - who would get what, and when; sends nothing */
#include "plan-print.h"

#include "nurture/error.h"

#include <stdio.h>

static const char help[] =
    "Fills the first mail for every candidate of the audience without sending\n"
    "it, and shows who is left out and why, and what differs from the version\n"
    "that runs. The plan is saved: 'nurture launch PLAN' sends exactly that, "
    "and\n"
    "'nurture plan show PLAN' shows again whom it is for.";

static void
progress(int64_t done, gpointer cli)
{
    cli_progress(cli, "planning", done, 0, false);
}

/* Who is in the middle. A step that is gone is an error of its own (E615), and
 * NULL here. */
static GPtrArray *
find_moves(CliContext *cli, Catalogue *catalogue, const Campaign *campaign,
           const Plan *plan)
{
    g_autoptr(GError) ignored = NULL;

    return launch_moves(catalogue, cli->store, campaign, plan->snapshot,
                        ENROLLED_AS_WRITTEN, cli->now, &ignored);
}

typedef struct {
    char *role;
    gboolean left_out, markdown, exit_code;
} Options;

static bool
print(CliContext *cli, Catalogue *catalogue, const Campaign *campaign,
      const Plan *plan, const Diagnostics *problems, const Options *o,
      GError **error)
{
    g_autoptr(GPtrArray) moves = find_moves(cli, catalogue, campaign, plan);
    g_autoptr(GPtrArray) changes =
        campaign_changes(catalogue, cli->store, campaign, error);
    const PlanView view = {.plan = plan,
                           .campaign = campaign,
                           .workspace = cli->workspace,
                           .changes = changes,
                           .moves = moves,
                           .problems = problems,
                           .store = o->left_out ? cli->store : NULL};

    if (!changes)
        return false;
    if (cli->json)
        return plan_print_json(&view, error);
    if (o->markdown)
        plan_print_markdown(&view);
    else
        plan_print(&view);
    return !o->left_out || plan_print_left_out(&view, error);
}

int
cmd_plan(int argc, char **argv, CliContext *cli)
{
    Options o = {0};
    const GOptionEntry entries[] = {
        {"role", 0, 0, G_OPTION_ARG_STRING, &o.role,
         "For a campaign with 'needs: role'", "NAME"},
        {"left-out", 0, 0, G_OPTION_ARG_NONE, &o.left_out,
         "Name people who are left out, up to 20 per reason", NULL},
        {"markdown", 0, 0, G_OPTION_ARG_NONE, &o.markdown,
         "As a comment for a pull request", NULL},
        {"exit-code", 0, 0, G_OPTION_ARG_NONE, &o.exit_code,
         "Exit with 10 when there is something to send", NULL},
        {NULL},
    };
    g_autoptr(Diagnostics) problems = diagnostics_new();
    g_autoptr(Catalogue) catalogue = NULL;
    g_autoptr(Campaign) campaign = NULL;
    g_autoptr(Plan) plan = NULL;
    GError *error = NULL;
    int status = cli_options(
        entries, "CAMPAIGN | show PLAN - who would get what, and when", help,
        &argc, &argv);
    g_autofree char *role = o.role;
    bool own_form; /* the problems are part of it */

    if (status >= 0)
        return status;
    if (argc == 3 && g_str_equal(argv[1], "show"))
        return plan_show(cli, argv[2]);
    if (argc != 2)
        return cli_usage("plan", "name one campaign, or 'show' and a plan");
    catalogue = catalogue_of_workspace(cli->workspace, problems);
    campaign = campaign_load(catalogue, argv[1], role, problems, &error);
    if (campaign)
        plan = plan_make(catalogue, cli->store, campaign, cli->now, problems,
                         progress, cli, &error);
    cli_progress(cli, "planning", 0, 0, true);
    catalogue_settle(catalogue, problems, false);
    diagnostics_sort(problems);
    own_form = plan && (cli->json || o.markdown);
    if (!own_form)
        cli_problems(cli, problems);
    status = diagnostics_count(problems, SEVERITY_ERROR) > 0;
    if (!plan || (status == 0 && !plan_save(cli->store, plan, &error)) ||
        !print(cli, catalogue, campaign, plan, problems, &o, &error))
        return cli_error(error);
    return status == 0 && o.exit_code && plan->people > 0 ? 10 : status;
}
