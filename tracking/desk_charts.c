/* SPDX-License-Identifier: Apache-2.0 */
/* desk_charts.c - numbers of one campaign, or of all, as pictures */
#include "desk-charts.h"

#include "nurture/chart.h"
#include "nurture/clock.h"
#include "nurture/event.h"

#include <string.h>

enum { CALENDAR_WEEKS_MAX = 30 };

typedef char *(*LabelWords)(const Visit *visit, const char *label);

typedef struct {
    const char *title, *note, *none;
    const char *series[CHART_SERIES_MAX + 1];
    int tones[CHART_SERIES_MAX];
    LabelWords words; /* NULL: the label as it is */
    bool columns;
    const char *sql[2]; /* of one campaign, of all */
} DeskChart;

static char *
intent_label(const Visit *visit, const char *label)
{
    (void)visit;
    return g_strdup(desk_intent_words(label));
}

/* user_unknown -> User unknown */
static char *
plain_label(const Visit *visit, const char *label)
{
    char *words = g_strdelimit(g_strdup(label), "_", ' ');

    (void)visit;
    words[0] = g_ascii_toupper(words[0]);
    return words;
}

static char *
link_label(const Visit *visit, const char *label)
{
    const char *mark = strstr(label, "://");

    (void)visit;
    return g_strdup(mark ? mark + 3 : label);
}

static char *
day_label(const Visit *visit, const char *label)
{
    int64_t day = g_ascii_strtoll(label, NULL, 10);

    return date_format(day * DAY_MS + DAY_MS / 2, visit->workspace->zone,
                       "D MMM", "en");
}

/* Each query twice, of one campaign and of all: "campaign = :campaign OR
 * :campaign IS NULL" would never use an index. */
#define ONE "campaign = :campaign"
#define ALL ":campaign IS NULL"
#define BOTH(query)                                                            \
    {                                                                          \
        query(ONE), query(ALL)                                                 \
    }

/* In the order they were first queued: by rowid, which every index has, so that
 * no row of 400,000 need be read for it. */
#define STEPS(OF)                                                              \
    "SELECT CASE WHEN :campaign IS NULL THEN s.campaign || ', ' || s.step"     \
    "  ELSE s.step END, coalesce(x.l4, 0), coalesce(x.l3, 0),"                 \
    "  coalesce(x.l2, 0), coalesce(x.l1, 0), s.sent - coalesce(x.some, 0)"     \
    " FROM (SELECT campaign, step, count(*) AS sent,"                          \
    "    min(rowid) AS first FROM message"                                     \
    "   WHERE " OF " AND campaign IS NOT NULL AND owner IS NULL"               \
    "    AND state = 'sent'"                                                   \
    "   GROUP BY campaign, step) s LEFT JOIN"                                  \
    "  (SELECT campaign, step, sum(level = 4) AS l4, sum(level = 3) AS l3,"    \
    "    sum(level = 2) AS l2, sum(level = 1) AS l1, sum(level > 0) AS some"   \
    "   FROM (SELECT campaign, step, max(CASE"                                 \
    "      WHEN kind = 'interested' OR (kind = 'replied' AND positive = 1)"    \
    "       THEN 4 WHEN kind = 'replied' THEN 3 WHEN machine = 1 THEN 0"       \
    "      WHEN kind = 'clicked' THEN 2 ELSE 1 END) AS level"                  \
    "     FROM event WHERE " OF " AND" EVENT_CAME_BACK                         \
    "      AND message_id IS NOT NULL"                                         \
    "      AND kind IN ('interested', 'replied', 'clicked', 'opened')"         \
    "     GROUP BY message_id) GROUP BY campaign, step) x"                     \
    "  ON x.campaign = s.campaign AND x.step = s.step"                         \
    " ORDER BY s.first, s.step LIMIT 20"

#define HITS(OF)                                                               \
    "SELECT CASE kind WHEN 'opened' THEN 'Opens' ELSE 'Clicks' END,"           \
    "  sum(machine = 0), sum(machine = 1) FROM event WHERE " OF                \
    "  AND" EVENT_CAME_BACK                                                    \
    " AND kind IN ('opened', 'clicked') AND at >= :since"                      \
    " GROUP BY kind ORDER BY kind DESC"

#define LINKS(OF)                                                              \
    "SELECT l.url, sum(e.people), sum(e.machines) FROM"                        \
    " (SELECT message_id, json_extract(detail, '$.link') AS link,"             \
    "   sum(machine = 0) AS people, sum(machine = 1) AS machines"              \
    "  FROM event WHERE " OF " AND" EVENT_CAME_BACK                            \
    "   AND kind = 'clicked' AND at >= :since"                                 \
    "  GROUP BY 1, 2) e JOIN message m ON m.message_id = e.message_id"         \
    " JOIN link l ON l.link_set = m.link_set AND l.link = e.link"              \
    " GROUP BY l.url ORDER BY 2 DESC, l.url LIMIT 8"

#define INTENTS(OF)                                                            \
    "SELECT coalesce(label, intent), count(*) FROM reply WHERE " OF            \
    "  AND received_at >= :since GROUP BY 1 ORDER BY 2 DESC, 1"

#define BOUNCES(OF)                                                            \
    "SELECT coalesce(json_extract(detail, '$.reason'), 'unknown'),"            \
    "  sum(coalesce(json_extract(detail, '$.hard'), 1) = 1),"                  \
    "  sum(coalesce(json_extract(detail, '$.hard'), 1) <> 1) FROM event"       \
    " WHERE " OF " AND" EVENT_CAME_BACK                                        \
    "  AND at >= :since AND kind = 'bounced'"                                  \
    " GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 10"

#define DOMAINS(OF)                                                            \
    "SELECT receiver, sum(state = 'sent' AND b.message_id IS NULL),"           \
    "  sum(state = 'deferred'),"                                               \
    "  sum(state = 'bounced' OR b.message_id IS NOT NULL) FROM"                \
    " (SELECT message_id, state, CASE WHEN :campaign IS NULL"                  \
    "   THEN coalesce(provider, rcpt_domain) ELSE rcpt_domain END AS receiver" \
    "  FROM message WHERE " OF " AND kind = 'campaign'"                        \
    "   AND owner IS NULL AND state IN ('sent', 'deferred', 'bounced')"        \
    "   AND updated_at >= :since) m LEFT JOIN"                                 \
    " (SELECT DISTINCT message_id FROM event WHERE kind = 'bounced') b"        \
    "  ON b.message_id = m.message_id"                                         \
    " GROUP BY receiver ORDER BY count(*) DESC, receiver LIMIT 12"

/* Attempts that ended well are told by their messages, not by this table. */
#define DEFERRALS(OF)                                                          \
    "SELECT trim(coalesce(a.code, '') || ' ' || coalesce(a.enhanced, ''))"     \
    "   || ' ' || coalesce(m.provider, m.rcpt_domain), count(*)"               \
    " FROM attempt_past a JOIN message m ON m.message_id = a.message_id"       \
    " WHERE a.outcome = 'deferred' AND a.claimed_at >= :since AND " OF         \
    " GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 10"

#define COMPLAINTS(OF)                                                         \
    "SELECT coalesce(m.provider, m.rcpt_domain), count(*) FROM"                \
    " (SELECT message_id FROM event WHERE kind = 'complained'"                 \
    "   AND at >= :since AND " OF " AND" EVENT_CAME_BACK ") e"                 \
    " JOIN message m ON m.message_id = e.message_id"                           \
    " GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 10"

#define DAYS(OF)                                                               \
    "WITH RECURSIVE d(day) AS (SELECT :since / 86400000 UNION ALL"             \
    "  SELECT day + 1 FROM d WHERE day < :now / 86400000)"                     \
    " SELECT d.day, coalesce(c.mails, 0) FROM d LEFT JOIN"                     \
    "  (SELECT (sent_at + :offset) / 86400000 AS day, count(*) AS mails"       \
    "   FROM message WHERE kind = 'campaign' AND owner IS NULL"                \
    "    AND sent_at >= :since AND " OF                                        \
    "   GROUP BY 1) c ON c.day = d.day ORDER BY d.day"

static const DeskChart charts[] = {
    [DESK_CHART_STEPS] = {"How far people went",
                          "Each person once, at the furthest they came.",
                          "Nothing has been sent yet.",
                          {"interested", "answered", "clicked", "opened",
                           "no reaction"},
                          {2, 1, 6, 5, 0},
                          NULL,
                          false,
                          BOTH(STEPS)},
    [DESK_CHART_HITS] =
        {"Opens and clicks",
         "Scanners and prefetchers are told apart, and count nowhere.",
         "Nobody has opened or clicked, or tracking is off.",
         {"by people", "by machines"},
         {1, 5},
         NULL,
         false,
         BOTH(HITS)},
    [DESK_CHART_LINKS] = {"Clicks per link",
                          NULL,
                          "No link has been clicked.",
                          {"by people", "by machines"},
                          {1, 5},
                          link_label,
                          false,
                          BOTH(LINKS)},
    [DESK_CHART_INTENTS] = {"What they answered",
                            NULL,
                            "Nobody has answered yet.",
                            {"answers"},
                            {1},
                            intent_label,
                            false,
                            BOTH(INTENTS)},
    [DESK_CHART_BOUNCES] =
        {"Bounces by reason",
         "For good: the address is not mailed any more. For now: it is tried "
         "again.",
         "No mail has bounced.",
         {"for good", "for now"},
         {4, 3},
         plain_label,
         false,
         BOTH(BOUNCES)},
    [DESK_CHART_DOMAINS] = {"Delivery by receiver",
                            NULL,
                            "Nothing has been sent yet.",
                            {"delivered", "put off", "bounced"},
                            {1, 3, 4},
                            NULL,
                            false,
                            BOTH(DOMAINS)},
    [DESK_CHART_DEFERRALS] = {"What servers said when they put mail off",
                              NULL,
                              "No server has put a mail off.",
                              {"times"},
                              {3},
                              NULL,
                              false,
                              BOTH(DEFERRALS)},
    [DESK_CHART_COMPLAINTS] =
        {"Complaints by receiver",
         "The spam button. Who presses it is never mailed again.",
         "Nobody has complained.",
         {"complaints"},
         {4},
         NULL,
         false,
         BOTH(COMPLAINTS)},
    [DESK_CHART_DAYS] = {"Mails per day",
                         NULL,
                         "Nothing has been sent in this time.",
                         {"mails"},
                         {1},
                         day_label,
                         true,
                         BOTH(DAYS)},
};

/* Of the workspace's zone, now: good enough to name a day. */
static int64_t
zone_offset(const Visit *visit)
{
    LocalTime local = utc_to_local(visit->workspace->zone, visit->now);
    int64_t minutes = local.minute - visit->now / MINUTE_MS % (24 * 60);

    if (minutes > 14 * 60)
        minutes -= 24 * 60;
    else if (minutes < -12 * 60)
        minutes += 24 * 60;
    return minutes * MINUTE_MS;
}

static bool
read_chart(Visit *visit, const DeskChart *what, const char *campaign,
           int64_t since, Chart *chart, GError **error)
{
    g_autoptr(Statement) st =
        store_prepare(visit->store, what->sql[campaign ? 0 : 1], error);
    int64_t values[CHART_SERIES_MAX];

    if (!st)
        return false;
    statement_bind_text(st, ":campaign", campaign);
    if (strstr(what->sql[0], ":since"))
        statement_bind_int(st, ":since", since);
    if (what->columns) {
        statement_bind_int(st, ":now", visit->now);
        statement_bind_int(st, ":offset", zone_offset(visit));
    }
    while (statement_step(st)) {
        const char *label = statement_text(st, 0);
        g_autofree char *words =
            what->words ? what->words(visit, label ? label : "") : NULL;
        for (int i = 0; what->series[i]; i++)
            values[i] = statement_int(st, i + 1);
        chart_add(chart, words ? words : label ? label : "-", values);
    }
    return statement_end(st, error);
}

bool
desk_chart(Visit *visit, DeskChartKind kind, const char *campaign,
           int64_t since, GError **error)
{
    const DeskChart *what = &charts[kind];
    g_autoptr(Chart) chart = chart_new(what->title, what->series);

    for (int i = 0; what->series[i]; i++)
        chart_tone(chart, i, what->tones[i]);
    if (!read_chart(visit, what, campaign, since, chart, error))
        return false;
    markup(visit->html, "<section class=\"card\"><h2>%s</h2>", what->title);
    if (chart_total(chart) == 0)
        markup(visit->html, "<p class=\"soft\">%s</p>", what->none);
    else if (what->columns)
        chart_columns(chart, visit->html);
    else
        chart_bars(chart, 0, visit->html);
    if (what->note && chart_total(chart) > 0)
        markup(visit->html, "<p class=\"note\">%s</p>", what->note);
    markup(visit->html, "</section>");
    return true;
}

/* The calendar ----------------------------------------------------------- */

static bool
read_days(Visit *visit, const char *campaign, GHashTable *mails, int64_t *first,
          int64_t *last, GError **error)
{
    g_autoptr(Statement) st = store_prepare(
        visit->store,
        "SELECT (at + :offset) / 86400000 AS day, count(*) FROM"
        " (SELECT coalesce(sent_at, not_before) AS at FROM message"
        "   WHERE campaign = :campaign AND owner IS NULL AND state IN"
        "    ('sent', 'in_doubt', 'bounced', 'scheduled', 'deferred')"
        "  UNION ALL SELECT not_before FROM message"
        "   WHERE campaign = :campaign AND owner IS NOT NULL"
        "  UNION ALL SELECT due_at FROM enrolment WHERE campaign = :campaign"
        "   AND state = 'active' AND control = 0 AND due_at > :now)"
        " GROUP BY day ORDER BY day",
        error);

    if (!st)
        return false;
    statement_bind_text(st, ":campaign", campaign);
    statement_bind_int(st, ":offset", zone_offset(visit));
    statement_bind_int(st, ":now", visit->now);
    while (statement_step(st)) {
        int64_t day = statement_int(st, 0);
        if (*first == 0)
            *first = day;
        *last = day;
        g_hash_table_insert(mails, GINT_TO_POINTER((gint)day),
                            GINT_TO_POINTER((gint)statement_int(st, 1)));
    }
    return statement_end(st, error);
}

bool
desk_calendar(Visit *visit, const char *campaign, GError **error)
{
    static const char *const series[] = {"mails", NULL};
    g_autoptr(GHashTable) mails = g_hash_table_new(NULL, NULL);
    g_autoptr(Chart) chart =
        chart_new("Mails per day, sent and planned", series);
    int64_t first = 0, last = 0;

    if (!read_days(visit, campaign, mails, &first, &last, error))
        return false;
    first -= (first + 3) % 7; /* day 0 was a Thursday */
    last = MIN(last, first + CALENDAR_WEEKS_MAX * 7 - 1);
    for (int64_t day = first; first && day <= last; day++) {
        g_autofree char *number = g_strdup_printf("%" G_GINT64_FORMAT, day);
        g_autofree char *label = day_label(visit, number);
        int64_t n = GPOINTER_TO_INT(
            g_hash_table_lookup(mails, GINT_TO_POINTER((gint)day)));
        chart_add(chart, label, &n);
    }
    markup(visit->html, "<section class=\"card\"><h2>Mails per day, sent and "
                        "planned</h2>");
    if (chart_total(chart) == 0)
        markup(visit->html, "<p class=\"soft\">Nothing is planned.</p>");
    else
        chart_calendar(chart, visit->html);
    markup(visit->html, "</section>");
    return true;
}
