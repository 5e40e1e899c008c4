/* SPDX-License-Identifier: Apache-2.0 */
/* test_desk_attacks.c - the recruiters' pages: one test per class of attack */
#include "desk-fixture.h"

static void
attack_auth_bypass(Fixture *f, gconstpointer data)
{
    static const char *const cookies[] = {
        NULL,
        "__Host-nurture=",
        "__Host-nurture=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "__Host-nurture=' OR 1=1 --",
        "nurture=anna",
    };

    (void)data;
    for (gsize c = 0; c < G_N_ELEMENTS(cookies); c++)
        for (gsize i = 0; i < G_N_ELEMENTS(private_pages); i++) {
            g_autofree char *answer = get(f, private_pages[i], cookies[c]);
            g_autofree char *location = client_header(answer, "Location");
            g_assert_cmpint(client_status(answer), ==, 303);
            g_assert_cmpstr(location, ==, "/login");
            g_assert_cmpstr(client_body(answer), ==, "");
        }
    assert_status(post(f, "/replies/1", NULL, "verb=done"), 303);
    assert_status(post(f, "/panic", NULL, ""), 303);
    assert_sql(f, "SELECT state FROM reply WHERE reply_id = 1", "open");
    assert_sql(f, "SELECT state FROM campaign", "running");
    /* A sender whose file is gone is out at once. */
    g_autofree char *cookie = log_in(f, 0);
    g_ptr_array_remove_index(f->workspace.senders, 0);
    assert_status(get(f, "/replies", cookie), 303);
}

static void
attack_csrf(Fixture *f, gconstpointer data)
{
    static const char *const origins[] = {
        "Sec-Fetch-Site: cross-site\r\n", "Sec-Fetch-Site: same-site\r\n",
        "Origin: https://evil.example\r\n", "Origin: null\r\n"};

    (void)data;
    g_autofree char *cookie = log_in(f, 1);
    g_autofree char *other = log_in(f, 0);
    g_autofree char *csrf = csrf_of(f, cookie);
    g_autofree char *theirs = csrf_of(f, other);
    g_autofree char *right = g_strdup_printf("csrf=%s", csrf);
    g_autofree char *wrong = g_strdup_printf("csrf=%s", theirs);
    assert_status(post(f, "/panic", cookie, ""), 403);
    assert_status(post(f, "/panic", cookie, "csrf="), 403);
    assert_status(post(f, "/panic", cookie, wrong), 403);
    for (gsize i = 0; i < G_N_ELEMENTS(origins); i++) {
        g_autofree char *headers =
            g_strdup_printf(FORM "Cookie: %s\r\n%s", cookie, origins[i]);
        assert_status(client_ask(f->port, "POST", "/panic", headers, right),
                      403);
    }
    /* And GET changes nothing. */
    for (gsize i = 0; i < G_N_ELEMENTS(private_pages); i++)
        g_free(get(f, private_pages[i], cookie));
    assert_sql(f, "SELECT state FROM campaign", "running");
    assert_status(post(f, "/panic", cookie, right), 303);
    assert_sql(f, "SELECT state FROM campaign", "paused");
}

/* A session that was planted before is not the one that comes out. */
static void
attack_session_fixation(Fixture *f, gconstpointer data)
{
    static const char planted[] =
        "__Host-nurture=QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE";
    g_autofree char *path = login_path(f, 0);

    (void)data;
    g_autofree char *in = post(f, path, planted, "");
    g_autofree char *cookie = cookie_of(in);
    g_assert_cmpstr(cookie, !=, planted);
    assert_status(get(f, "/replies", planted), 303);
    assert_status(get(f, "/replies", cookie), 200);
    g_autofree char *again = log_in(f, 0);
    g_assert_cmpstr(again, !=, cookie);
}

static void
attack_stored_xss(Fixture *f, gconstpointer data)
{
    static const char *const pages[] = {
        "/replies",         "/replies/1",        "/replies/1/stop",
        "/people",          "/people/1",         "/people/1/erase",
        "/campaigns",       "/campaigns/spring", "/campaigns/spring/pause",
        "/delivery",        "/reports",          "/replies?done=1",
        "/delivery?days=90"};

    (void)data;
    g_autofree char *cookie = log_in(f, 1);
    for (gsize i = 0; i < G_N_ELEMENTS(pages); i++) {
        g_autofree char *answer = get(f, pages[i], cookie);
        g_test_message("%s", pages[i]);
        g_assert_cmpint(client_status(answer), ==, 200);
        g_assert_nonnull(strstr(answer, "&lt;script&gt;")); /* it is there */
        g_assert_null(strstr(answer, "<script>"));
        g_assert_null(strstr(answer, "<img"));
        g_assert_null(strstr(answer, "\"'>"));
        g_assert_null(strstr(answer, " style="));
    }
    g_autofree char *search =
        act(f, "/people", cookie, "query=%22%3E%3Cscript%3Ealert(1)%3C/script");
    g_assert_null(strstr(search, "<script>alert"));
    g_autofree char *page = get(f, "/replies/1", cookie);
    g_autofree char *policy = client_header(page, "Content-Security-Policy");
    g_assert_null(strstr(policy, "unsafe"));
    g_assert_true(g_str_has_prefix(policy, "default-src 'none'; "));
}

/* What a stranger's request said of itself is kept to tell machines by, and no
 * page shows it. */
static void
attack_tracked_request(Fixture *f, gconstpointer data)
{
    (void)data;
    sql(f, "INSERT INTO hit_agent VALUES (1, '<script>alert(7)</script>')");
    sql(f, "INSERT INTO event (candidate_id, kind, message_id, campaign, step,"
           " at, detail) SELECT candidate_id, 'clicked', message_id, campaign,"
           " step, 1, '{\"link\":1,\"class\":\"<b>\",\"rule\":\"<i>alert(7)\"}'"
           " FROM message WHERE candidate_id = 1 LIMIT 1");
    sql(f, "INSERT INTO hit SELECT max(event_id), 1, 0, 1, '<u>alert(7)',"
           " '<s>alert(7)' FROM event");
    g_autofree char *cookie = log_in(f, 1);
    for (gsize i = 0; i < G_N_ELEMENTS(private_pages); i++) {
        g_autofree char *answer = get(f, private_pages[i], cookie);
        g_test_message("%s", private_pages[i]);
        g_assert_null(strstr(answer, "alert(7)"));
    }
}

/* The mail as it came is bytes from outside, too. */
static void
attack_original_xss(Fixture *f, gconstpointer data)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *dir =
        g_build_filename(f->directory, "spool", "done", NULL);
    g_autofree char *path = g_build_filename(dir, "i1.eml", NULL);

    (void)data;
    g_assert_cmpint(g_mkdir_with_parents(dir, 0700), ==, 0);
    g_file_set_contents(
        path, "Subject: " HOSTILE "\r\n\r\n</pre>" HOSTILE "\r\n\xff\xfe\r\n",
        -1, &error);
    g_assert_no_error(error);
    g_autofree char *cookie = log_in(f, 0);
    g_autofree char *answer = get(f, "/replies/1/original", cookie);
    g_assert_cmpint(client_status(answer), ==, 200);
    g_assert_nonnull(strstr(answer, "Subject: &lt;script&gt;"));
    g_assert_null(strstr(answer, "<script>"));
    g_assert_null(strstr(answer, "<img"));
    g_unlink(path);
    g_rmdir(dir);
    g_autofree char *spool = g_build_filename(f->directory, "spool", NULL);
    g_rmdir(spool);
}

static void
attack_open_redirect(Fixture *f, gconstpointer data)
{
    static const char *const paths[] = {
        "/login?next=https://evil.example", "//evil.example/login",
        "/?next=//evil.example", "/%2f%2fevil.example",
        "/replies?done=//evil.example"};

    (void)data;
    g_autofree char *cookie = log_in(f, 0);
    for (gsize i = 0; i < G_N_ELEMENTS(paths); i++) {
        g_autofree char *answer = get(f, paths[i], cookie);
        g_autofree char *location = client_header(answer, "Location");
        if (location)
            g_assert_cmpstr(location, ==, "/replies");
        g_assert_null(strstr(answer, "evil"));
    }
}

/* Neither a foreign page's name for us nor a forged one is answered. */
static void
attack_forged_host(Fixture *f, gconstpointer data)
{
    static const struct {
        const char *host;
        int status;
    } rows[] = {
        {"evil.example", 421},
        {"127.0.0.1.evil.example", 421},
        {"desk.example.evil.example", 421},
        {"desk.example@evil.example", 421},
        {"desk.example", 200},
        {"127.0.0.1:8081", 200},
        {"localhost", 200},
    };

    (void)data;
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *bytes = g_strdup_printf(
            "GET /login HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n",
            rows[i].host);
        g_test_message("%s", rows[i].host);
        assert_status(client_say(f->port, bytes), rows[i].status);
    }
    /* The mailed link has the configured name. */
    g_free(client_ask(f->port, "POST", "/login",
                      FORM "X-Forwarded-Host: evil.example\r\n",
                      "address=anna@mail.example"));
    g_autofree char *body =
        ask(f, "SELECT CAST(bytes AS TEXT) FROM message_body");
    g_assert_null(strstr(body, "evil"));
}

static void
assert_header(const char *answer, const char *name, const char *part)
{
    g_autofree char *value = client_header(answer, name);

    g_assert_nonnull(value);
    g_assert_nonnull(strstr(value, part));
}

static void
attack_clickjacking(Fixture *f, gconstpointer data)
{
    (void)data;
    g_autofree char *cookie = log_in(f, 1);
    for (gsize i = 0; i < G_N_ELEMENTS(private_pages); i++) {
        g_autofree char *answer = get(f, private_pages[i], cookie);
        if (!strstr(answer, "text/html"))
            continue;
        assert_header(answer, "Content-Security-Policy",
                      "frame-ancestors 'none'");
    }
    g_autofree char *page = get(f, "/panic", cookie);
    assert_header(page, "X-Frame-Options", "DENY");
    assert_header(page, "Content-Security-Policy", "form-action 'self'");
}

static void
attack_private_cache(Fixture *f, gconstpointer data)
{
    (void)data;
    g_autofree char *cookie = log_in(f, 1);
    for (gsize i = 0; i < G_N_ELEMENTS(private_pages); i++) {
        g_autofree char *answer = get(f, private_pages[i], cookie);
        g_autofree char *out = get(f, private_pages[i], NULL);
        g_test_message("%s", private_pages[i]);
        assert_header(answer, "Cache-Control", "no-store");
        assert_header(answer, "X-Content-Type-Options", "nosniff");
        assert_header(out, "Cache-Control", "no-store");
    }
    g_autofree char *css = get(f, "/static/desk.css", NULL);
    assert_header(css, "Cache-Control", "public");
    assert_status(get(f, "/static/..%2fdesk.css", NULL), 400);
    assert_status(get(f, "/static/nothing", NULL), 404);
}

static void
attack_header_injection(Fixture *f, gconstpointer data)
{
    (void)data;
    g_autofree char *cookie = log_in(f, 1);
    static const char *const tries[] = {
        "/campaigns/spring%0d%0aSet-Cookie:x=1/pause",
        "/replies?done=1%0d%0aSet-Cookie:x=1",
        "/people/1%0d%0aSet-Cookie:x=1/erase"};
    for (gsize i = 0; i < G_N_ELEMENTS(tries); i++) {
        g_autofree char *answer = get(f, tries[i], cookie);
        g_autofree char *set = client_header(answer, "Set-Cookie");
        g_assert_null(set);
    }
    assert_status(act(f, "/replies/1", cookie,
                      "verb=hand-over&value=lea%0d%0aSet-Cookie:x"),
                  400);
    g_free(post(f, "/login", NULL,
                "address=anna%40mail.example%0d%0aBcc:%20eve%40evil.example"));
    assert_sql(f, "SELECT count(*) FROM message WHERE kind = 'service'", "0");
}

static void
attack_sql_injection(Fixture *f, gconstpointer data)
{
    static const char *const tries[] = {
        "/replies?intent=x'%20OR%201=1--",
        "/replies?state=open'--",
        "/people/1%20OR%201=1",
        "/replies/0%20OR%201=1",
        "/campaigns/x'%20OR%20'1'='1",
        "/people?page=-1%20UNION%20SELECT",
        "/delivery?days=1;DROP%20TABLE%20reply"};

    (void)data;
    g_autofree char *cookie = log_in(f, 1);
    for (gsize i = 0; i < G_N_ELEMENTS(tries); i++) {
        g_autofree char *answer = get(f, tries[i], cookie);
        g_test_message("%s", tries[i]);
        g_assert_true(client_status(answer) == 200 ||
                      client_status(answer) == 404);
    }
    g_free(act(f, "/people", cookie, "query=x'%29%20OR%201=1%20--"));
    assert_sql(f, "SELECT count(*) FROM reply", "2");
}

#define ADD(path, words, test)                                                 \
    g_test_add("/desk/" path, Fixture, words, set_up, test, tear_down)

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD("attack/auth-bypass", NULL, attack_auth_bypass);
    ADD("attack/csrf", NULL, attack_csrf);
    ADD("attack/session-fixation", NULL, attack_session_fixation);
    ADD("attack/stored-xss", HOSTILE, attack_stored_xss);
    ADD("attack/tracked-request", NULL, attack_tracked_request);
    ADD("attack/original-xss", NULL, attack_original_xss);
    ADD("attack/open-redirect", NULL, attack_open_redirect);
    ADD("attack/forged-host", NULL, attack_forged_host);
    ADD("attack/clickjacking", NULL, attack_clickjacking);
    ADD("attack/private-cache", NULL, attack_private_cache);
    ADD("attack/header-injection", NULL, attack_header_injection);
    ADD("attack/sql-injection", NULL, attack_sql_injection);
    return g_test_run();
}
