/* SPDX-License-Identifier: Apache-2.0 */
/* smtp_tls -- a TLS context that makes up for what libESMTP leaves out.
 *
 * Its default context crashes in the second session, hangs on TLS 1.3 session
 * tickets, sends no server name, and checks the certificate against the DNS
 * canonical name. So each session has a context of ours: TLS 1.2, verified
 * against the name we asked for, with SNI. */
#ifndef MTA_SMTP_TLS_H
#define MTA_SMTP_TLS_H

#include <openssl/ssl.h>
#include <stdbool.h>

/* `host` and `*injected` must outlive the context. When *injected is set
 * before the handshake ends, the handshake fails: bytes were put behind the
 * answer to STARTTLS. With `verify` off any certificate will do. */
SSL_CTX *smtp_tls_new(const char *host, bool verify, const bool *injected);

#endif
