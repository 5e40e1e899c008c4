/* SPDX-License-Identifier: Apache-2.0 */
/* report.c - the funnel of a campaign */
#include "nurture/report.h"

#include "nurture/error.h"
#include "nurture/event.h"

static void
row_free(gpointer p)
{
    ReportRow *r = p;

    g_free(r->step);
    g_free(r->segment);
    g_free(r);
}

void
report_campaign_free(CampaignReport *report)
{
    if (!report)
        return;
    g_free(report->campaign);
    g_free(report->state);
    g_ptr_array_unref(report->rows);
    g_free(report);
}

static bool
read_enrolments(Store *store, CampaignReport *report, GError **error)
{
    g_autoptr(Statement) st = store_prepare(
        store,
        "SELECT g.state, count(e.candidate_id), coalesce(sum(e.control), 0),"
        "  coalesce(sum(e.control = 0 AND e.state IN ('active','waiting')), 0),"
        "  coalesce(sum(e.state = 'done'), 0),"
        "  coalesce(sum(e.state = 'exited'), 0)"
        " FROM campaign g LEFT JOIN enrolment e ON e.campaign = g.campaign"
        " WHERE g.campaign = :campaign GROUP BY g.campaign",
        error);

    if (!st)
        return false;
    statement_bind_text(st, ":campaign", report->campaign);
    if (statement_step(st)) {
        report->state = g_strdup(statement_text(st, 0));
        report->enrolled = statement_int(st, 1);
        report->control = statement_int(st, 2);
        report->active = statement_int(st, 3);
        report->done = statement_int(st, 4);
        report->exited = statement_int(st, 5);
    }
    if (!statement_end(st, error))
        return false;
    if (!report->state)
        g_set_error(error, NURTURE_ERROR, ERROR_NOT_FOUND,
                    "campaign '%s' has never been launched", report->campaign);
    return report->state != NULL;
}

/* One row per message with what happened to it, then counted: a person who
 * clicked three times counts once. */
static Statement *
prepare_rows(Store *store, GError **error)
{
    return store_prepare(
        store,
        "SELECT m.step, coalesce(m.segment, ''),"
        "  sum(m.state IN ('scheduled','deferred','claimed','committing')),"
        "  sum(m.state = 'sent' AND coalesce(x.bounced, 0) = 0),"
        "  sum(m.state = 'in_doubt'),"
        "  sum(m.state = 'bounced' OR coalesce(x.bounced, 0)),"
        "  sum(m.state IN ('dead','expired','suppressed','cancelled')),"
        "  sum(coalesce(x.opened, 0)), sum(coalesce(x.clicked, 0)),"
        "  sum(coalesce(x.machine, 0)), sum(coalesce(x.replied, 0)),"
        "  sum(coalesce(x.interested, 0)), sum(coalesce(x.auto_reply, 0)),"
        "  sum(coalesce(x.opted_out, 0)), sum(coalesce(x.complained, 0)),"
        "  min(m.created_at) AS first"
        " FROM (SELECT * FROM message WHERE owner IS NULL"
        "   UNION ALL SELECT * FROM message WHERE owner IS NOT NULL) m"
        " LEFT JOIN"
        "  (SELECT message_id,"
        "    max(kind = 'bounced') AS bounced,"
        "    max(kind = 'opened' AND machine = 0) AS opened,"
        "    max(kind = 'clicked' AND machine = 0) AS clicked,"
        "    max(kind = 'clicked' AND machine = 1) AS machine,"
        "    max(kind = 'replied') AS replied,"
        "    max(kind = 'interested' OR (kind = 'replied' AND positive = 1))"
        "     AS interested,"
        "    max(kind = 'auto_reply') AS auto_reply,"
        "    max(kind = 'opted_out') AS opted_out,"
        "    max(kind = 'complained') AS complained"
        "   FROM event WHERE campaign = :campaign AND" EVENT_CAME_BACK
        "    AND kind IN ('bounced',"
        "    'opened', 'clicked', 'replied', 'interested', 'auto_reply',"
        "    'opted_out', 'complained') GROUP BY message_id) x"
        "  ON x.message_id = m.message_id"
        " WHERE m.campaign = :campaign AND m.kind = 'campaign'"
        " GROUP BY m.step, m.segment"
        " ORDER BY min(min(m.created_at)) OVER (PARTITION BY m.step), m.step,"
        "  m.segment",
        error);
}

static ReportRow *
row_from(Statement *st)
{
    ReportRow *r = g_new0(ReportRow, 1);
    int64_t *counts[] = {
        &r->queued,     &r->sent,       &r->in_doubt,     &r->bounced,
        &r->failed,     &r->opened,     &r->clicked,      &r->machine_clicks,
        &r->replied,    &r->interested, &r->auto_replied, &r->opted_out,
        &r->complained,
    };

    r->step = g_strdup(statement_text(st, 0));
    r->segment = g_strdup(statement_text(st, 1));
    for (gsize i = 0; i < G_N_ELEMENTS(counts); i++)
        *counts[i] = statement_int(st, (int)i + 2);
    return r;
}

CampaignReport *
report_campaign(Store *store, const char *campaign, GError **error)
{
    g_autoptr(CampaignReport) report = g_new0(CampaignReport, 1);
    g_autoptr(Statement) st = NULL;

    report->campaign = g_strdup(campaign);
    report->rows = g_ptr_array_new_with_free_func(row_free);
    if (!read_enrolments(store, report, error))
        return NULL;
    st = prepare_rows(store, error);
    if (!st)
        return NULL;
    statement_bind_text(st, ":campaign", campaign);
    while (statement_step(st))
        g_ptr_array_add(report->rows, row_from(st));
    return statement_end(st, error) ? g_steal_pointer(&report) : NULL;
}
