/* SPDX-License-Identifier: Apache-2.0 */
/* test_ats_adapter.c - vendors' webhooks become records; who signed them */
#include "ats-fixture.h"
#include "campaigns/ats-adapter.h"
#include "campaigns/ats-signature.h"

#define APP                      "'payload':{'application':{'id':1,'candidate_id':2,"
#define GREENHOUSE(action, rest) "{'action':'" action "'," APP rest "}}}"
#define ASHBY(action, rest)                                                    \
    "{'action':'" action "','data':{'application':{'id':'a','updatedAt':"      \
    "'2026-02-01T00:00:00Z','candidate':{'id':'c'}," rest "}}}"

static const struct {
    const char *adapter, *body;
    /* "type/id status stage_kind reached-by ..", " " between, ";" after each */
    const char *want;
} cases[] = {
    {"greenhouse",
     GREENHOUSE("candidate_hired", "'status':'active','last_activity_at':"
                                   "'2026-02-01T00:00:00Z'"),
     "application/1 of 2 hired - at 1769904000000;"},
    {"greenhouse",
     GREENHOUSE("reject_candidate",
                "'status':'rejected','last_activity_at':'2026-02-01',"
                "'rejection_reason':{'name':'Too far','type':{'name':"
                "'They rejected us'}}"),
     "application/1 of 2 rejected - by candidate at 1769904000000;"},
    {"greenhouse",
     GREENHOUSE("unreject_candidate", "'status':'active','prospect':false,"
                                      "'last_activity_at':'2026-02-01',"
                                      "'current_stage':{'name':'Offer'}"),
     "application/1 of 2 active offer at 1769904000000;"},
    {"greenhouse",
     GREENHOUSE("new_prospect_application",
                "'status':'active','prospect':true,"
                "'last_activity_at':'2026-02-01','jobs':[]"),
     "application/1 of 2 active lead at 1769904000000;"},
    {"greenhouse",
     "{'action':'delete_candidate','payload':{'person':{'id':37,"
     "'first_name':'Jack','deleted_application_ids':[1,2]}}}",
     "candidate/37 deleted at 1772528400000;"},
    {"greenhouse", "{'action':'scorecard_deleted','payload':{}}", ""},
    {"greenhouse", "{'action':'ping'}", ""},
    {"greenhouse", GREENHOUSE("candidate_stage_change", "'status':'undead'"),
     "! application.status: 'undead' is not in ats/greenhouse.tsv; add a row: "
     "value, application.status, undead, and what it means"},
    {"greenhouse", "{'action':'candidate_hired','payload':{}}",
     "! no record is in it; 'candidate_hired' should bring candidate job "
     "application"},
    {"greenhouse", "not JSON", "! not JSON"},
    {"ashby",
     ASHBY("candidateHire", "'status':'Hired','currentInterviewStage':{'title':"
                            "'Hired','type':'Hired'}"),
     "candidate/c at 1769904000000;application/a of c hired hired at "
     "1769904000000;"},
    {"ashby",
     ASHBY("applicationUpdate",
           "'status':'Archived','archiveReason':{'text':'Culture',"
           "'reasonType':'RejectedByOrg'},'currentInterviewStage':{'title':"
           "'Final round','type':'Active'}"),
     "candidate/c at 1769904000000;application/a of c rejected interview by us "
     "at 1769904000000;"},
    {"ashby", ASHBY("applicationSubmit", "'status':'Lead'"),
     "candidate/c at 1769904000000;application/a of c active lead at "
     "1769904000000;"},
    {"ashby", "{'action':'candidateDelete','data':{'candidate':{'id':'c'}}}",
     "candidate/c deleted at 1772528400000;"},
    {"workable",
     "{'action':'candidate_moved','data':{'id':'w','stage':'Interview',"
     "'disqualified':true,'disqualification_reason':'No',"
     "'updated_at':'2026-02-01T00:00:00Z','email':'w@example.org'}}",
     "candidate/w w@example.org at 1769904000000;application/w of w rejected "
     "interview at 1769904000000;"},
    {"workable",
     "{'action':'candidate_moved','data':{'id':'w','stage':'Hired',"
     "'disqualified':false,'updated_at':'2026-02-01T00:00:00Z'}}",
     "candidate/w at 1769904000000;application/w of w hired hired at "
     "1769904000000;"},
    {"merge",
     "{'hook':{'event':'Application.changed'},'data':{'id':'m','candidate':"
     "'mc','rejected_at':'2026-01-31T00:00:00Z','current_stage':{'name':"
     "'Phone screen'},'modified_at':'2026-02-01T00:00:00Z'}}",
     "application/m of mc rejected screen at 1769904000000;"},
    {"merge",
     "{'hook':{'event':'Job.changed'},'data':{'id':'j','name':'SRE','status':"
     "'CLOSED','modified_at':'2026-02-01T00:00:00Z'}}",
     "job/j closed at 1769904000000;"},
};

static void
append_row(GString *out, const AtsRow *row)
{
    static const AtsField shown[] = {ATS_STATUS, ATS_STAGE_KIND};

    g_string_append_printf(out, "%s/%s", row->value[ATS_TYPE],
                           row->value[ATS_ID]);
    if (row->value[ATS_CANDIDATE_ID])
        g_string_append_printf(out, " of %s", row->value[ATS_CANDIDATE_ID]);
    for (gsize i = 0; i < G_N_ELEMENTS(shown); i++)
        if (row->value[shown[i]] || row->type == ATS_APPLICATION)
            g_string_append_printf(
                out, " %s", row->value[shown[i]] ? row->value[shown[i]] : "-");
    if (row->value[ATS_REJECT_BY])
        g_string_append_printf(out, " by %s", row->value[ATS_REJECT_BY]);
    if (row->value[ATS_EMAILS])
        g_string_append_printf(out, " %s", row->value[ATS_EMAILS]);
    if (row->value[ATS_DELETED])
        g_string_append(out, " deleted");
    g_string_append_printf(out, " at %s;", row->value[ATS_UPDATED_AT]);
}

static void
test_map(void)
{
    AtsWorld *w = ats_world_new();

    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *body = g_strdelimit(g_strdup(cases[i].body), "'", '"');
        g_autoptr(GError) error = NULL;
        g_autoptr(AtsAdapter) a =
            ats_adapter_load(&w->workspace, cases[i].adapter, &error);
        g_autofree char *event = NULL, *problem = NULL;
        g_autoptr(GString) got = g_string_new(NULL);
        g_autoptr(GPtrArray) rows = NULL;

        g_assert_no_error(error);
        event = ats_adapter_event(a, w->store, body, NULL, &error);
        g_assert_no_error(error);
        rows = ats_adapter_map(a, w->store, body, event, "x", NOW, &problem,
                               &error);
        g_assert_no_error(error);
        if (problem)
            g_string_printf(got, "! %s", problem);
        for (guint j = 0; !problem && j < rows->len; j++)
            append_row(got, g_ptr_array_index(rows, j));
        g_test_message("%s", body);
        g_assert_cmpstr(got->str, ==, cases[i].want);
    }
    ats_world_free(w);
}

static void
test_faults(void)
{
    static const char head[] = "what\ton\tname\tvalue\n";
    static const struct {
        const char *text, *want;
    } faults[] = {
        {"", "ats/mine.tsv: no rows"},
        {"what\ton\n", "no 'set' row"},
        {"what\ton\nset\t-\n", "names four columns"},
        {"feld\t*\tcandidate.id\t$.a\n", "mine.tsv:2: expected set, event"},
        {"field\t*\tcandidate.idd\t$.a\n", "there is no field 'candidate.idd'"},
        {"value\tjobs.status\ta\tb\n", "there is no field 'jobs.status'"},
        {"set\t-\tshceme\tlever\n", "there is no setting 'shceme'"},
        {"field\t*\tjob.id\t$.a\nvalue\tjob.id\tx\ty\nfield\t*\tjob.id\t$.b\n",
         "mine.tsv:4: there is a row before this for 'job.id'"},
        {"event\ta\t-\tjob\nevent\ta\t-\tcandidate\n",
         "mine.tsv:3: there is a row before this for 'a'"},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(faults); i++) {
        g_autofree char *text =
            g_strconcat(i > 2 ? head : "", faults[i].text, NULL);
        g_autoptr(GError) error = NULL;
        g_autoptr(AtsAdapter) a =
            ats_adapter_parse("mine", text, strlen(text), &error);
        g_assert_null(a);
        g_test_message("%s", error->message);
        g_assert_nonnull(strstr(error->message, faults[i].want));
    }
}

/* The example of the specification (standardwebhooks.com). */
static void
test_standard_example(void)
{
    static const char body[] = "{\"test\": 2432232314}";
    char *secrets[] = {(char *)"other",
                       (char *)"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", NULL};
    SignedHook h = {
        .scheme = "standard-webhooks",
        .signature = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
        .id = "msg_p5jXN8AQM9LWM0D4loKWxJek",
        .timestamp = "1614265330",
        .body = body,
        .length = sizeof body - 1,
    };
    const int64_t at = INT64_C(1614265330000);
    g_autofree char *made =
        signature_make(secrets[1], h.id, at / 1000, body, sizeof body - 1);
    const char *why;

    g_assert_cmpstr(made, ==, h.signature);
    g_assert_true(signature_is_good(&h, secrets, at + 299000, &why));
    g_assert_false(signature_is_good(&h, secrets, at + 301000, &why));
    g_assert_cmpstr(why, ==, "old");
    g_assert_false(signature_is_good(&h, secrets, at - 301000, &why));
    h.id = "msg_another";
    g_assert_false(signature_is_good(&h, secrets, at, &why));
    g_assert_cmpstr(why, ==, "wrong");
    h.signature = NULL;
    g_assert_false(signature_is_good(&h, secrets, at, &why));
    g_assert_cmpstr(why, ==, "missing");
}

/* The example of SmartRecruiters' documentation of their subscriptions. */
static void
test_smartrecruiters_example(void)
{
    static const char body[] = "{\"job_id\":\"jid\",\"candidate_id\":\"cid\"}";
    char *secrets[] = {(char *)"other", (char *)"HeBVky2bccvvkcXPimH8c", NULL};
    SignedHook h = {
        .scheme = "smartrecruiters",
        .signature = "v2=x; v1=2e9291f10d44ca10204a4cd81b05d73b6a316b2b605d4e2e"
                     "0e0b37b40198ce1f",
        .id = "123",
        .timestamp = "1574080897",
        .tail = ".123.application.created.v201910."
                "<http://smartrecruiters.com/endpoint>; rel=self",
        .body = body,
        .length = sizeof body - 1,
    };
    const int64_t at = INT64_C(1574080897000);
    g_autofree char *key = signature_event_key(&h);
    const char *why;

    g_assert_true(signature_is_good(&h, secrets, at, &why));
    g_assert_cmpstr(key, ==, "123");
    g_assert_false(signature_is_good(&h, secrets, at + 301000, &why));
    g_assert_cmpstr(why, ==, "old");
    h.tail = ".124.application.created.v201910.";
    g_assert_false(signature_is_good(&h, secrets, at, &why));
    g_assert_cmpstr(why, ==, "wrong");
}

/* What a stranger may write into the header does no harm. */
static void
test_odd_signatures(void)
{
    static const char *const schemes[] = {
        "greenhouse",        "header-hex", "header-base64",  "lever",
        "standard-webhooks", "handshake",  "smartrecruiters"};
    static const char *const odd[] = {
        "",     "sha256 ",     "sha256 zz",       "v1,",
        "v1,=", "v1,AAAA v1,", "sha256 \xff\xfe", "v1a,g0hM9SsE+OTPJTGt/tmI"};
    char *secrets[] = {(char *)"s", NULL};
    char *nothing[] = {(char *)"", NULL};
    const char *why;

    for (gsize i = 0; i < G_N_ELEMENTS(schemes); i++)
        for (gsize j = 0; j < G_N_ELEMENTS(odd); j++) {
            SignedHook h = {.scheme = schemes[i],
                            .signature = odd[j],
                            .id = "i",
                            .timestamp = odd[j],
                            .tail = odd[j],
                            .token = "t",
                            .triggered_at = "1",
                            .body_signature = odd[j],
                            .body = "b",
                            .length = 1};
            g_assert_false(signature_is_good(&h, secrets, NOW, &why));
            /* an empty secret is none */
            g_assert_false(signature_is_good(&h, nothing, NOW, &why));
        }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/ats-adapter/map", test_map);
    g_test_add_func("/ats-adapter/faults", test_faults);
    g_test_add_func("/ats-signature/standard-example", test_standard_example);
    g_test_add_func("/ats-signature/smartrecruiters-example",
                    test_smartrecruiters_example);
    g_test_add_func("/ats-signature/odd", test_odd_signatures);
    return g_test_run();
}
