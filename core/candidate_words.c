/* SPDX-License-Identifier: Apache-2.0 */
/* candidate_words.c - the full-text index of titles, sets and notes */
#include "nurture/candidate-words.h"

enum { CHUNK = 2000 }; /* people at once: well under 50 ms */

/* The stale ones up to :last, which is the same set in all statements. */
static const char *const steps[] = {
    "DELETE FROM candidate_words WHERE rowid IN"
    " (SELECT candidate_id FROM candidate_stale WHERE candidate_id <= :last)",
    "INSERT INTO candidate_words (rowid, title, skills, notes)"
    " SELECT c.candidate_id, c.job_title,"
    "  (SELECT group_concat(t.value, ' ') FROM candidate_tag t"
    "   WHERE t.candidate_id = c.candidate_id AND t.field <> 'interest'),"
    "  coalesce(c.notes, '') || coalesce("
    "   (SELECT ' ' || group_concat(json_extract(e.detail, '$.note'), ' ')"
    "    FROM event e WHERE e.candidate_id = c.candidate_id"
    "     AND e.kind IN ('sourced', 'contacted', 'met', 'applied',"
    "      'interviewed', 'declined', 'hired') AND e.detail IS NOT NULL), '')"
    " FROM candidate_stale s JOIN candidate c USING (candidate_id)"
    " WHERE s.candidate_id <= :last AND c.erased_at IS NULL",
    "DELETE FROM candidate_stale WHERE candidate_id <= :last",
};

/* The last of at most `limit` stale people; *out_count is 0 when there is none.
 */
static bool
find_last(Store *store, int64_t limit, int64_t *out_last, int64_t *out_count,
          GError **error)
{
    g_autoptr(Statement) st =
        store_prepare(store,
                      "SELECT coalesce(max(candidate_id), 0), count(*) FROM"
                      " (SELECT candidate_id FROM candidate_stale"
                      "  ORDER BY candidate_id LIMIT :limit)",
                      error);

    if (!st)
        return false;
    statement_bind_int(st, ":limit", limit);
    if (statement_step(st)) {
        *out_last = statement_int(st, 0);
        *out_count = statement_int(st, 1);
    }
    return statement_end(st, error);
}

bool
candidate_words_update(Store *store, int64_t *out_done, GError **error)
{
    int64_t last = 0, count = 0;

    if (!find_last(store, CHUNK, &last, &count, error))
        return false;
    if (out_done)
        *out_done = count;
    for (gsize i = 0; count > 0 && i < G_N_ELEMENTS(steps); i++) {
        g_autoptr(Statement) st = store_prepare(store, steps[i], error);
        if (!st)
            return false;
        statement_bind_int(st, ":last", last);
        if (!statement_run(st, error))
            return false;
    }
    return true;
}

bool
candidate_words_catch_up(Store *store, GError **error)
{
    int64_t last = 0, count = 0;

    /* Without the write lock: mostly there is nothing to do. */
    if (!find_last(store, 1, &last, &count, error))
        return false;
    while (count > 0) {
        g_auto(Transaction) tx = store_begin(store, error);
        if (!tx.store || !candidate_words_update(store, &count, error) ||
            !transaction_commit(&tx, error))
            return false;
    }
    return true;
}

static bool
run_for(Store *store, const char *sql, int64_t candidate, GError **error)
{
    g_autoptr(Statement) st = store_prepare(store, sql, error);

    if (!st)
        return false;
    statement_bind_int(st, ":candidate", candidate);
    return statement_run(st, error);
}

bool
candidate_words_touch(Store *store, int64_t candidate, GError **error)
{
    return run_for(store,
                   "INSERT OR IGNORE INTO candidate_stale VALUES (:candidate)",
                   candidate, error);
}

bool
candidate_words_erase(Store *store, int64_t candidate, GError **error)
{
    return run_for(store,
                   "DELETE FROM candidate_stale"
                   " WHERE candidate_id = :candidate",
                   candidate, error) &&
           run_for(store,
                   "DELETE FROM candidate_words WHERE rowid = :candidate",
                   candidate, error) &&
           store_exec(store,
                      "INSERT INTO candidate_words (candidate_words)"
                      " VALUES ('optimize')",
                      error);
}
