/* SPDX-License-Identifier: Apache-2.0 */
/* spf -- may an address send for a domain? RFC 7208.
 *
 * The limits of section 4.6.4: ten terms that ask the DNS, two that get
 * nothing, ten names in an MX. Macros (section 7) are not expanded: a term
 * that has one can be true for other mails than ours only, or for each by
 * itself, so it does not match and the result says `has_macro`. */
#ifndef MTA_SPF_H
#define MTA_SPF_H

#include "nurture/dns.h"

typedef enum {
    SPF_NONE, /* the domain has no record */
    SPF_NEUTRAL,
    SPF_PASS,
    SPF_FAIL,
    SPF_SOFTFAIL,
    SPF_TEMPERROR, /* the DNS did not answer */
    SPF_PERMERROR, /* the record is wrong; `why` says what */
} SpfResult;

typedef struct {
    char *record; /* of the domain itself; NULL = none */
    char *why;    /* of SPF_PERMERROR */
    int lookups;  /* terms that ask the DNS; at most 10 may */
    bool has_macro;
} SpfReport;

/* `ip` is a numeric address. */
SpfResult spf_check(Dns *dns, const char *ip, const char *domain,
                    SpfReport *out);
void spf_report_clear(SpfReport *report);
/* "softfail" */
const char *spf_word(SpfResult result);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(SpfReport, spf_report_clear)

#endif
