/* SPDX-License-Identifier: Apache-2.0 */
/* http_listen - the sockets that web servers listen on */
#ifndef CORE_HTTP_LISTEN_H
#define CORE_HTTP_LISTEN_H

#include <glib.h>

/* "127.0.0.1:8025", "[::1]:8025"; another port where `port_text` says so. -1
 * with ERROR_USAGE or ERROR_TEMPORARY. */
int http_listen(const char *listen_at, const char *port_text, GError **error);
/* Which port a socket is bound to; 0 = not known. */
int http_listen_port(int fd);

#endif
