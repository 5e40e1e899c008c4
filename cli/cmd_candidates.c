/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_candidates.c - people in, people out, people changed */
#include "cmd_candidates.h"
#include "candidates-log.h"
#include "import_print.h"

#include "nurture/audit.h"
#include "nurture/campaign.h"
#include "nurture/candidates.h"
#include "nurture/error.h"
#include "nurture/json.h"
#include "nurture/text.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char help[] =
    "  nurture candidates import FILE         CSV, or JSON lines (*.jsonl)\n"
    "  nurture candidates list                who there is\n"
    "  nurture candidates export [WHO]        the same as CSV, all fields; or\n"
    "                                         everything about one, as JSON\n"
    "  nurture candidates show WHO            all that is known about one\n"
    "  nurture candidates add ADDRESS [FIELD=VALUE..]\n"
    "  nurture candidates set WHO FIELD=VALUE..   (FIELD= empties it)\n"
    "  nurture candidates tag WHO [FIELD] VALUE.. [--remove VALUE]\n"
    "  nurture candidates merge KEEP GONE     make one person of two\n"
    "  nurture candidates log WHO met         what happened: a call, a talk\n"
    "  nurture candidates consent WHO         what they agreed to, and took "
    "back\n"
    "  nurture candidates erase WHO           forget a person for good\n"
    "\n"
    "WHO is an address or a candidate's number. Each takes --help.";

/* -- import --------------------------------------------------------------- */

static const char import_help[] =
    "The first row of a CSV file names its columns; they are matched with the\n"
    "fields ('nurture fields') by name. Known people are changed only by "
    "cells\n"
    "that are not empty. Rows that cannot be used are listed and written to\n"
    "FILE.rejected.csv with the reason. Nobody is visible before the import "
    "has\n"
    "ended; stopped or killed, the same command goes on where it was.";

static volatile sig_atomic_t interrupted;

static void
on_interrupt(int number)
{
    (void)number;
    interrupted = 1;
}

static bool
show_progress(int64_t rows, int64_t bytes, int64_t total, gpointer data)
{
    (void)rows;
    cli_progress(data, "import", bytes, total, false);
    return !interrupted;
}

static void
print_count(int64_t number, const char *what)
{
    if (number > 0)
        printf("%10s %s\n", number_format(number), what);
}

static void
print_import(const ImportOptions *o, const ImportResult *r)
{
    import_problems_print(o->path, r->problems, r->rejected);
    printf("%s: %s rows%s\n", o->path, number_format(r->rows),
           o->dry_run   ? ", nothing written"
           : r->resumed ? ", after those of the interrupted import"
                        : "");
    print_count(r->added, "new people");
    print_count(r->changed, "changed");
    print_count(r->unchanged, "unchanged");
    print_count(r->doubles, "rows about somebody met before in this file");
    print_count(r->suppressed, "have unsubscribed or bounced before, and stay "
                               "so");
    print_count(r->without_basis, "cannot be mailed yet: say where their "
                                  "consent is from (--consent SOURCE --at "
                                  "DATE)");
    print_count(r->rejected, "rejected");
    if (r->rejected_path)
        printf("           these rows, each with its reason: %s\n",
               r->rejected_path);
    for (guint i = 0; i < r->ignored->len; i++)
        printf("%s%s%s", i ? ", " : "Columns left out: ",
               (const char *)g_ptr_array_index(r->ignored, i),
               i + 1 == r->ignored->len ? "\n" : "");
    if (r->stopped)
        printf("Stopped. The same command goes on; or drop it: nurture "
               "candidates import --undo %" G_GINT64_FORMAT "\n",
               r->batch);
    else if (r->batch && r->added + r->changed > 0)
        printf("To take it back: nurture candidates import --undo "
               "%" G_GINT64_FORMAT "\n",
               r->batch);
}

static void
print_import_json(const ImportResult *r)
{
    g_autoptr(GString) out = g_string_new(NULL);

    g_string_printf(
        out,
        "{\"schema\":1,\"batch\":%" G_GINT64_FORMAT
        ",\"stopped\":%s,\"rows\":%" G_GINT64_FORMAT
        ",\"added\":%" G_GINT64_FORMAT ",\"changed\":%" G_GINT64_FORMAT
        ",\"unchanged\":%" G_GINT64_FORMAT ",\"doubles\":%" G_GINT64_FORMAT
        ",\"suppressed\":%" G_GINT64_FORMAT
        ",\"without_basis\":%" G_GINT64_FORMAT ",\"rejected\":%" G_GINT64_FORMAT
        ",\"rejected_file\":",
        r->batch, r->stopped ? "true" : "false", r->rows, r->added, r->changed,
        r->unchanged, r->doubles, r->suppressed, r->without_basis, r->rejected);
    json_append_string(out, r->rejected_path);
    g_string_append(out, ",\"ignored\":[");
    for (guint i = 0; i < r->ignored->len; i++) {
        g_string_append(out, i ? "," : "");
        json_append_string(out, g_ptr_array_index(r->ignored, i));
    }
    g_string_append(out, "],\"problems\":[");
    for (guint i = 0; i < r->problems->len; i++) {
        g_string_append(out, i ? "," : "");
        import_problem_append(out, g_ptr_array_index(r->problems, i));
    }
    puts(g_string_append(out, "]}")->str);
}

static int
run_undo(CliContext *cli, int64_t batch)
{
    GError *error = NULL;
    UndoResult r;

    if (!candidates_import_undo(cli->store, cli->workspace, batch, cli->now, &r,
                                &error))
        return cli_error(error);
    if (cli->json) {
        printf("{\"schema\":1,\"batch\":%" G_GINT64_FORMAT
               ",\"removed\":%" G_GINT64_FORMAT ",\"kept\":%" G_GINT64_FORMAT
               ",\"restored\":%" G_GINT64_FORMAT "}\n",
               batch, r.removed, r.kept, r.restored);
        return 0;
    }
    print_count(r.removed, "people removed");
    print_count(r.kept, "people kept: they have a history by now");
    print_count(r.restored, "changes taken back");
    printf("Import %" G_GINT64_FORMAT " is undone.\n", batch);
    return 0;
}

static int
run_file(CliContext *cli, const ImportOptions *options)
{
    g_autofree ImportResult *r = g_new0(ImportResult, 1);
    GError *error = NULL;
    void (*before)(int) = signal(SIGINT, on_interrupt);
    bool good = candidates_import(cli->store, cli->workspace, cli->keys,
                                  options, cli->now, r, &error);
    int status = r->stopped ? 130 : r->rejected > 0 ? 1 : 0;

    signal(SIGINT, before);
    cli_progress(cli, "import", 0, 0, true);
    if (good && cli->json)
        print_import_json(r);
    else if (good)
        print_import(options, r);
    import_result_clear(r);
    return good ? status : cli_error(error);
}

static int
run_import(int argc, char **argv, CliContext *cli)
{
    g_auto(GStrv) maps = NULL;
    g_autofree char *consent = NULL, *at = NULL;
    gint64 undo = 0;
    gboolean dry_run = FALSE;
    const GOptionEntry entries[] = {
        {"map", 0, 0, G_OPTION_ARG_STRING_ARRAY, &maps,
         "Column of the file = field; 'Column=' leaves it out", "COLUMN=FIELD"},
        {"consent", 0, 0, G_OPTION_ARG_STRING, &consent,
         "Where the people agreed to be mailed; a mail's footer says so",
         "SOURCE"},
        {"at", 0, 0, G_OPTION_ARG_STRING, &at, "When they agreed", "DATE"},
        {"dry-run", 'n', 0, G_OPTION_ARG_NONE, &dry_run,
         "Check everything, write nothing", NULL},
        {"undo", 0, 0, G_OPTION_ARG_INT64, &undo, "Take an import back", "ID"},
        G_OPTION_ENTRY_NULL};
    ImportOptions options = {.progress = show_progress, .data = cli};
    g_autoptr(GError) error = NULL;
    int status = cli_options(entries, "FILE - bring people in", import_help,
                             &argc, &argv);

    if (status >= 0)
        return status;
    if (undo > 0 && argc == 1)
        return run_undo(cli, undo);
    if (argc != 2 || undo != 0)
        return cli_usage("candidates import", "one FILE, or --undo ID");
    if (!consent != !at)
        return cli_usage("candidates import",
                         "--consent SOURCE and --at DATE go together");
    if (at &&
        !date_parse(at, cli->workspace->zone, &options.consent_at, &error))
        return cli_usage("candidates import", "--at: %s", error->message);
    if (options.consent_at > cli->now)
        return cli_usage("candidates import", "--at is in the future");
    options.path = argv[1];
    options.maps = (const char *const *)maps;
    options.consent_source = consent;
    options.dry_run = dry_run;
    return run_file(cli, &options);
}

/* -- list and export ------------------------------------------------------ */

typedef struct {
    CliContext *cli;
    GPtrArray *fields; /* const Field */
    FILE *out;
    bool csv;
    int64_t limit, printed;
    GString *line;
} Listing;

static void
append_json_row(Listing *l, int64_t id, const char *const *values)
{
    g_string_printf(l->line, "{\"schema\":1,\"candidate\":%" G_GINT64_FORMAT,
                    id);
    for (guint i = 0; i < l->fields->len; i++) {
        const Field *field = g_ptr_array_index(l->fields, i);
        g_string_append_printf(l->line, ",\"%s\":", field->name);
        json_append_string(l->line, values[i]);
    }
    g_string_append(l->line, "}\n");
}

static void
append_csv_row(Listing *l, const char *const *values)
{
    g_string_truncate(l->line, 0);
    for (guint i = 0; i < l->fields->len; i++) {
        const Field *field = g_ptr_array_index(l->fields, i);
        const char *text = values[i] ? values[i] : "";

        if (i > 0)
            g_string_append_c(l->line, ',');
        /* A negative number is a number, not a formula. */
        if (field->type == FIELD_NUMBER)
            g_string_append(l->line, text);
        else
            csv_append_cell(l->line, text);
    }
    g_string_append(l->line, "\r\n");
}

static void
append_text_row(Listing *l, const char *const *values)
{
    g_string_truncate(l->line, 0);
    for (guint i = 0; i < l->fields->len; i++) {
        const char *text = values[i] ? values[i] : "-";
        int width = i == 0 ? 34 : 16;

        if (i + 1 == l->fields->len)
            width = 0;
        plain_append_text(l->line, text);
        for (int n = text_columns(text); n < width; n++)
            g_string_append_c(l->line, ' ');
        g_string_append(l->line, width ? " " : "\n");
    }
}

static bool
list_row(int64_t id, const char *const *values, gpointer data)
{
    Listing *l = data;

    if (l->cli->json && !l->csv)
        append_json_row(l, id, values);
    else if (l->csv)
        append_csv_row(l, values);
    else
        append_text_row(l, values);
    return fputs(l->line->str, l->out) >= 0 && ++l->printed < l->limit;
}

/* --fields a,b; else all of them for an export, a few for a list. */
static bool
choose_fields(Listing *l, const char *names, GError **error)
{
    const FieldSet *all = l->cli->workspace->fields;
    g_auto(GStrv) list = NULL;

    if (!names && l->csv) {
        for (guint i = 0; i < field_set_size(all); i++)
            g_ptr_array_add(l->fields, (gpointer)field_set_get(all, i));
        return true;
    }
    list = g_strsplit(names ? names : "email,first_name,last_name,country", ",",
                      -1);
    for (int i = 0; list[i]; i++) {
        const Field *field = field_find(all, g_strstrip(list[i]));
        if (!field) {
            const char *near = text_nearest(list[i], field_names(all));
            g_set_error(error, NURTURE_ERROR, ERROR_USAGE,
                        "there is no field '%s'%s%s", list[i],
                        near ? "; did you mean " : "", near ? near : "");
            return false;
        }
        g_ptr_array_add(l->fields, (gpointer)field);
    }
    return true;
}

/* The condition that --segment, --missing and --where say together. */
static char *
condition_text(const char *segment, const char *missing, const char *where)
{
    g_autoptr(GString) text = g_string_new("everyone");

    if (segment)
        g_string_append_printf(text, " and %s", segment);
    if (missing)
        g_string_append_printf(text, " and %s is missing", missing);
    if (where)
        g_string_append_printf(text, " and (%s)", where);
    return g_strdup(text->str);
}

static int
print_listing(Listing *l, const char *condition)
{
    g_autoptr(Diagnostics) problems = diagnostics_new(),
                           ignored = diagnostics_new();
    g_autoptr(Catalogue) catalogue =
        catalogue_of_workspace(l->cli->workspace, ignored);
    ExpressionScope scope = catalogue_scope(catalogue);
    g_autoptr(Source) source =
        source_new("condition", condition, strlen(condition));
    g_autoptr(Expression) who =
        expression_parse(&scope, source, 0, strlen(condition), problems);
    g_autoptr(Store) guarded = NULL;
    GError *error = NULL;

    if (!who)
        return cli_problems(l->cli, problems);
    guarded = store_open_guarded(store_path(l->cli->store), 0, &error);
    if (!guarded ||
        !candidates_each(guarded, l->cli->workspace,
                         catalogue_segments(catalogue), who,
                         (const Field *const *)l->fields->pdata, l->fields->len,
                         l->cli->now, list_row, l, &error))
        return cli_error(error);
    return 0;
}

static FILE *
open_output(const char *path, GError **error)
{
    int fd = path ? open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600)
                  : dup(STDOUT_FILENO);
    FILE *file = fd >= 0 ? fdopen(fd, "w") : NULL;

    if (!file)
        g_set_error(error, NURTURE_ERROR, ERROR_INPUT, "%s: %s",
                    path ? path : "stdout", g_strerror(errno));
    return file;
}

static int
close_output(Listing *l, const char *path, int status)
{
    if (fclose(l->out) == 0 || status != 0)
        return status;
    return cli_error(g_error_new(NURTURE_ERROR, ERROR_TEMPORARY, "%s: %s",
                                 path ? path : "stdout", g_strerror(errno)));
}

static void
print_header(Listing *l)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new();

    for (guint i = 0; i < l->fields->len; i++)
        g_ptr_array_add(names,
                        ((const Field *)g_ptr_array_index(l->fields, i))->name);
    g_ptr_array_add(names, NULL);
    append_csv_row(l, (const char *const *)names->pdata);
    fputs(l->line->str, l->out);
}

/* Everything about one person, as JSON. */
static int
export_person(CliContext *cli, const char *who, const char *path)
{
    GError *error = NULL;
    Listing l = {.cli = cli};
    g_autofree char *json = NULL;
    int64_t candidate;

    if (!candidate_find(cli->store, who, &candidate, &error))
        return cli_error(error);
    json =
        candidate_json(cli->store, cli->workspace, candidate, cli->now, &error);
    l.out = json ? open_output(path, &error) : NULL;
    if (!l.out)
        return cli_error(error);
    {
        g_auto(Transaction) tx = store_begin(cli->store, &error);
        if (!tx.store ||
            !audit_candidate(cli->store, NULL, "export person", candidate, NULL,
                             cli->now, &error) ||
            !transaction_commit(&tx, &error)) {
            fclose(l.out);
            return cli_error(error);
        }
    }
    fprintf(l.out, "%s\n", json);
    return close_output(&l, path, 0);
}

/* --format csv|json; nothing said means CSV for an export. */
static bool
choose_format(CliContext *cli, bool *csv, const char *format)
{
    if (!format)
        return true;
    *csv = g_str_equal(format, "csv");
    cli->json = !*csv;
    return *csv || g_str_equal(format, "json");
}

static int
run_list(int argc, char **argv, CliContext *cli, bool csv)
{
    g_autofree char *segment = NULL, *missing = NULL, *where = NULL;
    g_autofree char *fields = NULL, *path = NULL, *condition = NULL;
    g_autofree char *format = NULL;
    gint64 limit = G_MAXINT64;
    const GOptionEntry entries[] = {
        {"segment", 0, 0, G_OPTION_ARG_STRING, &segment, "Only its people",
         "NAME"},
        {"missing", 0, 0, G_OPTION_ARG_STRING, &missing,
         "Only those who lack it", "FIELD"},
        {"where", 0, 0, G_OPTION_ARG_STRING, &where,
         "Only those of a condition", "CONDITION"},
        {"fields", 0, 0, G_OPTION_ARG_STRING, &fields, "What to show",
         "A,B,.."},
        {"limit", 0, 0, G_OPTION_ARG_INT64, &limit, "At most so many", "N"},
        {"output", 'o', 0, G_OPTION_ARG_FILENAME, &path,
         "Write to a file that only you can read", "FILE"},
        {"format", 0, 0, G_OPTION_ARG_STRING, &format,
         "csv, or json: one object a line", "FORMAT"},
        G_OPTION_ENTRY_NULL};
    g_autoptr(GPtrArray) chosen = g_ptr_array_new();
    g_autoptr(GString) line = g_string_new(NULL);
    Listing l = {cli, chosen, NULL, csv, 0, 0, line};
    GError *error = NULL;
    bool whole = csv; /* export, not list */
    int status = cli_options(
        entries, csv ? "[WHO] - people, one a line" : "- people, one a line",
        csv ? "CSV in UTF-8. Cells that a spreadsheet "
              "would run begin with an apostrophe.\n"
              "With WHO, everything that is known about "
              "one person, as JSON: what an\naccess "
              "request (GDPR Article 15) is answered "
              "with. The audit log notes it."
            : NULL,
        &argc, &argv);

    if (status >= 0)
        return status;
    if (!choose_format(cli, &csv, format))
        return cli_usage(argv[0], "--format is csv or json, not '%s'", format);
    l.csv = csv;
    if (whole && argc == 2 && !segment && !missing && !where && !fields) {
        if (csv && format)
            return cli_usage(argv[0], "one person is exported as json");
        return export_person(cli, argv[1], path);
    }
    if (argc > 1 || limit < 1)
        return cli_usage(argv[0],
                         argc > 1 ? "nothing to do with '%s'"
                                  : "--limit must be at least 1%s",
                         argc > 1 ? argv[1] : "");
    l.limit = limit;
    if (!choose_fields(&l, fields, &error))
        return cli_error(error);
    l.out = open_output(path, &error);
    if (!l.out)
        return cli_error(error);
    if (csv)
        print_header(&l);
    condition = condition_text(segment, missing, where);
    return close_output(&l, path, print_listing(&l, condition));
}

/* -- one person ----------------------------------------------------------- */

static bool
show_row(int64_t id, const char *const *values, gpointer data)
{
    Listing *l = data;

    printf("%-16s %" G_GINT64_FORMAT "\n", "candidate", id);
    for (guint i = 0; i < l->fields->len; i++)
        if (values[i])
            printf("%-16s %s\n",
                   ((const Field *)g_ptr_array_index(l->fields, i))->name,
                   values[i]);
    return true;
}

static int
show_person(CliContext *cli, int64_t candidate)
{
    g_autoptr(GPtrArray) fields = g_ptr_array_new();
    Listing l = {.cli = cli, .fields = fields};
    GError *error = NULL;

    for (guint i = 0; i < field_set_size(cli->workspace->fields); i++)
        g_ptr_array_add(fields,
                        (gpointer)field_set_get(cli->workspace->fields, i));
    if (!candidate_fields(cli->store, cli->workspace, candidate,
                          (const Field *const *)fields->pdata, fields->len,
                          cli->now, show_row, &l, &error))
        return cli_error(error);
    return 0;
}

static bool
print_consents(CliContext *cli, int64_t candidate, GError **error)
{
    g_autoptr(Statement) st = store_prepare(
        cli->store,
        "SELECT 'consent', purpose || ' ' || state, at, source FROM consent"
        " WHERE candidate_id = :id"
        " UNION ALL SELECT 'suppressed', s.reason, s.at, s.scope"
        " FROM candidate c JOIN suppression s"
        "  ON s.address_hmac = c.address_hmac WHERE c.candidate_id = :id"
        " UNION ALL SELECT 'held', kind, until_at, 'until then' FROM hold"
        "  WHERE candidate_id = :id AND lifted_at IS NULL ORDER BY 3",
        error);

    if (!st)
        return false;
    statement_bind_int(st, ":id", candidate);
    while (statement_step(st)) {
        g_autofree char *at = date_format(
            statement_int(st, 2), cli->workspace->zone, "YYYY-MM-DD", "en");
        const char *source = statement_text(st, 3);
        printf("%-16s %s, %s%s%s\n", statement_text(st, 0),
               statement_text(st, 1), at, source ? ", " : "",
               source ? source : "");
    }
    return statement_end(st, error);
}

static int
run_show(int argc, char **argv, CliContext *cli)
{
    g_autofree char *json = NULL;
    GError *error = NULL;
    int64_t candidate;
    int status = cli_options(NULL, "WHO - all that is known about one person",
                             "With --json everything, as an access request "
                             "(GDPR Article 15) needs it.",
                             &argc, &argv);

    if (status >= 0)
        return status;
    if (argc != 2)
        return cli_usage("candidates show", "one address or number");
    if (!candidate_find(cli->store, argv[1], &candidate, &error))
        return cli_error(error);
    if (cli->json) {
        json = candidate_json(cli->store, cli->workspace, candidate, cli->now,
                              &error);
        return json ? (puts(json), 0) : cli_error(error);
    }
    status = show_person(cli, candidate);
    if (status == 0 && (!print_consents(cli, candidate, &error) ||
                        !candidates_print_timeline(cli, candidate, &error)))
        return cli_error(error);
    return status;
}

static int
run_add(int argc, char **argv, CliContext *cli)
{
    GError *error = NULL;
    int64_t candidate;
    int status = cli_options(NULL, "ADDRESS [FIELD=VALUE..] - a new person",
                             NULL, &argc, &argv);

    if (status >= 0)
        return status;
    if (argc < 2)
        return cli_usage("candidates add", "an address is needed");
    if (!candidate_add(cli->store, cli->workspace, cli->keys, argv[1],
                       (const char *const *)argv + 2, cli->now, &candidate,
                       &error))
        return cli_error(error);
    if (cli->json)
        printf("{\"schema\":1,\"candidate\":%" G_GINT64_FORMAT "}\n",
               candidate);
    else if (!cli->quiet)
        printf("Candidate %" G_GINT64_FORMAT "\n", candidate);
    return 0;
}

static int
run_set(int argc, char **argv, CliContext *cli)
{
    GError *error = NULL;
    int64_t candidate;
    int status = cli_options(NULL, "WHO FIELD=VALUE.. - change somebody", NULL,
                             &argc, &argv);

    if (status >= 0)
        return status;
    if (argc < 3)
        return cli_usage("candidates set", "WHO and FIELD=VALUE are needed");
    if (!candidate_find(cli->store, argv[1], &candidate, &error) ||
        !candidate_set(cli->store, cli->workspace, candidate,
                       (const char *const *)argv + 2, cli->now, &error))
        return cli_error(error);
    return 0;
}

static int
run_tag(int argc, char **argv, CliContext *cli)
{
    g_auto(GStrv) remove = NULL;
    const GOptionEntry entries[] = {{"remove", 0, 0, G_OPTION_ARG_STRING_ARRAY,
                                     &remove, "Take this value away", "VALUE"},
                                    G_OPTION_ENTRY_NULL};
    g_autoptr(GPtrArray) values = g_ptr_array_new_with_free_func(g_free);
    const Field *field = NULL;
    GError *error = NULL;
    int64_t candidate;
    int status = cli_options(entries, "WHO [FIELD] VALUE.. - values of a set",
                             "FIELD is 'tag' unless said.", &argc, &argv);

    if (status >= 0)
        return status;
    if (argc > 2)
        field = field_find(cli->workspace->fields, argv[2]);
    for (int i = field ? 3 : 2; i < argc; i++)
        g_ptr_array_add(values, g_strconcat("+", argv[i], NULL));
    for (int i = 0; remove && remove[i]; i++)
        g_ptr_array_add(values, g_strconcat("-", remove[i], NULL));
    if (argc < 2 || values->len == 0)
        return cli_usage("candidates tag", "WHO and VALUE are needed");
    g_ptr_array_add(values, NULL);
    if (!candidate_find(cli->store, argv[1], &candidate, &error) ||
        !candidate_tag(cli->store, cli->workspace, candidate,
                       field ? field->name : "tag",
                       (const char *const *)values->pdata, cli->now, &error))
        return cli_error(error);
    return 0;
}

static bool
confirm_erase(const CliContext *cli, const char *who)
{
    g_autofree char *question = g_strdup_printf(
        "This forgets %s for good. Type 'erase' to go on: ", who);
    g_autofree char *answer = cli_ask(cli, question);

    return answer && g_str_equal(answer, "erase");
}

/* What 'nurture restore' kept beside the database is not touched by erasing. */
static void
print_old_copies(const CliContext *cli)
{
    g_autofree char *base = g_path_get_basename(cli->workspace->database);
    g_autofree char *prefix = g_strconcat(base, ".before-", NULL);
    g_autoptr(GDir) dir = g_dir_open(cli->workspace->state_dir, 0, NULL);
    const char *name;

    while (dir && (name = g_dir_read_name(dir)))
        if (g_str_has_prefix(name, prefix) && !g_str_has_suffix(name, "-wal") &&
            !g_str_has_suffix(name, "-shm"))
            printf("A copy that 'nurture restore' kept may still know them: "
                   "%s/%s\n",
                   cli->workspace->state_dir, name);
}

static int
run_erase(int argc, char **argv, CliContext *cli)
{
    gboolean yes = FALSE;
    const GOptionEntry entries[] = {
        {"yes", 0, 0, G_OPTION_ARG_NONE, &yes, "Do not ask", NULL},
        G_OPTION_ENTRY_NULL};
    GError *error = NULL;
    int64_t candidate;
    int status = cli_options(
        entries, "WHO - forget a person for good",
        "Addresses, fields, replies and mails that are not sent go, from the\n"
        "disk as well; that something was sent, and when, stays. Imports do "
        "not\n"
        "bring the person back, nor does 'nurture restore' of an older copy.\n"
        "Files you imported, and copies, are yours to delete.",
        &argc, &argv);

    if (status >= 0)
        return status;
    if (argc != 2)
        return cli_usage("candidates erase", "one address or number");
    if (!candidate_find(cli->store, argv[1], &candidate, &error))
        return cli_error(error);
    if (!yes && !confirm_erase(cli, argv[1]))
        return cli_error(g_error_new(NURTURE_ERROR, ERROR_REFUSED,
                                     "nothing was erased; --yes goes on "
                                     "without asking"));
    if (!candidate_erase(cli->store, cli->workspace, cli->keys, candidate,
                         cli->now, &error))
        return cli_error(error);
    if (!cli->quiet && !cli->json) {
        printf("Candidate %" G_GINT64_FORMAT " is forgotten.\n", candidate);
        print_old_copies(cli);
    }
    return 0;
}

/* -- the command ---------------------------------------------------------- */

int
cmd_candidates(int argc, char **argv, CliContext *cli)
{
    const char *what = argc > 1 ? argv[1] : "";

    if (g_str_equal(what, "import"))
        return run_import(argc - 1, cli_verb(argv), cli);
    if (g_str_equal(what, "list") || g_str_equal(what, "export"))
        return run_list(argc - 1, cli_verb(argv), cli,
                        g_str_equal(what, "export"));
    if (g_str_equal(what, "show"))
        return run_show(argc - 1, cli_verb(argv), cli);
    if (g_str_equal(what, "add"))
        return run_add(argc - 1, cli_verb(argv), cli);
    if (g_str_equal(what, "set"))
        return run_set(argc - 1, cli_verb(argv), cli);
    if (g_str_equal(what, "tag"))
        return run_tag(argc - 1, cli_verb(argv), cli);
    if (g_str_equal(what, "merge"))
        return candidates_run_merge(argc - 1, cli_verb(argv), cli);
    if (g_str_equal(what, "log"))
        return candidates_log(argc - 1, cli_verb(argv), cli);
    if (g_str_equal(what, "consent"))
        return candidates_run_consent(argc - 1, cli_verb(argv), cli);
    if (g_str_equal(what, "erase") || g_str_equal(what, "forget"))
        return run_erase(argc - 1, cli_verb(argv), cli);
    if (g_str_equal(what, "--help") || g_str_equal(what, "-h"))
        return cli_options(NULL,
                           "import | list | export | show | add | set | "
                           "tag | log | merge | consent | erase",
                           help, &argc, &argv);
    return cli_usage("candidates",
                     *what ? "there is no 'candidates %s'"
                           : "import, list, export, show, add, "
                             "set, tag, log, merge, consent or erase%s",
                     what);
}
