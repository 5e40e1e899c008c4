/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_sink.c - nurture sink: an SMTP server that keeps all mail */
#include "cli.h"

#include "nurture/error.h"
#include "nurture/sink-inbox.h"
#include "nurture/sink.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

static const char description[] =
    "A fault is VERB:KIND[:PERMILLE[:TIMES[:SPARED]]]: with odds of PERMILLE, "
    "at\n"
    "most TIMES times, SPARED times not. VERB is CONNECT, EHLO, STARTTLS, "
    "AUTH,\n"
    "MAIL, RCPT, DATA, BDAT, BODY, DOT or QUIT; KIND is 4xx, 5xx, 421,\n"
    "drop, late, hang, garbage, long (an answer of a megabyte) or slow (one\n"
    "octet every 50 ms). Only loopback addresses are listened on.\n";

/* Until a signal ends it. The signals were blocked before the sink's thread
 * began, so this thread gets them. */
static void
wait_for_signal(const sigset_t *signals)
{
    int number;

    while (sigwait(signals, &number) != 0)
        ;
}

/* The mailbox's server; NULL without an error when it was not asked for. */
static HttpServer *
start_inbox(const char *where, const char *directory, const CliContext *cli,
            GError **error)
{
    HttpServer *server;

    if (!where)
        return NULL;
    if (!directory || !(g_str_has_prefix(where, "127.") ||
                        g_str_has_prefix(where, "[::1]:"))) {
        g_set_error(error, NURTURE_ERROR, ERROR_USAGE,
                    "--web needs --store and a loopback address, like "
                    "127.0.0.1:8025");
        return NULL;
    }
    server =
        http_server_start(where, true, sink_inbox_routes(directory), error);
    if (server && !cli->quiet)
        printf("mailbox at http://%.*s:%d\n",
               (int)(strrchr(where, ':') - where), where,
               http_server_port(server));
    return server;
}

int
cmd_sink(int argc, char **argv, CliContext *cli)
{
    g_autofree char *listen = NULL, *store = NULL, *log = NULL;
    g_autofree char *tls_cert = NULL, *tls_key = NULL;
    g_autofree char *web = NULL;
    g_auto(GStrv) faults = NULL;
    int latency = 0;
    int64_t seed = 1;
    gboolean chunking = FALSE;
    const GOptionEntry entries[] = {
        {"listen", 0, 0, G_OPTION_ARG_STRING, &listen,
         "Where to listen (127.0.0.1:2525)", "ADDRESS:PORT"},
        {"store", 0, 0, G_OPTION_ARG_FILENAME, &store,
         "Keep each message as a file there", "DIR"},
        {"log", 0, 0, G_OPTION_ARG_FILENAME, &log,
         "Append a line for each accepted message", "FILE"},
        {"web", 0, 0, G_OPTION_ARG_STRING, &web,
         "Show what is kept there in the browser", "ADDRESS:PORT"},
        {"fault", 0, 0, G_OPTION_ARG_STRING_ARRAY, &faults,
         "Misbehave; may be given many times", "FAULT"},
        {"latency", 0, 0, G_OPTION_ARG_INT, &latency,
         "Answer that much after the dot", "MS"},
        {"seed", 0, 0, G_OPTION_ARG_INT64, &seed, "Of the faults' odds", "N"},
        {"tls-cert", 0, 0, G_OPTION_ARG_FILENAME, &tls_cert,
         "Offer STARTTLS with this certificate", "FILE"},
        {"tls-key", 0, 0, G_OPTION_ARG_FILENAME, &tls_key, "Its key", "FILE"},
        {"chunking", 0, 0, G_OPTION_ARG_NONE, &chunking, "Offer CHUNKING",
         NULL},
        {NULL}};
    int status = cli_options(entries, "- catch mail and deliver none",
                             description, &argc, &argv);
    g_autoptr(Sink) sink = NULL;
    g_autoptr(HttpServer) inbox = NULL;
    GError *error = NULL;
    SinkCounts counts;
    sigset_t signals;

    if (status >= 0)
        return status;
    if (argc > 1)
        return cli_usage("sink", "unexpected '%s'", argv[1]);
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &signals, NULL);
    sink =
        sink_start(&(SinkOptions){.listen = listen ? listen : "127.0.0.1:2525",
                                  .store_dir = store,
                                  .log = log,
                                  .faults = (const char *const *)faults,
                                  .latency_ms = MAX(latency, 0),
                                  .seed = (uint64_t)seed,
                                  .chunking = chunking,
                                  .tls_cert = tls_cert,
                                  .tls_key = tls_key ? tls_key : tls_cert},
                   &error);
    if (!sink)
        return cli_error(error);
    if (!cli->quiet)
        printf("listening on port %d\n", sink_port(sink));
    inbox = start_inbox(web, store, cli, &error);
    if (error)
        return cli_error(error);
    fflush(stdout);
    wait_for_signal(&signals);
    sink_count(sink, &counts);
    if (!cli->quiet)
        printf("%" G_GINT64_FORMAT " messages, %" G_GINT64_FORMAT
               " connections\n",
               counts.messages, counts.connections);
    return 0;
}
