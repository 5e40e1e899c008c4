/* SPDX-License-Identifier: Apache-2.0 */
/* test_digest.c - what a recruiter reads, and what strangers cannot put there
 */
#include "tests/inbound-fixture.h"

#include "nurture/digest.h"
#include "nurture/replies.h"

/* The HTML or the text of Anna's digest. */
static char *
render(Box *b, const char *recruiter, bool as_html)
{
    g_auto(DigestText) digest = {0};
    g_autoptr(GString) html = g_string_new(NULL);
    g_autoptr(GString) text = g_string_new(NULL);
    g_autoptr(GError) error = NULL;

    digest_make(b->store, &b->workspace, b->keys, recruiter, b->now, &digest,
                &error);
    g_assert_no_error(error);
    digest_render(&digest, &b->workspace, html, text, &error);
    g_assert_no_error(error);
    return g_strdup(as_html ? html->str : text->str);
}

static void
assert_has(const char *text, const char *part)
{
    if (!strstr(text, part))
        g_test_message("%s", text);
    g_assert_nonnull(strstr(text, part));
}

static void
assert_lacks(const char *text, const char *part)
{
    if (strstr(text, part))
        g_test_message("%s", text);
    g_assert_null(strstr(text, part));
}

static void
answer(Box *b, int candidate, const char *words)
{
    char id[MESSAGE_ID_TEXT];
    g_autofree char *step = g_strdup_printf("s%d", ++b->mails);

    box_send(b, candidate, "spring", step, 1, id);
    g_autofree char *to = box_token(b, "replies", MAIL_TOKEN_REPLY, id);
    box_receive(b, "From: p%d@example.org\nTo: %s\nSubject: Re: x\n\n%s\n",
                candidate, to, words);
}

/* What must be dealt with first comes first. */
static void
test_groups(Box *b, gconstpointer data)
{
    static const char *const order[] = {"opt-outs", "asked-erase", "Interested",
                                        "call me",  "Questions",   "salary"};
    const char *at;

    (void)data;
    answer(b, 1, "What is the salary range? Is it remote?");
    answer(b, 2, "Yes, I am interested, please call me!");
    answer(b, 3, "Please delete all my data under GDPR, asked-erase.");
    g_autofree char *text = render(b, "anna", false);
    at = text;
    for (gsize i = 0; i < G_N_ELEMENTS(order); i++) {
        const char *next = strstr(at, order[i]);
        g_test_message("%s in %s", order[i], text);
        g_assert_nonnull(next);
        at = next;
    }
    assert_has(text, "score 40 (up 40 in a week)");
    assert_has(text, "P 2 (p2@example.org)");
    assert_has(text, "answering spring/");
    assert_has(text, "intent.tsv:");
    assert_has(text, "stopped the sequence");
}

static const char *const hostile[] = {
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "[click](javascript:alert(1))",
    "![x](https://evil.example/pixel.png)",
    "<https://evil.example/autolink>",
    "[ref]: https://evil.example/ref\n\n[ref]",
    "```\n</code>\n```",
    "# Heading",
    "- list\n1. list",
    "| a | b |\n|---|---|",
    "&lt;script&gt; &#60;b&#62;",
    "\x1e## Not a piece\x1e",
    "**bold** _em_ `code`",
    "{{ first_name }} {% if x %}",
    "</blockquote></body></html>",
    "\xe2\x80\xae"
    "evil",
};

static void
assert_harmless(const char *html)
{
    static const char *const bad[] = {"<script",
                                      "<img",
                                      "href=\"javascript",
                                      "href=\"https://evil",
                                      "<table",
                                      "<code",
                                      "<em",
                                      "</body",
                                      "<h2>Not",
                                      "<h1>Heading",
                                      "\x1e"};

    for (gsize i = 0; i < G_N_ELEMENTS(bad); i++)
        assert_lacks(html, bad[i]);
}

static void
test_hostile_words(Box *b, gconstpointer data)
{
    (void)data;
    box_sql(b, "INSERT INTO inbound (inbound_id, file, received_at, state)"
               " VALUES ('i', 'f', 0, 'done')");
    for (gsize i = 0; i < G_N_ELEMENTS(hostile); i++) {
        g_autoptr(GError) error = NULL;
        g_auto(Transaction) tx = store_begin(b->store, &error);
        g_autoptr(Statement) st = store_prepare_text(
            b->store,
            "INSERT OR REPLACE INTO reply (reply_id, inbound_id, recruiter,"
            " from_address, subject, text, intent, action, intent_rule,"
            " campaign, step, received_at) VALUES (1, 'i', 'anna', :x, :x, :x,"
            " 'interested', :x, :x, :x, :x, 1)",
            &error);
        g_assert_no_error(error);
        statement_bind_text(st, ":x", hostile[i]);
        g_assert_true(statement_run(st, &error));
        g_assert_true(transaction_commit(&tx, &error));
        g_autofree char *html = render(b, "anna", true);
        g_test_message("%s", hostile[i]);
        assert_harmless(html);
    }
}

/* The same by the front door: From, Subject and the words of a mail, and the
 * diagnostic of a bounce. */
static void
test_hostile_mail(Box *b, gconstpointer data)
{
    char id[MESSAGE_ID_TEXT];

    (void)data;
    for (gsize i = 0; i < G_N_ELEMENTS(hostile); i++)
        box_receive(b,
                    "From: \"%s\" <\"<img>\"@evil.example>\nTo: "
                    "replies@our.example\nSubject: %s\n\nI am interested. %s\n",
                    hostile[i], hostile[i], hostile[i]);
    box_send(b, 1, "spring", "one", 1, id);
    box_bounce(b, id, "5.7.1",
               "Client host blocked using <script>alert(1)</script> "
               "[x](javascript:y)");
    g_autofree char *html = render(b, "anna", true);
    assert_harmless(html);
    assert_has(html, "For the operator");
}

/* Two hundred long answers are more than one Markdown text may hold. */
static void
test_many(Box *b, gconstpointer data)
{
    bool sent = false;
    g_autoptr(GError) error = NULL;

    (void)data;
    for (int i = 0; i < DIGEST_REPLIES_MAX + 5; i++) {
        box_sql(b,
                "INSERT INTO inbound (inbound_id, file, received_at, state)"
                " VALUES ('i%d', 'f', 0, 'done')",
                i);
        box_sql(b,
                "INSERT INTO reply (inbound_id, recruiter, from_address, text,"
                " received_at) VALUES ('i%d', 'anna', 'x@y.example',"
                " replace(hex(zeroblob(400)), '0', '[('), %d)",
                i, i);
    }
    digest_send(b->store, &b->workspace, b->keys, "anna", b->now, &sent,
                &error);
    g_assert_no_error(error);
    g_assert_true(sent);
    box_assert(b, "SELECT count(*) FROM reply WHERE digest_id IS NULL", "5");
    box_assert(b, "SELECT kind, rcpt FROM message", "digest|anna@our.example");
}

/* A reply is told once, and again when its snooze is over. */
static void
test_told_once(Box *b, gconstpointer data)
{
    bool sent = false;
    g_autoptr(GError) error = NULL;
    g_autofree char *said = NULL;

    (void)data;
    answer(b, 1, "What is the salary range?");
    digest_send(b->store, &b->workspace, b->keys, "anna", b->now, &sent,
                &error);
    g_assert_no_error(error);
    g_assert_true(sent);
    digest_send(b->store, &b->workspace, b->keys, "anna", b->now + 1, &sent,
                &error);
    g_assert_no_error(error);
    g_assert_false(sent);
    {
        g_auto(Transaction) tx = store_begin(b->store, &error);
        g_assert_true(reply_do(b->store, &b->workspace, 1, "snooze 3d", "anna",
                               b->now, &said, &error));
        g_assert_true(transaction_commit(&tx, &error));
    }
    g_assert_cmpstr(said, ==, "snoozed until 6 March 2026");
    g_auto(GStrv) none =
        digest_recruiters(b->store, &b->workspace, b->now, &error);
    g_assert_cmpuint(g_strv_length(none), ==, 0);
    b->now += 4 * DAY_MS;
    g_auto(GStrv) again =
        digest_recruiters(b->store, &b->workspace, b->now, &error);
    g_assert_cmpstr(again[0], ==, "anna");
}

/* Answering the digest with a verb: its Reply-To says which digest. */
static void
test_answering_the_digest(Box *b, gconstpointer data)
{
    bool sent = false;
    g_autoptr(GError) error = NULL;
    g_autofree char *id = NULL;

    (void)data;
    answer(b, 1, "What is the salary range?");
    answer(b, 2, "Is it remote? What is the pay?");
    digest_send(b->store, &b->workspace, b->keys, "anna", b->now, &sent,
                &error);
    g_assert_no_error(error);
    {
        g_autoptr(Statement) st = store_prepare_text(
            b->store, "SELECT message_id FROM digest", &error);
        g_assert_true(statement_step(st));
        id = g_strdup(statement_text(st, 0));
        statement_end(st, &error);
    }
    g_autofree char *to = box_token(b, "replies", MAIL_TOKEN_REVIEW, id);
    box_receive(b,
                "From: Anna <anna@our.example>\nTo: %s\nSubject: Re: 2 answers"
                "\n\ndone #1\nwrong not interested #2\ndone #7\n\n"
                "On Tue, 3 Mar 2026 at 09:00, nurture wrote:\n> 2 answers\n",
                to);
    box_assert(b, "SELECT state, label FROM reply ORDER BY reply_id",
               "done|-;open|not_interested");
    /* Which of the two is not said: nothing is done. */
    box_receive(b, "From: anna@our.example\nTo: %s\nSubject: x\n\nstop all\n",
                to);
    box_assert(b, "SELECT count(*) FROM suppression", "0");
}

static void
test_alerts_for_the_operator(Box *b, gconstpointer data)
{
    bool sent = false;
    g_autoptr(GError) error = NULL;

    (void)data;
    box_sql(b, "INSERT INTO alert (kind, object, day, first_at, last_at,"
               " detail) VALUES ('blocked', 'example.org', 1, 1, 1, 'why')");
    g_autofree char *ben = render(b, "ben", false);
    assert_lacks(ben, "blocked");
    g_autofree char *anna = render(b, "anna", false);
    assert_has(anna, "blocked example.org (1): why");
    digest_send(b->store, &b->workspace, b->keys, "anna", b->now, &sent,
                &error);
    g_assert_no_error(error);
    g_assert_true(sent);
    g_autofree char *after = render(b, "anna", false);
    assert_lacks(after, "blocked");
}

/* Absences and failures need one line each, and no reading. */
static void
test_machines(Box *b, gconstpointer data)
{
    char id[MESSAGE_ID_TEXT];
    bool sent = false;
    g_autoptr(GError) error = NULL;

    (void)data;
    box_send(b, 1, "spring", "one", 1, id);
    g_autofree char *to = box_token(b, "bounces", MAIL_TOKEN_BOUNCE, id);
    box_receive(b,
                "From: p1@example.org\nTo: %s\nSubject: Out of office\n"
                "Auto-Submitted: auto-replied\n\n"
                "I am away until 16 March 2026.\n",
                to);
    box_send(b, 2, "spring", "two", 1, id);
    box_bounce(b, id, "5.1.1", "no such user");
    g_autofree char *text = render(b, "anna", false);
    assert_has(text, "P 1 (p1@example.org): out of office, back on 17 March");
    assert_has(text, "P 2 (p2@example.org): user unknown; the address gets no"
                     " mail any more");
    /* Nobody answered, but she is told; once. */
    g_auto(GStrv) names =
        digest_recruiters(b->store, &b->workspace, b->now + 1, &error);
    g_assert_cmpstr(names[0], ==, "anna");
    digest_send(b->store, &b->workspace, b->keys, "anna", b->now + 1, &sent,
                &error);
    g_assert_no_error(error);
    g_assert_true(sent);
    g_auto(GStrv) none =
        digest_recruiters(b->store, &b->workspace, b->now + 2, &error);
    g_assert_cmpuint(g_strv_length(none), ==, 0);
}

/* "Not now, but in September" is told again in September. */
static void
test_not_now_comes_again(Box *b, gconstpointer data)
{
    bool sent = false;
    g_autoptr(GError) error = NULL;

    (void)data;
    answer(b, 1, "Not now, sorry. Please get back to me in September.");
    box_assert(b, "SELECT intent, return_date FROM reply",
               "not_now|2026-09-01");
    digest_send(b->store, &b->workspace, b->keys, "anna", b->now, &sent,
                &error);
    g_assert_no_error(error);
    g_assert_true(sent);
    box_assert(b, "SELECT state, digest_id FROM reply", "snoozed|1");
    g_auto(GStrv) none =
        digest_recruiters(b->store, &b->workspace, b->now + DAY_MS, &error);
    g_assert_cmpuint(g_strv_length(none), ==, 0);
    b->now += 185 * DAY_MS;
    g_autofree char *text = render(b, "anna", false);
    assert_has(text, "Please get back to me in September");
    digest_send(b->store, &b->workspace, b->keys, "anna", b->now, &sent,
                &error);
    g_assert_no_error(error);
    g_assert_true(sent);
    box_assert(b, "SELECT state, digest_id FROM reply", "open|2");
}

#define ADD(path, function)                                                    \
    g_test_add("/digest/" path, Box, NULL, box_set_up, function, box_tear_down)

/* Each answer leads to its page, where there are pages. */
static void
test_links_to_page(Box *b, gconstpointer data)
{
    (void)data;
    answer(b, 1, "Yes, call me.");
    g_autofree char *without = render(b, "anna", true);
    assert_lacks(without, "/replies/1");
    b->workspace.serve.recruiter_url = (char *)"https://desk.example";
    g_autofree char *with = render(b, "anna", true);
    b->workspace.serve.recruiter_url = NULL;
    assert_has(with, "https://desk.example/replies/1");
    assert_has(with, "subject=original");
}

/* An opt-out as a second meaning is read first. */
static void
test_second_meaning(Box *b, gconstpointer data)
{
    (void)data;
    answer(b, 1, "I nearly hit unsubscribe, but this sounds interesting.");
    g_autofree char *text = render(b, "anna", false);
    assert_has(text, "Possible opt-outs");
    assert_lacks(text, "\nInterested");
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD("groups", test_groups);
    ADD("links-to-page", test_links_to_page);
    ADD("second-meaning", test_second_meaning);
    ADD("hostile/words", test_hostile_words);
    ADD("hostile/mail", test_hostile_mail);
    ADD("many", test_many);
    ADD("told-once", test_told_once);
    ADD("answering", test_answering_the_digest);
    ADD("machines", test_machines);
    ADD("not-now", test_not_now_comes_again);
    ADD("alerts", test_alerts_for_the_operator);
    return g_test_run();
}
