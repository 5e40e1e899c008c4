/* SPDX-License-Identifier: Apache-2.0 */
/* candidate_json.c - everything that is known about one person */
#include "candidates-private.h"

#include "nurture/error.h"
#include "nurture/json.h"

#include <string.h>

/* Each table's part is one query that makes a JSON array of objects. What is
 * only there for the machinery (claims, fences, hashes) is left out. */
static const struct {
    const char *name, *sql;
} parts[] = {
    {"addresses",
     "SELECT json_group_array(json_object('email', email, 'added', added))"
     " FROM candidate_address WHERE candidate_id = :id"},
    {"consents",
     "SELECT json_group_array(json_object('purpose', purpose, 'state', state,"
     " 'at', at, 'source', source, 'wording', wording, 'evidence', evidence,"
     " 'expires_at', expires_at)) FROM (SELECT * FROM consent"
     " WHERE candidate_id = :id ORDER BY at, consent_id)"},
    {"suppressions",
     "SELECT json_group_array(json_object('scope', s.scope, 'reason', s.reason,"
     " 'at', s.at, 'evidence', s.evidence)) FROM suppression s"
     " WHERE s.address_hmac IN (SELECT address_hmac FROM candidate"
     "  WHERE candidate_id = :id UNION SELECT address_hmac FROM"
     "  candidate_address WHERE candidate_id = :id)"},
    {"holds", "SELECT json_group_array(json_object('kind', kind, 'since',"
              " created_at, 'until', until_at, 'lifted', lifted_at)) FROM hold "
              "WHERE candidate_id = :id"},
    {"applications",
     "SELECT json_group_array(json_object('system', a.src, 'id', a.remote_id,"
     " 'job', j.title, 'status', a.status, 'source', a.source,"
     " 'reject_reason', a.reject_reason, 'rejected_by', a.reject_by,"
     " 'credited_to', a.credited_to, 'record', a.raw, 'stage', "
     "coalesce(a.stage, a.stage_kind), 'stage_at', a.stage_at, 'reached',"
     " a.reached, 'updated_at', a.updated_at, 'applied_at', a.applied_at, "
     "'hired_at', a.hired_at,"
     " 'rejected_at', a.rejected_at)) FROM application a"
     " LEFT JOIN job j ON j.job_id = a.job_id WHERE a.candidate_id = :id"},
    {"enrolments",
     "SELECT json_group_array(json_object('campaign', campaign, 'cycle', cycle,"
     " 'state', state, 'reason', exit_reason, 'segment', segment,"
     " 'step', step, 'due_at', due_at, 'enrolled_at', enrolled_at))"
     " FROM enrolment WHERE candidate_id = :id"},
    {"messages",
     "SELECT json_group_array(json_object('message_id', message_id, 'kind',"
     " kind, 'campaign', campaign, 'step', step, 'to', rcpt, 'state', state,"
     " 'sent_at', sent_at, 'language', language, 'links', own_links,"
     " 'server_said', last_text)) FROM (SELECT * FROM message"
     " WHERE candidate_id = :id ORDER BY sent_at, created_at)"},
    {"earlier_attempts",
     "SELECT json_group_array(json_object('message_id', a.message_id, 'at',"
     " a.claimed_at, 'server_said', a.reply)) FROM attempt_past a"
     " JOIN message m USING (message_id) WHERE m.candidate_id = :id"},
    {"address_rechecks",
     "SELECT json_group_array(json_object('domain', domain, 'due_at', due_at,"
     " 'tries', tries)) FROM recheck WHERE candidate_id = :id"},
    {"replies",
     "SELECT json_group_array(json_object('from', from_address, 'subject',"
     " subject, 'text', text, 'intent', intent, 'corrected_to', label,"
     " 'flags', flags, 'return_date', return_date, 'action', action,"
     " 'received_at', received_at)) FROM (SELECT * FROM reply"
     " WHERE candidate_id = :id ORDER BY received_at)"},
    {"events",
     "SELECT json_group_array(json_object('kind', kind, 'at', at, 'campaign',"
     " campaign, 'step', step, 'machine', machine, 'detail', detail,"
     " 'private_note', coalesce(dedupe_key LIKE 'hand %', 0)))"
     " FROM (SELECT * FROM event WHERE candidate_id = :id"
     " ORDER BY at, event_id)"},
    {"measured",
     "SELECT json_group_array(json_object('event', e.kind, 'at', e.at,"
     " 'program', a.agent, 'network', h.network, 'range', h.address_range))"
     " FROM event e JOIN hit h USING (event_id)"
     " LEFT JOIN hit_agent a USING (agent_id) WHERE e.candidate_id = :id"},
    {"import_changes",
     "SELECT json_group_array(json_object('import', b.source, 'at',"
     " b.started_at, 'new', c.change, 'before', c.before))"
     " FROM batch_change c JOIN batch b USING (batch_id)"
     " WHERE c.candidate_id = :id"},
    {"possible_ats_records",
     "SELECT json_group_array(json_object('system', src, 'id', remote_id,"
     " 'at', at, 'cleared_at', cleared_at)) FROM ats_conflict"
     " WHERE candidate_id = :id"},
    {"ats_records",
     "SELECT json_group_array(json_object('system', src, 'id', remote_id,"
     " 'updated_at', updated_at, 'record', raw)) FROM ats_identity"
     " WHERE candidate_id = :id"},
    {"scores",
     "SELECT json_group_array(json_object('events', events, 'updated_at',"
     " updated_at, 'scaled', scaled)) FROM score WHERE candidate_id = :id"},
    {"referrals",
     "SELECT json_group_array(json_object('address', address, 'at',"
     " created_at)) FROM referral WHERE candidate_id = :id"},
    {"referred_by_others",
     "SELECT json_group_array(json_object('address', f.address, 'at',"
     " f.created_at)) FROM referral f WHERE lower(f.address) IN"
     " (SELECT lower(email) FROM candidate WHERE candidate_id = :id UNION"
     "  SELECT lower(email) FROM candidate_address WHERE candidate_id = :id)"},
    {"shortlists",
     "SELECT json_group_array(json_object('role', role, 'points', points,"
     " 'at', made_at, 'dropped_at', dropped_at)) FROM shortlist"
     " WHERE candidate_id = :id"},
    {"mails_received",
     "SELECT json_group_array(json_object('kind', kind, 'received_at',"
     " received_at)) FROM (SELECT * FROM inbound WHERE candidate_id = :id"
     " ORDER BY received_at)"},
    {"requests",
     "SELECT json_group_array(json_object('kind', kind, 'email', email,"
     " 'fields', fields, 'language', language, 'wording', wording,"
     " 'version', version, 'asked_at', asked_at, 'confirmed_at', confirmed_at,"
     " 'done_at', done_at)) FROM request WHERE candidate_id = :id"},
    {"last_open", "SELECT json_group_array(value) FROM fact"
                  " WHERE name = 'last_open/' || :id"},
    {"audit", "SELECT json_group_array(json_object('at', at, 'action', action,"
              " 'detail', detail)) FROM (SELECT * FROM audit"
              " WHERE object = 'candidate ' || :id ORDER BY audit_id)"},
    {"record",
     "SELECT json_group_array(json_object('article_14_notice_at', notified_at,"
     " 'archived_at', archived_at, 'least_ms_between_mails', mail_gap,"
     " 'last_updated', updated_at)) FROM candidate WHERE candidate_id = :id"},
};

static bool
append_part(Store *store, gsize part, int64_t candidate, GString *out,
            GError **error)
{
    g_autoptr(Statement) st = store_prepare(store, parts[part].sql, error);

    if (!st)
        return false;
    statement_bind_int(st, ":id", candidate);
    if (statement_step(st))
        g_string_append_printf(out, ",\"%s\":%s", parts[part].name,
                               statement_text(st, 0));
    return statement_end(st, error);
}

static void
append_list(GString *out, const char *joined)
{
    g_auto(GStrv) values = g_strsplit(joined ? joined : "", "\x1f", -1);

    g_string_append_c(out, '[');
    for (int i = 0; values[i]; i++) {
        if (i > 0)
            g_string_append_c(out, ',');
        json_append_string(out, values[i]);
    }
    g_string_append_c(out, ']');
}

static void
append_field(GString *out, const Field *field, Statement *st, int column)
{
    char number[G_ASCII_DTOSTR_BUF_SIZE];
    g_autofree char *at = NULL;

    g_string_append_printf(out, "%s\"%s\":", column > 1 ? "," : "",
                           field->name);
    if (field->type == FIELD_SET) {
        append_list(out, statement_text(st, column));
    } else if (statement_is_null(st, column)) {
        g_string_append(out, "null");
    } else if (field->type == FIELD_NUMBER) {
        g_string_append(out, g_ascii_dtostr(number, sizeof number,
                                            statement_double(st, column)));
    } else if (field->type == FIELD_YES_NO) {
        g_string_append(out, statement_int(st, column) ? "true" : "false");
    } else if (field->type == FIELD_DATE) {
        at = date_iso(statement_int(st, column));
        json_append_string(out, at);
    } else {
        json_append_string(out, statement_text(st, column));
    }
}

static bool
append_fields(Store *store, const Workspace *workspace, int64_t candidate,
              int64_t now, GString *out, GError **error)
{
    const FieldSet *fields = workspace->fields;
    g_autoptr(AudienceQuery) q = audience_query_new(NULL, workspace, now);
    g_autoptr(Statement) st = NULL;

    for (guint i = 0; i < field_set_size(fields); i++)
        audience_query_field(q, field_set_get(fields, i));
    st = audience_query_prepare(q, store, AUDIENCE_ONE, error);
    if (!st)
        return false;
    audience_bind(st, AUDIENCE_ONE, candidate);
    if (!statement_step(st)) {
        if (statement_end(st, error))
            g_set_error(error, NURTURE_ERROR, ERROR_NOT_FOUND,
                        "candidate %" G_GINT64_FORMAT
                        " does not exist or has been erased",
                        candidate);
        return false;
    }
    for (guint i = 0; i < field_set_size(fields); i++)
        append_field(out, field_set_get(fields, i), st, (int)i + 1);
    return true;
}

char *
candidate_json(Store *store, const Workspace *workspace, int64_t candidate,
               int64_t now, GError **error)
{
    g_autoptr(GString) out = g_string_new(NULL);

    g_string_printf(
        out, "{\"schema\":1,\"candidate\":%" G_GINT64_FORMAT ",\"fields\":{",
        candidate);
    if (!append_fields(store, workspace, candidate, now, out, error))
        return NULL;
    g_string_append_c(out, '}');
    for (gsize i = 0; i < G_N_ELEMENTS(parts); i++)
        if (!append_part(store, i, candidate, out, error))
            return NULL;
    g_string_append_c(out, '}');
    return g_strdup(out->str);
}
