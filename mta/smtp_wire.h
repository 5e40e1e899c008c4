/* SPDX-License-Identifier: Apache-2.0 */
/* smtp_wire -- commands and whole replies, one after the other.
 *
 * For what happens once in a connection: logging in, and the doctor's
 * questions. Messages go through libESMTP or the pump. A reply has at most 64
 * lines of 2,000 octets; more, or no reply in time, loses the connection. */
#ifndef MTA_SMTP_WIRE_H
#define MTA_SMTP_WIRE_H

#include <glib.h>
#include <openssl/ssl.h>
#include <stdbool.h>

typedef struct {
    int fd, timeout_ms;
    SSL *ssl; /* NULL = plain */
    char in[2048];
    gsize used;
    int code;       /* of the last reply */
    GString *lines; /* of the last reply, each with a line feed */
} Wire;

void wire_init(Wire *wire, int fd, SSL *ssl, int timeout_ms);
void wire_clear(Wire *wire);
bool wire_read_reply(Wire *wire);
/* Say `line` and read the reply. */
bool wire_ask(Wire *wire, const char *line);
/* The last reply's last line, "" if there was none. The caller's. */
char *wire_last_line(const Wire *wire);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Wire, wire_clear)

#endif
