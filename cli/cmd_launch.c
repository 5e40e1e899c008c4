/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_launch.c - freeze a campaign and start it, after the number is confirmed
 */
#include "cli.h"

#include "nurture/clock.h"
#include "nurture/error.h"
#include "nurture/scheduler.h"
#include "nurture/text.h"

#include <stdio.h>

static const char help[] =
    "Takes the plan's id, or the campaign's name to plan and launch in one "
    "go.\n"
    "More people than sending.confirm_over must be confirmed by typing their\n"
    "number, or with --yes=N. A plan is refused when it is older than 24 "
    "hours,\n"
    "when a file has changed, or when the audience moved by more than 2 %.";

/* What was asked for: a saved plan, or a campaign by name. */
typedef struct {
    char *campaign, *snapshot; /* snapshot NULL: launched by name */
    int64_t people, made_at;
} Wanted;

static void
wanted_clear(Wanted *w)
{
    g_free(w->campaign);
    g_free(w->snapshot);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Wanted, wanted_clear)

static bool
refuse_stale(const Wanted *w, const Plan *plan, int64_t now, GError **error)
{
    const char *why = NULL;

    if (!w->snapshot)
        return true;
    if (now - w->made_at > DAY_MS)
        why = "is older than 24 hours";
    else if (g_strcmp0(w->snapshot, plan->snapshot) != 0)
        why = "was made from other files: something has been edited since";
    else if (ABS(plan->people - w->people) * 50 > w->people)
        why = "no longer fits: the audience has moved by more than 2 %";
    if (!why)
        return true;
    g_set_error(error, NURTURE_ERROR, ERROR_REFUSED,
                "E709: this plan %s (it had %s people, now there are %s); "
                "look again: nurture plan %s",
                why, number_format(w->people), number_format(plan->people),
                w->campaign);
    return false;
}

static bool
confirm(const CliContext *cli, const Plan *plan, int64_t yes, int64_t *out,
        GError **error)
{
    g_autofree char *question = NULL, *answer = NULL, *when = NULL;

    *out = yes >= 0 ? yes : plan->people;
    if (yes >= 0 || plan->people <= cli->workspace->sending.confirm_over)
        return true;
    when = date_format(plan->start, cli->workspace->zone, "D MMMM YYYY, HH:mm",
                       "en");
    question = g_strdup_printf(
        "This starts mailing %s people on %s %s.\nType %" G_GINT64_FORMAT
        " to send: ",
        number_format(plan->people), when, cli->workspace->time_zone,
        plan->people);
    answer = cli_ask(cli, question);
    if (!answer) {
        g_set_error(error, NURTURE_ERROR, ERROR_REFUSED,
                    "nobody is there to confirm; use --yes=%" G_GINT64_FORMAT,
                    plan->people);
        return false;
    }
    *out = g_ascii_strtoll(answer, NULL, 10);
    return true;
}

static bool
find_wanted(CliContext *cli, Catalogue *catalogue, const char *name,
            Wanted *out, GError **error)
{
    if (g_strv_contains(catalogue_campaigns(catalogue), name)) {
        out->campaign = g_strdup(name);
        return true;
    }
    return plan_find(cli->store, name, &out->campaign, &out->snapshot,
                     &out->people, &out->made_at, error);
}

static bool
launch(CliContext *cli, const char *name, const char *role, int64_t yes,
       GError **error)
{
    g_autoptr(Diagnostics) problems = diagnostics_new();
    g_autoptr(Catalogue) catalogue =
        catalogue_of_workspace(cli->workspace, problems);
    g_autoptr(Campaign) campaign = NULL;
    g_autoptr(Plan) plan = NULL;
    g_auto(Wanted) wanted = {0};
    int64_t confirmed;

    if (!find_wanted(cli, catalogue, name, &wanted, error))
        return false;
    campaign = campaign_load(catalogue, wanted.campaign, role, problems, error);
    if (campaign)
        plan = plan_make(catalogue, cli->store, campaign, cli->now, problems,
                         NULL, NULL, error);
    if (!plan) {
        cli_problems(cli, problems);
        return false;
    }
    if (!refuse_stale(&wanted, plan, cli->now, error) ||
        !confirm(cli, plan, yes, &confirmed, error) ||
        !campaign_launch(catalogue, cli->store, campaign, plan, confirmed,
                         cli->now, error))
        return false;
    if (!cli->quiet)
        fprintf(stderr,
                "Started: %s people. Stop at any time with: nurture "
                "pause %s\n",
                number_format(plan->people), campaign->id);
    return true;
}

int
cmd_launch(int argc, char **argv, CliContext *cli)
{
    g_autofree char *role = NULL, *yes = NULL;
    const GOptionEntry entries[] = {
        {"yes", 0, 0, G_OPTION_ARG_STRING, &yes, "Confirm that N people get it",
         "N"},
        {"role", 0, 0, G_OPTION_ARG_STRING, &role,
         "For a campaign with 'needs: role'", "NAME"},
        {NULL},
    };
    GError *error = NULL;
    int64_t people = -1;
    int status = cli_options(entries, "PLAN|CAMPAIGN - freeze and start", help,
                             &argc, &argv);

    if (status >= 0)
        return status;
    if (argc != 2)
        return cli_usage("launch", "name one plan or campaign");
    if (yes && !g_ascii_string_to_unsigned(yes, 10, 0, G_MAXINT32,
                                           (guint64 *)&people, NULL))
        return cli_usage("launch", "--yes takes the number of people");
    return launch(cli, argv[1], role, people, &error) ? 0 : cli_error(error);
}
