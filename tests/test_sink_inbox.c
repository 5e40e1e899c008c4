/* SPDX-License-Identifier: Apache-2.0 */
/* test_sink_inbox.c - caught mail in the browser, hostile mail too */
#include "nurture/sink-inbox.h"

#include "tests/lib/http-client.h"

#include <glib/gstdio.h>
#include <utime.h>

typedef struct {
    char *directory;
    HttpServer *server;
    int port;
} Inbox;

static const char plain_mail[] =
    "From: Anna Schmidt <anna@works.example>\r\n"
    "To: \"Lee, Kim\" <kim@x.example>\r\n"
    "Subject: =?utf-8?Q?Gr=C3=BC=C3=9Fe?= <b>from</b> us\r\n"
    "Date: Tue, 3 Mar 2026 09:00:00 +0100\r\n"
    "MIME-Version: 1.0\r\n"
    "Content-Type: multipart/related; boundary=r\r\n\r\n"
    "--r\r\nContent-Type: multipart/alternative; boundary=a\r\n\r\n"
    "--a\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"
    "Hello <Kim> & all\r\n"
    "--a\r\nContent-Type: text/html; charset=utf-8\r\n"
    "Content-Transfer-Encoding: quoted-printable\r\n\r\n"
    "<!doctype html><html><head><title>x</title></head><body><script>alert(1)"
    "</script><img src=3D\"cid:logo\"><img "
    "src=3D\"cid:none\"></body></html>\r\n"
    "--a--\r\n"
    "--r\r\nContent-Type: image/png\r\nContent-ID: <logo>\r\n"
    "Content-Transfer-Encoding: base64\r\n\r\niVBORw0KGgo=\r\n"
    "--r\r\nContent-Type: image/svg+xml; name=\"a\\\"<b>.svg\"\r\n"
    "Content-Disposition: attachment; filename=\"a<b>.svg\"\r\n\r\n"
    "<svg onload=\"alert(1)\"/>\r\n"
    "--r--\r\n";

static void
add_file(Inbox *inbox, const char *name, const char *text, time_t changed)
{
    g_autofree char *path = g_build_filename(inbox->directory, name, NULL);
    struct utimbuf times = {changed, changed};

    g_assert_true(g_file_set_contents(path, text, -1, NULL));
    g_assert_cmpint(utime(path, &times), ==, 0);
}

static void
set_up(Inbox *inbox, gconstpointer data)
{
    g_autoptr(GError) error = NULL;

    (void)data;
    inbox->directory = g_dir_make_tmp("nurture-inbox-XXXXXX", &error);
    g_assert_no_error(error);
    inbox->server = http_server_start(
        "127.0.0.1:0", false, sink_inbox_routes(inbox->directory), &error);
    g_assert_no_error(error);
    inbox->port = http_server_port(inbox->server);
}

static void
tear_down(Inbox *inbox, gconstpointer data)
{
    (void)data;
    http_server_stop(inbox->server);
    GDir *dir = g_dir_open(inbox->directory, 0, NULL);
    for (const char *name; (name = g_dir_read_name(dir));) {
        g_autofree char *path = g_build_filename(inbox->directory, name, NULL);
        g_unlink(path);
    }
    g_dir_close(dir);
    g_rmdir(inbox->directory);
    g_free(inbox->directory);
}

static char *
ask(Inbox *inbox, const char *target)
{
    return client_ask(inbox->port, "GET", target, NULL, NULL);
}

static void
test_list(Inbox *inbox, gconstpointer data)
{
    (void)data;
    g_autofree char *empty = ask(inbox, "/");
    g_assert_nonnull(strstr(empty, "Nothing caught yet"));

    add_file(inbox, "older.eml", plain_mail, 1000);
    add_file(inbox, "newer.eml", "Subject: Second\r\n\r\nx\r\n", 2000);
    add_file(inbox, ".hidden.eml", plain_mail, 3000);
    add_file(inbox, "notes.txt", plain_mail, 3000);
    g_autofree char *list = ask(inbox, "/");
    const char *newer = strstr(list, "/m/newer.eml");
    const char *older = strstr(list, "/m/older.eml");

    g_assert_cmpint(client_status(list), ==, 200);
    g_assert_true(newer && older && newer < older);
    g_assert_null(strstr(list, ".hidden"));
    g_assert_null(strstr(list, "notes.txt"));
    g_assert_nonnull(strstr(list, "Grüße &lt;b&gt;from&lt;/b&gt; us"));
    g_assert_nonnull(strstr(list, ">Lee, Kim<"));
    g_assert_nonnull(strstr(list, "anna@works.example"));
    g_assert_nonnull(strstr(list, "3 Mar 2026, 09:00"));
}

static void
test_pages(Inbox *inbox, gconstpointer data)
{
    (void)data;
    for (int i = 0; i < 120; i++) {
        g_autofree char *name = g_strdup_printf("m%03d.eml", i);
        add_file(inbox, name, "Subject: x\r\n\r\n", 1000 + i);
    }
    g_autofree char *first = ask(inbox, "/");
    g_autofree char *last = ask(inbox, "/?page=3");
    g_autofree char *beyond = ask(inbox, "/?page=99999999999999999999");

    g_assert_nonnull(strstr(first, "m119.eml"));
    g_assert_null(strstr(first, "m069.eml"));
    g_assert_nonnull(strstr(first, "1 of 3"));
    g_assert_nonnull(strstr(last, "m000.eml"));
    g_assert_nonnull(strstr(beyond, "m000.eml"));
}

static void
test_message(Inbox *inbox, gconstpointer data)
{
    (void)data;
    add_file(inbox, "a.eml", plain_mail, 1000);
    g_autofree char *page = ask(inbox, "/m/a.eml");
    g_autofree char *text = ask(inbox, "/m/a.eml?view=text");
    g_autofree char *headers = ask(inbox, "/m/a.eml?view=headers");
    g_autofree char *raw = ask(inbox, "/raw/a.eml");

    g_assert_nonnull(strstr(page, "src=\"/html/a.eml\""));
    g_assert_nonnull(strstr(page, "sandbox=\"allow-popups "
                                  "allow-popups-to-escape-sandbox\""));
    g_assert_nonnull(strstr(page, "frame-src 'self'"));
    g_assert_null(strstr(page, "<script"));
    g_assert_nonnull(strstr(page, "a&lt;b&gt;.svg"));
    g_assert_nonnull(strstr(text, "Hello &lt;Kim&gt; &amp; all"));
    g_assert_nonnull(strstr(headers, "multipart/related"));
    g_assert_cmpstr(client_body(raw), ==, plain_mail);
    g_assert_nonnull(strstr(raw, "Content-Disposition: attachment"));
}

static void
test_html(Inbox *inbox, gconstpointer data)
{
    (void)data;
    add_file(inbox, "a.eml", plain_mail, 1000);
    g_autofree char *html = ask(inbox, "/html/a.eml");
    g_autofree char *policy = client_header(html, "Content-Security-Policy");
    g_autofree char *picture = ask(inbox, "/part/a.eml/2");
    g_autofree char *svg = ask(inbox, "/part/a.eml/3");

    g_assert_true(g_str_has_prefix(
        policy, "sandbox allow-popups allow-popups-to-escape-sandbox; "
                "default-src 'none'"));
    g_assert_null(strstr(policy, "script"));
    g_assert_nonnull(strstr(html, "<head><base target=\"_blank\">"));
    g_assert_nonnull(strstr(html, "src=\"/part/a.eml/2\""));
    g_assert_nonnull(strstr(html, "<img src=\"\">"));
    g_assert_nonnull(strstr(picture, "Content-Type: image/png"));
    g_assert_nonnull(strstr(client_body(picture), "PNG"));
    /* A picture that can carry a script is saved, not shown. */
    g_assert_nonnull(strstr(svg, "Content-Type: application/octet-stream"));
    g_assert_nonnull(strstr(svg, "Content-Disposition: attachment"));
}

static void
test_escapes(Inbox *inbox, gconstpointer data)
{
    static const char *const targets[] = {
        "/m/",
        "/m/none.eml",
        "/raw/..%2e%2fa.eml",
        "/raw/%2fetc%2fpasswd",
        "/raw/.hidden.eml",
        "/raw/link.eml",
        "/raw/a.txt",
        "/html/link.eml",
        "/part/a.eml",
        "/part/a.eml/",
        "/part/a.eml/99",
        "/part/a.eml/-1",
        "/part/a.eml/1x",
        "/m/%3Cscript%3E.eml",
        "/anything",
    };
    g_autofree char *link =
        g_build_filename(inbox->directory, "link.eml", NULL);

    (void)data;
    add_file(inbox, "a.eml", plain_mail, 1000);
    add_file(inbox, "a.txt", plain_mail, 1000);
    add_file(inbox, ".hidden.eml", plain_mail, 1000);
    g_assert_cmpint(symlink("/etc/passwd", link), ==, 0);
    for (gsize i = 0; i < G_N_ELEMENTS(targets); i++) {
        g_test_message("%s", targets[i]);
        g_autofree char *answer = ask(inbox, targets[i]);
        g_assert_cmpint(client_status(answer), ==, 404);
        g_assert_null(strstr(answer, "<script"));
        g_assert_null(strstr(answer, "root:"));
    }
}

/* Whoever reaches us under another name is another page's script. */
static void
test_rebinding(Inbox *inbox, gconstpointer data)
{
    static const char *const targets[] = {"/", "/m/a.eml", "/html/a.eml",
                                          "/raw/a.eml", "/part/a.eml/2"};
    static const char *const hosts[] = {"evil.example",
                                        "127.0.0.1.evil.example", "localhost",
                                        "LOCALHOST:8025", "[::1]:8025"};

    (void)data;
    add_file(inbox, "a.eml", plain_mail, 1000);
    for (gsize t = 0; t < G_N_ELEMENTS(targets); t++)
        for (gsize h = 0; h < G_N_ELEMENTS(hosts); h++) {
            g_autofree char *bytes = g_strdup_printf(
                "GET %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n",
                targets[t], hosts[h]);
            g_autofree char *answer = client_say(inbox->port, bytes);
            g_assert_cmpint(client_status(answer), ==, h < 2 ? 404 : 200);
        }
}

/* What would have GMime recurse until the stack is gone. */
static void
test_nested_groups(Inbox *inbox, gconstpointer data)
{
    GString *mail = g_string_new("From: ");

    (void)data;
    for (int i = 0; i < 200000; i++)
        g_string_append(mail, i % 30 ? "a:" : "\r\n a:");
    g_string_append(mail, "\r\n\r\nx\r\n");
    add_file(inbox, "bomb.eml", mail->str, 1000);
    g_string_free(mail, TRUE);
    add_file(inbox, "empty.eml", "", 1000);
    g_autofree char *list = ask(inbox, "/");
    g_autofree char *page = ask(inbox, "/m/bomb.eml");
    g_autofree char *empty = ask(inbox, "/m/empty.eml");

    g_assert_nonnull(strstr(list, "bomb.eml"));
    g_assert_cmpint(client_status(page), ==, 404);
    g_assert_cmpint(client_status(empty), ==, 404);
}

#define ADD(path, test)                                                        \
    g_test_add("/sink-inbox/" path, Inbox, NULL, set_up, test, tear_down)

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD("list", test_list);
    ADD("pages", test_pages);
    ADD("message", test_message);
    ADD("html", test_html);
    ADD("escapes", test_escapes);
    ADD("rebinding", test_rebinding);
    ADD("nested-groups", test_nested_groups);
    return g_test_run();
}
