/* SPDX-License-Identifier: Apache-2.0 */
/* desk_kept.c - parts of pages that took long, kept for a while
 *
 * Counting half a million mails takes a second or two, and one thread answers
 * everybody. A part is kept for twenty times as long as it took: where all is
 * small, everything is as of now; where it is big, looking at it costs at most
 * a twentieth of the time. */
#include "desk-private.h"

#include "nurture/clock.h"

#include <string.h>

enum { KEPT_MAX = 64, TIMES = 20 };

typedef struct {
    char *html;
    int64_t until; /* clock_monotonic() */
} Kept;

static void
kept_free(gpointer data)
{
    Kept *kept = data;

    g_free(kept->html);
    g_free(kept);
}

GHashTable *
desk_kept_new(void)
{
    return g_hash_table_new_full(g_str_hash, g_str_equal, g_free, kept_free);
}

bool
desk_kept(Visit *visit, const char *key, const char *what, int64_t days,
          bool (*build)(Visit *visit, const char *what, int64_t days,
                        GError **error),
          GError **error)
{
    GHashTable *table = visit->desk->kept;
    const Kept *old = g_hash_table_lookup(table, key);
    int64_t began = clock_monotonic();
    gsize start = visit->html->len;
    Kept *kept;

    if (old && began < old->until) {
        g_string_append(visit->html, old->html);
        return true;
    }
    if (!build(visit, what, days, error))
        return false;
    if (g_hash_table_size(table) >= KEPT_MAX)
        g_hash_table_remove_all(table);
    kept = g_new0(Kept, 1);
    kept->html = g_strdup(visit->html->str + start);
    kept->until = clock_monotonic() + (clock_monotonic() - began) * TIMES;
    g_hash_table_replace(table, g_strdup(key), kept);
    return true;
}
