/* SPDX-License-Identifier: Apache-2.0 */
/* metrics.c - counts in Prometheus' text format */
#include "nurture/metrics.h"

#include "nurture/store.h"

#include <string.h>

struct Metrics {
    char *database;
    GHashTable *events; /* "kind\tclass" -> int64_t, owned */
    int64_t last;       /* the newest event counted */
};

Metrics *
metrics_new(const char *database)
{
    Metrics *metrics = g_new0(Metrics, 1);

    metrics->database = g_strdup(database);
    metrics->events =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    return metrics;
}

void
metrics_free(Metrics *metrics)
{
    if (!metrics)
        return;
    g_hash_table_unref(metrics->events);
    g_free(metrics->database);
    g_free(metrics);
}

static void
append_head(GString *out, const char *name, const char *type, const char *help)
{
    g_string_append_printf(out, "# HELP nurture_%s %s\n# TYPE nurture_%s %s\n",
                           name, help, name, type);
}

/* A label's value: words of ours, but the store is only data. */
static void
append_label(GString *out, const char *value)
{
    for (const char *c = value ? value : "none"; *c; c++)
        g_string_append_c(out, g_ascii_isalnum(*c) ? *c : '_');
}

typedef struct {
    const char *name, *type, *label, *help, *sql; /* label NULL: one number */
} Family;

static const Family families[] = {
    {"messages", "gauge", "state", "Messages by where they are.",
     "SELECT state, count(*) FROM message_state GROUP BY state ORDER BY state"},
    {"inbound_total", "counter", "kind", "Mail received, by what it was.",
     "SELECT coalesce(kind, state), count(*) FROM inbound GROUP BY 1"
     " ORDER BY 1"},
    {"opt_outs_total", "counter", "reason", "Addresses not mailed any more.",
     "SELECT reason, count(*) FROM suppression GROUP BY reason"
     " ORDER BY reason"},
    {"campaigns", "gauge", "state", "Launched campaigns.",
     "SELECT state, count(*) FROM campaign GROUP BY state ORDER BY state"},
};

static bool
append_family(Store *store, const Family *family, GString *out, GError **error)
{
    g_autoptr(Statement) st = store_prepare(store, family->sql, error);

    if (!st)
        return false;
    append_head(out, family->name, family->type, family->help);
    while (statement_step(st)) {
        g_string_append_printf(out, "nurture_%s{%s=\"", family->name,
                               family->label);
        append_label(out, statement_text(st, 0));
        g_string_append_printf(out, "\"} %" G_GINT64_FORMAT "\n",
                               statement_int(st, 1));
    }
    return statement_end(st, error);
}

/* Of what is due, how long the oldest has been so. */
static bool
append_age(Store *store, int64_t now, GString *out, GError **error)
{
    g_autoptr(Statement) st =
        store_prepare(store,
                      "SELECT min(not_before) FROM message"
                      " WHERE state IN ('scheduled', 'deferred')",
                      error);
    int64_t age = 0;

    if (!st)
        return false;
    if (statement_step(st) && !statement_is_null(st, 0))
        age = MAX(now - statement_int(st, 0), 0);
    append_head(out, "queue_age_seconds", "gauge",
                "For how long the oldest waiting message has been due.");
    g_string_append_printf(out, "nurture_queue_age_seconds %.3f\n",
                           (double)age / 1000);
    return statement_end(st, error);
}

static bool
count_events(Metrics *m, Store *store, GError **error)
{
    g_autoptr(Statement) st = store_prepare(
        store,
        "SELECT max(event_id), kind, CASE WHEN detail IS NULL OR kind NOT IN"
        "  ('clicked', 'opened') THEN iif(machine, 'machine', 'human')"
        "  ELSE coalesce(json_extract(detail, '$.class'), 'none') END AS class,"
        "  count(*) FROM event WHERE event_id > :last GROUP BY kind, class",
        error);
    int64_t last = m->last;

    if (!st)
        return false;
    statement_bind_int(st, ":last", m->last);
    while (statement_step(st)) {
        g_autofree char *key = g_strdup_printf("%s\t%s", statement_text(st, 1),
                                               statement_text(st, 2));
        int64_t *count = g_hash_table_lookup(m->events, key);
        if (!count) {
            count = g_new0(int64_t, 1);
            g_hash_table_insert(m->events, g_steal_pointer(&key), count);
        }
        *count += statement_int(st, 3);
        last = MAX(last, statement_int(st, 0));
    }
    m->last = last;
    return statement_end(st, error);
}

static int
compare_text(gconstpointer a, gconstpointer b)
{
    return strcmp(a, b);
}

static void
append_events(const Metrics *m, GString *out)
{
    g_autoptr(GList) keys = g_hash_table_get_keys(m->events);

    append_head(out, "events_total", "counter",
                "What happened, by kind; clicks and opens by class of hit.");
    keys = g_list_sort(keys, compare_text);
    for (GList *l = keys; l; l = l->next) {
        const char *key = l->data;
        const char *tab = strchr(key, '\t');
        g_autofree char *kind = g_strndup(key, (gsize)(tab - key));
        const int64_t *count = g_hash_table_lookup(m->events, key);
        g_string_append(out, "nurture_events_total{kind=\"");
        append_label(out, kind);
        g_string_append(out, "\",class=\"");
        append_label(out, tab + 1);
        g_string_append_printf(out, "\"} %" G_GINT64_FORMAT "\n", *count);
    }
}

bool
metrics_append(Metrics *metrics, int64_t now, GString *out, GError **error)
{
    g_autoptr(Store) store =
        store_open(metrics->database, STORE_READ_ONLY, error);

    if (!store)
        return false;
    for (gsize i = 0; i < G_N_ELEMENTS(families); i++)
        if (!append_family(store, &families[i], out, error))
            return false;
    if (!append_age(store, now, out, error) ||
        !count_events(metrics, store, error))
        return false;
    append_events(metrics, out);
    return true;
}

bool
metrics_healthy(Metrics *metrics, GError **error)
{
    g_autoptr(Store) store =
        store_open(metrics->database, STORE_READ_ONLY, error);
    g_autoptr(Statement) st = NULL;

    if (!store)
        return false;
    st = store_prepare(store, "SELECT count(*) FROM campaign", error);
    return st && statement_step(st) && statement_end(st, error);
}
