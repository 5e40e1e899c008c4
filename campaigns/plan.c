/* SPDX-License-Identifier: Apache-2.0 */
/* plan.c - the dry run: who gets what, when, and why the others do not */
#include "enrol.h"
#include "plan-check.h"
#include "plan-volume.h"
#include "snapshot.h"

#include "nurture/error.h"
#include "nurture/json.h"
#include "nurture/role.h"
#include "nurture/scheduler.h"
#include "nurture/text.h"

#include <openssl/evp.h>
#include <string.h>

enum { MOST_EXAMPLES = 20, MOST_SAMPLES = 5 };

static void
variant_free(gpointer p)
{
    g_free(((PlanVariant *)p)->id);
    g_free(p);
}

static void
segment_free(gpointer p)
{
    PlanSegment *s = p;

    g_free(s->segment);
    g_ptr_array_unref(s->variants);
    g_free(s);
}

static void
day_free(gpointer p)
{
    g_free(((PlanDay *)p)->date);
    g_free(p);
}

static void
left_out_free(gpointer p)
{
    g_free(((PlanLeftOut *)p)->detail);
    g_free(p);
}

void
plan_free(Plan *plan)
{
    if (!plan)
        return;
    g_free(plan->id);
    g_free(plan->snapshot);
    g_free(plan->campaign);
    g_free(plan->name);
    g_free(plan->role);
    g_ptr_array_unref(plan->segments);
    g_ptr_array_unref(plan->days);
    g_ptr_array_unref(plan->samples);
    g_ptr_array_unref(plan->examples);
    g_free(plan);
}

/* Every segment counts every variant, so that none is missing where it is 0. */
static PlanSegment *
segment_new(const Campaign *campaign, const AudiencePart *part)
{
    PlanSegment *s = g_new0(PlanSegment, 1);
    const CampaignStep *first = g_ptr_array_index(campaign->steps, 0);

    s->segment = g_strdup(part->segment);
    s->variants = g_ptr_array_new_with_free_func(variant_free);
    for (guint i = 0; i < first->mail->variants->len; i++) {
        const MailVariant *v = g_ptr_array_index(first->mail->variants, i);
        PlanVariant *own = g_new0(PlanVariant, 1);
        own->id = g_strdup(v->id);
        g_ptr_array_add(s->variants, own);
    }
    return s;
}

static Plan *
plan_new(Catalogue *catalogue, const Campaign *campaign, int64_t now)
{
    Plan *plan = g_new0(Plan, 1);

    plan->campaign = g_strdup(campaign->id);
    plan->name = g_strdup(campaign->name);
    plan->is_sequence = campaign->is_sequence;
    plan->made_at = now;
    plan->start = MAX(now, campaign->start);
    plan->snapshot = snapshot_name(catalogue, campaign);
    plan->segments = g_ptr_array_new_with_free_func(segment_free);
    plan->days = g_ptr_array_new_with_free_func(day_free);
    plan->samples = g_ptr_array_new_with_free_func(g_free);
    plan->examples = g_ptr_array_new_with_free_func(left_out_free);
    for (guint i = 0; i < campaign->audience->len; i++)
        g_ptr_array_add(
            plan->segments,
            segment_new(campaign, g_ptr_array_index(campaign->audience, i)));
    return plan;
}

typedef struct {
    Plan *plan;
    Store *store;
    const Workspace *workspace;
    const Campaign *campaign;
    const CampaignStep *first;
    const MailSelect *select;
    Statement *st;
    int64_t now;
    MailOutput output;
    PlanCheck *check;
    bool people_known; /* there is somebody in the store */
} Planning;

static void
leave_out(Planning *p, int64_t candidate, Eligibility reason,
          const char *detail)
{
    PlanLeftOut *example;

    if (++p->plan->left_out[reason] > MOST_EXAMPLES)
        return;
    example = g_new0(PlanLeftOut, 1);
    example->candidate = candidate;
    example->reason = reason;
    example->detail = g_strdup(detail);
    g_ptr_array_add(p->plan->examples, example);
}

static void
count_day(Planning *p, int64_t at)
{
    g_autofree char *date =
        date_format(at, p->workspace->zone, "YYYY-MM-DD", "en");
    PlanDay *day;

    for (guint i = 0; i < p->plan->days->len; i++) {
        day = g_ptr_array_index(p->plan->days, i);
        if (strcmp(day->date, date) == 0) {
            day->people++;
            return;
        }
    }
    day = g_new0(PlanDay, 1);
    day->date = g_steal_pointer(&date);
    day->people = 1;
    g_ptr_array_add(p->plan->days, day);
}

static void
count_segment(Planning *p, const Member *member)
{
    const MailVariant *variant = member->rendering->variant;

    for (guint i = 0; i < p->plan->segments->len; i++) {
        PlanSegment *s = g_ptr_array_index(p->plan->segments, i);
        if (g_ptr_array_index(p->campaign->audience, i) != member->part)
            continue;
        s->people++;
        for (guint v = 0; variant && v < s->variants->len; v++) {
            PlanVariant *own = g_ptr_array_index(s->variants, v);
            own->people += strcmp(own->id, variant->id) == 0;
        }
    }
}

static bool
count_member(Planning *p, const Member *member, const EligibilityAnswer *answer,
             GError **error)
{
    Plan *plan = p->plan;
    int64_t from = MAX(plan->start, answer->retry_at), due;

    plan->people++;
    plan->later += answer->reason != ELIGIBLE;
    plan->no_first_name += text_is_blank(member->first_name);
    plan->used_fallback += p->output.used_fallback;
    count_segment(p, member);
    due = step_due(p->campaign, p->first, &member->slot, from);
    count_day(p, due);
    if (plan->samples->len < MOST_SAMPLES)
        g_ptr_array_add(
            plan->samples,
            g_strdup_printf("%s\t%s", p->output.subject->str, member->email));
    return plan_check_person(p->check, member, &p->output, due, error);
}

/* Fill the mail for real; what cannot be filled is left out. */
static bool
try_fill(Planning *p, const Member *member)
{
    MailRow row = {.now = p->now,
                   .unsubscribe_url = "https://example.org/u/x",
                   .preferences_url = "https://example.org/p/x",
                   .privacy_url = p->workspace->legal.privacy_url,
                   .token = "x"};

    if (mail_select_fill(p->select, p->st, member, &row, &p->output))
        return true;
    plan_check_skipped(p->check, p->output.skipped_for);
    return false;
}

static bool
plan_member(Planning *p, GError **error)
{
    EligibilityAnswer answer;
    Member member;
    bool open;

    mail_select_member(p->select, p->st, NULL, &member);
    p->plan->matched++;
    if (!enrolment_is_open(p->store, p->workspace, p->campaign, member.id,
                           p->now, &open, error))
        return false;
    if (!open) {
        p->plan->already++;
        return true;
    }
    if (!member_ask(p->store, p->workspace, p->campaign, &member, p->now,
                    &answer, error))
        return false;
    if (answer.reason == NOT_FILLED)
        plan_check_strange(p->check, &member);
    if (!eligibility_passes(answer.reason))
        leave_out(p, member.id, answer.reason, answer.detail);
    else if (!try_fill(p, &member))
        leave_out(p, member.id, NOT_FILLED, p->output.skipped_for);
    else
        return count_member(p, &member, &answer, error);
    return true;
}

static int
compare_days(gconstpointer a, gconstpointer b)
{
    return strcmp((*(PlanDay *const *)a)->date, (*(PlanDay *const *)b)->date);
}

static void
append_counts(GString *json, const Plan *plan)
{
    for (int r = 1; r < ELIGIBILITY_REASONS; r++)
        if (plan->left_out[r])
            g_string_append_printf(json, ",\"%s\":%" G_GINT64_FORMAT,
                                   eligibility_word((Eligibility)r),
                                   plan->left_out[r]);
}

/* What a plan promises; its hash is the plan's name. */
static char *
plan_content(const Plan *plan)
{
    g_autoptr(GString) json = g_string_new("{\"campaign\":");

    json_append_string(json, plan->campaign);
    g_string_append_printf(
        json,
        ",\"snapshot\":\"%s\",\"matched\":%" G_GINT64_FORMAT
        ",\"people\":%" G_GINT64_FORMAT ",\"already\":%" G_GINT64_FORMAT,
        plan->snapshot, plan->matched, plan->people, plan->already);
    if (plan->role)
        g_string_append_printf(
            json, ",\"role\":\"%s\",\"shortlisted\":%" G_GINT64_FORMAT,
            plan->role, plan->shortlisted);
    append_counts(json, plan);
    g_string_append_c(json, '}');
    return g_string_free(g_steal_pointer(&json), FALSE);
}

static void
name_plan(Plan *plan)
{
    g_autofree char *content = plan_content(plan);
    uint8_t hash[EVP_MAX_MD_SIZE];

    EVP_Digest(content, strlen(content), hash, NULL, EVP_sha256(), NULL);
    plan->id = hex_encode(hash, 4);
}

/* ---- what only the data can tell ----------------------------------------- */

/* Why most of them are left out. */
static char *
main_reason(const Planning *p)
{
    const int64_t *left = p->plan->left_out;
    Eligibility most = ELIGIBLE;
    g_autofree char *exclude = NULL;

    for (int r = 1; r < ELIGIBILITY_REASONS; r++)
        if (left[r] > left[most])
            most = (Eligibility)r;
    if (most == ELIGIBLE)
        return g_strdup("");
    if (most != NOT_EXCLUDED || !p->campaign->exclude)
        return g_strdup_printf(", %s of them: %s", number_format(left[most]),
                               eligibility_sentence(most));
    exclude = expression_format(p->campaign->exclude);
    return g_strdup_printf(", %s of them excluded by '%s'",
                           number_format(left[most]), exclude);
}

static void
report_empty(const Planning *p, Diagnostics *problems)
{
    const Plan *plan = p->plan;

    if (plan->people == 0 && plan->already == 0) {
        g_autofree char *reason = main_reason(p);
        Diagnostic *d =
            diagnostics_add_file(problems, "E701", p->campaign->path,
                                 "nobody would get this campaign: %s match%s",
                                 number_format(plan->matched), reason);
        diagnostic_help(
            d,
            plan->matched > 0 ? "nurture why ADDRESS  says why for one person"
            : p->people_known ? "nurture segment explain NAME  says which line "
                                "leaves nobody"
                              : "there are no people yet: nurture candidates "
                                "import FILE");
        return;
    }
    for (guint i = 0; i < plan->segments->len && plan->segments->len > 1; i++) {
        const PlanSegment *s = g_ptr_array_index(plan->segments, i);
        if (s->segment && s->people == 0 && plan->already == 0)
            diagnostics_add_file(problems, "W702", p->campaign->path,
                                 "nobody is in '%s' today", s->segment);
    }
}

static bool
look_for_people(Planning *p, GError **error)
{
    g_autoptr(Statement) st =
        store_prepare(p->store, "SELECT 1 FROM candidate LIMIT 1", error);

    if (!st)
        return false;
    p->people_known = statement_step(st);
    return statement_end(st, error);
}

static bool
plan_all(Planning *p, SchedulerProgress progress, gpointer data, GError **error)
{
    audience_bind(p->st, AUDIENCE_ALL, 0);
    while (statement_step(p->st)) {
        if (!plan_member(p, error))
            return false;
        if (progress && p->plan->matched % 2000 == 0)
            progress(p->plan->matched, data);
    }
    return statement_end(p->st, error);
}

Plan *
plan_make(Catalogue *catalogue, Store *store, const Campaign *campaign,
          int64_t now, Diagnostics *problems, SchedulerProgress progress,
          gpointer data, GError **error)
{
    const Workspace *workspace = catalogue_workspace(catalogue);
    g_autoptr(Live) live = NULL;
    g_autoptr(MailSelect) select = NULL;
    g_autoptr(Statement) st = NULL;
    g_autoptr(Plan) plan = NULL;
    g_autoptr(PlanCheck) check = NULL;
    Planning p = {.store = store, .workspace = workspace, .now = now};
    int64_t shortlisted = 0;
    bool planned;

    if (campaign->role &&
        !shortlist_count(store, campaign->role, &shortlisted, error))
        return NULL;
    if (diagnostics_count(problems, SEVERITY_ERROR) == 0)
        campaign_check(catalogue, campaign, problems);
    if (diagnostics_count(problems, SEVERITY_ERROR) > 0 ||
        campaign->steps->len == 0) {
        g_set_error(error, NURTURE_ERROR, ERROR_INPUT,
                    "%s has errors; nothing can be planned until they are "
                    "mended",
                    campaign->path);
        return NULL;
    }
    live = live_new(workspace, store, now, error);
    if (!live)
        return NULL;
    p.campaign = campaign;
    p.first = g_ptr_array_index(campaign->steps, 0);
    p.select = select =
        mail_select_new(catalogue, campaign, p.first, now, problems);
    if (!select) {
        g_set_error(error, NURTURE_ERROR, ERROR_INPUT, "%s has errors",
                    campaign->path);
        return NULL;
    }
    mail_select_audience_only(select);
    if (shortlisted > 0)
        mail_select_shortlist_only(select);
    p.st = st =
        mail_select_prepare(select, live_guarded(live), AUDIENCE_ALL, error);
    if (!st)
        return NULL;
    p.plan = plan = plan_new(catalogue, campaign, now);
    plan->role = g_strdup(campaign->role);
    plan->shortlisted = shortlisted;
    p.check = check = plan_check_new(catalogue, store, live_guarded(live),
                                     campaign, now, error);
    if (!check)
        return NULL;
    mail_output_init(&p.output);
    planned = plan_all(&p, progress, data, error) && look_for_people(&p, error);
    mail_output_clear(&p.output);
    if (planned) {
        g_ptr_array_sort(plan->days, compare_days);
        report_empty(&p, problems);
        planned = plan_fit_days(plan, store, workspace, campaign, error) &&
                  plan_check_report(check, plan, problems, error);
        name_plan(plan);
    }
    return planned ? g_steal_pointer(&plan) : NULL;
}

bool
plan_save(Store *store, const Plan *plan, GError **error)
{
    g_autofree char *content = plan_content(plan);
    g_auto(Transaction) tx = store_begin(store, error);
    g_autoptr(Statement) st = NULL;

    if (!tx.store)
        return false;
    st = store_prepare(
        store,
        "INSERT INTO plan (plan_id, campaign, snapshot, people, made_at,"
        "  content) VALUES (:id, :campaign, :snapshot, :people, :now, :content)"
        " ON CONFLICT (plan_id) DO UPDATE SET made_at = excluded.made_at",
        error);
    if (!st)
        return false;
    statement_bind_text(st, ":id", plan->id);
    statement_bind_text(st, ":campaign", plan->campaign);
    statement_bind_text(st, ":snapshot", plan->snapshot);
    statement_bind_int(st, ":people", plan->people);
    statement_bind_int(st, ":now", plan->made_at);
    statement_bind_text(st, ":content", content);
    return statement_run(st, error) && transaction_commit(&tx, error);
}
