/* SPDX-License-Identifier: Apache-2.0 */
/* plan_print.c - the funnel, the mails, the calendar and samples of a plan */
#include "plan-print.h"

#include "nurture/json.h"
#include "nurture/text.h"

#include <stdio.h>
#include <string.h>

enum { BAR = 24, NAMES = 42 };

static void
print_row(const char *what, int64_t people, const char *sign)
{
    g_autofree char *number =
        g_strdup_printf("%s%s", sign, number_format(people));
    int pad = NAMES - text_columns(what);

    printf("  %s%*s%10s\n", what, MAX(pad, 1), "", number);
}

static char *
audience_words(const Campaign *campaign)
{
    g_autoptr(GString) words = g_string_new("in ");

    for (guint i = 0; i < campaign->audience->len; i++) {
        const AudiencePart *part = g_ptr_array_index(campaign->audience, i);
        g_string_append_printf(words, "%s%s", i ? " or " : "",
                               part->segment ? part->segment : "the audience");
    }
    return g_string_free(g_steal_pointer(&words), FALSE);
}

static void
print_who(const Plan *plan, const Campaign *campaign)
{
    g_autofree char *audience = audience_words(campaign);

    printf("Who%*s%9s\n", NAMES - 1, "", "people");
    print_row(audience, plan->matched, "");
    for (int r = 1; r < ELIGIBILITY_REASONS; r++)
        if (plan->left_out[r])
            print_row(eligibility_sentence((Eligibility)r), plan->left_out[r],
                      "-");
    if (plan->already)
        print_row("in this campaign already", plan->already, "-");
    print_row("will get it", plan->people, "");
    if (plan->later)
        print_row("of these later: cap, hold or stale ATS data", plan->later,
                  "");
}

static void
print_what(const Plan *plan, const Campaign *campaign)
{
    printf("\nWhat\n");
    for (guint i = 0; i < campaign->steps->len; i++) {
        const CampaignStep *step = g_ptr_array_index(campaign->steps, i);
        g_autofree char *wait = campaign_step_wait(step);
        g_autofree char *only =
            step->only_if ? expression_format(step->only_if) : NULL;
        printf("  %-12s %-20s %s%s\n", step->mail->id, wait, only ? "if " : "",
               only ? only : "");
    }
    for (guint i = 0; i < plan->segments->len; i++) {
        const PlanSegment *s = g_ptr_array_index(plan->segments, i);
        print_row(s->segment ? s->segment : "the audience", s->people, "");
    }
}

static void
print_when(const Plan *plan, const Workspace *workspace)
{
    int64_t most = 1;

    printf("\nWhen   (first mails, each in the person's own window)\n");
    for (guint i = 0; i < plan->days->len; i++)
        most = MAX(most,
                   ((const PlanDay *)g_ptr_array_index(plan->days, i))->people);
    for (guint i = 0; i < plan->days->len && i < 14; i++) {
        const PlanDay *day = g_ptr_array_index(plan->days, i);
        g_autofree char *words = NULL;
        int64_t at = 0;
        int full = (int)MAX(1, day->people * BAR / most);

        date_parse(day->date, workspace->zone, &at, NULL);
        words = date_format(at, workspace->zone, "D MMM YYYY", "en");
        printf("  %-12s ", words);
        for (int b = 0; b < BAR; b++)
            fputs(b < full ? "█" : " ", stdout);
        printf(" %s\n", number_format(day->people));
    }
    if (plan->days->len > 14)
        printf("  and %u more days\n", plan->days->len - 14);
}

void
plan_print(const Plan *plan, const Campaign *campaign,
           const Workspace *workspace)
{
    int pad = 62 - text_columns(plan->name);

    printf("Plan %s  %s%*snothing has been sent\n\n", plan->id, plan->name,
           MAX(pad, 2), "");
    print_who(plan, campaign);
    print_what(plan, campaign);
    if (plan->people > 0)
        print_when(plan, workspace);
    for (guint i = 0; i < plan->samples->len; i++) {
        g_auto(GStrv) part =
            g_strsplit(g_ptr_array_index(plan->samples, i), "\t", 2);
        printf("%s%-52s %s\n", i ? "             " : "\nLooks like   ", part[0],
               part[1]);
    }
    if (plan->people > 0)
        printf("\nTo send exactly this:   nurture launch %s\n", plan->id);
}

void
plan_print_moves(FILE *out, const GPtrArray *moves)
{
    for (guint i = 0; i < moves->len; i++) {
        const LaunchMove *m = g_ptr_array_index(moves, i);
        if (m->people == 0)
            continue;
        fprintf(out, "%s people are in the middle, before '%s': ",
                number_format(m->people), m->step);
        if (!m->to)
            fputs("they finish the version they are in\n", out);
        else if (strcmp(m->to, m->step) == 0)
            fputs("they go on in the new version\n", out);
        else
            fprintf(out, "they go on with '%s'\n", m->to);
    }
}

static void
print_reasons(GString *out, const Plan *plan)
{
    bool first = true;

    for (int r = 1; r < ELIGIBILITY_REASONS; r++)
        if (plan->left_out[r]) {
            g_string_append_printf(
                out, "%s\"%s\":%" G_GINT64_FORMAT, first ? "" : ",",
                eligibility_word((Eligibility)r), plan->left_out[r]);
            first = false;
        }
}

void
plan_print_json(const Plan *plan)
{
    g_autoptr(GString) out = g_string_new("{\"schema\":1,\"plan\":");

    json_append_string(out, plan->id);
    g_string_append(out, ",\"campaign\":");
    json_append_string(out, plan->campaign);
    g_string_append_printf(out,
                           ",\"snapshot\":\"%s\",\"matched\":%" G_GINT64_FORMAT
                           ",\"people\":%" G_GINT64_FORMAT
                           ",\"already\":%" G_GINT64_FORMAT
                           ",\"later\":%" G_GINT64_FORMAT ",\"left_out\":{",
                           plan->snapshot, plan->matched, plan->people,
                           plan->already, plan->later);
    print_reasons(out, plan);
    g_string_append(out, "},\"segments\":[");
    for (guint i = 0; i < plan->segments->len; i++) {
        const PlanSegment *s = g_ptr_array_index(plan->segments, i);
        g_string_append(out, i ? ",{\"segment\":" : "{\"segment\":");
        json_append_string(out, s->segment);
        g_string_append_printf(out, ",\"people\":%" G_GINT64_FORMAT "}",
                               s->people);
    }
    g_string_append(out, "],\"days\":[");
    for (guint i = 0; i < plan->days->len; i++) {
        const PlanDay *d = g_ptr_array_index(plan->days, i);
        g_string_append_printf(
            out, "%s{\"date\":\"%s\",\"people\":%" G_GINT64_FORMAT "}",
            i ? "," : "", d->date, d->people);
    }
    g_string_append(out, "]}\n");
    fputs(out->str, stdout);
}

bool
plan_print_left_out(const Plan *plan, Store *store, GError **error)
{
    g_autoptr(Statement) st = store_prepare(
        store, "SELECT email FROM candidate WHERE candidate_id = :candidate",
        error);

    if (!st)
        return false;
    printf("\nLeft out\n");
    for (guint i = 0; i < plan->examples->len; i++) {
        const PlanLeftOut *e = g_ptr_array_index(plan->examples, i);
        statement_bind_int(st, ":candidate", e->candidate);
        if (statement_step(st))
            printf("  %-40s %s%s%s\n", statement_text(st, 0),
                   eligibility_sentence(e->reason),
                   e->detail && *e->detail ? ": " : "",
                   e->detail ? e->detail : "");
        if (!statement_end(st, error))
            return false;
    }
    return true;
}
