/* SPDX-License-Identifier: Apache-2.0 */
/* import_print.c - say which rows of a file could not be used, and why */
#include "import_print.h"

#include "nurture/json.h"
#include "nurture/text.h"

#include <stdio.h>

void
import_problems_print(const GPtrArray *problems, int64_t rejected)
{
    for (guint i = 0; i < problems->len; i++) {
        const ImportProblem *p = g_ptr_array_index(problems, i);
        fprintf(stderr, "line %" G_GINT64_FORMAT, p->line);
        if (p->column)
            fprintf(stderr, ", column %d", p->column);
        if (p->name)
            fprintf(stderr, " (%s)", p->name);
        fprintf(stderr, ": %s\n", p->reason);
    }
    if (rejected > (int64_t)problems->len)
        fprintf(stderr, "and %s more\n",
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
