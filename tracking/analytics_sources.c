/* SPDX-License-Identifier: Apache-2.0 */
/* analytics_sources.c - where hires come from, what they cost, how good they
 * are */
#include "analytics-private.h"

#include "nurture/clock.h"
#include "nurture/text.h"

#include <string.h>

#define COLUMNS_OF(name, title)                                                \
    {name, title, CELL_TEXT}, {"applications", "Applications", CELL_COUNT},    \
        {"interviews", "Interviewed", CELL_COUNT},                             \
        {"hires", "Hires", CELL_COUNT},                                        \
        {"share_of_hires", "Of all hires", CELL_SHARE},                        \
        {"hires_per_application", "Application to hire", CELL_SHARE},          \
        {"cost", "Cost", CELL_MONEY},                                          \
        {"cost_per_hire", "Cost per hire", CELL_MONEY},                        \
        {"rating", "Rating", CELL_NUMBER}, {"rated", "Rated", CELL_COUNT},     \
    {                                                                          \
        "stayed_180d", "Stayed 180 days", CELL_SHARE                           \
    }

static const SheetColumn source_columns[] = {COLUMNS_OF("source", "Source")};
static const SheetColumn channel_columns[] = {COLUMNS_OF("channel", "Channel")};

/* 180 days, as the digits that SQL wants. */
#define HALF_YEAR "15552000000"

/* Hires and applications of the period, grouped by an expression over
 * a_application, beside the costs grouped by one over a_cost. */
#define BY(key, cost_key, costs)                                               \
    "WITH x AS (SELECT " key " AS key, coalesce(applied_at >= :from, 0)"       \
    "   AS applied, coalesce(interviewed, 0) AS interviewed,"                  \
    "   coalesce(hired_at >= :from, 0) AS hired, hired_at, rating, left_at"    \
    "  FROM a_application),"                                                   \
    " y AS (SELECT key, sum(applied) AS applied, sum(applied AND interviewed)" \
    "   AS interviewed, sum(hired) AS hired,"                                  \
    "   sum(applied AND hired_at IS NOT NULL) AS converted,"                   \
    "   avg(CASE WHEN hired THEN rating END) AS rating,"                       \
    "   count(CASE WHEN hired THEN rating END) AS rated,"                      \
    "   sum(hired AND hired_at + " HALF_YEAR " <= :until) AS old,"             \
    "   sum(hired AND hired_at + " HALF_YEAR " <= :until AND (left_at IS NULL" \
    "    OR left_at >= hired_at + " HALF_YEAR ")) AS stayed"                   \
    "  FROM x GROUP BY key),"                                                  \
    " c AS (SELECT " cost_key " AS key, sum(amount) AS cost FROM a_cost"       \
    "  WHERE " costs " GROUP BY 1),"                                           \
    " k AS (SELECT key FROM y UNION SELECT key FROM c)"                        \
    " SELECT k.key, coalesce(y.applied, 0), coalesce(y.interviewed, 0),"       \
    "  coalesce(y.hired, 0), CASE WHEN (SELECT sum(hired) FROM y) > 0 THEN"    \
    "   1.0 * coalesce(y.hired, 0) / (SELECT sum(hired) FROM y) END,"          \
    "  CASE WHEN y.applied > 0 THEN 1.0 * y.converted / y.applied END,"        \
    "  c.cost, CASE WHEN y.hired > 0 THEN 1.0 * c.cost / y.hired END,"         \
    "  y.rating, coalesce(y.rated, 0), CASE WHEN y.old > 0 AND EXISTS"         \
    "   (SELECT 1 FROM a_application WHERE left_at IS NOT NULL)"               \
    "   THEN 1.0 * y.stayed / y.old END"                                       \
    " FROM k LEFT JOIN y ON y.key = k.key LEFT JOIN c ON c.key = k.key"        \
    " WHERE coalesce(y.applied, 0) + coalesce(y.hired, 0)"                     \
    "  + coalesce(c.cost, 0) > 0"                                              \
    " ORDER BY 4 DESC, 2 DESC, 1"

/* -- costs ----------------------------------------------------------------- */

static char *
month_of(const Workspace *workspace, int64_t at)
{
    LocalTime t = utc_to_local(workspace->zone, at);

    return g_strdup_printf("%04d-%02d", t.year, t.month);
}

static bool
read_costs(const Analysis *a, Sheets *out, GError **error)
{
    g_autofree char *first =
        a->period.from ? month_of(a->workspace, a->period.from) : g_strdup("");
    g_autofree char *last = month_of(a->workspace, a->period.until - 1);
    g_autoptr(Statement) st = NULL, currency = NULL;

    if (!store_exec(a->store,
                    "DROP TABLE IF EXISTS temp.a_cost; CREATE TEMP TABLE a_cost"
                    " (source TEXT, amount INTEGER)",
                    error))
        return false;
    st = store_prepare(a->store,
                       "INSERT INTO a_cost SELECT source, amount FROM cost"
                       " WHERE month >= :first AND month <= :last",
                       error);
    if (!st)
        return false;
    statement_bind_text(st, ":first", first);
    statement_bind_text(st, ":last", last);
    if (!statement_run(st, error))
        return false;
    currency = store_prepare(
        a->store, "SELECT currency FROM cost ORDER BY cost_id LIMIT 1", error);
    if (!currency)
        return false;
    if (statement_step(currency))
        out->currency = g_strdup(statement_text(currency, 0));
    return statement_end(currency, error);
}

/* -- the sheets ------------------------------------------------------------ */

static bool
add_channels(const Analysis *a, Sheets *out, GError **error)
{
    Sheet *sheet = sheets_add(
        out, "channels", "CRM-sourced against every other channel",
        "Applications and hires of the period. CRM-sourced: a campaign or a "
        "recruiter had touched the person shortly before they applied.",
        channel_columns, G_N_ELEMENTS(channel_columns));

    sheet->chart = SHEET_BARS;
    sheet->charted[0] = 3;
    return analysis_fill(a, sheet,
                         BY("CASE WHEN touch IS NOT NULL THEN 'CRM-sourced'"
                            " ELSE 'every other channel' END",
                            "CASE WHEN lower(source) = 'crm' THEN 'CRM-sourced'"
                            " ELSE 'every other channel' END",
                            "1 = 1"),
                         error);
}

static bool
add_others(const Analysis *a, Sheets *out, GError **error)
{
    Sheet *sheet = sheets_add(
        out, "channels_by_source", "Channel by channel",
        "The same, the other channels apart by what the ATS names as source.",
        channel_columns, G_N_ELEMENTS(channel_columns));

    return analysis_fill(
        a, sheet,
        BY("CASE WHEN touch IS NOT NULL THEN 'CRM-sourced' ELSE source END",
           "CASE WHEN lower(source) = 'crm' THEN 'CRM-sourced' ELSE source END",
           "1 = 1"),
        error);
}

static bool
add_sources(const Analysis *a, Sheets *out, GError **error)
{
    Sheet *sheet =
        sheets_add(out, "sources", "What the ATS says",
                   "By the source that the ATS names, whoever else had a part "
                   "in it; of those logged by hand, the person's own.",
                   source_columns, G_N_ELEMENTS(source_columns));

    return analysis_fill(
        a, sheet, BY("source", "source", "lower(source) <> 'crm'"), error);
}

static const SheetColumn segment_columns[] = {
    {"segment", "Segment", CELL_TEXT},
    {"applications", "Applications", CELL_COUNT},
    {"interviews", "Interviewed", CELL_COUNT},
    {"hires", "Hires", CELL_COUNT},
    {"share_of_hires", "Of CRM-sourced hires", CELL_SHARE},
    {"days", "Days from touch to application (mean)", CELL_NUMBER},
};

static bool
add_segments(const Analysis *a, Sheets *out, GError **error)
{
    Sheet *sheet = sheets_add(
        out, "segments", "Which segments they came from",
        "CRM-sourced applications and hires, by the segment of the mail that "
        "touched last.",
        segment_columns, G_N_ELEMENTS(segment_columns));

    sheet->chart = SHEET_BARS;
    sheet->charted[0] = 3;
    return analysis_fill(
        a, sheet,
        "WITH x AS (SELECT segment, applied_at >= :from AS applied,"
        "   coalesce(interviewed, 0) AS interviewed,"
        "   coalesce(hired_at >= :from, 0) AS hired,"
        "   (applied_at - touch_at) / 86400000.0 AS days"
        "  FROM a_application WHERE touch IS NOT NULL)"
        " SELECT segment, sum(applied), sum(applied AND interviewed),"
        "  sum(hired), CASE WHEN (SELECT sum(hired) FROM x) > 0 THEN"
        "   1.0 * sum(hired) / (SELECT sum(hired) FROM x) END,"
        "  avg(CASE WHEN applied THEN days END)"
        " FROM x GROUP BY segment HAVING sum(applied) + sum(hired) > 0"
        " ORDER BY 4 DESC, 2 DESC, 1",
        error);
}

static const SheetColumn month_columns[] = {
    {"month", "Month", CELL_TEXT},
    {"crm", "CRM-sourced", CELL_COUNT},
    {"other", "Every other channel", CELL_COUNT},
    {"share", "CRM-sourced of all", CELL_SHARE},
};

/* Months since the year 0: what a column of time counts in. */
static int
month_number(const Workspace *workspace, int64_t at)
{
    LocalTime t = utc_to_local(workspace->zone, at);

    return t.year * 12 + t.month - 1;
}

static void
add_month(Sheet *sheet, int month, double hires[2])
{
    g_autofree char *name =
        g_strdup_printf("%04d-%02d", month / 12, month % 12 + 1);

    sheet_text(sheet, name);
    sheet_number(sheet, hires[0]);
    sheet_number(sheet, hires[1]);
    sheet_share(sheet, hires[0], hires[0] + hires[1]);
    hires[0] = hires[1] = 0;
}

/* A month without a hire is a month. */
static bool
add_months(const Analysis *a, Sheets *out, GError **error)
{
    Sheet *sheet = sheets_add(out, "months", "Hires by month", NULL,
                              month_columns, G_N_ELEMENTS(month_columns));
    double hires[2] = {0, 0};
    int month = 0;
    g_autoptr(Statement) st =
        analysis_query(a,
                       "SELECT hired_at, touch IS NULL FROM a_application"
                       " WHERE hired_at >= :from ORDER BY hired_at",
                       error);

    if (!st)
        return false;
    while (statement_step(st)) {
        int at = month_number(a->workspace, statement_int(st, 0));
        for (; month && month < at; month++)
            add_month(sheet, month, hires);
        month = at;
        hires[statement_int(st, 1) != 0]++;
    }
    if (month)
        add_month(sheet, month, hires);
    sheet->chart = SHEET_COLUMNS;
    sheet->charted[0] = 1;
    sheet->charted[1] = 2;
    return statement_end(st, error);
}

/* -- the report ------------------------------------------------------------ */

static void
add_facts(Sheets *out)
{
    const Sheet *channels = g_ptr_array_index(out->sheets, 0);
    double hires = 0;

    for (guint r = 0; r < sheet_rows(channels); r++)
        hires += sheet_value(channels, r, 3);
    sheets_fact(out, "hires", "%s", number_format((int64_t)hires));
    for (guint r = 0; r < sheet_rows(channels); r++) {
        bool crm = strcmp(sheet_row_name(channels, r), "CRM-sourced") == 0;
        if (crm && hires > 0)
            sheets_fact(out, "of them CRM-sourced", "%.0f %%",
                        100 * sheet_value(channels, r, 3) / hires);
    }
    for (guint r = 0; r < sheet_rows(channels); r++) {
        bool crm = strcmp(sheet_row_name(channels, r), "CRM-sourced") == 0;
        g_autofree char *cost = sheet_words(channels, r, 7);
        if (sheet_value(channels, r, 7) > 0)
            sheets_fact(out,
                        crm ? "cost of a CRM-sourced hire"
                            : "cost of a hire of other channels",
                        "%s %s", cost, out->currency);
    }
}

bool
analytics_sources(const Analysis *a, Sheets *out, GError **error)
{
    if (!read_costs(a, out, error) || !add_channels(a, out, error) ||
        !add_months(a, out, error) || !add_segments(a, out, error) ||
        !add_others(a, out, error) || !add_sources(a, out, error))
        return false;
    add_facts(out);
    sheets_rule(out,
                "CRM-sourced: within %d days before the application, the "
                "person got a campaign mail that did not bounce, clicked, "
                "replied, or was contacted or met by a recruiter (logged by "
                "hand). The last such touch is credited, whatever source the "
                "ATS names; its mail's segment is the segment. The number of "
                "days is reports.attribution in nurture.yaml.",
                (int)(a->workspace->attribution_ms / DAY_MS));
    sheets_rule(out, "Applications count in the period they were made in, "
                     "hires in the one of the hire. Application to hire is of "
                     "the period's applications, whenever the hire was.");
    sheets_rule(out, "Costs are imported (nurture costs import), by source and "
                     "whole month; those of the source 'crm' are what "
                     "nurturing costs. Cost per hire is the costs of the "
                     "period through its hires.");
    sheets_rule(out, "Rating and leaving date are 'rating' and 'left_at' of "
                     "the ATS's applications, where it gives them. Stayed 180 "
                     "days: of the hires that are that old.");
    return true;
}
