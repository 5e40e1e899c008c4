/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_hits.c - clicks and opens by what they are taken for */
#include "cli.h"

#include "nurture/error.h"
#include "nurture/hits.h"
#include "nurture/json.h"
#include "nurture/text.h"

#include <stdio.h>
#include <string.h>

static const char help[] =
    "Without a word: how many clicks and opens are taken for what, and why.\n"
    "'reclassify' makes the classes again by the rules there are now, when "
    "nurture\nis newer or data/machine-agents.tsv or data/machine-ranges.tsv "
    "has changed:\nscores, last engagement and wrong stops follow. --dry-run "
    "says what would.";

/* What there is ---------------------------------------------------------- */

static void
print_row(const CliContext *cli, Statement *st)
{
    const char *kind = statement_text(st, 0), *class = statement_text(st, 1);
    const char *rule = statement_text(st, 2);
    int64_t count = statement_int(st, 3);

    if (!cli->json) {
        printf("%-8s  %-8s  %-28s  %12s\n", kind, class ? class : "-",
               rule ? rule : "", number_format(count));
        return;
    }
    g_autoptr(GString) out = g_string_new("{\"schema\":1,\"kind\":");
    json_append_string(out, kind);
    g_string_append(out, ",\"class\":");
    json_append_string(out, class);
    g_string_append(out, ",\"rule\":");
    json_append_string(out, rule);
    g_string_append_printf(out, ",\"count\":%" G_GINT64_FORMAT "}", count);
    puts(out->str);
}

static bool
print_all(CliContext *cli, GError **error)
{
    int64_t outdated, rows = 0;
    g_autoptr(Statement) st = store_prepare(
        cli->store,
        "SELECT kind, json_extract(detail, '$.class') AS class,"
        "  json_extract(detail, '$.rule') AS rule, count(*) FROM event"
        " WHERE kind IN ('clicked', 'opened') GROUP BY kind, class, rule"
        " ORDER BY kind, class, count(*) DESC",
        error);

    if (!st || !hits_outdated(cli->store, cli->workspace, &outdated, error))
        return false;
    for (; statement_step(st); rows++)
        print_row(cli, st);
    if (!statement_end(st, error))
        return false;
    if (rows == 0 && !cli->json)
        puts("No click and no open is recorded.");
    if (outdated > 0 && !cli->quiet)
        fprintf(stderr,
                "%s were classed by other rules than these; see: nurture hits "
                "reclassify --dry-run\n",
                number_format(outdated));
    return true;
}

/* Again ------------------------------------------------------------------ */

static void
show_progress(int64_t done, int64_t all, gpointer data)
{
    cli_progress(data, "hits", done, all, done >= all);
}

static void
print_json(const HitsReclassified *r, bool dry_run)
{
    printf("{\"schema\":1,\"dry_run\":%s,\"hits\":%" G_GINT64_FORMAT
           ",\"outdated\":%" G_GINT64_FORMAT ",\"changed\":%" G_GINT64_FORMAT
           ",\"scores\":%" G_GINT64_FORMAT ",\"stops\":%" G_GINT64_FORMAT,
           dry_run ? "true" : "false", r->hits, r->outdated, r->changed,
           r->scores, r->stops);
    for (int i = 0; i < HITS_CLASSES; i++)
        printf(",\"%s\":{\"before\":%" G_GINT64_FORMAT
               ",\"after\":%" G_GINT64_FORMAT "}",
               hits_class_word(i), r->before[i], r->after[i]);
    puts("}");
}

static void
print_table(const HitsReclassified *r, bool dry_run)
{
    printf("%-8s  %12s  %12s\n", "class", "before", "after");
    for (int i = 0; i < HITS_CLASSES; i++)
        printf("%-8s  %12s  %12s\n", hits_class_word(i),
               number_format(r->before[i]), number_format(r->after[i]));
    printf("%s of %s hits %s of another class\n", number_format(r->changed),
           number_format(r->hits), dry_run ? "would be" : "are");
    if (r->scores > 0 || r->stops > 0)
        printf("%s scores %s summed again, %s enrolments that a machine had "
               "stopped %s\n",
               number_format(r->scores), dry_run ? "would be" : "were",
               number_format(r->stops), dry_run ? "would go on" : "go on");
}

static int
reclassify(bool dry_run, CliContext *cli)
{
    HitsReclassified r;
    GError *error = NULL;

    if (!hits_reclassify(cli->store, cli->workspace, dry_run, cli->now,
                         show_progress, cli, &r, &error))
        return cli_error(error);
    if (cli->json)
        print_json(&r, dry_run);
    else if (!cli->quiet)
        print_table(&r, dry_run);
    return 0;
}

int
cmd_hits(int argc, char **argv, CliContext *cli)
{
    gboolean dry_run = FALSE;
    GError *error = NULL;
    const GOptionEntry entries[] = {
        {"dry-run", 0, 0, G_OPTION_ARG_NONE, &dry_run,
         "Say what 'reclassify' would change", NULL},
        {NULL},
    };
    int status = cli_options(entries, "[reclassify] - people and machines",
                             help, &argc, &argv);

    if (status >= 0)
        return status;
    if (argc == 2 && strcmp(argv[1], "reclassify") == 0)
        return reclassify(dry_run, cli);
    if (argc != 1 || dry_run)
        return cli_usage("hits", "say nothing, or reclassify");
    return print_all(cli, &error) ? 0 : cli_error(error);
}
