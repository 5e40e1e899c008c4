/* SPDX-License-Identifier: Apache-2.0 */
/* smtp_wire.c - a command, its reply, and no end to neither */
#include "smtp_wire.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#define LINES_MAX 64

void
wire_init(Wire *wire, int fd, SSL *ssl, int timeout_ms)
{
    *wire = (Wire){.fd = fd, .ssl = ssl, .timeout_ms = timeout_ms};
    wire->lines = g_string_new(NULL);
}

void
wire_clear(Wire *wire)
{
    if (wire->lines)
        g_string_free(wire->lines, TRUE);
    OPENSSL_cleanse(wire->in, sizeof wire->in);
    wire->lines = NULL;
}

static bool
await(const Wire *wire, short events)
{
    struct pollfd p = {wire->fd, events, 0};
    int n;

    do
        n = poll(&p, 1, wire->timeout_ms);
    while (n < 0 && errno == EINTR);
    return n > 0;
}

/* After a call that moved nothing: wait for what it waits for. */
static bool
may_repeat(const Wire *wire, int n, short events)
{
    if (!wire->ssl)
        return n < 0 && (errno == EAGAIN || errno == EINTR) &&
               await(wire, events);
    switch (SSL_get_error(wire->ssl, n)) {
    case SSL_ERROR_WANT_READ:
        return await(wire, POLLIN);
    case SSL_ERROR_WANT_WRITE:
        return await(wire, POLLOUT);
    default:
        return false;
    }
}

static bool
write_all(const Wire *wire, const char *bytes, gsize length)
{
    while (length > 0) {
        int n = wire->ssl ? SSL_write(wire->ssl, bytes, (int)length)
                          : (int)send(wire->fd, bytes, length, MSG_NOSIGNAL);
        if (n > 0) {
            bytes += n;
            length -= (gsize)n;
        } else if (!may_repeat(wire, n, POLLOUT)) {
            return false;
        }
    }
    return true;
}

static bool
read_more(Wire *wire)
{
    gsize space = sizeof wire->in - wire->used;

    while (space > 0) {
        char *to = wire->in + wire->used;
        int n;
        if ((!wire->ssl || SSL_pending(wire->ssl) == 0) && !await(wire, POLLIN))
            return false;
        n = wire->ssl ? SSL_read(wire->ssl, to, (int)space)
                      : (int)recv(wire->fd, to, space, 0);
        if (n > 0) {
            wire->used += (gsize)n;
            return true;
        }
        if (!may_repeat(wire, n, POLLIN))
            return false;
    }
    return false;
}

/* Take a line out of the buffer, without its end. */
static char *
read_line(Wire *wire)
{
    char *lf, *line;
    gsize length;

    while (!(lf = memchr(wire->in, '\n', wire->used)))
        if (!read_more(wire))
            return NULL;
    length = (gsize)(lf - wire->in);
    line = g_strchomp(g_strndup(wire->in, length));
    wire->used -= length + 1;
    memmove(wire->in, lf + 1, wire->used);
    return line;
}

static bool
is_reply(const char *line)
{
    return g_ascii_isdigit(line[0]) && g_ascii_isdigit(line[1]) &&
           g_ascii_isdigit(line[2]) &&
           (line[3] == '-' || line[3] == ' ' || line[3] == '\0');
}

bool
wire_read_reply(Wire *wire)
{
    g_string_truncate(wire->lines, 0);
    wire->code = 0;
    for (int i = 0; i < LINES_MAX; i++) {
        g_autofree char *line = read_line(wire);
        if (!line || !is_reply(line))
            return false;
        wire->code = (int)g_ascii_strtoll(line, NULL, 10);
        g_string_append_printf(wire->lines, "%s\n", line);
        if (line[3] != '-')
            return true;
    }
    return false;
}

bool
wire_ask(Wire *wire, const char *line)
{
    g_autofree char *text = g_strconcat(line, "\r\n", NULL);
    gsize length = strlen(text);
    bool said = write_all(wire, text, length);

    OPENSSL_cleanse(text, length);
    return said && wire_read_reply(wire);
}

char *
wire_last_line(const Wire *wire)
{
    g_autofree char *text = g_strchomp(g_strdup(wire->lines->str));
    const char *last = strrchr(text, '\n');

    return g_strdup(last ? last + 1 : text);
}
