/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_launch.c - freeze a campaign and start it, after the number is confirmed
 */
#include "cli.h"
#include "plan-print.h"

#include "nurture/clock.h"
#include "nurture/error.h"
#include "nurture/scheduler.h"
#include "nurture/text.h"
#include "nurture/window.h"

#include <stdio.h>

static const char help[] =
    "Takes the plan's id, or the campaign's name to plan and launch in one "
    "go.\n"
    "More people than sending.confirm_over must be confirmed by typing their\n"
    "number, or with --yes=N. A plan is refused when it is older than 24 "
    "hours,\n"
    "when a file has changed, or when the audience moved by more than 2 %.";

/* Exit status 3: refused. */
static int
refuse(const CliContext *cli, const Diagnostics *problems)
{
    g_autoptr(GString) text = g_string_new(NULL);

    for (guint i = 0; i < diagnostics_length(problems); i++)
        diagnostic_format(diagnostics_get(problems, i),
                          cli->json ? FORMAT_JSON : FORMAT_HUMAN, cli->colour,
                          text);
    fputs(text->str, cli->json ? stdout : stderr);
    return 3;
}

/* E709: what has changed since the plan was made. */
static bool
is_stale(const PlanPromise *w, const Plan *plan, const char *path, int64_t now,
         Diagnostics *problems)
{
    g_autofree char *moved = NULL;
    int64_t days = (now - w->made_at) / DAY_MS;
    g_autofree char *old =
        days > 0 ? g_strdup_printf("this plan is %d day%s "
                                   "old",
                                   (int)days, days == 1 ? "" : "s")
                 : NULL;

    if (!w->snapshot) /* launched by name */
        return false;
    if (!old && g_strcmp0(w->snapshot, plan->snapshot) != 0)
        old = g_strdup("a file has been edited since this plan was made");
    if (ABS(plan->people - w->people) * 50 > w->people)
        moved = g_strdup_printf("the audience went from %s to %s",
                                number_format(w->people),
                                number_format(plan->people));
    if (!old && !moved)
        return false;
    diagnostic_help(
        diagnostics_add_file(problems, "E709", path, "%s%s%s", old ? old : "",
                             old && moved ? ", and " : "", moved ? moved : ""),
        "nurture plan %s", w->campaign);
    return true;
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

/* A saved plan, or a campaign by name: a promise with nothing in it yet. */
static bool
find_wanted(CliContext *cli, Catalogue *catalogue, const char *name,
            PlanPromise *out, GError **error)
{
    if (!g_strv_contains(catalogue_campaigns(catalogue), name))
        return plan_promise(cli->store, name, out, error);
    out->campaign = g_strdup(name);
    return true;
}

static void
tell_started(const CliContext *cli, const Plan *plan)
{
    g_autofree char *day =
        plan->days->len ? plan_day_words(g_ptr_array_index(plan->days, 0),
                                         cli->workspace->zone)
                        : NULL;

    fprintf(stderr,
            "Started: %s %s%s%s. Mails leave while 'nurture run --watch' runs, "
            "or by a timer.\nStop at any time with: nurture pause %s\n",
            number_format(plan->people),
            plan->people == 1 ? "person" : "people",
            day ? ", the first mails on " : "", day ? day : "", plan->campaign);
}

static int
launch_plan(CliContext *cli, Catalogue *catalogue, const Campaign *campaign,
            const Plan *plan, EnrolledRule rule, int64_t yes)
{
    g_autoptr(Diagnostics) problems = diagnostics_new();
    g_autoptr(GPtrArray) moves = NULL;
    GError *error = NULL;
    int64_t confirmed;

    moves = launch_moves(catalogue, cli->store, campaign, plan->snapshot, rule,
                         cli->now, &error);
    if (!moves || !campaign_may_launch(cli->store, campaign, plan, &error))
        return cli_error(error);
    if (!cli->quiet)
        plan_print_moves(stderr, moves);
    if (!confirm(cli, plan, yes, &confirmed, &error))
        return cli_error(error);
    if (confirmed != plan->people) {
        diagnostics_add_file(problems, "E710", campaign->path,
                             "you typed %" G_GINT64_FORMAT
                             ", the plan has %" G_GINT64_FORMAT
                             "; nothing was sent",
                             confirmed, plan->people);
        return refuse(cli, problems);
    }
    if (!campaign_launch(catalogue, cli->store, campaign, plan, confirmed, rule,
                         cli->now, &error))
        return cli_error(error);
    if (!cli->quiet)
        tell_started(cli, plan);
    return 0;
}

/* --start: later than the files say, or than now. */
static bool
move_start(const CliContext *cli, const char *text, Campaign *campaign,
           GError **error)
{
    if (!text)
        return true;
    if (!date_parse(text, cli->workspace->zone, &campaign->start, error))
        return false;
    if (campaign->start < cli->now) {
        g_set_error(error, NURTURE_ERROR, ERROR_USAGE,
                    "--start %s is over; leave it out to start at once", text);
        return false;
    }
    campaign->start_moved = true;
    return true;
}

typedef struct {
    char *role, *yes, *enrolled, *start;
    int64_t people; /* of --yes; -1 */
    EnrolledRule rule;
} Options;

static void
options_clear(Options *o)
{
    g_free(o->role);
    g_free(o->yes);
    g_free(o->enrolled);
    g_free(o->start);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Options, options_clear)

static int
launch(CliContext *cli, const char *name, const Options *o)
{
    g_autoptr(Diagnostics) problems = diagnostics_new(), stale = NULL;
    g_autoptr(Catalogue) catalogue =
        catalogue_of_workspace(cli->workspace, problems);
    g_autoptr(Campaign) campaign = NULL;
    g_autoptr(Plan) plan = NULL;
    g_auto(PlanPromise) wanted = {0};
    GError *error = NULL;

    if (!find_wanted(cli, catalogue, name, &wanted, &error))
        return cli_error(error);
    campaign = campaign_load(catalogue, wanted.campaign,
                             o->role ? o->role : wanted.role, problems, &error);
    if (campaign && move_start(cli, o->start, campaign, &error))
        plan = plan_make(catalogue, cli->store, campaign, cli->now, problems,
                         NULL, NULL, &error);
    catalogue_settle(catalogue, problems, false);
    if (!plan || diagnostics_count(problems, SEVERITY_ERROR) > 0)
        cli_problems(cli, problems);
    if (!plan)
        return cli_error(error);
    if (diagnostics_count(problems, SEVERITY_ERROR) > 0)
        return 1;
    stale = diagnostics_new();
    if (is_stale(&wanted, plan, campaign->path, cli->now, stale))
        return refuse(cli, stale);
    return launch_plan(cli, catalogue, campaign, plan, o->rule, o->people);
}

static int
read_options(Options *o)
{
    o->people = -1;
    if (o->yes && !g_ascii_string_to_unsigned(o->yes, 10, 0, G_MAXINT32,
                                              (guint64 *)&o->people, NULL))
        return cli_usage("launch", "--yes takes the number of people");
    if (!o->enrolled)
        o->rule = ENROLLED_AS_WRITTEN;
    else if (g_str_equal(o->enrolled, "migrate"))
        o->rule = ENROLLED_MIGRATE;
    else if (g_str_equal(o->enrolled, "finish"))
        o->rule = ENROLLED_FINISH;
    else
        return cli_usage("launch", "--enrolled takes migrate or finish");
    return 0;
}

int
cmd_launch(int argc, char **argv, CliContext *cli)
{
    g_auto(Options) o = {NULL};
    const GOptionEntry entries[] = {
        {"yes", 0, 0, G_OPTION_ARG_STRING, &o.yes,
         "Confirm that N people get it", "N"},
        {"start", 0, 0, G_OPTION_ARG_STRING, &o.start,
         "Nothing leaves before; instead of the campaign's 'start'", "TIME"},
        {"role", 0, 0, G_OPTION_ARG_STRING, &o.role,
         "For a campaign with 'needs: role'", "NAME"},
        {"enrolled", 0, 0, G_OPTION_ARG_STRING, &o.enrolled,
         "People in the middle: migrate, or finish the old version", "HOW"},
        {NULL},
    };
    int status = cli_options(entries, "PLAN|CAMPAIGN - freeze and start", help,
                             &argc, &argv);

    if (status >= 0)
        return status;
    if (argc != 2)
        return cli_usage("launch", "name one plan or campaign");
    status = read_options(&o);
    return status ? status : launch(cli, argv[1], &o);
}
