/* SPDX-License-Identifier: Apache-2.0 */
/* plan_markdown.c - a plan as a comment in a pull request */
#include "plan-print.h"

#include "nurture/text.h"

#include <string.h>

/* Subjects and names are not ours: no markup of theirs may take part. */
static void
put_words(const char *text)
{
    for (; *text; text++) {
        if (strchr("\\`*_{}[]<>()#+-.!|~&", *text))
            putchar('\\');
        putchar(*text == '\n' ? ' ' : *text);
    }
}

static void
print_row(const char *what, const char *sign, int64_t people, const char *bold)
{
    printf("| %s", bold);
    put_words(what);
    printf("%s | %s%s%s%s |\n", bold, bold, sign, number_format(people), bold);
}

static void
print_who(const PlanView *view)
{
    const Plan *plan = view->plan;
    g_autofree char *audience = plan_audience_words(view->campaign);

    puts("| Who | People |\n| --- | ---: |");
    print_row(audience, "", plan->matched, "");
    for (int r = 1; r < ELIGIBILITY_REASONS; r++)
        if (plan->left_out[r])
            print_row(eligibility_sentence((Eligibility)r), "-",
                      plan->left_out[r], "");
    if (plan->already)
        print_row("in this campaign already", "-", plan->already, "");
    print_row("will get it", "", plan->people, "**");
}

static void
print_step(const Plan *plan, const CampaignStep *step, bool first)
{
    g_autofree char *wait =
        first ? plan_variant_names(plan) : campaign_step_wait(step);
    g_autofree char *only =
        step->only_if ? expression_format(step->only_if) : g_strdup("");

    printf("| %s | ", step->mail->id);
    put_words(wait);
    printf(" | ");
    put_words(only);
    for (guint i = 0; i < plan->segments->len; i++) {
        const PlanSegment *s = g_ptr_array_index(plan->segments, i);
        g_autofree char *people = first ? plan_variant_people(plan, s)
                                        : g_strdup(number_format(s->people));
        printf(" | %s", people);
    }
    puts(" |");
}

static void
print_what(const PlanView *view)
{
    const Plan *plan = view->plan;

    printf("\n| Mail | When | If");
    for (guint i = 0; i < plan->segments->len; i++) {
        const PlanSegment *s = g_ptr_array_index(plan->segments, i);
        printf(" | %s", s->segment ? s->segment : "people");
    }
    printf(" |\n| --- | --- | ---");
    for (guint i = 0; i < plan->segments->len; i++)
        printf(" | ---:");
    puts(" |");
    for (guint i = 0; i < view->campaign->steps->len; i++)
        print_step(plan, g_ptr_array_index(view->campaign->steps, i), i == 0);
}

static void
print_when(const PlanView *view)
{
    puts("\n| First mails on | People |\n| --- | ---: |");
    for (guint i = 0; i < view->plan->days->len; i++) {
        const PlanDay *day = g_ptr_array_index(view->plan->days, i);
        g_autofree char *words = plan_day_words(day, view->workspace->zone);
        print_row(words, "", day->people, "");
    }
}

/* Addresses stay out of what others may read. */
static void
print_samples(const Plan *plan)
{
    puts("\nSubjects as people will read them:\n");
    for (guint i = 0; i < plan->samples->len; i++) {
        g_auto(GStrv) part =
            g_strsplit(g_ptr_array_index(plan->samples, i), "\t", 2);
        printf("- ");
        put_words(part[0]);
        putchar('\n');
    }
}

/* A fence longer than any in the lines themselves. */
static void
print_changes(const PlanView *view)
{
    puts("\nDifferent from the version that runs:\n\n``````diff");
    for (guint i = 0; i < view->changes->len; i++) {
        const FileChange *c = g_ptr_array_index(view->changes, i);
        printf("%s %s\n",
               c->kind == FILE_ADDED     ? "+++"
               : c->kind == FILE_REMOVED ? "---"
                                         : "@@@",
               c->path);
        for (guint l = 0; l < c->lines->len; l++) {
            const char *line = g_ptr_array_index(c->lines, l);
            printf("%c%s\n", line[0], line + 2);
        }
    }
    puts("``````");
}

static void
print_problems(const Diagnostics *problems)
{
    puts("");
    for (guint i = 0; i < diagnostics_length(problems); i++) {
        const Diagnostic *d = diagnostics_get(problems, i);
        printf("- **%s** `%s", d->code, d->path);
        if (d->line > 0)
            printf(":%d", d->line);
        printf("` ");
        put_words(d->message);
        putchar('\n');
    }
}

void
plan_print_markdown(const PlanView *view)
{
    printf("### Plan `%s`: ", view->plan->id);
    put_words(view->plan->name);
    puts("\n\nNothing has been sent.\n");
    print_who(view);
    print_what(view);
    if (view->plan->days->len > 0)
        print_when(view);
    if (view->plan->samples->len > 0)
        print_samples(view->plan);
    if (view->changes->len > 0)
        print_changes(view);
    if (view->moves && view->moves->len > 0) {
        puts("\n```");
        plan_print_moves(stdout, view->moves);
        puts("```");
    }
    if (diagnostics_length(view->problems) > 0)
        print_problems(view->problems);
    if (view->campaign->status == STATUS_DRAFT)
        printf("\nIt is a draft: nothing can be sent before it says "
               "`status: ready`.\n");
    else if (view->plan->people > 0 || view->changes->len > 0)
        printf("\nTo send exactly this: `nurture launch %s`\n", view->plan->id);
}
