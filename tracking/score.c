/* SPDX-License-Identifier: Apache-2.0 */
/* score.c - scores explained, and summed again from the events
 *
 * The same additions in the same order give the same bytes, so a rebuild adds
 * in the order of event ids, as event_record() did. Events are read in pages;
 * a page's read transaction ends before the next begins. Before each write
 * transaction touches a range of people, it reads what has been recorded since
 * under the write lock; people of ranges already written were brought up to
 * date by whoever recorded the event. */
#include "nurture/score.h"

#include "nurture/event.h"
#include "nurture/fact.h"

#include <string.h>

#define PAGE  50000 /* events */
#define CHUNK 4000  /* people in one write transaction: below 50 ms */

/* Explaining ------------------------------------------------------------- */

static void
part_free(gpointer data)
{
    ScorePart *part = data;

    g_free(part->kind);
    g_free(part->campaign);
    g_free(part->step);
    g_free(part);
}

void
score_explanation_free(ScoreExplanation *explanation)
{
    if (!explanation)
        return;
    g_ptr_array_unref(explanation->parts);
    g_free(explanation);
}

static bool
read_stored(Store *store, int64_t candidate, double *out, GError **error)
{
    g_autoptr(Statement) st = store_prepare(
        store, "SELECT scaled FROM score WHERE candidate_id = :candidate",
        error);

    *out = 0;
    if (!st)
        return false;
    statement_bind_int(st, ":candidate", candidate);
    if (statement_step(st))
        *out = statement_double(st, 0);
    return statement_end(st, error);
}

static ScorePart *
part_read(Statement *st, const Workspace *workspace)
{
    ScorePart *part = g_new0(ScorePart, 1);

    part->event = statement_int(st, 0);
    part->at = statement_int(st, 1);
    part->kind = g_strdup(statement_text(st, 2));
    part->campaign = g_strdup(statement_text(st, 3));
    part->step = g_strdup(statement_text(st, 4));
    part->machine = statement_int(st, 5) != 0;
    part->positive = statement_int(st, 6) != 0;
    part->weight =
        event_weight(workspace, part->kind, part->machine, part->positive);
    return part;
}

ScoreExplanation *
score_explain(Store *store, const Workspace *workspace, int64_t candidate,
              int64_t now, GError **error)
{
    g_autoptr(ScoreExplanation) out = g_new0(ScoreExplanation, 1);
    double sum = 0, stored;
    g_autoptr(Statement) st = store_prepare(
        store,
        "SELECT event_id, at, kind, campaign, step, machine, positive"
        " FROM event WHERE candidate_id = :candidate ORDER BY event_id",
        error);

    out->parts = g_ptr_array_new_with_free_func(part_free);
    if (!st || !read_stored(store, candidate, &stored, error))
        return NULL;
    statement_bind_int(st, ":candidate", candidate);
    while (statement_step(st)) {
        ScorePart *part = part_read(st, workspace);
        if (part->weight <= 0 && !part->machine) {
            part_free(part);
            continue;
        }
        double scaled = score_scaled(workspace, part->weight, part->at);
        part->present = score_at(workspace, scaled, now);
        sum += scaled;
        g_ptr_array_add(out->parts, part);
    }
    if (!statement_end(st, error))
        return NULL;
    out->total = score_at(workspace, sum, now);
    out->stored = score_at(workspace, stored, now);
    out->same = sum == stored;
    return g_steal_pointer(&out);
}

/* Settings --------------------------------------------------------------- */

bool
score_is_outdated(Store *store, const Workspace *workspace, bool *out,
                  GError **error)
{
    g_autofree char *settings = score_settings(workspace);
    g_autoptr(Statement) st = store_prepare(
        store,
        "SELECT EXISTS (SELECT 1 FROM score) AND coalesce((SELECT value"
        " FROM fact WHERE name = 'score_settings'), '') <> :settings",
        error);

    *out = false;
    if (!st)
        return false;
    statement_bind_text(st, ":settings", settings);
    if (statement_step(st))
        *out = statement_int(st, 0) != 0;
    return statement_end(st, error);
}

/* Summing ---------------------------------------------------------------- */

typedef struct {
    int64_t candidate;
    double scaled;
    int64_t events, updated_at;
} Sum;

typedef struct {
    Store *store;
    const Workspace *workspace;
    GHashTable *sums;  /* &Sum.candidate -> Sum, owned */
    GPtrArray *sorted; /* Sum by candidate, borrowed */
    int64_t last;      /* the newest event in the sums */
    ScoreRebuild *seen;
} Rebuild;

static void
add(Rebuild *r, int64_t candidate, double weight, int64_t at)
{
    Sum *sum = g_hash_table_lookup(r->sums, &candidate);

    if (!sum) {
        sum = g_new0(Sum, 1);
        sum->candidate = candidate;
        g_hash_table_insert(r->sums, &sum->candidate, sum);
    }
    sum->scaled += score_scaled(r->workspace, weight, at);
    sum->events++;
    sum->updated_at = at;
}

/* One page of events after r->last; *out_more is false after the last. */
static bool
read_page(Rebuild *r, bool *out_more, GError **error)
{
    int64_t rows = 0;
    g_autoptr(Statement) st = store_prepare(
        r->store,
        "SELECT event_id, candidate_id, kind, at, machine, positive FROM event"
        " WHERE event_id > :last ORDER BY event_id LIMIT :page",
        error);

    if (!st)
        return false;
    statement_bind_int(st, ":last", r->last);
    statement_bind_int(st, ":page", PAGE);
    while (statement_step(st)) {
        int64_t candidate = statement_int(st, 1);
        double weight = 0;
        if (candidate)
            weight = event_weight(r->workspace, statement_text(st, 2),
                                  statement_int(st, 4) != 0,
                                  statement_int(st, 5) != 0);
        if (weight > 0)
            add(r, candidate, weight, statement_int(st, 3));
        r->last = statement_int(st, 0);
        rows++;
    }
    r->seen->events += rows;
    *out_more = rows == PAGE;
    return statement_end(st, error);
}

static bool
read_events(Rebuild *r, GError **error)
{
    bool more = true;

    while (more)
        if (!read_page(r, &more, error))
            return false;
    return true;
}

/* Who was erased or taken back has no score, whatever the events say. */
static bool
drop_gone(Rebuild *r, GError **error)
{
    g_autoptr(GHashTable) here = g_hash_table_new(g_int64_hash, g_int64_equal);
    g_autoptr(Statement) st = store_prepare(
        r->store, "SELECT candidate_id FROM candidate WHERE erased_at IS NULL",
        error);
    GHashTableIter iter;
    gpointer key;

    if (!st)
        return false;
    while (statement_step(st)) {
        int64_t candidate = statement_int(st, 0);
        Sum *sum = g_hash_table_lookup(r->sums, &candidate);
        if (sum)
            g_hash_table_add(here, &sum->candidate);
    }
    if (!statement_end(st, error))
        return false;
    g_hash_table_iter_init(&iter, r->sums);
    while (g_hash_table_iter_next(&iter, &key, NULL))
        if (!g_hash_table_contains(here, key))
            g_hash_table_iter_remove(&iter);
    return true;
}

static int
compare_sums(gconstpointer a, gconstpointer b)
{
    const Sum *x = *(Sum *const *)a, *y = *(Sum *const *)b;

    return (x->candidate > y->candidate) - (x->candidate < y->candidate);
}

static void
sort_sums(Rebuild *r)
{
    GHashTableIter iter;
    gpointer sum;

    g_ptr_array_set_size(r->sorted, 0);
    g_hash_table_iter_init(&iter, r->sums);
    while (g_hash_table_iter_next(&iter, NULL, &sum))
        g_ptr_array_add(r->sorted, sum);
    g_ptr_array_sort(r->sorted, compare_sums);
}

/* Comparing and writing -------------------------------------------------- */

static bool
sum_equals(const Sum *sum, Statement *st)
{
    double stored = statement_double(st, 1);

    return memcmp(&sum->scaled, &stored, sizeof stored) == 0 &&
           sum->events == statement_int(st, 2) &&
           sum->updated_at == statement_int(st, 3);
}

/* What the rebuild would change. */
static bool
compare(Rebuild *r, GError **error)
{
    int64_t found = 0;
    g_autoptr(Statement) st = store_prepare(
        r->store, "SELECT candidate_id, scaled, events, updated_at FROM score",
        error);

    if (!st)
        return false;
    while (statement_step(st)) {
        int64_t candidate = statement_int(st, 0);
        const Sum *sum = g_hash_table_lookup(r->sums, &candidate);
        found += sum != NULL;
        r->seen->changed += !sum || !sum_equals(sum, st);
    }
    r->seen->people = g_hash_table_size(r->sums);
    r->seen->changed += r->seen->people - found;
    return statement_end(st, error);
}

/* The first of r->sorted whose candidate is above `after`. */
static guint
position_after(const Rebuild *r, int64_t after)
{
    guint low = 0, high = r->sorted->len;

    while (low < high) {
        guint middle = low + (high - low) / 2;
        const Sum *sum = r->sorted->pdata[middle];
        if (sum->candidate > after)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

static bool
clear_range(Rebuild *r, int64_t after, int64_t until, GError **error)
{
    g_autoptr(Statement) st =
        store_prepare(r->store,
                      "DELETE FROM score"
                      " WHERE candidate_id > :after AND candidate_id <= :until",
                      error);

    if (!st)
        return false;
    statement_bind_int(st, ":after", after);
    statement_bind_int(st, ":until", until);
    return statement_run(st, error);
}

static bool
write_sum(Rebuild *r, const Sum *sum, GError **error)
{
    g_autoptr(Statement) st = store_prepare(
        r->store,
        "INSERT INTO score (candidate_id, scaled, events, updated_at)"
        " SELECT :candidate, :scaled, :events, :at FROM candidate"
        " WHERE candidate_id = :candidate AND erased_at IS NULL",
        error);

    if (!st)
        return false;
    statement_bind_int(st, ":candidate", sum->candidate);
    statement_bind_double(st, ":scaled", sum->scaled);
    statement_bind_int(st, ":events", sum->events);
    statement_bind_int(st, ":at", sum->updated_at);
    return statement_run(st, error);
}

/* The next people after *after; *out_more is false after the last of them. */
static bool
write_chunk(Rebuild *r, int64_t *after, bool *out_more, GError **error)
{
    g_auto(Transaction) tx = store_begin(r->store, error);
    int64_t last = r->last;

    if (!tx.store || !read_events(r, error))
        return false;
    if (r->last != last)
        sort_sums(r);
    guint start = position_after(r, *after);
    guint end = MIN(start + CHUNK, r->sorted->len);
    int64_t until = end < r->sorted->len
                        ? ((Sum *)r->sorted->pdata[end - 1])->candidate
                        : G_MAXINT64;
    if (!clear_range(r, *after, until, error))
        return false;
    for (guint i = start; i < end; i++)
        if (!write_sum(r, r->sorted->pdata[i], error))
            return false;
    *after = until;
    *out_more = until != G_MAXINT64;
    g_autofree char *settings = score_settings(r->workspace);
    return fact_set(r->store, "score_settings", *out_more ? "mixed" : settings,
                    error) &&
           transaction_commit(&tx, error);
}

static bool
rebuild(Rebuild *r, bool dry_run, GError **error)
{
    int64_t after = 0;
    bool more = !dry_run;

    if (!read_events(r, error) || !drop_gone(r, error) || !compare(r, error))
        return false;
    sort_sums(r);
    while (more)
        if (!write_chunk(r, &after, &more, error))
            return false;
    r->seen->people = g_hash_table_size(r->sums);
    return true;
}

bool
score_rebuild(Store *store, const Workspace *workspace, bool dry_run,
              ScoreRebuild *out, GError **error)
{
    Rebuild r = {.store = store, .workspace = workspace, .seen = out};
    bool done;

    *out = (ScoreRebuild){0};
    r.sums = g_hash_table_new_full(g_int64_hash, g_int64_equal, NULL, g_free);
    r.sorted = g_ptr_array_new();
    done = rebuild(&r, dry_run, error);
    g_ptr_array_unref(r.sorted);
    g_hash_table_unref(r.sums);
    return done;
}
