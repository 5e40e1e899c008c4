/* SPDX-License-Identifier: Apache-2.0 */
/* ats_file.c - a file of records: checked and set aside, then taken
 *
 *     staging --all rows checked--> ready --all rows taken--> closed
 *        '-- killed: dropped          '-- killed: the next call goes on
 *
 * Both in pieces that hold the write lock for less than 50 ms; a file of a few
 * hundred rows is one transaction. A person's applications are taken with their
 * candidate record, whatever stands between them in the file: at no moment is
 * there somebody whose application is not known yet. */
#include "ats-reader.h"
#include "ats-writer.h"
#include "candidate-batch.h"

#include "nurture/clock.h"
#include "nurture/error.h"
#include "nurture/fact.h"

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
    const AtsFileOptions *options;
    int64_t now;
    AtsResult *out;
    FILE *file;
    int64_t size;
    AtsReader *reader;
    int64_t batch;
    GString *rejected; /* rows of FILE.rejected.csv */
} Job;

static void
job_clear(Job *job)
{
    if (job->file)
        fclose(job->file);
    ats_reader_free(job->reader);
    if (job->rejected)
        g_string_free(job->rejected, TRUE);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Job, job_clear)

/* -- the batch ------------------------------------------------------------ */

static bool
run_batch(Store *store, const char *sql, int64_t batch, GError **error)
{
    g_autoptr(Statement) st = store_prepare(store, sql, error);

    if (!st)
        return false;
    statement_bind_int(st, ":batch", batch);
    return statement_run(st, error);
}

static bool
batch_new(Job *job, GError **error)
{
    g_autofree char *source = g_path_get_basename(job->options->path);
    g_auto(Transaction) tx = store_begin(job->store, error);
    g_autoptr(Statement) st = NULL;

    if (!tx.store)
        return false;
    st = store_prepare(job->store,
                       "INSERT INTO batch (kind, source, state, started_at)"
                       " VALUES ('ats', :source, 'open', :now)",
                       error);
    if (!st)
        return false;
    statement_bind_text(st, ":source", source);
    statement_bind_int(st, ":now", job->now);
    if (!statement_run(st, error))
        return false;
    job->batch = store_last_id(job->store);
    return transaction_commit(&tx, error);
}

/* In the caller's transaction: all rows have been checked. */
static bool
set_ready(Store *store, int64_t batch, GError **error)
{
    g_autofree char *name = g_strdup_printf("ats:%" G_GINT64_FORMAT, batch);

    return fact_set(store, name, "ready", error);
}

static bool
batch_end(Store *store, int64_t batch, const char *state, int64_t now,
          GError **error)
{
    g_auto(Transaction) tx = store_begin(store, error);
    g_autoptr(Statement) st = NULL;

    if (!tx.store ||
        !run_batch(store, "DELETE FROM ats_row WHERE batch_id = :batch", batch,
                   error) ||
        !run_batch(store,
                   "DELETE FROM fact"
                   " WHERE name = 'ats:' || CAST(:batch AS TEXT)",
                   batch, error))
        return false;
    st = store_prepare(store,
                       "UPDATE batch SET state = :state, closed_at = :now"
                       " WHERE batch_id = :batch",
                       error);
    if (!st)
        return false;
    statement_bind_text(st, ":state", state);
    statement_bind_int(st, ":now", now);
    statement_bind_int(st, ":batch", batch);
    return statement_run(st, error) && transaction_commit(&tx, error);
}

/* -- staging -------------------------------------------------------------- */

/* In this order. */
static const int ranks[] = {
    [ATS_JOB] = 0, [ATS_CANDIDATE] = 1, [ATS_APPLICATION] = 2};

/* Who the row is about, to the ATS; NULL of a job. */
static char *
person_of(const AtsRow *row)
{
    const char *id = row->type == ATS_CANDIDATE ? row->value[ATS_ID]
                     : row->type == ATS_APPLICATION
                         ? row->value[ATS_CANDIDATE_ID]
                         : NULL;

    return id ? g_strconcat(row->value[ATS_SRC], "\x1f", id, NULL) : NULL;
}

static bool
stage_row(Job *job, const AtsRow *row, int64_t line, GError **error)
{
    g_autofree char *packed = ats_row_pack(row);
    g_autofree char *person = person_of(row);
    g_autoptr(Statement) st =
        store_prepare(job->store,
                      "INSERT INTO ats_row (batch_id, rank, line, person,"
                      " fields) VALUES (:batch, :rank, :line, :person,"
                      " :fields)",
                      error);

    if (!st)
        return false;
    statement_bind_int(st, ":batch", job->batch);
    statement_bind_int(st, ":rank", ranks[row->type]);
    statement_bind_text(st, ":person", person);
    statement_bind_int(st, ":line", line);
    statement_bind_text(st, ":fields", packed);
    return statement_run(st, error);
}

/* Takes `problem`. */
static void
reject(Job *job, ImportProblem *problem, const char *text)
{
    job->out->rejected++;
    g_string_append_printf(job->rejected, "%" G_GINT64_FORMAT ",%d,",
                           problem->line, problem->column);
    csv_append_cell(job->rejected, problem->name ? problem->name : "");
    g_string_append_c(job->rejected, ',');
    csv_append_cell(job->rejected, problem->reason);
    g_string_append_c(job->rejected, ',');
    csv_append_cell(job->rejected, text);
    g_string_append(job->rejected, "\r\n");
    if (job->out->problems->len < PROBLEMS_SHOWN)
        g_ptr_array_add(job->out->problems, problem);
    else
        import_problem_free(problem);
}

static bool
stage_piece(Job *job, bool *out_end, GError **error)
{
    g_auto(Transaction) tx = store_begin(job->store, error);
    int64_t started = clock_monotonic();
    const RowReader *rows = ats_reader_rows(job->reader);

    if (!tx.store)
        return false;
    for (int i = 0; i < PIECE_ROWS && clock_monotonic() - started < PIECE_MS;
         i++) {
        g_auto(AtsRow) row = {0};
        ImportProblem *problem;
        g_autoptr(GError) failed = NULL;

        if (!ats_reader_next(job->reader, &row, &problem, &failed)) {
            *out_end = true;
            if (failed)
                g_propagate_error(error, g_steal_pointer(&failed));
            if (*error || !set_ready(job->store, job->batch, error))
                return false;
            break;
        }
        job->out->rows++;
        if (problem)
            reject(job, problem, row_text(rows)->str);
        else if (!stage_row(job, &row, job->out->rows, error))
            return false;
    }
    return transaction_commit(&tx, error);
}

static void
note_left_out(Job *job)
{
    g_clear_pointer(&job->out->left_out, g_ptr_array_unref);
    job->out->left_out = g_ptr_array_ref(ats_reader_left_out(job->reader));
}

static bool
stage_all(Job *job, GError **error)
{
    const AtsFileOptions *o = job->options;
    bool end = false;
    g_autoptr(GError) failed = NULL;

    while (!end && !failed) {
        stage_piece(job, &end, &failed);
        if (o->progress && !failed && !end &&
            !o->progress(job->out->rows,
                         row_bytes_read(ats_reader_rows(job->reader)),
                         job->size, o->data))
            g_set_error(&failed, NURTURE_ERROR, ERROR_REFUSED,
                        "stopped; nothing was taken");
    }
    note_left_out(job);
    if (!failed && o->whole && job->out->rejected > 0)
        g_set_error(&failed, NURTURE_ERROR, ERROR_INPUT,
                    "%s: rows that cannot be used, so none was taken", o->path);
    if (!failed)
        return true;
    batch_end(job->store, job->batch, "undone", job->now, NULL);
    g_propagate_error(error, g_steal_pointer(&failed));
    return false;
}

/* -- taking --------------------------------------------------------------- */

/* Packed by ats_row_pack(): names and values that were checked then. */
static bool
unpack(Store *store, const char *fields, int rank, AtsRow *row, GError **error)
{
    g_autoptr(Statement) st = store_prepare(
        store, "SELECT key, value FROM json_each(:fields)", error);

    if (!st)
        return false;
    for (int type = 0; type < ATS_TYPES; type++)
        if (ranks[type] == rank)
            row->type = (AtsType)type;
    statement_bind_text(st, ":fields", fields);
    while (statement_step(st)) {
        const char *key = statement_text(st, 0);
        int field = ats_field_find(key);
        if (field >= 0)
            row->value[field] = g_strdup(statement_text(st, 1));
        else if (!*key && !row->raw)
            row->raw = g_strdup(statement_text(st, 1));
    }
    return statement_end(st, error);
}

typedef struct {
    int64_t batch, line;
    int rank;
    char *person, *fields;
} Staged;

static void
staged_clear(Staged *s)
{
    g_clear_pointer(&s->person, g_free);
    g_clear_pointer(&s->fields, g_free);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Staged, staged_clear)

/* The first row that is left, or that is left of `person`'s applications;
 * fields NULL = there is none. */
static bool
next_staged(Store *store, const char *person, Staged *s, GError **error)
{
    g_autoptr(Statement) st =
        person ? store_prepare(store,
                               "SELECT rank, line, person, fields FROM ats_row"
                               " WHERE batch_id = :batch AND person = :person"
                               "  AND rank = 2 ORDER BY line LIMIT 1",
                               error)
               : store_prepare(store,
                               "SELECT rank, line, person, fields FROM ats_row"
                               " WHERE batch_id = :batch"
                               " ORDER BY rank, line LIMIT 1",
                               error);

    staged_clear(s);
    if (!st)
        return false;
    statement_bind_int(st, ":batch", s->batch);
    if (person)
        statement_bind_text(st, ":person", person);
    if (statement_step(st)) {
        s->rank = (int)statement_int(st, 0);
        s->line = statement_int(st, 1);
        s->person = g_strdup(statement_text(st, 2));
        s->fields = g_strdup(statement_text(st, 3));
    }
    return statement_end(st, error);
}

static bool
forget_taken(Store *store, const Staged *s, GError **error)
{
    g_autoptr(Statement) st =
        store_prepare(store,
                      "DELETE FROM ats_row WHERE batch_id = :batch"
                      " AND rank = :rank AND line = :line",
                      error);

    if (!st)
        return false;
    statement_bind_int(st, ":batch", s->batch);
    statement_bind_int(st, ":rank", s->rank);
    statement_bind_int(st, ":line", s->line);
    return statement_run(st, error);
}

static bool
take_one(AtsWriter *w, const Staged *s, GError **error)
{
    g_auto(AtsRow) row = {0};
    g_autofree char *reason = NULL;
    AtsPut put;

    if (!unpack(w->store, s->fields, s->rank, &row, error) ||
        !ats_writer_put(w, &row, &put, &reason, error))
        return false;
    if (put == PUT_REFUSED) {
        ImportProblem *p = g_new0(ImportProblem, 1);
        p->line = s->line;
        p->reason = g_steal_pointer(&reason);
        w->out->rejected++;
        g_ptr_array_add(w->out->problems, p);
    }
    return forget_taken(w->store, s, error);
}

/* The first row that is left, and of a candidate the applications as well. */
static bool
take_next(AtsWriter *w, int64_t batch, bool *out_end, GError **error)
{
    g_auto(Staged) s = {.batch = batch}, own = {.batch = batch};

    if (!next_staged(w->store, NULL, &s, error))
        return false;
    *out_end = s.fields == NULL;
    if (*out_end)
        return true;
    if (!take_one(w, &s, error))
        return false;
    while (s.rank == ranks[ATS_CANDIDATE] && s.person) {
        if (!next_staged(w->store, s.person, &own, error))
            return false;
        if (!own.fields)
            break;
        if (!take_one(w, &own, error))
            return false;
    }
    return true;
}

static bool
take_piece(AtsWriter *w, int64_t batch, bool *out_end, GError **error)
{
    g_auto(Transaction) tx = store_begin(w->store, error);
    int64_t started = clock_monotonic();

    if (!tx.store)
        return false;
    for (int i = 0;
         !*out_end && i < PIECE_ROWS && clock_monotonic() - started < PIECE_MS;
         i++)
        if (!take_next(w, batch, out_end, error))
            return false;
    return (!*out_end || ats_set_synced(w->store, w->now, error)) &&
           transaction_commit(&tx, error);
}

static bool
take_all(Store *store, const Workspace *workspace, const Keys *keys,
         int64_t batch, int64_t now, AtsResult *out, GError **error)
{
    g_autoptr(AtsWriter) w =
        ats_writer_new(store, workspace, keys, now, out, error);
    bool end = false;

    if (!w)
        return false;
    while (!end)
        if (!take_piece(w, batch, &end, error))
            return false;
    return ats_writer_finish(w, error) &&
           batch_end(store, batch, "closed", now, error);
}

/* -- what was left -------------------------------------------------------- */

static bool
find_left(Store *store, int64_t *out_batch, bool *out_ready, GError **error)
{
    g_autoptr(Statement) st = store_prepare(
        store,
        "SELECT b.batch_id, EXISTS (SELECT 1 FROM fact f"
        "  WHERE f.name = 'ats:' || CAST(b.batch_id AS TEXT)) FROM batch b"
        " WHERE b.state = 'open' AND b.kind = 'ats' ORDER BY b.batch_id"
        " LIMIT 1",
        error);

    *out_batch = 0;
    if (!st)
        return false;
    if (statement_step(st)) {
        *out_batch = statement_int(st, 0);
        *out_ready = statement_int(st, 1) != 0;
    }
    return statement_end(st, error);
}

/* Go on with, or drop, what somebody who was killed left. */
static bool
finish_left(Store *store, const Workspace *workspace, const Keys *keys,
            int64_t now, AtsResult *out, GError **error)
{
    int64_t batch;
    bool ready;

    for (;;) {
        if (!find_left(store, &batch, &ready, error))
            return false;
        if (!batch)
            return true;
        if (ready ? !take_all(store, workspace, keys, batch, now, out, error)
                  : !batch_end(store, batch, "undone", now, error))
            return false;
        out->resumed |= ready;
    }
}

bool
ats_resume(Store *store, const Workspace *workspace, const Keys *keys,
           int64_t now, AtsResult *out, GError **error)
{
    g_autoptr(GError) busy = NULL;
    int64_t batch;
    bool ready, ok;
    int lock;

    if (!find_left(store, &batch, &ready, error))
        return false;
    if (!batch)
        return true;
    lock = batch_lock(store, &busy);
    if (lock == -1)
        return true; /* somebody is at it */
    if (!out->problems)
        out->problems = g_ptr_array_new_with_free_func(import_problem_free);
    ok = finish_left(store, workspace, keys, now, out, error);
    if (lock >= 0)
        close(lock);
    return ok;
}

/* -- the file ------------------------------------------------------------- */

static bool
open_file(Job *job, GError **error)
{
    const char *path = job->options->path;
    bool json = g_str_has_suffix(path, ".jsonl") ||
                g_str_has_suffix(path, ".ndjson") ||
                g_str_has_suffix(path, ".json");
    struct stat info;

    job->file =
        job->options->stream ? job->options->stream : fopen(path, "rbe");
    json |= job->options->stream != NULL;
    if (!job->file || fstat(fileno(job->file), &info) != 0 ||
        S_ISDIR(info.st_mode)) {
        g_set_error(error, NURTURE_ERROR, ERROR_INPUT, "%s: %s", path,
                    job->file ? "this is a directory" : g_strerror(errno));
        return false;
    }
    job->size = info.st_size;
    job->reader = ats_reader_new(job->file, path, json, job->options->src,
                                 job->now, error);
    return job->reader != NULL;
}

/* Only its owner may read it: it holds personal data. */
static bool
write_rejected(Job *job, GError **error)
{
    static const char header[] = "line,column,name,reason,row\r\n";
    g_autofree char *path = NULL;

    if (job->rejected->len == 0 || job->options->dry_run ||
        job->options->stream)
        return true;
    path = g_strconcat(job->options->path, ".rejected.csv", NULL);
    g_string_prepend(job->rejected, header);
    if (!g_file_set_contents_full(path, job->rejected->str,
                                  (gssize)job->rejected->len,
                                  G_FILE_SET_CONTENTS_CONSISTENT, 0600, error))
        return false;
    job->out->rejected_path = g_steal_pointer(&path);
    return true;
}

static bool
apply(Job *job, GError **error)
{
    if (!open_file(job, error) ||
        !finish_left(job->store, job->workspace, job->keys, job->now, job->out,
                     error) ||
        !batch_new(job, error))
        return false;
    if (!stage_all(job, error)) {
        write_rejected(job, NULL);
        return false;
    }
    return write_rejected(job, error) &&
           take_all(job->store, job->workspace, job->keys, job->batch, job->now,
                    job->out, error);
}

bool
ats_apply_file(Store *store, const Workspace *workspace, const Keys *keys,
               const AtsFileOptions *options, int64_t now, AtsResult *out,
               GError **error)
{
    g_autoptr(Store) copy = NULL;
    g_auto(Job) job = {.workspace = workspace,
                       .keys = keys,
                       .options = options,
                       .now = now,
                       .out = out,
                       .rejected = g_string_new(NULL)};
    int lock = -2;
    bool ok;

    memset(out, 0, sizeof *out);
    out->problems = g_ptr_array_new_with_free_func(import_problem_free);
    if (options->dry_run)
        copy = store_open_copy(store, error);
    else
        lock = batch_lock(store, error);
    if (lock == -1 || (options->dry_run && !copy))
        return false;
    job.store = copy ? copy : store;
    ok = apply(&job, error);
    out->batch = options->dry_run ? 0 : job.batch;
    if (lock >= 0)
        close(lock);
    return ok;
}
