/* SPDX-License-Identifier: Apache-2.0 */
/* segment_history.c - counts by day, as "20516:108 20517:110" */
#include "nurture/segment-history.h"

#include "nurture/campaign.h"
#include "nurture/clock.h"
#include "nurture/fact.h"

#define KEPT_DAYS  15
#define MOST_STEPS INT64_C(2000000000)

static char *
fact_name(const char *segment)
{
    return g_strconcat("segment.", segment, NULL);
}

static bool
read_pair(const char *pair, int64_t *day, int64_t *people)
{
    char *end;

    *day = g_ascii_strtoll(pair, &end, 10);
    *people = *end == ':' ? g_ascii_strtoll(end + 1, NULL, 10) : -1;
    return *people >= 0;
}

bool
segment_history_find(Store *store, const char *segment, int64_t now,
                     SegmentBefore *out, GError **error)
{
    g_autofree char *name = fact_name(segment), *text = NULL;
    g_auto(GStrv) pairs = NULL;
    int64_t today = now / DAY_MS, day, people;

    *out = (SegmentBefore){0};
    if (!fact_get(store, name, &text, error))
        return false;
    pairs = g_strsplit(text ? text : "", " ", -1);
    for (char **pair = pairs; *pair; pair++) /* oldest first */
        if (read_pair(*pair, &day, &people) && day < today &&
            (out->days == 0 || today - day >= 7))
            *out = (SegmentBefore){people, (int)(today - day)};
    return true;
}

bool
segment_history_add(Store *store, const char *segment, int64_t people,
                    int64_t now, GError **error)
{
    g_autofree char *name = fact_name(segment), *text = NULL;
    g_autoptr(GString) kept = g_string_new(NULL);
    g_auto(GStrv) pairs = NULL;
    int64_t today = now / DAY_MS, day, before;
    g_auto(Transaction) tx = store_begin(store, error);

    if (!tx.store || !fact_get(store, name, &text, error))
        return false;
    pairs = g_strsplit(text ? text : "", " ", -1);
    for (char **pair = pairs; *pair; pair++)
        if (read_pair(*pair, &day, &before) && day < today &&
            today - day < KEPT_DAYS)
            g_string_append_printf(kept, "%s ", *pair);
    g_string_append_printf(kept, "%" G_GINT64_FORMAT ":%" G_GINT64_FORMAT,
                           today, people);
    return fact_set(store, name, kept->str, error) &&
           transaction_commit(&tx, error);
}

static bool
record_all(const Workspace *workspace, Store *store, int64_t now,
           GError **error)
{
    g_autoptr(Diagnostics) ignored = diagnostics_new();
    g_autoptr(Catalogue) catalogue = catalogue_of_workspace(workspace, ignored);
    const SegmentSet *set = catalogue_segments(catalogue);
    Store *guarded = store_open_guarded(store_path(store), MOST_STEPS, error);
    bool good = guarded != NULL;
    int64_t people;

    for (const char *const *n = segment_set_names(set); good && *n; n++) {
        const Expression *who = segment_find(set, *n);
        good = !who || (audience_count(set, workspace, guarded, who, now,
                                       &people, error) &&
                        segment_history_add(store, *n, people, now, error));
    }
    store_close(guarded);
    return good;
}

static bool
remember_day(Store *store, const char *today, GError **error)
{
    g_auto(Transaction) tx = store_begin(store, error);

    return tx.store && fact_set(store, "segments_counted", today, error) &&
           transaction_commit(&tx, error);
}

bool
segment_history_record(const Workspace *workspace, Store *store, int64_t now,
                       GError **error)
{
    g_autofree char *today = g_strdup_printf("%" G_GINT64_FORMAT, now / DAY_MS);
    g_autofree char *done = NULL;

    if (!fact_get(store, "segments_counted", &done, error))
        return false;
    /* The day is over before it is counted: what cannot be counted today is
     * not tried again with every tick. */
    return g_strcmp0(done, today) == 0 ||
           (remember_day(store, today, error) &&
            record_all(workspace, store, now, error));
}
