/* SPDX-License-Identifier: Apache-2.0 */
/* import_print.c - say which rows of a file could not be used, and why */
#include "import_print.h"

#include "nurture/json.h"
#include "nurture/text.h"

#include <stdio.h>

/* So many rows are named one by one for each reason. */
#define SAME_SHOWN 10

/* FILE:LINE:COLUMN: as everywhere; the column counts the file's columns. */
static void
print_problem(const char *path, const ImportProblem *p)
{
    fprintf(stderr, "%s:%" G_GINT64_FORMAT ":", path, p->line);
    if (p->column)
        fprintf(stderr, "%d:", p->column);
    fprintf(stderr, " %s%s%s\n", p->name ? p->name : "", p->name ? ": " : "",
            p->reason);
}

static bool
is_same(const ImportProblem *a, const ImportProblem *b)
{
    return a->column == b->column && g_str_equal(a->reason, b->reason);
}

/* How many problems of [from, to) have the reason of the one at `at`. */
static int64_t
count_same(const GPtrArray *problems, guint from, guint to, guint at)
{
    const ImportProblem *p = g_ptr_array_index(problems, at);
    int64_t same = 0;

    for (guint i = from; i < to; i++)
        same += is_same(g_ptr_array_index(problems, i), p);
    return same;
}

void
import_problems_print(const char *path, const GPtrArray *problems,
                      int64_t rejected)
{
    for (guint i = 0; i < problems->len; i++) {
        const ImportProblem *p = g_ptr_array_index(problems, i);
        int64_t before = count_same(problems, 0, i, i);
        if (before < SAME_SHOWN)
            print_problem(path, p);
        else if (before == SAME_SHOWN)
            fprintf(stderr, "%s: and %s more lines%s%s: %s\n", path,
                    number_format(count_same(problems, i, problems->len, i)),
                    p->name ? ", " : "", p->name ? p->name : "", p->reason);
    }
    if (rejected > (int64_t)problems->len)
        fprintf(stderr, "%s: and %s more rejected lines\n", path,
                number_format(rejected - (int64_t)problems->len));
}

void
import_problem_append(GString *out, const ImportProblem *p)
{
    g_string_append_printf(
        out, "{\"line\":%" G_GINT64_FORMAT ",\"column\":%d,\"name\":", p->line,
        p->column);
    json_append_string(out, p->name);
    g_string_append(out, ",\"reason\":");
    json_append_string(out, p->reason);
    g_string_append_c(out, '}');
}
