/* SPDX-License-Identifier: Apache-2.0 */
/* candidate_sql.c - write checked values into a candidate's columns */
#include "candidates-private.h"

#include "nurture/error.h"

#include <string.h>

/* The columns of fields.yaml are not known when this program is compiled, so
 * these statements are joined from the registry's column names, which were
 * checked letter by letter when they were read. Values are parameters. */

struct CandidateWriter {
    Store *store;
    const FieldSet *fields;
    Statement *insert, *update, *differs, *before, *restore;
};

/* "c.x_level" -> "x_level" */
static const char *
column_of(const Field *field)
{
    return field->column + strlen("c.");
}

static bool
is_column(const Field *field)
{
    return field->column && field_is_settable(field);
}

/* `text` with %1 the column's name and %2 the field's, for every column. */
static void
append_each(GString *sql, const FieldSet *fields, const char *separator,
            const char *text)
{
    bool first = true;

    for (guint i = 0; i < field_set_size(fields); i++) {
        const Field *field = field_set_get(fields, i);
        g_autoptr(GString) one = g_string_new(text);

        if (!is_column(field))
            continue;
        g_string_replace(one, "%1", column_of(field), 0);
        g_string_replace(one, "%2", field->name, 0);
        g_string_append_printf(sql, "%s%s", first ? "" : separator, one->str);
        first = false;
    }
}

static Statement *
prepare(CandidateWriter *w, GString *sql, GError **error)
{
    Statement *st = store_prepare_text(w->store, sql->str, error);

    g_string_free(sql, TRUE);
    return st;
}

static Statement *
prepare_insert(CandidateWriter *w, GError **error)
{
    GString *sql = g_string_new("INSERT INTO candidate (email, email_key,"
                                " address_hmac, updated_at, batch_id, ");

    append_each(sql, w->fields, ", ", "%1");
    g_string_append(sql, ") VALUES (:email, :key, :hmac, :now,"
                         " nullif(:batch, 0), ");
    append_each(sql, w->fields, ", ", "json_extract(:values, '$.%2')");
    g_string_append_c(sql, ')');
    /* The one column of them that must not be empty. */
    g_string_replace(sql, "json_extract(:values, '$.added')",
                     "coalesce(json_extract(:values, '$.added'), :now)", 1);
    return prepare(w, sql, error);
}

static Statement *
prepare_update(CandidateWriter *w, GError **error)
{
    GString *sql = g_string_new("UPDATE candidate SET ");

    append_each(sql, w->fields, ", ",
                "%1 = CASE WHEN json_type(:values, '$.%2') IS NULL THEN %1"
                " ELSE json_extract(:values, '$.%2') END");
    g_string_append(sql, ", updated_at = :now WHERE candidate_id = :id");
    return prepare(w, sql, error);
}

#define LACKS_TAG                                                              \
    "EXISTS (SELECT 1 FROM json_each(:values) f, json_each(f.value) v"         \
    " WHERE f.type = 'array' AND NOT EXISTS (SELECT 1 FROM candidate_tag t"    \
    " WHERE t.candidate_id = :id AND t.field = f.key"                          \
    " AND t.value = v.value))"
#define LACKS_CONSENT                                                          \
    "(json_extract(:values, '$.consent_at') IS NOT NULL AND NOT EXISTS"        \
    " (SELECT 1 FROM consent k WHERE k.candidate_id = :id"                     \
    " AND k.purpose = 'mail' AND k.state = 'given'"                            \
    " AND k.at = json_extract(:values, '$.consent_at')"                        \
    " AND k.source = json_extract(:values, '$.consent_source')))"

static Statement *
prepare_differs(CandidateWriter *w, GError **error)
{
    GString *sql = g_string_new("SELECT " LACKS_TAG " OR " LACKS_CONSENT
                                " OR EXISTS (SELECT 1 FROM candidate WHERE"
                                " candidate_id = :id AND (");

    append_each(sql, w->fields, " OR ",
                "json_type(:values, '$.%2') IS NOT NULL AND"
                " %1 IS DISTINCT FROM json_extract(:values, '$.%2')");
    g_string_append(sql, "))");
    return prepare(w, sql, error);
}

/* Alternately the field's name and its value as JSON, NULL for fields that
 * the object does not have. */
static Statement *
prepare_before(CandidateWriter *w, GError **error)
{
    GString *sql = g_string_new("SELECT ");

    append_each(sql, w->fields, ", ",
                "'%2', CASE WHEN json_type(:values, '$.%2') IS NOT NULL"
                " THEN json_quote(%1) END");
    g_string_append(sql, " FROM candidate WHERE candidate_id = :id");
    return prepare(w, sql, error);
}

static Statement *
prepare_restore(CandidateWriter *w, GError **error)
{
    GString *sql = g_string_new("UPDATE candidate SET ");

    append_each(sql, w->fields, ", ",
                "%1 = CASE WHEN json_type(:before, '$.%2') IS NOT NULL AND"
                " %1 IS NOT DISTINCT FROM json_extract(:values, '$.%2')"
                " THEN json_extract(:before, '$.%2') ELSE %1 END");
    g_string_append(sql, ", updated_at = :now WHERE candidate_id = :id");
    return prepare(w, sql, error);
}

CandidateWriter *
candidate_writer_new(Store *store, const FieldSet *fields, GError **error)
{
    g_autoptr(CandidateWriter) w = g_new0(CandidateWriter, 1);

    w->store = store;
    w->fields = fields;
    w->insert = prepare_insert(w, error);
    if (w->insert)
        w->update = prepare_update(w, error);
    if (w->update)
        w->differs = prepare_differs(w, error);
    if (w->differs)
        w->before = prepare_before(w, error);
    if (w->before)
        w->restore = prepare_restore(w, error);
    return w->restore ? g_steal_pointer(&w) : NULL;
}

void
candidate_writer_free(CandidateWriter *w)
{
    if (!w)
        return;
    statement_release(w->insert);
    statement_release(w->update);
    statement_release(w->differs);
    statement_release(w->before);
    statement_release(w->restore);
    g_free(w);
}

/* The values of sets, which only ever grow this way. */
static bool
add_tags(CandidateWriter *w, int64_t id, const char *values, int64_t batch,
         GError **error)
{
    g_autoptr(Statement) st =
        store_prepare(w->store,
                      "INSERT OR IGNORE INTO candidate_tag"
                      " (candidate_id, field, value, batch_id)"
                      " SELECT :id, f.key, v.value, nullif(:batch, 0)"
                      " FROM json_each(:values) f, json_each(f.value) v"
                      " WHERE f.type = 'array'",
                      error);

    if (!st)
        return false;
    statement_bind_int(st, ":id", id);
    statement_bind_text(st, ":values", values);
    statement_bind_int(st, ":batch", batch);
    return statement_run(st, error);
}

static bool
add_consent(CandidateWriter *w, int64_t id, const char *values, int64_t batch,
            GError **error)
{
    g_autoptr(Statement) st = store_prepare(
        w->store,
        "INSERT INTO consent (candidate_id, purpose, state, at, source,"
        " batch_id) SELECT :id, 'mail', 'given',"
        " json_extract(:values, '$.consent_at'),"
        " json_extract(:values, '$.consent_source'), nullif(:batch, 0)"
        " WHERE " LACKS_CONSENT,
        error);

    if (!st)
        return false;
    statement_bind_int(st, ":id", id);
    statement_bind_text(st, ":values", values);
    statement_bind_int(st, ":batch", batch);
    return statement_run(st, error);
}

static bool
add_rest(CandidateWriter *w, int64_t id, const char *values, int64_t batch,
         GError **error)
{
    /* Most rows have neither, and a statement costs more than a look. */
    if (strchr(values, '[') && !add_tags(w, id, values, batch, error))
        return false;
    return !strstr(values, "\"consent_at\"") ||
           add_consent(w, id, values, batch, error);
}

bool
candidate_writer_insert(CandidateWriter *w, const NewCandidate *who,
                        const char *values, int64_t now, int64_t *out,
                        GError **error)
{
    statement_bind_text(w->insert, ":email", who->email);
    statement_bind_text(w->insert, ":key", who->key);
    statement_bind_text(w->insert, ":hmac", who->hmac);
    statement_bind_int(w->insert, ":now", now);
    statement_bind_int(w->insert, ":batch", who->batch);
    statement_bind_text(w->insert, ":values", values);
    if (!statement_run(w->insert, error))
        return false;
    *out = store_last_id(w->store);
    return add_rest(w, *out, values, who->batch, error);
}

bool
candidate_writer_update(CandidateWriter *w, int64_t id, const char *values,
                        int64_t batch, int64_t now, GError **error)
{
    statement_bind_text(w->update, ":values", values);
    statement_bind_int(w->update, ":now", now);
    statement_bind_int(w->update, ":id", id);
    return statement_run(w->update, error) &&
           add_rest(w, id, values, batch, error);
}

bool
candidate_writer_differs(CandidateWriter *w, int64_t id, const char *values,
                         bool *out, GError **error)
{
    statement_bind_text(w->differs, ":values", values);
    statement_bind_int(w->differs, ":id", id);
    *out = statement_step(w->differs) && statement_int(w->differs, 0);
    return statement_end(w->differs, error);
}

char *
candidate_writer_before(CandidateWriter *w, int64_t id, const char *values,
                        GError **error)
{
    g_autoptr(GString) json = g_string_new("{");

    statement_bind_text(w->before, ":values", values);
    statement_bind_int(w->before, ":id", id);
    if (statement_step(w->before))
        for (int i = 0; i + 1 < statement_columns(w->before); i += 2)
            if (!statement_is_null(w->before, i + 1))
                g_string_append_printf(json, "%s\"%s\":%s",
                                       json->len > 1 ? "," : "",
                                       statement_text(w->before, i),
                                       statement_text(w->before, i + 1));
    g_string_append_c(json, '}');
    if (!statement_end(w->before, error))
        return NULL;
    return g_strdup(json->str);
}

bool
candidate_writer_restore(CandidateWriter *w, int64_t id, const char *values,
                         const char *before, int64_t now, GError **error)
{
    statement_bind_text(w->restore, ":values", values);
    statement_bind_text(w->restore, ":before", before);
    statement_bind_int(w->restore, ":now", now);
    statement_bind_int(w->restore, ":id", id);
    return statement_run(w->restore, error);
}

static bool
run_for_two(Store *store, GString *sql, int64_t kept, int64_t gone,
            GError **error)
{
    g_autoptr(Statement) st = store_prepare_text(store, sql->str, error);

    g_string_free(sql, TRUE);
    if (!st)
        return false;
    if (kept)
        statement_bind_int(st, ":kept", kept);
    statement_bind_int(st, ":gone", gone);
    return statement_run(st, error);
}

bool
candidate_take_fields(Store *store, const FieldSet *fields, int64_t kept,
                      int64_t gone, GError **error)
{
    GString *take = g_string_new("UPDATE candidate SET ");
    GString *blank = g_string_new("UPDATE candidate SET ");

    append_each(take, fields, ", ", "%1 = coalesce(candidate.%1, g.%1)");
    g_string_append(take, " FROM candidate g WHERE g.candidate_id = :gone"
                          " AND candidate.candidate_id = :kept");
    append_each(blank, fields, ", ", "%1 = NULL");
    /* The one column of them that must not be empty. */
    g_string_replace(blank, "added = NULL", "added = added", 1);
    g_string_append(blank, " WHERE candidate_id = :gone");
    if (run_for_two(store, take, kept, gone, error))
        return run_for_two(store, blank, 0, gone, error);
    g_string_free(blank, TRUE);
    return false;
}
