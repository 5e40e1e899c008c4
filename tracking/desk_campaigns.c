/* SPDX-License-Identifier: Apache-2.0 */
/* desk_campaigns.c - what runs, what came of it, and stopping it */
#include "desk-private.h"

#include "desk-charts.h"
#include "nurture/alert.h"
#include "nurture/clock.h"
#include "nurture/error.h"
#include "nurture/event.h"
#include "nurture/report.h"
#include "nurture/text.h"

#include <string.h>

/* The list --------------------------------------------------------------- */

static void
cell(Visit *visit, const char *label, int64_t value)
{
    markup(visit->html, "<td class=\"num%s\" data-label=\"%s\">%d</td>",
           value ? "" : " zero", label, value);
}

static bool
append_campaigns(Visit *visit, GError **error)
{
    int64_t rows = 0;
    g_autoptr(Statement) st = store_prepare(
        visit->store,
        "SELECT g.campaign, g.name, g.state,"
        "  (SELECT count(*) FROM enrolment e WHERE e.campaign = g.campaign"
        "    AND e.control = 0 AND e.state IN ('active', 'waiting')),"
        "  (SELECT count(*) FROM message m WHERE m.campaign = g.campaign"
        "    AND m.owner IS NULL AND m.state IN ('scheduled','deferred'))"
        "   + (SELECT count(*) FROM message m WHERE +m.campaign = g.campaign"
        "    AND m.owner IS NOT NULL),"
        "  (SELECT count(*) FROM message m WHERE m.campaign = g.campaign"
        "    AND m.owner IS NULL AND m.state = 'sent'),"
        "  (SELECT count(*) FROM event e WHERE e.campaign = g.campaign"
        "    AND" EVENT_CAME_BACK " AND e.kind = 'replied'),"
        "  (SELECT count(*) FROM event e WHERE e.campaign = g.campaign"
        "    AND" EVENT_CAME_BACK
        " AND (e.kind = 'interested' OR (e.kind = 'replied'"
        "     AND e.positive = 1))),"
        "  (SELECT count(*) FROM event e WHERE e.campaign = g.campaign"
        "    AND" EVENT_CAME_BACK " AND e.kind = 'opted_out')"
        " FROM campaign g ORDER BY CASE g.state WHEN 'running' THEN 0"
        "  WHEN 'paused' THEN 1 ELSE 2 END, g.launched_at DESC, g.campaign",
        error);

    if (!st)
        return false;
    for (; statement_step(st); rows++) {
        if (rows == 0)
            markup(visit->html,
                   "<div class=\"card\"><table class=\"stack\"><thead><tr>"
                   "<th>Campaign</th><th>State</th>"
                   "<th class=\"num\">On the way</th>"
                   "<th class=\"num\">Queued</th><th class=\"num\">Sent</th>"
                   "<th class=\"num\">Answers</th>"
                   "<th class=\"num\">Interested</th>"
                   "<th class=\"num\">Left</th></tr></thead><tbody>");
        markup(visit->html,
               "<tr><th scope=\"row\"><a href=\"/campaigns/%u\">%s</a></th>"
               "<td data-label=\"State\"><span class=\"tag %s\">%s</span>"
               "</td>",
               statement_text(st, 0), statement_text(st, 1),
               statement_text(st, 2), statement_text(st, 2));
        cell(visit, "On the way", statement_int(st, 3));
        cell(visit, "Queued", statement_int(st, 4));
        cell(visit, "Sent", statement_int(st, 5));
        cell(visit, "Answers", statement_int(st, 6));
        cell(visit, "Interested", statement_int(st, 7));
        cell(visit, "Left", statement_int(st, 8));
        markup(visit->html, "</tr>");
    }
    markup(visit->html, rows ? "</tbody></table></div>"
                             : "<p class=\"empty\">No campaign has been "
                               "launched. Campaigns are files: nurture plan "
                               "CAMPAIGN shows who would get what, and nurture "
                               "launch starts it.</p>");
    return statement_end(st, error);
}

bool
desk_campaigns_page(Visit *visit, GError **error)
{
    desk_page_begin(visit, "campaigns", "Campaigns");
    markup(visit->html, "<div class=\"title\"><h1>Campaigns</h1>"
                        "<span class=\"aside\"><a class=\"button danger\" "
                        "href=\"/panic\">Pause everything</a></span></div>");
    if (!append_campaigns(visit, error))
        return false;
    desk_page_end(visit, 200);
    return true;
}

/* One campaign ----------------------------------------------------------- */

typedef struct {
    char *campaign, *name, *state, *pause_reason;
    int64_t launched_at, due, sent, next_at;
} Running;

static void
running_clear(Running *r)
{
    g_free(r->campaign);
    g_free(r->name);
    g_free(r->state);
    g_free(r->pause_reason);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Running, running_clear)

/* "+m.campaign": the queue is short, and has indexes of its own; that of the
 * campaign would look at everything it ever sent. */
static bool
running_load(Visit *visit, Running *r, GError **error)
{
    g_autoptr(Statement) st = store_prepare(
        visit->store,
        "SELECT campaign, name, state, launched_at,"
        "  (SELECT count(*) FROM message m WHERE +m.campaign = g.campaign"
        "    AND m.owner IS NOT NULL AND m.state IN ('claimed', 'committing'))"
        "   + (SELECT count(*) FROM message m WHERE +m.campaign = g.campaign"
        "    AND m.not_before <= :now AND m.state IN ('scheduled','deferred')),"
        "  (SELECT count(*) FROM message m WHERE m.campaign = g.campaign"
        "    AND m.owner IS NULL AND m.state = 'sent'),"
        "  coalesce((SELECT min(m.not_before) FROM message m"
        "    WHERE +m.campaign = g.campaign AND m.not_before > :now"
        "     AND m.state IN ('scheduled','deferred')),"
        "   (SELECT min(e.due_at) FROM enrolment e"
        "    WHERE e.campaign = g.campaign AND e.state = 'active'"
        "     AND e.control = 0 AND e.due_at > :now), 0),"
        "  replace(pause_reason, '_', ' ')"
        " FROM campaign g WHERE campaign = :campaign",
        error);

    if (!st)
        return false;
    statement_bind_text(st, ":campaign", visit->part[1]);
    statement_bind_int(st, ":now", visit->now);
    if (statement_step(st)) {
        r->campaign = g_strdup(statement_text(st, 0));
        r->name = g_strdup(statement_text(st, 1));
        r->state = g_strdup(statement_text(st, 2));
        r->launched_at = statement_int(st, 3);
        r->due = statement_int(st, 4);
        r->sent = statement_int(st, 5);
        r->next_at = statement_int(st, 6);
        r->pause_reason = g_strdup(statement_text(st, 7));
    }
    if (!statement_end(st, error))
        return false;
    if (r->campaign)
        return true;
    g_set_error(error, NURTURE_ERROR, ERROR_NOT_FOUND, "no such campaign");
    return false;
}

static bool
is_sending(const Running *r)
{
    return r->due > 0 && strcmp(r->state, "running") == 0;
}

/* What the page's script fetches again; see desk.js. */
static void
append_progress(Visit *visit, const Running *r)
{
    markup(visit->html, "<div data-part=\"%s\">",
           is_sending(r) ? "sending" : "still");
    if (is_sending(r))
        markup(visit->html,
               "<p><span class=\"tag sending\">sending</span> %d sent, %d due "
               "now</p><progress max=\"%i\" value=\"%i\" "
               "aria-label=\"Sent of what is due\"></progress>",
               r->sent, r->due, r->sent + r->due, r->sent);
    else if (r->due > 0)
        markup(visit->html,
               "<p>%d mails are due and wait: the campaign is %s.</p>", r->due,
               r->state);
    else if (r->next_at) {
        markup(visit->html, "<p>Nothing is due now. Next: ");
        desk_time(visit, r->next_at);
        markup(visit->html, "</p>");
    } else {
        markup(visit->html, "<p>Nothing is due, and nothing is planned.</p>");
    }
    markup(visit->html, "</div>");
}

bool
desk_campaign_progress(Visit *visit, GError **error)
{
    g_auto(Running) r = {NULL};

    if (!running_load(visit, &r, error))
        return false;
    visit->html = g_string_new("<!doctype html><title>Progress</title>");
    append_progress(visit, &r);
    http_response_page(visit->response, 200, visit->html->str);
    g_string_free(g_steal_pointer(&visit->html), TRUE);
    return true;
}

static void
append_live(Visit *visit, const Running *r)
{
    if (!is_sending(r)) {
        append_progress(visit, r);
        return;
    }
    markup(visit->html,
           "<div aria-live=\"polite\" "
           "data-live=\"/campaigns/%u/progress\">",
           r->campaign);
    append_progress(visit, r);
    markup(visit->html, "</div>");
}

/* Deeds ------------------------------------------------------------------ */

static const struct {
    const char *name, *state, *from, *question, *words, *button;
    DeskRole role;
} deeds[] = {
    {"pause", "paused", "running", "Pause this campaign?",
     "Nothing more of it leaves: it is asked again before every single mail. "
     "It can go on where it was.",
     "Pause", DESK_LEAD},
    {"resume", "running", "paused", "Let this campaign go on?",
     "It goes on where it was paused. What has become too old meanwhile is "
     "not sent.",
     "Go on", DESK_MARKETING},
};

static void
append_deed_links(Visit *visit, const Running *r)
{
    markup(visit->html, "<span class=\"aside\">");
    for (gsize i = 0; i < G_N_ELEMENTS(deeds); i++)
        if (strcmp(r->state, deeds[i].from) == 0 &&
            (visit->role & deeds[i].role))
            markup(visit->html,
                   "<a class=\"button\" href=\"/campaigns/%u/%s\">%s</a>",
                   r->campaign, deeds[i].name, deeds[i].button);
    markup(visit->html, "</span>");
}

/* NULL: the path names none that this visitor may do. */
static gssize
deed_index(const Visit *visit)
{
    for (gsize i = 0; i < G_N_ELEMENTS(deeds); i++)
        if (strcmp(visit->part[2], deeds[i].name) == 0 &&
            (visit->role & deeds[i].role))
            return (gssize)i;
    return -1;
}

bool
desk_campaign_ask(Visit *visit, GError **error)
{
    g_auto(Running) r = {NULL};
    gssize i = deed_index(visit);
    g_autofree char *path = NULL;

    if (i < 0)
        return desk_not_found(visit);
    if (!running_load(visit, &r, error))
        return false;
    path = g_strdup_printf("/campaigns/%s/%s", r.campaign, deeds[i].name);
    desk_page_begin(visit, "campaigns", deeds[i].question);
    markup(visit->html,
           "<p class=\"up\"><a href=\"/campaigns/%u\">%s</a></p>"
           "<div class=\"door\"><h1>%s</h1><p><strong>%s</strong></p><p>%s</p>",
           r.campaign, r.name, deeds[i].question, r.name, deeds[i].words);
    desk_form_begin(visit, path, "inline");
    markup(visit->html,
           "<button class=\"main\">%s</button></form>"
           "<a class=\"button\" href=\"/campaigns/%u\">No</a></div>",
           deeds[i].button, r.campaign);
    desk_page_end(visit, 200);
    return true;
}

static bool
audit_deed(Visit *visit, const char *action, const char *object, GError **error)
{
    g_auto(Transaction) tx = store_begin(visit->store, error);

    return tx.store &&
           audit_add(visit->store, visit->who->id, action, object, "web",
                     visit->now, error) &&
           transaction_commit(&tx, error);
}

bool
desk_campaign_act(Visit *visit, GError **error)
{
    g_auto(Running) r = {NULL};
    gssize i = deed_index(visit);
    g_autofree char *path = NULL, *action = NULL;
    int64_t changed;

    if (i < 0)
        return desk_not_found(visit);
    if (!running_load(visit, &r, error) ||
        !visit->desk->actions.set_state(visit->store, r.campaign,
                                        deeds[i].state, visit->now, &changed,
                                        error))
        return false;
    action = g_strdup_printf("%s campaign", deeds[i].name);
    if (changed > 0 && !audit_deed(visit, action, r.campaign, error))
        return false;
    path = g_strdup_printf("/campaigns/%s", r.campaign);
    desk_redirect(visit, path);
    return true;
}

bool
desk_panic_page(Visit *visit, GError **error)
{
    (void)error;
    desk_page_begin(visit, "campaigns", "Pause everything?");
    markup(visit->html,
           "<p class=\"up\"><a href=\"/campaigns\">Campaigns</a></p>"
           "<div class=\"door\"><h1>Pause every campaign?</h1>"
           "<p>Nothing leaves after this but a mail whose last byte is on its "
           "way. Each campaign can be let go on by itself afterwards.</p>");
    desk_form_begin(visit, "/panic", "inline");
    markup(visit->html, "<button class=\"danger\">Pause everything now"
                        "</button></form><a class=\"button\" "
                        "href=\"/campaigns\">No</a></div>");
    desk_page_end(visit, 200);
    return true;
}

bool
desk_panic_act(Visit *visit, GError **error)
{
    int64_t changed;

    if (!visit->desk->actions.set_state(visit->store, NULL, "paused",
                                        visit->now, &changed, error) ||
        !audit_deed(visit, "pause every campaign", "all", error))
        return false;
    desk_redirect(visit, "/campaigns");
    return true;
}

/* The report ------------------------------------------------------------- */

static void
figure(Visit *visit, const char *name, int64_t value, int64_t whole)
{
    markup(visit->html, "<div><dt>%s</dt><dd>%d", name, value);
    if (whole > 0) {
        g_autofree char *share =
            g_strdup_printf("%.1f", 100 * (double)value / (double)whole);
        markup(visit->html, " <small>%s %%</small>", share);
    }
    markup(visit->html, "</dd></div>");
}

static void
append_figures(Visit *visit, const CampaignReport *report)
{
    ReportRow all = {0};

    for (guint i = 0; i < report->rows->len; i++) {
        const ReportRow *row = report->rows->pdata[i];
        all.sent += row->sent;
        all.bounced += row->bounced;
        all.replied += row->replied;
        all.interested += row->interested;
        all.opted_out += row->opted_out;
        all.in_doubt += row->in_doubt;
    }
    markup(visit->html, "<dl class=\"figures\">");
    figure(visit, "People enrolled", report->enrolled, 0);
    figure(visit, "On the way", report->active, 0);
    figure(visit, "Mails sent", all.sent, 0);
    figure(visit, "Answers", all.replied, report->enrolled);
    figure(visit, "Interested", all.interested, report->enrolled);
    figure(visit, "Left", all.opted_out, report->enrolled);
    figure(visit, "Bounced", all.bounced, all.sent + all.bounced);
    if (all.in_doubt)
        figure(visit, "In doubt", all.in_doubt, 0);
    markup(visit->html, "</dl>");
}

static void
append_table(Visit *visit, const CampaignReport *report)
{
    markup(visit->html,
           "<section class=\"card all\"><table class=\"stack\">"
           "<caption>Per step and segment</caption>"
           "<thead><tr><th>Step</th><th>Segment</th>"
           "<th class=\"num\">Queued</th><th class=\"num\">Sent</th>"
           "<th class=\"num\">Bounced</th><th class=\"num\">Opened</th>"
           "<th class=\"num\">Clicked</th><th class=\"num\">Machines</th>"
           "<th class=\"num\">Answered</th><th class=\"num\">Interested</th>"
           "<th class=\"num\">Left</th></tr></thead><tbody>");
    for (guint i = 0; i < report->rows->len; i++) {
        const ReportRow *row = report->rows->pdata[i];
        markup(visit->html,
               "<tr><th scope=\"row\">%s</th><td data-label=\"Segment\">%s"
               "</td>",
               row->step, *row->segment ? row->segment : "-");
        cell(visit, "Queued", row->queued);
        cell(visit, "Sent", row->sent);
        cell(visit, "Bounced", row->bounced);
        cell(visit, "Opened", row->opened);
        cell(visit, "Clicked", row->clicked);
        cell(visit, "Machines", row->machine_clicks);
        cell(visit, "Answered", row->replied);
        cell(visit, "Interested", row->interested);
        cell(visit, "Left", row->opted_out);
        markup(visit->html, "</tr>");
    }
    markup(visit->html, "</tbody></table></section>");
}

static bool
append_numbers(Visit *visit, const char *campaign, int64_t days, GError **error)
{
    static const DeskChartKind kinds[] = {
        DESK_CHART_HITS,    DESK_CHART_INTENTS, DESK_CHART_LINKS,
        DESK_CHART_BOUNCES, DESK_CHART_DOMAINS,
    };
    g_autoptr(CampaignReport) report =
        report_campaign(visit->store, campaign, error);

    (void)days;
    if (!report)
        return false;
    append_figures(visit, report);
    markup(visit->html, "<div class=\"grid\">");
    if (!desk_chart(visit, DESK_CHART_STEPS, campaign, 0, error) ||
        !desk_calendar(visit, campaign, error))
        return false;
    for (gsize i = 0; i < G_N_ELEMENTS(kinds); i++)
        if (!desk_chart(visit, kinds[i], campaign, 0, error))
            return false;
    append_table(visit, report);
    markup(visit->html, "</div>");
    return true;
}

bool
desk_campaign_page(Visit *visit, GError **error)
{
    g_auto(Running) r = {NULL};
    g_autofree char *key = NULL;

    if (!running_load(visit, &r, error))
        return false;
    key = g_strdup_printf("campaign %s", r.campaign);
    visit->reload_s = is_sending(&r) ? 10 : 0;
    desk_page_begin(visit, "campaigns", r.name);
    markup(visit->html,
           "<p class=\"up\"><a href=\"/campaigns\">Campaigns</a></p>"
           "<div class=\"title\"><h1>%s</h1><span class=\"tag %s\">%s</span>",
           r.name, r.state, r.state);
    append_deed_links(visit, &r);
    markup(visit->html, "</div>");
    if (r.pause_reason)
        markup(visit->html, "<p class=\"trouble\">It paused itself: %s</p>",
               r.pause_reason);
    append_live(visit, &r);
    if (!desk_kept(visit, key, r.campaign, 0, append_numbers, error))
        return false;
    desk_page_end(visit, 200);
    return true;
}
