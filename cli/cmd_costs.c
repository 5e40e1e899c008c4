/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_costs.c - what each source of people costs */
#include "cli.h"

#include "nurture/costs.h"
#include "nurture/error.h"
#include "nurture/json.h"
#include "nurture/text.h"

#include <stdio.h>
#include <string.h>

static const char help[] =
    "FILE is a CSV with the columns source, month, amount and currency:\n"
    "  source,month,amount,currency\n"
    "  LinkedIn,2026-03,1250.00,EUR\n"
    "Sources are named as the ATS names them; 'crm' is what nurturing itself\n"
    "costs. A source and month that is there already gets the new amount. The\n"
    "report 'sources' makes costs per hire of them.";

static const char *
money(int64_t hundredths)
{
    static char text[64];

    g_snprintf(text, sizeof text, "%s.%02d", number_format(hundredths / 100),
               (int)(hundredths % 100));
    return text;
}

static int
run_import(int argc, char **argv, CliContext *cli)
{
    gboolean dry_run = FALSE;
    const GOptionEntry entries[] = {{"dry-run", 'n', 0, G_OPTION_ARG_NONE,
                                     &dry_run,
                                     "Check everything, write nothing", NULL},
                                    G_OPTION_ENTRY_NULL};
    g_auto(CostsResult) r = {0};
    GError *error = NULL;
    int status =
        cli_options(entries, "FILE - bring costs in", help, &argc, &argv);

    if (status >= 0)
        return status;
    if (argc != 2)
        return cli_usage("costs import", "name one FILE");
    if (!costs_import(cli->store, argv[1], dry_run, cli->now, &r, &error))
        return cli_error(error);
    if (cli->json)
        printf("{\"schema\":1,\"added\":%" G_GINT64_FORMAT
               ",\"changed\":%" G_GINT64_FORMAT
               ",\"unchanged\":%" G_GINT64_FORMAT
               ",\"total\":%.2f,\"currency\":\"%s\"}\n",
               r.added, r.changed, r.unchanged, (double)r.total / 100,
               r.currency ? r.currency : "");
    else if (!cli->quiet)
        printf("%s new, %s changed, %s unchanged, together %s %s%s\n",
               number_format(r.added), number_format(r.changed),
               number_format(r.unchanged), money(r.total),
               r.currency ? r.currency : "",
               dry_run ? "; nothing was written" : "");
    return 0;
}

static int
run_list(int argc, char **argv, CliContext *cli)
{
    GError *error = NULL;
    g_autoptr(Statement) st = NULL;
    int status = cli_options(NULL, "- all costs", NULL, &argc, &argv);

    if (status >= 0)
        return status;
    if (argc != 1)
        return cli_usage("costs list", "nothing to do with '%s'", argv[1]);
    st = store_prepare(cli->store,
                       "SELECT month, source, amount, currency FROM cost"
                       " ORDER BY month, source",
                       &error);
    while (st && statement_step(st)) {
        if (cli->json) {
            g_autoptr(GString) line = g_string_new("{\"schema\":1,\"month\":");
            json_append_string(line, statement_text(st, 0));
            g_string_append(line, ",\"source\":");
            json_append_string(line, statement_text(st, 1));
            g_string_append_printf(
                line, ",\"amount\":%.2f,\"currency\":\"%s\"}",
                statement_double(st, 2) / 100, statement_text(st, 3));
            puts(line->str);
        } else {
            g_autoptr(GString) source = g_string_new(NULL);
            plain_append_text(source, statement_text(st, 1));
            printf("%s %14s %s  %s\n", statement_text(st, 0),
                   money(statement_int(st, 2)), statement_text(st, 3),
                   source->str);
        }
    }
    return st && statement_end(st, &error) ? 0 : cli_error(error);
}

static int
run_remove(int argc, char **argv, CliContext *cli)
{
    GError *error = NULL;
    int status = cli_options(NULL, "SOURCE MONTH - take a cost away", NULL,
                             &argc, &argv);

    if (status >= 0)
        return status;
    if (argc != 3)
        return cli_usage("costs remove", "SOURCE and MONTH are needed");
    if (!costs_remove(cli->store, argv[1], argv[2], cli->now, &error))
        return cli_error(error);
    return 0;
}

int
cmd_costs(int argc, char **argv, CliContext *cli)
{
    const char *what = argc > 1 ? argv[1] : "";

    if (strcmp(what, "import") == 0)
        return run_import(argc - 1, cli_verb(argv), cli);
    if (strcmp(what, "list") == 0)
        return run_list(argc - 1, cli_verb(argv), cli);
    if (strcmp(what, "remove") == 0)
        return run_remove(argc - 1, cli_verb(argv), cli);
    if (strcmp(what, "--help") == 0 || strcmp(what, "-h") == 0)
        return cli_options(NULL, "import FILE | list | remove SOURCE MONTH",
                           help, &argc, &argv);
    return cli_usage("costs", "import, list or remove");
}
