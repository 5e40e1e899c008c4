/* SPDX-License-Identifier: Apache-2.0 */
/* dmarc -- which policy holds for a From domain, and whose domain it is.
 *
 * RFC 9989 (which replaces RFC 7489): there is no list of public suffixes; one
 * walks up the DNS tree, asking _dmarc. of each name (section 4.10). */
#ifndef MTA_DMARC_H
#define MTA_DMARC_H

#include "nurture/dns.h"

typedef struct {
    DnsStatus status;   /* DNS_FAILED: nobody knows; else FOUND or NO_NAME */
    char *at;           /* the name of the record that holds, "_dmarc.x.org" */
    char *record;       /* its text; NULL = none */
    char *organization; /* the organizational domain */
    char policy;        /* n(one), q(uarantine), r(eject) for the domain */
    bool strict_spf, strict_dkim;
    bool has_reports; /* rua= */
    bool has_removed; /* pct=, rf= or ri=: no longer in the standard */
} Dmarc;

void dmarc_discover(Dns *dns, const char *domain, Dmarc *out);
void dmarc_clear(Dmarc *dmarc);
/* Is `domain` aligned with the From domain that `dmarc` is about? */
bool dmarc_aligned(Dns *dns, const Dmarc *dmarc, const char *from_domain,
                   const char *domain, bool strict);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Dmarc, dmarc_clear)

#endif
