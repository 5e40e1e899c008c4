/* SPDX-License-Identifier: Apache-2.0 */
/* ats_adapter.c - tables that turn a vendor's webhook into records */
#include "ats-adapter.h"

#include "nurture/datafile.h"
#include "nurture/embedded.h"
#include "nurture/error.h"
#include "nurture/text.h"

#include <string.h>

#define FOLDER "campaigns/data/ats/"

enum { WHAT, ON, NAME, VALUE };

struct AtsAdapter {
    char *name;
    DataFile *table, *stages;
};

/* -- loading -------------------------------------------------------------- */

static bool
report(const AtsAdapter *a, const DataRow *row, GError **error,
       const char *what, const char *word)
{
    g_set_error(error, NURTURE_ERROR, ERROR_INPUT, "ats/%s.tsv:%d: %s '%s'",
                a->name, row->line, what, word);
    return false;
}

/* "application.status" -> type and field. */
static bool
split_field(const char *text, AtsType *type, AtsField *field)
{
    static const char *const types[ATS_TYPES] = {"candidate", "job",
                                                 "application"};
    const char *dot = strchr(text, '.');
    int found = dot ? ats_field_find(dot + 1) : -1;

    for (int i = 0; found >= 0 && i < ATS_TYPES; i++)
        if (strncmp(types[i], text, (size_t)(dot - text)) == 0 &&
            !types[i][dot - text]) {
            *type = (AtsType)i;
            *field = (AtsField)found;
            return true;
        }
    return false;
}

static bool
check_row(const AtsAdapter *a, const DataRow *row, GError **error)
{
    static const char *const settings[] = {"scheme", "header", "prefix",
                                           "event",  "pull",   NULL};
    const char *what = row->cell[WHAT];
    AtsType type;
    AtsField field;

    if (strcmp(what, "set") == 0)
        return g_strv_contains(settings, row->cell[NAME]) ||
               report(a, row, error, "there is no setting", row->cell[NAME]);
    if (strcmp(what, "event") == 0)
        return true;
    if (strcmp(what, "field") == 0)
        return split_field(row->cell[NAME], &type, &field) ||
               report(a, row, error, "there is no field", row->cell[NAME]);
    if (strcmp(what, "value") == 0)
        return split_field(row->cell[ON], &type, &field) ||
               report(a, row, error, "there is no field", row->cell[ON]);
    return report(a, row, error, "expected set, event, field or value, not",
                  what);
}

/* Of two rows for one field, value or event, one would be lost. */
static bool
check_twice(const AtsAdapter *a, guint at, GError **error)
{
    const DataRow *row = datafile_row(a->table, at);

    for (guint i = 0; i < at; i++) {
        const DataRow *other = datafile_row(a->table, i);
        if (strcmp(row->cell[WHAT], other->cell[WHAT]) == 0 &&
            strcmp(row->cell[ON], other->cell[ON]) == 0 &&
            strcmp(row->cell[NAME], other->cell[NAME]) == 0)
            return report(a, row, error, "there is a row before this for",
                          strcmp(row->cell[NAME], "-") == 0 ? row->cell[ON]
                                                            : row->cell[NAME]);
    }
    return true;
}

AtsAdapter *
ats_adapter_parse(const char *name, const char *text, gsize length,
                  GError **error)
{
    g_autoptr(AtsAdapter) a = g_new0(AtsAdapter, 1);
    g_autofree char *file = g_strconcat("ats/", name, ".tsv", NULL);

    a->name = g_strdup(name);
    a->table = datafile_parse(file, text, length, error);
    if (!a->table)
        return NULL;
    a->stages = datafile_load(FOLDER "stages.tsv", error);
    if (!a->stages)
        return NULL;
    for (guint i = 0; i < datafile_rows(a->table); i++)
        if (g_strv_length(datafile_row(a->table, i)->cell) != 4) {
            g_set_error(error, NURTURE_ERROR, ERROR_INPUT,
                        "%s: the first line names four columns: what, on, "
                        "name, value",
                        file);
            return NULL;
        } else if (!check_row(a, datafile_row(a->table, i), error) ||
                   !check_twice(a, i, error)) {
            return NULL;
        }
    if (!ats_adapter_setting(a, "scheme") || !ats_adapter_setting(a, "event")) {
        g_set_error(error, NURTURE_ERROR, ERROR_INPUT,
                    "%s: no 'set' row for scheme, or none for event", file);
        return NULL;
    }
    return g_steal_pointer(&a);
}

AtsAdapter *
ats_adapter_load(const Workspace *workspace, const char *name, GError **error)
{
    g_autofree char *file = g_strconcat(name, ".tsv", NULL);
    g_autofree char *own = g_build_filename(
        workspace->root ? workspace->root : "", "ats", file, NULL);
    g_autofree char *built_in = g_strconcat(FOLDER, file, NULL);
    g_autofree char *text = NULL;
    const Embedded *e;
    gsize length;

    if (strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-_") ==
            strlen(name) &&
        g_file_get_contents(own, &text, &length, NULL))
        return ats_adapter_parse(name, text, length, error);
    e = embedded_find(built_in);
    if (e)
        return ats_adapter_parse(name, e->start, (gsize)(e->end - e->start),
                                 error);
    g_set_error(error, NURTURE_ERROR, ERROR_INPUT,
                "there is no adapter '%s': ashby, greenhouse, lever, merge, "
                "smartrecruiters and workable are built in; others are files "
                "ats/NAME.tsv",
                name);
    return NULL;
}

void
ats_adapter_free(AtsAdapter *a)
{
    if (!a)
        return;
    datafile_free(a->table);
    datafile_free(a->stages);
    g_free(a->name);
    g_free(a);
}

/* The next row of that kind from *at on; NULL at the end. */
static const DataRow *
next_row(const AtsAdapter *a, const char *what, guint *at)
{
    while (*at < datafile_rows(a->table)) {
        const DataRow *row = datafile_row(a->table, (*at)++);
        if (strcmp(row->cell[WHAT], what) == 0)
            return row;
    }
    return NULL;
}

const char *
ats_adapter_setting(const AtsAdapter *a, const char *name)
{
    const DataRow *row;

    for (guint at = 0; (row = next_row(a, "set", &at));)
        if (strcmp(row->cell[NAME], name) == 0)
            return row->cell[VALUE];
    return NULL;
}

/* -- paths ---------------------------------------------------------------- */

typedef struct {
    Store *store;
    const char *body, *header;
    int64_t received_at;
} Body;

/* One path in the body; a list's scalars are joined by U+001F. */
static bool
read_path(const Body *b, const char *path, char **out, GError **error)
{
    g_autoptr(Statement) st = store_prepare(
        b->store,
        "SELECT CASE WHEN json_valid(:body) THEN"
        " CASE json_type(:body, :path) WHEN 'array' THEN"
        " (SELECT group_concat(value, char(31)) FROM json_each(:body, :path)"
        "  WHERE type NOT IN ('array', 'object', 'null'))"
        " WHEN 'object' THEN NULL ELSE json_extract(:body, :path) END END",
        error);

    *out = NULL;
    if (!st)
        return false;
    statement_bind_text(st, ":body", b->body);
    statement_bind_text(st, ":path", path);
    if (statement_step(st))
        *out = g_strdup(statement_text(st, 0));
    return statement_end(st, error);
}

/* "$.a[*].b": b of every element of a. */
static bool
read_each(const Body *b, const char *path, const char *star, char **out,
          GError **error)
{
    g_autofree char *list = g_strndup(path, (gsize)(star - path));
    g_autofree char *rest = g_strconcat("$", star + strlen("[*]"), NULL);
    g_autoptr(Statement) st = store_prepare(
        b->store,
        "SELECT group_concat(json_extract(value, :rest), char(31))"
        " FROM json_each(:body, :list) WHERE type = 'object'",
        error);

    *out = NULL;
    if (!st)
        return false;
    statement_bind_text(st, ":body", b->body);
    statement_bind_text(st, ":list", list);
    statement_bind_text(st, ":rest", rest);
    if (statement_step(st))
        *out = g_strdup(statement_text(st, 0));
    return statement_end(st, error);
}

static bool
read_one(const Body *b, const char *from, char **out, GError **error)
{
    const char *star = strstr(from, "[*]");

    *out = NULL;
    if (*from == '=')
        *out = g_strdup(from + 1);
    else if (strcmp(from, "@received") == 0)
        *out = g_strdup_printf("%" G_GINT64_FORMAT, b->received_at);
    else if (g_str_has_prefix(from, "header:"))
        *out = g_strdup(b->header);
    else if (star)
        return read_each(b, from, star, out, error);
    else
        return read_path(b, from, out, error);
    return true;
}

/* Ours for theirs; NULL = the table does not know it. *out_any: it knows some.
 */
static const char *
known_value(const AtsAdapter *a, const char *field, const char *theirs,
            bool *out_any)
{
    const DataRow *row;

    *out_any = false;
    for (guint at = 0; (row = next_row(a, "value", &at));) {
        if (strcmp(row->cell[ON], field) != 0)
            continue;
        *out_any = true;
        if (g_ascii_strcasecmp(row->cell[NAME], theirs) == 0)
            return row->cell[VALUE];
    }
    return NULL;
}

/* What one alternative says; NULL with *out_unknown set (owned): it is there,
 * and the table does not know it. */
static bool
read_alternative(const AtsAdapter *a, const Body *b, const char *field,
                 const char *from, char **out, char **out_unknown,
                 GError **error)
{
    const char *arrow = strstr(from, " => ");
    g_autofree char *path =
        arrow ? g_strndup(from, (gsize)(arrow - from)) : g_strdup(from);
    g_autofree char *theirs = NULL;
    const char *ours;
    bool any;

    *out = NULL;
    if (!read_one(b, path, &theirs, error))
        return false;
    if (text_is_blank(theirs))
        return true;
    ours = arrow ? arrow + strlen(" => ") : known_value(a, field, theirs, &any);
    if (ours || *from == '=' || !any) {
        *out = g_strdup(ours ? ours : theirs);
        return true;
    }
    g_free(*out_unknown);
    *out_unknown = g_steal_pointer(&theirs);
    return true;
}

/* The first alternative that is there and known. */
static bool
read_value(const AtsAdapter *a, const Body *b, const char *field,
           const char *from, char **out, char **out_unknown, GError **error)
{
    g_auto(GStrv) alternatives = g_strsplit(from, " | ", 0);

    *out = NULL;
    for (int i = 0; alternatives[i] && !*out; i++)
        if (!read_alternative(a, b, field, alternatives[i], out, out_unknown,
                              error))
            return false;
    return true;
}

bool
ats_body_text(Store *store, const char *body, const char *path, char **out,
              GError **error)
{
    Body b = {store, body, NULL, 0};

    return read_path(&b, path, out, error);
}

char *
ats_adapter_event(const AtsAdapter *a, Store *store, const char *body,
                  const char *header, GError **error)
{
    Body b = {store, body, header, 0};
    g_autofree char *unknown = NULL;
    char *event;

    if (!read_value(a, &b, "", ats_adapter_setting(a, "event"), &event,
                    &unknown, error))
        return NULL;
    return event;
}

/* -- records -------------------------------------------------------------- */

/* Where a field is: the event's own row before that of all events. */
static const char *
place_of(const AtsAdapter *a, const char *event, const char *field)
{
    const char *general = NULL;
    const DataRow *row;

    for (guint at = 0; (row = next_row(a, "field", &at));) {
        if (strcmp(row->cell[NAME], field) != 0)
            continue;
        if (strcmp(row->cell[ON], event) == 0)
            return row->cell[VALUE];
        if (strcmp(row->cell[ON], "*") == 0)
            general = row->cell[VALUE];
    }
    return general;
}

static const char *
kind_of_stage(const AtsAdapter *a, const char *stage)
{
    g_autofree char *lower = g_utf8_strdown(stage, -1);

    for (guint i = 0; i < datafile_rows(a->stages); i++) {
        const DataRow *row = datafile_row(a->stages, i);
        if (strstr(lower, row->cell[0]))
            return row->cell[1];
    }
    return NULL;
}

static bool
fill_field(const AtsAdapter *a, const Body *b, const char *event,
           const char *type, AtsField field, AtsRow *row, char **out_problem,
           GError **error)
{
    g_autofree char *name = g_strconcat(type, ".", ats_field_name(field), NULL);
    g_autofree char *value = NULL, *unknown = NULL, *reason = NULL;
    const char *from = place_of(a, event, name);

    if (!from)
        return true;
    if (!read_value(a, b, name, from, &value, &unknown, error))
        return false;
    if (!value && unknown && field == ATS_STATUS)
        *out_problem = g_strdup_printf(
            "%s: '%.60s' is not in ats/%s.tsv; add a row: value, %s, %.60s, "
            "and what it means",
            name, unknown, a->name, name, unknown);
    else if (value && !ats_row_set(row, field, value, &reason))
        *out_problem = g_strdup_printf("%s: %s", name, reason);
    return true;
}

/* One record of `type`; nothing when the event has no id of one. */
static bool
map_record(const AtsAdapter *a, const Body *b, const char *event,
           const char *type, const char *src, GPtrArray *rows,
           char **out_problem, GError **error)
{
    AtsRow *row = g_new0(AtsRow, 1);
    char *reason = NULL;
    int field;

    g_ptr_array_add(rows, row);
    row->value[ATS_TYPE] = g_strdup(type);
    for (int i = ATS_SRC; i < ATS_FIELDS && !*out_problem; i++)
        if (!fill_field(a, b, event, type, (AtsField)i, row, out_problem,
                        error))
            return false;
    if (!row->value[ATS_ID]) {
        g_ptr_array_set_size(rows, (int)rows->len - 1);
        return true;
    }
    if (row->value[ATS_STAGE] && !row->value[ATS_STAGE_KIND])
        row->value[ATS_STAGE_KIND] =
            g_strdup(kind_of_stage(a, row->value[ATS_STAGE]));
    if (!*out_problem &&
        !ats_row_finish(row, src, b->received_at, &field, &reason)) {
        *out_problem = g_strdup_printf("%s: %s", type, reason);
        g_free(reason);
    }
    return true;
}

static bool
is_json(const Body *b, bool *out, GError **error)
{
    g_autoptr(Statement) st =
        store_prepare(b->store, "SELECT json_valid(:body)", error);

    if (!st)
        return false;
    statement_bind_text(st, ":body", b->body);
    *out = statement_step(st) && statement_int(st, 0);
    return statement_end(st, error);
}

const char *
ats_adapter_records(const AtsAdapter *a, const char *event)
{
    const DataRow *row;

    for (guint at = 0; (row = next_row(a, "event", &at));)
        if (strcmp(row->cell[ON], event) == 0)
            return row->cell[VALUE];
    return NULL;
}

GPtrArray *
ats_adapter_map(const AtsAdapter *a, Store *store, const char *body,
                const char *event, const char *src, int64_t received_at,
                char **out_problem, GError **error)
{
    g_autoptr(GPtrArray) rows = g_ptr_array_new_with_free_func(ats_row_free);
    Body b = {store, body, NULL, received_at};
    const char *records = event ? ats_adapter_records(a, event) : NULL;
    g_auto(GStrv) types = g_strsplit(records ? records : "", " ", 0);
    bool json;

    *out_problem = NULL;
    if (!is_json(&b, &json, error))
        return NULL;
    if (!json)
        *out_problem = g_strdup("not JSON");
    for (int i = 0; types[i] && !*out_problem; i++)
        if (*types[i] &&
            !map_record(a, &b, event, types[i], src, rows, out_problem, error))
            return NULL;
    if (!*out_problem && records && *records && rows->len == 0)
        *out_problem = g_strdup_printf("no record is in it; '%s' should bring "
                                       "%s",
                                       event, records);
    return g_steal_pointer(&rows);
}
