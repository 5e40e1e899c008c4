/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_control.c - pause, resume, stop, panic */
#include "cli.h"

#include "nurture/error.h"
#include "nurture/scheduler.h"
#include "nurture/text.h"

#include <stdio.h>

static int
set_state(int argc, char **argv, CliContext *cli, const char *state,
          const char *summary, const char *help)
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
    if (!cli->quiet)
        fprintf(stderr, "%s is %s.\n", argv[1], state);
    return 0;
}

int
cmd_pause(int argc, char **argv, CliContext *cli)
{
    return set_state(argc, argv, cli, "paused", "CAMPAIGN - send nothing more",
                     "Takes effect before the next message: it is asked again "
                     "before\nevery single one. 'nurture resume' goes on.");
}

int
cmd_resume(int argc, char **argv, CliContext *cli)
{
    return set_state(argc, argv, cli, "running", "CAMPAIGN - go on",
                     "Goes on where the campaign was paused.");
}

int
cmd_stop(int argc, char **argv, CliContext *cli)
{
    return set_state(argc, argv, cli, "stopped", "CAMPAIGN - end it for good",
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
                            &error))
        return cli_error(error);
    printf("Paused %s campaign%s. Resume each with: nurture resume CAMPAIGN\n",
           number_format(changed), changed == 1 ? "" : "s");
    return 0;
}
