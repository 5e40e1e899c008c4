/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_segment.c - who is in a segment, and why */
#include "segment-diff.h"

#include "nurture/campaign.h"
#include "nurture/candidates.h"
#include "nurture/error.h"
#include "nurture/json.h"
#include "nurture/segment-history.h"
#include "nurture/text.h"

#include <stdio.h>
#include <string.h>

static const char help[] =
    "  nurture segment list              every segment, how many are in it, "
    "and "
    "how\n"
    "                                    many more or fewer than a week ago\n"
    "  nurture segment explain NAME      how many each line leaves\n"
    "  nurture segment who NAME          some of its people (--sample N, "
    "--all)\n"
    "  nurture segment test NAME WHO     which lines hold for one person\n"
    "  nurture segment diff [NAME]       who joins and leaves, compared with "
    "git\n"
    "\n"
    "NAME may also be a condition in quotes: 'country = DE and not replied'.\n"
    "WHO is an address or a candidate's number. diff compares the file as it "
    "is\n"
    "now with the last commit, or with --against COMMIT; without NAME it "
    "shows\n"
    "the segments that changed.";

/* What all subcommands work with. */
typedef struct {
    CliContext *cli;
    Catalogue *catalogue;
    Store *guarded;
    Source *source; /* of a condition given on the command line */
    Expression *own;
    const Expression *who;
    const char *name;
} Asked;

static void
asked_clear(Asked *a)
{
    expression_free(a->own);
    source_free(a->source);
    store_close(a->guarded);
    catalogue_free(a->catalogue);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Asked, asked_clear)

/* Conditions from the command line run on a connection that can only read
 * what conditions are about, and gives up after some minutes of work. */
#define MOST_STEPS INT64_C(2000000000)

static int
open_asked(Asked *a, CliContext *cli, Diagnostics *problems)
{
    GError *error = NULL;

    a->cli = cli;
    a->catalogue = catalogue_of_workspace(cli->workspace, problems);
    a->guarded = store_open_guarded(store_path(cli->store), MOST_STEPS, &error);
    return a->guarded ? 0 : cli_error(error);
}

static bool
names_segment(const Asked *a, const char *text)
{
    return g_strv_contains(segment_set_names(catalogue_segments(a->catalogue)),
                           text);
}

/* The segment `text`, or the condition that it is. */
static int
ask_for(Asked *a, const char *text, Diagnostics *problems)
{
    ExpressionScope scope = catalogue_scope(a->catalogue);
    g_autoptr(Diagnostics) own = diagnostics_new();

    a->name = text;
    if (names_segment(a, text)) {
        a->who = segment_find(catalogue_segments(a->catalogue), text);
        if (!a->who)
            return cli_problems(a->cli, problems);
        return 0;
    }
    a->source = source_new("condition", text, strlen(text));
    a->own = expression_parse(&scope, a->source, 0, strlen(text), own);
    a->who = a->own;
    if (!a->who)
        cli_problems(a->cli, own);
    return a->who ? 0 : 1;
}

static bool
count(const Asked *a, const Expression *who, int64_t *out, GError **error)
{
    return audience_count(catalogue_segments(a->catalogue), a->cli->workspace,
                          a->guarded, who, a->cli->now, out, error);
}

/* -- list ----------------------------------------------------------------- */

static void
list_json(const char *name, const Expression *who, int64_t people,
          const SegmentBefore *before)
{
    g_autofree char *text = who ? expression_format(who) : NULL;
    g_autoptr(GString) json = g_string_new("{\"schema\":1,\"segment\":");

    json_append_string(json, name);
    g_string_append_printf(json, ",\"people\":");
    if (who)
        g_string_append_printf(json, "%" G_GINT64_FORMAT, people);
    else
        g_string_append(json, "null");
    if (before->days > 0)
        g_string_append_printf(json,
                               ",\"before\":{\"days\":%d,\"people\":"
                               "%" G_GINT64_FORMAT "}",
                               before->days, before->people);
    g_string_append(json, ",\"condition\":");
    json_append_string(json, text);
    puts(g_string_append_c(json, '}')->str);
}

/* "+12 in 7 days", or nothing where nothing is known or nothing changed. */
static void
list_text(const char *name, const Expression *who, int64_t people,
          const SegmentBefore *before)
{
    g_autofree char *text = who ? expression_format(who) : NULL;
    g_autofree char *change = g_strdup("");
    int64_t more = people - before->people;

    if (who && before->days > 0 && more != 0) {
        g_free(change);
        change = g_strdup_printf("%s%s in %d day%s", more > 0 ? "+" : "-",
                                 number_format(ABS(more)), before->days,
                                 before->days == 1 ? "" : "s");
    }
    printf("%-28s %10s  %-16s %s\n", name, who ? number_format(people) : "-",
           change, text ? text : "has errors: nurture check");
}

static bool
list_one(const Asked *a, const char *name, GError **error)
{
    const Expression *who =
        segment_find(catalogue_segments(a->catalogue), name);
    int64_t people = 0;
    SegmentBefore before = {0};

    if (who && (!count(a, who, &people, error) ||
                !segment_history_find(a->cli->store, name, a->cli->now, &before,
                                      error)))
        return false;
    if (a->cli->json)
        list_json(name, who, people, &before);
    else
        list_text(name, who, people, &before);
    return true;
}

static int
run_list(Asked *a)
{
    GError *error = NULL;
    int status = 0;
    const SegmentSet *set = catalogue_segments(a->catalogue);

    for (const char *const *n = segment_set_names(set); *n; n++) {
        if (!list_one(a, *n, &error))
            return cli_error(error);
        if (!segment_find(set, *n))
            status = 1;
    }
    return status;
}

/* -- explain -------------------------------------------------------------- */

static void
print_line(const Asked *a, const char *text, int64_t alone, int64_t left)
{
    g_autoptr(GString) json = g_string_new("{\"schema\":1,\"line\":");

    if (!a->cli->json) {
        printf("%10s  %10s  %s\n", number_format(alone), number_format(left),
               text);
        return;
    }
    json_append_string(json, text);
    g_string_append_printf(
        json, ",\"alone\":%" G_GINT64_FORMAT ",\"left\":%" G_GINT64_FORMAT "}",
        alone, left);
    puts(json->str);
}

/* W328: people whose date is not known are silently outside. */
static bool
warn_older(const Asked *a, const Expression *e, GError **error)
{
    g_autofree char *text = NULL, *name = NULL;
    Expression missing = {.kind = EXPR_MISSING, .field = e->field};
    int64_t people;

    for (guint i = 0; e->children && i < e->children->len; i++)
        if (!warn_older(a, g_ptr_array_index(e->children, i), error))
            return false;
    if (e->kind != EXPR_OLDER)
        return true;
    if (!count(a, &missing, &people, error))
        return false;
    text = expression_format(e);
    if (people > 0)
        fprintf(stderr,
                "W328: %s people have no '%s' and do not match 'older than'; "
                "to include them write: %s or %s is missing\n",
                number_format(people), e->field->name, text, e->field->name);
    return true;
}

/* Line by line: how many match it alone, and how many are left after it and
 * all lines above it. */
static bool
explain(const Asked *a, GError **error)
{
    bool is_group = a->who->kind == EXPR_AND || a->who->kind == EXPR_OR;
    guint lines = is_group ? a->who->children->len : 1;
    int64_t alone, left;
    Expression so_far = {.kind = is_group ? a->who->kind : EXPR_AND,
                         .children = g_ptr_array_new()};
    bool good = count(a, NULL, &left, error);

    if (good && !a->cli->json)
        printf("%10s  %10s  line\n%10s  %10s  everyone\n", "alone",
               so_far.kind == EXPR_OR ? "together" : "left", "",
               number_format(left));
    for (guint i = 0; good && i < lines; i++) {
        const Expression *line =
            is_group ? g_ptr_array_index(a->who->children, i) : a->who;
        g_autofree char *text = expression_format(line);
        g_autofree char *with =
            g_strdup_printf("%s%s",
                            i == 0                   ? ""
                            : so_far.kind == EXPR_OR ? "or "
                                                     : "and ",
                            text);

        g_ptr_array_add(so_far.children, (gpointer)line);
        good = count(a, line, &alone, error) && count(a, &so_far, &left, error);
        if (good)
            print_line(a, with, alone, left);
    }
    g_ptr_array_unref(so_far.children);
    return good && warn_older(a, a->who, error);
}

static int
run_explain(Asked *a, bool show_sql)
{
    GError *error = NULL;
    g_autoptr(AudienceQuery) q = NULL;
    g_autofree char *sql = NULL;

    if (!explain(a, &error))
        return cli_error(error);
    if (!show_sql)
        return 0;
    q = audience_query_new(catalogue_segments(a->catalogue), a->cli->workspace,
                           a->cli->now);
    audience_query_where(q, a->who);
    sql = audience_query_sql(q, AUDIENCE_ALL);
    printf("\n%s\n", sql);
    return 0;
}

/* -- who ------------------------------------------------------------------ */

typedef struct {
    const CliContext *cli;
    int64_t people, wanted, step, printed;
} Sample;

static bool
print_person(int64_t id, const char *const *values, gpointer data)
{
    Sample *s = data;
    g_autoptr(GString) json = NULL;

    if (s->people++ % s->step != 0)
        return true;
    s->printed++;
    if (s->cli->json) {
        json = g_string_new(NULL);
        g_string_printf(
            json,
            "{\"schema\":1,\"candidate\":%" G_GINT64_FORMAT ",\"email\":", id);
        json_append_string(json, values[0]);
        puts(g_string_append_c(json, '}')->str);
    } else {
        printf("%-36s %s%s%s\n", values[0], values[1] ? values[1] : "",
               values[1] && values[2] ? " " : "", values[2] ? values[2] : "");
    }
    return s->printed < s->wanted;
}

/* Every n-th, so that a sample is from all over and the same each time. */
static int
run_who(Asked *a, int64_t sample)
{
    const FieldSet *fields = a->cli->workspace->fields;
    const Field *shown[] = {field_find(fields, "email"),
                            field_find(fields, "first_name"),
                            field_find(fields, "last_name")};
    GError *error = NULL;
    Sample s = {a->cli, 0, sample, 1, 0};
    int64_t people;

    if (!count(a, a->who, &people, &error))
        return cli_error(error);
    s.step = MAX(1, people / sample);
    if (!candidates_each(a->guarded, a->cli->workspace,
                         catalogue_segments(a->catalogue), a->who, shown, 3,
                         a->cli->now, print_person, &s, &error))
        return cli_error(error);
    if (!a->cli->json && s.printed < people)
        printf("%s of %s people; --all for everybody\n",
               number_format(s.printed), number_format(people));
    return 0;
}

/* -- test ----------------------------------------------------------------- */

typedef struct {
    const Expression *e;
    int depth, column;
} Line;

/* Every test of the condition, with those of the segments it uses. */
static void
collect(const Asked *a, const Expression *e, int depth, AudienceQuery *q,
        GArray *lines)
{
    Line line = {e, depth, audience_query_condition(q, e)};
    const Expression *named = NULL;

    g_array_append_val(lines, line);
    for (guint i = 0; e->children && i < e->children->len; i++)
        collect(a, g_ptr_array_index(e->children, i), depth + 1, q, lines);
    if (e->kind == EXPR_SEGMENT)
        named = segment_find(catalogue_segments(a->catalogue), e->name);
    if (named)
        collect(a, named, depth + 1, q, lines);
}

static void
print_test(const Asked *a, const Line *line, bool holds)
{
    g_autofree char *text = expression_format(line->e);
    g_autoptr(GString) json = NULL;

    if (!a->cli->json) {
        printf("%s  %*s%s\n", holds ? "yes" : "no ", line->depth * 2, "", text);
        return;
    }
    json = g_string_new(NULL);
    g_string_printf(json, "{\"schema\":1,\"depth\":%d,\"holds\":%s,\"line\":",
                    line->depth, holds ? "true" : "false");
    json_append_string(json, text);
    puts(g_string_append_c(json, '}')->str);
}

static int
run_test(Asked *a, const char *person)
{
    g_autoptr(AudienceQuery) q = audience_query_new(
        catalogue_segments(a->catalogue), a->cli->workspace, a->cli->now);
    g_autoptr(GArray) lines = g_array_new(FALSE, FALSE, sizeof(Line));
    g_autoptr(Statement) st = NULL;
    GError *error = NULL;
    int64_t candidate;

    if (!candidate_find(a->cli->store, person, &candidate, &error))
        return cli_error(error);
    collect(a, a->who, 0, q, lines);
    st = audience_query_prepare(q, a->guarded, AUDIENCE_ONE, &error);
    if (!st)
        return cli_error(error);
    audience_bind(st, AUDIENCE_ONE, candidate);
    if (statement_step(st)) {
        for (guint i = 0; i < lines->len; i++) {
            const Line *line = &g_array_index(lines, Line, i);
            print_test(a, line, statement_int(st, line->column));
        }
    } else if (!a->cli->json) {
        puts("This person is not visible: erased, or part of an import that "
             "is not finished.");
    }
    return statement_end(st, &error) ? 0 : cli_error(error);
}

/* -- the command ---------------------------------------------------------- */

int
cmd_segment(int argc, char **argv, CliContext *cli)
{
    gboolean all = FALSE, sql = FALSE;
    int sample = 10;
    g_autofree char *against = NULL;
    const GOptionEntry entries[] = {
        {"sample", 0, 0, G_OPTION_ARG_INT, &sample, "Show N people (10)", "N"},
        {"all", 0, 0, G_OPTION_ARG_NONE, &all, "Show everybody", NULL},
        {"against", 0, 0, G_OPTION_ARG_STRING, &against,
         "Compare with this commit (HEAD)", "COMMIT"},
        {"sql", 0, 0, G_OPTION_ARG_NONE, &sql, "Show the query as well", NULL},
        G_OPTION_ENTRY_NULL};
    bool plural = g_str_equal(argv[0], "segments");
    g_autoptr(Diagnostics) problems = diagnostics_new();
    g_auto(Asked) a = {NULL};
    const char *what;
    int status = cli_options(entries, "list | explain | who | test | diff",
                             help, &argc, &argv);

    if (status >= 0)
        return status;
    what = argc > 1 ? argv[1] : plural ? "list" : "";
    if (g_str_equal(what, "list") && argc <= 2)
        return (status = open_asked(&a, cli, problems)) ? status : run_list(&a);
    if (sample < 1)
        return cli_usage("segment", "--sample must be at least 1");
    if (g_str_equal(what, "diff") && argc <= 3)
        return segment_diff(cli, argv[2], against ? against : "HEAD",
                            all ? G_MAXINT64 : sample);
    if (!(argc == 3 &&
          (g_str_equal(what, "explain") || g_str_equal(what, "who"))) &&
        !(argc == 4 && g_str_equal(what, "test")))
        return cli_usage("segment", "list, explain NAME, who NAME, test NAME "
                                    "WHO or diff [NAME]");
    status = open_asked(&a, cli, problems);
    if (status == 0)
        status = ask_for(&a, argv[2], problems);
    if (status != 0)
        return status;
    if (g_str_equal(what, "explain"))
        return run_explain(&a, sql);
    if (g_str_equal(what, "test"))
        return run_test(&a, argv[3]);
    return run_who(&a, all ? G_MAXINT64 : sample);
}
