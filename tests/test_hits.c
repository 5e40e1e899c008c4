/* SPDX-License-Identifier: Apache-2.0 */
/* test_hits.c - links, the pixel, and what is kept of a hit */
#include "nurture/hits.h"

#include "tests/lib/web-fixture.h"
#include "tracking/hit-rules.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

static char *
click(Web *w, unsigned link, const char *headers)
{
    g_autofree char *path = web_path(w, 'c', WEB_TOKEN_CLICK, w->message, link);

    char *answer = client_ask(w->port, "GET", path, headers, NULL);
    hits_settle(w->hits);
    return answer;
}

static char *
open_pixel(Web *w, const char *headers)
{
    g_autofree char *path = web_path(w, 'o', WEB_TOKEN_OPEN, w->message, 0);
    char *answer = client_ask(w->port, "GET", path, headers, NULL);

    hits_settle(w->hits);
    return answer;
}

static void
test_redirect(Web *w, gconstpointer data)
{
    (void)data;
    g_autofree char *answer = click(w, 2, BROWSER);
    g_autofree char *location = client_header(answer, "Location");
    g_autofree char *referrer = client_header(answer, "Referrer-Policy");
    g_autofree char *cache = client_header(answer, "Cache-Control");
    g_autofree char *robots = client_header(answer, "X-Robots-Tag");

    g_assert_cmpint(client_status(answer), ==, 302);
    g_assert_cmpstr(location, ==, "https://jobs.example/2?a=b&c=%20d#e");
    g_assert_cmpstr(client_body(answer), ==, "");
    g_assert_cmpstr(referrer, ==, "no-referrer");
    g_assert_cmpstr(cache, ==, "no-store");
    g_assert_cmpstr(robots, ==, "noindex");

    web_sql(w,
            "UPDATE message SET own_links = '{\"2\":\"http://own.example\"}'"
            " WHERE message_id = '%s'",
            w->message);
    g_autofree char *own = click(w, 2, BROWSER);
    g_autofree char *own_location = client_header(own, "Location");
    g_assert_cmpstr(own_location, ==, "http://own.example");
}

/* Whatever the request says, the target is the stored one or there is none. */
static void
test_open_redirect(Web *w, gconstpointer data)
{
    static const char *const additions[] = {
        "?url=https://evil.example", "?//evil.example", "/..;/evil.example",
        "/https://evil.example",     "//evil.example",  "%2f%2fevil.example",
        "?next=javascript:alert(1)", "@evil.example",   ".evil.example"};
    g_autofree char *path = web_path(w, 'c', WEB_TOKEN_CLICK, w->message, 1);

    (void)data;
    for (gsize i = 0; i < G_N_ELEMENTS(additions); i++) {
        g_autofree char *target = g_strconcat(path, additions[i], NULL);
        g_autofree char *answer =
            client_ask(w->port, "GET", target,
                       BROWSER "X-Forwarded-Host: evil.example\r\n"
                               "Referer: https://evil.example/\r\n",
                       NULL);
        g_autofree char *location = client_header(answer, "Location");
        if (location)
            g_assert_cmpstr(location, ==, "https://jobs.example/1");
        g_assert_null(strstr(answer, "evil"));
    }
    /* Neither script nor header can come out of the store. */
    g_autofree char *script = click(w, 8, BROWSER);
    g_assert_cmpint(client_status(script), ==, 404);
    g_autofree char *split = click(w, 9, BROWSER);
    g_autofree char *location = client_header(split, "Location");
    g_autofree char *cookie = client_header(split, "Set-Cookie");
    g_assert_cmpstr(location, ==,
                    "https://jobs.example/%0D%0ASet-Cookie:%20x=%C3%BC");
    g_assert_null(cookie);
    g_autofree char *unknown = click(w, 77, BROWSER);
    g_assert_cmpint(client_status(unknown), ==, 404);
}

static void
assert_not_found(Web *w, const char *path, char **expected)
{
    g_autofree char *answer = client_ask(w->port, "GET", path, BROWSER, NULL);

    g_test_message("%s", path);
    g_assert_cmpint(client_status(answer), ==, 404);
    if (*expected)
        g_assert_cmpstr(client_body(answer), ==, *expected);
    else
        *expected = g_strdup(client_body(answer));
}

static void
test_forged(Web *w, gconstpointer data)
{
    static const char letters[] = "couip";
    g_autofree char *page = NULL;
    g_autofree char *genuine = web_path(w, 'c', WEB_TOKEN_CLICK, w->message, 1);

    (void)data;
    for (gsize i = 3; genuine[i]; i++) {
        g_autofree char *flipped = g_strdup(genuine);
        flipped[i] = flipped[i] == 'A' ? 'B' : 'A';
        assert_not_found(w, flipped, &page);
    }
    /* A token of one kind is worth nothing as another. */
    for (int kind = WEB_TOKEN_CLICK; kind <= WEB_TOKEN_LOGIN; kind++)
        for (const char *l = letters; *l; l++) {
            g_autofree char *path =
                web_path(w, *l, (WebTokenKind)kind, w->message, 1);
            bool right = (kind == WEB_TOKEN_CLICK && *l == 'c') ||
                         (kind == WEB_TOKEN_OPEN && *l == 'o') ||
                         (kind == WEB_TOKEN_OPT_OUT && *l == 'u') ||
                         (kind == WEB_TOKEN_INTEREST && *l == 'i') ||
                         (kind == WEB_TOKEN_PREFERENCES && *l == 'p');
            if (!right)
                assert_not_found(w, path, &page);
        }
    char stranger[MESSAGE_ID_TEXT];
    message_id_make(w->keys, 99, "none", 1, "one", stranger);
    g_autofree char *unknown = web_path(w, 'c', WEB_TOKEN_CLICK, stranger, 1);
    assert_not_found(w, unknown, &page);
    assert_not_found(w, "/c/", &page);
    assert_not_found(w, "/o/.gif", &page);
    assert_not_found(w, "/u/x", &page);
    web_assert_sql(w, "SELECT count(*) FROM event", "0");
}

static void
test_pixel(Web *w, gconstpointer data)
{
    (void)data;
    int fd = client_connect(w->port);
    g_autofree char *path = web_path(w, 'o', WEB_TOKEN_OPEN, w->message, 0);
    g_autofree char *ask =
        g_strdup_printf("GET %s.gif HTTP/1.0\r\nHost: t\r\n\r\n", path);
    char said[1024];
    gsize got = 0;

    g_assert_cmpint(send(fd, ask, strlen(ask), 0), ==, (gssize)strlen(ask));
    for (ssize_t n; (n = recv(fd, said + got, sizeof said - 1 - got, 0)) > 0;)
        got += (gsize)n;
    close(fd);
    said[got] = '\0';
    const char *body = client_body(said);
    g_assert_nonnull(strstr(said, "Content-Type: image/gif\r\n"));
    g_assert_cmpuint(got - (gsize)(body - said), ==, 43);
    g_assert_true(g_str_has_prefix(body, "GIF89a"));
}

/* mode, consent, and the events that are left of one click and one open. */
static const struct {
    TrackMode clicks, opens;
    const char *consent; /* NULL = never asked */
    const char *events;  /* "kind:candidate:message?:at" */
    const char *fact;
} modes[] = {
    {TRACK_OFF, TRACK_OFF, "given", "", ""},
    {TRACK_AGGREGATE, TRACK_OFF, NULL, "clicked:-:-:1772532000000", ""},
    {TRACK_AGGREGATE, TRACK_AGGREGATE, "given",
     "clicked:-:-:1772532000000,opened:-:-:1772532000000", ""},
    {TRACK_CONSENTED, TRACK_CONSENTED, NULL, "", ""},
    {TRACK_CONSENTED, TRACK_CONSENTED, "withdrawn", "", ""},
    {TRACK_CONSENTED, TRACK_CONSENTED, "given",
     "clicked:1:m:1772532123000,opened:1:m:1772532123000", ""},
    {TRACK_OFF, TRACK_DELIVERABILITY, NULL, "", "2026-03-03"},
};

static void
test_modes(Web *w, gconstpointer data)
{
    (void)data;
    for (gsize i = 0; i < G_N_ELEMENTS(modes); i++) {
        g_test_message("row %zu", i);
        web_sql(w, "DELETE FROM event");
        web_sql(w, "DELETE FROM fact WHERE name LIKE 'last_open/%%'");
        web_sql(w, "DROP TRIGGER IF EXISTS consent_kept");
        web_sql(w, "DELETE FROM consent");
        clock_set(NOW + 123 * SECOND_MS);
        if (modes[i].consent) {
            web_consent(w, "click_tracking", "given", 1);
            web_consent(w, "open_tracking", "given", 1);
            web_consent(w, "click_tracking", modes[i].consent, 2);
            web_consent(w, "open_tracking", modes[i].consent, 2);
        }
        w->workspace.tracking.clicks = modes[i].clicks;
        w->workspace.tracking.opens = modes[i].opens;
        g_autofree char *answer = click(w, 1, BROWSER);
        g_autofree char *pixel = open_pixel(w, BROWSER);
        g_assert_cmpint(client_status(answer), ==, 302);
        g_assert_cmpint(client_status(pixel), ==, 200);
        web_assert_sql(
            w,
            "SELECT group_concat(kind || ':' || coalesce(candidate_id, '-')"
            " || ':' || CASE WHEN message_id IS NULL THEN '-' ELSE 'm' END"
            " || ':' || at) FROM (SELECT * FROM event ORDER BY event_id)",
            modes[i].events);
        web_assert_sql(w, "SELECT value FROM fact WHERE name = 'last_open/1'",
                       modes[i].fact);
    }
}

static void
test_consent_expires(Web *w, gconstpointer data)
{
    (void)data;
    web_consent(w, "click_tracking", "given", 1);
    web_sql(w, "DROP TRIGGER consent_stays");
    web_sql(w, "UPDATE consent SET expires_at = %" G_GINT64_FORMAT, NOW);
    g_autofree char *late = click(w, 1, BROWSER);
    web_assert_sql(w, "SELECT count(*) FROM event", "0");
    web_sql(w, "UPDATE consent SET expires_at = %" G_GINT64_FORMAT, NOW + 1);
    g_autofree char *answer = click(w, 1, BROWSER);
    web_assert_sql(w, "SELECT count(*) FROM event", "1");
}

/* What a click is taken for; `after` = ms since the delivery. */
static const struct {
    const char *label, *headers;
    int64_t after;
    const char *detail;
    bool machine;
} clicks[] = {
    {"person", BROWSER, HOUR_MS,
     "{\"link\":1,\"class\":\"human\",\"rule\":\"\"}", false},
    {"too-early", BROWSER, 9 * SECOND_MS,
     "{\"link\":1,\"class\":\"machine\",\"rule\":\"early\"}", true},
    {"early", BROWSER, 30 * SECOND_MS,
     "{\"link\":1,\"class\":\"suspect\",\"rule\":\"early\"}", false},
    {"no-agent", "Accept-Language: de\r\n", HOUR_MS,
     "{\"link\":1,\"class\":\"machine\",\"rule\":\"agent\"}", true},
    {"library", "User-Agent: python-requests/2.31\r\nAccept-Language: de\r\n",
     HOUR_MS,
     "{\"link\":1,\"class\":\"machine\",\"rule\":\"agent:python-requests\"}",
     true},
    {"bare-headers", "User-Agent: Mozilla/5.0 (Windows NT 10.0) Gecko\r\n",
     HOUR_MS, "{\"link\":1,\"class\":\"machine\",\"rule\":\"headers\"}", true},
    {"prefetch", BROWSER "Sec-Purpose: prefetch;prerender\r\n", HOUR_MS,
     "{\"link\":1,\"class\":\"machine\",\"rule\":\"prefetch\"}", true},
};

static void
test_machines(Web *w, gconstpointer data)
{
    (void)data;
    web_consent(w, "click_tracking", "given", 1);
    for (gsize i = 0; i < G_N_ELEMENTS(clicks); i++) {
        g_test_message("%s", clicks[i].label);
        web_sql(w, "DELETE FROM event");
        web_sql(w, "DELETE FROM score");
        clock_set(SENT_AT + clicks[i].after);
        g_autofree char *answer = click(w, 1, clicks[i].headers);
        g_assert_cmpint(client_status(answer), ==, 302);
        web_assert_sql(w, "SELECT detail FROM event", clicks[i].detail);
        web_assert_sql(w, "SELECT machine FROM event",
                       clicks[i].machine ? "1" : "0");
        web_assert_sql(w, "SELECT count(*) FROM score",
                       clicks[i].machine ? "0" : "1");
    }
    web_sql(w, "DELETE FROM event");
    g_autofree char *path = web_path(w, 'c', WEB_TOKEN_CLICK, w->message, 1);
    g_autofree char *head = client_ask(w->port, "HEAD", path, BROWSER, NULL);
    hits_settle(w->hits);
    g_assert_cmpint(client_status(head), ==, 302);
    web_assert_sql(w, "SELECT machine FROM event", "1");
}

/* Three links of one mail in ten seconds: nobody reads that fast. */
static void
test_burst(Web *w, gconstpointer data)
{
    (void)data;
    web_consent(w, "click_tracking", "given", 1);
    for (unsigned link = 1; link <= 3; link++) {
        g_autofree char *answer = click(w, link, BROWSER);
        g_assert_cmpint(client_status(answer), ==, 302);
    }
    web_assert_sql(w,
                   "SELECT group_concat(machine) FROM"
                   " (SELECT machine FROM event ORDER BY event_id)",
                   "1,1,1");
    web_assert_sql(w, "SELECT count(*) FROM score", "0");
    clock_set(NOW + 11 * SECOND_MS);
    g_autofree char *later = click(w, 1, BROWSER);
    web_assert_sql(w, "SELECT machine FROM event ORDER BY event_id DESC", "0");
}

static const struct {
    const char *agent;
    HitKind kind;
} agents[] = {
    {"Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via "
     "ggpht.com GoogleImageProxy)",
     HIT_PROXY},
    {"YahooMailProxy; https://help.yahoo.com/kb/yahoo-mail-proxy.html",
     HIT_PROXY},
    {"Mozilla/5.0", HIT_MACHINE},
    {"Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605 "
     "(KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1",
     HIT_HUMAN},
    {"Mozilla/5.0 (Linux; Android 12; CUBOT NOTE 30) AppleWebKit/537.36 Chrome/"
     "120.0 Mobile Safari/537.36",
     HIT_HUMAN},
    {"Mozilla/5.0 (X11; Linux x86_64) HeadlessChrome/120.0 Safari/537.36",
     HIT_MACHINE},
    {"Mozilla/5.0 (compatible; Barracuda Sentinel (EE))", HIT_MACHINE},
    {"CURL/8.1", HIT_MACHINE},
    {"", HIT_MACHINE},
    {NULL, HIT_MACHINE},
};

static void
test_agents(void)
{
    g_autoptr(GError) error = NULL;
    HitRules *list = hit_rules_load(NULL, &error);

    g_assert_no_error(error);
    for (gsize i = 0; i < G_N_ELEMENTS(agents); i++) {
        g_test_message("%s", agents[i].agent ? agents[i].agent : "(none)");
        g_assert_cmpint(hit_rules_agent(list, agents[i].agent).kind, ==,
                        agents[i].kind);
    }
    hit_rules_free(list);
}

/* Nothing a stranger sends is kept, so nothing can come out of a report. */
static void
test_no_markup_kept(Web *w, gconstpointer data)
{
    (void)data;
    web_consent(w, "click_tracking", "given", 1);
    g_autofree char *answer =
        click(w, 1,
              "User-Agent: <script>alert(1)</script>\"'\r\n"
              "Referer: https://evil.example/<img src=x onerror=alert(1)>\r\n"
              "Accept-Language: \"><svg onload=alert(1)>\r\n");
    g_autofree char *wrong =
        client_ask(w->port, "GET", "/c/%3Cscript%3Ealert(1)%3C/script%3E",
                   "User-Agent: <script>x</script>\r\n", NULL);

    g_assert_cmpint(client_status(answer), ==, 302);
    web_assert_sql(w, "SELECT detail FROM event",
                   "{\"link\":1,\"class\":\"human\",\"rule\":\"\"}");
    g_assert_cmpint(client_status(wrong), ==, 404);
    g_assert_null(strstr(wrong, "<script"));
    g_assert_null(strstr(wrong, "alert"));
}

/* A click is evidence: the mail in doubt did leave. Clicks on test mail lead
 * where they should, and leave nothing. */
static void
test_in_doubt_and_test_mail(Web *w, gconstpointer data)
{
    char doubt[MESSAGE_ID_TEXT], trial[MESSAGE_ID_TEXT];

    (void)data;
    web_consent(w, "click_tracking", "given", 1);
    web_add_message(w, 1, "campaign", "two", "in_doubt", doubt);
    web_add_message(w, 1, "test", "three", "sent", trial);
    g_autofree char *path = web_path(w, 'c', WEB_TOKEN_CLICK, doubt, 1);
    g_autofree char *answer = client_ask(w->port, "GET", path, BROWSER, NULL);
    g_assert_cmpint(client_status(answer), ==, 302);
    hits_settle(w->hits);
    web_assert_sql(w, "SELECT state FROM message WHERE step = 'two'", "sent");

    g_autofree char *test = web_path(w, 'c', WEB_TOKEN_CLICK, trial, 1);
    g_autofree char *led = client_ask(w->port, "GET", test, BROWSER, NULL);
    g_assert_cmpint(client_status(led), ==, 302);
    web_assert_sql(w, "SELECT count(*) FROM event WHERE kind = 'clicked'", "1");
}

typedef struct {
    Web *web;
    int answered;
} Clicker;

static gpointer
click_many(gpointer data)
{
    Clicker *clicker = data;

    for (int i = 0; i < 25; i++) {
        g_autofree char *answer = click(clicker->web, 1, BROWSER);
        clicker->answered += client_status(answer) == 302;
    }
    return NULL;
}

/* Whoever was answered is in the ledger at that moment, whatever the crowd. */
static void
test_crowd(Web *w, gconstpointer data)
{
    Clicker clickers[8] = {{NULL}};
    GThread *threads[8];
    int answered = 0;

    (void)data;
    web_consent(w, "click_tracking", "given", 1);
    for (int i = 0; i < 8; i++) {
        clickers[i].web = w;
        threads[i] = g_thread_new("clicker", click_many, &clickers[i]);
    }
    for (int i = 0; i < 8; i++) {
        g_thread_join(threads[i]);
        answered += clickers[i].answered;
    }
    g_assert_cmpint(answered, ==, 200);
    hits_settle(w->hits);
    web_assert_sql(w, "SELECT count(*) FROM event", "200");
}

/* When the store cannot take it, the log keeps it, once. */
static void
test_store_fails(Web *w, gconstpointer data)
{
    (void)data;
    web_consent(w, "click_tracking", "given", 1);
    web_sql(w, "ALTER TABLE event RENAME TO event_away");
    g_autofree char *answer = click(w, 1, BROWSER);
    g_assert_cmpint(client_status(answer), ==, 302);
    web_sql(w, "ALTER TABLE event_away RENAME TO event");
    g_autofree char *again = click(w, 1, BROWSER);
    g_assert_cmpint(client_status(again), ==, 302);
    web_assert_sql(w, "SELECT count(*) FROM event", "2");
}

/* When the log cannot take it, the answer says so. */
static void
test_log_fails(Web *w, gconstpointer data)
{
    const struct rlimit none = {0, RLIM_INFINITY};
    struct rlimit before;

    (void)data;
    web_consent(w, "click_tracking", "given", 1);
    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &before);
    setrlimit(RLIMIT_FSIZE, &none);
    g_autofree char *path = web_path(w, 'c', WEB_TOKEN_CLICK, w->message, 1);
    g_autofree char *answer = client_ask(w->port, "GET", path, BROWSER, NULL);
    setrlimit(RLIMIT_FSIZE, &before);
    g_autofree char *retry = client_header(answer, "Retry-After");
    g_assert_cmpint(client_status(answer), ==, 503);
    g_assert_cmpstr(retry, ==, "60");
    g_autofree char *again = click(w, 1, BROWSER);
    g_assert_cmpint(client_status(again), ==, 302);
    web_assert_sql(w, "SELECT count(*) FROM event", "1");
}

/* A server of its own process, that can be killed. */
static pid_t
spawn_server(Web *w, int *out_port)
{
    int ends[2];

    g_assert_cmpint(pipe(ends), ==, 0);
    pid_t pid = fork();
    g_assert_cmpint(pid, >=, 0);
    if (pid == 0) {
        Hits *hits = hits_start(&w->workspace, w->keys, NULL, NULL);
        HttpServer *server =
            http_server_start("127.0.0.1:0", false, hits_routes(hits), NULL);
        int port = server ? http_server_port(server) : 0;
        if (write(ends[1], &port, sizeof port) != sizeof port)
            _exit(1);
        for (;;)
            pause();
    }
    close(ends[1]);
    g_assert_cmpint(read(ends[0], out_port, sizeof *out_port), ==,
                    sizeof *out_port);
    close(ends[0]);
    g_assert_cmpint(*out_port, >, 0);
    return pid;
}

typedef struct {
    int port;
    const char *path;
    pid_t server;
    gint *answered; /* by all */
} Attacker;

#define ANSWERS_BEFORE_KILL 120

/* Click until the server is gone; whoever gets the answer that is one too many
 * kills it, while the others have requests under way. */
static gpointer
click_until_dead(gpointer data)
{
    Attacker *a = data;
    g_autofree char *ask = g_strdup_printf(
        "GET %s HTTP/1.1\r\nHost: t\r\n" BROWSER "Connection: close\r\n\r\n",
        a->path);

    for (;;) {
        struct sockaddr_in to = {.sin_family = AF_INET,
                                 .sin_port = htons((guint16)a->port),
                                 .sin_addr = {htonl(INADDR_LOOPBACK)}};
        int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (connect(fd, (struct sockaddr *)&to, sizeof to) < 0) {
            close(fd);
            return NULL;
        }
        if (send(fd, ask, strlen(ask), MSG_NOSIGNAL) < 0) {
            close(fd);
            return NULL;
        }
        g_autofree char *answer = client_read(fd);
        if (client_status(answer) == 302 &&
            g_atomic_int_add(a->answered, 1) + 1 == ANSWERS_BEFORE_KILL)
            kill(a->server, SIGKILL);
    }
}

/* Every answered hit survives kill -9 between any two writes. */
static void
test_kill_9(Web *w, gconstpointer data)
{
    enum { ROUNDS = 3, CROWD = 6 };
    gint answered = 0;
    g_autofree char *path = web_path(w, 'c', WEB_TOKEN_CLICK, w->message, 1);

    (void)data;
    web_consent(w, "click_tracking", "given", 1);
    for (int round = 0; round < ROUNDS; round++) {
        gint now = 0;
        Attacker a = {.path = path, .answered = &now};
        GThread *threads[CROWD];
        a.server = spawn_server(w, &a.port);
        for (int i = 0; i < CROWD; i++)
            threads[i] = g_thread_new("attacker", click_until_dead, &a);
        for (int i = 0; i < CROWD; i++)
            g_thread_join(threads[i]);
        waitpid(a.server, NULL, 0);
        g_assert_cmpint(now, >=, ANSWERS_BEFORE_KILL);
        answered += now;
    }
    hits_settle(w->hits); /* what the dead have left */
    g_autofree char *rows = web_ask_sql(w, "SELECT count(*) FROM event");
    g_test_message("%d answered, %s in the ledger", answered, rows);
    g_assert_cmpint(g_ascii_strtoll(rows, NULL, 10), >=, answered);
    /* Not more than were under way when it died. */
    g_assert_cmpint(g_ascii_strtoll(rows, NULL, 10), <=,
                    answered + ROUNDS * CROWD);
    g_autoptr(GError) error = NULL;
    g_assert_true(store_check(w->store, false, &error));
}

#define ADD(path, test)                                                        \
    g_test_add("/hits/" path, Web, NULL, web_set_up, test, web_tear_down)

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD("redirect", test_redirect);
    ADD("open-redirect", test_open_redirect);
    ADD("forged", test_forged);
    ADD("pixel", test_pixel);
    ADD("modes", test_modes);
    ADD("consent-expires", test_consent_expires);
    ADD("machines", test_machines);
    ADD("burst", test_burst);
    ADD("no-markup-kept", test_no_markup_kept);
    ADD("in-doubt-and-test-mail", test_in_doubt_and_test_mail);
    ADD("crowd", test_crowd);
    ADD("store-fails", test_store_fails);
    ADD("log-fails", test_log_fails);
    ADD("kill-9", test_kill_9);
    g_test_add_func("/hits/agents", test_agents);
    return g_test_run();
}
