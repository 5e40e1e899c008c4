/* SPDX-License-Identifier: Apache-2.0 */
/* desk_delivery.c - how the world receives our mail, and campaigns compared */
#include "desk-private.h"

#include "desk-charts.h"
#include "nurture/analytics.h"
#include "nurture/clock.h"
#include "nurture/event.h"

static const int windows[] = {7, 30, 90}; /* days */
enum { WINDOW_DEFAULT = 30 };

static int
window_days(const Visit *visit)
{
    int64_t wanted = desk_number(http_query(visit->request, "days"));

    for (gsize i = 0; i < G_N_ELEMENTS(windows); i++)
        if (windows[i] == wanted)
            return windows[i];
    return WINDOW_DEFAULT;
}

static void
append_windows(Visit *visit, int days)
{
    markup(visit->html, "<nav class=\"tabs\" aria-label=\"Time\">");
    for (gsize i = 0; i < G_N_ELEMENTS(windows); i++) {
        markup(visit->html, "<a href=\"/delivery?days=%i\"",
               (int64_t)windows[i]);
        g_string_append(visit->html,
                        windows[i] == days ? " aria-current=\"page\">" : ">");
        markup(visit->html, "%i days</a>", (int64_t)windows[i]);
    }
    markup(visit->html, "</nav>");
}

/* Delivery --------------------------------------------------------------- */

static bool
append_alerts(Visit *visit, int64_t since, GError **error)
{
    int64_t rows = 0;
    g_autoptr(Statement) st = store_prepare(
        visit->store,
        "SELECT replace(kind, '_', ' '), object, last_at, count, detail"
        " FROM alert WHERE last_at >= :since"
        " ORDER BY last_at DESC, alert_id DESC LIMIT 20",
        error);

    if (!st)
        return false;
    statement_bind_int(st, ":since", since);
    markup(visit->html, "<section class=\"card\"><h2>To look at</h2>");
    for (; statement_step(st); rows++) {
        if (rows == 0)
            markup(visit->html, "<ul class=\"plain\">");
        markup(visit->html,
               "<li><strong class=\"cap\">%s</strong> <span>%s: %s",
               statement_text(st, 0), statement_text(st, 1),
               statement_text(st, 4) ? statement_text(st, 4) : "");
        if (statement_int(st, 3) > 1)
            markup(visit->html, " (%d times)", statement_int(st, 3));
        markup(visit->html, " <span class=\"aside\">");
        desk_day(visit, statement_int(st, 2));
        markup(visit->html, "</span></span></li>");
    }
    markup(visit->html, rows ? "</ul></section>"
                             : "<p class=\"soft\">Nothing in this time."
                               "</p></section>");
    return statement_end(st, error);
}

/* Domains, campaigns, and what delivery itself slows down or leaves alone. */
static bool
append_pauses(Visit *visit, GError **error)
{
    int64_t rows = 0;
    g_autoptr(Statement) st = store_prepare(
        visit->store,
        "SELECT domain, 'gets nothing until', until_at, replace(reason, '_',"
        "  ' ') FROM domain_pause WHERE until_at > :now UNION ALL"
        " SELECT replace(name, ':', ' '), 'gets nothing until', closed_until,"
        "  replace(reason, '_', ' ') FROM brake WHERE closed_until > :now"
        "  AND coalesce(reason, '') <> 'rate' UNION ALL"
        " SELECT replace(name, ':', ' '), 'gets less until', slow_until,"
        "  replace(reason, '_', ' ') FROM brake WHERE slow_until > :now"
        "  AND closed_until <= :now UNION ALL"
        " SELECT name, 'paused since', coalesce(paused_at, updated_at),"
        "  replace(pause_reason, '_', ' ') FROM campaign"
        "  WHERE state = 'paused' ORDER BY 1 LIMIT 50",
        error);

    if (!st)
        return false;
    statement_bind_int(st, ":now", visit->now);
    markup(visit->html, "<section class=\"card\"><h2>Paused</h2>");
    for (; statement_step(st); rows++) {
        if (rows == 0)
            markup(visit->html, "<ul class=\"plain\">");
        markup(visit->html, "<li><strong class=\"cap\">%s</strong> <span>%s ",
               statement_text(st, 0), statement_text(st, 1));
        desk_time(visit, statement_int(st, 2));
        if (statement_text(st, 3))
            markup(visit->html, ": %s", statement_text(st, 3));
        markup(visit->html, "</span></li>");
    }
    markup(visit->html, rows ? "</ul></section>"
                             : "<p class=\"soft\">No domain, provider or "
                               "campaign is paused.</p></section>");
    return statement_end(st, error);
}

/* Gmail and Yahoo want complaints below 0.1 %, and act at 0.3 %. */
static const char *
verdict(double share, double warn, double bad)
{
    return share >= bad ? " bad" : share >= warn ? " warn" : "";
}

static void
rate(Visit *visit, const char *name, int64_t count, int64_t sent, double warn,
     double bad)
{
    double share = sent > 0 ? (double)count / (double)sent : 0;
    g_autofree char *text = g_strdup_printf("%.2f", 100 * share);

    markup(visit->html,
           "<div><dt>%s</dt><dd>%d <small><span class=\"tag%s\">%s %%</span>"
           "</small></dd></div>",
           name, count, verdict(share, warn, bad), text);
}

static bool
append_rates(Visit *visit, int64_t since, GError **error)
{
    int64_t sent = 0, bounced = 0, complained = 0, deferred = 0, doubt = 0;
    g_autoptr(Statement) st = store_prepare(
        visit->store,
        "SELECT (SELECT count(*) FROM message WHERE kind = 'campaign'"
        "   AND sent_at >= :since),"
        "  (SELECT count(DISTINCT message_id) FROM event"
        "   WHERE kind = 'bounced' AND at >= :since),"
        "  (SELECT count(DISTINCT message_id) FROM event"
        "   WHERE kind = 'complained' AND at >= :since),"
        "  (SELECT count(*) FROM message_state WHERE state = 'deferred'),"
        "  (SELECT count(*) FROM message WHERE state = 'in_doubt')",
        error);

    if (!st)
        return false;
    statement_bind_int(st, ":since", since);
    if (statement_step(st)) {
        sent = statement_int(st, 0);
        bounced = statement_int(st, 1);
        complained = statement_int(st, 2);
        deferred = statement_int(st, 3);
        doubt = statement_int(st, 4);
    }
    markup(visit->html,
           "<dl class=\"figures\"><div><dt>Sent</dt>"
           "<dd>%d</dd></div>",
           sent);
    rate(visit, "Bounced", bounced, sent, 0.03, 0.05);
    rate(visit, "Complaints", complained, sent, 0.001, 0.003);
    markup(visit->html,
           "<div><dt>Put off now</dt><dd>%d</dd></div>"
           "<div><dt>In doubt now</dt><dd>%d</dd></div></dl>",
           deferred, doubt);
    return statement_end(st, error);
}

static bool
append_delivery(Visit *visit, const char *what, int64_t days, GError **error)
{
    static const DeskChartKind kinds[] = {
        DESK_CHART_DAYS,      DESK_CHART_DOMAINS,    DESK_CHART_BOUNCES,
        DESK_CHART_DEFERRALS, DESK_CHART_COMPLAINTS,
    };
    int64_t since = visit->now - days * DAY_MS;

    (void)what;
    if (!append_rates(visit, since, error))
        return false;
    markup(visit->html, "<div class=\"grid\">");
    for (gsize i = 0; i < G_N_ELEMENTS(kinds); i++)
        if (!desk_chart(visit, kinds[i], NULL, since, error))
            return false;
    markup(visit->html, "</div>");
    return true;
}

bool
desk_delivery_page(Visit *visit, GError **error)
{
    int days = window_days(visit);
    g_autofree char *key = g_strdup_printf("delivery %d", days);

    desk_page_begin(visit, "delivery", "Delivery");
    markup(visit->html, "<h1>Delivery</h1><div class=\"grid\">");
    if (!append_alerts(visit, visit->now - days * DAY_MS, error) ||
        !append_pauses(visit, error))
        return false;
    markup(visit->html, "</div>");
    append_windows(visit, days);
    if (!desk_kept(visit, key, NULL, days, append_delivery, error))
        return false;
    desk_page_end(visit, 200);
    return true;
}

/* Reports ---------------------------------------------------------------- */

/* Campaigns side by side, and the reports of analytics.h. */
static void
append_reports_tabs(Visit *visit, const char *here)
{
    markup(visit->html, "<nav class=\"tabs\" aria-label=\"Reports\">"
                        "<a href=\"/reports\"");
    g_string_append(visit->html, here ? ">" : " aria-current=\"page\">");
    markup(visit->html, "Campaigns</a>");
    for (const char *const *n = analytics_names(); *n; n++) {
        g_autofree char *title = g_strdup(*n);
        title[0] = g_ascii_toupper(title[0]);
        markup(visit->html, "<a href=\"/reports/%u\"", *n);
        g_string_append(visit->html, g_strcmp0(here, *n) == 0
                                         ? " aria-current=\"page\">"
                                         : ">");
        markup(visit->html, "%s</a>", title);
    }
    markup(visit->html, "</nav>");
}

static Statement *
prepare_campaigns(Visit *visit, GError **error)
{
    return store_prepare(
        visit->store,
        "SELECT g.campaign, g.name, g.state, g.launched_at,"
        "  (SELECT count(*) FROM enrolment e WHERE e.campaign = g.campaign"
        "    AND e.control = 0),"
        "  (SELECT count(*) FROM message m WHERE m.campaign = g.campaign"
        "    AND m.owner IS NULL AND m.state = 'sent'),"
        "  (SELECT count(DISTINCT e.candidate_id) FROM event e"
        "    WHERE e.campaign = g.campaign AND" EVENT_CAME_BACK
        "     AND e.kind = 'clicked'"
        "     AND e.machine = 0),"
        "  (SELECT count(DISTINCT e.candidate_id) FROM event e"
        "    WHERE e.campaign = g.campaign AND" EVENT_CAME_BACK
        "     AND e.kind = 'clicked'),"
        "  (SELECT count(DISTINCT e.candidate_id) FROM event e"
        "    WHERE e.campaign = g.campaign AND" EVENT_CAME_BACK
        "     AND e.kind = 'replied'),"
        "  (SELECT count(DISTINCT e.candidate_id) FROM event e"
        "    WHERE e.campaign = g.campaign AND" EVENT_CAME_BACK
        "     AND (e.kind = 'interested'"
        "     OR (e.kind = 'replied' AND e.positive = 1))),"
        "  (SELECT count(DISTINCT e.candidate_id) FROM event e"
        "    WHERE e.campaign = g.campaign AND" EVENT_CAME_BACK
        "     AND e.kind = 'opted_out'),"
        "  (SELECT count(DISTINCT e.candidate_id) FROM event e"
        "    WHERE e.campaign = g.campaign AND" EVENT_CAME_BACK
        "     AND e.kind = 'bounced')"
        " FROM campaign g ORDER BY g.launched_at DESC, g.campaign",
        error);
}

static const char *const columns[] = {"People",        "Mails",    "Clicked",
                                      "With machines", "Answered", "Interested",
                                      "Left",          "Bounced"};

/* Counts of people, with their share of the enrolled below. */
static void
append_row(Visit *visit, Statement *st)
{
    int64_t people = statement_int(st, 4);

    markup(visit->html,
           "<tr><th scope=\"row\"><a href=\"/campaigns/%u\">%s</a></th>"
           "<td data-label=\"Since\">",
           statement_text(st, 0), statement_text(st, 1));
    desk_day(visit, statement_int(st, 3));
    markup(visit->html, "</td>");
    for (gsize i = 0; i < G_N_ELEMENTS(columns); i++) {
        int64_t value = statement_int(st, (int)i + 4);
        markup(visit->html, "<td class=\"num%s\" data-label=\"%s\"><span>%d",
               value ? "" : " zero", columns[i], value);
        if (i > 1 && people > 0 && value > 0) {
            g_autofree char *share =
                g_strdup_printf("%.1f", 100 * (double)value / (double)people);
            markup(visit->html, " <small class=\"soft\">%s %%</small>", share);
        }
        markup(visit->html, "</span></td>");
    }
    markup(visit->html, "</tr>");
}

static void
append_table_head(Visit *visit)
{
    markup(visit->html, "<section class=\"card\"><table class=\"stack\">"
                        "<caption>Campaigns side by side, in people</caption>"
                        "<thead><tr><th>Campaign</th><th>Since</th>");
    for (gsize i = 0; i < G_N_ELEMENTS(columns); i++)
        markup(visit->html, "<th class=\"num\">%s</th>", columns[i]);
    markup(visit->html, "</tr></thead><tbody>");
}

static bool
append_reports(Visit *visit, const char *what, int64_t days, GError **error)
{
    g_autoptr(Statement) st = prepare_campaigns(visit, error);
    int64_t rows = 0;

    (void)what;
    (void)days;
    if (!st)
        return false;
    for (; statement_step(st); rows++) {
        if (rows == 0)
            append_table_head(visit);
        append_row(visit, st);
    }
    if (!statement_end(st, error))
        return false;
    markup(visit->html, rows ? "</tbody></table></section><div class=\"grid\">"
                             : "<p class=\"empty\">Nothing has been launched "
                               "yet.</p><div class=\"grid\">");
    if (!desk_chart(visit, DESK_CHART_STEPS, NULL, 0, error) ||
        !desk_chart(visit, DESK_CHART_INTENTS, NULL, 0, error))
        return false;
    markup(visit->html, "</div>");
    return true;
}

bool
desk_reports_page(Visit *visit, GError **error)
{
    desk_page_begin(visit, "reports", "Reports");
    markup(visit->html, "<div class=\"title\"><h1>Reports</h1>"
                        "<span class=\"aside\"><a class=\"button\" "
                        "href=\"/reports/campaigns.csv\">As CSV</a></span>"
                        "</div>");
    append_reports_tabs(visit, NULL);
    if (!desk_kept(visit, "reports", NULL, 0, append_reports, error))
        return false;
    desk_page_end(visit, 200);
    return true;
}

static bool
append_analytics(Visit *visit, const char *name, int64_t days, GError **error)
{
    g_autoptr(Sheets) sheets = analytics_make(
        visit->store, visit->workspace, name, (Period){0, visit->now}, error);

    (void)days;
    if (!sheets)
        return false;
    markup(visit->html, "<h2>%s</h2><div class=\"sheets\">", sheets->title);
    sheets_body(sheets, visit->html);
    markup(visit->html, "</div>");
    return true;
}

bool
desk_report_page(Visit *visit, GError **error)
{
    const char *name = visit->part[1];
    g_autofree char *key = g_strdup_printf("report %s", name);

    if (!g_strv_contains(analytics_names(), name))
        return desk_not_found(visit);
    desk_page_begin(visit, "reports", "Reports");
    markup(visit->html, "<h1>Reports</h1>");
    append_reports_tabs(visit, name);
    if (!desk_kept(visit, key, name, 0, append_analytics, error))
        return false;
    desk_page_end(visit, 200);
    return true;
}

/* Names of campaigns are [a-z0-9-]: no cell is a formula. */
bool
desk_reports_csv(Visit *visit, GError **error)
{
    g_autoptr(Statement) st = prepare_campaigns(visit, error);
    g_autoptr(GString) csv = g_string_new(
        "campaign,state,launched,people,mails,clicked,clicked_with_machines,"
        "answered,interested,left,bounced\r\n");

    if (!st)
        return false;
    while (statement_step(st)) {
        g_autofree char *day = date_format(
            statement_int(st, 3), visit->workspace->zone, "YYYY-MM-DD", "en");
        g_string_append_printf(csv, "%s,%s,%s", statement_text(st, 0),
                               statement_text(st, 2), day);
        for (int i = 4; i <= 11; i++)
            g_string_append_printf(csv, ",%" G_GINT64_FORMAT,
                                   statement_int(st, i));
        g_string_append(csv, "\r\n");
    }
    if (!statement_end(st, error))
        return false;
    visit->response->type = "text/csv; charset=utf-8";
    visit->response->body = g_bytes_new(csv->str, csv->len);
    http_response_header(visit->response, "Content-Disposition",
                         "attachment; filename=\"campaigns.csv\"");
    http_response_header(visit->response, "X-Content-Type-Options", "nosniff");
    http_response_header(visit->response, "Cache-Control", "no-store");
    return true;
}
