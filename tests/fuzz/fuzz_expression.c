/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_expression.c - any bytes as a condition */
#include "nurture/clock.h"
#include "nurture/segment.h"

#include <string.h>

/* What parses prints as text that parses to the same, and is SQL that SQLite
 * accepts. */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char fields_yaml[] =
    "fields:\n"
    "  - {name: level, type: choice, ordered: yes, values: [a, b, c]}\n"
    "  - {name: open, type: yes/no}\n"
    "  - {name: years, type: number}\n"
    "  - {name: tag, type: set}\n";
static const char *const segments[] = {"near", NULL};
static const char *const words[] = {"a", "DE", NULL};
static const StaticValue statics[] = {
    {"audience", words}, {"role.levels", words}, {NULL, NULL}};

static FieldSet *fields;
static Store *store;
static Workspace workspace;

static void
start(void)
{
    g_autoptr(Diagnostics) problems = diagnostics_new();
    g_autoptr(Source) source =
        source_new("fields.yaml", fields_yaml, strlen(fields_yaml));

    fields = field_set_new();
    field_set_read(fields, source, problems);
    g_assert_cmpuint(diagnostics_length(problems), ==, 0);
    store = store_open(":memory:", STORE_CREATE, NULL);
    g_assert_true(field_set_migrate(fields, store, NULL));
    workspace.fields = fields;
    workspace.zone = g_time_zone_new_utc();
    workspace.scores.half_life_ms = 90 * DAY_MS;
}

static Expression *
parse(const char *text, gsize length, Diagnostics *problems)
{
    g_autoptr(Source) source = source_new("x", text, length);
    ExpressionScope scope = {.fields = fields,
                             .segments = segments,
                             .statics = true,
                             .needs_role = true};

    return expression_parse(&scope, source, 0, length, problems);
}

/* False only for what cannot be SQL: the unknown segment, and words of mails
 * and roles that nobody gave a value. */
static void
compile(const Expression *e)
{
    g_autoptr(AudienceQuery) q = audience_query_new(NULL, &workspace, DAY_MS);
    g_autoptr(GError) error = NULL;
    g_autoptr(Statement) st = NULL;

    audience_query_condition(q, e);
    audience_query_where(q, e);
    st = audience_query_prepare(q, store, AUDIENCE_ALL, &error);
    if (!st && !strstr(error->message, "segment 'near'") &&
        !strstr(error->message, "means nothing") &&
        !strstr(error->message, "too large"))
        g_error("%s", error->message);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autoptr(Diagnostics) problems = diagnostics_new();
    g_autoptr(Expression) e = NULL, again = NULL, reduced = NULL;
    g_autofree char *text = NULL, *same = NULL;

    if (!store)
        start();
    e = parse((const char *)data, size, problems);
    g_assert_true(e || diagnostics_count(problems, SEVERITY_ERROR) > 0);
    if (!e)
        return 0;
    text = expression_format(e);
    /* Quotes may make it longer than an author's text may be. */
    if (strlen(text) < 8192) {
        again = parse(text, strlen(text), problems);
        if (!again)
            g_error("does not parse again: %s", text);
        same = expression_format(again);
        g_assert_cmpstr(text, ==, same);
    }
    reduced = expression_reduce(e, statics);
    compile(e);
    compile(reduced);
    return 0;
}
