/* SPDX-License-Identifier: Apache-2.0 */
/* recheck.c - the second look at a domain, a day later */
#include "recheck.h"

#include "nurture/alert.h"
#include "nurture/clock.h"
#include "nurture/optout.h"
#include "nurture/text.h"

#include <gio/gio.h>
#include <string.h>

enum { AT_ONCE = 20, MOST_TRIES = 3 };

typedef struct {
    char *hmac, *message_id, *domain;
    int64_t candidate, tries;
} Recheck;

static void
recheck_free(void *data)
{
    Recheck *r = data;

    g_free(r->hmac);
    g_free(r->message_id);
    g_free(r->domain);
    g_free(r);
}

/* ---- the DNS --------------------------------------------------------------
 */

static DomainState
lookup_address(GResolver *resolver, const char *domain)
{
    g_autoptr(GError) failed = NULL;
    GList *found = g_resolver_lookup_by_name(resolver, domain, NULL, &failed);

    if (found) {
        g_resolver_free_addresses(found);
        return DOMAIN_TAKES_MAIL;
    }
    return g_error_matches(failed, G_RESOLVER_ERROR, G_RESOLVER_ERROR_NOT_FOUND)
               ? DOMAIN_GONE
               : DOMAIN_UNKNOWN;
}

static bool
is_null_mx(GVariant *record)
{
    guint16 preference;
    const char *host;

    g_variant_get(record, "(q&s)", &preference, &host);
    return *host == '\0' || strcmp(host, ".") == 0;
}

DomainState
domain_lookup(const char *domain)
{
    g_autoptr(GResolver) resolver = g_resolver_get_default();
    g_autoptr(GError) failed = NULL;
    GList *mx = g_resolver_lookup_records(resolver, domain,
                                          G_RESOLVER_RECORD_MX, NULL, &failed);
    bool null_mx = mx && !mx->next && is_null_mx(mx->data);

    if (mx) {
        g_list_free_full(mx, (GDestroyNotify)g_variant_unref);
        return null_mx ? DOMAIN_GONE : DOMAIN_TAKES_MAIL;
    }
    if (!g_error_matches(failed, G_RESOLVER_ERROR, G_RESOLVER_ERROR_NOT_FOUND))
        return DOMAIN_UNKNOWN;
    return lookup_address(resolver, domain);
}

const char *
recheck_typo(const char *domain)
{
    static const char *const known[] = {
        "gmail.com",     "outlook.com", "hotmail.com", "yahoo.com",
        "icloud.com",    "gmx.de",      "web.de",      "live.com",
        "hotmail.co.uk", "yahoo.co.uk", "proton.me",   "t-online.de",
        "orange.fr",     "wanadoo.fr",  "libero.it",   NULL};
    const char *near = text_nearest(domain, known);

    return near && strcmp(near, domain) != 0 ? near : NULL;
}

/* ---- what is due ----------------------------------------------------------
 */

static GPtrArray *
read_due(Store *store, int64_t now, GError **error)
{
    g_autoptr(GPtrArray) due = g_ptr_array_new_with_free_func(recheck_free);
    g_autoptr(Statement) st = store_prepare(
        store,
        "SELECT rcpt_hmac, message_id, domain, candidate_id, tries"
        " FROM recheck WHERE due_at <= :now ORDER BY due_at LIMIT :limit",
        error);

    if (!st)
        return NULL;
    statement_bind_int(st, ":now", now);
    statement_bind_int(st, ":limit", AT_ONCE);
    while (statement_step(st)) {
        Recheck *r = g_new0(Recheck, 1);
        r->hmac = g_strdup(statement_text(st, 0));
        r->message_id = g_strdup(statement_text(st, 1));
        r->domain = g_strdup(statement_text(st, 2));
        r->candidate = statement_int(st, 3);
        r->tries = statement_int(st, 4);
        g_ptr_array_add(due, r);
    }
    if (!statement_end(st, error))
        return NULL;
    return g_steal_pointer(&due);
}

static bool
forget(Store *store, const Recheck *r, GError **error)
{
    g_autoptr(Statement) st = store_prepare(
        store, "DELETE FROM recheck WHERE rcpt_hmac = :hmac", error);

    if (!st)
        return false;
    statement_bind_text(st, ":hmac", r->hmac);
    return statement_run(st, error);
}

static bool
lift_hold(Store *store, const Recheck *r, int64_t now, GError **error)
{
    g_autoptr(Statement) st = store_prepare(
        store,
        "UPDATE hold SET lifted_at = :now WHERE candidate_id = :candidate"
        "  AND kind = 'recheck' AND lifted_at IS NULL",
        error);

    if (!st)
        return false;
    statement_bind_int(st, ":now", now);
    statement_bind_int(st, ":candidate", r->candidate);
    return statement_run(st, error);
}

static bool
ask_again_later(Store *store, const Recheck *r, int64_t now, GError **error)
{
    g_autoptr(Statement) st =
        store_prepare(store,
                      "UPDATE recheck SET due_at = :due, tries = tries + 1"
                      " WHERE rcpt_hmac = :hmac",
                      error);

    if (!st)
        return false;
    statement_bind_int(st, ":due", now + DAY_MS);
    statement_bind_text(st, ":hmac", r->hmac);
    return statement_run(st, error);
}

static bool
give_up(Store *store, const Workspace *workspace, const Recheck *r, int64_t now,
        GError **error)
{
    const char *meant = recheck_typo(r->domain);
    g_autofree char *detail =
        meant ? g_strdup_printf("perhaps %s was meant", meant)
              : g_strdup("the domain takes no mail, also a day later");

    return forget(store, r, error) &&
           optout_apply(store, workspace, r->candidate, r->hmac, r->message_id,
                        "bounced", now, error) &&
           alert_raise(store, "domain_gone", r->domain, detail, now, error);
}

static bool
settle(Store *store, const Workspace *workspace, const Recheck *r,
       DomainState state, int64_t now, GError **error)
{
    g_auto(Transaction) tx = store_begin(store, error);
    bool done;

    if (!tx.store)
        return false;
    if (state == DOMAIN_GONE)
        done = give_up(store, workspace, r, now, error);
    else if (state == DOMAIN_UNKNOWN && r->tries + 1 < MOST_TRIES)
        done = ask_again_later(store, r, now, error);
    else
        done = forget(store, r, error) && lift_hold(store, r, now, error);
    return done && transaction_commit(&tx, error);
}

bool
recheck_run(Store *store, const Workspace *workspace, DomainLookup lookup,
            int64_t now, GError **error)
{
    g_autoptr(GPtrArray) due = read_due(store, now, error);

    if (!due)
        return false;
    for (guint i = 0; i < due->len; i++) {
        const Recheck *r = g_ptr_array_index(due, i);
        if (!settle(store, workspace, r, lookup(r->domain), now, error))
            return false;
    }
    return true;
}
