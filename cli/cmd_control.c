/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_control.c - pause, resume, stop, panic */
#include "cli.h"

#include "nurture/audit.h"
#include "nurture/clock.h"
#include "nurture/error.h"
#include "nurture/scheduler.h"
#include "nurture/text.h"

#include <stdio.h>

#define VOLUME_HOURS 48

static bool
audit_control(CliContext *cli, const char *deed, const char *campaign,
              GError **error)
{
    g_auto(Transaction) tx = store_begin(cli->store, error);

    return tx.store &&
           audit_add(cli->store, g_get_user_name(), deed, campaign, NULL,
                     cli->now, error) &&
           transaction_commit(&tx, error);
}

static int
set_state(int argc, char **argv, CliContext *cli, const char *state,
          const char *deed, const char *summary, const char *help)
{
    GError *error = NULL;
    int64_t changed = 0;
    int status = cli_options(NULL, summary, help, &argc, &argv);

    if (status >= 0)
        return status;
    if (argc != 2)
        return cli_usage(argv[0], "name one campaign");
    if (!campaign_set_state(cli->store, argv[1], state, cli->now, &changed,
                            &error))
        return cli_error(error);
    if (changed == 0)
        return cli_error(g_error_new(
            NURTURE_ERROR, ERROR_NOT_FOUND,
            "no campaign '%s' that could become %s; see: nurture status",
            argv[1], state));
    if (!audit_control(cli, deed, argv[1], &error))
        return cli_error(error);
    if (!cli->quiet)
        fprintf(stderr, "%s is %s.\n", argv[1], state);
    return 0;
}

int
cmd_pause(int argc, char **argv, CliContext *cli)
{
    return set_state(argc, argv, cli, "paused", "pause campaign",
                     "CAMPAIGN - send nothing more",
                     "Takes effect before the next message: it is asked again "
                     "before\nevery single one. 'nurture resume' goes on.");
}

/* When how many would leave, so that nobody is surprised. */
static bool
print_volume(CliContext *cli, const char *campaign, GError **error)
{
    g_autoptr(GArray) volume =
        campaign_volume(cli->store, campaign, cli->now, VOLUME_HOURS, error);
    int64_t begin = cli->now - cli->now % HOUR_MS;

    if (!volume)
        return false;
    for (guint i = 0; i < volume->len; i++) {
        int64_t n = g_array_index(volume, int64_t, i);
        g_autofree char *hour =
            date_format(begin + i * HOUR_MS, cli->workspace->zone,
                        "YYYY-MM-DD HH:mm", "en");
        if (n > 0 && cli->json)
            printf("{\"schema\":1,\"hour\":\"%s\",\"due\":%" G_GINT64_FORMAT
                   "}\n",
                   hour, n);
        else if (n > 0)
            printf("  %s  %8s due\n", hour, number_format(n));
    }
    return true;
}

static void
report_moved(int64_t done, int64_t total, gpointer data)
{
    cli_progress(data, "moving", done, total, done >= total);
}

int
cmd_resume(int argc, char **argv, CliContext *cli)
{
    gboolean catch_up = FALSE, skip = FALSE;
    const GOptionEntry entries[] = {
        {"catch-up", 0, 0, G_OPTION_ARG_NONE, &catch_up,
         "What is overdue comes next, at most at twice the usual pace", NULL},
        {"skip", 0, 0, G_OPTION_ARG_NONE, &skip,
         "What is overdue is left out; the next mails are counted from now",
         NULL},
        {NULL},
    };
    const ResumeProgress progress = {report_moved, cli};
    GError *error = NULL;
    int status = cli_options(
        entries, "CAMPAIGN - go on",
        "Goes on where the campaign was paused: everything comes later by the\n"
        "length of the pause. Ended in the middle it stays paused: resume it\n"
        "again. Prints how many mails are due in which of the next 48 hours.",
        &argc, &argv);

    if (status >= 0)
        return status;
    if (argc != 2 || (catch_up && skip))
        return cli_usage("resume", argc != 2 ? "name one campaign"
                                             : "either --catch-up or --skip");
    if (!campaign_resume(cli->workspace, cli->store, cli->keys, argv[1],
                         catch_up ? RESUME_CATCH_UP
                         : skip   ? RESUME_SKIP
                                  : RESUME_SHIFT,
                         cli->now, &progress, &error) ||
        !audit_control(cli, "resume campaign", argv[1], &error))
        return cli_error(error);
    if (!cli->quiet)
        fprintf(stderr, "%s is running.\n", argv[1]);
    return cli->quiet || print_volume(cli, argv[1], &error) ? 0
                                                            : cli_error(error);
}

int
cmd_stop(int argc, char **argv, CliContext *cli)
{
    return set_state(argc, argv, cli, "stopped", "stop campaign",
                     "CAMPAIGN - end it for good",
                     "A stopped campaign cannot be resumed; 'pause' can.");
}

int
cmd_panic(int argc, char **argv, CliContext *cli)
{
    GError *error = NULL;
    int64_t changed = 0;
    int status =
        cli_options(NULL, "- pause every campaign now",
                    "Nothing leaves after this but mail whose last byte is "
                    "on its way.",
                    &argc, &argv);

    if (status >= 0)
        return status;
    if (!campaign_set_state(cli->store, NULL, "paused", cli->now, &changed,
                            &error) ||
        !audit_control(cli, "pause every campaign", "all", &error))
        return cli_error(error);
    printf("Paused %s campaign%s. Resume each with: nurture resume CAMPAIGN\n",
           number_format(changed), changed == 1 ? "" : "s");
    return 0;
}
