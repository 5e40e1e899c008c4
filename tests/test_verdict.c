/* SPDX-License-Identifier: Apache-2.0 */
/* test_verdict.c - every way a transaction can end, and what it means */
#include "mta/verdict.h"

/* Columns: MAIL, RCPT and message replies as libESMTP reports them, whether it
 * calls the recipient complete, whether the mark was made, and whether the
 * monitor's counts agree. */
static const struct {
    const char *name;
    int sender, recipient, message;
    bool complete, marked, agree;
    VerdictKind want;
} cases[] = {
    {"accepted", 250, 250, 250, 1, 1, 1, VERDICT_SENT},
    {"drop-before-mail", 0, 0, 0, 0, 0, 0, VERDICT_RETRY},
    {"drop-after-mail", 250, 0, 0, 0, 0, 0, VERDICT_RETRY},
    {"drop-after-rcpt", 250, 250, 0, 0, 0, 1, VERDICT_RETRY},
    {"mail-4xx", 451, 0, 0, 0, 0, 0, VERDICT_DEFERRED},
    {"mail-421", 421, 0, 0, 0, 0, 0, VERDICT_RETRY},
    {"mail-5xx", 553, 0, 0, 0, 0, 0, VERDICT_DEAD},
    {"mail-530", 530, 0, 0, 0, 0, 0, VERDICT_RELAY},
    {"rcpt-4xx-message-503", 250, 450, 503, 0, 0, 1, VERDICT_DEFERRED},
    {"rcpt-4xx-message-554", 250, 450, 554, 1, 0, 1, VERDICT_DEFERRED},
    {"rcpt-5xx-message-503", 250, 550, 503, 1, 0, 1, VERDICT_BOUNCED},
    {"data-4xx", 250, 250, 451, 0, 0, 1, VERDICT_DEFERRED},
    {"data-5xx", 250, 250, 554, 0, 0, 1, VERDICT_BOUNCED},
    {"dot-4xx", 250, 250, 451, 0, 1, 1, VERDICT_DEFERRED},
    {"dot-5xx", 250, 250, 554, 1, 1, 1, VERDICT_BOUNCED},
    {"dot-421", 250, 250, 421, 0, 1, 1, VERDICT_DEFERRED},
    {"dot-552", 250, 250, 552, 1, 1, 1, VERDICT_DEAD},
    {"no-reply-after-dot", 250, 250, 0, 0, 1, 1, VERDICT_IN_DOUBT},
    {"timeout-after-dot", 250, 250, 354, 0, 1, 1, VERDICT_IN_DOUBT},
    {"mark-refused", 250, 250, 354, 0, 0, 1, VERDICT_RETRY},
    {"mark-refused-after-chunk", 250, 250, 250, 0, 0, 1, VERDICT_RETRY},
    {"chunk-250-then-drop", 250, 250, 250, 0, 1, 1, VERDICT_IN_DOUBT},
    {"250-without-mark", 250, 250, 250, 1, 0, 1, VERDICT_RETRY},
    {"250-but-counts-differ", 250, 250, 250, 1, 1, 0, VERDICT_IN_DOUBT},
    {"250-but-no-rcpt-reply", 250, 0, 250, 1, 1, 1, VERDICT_IN_DOUBT},
};

static void
test_table(gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE(data);
    SmtpEvidence evidence = {
        .sender = {.code = cases[i].sender},
        .recipient = {.code = cases[i].recipient},
        .message = {.code = cases[i].message},
        .complete = cases[i].complete,
        .marked = cases[i].marked,
        .counts_agree = cases[i].agree,
    };

    g_assert_cmpint(verdict_decide(&evidence).kind, ==, cases[i].want);
}

/* Whatever the replies say: sent only with a mark, and after a mark never a
 * plain retry. */
static void
test_mark_rules(void)
{
    static const int codes[] = {0, 250, 354, 421, 450, 530, 550, 554};
    const gsize n = G_N_ELEMENTS(codes);

    for (gsize i = 0; i < n * n * n * 8; i++) {
        SmtpEvidence evidence = {
            .sender = {.code = codes[i % n]},
            .recipient = {.code = codes[i / n % n]},
            .message = {.code = codes[i / n / n % n]},
            .complete = i / n / n / n & 1,
            .marked = i / n / n / n & 2,
            .counts_agree = i / n / n / n & 4,
        };
        Verdict verdict = verdict_decide(&evidence);
        bool refused = evidence.sender.code >= 400 ||
                       evidence.recipient.code >= 400 ||
                       evidence.message.code >= 400;
        if (verdict.kind == VERDICT_SENT)
            g_assert_true(evidence.marked);
        if (verdict.kind == VERDICT_IN_DOUBT)
            g_assert_true(evidence.marked);
        if (evidence.marked && !refused)
            g_assert_true(verdict.kind == VERDICT_SENT ||
                          verdict.kind == VERDICT_IN_DOUBT);
    }
}

static void
test_enhanced(void)
{
    static const struct {
        int code, enhanced[3];
        VerdictKind want;
        bool hard;
    } replies[] = {
        {550, {5, 1, 1}, VERDICT_BOUNCED, true},
        {550, {5, 1, 10}, VERDICT_BOUNCED, true},
        {550, {5, 1, 2}, VERDICT_BOUNCED, true},
        {550, {5, 1, 8}, VERDICT_BOUNCED, false}, /* bad sender address */
        {550, {5, 2, 1}, VERDICT_BOUNCED, true},
        {552, {5, 2, 2}, VERDICT_BOUNCED, false}, /* full, not wrong */
        {554, {5, 4, 4}, VERDICT_BOUNCED, true},
        {550, {5, 7, 26}, VERDICT_DEAD, false},
        {554, {5, 6, 0}, VERDICT_DEAD, false},
        {550, {0, 0, 0}, VERDICT_BOUNCED, true},
        {554, {0, 0, 0}, VERDICT_BOUNCED, false},
        {450, {4, 2, 2}, VERDICT_DEFERRED, false},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(replies); i++) {
        const int *e = replies[i].enhanced;
        SmtpEvidence evidence = {
            .sender = {.code = 250},
            .recipient = {replies[i].code, {e[0], e[1], e[2]}, NULL},
            .counts_agree = true,
        };
        Verdict verdict = verdict_decide(&evidence);
        g_assert_cmpint(verdict.kind, ==, replies[i].want);
        g_assert_cmpint(verdict.is_hard, ==, replies[i].hard);
    }
}

/* Refusals of MAIL about the login or policy stop the relay, not the mail. */
static void
test_relay(void)
{
    SmtpEvidence evidence = {
        .sender = {554, {5, 7, 1}, NULL},
        .counts_agree = true,
    };

    g_assert_cmpint(verdict_decide(&evidence).kind, ==, VERDICT_RELAY);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *path =
            g_strconcat("/verdict/table/", cases[i].name, NULL);
        g_test_add_data_func(path, GSIZE_TO_POINTER(i), test_table);
    }
    g_test_add_func("/verdict/mark-rules", test_mark_rules);
    g_test_add_func("/verdict/enhanced", test_enhanced);
    g_test_add_func("/verdict/relay", test_relay);
    return g_test_run();
}
