/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_serve.c - the public pages: links, opt-outs, preferences */
#include "cli.h"
#include "listen.h"
#include "serve-desk.h"

#include "nurture/clock.h"
#include "nurture/error.h"
#include "nurture/hits.h"
#include "nurture/hooks.h"
#include "nurture/log.h"
#include "nurture/metrics.h"
#include "nurture/scheduler.h"
#include "nurture/systemd.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#define LISTEN_DEFAULT "127.0.0.1:8080"
#define LIMIT_DEFAULT  30 /* requests per second and address */
#define LIMIT_BURST    10 /* seconds' worth at once */

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
all_routes(const Hits *hits, const Hooks *hooks)
{
    const HttpRoute health = {"GET", "/health", 0, handle_health, NULL};
    const HttpRoute end = {NULL};
    GArray *routes = g_array_new(FALSE, FALSE, sizeof(HttpRoute));

    g_array_append_val(routes, health);
    for (const HttpRoute *r = hits_routes(hits); r->method; r++)
        g_array_append_val(routes, *r);
    for (const HttpRoute *r = hooks_routes(hooks); r->method; r++)
        g_array_append_val(routes, *r);
    g_array_append_val(routes, end);
    return routes;
}

/* The listener for machines of our own: never a path of the public one, so no
 * proxy can open it by mistake. ------------------------------------------- */

typedef struct {
    const Hits *hits;
    Metrics *metrics;
    HttpServer *server;
} Inside;

static void
answer_text(HttpResponse *response, GString *text, GError *error)
{
    if (error) {
        log_error("part=metrics message=\"%s\"", error->message);
        response->status = 503;
        g_string_assign(text, "the database cannot be read\n");
        g_error_free(error);
    }
    response->type = "text/plain; version=0.0.4; charset=utf-8";
    response->body = g_string_free_to_bytes(text);
    http_response_header(response, "Cache-Control", "no-store");
}

static void
handle_metrics(const HttpRequest *request, HttpResponse *response,
               gpointer data)
{
    Inside *inside = data;
    GString *out = g_string_new(NULL);
    GError *error = NULL;

    (void)request;
    if (metrics_append(inside->metrics, clock_now(), out, &error))
        g_string_append_printf(
            out,
            "# HELP nurture_hit_commits_total Groups of hits answered.\n"
            "# TYPE nurture_hit_commits_total counter\n"
            "nurture_hit_commits_total %" G_GINT64_FORMAT "\n",
            hits_groups(inside->hits));
    answer_text(response, out, error);
}

static void
handle_ready(const HttpRequest *request, HttpResponse *response, gpointer data)
{
    Inside *inside = data;
    GError *error = NULL;

    (void)request;
    metrics_healthy(inside->metrics, &error);
    answer_text(response, g_string_new("ok\n"), error);
}

static bool
inside_start(Inside *inside, const char *listen_at, const Workspace *workspace,
             GError **error)
{
    const HttpRoute routes[] = {
        {"GET", "/metrics", 0, handle_metrics, inside},
        {"GET", "/health", 0, handle_ready, inside},
        {NULL},
    };

    if (!listen_is_loopback(listen_at)) {
        g_set_error(error, NURTURE_ERROR, ERROR_USAGE,
                    "--metrics listens on loopback only, like 127.0.0.1:9464");
        return false;
    }
    inside->metrics = metrics_new(workspace->database);
    inside->server = http_server_start(listen_at, false, routes, error);
    return inside->server != NULL;
}

static void
inside_clear(Inside *inside)
{
    if (inside->server)
        http_server_stop(inside->server);
    metrics_free(inside->metrics);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Inside, inside_clear)

static bool
announce(const CliContext *cli, const char *address, const char *ready_file,
         const ServeDesk *desk, GError **error)
{
    g_autofree char *line = g_strdup_printf("%s\n", address);

    if (!cli->quiet)
        printf("Serving %s\n", address);
    if (!cli->quiet && desk->address)
        printf("For recruiters %s   (a way in: nurture login-link SENDER)\n",
               desk->address);
    fflush(stdout);
    return !ready_file || g_file_set_contents(ready_file, line, -1, error);
}

/* Until SIGTERM or SIGINT; meanwhile the service manager hears from us. */
static void
wait_for(const sigset_t *stop)
{
    int64_t every = systemd_watchdog_ms();
    struct timespec wait = {.tv_sec = every / 1000,
                            .tv_nsec = every % 1000 * 1000000};

    systemd_notify("READY=1");
    for (;;) {
        int got =
            every ? sigtimedwait(stop, NULL, &wait) : sigwaitinfo(stop, NULL);
        if (got > 0)
            break;
        if (errno == EAGAIN)
            systemd_notify("WATCHDOG=1");
    }
    systemd_notify("STOPPING=1");
}

/* Blocked before there are threads, so that only sigwait() takes them. */
static sigset_t
block_signals(void)
{
    sigset_t stop;

    sigemptyset(&stop);
    sigaddset(&stop, SIGTERM);
    sigaddset(&stop, SIGINT);
    pthread_sigmask(SIG_BLOCK, &stop, NULL);
    signal(SIGPIPE, SIG_IGN);
    return stop;
}

typedef struct {
    char *listen, *ready_file, *metrics, *desk;
    int per_second;
} Options;

static void
options_clear(Options *o)
{
    g_free(o->listen);
    g_free(o->ready_file);
    g_free(o->metrics);
    g_free(o->desk);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Options, options_clear)

/* The public pages: on the service manager's socket if there is one. A port
 * that was asked for is that port; the default may move. */
static bool
serve_public(CliContext *cli, const Options *o, const HttpRoute *routes,
             const ServeDesk *desk, const sigset_t *stop, GError **error)
{
    const char *where = o->listen ? o->listen : cli->workspace->serve.listen;
    HttpServer *server;
    bool announced;

    if (!where)
        where = LISTEN_DEFAULT;
    server = systemd_listen_count() == 1
                 ? http_server_start_on(SYSTEMD_FIRST_FD, routes, error)
                 : http_server_start(where, !o->listen, routes, error);
    if (!server)
        return false;
    g_autofree char *address = listen_url(where, server);
    announced = announce(cli, address, o->ready_file, desk, error);
    if (announced)
        wait_for(stop);
    http_server_stop(server);
    return announced;
}

static bool
serve(CliContext *cli, const Options *o, const sigset_t *stop, GError **error)
{
    g_autoptr(Hits) hits =
        hits_start(cli->workspace, cli->keys, campaign_mail_html, error);
    g_autoptr(Hooks) hooks =
        hits ? hooks_start(cli->workspace, cli->keys, error) : NULL;

    if (!hooks)
        return false;
    if (o->per_second > 0)
        hits_limit(hits, o->per_second * LIMIT_BURST, o->per_second);
    g_autoptr(GArray) array = all_routes(hits, hooks);
    g_auto(Inside) inside = {.hits = hits};
    g_auto(ServeDesk) desk = {NULL};
    return (!o->metrics ||
            inside_start(&inside, o->metrics, cli->workspace, error)) &&
           serve_desk_start(&desk, cli, o->desk, error) &&
           serve_public(cli, o, (const HttpRoute *)(void *)array->data, &desk,
                        stop, error);
}

int
cmd_serve(int argc, char **argv, CliContext *cli)
{
    g_auto(Options) o = {.per_second = LIMIT_DEFAULT};
    const GOptionEntry entries[] = {
        {"limit", 0, 0, G_OPTION_ARG_INT, &o.per_second,
         "Requests per second and address (30); 0 = no limit", "N"},
        {"metrics", 0, 0, G_OPTION_ARG_STRING, &o.metrics,
         "Answer /metrics and /health on this loopback address", "ADDR:PORT"},
        {"recruiters", 0, 0, G_OPTION_ARG_STRING, &o.desk,
         "Answer the recruiters' pages on this loopback address; off = not at "
         "all",
         "ADDR:PORT"},
        {"listen", 0, 0, G_OPTION_ARG_STRING, &o.listen,
         "Where to listen; port 0 takes a free one", "ADDR:PORT"},
        {"once-ready-file", 0, 0, G_OPTION_ARG_FILENAME, &o.ready_file,
         "Write the address to FILE when ready", "FILE"},
        {NULL},
    };
    int status = cli_options(
        entries, "- serve the public pages and the recruiters' ones",
        "Runs until SIGTERM or SIGINT, and answers what is under "
        "way first.\nPut a reverse proxy with TLS in front, that sets "
        "X-Forwarded-For.\nTakes its socket from systemd when "
        "there is one.\n",
        &argc, &argv);
    GError *error = NULL;

    if (status >= 0)
        return status;
    if (o.per_second < 0 || o.per_second > 100000)
        return cli_usage("serve", "--limit takes a number from 0 to 100000");
    const sigset_t stop = block_signals();
    return serve(cli, &o, &stop, &error) ? 0 : cli_error(error);
}
