/* SPDX-License-Identifier: Apache-2.0 */
/* serve-desk -- the recruiters' pages beside the public ones. */
#ifndef CLI_SERVE_DESK_H
#define CLI_SERVE_DESK_H

#include "cli.h"
#include "nurture/desk.h"

typedef struct {
    Desk *desk; /* NULL: not wanted */
    HttpServer *server;
    char *address; /* what is listened on */
} ServeDesk;

/* `listen_at` NULL: what nurture.yaml says; "off": nothing. */
bool serve_desk_start(ServeDesk *out, const CliContext *cli,
                      const char *listen_at, GError **error);
void serve_desk_clear(ServeDesk *desk);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(ServeDesk, serve_desk_clear)

#endif
