/* SPDX-License-Identifier: Apache-2.0 */
/* report_analytics.c - reports over all campaigns: table, CSV, JSON, a page */
#include "report-analytics.h"

#include "nurture/error.h"
#include "nurture/file.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static bool
unknown_sheet(const Sheets *sheets, const char *name, GError **error)
{
    g_autoptr(GString) all = g_string_new(NULL);

    for (guint i = 0; i < sheets->sheets->len; i++)
        g_string_append_printf(
            all, "%s%s", i ? ", " : "",
            ((const Sheet *)g_ptr_array_index(sheets->sheets, i))->id);
    g_set_error(error, NURTURE_ERROR, ERROR_USAGE,
                "the report has no table '%s'; it has %s", name, all->str);
    return false;
}

static bool
print(const CliContext *cli, const Sheets *sheets, const ReportOptions *o,
      GError **error)
{
    g_autoptr(GString) out = g_string_new(NULL);

    if (cli->json)
        sheets_json(sheets, out);
    else if (!o->csv)
        sheets_table(sheets, out);
    else if (!sheets_csv(sheets, o->table, out))
        return unknown_sheet(sheets, o->table, error);
    fputs(out->str, stdout);
    return true;
}

static bool
write_page(const CliContext *cli, const Sheets *sheets, const char *path,
           GError **error)
{
    g_autoptr(GString) out = g_string_new(NULL);

    sheets_html(sheets, out);
    if (strcmp(path, "-") == 0)
        return fputs(out->str, stdout) >= 0;
    if (!g_file_set_contents(path, out->str, (gssize)out->len, error))
        return false;
    if (!cli->quiet)
        fprintf(stderr, "Written: %s\n", path);
    return true;
}

int
report_analytics(CliContext *cli, const char *name, const ReportOptions *o)
{
    GError *error = NULL;
    Period period;
    g_autoptr(Sheets) sheets = NULL;

    if (!period_parse(cli, o->from, o->to, &period, &error))
        return cli_error(error);
    sheets = analytics_make(cli->store, cli->workspace, name, period, &error);
    if (!sheets || !(o->html ? write_page(cli, sheets, o->html, &error)
                             : print(cli, sheets, o, &error)))
        return cli_error(error);
    return 0;
}
