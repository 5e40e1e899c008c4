/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_events.c - what reports are made of, for other programs */
#include "cli.h"
#include "period.h"

#include "nurture/analytics.h"

#include <stdio.h>
#include <string.h>

static const char help[] =
    "JSON lines with a \"type\": event, message, enrolment, application and\n"
    "cost: everything that 'nurture report' counts. Candidates are numbers;\n"
    "names, addresses and notes are not in it. Times are UTC milliseconds.";

static bool
write_line(const char *line, gpointer data)
{
    return fputs(line, data) >= 0;
}

static int
run_export(int argc, char **argv, CliContext *cli)
{
    g_autofree char *from = NULL, *to = NULL;
    const GOptionEntry entries[] = {
        {"from", 0, 0, G_OPTION_ARG_STRING, &from, "The first day", "DATE"},
        {"to", 0, 0, G_OPTION_ARG_STRING, &to, "The last day", "DATE"},
        G_OPTION_ENTRY_NULL};
    Period period;
    GError *error = NULL;
    int status = cli_options(entries, "- what happened, as JSON lines", help,
                             &argc, &argv);

    if (status >= 0)
        return status;
    if (argc != 1)
        return cli_usage("events export", "nothing to do with '%s'", argv[1]);
    if (!period_parse(cli, from, to, &period, &error) ||
        !analytics_export(cli->store, period, write_line, stdout, &error))
        return cli_error(error);
    return 0;
}

int
cmd_events(int argc, char **argv, CliContext *cli)
{
    const char *what = argc > 1 ? argv[1] : "";

    if (strcmp(what, "export") == 0)
        return run_export(argc - 1, cli_verb(argv), cli);
    if (strcmp(what, "--help") == 0 || strcmp(what, "-h") == 0)
        return cli_options(NULL, "export", help, &argc, &argv);
    return cli_usage("events", "export");
}
