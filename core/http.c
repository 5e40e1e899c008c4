/* SPDX-License-Identifier: Apache-2.0 */
/* http.c - a small strict HTTP server over libmicrohttpd
 *
 * libmicrohttpd 0.9.75 by itself answers requests that two servers in a row
 * understand differently (CL with TE, two lengths, two hosts, bare LF); here
 * they all end with 400 and a closed connection. The path comes from the raw
 * request line, because the library decodes %00 and cuts there.
 *
 * One thread of ours runs the library and the handlers, in rounds: whatever can
 * be read is handled, then what routes have gathered is handed on. A deferred
 * exchange is suspended until another thread answers it; answers are taken
 * together, too, for a wake-up costs as much as a request. The library aborts
 * when it is stopped with suspended connections, so stopping waits. */
#include "nurture/http.h"

#include "http_form.h"
#include "http_listen.h"
#include "nurture/error.h"

#include <arpa/inet.h>
#include <microhttpd.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#define TARGET_MAX       8192
#define HEADER_MAX       (16 * 1024)
#define HEADER_COUNT_MAX 64
#define BODY_DEFAULT     (64 * 1024)
#define BODY_MAX         (1024 * 1024)
#define POOL_BYTES       (40 * 1024) /* per connection; zeroed each time */
#define CONNECTIONS_MAX  1000
#define IDLE_TIMEOUT_S   15
#define DRAIN_US         (5 * G_TIME_SPAN_SECOND)

typedef struct Exchange Exchange;

struct HttpServer {
    struct MHD_Daemon *daemon;
    GThread *thread;
    int wake;   /* eventfd: there are answers, or an end */
    int events; /* epoll: `wake`, and the library's own set */
    HttpRoute *routes;
    bool *handled; /* of each route, in this round; the thread's own */
    int port;
    GMutex lock;
    GCond changed;
    int open;            /* exchanges not yet completed */
    int busy;            /* in a handler, or deferred */
    int draining;        /* atomic: connections close after their answer */
    bool stopping;       /* no handler is called any more */
    bool ended;          /* the thread is to end */
    GPtrArray *answered; /* Exchange, to be resumed; under the lock */
};

/* One request and its answer: the library's per-request pointer. */
struct Exchange {
    HttpServer *server;
    struct MHD_Connection *connection;
    char *target; /* as it stands in the request line */
    char *path;   /* decoded */
    const char *query;
    const HttpRoute *route;
    GByteArray *body;
    GPtrArray *values; /* of the query, lent to the handler */
    gsize body_max, dropped;
    bool started, deferred;
    int refusal;
    struct MHD_Response *answer; /* of a deferred exchange */
    const HttpFixed *fixed;      /* or this */
    unsigned answer_status;
};

/* Reading the request ---------------------------------------------------- */

typedef struct {
    const char *last; /* where the previous value ended */
    gsize bytes;
    int count, hosts, lengths, encodings;
    bool crooked; /* no CRLF at its end, folded, or with a byte too many */
} HeaderCheck;

/* RFC 9112, 5.1: "Content-Length : 3" is a length to some readers and nothing
 * to others; RFC 9110, 5.5: a bare CR ends the line for some. */
static bool
header_is_clean(const char *key, gsize key_length, const char *value,
                gsize length)
{
    for (gsize i = 0; i < key_length; i++)
        if (!g_ascii_isgraph(key[i]))
            return false;
    for (gsize i = 0; i < length; i++)
        if (g_ascii_iscntrl(value[i]) && value[i] != '\t')
            return false;
    return true;
}

/* The library cuts lines in place, in one buffer, by writing NUL over their
 * ends: two for CRLF, one for a bare LF, and a folded line is moved away. */
static enum MHD_Result
header_check(void *data, enum MHD_ValueKind kind, const char *key,
             size_t key_length, const char *value, size_t length)
{
    HeaderCheck *check = data;

    (void)kind;
    check->crooked |= key != check->last + 2 || !value ||
                      !header_is_clean(key, key_length, value, length);
    check->last = value ? value + length : key + key_length;
    check->bytes += key_length + length + 4;
    check->count++;
    check->hosts += g_ascii_strcasecmp(key, "Host") == 0;
    check->lengths += g_ascii_strcasecmp(key, "Content-Length") == 0;
    check->encodings += g_ascii_strcasecmp(key, "Transfer-Encoding") == 0;
    return check->count <= HEADER_COUNT_MAX ? MHD_YES : MHD_NO;
}

static int
headers_refused(Exchange *x, const char *version)
{
    HeaderCheck check = {.last = version + strlen(version)};

    MHD_get_connection_values_n(x->connection, MHD_HEADER_KIND, header_check,
                                &check);
    if (check.count > HEADER_COUNT_MAX || check.bytes > HEADER_MAX)
        return 431;
    /* Within the pool: the blank line that ended the header is there. */
    if (check.crooked || memcmp(check.last, "\0\0\0\0", 4) != 0)
        return 400;
    if (check.hosts > 1 || check.lengths > 1 || check.encodings > 1 ||
        (check.lengths && check.encodings))
        return 400;
    const char *encoding = MHD_lookup_connection_value(
        x->connection, MHD_HEADER_KIND, "Transfer-Encoding");
    if (encoding && g_ascii_strcasecmp(encoding, "chunked") != 0)
        return 501;
    return 0;
}

/* No controls, backslashes or dot segments: whoever sends them is not one of
 * our mails, and some proxy might read them as another path. */
static bool
path_is_plain(const char *path)
{
    if (*path != '/' || strchr(path, '\\') || strstr(path, "/../") ||
        strstr(path, "/./") || g_str_has_suffix(path, "/..") ||
        g_str_has_suffix(path, "/."))
        return false;
    for (const char *p = path; *p; p++)
        if (g_ascii_iscntrl(*p))
            return false;
    return true;
}

static int
target_refused(Exchange *x)
{
    if (strlen(x->target) > TARGET_MAX)
        return 414;
    const char *mark = strchr(x->target, '?');
    gsize length = mark ? (gsize)(mark - x->target) : strlen(x->target);

    x->query = mark ? mark + 1 : "";
    if (memchr(x->target, '#', length))
        return 400;
    x->path = form_decode(x->target, length, false);
    return x->path && path_is_plain(x->path) ? 0 : 400;
}

static bool
method_fits(const HttpRoute *route, const char *method)
{
    return strcmp(route->method, "*") == 0 ||
           strcmp(route->method, method) == 0 ||
           (strcmp(route->method, "GET") == 0 && strcmp(method, "HEAD") == 0);
}

static bool
path_fits(const HttpRoute *route, const char *path)
{
    return g_str_has_suffix(route->prefix, "/")
               ? g_str_has_prefix(path, route->prefix)
               : strcmp(path, route->prefix) == 0;
}

/* The route with the longest prefix; else 404, or 405 if only the method does
 * not fit. */
static int
route_refused(Exchange *x, const char *method)
{
    int refusal = 404;

    for (const HttpRoute *r = x->server->routes; r->method; r++) {
        if (!path_fits(r, x->path))
            continue;
        if (refusal == 404)
            refusal = 405;
        if (method_fits(r, method) &&
            (!x->route || strlen(r->prefix) > strlen(x->route->prefix)))
            x->route = r;
    }
    if (!x->route)
        return refusal;
    x->body_max =
        x->route->body_max ? MIN(x->route->body_max, BODY_MAX) : BODY_DEFAULT;
    const char *length =
        http_header(&(HttpRequest){.connection = x}, "Content-Length");
    /* The library has refused lengths that are not numbers. */
    if (length && g_ascii_strtoull(length, NULL, 10) > x->body_max)
        return 413;
    return 0;
}

/* What a handler may ask ------------------------------------------------- */

const char *
http_header(const HttpRequest *request, const char *name)
{
    Exchange *x = request->connection;

    return MHD_lookup_connection_value(x->connection, MHD_HEADER_KIND, name);
}

const char *
http_cookie(const HttpRequest *request, const char *name)
{
    Exchange *x = request->connection;

    return MHD_lookup_connection_value(x->connection, MHD_COOKIE_KIND, name);
}

const char *
http_query(const HttpRequest *request, const char *name)
{
    Exchange *x = request->connection;
    char *value = form_urlencoded(x->query, strlen(x->query), name);

    if (value) {
        if (!x->values)
            x->values = g_ptr_array_new_with_free_func(g_free);
        g_ptr_array_add(x->values, value);
    }
    return value;
}

char *
http_form(const HttpRequest *request, const char *name)
{
    const char *type = http_header(request, "Content-Type");
    gsize length = 0;
    const char *body = g_bytes_get_data(request->body, &length);

    if (!type || !body)
        return NULL;
    gsize word = strcspn(type, "; \t");
    if (word == strlen("multipart/form-data") &&
        g_ascii_strncasecmp(type, "multipart/form-data", word) == 0)
        return form_multipart(type, body, length, name);
    if (word == strlen("application/x-www-form-urlencoded") &&
        g_ascii_strncasecmp(type, "application/x-www-form-urlencoded", word) ==
            0)
        return form_urlencoded(body, length, name);
    return NULL;
}

/* Answering -------------------------------------------------------------- */

static struct MHD_Response *
response_build(HttpResponse *response)
{
    gsize length = 0;
    const void *body =
        response->body ? g_bytes_get_data(response->body, &length) : NULL;
    struct MHD_Response *built =
        response->body ? MHD_create_response_from_buffer_with_free_callback_cls(
                             length, (void *)body,
                             (MHD_ContentReaderFreeCallback)g_bytes_unref,
                             g_bytes_ref(response->body))
                       : MHD_create_response_from_buffer(
                             0, (void *)"", MHD_RESPMEM_PERSISTENT);

    g_assert(built);
    MHD_add_response_header(built, "Content-Type",
                            response->type ? response->type
                                           : "text/html; charset=utf-8");
    if (response->location)
        MHD_add_response_header(built, "Location", response->location);
    for (guint i = 0; response->headers && i < response->headers->len; i++) {
        char **pair =
            g_strsplit(g_ptr_array_index(response->headers, i), ": ", 2);
        MHD_add_response_header(built, pair[0], pair[1] ? pair[1] : "");
        g_strfreev(pair);
    }
    return built;
}

/* Both forms are ready, for headers cannot be added when many send it. */
struct HttpFixed {
    struct MHD_Response *staying, *closing;
    unsigned status;
};

HttpFixed *
http_fixed_new(HttpResponse *response)
{
    HttpFixed *fixed = g_new0(HttpFixed, 1);

    fixed->status = response->status ? (unsigned)response->status : 200;
    fixed->staying = response_build(response);
    fixed->closing = response_build(response);
    MHD_add_response_header(fixed->closing, "Connection", "close");
    http_response_clear(response);
    return fixed;
}

void
http_fixed_free(HttpFixed *fixed)
{
    if (!fixed)
        return;
    MHD_destroy_response(fixed->staying);
    MHD_destroy_response(fixed->closing);
    g_free(fixed);
}

static enum MHD_Result
response_queue(Exchange *x, struct MHD_Response *built, unsigned status)
{
    if (g_atomic_int_get(&x->server->draining) || x->refusal)
        MHD_add_response_header(built, "Connection", "close");
    enum MHD_Result result = MHD_queue_response(x->connection, status, built);
    MHD_destroy_response(built);
    return result;
}

static enum MHD_Result
fixed_queue(Exchange *x, const HttpFixed *fixed)
{
    bool closes = g_atomic_int_get(&x->server->draining);

    return MHD_queue_response(x->connection, fixed->status,
                              closes ? fixed->closing : fixed->staying);
}

static const char *
refusal_words(int status)
{
    switch (status) {
    case 404:
        return "There is nothing here.";
    case 405:
        return "This cannot be done here.";
    case 413:
    case 414:
    case 431:
        return "This is too much at once.";
    case 503:
        return "This server is about to stop. Please try again in a minute.";
    default:
        return "This request cannot be understood.";
    }
}

static enum MHD_Result
refuse(Exchange *x, int status)
{
    g_auto(HttpResponse) response = {0};
    g_autofree char *html = g_strdup_printf(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\">"
        "<title>%d</title><p>%s</p></html>\n",
        status, refusal_words(status));

    http_response_page(&response, status, html);
    if (status == 405)
        http_response_header(&response, "Allow", "GET, HEAD, POST");
    if (status == 503)
        http_response_header(&response, "Retry-After", "30");
    /* The rest of the request may be anything: the connection ends. */
    x->refusal = status;
    return response_queue(x, response_build(&response), (unsigned)status);
}

HttpDeferred *
http_defer(const HttpRequest *request)
{
    Exchange *x = request->connection;

    g_assert(!x->deferred);
    x->deferred = true;
    MHD_suspend_connection(x->connection);
    return (HttpDeferred *)x;
}

/* Under the lock. Only http_server_stop() waits, and each call to the kernel
 * is a tenth of a request. */
static void
tell_stop(HttpServer *server)
{
    if (server->draining)
        g_cond_broadcast(&server->changed);
}

static void
wake(HttpServer *server)
{
    const uint64_t one = 1;

    /* It fails when it is full, and then it wakes as well. */
    (void)!write(server->wake, &one, sizeof one);
}

static void
busy_end(HttpServer *server)
{
    g_mutex_lock(&server->lock);
    server->busy--;
    tell_stop(server);
    g_mutex_unlock(&server->lock);
}

void
http_deferred_answer(HttpDeferred *deferred, HttpResponse *response)
{
    Exchange *x = (Exchange *)deferred;
    HttpServer *server = x->server;

    x->fixed = response->fixed;
    if (!x->fixed)
        x->answer = response_build(response);
    x->answer_status = response->status ? (unsigned)response->status : 200;
    http_response_clear(response);
    /* From here on `x` belongs to the server's thread again. Only the first of
     * a group wakes it. */
    g_mutex_lock(&server->lock);
    bool first = server->answered->len == 0;
    g_ptr_array_add(server->answered, x);
    server->busy--;
    tell_stop(server);
    g_mutex_unlock(&server->lock);
    if (first)
        wake(server);
}

static char *
peer_text(Exchange *x)
{
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(
        x->connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    char text[INET6_ADDRSTRLEN] = "";

    if (info && info->client_addr->sa_family == AF_INET)
        inet_ntop(AF_INET,
                  &((struct sockaddr_in *)(void *)info->client_addr)->sin_addr,
                  text, sizeof text);
    else if (info && info->client_addr->sa_family == AF_INET6)
        inet_ntop(
            AF_INET6,
            &((struct sockaddr_in6 *)(void *)info->client_addr)->sin6_addr,
            text, sizeof text);
    return g_strdup(text);
}

static enum MHD_Result
handle(Exchange *x, const char *method)
{
    HttpServer *server = x->server;

    g_mutex_lock(&server->lock);
    bool stopping = server->stopping;
    server->busy += !stopping;
    g_mutex_unlock(&server->lock);
    if (stopping)
        return refuse(x, 503);

    g_autoptr(GBytes) body =
        g_byte_array_free_to_bytes(g_steal_pointer(&x->body));
    g_autofree char *peer = peer_text(x);
    HttpRequest request = {method, x->path, NULL, body, peer, x};
    g_auto(HttpResponse) response = {0};

    request.rest = x->path + strlen(x->route->prefix);
    server->handled[x->route - server->routes] = true;
    x->route->handle(&request, &response, x->route->data);
    if (x->deferred)
        return MHD_YES;
    busy_end(server);
    if (response.fixed)
        return fixed_queue(x, response.fixed);
    return response_queue(x, response_build(&response),
                          response.status ? (unsigned)response.status : 200);
}

/* The library's callbacks ------------------------------------------------ */

static void *
on_target(void *data, const char *target, struct MHD_Connection *connection)
{
    HttpServer *server = data;
    Exchange *x = g_new0(Exchange, 1);

    x->server = server;
    x->connection = connection;
    x->target = g_strdup(target);
    x->body = g_byte_array_new();
    g_mutex_lock(&server->lock);
    server->open++;
    g_mutex_unlock(&server->lock);
    return x;
}

static void
on_completed(void *data, struct MHD_Connection *connection, void **slot,
             enum MHD_RequestTerminationCode how)
{
    HttpServer *server = data;
    Exchange *x = *slot;

    (void)connection;
    (void)how;
    if (!x)
        return;
    *slot = NULL;
    if (x->answer)
        MHD_destroy_response(x->answer);
    if (x->body)
        g_byte_array_unref(x->body);
    g_clear_pointer(&x->values, g_ptr_array_unref);
    g_free(x->target);
    g_free(x->path);
    g_free(x);
    g_mutex_lock(&server->lock);
    server->open--;
    tell_stop(server);
    g_mutex_unlock(&server->lock);
}

/* Called once with the header, then for each piece of the body, then once
 * more; and again after a suspended exchange is resumed. */
static enum MHD_Result
on_request(void *data, struct MHD_Connection *connection, const char *url,
           const char *method, const char *version, const char *upload,
           size_t *upload_size, void **slot)
{
    Exchange *x = *slot;

    (void)data;
    (void)connection;
    (void)url;
    if (!x->started) {
        x->started = true;
        int refusal = headers_refused(x, version);
        if (!refusal)
            refusal = target_refused(x);
        if (!refusal)
            refusal = route_refused(x, method);
        return refusal ? refuse(x, refusal) : MHD_YES;
    }
    if (*upload_size > 0) {
        if (x->body->len + *upload_size > x->body_max)
            x->dropped += *upload_size;
        else
            g_byte_array_append(x->body, (const guint8 *)upload,
                                (guint)*upload_size);
        *upload_size = 0;
        return x->dropped > BODY_MAX ? MHD_NO : MHD_YES;
    }
    if (x->fixed)
        return fixed_queue(x, x->fixed);
    if (x->deferred)
        return x->answer ? response_queue(x, g_steal_pointer(&x->answer),
                                          x->answer_status)
                         : MHD_YES;
    return x->dropped ? refuse(x, 413) : handle(x, method);
}

/* The library would decode in place; we decode from the request line. */
static size_t
on_unescape(void *data, struct MHD_Connection *connection, char *text)
{
    (void)data;
    (void)connection;
    return strlen(text);
}

/* The daemon ------------------------------------------------------------- */

/* With the one that ends them. */
static gsize
routes_count(const HttpRoute *routes)
{
    gsize count = 1;

    for (const HttpRoute *r = routes; r->method; r++)
        count++;
    return count;
}

static void
server_free(HttpServer *server)
{
    g_mutex_clear(&server->lock);
    g_cond_clear(&server->changed);
    if (server->wake >= 0)
        close(server->wake);
    if (server->events >= 0)
        close(server->events);
    g_clear_pointer(&server->answered, g_ptr_array_unref);
    g_free(server->handled);
    g_free(server->routes);
    g_free(server);
}

static struct MHD_Daemon *
daemon_start(HttpServer *server, int fd)
{
    return MHD_start_daemon(
        MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL, on_request,
        server, MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_STRICT_FOR_CLIENT, 1,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)POOL_BYTES,
        MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTIONS_MAX,
        MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)IDLE_TIMEOUT_S,
        MHD_OPTION_URI_LOG_CALLBACK, on_target, server,
        MHD_OPTION_NOTIFY_COMPLETED, on_completed, server,
        MHD_OPTION_UNESCAPE_CALLBACK, on_unescape, NULL, MHD_OPTION_END);
}

/* The thread ------------------------------------------------------------- */

static void
resume_answered(HttpServer *server)
{
    GPtrArray *fresh = g_ptr_array_new(), *answered;
    uint64_t count;

    (void)!read(server->wake, &count, sizeof count);
    g_mutex_lock(&server->lock);
    answered = server->answered;
    server->answered = fresh;
    g_mutex_unlock(&server->lock);
    for (guint i = 0; i < answered->len; i++)
        MHD_resume_connection(((Exchange *)answered->pdata[i])->connection);
    g_ptr_array_unref(answered);
}

static void
flush_routes(HttpServer *server)
{
    for (gsize i = 0; server->routes[i].method; i++)
        if (server->handled[i] && server->routes[i].flush)
            server->routes[i].flush(server->routes[i].flush_data);
    for (gsize i = 0; server->routes[i].method; i++)
        server->handled[i] = false;
}

static int
wait_ms(HttpServer *server)
{
    MHD_UNSIGNED_LONG_LONG timeout;

    if (MHD_get_timeout(server->daemon, &timeout) != MHD_YES)
        return -1;
    return (int)MIN(timeout, 60000);
}

static gpointer
server_thread(gpointer data)
{
    HttpServer *server = data;
    bool ended = false;

    while (!ended) {
        struct epoll_event ready[2];
        int count = epoll_wait(server->events, ready, 2, wait_ms(server));

        for (int i = 0; i < count; i++)
            if (ready[i].data.fd == server->wake)
                resume_answered(server);
        MHD_run(server->daemon);
        flush_routes(server);
        g_mutex_lock(&server->lock);
        ended = server->ended;
        g_mutex_unlock(&server->lock);
    }
    return NULL;
}

static bool
watch(HttpServer *server, int fd)
{
    struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};

    return epoll_ctl(server->events, EPOLL_CTL_ADD, fd, &event) == 0;
}

static bool
thread_start(HttpServer *server)
{
    const union MHD_DaemonInfo *info =
        MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_EPOLL_FD);

    if (!info || !watch(server, info->epoll_fd) || !watch(server, server->wake))
        return false;
    server->thread = g_thread_new("http", server_thread, server);
    return true;
}

static void
thread_end(HttpServer *server)
{
    g_mutex_lock(&server->lock);
    server->ended = true;
    g_mutex_unlock(&server->lock);
    wake(server);
    g_thread_join(server->thread);
}

HttpServer *
http_server_start(const char *listen_at, bool fallback, const HttpRoute *routes,
                  GError **error)
{
    g_autoptr(GError) taken = NULL;
    int fd = http_listen(listen_at, NULL, &taken);

    if (fd < 0 && fallback &&
        g_error_matches(taken, NURTURE_ERROR, ERROR_TEMPORARY)) {
        g_clear_error(&taken);
        fd = http_listen(listen_at, "0", &taken);
    }
    if (fd < 0) {
        g_propagate_error(error, g_steal_pointer(&taken));
        return NULL;
    }
    return http_server_start_on(fd, routes, error);
}

HttpServer *
http_server_start_on(int fd, const HttpRoute *routes, GError **error)
{
    HttpServer *server = g_new0(HttpServer, 1);
    g_mutex_init(&server->lock);
    g_cond_init(&server->changed);
    server->routes = g_memdup2(routes, routes_count(routes) * sizeof *routes);
    server->handled = g_new0(bool, routes_count(routes));
    server->answered = g_ptr_array_new();
    server->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    server->events = epoll_create1(EPOLL_CLOEXEC);
    server->port = http_listen_port(fd);
    server->daemon = daemon_start(server, fd);
    if (!server->daemon || !thread_start(server)) {
        if (server->daemon)
            MHD_stop_daemon(server->daemon);
        else
            close(fd);
        server_free(server);
        g_set_error(error, NURTURE_ERROR, ERROR_TEMPORARY,
                    "cannot start the web server");
        return NULL;
    }
    return server;
}

int
http_server_port(const HttpServer *server)
{
    return server->port;
}

void
http_server_stop(HttpServer *server)
{
    int fd = MHD_quiesce_daemon(server->daemon);
    gint64 deadline = g_get_monotonic_time() + DRAIN_US;

    g_mutex_lock(&server->lock);
    g_atomic_int_set(&server->draining, true);
    while (server->open > 0 &&
           g_cond_wait_until(&server->changed, &server->lock, deadline))
        ;
    server->stopping = true;
    while (server->busy > 0)
        g_cond_wait(&server->changed, &server->lock);
    deadline = g_get_monotonic_time() + DRAIN_US;
    while (server->open > 0 &&
           g_cond_wait_until(&server->changed, &server->lock, deadline))
        ;
    g_mutex_unlock(&server->lock);

    thread_end(server);
    MHD_stop_daemon(server->daemon);
    if (fd >= 0)
        close(fd);
    server_free(server);
}
