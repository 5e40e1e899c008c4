/* SPDX-License-Identifier: Apache-2.0 */
/* test_eligibility.c - each reason, their order, and random histories */
#include "nurture/eligibility.h"

#include "nurture/clock.h"
#include "nurture/error.h"

#include <string.h>

#define NOW INT64_C(1772528400000) /* Tuesday, 2026-03-03 09:00 UTC */

static Workspace workspace;

static void
set_workspace(void)
{
    memset(&workspace, 0, sizeof workspace);
    workspace.time_zone = (char[]){"UTC"};
    workspace.zone = zone_get("UTC");
    workspace.sending.cap = (Rate){2, 14 * DAY_MS};
    workspace.legal.basis = BASIS_CONSENT;
    workspace.legal.retention = (Span){24, SPAN_MONTHS};
    workspace.ats.max_age_ms = DAY_MS;
}

static void exec(Store *store, const char *format, ...) G_GNUC_PRINTF(2, 3);

static void
exec(Store *store, const char *format, ...)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *sql = NULL;
    g_auto(Transaction) tx = store_begin(store, &error);
    va_list args;

    va_start(args, format);
    sql = g_strdup_vprintf(format, args);
    va_end(args);
    g_assert_no_error(error);
    store_exec(store, sql, &error);
    g_assert_no_error(error);
    transaction_commit(&tx, &error);
    g_assert_no_error(error);
}

/* Candidate 1 may be mailed; every test changes one thing. */
static Store *
good_store(void)
{
    g_autoptr(GError) error = NULL;
    Store *store = store_open(":memory:", STORE_CREATE, &error);

    g_assert_no_error(error);
    exec(store,
         "INSERT INTO candidate (candidate_id, email, email_key, address_hmac,"
         "  source, added, updated_at) VALUES (1, 'a@example.org',"
         "  'a@example.org', 'h1', 'event', %" G_GINT64_FORMAT ", 0)",
         NOW - 100 * DAY_MS);
    exec(store,
         "INSERT INTO consent (candidate_id, purpose, state, at)"
         " VALUES (1, 'mail', 'given', %" G_GINT64_FORMAT ")",
         NOW - 100 * DAY_MS);
    exec(store,
         "INSERT INTO campaign (campaign, snapshot, name, state,"
         " is_sequence, priority, on_doubt, launched_at, start_at, paused_at,"
         " updated_at) VALUES ('c', 's', 'C', 'running', 1, 50, 'hold',"
         "  0, 0, NULL, 0), ('other', 's', 'O', 'running', 1, 50, 'hold', 0, 0,"
         "  NULL, 0)");
    return store;
}

static EligibilityQuestion
question(void)
{
    return (EligibilityQuestion){.workspace = &workspace,
                                 .candidate = 1,
                                 .campaign = "c",
                                 .cycle = 1,
                                 .is_sequence = true,
                                 .check_launched = true};
}

static EligibilityAnswer
ask(Store *store, const EligibilityQuestion *q)
{
    g_autoptr(GError) error = NULL;
    EligibilityAnswer answer;

    eligibility_ask(store, q, NOW, &answer, &error);
    g_assert_no_error(error);
    return answer;
}

/* One SQL statement per reason, weakest last: any set of them must give the
 * strongest. */
static const struct {
    Eligibility reason;
    const char *sql;
} spoilers[] = {
    {NOT_SUPPRESSED, "INSERT INTO suppression (address_hmac, scope, reason, at)"
                     " VALUES ('h1', 'all', 'opted_out', 1)"},
    {NOT_ERASED, "UPDATE candidate SET erased_at = 1"},
    {NOT_CONSENTED, "INSERT INTO consent (candidate_id, purpose, state, at)"
                    " VALUES (1, 'mail', 'withdrawn', 1772528300000)"},
    {NOT_IN_PROCESS, "UPDATE candidate SET ats_status = 'interviewing'"},
    {NOT_FRESH, "INSERT INTO fact VALUES ('ats.synced_at', '1772000000000')"},
    {NOT_ARCHIVED, "UPDATE candidate SET archived_at = 1772528300000"},
    {NOT_HELD, "INSERT INTO hold (candidate_id, kind, until_at, created_at)"
               " VALUES (1, 'out_of_office', 1772600000000, 1)"},
    {NOT_FREE,
     "INSERT INTO enrolment (candidate_id, campaign, cycle, snapshot, state,"
     "  step, due_at, anchor_at, enrolled_at, updated_at)"
     " VALUES (1, 'other', 1, 's', 'active', 'x', 1, 1, 1, 1)"},
    {NOT_DELIVERABLE, "UPDATE candidate SET email = 'j\xc3\xbcrg@example.org'"},
    {NOT_LAUNCHED, "UPDATE campaign SET state = 'paused' WHERE campaign = 'c'"},
};

static void
test_good(void)
{
    g_autoptr(Store) store = good_store();
    const EligibilityQuestion q = question();

    g_assert_cmpint(ask(store, &q).reason, ==, ELIGIBLE);
}

static void
test_each_reason(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(spoilers); i++) {
        g_autoptr(Store) store = good_store();
        const EligibilityQuestion q = question();

        exec(store, "%s", spoilers[i].sql);
        g_assert_cmpstr(eligibility_word(ask(store, &q).reason), ==,
                        eligibility_word(spoilers[i].reason));
    }
}

/* Any combination of spoilers shows the first of them in the order of the
 * enum, and never lets mail through. */
static void
test_order(void)
{
    for (unsigned set = 1; set < 1u << G_N_ELEMENTS(spoilers); set++) {
        g_autoptr(Store) store = good_store();
        const EligibilityQuestion q = question();
        Eligibility first = ELIGIBLE;

        for (gsize i = 0; i < G_N_ELEMENTS(spoilers); i++)
            if (set & 1u << i) {
                exec(store, "%s", spoilers[i].sql);
                if (first == ELIGIBLE)
                    first = spoilers[i].reason;
            }
        g_assert_cmpstr(eligibility_word(ask(store, &q).reason), ==,
                        eligibility_word(first));
    }
}

static void
test_caller_says(void)
{
    g_autoptr(Store) store = good_store();
    EligibilityQuestion q = question();

    q.bad_data = true;
    g_assert_cmpint(ask(store, &q).reason, ==, NOT_FILLED);
    q.control = true;
    g_assert_cmpint(ask(store, &q).reason, ==, NOT_CONTROL);
    q.excluded = true;
    g_assert_cmpint(ask(store, &q).reason, ==, NOT_EXCLUDED);
    q.stop_rule = true;
    g_assert_cmpint(ask(store, &q).reason, ==, NOT_STOPPED);
}

static void
test_consent(void)
{
    g_autoptr(Store) store = good_store();
    const EligibilityQuestion q = question();

    exec(store, "DROP TRIGGER consent_kept"); /* the test rewrites history */
    exec(store, "DROP TRIGGER consent_stays");
    /* Without consent: a legitimate interest needs a source instead. */
    exec(store, "DELETE FROM consent");
    g_assert_cmpint(ask(store, &q).reason, ==, NOT_CONSENTED);
    workspace.legal.basis = BASIS_LEGITIMATE_INTEREST;
    g_assert_cmpint(ask(store, &q).reason, ==, ELIGIBLE);
    exec(store, "UPDATE candidate SET source = NULL");
    g_assert_cmpint(ask(store, &q).reason, ==, NOT_CONSENTED);
    exec(store, "UPDATE candidate SET source = 'sourced'");
    g_assert_cmpint(ask(store, &q).reason, ==, NOT_NOTIFIED);
    exec(store, "UPDATE candidate SET notified_at = 5");
    g_assert_cmpint(ask(store, &q).reason, ==, ELIGIBLE);
    set_workspace();
    /* An expired one; and one past retention. */
    exec(store,
         "INSERT INTO consent (candidate_id, purpose, state, at, expires_at)"
         " VALUES (1, 'mail', 'given', %" G_GINT64_FORMAT ", %" G_GINT64_FORMAT
         ")",
         NOW - DAY_MS, NOW);
    g_assert_cmpint(ask(store, &q).reason, ==, NOT_CONSENTED);
    exec(store, "UPDATE consent SET expires_at = NULL, at = 1000");
    exec(store, "UPDATE candidate SET added = 1000");
    g_assert_cmpint(ask(store, &q).reason, ==, NOT_CONSENTED);
}

static void
add_message(Store *store, int n, const char *state, int64_t sent_at)
{
    exec(store,
         "INSERT INTO message (message_id, kind, dedupe_key, candidate_id,"
         "  campaign, cycle, step, rcpt, rcpt_hmac, rcpt_domain, state, owner,"
         "  not_before, not_after, sent_at, created_at, updated_at)"
         " VALUES ('m%d', 'campaign', 'd%d', 1, 'c', 1, 's%d', 'a@example.org',"
         "  'h1', 'example.org', '%s', %s, 0, 0, %" G_GINT64_FORMAT
         ", 0, %" G_GINT64_FORMAT ")",
         n, n, n, state, strcmp(state, "committing") == 0 ? "'w'" : "NULL",
         sent_at, sent_at);
}

static void
test_cap(void)
{
    g_autoptr(Store) store = good_store();
    EligibilityQuestion q = question();
    EligibilityAnswer answer;

    add_message(store, 1, "sent", NOW - 3 * DAY_MS);
    add_message(store, 2, "cancelled", NOW - DAY_MS);
    g_assert_cmpint(ask(store, &q).reason, ==, ELIGIBLE);
    add_message(store, 3, "in_doubt", NOW - DAY_MS);
    answer = ask(store, &q);
    g_assert_cmpint(answer.reason, ==, NOT_CAPPED);
    /* There is room again when the older one is 14 days old. */
    g_assert_cmpint(answer.retry_at, ==, NOW + 11 * DAY_MS + 1);
    /* What is being claimed does not count against itself. */
    q.message_id = "m3";
    g_assert_cmpint(ask(store, &q).reason, ==, ELIGIBLE);
}

static void
test_window(void)
{
    g_autoptr(Store) store = good_store();
    EligibilityQuestion q = question();
    SendWindow window;
    EligibilityAnswer answer;

    g_assert_true(
        send_window_parse("Tue-Thu 09:00-16:00 recipient", &window, NULL));
    q.window = &window;
    g_assert_cmpint(ask(store, &q).reason, ==, ELIGIBLE);
    /* 09:00 UTC is 18:00 in Tokyo: Wednesday 09:00 there is 00:00 UTC. */
    exec(store, "UPDATE candidate SET time_zone = 'Asia/Tokyo'");
    answer = ask(store, &q);
    g_assert_cmpint(answer.reason, ==, NOT_IN_WINDOW);
    g_assert_cmpint(answer.retry_at, ==, NOW + 15 * HOUR_MS);
}

static void
test_nobody(void)
{
    g_autoptr(Store) store = good_store();
    g_autoptr(GError) error = NULL;
    EligibilityQuestion q = question();
    EligibilityAnswer answer;

    q.candidate = 99;
    g_assert_false(eligibility_ask(store, &q, NOW, &answer, &error));
    g_assert_error(error, NURTURE_ERROR, ERROR_NOT_FOUND);
}

/* The campaign's own cap counts its mails alone. */
static void
test_campaign_cap(void)
{
    g_autoptr(Store) store = good_store();
    const Rate cap = {1, 30 * DAY_MS};
    EligibilityQuestion q = question();

    exec(store,
         "INSERT INTO message (message_id, kind, dedupe_key, candidate_id,"
         "  campaign, cycle, step, rcpt, rcpt_hmac, rcpt_domain, state,"
         "  not_before, not_after, sent_at, created_at, updated_at)"
         " VALUES ('m1', 'campaign', 'd1', 1, 'other', 1, 's', 'a@example.org',"
         "  'h1', 'example.org', 'sent', 0, 0, %" G_GINT64_FORMAT ", 0, 0)",
         NOW - 20 * DAY_MS);
    q.cap = &cap;
    g_assert_cmpint(ask(store, &q).reason, ==, ELIGIBLE);
    exec(store, "UPDATE message SET campaign = 'c'");
    g_assert_cmpint(ask(store, &q).reason, ==, NOT_CAPPED);
    g_assert_cmpint(ask(store, &q).retry_at, ==, NOW + 10 * DAY_MS + 1);
    q.cap = NULL;
    g_assert_cmpint(ask(store, &q).reason, ==, ELIGIBLE);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    set_workspace();
    g_test_add_func("/eligibility/good", test_good);
    g_test_add_func("/eligibility/each-reason", test_each_reason);
    g_test_add_func("/eligibility/order", test_order);
    g_test_add_func("/eligibility/caller-says", test_caller_says);
    g_test_add_func("/eligibility/consent", test_consent);
    g_test_add_func("/eligibility/cap", test_cap);
    g_test_add_func("/eligibility/window", test_window);
    g_test_add_func("/eligibility/nobody", test_nobody);
    g_test_add_func("/eligibility/campaign-cap", test_campaign_cap);
    return g_test_run();
}
