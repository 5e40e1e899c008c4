/* SPDX-License-Identifier: Apache-2.0 */
/* provider.c - from a domain to who runs its mail */
#include "nurture/provider.h"

#include "nurture/clock.h"
#include "nurture/datafile.h"

#include <gio/gio.h>
#include <string.h>

#define REMEMBER (7 * DAY_MS)

typedef struct {
    Provider *providers;
    char ***servers; /* of each: how its servers' names end */
    guint n;
    GHashTable *domains; /* domain -> Provider */
} Table;

static Table *
table_load(void)
{
    g_autoptr(GError) error = NULL;
    DataFile *file = datafile_load("mta/data/provider.tsv", &error);
    Table *t = g_new0(Table, 1);

    g_assert_no_error(error); /* it is built in */
    t->n = datafile_rows(file);
    t->providers = g_new0(Provider, t->n);
    t->servers = g_new0(char **, t->n);
    t->domains = g_hash_table_new(g_str_hash, g_str_equal);
    for (guint i = 0; i < t->n; i++) {
        char **cell = datafile_row(file, i)->cell;
        char **domains = g_strsplit(cell[2], " ", 0);
        t->providers[i] = (Provider){g_intern_string(cell[0]),
                                     (int)g_ascii_strtoll(cell[3], NULL, 10),
                                     (int)g_ascii_strtoll(cell[4], NULL, 10)};
        t->servers[i] = g_strsplit(cell[1], " ", 0);
        for (int d = 0; domains[d]; d++)
            g_hash_table_insert(t->domains, (void *)g_intern_string(domains[d]),
                                &t->providers[i]);
        g_strfreev(domains);
    }
    datafile_free(file);
    return t;
}

static const Table *
table(void)
{
    static Table *loaded;

    if (g_once_init_enter(&loaded))
        g_once_init_leave(&loaded, table_load());
    return loaded;
}

const Provider *
provider_of_domain(const char *domain)
{
    return g_hash_table_lookup(table()->domains, domain);
}

const Provider *
provider_of_server(const char *host)
{
    const Table *t = table();
    g_autofree char *name = g_strconcat(".", host, NULL);
    gsize length;

    for (char *p = name; *p; p++)
        *p = g_ascii_tolower(*p);
    length = strlen(name);
    if (length > 1 && name[length - 1] == '.')
        name[length - 1] = '\0';
    for (guint i = 0; i < t->n; i++)
        for (char **end = t->servers[i]; *end; end++)
            if (**end && g_str_has_suffix(name, *end))
                return &t->providers[i];
    return NULL;
}

/* ---- MX records ---------------------------------------------------------- */

static char **
ask_mx(const char *domain, gpointer data, GError **error)
{
    g_autoptr(GResolver) resolver = g_resolver_get_default();
    GError *failed = NULL;
    GPtrArray *hosts;
    GList *records;

    (void)data;
    records = g_resolver_lookup_records(resolver, domain, G_RESOLVER_RECORD_MX,
                                        NULL, &failed);
    if (failed && !g_error_matches(failed, G_RESOLVER_ERROR,
                                   G_RESOLVER_ERROR_NOT_FOUND)) {
        g_propagate_error(error, failed);
        return NULL;
    }
    g_clear_error(&failed);
    hosts = g_ptr_array_new();
    for (GList *r = records; r; r = r->next) {
        guint16 preference;
        const char *host;
        g_variant_get(r->data, "(q&s)", &preference, &host);
        g_ptr_array_add(hosts, g_strdup(host));
    }
    g_list_free_full(records, (GDestroyNotify)g_variant_unref);
    g_ptr_array_add(hosts, NULL);
    return (char **)g_ptr_array_free(hosts, FALSE);
}

ProviderResolver
provider_resolver(void)
{
    return (ProviderResolver){ask_mx, NULL};
}

static GPtrArray *
unknown_domains(Store *store, int limit, int64_t now, GError **error)
{
    g_autoptr(GPtrArray) list = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(Statement) st = store_prepare(
        store,
        "SELECT DISTINCT m.rcpt_domain FROM message m"
        " LEFT JOIN domain_provider p ON p.domain = m.rcpt_domain"
        " WHERE m.state IN ('scheduled','deferred') AND m.provider IS NULL"
        "  AND (p.domain IS NULL OR p.looked_up_at < :before) LIMIT :limit",
        error);

    if (!st)
        return NULL;
    statement_bind_int(st, ":before", now - REMEMBER);
    statement_bind_int(st, ":limit", limit);
    while (statement_step(st))
        g_ptr_array_add(list, g_strdup(statement_text(st, 0)));
    return statement_end(st, error) ? g_steal_pointer(&list) : NULL;
}

/* The name of the group, and from when on it is known. */
static const char *
look_up(const ProviderResolver *resolver, const char *domain, int64_t *at)
{
    g_autoptr(GError) failed = NULL;
    g_auto(GStrv) hosts = resolver->mx(domain, resolver->data, &failed);
    const Provider *found = NULL;

    if (failed)
        *at -= REMEMBER - DAY_MS; /* again tomorrow */
    for (int i = 0; hosts && hosts[i] && !found; i++)
        found = provider_of_server(hosts[i]);
    return found ? found->name : domain;
}

static bool
remember(Store *store, const char *domain, const char *provider, int64_t at,
         GError **error)
{
    g_auto(Transaction) tx = store_begin(store, error);
    g_autoptr(Statement) row = NULL, mail = NULL;

    if (!tx.store)
        return false;
    row = store_prepare(
        store,
        "INSERT INTO domain_provider (domain, provider, looked_up_at)"
        " VALUES (:domain, :provider, :at) ON CONFLICT (domain) DO UPDATE SET"
        "  provider = excluded.provider, looked_up_at = excluded.looked_up_at",
        error);
    if (!row)
        return false;
    statement_bind_text(row, ":domain", domain);
    statement_bind_text(row, ":provider", provider);
    statement_bind_int(row, ":at", at);
    if (!statement_run(row, error))
        return false;
    mail = store_prepare(
        store,
        "UPDATE message SET provider = :provider WHERE rcpt_domain = :domain"
        "  AND state IN ('scheduled','deferred') AND provider IS NULL",
        error);
    if (!mail)
        return false;
    statement_bind_text(mail, ":domain", domain);
    statement_bind_text(mail, ":provider", provider);
    return statement_run(mail, error) && transaction_commit(&tx, error);
}

bool
provider_learn(Store *store, const ProviderResolver *resolver, int limit,
               int64_t now, int *out_found, GError **error)
{
    g_autoptr(GPtrArray) domains = unknown_domains(store, limit, now, error);

    if (!domains)
        return false;
    for (guint i = 0; i < domains->len; i++) {
        const char *domain = domains->pdata[i];
        int64_t at = now;
        const char *provider = look_up(resolver, domain, &at);
        if (!remember(store, domain, provider, at, error))
            return false;
    }
    if (out_found)
        *out_found = (int)domains->len;
    return true;
}
