/* SPDX-License-Identifier: Apache-2.0 */
/* ats_writer.c - take records, and say what changed for whom */
#include "ats-writer.h"

#include <string.h>

/* How somebody stands with the ATS, and what runs for them. */
typedef struct {
    bool in_process, deleted, merged;
    int64_t hired, rejected, silver; /* applications */
    char *running;                   /* campaigns, ", " between */
} Standing;

static void
standing_free(gpointer data)
{
    Standing *s = data;

    g_free(s->running);
    g_free(s);
}

const char *
ats_change_word(AtsChangeKind kind)
{
    static const char *const words[ATS_CHANGES] = {
        "enters", "leaves", "hired", "rejected", "silver", "erased", "merged"};

    return words[kind];
}

static void
change_free(gpointer data)
{
    AtsChange *c = data;

    g_free(c->who);
    g_free(c->job);
    g_free(c->campaigns);
    g_free(c);
}

void
ats_result_clear(AtsResult *r)
{
    g_clear_pointer(&r->changes, g_ptr_array_unref);
    g_clear_pointer(&r->problems, g_ptr_array_unref);
    g_clear_pointer(&r->rejected_path, g_free);
    g_clear_pointer(&r->left_out, g_ptr_array_unref);
}

AtsWriter *
ats_writer_new(Store *store, const Workspace *workspace, const Keys *keys,
               int64_t now, AtsResult *out, GError **error)
{
    g_autoptr(AtsWriter) w = g_new0(AtsWriter, 1);

    w->store = store;
    w->workspace = workspace;
    w->keys = keys;
    w->now = now;
    w->out = out;
    w->before = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free,
                                      standing_free);
    if (!out->changes)
        out->changes = g_ptr_array_new_with_free_func(change_free);
    w->people = candidate_writer_new(store, workspace->fields, error);
    return w->people ? g_steal_pointer(&w) : NULL;
}

void
ats_writer_free(AtsWriter *w)
{
    if (!w)
        return;
    candidate_writer_free(w->people);
    g_hash_table_unref(w->before);
    g_free(w);
}

/* -- standing ------------------------------------------------------------- */

static Standing *
read_standing(Store *store, int64_t candidate, GError **error)
{
    Standing *s = g_new0(Standing, 1);
    g_autoptr(Statement) st = store_prepare(
        store,
        "SELECT coalesce(sum(status = 'active'"
        "   AND stage_kind IS DISTINCT FROM 'lead'), 0) > 0,"
        "  coalesce(sum(status = 'hired'), 0),"
        "  coalesce(sum(status = 'rejected'), 0),"
        "  coalesce(sum(status = 'rejected' AND reject_by = 'us'"
        "   AND reached IN ('interview', 'offer')), 0),"
        "  EXISTS (SELECT 1 FROM ats_identity i"
        "   WHERE i.candidate_id = :candidate AND i.deleted_at IS NOT NULL),"
        "  (SELECT merged_into IS NOT NULL FROM candidate"
        "   WHERE candidate_id = :candidate),"
        "  (SELECT group_concat(campaign, ', ') FROM enrolment e"
        "   WHERE e.candidate_id = :candidate AND e.control = 0"
        "    AND e.state IN ('active', 'waiting'))"
        " FROM application WHERE candidate_id = :candidate",
        error);

    if (st)
        statement_bind_int(st, ":candidate", candidate);
    if (st && statement_step(st)) {
        s->in_process = statement_int(st, 0);
        s->hired = statement_int(st, 1);
        s->rejected = statement_int(st, 2);
        s->silver = statement_int(st, 3);
        s->deleted = statement_int(st, 4);
        s->merged = statement_int(st, 5);
        s->running = g_strdup(statement_text(st, 6));
    }
    if (st && statement_end(st, error))
        return s;
    standing_free(s);
    return NULL;
}

bool
ats_touch(AtsWriter *w, int64_t candidate, GError **error)
{
    Standing *s;

    if (!candidate || g_hash_table_contains(w->before, &candidate))
        return true;
    s = read_standing(w->store, candidate, error);
    if (s)
        g_hash_table_insert(w->before, g_memdup2(&candidate, sizeof candidate),
                            s);
    return s != NULL;
}

static bool
add_change(AtsWriter *w, AtsChangeKind kind, int64_t candidate,
           const char *campaigns, GError **error)
{
    g_autoptr(Statement) st =
        store_prepare(w->store,
                      "SELECT email, (SELECT j.title FROM application a"
                      "  JOIN job j ON j.job_id = a.job_id"
                      "  WHERE a.candidate_id = c.candidate_id"
                      "  ORDER BY a.updated_at DESC LIMIT 1)"
                      " FROM candidate c WHERE candidate_id = :candidate",
                      error);
    AtsChange *c;

    if (!st)
        return false;
    statement_bind_int(st, ":candidate", candidate);
    c = g_new0(AtsChange, 1);
    c->kind = kind;
    c->candidate = candidate;
    c->campaigns = g_strdup(campaigns);
    if (statement_step(st)) {
        c->who = g_strdup(statement_text(st, 0));
        c->job = g_strdup(statement_text(st, 1));
    }
    w->out->count[kind]++;
    g_ptr_array_add(w->out->changes, c);
    return statement_end(st, error);
}

static bool
compare(AtsWriter *w, int64_t candidate, const Standing *b, GError **error)
{
    Standing *a = read_standing(w->store, candidate, error);
    bool ok;

    if (!a)
        return false;
    const struct {
        AtsChangeKind kind;
        bool holds, stops;
    } looks[] = {
        {ATS_ENTERS, a->in_process && !b->in_process, true},
        {ATS_LEAVES,
         b->in_process && !a->in_process && a->hired <= b->hired &&
             a->rejected <= b->rejected && !a->merged,
         false},
        {ATS_HIRED, a->hired > b->hired, true},
        {ATS_REJECTED, a->rejected > b->rejected, !a->running},
        {ATS_SILVER, a->silver > b->silver, false},
        {ATS_ERASED, a->deleted && !b->deleted, true},
        {ATS_MERGED, a->merged && !b->merged, true},
    };
    ok = true;
    for (gsize i = 0; ok && i < G_N_ELEMENTS(looks); i++)
        if (looks[i].holds)
            ok = add_change(w, looks[i].kind, candidate,
                            looks[i].stops ? b->running : NULL, error);
    standing_free(a);
    return ok;
}

static int
by_id(gconstpointer a, gconstpointer b)
{
    int64_t x = **(const int64_t *const *)a, y = **(const int64_t *const *)b;

    return x < y ? -1 : x > y;
}

bool
ats_writer_finish(AtsWriter *w, GError **error)
{
    guint n;
    g_autofree gpointer *ids = g_hash_table_get_keys_as_array(w->before, &n);

    qsort(ids, n, sizeof *ids, by_id);
    for (guint i = 0; i < n; i++)
        if (!compare(w, *(int64_t *)ids[i],
                     g_hash_table_lookup(w->before, ids[i]), error))
            return false;
    g_hash_table_remove_all(w->before);
    return true;
}

/* -- one record ----------------------------------------------------------- */

bool
ats_writer_put(AtsWriter *w, const AtsRow *row, AtsPut *out, char **out_reason,
               GError **error)
{
    bool ok = false;

    g_assert(store_in_transaction(w->store));
    *out = PUT_TAKEN;
    *out_reason = NULL;
    switch (row->type) {
    case ATS_CANDIDATE:
        ok = ats_put_candidate(w, row, out, out_reason, error);
        break;
    case ATS_JOB:
        ok = ats_put_job(w, row, out, error);
        break;
    case ATS_APPLICATION:
        ok = ats_put_application(w, row, out, error);
        break;
    case ATS_TYPES:
        g_assert_not_reached();
    }
    w->out->taken += ok && *out == PUT_TAKEN;
    w->out->older += ok && *out == PUT_OLDER;
    return ok;
}
