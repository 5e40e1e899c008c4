/* SPDX-License-Identifier: Apache-2.0 */
/* listen -- an address and a port to listen on, as 127.0.0.1:8080, [::1]:0. */
#ifndef CLI_LISTEN_H
#define CLI_LISTEN_H

#include "nurture/http.h"

/* Nobody but this machine reaches it. */
bool listen_is_loopback(const char *listen_at);
/* "http://127.0.0.1:8080", with the port that was taken. Owned. */
char *listen_url(const char *listen_at, const HttpServer *server);

#endif
