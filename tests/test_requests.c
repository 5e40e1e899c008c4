/* SPDX-License-Identifier: Apache-2.0 */
/* test_requests.c - joining with double opt-in, a copy of one's data, erasure
 */
#include "nurture/requests.h"

#include "nurture/candidates.h"
#include "nurture/eligibility.h"
#include "nurture/field.h"

#include "tests/lib/web-fixture.h"

static const RequestActions actions = {candidate_find, candidate_add,
                                       candidate_set, candidate_erase,
                                       candidate_json};
static char *fields[] = {(char *)"first_name", (char *)"city", NULL};

static void
set_up(Web *w, gconstpointer data)
{
    Workspace *s = &w->workspace;

    /* Read by each request, so that it can be said after the server began. */
    web_set_up(w, data);
    s->tracking.base_url = (char *)"https://t.example";
    s->sending.domain = (char *)"our.example";
    s->sending.replies = (char *)"replies@our.example";
    s->sending.bounces = (char *)"bounces@our.example";
    s->zone = g_time_zone_new_utc();
    s->fields = field_set_new();
    s->join.form = true;
    s->join.fields = fields;
    s->join.version = (char *)"7";
}

static void
tear_down(Web *w, gconstpointer data)
{
    field_set_free(w->workspace.fields);
    g_time_zone_unref(w->workspace.zone);
    web_tear_down(w, data);
}

static void
run(Web *w, int64_t now)
{
    g_autoptr(GError) error = NULL;

    g_assert_true(
        requests_run(w->store, &w->workspace, w->keys, &actions, now, &error));
    g_assert_no_error(error);
}

static char *
join(Web *w, const char *body)
{
    return client_ask(w->port, "POST", "/join", FORM, body);
}

/* The link that was mailed last, "/y/TOKEN". */
static char *
last_link(Web *w)
{
    g_autofree char *id = web_ask_sql(
        w, "SELECT request_id FROM request ORDER BY asked_at DESC, rowid DESC");
    g_autofree char *path = web_path(w, 'y', WEB_TOKEN_CONFIRM, id, 0);
    g_autofree char *sql = g_strdup_printf(
        "SELECT CAST(bytes AS TEXT) FROM message_body WHERE message_id = '%s'",
        id);
    g_autofree char *body = web_ask_sql(w, sql);

    g_assert_nonnull(strstr(body, "Subject: "));
    return g_steal_pointer(&path);
}

static void
press(Web *w, const char *path, const char *words)
{
    g_autofree char *answer =
        client_ask(w->port, "POST", path, FORM, "action=yes");

    g_assert_cmpint(client_status(answer), ==, 200);
    g_assert_nonnull(strstr(answer, words));
}

#define ZOE                                                                    \
    "email=Zoe%40New.example&agree=yes&f.first_name=Zo%C3%AB&f.city=Bonn"

static void
test_join(Web *w, gconstpointer data)
{
    (void)data;
    g_autofree char *form = client_ask(w->port, "GET", "/join", BROWSER, NULL);
    g_assert_nonnull(strstr(form, "In Verbindung bleiben"));
    g_assert_nonnull(strstr(form, "name=\"f.city\""));
    web_assert_sql(w, "SELECT count(*) FROM request", "0");

    g_autofree char *done = join(w, ZOE);
    g_assert_cmpint(client_status(done), ==, 200);
    web_assert_sql(w,
                   "SELECT kind || ' ' || rcpt || ' ' || state FROM message"
                   " WHERE kind = 'service'",
                   "service Zoe@new.example scheduled");
    run(w, NOW);
    web_assert_sql(w, "SELECT count(*) FROM candidate", "2");

    /* A scanner opens the link: nothing. */
    g_autofree char *link = last_link(w);
    for (int i = 0; i < 2; i++) {
        g_autofree char *page = client_ask(w->port, "GET", link, BROWSER, NULL);
        g_assert_nonnull(strstr(page, "Yes, I want to join"));
        g_autofree char *empty = client_ask(w->port, "POST", link, FORM, "");
        g_assert_null(strstr(empty, "Welcome"));
    }
    run(w, NOW);
    web_assert_sql(w, "SELECT count(*) FROM candidate", "2");

    press(w, link, "Welcome");
    press(w, link, "Welcome");
    for (int i = 0; i < 2; i++)
        run(w, NOW + 5);
    web_assert_sql(w,
                   "SELECT email || first_name || city || source FROM candidate"
                   " WHERE candidate_id > 2",
                   "Zoe@new.exampleZoëBonntalent community");
    web_assert_sql(
        w,
        "SELECT count(*) || state || (wording LIKE 'Example <Works>"
        " GmbH may write%') || (evidence LIKE 'double opt-in:%version"
        " 7') || source FROM consent WHERE candidate_id > 2",
        "1given11You joined the talent community of Example <Works>"
        " GmbH on 2026-03-03.");
    web_assert_sql(w,
                   "SELECT coalesce(email, '-') || coalesce(fields, '-')"
                   " || (done_at > 0) FROM request",
                   "--1");
}

static const struct {
    const char *label, *body;
} bad_forms[] = {
    {"no-address", "agree=yes"},
    {"no-consent", "email=a%40b.example"},
    {"two-lines", "email=a%40b.example%0D%0ABcc:c%40d.example&agree=yes"},
    {"script", "email=%3Cscript%3E%40b.example%3E&agree=yes"},
    {"two-addresses", "email=a%40b.example,c%40d.example&agree=yes"},
};

static void
test_bad_forms(Web *w, gconstpointer data)
{
    (void)data;
    for (gsize i = 0; i < G_N_ELEMENTS(bad_forms); i++) {
        g_test_message("%s", bad_forms[i].label);
        g_autofree char *answer = join(w, bad_forms[i].body);
        g_assert_cmpint(client_status(answer), ==, 400);
        g_assert_null(strstr(answer, "<script"));
    }
    web_assert_sql(w, "SELECT count(*) FROM request", "0");
    w->workspace.join.form = false;
    g_autofree char *off = join(w, ZOE);
    g_assert_cmpint(client_status(off), ==, 404);
    g_autofree char *get = client_ask(w->port, "GET", "/join", BROWSER, NULL);
    g_assert_cmpint(client_status(get), ==, 404);
}

/* Nobody learns who is known, and nobody's mailbox is flooded. */
static void
test_strangers(Web *w, gconstpointer data)
{
    (void)data;
    g_autofree char *known = join(w, "email=p1%40x.example&agree=yes");
    for (int i = 0; i < 5; i++) {
        g_autofree char *new = join(w, ZOE);
        g_assert_cmpstr(strstr(new, "\r\n\r\n"), ==, strstr(known, "\r\n\r\n"));
    }
    web_assert_sql(w,
                   "SELECT group_concat(n) FROM (SELECT count(*) AS n FROM"
                   " message WHERE kind = 'service' GROUP BY rcpt ORDER BY n)",
                   "1,3");
}

/* Whoever left may come back, by their own mailbox alone. */
static void
test_come_back(Web *w, gconstpointer data)
{
    EligibilityQuestion q = {.workspace = &w->workspace, .candidate = 1};
    EligibilityAnswer answer;

    (void)data;
    g_autofree char *key = keys_address_hmac(w->keys, "p1@x.example");
    web_sql(w,
            "UPDATE candidate SET address_hmac = '%s', first_name = 'Kim'"
            " WHERE candidate_id = 1",
            key);
    web_sql(w,
            "INSERT INTO suppression (address_hmac, scope, reason, at)"
            " VALUES ('%s', 'all', 'opted_out', 1)",
            key);
    g_autofree char *done =
        join(w, "email=p1%40x.example&agree=yes&f.first_name=Eve");
    g_autofree char *link = last_link(w);
    run(w, NOW);
    web_assert_sql(w, "SELECT count(*) FROM suppression", "1");
    press(w, link, "Welcome");
    run(w, NOW);
    web_assert_sql(w, "SELECT count(*) FROM suppression", "0");
    web_assert_sql(w, "SELECT first_name FROM candidate WHERE candidate_id = 1",
                   "Kim");
    g_assert_true(eligibility_ask(w->store, &q, NOW, &answer, NULL));
    g_assert_cmpint(answer.reason, ==, ELIGIBLE);
}

static void
test_expires(Web *w, gconstpointer data)
{
    (void)data;
    g_autofree char *done = join(w, ZOE);
    g_autofree char *link = last_link(w);
    clock_set(NOW + 4 * DAY_MS);
    g_autofree char *late =
        client_ask(w->port, "POST", link, FORM, "action=yes");
    g_assert_cmpint(client_status(late), ==, 410);
    run(w, NOW + 4 * DAY_MS);
    web_assert_sql(w, "SELECT count(*) FROM request", "0");
    web_assert_sql(w, "SELECT count(*) FROM message_body", "0");
    web_assert_sql(w,
                   "SELECT rcpt || state FROM message WHERE kind = 'service'",
                   "expired");
    web_assert_sql(w, "SELECT count(*) FROM candidate", "2");
}

static char *
prefer(Web *w, const char *body)
{
    g_autofree char *path =
        web_path(w, 'p', WEB_TOKEN_PREFERENCES, w->message, 0);

    return client_ask(w->port, "POST", path, FORM, body);
}

/* The link of a forwarded mail asks; only the mailbox on file can answer. */
static void
test_export(Web *w, gconstpointer data)
{
    (void)data;
    g_autofree char *page = prefer(w, "action=export");
    g_assert_nonnull(strstr(page, "Look at your mail"));
    g_assert_null(strstr(page, "p1@x.example"));
    g_autofree char *link = last_link(w);
    web_assert_sql(w, "SELECT rcpt FROM message WHERE kind = 'service'",
                   "p1@x.example");
    press(w, link, "on its way");
    for (int i = 0; i < 2; i++)
        run(w, NOW);
    web_assert_sql(w,
                   "SELECT count(*) FROM message m JOIN message_body b"
                   " ON b.message_id = m.message_id WHERE m.rcpt ="
                   " 'p1@x.example' AND instr(b.bytes, 'your-data.json')",
                   "1");
}

static void
test_erase(Web *w, gconstpointer data)
{
    (void)data;
    g_autofree char *page = prefer(w, "action=erase");
    g_autofree char *link = last_link(w);
    run(w, NOW);
    web_assert_sql(w, "SELECT count(*) FROM candidate WHERE erased_at > 0",
                   "0");
    press(w, link, "will be erased");
    /* At once, before the erasure itself. */
    web_assert_sql(w, "SELECT reason FROM suppression", "opted_out");
    for (int i = 0; i < 2; i++)
        run(w, NOW);
    web_assert_sql(w,
                   "SELECT group_concat(candidate_id) FROM candidate"
                   " WHERE erased_at > 0",
                   "1");
    web_assert_sql(
        w, "SELECT count(*) FROM message WHERE rcpt = 'p1@x.example'", "0");
    web_assert_sql(w, "SELECT done_at > 0 FROM request", "1");
}

/* Whoever was erased comes back as somebody new, by their own button only. */
static void
test_join_after_erasure(Web *w, gconstpointer data)
{
    (void)data;
    g_autofree char *key = keys_address_hmac(w->keys, "zoe@new.example");
    web_sql(w,
            "INSERT INTO suppression (address_hmac, scope, reason, at)"
            " VALUES ('%s', 'all', 'erased', 1)",
            key);
    g_autofree char *done = join(w, ZOE);
    run(w, NOW);
    web_assert_sql(w, "SELECT count(*) FROM candidate", "2");
    web_assert_sql(w, "SELECT reason FROM suppression", "erased");
    g_autofree char *link = last_link(w);
    press(w, link, "Welcome");
    run(w, NOW + 5);
    web_assert_sql(w, "SELECT email FROM candidate WHERE candidate_id > 2",
                   "Zoe@new.example");
    web_assert_sql(w, "SELECT count(*) FROM suppression", "0");
    web_assert_sql(w,
                   "SELECT count(*) FROM audit"
                   " WHERE action = 'joins after erasure'",
                   "1");
}

/* The workspace's own words, in the visitor's language. */
static void
test_join_wording(Web *w, gconstpointer data)
{
    g_autofree char *folder =
        g_build_filename(w->directory, "templates", "join", NULL);
    g_autofree char *path = g_build_filename(folder, "consent.de.txt", NULL);

    (void)data;
    g_mkdir_with_parents(folder, 0700);
    g_assert_true(g_file_set_contents(path, "Ja, <schreibt> mir.\n", -1, NULL));
    w->workspace.root = w->directory;
    w->workspace.join.consent = (char *)"Write to me.";
    g_autofree char *german =
        client_ask(w->port, "GET", "/join", BROWSER, NULL);
    g_assert_nonnull(strstr(german, "Ja, &lt;schreibt&gt; mir."));
    g_autofree char *english =
        client_ask(w->port, "GET", "/join", "Accept-Language: en\r\n", NULL);
    g_assert_nonnull(strstr(english, "Write to me."));
    g_autofree char *done =
        client_ask(w->port, "POST", "/join", BROWSER FORM, ZOE);
    g_autofree char *link = last_link(w);
    press(w, link, "");
    run(w, NOW + 5);
    web_assert_sql(w, "SELECT wording FROM consent WHERE candidate_id > 2",
                   "Ja, <schreibt> mir.");
    w->workspace.root = NULL;
}

/* IDOR and weak tokens: a link of another kind is worth nothing here. */
static void
test_forged(Web *w, gconstpointer data)
{
    static const WebTokenKind others[] = {
        WEB_TOKEN_CLICK,    WEB_TOKEN_OPEN,        WEB_TOKEN_OPT_OUT,
        WEB_TOKEN_INTEREST, WEB_TOKEN_PREFERENCES, WEB_TOKEN_VIEW};

    (void)data;
    g_autofree char *page = prefer(w, "action=erase");
    g_autofree char *id = web_ask_sql(w, "SELECT request_id FROM request");
    for (gsize i = 0; i < G_N_ELEMENTS(others); i++) {
        g_autofree char *path = web_path(w, 'y', others[i], id, 0);
        g_autofree char *answer =
            client_ask(w->port, "POST", path, FORM, "action=yes");
        g_assert_cmpint(client_status(answer), ==, 404);
    }
    /* The campaign's own mail is no request. */
    g_autofree char *path = web_path(w, 'y', WEB_TOKEN_CONFIRM, w->message, 0);
    g_autofree char *answer =
        client_ask(w->port, "POST", path, FORM, "action=yes");
    g_assert_cmpint(client_status(answer), ==, 410);
    web_assert_sql(w, "SELECT count(*) FROM request WHERE confirmed_at > 0",
                   "0");
    web_assert_sql(w, "SELECT count(*) FROM suppression", "0");
}

#define ADD(path, test)                                                        \
    g_test_add("/requests/" path, Web, NULL, set_up, test, tear_down)

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD("join", test_join);
    ADD("join-after-erasure", test_join_after_erasure);
    ADD("join-wording", test_join_wording);
    ADD("bad-forms", test_bad_forms);
    ADD("strangers", test_strangers);
    ADD("come-back", test_come_back);
    ADD("expires", test_expires);
    ADD("export", test_export);
    ADD("erase", test_erase);
    ADD("forged", test_forged);
    return g_test_run();
}
