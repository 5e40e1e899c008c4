/* SPDX-License-Identifier: Apache-2.0 */
/* hit_reclassify.c - all hits again, by the rules there are now */
#include "hit-review.h"
#include "nurture/hits.h"

#include <string.h>

#define NETWORKS 20  /* in one transaction */
#define HITS     500 /* the same, about */

typedef struct {
    HitReview review;
    char network[HIT_NETWORK_TEXT]; /* the last one that is done */
    char message_id[MESSAGE_ID_TEXT];
    HitCursor cursor; /* in that message; more = false: it is done */
    int64_t all;
} Pass;

static bool
count_hits(Store *store, const char *digest, int64_t *out_all,
           int64_t *out_outdated, GError **error)
{
    g_autoptr(Statement) st = store_prepare(
        store,
        "SELECT (SELECT count(*) FROM hit), (SELECT count(*) FROM hit"
        "  WHERE version NOT IN (SELECT version FROM hit_rules"
        "   WHERE digest = :digest))",
        error);

    if (!st)
        return false;
    statement_bind_text(st, ":digest", digest);
    if (statement_step(st)) {
        *out_all = statement_int(st, 0);
        *out_outdated = statement_int(st, 1);
    }
    return statement_end(st, error);
}

/* Copy the text in the first column of the next row, if there is one. */
static bool
next_text(Statement *st, char *out, gsize size, bool *out_found, GError **error)
{
    *out_found = statement_step(st);
    if (*out_found)
        g_strlcpy(out, statement_text(st, 0), size);
    return statement_end(st, error);
}

static bool
next_network(Pass *p, bool *out_found, GError **error)
{
    g_autoptr(Statement) st =
        store_prepare(p->review.store,
                      "SELECT network FROM hit WHERE network > :last"
                      " AND network IS NOT NULL ORDER BY network LIMIT 1",
                      error);

    if (!st)
        return false;
    statement_bind_text(st, ":last", p->network);
    return next_text(st, p->network, sizeof p->network, out_found, error);
}

static bool
next_message(Pass *p, bool *out_found, GError **error)
{
    g_autoptr(Statement) st =
        store_prepare(p->review.store,
                      "SELECT message_id FROM event WHERE message_id > :last"
                      "  AND kind <> 'sent' AND kind IN ('clicked', 'opened')"
                      " ORDER BY message_id LIMIT 1",
                      error);

    p->cursor = (HitCursor)HIT_CURSOR_NEWEST;
    if (!st)
        return false;
    statement_bind_text(st, ":last", p->message_id);
    return next_text(st, p->message_id, sizeof p->message_id, out_found, error);
}

static bool
some_networks(Pass *p, int64_t now, bool *out_more, GError **error)
{
    g_autoptr(GHashTable) messages =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    g_auto(Transaction) tx = store_begin(p->review.store, error);

    *out_more = true;
    if (!tx.store || !hit_review_begin(&p->review, now, error))
        return false;
    for (int i = 0; *out_more && i < NETWORKS; i++)
        if (!next_network(p, out_more, error) ||
            (*out_more &&
             !hit_review_network(&p->review, p->network, 0, messages, error)))
            return false;
    return transaction_commit(&tx, error);
}

static bool
some_messages(Pass *p, int64_t now, bool *out_more, GError **error)
{
    int64_t until = p->review.counts.hits + HITS;
    g_auto(Transaction) tx = store_begin(p->review.store, error);

    *out_more = true;
    if (!tx.store || !hit_review_begin(&p->review, now, error))
        return false;
    while (p->review.counts.hits < until) {
        if (!p->cursor.more && !next_message(p, out_more, error))
            return false;
        if (!*out_more)
            break;
        if (!hit_review_message(&p->review, p->message_id, 0, &p->cursor,
                                error))
            return false;
    }
    return transaction_commit(&tx, error);
}

const char *
hits_class_word(int class)
{
    return hit_kind_word((HitKind) class);
}

static void
copy_counts(HitsReclassified *out, const HitReviewCounts *counts)
{
    out->hits = counts->hits;
    out->changed = counts->changed;
    out->scores = counts->scores;
    out->stops = counts->stops;
    memcpy(out->before, counts->before, sizeof out->before);
    memcpy(out->after, counts->after, sizeof out->after);
}

bool
hits_reclassify(Store *store, const Workspace *workspace, bool dry_run,
                int64_t now,
                void (*progress)(int64_t done, int64_t all, gpointer data),
                gpointer data, HitsReclassified *out, GError **error)
{
    g_autoptr(HitRules) rules = hit_rules_load(workspace->root, error);
    g_autoptr(Store) copy = NULL;
    Pass p = {.message_id = ""};
    bool more = true, ok = true;

    *out = (HitsReclassified){0};
    if (!rules)
        return false;
    if (dry_run)
        store = copy = store_open_copy(store, error);
    if (!store || !count_hits(store, hit_rules_digest(rules), &p.all,
                              &out->outdated, error))
        return false;
    hit_review_init(&p.review, store, workspace, rules);
    p.review.reread = true;
    while (ok && more)
        ok = some_networks(&p, now, &more, error);
    for (more = true; ok && more;) {
        ok = some_messages(&p, now, &more, error);
        if (progress)
            progress(p.review.counts.hits, p.all, data);
    }
    copy_counts(out, &p.review.counts);
    hit_review_clear(&p.review);
    return ok;
}

bool
hits_outdated(Store *store, const Workspace *workspace, int64_t *out,
              GError **error)
{
    g_autoptr(HitRules) rules = hit_rules_load(workspace->root, error);
    int64_t all;

    *out = 0;
    return rules &&
           count_hits(store, hit_rules_digest(rules), &all, out, error);
}
