/* SPDX-License-Identifier: Apache-2.0 */
/* http -- a small server for pages, hits and hooks, over libmicrohttpd.
 *
 * TLS belongs to the reverse proxy in front. Limits: request line and header
 * 16 KB, body 64 KB (a route may set less or up to 1 MB), 64 headers. Refused
 * with 400 and "Connection: close": Content-Length together with
 * Transfer-Encoding, either or Host twice, bare LF, folded headers; a path
 * with controls, a backslash or dot segments. Handlers run on the server's one
 * thread and must not block: an answer that has to wait for something (a
 * commit) is deferred and given from another thread. */
#ifndef NURTURE_HTTP_H
#define NURTURE_HTTP_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct {
    const char *method, *path;
    const char *rest; /* of the path, after the route's prefix */
    GBytes *body;
    const char *peer;    /* textual address */
    gpointer connection; /* opaque, for the functions below */
} HttpRequest;

const char *http_header(const HttpRequest *request, const char *name);
const char *http_query(const HttpRequest *request, const char *name);
const char *http_cookie(const HttpRequest *request, const char *name);
/* A field of an urlencoded or multipart/form-data body; NULL if absent, or
 * not UTF-8, or with a NUL in it. Owned by the caller. */
char *http_form(const HttpRequest *request, const char *name);

/* An answer made once and given often; thread-safe. */
typedef struct HttpFixed HttpFixed;

typedef struct {
    int status;           /* 0 = 200 */
    const char *type;     /* NULL = text/html; charset=utf-8 */
    GBytes *body;         /* NULL = empty */
    const char *location; /* copied */
    GPtrArray *headers;   /* "Name: value", owned strings; NULL = none */
    HttpFixed *fixed;     /* borrowed: in place of all of the above; or NULL */
} HttpResponse;

typedef struct {
    const char *method; /* "GET" answers HEAD too; "*" = all */
    const char *prefix; /* "/c/"; a path without final '/' must match whole */
    gsize body_max;     /* 0 = 64 KB */
    void (*handle)(const HttpRequest *request, HttpResponse *response,
                   gpointer data);
    gpointer data;
    /* Or NULL: called with `flush_data` when everything that could be read at
     * once has been handled, if this route's handler was called meanwhile:
     * what it gathered is handed on together. */
    void (*flush)(gpointer flush_data);
    gpointer flush_data;
} HttpRoute;

/* Set a header, in place of one of that name. A value with controls in it is
 * a broken invariant. */
void http_response_header(HttpResponse *response, const char *name,
                          const char *value);
/* Free what the response owns and zero it. */
void http_response_clear(HttpResponse *response);

/* Takes what `response` owns. To be freed after the servers that give it. */
HttpFixed *http_fixed_new(HttpResponse *response);
void http_fixed_free(HttpFixed *fixed);

/* The request's answer comes later: what the handler leaves in its response is
 * thrown away, and the connection rests until http_deferred_answer(), from any
 * thread, exactly once. The request itself ends with the handler. */
typedef struct HttpDeferred HttpDeferred;
HttpDeferred *http_defer(const HttpRequest *request);
/* Takes what `response` owns, and frees `deferred`. */
void http_deferred_answer(HttpDeferred *deferred, HttpResponse *response);

typedef struct HttpServer HttpServer;

/* `routes` ends with method NULL and is copied. `listen` is "127.0.0.1:8025";
 * port 0 takes a free one. `fallback`: when the port is taken, take a free
 * one. NULL with ERROR_TEMPORARY. */
HttpServer *http_server_start(const char *listen, bool fallback,
                              const HttpRoute *routes, GError **error);
/* The same on a socket that listens already (socket activation); takes it, and
 * closes it when that fails. */
HttpServer *http_server_start_on(int fd, const HttpRoute *routes,
                                 GError **error);
int http_server_port(const HttpServer *server);
/* Stops accepting, finishes what is under way (at most 5 s, but for deferred
 * answers, which it waits for), frees. */
void http_server_stop(HttpServer *server);

/* An HTML page with the security headers every page carries: CSP default-src
 * 'none' with the hash of the page's first <style>, forms to itself only, no
 * sniff, no referrer, no store. */
void http_response_page(HttpResponse *response, int status, const char *html);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(HttpServer, http_server_stop)
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(HttpResponse, http_response_clear)

#endif
