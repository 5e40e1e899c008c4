/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_ats.c - what the applicant tracking system says */
#include "cmd_ats.h"
#include "cli.h"
#include "import_print.h"

#include "nurture/ats.h"
#include "nurture/error.h"
#include "nurture/json.h"
#include "nurture/text.h"

#include <stdio.h>
#include <string.h>

static const char help[] =
    "  nurture ats diff FILE           what a file would change; writes "
    "nothing\n"
    "  nurture ats apply FILE          take it\n"
    "  nurture ats status              how fresh the news are\n"
    "  nurture ats inbox [retry]       webhooks that were not understood\n"
    "  nurture ats outbox [retry]      events that have not been taken\n"
    "  nurture ats export --since D    replies, opt-outs, .. as JSON lines\n"
    "\n"
    "FILE is JSON lines (*.jsonl) or CSV, one candidate, job or application a\n"
    "row. Who has an open application gets no campaign mail. Each takes "
    "--help.";

static const char file_help[] =
    "Columns of a candidate: type, src, id, emails, first_name, last_name, "
    "lang,\n"
    "tz, country, city, title, company, seniority, tags, can_email, deleted,\n"
    "merged_into, updated_at. Of a job: title, status, department, locations,\n"
    "seniority, url, recruiter_email, opened_at, closed_at. Of an "
    "application:\n"
    "candidate_id, job_id, status (active, hired, rejected, withdrawn), "
    "stage,\n"
    "stage_kind (lead, applied, screen, interview, offer, hired), reached,\n"
    "applied_at, stage_at, rejected_at, reject_reason, reject_by, hired_at,\n"
    "source, credited_to. One with 'reached' and no status says only how far\n"
    "it got. Others are kept and mean nothing, but for those that recruiters\n"
    "must not keep about people (religion, health ..): they are left out. In\n"
    "CSV the values of a list stand between semicolons. A row that is older\n"
    "than what is known is passed over, so a file may be taken twice.";

static const char *const sentences[ATS_CHANGES] = {
    "enter a hiring process",
    "leave one, neither hired nor rejected",
    "are hired",
    "are rejected",
    "become silver medallists",
    "were deleted there, and will be erased",
    "are the same person as another",
};

static void
print_count(int64_t number, const char *what)
{
    if (number > 0)
        printf("%10s %s\n", number_format(number), what);
}

static void
print_change(const AtsChange *c)
{
    printf("%-9s %-32s %s%s%s\n", ats_change_word(c->kind),
           c->who && *c->who ? c->who : "(merged)", c->job ? c->job : "",
           c->campaigns ? c->kind == ATS_ENTERS ? "  holds " : "  ends " : "",
           c->campaigns ? c->campaigns : "");
}

static void
print_left_out(const AtsFileOptions *o, const AtsResult *r)
{
    g_autoptr(GString) names = g_string_new(NULL);

    for (guint i = 0; r->left_out && i < r->left_out->len; i++) {
        g_string_append(names, i ? ", '" : "'");
        plain_append_text(names, r->left_out->pdata[i]);
        g_string_append_c(names, '\'');
    }
    if (names->len > 0)
        fprintf(stderr,
                "%s: %s is not kept: recruiters must not (GDPR Articles 9 and "
                "10); leave it out of the export\n",
                o->path, names->str);
}

static void
print_result(const AtsFileOptions *o, const AtsResult *r)
{
    import_problems_print(o->path, r->problems, r->rejected);
    print_left_out(o, r);
    for (guint i = 0; i < r->changes->len; i++)
        print_change(g_ptr_array_index(r->changes, i));
    printf("%s%s: %s rows%s\n", r->changes->len > 0 ? "\n" : "", o->path,
           number_format(r->rows), o->dry_run ? ", nothing written" : "");
    if (r->resumed)
        puts("An interrupted file was finished first; its counts are in "
             "these.");
    for (int i = 0; i < ATS_CHANGES; i++)
        print_count(r->count[i], sentences[i]);
    print_count(r->people, "people are new here");
    print_count(r->conflicts, "records may be of several people: nurture "
                              "candidates merge --list");
    print_count(r->unmatched, "applications of people we do not know");
    print_count(r->older, "rows are not newer than what is known");
    print_count(r->rejected, "rows cannot be used");
    if (r->rejected_path)
        printf("Rejected rows: %s\n", r->rejected_path);
}

static void
append_change(GString *out, const AtsChange *c)
{
    g_string_append_printf(out,
                           "{\"change\":\"%s\",\"candidate\":"
                           "%" G_GINT64_FORMAT ",\"email\":",
                           ats_change_word(c->kind), c->candidate);
    json_append_string(out, c->who);
    g_string_append(out, ",\"job\":");
    json_append_string(out, c->job);
    g_string_append(out, ",\"campaigns\":");
    json_append_string(out, c->campaigns);
    g_string_append_c(out, '}');
}

static void
print_result_json(const AtsResult *r)
{
    g_autoptr(GString) out = g_string_new(NULL);

    g_string_printf(
        out,
        "{\"schema\":1,\"batch\":%" G_GINT64_FORMAT
        ",\"rows\":%" G_GINT64_FORMAT ",\"taken\":%" G_GINT64_FORMAT
        ",\"older\":%" G_GINT64_FORMAT ",\"rejected\":%" G_GINT64_FORMAT
        ",\"new_people\":%" G_GINT64_FORMAT ",\"conflicts\":%" G_GINT64_FORMAT
        ",\"unmatched\":%" G_GINT64_FORMAT ",\"counts\":{",
        r->batch, r->rows, r->taken, r->older, r->rejected, r->people,
        r->conflicts, r->unmatched);
    for (int i = 0; i < ATS_CHANGES; i++)
        g_string_append_printf(out, "%s\"%s\":%" G_GINT64_FORMAT, i ? "," : "",
                               ats_change_word((AtsChangeKind)i), r->count[i]);
    g_string_append(out, "},\"changes\":[");
    for (guint i = 0; i < r->changes->len; i++) {
        g_string_append(out, i ? "," : "");
        append_change(out, g_ptr_array_index(r->changes, i));
    }
    g_string_append(out, "],\"left_out\":[");
    for (guint i = 0; r->left_out && i < r->left_out->len; i++) {
        g_string_append(out, i ? "," : "");
        json_append_string(out, r->left_out->pdata[i]);
    }
    g_string_append(out, "],\"problems\":[");
    for (guint i = 0; i < r->problems->len; i++) {
        g_string_append(out, i ? "," : "");
        import_problem_append(out, g_ptr_array_index(r->problems, i));
    }
    g_string_append(out, "],\"rejected_file\":");
    json_append_string(out, r->rejected_path);
    puts(g_string_append_c(out, '}')->str);
}

static bool
show_progress(int64_t rows, int64_t bytes, int64_t total, gpointer data)
{
    (void)rows;
    cli_progress(data, "reading", bytes, total, false);
    return true;
}

static int
run_file(int argc, char **argv, CliContext *cli, bool dry_run)
{
    g_autofree char *src = NULL;
    gboolean whole = FALSE;
    const GOptionEntry entries[] = {
        {"src", 0, 0, G_OPTION_ARG_STRING, &src,
         "The ATS that rows are from, where they do not say it", "NAME"},
        {"strict", 0, 0, G_OPTION_ARG_NONE, &whole,
         "Take nothing when a row cannot be used", NULL},
        {NULL},
    };
    AtsFileOptions options = {
        .dry_run = dry_run, .progress = show_progress, .data = cli};
    g_auto(AtsResult) r = {0};
    GError *error = NULL;
    int status = cli_options(entries,
                             dry_run ? "FILE - what a file would change"
                                     : "FILE - take a file of the ATS",
                             file_help, &argc, &argv);

    if (status >= 0)
        return status;
    if (argc != 2)
        return cli_usage("ats", "name one file");
    options.path = argv[1];
    options.src = src;
    options.whole = whole;
    bool good = ats_apply_file(cli->store, cli->workspace, cli->keys, &options,
                               cli->now, &r, &error);
    cli_progress(cli, "reading", 0, 0, true);
    if (!good) {
        if (r.problems)
            import_problems_print(options.path, r.problems, r.rejected);
        return cli_error(error);
    }
    (cli->json ? print_result_json(&r) : print_result(&options, &r));
    return r.rejected > 0 ? 1 : 0;
}

static int
run_diff(int argc, char **argv, CliContext *cli)
{
    return run_file(argc, argv, cli, true);
}

static int
run_apply(int argc, char **argv, CliContext *cli)
{
    return run_file(argc, argv, cli, false);
}

static const struct {
    const char *name;
    int (*run)(int argc, char **argv, CliContext *cli);
} verbs[] = {
    {"diff", run_diff},         {"apply", run_apply},
    {"status", ats_run_status}, {"inbox", ats_run_inbox},
    {"outbox", ats_run_outbox}, {"export", ats_run_export},
};

int
cmd_ats(int argc, char **argv, CliContext *cli)
{
    int status;

    for (gsize i = 0; argc > 1 && i < G_N_ELEMENTS(verbs); i++)
        if (strcmp(argv[1], verbs[i].name) == 0)
            return verbs[i].run(argc - 1, cli_verb(argv), cli);
    status = cli_options(NULL, "VERB .. - hear from the ATS, and tell it", help,
                         &argc, &argv);
    if (status >= 0)
        return status;
    return cli_usage("ats", argc > 1 ? "there is no 'ats %s'" : "do what?",
                     argc > 1 ? argv[1] : "");
}
