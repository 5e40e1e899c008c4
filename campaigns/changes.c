/* SPDX-License-Identifier: Apache-2.0 */
/* changes.c - the files as they are now beside those of the version that runs
 *
 * Line by line, by the longest common subsequence. */
#include "snapshot.h"

#include "nurture/scheduler.h"

#include <string.h>

#define MOST_CELLS (1000 * 1000) /* of the table below: 4 MB */

static void
change_free(gpointer p)
{
    FileChange *c = p;

    g_free(c->path);
    g_ptr_array_unref(c->lines);
    g_free(c);
}

static FileChange *
change_new(const char *path, FileChangeKind kind)
{
    FileChange *c = g_new0(FileChange, 1);

    c->path = g_strdup(path);
    c->kind = kind;
    c->lines = g_ptr_array_new_with_free_func(g_free);
    return c;
}

/* NULL for what is not text. */
static char **
lines_of(GBytes *bytes)
{
    gsize size;
    const char *text = g_bytes_get_data(bytes, &size);
    g_autofree char *copy = NULL;

    if (size > 0 && !g_utf8_validate_len(text, size, NULL))
        return NULL;
    copy = g_strndup(text ? text : "", size);
    return g_strsplit(copy, "\n", -1);
}

/* table[i][j]: how many lines the rests of both from there have in common. */
static guint *
common_rests(char **old, guint olds, char **new, guint news)
{
    guint width = news + 1;
    guint *table = g_new0(guint, (gsize)(olds + 1) * width);

    for (guint i = olds; i-- > 0;)
        for (guint j = news; j-- > 0;)
            table[i * width + j] =
                strcmp(old[i], new[j]) == 0
                    ? table[(i + 1) * width + j + 1] + 1
                    : MAX(table[(i + 1) * width + j], table[i * width + j + 1]);
    return table;
}

static void
add_line(FileChange *c, char sign, const char *line)
{
    if (sign == '+')
        c->added++;
    else
        c->removed++;
    g_ptr_array_add(c->lines, g_strdup_printf("%c %s", sign, line));
}

static void
compare_lines(FileChange *c, char **old, char **new)
{
    guint olds = g_strv_length(old), news = g_strv_length(new), i = 0, j = 0;
    g_autofree guint *table = NULL;

    if ((gsize)(olds + 1) * (news + 1) > MOST_CELLS) {
        c->removed = (int)olds;
        c->added = (int)news;
        return;
    }
    table = common_rests(old, olds, new, news);
    while (i < olds || j < news) {
        if (i < olds && j < news && strcmp(old[i], new[j]) == 0) {
            i++;
            j++;
        } else if (j == news ||
                   (i < olds && table[(i + 1) * (news + 1) + j] >=
                                    table[i * (news + 1) + j + 1])) {
            add_line(c, '-', old[i++]);
        } else {
            add_line(c, '+', new[j++]);
        }
    }
}

static FileChange *
compare(const char *path, GBytes *then, GBytes *now)
{
    g_auto(GStrv) old = NULL, new = NULL;
    FileChange *c;

    if (g_bytes_equal(then, now))
        return NULL;
    c = change_new(path, FILE_CHANGED);
    old = lines_of(then);
    new = lines_of(now);
    if (old && new)
        compare_lines(c, old, new);
    return c;
}

/* path -> GBytes; empty when nothing runs. */
static GHashTable *
running_files(Store *store, const Campaign *campaign, GError **error)
{
    g_autoptr(GHashTable) files = g_hash_table_new_full(
        g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_bytes_unref);
    g_autoptr(Statement) st =
        store_prepare(store,
                      "SELECT f.path, s.bytes FROM campaign c"
                      " JOIN snapshot_file f ON f.snapshot = c.snapshot"
                      " JOIN source_file s ON s.sha256 = f.sha256"
                      " WHERE c.campaign = :campaign",
                      error);

    if (!st)
        return NULL;
    statement_bind_text(st, ":campaign", campaign->id);
    while (statement_step(st))
        g_hash_table_insert(files, g_strdup(statement_text(st, 0)),
                            statement_blob(st, 1));
    return statement_end(st, error) ? g_steal_pointer(&files) : NULL;
}

static int
by_path(gconstpointer a, gconstpointer b)
{
    return strcmp((*(FileChange *const *)a)->path,
                  (*(FileChange *const *)b)->path);
}

GPtrArray *
campaign_changes(Catalogue *catalogue, Store *store, const Campaign *campaign,
                 GError **error)
{
    g_autoptr(GPtrArray) changes = g_ptr_array_new_with_free_func(change_free);
    g_autoptr(GHashTable) then = running_files(store, campaign, error);
    g_auto(GStrv) paths = NULL;
    GHashTableIter iter;
    gpointer path;

    if (!then)
        return NULL;
    if (g_hash_table_size(then) == 0)
        return g_steal_pointer(&changes);
    paths = campaign_paths(catalogue, campaign);
    for (char **p = paths; *p; p++) {
        GBytes *old = g_hash_table_lookup(then, *p);
        FileChange *c = old ? compare(*p, old, catalogue_bytes(catalogue, *p))
                            : change_new(*p, FILE_ADDED);
        if (c)
            g_ptr_array_add(changes, c);
        g_hash_table_remove(then, *p);
    }
    g_hash_table_iter_init(&iter, then);
    while (g_hash_table_iter_next(&iter, &path, NULL))
        g_ptr_array_add(changes, change_new(path, FILE_REMOVED));
    g_ptr_array_sort(changes, by_path);
    return g_steal_pointer(&changes);
}
