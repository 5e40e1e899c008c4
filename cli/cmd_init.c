/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_init.c - a new workspace with one newsletter and one sequence */
#include "cli.h"

#include "nurture/error.h"
#include "nurture/init.h"
#include "nurture/text.h"

#include <stdio.h>

static const char help[] =
    "Writes settings, a newsletter, a four-step sequence, three segments and\n"
    "three senders that are ready to look at. Asks four questions; with\n"
    "--no-input, or when nobody is there to answer, the options and the\n"
    "invented company stand in.";

static void
ask_for(const CliContext *cli, char **answer, const char *question,
        const char *fallback)
{
    g_autofree char *text = NULL, *line = NULL;

    if (!*answer) {
        text = g_strdup_printf("%s [%s]: ", question, fallback);
        line = cli_ask(cli, text);
        *answer = g_strdup(text_is_blank(line) ? fallback : line);
    }
}

int
cmd_init(int argc, char **argv, CliContext *cli)
{
    InitAnswers a = {0};
    const GOptionEntry entries[] = {
        {"company", 0, 0, G_OPTION_ARG_STRING, &a.company, "Its name", "NAME"},
        {"domain", 0, 0, G_OPTION_ARG_STRING, &a.domain,
         "The domain mail comes from", "DOMAIN"},
        {"time-zone", 0, 0, G_OPTION_ARG_STRING, &a.time_zone,
         "For example Europe/Berlin", "ZONE"},
        {"address", 0, 0, G_OPTION_ARG_STRING, &a.postal_address,
         "The postal address of the footer", "TEXT"},
        {NULL},
    };
    GError *error = NULL;
    int status =
        cli_options(entries, "[DIR] - start a workspace", help, &argc, &argv);
    const char *directory = argc > 1 ? argv[1] : cli->directory;

    if (status >= 0)
        return status;
    ask_for(cli, &a.company, "Company", "Kestrel Labs");
    ask_for(cli, &a.domain, "Mail comes from domain", "mail.kestrel.example");
    ask_for(cli, &a.time_zone, "Time zone", "Europe/Berlin");
    ask_for(cli, &a.postal_address, "Postal address for the footer",
            "Kestrel Labs GmbH, Torstraße 1, 10119 Berlin, Germany");
    if (!workspace_init(directory, &a, &error))
        return cli_error(error);
    g_free(a.company);
    g_free(a.domain);
    g_free(a.time_zone);
    g_free(a.postal_address);
    if (!cli->quiet)
        printf("Wrote a workspace to %s\n\n"
               "  cd %s\n"
               "  nurture check                      is everything correct?\n"
               "  nurture preview backend-nurture    look at a mail\n"
               "  nurture candidates import FILE     bring your people in\n",
               directory, directory);
    return 0;
}
