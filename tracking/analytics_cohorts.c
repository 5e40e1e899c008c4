/* SPDX-License-Identifier: Apache-2.0 */
/* analytics_cohorts.c - people by the month of their first contact */
#include "analytics-private.h"

#include "nurture/clock.h"
#include "nurture/text.h"

#include <string.h>

static const SheetColumn columns[] = {
    {"month", "First contact in", CELL_TEXT},
    {"people", "People", CELL_COUNT},
    {"replied", "Replied", CELL_COUNT},
    {"applied", "Applied", CELL_COUNT},
    {"interviewed", "Interviewed", CELL_COUNT},
    {"hired", "Hired", CELL_COUNT},
    {"reply_rate", "Reply rate", CELL_SHARE},
    {"apply_rate", "Application rate", CELL_SHARE},
    {"hire_rate", "Hire rate", CELL_SHARE},
    {"applied_90d", "Applied within 90 days", CELL_SHARE},
    {"hired_180d", "Hired within 180 days", CELL_SHARE},
};

typedef struct {
    char month[8];
    double people, stages[4]; /* replied, applied, interviewed, hired */
    double applied_90d, hired_180d;
    int64_t last; /* first contact of the youngest of them */
} Cohort;

static void
add_person(Cohort *c, Statement *st)
{
    int64_t at = statement_int(st, 0);

    c->people++;
    c->last = MAX(c->last, at);
    for (int i = 0; i < 4; i++)
        c->stages[i] += !statement_is_null(st, i + 1);
    c->applied_90d +=
        !statement_is_null(st, 2) && statement_int(st, 2) < at + 90 * DAY_MS;
    c->hired_180d +=
        !statement_is_null(st, 4) && statement_int(st, 4) < at + 180 * DAY_MS;
}

/* A share that more days may still change is not told. */
static void
add_settled(Sheet *sheet, const Cohort *c, double part, int64_t days,
            int64_t until)
{
    if (c->last + days * DAY_MS <= until)
        sheet_share(sheet, part, c->people);
    else
        sheet_unknown(sheet);
}

static void
add_cohort(Sheet *sheet, const Cohort *c, int64_t until)
{
    if (c->people == 0)
        return;
    sheet_text(sheet, c->month);
    sheet_number(sheet, c->people);
    for (int i = 0; i < 4; i++)
        sheet_number(sheet, c->stages[i]);
    sheet_share(sheet, c->stages[0], c->people);
    sheet_share(sheet, c->stages[1], c->people);
    sheet_share(sheet, c->stages[3], c->people);
    add_settled(sheet, c, c->applied_90d, 90, until);
    add_settled(sheet, c, c->hired_180d, 180, until);
}

bool
analytics_cohorts(const Analysis *a, Sheets *out, GError **error)
{
    Sheet *sheet =
        sheets_add(out, "cohorts", "By month of first contact",
                   "Everybody whose first mail or logged contact was in that "
                   "month, and what became of them up to the end of the "
                   "period.",
                   columns, G_N_ELEMENTS(columns));
    Cohort c = {.people = 0};
    double people = 0, hired = 0;
    g_autoptr(Statement) st = analysis_query(
        a,
        "SELECT at, replied, applied, interviewed, hired FROM a_first"
        " WHERE at >= :from AND at < :until ORDER BY at",
        error);

    if (!st)
        return false;
    while (statement_step(st)) {
        LocalTime t = utc_to_local(a->workspace->zone, statement_int(st, 0));
        char month[8];
        g_snprintf(month, sizeof month, "%04d-%02d", t.year % 10000,
                   t.month % 100);
        if (strcmp(month, c.month) != 0) {
            add_cohort(sheet, &c, a->period.until);
            c = (Cohort){.people = 0};
            memcpy(c.month, month, sizeof month);
        }
        add_person(&c, st);
        people++;
        hired += !statement_is_null(st, 4);
    }
    add_cohort(sheet, &c, a->period.until);
    sheet->chart = SHEET_COLUMNS;
    sheet->charted[0] = 1;
    sheets_fact(out, "people contacted for the first time", "%s",
                number_format((int64_t)people));
    sheets_fact(out, "months", "%u", sheet_rows(sheet));
    sheets_fact(out, "hired so far", "%s", number_format((int64_t)hired));
    sheets_rule(out,
                "First contact: the first campaign mail that did not bounce, "
                "or the first contact or meeting logged by hand. Months are "
                "those of %s.",
                a->workspace->time_zone);
    sheets_rule(out, "A dash: not all of the month's people have had that many "
                     "days yet.");
    return statement_end(st, error);
}
