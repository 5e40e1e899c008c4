/* SPDX-License-Identifier: Apache-2.0 */
/* candidates.c - find, change and list people */
#include "candidates-private.h"

#include "nurture/address.h"
#include "nurture/audit.h"
#include "nurture/candidate-words.h"
#include "nurture/error.h"
#include "nurture/text.h"

#include <string.h>

/* -- finding -------------------------------------------------------------- */

static bool
find_by_id(Store *store, int64_t id, int64_t *out, GError **error)
{
    g_autoptr(Statement) st = store_prepare(
        store, "SELECT candidate_id FROM candidate WHERE candidate_id = :id",
        error);

    *out = 0;
    if (!st)
        return false;
    statement_bind_int(st, ":id", id);
    if (statement_step(st))
        *out = statement_int(st, 0);
    return statement_end(st, error);
}

static bool
find_by_key(Store *store, const char *key, int64_t *out, GError **error)
{
    g_autoptr(Statement) st = store_prepare(
        store,
        "SELECT candidate_id FROM candidate WHERE email_key = :key"
        " UNION ALL SELECT candidate_id FROM candidate_address"
        " WHERE email_key = :key LIMIT 1",
        error);

    *out = 0;
    if (!st)
        return false;
    statement_bind_text(st, ":key", key);
    if (statement_step(st))
        *out = statement_int(st, 0);
    return statement_end(st, error);
}

bool
candidate_find(Store *store, const char *who, int64_t *out, GError **error)
{
    g_autofree char *email = NULL, *key = NULL;
    bool is_id = *who && strspn(who, "0123456789") == strlen(who);

    if (is_id) {
        if (!find_by_id(store, g_ascii_strtoll(who, NULL, 10), out, error))
            return false;
    } else {
        email = address_normalise(who, error);
        if (!email)
            return false;
        key = address_key(email);
        if (!find_by_key(store, key, out, error))
            return false;
    }
    if (*out)
        return true;
    g_set_error(error, NURTURE_ERROR, ERROR_NOT_FOUND, "nobody is known as %s",
                who);
    return false;
}

/* -- changing ------------------------------------------------------------- */

static bool
unknown_field(const Workspace *workspace, const char *name, GError **error)
{
    const char *near = text_nearest(name, field_names(workspace->fields));

    g_set_error(error, NURTURE_ERROR, ERROR_INPUT,
                "there is no field '%s'%s%s; 'nurture fields' lists them", name,
                near ? "; did you mean " : "", near ? near : "");
    return false;
}

/* One "field=value" as a member of the JSON object; `emptied` collects the
 * set fields that "field=" empties. */
static bool
append_pair(const Workspace *workspace, const char *pair, GString *values,
            GPtrArray *emptied, GError **error)
{
    const char *equals = strchr(pair, '=');
    g_autofree char *name =
        equals ? g_strndup(pair, (gsize)(equals - pair)) : g_strdup(pair);
    g_autofree char *reason = NULL;
    const Field *field = field_find(workspace->fields, name);
    gsize start;

    if (!equals) {
        g_set_error(error, NURTURE_ERROR, ERROR_USAGE,
                    "'%s' is not of the form field=value", pair);
        return false;
    }
    if (!field)
        return unknown_field(workspace, name, error);
    if (!field_is_settable(field)) {
        g_set_error(error, NURTURE_ERROR, ERROR_INPUT,
                    "'%s' cannot be set by hand", name);
        return false;
    }
    g_string_append_printf(values, "%s\"%s\":", values->len > 1 ? "," : "",
                           name);
    start = values->len;
    if (!candidate_value(workspace, field, equals + 1, values, &reason)) {
        g_set_error(error, NURTURE_ERROR, ERROR_INPUT, "%s: %s", name, reason);
        return false;
    }
    if (values->len > start)
        return true;
    if (field->never_missing) {
        g_set_error(error, NURTURE_ERROR, ERROR_INPUT, "'%s' cannot be empty",
                    name);
        return false;
    }
    g_string_append(values, "null");
    if (field->type == FIELD_SET)
        g_ptr_array_add(emptied, g_steal_pointer(&name));
    return true;
}

static char *
values_of_pairs(const Workspace *workspace, const char *const *pairs,
                GPtrArray *emptied, GError **error)
{
    g_autoptr(GString) values = g_string_new("{");

    for (; pairs && *pairs; pairs++)
        if (!append_pair(workspace, *pairs, values, emptied, error))
            return NULL;
    g_string_append_c(values, '}');
    return g_strdup(values->str);
}

/* `value` NULL: all of the field's. */
static bool
remove_tag(Store *store, int64_t candidate, const char *field,
           const char *value, GError **error)
{
    g_autoptr(Statement) st = store_prepare(
        store,
        "DELETE FROM candidate_tag WHERE candidate_id = :candidate"
        " AND field = :field AND (:value IS NULL OR value = :value)",
        error);

    if (!st)
        return false;
    statement_bind_int(st, ":candidate", candidate);
    statement_bind_text(st, ":field", field);
    statement_bind_text(st, ":value", value);
    return statement_run(st, error);
}

/* Which fields, never what is in them: the log outlives the person. */
static bool
audit_fields(Store *store, int64_t candidate, const char *const *pairs,
             int64_t now, GError **error)
{
    g_autoptr(GString) names = g_string_new(NULL);

    for (; *pairs; pairs++)
        g_string_append_printf(names, "%s%.*s", names->len ? ", " : "",
                               (int)strcspn(*pairs, "="), *pairs);
    return audit_candidate(store, NULL, "change person", candidate, names->str,
                           now, error);
}

/* Whoever asked to be forgotten comes back by their own wish only. */
static bool
refuse_erased(Store *store, const char *hmac, GError **error)
{
    g_autoptr(Statement) st =
        store_prepare(store,
                      "SELECT 1 FROM suppression WHERE address_hmac = :hmac"
                      " AND scope = 'all' AND reason = 'erased'",
                      error);
    bool erased;

    if (!st)
        return false;
    statement_bind_text(st, ":hmac", hmac);
    erased = statement_step(st);
    if (!statement_end(st, error))
        return false;
    if (erased)
        g_set_error(error, NURTURE_ERROR, ERROR_REFUSED,
                    "this person has been erased, and is not added again");
    return !erased;
}

bool
candidate_set(Store *store, const Workspace *workspace, int64_t candidate,
              const char *const *pairs, int64_t now, GError **error)
{
    g_autoptr(GPtrArray) emptied = g_ptr_array_new_with_free_func(g_free);
    g_autofree char *values = values_of_pairs(workspace, pairs, emptied, error);
    g_autoptr(CandidateWriter) writer = NULL;
    g_auto(Transaction) tx = {NULL};

    if (values)
        writer = candidate_writer_new(store, workspace->fields, error);
    if (!writer)
        return false;
    tx = store_begin(store, error);
    if (!tx.store)
        return false;
    for (guint i = 0; i < emptied->len; i++)
        if (!remove_tag(store, candidate, g_ptr_array_index(emptied, i), NULL,
                        error))
            return false;
    return candidate_writer_update(writer, candidate, values, 0, now, error) &&
           candidate_words_update(store, NULL, error) &&
           audit_fields(store, candidate, pairs, now, error) &&
           transaction_commit(&tx, error);
}

bool
candidate_add(Store *store, const Workspace *workspace, const Keys *keys,
              const char *email, const char *const *pairs, int64_t now,
              int64_t *out, GError **error)
{
    g_autoptr(GPtrArray) emptied = g_ptr_array_new_with_free_func(g_free);
    g_autofree char *normal = address_normalise(email, error);
    g_autofree char *key = normal ? address_key(normal) : NULL;
    g_autofree char *hmac = key ? keys_address_hmac(keys, key) : NULL;
    g_autofree char *values =
        key ? values_of_pairs(workspace, pairs, emptied, error) : NULL;
    g_autoptr(CandidateWriter) writer =
        values ? candidate_writer_new(store, workspace->fields, error) : NULL;
    NewCandidate who = {normal, key, hmac, 0};
    g_auto(Transaction) tx = {NULL};
    int64_t known;

    if (!writer)
        return false;
    tx = store_begin(store, error);
    if (!tx.store || !find_by_key(store, key, &known, error))
        return false;
    if (known) {
        g_set_error(error, NURTURE_ERROR, ERROR_INPUT,
                    "%s is known already (candidate %" G_GINT64_FORMAT ")",
                    email, known);
        return false;
    }
    return refuse_erased(store, hmac, error) &&
           candidate_writer_insert(writer, &who, values, now, out, error) &&
           candidate_words_update(store, NULL, error) &&
           audit_candidate(store, NULL, "add person", *out, NULL, now, error) &&
           transaction_commit(&tx, error);
}

static bool
touch(Store *store, int64_t candidate, int64_t now, GError **error)
{
    g_autoptr(Statement) st =
        store_prepare(store,
                      "UPDATE candidate SET updated_at = :now"
                      " WHERE candidate_id = :candidate",
                      error);

    if (!st)
        return false;
    statement_bind_int(st, ":now", now);
    statement_bind_int(st, ":candidate", candidate);
    return statement_run(st, error);
}

bool
candidate_tag(Store *store, const Workspace *workspace, int64_t candidate,
              const char *field_name, const char *const *values, int64_t now,
              GError **error)
{
    const Field *field = field_find(workspace->fields, field_name);
    g_autoptr(CandidateWriter) writer = NULL;
    g_auto(Transaction) tx = {NULL};

    if (!field)
        return unknown_field(workspace, field_name, error);
    if (field->type != FIELD_SET) {
        g_set_error(error, NURTURE_ERROR, ERROR_INPUT,
                    "'%s' holds one value: use 'candidates set'", field_name);
        return false;
    }
    writer = candidate_writer_new(store, workspace->fields, error);
    tx = writer ? store_begin(store, error) : (Transaction){NULL};
    if (!tx.store)
        return false;
    for (; *values; values++) {
        g_autoptr(GString) json = g_string_new(NULL);
        g_autofree char *reason = NULL;

        g_string_printf(json, "{\"%s\":", field->name);
        if (**values == '-') {
            if (!remove_tag(store, candidate, field->name, *values + 1, error))
                return false;
            continue;
        }
        if (!candidate_value(workspace, field,
                             **values == '+' ? *values + 1 : *values, json,
                             &reason)) {
            g_set_error(error, NURTURE_ERROR, ERROR_INPUT, "%s", reason);
            return false;
        }
        g_string_append(json, g_str_has_suffix(json->str, ":") ? "[]}" : "}");
        if (!candidate_writer_update(writer, candidate, json->str, 0, now,
                                     error))
            return false;
    }
    return touch(store, candidate, now, error) &&
           candidate_words_update(store, NULL, error) &&
           audit_candidate(store, NULL, "tag person", candidate, field->name,
                           now, error) &&
           transaction_commit(&tx, error);
}

/* -- listing -------------------------------------------------------------- */

/* A column's value as a person reads it; NULL = missing. Owned. */
static char *
value_text(const Workspace *workspace, const Field *field, Statement *st,
           int column)
{
    if (statement_is_null(st, column))
        return NULL;
    switch (field->type) {
    case FIELD_DATE:
        return date_format(statement_int(st, column), workspace->zone,
                           "YYYY-MM-DD", "en");
    case FIELD_YES_NO:
        return g_strdup(statement_int(st, column) ? "yes" : "no");
    case FIELD_NUMBER:
        if (g_str_equal(field->name, "score"))
            return g_strdup_printf("%.1f", statement_double(st, column));
        return g_strdup_printf("%.10g", statement_double(st, column));
    case FIELD_SET: {
        g_auto(GStrv) parts =
            g_strsplit(statement_text(st, column), "\x1f", -1);
        return g_strjoinv(", ", parts);
    }
    case FIELD_TEXT:
    case FIELD_CHOICE:
    case FIELD_URL:
        break;
    }
    return g_strdup(statement_text(st, column));
}

typedef bool RowFunc(int64_t candidate, const char *const *values,
                     gpointer data);

static bool
give_row(const Workspace *workspace, const Field *const *fields, guint count,
         Statement *st, RowFunc *row, gpointer data)
{
    g_autoptr(GPtrArray) values = g_ptr_array_new_with_free_func(g_free);

    for (guint i = 0; i < count; i++)
        g_ptr_array_add(values,
                        value_text(workspace, fields[i], st, (int)i + 1));
    g_ptr_array_add(values, NULL);
    return row(statement_int(st, 0), (const char *const *)values->pdata, data);
}

bool
candidates_each(Store *store, const Workspace *workspace,
                const SegmentSet *segments, const Expression *condition,
                const Field *const *fields, guint count, int64_t now,
                RowFunc *row, gpointer data, GError **error)
{
    g_autoptr(AudienceQuery) q = audience_query_new(segments, workspace, now);
    g_autoptr(Statement) st = NULL;

    for (guint i = 0; i < count; i++)
        audience_query_field(q, fields[i]);
    audience_query_where(q, condition);
    st = audience_query_prepare(q, store, AUDIENCE_ALL, error);
    if (!st)
        return false;
    while (statement_step(st))
        if (!give_row(workspace, fields, count, st, row, data))
            return true;
    return statement_end(st, error);
}

bool
candidate_fields(Store *store, const Workspace *workspace, int64_t candidate,
                 const Field *const *fields, guint count, int64_t now,
                 RowFunc *row, gpointer data, GError **error)
{
    g_autoptr(AudienceQuery) q = audience_query_new(NULL, workspace, now);
    g_autoptr(Statement) st = NULL;

    for (guint i = 0; i < count; i++)
        audience_query_field(q, fields[i]);
    st = audience_query_prepare(q, store, AUDIENCE_ONE, error);
    if (!st)
        return false;
    audience_bind(st, AUDIENCE_ONE, candidate);
    if (statement_step(st)) {
        give_row(workspace, fields, count, st, row, data);
        return true;
    }
    if (statement_end(st, error))
        g_set_error(error, NURTURE_ERROR, ERROR_NOT_FOUND,
                    "candidate %" G_GINT64_FORMAT " has been erased, or is part"
                    " of an import that is not finished",
                    candidate);
    return false;
}
