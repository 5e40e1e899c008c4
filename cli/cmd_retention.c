/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_retention.c - who is told, asked, reminded and anonymised, and when */
#include "cli.h"

#include "nurture/clock.h"
#include "nurture/json.h"
#include "nurture/retention.h"
#include "nurture/text.h"

#include <stdio.h>

static const char help[] =
    "Without --apply nothing is written: it lists what is due, and what will\n"
    "be within the next 30 days.\n"
    "  notice     sourced people are told where their data are from (GDPR\n"
    "             Article 14), within a month; nothing else is sent to them\n"
    "             before. legal.notice: first-mail tells them in that mail\n"
    "  renewal    legal.retention ends soon: may we keep in touch?\n"
    "  reminder   the last one before the end\n"
    "  anonymise  nobody answered: everything about them is erased; what was\n"
    "             done when stays, and imports do not bring them back\n"
    "  reconfirm  mail has left for sunset.after, and nothing came back: "
    "would\n"
    "             they like to stay?\n"
    "  archive    nobody answered: no campaign mails them until they give a\n"
    "             sign of life; data stay until legal.retention ends\n"
    "An answer, a click, an application or a consent starts the clock anew.\n"
    "Who is in a hiring process is left alone. 'nurture run' does all this\n"
    "once a day when retention.automatic is on.";

typedef struct {
    CliContext *cli;
    int64_t limit, shown, left_out;
    int64_t due[RETENTION_DEEDS], coming[RETENTION_DEEDS], waiting;
} Report;

static bool
is_overdue(const Report *r, const RetentionRow *row)
{
    return row->deadline && row->deadline <= r->cli->now;
}

static void
print_json(const Report *r, const RetentionRow *row)
{
    g_autoptr(GString) out = g_string_new("{\"schema\":1");
    g_autofree char *due = date_iso(row->due_at);
    g_autofree char *deadline = row->deadline ? date_iso(row->deadline) : NULL;
    g_autofree char *ends = row->ends_at ? date_iso(row->ends_at) : NULL;

    g_string_append_printf(out,
                           ",\"candidate\":%" G_GINT64_FORMAT
                           ",\"deed\":\"%s\",\"due\":%s,\"due_at\":\"%s\","
                           "\"ends_at\":",
                           row->candidate, retention_word(row->deed),
                           row->due_at <= r->cli->now ? "true" : "false", due);
    json_append_string(out, ends);
    if (deadline)
        g_string_append_printf(out, ",\"deadline\":\"%s\",\"overdue\":%s",
                               deadline, is_overdue(r, row) ? "true" : "false");
    g_string_append(out, ",\"email\":");
    json_append_string(out, row->email);
    g_string_append(out, ",\"waits\":");
    json_append_string(out, row->waits);
    puts(g_string_append_c(out, '}')->str);
}

static bool
show(const RetentionRow *row, gpointer data)
{
    Report *r = data;
    g_autofree char *due =
        date_format(row->due_at, r->cli->workspace->zone, "YYYY-MM-DD", "en");
    bool now = row->due_at <= r->cli->now;

    if (row->waits)
        r->waiting++;
    else
        (now ? r->due : r->coming)[row->deed]++;
    if (++r->shown > r->limit)
        r->left_out++;
    else if (r->cli->json)
        print_json(r, row);
    else
        printf("%s  %-9s  %8" G_GINT64_FORMAT "  %s%s%s%s\n",
               now ? "now       " : due, retention_word(row->deed),
               row->candidate, row->email,
               is_overdue(r, row) ? "  OVERDUE: the month of Article 14 is over"
                                  : "",
               row->waits ? "  waits: " : "", row->waits ? row->waits : "");
    return true;
}

static int
report(CliContext *cli, int64_t horizon, int64_t limit)
{
    Report r = {.cli = cli, .limit = limit};
    GError *error = NULL;
    int64_t due = 0;

    if (!retention_each(cli->store, cli->workspace, cli->now, horizon, show, &r,
                        &error))
        return cli_error(error);
    if (cli->json || cli->quiet)
        return 0;
    if (r.left_out > 0)
        printf(".. and %s more (--limit)\n", number_format(r.left_out));
    for (int i = 0; i < RETENTION_DEEDS; i++) {
        due += r.due[i];
        if (r.due[i] + r.coming[i] > 0) {
            g_autofree char *now = g_strdup(number_format(r.due[i]));
            printf("%-9s  %s now, %s later\n", retention_word(i), now,
                   number_format(r.coming[i]));
        }
    }
    if (r.waiting > 0)
        printf("waiting    %s\n", number_format(r.waiting));
    if (cli->workspace->legal.retention.count == 0)
        puts("legal.retention is not set: nobody is ever anonymised.");
    puts(due > 0 ? "Nothing was written. To do it: nurture retention --apply"
                 : "Nothing is due.");
    return 0;
}

static int
apply(CliContext *cli)
{
    RetentionResult r;
    GError *error = NULL;

    if (!retention_apply(cli->store, cli->workspace, cli->keys, cli->now, &r,
                         &error))
        return cli_error(error);
    if (cli->json)
        printf(
            "{\"schema\":1,\"notices\":%" G_GINT64_FORMAT
            ",\"renewals\":%" G_GINT64_FORMAT ",\"reminders\":%" G_GINT64_FORMAT
            ",\"anonymised\":%" G_GINT64_FORMAT
            ",\"questions\":%" G_GINT64_FORMAT ",\"archived\":%" G_GINT64_FORMAT
            ",\"waiting\":%" G_GINT64_FORMAT "}\n",
            r.done[RETENTION_NOTICE], r.done[RETENTION_RENEWAL],
            r.done[RETENTION_REMINDER], r.done[RETENTION_ANONYMISE],
            r.done[RETENTION_RECONFIRM], r.done[RETENTION_ARCHIVE], r.waiting);
    else if (!cli->quiet)
        printf("%" G_GINT64_FORMAT " notices, %" G_GINT64_FORMAT
               " renewals, %" G_GINT64_FORMAT " reminders, %" G_GINT64_FORMAT
               " questions are in the outbox; %" G_GINT64_FORMAT
               " people are anonymised, %" G_GINT64_FORMAT
               " archived, %" G_GINT64_FORMAT " wait\n",
               r.done[RETENTION_NOTICE], r.done[RETENTION_RENEWAL],
               r.done[RETENTION_REMINDER], r.done[RETENTION_RECONFIRM],
               r.done[RETENTION_ANONYMISE], r.done[RETENTION_ARCHIVE],
               r.waiting);
    return 0;
}

int
cmd_retention(int argc, char **argv, CliContext *cli)
{
    gboolean apply_it = FALSE;
    gint64 within = 30, limit = 50;
    const GOptionEntry entries[] = {{"apply", 0, 0, G_OPTION_ARG_NONE,
                                     &apply_it, "Do what is due now", NULL},
                                    {"within", 0, 0, G_OPTION_ARG_INT64,
                                     &within, "Look ahead so many days (30)",
                                     "DAYS"},
                                    {"limit", 0, 0, G_OPTION_ARG_INT64, &limit,
                                     "Show at most so many people (50)", "N"},
                                    G_OPTION_ENTRY_NULL};
    int status =
        cli_options(entries, "- tell, ask, remind and anonymise people", help,
                    &argc, &argv);

    if (status >= 0)
        return status;
    if (argc != 1 || within < 0 || within > 36500 || limit < 0)
        return cli_usage("retention", "days and numbers are not negative, and "
                                      "nothing else is said");
    return apply_it ? apply(cli)
                    : report(cli, cli->now + within * DAY_MS, limit);
}
