/* SPDX-License-Identifier: Apache-2.0 */
/* http_listen.c - the sockets that web servers listen on */
#include "http_listen.h"

#include "nurture/error.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* "127.0.0.1:8025", "[::1]:8025". */
static struct addrinfo *
listen_resolve(const char *listen_at, const char *port_text, GError **error)
{
    const char *colon = strrchr(listen_at, ':');
    struct addrinfo *info = NULL;
    struct addrinfo hints = {.ai_family = AF_UNSPEC,
                             .ai_socktype = SOCK_STREAM,
                             .ai_flags =
                                 AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE};

    if (colon) {
        gsize length = (gsize)(colon - listen_at);
        bool bracket = length > 2 && *listen_at == '[' && colon[-1] == ']';
        g_autofree char *host =
            g_strndup(listen_at + bracket, length - (bracket ? 2 : 0));
        if (getaddrinfo(host, port_text ? port_text : colon + 1, &hints,
                        &info) == 0)
            return info;
    }
    g_set_error(error, NURTURE_ERROR, ERROR_USAGE,
                "\"%s\" is not an address and a port, like 127.0.0.1:8025",
                listen_at);
    return NULL;
}

int
http_listen(const char *listen_at, const char *port_text, GError **error)
{
    struct addrinfo *info = listen_resolve(listen_at, port_text, error);
    int on = 1;

    if (!info)
        return -1;
    int fd =
        socket(info->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd >= 0 &&
        (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) < 0 ||
         bind(fd, info->ai_addr, info->ai_addrlen) < 0 ||
         listen(fd, SOMAXCONN) < 0)) {
        int saved = errno;
        close(fd);
        errno = saved;
        fd = -1;
    }
    freeaddrinfo(info);
    if (fd < 0)
        g_set_error(error, NURTURE_ERROR, ERROR_TEMPORARY,
                    "cannot listen on %s: %s", listen_at, g_strerror(errno));
    return fd;
}

int
http_listen_port(int fd)
{
    struct sockaddr_storage address = {0};
    socklen_t length = sizeof address;

    if (getsockname(fd, (struct sockaddr *)&address, &length) < 0)
        return 0;
    return address.ss_family == AF_INET6
               ? ntohs(((struct sockaddr_in6 *)(void *)&address)->sin6_port)
               : ntohs(((struct sockaddr_in *)(void *)&address)->sin_port);
}
