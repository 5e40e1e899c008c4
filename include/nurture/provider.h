/* SPDX-License-Identifier: Apache-2.0 */
/* provider -- who runs a recipient's mail: one that asks for less is asked by
 * hundreds of domains. The table is mta/data/provider.tsv.
 *
 * By default the address's own domain decides (gmail.com is google). With
 * `sending.providers: mx` the domains' MX records do as well: they are looked
 * up while planning, never while sending, and remembered for a week. */
#ifndef NURTURE_PROVIDER_H
#define NURTURE_PROVIDER_H

#include "nurture/store.h"

typedef struct {
    const char *name; /* "google" */
    int connections;
    int per_connection;
} Provider;

/* By the address's domain; NULL = one of its own. Borrowed for ever. */
const Provider *provider_of_domain(const char *domain);
/* By the name of a mail server ("aspmx.l.google.com"). */
const Provider *provider_of_server(const char *host);

/* SQL, for a `message m`: the name of who runs the recipient's mail, as far as
 * was looked up; NULL. */
#define PROVIDER_OF_MESSAGE                                                    \
    "coalesce(m.provider, (SELECT p.provider FROM domain_provider p"           \
    " WHERE p.domain = m.rcpt_domain))"

/* How MX records are found out. Returns the servers, best first, NULL-ended
 * and owned; empty when there are none; NULL with `error` when it is not known
 * now. */
typedef struct {
    char **(*mx)(const char *domain, gpointer data, GError **error);
    gpointer data;
} ProviderResolver;

/* This machine's. */
ProviderResolver provider_resolver(void);

/* Look up the domains of waiting mail that are not known, or not since a week;
 * at most `limit` of them. What cannot be found out now is asked again
 * tomorrow. *out_found may be NULL. */
bool provider_learn(Store *store, const ProviderResolver *resolver, int limit,
                    int64_t now, int *out_found, GError **error);

#endif
