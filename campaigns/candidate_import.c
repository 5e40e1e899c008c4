/* SPDX-License-Identifier: Apache-2.0 */
/* candidate_import.c - a file of people, checked row by row and stored */
#include "candidate-batch.h"
#include "candidate-columns.h"
#include "rows.h"

#include "nurture/address.h"
#include "nurture/candidate-words.h"
#include "nurture/clock.h"
#include "nurture/error.h"
#include "nurture/json.h"
#include "nurture/text.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PROBLEMS_SHOWN 100

typedef struct {
    Store *store;
    const Workspace *workspace;
    const Keys *keys;
    const ImportOptions *options;
    int64_t now;
    ImportResult *out;

    FILE *file, *rejected;
    int64_t size;
    RowReader *reader;
    GArray *uses; /* ColumnUse, one per column met so far */
    CandidateWriter *writer;
    Batch batch;
    char *fingerprint;

    /* The present row, checked. */
    char *email, *key, *hmac;
    GString *values; /* JSON object */
    char *consent_source;
    int64_t consent_at; /* 0 = none */
    bool has_source;

    GString *bad_lines; /* to be written to `rejected` */
} Import;

static void
import_clear(Import *im)
{
    if (im->file)
        fclose(im->file);
    if (im->rejected)
        fclose(im->rejected);
    row_reader_free(im->reader);
    if (im->uses)
        g_array_unref(im->uses);
    candidate_writer_free(im->writer);
    g_free(im->fingerprint);
    g_free(im->email);
    g_free(im->key);
    g_free(im->hmac);
    g_free(im->consent_source);
    if (im->values)
        g_string_free(im->values, TRUE);
    if (im->bad_lines)
        g_string_free(im->bad_lines, TRUE);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Import, import_clear)

void
import_problem_free(gpointer data)
{
    ImportProblem *problem = data;

    if (!problem)
        return;
    g_free(problem->name);
    g_free(problem->reason);
    g_free(problem);
}

void
import_result_clear(ImportResult *result)
{
    g_clear_pointer(&result->problems, g_ptr_array_unref);
    g_clear_pointer(&result->ignored, g_ptr_array_unref);
    g_clear_pointer(&result->rejected_path, g_free);
}

/* -- opening -------------------------------------------------------------- */

/* What must be the same for an interrupted import to go on: the file, as far
 * as a look tells, and what the options make of it. */
static char *
fingerprint(FILE *file, int64_t size, const ImportOptions *options)
{
    g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);
    char start[65536];
    size_t length = fread(start, 1, sizeof start, file);
    g_autofree char *words =
        g_strdup_printf("%" G_GINT64_FORMAT " %" G_GINT64_FORMAT " %s", size,
                        options->consent_at,
                        options->consent_source ? options->consent_source : "");

    rewind(file);
    g_checksum_update(sum, (const guchar *)start, (gssize)length);
    g_checksum_update(sum, (const guchar *)words, -1);
    for (int i = 0; options->maps && options->maps[i]; i++)
        g_checksum_update(sum, (const guchar *)options->maps[i], -1);
    return g_strndup(g_checksum_get_string(sum), 32);
}

static bool
open_file(Import *im, GError **error)
{
    const char *path = im->options->path;
    struct stat info;

    im->file = fopen(path, "rbe");
    if (!im->file || fstat(fileno(im->file), &info) != 0 ||
        S_ISDIR(info.st_mode)) {
        g_set_error(error, NURTURE_ERROR, ERROR_INPUT, "%s: %s", path,
                    im->file ? "this is a directory" : g_strerror(errno));
        return false;
    }
    im->size = info.st_size;
    im->fingerprint = fingerprint(im->file, im->size, im->options);
    if (g_str_has_suffix(path, ".jsonl") || g_str_has_suffix(path, ".ndjson"))
        im->reader = jsonl_reader_new(im->file, path);
    else
        im->reader = csv_reader_new(im->file, path, error);
    return im->reader != NULL;
}

/* -- columns -------------------------------------------------------------- */

static const char *
column_name(const Import *im, guint column)
{
    return ((const GString *)g_ptr_array_index(row_columns(im->reader), column))
        ->str;
}

/* Two columns for one thing would leave it to chance which one wins. */
static bool
check_twice(Import *im, guint column, const ColumnUse *use, GError **error)
{
    for (guint i = 0; use->kind != COLUMN_IGNORED && i < column; i++) {
        const ColumnUse *other = &g_array_index(im->uses, ColumnUse, i);
        if (other->kind != use->kind || other->field != use->field)
            continue;
        g_set_error(error, NURTURE_ERROR, ERROR_INPUT,
                    "%s: columns '%s' and '%s' are for the same; leave one out "
                    "with --map '%s='",
                    im->options->path, column_name(im, i),
                    column_name(im, column), column_name(im, column));
        return false;
    }
    return true;
}

/* Decide what the columns met since the last call are for. */
static bool
use_columns(Import *im, GError **error)
{
    int first;

    if (im->uses->len < row_columns(im->reader)->len &&
        !columns_check_special(row_columns(im->reader), im->options->maps,
                               &first, error)) {
        g_prefix_error(error, "%s:1:%d: ", im->options->path, first + 1);
        return false;
    }
    while (im->uses->len < row_columns(im->reader)->len) {
        guint column = im->uses->len;
        const char *name = column_name(im, column);
        ColumnUse use;

        if (!column_use(im->workspace->fields, im->options->maps, name, &use,
                        error)) {
            g_prefix_error(error, "%s: ", im->options->path);
            return false;
        }
        if (!check_twice(im, column, &use, error))
            return false;
        if (use.kind == COLUMN_IGNORED && !text_is_blank(name))
            g_ptr_array_add(im->out->ignored, g_strdup(name));
        g_array_append_val(im->uses, use);
    }
    return true;
}

static bool
has_email_column(const Import *im, GError **error)
{
    g_autoptr(GString) names = g_string_new(NULL);

    for (guint i = 0; i < im->uses->len; i++) {
        if (g_array_index(im->uses, ColumnUse, i).kind == COLUMN_EMAIL)
            return true;
        if (names->len < 300)
            g_string_append_printf(names, "%s%s", i ? ", " : "",
                                   column_name(im, i));
    }
    g_set_error(error, NURTURE_ERROR, ERROR_INPUT,
                "%s: no column holds e-mail addresses; say which with --map "
                "COLUMN=email (columns: %s)",
                im->options->path, names->str);
    return false;
}

/* -- one row -------------------------------------------------------------- */

static void reject(Import *im, const Row *row, int column, const char *format,
                   ...) G_GNUC_PRINTF(4, 5);

/* The row as it was, and why it was rejected. */
static void
keep_bad_line(Import *im, const Row *row, const char *reason)
{
    guint columns = row_columns(im->reader)->len;

    if (row_is_json(im->reader)) {
        g_string_append_printf(im->bad_lines, "%" G_GINT64_FORMAT ",",
                               row->line);
        csv_append_raw_cell(im->bad_lines, row_text(im->reader)->str);
        g_string_append_c(im->bad_lines, ',');
    }
    for (guint i = 0; !row_is_json(im->reader) && i < columns; i++) {
        const GString *cell =
            i < row->cells->len ? g_ptr_array_index(row->cells, i) : NULL;
        g_autofree char *text = g_utf8_make_valid(cell ? cell->str : "", -1);
        csv_append_cell(im->bad_lines, text);
        g_string_append_c(im->bad_lines, ',');
    }
    csv_append_cell(im->bad_lines, reason);
    g_string_append(im->bad_lines, "\r\n");
}

static void
reject(Import *im, const Row *row, int column, const char *format, ...)
{
    g_autofree char *reason = NULL;
    ImportProblem *problem;
    va_list args;

    va_start(args, format);
    reason = g_strdup_vprintf(format, args);
    va_end(args);
    im->batch.rejected++;
    keep_bad_line(im, row, reason);
    if (im->out->problems->len >= PROBLEMS_SHOWN)
        return;
    problem = g_new0(ImportProblem, 1);
    problem->line = row->line;
    problem->column = column;
    if (column > 0 && (guint)column <= row_columns(im->reader)->len)
        problem->name = g_strdup(column_name(im, (guint)column - 1));
    problem->reason = g_steal_pointer(&reason);
    g_ptr_array_add(im->out->problems, problem);
}

static void
row_reset(Import *im)
{
    g_clear_pointer(&im->email, g_free);
    g_clear_pointer(&im->key, g_free);
    g_clear_pointer(&im->hmac, g_free);
    g_clear_pointer(&im->consent_source, g_free);
    im->consent_at = 0;
    im->has_source = false;
    g_string_assign(im->values, "{");
}

static void
append_key(GString *values, const char *key)
{
    g_string_append_printf(values, "%s\"%s\":", values->len > 1 ? "," : "",
                           key);
}

static bool
read_email(Import *im, const char *text, char **out_reason)
{
    g_autoptr(GError) error = NULL;

    im->email = address_normalise(text, &error);
    if (!im->email) {
        *out_reason = g_strdup(error->message);
        return false;
    }
    im->key = address_key(im->email);
    im->hmac = keys_address_hmac(im->keys, im->key);
    return true;
}

static bool
read_consent_at(Import *im, const char *text, char **out_reason)
{
    if (!date_parse(text, im->workspace->zone, &im->consent_at, NULL))
        *out_reason =
            g_strdup_printf("'%s' is not a date: write it as 2026-03-31", text);
    else if (im->consent_at > im->now)
        *out_reason = g_strdup_printf("'%s' is in the future", text);
    return *out_reason == NULL;
}

static bool
read_field(Import *im, const Field *field, const char *text, char **out_reason)
{
    gsize before = im->values->len, start;

    append_key(im->values, field->name);
    start = im->values->len;
    if (!candidate_value(im->workspace, field, text, im->values, out_reason))
        return false;
    if (im->values->len == start)
        g_string_truncate(im->values, before);
    else if (g_str_equal(field->name, "source"))
        im->has_source = true;
    return true;
}

static bool
read_cell(Import *im, const ColumnUse *use, const char *text, char **out_reason)
{
    switch (use->kind) {
    case COLUMN_EMAIL:
        return read_email(im, text, out_reason);
    case COLUMN_CONSENT_AT:
        return read_consent_at(im, text, out_reason);
    case COLUMN_CONSENT_SOURCE:
        im->consent_source = g_strstrip(g_strdup(text));
        return true;
    case COLUMN_FIELD:
        return read_field(im, use->field, text, out_reason);
    case COLUMN_IGNORED:
        break;
    }
    return true;
}

/* A row's own consent, else the one the command was given for all. */
static bool
finish_consent(Import *im, const Row *row)
{
    const char *source = im->consent_source;
    int64_t at = im->consent_at;

    if (!at && !source) {
        source = im->options->consent_source;
        at = im->options->consent_at;
    } else if (!at || !source) {
        reject(im, row, 0,
               at ? "consent without where it was given (consent_source)"
                  : "consent without when it was given (consent_at)");
        return false;
    }
    if (source) {
        append_key(im->values, "consent_at");
        g_string_append_printf(im->values, "%" G_GINT64_FORMAT, at);
        append_key(im->values, "consent_source");
        json_append_string(im->values, source);
    }
    return true;
}

/* Fill the present row; false when it was rejected. */
static bool
check_row(Import *im, const Row *row)
{
    row_reset(im);
    if (row->fault) {
        reject(im, row, row->fault_column, "%s", row->fault);
        return false;
    }
    for (guint i = 0; i < row->cells->len; i++) {
        const GString *cell = g_ptr_array_index(row->cells, i);
        g_autofree char *reason = NULL;

        if (text_is_blank(cell->str))
            continue;
        if (!read_cell(im, &g_array_index(im->uses, ColumnUse, i), cell->str,
                       &reason)) {
            reject(im, row, (int)i + 1, "%s", reason);
            return false;
        }
    }
    if (!im->email) {
        reject(im, row, 0, "no e-mail address");
        return false;
    }
    if (!finish_consent(im, row))
        return false;
    g_string_append_c(im->values, '}');
    return true;
}

static bool
is_blank_row(const Row *row)
{
    for (guint i = 0; i < row->cells->len; i++)
        if (!text_is_blank(((GString *)g_ptr_array_index(row->cells, i))->str))
            return false;
    return !row->fault || row->cells->len > 0;
}

/* -- storing -------------------------------------------------------------- */

typedef struct {
    int64_t id, batch; /* 0 = nobody */
    bool suppressed, erased;
} Known;

static bool
look_up(Import *im, Known *out, GError **error)
{
    g_autoptr(Statement) st = store_prepare(
        im->store,
        "SELECT c.candidate_id, c.batch_id FROM candidate c"
        " WHERE c.email_key = :key"
        " UNION ALL SELECT c.candidate_id, c.batch_id FROM candidate_address a"
        " JOIN candidate c ON c.candidate_id = a.candidate_id"
        " WHERE a.email_key = :key LIMIT 1",
        error);
    g_autoptr(Statement) list =
        st ? store_prepare(im->store,
                           "SELECT reason = 'erased' FROM suppression"
                           " WHERE address_hmac = :hmac AND scope = 'all'",
                           error)
           : NULL;

    memset(out, 0, sizeof *out);
    if (!list)
        return false;
    statement_bind_text(st, ":key", im->key);
    if (statement_step(st)) {
        out->id = statement_int(st, 0);
        out->batch = statement_int(st, 1);
    }
    statement_bind_text(list, ":hmac", im->hmac);
    if (statement_step(list)) {
        out->suppressed = true;
        out->erased = statement_int(list, 0);
    }
    return statement_end(st, error) && statement_end(list, error);
}

static bool
store_new(Import *im, GError **error)
{
    NewCandidate who = {im->email, im->key, im->hmac, im->batch.id};
    bool basis = strstr(im->values->str, "\"consent_at\":") ||
                 (im->workspace->legal.basis == BASIS_LEGITIMATE_INTEREST &&
                  im->has_source);
    int64_t id;

    im->batch.added++;
    im->out->without_basis += !basis;
    return im->options->dry_run ||
           candidate_writer_insert(im->writer, &who, im->values->str, im->now,
                                   &id, error);
}

static bool
store_known(Import *im, const Known *known, int64_t line, GError **error)
{
    bool differs;

    if (known->batch != 0 && known->batch == im->batch.id) {
        /* A second row about somebody of this file: invisible still. */
        im->out->doubles++;
        return candidate_writer_update(im->writer, known->id, im->values->str,
                                       im->batch.id, im->now, error);
    }
    if (!candidate_writer_differs(im->writer, known->id, im->values->str,
                                  &differs, error))
        return false;
    im->out->unchanged += !differs;
    im->batch.changed += differs;
    return !differs || im->options->dry_run ||
           batch_stage(im->store, &im->batch, line, known->id, im->values->str,
                       error);
}

static bool
store_row(Import *im, const Row *row, GError **error)
{
    Known known;

    if (!look_up(im, &known, error))
        return false;
    if (known.erased) {
        /* Whoever asked to be forgotten does not come back in a file. */
        reject(im, row, 0, "this person has been erased");
        return true;
    }
    im->out->suppressed += known.suppressed;
    return known.id ? store_known(im, &known, row->line, error)
                    : store_new(im, error);
}

/* -- the rejected file ---------------------------------------------------- */

/* Only its owner may read it: it holds personal data. */
static bool
open_rejected(Import *im, GError **error)
{
    g_autofree char *path =
        g_strconcat(im->options->path, ".rejected.csv", NULL);
    g_autoptr(GString) header = g_string_new(NULL);
    int fd = open(path,
                  O_WRONLY | O_CREAT | O_CLOEXEC |
                      (im->batch.resumed ? O_APPEND : O_TRUNC),
                  0600);

    im->rejected = fd >= 0 ? fdopen(fd, "w") : NULL;
    if (!im->rejected) {
        g_set_error(error, NURTURE_ERROR, ERROR_TEMPORARY, "%s: %s", path,
                    g_strerror(errno));
        return false;
    }
    im->out->rejected_path = g_steal_pointer(&path);
    if (im->batch.resumed && lseek(fd, 0, SEEK_END) > 0)
        return true;
    if (row_is_json(im->reader))
        g_string_append(header, "line,json,");
    for (guint i = 0;
         !row_is_json(im->reader) && i < row_columns(im->reader)->len; i++) {
        csv_append_cell(header, column_name(im, i));
        g_string_append_c(header, ',');
    }
    g_string_append(header, "reason\r\n");
    fwrite(header->str, 1, header->len, im->rejected);
    return true;
}

/* Before the rows are committed: a crash then lists a row twice, never not. */
static bool
write_rejected(Import *im, GError **error)
{
    if (im->bad_lines->len == 0 || im->options->dry_run)
        return true;
    if (!im->rejected && !open_rejected(im, error))
        return false;
    fwrite(im->bad_lines->str, 1, im->bad_lines->len, im->rejected);
    g_string_truncate(im->bad_lines, 0);
    if (fflush(im->rejected) == 0)
        return true;
    g_set_error(error, NURTURE_ERROR, ERROR_TEMPORARY, "%s: %s",
                im->out->rejected_path, g_strerror(errno));
    return false;
}

/* -- pieces --------------------------------------------------------------- */

/* Read and store rows until a piece is full; *out_end at the end of file. */
static bool
store_rows(Import *im, bool *out_end, GError **error)
{
    int64_t started = clock_monotonic();

    for (int i = 0; i < PIECE_ROWS && clock_monotonic() - started < PIECE_MS;
         i++) {
        g_autoptr(GError) read_error = NULL;
        const Row *row = row_next(im->reader, &read_error);

        if (!row) {
            *out_end = true;
            if (!read_error)
                return true;
            g_propagate_error(error, g_steal_pointer(&read_error));
            return false;
        }
        im->batch.rows++;
        if (!use_columns(im, error))
            return false;
        if (is_blank_row(row)) /* spreadsheets leave some at the end */
            continue;
        im->out->rows++;
        if (check_row(im, row) && !store_row(im, row, error))
            return false;
    }
    return true;
}

static bool
import_piece(Import *im, bool *out_end, GError **error)
{
    g_auto(Transaction) tx = {NULL};

    if (im->options->dry_run) {
        g_string_truncate(im->bad_lines, 0);
        return store_rows(im, out_end, error);
    }
    tx = store_begin(im->store, error);
    return tx.store && store_rows(im, out_end, error) &&
           write_rejected(im, error) &&
           batch_save(im->store, &im->batch, im->fingerprint, error) &&
           candidate_words_update(im->store, NULL, error) &&
           transaction_commit(&tx, error);
}

static bool
go_on(Import *im)
{
    const ImportOptions *o = im->options;

    im->out->stopped =
        o->progress && !o->progress(im->batch.rows, row_bytes_read(im->reader),
                                    im->size, o->data);
    return !im->out->stopped;
}

/* Pass over what an interrupted import had dealt with. */
static bool
skip_rows(Import *im, GError **error)
{
    g_autoptr(GError) read_error = NULL;

    for (int64_t i = 0; i < im->batch.rows; i++)
        if (!row_next(im->reader, &read_error))
            break;
    if (read_error)
        g_propagate_error(error, g_steal_pointer(&read_error));
    return !read_error && use_columns(im, error);
}

/* Stops, when asked to, between two pieces but never behind the last one. */
static bool
import_rows(Import *im, GError **error)
{
    bool end = false, done = im->options->dry_run;

    while (!end) {
        if (!import_piece(im, &end, error))
            return false;
        if (!go_on(im) && !end)
            return true;
    }
    while (!done) {
        if (!batch_apply(im->store, im->writer, &im->batch, im->now, &done,
                         error))
            return false;
        if (!go_on(im) && !done)
            return true;
    }
    im->out->stopped = false;
    return im->options->dry_run ||
           batch_close(im->store, &im->batch, im->now, error);
}

static bool
begin(Import *im, GError **error)
{
    g_autofree char *source = g_path_get_basename(im->options->path);

    if (!open_file(im, error) || !use_columns(im, error) ||
        (!row_is_json(im->reader) && !has_email_column(im, error)))
        return false;
    im->writer = candidate_writer_new(im->store, im->workspace->fields, error);
    if (!im->writer)
        return false;
    if (im->options->dry_run)
        return true;
    if (!batch_open(im->store, source, im->fingerprint, im->now, &im->batch,
                    error))
        return false;
    im->out->batch = im->batch.id;
    im->out->resumed = im->batch.resumed;
    return !im->batch.resumed || skip_rows(im, error);
}

/* A file that nothing can be made of leaves nothing behind; after any other
 * failure the same command goes on where this one was. */
static void
drop_unusable(Import *im, const GError *error)
{
    UndoResult undone;

    if (im->batch.id && g_error_matches(error, NURTURE_ERROR, ERROR_INPUT) &&
        batch_undo(im->store, im->workspace, im->batch.id, im->now, &undone,
                   NULL))
        im->out->batch = 0;
}

bool
candidates_import(Store *store, const Workspace *workspace, const Keys *keys,
                  const ImportOptions *options, int64_t now, ImportResult *out,
                  GError **error)
{
    g_auto(Import) im = {.store = store,
                         .workspace = workspace,
                         .keys = keys,
                         .options = options,
                         .now = now,
                         .out = out,
                         .values = g_string_new(NULL),
                         .bad_lines = g_string_new(NULL)};
    g_autoptr(GError) failure = NULL;
    int lock = -2;

    memset(out, 0, sizeof *out);
    out->problems = g_ptr_array_new_with_free_func(import_problem_free);
    out->ignored = g_ptr_array_new_with_free_func(g_free);
    im.uses = g_array_new(FALSE, TRUE, sizeof(ColumnUse));
    if (!options->dry_run)
        lock = batch_lock(store, error);
    if (lock == -1)
        return false;
    if (!begin(&im, &failure) || !import_rows(&im, &failure))
        drop_unusable(&im, failure);
    out->added = im.batch.added;
    out->changed = im.batch.changed;
    out->rejected = im.batch.rejected;
    if (lock >= 0)
        close(lock);
    if (!failure)
        return true;
    g_propagate_error(error, g_steal_pointer(&failure));
    return false;
}
