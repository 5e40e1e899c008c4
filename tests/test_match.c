/* SPDX-License-Identifier: Apache-2.0 */
/* test_match.c - the rungs by which a mail is matched, and what is no proof */
#include "tests/inbound-fixture.h"

#include "tracking/match.h"
#include "tracking/trust.h"

typedef struct {
    Box box;
    char id[MESSAGE_ID_TEXT];
} Case;

static void
set_up(Case *c, gconstpointer data)
{
    box_set_up(&c->box, data);
    box_send(&c->box, 1, "spring", "one", 3, c->id);
}

static void
tear_down(Case *c, gconstpointer data)
{
    box_tear_down(&c->box, data);
}

/* "rung message campaign candidate other_address" of a mail. */
static void
assert_match(Case *c, const char *mail, const char *by, bool with_message,
             int candidate, bool other)
{
    g_autoptr(GBytes) raw = g_bytes_new(mail, strlen(mail));
    g_autoptr(GError) error = NULL;
    g_autoptr(Inspection) got = inspection_of(raw, INSPECT_EML, NOW, &error);
    g_auto(Match) m = {0};

    g_assert_no_error(error);
    match_find(c->box.store, c->box.keys, got, NOW, &m, &error);
    g_assert_no_error(error);
    g_assert_cmpstr(m.by, ==, by);
    g_assert_cmpstr(m.message_id, ==, with_message ? c->id : "");
    g_assert_cmpint(m.candidate, ==, candidate);
    g_assert_cmpint(m.other_address, ==, other);
    g_assert_cmpint(m.confidence > 0, ==, by != NULL);
}

static void
test_exact(Case *c, gconstpointer data)
{
    static const char *const fields[] = {"To",           "Cc",
                                         "Delivered-To", "X-Original-To",
                                         "Envelope-To",  "X-Envelope-To"};
    static const MailTokenKind kinds[] = {MAIL_TOKEN_REPLY, MAIL_TOKEN_BOUNCE,
                                          MAIL_TOKEN_UNSUBSCRIBE};

    (void)data;
    for (gsize i = 0; i < G_N_ELEMENTS(fields); i++) {
        g_autofree char *to =
            box_token(&c->box, "replies", kinds[i % 3], c->id);
        g_autofree char *upper = g_ascii_strup(to, -1);
        g_autofree char *mail =
            g_strdup_printf("From: P1@example.org\n%s: Anna <%s>\n\nhi\n",
                            fields[i], i % 2 ? to : upper);
        assert_match(c, mail, "exact", true, 1, false);
    }
}

static void
test_other_address(Case *c, gconstpointer data)
{
    g_autofree char *to =
        box_token(&c->box, "replies", MAIL_TOKEN_REPLY, c->id);
    g_autofree char *mail =
        g_strdup_printf("From: friend@example.net\nTo: %s\n\nhi\n", to);

    (void)data;
    assert_match(c, mail, "exact", true, 1, true);
    box_sql(&c->box, "INSERT INTO candidate_address (email_key, candidate_id,"
                     " email, added) VALUES ('friend@example.net', 1,"
                     " 'friend@example.net', 0)");
    assert_match(c, mail, "exact", true, 1, false);
}

static void
test_thread(Case *c, gconstpointer data)
{
    char token[MAIL_TOKEN_TEXT];

    (void)data;
    mail_token_make(c->box.keys, MAIL_TOKEN_MESSAGE_ID, c->id, token);
    g_autofree char *answer =
        g_strdup_printf("From: p1@example.org\nIn-Reply-To: <x@y.example> "
                        "%s@our.example\n\nhi\n",
                        token);
    g_autofree char *references = g_strdup_printf(
        "From: p1@example.org\nReferences: <%s@our.example>,\n <x@y.example>\n"
        "\nhi\n",
        token);
    assert_match(c, answer, "thread", true, 1, false);
    assert_match(c, references, "thread", true, 1, false);
}

/* A relay that puts its own Message-ID on every mail. */
static void
test_alias(Case *c, gconstpointer data)
{
    (void)data;
    box_sql(&c->box,
            "INSERT INTO message_alias (alias, message_id)"
            " VALUES ('0100018c1f0e4d2a-b1c2d3e4-000000', '%s')",
            c->id);
    assert_match(c,
                 "From: p1@example.org\nIn-Reply-To: "
                 "<0100018c1f0e4d2a-b1c2d3e4-000000@email.amazonses.com>\n"
                 "\nhi\n",
                 "thread", true, 1, false);
}

static void
test_quoted(Case *c, gconstpointer data)
{
    char token[WEB_TOKEN_TEXT];

    (void)data;
    web_token_make(c->box.keys, WEB_TOKEN_OPT_OUT, c->id, 0, token);
    g_autofree char *text =
        g_strdup_printf("From: p1@example.org\n\nhi\n\n> Unsubscribe: "
                        "https://t.our.example/u/%s\n",
                        token);
    g_autofree char *html = g_strdup_printf(
        "From: other@example.net\nContent-Type: text/html\n\n<p>hi</p>"
        "<blockquote><a href=\"https://safe.example/?url=https%%3A%%2F%%2F"
        "t.our.example%%2Fu%%2F%s&amp;x=1\">out</a></blockquote>\n",
        token);
    assert_match(c, text, "quoted", true, 1, false);
    assert_match(c, html, "quoted", true, 1, true);
}

static void
test_heuristic(Case *c, gconstpointer data)
{
    char second[MESSAGE_ID_TEXT];
    static const char mail[] =
        "From: p1@example.org\nSubject: AW: Re[2]: [ext]  news  ONE\n\nhi\n";

    (void)data;
    assert_match(c, mail, "heuristic", true, 1, false);
    assert_match(c, "From: p1@example.org\nSubject: Lunch\n\nhi\n", "person",
                 false, 1, false);
    assert_match(c, "From: p2@example.org\nSubject: News one\n\nhi\n", "person",
                 false, 2, false);
    assert_match(c, "From: who@example.net\nSubject: News one\n\nhi\n", NULL,
                 false, 0, false);
    /* Two mails with one subject: neither. */
    box_send(&c->box, 1, "autumn", "one", 1, second);
    assert_match(c, mail, "person", false, 1, false);
}

static void
test_too_old_for_heuristic(Case *c, gconstpointer data)
{
    (void)data;
    box_sql(&c->box, "UPDATE message SET sent_at = sent_at - 60 * 86400000");
    assert_match(c, "From: p1@example.org\nSubject: Re: News one\n\nhi\n",
                 "person", false, 1, false);
}

/* What is not signed by us, or was signed for something else, is nothing. */
static void
test_forged(Case *c, gconstpointer data)
{
    g_autofree char *to =
        box_token(&c->box, "replies", MAIL_TOKEN_REPLY, c->id);
    char other[MAIL_TOKEN_TEXT], web[WEB_TOKEN_TEXT];
    char *plus = strchr(to, '+');

    (void)data;
    plus[5] = plus[5] == 'a' ? 'b' : 'a';
    mail_token_make(c->box.keys, MAIL_TOKEN_REPLY, c->id, other);
    web_token_make(c->box.keys, WEB_TOKEN_LOGIN, c->id, 0, web);
    char *mails[] = {
        g_strdup_printf("From: who@example.net\nTo: %s\n\nhi\n", to),
        g_strdup_printf(
            "From: who@example.net\nIn-Reply-To: <%s@our.example>\n\nhi\n",
            other),
        g_strdup_printf("From: who@example.net\nIn-Reply-To: <%s@our.example>\n"
                        "\nhi\n",
                        c->id),
        g_strdup_printf("From: who@example.net\n\nhttps://x.example/l/%s\n",
                        web),
    };
    for (gsize i = 0; i < G_N_ELEMENTS(mails); i++)
        assert_match(c, mails[i], NULL, false, 0, false);
    for (gsize i = 0; i < G_N_ELEMENTS(mails); i++)
        g_free(mails[i]);
}

static const struct {
    const char *label, *head;
    bool verified;
} trusted[] = {
    {"pass",
     "Authentication-Results: mx.our.example 1;\n dkim=pass"
     " header.d=example.org; dmarc=pass (p=none; x) header.from=example.org\n"
     "Received: from a by b\nFrom: p1@example.org\n",
     true},
    {"below our own hop",
     "Received: from mx.our.example (x) by mx.our.example with LMTP id 1\n"
     "Authentication-Results: MX.our.example;"
     " dmarc=pass header.from=example.org\nFrom: p1@example.org\n",
     true},
    {"none", "From: p1@example.org\n", false},
    {"fail",
     "Authentication-Results: mx.our.example; dmarc=fail"
     " header.from=example.org\nFrom: p1@example.org\n",
     false},
    {"another server's",
     "Authentication-Results: mx.evil.example; dmarc=pass"
     " header.from=example.org\nFrom: p1@example.org\n",
     false},
    {"a longer name",
     "Authentication-Results: mx.our.example.evil.example; dmarc=pass"
     " header.from=example.org\nFrom: p1@example.org\n",
     false},
    {"below a stranger's hop",
     "Received: from x by relay.evil.example\n"
     "Authentication-Results: mx.our.example; dmarc=pass"
     " header.from=example.org\nFrom: p1@example.org\n",
     false},
    {"in a comment",
     "Authentication-Results: mx.our.example (; dmarc=pass"
     " header.from=example.org); spf=none\nFrom: p1@example.org\n",
     false},
    {"in a quoted string",
     "Authentication-Results: mx.our.example; spf=none"
     " reason=\"; dmarc=pass header.from=example.org\"\n"
     "From: p1@example.org\n",
     false},
    {"for another domain",
     "Authentication-Results: mx.our.example; dmarc=pass"
     " header.from=evil.example\nFrom: p1@example.org\n",
     false},
    {"two From fields",
     "Authentication-Results: mx.our.example; dmarc=pass"
     " header.from=example.org\nFrom: p1@example.org\nFrom: x@evil.example\n",
     false},
};

static void
test_trust(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(trusted); i++) {
        g_autofree char *mail = g_strconcat(trusted[i].head, "\nhi\n", NULL);
        g_autoptr(GBytes) raw = g_bytes_new(mail, strlen(mail));
        g_autoptr(Inspection) got = inspection_of(raw, INSPECT_EML, NOW, NULL);
        g_test_message("%s", trusted[i].label);
        g_assert_cmpint(trust_is_verified(got, "mx.our.example"), ==,
                        trusted[i].verified);
        g_assert_false(trust_is_verified(got, NULL));
        g_assert_false(trust_is_verified(got, "mx"));
    }
}

static const struct {
    const char *subject, *left;
} subjects[] = {
    {"Re: AW: Fwd: A  role\tin Leeds", "a role in leeds"},
    {"RE[3] : [jobs] SV: x", "x"},
    {"回复：职位", "职位"},
    {"Vá: Továbbítás: x", "x"},
    {"Regarding: x", "regarding: x"},
    {"Re:", ""},
    {"", ""},
    {"[only]", ""},
    {"Réf : x", "réf : x"},
};

static void
test_subjects(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(subjects); i++) {
        g_autofree char *left = subject_normalise(subjects[i].subject);
        g_autofree char *hash = subject_hash(subjects[i].subject);
        g_assert_cmpstr(left, ==, subjects[i].left);
        g_assert_cmpint(hash != NULL, ==, *left != '\0');
    }
}

#define ADD(path, function)                                                    \
    g_test_add("/match/" path, Case, NULL, set_up, function, tear_down)

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD("exact", test_exact);
    ADD("other-address", test_other_address);
    ADD("thread", test_thread);
    ADD("alias", test_alias);
    ADD("quoted", test_quoted);
    ADD("heuristic", test_heuristic);
    ADD("heuristic-too-old", test_too_old_for_heuristic);
    ADD("forged", test_forged);
    g_test_add_func("/match/trust", test_trust);
    g_test_add_func("/match/subjects", test_subjects);
    return g_test_run();
}
