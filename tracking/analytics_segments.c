/* SPDX-License-Identifier: Apache-2.0 */
/* analytics_segments.c - which mails people open, click and answer, and which
 * segments come to hires */
#include "analytics-private.h"

#include "nurture/text.h"

static const SheetColumn way_columns[] = {
    {"segment", "Segment", CELL_TEXT},
    {"mailed", "Mailed", CELL_COUNT},
    {"replied", "Replied", CELL_COUNT},
    {"applied", "Applied", CELL_COUNT},
    {"interviewed", "Interviewed", CELL_COUNT},
    {"hired", "Hired", CELL_COUNT},
    {"reply_rate", "Mail to reply", CELL_SHARE},
    {"apply_rate", "Mail to application", CELL_SHARE},
    {"interview_rate", "Application to interview", CELL_SHARE},
    {"hire_rate", "Interview to hire", CELL_SHARE},
    {"hire_of_mailed", "Mail to hire", CELL_SHARE},
};

static bool
add_ways(const Analysis *a, Sheets *out, GError **error)
{
    Sheet *sheet = sheets_add(
        out, "conversion", "From segment to hire",
        "People who got a mail in the period, by the segment the mail was for, "
        "and what they did after its first mail.",
        way_columns, G_N_ELEMENTS(way_columns));

    sheet->chart = SHEET_BARS;
    sheet->charted[0] = 3;
    return analysis_fill(
        a, sheet,
        "WITH s AS (SELECT segment, candidate_id, min(at) AS at FROM a_touch"
        "  WHERE kind = 'sent' AND at >= :from GROUP BY segment, candidate_id),"
        " w AS (SELECT s.segment, count(*) AS mailed,"
        "  sum(EXISTS (SELECT 1 FROM event e WHERE e.candidate_id ="
        "   s.candidate_id AND e.kind = 'replied' AND e.at >= s.at"
        "   AND e.at < :until)) AS replied,"
        "  sum(EXISTS (SELECT 1 FROM event e WHERE e.candidate_id ="
        "   s.candidate_id AND e.kind = 'applied' AND e.at >= s.at"
        "   AND e.at < :until)) AS applied,"
        "  sum(EXISTS (SELECT 1 FROM event e WHERE e.candidate_id ="
        "   s.candidate_id AND e.kind = 'interviewed' AND e.at >= s.at"
        "   AND e.at < :until)) AS interviewed,"
        "  sum(EXISTS (SELECT 1 FROM event e WHERE e.candidate_id ="
        "   s.candidate_id AND e.kind = 'hired' AND e.at >= s.at"
        "   AND e.at < :until)) AS hired"
        "  FROM s GROUP BY s.segment)"
        " SELECT segment, mailed, replied, applied, interviewed, hired,"
        "  1.0 * replied / nullif(mailed, 0),"
        "  1.0 * applied / nullif(mailed, 0),"
        "  1.0 * interviewed / nullif(applied, 0),"
        "  1.0 * hired / nullif(interviewed, 0),"
        "  1.0 * hired / nullif(mailed, 0)"
        " FROM w ORDER BY mailed DESC, segment",
        error);
}

/* By segment alone they are the same but for the first two. */
#define MAIL_ONLY 2
static const SheetColumn mail_columns[] = {
    {"campaign", "Campaign", CELL_TEXT},
    {"step", "Mail", CELL_TEXT},
    {"segment", "Segment", CELL_TEXT},
    {"sent", "Sent", CELL_COUNT},
    {"bounced", "Bounced", CELL_COUNT},
    {"opened", "Opened", CELL_COUNT},
    {"opened_raw", "Opened, raw", CELL_COUNT},
    {"clicked", "Clicked", CELL_COUNT},
    {"clicked_raw", "Clicked, raw", CELL_COUNT},
    {"replied", "Replied", CELL_COUNT},
    {"interested", "Interested", CELL_COUNT},
    {"opted_out", "Opted out", CELL_COUNT},
    {"open_rate", "Open rate", CELL_SHARE},
    {"open_rate_raw", "Open rate, raw", CELL_SHARE},
    {"click_rate", "Click rate", CELL_SHARE},
    {"click_rate_raw", "Click rate, raw", CELL_SHARE},
    {"reply_rate", "Response rate", CELL_SHARE},
};

/* One row per mail that was sent in the period, with what came of it. */
#define MAILS                                                                  \
    "WITH x AS (SELECT m.message_id, e.campaign, e.step,"                      \
    "  coalesce(m.segment, '(no segment)') AS segment, min(e.at) AS first"     \
    "  FROM event e JOIN message m ON m.message_id = e.message_id"             \
    "  WHERE e.kind = 'sent' AND m.kind = 'campaign' AND e.at >= :from"        \
    "   AND e.at < :until GROUP BY m.message_id),"                             \
    " y AS (SELECT x.*,"                                                       \
    "  coalesce(max(v.kind = 'bounced'), 0) AS bounced,"                       \
    "  coalesce(max(v.kind = 'opened' AND v.machine = 0), 0) AS opened,"       \
    "  coalesce(max(v.kind = 'opened'), 0) AS opened_raw,"                     \
    "  coalesce(max(v.kind = 'clicked' AND v.machine = 0), 0) AS clicked,"     \
    "  coalesce(max(v.kind = 'clicked'), 0) AS clicked_raw,"                   \
    "  coalesce(max(v.kind = 'replied'), 0) AS replied,"                       \
    "  coalesce(max(v.kind = 'interested' OR"                                  \
    "   (v.kind = 'replied' AND v.positive = 1)), 0) AS interested,"           \
    "  coalesce(max(v.kind = 'opted_out'), 0) AS opted_out"                    \
    "  FROM x LEFT JOIN event v ON v.message_id = x.message_id"                \
    "   AND v.kind <> 'sent' AND v.at < :until GROUP BY x.message_id),"        \
    " z AS (SELECT campaign, step, segment, min(first) AS first,"              \
    "  count(*) AS sent, sum(bounced) AS bounced, sum(opened) AS opened,"      \
    "  sum(opened_raw) AS opened_raw, sum(clicked) AS clicked,"                \
    "  sum(clicked_raw) AS clicked_raw, sum(replied) AS replied,"              \
    "  sum(interested) AS interested, sum(opted_out) AS opted_out,"            \
    "  count(*) - sum(bounced) AS arrived FROM y"
#define RATES                                                                  \
    "1.0 * opened / nullif(arrived, 0),"                                       \
    " 1.0 * opened_raw / nullif(arrived, 0),"                                  \
    " 1.0 * clicked / nullif(arrived, 0),"                                     \
    " 1.0 * clicked_raw / nullif(arrived, 0),"                                 \
    " 1.0 * replied / nullif(arrived, 0)"
#define COUNTS                                                                 \
    "sent, bounced, opened, opened_raw, clicked, clicked_raw, replied,"        \
    " interested, opted_out, "

static bool
add_mails(const Analysis *a, Sheets *out, GError **error)
{
    Sheet *sheet = sheets_add(out, "mails", "Mail by mail",
                              "The same, by campaign, step and segment.",
                              mail_columns, G_N_ELEMENTS(mail_columns));

    return analysis_fill(
        a, sheet,
        MAILS " GROUP BY campaign, step, segment)"
              " SELECT campaign, step, segment, " COUNTS RATES
              " FROM z ORDER BY campaign,"
              "  min(first) OVER (PARTITION BY campaign, step), step, segment",
        error);
}

static bool
add_segments(const Analysis *a, Sheets *out, GError **error)
{
    Sheet *sheet = sheets_add(
        out, "engagement", "Open, click, response",
        "Mails sent in the period, by segment. Rates are of the "
        "mails that did not bounce; raw figures hold "
        "the scanners and proxies that open and click "
        "by themselves, the others are people.",
        mail_columns + MAIL_ONLY, G_N_ELEMENTS(mail_columns) - MAIL_ONLY);

    sheet->chart = SHEET_BARS;
    sheet->charted[0] = 5;
    return analysis_fill(a, sheet,
                         MAILS
                         " GROUP BY segment) SELECT segment, " COUNTS RATES
                         " FROM z ORDER BY sent DESC, segment",
                         error);
}

static double
sum_of(const Sheet *sheet, guint column)
{
    double sum = 0;

    for (guint r = 0; r < sheet_rows(sheet); r++)
        sum += sheet_value(sheet, r, column);
    return sum;
}

bool
analytics_segments(const Analysis *a, Sheets *out, GError **error)
{
    const Sheet *all;
    double sent, arrived;

    if (!add_ways(a, out, error) || !add_segments(a, out, error) ||
        !add_mails(a, out, error))
        return false;
    all = g_ptr_array_index(out->sheets, 1);
    sent = sum_of(all, 1);
    arrived = sent - sum_of(all, 2);
    sheets_fact(out, "mails sent", "%s", number_format((int64_t)sent));
    if (arrived > 0) {
        sheets_fact(out, "bounced", "%.1f %%", 100 * (sent - arrived) / sent);
        sheets_fact(out, "clicked, by people", "%.1f %%",
                    100 * sum_of(all, 5) / arrived);
        sheets_fact(out, "answered", "%.1f %%", 100 * sum_of(all, 7) / arrived);
        sheets_fact(out, "opted out", "%.2f %%",
                    100 * sum_of(all, 9) / arrived);
    }
    sheets_rule(out, "A mail counts once for each thing, however often it was "
                     "opened, clicked or answered. A person is in every "
                     "segment they were mailed in.");
    sheets_rule(out, "Mailed: got a mail that did not bounce. Applications, "
                     "interviews and hires count from the first mail of that "
                     "segment in the period, whether or not the mail is why; "
                     "the report 'sources' credits them.");
    sheets_rule(out, "Opens are counted by a picture that many readers do not "
                     "load and many machines do: compare, do not add up.");
    return true;
}
