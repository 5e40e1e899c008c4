/* SPDX-License-Identifier: Apache-2.0 */
/* listen.c - an address and a port to listen on */
#include "listen.h"

#include "nurture/peer-limit.h"

#include <string.h>

bool
listen_is_loopback(const char *listen_at)
{
    const char *colon = strrchr(listen_at, ':');
    gsize length = colon ? (gsize)(colon - listen_at) : 0;
    bool bracket = length > 2 && *listen_at == '[';
    g_autofree char *host =
        g_strndup(listen_at + bracket, length - (bracket ? 2 : 0));

    return address_is_loopback(host);
}

char *
listen_url(const char *listen_at, const HttpServer *server)
{
    return g_strdup_printf("http://%.*s:%d",
                           (int)(strrchr(listen_at, ':') - listen_at),
                           listen_at, http_server_port(server));
}
