/* SPDX-License-Identifier: Apache-2.0 */
/* demo-world -- a workspace, a catcher, a web server and a clock, on loopback.
 *
 * Nothing can leave: the catcher listens on loopback only, and a workspace
 * that a demo has made is refused any other mail server. */
#ifndef CLI_DEMO_WORLD_H
#define CLI_DEMO_WORLD_H

#include "nurture/clock.h"
#include "nurture/http.h"
#include "nurture/sink.h"

#include <gio/gio.h>

typedef struct {
    char *nurture; /* this program */
    char *directory, *caught, *sink_log;
    Sink *sink;
    HttpServer *inbox;
    GSubprocess *serve;
    int serve_port;
    int64_t *clock; /* shared with every child */
} DemoWorld;

/* Made anew at `directory`, which must not exist or be an earlier demo's. */
bool demo_world_open(DemoWorld *world, const char *directory, int64_t now,
                     GError **error);
bool demo_world_serve(DemoWorld *world, GError **error);
void demo_world_close(DemoWorld *world);
void demo_set_clock(DemoWorld *world, int64_t now);
/* Run `nurture -C directory WORD..` (NULL-ended); its output, or NULL. */
char *demo_run(DemoWorld *world, GError **error, const char *first,
               ...) G_GNUC_NULL_TERMINATED;

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(DemoWorld, demo_world_close)

#endif
