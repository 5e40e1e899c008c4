/* SPDX-License-Identifier: Apache-2.0 */
/* smtp_tls -- a TLS context that makes up for what libESMTP leaves out.
 *
 * Its default context crashes in the second session, hangs on TLS 1.3 session
 * tickets, sends no server name, and checks the certificate against the DNS
 * canonical name. So each session has a context of ours: TLS 1.2, verified
 * against the name we asked for, with SNI. A client certificate belongs to the
 * context too: libESMTP frees one of its own twice. */
#ifndef MTA_SMTP_TLS_H
#define MTA_SMTP_TLS_H

#include "transport.h"

#include <openssl/ssl.h>

/* Between a handshake and who watches it. */
typedef struct {
    bool injected; /* set by the watcher, and the handshake fails: bytes were
                      put behind the answer to STARTTLS */
    bool begun, done;
    long verified;    /* X509_V_OK, or what is wrong with the certificate */
    const char *host; /* the relay's */
} Handshake;

/* For relay->host, with relay->certificate if there is one. `relay` and
 * `handshake` must outlive the context. With `verify` off any certificate will
 * do. NULL when the client certificate or its key cannot be used. */
SSL_CTX *smtp_tls_new(const Relay *relay, bool verify, Handshake *handshake);
/* In words, on the thread on which the handshake failed. The caller's. */
char *smtp_tls_failure(const Handshake *handshake);

#endif
