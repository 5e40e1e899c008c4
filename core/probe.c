/* SPDX-License-Identifier: Apache-2.0 */
/* probe.c - one HTTP request, for its status alone */
#include "nurture/probe.h"

#include "nurture/error.h"

#include <gio/gio.h>
#include <glib-unix.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

#define ANSWER_MAX 4096 /* bytes in which the status line must come */

typedef struct {
    GUri *uri;
    GSocketConnection *connection;
    SSL_CTX *context; /* NULL: plain */
    SSL *ssl;
} Probe;

static void
probe_clear(Probe *p)
{
    SSL_free(p->ssl);
    SSL_CTX_free(p->context);
    g_clear_object(&p->connection);
    g_clear_pointer(&p->uri, g_uri_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Probe, probe_clear)

static bool
fail(GError **error, const char *why)
{
    g_set_error(error, NURTURE_ERROR, ERROR_TEMPORARY, "%s", why);
    return false;
}

static bool
start_tls(Probe *p, GError **error)
{
    const char *host = g_uri_get_host(p->uri);
    int fd = g_socket_get_fd(g_socket_connection_get_socket(p->connection));

    p->context = SSL_CTX_new(TLS_client_method());
    SSL_CTX_set_default_verify_paths(p->context);
    SSL_CTX_set_verify(p->context, SSL_VERIFY_PEER, NULL);
    p->ssl = SSL_new(p->context);
    SSL_set_tlsext_host_name(p->ssl, host);
    SSL_set1_host(p->ssl, host);
    SSL_set_fd(p->ssl, fd);
    if (SSL_connect(p->ssl) == 1)
        return true;
    if (SSL_get_verify_result(p->ssl) != X509_V_OK)
        return fail(error, "its certificate is not trusted");
    return fail(error, "no encrypted connection can be made");
}

static bool
connect_to(Probe *p, int timeout_s, GError **error)
{
    g_autoptr(GSocketClient) client = g_socket_client_new();
    bool tls = strcmp(g_uri_get_scheme(p->uri), "https") == 0;
    int port = g_uri_get_port(p->uri);
    g_autoptr(GError) why = NULL;
    g_autoptr(GSocketConnectable) address = NULL;
    GSocket *socket;

    address =
        g_network_address_new(g_uri_get_host(p->uri), (guint16)(port > 0 ? port
                                                                : tls    ? 443
                                                                         : 80));
    g_socket_client_set_timeout(client, (guint)timeout_s);
    g_socket_client_set_enable_proxy(client, FALSE);
    p->connection = g_socket_client_connect(client, address, NULL, &why);
    if (!p->connection)
        return fail(
            error,
            g_error_matches(why, G_IO_ERROR, G_IO_ERROR_CONNECTION_REFUSED)
                ? "connection refused"
            : g_error_matches(why, G_IO_ERROR, G_IO_ERROR_TIMED_OUT)
                ? "no answer"
            : why->domain == G_RESOLVER_ERROR ? "there is no such host"
                                              : "no connection can be made");
    socket = g_socket_connection_get_socket(p->connection);
    if (tls) {
        struct timeval limit = {timeout_s, 0};
        int fd = g_socket_get_fd(socket);
        g_socket_set_blocking(socket, TRUE);
        setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
        setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
        /* GSocket keeps its descriptor non-blocking; OpenSSL waits here. */
        if (!g_unix_set_fd_nonblocking(fd, FALSE, NULL))
            return fail(error, "no connection can be made");
    }
    return !tls || start_tls(p, error);
}

static bool
send_all(Probe *p, const GString *text)
{
    GOutputStream *out =
        g_io_stream_get_output_stream(G_IO_STREAM(p->connection));

    if (p->ssl)
        return SSL_write(p->ssl, text->str, (int)text->len) == (int)text->len;
    return g_output_stream_write_all(out, text->str, text->len, NULL, NULL,
                                     NULL);
}

static gssize
receive(Probe *p, char *buffer, gsize size)
{
    GInputStream *in = g_io_stream_get_input_stream(G_IO_STREAM(p->connection));

    if (p->ssl)
        return SSL_read(p->ssl, buffer, (int)size);
    return g_input_stream_read(in, buffer, size, NULL, NULL);
}

/* "HTTP/1.1 404 Not Found" */
static bool
read_status(Probe *p, int *out_status, GError **error)
{
    char buffer[ANSWER_MAX + 1];
    gsize got = 0;

    while (got < 12) {
        gssize n = receive(p, buffer + got, ANSWER_MAX - got);
        if (n <= 0)
            return fail(error, "no answer");
        got += (gsize)n;
    }
    buffer[got] = '\0';
    if (!g_str_has_prefix(buffer, "HTTP/1.") || buffer[8] != ' ' ||
        !g_ascii_isdigit(buffer[9]))
        return fail(error, "what answers is no web server");
    *out_status = (int)g_ascii_strtoll(buffer + 9, NULL, 10);
    return true;
}

static bool
request(const char *url, const char *method, const char *form, int timeout_s,
        int *out_status, GError **error)
{
    g_auto(Probe) p = {.uri = g_uri_parse(url, G_URI_FLAGS_ENCODED, NULL)};
    g_autoptr(GString) text = g_string_new(method);
    const char *scheme = p.uri ? g_uri_get_scheme(p.uri) : "";
    const char *path, *query;

    if ((strcmp(scheme, "http") != 0 && strcmp(scheme, "https") != 0) ||
        !g_uri_get_host(p.uri) || !*g_uri_get_host(p.uri)) {
        g_set_error(error, NURTURE_ERROR, ERROR_INPUT,
                    "'%s' is not a web address", url);
        return false;
    }
    if (!connect_to(&p, timeout_s, error))
        return false;
    path = g_uri_get_path(p.uri);
    query = g_uri_get_query(p.uri);
    g_string_append_printf(text,
                           " %s%s%s HTTP/1.1\r\nHost: %s\r\n"
                           "User-Agent: nurture-check\r\nAccept: */*\r\n"
                           "Connection: close\r\n",
                           *path ? path : "/", query ? "?" : "",
                           query ? query : "", g_uri_get_host(p.uri));
    if (form)
        g_string_append_printf(
            text,
            "Content-Type: application/x-www-form-urlencoded\r\n"
            "Content-Length: %zu\r\n",
            strlen(form));
    g_string_append_printf(text, "\r\n%s", form ? form : "");
    if (!send_all(&p, text))
        return fail(error, "no answer");
    return read_status(&p, out_status, error);
}

bool
url_probe(const char *url, int timeout_s, int *out_status, GError **error)
{
    if (!request(url, "HEAD", NULL, timeout_s, out_status, error))
        return false;
    if (*out_status != 403 && *out_status != 405 && *out_status != 501 &&
        *out_status != 400)
        return true;
    return request(url, "GET", NULL, timeout_s, out_status, error);
}

bool
url_post(const char *url, const char *form, int timeout_s, int *out_status,
         GError **error)
{
    return request(url, "POST", form, timeout_s, out_status, error);
}
