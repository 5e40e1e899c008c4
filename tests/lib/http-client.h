/* SPDX-License-Identifier: Apache-2.0 */
/* http-client - a client for tests that sends exactly the bytes it is given */
#ifndef TESTS_HTTP_CLIENT_H
#define TESTS_HTTP_CLIENT_H

#include <arpa/inet.h>
#include <glib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static inline int
client_connect(int port)
{
    struct sockaddr_in to = {.sin_family = AF_INET,
                             .sin_port = htons((guint16)port),
                             .sin_addr = {htonl(INADDR_LOOPBACK)}};
    struct timeval limit = {.tv_sec = 20};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    g_assert_cmpint(fd, >=, 0);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    g_assert_cmpint(connect(fd, (struct sockaddr *)&to, sizeof to), ==, 0);
    return fd;
}

/* All the server says until it closes the connection. */
static inline char *
client_read(int fd)
{
    GString *said = g_string_new(NULL);
    char buffer[4096];
    ssize_t n;

    while ((n = recv(fd, buffer, sizeof buffer, 0)) > 0)
        g_string_append_len(said, buffer, n);
    close(fd);
    return g_string_free(said, FALSE);
}

static inline char *
client_say_bytes(int port, const char *bytes, gsize length)
{
    int fd = client_connect(port);

    g_assert_cmpint(send(fd, bytes, length, MSG_NOSIGNAL), ==, (gssize)length);
    return client_read(fd);
}

static inline char *
client_say(int port, const char *bytes)
{
    return client_say_bytes(port, bytes, strlen(bytes));
}

/* One request on its own connection; `headers` are whole lines. */
static inline char *
client_ask(int port, const char *method, const char *target,
           const char *headers, const char *body)
{
    g_autofree char *length =
        body ? g_strdup_printf("Content-Length: %zu\r\n", strlen(body))
             : g_strdup("");
    g_autofree char *bytes = g_strdup_printf(
        "%s %s HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n"
        "%s%s\r\n%s",
        method, target, headers ? headers : "", length, body ? body : "");

    return client_say(port, bytes);
}

static inline int
client_status(const char *answer)
{
    return g_str_has_prefix(answer, "HTTP/1.1 ")
               ? (int)g_ascii_strtoll(answer + 9, NULL, 10)
               : 0;
}

/* The value of a header of the answer; NULL if it is not there. */
static inline char *
client_header(const char *answer, const char *name)
{
    const char *end = strstr(answer, "\r\n\r\n");

    for (const char *p = answer; p && p < end; p = strstr(p, "\r\n")) {
        if (g_str_has_prefix(p, "\r\n"))
            p += 2;
        gsize length = strlen(name);
        if (g_ascii_strncasecmp(p, name, length) == 0 && p[length] == ':')
            return g_strndup(p + length + 2, strcspn(p + length + 2, "\r\n"));
    }
    return NULL;
}

static inline const char *
client_body(const char *answer)
{
    const char *end = strstr(answer, "\r\n\r\n");

    return end ? end + 4 : "";
}

#endif
