/* SPDX-License-Identifier: Apache-2.0 */
/* check_holidays.c - calendars that say nothing of the days to come */
#include "check-private.h"

#include "nurture/clock.h"
#include "nurture/holidays.h"

#include <string.h>

#define AHEAD (60 * DAY_MS)

static void
check_calendar(const Workspace *w, const char *country, int64_t now,
               Diagnostics *problems)
{
    g_autofree char *path = g_strdup_printf("holidays/%s.ics", country);
    g_autofree char *day = NULL;
    LocalTime last;
    int64_t at;
    Diagnostic *d;

    if (!holidays_last(w->holidays, country, &last))
        return; /* empty, or E621 has been said */
    at = local_to_utc(w->zone, last.year, last.month, last.day, 0);
    if (at >= now + AHEAD)
        return;
    day = date_format(at, w->zone, "D MMMM YYYY", "en");
    d = diagnostics_add_file(problems, "W623", path,
                             "the last holiday in it %s %s",
                             at < now ? "was" : "is", day);
    diagnostic_help(d, "after that day mail waits for no holiday; put a newer "
                       "calendar in its place");
}

void
check_holidays(const Workspace *workspace, int64_t now, Diagnostics *problems)
{
    const char *const *country = holidays_countries(workspace->holidays);

    /* what is for everybody are days of the company: they come as they come */
    for (; *country; country++)
        if (strcmp(*country, "all") != 0)
            check_calendar(workspace, *country, now, problems);
}
