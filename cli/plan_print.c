/* SPDX-License-Identifier: Apache-2.0 */
/* plan_print.c - the funnel, the mails, the calendar and samples of a plan */
#include "plan-print.h"

#include "nurture/text.h"

#include <stdio.h>
#include <string.h>

enum { BAR = 24, NAMES = 42, CHANGED_LINES = 12 };

void
plan_print_row(const char *what, int64_t people, const char *sign)
{
    g_autofree char *number =
        g_strdup_printf("%s%s", sign, number_format(people));
    int pad = NAMES - text_columns(what);

    printf("  %s%*s%10s\n", what, MAX(pad, 1), "", number);
}

char *
plan_audience_words(const Campaign *campaign)
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
    g_autofree char *audience = plan_audience_words(campaign);

    if (plan->role && plan->shortlisted)
        printf("Role %s: of the %s people on its reviewed list, those who are "
               "%s.\n\n",
               plan->role, number_format(plan->shortlisted), audience);
    else if (plan->role)
        printf("Role %s: nobody has reviewed a list yet, so this is everybody "
               "%s.\nIt can be launched when there is one:  nurture match %s "
               "--save\n\n",
               plan->role, audience, plan->role);

    printf("Who%*s%9s\n", NAMES - 1, "", "people");
    plan_print_row(audience, plan->matched, "");
    for (int r = 1; r < ELIGIBILITY_REASONS; r++)
        if (plan->left_out[r])
            plan_print_row(eligibility_sentence((Eligibility)r),
                           plan->left_out[r], "-");
    if (plan->already)
        plan_print_row("in this campaign already", plan->already, "-");
    plan_print_row("will get it", plan->people, "");
    if (plan->later)
        plan_print_row("of these later: cap, hold or stale ATS data",
                       plan->later, "");
}

/* Who reads a translation: a test compares the variants of one language. */
static int64_t
translated(const PlanSegment *segment)
{
    int64_t rest = segment->variants->len ? segment->people : 0;

    for (guint i = 0; i < segment->variants->len; i++)
        rest -=
            ((PlanVariant *)g_ptr_array_index(segment->variants, i))->people;
    return rest;
}

static bool
has_translated(const Plan *plan)
{
    for (guint i = 0; i < plan->segments->len; i++)
        if (translated(g_ptr_array_index(plan->segments, i)) > 0)
            return true;
    return false;
}

char *
plan_variant_names(const Plan *plan)
{
    const PlanSegment *s =
        plan->segments->len ? g_ptr_array_index(plan->segments, 0) : NULL;
    GString *out = g_string_new(NULL);

    for (guint i = 0; s && i < s->variants->len; i++) {
        const PlanVariant *v = g_ptr_array_index(s->variants, i);
        g_string_append_printf(out, "%s%s", i ? " / " : "", v->id);
    }
    if (has_translated(plan))
        g_string_append(out, " / translated");
    return g_string_free(out, FALSE);
}

char *
plan_variant_people(const Plan *plan, const PlanSegment *segment)
{
    GString *out = g_string_new(NULL);

    for (guint i = 0; i < segment->variants->len; i++) {
        const PlanVariant *v = g_ptr_array_index(segment->variants, i);
        g_string_append_printf(out, "%s%s", i ? " / " : "",
                               number_format(v->people));
    }
    if (segment->variants->len == 0)
        g_string_append(out, number_format(segment->people));
    else if (has_translated(plan))
        g_string_append_printf(out, " / %s",
                               number_format(translated(segment)));
    return g_string_free(out, FALSE);
}

static const char *
segment_name(const PlanSegment *s)
{
    return s->segment ? s->segment : "the audience";
}

static int
segment_width(const PlanSegment *s)
{
    return MAX(text_columns(segment_name(s)), 9) + 3;
}

/* The mail, its wait, and for each segment who could get it; later mails go to
 * whoever is still there. */
static void
print_step(const Plan *plan, const CampaignStep *step, bool first)
{
    g_autofree char *wait =
        first ? plan_variant_names(plan) : campaign_step_wait(step);
    g_autofree char *only =
        step->only_if ? expression_format(step->only_if) : NULL;

    printf("  %-12s %-20s", step->mail->id, wait);
    for (guint i = 0; i < plan->segments->len; i++) {
        const PlanSegment *s = g_ptr_array_index(plan->segments, i);
        g_autofree char *people = first ? plan_variant_people(plan, s)
                                        : g_strdup(number_format(s->people));
        printf("%*s", segment_width(s), people);
    }
    printf("%s%s\n", only ? "   if " : "", only ? only : "");
}

static void
print_what(const Plan *plan, const Campaign *campaign)
{
    printf("\nWhat%*s", 31, "");
    for (guint i = 0; i < plan->segments->len; i++) {
        const PlanSegment *s = g_ptr_array_index(plan->segments, i);
        printf("%*s%s", segment_width(s) - text_columns(segment_name(s)), "",
               segment_name(s));
    }
    putchar('\n');
    for (guint i = 0; i < campaign->steps->len; i++)
        print_step(plan, g_ptr_array_index(campaign->steps, i), i == 0);
}

char *
plan_day_words(const PlanDay *day, GTimeZone *zone)
{
    static const char *const names[] = {"Mon", "Tue", "Wed", "Thu",
                                        "Fri", "Sat", "Sun"};
    g_autofree char *words = NULL;
    GDate date;
    int64_t at = 0;

    g_date_clear(&date, 1);
    g_date_set_parse(&date, day->date); /* always YYYY-MM-DD */
    date_parse(day->date, zone, &at, NULL);
    words = date_format(at, zone, "D MMM YYYY", "en");
    return g_strdup_printf(
        "%s %s%s",
        g_date_valid(&date) ? names[g_date_get_weekday(&date) - 1] : "",
        words[1] == ' ' ? " " : "", words);
}

static void
print_when(const Plan *plan, const Workspace *workspace)
{
    int64_t most = 1;

    printf("\nWhen   (first mails, each in the person's own window, within the "
           "rates)\n");
    for (guint i = 0; i < plan->days->len; i++)
        most = MAX(most,
                   ((const PlanDay *)g_ptr_array_index(plan->days, i))->people);
    for (guint i = 0; i < plan->days->len && i < 14; i++) {
        const PlanDay *day = g_ptr_array_index(plan->days, i);
        g_autofree char *words = plan_day_words(day, workspace->zone);
        int full = (int)MAX(day->people > 0, day->people * BAR / most);

        printf("  %-16s ", words);
        for (int b = 0; b < BAR; b++)
            fputs(b < full ? "█" : " ", stdout);
        printf(" %s", number_format(day->people));
        if (day->others > 0)
            printf("  beside %s of other campaigns, which go first",
                   number_format(day->others));
        putchar('\n');
    }
    if (plan->days->len > 14)
        printf("  and %u more days\n", plan->days->len - 14);
}

static void
print_change(const FileChange *c)
{
    printf("  %s%s\n", c->path,
           c->kind == FILE_ADDED     ? "  (new)"
           : c->kind == FILE_REMOVED ? "  (no longer part of it)"
           : c->lines->len == 0      ? "  (changed)"
                                     : "");
    for (guint i = 0; i < c->lines->len && i < CHANGED_LINES; i++)
        printf("    %s\n", (const char *)g_ptr_array_index(c->lines, i));
    if (c->lines->len > CHANGED_LINES)
        printf("    and %u more lines\n", c->lines->len - CHANGED_LINES);
}

static void
print_changes(const PlanView *view)
{
    if (view->changes->len == 0)
        return;
    printf("\nDifferent from the version that runs\n");
    for (guint i = 0; i < view->changes->len; i++)
        print_change(g_ptr_array_index(view->changes, i));
}

void
plan_print(const PlanView *view)
{
    const Plan *plan = view->plan;
    int pad = 62 - text_columns(plan->name);

    printf("Plan %s  %s%*snothing has been sent\n\n", plan->id, plan->name,
           MAX(pad, 2), "");
    print_who(plan, view->campaign);
    print_what(plan, view->campaign);
    if (plan->people > 0)
        print_when(plan, view->workspace);
    for (guint i = 0; i < plan->samples->len; i++) {
        g_auto(GStrv) part =
            g_strsplit(g_ptr_array_index(plan->samples, i), "\t", 2);
        printf("%s%s%*s %s\n", i ? "             " : "\nLooks like   ", part[0],
               MAX(0, 52 - text_columns(part[0])), "", part[1]);
    }
    print_changes(view);
    if (view->moves && view->moves->len > 0) {
        putchar('\n');
        plan_print_moves(stdout, view->moves);
    }
    if (view->campaign->status == STATUS_DRAFT)
        printf("\nIt is a draft. To send it, write  status: ready  in %s,\nand "
               "plan it again:   nurture plan %s\n",
               view->campaign->path, plan->campaign);
    else if (plan->people > 0 && (!plan->role || plan->shortlisted))
        printf("\nTo send exactly this:   nurture launch %s\n", plan->id);
    else if (view->changes->len > 0)
        printf("\nTo go on with these files:   nurture launch %s\n", plan->id);
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

bool
plan_print_left_out(const PlanView *view, GError **error)
{
    const Plan *plan = view->plan;
    g_autoptr(Statement) st = store_prepare(
        view->store,
        "SELECT email FROM candidate WHERE candidate_id = :candidate", error);

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
