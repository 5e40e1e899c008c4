/* SPDX-License-Identifier: Apache-2.0 */
/* test_http.c - the web server, spoken to with raw bytes */
#include "nurture/http.h"

#include "core/http_form.h"
#include "nurture/error.h"
#include "tests/lib/http-client.h"

typedef struct {
    HttpServer *server;
    int port;
    GAsyncQueue *deferred;
} Fixture;

static void
say_text(HttpResponse *response, char *text)
{
    response->type = "text/plain";
    response->body = g_bytes_new_take(text, strlen(text));
}

/* Says back what it was asked. */
static void
handle_echo(const HttpRequest *request, HttpResponse *response, gpointer data)
{
    const char *agent = http_header(request, "User-Agent");
    const char *a = http_query(request, "a");
    const char *cookie = http_cookie(request, "c");
    g_autofree char *form = http_form(request, "f");

    (void)data;
    say_text(response,
             g_strdup_printf("%s|%s|%s|a=%s|c=%s|f=%s|%zu|%s|%s",
                             request->method, request->path, request->rest,
                             a ? a : "-", cookie ? cookie : "-",
                             form ? form : "-", g_bytes_get_size(request->body),
                             agent ? agent : "-", request->peer));
}

static void
handle_page(const HttpRequest *request, HttpResponse *response, gpointer data)
{
    (void)request;
    (void)data;
    http_response_page(response, 200,
                       "<html><style>p{color:red}</style><p>x</p></html>");
}

static void
handle_later(const HttpRequest *request, HttpResponse *response, gpointer data)
{
    Fixture *f = data;

    say_text(response, g_strdup("thrown away"));
    g_async_queue_push(f->deferred, http_defer(request));
}

static void
set_up(Fixture *f, gconstpointer data)
{
    (void)data;
    f->deferred = g_async_queue_new();
    const HttpRoute routes[] = {
        {"GET", "/echo", 0, handle_echo, f},
        {"GET", "/tree/", 0, handle_echo, f},
        {"GET", "/tree/deep/", 0, handle_page, f},
        {"POST", "/form", 100, handle_echo, f},
        {"*", "/later", 0, handle_later, f},
        {NULL},
    };
    g_autoptr(GError) error = NULL;

    f->server = http_server_start("127.0.0.1:0", false, routes, &error);
    g_assert_no_error(error);
    f->port = http_server_port(f->server);
}

static void
tear_down(Fixture *f, gconstpointer data)
{
    (void)data;
    if (f->server)
        http_server_stop(f->server);
    g_async_queue_unref(f->deferred);
}

/* Any byte sequence, and the status it earns. */
static const struct {
    const char *label, *bytes;
    int status;
} shapes[] = {
    {"plain", "GET /echo HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
     200},
    {"no-route",
     "GET /nowhere HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", 404},
    {"exact-means-exact",
     "GET /echo/x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", 404},
    {"wrong-method",
     "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n", 405},
    {"odd-method", "BREW /echo HTTP/1.1\r\nHost: a\r\n\r\n", 405},
    {"connect", "CONNECT example.org:25 HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"options-star", "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"absolute-target",
     "GET http://evil.example/echo HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"cl-and-te",
     "POST /form HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n"
     "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
     400},
    {"two-lengths",
     "POST /form HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n"
     "Content-Length: 3\r\n\r\nabcd",
     400},
    {"two-equal-lengths",
     "POST /form HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n"
     "Content-Length: 4\r\n\r\nabcd",
     400},
    {"two-encodings",
     "POST /form HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n"
     "Transfer-Encoding: identity\r\n\r\n0\r\n\r\n",
     400},
    {"odd-encoding",
     "POST /form HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n",
     501},
    {"signed-length",
     "POST /form HTTP/1.1\r\nHost: a\r\nContent-Length: +4\r\n\r\nabcd", 400},
    {"two-hosts", "GET /echo HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400},
    {"no-host", "GET /echo HTTP/1.1\r\nX: b\r\n\r\n", 400},
    {"bare-lf", "GET /echo HTTP/1.1\nHost: a\nX: b\n\n", 400},
    {"bare-lf-in-the-request-line",
     "GET /echo HTTP/1.1\nHost: a\r\nX: b\r\n\r\n", 400},
    {"bare-lf-between-headers", "GET /echo HTTP/1.1\r\nHost: a\nX: b\r\n\r\n",
     400},
    {"bare-lf-after-an-empty-value",
     "GET /echo HTTP/1.1\r\nHost: a\r\nE:\nX: b\r\n\r\n", 400},
    {"bare-lf-at-the-end", "GET /echo HTTP/1.1\r\nHost: a\n\r\nGET", 400},
    {"folded-header",
     "GET /echo HTTP/1.1\r\nHost: a\r\nX: b\r\n c\r\nY: d\r\n\r\n", 400},
    {"space-before-colon", "GET /echo HTTP/1.1\r\nHost : a\r\n\r\n", 400},
    {"space-before-the-colon-of-a-length",
     "POST /form HTTP/1.1\r\nHost: a\r\nContent-Length : 3\r\n\r\nabc", 400},
    {"space-before-the-colon-of-an-encoding",
     "POST /form HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n"
     "Transfer-Encoding : chunked\r\n\r\nabc",
     400},
    {"space-before-the-colon-of-another-host",
     "GET /echo HTTP/1.1\r\nHost: a\r\nHost : b\r\n\r\n", 400},
    {"bare-cr-in-a-value",
     "GET /echo HTTP/1.1\r\nHost: a\r\nX: b\rY: c\r\n\r\n", 400},
    {"no-colon", "GET /echo HTTP/1.1\r\nHost: a\r\nwhat\r\n\r\n", 400},
    {"no-version", "GET /echo\r\nHost: a\r\n\r\n", 400},
    {"cr-lf-in-path",
     "GET /tree/%0d%0aSet-Cookie:x=1 HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"nul-in-path", "GET /echo%00.gif HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"dot-segments", "GET /tree/../echo HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"hidden-dot-segments", "GET /tree/%2e%2e/echo HTTP/1.1\r\nHost: a\r\n\r\n",
     400},
    {"backslash", "GET /tree/%5c%5cevil HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"bad-utf8", "GET /tree/%ff HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"bad-escape", "GET /tree/%zz HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"cut-escape", "GET /tree/%4 HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"length-over-limit",
     "POST /form HTTP/1.1\r\nHost: a\r\nContent-Length: 101\r\n\r\n", 413},
};

static void
test_shapes(Fixture *f, gconstpointer data)
{
    (void)data;
    for (gsize i = 0; i < G_N_ELEMENTS(shapes); i++) {
        g_test_message("%s", shapes[i].label);
        g_autofree char *answer = client_say(f->port, shapes[i].bytes);
        g_autofree char *connection = client_header(answer, "Connection");

        g_assert_cmpint(client_status(answer), ==, shapes[i].status);
        g_assert_cmpstr(connection, ==, "close");
        g_assert_null(strstr(answer, "Set-Cookie"));
    }
}

/* A second request behind a refused one is never read. */
static void
test_smuggled(Fixture *f, gconstpointer data)
{
    (void)data;
    g_autofree char *answer = client_say(
        f->port, "POST /form HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n"
                 "Content-Length: 0\r\n\r\nGET /echo HTTP/1.1\r\nHost: a\r\n"
                 "Connection: close\r\n\r\n");

    g_assert_cmpint(client_status(answer), ==, 400);
    g_assert_null(strstr(answer + 1, "HTTP/1.1"));
}

static void
test_limits(Fixture *f, gconstpointer data)
{
    (void)data;
    GString *many = g_string_new(NULL);
    for (int i = 0; i < 70; i++)
        g_string_append_printf(many, "X-%d: y\r\n", i);
    g_autofree char *count =
        client_ask(f->port, "GET", "/echo", many->str, NULL);
    g_assert_cmpint(client_status(count), ==, 431);
    g_string_free(many, TRUE);

    g_autofree char *fill = g_strnfill(17 * 1024, 'a');
    g_autofree char *big = g_strdup_printf("X: %s\r\n", fill);
    g_autofree char *wide = client_ask(f->port, "GET", "/echo", big, NULL);
    g_assert_cmpint(client_status(wide), ==, 431);

    fill[9000] = '\0';
    g_autofree char *target = g_strdup_printf("/tree/%s", fill);
    g_autofree char *far = client_ask(f->port, "GET", target, NULL, NULL);
    g_assert_cmpint(client_status(far), ==, 414);

    /* Chunks have no length to refuse: it is counted. */
    GString *chunked = g_string_new("POST /form HTTP/1.1\r\nHost: a\r\n"
                                    "Transfer-Encoding: chunked\r\n\r\n");
    for (int i = 0; i < 11; i++)
        g_string_append(chunked, "a\r\n0123456789\r\n");
    g_string_append(chunked, "0\r\n\r\n");
    g_autofree char *flood = client_say(f->port, chunked->str);
    g_assert_cmpint(client_status(flood), ==, 413);
    g_string_free(chunked, TRUE);
}

static void
assert_says(int port, const char *method, const char *target,
            const char *headers, const char *body, const char *expected)
{
    g_autofree char *answer = client_ask(port, method, target, headers, body);

    g_assert_cmpint(client_status(answer), ==, 200);
    g_assert_cmpstr(client_body(answer), ==, expected);
}

static void
test_request(Fixture *f, gconstpointer data)
{
    (void)data;
    assert_says(f->port, "GET", "/echo?b=1&a=x%26y+z&a=2",
                "Cookie: b=1; c=crumb\r\nUser-Agent: Tester\r\n", NULL,
                "GET|/echo||a=x&y z|c=crumb|f=-|0|Tester|127.0.0.1");
    assert_says(f->port, "GET", "/tree/%C3%BC/%2F?", NULL, NULL,
                "GET|/tree/\xc3\xbc//|\xc3\xbc//|a=-|c=-|f=-|0|-|127.0.0.1");
    assert_says(f->port, "HEAD", "/echo", NULL, NULL, "");
    assert_says(f->port, "POST", "/form",
                "Content-Type: application/x-www-form-urlencoded\r\n",
                "x=1&f=One%2DClick",
                "POST|/form||a=-|c=-|f=One-Click|17|-|127.0.0.1");
    assert_says(f->port, "POST", "/form",
                "Content-Type: multipart/form-data; boundary=zz\r\n",
                "--zz\r\nContent-Disposition: form-data; name=\"f\"\r\n\r\nv"
                "\r\n--zz--\r\n",
                "POST|/form||a=-|c=-|f=v|61|-|127.0.0.1");
    /* Not a form. */
    assert_says(f->port, "POST", "/form", "Content-Type: text/plain\r\n", "f=v",
                "POST|/form||a=-|c=-|f=-|3|-|127.0.0.1");
}

static void
test_page(Fixture *f, gconstpointer data)
{
    (void)data;
    g_autofree char *answer =
        client_ask(f->port, "GET", "/tree/deep/x", NULL, NULL);
    g_autofree char *policy = client_header(answer, "Content-Security-Policy");
    g_autofree char *sniff = client_header(answer, "X-Content-Type-Options");
    g_autofree char *cache = client_header(answer, "Cache-Control");

    /* printf 'p{color:red}' | openssl dgst -sha256 -binary | base64 */
    g_assert_cmpstr(
        policy, ==,
        "default-src 'none'; style-src "
        "'sha256-p0bF+un5yUb9MBO6xRb8kPHlY2BdpHVtLiFkDrZPF64='; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'");
    g_assert_cmpstr(sniff, ==, "nosniff");
    g_assert_cmpstr(cache, ==, "no-store");
}

static gpointer
answer_later(gpointer data)
{
    Fixture *f = data;

    for (int i = 0; i < 2; i++) {
        HttpDeferred *deferred = g_async_queue_pop(f->deferred);
        g_auto(HttpResponse) response = {.status = 202};
        say_text(&response, g_strdup("later"));
        http_deferred_answer(deferred, &response);
    }
    return NULL;
}

static void
test_deferred(Fixture *f, gconstpointer data)
{
    (void)data;
    GThread *thread = g_thread_new("answers", answer_later, f);
    g_autofree char *get = client_ask(f->port, "GET", "/later", NULL, NULL);
    g_autofree char *post = client_ask(f->port, "POST", "/later", NULL, "x");

    g_assert_cmpint(client_status(get), ==, 202);
    g_assert_cmpstr(client_body(get), ==, "later");
    g_assert_cmpint(client_status(post), ==, 202);
    g_thread_join(thread);
}

/* Clients that go away in the middle cost nothing but their connection. */
static void
test_abandoned(Fixture *f, gconstpointer data)
{
    static const char *const starts[] = {
        "",
        "GET /ec",
        "GET /echo HTTP/1.1\r\nHost: a\r\n",
        "POST /form HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc",
        "POST /form HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: "
        "chunked\r\n\r\n5\r"
        "\nab",
    };
    const char later[] = "GET /later HTTP/1.1\r\nHost: a\r\n\r\n";

    (void)data;
    for (gsize i = 0; i < G_N_ELEMENTS(starts); i++) {
        int fd = client_connect(f->port);
        send(fd, starts[i], strlen(starts[i]), MSG_NOSIGNAL);
        close(fd);
    }
    /* One that has left before its deferred answer comes. */
    int fd = client_connect(f->port);
    g_assert_cmpint(send(fd, later, strlen(later), 0), ==,
                    (gssize)strlen(later));
    HttpDeferred *deferred = g_async_queue_pop(f->deferred);
    close(fd);
    g_auto(HttpResponse) response = {0};
    say_text(&response, g_strdup("too late"));
    http_deferred_answer(deferred, &response);
    assert_says(f->port, "GET", "/echo", NULL, NULL,
                "GET|/echo||a=-|c=-|f=-|0|-|127.0.0.1");
}

static gpointer
stop_server(gpointer data)
{
    http_server_stop(data);
    return NULL;
}

/* Stopping waits for an answer that is owed. */
static void
test_stop_drains(Fixture *f, gconstpointer data)
{
    (void)data;
    int fd = client_connect(f->port);
    const char ask[] = "GET /later HTTP/1.1\r\nHost: a\r\n\r\n";
    g_assert_cmpint(send(fd, ask, strlen(ask), 0), ==, (gssize)strlen(ask));
    HttpDeferred *deferred = g_async_queue_pop(f->deferred);
    GThread *thread =
        g_thread_new("stop", stop_server, g_steal_pointer(&f->server));

    g_auto(HttpResponse) response = {0};
    say_text(&response, g_strdup("owed"));
    http_deferred_answer(deferred, &response);
    g_autofree char *answer = client_read(fd);
    g_assert_cmpstr(client_body(answer), ==, "owed");
    g_thread_join(thread);
}

static void
test_keep_alive(Fixture *f, gconstpointer data)
{
    (void)data;
    g_autofree char *both = client_say(
        f->port,
        "GET /echo?a=1 HTTP/1.1\r\nHost: a\r\n\r\n"
        "GET /echo?a=2 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");

    g_assert_nonnull(strstr(both, "a=1"));
    g_assert_nonnull(strstr(both, "a=2"));
}

static void
test_ports(Fixture *f, gconstpointer data)
{
    (void)data;
    const HttpRoute none[] = {{NULL}};
    g_autofree char *taken = g_strdup_printf("127.0.0.1:%d", f->port);
    g_autoptr(GError) error = NULL;

    g_assert_null(http_server_start(taken, false, none, &error));
    g_assert_error(error, NURTURE_ERROR, ERROR_TEMPORARY);
    g_clear_error(&error);
    g_autoptr(HttpServer) other = http_server_start(taken, true, none, &error);
    g_assert_no_error(error);
    g_assert_cmpint(http_server_port(other), !=, f->port);
    g_assert_null(http_server_start("nonsense", true, none, &error));
    g_assert_error(error, NURTURE_ERROR, ERROR_USAGE);
}

static const struct {
    const char *type, *body, *value; /* of field "f" */
} forms[] = {
    {NULL, "f=1", "1"},
    {NULL, "", NULL},
    {NULL, "f", ""},
    {NULL, "ff=2&f=3&f=4", "3"},
    {NULL, "&&f=%E2%82%AC", "\xe2\x82\xac"},
    {NULL, "%66=x", "x"},
    {NULL, "f=%00", NULL},
    {NULL, "f=%ff", NULL},
    {NULL, "f=%4", NULL},
    {NULL, "f=a=b", "a=b"},
    {"multipart/form-data; boundary=\"a b\"",
     "--a b\r\ncontent-disposition: form-data; name=f\r\n\r\n1\r\n--a b--",
     "1"},
    {"multipart/form-data; boundary=b",
     "preamble\r\n--b\r\nX: y\r\n\r\nno\r\n--b\r\n"
     "Content-Disposition: form-data; name=\"f\"; filename=\"x;name=g\"\r\n"
     "Content-Type: text/plain\r\n\r\nline\r\n--\r\n--b--",
     "line\r\n--"},
    {"multipart/form-data; boundary=b",
     "--b\r\nContent-Disposition: form-data; name=\"f\"\r\n\r\ncut", NULL},
    {"multipart/form-data; boundary=b",
     "--b\r\n\r\nheadless\r\n--b\r\nContent-Disposition: form-data; "
     "name=\"f\"\r\n\r\n\r\n--b--",
     ""},
    {"multipart/form-data; boundary=b", "--b", NULL},
    {"multipart/form-data; boundary=b", "--b--", NULL},
    {"multipart/form-data; boundary=b", "", NULL},
    {"multipart/form-data; boundary=", "----\r\n", NULL},
    {"multipart/form-data", "--b\r\n", NULL},
    {"multipart/form-data; charset=\"x;boundary=q\"; Boundary=b",
     "--b\r\nContent-Disposition: form-data; name=\"f\"\r\n\r\nv\r\n--b--",
     "v"},
    {"multipart/form-data; boundary=b",
     "--b\r\nContent-Disposition: form-data; name=\"\\\"f\"\r\n\r\nv\r\n--b--",
     NULL},
};

static void
test_forms(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(forms); i++) {
        g_test_message("row %zu", i);
        gsize length = strlen(forms[i].body);
        g_autofree char *body = g_memdup2(forms[i].body, length + 1);
        g_autofree char *value =
            forms[i].type ? form_multipart(forms[i].type, body, length, "f")
                          : form_urlencoded(body, length, "f");
        g_assert_cmpstr(value, ==, forms[i].value);
    }
}

#define ADD(path, test)                                                        \
    g_test_add("/http/" path, Fixture, NULL, set_up, test, tear_down)

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD("shapes", test_shapes);
    ADD("smuggled", test_smuggled);
    ADD("limits", test_limits);
    ADD("request", test_request);
    ADD("page", test_page);
    ADD("deferred", test_deferred);
    ADD("abandoned", test_abandoned);
    ADD("stop-drains", test_stop_drains);
    ADD("keep-alive", test_keep_alive);
    ADD("ports", test_ports);
    g_test_add_func("/http/forms", test_forms);
    return g_test_run();
}
