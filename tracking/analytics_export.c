/* SPDX-License-Identifier: Apache-2.0 */
/* analytics_export.c - what reports count, for those who count themselves */
#include "nurture/analytics.h"

#include <string.h>

/* In an order that is the same every time. Notes and other private details of
 * events stay here. */
static const char *const queries[] = {
    "SELECT json_object('type', 'event', 'id', event_id, 'candidate',"
    " candidate_id, 'kind', kind, 'at', at, 'message', message_id, 'campaign',"
    " campaign, 'step', step, 'machine', json(iif(machine, 'true', 'false')),"
    " 'positive', json(iif(positive, 'true', 'false')), 'by_hand',"
    " json(iif(coalesce(dedupe_key, '') LIKE 'hand %', 'true', 'false')))"
    " FROM event WHERE at >= :from AND at < :until ORDER BY event_id",
    "SELECT json_object('type', 'message', 'id', message_id, 'candidate',"
    " candidate_id, 'campaign', campaign, 'cycle', cycle, 'step', step,"
    " 'segment', segment, 'variant', variant, 'language', language, 'state',"
    " state, 'sent_at', sent_at) FROM message WHERE kind = 'campaign'"
    " AND created_at >= :from AND created_at < :until"
    " ORDER BY created_at, message_id",
    "SELECT json_object('type', 'enrolment', 'candidate', candidate_id,"
    " 'campaign', campaign, 'cycle', cycle, 'segment', segment, 'control',"
    " json(iif(control, 'true', 'false')), 'state', state, 'reason',"
    " exit_reason, 'enrolled_at', enrolled_at) FROM enrolment"
    " WHERE batch_id IS NULL AND enrolled_at >= :from AND enrolled_at < :until"
    " ORDER BY enrolled_at, candidate_id, campaign, cycle",
    "SELECT json_object('type', 'application', 'id', application_id,"
    " 'candidate', candidate_id, 'status', status, 'source', source,"
    " 'reached', reached, 'applied_at', applied_at, 'hired_at', hired_at,"
    " 'rejected_at', rejected_at, 'rating', CASE WHEN json_valid(raw)"
    "  THEN json_extract(raw, '$.rating') END, 'left_at',"
    " CASE WHEN json_valid(raw) THEN json_extract(raw, '$.left_at') END)"
    " FROM application"
    " WHERE candidate_id IS NOT NULL AND coalesce(applied_at, 0) >= :from"
    " AND coalesce(applied_at, 0) < :until ORDER BY application_id",
    "SELECT json_object('type', 'cost', 'source', source, 'month', month,"
    " 'amount', amount, 'currency', currency) FROM cost"
    " WHERE :from <= :until ORDER BY cost_id",
};

bool
analytics_export(Store *store, Period period,
                 bool (*write)(const char *line, gpointer data), gpointer data,
                 GError **error)
{
    for (gsize i = 0; i < G_N_ELEMENTS(queries); i++) {
        g_autoptr(Statement) st = store_prepare(store, queries[i], error);

        if (!st)
            return false;
        statement_bind_int(st, ":from", period.from);
        statement_bind_int(st, ":until", period.until);
        while (statement_step(st)) {
            g_autofree char *line =
                g_strconcat(statement_text(st, 0), "\n", NULL);
            if (!write(line, data))
                return true;
        }
        if (!statement_end(st, error))
            return false;
    }
    return true;
}
