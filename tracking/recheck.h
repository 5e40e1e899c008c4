/* SPDX-License-Identifier: Apache-2.0 */
/* recheck -- domains that did not exist yesterday.
 *
 * A name server that fails for an hour looks like a domain that is gone. So an
 * address is given up only when a second look a day later agrees. */
#ifndef TRACKING_RECHECK_H
#define TRACKING_RECHECK_H

#include "nurture/store.h"
#include "nurture/workspace.h"

typedef enum { DOMAIN_UNKNOWN, DOMAIN_TAKES_MAIL, DOMAIN_GONE } DomainState;

typedef DomainState (*DomainLookup)(const char *domain);

/* Ask the DNS: MX, else an address (RFC 5321, 5.1); a null MX (RFC 7505)
 * takes no mail. May take seconds. */
DomainState domain_lookup(const char *domain);

/* Decide what is due, a few at a time; never inside a transaction. */
bool recheck_run(Store *store, const Workspace *workspace, DomainLookup lookup,
                 int64_t now, GError **error);
/* The well-known domain that was probably meant; NULL = none. Borrowed. */
const char *recheck_typo(const char *domain);

#endif
