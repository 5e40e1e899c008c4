/* SPDX-License-Identifier: Apache-2.0 */
/* bounce_policy.c - the table of what reasons lead to */
#include "bounce-policy.h"

#include "nurture/datafile.h"

#include <string.h>

enum { SHARE_UNIT = 100000 };

static const char *const scopes[] = {"", "domain", "campaign", "all"};

bool
limit_parse(const char *text, Limit *out)
{
    g_auto(GStrv) words = g_strsplit(text, " ", 4);
    guint n = g_strv_length(words);
    double number;
    char *end;

    memset(out, 0, sizeof *out);
    if (n == 0)
        return true;
    for (int i = 1; i < (int)G_N_ELEMENTS(scopes); i++)
        if (strcmp(words[0], scopes[i]) == 0)
            out->scope = (LimitScope)i;
    if (out->scope == SCOPE_NONE || n < 2 || n > 3)
        return false;
    number = g_ascii_strtod(words[1], &end);
    if (end == words[1] || number <= 0 || number > 1000000)
        return false;
    out->least = n == 3 ? g_ascii_strtoll(words[2], NULL, 10) : 1;
    if (strcmp(end, "%") == 0)
        out->share = (int64_t)(number / 100 * SHARE_UNIT + 0.5);
    else
        out->count = (int64_t)number;
    return out->share > 0 || *end == '\0';
}

bool
limit_is_reached(const Limit *limit, int64_t count, int64_t sent)
{
    if (limit->scope == SCOPE_NONE || count < limit->least)
        return false;
    if (limit->share > 0)
        return count * SHARE_UNIT >= limit->share * MAX(sent, 1);
    return count >= limit->count;
}

static GArray *
load(void)
{
    g_autoptr(GError) error = NULL;
    /* Kept for ever: the rows borrow its cells. */
    static DataFile *file;
    GArray *table = g_array_new(FALSE, TRUE, sizeof(BouncePolicy));

    file = datafile_load("tracking/data/bounce-action.tsv", &error);
    g_assert_no_error(error);
    for (guint i = 0; i < datafile_rows(file); i++) {
        char **cell = datafile_row(file, i)->cell;
        BouncePolicy row = {.reason = cell[datafile_column(file, "reason")],
                            .words = cell[datafile_column(file, "words")]};
        const char *then = cell[datafile_column(file, "then")];

        row.days =
            (int)g_ascii_strtoll(cell[datafile_column(file, "days")], NULL, 10);
        if (g_str_has_prefix(then, "hold "))
            row.hold_days = (int)g_ascii_strtoll(then + 5, NULL, 10);
        bool read =
            limit_parse(cell[datafile_column(file, "alert")], &row.alert) &&
            limit_parse(cell[datafile_column(file, "pause")], &row.pause);
        g_assert(read); /* our own table */
        g_array_append_val(table, row);
    }
    return table;
}

const BouncePolicy *
bounce_policy(const char *reason)
{
    static GArray *table;
    static gsize once;

    if (g_once_init_enter(&once)) {
        table = load();
        g_once_init_leave(&once, 1);
    }
    for (guint i = 0; reason && i < table->len; i++) {
        const BouncePolicy *row = &g_array_index(table, BouncePolicy, i);
        if (strcmp(row->reason, reason) == 0)
            return row;
    }
    return NULL;
}
