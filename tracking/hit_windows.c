/* SPDX-License-Identifier: Apache-2.0 */
/* hit_windows.c - what hits of one mail say about one another */
#include "hit-review.h"
#include "nurture/clock.h"

#define TRAP_MS  (60 * SECOND_MS)
#define BURST_MS (10 * SECOND_MS)
#define LATER_MS (2 * HOUR_MS)
#define BURST    3

/* A minute on both sides of whoever followed the hidden link. */
static void
mark_traps(Hit *hits, guint count)
{
    int64_t last = G_MININT64 / 2, next = G_MAXINT64 / 2;

    for (guint i = 0; i < count; i++) {
        if (hits[i].link == WEB_TOKEN_TRAP)
            last = hits[i].at;
        hits[i].evidence.trap |= hits[i].at - last <= TRAP_MS;
    }
    for (guint i = count; i-- > 0;) {
        if (hits[i].link == WEB_TOKEN_TRAP)
            next = hits[i].at;
        hits[i].evidence.trap |= next - hits[i].at <= TRAP_MS;
    }
}

/* Links in a window of time, and how often each is in it. */
static void
count_link(GHashTable *links, int link, int by)
{
    gpointer key = GINT_TO_POINTER(link);
    int count = GPOINTER_TO_INT(g_hash_table_lookup(links, key)) + by;

    if (count > 0)
        g_hash_table_insert(links, key, GINT_TO_POINTER(count));
    else
        g_hash_table_remove(links, key);
}

static void
mark_bursts(Hit *hits, guint count, int all)
{
    g_autoptr(GHashTable) links = g_hash_table_new(NULL, NULL);
    guint first = 0, burst_done = 0, all_done = 0;

    for (guint i = 0; i < count; i++) {
        if (!hits[i].evidence.click)
            continue;
        count_link(links, hits[i].link, 1);
        for (; hits[i].at - hits[first].at > BURST_MS; first++)
            if (hits[first].evidence.click)
                count_link(links, hits[first].link, -1);
        guint distinct = g_hash_table_size(links);
        if (distinct >= BURST)
            for (guint j = MAX(first, burst_done); j <= i; burst_done = ++j)
                hits[j].evidence.burst = hits[j].evidence.click;
        if (all >= 2 && distinct >= (guint)all)
            for (guint j = MAX(first, all_done); j <= i; all_done = ++j)
                hits[j].evidence.all_links = hits[j].evidence.click;
    }
}

void
hit_windows_mark(Hit *hits, guint count, int links)
{
    mark_traps(hits, count);
    mark_bursts(hits, count, links);
}

void
hit_windows_classify(Hit *hits, guint count, int64_t answered_at)
{
    int64_t last = 0; /* a click that is a person's without doubt */

    for (guint i = 0; i < count; i++) {
        hits[i].class = hit_classify(&hits[i].evidence);
        if (hits[i].evidence.click && hits[i].class.kind == HIT_HUMAN)
            last = MAX(last, hits[i].at);
    }
    for (guint i = 0; i < count; i++) {
        hits[i].evidence.later = (answered_at && answered_at >= hits[i].at) ||
                                 (last && last - hits[i].at >= LATER_MS);
        hits[i].class = hit_classify(&hits[i].evidence);
    }
}
