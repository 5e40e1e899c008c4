/* SPDX-License-Identifier: Apache-2.0 */
/* check_older.c - 'older than' and the people of whom no date is known */
#include "check-private.h"

#include "nurture/text.h"

#define MOST_STEPS INT64_C(200000000) /* of SQLite's machine, per question */

typedef struct {
    const Workspace *workspace;
    Catalogue *catalogue;
    Store *guarded;
    int64_t now;
    Diagnostics *problems;
    const Source *source;
    Expression *whole; /* a copy, to put other tests into */
} Look;

static int64_t
count(const Look *l)
{
    int64_t people = 0;

    if (!audience_count(catalogue_segments(l->catalogue), l->workspace,
                        l->guarded, l->whole, l->now, &people, NULL))
        return 0;
    return people;
}

/* How many more would match if nobody's date were known to be recent. */
static void
look_at(const Look *l, Expression *e)
{
    int64_t before, after;
    g_autofree char *words = NULL;

    for (guint i = 0; e->children && i < e->children->len; i++)
        look_at(l, g_ptr_array_index(e->children, i));
    if (e->kind != EXPR_OLDER)
        return;
    words = expression_format(e);
    e->kind = EXPR_CONSTANT;
    e->flag = false;
    before = count(l);
    e->kind = EXPR_MISSING;
    after = count(l);
    e->kind = EXPR_OLDER;
    if (after <= before)
        return;
    diagnostic_help(
        diagnostics_add(l->problems, "W328", l->source, e->offset, e->length,
                        after - before == 1
                            ? "%s person has no '%s' and does not match "
                              "'older than'"
                            : "%s people have no '%s' and do not match 'older "
                              "than'",
                        number_format(after - before), e->field->name),
        "to include them write: %s or %s is missing", words, e->field->name);
}

void
check_older_than(const Workspace *workspace, Catalogue *catalogue, int64_t now,
                 Diagnostics *problems)
{
    const SegmentSet *segments = catalogue_segments(catalogue);
    g_autoptr(Store) guarded = NULL;
    Look l = {.workspace = workspace,
              .catalogue = catalogue,
              .now = now,
              .problems = problems};

    if (!g_file_test(workspace->database, G_FILE_TEST_EXISTS))
        return;
    l.guarded = guarded =
        store_open_guarded(workspace->database, MOST_STEPS, NULL);
    for (const char *const *name = segment_set_names(segments);
         guarded && *name; name++) {
        const Expression *found = segment_find(segments, *name);
        g_autoptr(Expression) copy = found ? expression_copy(found) : NULL;
        if (!copy)
            continue;
        l.source = segment_source(segments, *name);
        l.whole = copy;
        look_at(&l, copy);
    }
}
