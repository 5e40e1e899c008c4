/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_candidates_merge.c - two records that are one person */
#include "cmd_candidates.h"

#include "nurture/candidates.h"
#include "nurture/eligibility.h"
#include "nurture/error.h"
#include "nurture/json.h"
#include "nurture/text.h"

#include <stdio.h>
#include <string.h>

static const char help[] =
    "  nurture candidates merge --list\n"
    "       records of the ATS that may be of several people here; nobody is\n"
    "       guessed, and none of them is mailed while an application is open\n"
    "  nurture candidates merge KEEP GONE --dry-run\n"
    "  nurture candidates merge KEEP GONE\n"
    "       GONE leaves all campaigns; its addresses, applications, mails,\n"
    "       answers and consents are KEEP's from then on, and so are fields\n"
    "       that KEEP lacks; where they differ, KEEP's stay. Who opted out\n"
    "       under one address has opted out. All of it is listed before you\n"
    "       are asked. It cannot be undone: mails go on being counted and\n"
    "       answered as one person's; back up first.\n"
    "  nurture candidates merge --distinct OWNER OTHER\n"
    "       they are two people: what is in doubt between them is OWNER's, "
    "and\n"
    "       OTHER is not held by it any more";

/* -- the list ------------------------------------------------------------- */

static void
print_conflict(const CliContext *cli, Statement *st)
{
    g_autoptr(GString) out = g_string_new("{\"schema\":1");
    static const char *const names[] = {"src", "id", "people", "job"};

    if (!cli->json) {
        printf("%s/%s  %s%s%s\n", statement_text(st, 0), statement_text(st, 1),
               statement_text(st, 2),
               statement_text(st, 3) ? "  applied: " : "",
               statement_text(st, 3) ? statement_text(st, 3) : "");
        return;
    }
    for (int i = 0; i < 4; i++) {
        g_string_append_printf(out, ",\"%s\":", names[i]);
        json_append_string(out, statement_text(st, i));
    }
    puts(g_string_append_c(out, '}')->str);
}

static int
run_list(CliContext *cli)
{
    GError *error = NULL;
    int64_t rows = 0;
    g_autoptr(Statement) st = store_prepare(
        cli->store,
        "SELECT x.src, x.remote_id, (SELECT group_concat(email, ', ') FROM"
        "  (SELECT c.email FROM candidate c WHERE c.candidate_id IN"
        "    (SELECT y.candidate_id FROM ats_conflict y WHERE y.src = x.src"
        "      AND y.remote_id = x.remote_id AND y.cleared_at IS NULL"
        "     UNION SELECT i.candidate_id FROM ats_identity i"
        "      WHERE i.src = x.src AND i.remote_id = x.remote_id)"
        "   ORDER BY c.candidate_id)),"
        "  (SELECT j.title FROM application a JOIN job j"
        "    ON j.job_id = a.job_id WHERE a.src = x.src"
        "     AND a.candidate_remote = x.remote_id"
        "    ORDER BY a.updated_at DESC LIMIT 1)"
        " FROM (SELECT DISTINCT src, remote_id FROM ats_conflict"
        "  WHERE cleared_at IS NULL) x"
        " ORDER BY x.src, x.remote_id",
        &error);

    if (!st)
        return cli_error(error);
    for (; statement_step(st); rows++)
        print_conflict(cli, st);
    if (!statement_end(st, &error))
        return cli_error(error);
    if (rows == 0 && !cli->json && !cli->quiet)
        puts("Nobody is in doubt.");
    return 0;
}

/* -- merging -------------------------------------------------------------- */

/* Of `gone`. */
static const struct {
    const char *name, *one, *many;
    gsize at;
} moved[] = {
    {"addresses", "address moves", "addresses move",
     offsetof(MergeResult, addresses)},
    {"applications", "application moves", "applications move",
     offsetof(MergeResult, applications)},
    {"mails", "mail that was sent moves", "mails that were sent move",
     offsetof(MergeResult, mails)},
    {"replies", "answer moves", "answers move", offsetof(MergeResult, replies)},
    {"campaigns", "campaign is left", "campaigns are left",
     offsetof(MergeResult, campaigns)},
};

static int64_t
count_of(const MergeResult *r, gsize i)
{
    return *(const int64_t *)((const char *)r + moved[i].at);
}

static void
print_json(const MergeResult *r, bool dry_run)
{
    g_autoptr(GString) out = g_string_new("{\"schema\":1");

    g_string_append_printf(out,
                           ",\"kept\":%" G_GINT64_FORMAT
                           ",\"gone\":%" G_GINT64_FORMAT ",\"dry_run\":%s",
                           r->kept, r->gone, dry_run ? "true" : "false");
    for (gsize i = 0; i < G_N_ELEMENTS(moved); i++)
        g_string_append_printf(out, ",\"%s\":%" G_GINT64_FORMAT, moved[i].name,
                               count_of(r, i));
    g_string_append(out, ",\"values\":[");
    for (guint i = 0; i < r->values->len; i++) {
        const MergeValue *v = g_ptr_array_index(r->values, i);
        g_string_append_printf(
            out, "%s{\"field\":\"%s\",\"kept\":", i ? "," : "", v->field->name);
        json_append_string(out, v->kept);
        g_string_append(out, ",\"gone\":");
        json_append_string(out, v->gone);
        g_string_append_c(out, '}');
    }
    printf("%s],\"may_be_mailed\":\"%s\"}\n", out->str,
           eligibility_word(r->after));
}

static void
print_value(FILE *out, const MergeValue *v)
{
    g_autoptr(GString) line = g_string_new(NULL);

    g_string_append_printf(line, "%10s ", "");
    if (v->kept) {
        g_string_append_printf(line, "%s stays '", v->field->name);
        plain_append_text(line, v->kept);
        g_string_append(line, "'; '");
        plain_append_text(line, v->gone);
        g_string_append(line, "' is lost");
    } else {
        g_string_append_printf(line, "%s becomes '", v->field->name);
        plain_append_text(line, v->gone);
        g_string_append_c(line, '\'');
    }
    fprintf(out, "%s\n", line->str);
}

static void
print_moved(FILE *out, const MergeResult *r, const char *head)
{
    for (gsize i = 0; i < G_N_ELEMENTS(moved); i++)
        if (count_of(r, i) > 0)
            fprintf(out, "%10s %s\n", number_format(count_of(r, i)),
                    count_of(r, i) == 1 ? moved[i].one : moved[i].many);
    for (guint i = 0; i < r->values->len; i++)
        print_value(out, g_ptr_array_index(r->values, i));
    fprintf(out, "%s: %s\n", head, eligibility_sentence(r->after));
}

static void
print_result(const CliContext *cli, const MergeResult *r, bool dry_run)
{
    if (cli->json)
        print_json(r, dry_run);
    else
        print_moved(stdout, r,
                    dry_run ? "Nothing is written. Afterwards" : "Now");
}

/* What there is to decide on stands above the question. */
static bool
confirmed(const CliContext *cli, const MergeResult *preview, const char *keep,
          const char *gone)
{
    g_autofree char *question = g_strdup_printf(
        "This makes %s a part of %s for good. Type 'merge' to go on: ", gone,
        keep);
    g_autofree char *answer = NULL;

    print_moved(stderr, preview, "Afterwards");
    answer = cli_ask(cli, question);
    return answer && strcmp(answer, "merge") == 0;
}

static int
run_distinct(CliContext *cli, int64_t owner, int64_t other)
{
    GError *error = NULL;
    int64_t records;

    if (!candidate_tell_apart(cli->store, cli->workspace, cli->keys, owner,
                              other, g_get_user_name(), cli->now, &records,
                              &error))
        return cli_error(error);
    if (cli->json)
        printf("{\"schema\":1,\"owner\":%" G_GINT64_FORMAT
               ",\"other\":%" G_GINT64_FORMAT ",\"records\":%" G_GINT64_FORMAT
               "}\n",
               owner, other, records);
    else if (!cli->quiet)
        printf("They are two people. %s %s not the other's; what else the ATS "
               "says of it comes with its next news.\n",
               number_format(records),
               records == 1 ? "record is" : "records are");
    return 0;
}

int
candidates_run_merge(int argc, char **argv, CliContext *cli)
{
    gboolean list = FALSE, dry_run = FALSE, yes = FALSE, distinct = FALSE;
    const GOptionEntry entries[] = {
        {"list", 0, 0, G_OPTION_ARG_NONE, &list, "Who may be one person", NULL},
        {"dry-run", 0, 0, G_OPTION_ARG_NONE, &dry_run, "Say what would happen",
         NULL},
        {"distinct", 0, 0, G_OPTION_ARG_NONE, &distinct,
         "They are two people, and the ATS means the first", NULL},
        {"yes", 0, 0, G_OPTION_ARG_NONE, &yes, "Do not ask", NULL},
        {NULL},
    };
    GError *error = NULL;
    g_auto(MergeResult) result = {0};
    int status = cli_options(
        entries, "KEEP GONE - make one person of two, or tell them apart", help,
        &argc, &argv);

    if (status >= 0)
        return status;
    if (list && argc == 1 && !distinct)
        return run_list(cli);
    if (list || argc != 3 || (distinct && dry_run))
        return cli_usage("candidates merge", "KEEP and GONE, or --list");
    if (!candidate_find(cli->store, argv[1], &result.kept, &error) ||
        !candidate_find(cli->store, argv[2], &result.gone, &error))
        return cli_error(error);
    if (distinct)
        return run_distinct(cli, result.kept, result.gone);
    if (!candidate_merge(cli->store, cli->workspace, cli->keys, true, cli->now,
                         &result, &error))
        return cli_error(error);
    if (dry_run) {
        print_result(cli, &result, true);
        return 0;
    }
    if (!yes && !confirmed(cli, &result, argv[1], argv[2]))
        return cli_error(g_error_new(NURTURE_ERROR, ERROR_REFUSED,
                                     "nothing was merged; --yes goes on "
                                     "without asking"));
    if (!candidate_merge(cli->store, cli->workspace, cli->keys, false, cli->now,
                         &result, &error))
        return cli_error(error);
    print_result(cli, &result, false);
    return 0;
}
