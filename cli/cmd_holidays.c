/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_holidays.c - the days on which mail waits */
#include "cli.h"

#include "nurture/clock.h"
#include "nurture/holidays.h"
#include "nurture/json.h"

#include <stdio.h>
#include <string.h>

static const char help[] =
    "Lists the days of the coming year (or of --days) on which mail waits, by\n"
    "country. They are iCalendar files of the workspace: holidays/DE.ics for\n"
    "people in Germany, holidays/all.ics for everybody. A campaign with\n"
    "'holidays: ignore' does not wait.";

static void
print_day(const CliContext *cli, const char *country, const LocalTime *day,
          const char *name)
{
    GTimeZone *utc = zone_get("UTC");
    int64_t at = local_to_utc(utc, day->year, day->month, day->day, 0);
    g_autofree char *date = date_format(at, utc, "YYYY-MM-DD", "en");
    static const char *const weekdays[] = {"Mon", "Tue", "Wed", "Thu",
                                           "Fri", "Sat", "Sun"};

    if (cli->json) {
        g_autoptr(GString) out = g_string_new("{\"schema\":1,\"country\":");
        json_append_string(out, country);
        g_string_append_printf(out, ",\"date\":\"%s\",\"name\":", date);
        json_append_string(out, name);
        g_string_append_c(out, '}');
        puts(out->str);
        return;
    }
    printf("%-4s %s %s  %s\n", country, weekdays[day->weekday], date, name);
}

static int
print_country(const CliContext *cli, const char *country, int days)
{
    const Workspace *w = cli->workspace;
    LocalTime today = utc_to_local(w->zone, cli->now);
    GTimeZone *utc = zone_get("UTC");
    bool for_all = strcmp(country, "all") == 0;
    int found = 0;

    for (int i = 0; i < days; i++) {
        LocalTime day =
            utc_to_local(utc, local_to_utc(utc, today.year, today.month,
                                           today.day + i, 12 * 60));
        const char *common = holiday_name(w->holidays, NULL, &day);
        const char *name =
            for_all ? common : holiday_name(w->holidays, country, &day);
        if (name && (for_all || name != common)) {
            print_day(cli, country, &day, name);
            found++;
        }
    }
    return found;
}

int
cmd_holidays(int argc, char **argv, CliContext *cli)
{
    int days = 366, found = 0;
    const GOptionEntry entries[] = {
        {"days", 0, 0, G_OPTION_ARG_INT, &days, "So many days from today (366)",
         "N"},
        {NULL},
    };
    int status =
        cli_options(entries, "[COUNTRY] - the days on which mail waits", help,
                    &argc, &argv);
    g_autofree char *only = NULL;
    const char *const *country;

    if (status >= 0)
        return status;
    if (argc > 2 || days < 1 || days > 36600)
        return cli_usage("holidays", argc > 2
                                         ? "name one country"
                                         : "--days is between 1 and 36600");
    if (argc == 2)
        only = strcmp(argv[1], "all") == 0 ? g_strdup("all")
                                           : g_ascii_strup(argv[1], -1);
    for (country = holidays_countries(cli->workspace->holidays); *country;
         country++)
        if (!only || strcmp(only, *country) == 0)
            found += print_country(cli, *country, days);
    if (found == 0 && !cli->quiet)
        fprintf(stderr,
                "No holidays%s%s: put a country's calendar into the folder "
                "'holidays', such as holidays/%s.ics\n",
                only ? " in " : "", only ? only : "", only ? only : "DE");
    return 0;
}
