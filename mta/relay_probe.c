/* SPDX-License-Identifier: Apache-2.0 */
/* relay_probe.c - one conversation with the relay, up to MAIL */
#include "relay_probe.h"

#include "nurture/clock.h"
#include "smtp_login.h"
#include "smtp_tls.h"

#include <gio/gio.h>
#include <glib-unix.h>
#include <openssl/x509v3.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

#define TIMEOUT_MS 10000

typedef struct {
    const Relay *relay;
    RelayFacts *facts;
    GSocketConnection *connection;
    Wire wire;
    SSL_CTX *context;
    SSL *ssl;
    Handshake handshake;
} Talk;

void
relay_facts_clear(RelayFacts *facts)
{
    g_clear_pointer(&facts->address, g_free);
    g_clear_pointer(&facts->tls, g_free);
    g_clear_pointer(&facts->logins, g_free);
    g_clear_pointer(&facts->why, g_free);
}

static void
talk_clear(Talk *t)
{
    SSL_free(t->ssl);
    SSL_CTX_free(t->context);
    g_clear_object(&t->connection);
    wire_clear(&t->wire);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Talk, talk_clear)

static ProbeEnd end(Talk *t, ProbeEnd how, const char *format, ...)
    G_GNUC_PRINTF(3, 4);

static ProbeEnd
end(Talk *t, ProbeEnd how, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    g_free(t->facts->why);
    t->facts->why = g_strdup_vprintf(format, args);
    va_end(args);
    return how;
}

static ProbeEnd
lost(Talk *t, ProbeEnd how, const char *where)
{
    g_autofree char *last = wire_last_line(&t->wire);

    return end(t, how, "no answer to %s%s%s", where,
               *last ? "; the last one was: " : "", last);
}

static ProbeEnd
refused(Talk *t, ProbeEnd how, const char *command)
{
    g_autofree char *last = wire_last_line(&t->wire);

    return end(t, how, "it answers %s with: %s", command, last);
}

/* --- steps -----------------------------------------------------------------
 */

static void
note_peer(Talk *t)
{
    g_autoptr(GSocketAddress) peer =
        g_socket_connection_get_remote_address(t->connection, NULL);

    if (G_IS_INET_SOCKET_ADDRESS(peer))
        t->facts->address = g_inet_address_to_string(
            g_inet_socket_address_get_address(G_INET_SOCKET_ADDRESS(peer)));
}

static ProbeEnd
open_connection(Talk *t)
{
    g_autoptr(GSocketClient) client = g_socket_client_new();
    g_autoptr(GError) why = NULL;
    g_autoptr(GSocketConnectable) address =
        g_network_address_new(t->relay->host, (guint16)t->relay->port);
    int ms = t->relay->timeout_ms ? t->relay->timeout_ms : TIMEOUT_MS;
    struct timeval limit = {ms / 1000, ms % 1000 * 1000};
    int fd;

    g_socket_client_set_timeout(client, (guint)MAX(ms / 1000, 1));
    g_socket_client_set_enable_proxy(client, FALSE);
    t->connection = g_socket_client_connect(client, address, NULL, &why);
    if (!t->connection)
        return end(
            t, PROBE_UNREACHABLE, "%s",
            g_error_matches(why, G_IO_ERROR, G_IO_ERROR_CONNECTION_REFUSED)
                ? "connection refused"
            : g_error_matches(why, G_IO_ERROR, G_IO_ERROR_TIMED_OUT)
                ? "no answer"
                : why->message);
    note_peer(t);
    fd = g_socket_get_fd(g_socket_connection_get_socket(t->connection));
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    g_unix_set_fd_nonblocking(fd, FALSE, NULL);
    wire_init(&t->wire, fd, NULL, ms);
    if (!wire_read_reply(&t->wire))
        return lost(t, PROBE_UNREACHABLE, "the connection (no greeting)");
    return t->wire.code == 220 ? PROBE_OK
                               : refused(t, PROBE_UNREACHABLE, "a connection");
}

static ProbeEnd
say_ehlo(Talk *t)
{
    g_autofree char *line = g_strconcat(
        "EHLO ", t->relay->ehlo ? t->relay->ehlo : g_get_host_name(), NULL);
    g_autofree char *pipelining = NULL;

    if (!wire_ask(&t->wire, line))
        return lost(t, PROBE_UNREACHABLE, "EHLO");
    if (t->wire.code != 250)
        return refused(t, PROBE_UNREACHABLE, "EHLO");
    pipelining = smtp_offered(&t->wire, "PIPELINING");
    t->facts->pipelining = pipelining != NULL;
    g_free(t->facts->logins);
    t->facts->logins = smtp_offered(&t->wire, "AUTH");
    return PROBE_OK;
}

static void
note_tls(Talk *t)
{
    X509 *certificate = SSL_get1_peer_certificate(t->ssl);
    struct tm tm;

    t->facts->tls = g_strdup_printf("%s %s", SSL_get_version(t->ssl),
                                    SSL_get_cipher_name(t->ssl));
    if (certificate &&
        ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &tm) == 1) {
        g_autoptr(GDateTime) at =
            g_date_time_new_utc(tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday,
                                tm.tm_hour, tm.tm_min, tm.tm_sec);
        if (at)
            t->facts->expires = g_date_time_to_unix(at) * SECOND_MS;
    }
    X509_free(certificate);
}

static ProbeEnd
not_encrypted(Talk *t)
{
    g_autofree char *why = smtp_tls_failure(&t->handshake);

    return end(t, PROBE_NOT_ENCRYPTED, "%s", why);
}

static ProbeEnd
start_tls(Talk *t, bool required)
{
    g_autofree char *offered = smtp_offered(&t->wire, "STARTTLS");

    if (!offered)
        return required
                   ? end(t, PROBE_NOT_ENCRYPTED, "it does not offer STARTTLS")
                   : PROBE_OK;
    if (!wire_ask(&t->wire, "STARTTLS"))
        return lost(t, PROBE_NOT_ENCRYPTED, "STARTTLS");
    if (t->wire.code != 220)
        return refused(t, PROBE_NOT_ENCRYPTED, "STARTTLS");
    t->handshake.injected = t->wire.used > 0;
    if (t->handshake.injected)
        return not_encrypted(t);
    t->context = smtp_tls_new(t->relay, required, &t->handshake);
    if (!t->context)
        return end(t, PROBE_NOT_ENCRYPTED,
                   "the client certificate is unusable");
    t->ssl = SSL_new(t->context);
    SSL_set_fd(t->ssl, t->wire.fd);
    if (SSL_connect(t->ssl) != 1)
        return not_encrypted(t);
    note_tls(t);
    t->wire.ssl = t->ssl;
    return say_ehlo(t);
}

static ProbeEnd
log_in(Talk *t)
{
    g_autofree char *why = NULL;

    if (!t->relay->password)
        return PROBE_OK;
    if (!t->facts->logins)
        return end(t, PROBE_LOGIN_REFUSED, "it offers no login here%s",
                   t->ssl ? "" : " (perhaps only behind STARTTLS)");
    if (smtp_login(&t->wire, t->relay, t->facts->logins, &why))
        return PROBE_OK;
    return end(t, PROBE_LOGIN_REFUSED, "%s", why);
}

static ProbeEnd
say_mail(Talk *t, const char *sender)
{
    g_autofree char *line = g_strdup_printf("MAIL FROM:<%s>", sender);

    if (!wire_ask(&t->wire, line))
        return lost(t, PROBE_SENDER_REFUSED, "MAIL");
    if (t->wire.code / 100 != 2)
        return refused(t, PROBE_SENDER_REFUSED, line);
    if (wire_ask(&t->wire, "RSET"))
        wire_ask(&t->wire, "QUIT");
    return PROBE_OK;
}

ProbeEnd
relay_probe(const Relay *relay, const char *sender, RelayFacts *out)
{
    g_auto(Talk) t = {.relay = relay, .facts = out};
    ProbeEnd how;

    *out = (RelayFacts){0};
    how = open_connection(&t);
    if (how == PROBE_OK)
        how = say_ehlo(&t);
    if (how == PROBE_OK && relay->tls != TLS_OFF)
        how = start_tls(&t, relay->tls == TLS_REQUIRED);
    if (how == PROBE_OK)
        how = log_in(&t);
    if (how == PROBE_OK)
        how = say_mail(&t, sender);
    return how;
}
