/* SPDX-License-Identifier: Apache-2.0 */
/* test_optout.c - the way out, preferences, and "I'm interested" */
#include "nurture/optout.h"

#include "nurture/eligibility.h"

#include "tests/lib/web-fixture.h"

#define ONE_CLICK "List-Unsubscribe=One-Click"

static void
assert_untouched(Web *w)
{
    web_assert_sql(w, "SELECT count(*) FROM suppression", "0");
    web_assert_sql(w, "SELECT count(*) FROM event", "0");
    web_assert_sql(w, "SELECT count(*) FROM hold", "0");
    web_assert_sql(w, "SELECT count(*) FROM enrolment WHERE state = 'active'",
                   "2");
    web_assert_sql(w, "SELECT count(*) FROM consent WHERE state <> 'given'",
                   "0");
}

static void
assert_out(Web *w)
{
    web_assert_sql(w,
                   "SELECT address_hmac || ' ' || scope || ' ' || reason || ' '"
                   " || (message_id IS NOT NULL) FROM suppression",
                   "hmac1 all opted_out 1");
    web_assert_sql(w, "SELECT count(*) FROM suppression", "1");
    web_assert_sql(w,
                   "SELECT group_concat(kind || ' ' || candidate_id || ' ' ||"
                   " campaign || ' ' || step) FROM event",
                   "opted_out 1 spring one");
    web_assert_sql(w,
                   "SELECT group_concat(state || ' ' ||"
                   " coalesce(exit_reason, '-')) FROM"
                   " (SELECT * FROM enrolment ORDER BY candidate_id)",
                   "exited opted_out,active -");
    web_assert_sql(w,
                   "SELECT count(*) FROM consent WHERE purpose = 'mail'"
                   " AND state = 'withdrawn' AND candidate_id = 1",
                   "1");
    web_assert_sql(w, "SELECT state FROM message WHERE step = 'queued'",
                   "cancelled");
}

static char *
ask_page(Web *w, char letter, WebTokenKind kind, const char *method,
         const char *headers, const char *body)
{
    g_autofree char *path = web_path(w, letter, kind, w->message, 0);

    return client_ask(w->port, method, path, headers, body);
}

static char *
ask_out(Web *w, const char *method, const char *headers, const char *body)
{
    return ask_page(w, 'u', WEB_TOKEN_OPT_OUT, method, headers, body);
}

static void
add_queued(Web *w)
{
    char queued[MESSAGE_ID_TEXT];

    web_add_message(w, 1, "campaign", "queued", "scheduled", queued);
}

/* Scanners press every link; HEAD, GET and prefetch act on nothing. */
static void
test_get_changes_nothing(Web *w, gconstpointer data)
{
    (void)data;
    g_autofree char *page = ask_out(w, "GET", BROWSER, NULL);
    g_autofree char *head = ask_out(w, "HEAD", BROWSER, NULL);
    g_autofree char *bot = ask_out(w, "GET", "User-Agent: curl/8\r\n", NULL);
    g_autofree char *policy = client_header(page, "Content-Security-Policy");

    g_assert_cmpint(client_status(page), ==, 200);
    g_assert_cmpint(client_status(head), ==, 200);
    g_assert_cmpint(client_status(bot), ==, 200);
    g_assert_nonnull(strstr(page, "<form method=\"post\">"));
    g_assert_nonnull(strstr(page, "Example &lt;Works&gt; GmbH"));
    g_assert_nonnull(strstr(policy, "default-src 'none'; style-src 'sha256-"));
    g_assert_null(strstr(page, "<script"));
    g_assert_null(strstr(page, "p1@x.example"));
    g_assert_null(strstr(page, "Set-Cookie"));
    /* Relative: the proxy may serve us below a path of its own. */
    g_autofree char *prefs =
        web_path(w, 'p', WEB_TOKEN_PREFERENCES, w->message, 0);
    g_autofree char *link = g_strdup_printf("href=\"..%s\"", prefs);
    g_assert_nonnull(strstr(page, link));
    assert_untouched(w);
}

/* What mail programs send (RFC 8058, 3.2) and what the page's button sends;
 * none is a bot, however it calls itself. */
static const struct {
    const char *label, *headers, *body;
} posts[] = {
    {"urlencoded", FORM, ONE_CLICK},
    {"bot", FORM "User-Agent: Googlebot/2.1\r\n", ONE_CLICK},
    {"charset",
     "Content-Type: application/x-www-form-urlencoded; charset=UTF-8\r\n",
     ONE_CLICK},
    {"other-case", FORM, "List-Unsubscribe=one-click&x=y"},
    {"multipart", "Content-Type: multipart/form-data; boundary=Q\r\n",
     "--Q\r\nContent-Disposition: form-data; name=\"List-Unsubscribe\"\r\n\r\n"
     "One-Click\r\n--Q--\r\n"},
};

static void
test_one_click(Web *w, gconstpointer data)
{
    const int *row = data;

    add_queued(w);
    for (int again = 0; again < 2; again++) {
        g_autofree char *answer =
            ask_out(w, "POST", posts[*row].headers, posts[*row].body);
        g_assert_cmpint(client_status(answer), ==, 200);
        g_assert_null(strstr(answer, "Location:"));
        g_assert_null(strstr(answer, "Set-Cookie"));
        assert_out(w);
    }
    g_autofree char *page = ask_out(w, "GET", BROWSER, NULL);
    g_assert_nonnull(strstr(page, "You are unsubscribed"));
}

static void
test_post_without_words(Web *w, gconstpointer data)
{
    (void)data;
    g_autofree char *empty = ask_out(w, "POST", FORM, "");
    g_autofree char *other = ask_out(w, "POST", FORM, "List-Unsubscribe=no");
    g_autofree char *type =
        ask_out(w, "POST", "Content-Type: text/plain\r\n", ONE_CLICK);

    g_assert_cmpint(client_status(empty), ==, 400);
    g_assert_cmpint(client_status(other), ==, 400);
    g_assert_cmpint(client_status(type), ==, 400);
    assert_untouched(w);
}

static void
test_forged(Web *w, gconstpointer data)
{
    g_autofree char *path = web_path(w, 'u', WEB_TOKEN_OPT_OUT, w->message, 0);
    static const WebTokenKind others[] = {WEB_TOKEN_CLICK, WEB_TOKEN_OPEN,
                                          WEB_TOKEN_PREFERENCES,
                                          WEB_TOKEN_INTEREST, WEB_TOKEN_VIEW};

    (void)data;
    for (gsize i = 3; path[i]; i++) {
        g_autofree char *flipped = g_strdup(path);
        flipped[i] = flipped[i] == 'A' ? 'B' : 'A';
        g_autofree char *answer =
            client_ask(w->port, "POST", flipped, FORM, ONE_CLICK);
        g_assert_cmpint(client_status(answer), ==, 404);
    }
    for (gsize i = 0; i < G_N_ELEMENTS(others); i++) {
        g_autofree char *answer =
            ask_page(w, 'u', others[i], "POST", FORM, ONE_CLICK);
        g_assert_cmpint(client_status(answer), ==, 404);
    }
    assert_untouched(w);
}

/* The person is erased, the mail still lies in an inbox. */
static void
test_erased(Web *w, gconstpointer data)
{
    (void)data;
    web_sql(w, "UPDATE candidate SET erased_at = 5, address_hmac = 'gone'"
               " WHERE candidate_id = 1");
    g_autofree char *prefs = ask_page(w, 'p', WEB_TOKEN_PREFERENCES, "POST",
                                      FORM, "action=pause&value=3");
    g_assert_nonnull(strstr(prefs, "no longer have your data"));
    g_autofree char *page = ask_out(w, "GET", BROWSER, NULL);
    g_assert_cmpint(client_status(page), ==, 200);
    g_autofree char *answer = ask_out(w, "POST", FORM, ONE_CLICK);
    g_assert_cmpint(client_status(answer), ==, 200);
    web_assert_sql(w,
                   "SELECT reason FROM suppression"
                   " WHERE address_hmac = 'hmac1'",
                   "opted_out");
    web_assert_sql(w, "SELECT count(*) FROM hold", "0");
}

static void
test_test_mail(Web *w, gconstpointer data)
{
    static const char *const kinds[] = {"test", "digest"};

    (void)data;
    for (gsize i = 0; i < G_N_ELEMENTS(kinds); i++) {
        web_sql(w, "UPDATE message SET kind = '%s'", kinds[i]);
        g_autofree char *answer = ask_out(w, "POST", FORM, ONE_CLICK);
        g_assert_cmpint(client_status(answer), ==, 200);
        g_assert_nonnull(strstr(answer, "test mail"));
    }
    assert_untouched(w);
}

static const struct {
    const char *language, *words;
} tongues[] = {
    {"de", "Ja, abmelden"},   {"fr", "Me désabonner"},
    {"es", "Darme de baja"},  {"de-AT", "Ja, abmelden"},
    {"xx", "Unsubscribe me"},
};

static void
test_languages(Web *w, gconstpointer data)
{
    (void)data;
    for (gsize i = 0; i < G_N_ELEMENTS(tongues); i++) {
        web_sql(w, "UPDATE message SET language = '%s'", tongues[i].language);
        g_autofree char *page = ask_out(w, "GET", BROWSER, NULL);
        g_assert_nonnull(strstr(page, tongues[i].words));
    }
}

static void
apply(Web *w, int64_t candidate, const char *hmac, const char *reason)
{
    g_autoptr(GError) error = NULL;
    g_auto(Transaction) tx = store_begin(w->store, &error);

    g_assert_no_error(error);
    g_assert_true(optout_apply(w->store, &w->workspace, candidate, hmac,
                               w->message, reason, NOW, &error));
    g_assert_true(transaction_commit(&tx, &error));
}

/* A reason gives way only to a stronger one. */
static const struct {
    const char *first, *second, *stays, *events;
} orders[] = {
    {"bounced", "opted_out", "opted_out", "opted_out"},
    {"opted_out", "bounced", "opted_out", "opted_out"},
    {"opted_out", "complained", "complained", "opted_out,complained"},
    {"complained", "opted_out", "complained", "complained"},
    {"bounced", "bounced", "bounced", ""},
    {"manual", "opted_out", "opted_out", "opted_out,opted_out"},
};

static void
test_reasons(Web *w, gconstpointer data)
{
    (void)data;
    for (gsize i = 0; i < G_N_ELEMENTS(orders); i++) {
        g_test_message("%s then %s", orders[i].first, orders[i].second);
        web_sql(w, "DELETE FROM suppression");
        web_sql(w, "DELETE FROM event");
        apply(w, 1, "hmac1", orders[i].first);
        apply(w, 0, "hmac1", orders[i].second);
        web_assert_sql(w, "SELECT group_concat(reason) FROM suppression",
                       orders[i].stays);
        web_assert_sql(w, "SELECT undeliverable FROM suppression",
                       strstr(orders[i].first, "bounced") ||
                               strstr(orders[i].second, "bounced")
                           ? "1"
                           : "0");
        web_assert_sql(w,
                       "SELECT coalesce(group_concat(kind), '') FROM"
                       " (SELECT kind FROM event WHERE kind <> 'exited'"
                       "  ORDER BY event_id)",
                       orders[i].events);
    }
}

static void
test_apply_shapes(Web *w, gconstpointer data)
{
    (void)data;
    add_queued(w);
    /* A bounce is about the address: the consent stands. */
    apply(w, 1, NULL, "bounced");
    web_assert_sql(w, "SELECT address_hmac || reason FROM suppression",
                   "hmac1bounced");
    web_assert_sql(w, "SELECT count(*) FROM consent WHERE state <> 'given'",
                   "0");
    web_assert_sql(w, "SELECT exit_reason FROM enrolment", "bounced");
    web_assert_sql(w, "SELECT count(*) FROM event WHERE kind = 'exited'", "1");
    web_assert_sql(w, "SELECT state FROM message WHERE step = 'queued'",
                   "cancelled");
    /* Nobody we know. */
    apply(w, 0, "stranger", "opted_out");
    web_assert_sql(w,
                   "SELECT reason FROM suppression"
                   " WHERE address_hmac = 'stranger'",
                   "opted_out");
    /* The mail went to a former address: both are out. */
    apply(w, 2, "former", "opted_out");
    web_assert_sql(w,
                   "SELECT count(*) FROM suppression"
                   " WHERE address_hmac IN ('former', 'hmac2')",
                   "2");
}

/* Preferences ------------------------------------------------------------ */

static void
assert_reason(Web *w, int candidate, Eligibility expected)
{
    g_autoptr(GError) error = NULL;
    EligibilityQuestion q = {.workspace = &w->workspace,
                             .candidate = candidate,
                             .campaign = "spring"};
    EligibilityAnswer answer;

    g_assert_true(eligibility_ask(w->store, &q, NOW, &answer, &error));
    g_assert_cmpint(answer.reason, ==, expected);
}

static char *
prefer(Web *w, const char *body)
{
    return ask_page(w, 'p', WEB_TOKEN_PREFERENCES, "POST", FORM, body);
}

static void
test_pause(Web *w, gconstpointer data)
{
    (void)data;
    g_autofree char *get =
        ask_page(w, 'p', WEB_TOKEN_PREFERENCES, "GET", BROWSER, NULL);
    g_assert_cmpint(client_status(get), ==, 200);
    assert_untouched(w);
    g_autofree char *first = prefer(w, "action=pause&value=3");
    g_assert_nonnull(strstr(first, "until 2026-06-03"));
    g_autofree char *second = prefer(w, "action=pause&value=12");
    g_assert_nonnull(strstr(second, "until 2027-03-03"));
    web_assert_sql(w,
                   "SELECT count(*) FROM hold WHERE kind = 'not_now'"
                   " AND lifted_at IS NULL",
                   "1");
    g_autofree char *end = prefer(w, "action=resume");
    g_assert_null(strstr(end, "until 20"));
    web_assert_sql(w, "SELECT count(*) FROM hold WHERE lifted_at IS NULL", "0");
    web_assert_sql(w,
                   "SELECT group_concat(action) FROM"
                   " (SELECT action FROM audit ORDER BY audit_id)",
                   "pause,pause,resume");
}

/* One topic can be left by itself, and come back; no other one. */
static void
test_topics(Web *w, gconstpointer data)
{
    (void)data;
    web_sql(w, "INSERT INTO campaign (campaign, snapshot, name, state,"
               " is_sequence, launched_at, start_at, updated_at, topic)"
               " VALUES ('e', 's', 'E', 'running', 0, 0, 0, 0, '<events>')");
    g_autofree char *left = prefer(w, "action=topic_leave&value=%3Cevents%3E");
    g_assert_nonnull(strstr(left, "value=\"topic_return\""));
    g_assert_nonnull(strstr(left, "&lt;events&gt;"));
    g_assert_null(strstr(left, "<events>"));
    web_assert_sql(w, "SELECT scope FROM suppression", "topic:<events>");
    assert_reason(w, 1, ELIGIBLE); /* for another campaign */
    web_sql(w, "UPDATE campaign SET topic = '<events>'");
    assert_reason(w, 1, NOT_SUPPRESSED);
    assert_reason(w, 2, ELIGIBLE);
    g_autofree char *other = prefer(w, "action=topic_leave&value=nothing");
    g_assert_cmpint(client_status(other), ==, 200);
    web_assert_sql(w, "SELECT count(*) FROM suppression", "1");
    g_autofree char *back = prefer(w, "action=topic_return&value=%3Cevents%3E");
    g_assert_nonnull(strstr(back, "value=\"topic_leave\""));
    web_assert_sql(w, "SELECT count(*) FROM suppression", "0");
}

static void
test_bad_preferences(Web *w, gconstpointer data)
{
    static const char *const bodies[] = {"",
                                         "action=pause",
                                         "action=pause&value=-3",
                                         "action=pause&value=99999",
                                         "action=language&value=xx",
                                         "action=language&value=%3Cscript%3E",
                                         "action=erase",
                                         "action=",
                                         "List-Unsubscribe=One-Click"};

    (void)data;
    for (gsize i = 0; i < G_N_ELEMENTS(bodies); i++) {
        g_autofree char *answer = prefer(w, bodies[i]);
        g_assert_cmpint(client_status(answer), ==, 200);
        g_assert_null(strstr(answer, "<script"));
        g_assert_null(strstr(answer, "Saved."));
    }
    assert_untouched(w);
    web_assert_sql(w, "SELECT count(*) FROM audit", "0");
}

/* Withdrawing works backwards: a click on an old mail leaves nothing. */
static void
test_tracking_off(Web *w, gconstpointer data)
{
    (void)data;
    web_consent(w, "click_tracking", "given", 2);
    web_sql(w, "INSERT INTO fact VALUES ('last_open/1', '2026-03-01')");
    g_autofree char *before =
        ask_page(w, 'p', WEB_TOKEN_PREFERENCES, "GET", BROWSER, NULL);
    g_assert_nonnull(strstr(before, "value=\"tracking_off\""));
    g_autofree char *after = prefer(w, "action=tracking_off");
    g_assert_null(strstr(after, "value=\"tracking_off\""));
    web_assert_sql(w, "SELECT count(*) FROM fact WHERE name = 'last_open/1'",
                   "0");
    g_autofree char *link = web_path(w, 'c', WEB_TOKEN_CLICK, w->message, 1);
    g_autofree char *answer = client_ask(w->port, "GET", link, BROWSER, NULL);
    g_assert_cmpint(client_status(answer), ==, 302);
    web_assert_sql(w, "SELECT count(*) FROM event", "0");
    web_assert_sql(w, "SELECT count(*) FROM suppression", "0");
}

static void
test_language(Web *w, gconstpointer data)
{
    (void)data;
    g_autofree char *answer = prefer(w, "action=language&value=de");

    g_assert_nonnull(strstr(answer, "Gespeichert."));
    web_assert_sql(w, "SELECT language FROM candidate WHERE candidate_id = 1",
                   "de");
}

static void
test_frequency(Web *w, gconstpointer data)
{
    (void)data;
    assert_reason(w, 1, ELIGIBLE);
    g_autofree char *bad = prefer(w, "action=frequency&value=1");
    web_assert_sql(w, "SELECT count(*) FROM candidate WHERE mail_gap > 0", "0");
    g_autofree char *out = prefer(w, "action=frequency&value=30");
    g_assert_nonnull(strstr(out, "<option value=\"30\" selected>"));
    assert_reason(w, 1, NOT_CAPPED); /* the fixture's mail was an hour ago */
    assert_reason(w, 2, ELIGIBLE);
    g_autofree char *any = prefer(w, "action=frequency&value=0");
    assert_reason(w, 1, ELIGIBLE);
}

/* Each measure has a consent of its own, with the words that were agreed to. */
static void
test_tracking_on(Web *w, gconstpointer data)
{
    (void)data;
    g_autofree char *no = prefer(w, "action=tracking_on&value=open_tracking");
    g_autofree char *mail = prefer(w, "action=tracking_on&value=mail");
    web_assert_sql(w, "SELECT count(*) FROM consent", "2");
    g_autofree char *yes = prefer(w, "action=tracking_on&value=click_tracking");
    g_assert_nonnull(strstr(yes, "value=\"tracking_off\""));
    web_assert_sql(w,
                   "SELECT purpose || ' ' || state || ' ' || source || ' ' ||"
                   " wording || ' ' || (evidence IS NOT NULL) FROM consent"
                   " ORDER BY consent_id DESC LIMIT 1",
                   "click_tracking given preferences page With your consent we "
                   "see which links in our mails you open. 1");
    g_autofree char *link = web_path(w, 'c', WEB_TOKEN_CLICK, w->message, 1);
    g_autofree char *answer = client_ask(w->port, "GET", link, BROWSER, NULL);
    hits_settle(w->hits);
    web_assert_sql(w, "SELECT count(*) FROM event WHERE kind = 'clicked'", "1");
}

static void
test_interest(Web *w, gconstpointer data)
{
    (void)data;
    g_autofree char *page =
        ask_page(w, 'i', WEB_TOKEN_INTEREST, "GET", BROWSER, NULL);
    g_assert_nonnull(strstr(page, "Anna Schmidt"));
    g_autofree char *empty =
        ask_page(w, 'i', WEB_TOKEN_INTEREST, "POST", FORM, "");
    assert_untouched(w);
    for (int i = 0; i < 2; i++) {
        g_autofree char *done = ask_page(w, 'i', WEB_TOKEN_INTEREST, "POST",
                                         FORM, "action=interested");
        g_assert_nonnull(strstr(done, "Thank you"));
    }
    web_assert_sql(w, "SELECT group_concat(kind) FROM event", "interested");

    double score = 0;
    g_assert_true(score_of(w->store, &w->workspace, 1, NOW, &score, NULL));
    g_assert_cmpfloat_with_epsilon(score, 30, 1e-6);
}

/* The mail in a browser: no script, no pixel, nothing recorded; not with the
 * token of another page. */
static void
test_view(Web *w, gconstpointer data)
{
    (void)data;
    g_autofree char *page =
        ask_page(w, 'v', WEB_TOKEN_VIEW, "GET", BROWSER, NULL);
    g_autofree char *policy = client_header(page, "Content-Security-Policy");
    g_assert_cmpint(client_status(page), ==, 200);
    g_assert_nonnull(strstr(page, "The <b>mail</b>"));
    g_assert_nonnull(strstr(policy, "default-src 'none'"));
    g_assert_nonnull(strstr(policy, "img-src data: ;"));
    g_autofree char *other =
        ask_page(w, 'v', WEB_TOKEN_OPT_OUT, "GET", BROWSER, NULL);
    g_assert_cmpint(client_status(other), ==, 404);
    web_sql(w, "UPDATE candidate SET erased_at = 5");
    g_autofree char *gone =
        ask_page(w, 'v', WEB_TOKEN_VIEW, "GET", BROWSER, NULL);
    g_assert_nonnull(strstr(gone, "no longer have your data"));
    web_assert_sql(w, "SELECT count(*) FROM event", "0");
}

#define ADD(path, test)                                                        \
    g_test_add("/optout/" path, Web, NULL, web_set_up, test, web_tear_down)

int
main(int argc, char **argv)
{
    static int rows[G_N_ELEMENTS(posts)];

    g_test_init(&argc, &argv, NULL);
    ADD("get-changes-nothing", test_get_changes_nothing);
    for (int i = 0; i < (int)G_N_ELEMENTS(posts); i++) {
        g_autofree char *path =
            g_strdup_printf("/optout/one-click/%s", posts[i].label);
        rows[i] = i;
        g_test_add(path, Web, &rows[i], web_set_up, test_one_click,
                   web_tear_down);
    }
    ADD("post-without-words", test_post_without_words);
    ADD("forged", test_forged);
    ADD("erased", test_erased);
    ADD("test-mail", test_test_mail);
    ADD("languages", test_languages);
    ADD("reasons", test_reasons);
    ADD("apply-shapes", test_apply_shapes);
    ADD("pause", test_pause);
    ADD("bad-preferences", test_bad_preferences);
    ADD("topics", test_topics);
    ADD("tracking-off", test_tracking_off);
    ADD("frequency", test_frequency);
    ADD("tracking-on", test_tracking_on);
    ADD("language", test_language);
    ADD("interest", test_interest);
    ADD("view", test_view);
    return g_test_run();
}
