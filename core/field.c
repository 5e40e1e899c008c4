/* SPDX-License-Identifier: Apache-2.0 */
/* field.c - the registry of candidate fields, and their columns */
#include "nurture/field.h"

#include "nurture/error.h"
#include "nurture/text.h"

#include <string.h>

#define NAME_MAX_BYTES 40
#define FIELDS_MAX     200
#define VALUES_MAX     500
#define VALUE_MAX_LEN  100

struct FieldSet {
    GPtrArray *fields;    /* Field, in the order they were declared */
    GHashTable *by_name;  /* borrowed name -> borrowed Field */
    GHashTable *faulty;   /* names whose declaration cannot be used */
    GPtrArray *name_list; /* borrowed names and a final NULL */
};

#define SCORE_COLUMN                                                           \
    "coalesce((SELECT s.scaled FROM score s"                                   \
    " WHERE s.candidate_id = c.candidate_id), 0)"

/* Rejected by us after an interview or an offer, by what the ATS says. */
#define SILVER_COLUMN                                                          \
    "EXISTS (SELECT 1 FROM application a"                                      \
    " WHERE a.candidate_id = c.candidate_id AND a.status = 'rejected'"         \
    " AND a.reject_by = 'us' AND (a.reached = 'interview'"                     \
    " OR a.reached = 'offer'))"

static const struct {
    const char *name;
    FieldType type;
    bool never_missing, is_private;
    const char *column; /* NULL: "c." and the name */
} built_in_fields[] = {
    {"email", FIELD_TEXT, true, false, NULL},
    {"first_name", FIELD_TEXT, false, false, NULL},
    {"last_name", FIELD_TEXT, false, false, NULL},
    {"language", FIELD_TEXT, false, false, NULL},
    {"time_zone", FIELD_TEXT, false, false, NULL},
    {"country", FIELD_TEXT, false, false, NULL},
    {"city", FIELD_TEXT, false, false, NULL},
    {"job_title", FIELD_TEXT, false, false, NULL},
    {"employer", FIELD_TEXT, false, false, NULL},
    {"recruiter", FIELD_TEXT, false, false, NULL},
    {"source", FIELD_TEXT, false, false, NULL},
    {"source_detail", FIELD_TEXT, false, false, NULL},
    {"added", FIELD_DATE, true, false, NULL},
    {"last_engaged", FIELD_DATE, false, false, NULL},
    {"last_contacted", FIELD_DATE, false, false, NULL},
    {"last_applied", FIELD_DATE, false, false, NULL},
    {"ats_status", FIELD_TEXT, false, true, NULL},
    {"score", FIELD_NUMBER, true, true, SCORE_COLUMN},
    {"notes", FIELD_TEXT, false, true, NULL},
    {"silver_medallist", FIELD_YES_NO, true, true, SILVER_COLUMN},
};

/* Indexed by FieldType. */
static const char *const type_names[] = {"text",   "number", "date", "yes/no",
                                         "choice", "set",    "url",  NULL};

/* Words of the expression and merge languages, and columns of the importer:
 * a field of that name could never be asked for. */
static const char *const reserved[] = {"and",
                                       "or",
                                       "not",
                                       "in",
                                       "is",
                                       "has",
                                       "any",
                                       "all",
                                       "none",
                                       "between",
                                       "contains",
                                       "starts",
                                       "ends",
                                       "with",
                                       "within",
                                       "older",
                                       "than",
                                       "since",
                                       "before",
                                       "missing",
                                       "everyone",
                                       "at",
                                       "least",
                                       "times",
                                       "to",
                                       "yes",
                                       "no",
                                       "true",
                                       "false",
                                       "audience",
                                       "variant",
                                       "mail",
                                       "role",
                                       "company",
                                       "campaign",
                                       "legal",
                                       "links",
                                       "token",
                                       "today",
                                       "roles",
                                       "skip",
                                       "sent",
                                       "delivered",
                                       "opened",
                                       "clicked",
                                       "replied",
                                       "bounced",
                                       "applied",
                                       "hired",
                                       "finished",
                                       "interviewed",
                                       "sourced",
                                       "contacted",
                                       "met",
                                       "declined",
                                       "opted_out",
                                       "consent_at",
                                       "consent_by",
                                       "consent_source",
                                       NULL};

const char *
field_type_name(FieldType type)
{
    return type_names[type];
}

static void
field_free(gpointer data)
{
    Field *field = data;

    g_free(field->name);
    g_strfreev(field->values);
    g_free(field->column);
    g_free(field);
}

static void
field_set_add(FieldSet *set, Field *field)
{
    g_ptr_array_add(set->fields, field);
    g_hash_table_insert(set->by_name, field->name, field);
    g_ptr_array_index(set->name_list, set->name_list->len - 1) = field->name;
    g_ptr_array_add(set->name_list, NULL);
}

FieldSet *
field_set_new(void)
{
    FieldSet *set = g_new0(FieldSet, 1);

    set->fields = g_ptr_array_new_with_free_func(field_free);
    set->by_name = g_hash_table_new(g_str_hash, g_str_equal);
    set->faulty = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    set->name_list = g_ptr_array_new();
    g_ptr_array_add(set->name_list, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(built_in_fields); i++) {
        Field *field = g_new0(Field, 1);
        field->name = g_strdup(built_in_fields[i].name);
        field->type = built_in_fields[i].type;
        field->never_missing = built_in_fields[i].never_missing;
        field->is_private = built_in_fields[i].is_private;
        field->built_in = true;
        field->column = built_in_fields[i].column
                            ? g_strdup(built_in_fields[i].column)
                            : g_strconcat("c.", field->name, NULL);
        field_set_add(set, field);
    }
    return set;
}

void
field_set_free(FieldSet *set)
{
    if (!set)
        return;
    g_hash_table_unref(set->by_name);
    g_hash_table_unref(set->faulty);
    g_ptr_array_unref(set->name_list);
    g_ptr_array_unref(set->fields);
    g_free(set);
}

const Field *
field_find(const FieldSet *set, const char *name)
{
    return g_hash_table_lookup(set->by_name, name);
}

bool
field_is_faulty(const FieldSet *set, const char *name)
{
    return g_hash_table_contains(set->faulty, name);
}

guint
field_set_size(const FieldSet *set)
{
    return set->fields->len;
}

const Field *
field_set_get(const FieldSet *set, guint index)
{
    g_assert(index < set->fields->len);
    return g_ptr_array_index(set->fields, index);
}

const char *const *
field_names(const FieldSet *set)
{
    return (const char *const *)set->name_list->pdata;
}

/* -- fields.yaml ---------------------------------------------------------- */

static bool
name_is_usable(const char *name)
{
    gsize length = strlen(name);

    if (length == 0 || length > NAME_MAX_BYTES || !g_ascii_islower(name[0]))
        return false;
    for (gsize i = 0; i < length; i++)
        if (!g_ascii_islower(name[i]) && !g_ascii_isdigit(name[i]) &&
            name[i] != '_')
            return false;
    return true;
}

/* The scalar of `key`, reporting what is no scalar or empty. */
static const YamlNode *
scalar_of(const YamlNode *map, const char *key, const Source *source,
          Diagnostics *problems)
{
    const YamlNode *node = yaml_get(map, key);

    if (!node)
        return NULL;
    if (node->kind != YAML_SCALAR) {
        diagnostics_add(problems, "E111", source, node->offset, node->length,
                        "'%s' must be a single value", key);
        return NULL;
    }
    if (text_is_blank(node->value)) {
        diagnostics_add(problems, "E116", source, node->key_offset,
                        node->key_length, "'%s' is empty", key);
        return NULL;
    }
    return node;
}

static bool
yes_or_no(const YamlNode *map, const char *key, bool fallback,
          const Source *source, Diagnostics *problems)
{
    const YamlNode *node = scalar_of(map, key, source, problems);

    if (!node)
        return fallback;
    if (!g_ascii_strcasecmp(node->value, "yes") ||
        !g_ascii_strcasecmp(node->value, "true"))
        return true;
    if (!g_ascii_strcasecmp(node->value, "no") ||
        !g_ascii_strcasecmp(node->value, "false"))
        return false;
    diagnostics_add(problems, "E111", source, node->offset, node->length,
                    "'%s' must be yes or no", key);
    return fallback;
}

static void
report_unknown_keys(const YamlNode *map, const Source *source,
                    Diagnostics *problems)
{
    static const char *const keys[] = {
        "name", "type", "values", "ordered", "required", "private", NULL};

    for (guint i = 0; i < map->items->len; i++) {
        const YamlNode *item = g_ptr_array_index(map->items, i);
        const char *near;
        Diagnostic *d;

        if (g_strv_contains(keys, item->key))
            continue;
        d = diagnostics_add(problems, "E106", source, item->key_offset,
                            item->key_length, "unknown setting '%s'",
                            item->key);
        near = text_nearest(item->key, keys);
        if (near) {
            diagnostic_note(d, "did you mean '%s'?", near);
            diagnostic_fix(d, item->key_offset, item->key_length, near);
        }
        diagnostic_help(
            d, "settings of a field: name, type, values, ordered, required,"
               " private");
    }
}

/* Add one of `values`; false when it cannot be a value. */
static bool
value_add(GPtrArray *values, const YamlNode *item, const Source *source,
          Diagnostics *problems)
{
    if (item->kind != YAML_SCALAR || text_is_blank(item->value) ||
        strlen(item->value) > VALUE_MAX_LEN ||
        strpbrk(item->value, "\r\n\x1f\"\\")) {
        diagnostics_add(problems, "E111", source, item->offset, item->length,
                        "a value must be a short text without quotes");
        return false;
    }
    for (guint i = 0; i < values->len; i++)
        if (g_str_equal(g_ptr_array_index(values, i), item->value)) {
            diagnostics_add(problems, "E108", source, item->offset,
                            item->length, "'%s' is listed twice", item->value);
            return false;
        }
    g_ptr_array_add(values, g_strdup(item->value));
    return true;
}

/* The list `values`, NULL when there is none. */
static char **
values_of(const YamlNode *map, const Source *source, Diagnostics *problems)
{
    const YamlNode *node = yaml_get(map, "values");
    g_autoptr(GPtrArray) values = NULL;

    if (!node)
        return NULL;
    if (node->kind != YAML_LIST || node->items->len == 0 ||
        node->items->len > VALUES_MAX) {
        diagnostic_note(
            diagnostics_add(
                problems, "E111", source, node->offset, node->length,
                "'values' must be a list of 1 to %d words", VALUES_MAX),
            "for example [junior, senior]");
        return NULL;
    }
    values = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i < node->items->len; i++)
        value_add(values, g_ptr_array_index(node->items, i), source, problems);
    if (values->len == 0)
        return NULL;
    g_ptr_array_add(values, NULL);
    return (char **)g_ptr_array_free(g_steal_pointer(&values), FALSE);
}

/* The usable name of a declaration, NULL (reported) without one. */
static const char *
name_of(const FieldSet *set, const YamlNode *map, const Source *source,
        GHashTable *seen, Diagnostics *problems)
{
    const YamlNode *node = scalar_of(map, "name", source, problems);

    if (!node) {
        if (!yaml_get(map, "name"))
            diagnostics_add(problems, "E107", source, map->offset, map->length,
                            "this field has no name");
        return NULL;
    }
    if (!name_is_usable(node->value) ||
        (g_strv_contains(reserved, node->value) &&
         !field_find(set, node->value))) {
        Diagnostic *d = diagnostics_add(
            problems, "E111", source, node->offset, node->length,
            name_is_usable(node->value)
                ? "'%s' already means something else and cannot name a field"
                : "'%s' cannot name a field",
            node->value);
        diagnostic_help(d,
                        "lower-case letters, digits and '_', at most %d,"
                        " starting with a letter",
                        NAME_MAX_BYTES);
        return NULL;
    }
    if (!g_hash_table_add(seen, node->value)) {
        diagnostics_add(problems, "E108", source, node->offset, node->length,
                        "field '%s' is declared twice", node->value);
        return NULL;
    }
    return node->value;
}

/* The type a declaration names; a new field must name one. */
static bool
type_of(const Field *old, const YamlNode *map, const Source *source,
        FieldType *out, Diagnostics *problems)
{
    const YamlNode *node = scalar_of(map, "type", source, problems);
    Diagnostic *d;
    const char *near;

    if (!node) {
        if (old)
            *out = old->type;
        else if (!yaml_get(map, "type"))
            diagnostics_add(problems, "E107", source, map->offset, map->length,
                            "this field has no type");
        return old != NULL;
    }
    for (int i = 0; type_names[i]; i++) {
        if (!g_str_equal(node->value, type_names[i]))
            continue;
        *out = (FieldType)i;
        if (!old || old->type == *out ||
            (old->type == FIELD_TEXT && *out == FIELD_CHOICE))
            return true;
        diagnostics_add(problems, "E111", source, node->offset, node->length,
                        "the built-in field '%s' is a %s and stays one",
                        old->name, type_names[old->type]);
        return false;
    }
    d = diagnostics_add(problems, "E111", source, node->offset, node->length,
                        "'%s' is not a type of field", node->value);
    near = text_nearest(node->value, type_names);
    if (near) {
        diagnostic_note(d, "did you mean '%s'?", near);
        diagnostic_fix(d, node->offset, node->length, near);
    }
    diagnostic_help(d, "types: text, number, date, yes/no, choice, set, url");
    return false;
}

/* A field's values, order and flags, after its name and type. */
static void
describe(Field *field, const YamlNode *map, const Source *source,
         Diagnostics *problems)
{
    char **values = values_of(map, source, problems);
    const YamlNode *node = yaml_get(map, "values");

    if (values && field->type != FIELD_CHOICE && field->type != FIELD_SET) {
        diagnostics_add(problems, "E111", source, node->key_offset,
                        node->key_length, "only a choice or a set has values");
        g_clear_pointer(&values, g_strfreev);
    }
    if (values) {
        g_strfreev(field->values);
        field->values = values;
    }
    field->ordered =
        yes_or_no(map, "ordered", field->ordered, source, problems);
    node = yaml_get(map, "ordered");
    if (field->ordered && field->type != FIELD_CHOICE && node) {
        diagnostics_add(problems, "E111", source, node->key_offset,
                        node->key_length, "only a choice can be ordered");
        field->ordered = false;
    }
    field->required =
        yes_or_no(map, "required", field->required, source, problems);
    /* What is built in as private cannot be made public. */
    if (yes_or_no(map, "private", field->is_private, source, problems))
        field->is_private = true;
}

/* A choice is nothing without its values. */
static bool
has_values(const Field *old, FieldType type, const char *name,
           const YamlNode *map, const Source *source, Diagnostics *problems)
{
    const YamlNode *node = yaml_get(map, "values");

    if (type != FIELD_CHOICE || (old && old->values) ||
        (node && node->kind == YAML_LIST && node->items->len > 0))
        return true;
    if (node)
        g_strfreev(values_of(map, source, problems)); /* says why */
    else
        diagnostic_help(diagnostics_add(problems, "E107", source, map->offset,
                                        map->length,
                                        "the choice '%s' has no values", name),
                        "add a line such as  values: [junior, senior]");
    return false;
}

static void
field_read(FieldSet *set, const YamlNode *map, const Source *source,
           GHashTable *seen, Diagnostics *problems)
{
    const char *name;
    Field *field;
    FieldType type;

    if (map->kind != YAML_MAP) {
        diagnostics_add(problems, "E111", source, map->offset, map->length,
                        "a field must be a group of settings");
        return;
    }
    report_unknown_keys(map, source, problems);
    name = name_of(set, map, source, seen, problems);
    if (!name)
        return;
    field = g_hash_table_lookup(set->by_name, name);
    if (!type_of(field, map, source, &type, problems) ||
        !has_values(field, type, name, map, source, problems)) {
        g_hash_table_add(set->faulty, g_strdup(name));
        return;
    }
    if (!field) {
        if (set->fields->len >= FIELDS_MAX) {
            diagnostics_add(problems, "E111", source, map->offset, map->length,
                            "more than %d fields", FIELDS_MAX);
            return;
        }
        field = g_new0(Field, 1);
        field->name = g_strdup(name);
        if (type != FIELD_SET)
            field->column = g_strconcat("c.x_", name, NULL);
        field_set_add(set, field);
    }
    field->type = type;
    describe(field, map, source, problems);
}

void
field_set_read(FieldSet *set, const Source *source, Diagnostics *problems)
{
    g_autoptr(YamlNode) root =
        yaml_read(source, 0, source_size(source), NULL, problems);
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
    const YamlNode *list;

    if (!root)
        return;
    if (root->kind != YAML_MAP) {
        diagnostics_add(problems, "E111", source, root->offset, root->length,
                        "this file must start with 'fields:'");
        return;
    }
    for (guint i = 0; i < root->items->len; i++) {
        const YamlNode *item = g_ptr_array_index(root->items, i);
        if (!g_str_equal(item->key, "fields"))
            diagnostics_add(problems, "E106", source, item->key_offset,
                            item->key_length, "unknown setting '%s'",
                            item->key);
    }
    list = yaml_get(root, "fields");
    if (!list)
        return;
    if (list->kind != YAML_LIST) {
        diagnostics_add(problems, "E111", source, list->offset, list->length,
                        "'fields' must be a list");
        return;
    }
    for (guint i = 0; i < list->items->len; i++)
        field_read(set, g_ptr_array_index(list->items, i), source, seen,
                   problems);
}

/* -- columns -------------------------------------------------------------- */

static const char *
column_type(FieldType type)
{
    switch (type) {
    case FIELD_NUMBER:
        return "REAL";
    case FIELD_DATE:
    case FIELD_YES_NO:
        return "INTEGER";
    case FIELD_TEXT:
    case FIELD_CHOICE:
    case FIELD_SET:
    case FIELD_URL:
        break;
    }
    return "TEXT";
}

/* Name -> declared type of each column that candidate has. */
static GHashTable *
columns_of_candidate(Store *store, GError **error)
{
    g_autoptr(GHashTable) columns =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    g_autoptr(Statement) st = store_prepare(
        store, "SELECT name, type FROM pragma_table_info('candidate')", error);

    if (!st)
        return NULL;
    while (statement_step(st))
        g_hash_table_insert(columns, g_strdup(statement_text(st, 0)),
                            g_strdup(statement_text(st, 1)));
    if (!statement_end(st, error))
        return NULL;
    return g_steal_pointer(&columns);
}

/* The DDL that candidate lacks, empty if none; NULL with ERROR_CONFIG when a
 * column was made for a field of another kind. */
static GString *
missing_columns(const FieldSet *set, Store *store, GError **error)
{
    g_autoptr(GHashTable) columns = columns_of_candidate(store, error);
    GString *ddl;

    if (!columns)
        return NULL;
    ddl = g_string_new(NULL);
    for (guint i = 0; i < set->fields->len; i++) {
        const Field *field = g_ptr_array_index(set->fields, i);
        const char *column, *type, *had;

        if (field->built_in || !field->column)
            continue;
        column = field->column + strlen("c.");
        type = column_type(field->type);
        had = g_hash_table_lookup(columns, column);
        if (had && !g_str_equal(had, type)) {
            g_set_error(error, NURTURE_ERROR, ERROR_CONFIG,
                        "fields.yaml: field '%s' was stored as %s and cannot"
                        " become %s; give it a new name",
                        field->name, had, field_type_name(field->type));
            g_string_free(ddl, TRUE);
            return NULL;
        }
        if (had)
            continue;
        /* The name was checked letter by letter when it was read. */
        g_string_append_printf(ddl, "ALTER TABLE candidate ADD COLUMN %s %s;",
                               column, type);
        if (field->type == FIELD_CHOICE)
            g_string_append_printf(
                ddl,
                "CREATE INDEX IF NOT EXISTS candidate_%s ON candidate (%s);",
                column, column);
    }
    return ddl;
}

bool
field_set_migrate(const FieldSet *set, Store *store, GError **error)
{
    g_autofree char *ddl = NULL;
    GString *missing = missing_columns(set, store, error);

    if (!missing)
        return false;
    if (missing->len > 0) {
        g_auto(Transaction) tx = store_begin(store, error);
        g_string_free(missing, TRUE);
        if (!tx.store)
            return false;
        /* Somebody else may have added them while we waited for the lock. */
        missing = missing_columns(set, store, error);
        if (!missing)
            return false;
        ddl = g_string_free(missing, FALSE);
        return store_exec(store, ddl, error) && transaction_commit(&tx, error);
    }
    g_string_free(missing, TRUE);
    return true;
}
