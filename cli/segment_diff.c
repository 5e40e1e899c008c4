/* SPDX-License-Identifier: Apache-2.0 */
/* segment_diff.c - who joins and leaves a segment that was changed */
#include "segment-diff.h"

#include "nurture/campaign.h"
#include "nurture/candidates.h"
#include "nurture/error.h"
#include "nurture/json.h"
#include "nurture/text.h"

#include <stdio.h>
#include <string.h>

/* Both sets are asked about the people there are now: what differs is what the
 * files say. */
typedef struct {
    CliContext *cli;
    Catalogue *then, *now;
    Store *guarded;
    int64_t sample;
} Diff;

static void
diff_clear(Diff *d)
{
    store_close(d->guarded);
    g_clear_pointer(&d->then, catalogue_free);
    g_clear_pointer(&d->now, catalogue_free);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Diff, diff_clear)

#define MOST_STEPS INT64_C(2000000000)

typedef struct {
    GHashTable *ids;  /* of the other side */
    GHashTable *own;  /* filled */
    GPtrArray *lines; /* "a@example.org\tAnna\tBerg"; those not in ids */
    int64_t differ;
    int64_t sample;
} Side;

static bool
add_person(int64_t id, const char *const *values, gpointer data)
{
    Side *s = data;

    if (s->own)
        g_hash_table_add(s->own, GINT_TO_POINTER(id));
    if (!s->ids || g_hash_table_contains(s->ids, GINT_TO_POINTER(id)))
        return true;
    if (s->differ++ < s->sample)
        g_ptr_array_add(s->lines, g_strdup_printf("%s\t%s", values[0],
                                                  values[1] ? values[1] : ""));
    return true;
}

/* NULL is nobody: the segment is not there on that side. */
static bool
each(const Diff *d, const Catalogue *catalogue, const Expression *who, Side *s,
     GError **error)
{
    const FieldSet *fields = d->cli->workspace->fields;
    const Field *shown[] = {field_find(fields, "email"),
                            field_find(fields, "first_name")};

    return !who || candidates_each(d->guarded, d->cli->workspace,
                                   catalogue_segments(catalogue), who, shown, 2,
                                   d->cli->now, add_person, s, error);
}

typedef struct {
    const char *name;
    char *was, *is; /* conditions; NULL: no such segment */
    bool broken;    /* the file has errors now */
    int64_t people;
    Side joins, leaves;
} Change;

static void
change_clear(Change *c)
{
    g_free(c->was);
    g_free(c->is);
    g_clear_pointer(&c->joins.lines, g_ptr_array_unref);
    g_clear_pointer(&c->leaves.lines, g_ptr_array_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Change, change_clear)

static bool
compare(const Diff *d, const Expression *then, const Expression *now, Change *c,
        GError **error)
{
    g_autoptr(GHashTable) old = g_hash_table_new(NULL, NULL);
    g_autoptr(GHashTable) new = g_hash_table_new(NULL, NULL);
    Side before = {.own = old};

    c->was = then ? expression_format(then) : NULL;
    c->is = now ? expression_format(now) : NULL;
    c->joins = (Side){.ids = old, .own = new, .sample = d->sample};
    c->leaves = (Side){.ids = new, .sample = d->sample};
    c->joins.lines = g_ptr_array_new_with_free_func(g_free);
    c->leaves.lines = g_ptr_array_new_with_free_func(g_free);
    if (!each(d, d->then, then, &before, error) ||
        !each(d, d->now, now, &c->joins, error) ||
        !each(d, d->then, then, &c->leaves, error))
        return false;
    c->people = g_hash_table_size(new);
    return true;
}

/* ---- printing ------------------------------------------------------------ */

static void
print_people(const Side *s, char sign)
{
    for (guint i = 0; i < s->lines->len; i++) {
        g_auto(GStrv) part =
            g_strsplit(g_ptr_array_index(s->lines, i), "\t", 2);
        printf("  %c %-*s%s%s\n", sign, *part[1] ? 36 : 0, part[0],
               *part[1] ? " " : "", part[1]);
    }
    if (s->differ > (int64_t)s->lines->len)
        printf("  %c and %s more; --all for everybody\n", sign,
               number_format(s->differ - (int64_t)s->lines->len));
}

static void
append_people(GString *json, const char *key, const Side *s)
{
    g_string_append_printf(
        json, ",\"%s\":{\"people\":%" G_GINT64_FORMAT ",\"sample\":[", key,
        s->differ);
    for (guint i = 0; i < s->lines->len; i++) {
        g_auto(GStrv) part =
            g_strsplit(g_ptr_array_index(s->lines, i), "\t", 2);
        g_string_append(json, i ? "," : "");
        json_append_string(json, part[0]);
    }
    g_string_append(json, "]}");
}

static void
print_json(const Change *c)
{
    g_autoptr(GString) json = g_string_new("{\"schema\":1,\"segment\":");

    json_append_string(json, c->name);
    g_string_append(json, ",\"was\":");
    json_append_string(json, c->was);
    g_string_append(json, ",\"is\":");
    json_append_string(json, c->is);
    g_string_append_printf(json, ",\"people\":%" G_GINT64_FORMAT, c->people);
    append_people(json, "joins", &c->joins);
    append_people(json, "leaves", &c->leaves);
    puts(g_string_append_c(json, '}')->str);
}

static void
print_change(const Change *c)
{
    printf("%s: %s people, %s join, %s leave\n", c->name,
           number_format(c->people), number_format(c->joins.differ),
           number_format(c->leaves.differ));
    if (g_strcmp0(c->was, c->is) == 0) {
        printf("    as it was%s\n", c->joins.differ || c->leaves.differ
                                        ? "; a segment it uses has changed"
                                        : "");
    } else {
        printf("    was  %s\n", c->was ? c->was : "(not there)");
        printf("    now  %s\n", c->is       ? c->is
                                : c->broken ? "(has errors: nurture check)"
                                            : "(deleted)");
    }
    print_people(&c->joins, '+');
    print_people(&c->leaves, '-');
}

/* ---- one and all --------------------------------------------------------- */

static bool
has(const Catalogue *catalogue, const char *name)
{
    return g_strv_contains(segment_set_names(catalogue_segments(catalogue)),
                           name);
}

/* `always`: also when nothing differs. */
static bool
show(const Diff *d, const char *name, bool always, bool *shown, GError **error)
{
    const Expression *then = segment_find(catalogue_segments(d->then), name);
    const Expression *now = segment_find(catalogue_segments(d->now), name);
    g_auto(Change) c = {.name = name};

    c.broken = !now && has(d->now, name);
    if (!compare(d, then, now, &c, error))
        return false;
    if (!always && g_strcmp0(c.was, c.is) == 0 && c.joins.differ == 0 &&
        c.leaves.differ == 0)
        return true;
    if (*shown && !d->cli->json)
        putchar('\n');
    *shown = true;
    if (d->cli->json)
        print_json(&c);
    else
        print_change(&c);
    return true;
}

static bool
show_all(const Diff *d, GError **error)
{
    const char *const *then = segment_set_names(catalogue_segments(d->then));
    const char *const *now = segment_set_names(catalogue_segments(d->now));
    bool shown = false;

    for (const char *const *n = now; *n; n++)
        if (!show(d, *n, false, &shown, error))
            return false;
    for (const char *const *n = then; *n; n++)
        if (!has(d->now, *n) && !show(d, *n, false, &shown, error))
            return false;
    if (!shown && !d->cli->json)
        puts("No segment differs.");
    return true;
}

int
segment_diff(CliContext *cli, const char *name, const char *commit,
             int64_t sample)
{
    g_autoptr(Diagnostics) problems = diagnostics_new();
    g_autoptr(Diagnostics) old = diagnostics_new(); /* mended since, or not */
    g_auto(Diff) d = {.cli = cli, .sample = sample};
    GError *error = NULL;
    bool shown = false;

    d.then = catalogue_of_commit(cli->workspace, commit, old, &error);
    if (!d.then)
        return cli_error(error);
    d.now = catalogue_of_workspace(cli->workspace, problems);
    d.guarded = store_open_guarded(store_path(cli->store), MOST_STEPS, &error);
    if (!d.guarded)
        return cli_error(error);
    if (name && !has(d.then, name) && !has(d.now, name)) {
        g_set_error(&error, NURTURE_ERROR, ERROR_NOT_FOUND,
                    "there is no segment '%s', neither now nor in %s", name,
                    commit);
        return cli_error(error);
    }
    if (name ? !show(&d, name, true, &shown, &error) : !show_all(&d, &error))
        return cli_error(error);
    return cli_problems(cli, problems);
}
