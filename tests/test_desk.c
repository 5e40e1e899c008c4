/* SPDX-License-Identifier: Apache-2.0 */
/* test_desk.c - the recruiters' pages: who gets in, and what they can do */
#include "desk-fixture.h"

/* Getting in --------------------------------------------------------------- */

static void
test_link_once(Fixture *f, gconstpointer data)
{
    g_autofree char *path = login_path(f, 0);

    (void)data;
    /* A scanner presses it: nothing is used up. */
    assert_status(get(f, path, NULL), 200);
    assert_status(get(f, path, NULL), 200);
    g_autofree char *in = post(f, path, NULL, "");
    g_autofree char *cookie = client_header(in, "Set-Cookie");
    g_assert_cmpint(client_status(in), ==, 303);
    g_assert_true(g_str_has_prefix(cookie, "__Host-nurture="));
    g_assert_nonnull(strstr(cookie, "; HttpOnly"));
    g_assert_nonnull(strstr(cookie, "; Secure"));
    g_assert_nonnull(strstr(cookie, "; SameSite=Lax"));
    g_assert_nonnull(strstr(cookie, "; Path=/"));
    assert_status(post(f, path, NULL, ""), 404);
    assert_status(get(f, path, NULL), 404);
    /* Only hashes are kept. */
    g_autofree char *kept = ask(f, "SELECT token_hash FROM desk_login");
    g_assert_cmpuint(strlen(kept), ==, 64);
    g_assert_null(strstr(path, kept));
    assert_sql(f, "SELECT actor FROM audit WHERE action = 'log in'", "anna");
}

static void
test_link_expires(Fixture *f, gconstpointer data)
{
    g_autofree char *path = login_path(f, 0);

    (void)data;
    clock_set(NOW + 15 * MINUTE_MS);
    assert_status(get(f, path, NULL), 404);
    assert_status(post(f, path, NULL, ""), 404);
}

/* An address that is known and one that is not get the same bytes. */
static void
test_same_answer(Fixture *f, gconstpointer data)
{
    (void)data;
    g_autofree char *known =
        post(f, "/login", NULL, "address=ANNA@mail.example");
    g_autofree char *other =
        post(f, "/login", NULL, "address=eve@mail.example");

    g_assert_cmpint(client_status(known), ==, 200);
    g_assert_cmpstr(client_body(known), ==, client_body(other));
    assert_sql(f, "SELECT count(*) FROM desk_login", "1");
    assert_sql(f,
               "SELECT kind || ' ' || rcpt || ' ' || state FROM message"
               " WHERE kind = 'service'",
               "service anna@mail.example scheduled");
    g_autofree char *body =
        ask(f, "SELECT CAST(bytes AS TEXT) FROM message_body");
    g_assert_nonnull(strstr(body, "https://desk.example/login/"));
    g_assert_nonnull(strstr(body, "Auto-Submitted: auto-generated"));
}

static void
test_mailed_seldom(Fixture *f, gconstpointer data)
{
    (void)data;
    for (int i = 0; i < 6; i++) {
        clock_set(NOW + i * SECOND_MS);
        assert_status(post(f, "/login", NULL, "address=anna@mail.example"),
                      200);
    }
    assert_sql(f, "SELECT count(*) FROM message WHERE kind = 'service'", "3");
    clock_set(NOW + 16 * MINUTE_MS);
    assert_status(post(f, "/login", NULL, "address=anna@mail.example"), 200);
    assert_sql(f, "SELECT count(*) FROM message WHERE kind = 'service'", "4");
}

static void
test_tries(Fixture *f, gconstpointer data)
{
    int refused = 0;

    (void)data;
    for (int i = 0; i < 40; i++) {
        g_autofree char *answer = client_ask(
            f->port, "POST", "/login", FORM "X-Forwarded-For: 203.0.113.9\r\n",
            "address=eve@mail.example");
        refused += client_status(answer) == 429;
    }
    g_assert_cmpint(refused, >, 0);
}

static void
test_session_ends(Fixture *f, gconstpointer data)
{
    (void)data;
    g_autofree char *idle = log_in(f, 0);
    assert_status(get(f, "/replies", idle), 200);
    clock_set(NOW + 11 * HOUR_MS);
    assert_status(get(f, "/replies", idle), 200);
    clock_set(NOW + 22 * HOUR_MS); /* seen 11 hours ago */
    assert_status(get(f, "/replies", idle), 200);
    clock_set(NOW + 34 * HOUR_MS);
    assert_status(get(f, "/replies", idle), 303);

    clock_set(NOW);
    g_autofree char *busy = log_in(f, 0);
    for (int64_t t = 0; t < 7 * 24; t += 8) {
        clock_set(NOW + t * HOUR_MS);
        assert_status(get(f, "/replies", busy), 200);
    }
    clock_set(NOW + 7 * DAY_MS);
    assert_status(get(f, "/replies", busy), 303);
}

static void
test_log_out(Fixture *f, gconstpointer data)
{
    (void)data;
    g_autofree char *cookie = log_in(f, 0);
    g_autofree char *out = act(f, "/logout", cookie, "");
    g_autofree char *gone = client_header(out, "Set-Cookie");

    g_assert_cmpint(client_status(out), ==, 303);
    g_assert_nonnull(strstr(gone, "Max-Age=0"));
    assert_status(get(f, "/replies", cookie), 303);
    assert_sql(f, "SELECT count(*) FROM desk_session", "0");
}

/* Roles -------------------------------------------------------------------- */

static void
test_roles(Fixture *f, gconstpointer data)
{
    static const struct {
        const char *path;
        int recruiter, lead, marketing;
    } rows[] = {
        {"/replies", 200, 200, 404},
        {"/replies/1", 200, 200, 404},
        {"/replies/2", 404, 200, 404},
        {"/replies/1x", 404, 404, 404},
        {"/people/1;x", 404, 404, 404},
        {"/replies/2/original", 404, 404, 404}, /* no file of it */
        {"/replies/2/stop", 404, 200, 404},
        {"/people", 200, 200, 404},
        {"/people/1", 200, 200, 404},
        {"/campaigns", 200, 200, 200},
        {"/campaigns/spring", 200, 200, 200},
        {"/campaigns/spring/pause", 200, 200, 200},
        {"/campaigns/spring/resume", 404, 200, 200},
        {"/delivery", 404, 200, 200},
        {"/reports", 404, 200, 200},
        {"/reports/campaigns.csv", 404, 200, 200},
        {"/reports/pipeline", 404, 200, 200},
        {"/reports/cohorts", 404, 200, 200},
        {"/reports/nothing", 404, 404, 404},
        {"/nowhere", 404, 404, 404},
    };

    (void)data;
    g_autofree char *recruiter = log_in(f, 0);
    g_autofree char *lead = log_in(f, 1);
    g_autofree char *marketing = log_in(f, 2);
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_test_message("%s", rows[i].path);
        assert_status(get(f, rows[i].path, recruiter), rows[i].recruiter);
        assert_status(get(f, rows[i].path, lead), rows[i].lead);
        assert_status(get(f, rows[i].path, marketing), rows[i].marketing);
    }
    /* Somebody else's answer cannot be acted on either. */
    assert_status(act(f, "/replies/2", recruiter, "verb=done"), 404);
    assert_status(
        act(f, "/people/1/erase", marketing, "confirm=erase&reason=0"), 404);
    assert_sql(f, "SELECT state FROM reply WHERE reply_id = 2", "open");
    assert_sql(f, "SELECT count(*) FROM candidate WHERE erased_at IS NULL",
               "2");
}

/* A recruiter sees who is theirs, and who is nobody's yet. */
static void
test_own_people(Fixture *f, gconstpointer data)
{
    g_autofree char *cookie = log_in(f, 0);

    (void)data;
    sql(f, "UPDATE candidate SET recruiter = 'lea'");
    sql(f, "UPDATE message SET sender = NULL");
    sql(f, "UPDATE reply SET recruiter = 'lea'");
    assert_status(get(f, "/people/1", cookie), 404);
    assert_status(act(f, "/people/1/log", cookie, "kind=met&day="), 404);
    assert_status(act(f, "/people/1/everything", cookie, ""), 404);
    assert_status(get(f, "/people/1/erase", cookie), 404);
    g_autofree char *list = get(f, "/people", cookie);
    g_assert_null(strstr(list, "href=\"/people/1\""));
    g_autofree char *found = act(f, "/people", cookie, "query=a");
    g_assert_null(strstr(found, "href=\"/people/1\""));
    sql(f, "UPDATE candidate SET recruiter = NULL WHERE candidate_id = 1");
    assert_status(get(f, "/people/1", cookie), 200);
    sql(f, "UPDATE candidate SET recruiter = 'anna'");
    assert_status(get(f, "/people/1", cookie), 200);
}

/* Marketing sees numbers, and nobody's name. */
static void
test_no_names(Fixture *f, gconstpointer data)
{
    (void)data;
    g_autofree char *cookie = log_in(f, 2);
    for (gsize i = 0; i < G_N_ELEMENTS(private_pages); i++) {
        g_autofree char *answer = get(f, private_pages[i], cookie);
        g_assert_null(strstr(answer, "Kim"));
        g_assert_null(strstr(answer, "p1@x.example"));
    }
}

/* Deeds -------------------------------------------------------------------- */

static void
test_review(Fixture *f, gconstpointer data)
{
    (void)data;
    g_autofree char *cookie = log_in(f, 0);
    assert_status(act(f, "/replies/1", cookie, "verb=label&value=question"),
                  303);
    assert_sql(
        f, "SELECT label || ' ' || labelled_by FROM reply WHERE reply_id = 1",
        "question anna");
    assert_status(act(f, "/replies/1", cookie, "verb=snooze&value=2026-04-01"),
                  303);
    assert_sql(f,
               "SELECT state || ' ' || snoozed_until FROM reply"
               " WHERE reply_id = 1",
               "snoozed 1775001600000");
    assert_status(act(f, "/replies/1", cookie, "verb=done"), 303);
    assert_sql(f, "SELECT state FROM reply WHERE reply_id = 1", "done");
    assert_status(act(f, "/replies/1", cookie, "verb=open"), 303);
    assert_sql(f, "SELECT state FROM reply WHERE reply_id = 1", "open");
    assert_status(act(f, "/replies/1", cookie, "verb=hand-over&value=lea"),
                  303);
    assert_sql(f, "SELECT recruiter FROM reply WHERE reply_id = 1", "lea");
    assert_status(get(f, "/replies/1", cookie), 404);
    assert_sql(f,
               "SELECT group_concat(action, '; ') FROM (SELECT action FROM"
               " audit WHERE actor = 'anna' AND object = 'reply 1'"
               " ORDER BY audit_id)",
               "labelled question; snoozed until 1 April 2026; done; opened "
               "again; handed over to lea");
}

static void
test_review_wrong(Fixture *f, gconstpointer data)
{
    static const struct {
        const char *fields;
        int status;
    } rows[] = {
        {"verb=label&value=nonsense", 400},
        {"verb=label", 400},
        {"verb=snooze&value=yesterday", 400},
        {"verb=snooze&value=2020-01-01", 400},
        {"verb=hand-over&value=nobody", 400},
        {"verb=hand-over&value=max", 400}, /* marketing reads none */
        {"verb=drop%20table", 400},
        {"value=x", 400},
        {"verb=label&value=%00", 400},
        {"verb=label&value=%ff%fe", 400},
    };

    (void)data;
    g_autofree char *cookie = log_in(f, 0);
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_test_message("%s", rows[i].fields);
        assert_status(act(f, "/replies/1", cookie, rows[i].fields),
                      rows[i].status);
    }
    assert_sql(f,
               "SELECT state || coalesce(label, '-') FROM reply"
               " WHERE reply_id = 1",
               "open-");
}

static void
test_stop(Fixture *f, gconstpointer data)
{
    (void)data;
    g_autofree char *cookie = log_in(f, 0);
    assert_status(act(f, "/replies/1", cookie, "verb=stop"), 303);
    assert_sql(f, "SELECT reason FROM suppression WHERE address_hmac = 'hmac1'",
               "manual");
}

static void
test_pause(Fixture *f, gconstpointer data)
{
    (void)data;
    g_autofree char *cookie = log_in(f, 1);
    assert_status(act(f, "/campaigns/spring/pause", cookie, ""), 303);
    assert_sql(f, "SELECT state FROM campaign", "paused");
    assert_status(act(f, "/campaigns/spring/resume", cookie, ""), 303);
    assert_sql(f, "SELECT state FROM campaign", "running");
    assert_status(act(f, "/panic", cookie, ""), 303);
    assert_sql(f, "SELECT state FROM campaign", "paused");
    assert_status(act(f, "/campaigns/nothing/pause", cookie, ""), 404);
    assert_sql(f,
               "SELECT group_concat(action || ' ' || object, '; ') FROM"
               " (SELECT * FROM audit WHERE actor = 'lea' AND object IS NOT"
               " NULL ORDER BY audit_id)",
               "pause campaign spring; resume campaign spring; pause every "
               "campaign all");
}

static void
test_erase(Fixture *f, gconstpointer data)
{
    (void)data;
    g_autofree char *cookie = log_in(f, 0);
    assert_status(act(f, "/people/1/erase", cookie, "confirm=no&reason=0"),
                  400);
    assert_status(act(f, "/people/1/erase", cookie, "confirm=erase&reason=9"),
                  400);
    assert_sql(f, "SELECT count(*) FROM candidate WHERE erased_at IS NULL",
               "2");
    g_autofree char *done =
        act(f, "/people/1/erase", cookie, "confirm=erase&reason=0");
    g_assert_nonnull(strstr(done, "<h1>Erased</h1>"));
    assert_sql(f, "SELECT count(*) FROM candidate WHERE erased_at IS NULL",
               "1");
    assert_status(get(f, "/people/1", cookie), 404);
    assert_sql(f,
               "SELECT actor || ': ' || detail FROM audit"
               " WHERE action = 'erase person'",
               "anna: asked for it (GDPR Article 17)");
}

static void
test_find(Fixture *f, gconstpointer data)
{
    (void)data;
    g_autofree char *cookie = log_in(f, 0);
    g_autofree char *one = act(f, "/people", cookie, "query=P2%40X.example");
    g_assert_nonnull(strstr(one, "href=\"/people/2\""));
    g_assert_null(strstr(one, "href=\"/people/1\""));
    g_autofree char *none = act(f, "/people", cookie, "query=%25_%27--");
    g_assert_nonnull(strstr(none, "Nobody has that"));
    g_autofree char *file = act(f, "/people/1/everything", cookie, "");
    g_autofree char *type = client_header(file, "Content-Type");
    g_assert_cmpstr(type, ==, "application/json");
    g_assert_nonnull(strstr(file, "p1@x.example"));
}

static void
test_log(Fixture *f, gconstpointer data)
{
    (void)data;
    g_autofree char *cookie = log_in(f, 0);
    assert_status(act(f, "/people/1/log", cookie,
                      "kind=met&day=2026-03-02&note=At+the+fair+%3Cb%3E"),
                  303);
    assert_sql(f,
               "SELECT kind || ' ' || at || ' ' || detail FROM event"
               " WHERE kind = 'met'",
               "met 1772409600000 {\"by\":\"anna\",\"note\":"
               "\"At the fair <b>\"}");
    g_autofree char *page = get(f, "/people/1", cookie);
    g_assert_nonnull(strstr(page, "At the fair &lt;b&gt;"));
    /* Not twice, not of another kind, not before it happened. */
    assert_status(act(f, "/people/1/log", cookie,
                      "kind=met&day=2026-03-02&note=At+the+fair+%3Cb%3E"),
                  400);
    assert_status(act(f, "/people/1/log", cookie, "kind=sent&day=2026-03-02"),
                  400);
    assert_status(act(f, "/people/1/log", cookie, "kind=met&day=2026-03-04"),
                  400);
    assert_status(act(f, "/people/1/log", cookie, "kind=met&day=soon"), 400);
    assert_sql(f, "SELECT count(*) FROM event WHERE kind = 'met'", "1");
}

#define ADD(path, words, test)                                                 \
    g_test_add("/desk/" path, Fixture, words, set_up, test, tear_down)

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD("login/once", NULL, test_link_once);
    ADD("login/expires", NULL, test_link_expires);
    ADD("login/same-answer", NULL, test_same_answer);
    ADD("login/mailed-seldom", NULL, test_mailed_seldom);
    ADD("login/tries", NULL, test_tries);
    ADD("session/ends", NULL, test_session_ends);
    ADD("session/log-out", NULL, test_log_out);
    ADD("roles/pages", NULL, test_roles);
    ADD("roles/own-people", NULL, test_own_people);
    ADD("roles/no-names", NULL, test_no_names);
    ADD("replies/review", NULL, test_review);
    ADD("replies/wrong", NULL, test_review_wrong);
    ADD("replies/stop", NULL, test_stop);
    ADD("campaigns/pause", NULL, test_pause);
    ADD("people/erase", NULL, test_erase);
    ADD("people/find", NULL, test_find);
    ADD("people/log", NULL, test_log);
    return g_test_run();
}
