/* SPDX-License-Identifier: Apache-2.0 */
/* candidate_batch.c - open, resume, apply, close and undo an import */
#include "candidate-batch.h"

#include "nurture/candidate-words.h"
#include "nurture/clock.h"
#include "nurture/error.h"
#include "nurture/fact.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

/* An open batch's progress is the fact "import:<id>" = "<rows> <fingerprint>".
 * It is written in the same transaction as the rows it counts. */

int
batch_lock(const Store *store, GError **error)
{
    g_autofree char *path = NULL;
    int fd;

    if (g_str_equal(store_path(store), ":memory:"))
        return -2;
    path = g_strconcat(store_path(store), "-import", NULL);
    fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0) {
        g_set_error(error, NURTURE_ERROR, ERROR_TEMPORARY, "%s: %s", path,
                    g_strerror(errno));
        return -1;
    }
    if (flock(fd, LOCK_EX | LOCK_NB) == 0)
        return fd;
    close(fd);
    g_set_error(error, NURTURE_ERROR, ERROR_TEMPORARY,
                "another import is running; try again when it has ended");
    return -1;
}

/* -- opening -------------------------------------------------------------- */

static bool
read_open(Store *store, const char *source, const char *fingerprint, Batch *out,
          GError **error)
{
    g_autoptr(Statement) st = store_prepare(
        store,
        "SELECT b.batch_id, b.source, b.added, b.changed, b.rejected, f.value"
        " FROM batch b LEFT JOIN fact f"
        "  ON f.name = 'import:' || CAST(b.batch_id AS TEXT)"
        " WHERE b.state = 'open' AND b.kind = 'import'",
        error);
    const char *value, *space;

    if (!st)
        return false;
    if (!statement_step(st))
        return statement_end(st, error);
    value = statement_text(st, 5);
    space = value ? strchr(value, ' ') : NULL;
    out->id = statement_int(st, 0);
    if (!space || !g_str_equal(space + 1, fingerprint)) {
        bool same = g_str_equal(statement_text(st, 1), source);
        g_set_error(error, NURTURE_ERROR, ERROR_REFUSED,
                    "import %" G_GINT64_FORMAT " of %s was interrupted; %s, "
                    "or drop it: nurture candidates import --undo "
                    "%" G_GINT64_FORMAT,
                    out->id, statement_text(st, 1),
                    same ? "the file or the options have changed since: "
                           "use the same again"
                         : "import that file again to finish it",
                    out->id);
        return false;
    }
    out->rows = g_ascii_strtoll(value, NULL, 10);
    out->added = statement_int(st, 2);
    out->changed = statement_int(st, 3);
    out->rejected = statement_int(st, 4);
    out->resumed = true;
    statement_step(st);
    return statement_end(st, error);
}

static bool
create(Store *store, const char *source, int64_t now, Batch *out,
       GError **error)
{
    g_autoptr(Statement) st =
        store_prepare(store,
                      "INSERT INTO batch (kind, source, state, started_at)"
                      " VALUES ('import', :source, 'open', :now)",
                      error);

    if (!st)
        return false;
    statement_bind_text(st, ":source", source);
    statement_bind_int(st, ":now", now);
    if (!statement_run(st, error))
        return false;
    out->id = store_last_id(store);
    return true;
}

bool
batch_open(Store *store, const char *source, const char *fingerprint,
           int64_t now, Batch *out, GError **error)
{
    g_auto(Transaction) tx = store_begin(store, error);

    memset(out, 0, sizeof *out);
    if (!tx.store || !read_open(store, source, fingerprint, out, error))
        return false;
    if (!out->resumed && (!create(store, source, now, out, error) ||
                          !batch_save(store, out, fingerprint, error)))
        return false;
    return transaction_commit(&tx, error);
}

bool
batch_save(Store *store, const Batch *batch, const char *fingerprint,
           GError **error)
{
    g_autofree char *value =
        g_strdup_printf("%" G_GINT64_FORMAT " %s", batch->rows, fingerprint);
    g_autofree char *name =
        g_strdup_printf("import:%" G_GINT64_FORMAT, batch->id);
    g_autoptr(Statement) counts =
        store_prepare(store,
                      "UPDATE batch SET added = :added, changed = :changed,"
                      "  rejected = :rejected WHERE batch_id = :batch",
                      error);

    if (!counts)
        return false;
    statement_bind_int(counts, ":added", batch->added);
    statement_bind_int(counts, ":changed", batch->changed);
    statement_bind_int(counts, ":rejected", batch->rejected);
    statement_bind_int(counts, ":batch", batch->id);
    return fact_set(store, name, value, error) && statement_run(counts, error);
}

bool
batch_stage(Store *store, const Batch *batch, int64_t line, int64_t candidate,
            const char *values, GError **error)
{
    g_autoptr(Statement) st = store_prepare(
        store,
        "INSERT INTO batch_change (batch_id, line, candidate_id, change)"
        " VALUES (:batch, :line, :candidate, :values)",
        error);

    if (!st)
        return false;
    statement_bind_int(st, ":batch", batch->id);
    statement_bind_int(st, ":line", line);
    statement_bind_int(st, ":candidate", candidate);
    statement_bind_text(st, ":values", values);
    return statement_run(st, error);
}

/* -- applying ------------------------------------------------------------- */

static bool
set_before(Store *store, int64_t batch, int64_t line, const char *before,
           GError **error)
{
    g_autoptr(Statement) st =
        store_prepare(store,
                      "UPDATE batch_change SET before = :before"
                      " WHERE batch_id = :batch AND line = :line",
                      error);

    if (!st)
        return false;
    statement_bind_text(st, ":before", before);
    statement_bind_int(st, ":batch", batch);
    statement_bind_int(st, ":line", line);
    return statement_run(st, error);
}

/* The next change in line order that is not applied and whose person has not
 * asked to be erased since (their changes are dropped with the batch). */
static bool
next_change(Store *store, const Batch *batch, int64_t *line, int64_t *candidate,
            char **values, GError **error)
{
    g_autoptr(Statement) st = store_prepare(
        store,
        "SELECT h.line, h.candidate_id, h.change FROM batch_change h"
        " JOIN candidate c ON c.candidate_id = h.candidate_id"
        "  AND c.erased_at IS NULL"
        " WHERE h.batch_id = :batch AND h.line > :line AND h.before IS NULL"
        " ORDER BY h.line LIMIT 1",
        error);

    *values = NULL;
    if (!st)
        return false;
    statement_bind_int(st, ":batch", batch->id);
    statement_bind_int(st, ":line", *line);
    if (statement_step(st)) {
        *line = statement_int(st, 0);
        *candidate = statement_int(st, 1);
        *values = g_strdup(statement_text(st, 2));
    }
    return statement_end(st, error);
}

static bool
apply_one(Store *store, CandidateWriter *writer, const Batch *batch,
          int64_t line, int64_t candidate, const char *values, int64_t now,
          GError **error)
{
    g_autofree char *before =
        candidate_writer_before(writer, candidate, values, error);

    return before &&
           candidate_writer_update(writer, candidate, values, batch->id, now,
                                   error) &&
           set_before(store, batch->id, line, before, error);
}

bool
batch_apply(Store *store, CandidateWriter *writer, const Batch *batch,
            int64_t now, bool *out_done, GError **error)
{
    int64_t started, line = 0;
    g_auto(Transaction) tx = store_begin(store, error);

    if (!tx.store)
        return false;
    started = clock_monotonic();
    *out_done = false;
    for (int i = 0; i < PIECE_ROWS && clock_monotonic() - started < PIECE_MS;
         i++) {
        g_autofree char *values = NULL;
        int64_t candidate = 0;
        if (!next_change(store, batch, &line, &candidate, &values, error))
            return false;
        *out_done = values == NULL;
        if (*out_done)
            break;
        if (!apply_one(store, writer, batch, line, candidate, values, now,
                       error))
            return false;
    }
    return candidate_words_update(store, NULL, error) &&
           transaction_commit(&tx, error);
}

static bool
run_for_batch(Statement *st, int64_t batch, GError **error)
{
    if (!st)
        return false;
    statement_bind_int(st, ":batch", batch);
    return statement_run(st, error);
}

static bool
forget_progress(Store *store, int64_t batch, GError **error)
{
    g_autoptr(Statement) st =
        store_prepare(store,
                      "DELETE FROM fact"
                      " WHERE name = 'import:' || CAST(:batch AS TEXT)",
                      error);

    return run_for_batch(st, batch, error);
}

static bool
end_batch(Store *store, int64_t batch, const char *state, int64_t now,
          GError **error)
{
    g_autoptr(Statement) st =
        store_prepare(store,
                      "UPDATE batch SET state = :state, closed_at = :now"
                      " WHERE batch_id = :batch",
                      error);

    if (!st)
        return false;
    statement_bind_text(st, ":state", state);
    statement_bind_int(st, ":now", now);
    return run_for_batch(st, batch, error) &&
           forget_progress(store, batch, error);
}

static bool
audit(Store *store, int64_t batch, const char *action, int64_t now,
      GError **error)
{
    g_autoptr(Statement) st = store_prepare(
        store,
        "INSERT INTO audit (at, actor, action, object, detail)"
        " SELECT :now, :actor, :action, CAST(batch_id AS TEXT), source"
        " FROM batch WHERE batch_id = :batch",
        error);

    if (!st)
        return false;
    statement_bind_int(st, ":now", now);
    statement_bind_text(st, ":actor", g_get_user_name());
    statement_bind_text(st, ":action", action);
    return run_for_batch(st, batch, error);
}

bool
batch_close(Store *store, const Batch *batch, int64_t now, GError **error)
{
    g_auto(Transaction) tx = store_begin(store, error);

    return tx.store && end_batch(store, batch->id, "closed", now, error) &&
           audit(store, batch->id, "import", now, error) &&
           transaction_commit(&tx, error);
}

/* -- undo ----------------------------------------------------------------- */

/* The state of an import; NULL with an error when there is no such one. */
static char *
state_of(Store *store, int64_t batch, GError **error)
{
    g_autofree char *state = NULL;
    g_autoptr(Statement) st = store_prepare(
        store,
        "SELECT state FROM batch WHERE batch_id = :batch AND kind = 'import'",
        error);

    if (!st)
        return NULL;
    statement_bind_int(st, ":batch", batch);
    if (statement_step(st))
        state = g_strdup(statement_text(st, 0));
    if (!statement_end(st, error))
        return NULL;
    if (!state)
        g_set_error(error, NURTURE_ERROR, ERROR_NOT_FOUND,
                    "there is no import %" G_GINT64_FORMAT, batch);
    return g_steal_pointer(&state);
}

/* The tags and consents that the batch gave to somebody. */
static bool
remove_extras(Store *store, int64_t batch, int64_t candidate, GError **error)
{
    static const char *const deletes[] = {
        "DELETE FROM candidate_tag"
        " WHERE candidate_id = :candidate AND batch_id = :batch",
        "DELETE FROM consent"
        " WHERE candidate_id = :candidate AND batch_id = :batch",
    };

    for (gsize i = 0; i < G_N_ELEMENTS(deletes); i++) {
        g_autoptr(Statement) st = store_prepare(store, deletes[i], error);
        if (!st)
            return false;
        statement_bind_int(st, ":candidate", candidate);
        if (!run_for_batch(st, batch, error))
            return false;
    }
    return true;
}

/* Take back the newest change that is still there. */
static bool
restore_one(Store *store, CandidateWriter *writer, int64_t batch, int64_t now,
            bool *out_done, UndoResult *out, GError **error)
{
    g_autofree char *change = NULL, *before = NULL;
    int64_t line = 0, candidate = 0;
    g_autoptr(Statement) gone = NULL;
    g_autoptr(Statement) st = store_prepare(
        store,
        "SELECT line, candidate_id, change, before FROM batch_change"
        " WHERE batch_id = :batch ORDER BY line DESC LIMIT 1",
        error);

    if (!st)
        return false;
    statement_bind_int(st, ":batch", batch);
    *out_done = !statement_step(st);
    if (!*out_done) {
        line = statement_int(st, 0);
        candidate = statement_int(st, 1);
        change = g_strdup(statement_text(st, 2));
        before = g_strdup(statement_text(st, 3));
    }
    if (!statement_end(st, error) || *out_done)
        return *out_done;
    if (before) {
        out->restored++;
        if (!candidate_writer_restore(writer, candidate, change, before, now,
                                      error) ||
            !remove_extras(store, batch, candidate, error))
            return false;
    }
    gone = store_prepare(store,
                         "DELETE FROM batch_change"
                         " WHERE batch_id = :batch AND line = :line",
                         error);
    if (!gone)
        return false;
    statement_bind_int(gone, ":line", line);
    return run_for_batch(gone, batch, error);
}

static bool
remove_person(Store *store, int64_t candidate, GError **error)
{
    static const char *const deletes[] = {
        "DELETE FROM candidate_tag WHERE candidate_id = :candidate",
        "DELETE FROM candidate_address WHERE candidate_id = :candidate",
        "DELETE FROM consent WHERE candidate_id = :candidate",
        "DELETE FROM score WHERE candidate_id = :candidate",
        "DELETE FROM candidate WHERE candidate_id = :candidate",
    };

    for (gsize i = 0; i < G_N_ELEMENTS(deletes); i++) {
        g_autoptr(Statement) st = store_prepare(store, deletes[i], error);
        if (!st)
            return false;
        statement_bind_int(st, ":candidate", candidate);
        if (!statement_run(st, error))
            return false;
    }
    return true;
}

/* Somebody who has been written to, or wrote, is history and stays. */
static bool
remove_next(Store *store, int64_t batch, int64_t *after, bool *out_done,
            UndoResult *out, GError **error)
{
    bool has_history = false;
    g_autoptr(Statement) st = store_prepare(
        store,
        "SELECT c.candidate_id,"
        " EXISTS (SELECT 1 FROM message m"
        "  WHERE m.candidate_id = c.candidate_id)"
        " OR EXISTS (SELECT 1 FROM enrolment e"
        "  WHERE e.candidate_id = c.candidate_id)"
        " OR EXISTS (SELECT 1 FROM event v"
        "  WHERE v.candidate_id = c.candidate_id)"
        " OR EXISTS (SELECT 1 FROM application a"
        "  WHERE a.candidate_id = c.candidate_id)"
        " OR EXISTS (SELECT 1 FROM consent k WHERE"
        "  k.candidate_id = c.candidate_id AND k.batch_id IS NOT :batch)"
        " FROM candidate c WHERE c.batch_id = :batch"
        "  AND c.candidate_id > :after ORDER BY c.candidate_id LIMIT 1",
        error);

    if (!st)
        return false;
    statement_bind_int(st, ":batch", batch);
    statement_bind_int(st, ":after", *after);
    *out_done = !statement_step(st);
    if (!*out_done) {
        *after = statement_int(st, 0);
        has_history = statement_int(st, 1);
    }
    if (!statement_end(st, error) || *out_done)
        return *out_done;
    out->kept += has_history;
    out->removed += !has_history;
    return has_history || remove_person(store, *after, error);
}

typedef struct {
    Store *store;
    CandidateWriter *writer;
    int64_t batch, now, after;
    bool people; /* else: changes */
    UndoResult *out;
} Undo;

/* One committed piece of the work. */
static bool
undo_piece(Undo *u, bool *out_done, GError **error)
{
    int64_t started;
    g_auto(Transaction) tx = store_begin(u->store, error);

    if (!tx.store)
        return false;
    started = clock_monotonic();
    *out_done = false;
    for (int i = 0;
         i < PIECE_ROWS && !*out_done && clock_monotonic() - started < PIECE_MS;
         i++) {
        if (u->people ? !remove_next(u->store, u->batch, &u->after, out_done,
                                     u->out, error)
                      : !restore_one(u->store, u->writer, u->batch, u->now,
                                     out_done, u->out, error))
            return false;
    }
    return candidate_words_update(u->store, NULL, error) &&
           transaction_commit(&tx, error);
}

static bool
undo_all(Undo *u, GError **error)
{
    bool done = false;

    while (!done)
        if (!undo_piece(u, &done, error))
            return false;
    u->people = true;
    for (done = false; !done;)
        if (!undo_piece(u, &done, error))
            return false;
    return true;
}

/* From here on the consent ledger lets go of the import's rows. */
static bool
begin_undo(Store *store, int64_t batch, int64_t now, GError **error)
{
    g_autoptr(Statement) st = store_prepare(
        store, "UPDATE batch SET undo_at = :now WHERE batch_id = :batch",
        error);

    if (!st)
        return false;
    statement_bind_int(st, ":now", now);
    return run_for_batch(st, batch, error);
}

static bool
end_undo(Store *store, int64_t batch, int64_t now, GError **error)
{
    g_auto(Transaction) tx = store_begin(store, error);

    return tx.store && end_batch(store, batch, "undone", now, error) &&
           audit(store, batch, "import undone", now, error) &&
           transaction_commit(&tx, error);
}

bool
batch_undo(Store *store, const Workspace *workspace, int64_t batch, int64_t now,
           UndoResult *out, GError **error)
{
    g_autofree char *state = state_of(store, batch, error);
    g_autoptr(CandidateWriter) writer = NULL;
    Undo undo = {store, NULL, batch, now, 0, false, out};

    memset(out, 0, sizeof *out);
    if (state && g_str_equal(state, "undone"))
        g_set_error(error, NURTURE_ERROR, ERROR_REFUSED,
                    "import %" G_GINT64_FORMAT " has been undone already",
                    batch);
    else if (state)
        writer = candidate_writer_new(store, workspace->fields, error);
    undo.writer = writer;
    return writer && begin_undo(store, batch, now, error) &&
           undo_all(&undo, error) && end_undo(store, batch, now, error);
}

bool
candidates_import_undo(Store *store, const Workspace *workspace, int64_t batch,
                       int64_t now, UndoResult *out, GError **error)
{
    int lock = batch_lock(store, error);
    bool good;

    if (lock == -1)
        return false;
    good = batch_undo(store, workspace, batch, now, out, error);
    if (lock >= 0)
        close(lock);
    return good;
}
