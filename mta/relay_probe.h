/* SPDX-License-Identifier: Apache-2.0 */
/* relay_probe -- would the relay take mail from us? Without sending any.
 *
 * Connects, says EHLO, STARTTLS, EHLO, AUTH, MAIL, RSET and QUIT itself, with
 * the TLS context that sending uses, because libESMTP says too little of what
 * it saw. */
#ifndef MTA_RELAY_PROBE_H
#define MTA_RELAY_PROBE_H

#include "transport.h"

typedef enum {
    PROBE_OK,
    PROBE_UNREACHABLE,
    PROBE_NOT_ENCRYPTED,
    PROBE_LOGIN_REFUSED,
    PROBE_SENDER_REFUSED,
} ProbeEnd;

typedef struct {
    char *address;   /* numeric, of the relay */
    char *tls;       /* "TLSv1.2 ECDHE-RSA-AES256-GCM-SHA384"; NULL = plain */
    char *logins;    /* the mechanisms of AUTH; NULL = none offered */
    int64_t expires; /* of its certificate, UTC ms; 0 = unknown */
    bool pipelining;
    char *why; /* in words, when it is not PROBE_OK */
} RelayFacts;

/* `sender` goes into MAIL FROM. Each step waits relay->timeout_ms, or 10 s. */
ProbeEnd relay_probe(const Relay *relay, const char *sender, RelayFacts *out);
void relay_facts_clear(RelayFacts *facts);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(RelayFacts, relay_facts_clear)

#endif
