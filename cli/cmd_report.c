/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_report.c - a campaign's funnel as table, JSON or CSV */
#include "report-analytics.h"

#include "nurture/json.h"
#include "nurture/report.h"
#include "nurture/text.h"
#include "nurture/uplift.h"

#include <stddef.h>
#include <stdio.h>

static const char help[] =
    "Of one campaign: people per step and segment: sent, bounced, opened,\n"
    "clicked, replied, interested, opted out. Clicks of scanners stand apart\n"
    "and count nowhere.\n"
    "\n"
    "Of all campaigns:\n"
    "  pipeline   from the first contact to the hire; what would have come "
    "anyway\n"
    "  sources    source of hire, CRM-sourced against other channels, cost, "
    "quality\n"
    "  segments   open, click, response; from segment to hire\n"
    "  cohorts    people by the month of their first contact\n"
    "as a table, --csv, --json, or with --html FILE one page with charts to "
    "send\n"
    "or print. How each figure is made stands below it.";

/* The one list of columns; three printers walk it. */
static const struct {
    const char *name, *title;
    size_t offset;
} columns[] = {
    {"queued", "queued", offsetof(ReportRow, queued)},
    {"sent", "sent", offsetof(ReportRow, sent)},
    {"in_doubt", "doubt", offsetof(ReportRow, in_doubt)},
    {"bounced", "bounced", offsetof(ReportRow, bounced)},
    {"failed", "failed", offsetof(ReportRow, failed)},
    {"opened", "opened", offsetof(ReportRow, opened)},
    {"clicked", "clicked", offsetof(ReportRow, clicked)},
    {"machine_clicks", "machine", offsetof(ReportRow, machine_clicks)},
    {"replied", "replied", offsetof(ReportRow, replied)},
    {"interested", "keen", offsetof(ReportRow, interested)},
    {"auto_replied", "auto", offsetof(ReportRow, auto_replied)},
    {"opted_out", "opt-out", offsetof(ReportRow, opted_out)},
    {"complained", "complain", offsetof(ReportRow, complained)},
};

static int64_t
value(const ReportRow *row, gsize column)
{
    return *(const int64_t *)(const void *)((const char *)row +
                                            columns[column].offset);
}

static void
print_table(const CampaignReport *r)
{
    printf("%s (%s): %s people enrolled, %s control, %s on the way, %s done, "
           "%s left early\n\n",
           r->campaign, r->state, number_format(r->enrolled),
           number_format(r->control), number_format(r->active),
           number_format(r->done), number_format(r->exited));
    printf("%-14s %-20s", "step", "segment");
    for (gsize c = 0; c < G_N_ELEMENTS(columns); c++)
        printf(" %8s", columns[c].title);
    putchar('\n');
    for (guint i = 0; i < r->rows->len; i++) {
        const ReportRow *row = g_ptr_array_index(r->rows, i);
        printf("%-14s %-20s", row->step, row->segment);
        for (gsize c = 0; c < G_N_ELEMENTS(columns); c++)
            printf(" %8s", number_format(value(row, c)));
        putchar('\n');
    }
}

static void
print_uplift(const Uplift *u)
{
    if (!u->goal)
        return;
    printf("\nGoal: %s\n", u->goal);
    printf("  %s of %s people reached it", number_format(u->reached),
           number_format(u->people));
    if (u->people)
        printf(" (%.1f %%)", 100 * (double)u->reached / (double)u->people);
    if (u->control == 0) {
        puts("\n  no control group (holdout): what they would have done "
             "anyway is not known");
        return;
    }
    printf("\n  %s of %s in the control group (%.1f %%)\n",
           number_format(u->control_reached), number_format(u->control),
           100 * (double)u->control_reached / (double)u->control);
    printf("  uplift %+.1f points, 95 %% interval %+.1f to %+.1f%s\n",
           100 * u->uplift, 100 * u->low, 100 * u->high,
           u->low <= 0 && u->high >= 0 ? ": could be chance" : "");
}

static void
append_uplift(GString *out, const Uplift *u)
{
    if (!u->goal)
        return;
    g_string_append(out, ",\"goal\":{\"condition\":");
    json_append_string(out, u->goal);
    g_string_append_printf(
        out,
        ",\"people\":%" G_GINT64_FORMAT ",\"reached\":%" G_GINT64_FORMAT
        ",\"control\":%" G_GINT64_FORMAT
        ",\"control_reached\":%" G_GINT64_FORMAT,
        u->people, u->reached, u->control, u->control_reached);
    if (u->people && u->control)
        g_string_append_printf(out,
                               ",\"uplift\":%.4f,\"low\":%.4f,"
                               "\"high\":%.4f",
                               u->uplift, u->low, u->high);
    g_string_append_c(out, '}');
}

static void
print_csv(const CampaignReport *r)
{
    fputs("campaign,step,segment", stdout);
    for (gsize c = 0; c < G_N_ELEMENTS(columns); c++)
        printf(",%s", columns[c].name);
    fputs("\r\n", stdout);
    for (guint i = 0; i < r->rows->len; i++) {
        const ReportRow *row = g_ptr_array_index(r->rows, i);
        /* Names of campaigns, steps and segments are [a-z0-9-]. */
        printf("%s,%s,%s", r->campaign, row->step, row->segment);
        for (gsize c = 0; c < G_N_ELEMENTS(columns); c++)
            printf(",%" G_GINT64_FORMAT, value(row, c));
        fputs("\r\n", stdout);
    }
}

static void
append_row(GString *out, const ReportRow *row)
{
    g_string_append(out, "{\"step\":");
    json_append_string(out, row->step);
    g_string_append(out, ",\"segment\":");
    json_append_string(out, row->segment);
    for (gsize c = 0; c < G_N_ELEMENTS(columns); c++)
        g_string_append_printf(out, ",\"%s\":%" G_GINT64_FORMAT,
                               columns[c].name, value(row, c));
    g_string_append_c(out, '}');
}

static void
print_json(const CampaignReport *r, const Uplift *uplift)
{
    g_autoptr(GString) out = g_string_new("{\"schema\":1,\"campaign\":");

    json_append_string(out, r->campaign);
    g_string_append_printf(
        out,
        ",\"state\":\"%s\",\"enrolled\":%" G_GINT64_FORMAT
        ",\"control\":%" G_GINT64_FORMAT ",\"active\":%" G_GINT64_FORMAT
        ",\"done\":%" G_GINT64_FORMAT ",\"exited\":%" G_GINT64_FORMAT
        ",\"rows\":[",
        r->state, r->enrolled, r->control, r->active, r->done, r->exited);
    for (guint i = 0; i < r->rows->len; i++) {
        if (i)
            g_string_append_c(out, ',');
        append_row(out, g_ptr_array_index(r->rows, i));
    }
    g_string_append_c(out, ']');
    append_uplift(out, uplift);
    g_string_append(out, "}\n");
    fputs(out->str, stdout);
}

int
cmd_report(int argc, char **argv, CliContext *cli)
{
    gboolean csv = FALSE;
    g_autofree char *from = NULL, *to = NULL, *table = NULL, *html = NULL;
    const GOptionEntry entries[] = {
        {"csv", 0, 0, G_OPTION_ARG_NONE, &csv, "Comma-separated values", NULL},
        {"table", 0, 0, G_OPTION_ARG_STRING, &table,
         "Only this table, for --csv", "NAME"},
        {"html", 0, 0, G_OPTION_ARG_FILENAME, &html,
         "Write one page with charts; - is stdout", "FILE"},
        {"from", 0, 0, G_OPTION_ARG_STRING, &from, "The first day", "DATE"},
        {"to", 0, 0, G_OPTION_ARG_STRING, &to, "The last day", "DATE"},
        {NULL},
    };
    g_autoptr(CampaignReport) report = NULL;
    g_auto(Uplift) uplift = {NULL};
    GError *error = NULL;
    int status =
        cli_options(entries,
                    "CAMPAIGN|pipeline|sources|segments|cohorts - what came "
                    "of it",
                    help, &argc, &argv);

    if (status >= 0)
        return status;
    if (argc != 2)
        return cli_usage("report", "name one campaign, or pipeline, sources, "
                                   "segments or cohorts");
    if (g_strv_contains(analytics_names(), argv[1])) {
        const ReportOptions options = {from, to, csv, table, html};
        return report_analytics(cli, argv[1], &options);
    }
    if (from || to || table || html)
        return cli_usage("report", "--from, --to, --table and --html are for "
                                   "the reports over all campaigns");
    report = report_campaign(cli->store, argv[1], &error);
    if (!report || !uplift_measure(cli->workspace, cli->store, argv[1],
                                   cli->now, &uplift, &error))
        return cli_error(error);
    if (cli->json) {
        print_json(report, &uplift);
    } else if (csv) {
        print_csv(report);
    } else {
        print_table(report);
        print_uplift(&uplift);
    }
    return 0;
}
