/* SPDX-License-Identifier: Apache-2.0 */
/* analytics_pipeline.c - from the first contact to the hire, and whether the
 * campaigns are why */
#include "analytics-private.h"

#include "nurture/clock.h"
#include "nurture/proportion.h"
#include "nurture/text.h"

#define IN_PERIOD " at >= :from AND at < :until"

static const SheetColumn funnel_columns[] = {
    {"stage", "Stage", CELL_TEXT},
    {"people", "People", CELL_COUNT},
    {"of_contacted", "Of those contacted", CELL_SHARE},
    {"of_previous", "Of the stage before", CELL_SHARE},
};

/* Each stage is about all who were contacted: somebody may apply who has never
 * answered a mail. */
static bool
add_funnel(const Analysis *a, Sheets *out, double people[6], GError **error)
{
    static const char *const stages[] = {"Contacted", "Engaged",     "Replied",
                                         "Applied",   "Interviewed", "Hired"};
    Sheet *sheet =
        sheets_add(out, "funnel", "The pipeline",
                   "Everybody whose first mail or logged contact was in the "
                   "period, and what they did after it.",
                   funnel_columns, G_N_ELEMENTS(funnel_columns));
    g_autoptr(Statement) st = analysis_query(
        a,
        "SELECT count(*), count(engaged), count(replied), count(applied),"
        " count(interviewed), count(hired) FROM a_first WHERE" IN_PERIOD,
        error);

    if (!st)
        return false;
    if (statement_step(st))
        for (int i = 0; i < 6; i++)
            people[i] = statement_double(st, i);
    for (int i = 0; i < 6; i++) {
        sheet_text(sheet, stages[i]);
        sheet_number(sheet, people[i]);
        sheet_share(sheet, people[i], people[0]);
        if (i == 0)
            sheet_unknown(sheet);
        else
            sheet_share(sheet, people[i], people[i - 1]);
    }
    sheet->chart = SHEET_FUNNEL;
    sheet->charted[0] = 1;
    return statement_end(st, error);
}

/* -- time ------------------------------------------------------------------ */

static const SheetColumn time_columns[] = {
    {"from_to", "From first contact", CELL_TEXT},
    {"people", "People", CELL_COUNT},
    {"least", "Shortest", CELL_NUMBER},
    {"quartile_1", "A quarter within", CELL_NUMBER},
    {"median", "Half within (median)", CELL_NUMBER},
    {"quartile_3", "Three quarters within", CELL_NUMBER},
    {"most", "Longest", CELL_NUMBER},
};

static bool
add_days(const Analysis *a, Sheet *sheet, const char *what, const char *sql,
         GError **error)
{
    g_autoptr(GArray) days = g_array_new(FALSE, FALSE, sizeof(double));
    g_autoptr(Statement) st = analysis_query(a, sql, error);

    if (!st)
        return false;
    while (statement_step(st)) {
        double d = statement_double(st, 0) / (double)DAY_MS;
        g_array_append_val(days, d);
    }
    sheet_text(sheet, what);
    sheet_quartiles(sheet, days);
    return statement_end(st, error);
}

static bool
add_times(const Analysis *a, Sheets *out, GError **error)
{
    Sheet *sheet =
        sheets_add(out, "time", "How long it takes",
                   "Days from the first contact, whenever that was, to what "
                   "happened in the period.",
                   time_columns, G_N_ELEMENTS(time_columns));

    return add_days(a, sheet, "to the first reply",
                    "SELECT replied - at FROM a_first"
                    " WHERE replied >= :from AND replied < :until",
                    error) &&
           add_days(a, sheet, "to the first application",
                    "SELECT applied - at FROM a_first"
                    " WHERE applied >= :from AND applied < :until",
                    error) &&
           add_days(a, sheet, "to the hire",
                    "SELECT hired - at FROM a_first"
                    " WHERE hired >= :from AND hired < :until",
                    error);
}

/* -- campaigns ------------------------------------------------------------- */

static const SheetColumn campaign_columns[] = {
    {"campaign", "Campaign", CELL_TEXT},
    {"enrolled", "Enrolled", CELL_COUNT},
    {"mailed", "Mailed", CELL_COUNT},
    {"replied", "Replied", CELL_COUNT},
    {"reply_rate", "Reply rate", CELL_SHARE},
    {"applied", "Applied", CELL_COUNT},
    {"interviewed", "Interviewed", CELL_COUNT},
    {"hired", "Hired", CELL_COUNT},
};

static bool
add_campaigns(const Analysis *a, Sheets *out, GError **error)
{
    Sheet *sheet = sheets_add(
        out, "campaigns", "Campaigns",
        "People enrolled in the period; of those who got a mail, who replied "
        "to the campaign, and who applied, was interviewed or hired after the "
        "first mail of it.",
        campaign_columns, G_N_ELEMENTS(campaign_columns));

    return analysis_fill(
        a, sheet,
        "WITH mailed AS (SELECT candidate_id, campaign, min(at) AS at"
        "  FROM a_touch WHERE kind = 'sent' GROUP BY candidate_id, campaign),"
        " p AS (SELECT DISTINCT n.campaign, n.candidate_id, m.at"
        "  FROM enrolment n LEFT JOIN mailed m"
        "   ON m.candidate_id = n.candidate_id AND m.campaign = n.campaign"
        "  WHERE n.enrolled_at >= :from AND n.enrolled_at < :until"
        "   AND n.batch_id IS NULL AND n.control = 0),"
        " q AS (SELECT p.campaign, p.at IS NOT NULL AS mailed,"
        "  p.at IS NOT NULL AND EXISTS (SELECT 1 FROM a_touch r"
        "   WHERE r.candidate_id = p.candidate_id AND r.kind = 'replied'"
        "    AND r.campaign = p.campaign) AS replied,"
        "  EXISTS (SELECT 1 FROM event v WHERE v.candidate_id ="
        "   p.candidate_id AND v.kind = 'applied' AND v.at >= p.at"
        "   AND v.at < :until) AS applied,"
        "  EXISTS (SELECT 1 FROM event v WHERE v.candidate_id ="
        "   p.candidate_id AND v.kind = 'interviewed' AND v.at >= p.at"
        "   AND v.at < :until) AS interviewed,"
        "  EXISTS (SELECT 1 FROM event v WHERE v.candidate_id ="
        "   p.candidate_id AND v.kind = 'hired' AND v.at >= p.at"
        "   AND v.at < :until) AS hired FROM p)"
        " SELECT campaign, count(*), sum(mailed), sum(replied),"
        "  1.0 * sum(replied) / nullif(sum(mailed), 0), sum(applied),"
        "  sum(interviewed), sum(hired) FROM q"
        " GROUP BY campaign ORDER BY campaign",
        error);
}

/* -- uplift ---------------------------------------------------------------- */

static const SheetColumn uplift_columns[] = {
    {"campaign", "Campaign", CELL_TEXT},
    {"outcome", "Outcome", CELL_TEXT},
    {"people", "In the campaign", CELL_COUNT},
    {"share", "Did it", CELL_SHARE},
    {"control", "Held out", CELL_COUNT},
    {"control_share", "Did it", CELL_SHARE},
    {"uplift", "Uplift", CELL_POINTS},
    {"low", "95 % from", CELL_POINTS},
    {"high", "to", CELL_POINTS},
    {"verdict", "", CELL_TEXT},
};

static void
add_uplift(Sheet *sheet, const char *campaign, const char *outcome,
           const int64_t counts[4])
{
    double uplift, low, high;

    proportion_difference(counts[1], counts[0], counts[3], counts[2], &uplift,
                          &low, &high);
    sheet_text(sheet, campaign);
    sheet_text(sheet, outcome);
    sheet_number(sheet, (double)counts[0]);
    sheet_share(sheet, (double)counts[1], (double)counts[0]);
    sheet_number(sheet, (double)counts[2]);
    sheet_share(sheet, (double)counts[3], (double)counts[2]);
    sheet_number(sheet, uplift);
    sheet_number(sheet, low);
    sheet_number(sheet, high);
    sheet_text(sheet, low > 0    ? "it works"
                      : high < 0 ? "it harms"
                                 : "could be chance");
}

/* Both groups are those who were enrolled, mailed or not: who is compared must
 * not depend on what the campaign did. */
static bool
add_uplifts(const Analysis *a, Sheets *out, GError **error)
{
    static const char *const outcomes[] = {"applied", "hired"};
    Sheet *sheet = sheets_add(
        out, "uplift", "Would they have come anyway?",
        "People enrolled in the period against those whom the same campaign "
        "held out, by chance, and never mailed.",
        uplift_columns, G_N_ELEMENTS(uplift_columns));
    g_autoptr(Statement) st = analysis_query(
        a,
        "SELECT campaign, sum(control = 0), sum(control = 0 AND applied),"
        "  sum(control = 1), sum(control = 1 AND applied),"
        "  sum(control = 0 AND hired), sum(control = 1 AND hired)"
        " FROM (SELECT g.campaign, g.control,"
        "   EXISTS (SELECT 1 FROM event v WHERE v.kind = 'applied'"
        "    AND v.candidate_id = g.candidate_id AND v.at >= g.at"
        "    AND v.at < :until) AS applied,"
        "   EXISTS (SELECT 1 FROM event v WHERE v.kind = 'hired'"
        "    AND v.candidate_id = g.candidate_id AND v.at >= g.at"
        "    AND v.at < :until) AS hired"
        "  FROM (SELECT campaign, candidate_id, max(control) AS control,"
        "    min(enrolled_at) AS at FROM enrolment"
        "   WHERE enrolled_at >= :from AND enrolled_at < :until"
        "    AND batch_id IS NULL GROUP BY campaign, candidate_id) g)"
        " GROUP BY campaign HAVING sum(control = 1) > 0 ORDER BY campaign",
        error);

    if (!st)
        return false;
    while (statement_step(st))
        for (int i = 0; i < 2; i++) {
            const int64_t counts[] = {
                statement_int(st, 1), statement_int(st, i ? 5 : 2),
                statement_int(st, 3), statement_int(st, i ? 6 : 4)};
            add_uplift(sheet, statement_text(st, 0), outcomes[i], counts);
        }
    return statement_end(st, error);
}

bool
analytics_pipeline(const Analysis *a, Sheets *out, GError **error)
{
    double people[6] = {0};
    const Sheet *times;

    if (!add_funnel(a, out, people, error) || !add_times(a, out, error) ||
        !add_campaigns(a, out, error) || !add_uplifts(a, out, error))
        return false;
    sheets_fact(out, "people contacted for the first time", "%s",
                number_format((int64_t)people[0]));
    if (people[0] > 0)
        sheets_fact(out, "of them replied", "%.1f %%",
                    100 * people[2] / people[0]);
    sheets_fact(out, "applied", "%s", number_format((int64_t)people[3]));
    sheets_fact(out, "hired", "%s", number_format((int64_t)people[5]));
    times = g_ptr_array_index(out->sheets, 1);
    if (sheet_value(times, 2, 1) > 0)
        sheets_fact(out, "median days from contact to hire", "%.0f",
                    sheet_value(times, 2, 4));
    sheets_rule(out,
                "First contact: the first campaign mail that did not bounce, "
                "or the first contact or meeting logged by hand.");
    sheets_rule(out, "Engaged: clicked (as a person, not a scanner), replied, "
                     "or followed the link that says they are interested. "
                     "Out-of-office answers are no replies.");
    sheets_rule(out, "Stages are counted apart: who applied need not have "
                     "replied. Nothing counts before the first contact.");
    sheets_rule(out, "Quartiles are interpolated (method 7 of Hyndman and "
                     "Fan).");
    sheets_rule(out, "Uplift: the difference of the two shares; its 95 %% "
                     "interval is Newcombe's (1998, method 10), from two "
                     "Wilson intervals. \"Could be chance\": the interval "
                     "holds 0.");
    return true;
}
