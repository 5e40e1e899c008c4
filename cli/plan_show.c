/* SPDX-License-Identifier: Apache-2.0 */
/* plan_show.c - what a kept plan has promised */
#include "plan-print.h"

#include "nurture/clock.h"
#include "nurture/json.h"
#include "nurture/text.h"

#include <stdio.h>

static void
show_text(const CliContext *cli, const PlanPromise *p)
{
    g_autofree char *made = date_format(p->made_at, cli->workspace->zone,
                                        "D MMMM YYYY, HH:mm", "en");

    printf("Plan %s  %s%s%s   made on %s\n\n", p->id, p->campaign,
           p->role ? ", role " : "", p->role ? p->role : "", made);
    plan_print_row("in the audience", p->matched, "");
    for (int r = 1; r < ELIGIBILITY_REASONS; r++)
        if (p->left_out[r])
            plan_print_row(eligibility_sentence((Eligibility)r), p->left_out[r],
                           "-");
    if (p->already)
        plan_print_row("in this campaign already", p->already, "-");
    plan_print_row("will get it", p->people, "");
    if (cli->now - p->made_at < DAY_MS)
        printf("\nTo send exactly this:   nurture launch %s\n", p->id);
    else
        printf("\nOlder than a day: make another with  nurture plan %s\n",
               p->campaign);
}

static void
show_json(const PlanPromise *p)
{
    g_autoptr(GString) out = g_string_new("{\"schema\":1,\"plan\":");
    const char *comma = "";

    json_append_string(out, p->id);
    g_string_append(out, ",\"campaign\":");
    json_append_string(out, p->campaign);
    g_string_append(out, ",\"role\":");
    json_append_string(out, p->role);
    g_string_append(out, ",\"snapshot\":");
    json_append_string(out, p->snapshot);
    g_string_append_printf(out,
                           ",\"made_at\":%" G_GINT64_FORMAT
                           ",\"matched\":%" G_GINT64_FORMAT
                           ",\"people\":%" G_GINT64_FORMAT
                           ",\"already\":%" G_GINT64_FORMAT ",\"left_out\":{",
                           p->made_at, p->matched, p->people, p->already);
    for (int r = 1; r < ELIGIBILITY_REASONS; r++)
        if (p->left_out[r]) {
            g_string_append_printf(out, "%s\"%s\":%" G_GINT64_FORMAT, comma,
                                   eligibility_word((Eligibility)r),
                                   p->left_out[r]);
            comma = ",";
        }
    puts(g_string_append(out, "}}")->str);
}

int
plan_show(CliContext *cli, const char *id)
{
    g_auto(PlanPromise) promise = {0};
    GError *error = NULL;

    if (!plan_promise(cli->store, id, &promise, &error))
        return cli_error(error);
    if (cli->json)
        show_json(&promise);
    else
        show_text(cli, &promise);
    return 0;
}
