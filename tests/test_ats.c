/* SPDX-License-Identifier: Apache-2.0 */
/* test_ats.c - records of an ATS, in any order, and what follows from them */
#include "ats-fixture.h"
#include "nurture/optout.h"

#define PERSON                                                                 \
    "{'type':'candidate','id':'c1','emails':['anna@example.org'],"             \
    "'updated_at':'2026-02-01'}"

static char *
application(const char *status, const char *stage, const char *updated,
            const char *more)
{
    return g_strdup_printf("{'type':'application','id':'a1','candidate_id':"
                           "'c1','job_id':'j1','status':'%s','stage_kind':'%s',"
                           "'updated_at':'%s'%s}",
                           status, stage, updated, more);
}

static void
put_application(AtsWorld *w, const char *status, const char *stage,
                const char *updated, const char *more, AtsPut want)
{
    g_autofree char *json = application(status, stage, updated, more);

    ats_world_put(w, json, want);
}

/* -- rows ----------------------------------------------------------------- */

static void
test_rows(void)
{
    static const struct {
        const char *json, *want; /* NULL = good */
        int column;
    } cases[] = {
        {PERSON, NULL, 0},
        {"{'type':'candidat','id':'1'}", "did you mean 'candidate'", 1},
        {"{'id':'1'}", "has no type", 0},
        {"{'type':'job','status':'open'}", "has no id", 0},
        {"{'type':'job','id':'1','status':'active'}", "a job is open", 3},
        {"{'type':'application','id':'1','status':'open'}",
         "an application is active", 3},
        {"{'type':'application','id':'1'}", "without a status", 0},
        {"{'type':'application','id':'1','deleted':false}", "without a status",
         0},
        {"{'type':'application','id':'1','hired_at':'2026-01-01'}", NULL, 0},
        {"{'type':'application','id':'1','reached':'offer'}", NULL, 0},
        {"{'type':'job','id':'1','updated_at':'soon'}", "is not a date", 3},
        {"{'type':'job','id':'1','updated_at':1772528400123}", NULL, 0},
        {"{'type':'job','id':'1','updated_at':'2026-03-03T10:00:00.123+01:00'}",
         NULL, 0},
        {"{'type':'job','id':'1','x':{'y':[1,{'z':'}'}]}}", NULL, 0},
        {"{'type':'job','id':'1','x':{'y':[1}}", "does not fit", 3},
        {"{'type':'candidate','id':'1','can_email':'maybe'}", "neither true",
         3},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *json = g_strdelimit(g_strdup(cases[i].json), "'", '"');
        FILE *file = fmemopen(json, strlen(json), "r");
        g_autoptr(GError) error = NULL;
        g_autoptr(AtsReader) r =
            ats_reader_new(file, "f", true, "gh", NOW, &error);
        g_auto(AtsRow) row = {0};
        ImportProblem *problem;

        g_test_message("%s", cases[i].json);
        g_assert_true(ats_reader_next(r, &row, &problem, &error));
        g_assert_cmpint(problem != NULL, ==, cases[i].want != NULL);
        if (problem) {
            g_assert_nonnull(strstr(problem->reason, cases[i].want));
            g_assert_cmpint(problem->column, ==, cases[i].column);
        }
        import_problem_free(problem);
        fclose(file);
    }
}

static void
test_times(void)
{
    AtsWorld *w = ats_world_new();

    ats_world_put(w,
                  "{'type':'job','id':'1',"
                  "'updated_at':'2026-03-03T10:00:00.123+01:00','x':{'y':1}}",
                  PUT_TAKEN);
    ats_assert_text(w, "SELECT updated_at, json_extract(raw, '$.x.y') FROM job",
                    "1772528400123|1");
    ats_world_free(w);
}

/* A flag that is false says nothing. */
static void
test_not_deleted(void)
{
    AtsWorld *w = ats_world_new();

    ats_world_put(w, "{'type':'job','id':'1','status':'open','deleted':false}",
                  PUT_TAKEN);
    ats_assert_text(w, "SELECT status FROM job", "open");
    ats_world_put(w, "{'type':'job','id':'1','deleted':true}", PUT_TAKEN);
    ats_assert_text(w, "SELECT status FROM job", "archived");
    ats_world_free(w);
}

/* -- the guard ------------------------------------------------------------ */

static void
test_process(void)
{
    AtsWorld *w = ats_world_new();
    int64_t anna = ats_person(w, "anna@example.org");

    ats_enrol(w, anna, "k");
    g_assert_cmpint(ats_ask(w, anna), ==, ELIGIBLE);
    ats_world_put(w, PERSON, PUT_TAKEN);
    put_application(w, "active", "lead", "2026-02-01", "", PUT_TAKEN);
    g_assert_cmpint(ats_ask(w, anna), ==, ELIGIBLE);
    put_application(w, "active", "screen", "2026-02-02", "", PUT_TAKEN);
    g_assert_cmpint(ats_ask(w, anna), ==, NOT_IN_PROCESS);
    g_assert_cmpint(w->result.count[ATS_ENTERS], ==, 1);
    g_assert_cmpstr(((AtsChange *)w->result.changes->pdata[0])->campaigns, ==,
                    "k");
    ats_assert_text(w, "SELECT ats_status FROM candidate", "screening");
    put_application(w, "withdrawn", "screen", "2026-02-03", "", PUT_TAKEN);
    g_assert_cmpint(ats_ask(w, anna), ==, ELIGIBLE);
    g_assert_cmpint(w->result.count[ATS_LEAVES], ==, 1);
    ats_assert_text(w, "SELECT state FROM enrolment", "active");
    ats_assert_text(w,
                    "SELECT kind FROM event WHERE kind <> 'enrolled'"
                    " ORDER BY event_id",
                    "applied\ndeclined");
    ats_world_free(w);
}

/* An offer says only how far it got, whenever it is heard of. */
static void
test_reached(void)
{
    static const char offer[] = "{'type':'application','id':'a1','reached':"
                                "'offer','updated_at':'2027-01-01'}";
    AtsWorld *w = ats_world_new();

    ats_person(w, "anna@example.org");
    ats_world_put(w, PERSON, PUT_TAKEN);
    ats_world_put(w, offer, PUT_OLDER);
    ats_assert_text(w, "SELECT count(*) FROM application", "0");
    put_application(w, "active", "screen", "2026-02-02", "", PUT_TAKEN);
    ats_world_put(w, offer, PUT_TAKEN);
    ats_assert_text(w, "SELECT status, stage_kind, reached FROM application",
                    "active|screen|offer");
    /* it is no later word */
    put_application(w, "rejected", "screen", "2026-02-03", "", PUT_TAKEN);
    g_assert_cmpint(w->result.count[ATS_SILVER], ==, 1);
    ats_world_free(w);
}

static void
test_unhired(void)
{
    AtsWorld *w = ats_world_new();
    int64_t anna = ats_person(w, "anna@example.org");

    ats_world_put(w, PERSON, PUT_TAKEN);
    put_application(w, "hired", "offer", "2026-02-01", "", PUT_TAKEN);
    put_application(w, "active", "offer", "2026-02-02", "", PUT_TAKEN);
    g_assert_cmpint(ats_ask(w, anna), ==, NOT_IN_PROCESS);
    ats_assert_text(w,
                    "SELECT status, hired_at, (SELECT count(*) FROM event"
                    " WHERE kind = 'hired') FROM application",
                    "active|-|0");
    put_application(w, "hired", "offer", "2026-02-03", "", PUT_TAKEN);
    ats_assert_text(w, "SELECT count(*) FROM event WHERE kind = 'hired'", "1");
    ats_world_free(w);
}

static void
test_hired(void)
{
    AtsWorld *w = ats_world_new();
    int64_t anna = ats_person(w, "anna@example.org");

    ats_enrol(w, anna, "k");
    ats_exec(w, "INSERT INTO message (message_id, kind, dedupe_key,"
                " candidate_id, campaign, cycle, step, rcpt, rcpt_hmac,"
                " rcpt_domain, state, not_before, not_after, sent_at,"
                " created_at, updated_at) VALUES ('m', 'campaign', 'm', 1, 'k',"
                " 1, 'a', '', '', '', 'sent', 0, 0, 1700000000000, 0, 0)");
    ats_world_put(w, PERSON, PUT_TAKEN);
    put_application(w, "hired", "offer", "2026-02-01", ",'source':'LinkedIn'",
                    PUT_TAKEN);
    g_assert_cmpint(w->result.count[ATS_HIRED], ==, 1);
    g_assert_cmpint(ats_ask(w, anna), ==, NOT_IN_PROCESS);
    ats_assert_text(w, "SELECT state, exit_reason FROM enrolment",
                    "exited|hired");
    ats_assert_text(w,
                    "SELECT campaign, json_extract(detail, '$.source')"
                    " FROM event WHERE kind = 'hired'",
                    "k|LinkedIn");
    put_application(w, "hired", "offer", "2026-02-02", "", PUT_TAKEN);
    ats_assert_text(w, "SELECT count(*) FROM event WHERE kind = 'hired'", "1");
    ats_world_free(w);
}

static void
test_rejected(void)
{
    AtsWorld *w = ats_world_new();
    int64_t anna = ats_person(w, "anna@example.org");

    ats_enrol(w, anna, "k");
    ats_world_put(w, PERSON, PUT_TAKEN);
    put_application(w, "active", "interview", "2026-02-01", "", PUT_TAKEN);
    put_application(w, "rejected", "interview", "2026-03-01", "", PUT_TAKEN);
    g_assert_cmpint(w->result.count[ATS_REJECTED], ==, 1);
    g_assert_cmpint(w->result.count[ATS_SILVER], ==, 1);
    g_assert_cmpint(ats_ask(w, anna), ==, NOT_HELD);
    ats_assert_text(w, "SELECT state, exit_reason FROM enrolment",
                    "exited|rejected");
    w->now += 91 * DAY_MS;
    g_assert_cmpint(ats_ask(w, anna), ==, ELIGIBLE);
    w->now = NOW;
    /* un-rejected: the cool-off is over, and they are in process again */
    put_application(w, "active", "offer", "2026-03-02", "", PUT_TAKEN);
    g_assert_cmpint(ats_ask(w, anna), ==, NOT_IN_PROCESS);
    ats_assert_text(w, "SELECT lifted_at IS NOT NULL FROM hold", "1");
    put_application(w, "rejected", "offer", "2026-03-03",
                    ",'reject_by':'candidate'", PUT_TAKEN);
    g_assert_cmpint(ats_ask(w, anna), ==, NOT_HELD);
    ats_assert_text(w, "SELECT reached, reject_by FROM application",
                    "offer|candidate");
    ats_world_free(w);
}

/* A rejection of last year neither holds nor ends anything. */
static void
test_old_rejection(void)
{
    AtsWorld *w = ats_world_new();
    int64_t anna = ats_person(w, "anna@example.org");

    ats_enrol(w, anna, "k");
    ats_world_put(w, PERSON, PUT_TAKEN);
    put_application(w, "rejected", "offer", "2025-03-01", "", PUT_TAKEN);
    g_assert_cmpint(ats_ask(w, anna), ==, ELIGIBLE);
    ats_assert_text(w, "SELECT state FROM enrolment", "active");
    ats_world_free(w);
}

/* -- any order, any number of times --------------------------------------- */

#define DUMP                                                                   \
    "SELECT 'app', a.remote_id, candidate_id, j.title, a.status, '',"          \
    " reached, reject_by FROM application a LEFT JOIN job j USING (job_id)"    \
    " UNION ALL SELECT 'cand', candidate_id, email, first_name, ats_status,"   \
    "  (SELECT group_concat(email, ' ') FROM candidate_address),"              \
    "  last_applied, '' FROM candidate"                                        \
    " UNION ALL SELECT * FROM (SELECT 'event', kind, candidate_id, '', '', ''" \
    "  , '', '' FROM event WHERE kind <> 'exited' ORDER BY kind)"              \
    " UNION ALL SELECT 'hold', kind, candidate_id, until_at, '', '', '', ''"   \
    "  FROM hold WHERE lifted_at IS NULL"

static void
test_any_order(void)
{
    static const char *const rows[5] = {
        "{'type':'candidate','id':'c1','emails':['anna@example.org',"
        "'a@home.example'],'first_name':'Anna','updated_at':'2026-02-01'}",
        "{'type':'job','id':'j1','title':'Backend','status':'open',"
        "'updated_at':'2026-01-01'}",
        "{'type':'application','id':'a1','candidate_id':'c1','job_id':'j1',"
        "'status':'active','stage_kind':'applied','applied_at':'2026-01-10',"
        "'updated_at':'2026-01-10'}",
        "{'type':'application','id':'a1','candidate_id':'c1','job_id':'j1',"
        "'status':'active','stage_kind':'interview',"
        "'updated_at':'2026-02-10'}",
        "{'type':'application','id':'a1','candidate_id':'c1','job_id':'j1',"
        "'status':'rejected','updated_at':'2026-02-20'}",
    };
    g_autofree char *first = NULL;

    for (int n = 0; n < 120; n++) {
        AtsWorld *w = ats_world_new();
        int order[5] = {0, 1, 2, 3, 4}, rest = n;
        g_autofree char *dump = NULL;

        for (int i = 4; i > 0; i--) { /* the n-th permutation */
            int j = rest % (i + 1), swap = order[i];
            rest /= i + 1;
            order[i] = order[j];
            order[j] = swap;
        }
        ats_person(w, "anna@example.org");
        for (int i = 0; i < 10; i++) { /* each twice */
            g_autofree char *row = g_strdup(rows[order[i % 5]]);
            g_auto(AtsRow) ignored = {0};
            bool stale = false;
            /* what becomes of it depends on the order */
            for (int j = 0; j < i; j++)
                stale |= order[i % 5] > 1 && order[j % 5] > order[i % 5];
            ats_world_put(w, row, stale ? PUT_OLDER : PUT_TAKEN);
        }
        dump = ats_text(w, DUMP);
        if (!first)
            first = g_strdup(dump);
        g_assert_cmpstr(dump, ==, first);
        ats_world_free(w);
    }
    g_assert_nonnull(strstr(first, "app|a1|1|Backend|rejected||interview|us"));
    g_assert_nonnull(strstr(first, "hold|cool_off|1|"));
}

/* An ATS that hires somebody sends three events of one moment. */
static void
test_same_moment(void)
{
    AtsWorld *w = ats_world_new();

    ats_person(w, "anna@example.org");
    ats_world_put(w, PERSON, PUT_TAKEN);
    put_application(w, "hired", "offer", "2026-02-20", "", PUT_TAKEN);
    put_application(w, "active", "offer", "2026-02-20", "", PUT_OLDER);
    ats_assert_text(w, "SELECT status FROM application", "hired");
    ats_world_free(w);
}

/* -- who is it ------------------------------------------------------------ */

static void
test_matching(void)
{
    AtsWorld *w = ats_world_new();

    ats_person(w, "anna@example.org");
    ats_exec(w, "UPDATE candidate SET job_title = 'SRE'");
    ats_world_put(w,
                  "{'type':'candidate','id':'c1','emails':['ANNA@example.org',"
                  "'anna@home.example','not an address'],'first_name':'Anna',"
                  "'title':'Sales','tz':'Mars/X'}",
                  PUT_TAKEN);
    ats_assert_text(w, "SELECT first_name, job_title, time_zone FROM candidate",
                    "Anna|SRE|-");
    ats_assert_text(w, "SELECT email, candidate_id FROM candidate_address",
                    "anna@home.example|1");
    /* by id, whatever the address is now */
    ats_world_put(w,
                  "{'type':'candidate','id':'c1','emails':['new@example.org'],"
                  "'last_name':'Berg'}",
                  PUT_TAKEN);
    ats_assert_text(w, "SELECT count(*), max(last_name) FROM candidate",
                    "1|Berg");
    /* nobody we know */
    ats_world_put(w,
                  "{'type':'candidate','id':'c2','emails':['bo@example.org'],"
                  "'name':'Bo van Dyk'}",
                  PUT_TAKEN);
    ats_assert_text(w,
                    "SELECT first_name, last_name, source FROM candidate"
                    " WHERE candidate_id = 2",
                    "Bo van|Dyk|ats");
    g_assert_cmpint(ats_ask(w, 2), ==, NOT_CONSENTED);
    ats_world_free(w);
}

/* Two people for one record: nobody is guessed, and nobody is mailed. */
static void
test_conflict(void)
{
    AtsWorld *w = ats_world_new();
    int64_t anna = ats_person(w, "anna@example.org");
    int64_t ann = ats_person(w, "ann@example.org");

    ats_world_put(w,
                  "{'type':'candidate','id':'c1','emails':['anna@example.org',"
                  "'ann@example.org'],'updated_at':'2026-02-01'}",
                  PUT_TAKEN);
    g_assert_cmpint(w->result.conflicts, ==, 2);
    ats_assert_text(w, "SELECT candidate_id FROM ats_identity", "-");
    g_assert_cmpint(ats_ask(w, anna), ==, ELIGIBLE);
    put_application(w, "active", "interview", "2026-02-02", "", PUT_TAKEN);
    g_assert_cmpint(ats_ask(w, anna), ==, NOT_IN_PROCESS);
    g_assert_cmpint(ats_ask(w, ann), ==, NOT_IN_PROCESS);
    put_application(w, "withdrawn", "interview", "2026-02-03", "", PUT_TAKEN);
    g_assert_cmpint(ats_ask(w, ann), ==, ELIGIBLE);
    ats_world_free(w);
}

static void
tell_apart(AtsWorld *w, int64_t owner, int64_t other, int64_t expected)
{
    g_autoptr(GError) error = NULL;
    int64_t records;
    bool ok = candidate_tell_apart(w->store, &w->workspace, w->keys, owner,
                                   other, "ann", w->now, &records, &error);

    g_assert_cmpint(records, ==, expected);
    g_assert_cmpint(ok, ==, expected > 0);
    if (!ok)
        g_assert_error(error, NURTURE_ERROR, ERROR_INPUT);
}

/* A human says whose the record is: the other is held by it no longer, not
 * even when it comes again. */
static void
test_distinct(void)
{
    static const char record[] =
        "{'type':'candidate','id':'c1','emails':['anna@example.org',"
        "'ann@example.org'],'can_email':false,'updated_at':'2026-02-01'}";
    AtsWorld *w = ats_world_new();
    int64_t anna = ats_person(w, "anna@example.org");
    int64_t ann = ats_person(w, "ann@example.org");

    ats_world_put(w, record, PUT_TAKEN);
    g_assert_cmpint(ats_ask(w, anna), ==, NOT_HELD);
    g_assert_cmpint(ats_ask(w, ann), ==, NOT_HELD);
    put_application(w, "active", "interview", "2026-02-02", "", PUT_TAKEN);
    tell_apart(w, anna, ann, 1);
    tell_apart(w, anna, ann, 0);
    tell_apart(w, ann, anna, 0);
    g_assert_cmpint(ats_ask(w, ann), ==, ELIGIBLE);
    g_assert_cmpint(ats_ask(w, anna), ==, NOT_IN_PROCESS);
    ats_assert_text(w, "SELECT candidate_id FROM ats_identity", "1");
    ats_assert_text(w, "SELECT ats_status FROM candidate ORDER BY 1 DESC",
                    "interviewing\n-");
    ats_world_put(w, record, PUT_TAKEN);
    g_assert_cmpint(ats_ask(w, ann), ==, ELIGIBLE);
    put_application(w, "withdrawn", "interview", "2026-02-03", "", PUT_TAKEN);
    g_assert_cmpint(ats_ask(w, anna), ==, NOT_HELD);
    ats_assert_text(w,
                    "SELECT actor, object, detail FROM audit"
                    " WHERE action = 'told apart'",
                    "ann|candidate 1|candidate 2");
    ats_world_free(w);
}

static void
test_merge(void)
{
    AtsWorld *w = ats_world_new();
    int64_t anna = ats_person(w, "anna@example.org");
    int64_t ann = ats_person(w, "ann@example.org");

    ats_enrol(w, ann, "k");
    ats_exec(w, "INSERT INTO suppression (address_hmac, reason, at)"
                " SELECT address_hmac, 'opted_out', 0 FROM candidate"
                " WHERE candidate_id = 2");
    ats_world_put(w, PERSON, PUT_TAKEN);
    ats_world_put(w,
                  "{'type':'candidate','id':'c2','emails':['ann@example.org'],"
                  "'updated_at':'2026-02-01'}",
                  PUT_TAKEN);
    ats_world_put(w,
                  "{'type':'application','id':'a2','candidate_id':'c2',"
                  "'status':'active','stage_kind':'screen',"
                  "'updated_at':'2026-02-01'}",
                  PUT_TAKEN);
    g_assert_cmpint(ats_ask(w, anna), ==, ELIGIBLE);
    /* the ATS deletes the one, and only then says it was a merge */
    ats_world_put(w, "{'type':'candidate','id':'c2','deleted':true}",
                  PUT_TAKEN);
    ats_assert_text(w, "SELECT kind FROM hold WHERE lifted_at IS NULL",
                    "erasing");
    ats_world_put(w, "{'type':'candidate','id':'c2','merged_into':'c1'}",
                  PUT_TAKEN);
    g_assert_cmpint(w->result.count[ATS_MERGED], ==, 1);
    ats_assert_text(w, "SELECT count(*) FROM hold WHERE lifted_at IS NULL",
                    "0");
    ats_assert_text(w, "SELECT candidate_id FROM application", "1");
    ats_assert_text(w, "SELECT state FROM enrolment", "exited");
    ats_assert_text(w, "SELECT email FROM candidate_address",
                    "ann@example.org");
    g_assert_cmpint(ats_ask(w, ann), ==, NOT_ERASED);
    /* the other address had opted out: so has the person */
    g_assert_cmpint(ats_ask(w, anna), ==, NOT_SUPPRESSED);
    /* what comes later under the old id is about the same person */
    ats_world_put(w, "{'type':'candidate','id':'c2','deleted':true}",
                  PUT_TAKEN);
    ats_assert_text(w, "SELECT count(*) FROM hold WHERE lifted_at IS NULL",
                    "0");
    ats_world_free(w);
}

static void
test_merge_before_known(void)
{
    AtsWorld *w = ats_world_new();

    ats_person(w, "anna@example.org");
    ats_person(w, "ann@example.org");
    ats_world_put(w,
                  "{'type':'candidate','id':'c2','emails':['ann@example.org']}",
                  PUT_TAKEN);
    ats_world_put(w, "{'type':'candidate','id':'c2','merged_into':'c1'}",
                  PUT_TAKEN);
    ats_assert_text(w, "SELECT count(*) FROM candidate WHERE erased_at IS NULL",
                    "2");
    ats_world_put(w, PERSON, PUT_TAKEN);
    ats_assert_text(w, "SELECT count(*) FROM candidate WHERE erased_at IS NULL",
                    "1");
    ats_world_free(w);
}

static void
test_can_email(void)
{
    AtsWorld *w = ats_world_new();
    int64_t anna = ats_person(w, "anna@example.org");

    ats_world_put(w,
                  "{'type':'candidate','id':'c1','emails':['anna@example.org'],"
                  "'can_email':false}",
                  PUT_TAKEN);
    g_assert_cmpint(ats_ask(w, anna), ==, NOT_HELD);
    ats_world_put(w, "{'type':'candidate','id':'c1','can_email':true}",
                  PUT_TAKEN);
    g_assert_cmpint(ats_ask(w, anna), ==, ELIGIBLE);
    ats_world_free(w);
}

static void
opt_out_under(AtsWorld *w, int64_t candidate, const char *hmac,
              const char *reason)
{
    g_autoptr(GError) error = NULL;
    g_auto(Transaction) tx = store_begin(w->store, &error);

    optout_apply(w->store, &w->workspace, candidate, hmac, NULL, reason, w->now,
                 &error);
    g_assert_no_error(error);
    g_assert_true(transaction_commit(&tx, &error));
}

/* An opt-out under another address ends it all for the person; a bounce there
 * ends nothing. */
static void
test_opt_out_elsewhere(void)
{
    AtsWorld *w = ats_world_new();
    int64_t anna = ats_person(w, "anna@example.org");
    g_autofree char *hmac = keys_address_hmac(w->keys, "a@home.example");

    ats_enrol(w, anna, "k");
    ats_world_put(w,
                  "{'type':'candidate','id':'c1','emails':['anna@example.org',"
                  "'a@home.example']}",
                  PUT_TAKEN);
    opt_out_under(w, anna, hmac, "bounced"); /* the address's, not hers */
    g_assert_cmpint(ats_ask(w, anna), ==, ELIGIBLE);
    ats_assert_text(w, "SELECT state FROM enrolment", "active");
    ats_assert_text(w, "SELECT reason FROM suppression", "bounced");
    opt_out_under(w, 0, hmac, "opted_out");
    g_assert_cmpint(ats_ask(w, anna), ==, NOT_SUPPRESSED);
    ats_assert_text(w, "SELECT state, exit_reason FROM enrolment",
                    "exited|opted_out");
    ats_assert_text(w, "SELECT count(*) FROM suppression", "2");
    ats_world_free(w);
}

/* -- a file that was interrupted ------------------------------------------ */

static void
test_resume(void)
{
    AtsWorld *w = ats_world_new();
    g_autoptr(GError) error = NULL;
    g_auto(AtsResult) r = {0};

    ats_exec(w, "INSERT INTO batch (batch_id, kind, source, state, started_at)"
                " VALUES (1, 'ats', 'a', 'open', 0), (2, 'ats', 'b', 'open',"
                " 0)");
    ats_exec(w, "INSERT INTO ats_row (batch_id, rank, line, fields) VALUES"
                " (1, 0, 1, '{\"type\":\"job\",\"src\":\"gh\","
                "\"id\":\"half\",\"updated_at\":\"1\"}'),"
                " (2, 0, 1, '{\"type\":\"job\",\"src\":\"gh\","
                "\"id\":\"whole\",\"updated_at\":\"1\"}')");
    ats_exec(w, "INSERT INTO fact VALUES ('ats:2', 'ready')");
    ats_resume(w->store, &w->workspace, w->keys, w->now, &r, &error);
    g_assert_no_error(error);
    g_assert_true(r.resumed);
    ats_assert_text(w, "SELECT remote_id FROM job", "whole");
    ats_assert_text(w, "SELECT state FROM batch ORDER BY batch_id",
                    "undone\nclosed");
    ats_assert_text(w, "SELECT count(*) FROM ats_row", "0");
    ats_world_free(w);
}

/* -- erasure -------------------------------------------------------------- */

static void
test_erased(void)
{
    AtsWorld *w = ats_world_new();
    int64_t anna = ats_person(w, "anna@example.org");
    g_autoptr(GError) error = NULL;
    int64_t erased;

    ats_world_put(w, PERSON, PUT_TAKEN);
    ats_world_put(w, "{'type':'candidate','id':'c1','deleted':true}",
                  PUT_TAKEN);
    g_assert_cmpint(w->result.count[ATS_ERASED], ==, 1);
    g_assert_cmpint(ats_ask(w, anna), ==, NOT_HELD);
    ats_erase_due(w->store, &w->workspace, w->keys, w->now, &erased, &error);
    g_assert_no_error(error);
    g_assert_cmpint(erased, ==, 0);
    w->now += DAY_MS;
    ats_erase_due(w->store, &w->workspace, w->keys, w->now, &erased, &error);
    g_assert_no_error(error);
    g_assert_cmpint(erased, ==, 1);
    g_assert_cmpint(ats_ask(w, anna), ==, NOT_SUPPRESSED + 1); /* NOT_ERASED */
    /* neither under the id nor under the address do they come back */
    ats_world_put(w, PERSON, PUT_REFUSED);
    ats_world_put(w,
                  "{'type':'candidate','id':'c9','emails':["
                  "'Anna@Example.org']}",
                  PUT_REFUSED);
    ats_assert_text(w, "SELECT count(*) FROM candidate", "1");
    ats_assert_text(w, "SELECT raw FROM ats_identity", "-");
    ats_world_free(w);
}

/* -- freshness ------------------------------------------------------------ */

static void
test_freshness(void)
{
    AtsWorld *w = ats_world_new();
    int64_t anna = ats_person(w, "anna@example.org");

    w->workspace.ats.fetch = (char *)"a command";
    g_assert_cmpint(ats_ask(w, anna), ==, NOT_FRESH); /* never heard of it */
    ats_exec(w, "INSERT INTO fact VALUES ('ats.synced_at', '1772442000000')");
    g_assert_cmpint(ats_ask(w, anna), ==, ELIGIBLE);
    w->now++;
    g_assert_cmpint(ats_ask(w, anna), ==, NOT_FRESH);
    ats_world_free(w);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/ats/rows", test_rows);
    g_test_add_func("/ats/times", test_times);
    g_test_add_func("/ats/not-deleted", test_not_deleted);
    g_test_add_func("/ats/process", test_process);
    g_test_add_func("/ats/reached", test_reached);
    g_test_add_func("/ats/unhired", test_unhired);
    g_test_add_func("/ats/hired", test_hired);
    g_test_add_func("/ats/rejected", test_rejected);
    g_test_add_func("/ats/old-rejection", test_old_rejection);
    g_test_add_func("/ats/any-order", test_any_order);
    g_test_add_func("/ats/same-moment", test_same_moment);
    g_test_add_func("/ats/matching", test_matching);
    g_test_add_func("/ats/conflict", test_conflict);
    g_test_add_func("/ats/distinct", test_distinct);
    g_test_add_func("/ats/merge", test_merge);
    g_test_add_func("/ats/merge-before-known", test_merge_before_known);
    g_test_add_func("/ats/can-email", test_can_email);
    g_test_add_func("/ats/opt-out-elsewhere", test_opt_out_elsewhere);
    g_test_add_func("/ats/resume", test_resume);
    g_test_add_func("/ats/erased", test_erased);
    g_test_add_func("/ats/freshness", test_freshness);
    return g_test_run();
}
