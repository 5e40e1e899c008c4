/* SPDX-License-Identifier: Apache-2.0 */
/* test_inbound_act.c - what received mail changes, and what it may not */
#include "tests/inbound-fixture.h"

#include "nurture/event.h"
#include "nurture/replies.h"
#include "nurture/scheduler.h"
#include "tracking/bounce-policy.h"
#include "tracking/inspection-pack.h"
#include "tracking/inspector.h"
#include "tracking/recheck.h"
#include "tracking/spool.h"

#include <fcntl.h>
#include <sys/stat.h>

#define SUPPRESSED "SELECT count(*), max(reason) FROM suppression"
#define CAMPAIGN   "SELECT state, pause_reason FROM campaign"
#define CONSENT    "SELECT count(*) FROM consent WHERE state = 'withdrawn'"

static void
send_one(Box *b, int candidate, char id[MESSAGE_ID_TEXT])
{
    g_autofree char *step = g_strdup_printf("s%d", ++b->mails);

    box_send(b, candidate, "spring", step, 1, id);
}

/* ---- addresses ------------------------------------------------------------
 */

static void
test_hard_bounce(Box *b, gconstpointer data)
{
    char id[MESSAGE_ID_TEXT];

    (void)data;
    send_one(b, 1, id);
    box_bounce(b, id, "5.1.1", "no such user here");
    box_assert(b, SUPPRESSED, "1|bounced");
    box_assert(b, CONSENT, "0");
    box_assert(b, "SELECT evidence LIKE '%user_unknown%' FROM suppression",
               "1");
    box_assert(b,
               "SELECT state, exit_reason FROM enrolment"
               " WHERE candidate_id = 1",
               "exited|bounced");
}

/* A report without a token of ours is anybody's. */
static void
test_unsigned_bounce(Box *b, gconstpointer data)
{
    (void)data;
    box_receive(b, "From: MAILER-DAEMON@x.example\nTo: bounces@our.example\n"
                   "Subject: Undelivered Mail Returned to Sender\n\n"
                   "<p1@example.org>: 550 5.1.1 no such user\n");
    box_assert(b, SUPPRESSED, "0|-");
    box_assert(b, "SELECT count(*) FROM event WHERE kind = 'bounced'", "0");
}

/* Once for a message and a day; a month of silence, or a sign of life, and it
 * begins anew. */
static void
test_counted_bounces(Box *b, gconstpointer data)
{
    char id[4][MESSAGE_ID_TEXT];

    (void)data;
    for (int i = 0; i < 4; i++)
        send_one(b, 1, id[i]);
    box_bounce(b, id[0], "5.2.0", "not accepting mail from you");
    box_bounce(b, id[0], "5.2.0", "not accepting mail from you");
    box_bounce(b, id[1], "5.2.0", "not accepting mail from you");
    box_assert(b, SUPPRESSED, "0|-");
    b->now += 40 * DAY_MS;
    box_bounce(b, id[2], "5.2.0", "not accepting mail from you");
    box_assert(b, SUPPRESSED, "0|-");
    b->now += 5 * DAY_MS;
    box_bounce(b, id[3], "5.2.0", "not accepting mail from you");
    box_assert(b, SUPPRESSED, "1|bounced");
}

static void
test_sign_of_life(Box *b, gconstpointer data)
{
    char id[2][MESSAGE_ID_TEXT];

    (void)data;
    send_one(b, 1, id[0]);
    send_one(b, 1, id[1]);
    box_bounce(b, id[0], "5.2.0", "not accepting mail from you");
    box_sql(b,
            "INSERT INTO event (candidate_id, kind, at)"
            " VALUES (1, 'clicked', %ld)",
            (long)(b->now + DAY_MS));
    b->now += 2 * DAY_MS;
    box_bounce(b, id[1], "5.2.0", "not accepting mail from you");
    box_assert(b, SUPPRESSED, "0|-");
}

static void
test_full_mailbox(Box *b, gconstpointer data)
{
    char id[MESSAGE_ID_TEXT];

    (void)data;
    for (int i = 0; i < 3; i++) {
        send_one(b, 1, id);
        box_bounce(b, id, "5.2.2", "mailbox full");
        box_assert(b, "SELECT count(*) FROM hold", i < 2 ? "0" : "1");
        b->now += 8 * DAY_MS;
    }
    box_assert(b, SUPPRESSED, "0|-");
    box_assert(b, "SELECT kind, (until_at - created_at) / 86400000 FROM hold",
               "mailbox_full|90");
}

static DomainState domain_is;

static DomainState
fake_lookup(const char *domain)
{
    g_assert_cmpstr(domain, ==, "example.org");
    return domain_is;
}

static void
recheck(Box *b, DomainState is)
{
    g_autoptr(GError) error = NULL;

    domain_is = is;
    recheck_run(b->store, &b->workspace, fake_lookup, b->now, &error);
    g_assert_no_error(error);
}

static void
test_missing_domain(Box *b, gconstpointer data)
{
    char id[MESSAGE_ID_TEXT];

    (void)data;
    send_one(b, 1, id);
    box_bounce(b, id, "5.1.2", "Host or domain name not found");
    box_assert(b, "SELECT kind FROM hold", "recheck");
    recheck(b, DOMAIN_GONE); /* not due */
    box_assert(b, SUPPRESSED, "0|-");
    b->now += 25 * HOUR_MS;
    recheck(b, DOMAIN_UNKNOWN);
    box_assert(b, SUPPRESSED, "0|-");
    b->now += 25 * HOUR_MS;
    recheck(b, DOMAIN_GONE);
    box_assert(b, SUPPRESSED, "1|bounced");
    box_assert(b, "SELECT count(*) FROM recheck", "0");
}

static void
test_domain_is_back(Box *b, gconstpointer data)
{
    char id[MESSAGE_ID_TEXT];

    (void)data;
    send_one(b, 1, id);
    box_bounce(b, id, "5.1.2", "Host or domain name not found");
    b->now += 25 * HOUR_MS;
    recheck(b, DOMAIN_TAKES_MAIL);
    box_assert(b, SUPPRESSED, "0|-");
    box_assert(b, "SELECT count(*) FROM hold WHERE lifted_at IS NULL", "0");
    g_assert_cmpstr(recheck_typo("gmial.com"), ==, "gmail.com");
    g_assert_null(recheck_typo("gmail.com"));
    g_assert_null(recheck_typo("example.org"));
}

/* ---- ourselves ------------------------------------------------------------
 */

static void
test_blocked(Box *b, gconstpointer data)
{
    char id[MESSAGE_ID_TEXT];

    (void)data;
    send_one(b, 1, id);
    box_bounce(b, id, "5.7.1",
               "Service unavailable; Client host [192.0.2.1] blocked using "
               "zen.spamhaus.org");
    box_assert(b, SUPPRESSED, "0|-");
    box_assert(b, "SELECT kind, object, count FROM alert",
               "blocked|example.org|1");
    box_assert(b, "SELECT domain, (until_at - at) / 3600000 FROM domain_pause",
               "example.org|24");
}

static void
test_content_stops_the_campaign(Box *b, gconstpointer data)
{
    char id[MESSAGE_ID_TEXT];

    (void)data;
    for (int i = 1; i <= 3; i++) {
        box_assert(b, "SELECT state FROM campaign", "running");
        send_one(b, i, id);
        box_bounce(b, id, "5.6.0", "message contains a virus");
    }
    box_assert(b, "SELECT state FROM campaign", "paused");
    box_assert(b, "SELECT kind, object, count FROM alert",
               "content_rejected|spring|3");
    box_assert(b, "SELECT actor, action, object FROM audit",
               "nurture|pause campaign|spring");
}

static void
complain(Box *b, const char *id, const char *type)
{
    g_autofree char *from = box_token(b, "replies", MAIL_TOKEN_REPLY, id);

    box_receive(
        b,
        "From: fbl@mx.example.org\nTo: abuse@our.example\n"
        "Subject: complaint\nMIME-Version: 1.0\nContent-Type:"
        " multipart/report; report-type=feedback-report; boundary=B\n\n"
        "--B\nContent-Type: text/plain\n\ncomplaint\n"
        "--B\nContent-Type: message/feedback-report\n\n"
        "Feedback-Type: %s\nUser-Agent: x\nVersion: 1\n\n"
        "--B\nContent-Type: message/rfc822\n\nFrom: anna@our.example\n"
        "To: p1@example.org\nReply-To: %s\nSubject: News\n\nhi\n--B--\n",
        type, from);
}

/* So many mails of the campaign that nothing came back for. */
static void
sent_before(Box *b, int count, const char *prefix)
{
    box_sql(b,
            "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL"
            " SELECT i + 1 FROM n WHERE i < %d)"
            " INSERT INTO message (message_id, dedupe_key, kind, candidate_id,"
            "  campaign, cycle, step, rcpt, rcpt_hmac, rcpt_domain, state,"
            "  not_before, not_after, sent_at, created_at, updated_at)"
            " SELECT '%s' || i, '%s' || i, 'campaign', 1, 'spring', 1, 'one',"
            "  '', '', '', 'sent', 1, 1, 1, 1, 1 FROM n",
            count, prefix, prefix);
}

static void
resume(Box *b)
{
    g_autoptr(GError) error = NULL;

    campaign_resume(&b->workspace, b->store, b->keys, "spring", RESUME_CATCH_UP,
                    b->now, NULL, &error);
    g_assert_no_error(error);
}

/* 2 of 2,000 sent are 0.1 %: told; 6 are 0.3 %: paused. */
static void
test_complaints(Box *b, gconstpointer data)
{
    char id[MESSAGE_ID_TEXT];

    (void)data;
    sent_before(b, 1994, "m");
    for (int i = 1; i <= 6; i++) {
        box_assert(b, "SELECT state FROM campaign", "running");
        send_one(b, i, id);
        complain(b, id, "abuse");
        box_assert(b, "SELECT count(*) FROM alert WHERE kind = 'complaints'",
                   i < 2 ? "0" : "1");
    }
    box_assert(b, SUPPRESSED, "6|complained");
    box_assert(b, CAMPAIGN, "paused|complaints: 6 of 2000 mails");
    /* What was before a resume does not count: of 1,000 mails since it takes
     * three to be 0.3 %. */
    resume(b);
    sent_before(b, 997, "n");
    for (int i = 7; i <= 9; i++) {
        box_assert(b, CAMPAIGN, "running|-");
        send_one(b, i, id);
        complain(b, id, "abuse");
    }
    box_assert(b, CAMPAIGN, "paused|complaints: 3 of 1000 mails");
}

/* 3 of 100 that do not work are told; 5 pause, whatever they say, but not a
 * full mailbox. A mail is counted once, though it was sent and came back. */
static void
test_bounce_rate(Box *b, gconstpointer data)
{
    char id[MESSAGE_ID_TEXT];

    (void)data;
    sent_before(b, 93, "m");
    for (int i = 0; i < 2; i++) {
        send_one(b, 1, id);
        box_bounce(b, id, "5.2.2", "mailbox full");
    }
    for (int i = 1; i <= 5; i++) {
        box_assert(b, CAMPAIGN, "running|-");
        send_one(b, i, id);
        box_bounce(b, id, i % 2 ? "5.1.1" : "5.1.6",
                   i % 2 ? "no such user here" : "recipient has moved");
        box_assert(b, "SELECT count(*) FROM alert WHERE kind = 'bounces'",
                   i < 3 ? "0" : "1");
    }
    box_assert(b, CAMPAIGN, "paused|bounces: 5 of 100 mails");
    resume(b);
    sent_before(b, 95, "n");
    for (int i = 1; i <= 5; i++) {
        box_assert(b, CAMPAIGN, "running|-");
        send_one(b, i, id);
        box_bounce(b, id, "5.1.1", "no such user here");
    }
    box_assert(b, CAMPAIGN, "paused|bounces: 5 of 100 mails");
}

/* Nine of a small campaign are not enough to judge it by. */
static void
test_few_bounces(Box *b, gconstpointer data)
{
    char id[MESSAGE_ID_TEXT];

    (void)data;
    for (int i = 1; i <= 10; i++) {
        box_assert(b, CAMPAIGN, "running|-");
        send_one(b, 1, id);
        box_bounce(b, id, "5.1.1", "no such user here");
    }
    box_assert(b, CAMPAIGN, "paused|bounces: 10 of 10 mails");
}

static void
test_other_feedback(Box *b, gconstpointer data)
{
    char id[MESSAGE_ID_TEXT];

    (void)data;
    send_one(b, 1, id);
    complain(b, id, "not-spam");
    box_assert(b, SUPPRESSED, "0|-");
    complain(b, id, "auth-failure");
    box_assert(b, SUPPRESSED, "0|-");
    box_assert(b, "SELECT kind FROM alert", "auth_failure");
    complain(b, id, "opt-out");
    box_assert(b, SUPPRESSED, "1|opted_out");
}

static const struct {
    const char *text;
    int64_t count, sent;
    bool parses, reached;
} limits[] = {
    {"", 9, 9, true, false},
    {"campaign 3", 2, 9, true, false},
    {"campaign 3", 3, 9, true, true},
    {"campaign 0.1%", 1, 1001, true, false},
    {"campaign 0.1%", 1, 1000, true, true},
    {"campaign 0.3% 2", 1, 10, true, false},
    {"campaign 0.3% 2", 2, 10, true, true},
    {"all 0", 1, 1, false, false},
    {"planet 3", 1, 1, false, false},
    {"domain many", 1, 1, false, false},
    {"domain 3 apples x", 1, 1, false, false},
};

static void
test_limits(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(limits); i++) {
        Limit limit;
        g_test_message("%s", limits[i].text);
        g_assert_cmpint(limit_parse(limits[i].text, &limit), ==,
                        limits[i].parses);
        if (limits[i].parses)
            g_assert_cmpint(
                limit_is_reached(&limit, limits[i].count, limits[i].sent), ==,
                limits[i].reached);
    }
}

/* ---- people ---------------------------------------------------------------
 */

/* Anybody can write "unsubscribe" over another's name. */
static void
test_consent_needs_proof(Box *b, gconstpointer data)
{
    (void)data;
    box_receive(b, "From: p1@example.org\nTo: replies@our.example\n"
                   "Subject: unsubscribe\n\nunsubscribe\n");
    box_assert(b, SUPPRESSED, "0|-");
    box_assert(b, CONSENT, "0");
    box_assert(b, "SELECT intent, from_trust, matched_by FROM reply",
               "unsubscribe|unknown|person");
    box_receive(b, "Authentication-Results: mx.our.example; dmarc=pass"
                   " header.from=example.org\n"
                   "From: p1@example.org\nTo: replies@our.example\n"
                   "Subject: unsubscribe\n\nunsubscribe\n");
    box_assert(b, SUPPRESSED, "1|opted_out");
    box_assert(b, CONSENT, "1");
}

static void
test_opt_out_with_token(Box *b, gconstpointer data)
{
    char id[MESSAGE_ID_TEXT];

    (void)data;
    send_one(b, 1, id);
    g_autofree char *to = box_token(b, "replies", MAIL_TOKEN_REPLY, id);
    box_receive(b, "From: p1@example.org\nTo: %s\n\nunsubscribe\n", to);
    box_assert(b, SUPPRESSED, "1|opted_out");
    box_assert(b, "SELECT from_trust, matched_by, confidence FROM reply",
               "token_only|exact|1.0");
}

/* The colleague it was forwarded to is away, not the candidate. */
static void
test_absence_of_another(Box *b, gconstpointer data)
{
    char id[MESSAGE_ID_TEXT];

    (void)data;
    send_one(b, 1, id);
    g_autofree char *to = box_token(b, "bounces", MAIL_TOKEN_BOUNCE, id);
    box_receive(b,
                "From: friend@example.net\nTo: %s\nSubject: Out of office\n"
                "Auto-Submitted: auto-replied\n\nBack on 16 March 2026.\n",
                to);
    box_assert(b, "SELECT count(*) FROM hold", "0");
    box_assert(b, "SELECT count(*) FROM event WHERE kind = 'auto_reply'", "1");
}

static void
test_other_address_is_only_shown(Box *b, gconstpointer data)
{
    char id[MESSAGE_ID_TEXT];

    (void)data;
    send_one(b, 1, id);
    g_autofree char *to = box_token(b, "replies", MAIL_TOKEN_REPLY, id);
    box_receive(b, "From: friend@example.net\nTo: %s\n\nunsubscribe\n", to);
    box_assert(b, SUPPRESSED, "0|-");
    box_assert(b, "SELECT count(*) FROM event WHERE kind = 'replied'", "0");
    box_assert(b, "SELECT other_address, action FROM reply",
               "1|shown only: another address");
    box_assert(b, "SELECT address FROM referral", "friend@example.net");
    box_assert(b, "SELECT count(*) FROM message WHERE rcpt LIKE '%friend%'",
               "0");
}

static void
test_interested_is_forwarded(Box *b, gconstpointer data)
{
    char id[MESSAGE_ID_TEXT];

    (void)data;
    send_one(b, 1, id);
    g_autofree char *to = box_token(b, "replies", MAIL_TOKEN_REPLY, id);
    box_receive(b,
                "From: \"</title><b>P\" <p1@example.org>\nTo: %s\n"
                "Subject: Re: News\n\nYes, I am interested, please call me!\n"
                "<script>alert(1)</script>\n",
                to);
    box_assert(b,
               "SELECT kind, rcpt, state FROM message WHERE kind = 'service'",
               "service|anna@our.example|scheduled");
    box_assert(
        b,
        "SELECT instr(substr(bytes, instr(bytes, 'Reply-To:'), 150),"
        "  '<p1@example.org>') > 0,"
        " instr(bytes, 'reply.eml') > 0,"
        " instr(substr(bytes, instr(bytes, 'text/html')), '<script') > 0,"
        " instr(bytes, '&lt;script') > 0 FROM (SELECT"
        "  CAST(bytes AS TEXT) AS bytes FROM message_body)",
        "1|1|0|1");
    box_assert(b, "SELECT exit_reason FROM enrolment WHERE candidate_id = 1",
               "replied");
}

static void
test_same_mail_by_two_ways(Box *b, gconstpointer data)
{
    (void)data;
    box_spool(b, "Message-ID: <a@b>\nFrom: p1@example.org\n\nhi\n");
    box_spool(b, "Received: from x by y\nMessage-ID: <a@b>\n"
                 "From: p1@example.org\n\nhi\n");
    box_spool(b, "Message-ID: <a@b>\nFrom: p1@example.org\n\nother\n");
    box_run(b);
    g_assert_cmpint(b->result.replies, ==, 2);
    box_assert(b, "SELECT count(*) FROM event WHERE kind = 'replied'", "2");
    box_assert(b, "SELECT count(*) FROM inbound WHERE state = 'done'", "3");
}

/* ---- the recruiter's verbs -------------------------------------------------
 */

static char *
review_address(Box *b, int64_t reply)
{
    char token[MAIL_TOKEN_TEXT];

    reply_token_make(b->keys, reply, token);
    return g_strdup_printf("replies+%s@our.example", token);
}

static void
test_verbs_by_mail(Box *b, gconstpointer data)
{
    static const struct {
        const char *subject, *body, *check, *expected;
    } verbs[] = {
        {"wrong interested", "",
         "SELECT intent <> 'interested', label,"
         " labelled_by FROM reply",
         "1|interested|anna"},
        {"Re: digest", "snooze 2w\n\n> quoted\n",
         "SELECT state, (snoozed_until - received_at) / 86400000 FROM reply",
         "snoozed|14"},
        {"x", "hand over ben\n", "SELECT recruiter, state FROM reply",
         "ben|open"},
        {"done", "", "SELECT state FROM reply", "done"},
        {"stop all", "", SUPPRESSED, "1|manual"},
    };

    (void)data;
    box_receive(b, "From: p1@example.org\nTo: replies@our.example\n\nWell.\n");
    g_autofree char *to = review_address(b, 1);
    for (gsize i = 0; i < G_N_ELEMENTS(verbs); i++) {
        box_receive(b, "From: anna@our.example\nTo: %s\nSubject: %s\n\n%s", to,
                    verbs[i].subject, verbs[i].body);
        box_assert(b, verbs[i].check, verbs[i].expected);
    }
    box_assert(b, "SELECT count(*) FROM reply", "1");
    box_assert(b, "SELECT count(*) FROM audit WHERE actor = 'anna'", "5");
}

static void
test_verbs_of_strangers(Box *b, gconstpointer data)
{
    (void)data;
    box_receive(b, "From: p1@example.org\nTo: replies@our.example\n\nWell.\n");
    g_autofree char *to = review_address(b, 1);
    box_receive(b, "From: p1@example.org\nTo: %s\nSubject: stop all\n\n", to);
    box_receive(b, "From: anna@our.example\nTo: replies+aaaa@our.example\n"
                   "Subject: stop all\n\n");
    box_receive(b, "From: anna@our.example\nTo: %s\nSubject: done #2\n\n", to);
    box_assert(b, SUPPRESSED, "0|-");
    box_assert(b, "SELECT state FROM reply WHERE reply_id = 1", "open");
}

/* ---- the reader -----------------------------------------------------------
 */

static char *
words_we_sent(Store *store, const Workspace *workspace, const Keys *keys,
              const char *message_id, int64_t now, GError **error)
{
    (void)store;
    (void)workspace;
    (void)keys;
    (void)now;
    (void)error;
    g_assert_cmpuint(strlen(message_id), ==, MESSAGE_ID_TEXT - 1);
    return g_strdup("Hi Pat,\n\nwould you talk to us about the role in Leeds"
                    " next week, on the phone or here?\n\nMaya\n");
}

/* Typed into our words, which nothing marks: found since we know them. */
static void
test_answer_inside(Box *b, gconstpointer data)
{
    char id[MESSAGE_ID_TEXT];

    (void)data;
    send_one(b, 1, id);
    g_autofree char *to = box_token(b, "reply", MAIL_TOKEN_REPLY, id);
    b->sent = words_we_sent;
    box_receive(
        b,
        "From: p1@example.org\nTo: %s\nSubject: Re: role\n\n"
        "Hello.\n\nFrom: Maya <maya@our.example>\n"
        "Sent: Tuesday, March 10, 2026 9:15 AM\nTo: Pat\nSubject: role\n\n"
        "Hi Pat,\n\nwould you talk to us about the role in Leeds next week, "
        "on the phone or here?\n\n"
        "Please unsubscribe me from this list.\n\nMaya\n",
        to);
    box_assert(b, "SELECT text, intent FROM reply",
               "Hello.\n\nPlease unsubscribe me from this list.|unsubscribe");
    box_assert(b, CONSENT, "1");
}

/* A full disk is not the mail's fault. */
static void
test_store_trouble_is_no_poison(Box *b, gconstpointer data)
{
    (void)data;
    box_sql(b, "CREATE TRIGGER full BEFORE INSERT ON reply BEGIN"
               " SELECT RAISE(ABORT, 'disk full'); END");
    box_spool(b, "Message-ID: <e@f>\nFrom: p2@example.org\n\nhello\n");
    for (int i = 0; i < 4; i++) {
        g_autoptr(GError) error = NULL;
        InboundResult result;

        inbound_process(b->store, &b->workspace, b->keys, NULL, b->now, &result,
                        &error);
        g_assert_cmpint(result.quarantined, ==, 0);
    }
    box_sql(b, "DROP TRIGGER full");
    box_run(b);
    box_assert(b, "SELECT state FROM inbound", "done");
    box_assert(b, "SELECT text FROM reply", "hello");
}

static void
test_poison(Box *b, gconstpointer data)
{
    (void)data;
    g_setenv("NURTURE_TESTING", "1", TRUE);
    g_setenv("NURTURE_CRASH_ON", "poison", TRUE);
    box_spool(b, "Message-ID: <a@b>\nFrom: p1@example.org\n\nhi\n");
    box_spool(b, "Message-ID: <c@d>\nFrom: p2@example.org\n\npoison\n");
    box_spool(b, "Message-ID: <e@f>\nFrom: p3@example.org\n\nho\n");
    box_run(b);
    g_unsetenv("NURTURE_CRASH_ON");
    g_unsetenv("NURTURE_TESTING");
    g_assert_cmpint(b->result.quarantined, ==, 1);
    g_assert_cmpint(b->result.replies, ==, 2);
    box_assert(b, "SELECT state, count(*) FROM inbound GROUP BY 1",
               "done|2;quarantined|1");
    box_assert(b, "SELECT kind FROM alert", "quarantine");
    g_autofree char *path =
        g_build_filename(b->dir, "spool", "quarantine", NULL);
    g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
    g_assert_nonnull(g_dir_read_name(dir));
}

/* Their names say nothing about when they came. */
static void
test_order(Box *b, gconstpointer data)
{
    g_autofree char *path = g_build_filename(b->dir, "spool", "new", NULL);
    g_auto(GStrv) before = NULL;
    g_auto(GStrv) after = NULL;

    (void)data;
    for (int i = 0; i < 3; i++) {
        g_autofree char *mail = g_strdup_printf(
            "Message-ID: <%d@b>\nFrom: p1@e.example\n\nhi\n", i);

        box_spool(b, mail);
    }
    before = spool_waiting(b->dir);
    for (int i = 0; i < 3; i++) { /* the other way round */
        g_autofree char *file = g_build_filename(path, before[i], NULL);
        struct timespec times[2] = {{1000 - i, 0}, {1000 - i, 0}};

        g_assert_cmpint(utimensat(AT_FDCWD, file, times, 0), ==, 0);
    }
    after = spool_waiting(b->dir);
    g_assert_cmpuint(g_strv_length(after), ==, 3);
    for (int i = 0; i < 3; i++)
        g_assert_cmpstr(after[i], ==, before[2 - i]);
}

/* What comes through the pipe is what was read. */
static void
test_pack(void)
{
    g_autoptr(GDir) dir = g_dir_open("tests/data/inbound", 0, NULL);
    g_autoptr(Inspector) inspector = inspector_new();
    const char *name;
    int count = 0;

    while ((name = g_dir_read_name(dir))) {
        g_autofree char *path =
            g_build_filename("tests/data/inbound", name, NULL);
        g_autoptr(GString) here = g_string_new(NULL);
        g_autoptr(GString) there = g_string_new(NULL);
        g_autoptr(GError) error = NULL;
        char *text;
        gsize size;
        bool crashed;

        if (!g_str_has_suffix(name, ".eml"))
            continue;
        g_assert_true(g_file_get_contents(path, &text, &size, NULL));
        g_autoptr(GBytes) raw = g_bytes_new_take(text, size);
        g_autoptr(Inspection) own = inspection_of(raw, INSPECT_EML, NOW, NULL);
        g_autoptr(Inspection) sent =
            inspector_read(inspector, raw, NOW, NULL, &crashed, &error);
        g_assert_no_error(error);
        g_assert_nonnull(sent);
        inspection_to_json(own, name, here);
        inspection_to_json(sent, name, there);
        g_assert_cmpstr(here->str, ==, there->str);
        g_autoptr(GBytes) one = inspection_pack(own);
        g_autoptr(GBytes) other = inspection_pack(sent);
        g_assert_true(g_bytes_equal(one, other));
        /* Cut anywhere, it is refused. */
        for (gsize cut = 0; cut < g_bytes_get_size(one); cut += 7) {
            g_autoptr(GBytes) part = g_bytes_new_from_bytes(one, 0, cut);
            g_assert_null(inspection_unpack(part));
        }
        count++;
    }
    g_assert_cmpint(count, >, 20);
}

#define ADD(path, function)                                                    \
    g_test_add("/inbound/" path, Box, NULL, box_set_up, function, box_tear_down)

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/inbound/reader/pack", test_pack);
    ADD("reader/poison", test_poison);
    ADD("reader/order", test_order);
    ADD("reader/store-trouble", test_store_trouble_is_no_poison);
    ADD("bounce/hard", test_hard_bounce);
    ADD("bounce/unsigned", test_unsigned_bounce);
    ADD("bounce/counted", test_counted_bounces);
    ADD("bounce/sign-of-life", test_sign_of_life);
    ADD("bounce/full-mailbox", test_full_mailbox);
    ADD("bounce/missing-domain", test_missing_domain);
    ADD("bounce/domain-is-back", test_domain_is_back);
    ADD("ourselves/blocked", test_blocked);
    ADD("ourselves/content", test_content_stops_the_campaign);
    ADD("ourselves/complaints", test_complaints);
    ADD("ourselves/bounce-rate", test_bounce_rate);
    ADD("ourselves/few-bounces", test_few_bounces);
    ADD("ourselves/other-feedback", test_other_feedback);
    g_test_add_func("/inbound/ourselves/limits", test_limits);
    ADD("people/consent-needs-proof", test_consent_needs_proof);
    ADD("people/opt-out-with-token", test_opt_out_with_token);
    ADD("people/absence-of-another", test_absence_of_another);
    ADD("people/other-address", test_other_address_is_only_shown);
    ADD("people/interested", test_interested_is_forwarded);
    ADD("people/answer-inside", test_answer_inside);
    ADD("people/two-ways", test_same_mail_by_two_ways);
    ADD("verbs/by-mail", test_verbs_by_mail);
    ADD("verbs/strangers", test_verbs_of_strangers);
    return g_test_run();
}
