/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_serve.c - the public pages: links, opt-outs, preferences */
#include "cli.h"

#include "nurture/hits.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

#define LISTEN_DEFAULT "127.0.0.1:8080"

static void
handle_health(const HttpRequest *request, HttpResponse *response, gpointer data)
{
    (void)request;
    (void)data;
    response->type = "text/plain; charset=utf-8";
    response->body = g_bytes_new_static("ok\n", 3);
    http_response_header(response, "Cache-Control", "no-store");
}

static GArray *
all_routes(const Hits *hits)
{
    const HttpRoute health = {"GET", "/health", 0, handle_health, NULL};
    const HttpRoute end = {NULL};
    GArray *routes = g_array_new(FALSE, FALSE, sizeof(HttpRoute));

    g_array_append_val(routes, health);
    for (const HttpRoute *r = hits_routes(hits); r->method; r++)
        g_array_append_val(routes, *r);
    g_array_append_val(routes, end);
    return routes;
}

/* "http://127.0.0.1:8080" for what is listened on. */
static char *
address_of(const char *listen_at, const HttpServer *server)
{
    const char *colon = strrchr(listen_at, ':');

    return g_strdup_printf("http://%.*s:%d", (int)(colon - listen_at),
                           listen_at, http_server_port(server));
}

static bool
announce(const CliContext *cli, const char *address, const char *ready_file,
         GError **error)
{
    g_autofree char *line = g_strdup_printf("%s\n", address);

    if (!cli->quiet)
        printf("Serving %s\n", address);
    fflush(stdout);
    return !ready_file || g_file_set_contents(ready_file, line, -1, error);
}

int
cmd_serve(int argc, char **argv, CliContext *cli)
{
    g_autofree char *listen_at = NULL, *ready_file = NULL;
    const GOptionEntry entries[] = {
        {"listen", 0, 0, G_OPTION_ARG_STRING, &listen_at,
         "Where to listen; port 0 takes a free one", "ADDR:PORT"},
        {"once-ready-file", 0, 0, G_OPTION_ARG_FILENAME, &ready_file,
         "Write the address to FILE when ready", "FILE"},
        {NULL},
    };
    int status =
        cli_options(entries, "- serve the pages that links in mails lead to",
                    "Runs until SIGTERM or SIGINT, and answers what is under "
                    "way first.\nPut a reverse proxy with TLS in front.\n",
                    &argc, &argv);
    if (status >= 0)
        return status;

    /* Blocked before there are threads, so that only sigwait() takes them. */
    sigset_t stop;
    sigemptyset(&stop);
    sigaddset(&stop, SIGTERM);
    sigaddset(&stop, SIGINT);
    pthread_sigmask(SIG_BLOCK, &stop, NULL);
    signal(SIGPIPE, SIG_IGN);

    /* A port that was asked for is that port; the default may move. */
    bool fallback = !listen_at;
    const char *where = listen_at ? listen_at : cli->workspace->serve.listen;
    if (!where)
        where = LISTEN_DEFAULT;
    GError *error = NULL;
    g_autoptr(Hits) hits = hits_start(cli->workspace, cli->keys, &error);
    if (!hits)
        return cli_error(error);
    g_autoptr(GArray) routes = all_routes(hits);
    HttpServer *server = http_server_start(
        where, fallback, (const HttpRoute *)(void *)routes->data, &error);
    if (!server)
        return cli_error(error);
    g_autofree char *address = address_of(where, server);
    if (announce(cli, address, ready_file, &error)) {
        int signal_number;
        sigwait(&stop, &signal_number);
    }
    http_server_stop(server);
    return error ? cli_error(error) : 0;
}
