/* SPDX-License-Identifier: Apache-2.0 */
/* smtp_login -- AUTH inside TLS, without libESMTP.
 *
 * libESMTP takes the first mechanism in the server's order for which it finds
 * a plugin (NTLM before LOGIN, on an Exchange), goes on unauthenticated after
 * a refusal, knows no XOAUTH2, and cuts responses at 2 KB, which Microsoft's
 * tokens exceed. But once TLS stands (SMTP_EV_STARTTLS_OK) the wire is idle:
 * there we say EHLO and log in ourselves. PLAIN (RFC 4616) before LOGIN; or,
 * with `smtp.auth: xoauth2`, that alone, where the password is the token. */
#ifndef MTA_SMTP_LOGIN_H
#define MTA_SMTP_LOGIN_H

#include "smtp_wire.h"
#include "transport.h"

/* `mechanisms` is what AUTH lists in the answer to EHLO; NULL = not offered.
 * True: the server said 235. Else why, in words that hold no secret. */
bool smtp_login(Wire *wire, const Relay *relay, const char *mechanisms,
                char **out_why);
/* What follows `keyword` in the answer to EHLO that `wire` read last: "" if
 * nothing does; NULL if it is not offered. The caller's. */
char *smtp_offered(const Wire *wire, const char *keyword);

#endif
