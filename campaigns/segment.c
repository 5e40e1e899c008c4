/* SPDX-License-Identifier: Apache-2.0 */
/* segment.c - read segments/NAME.seg, and see that they lead somewhere */
#include "nurture/segment.h"

#include "nurture/text.h"

#include <string.h>

#define SEGMENT_MAX_DEPTH 16
#define SUFFIX            ".seg"

typedef struct {
    char *name;
    const Source *source;   /* borrowed from the files */
    Expression *expression; /* NULL: it has errors */
    enum { UNSEEN, ON_PATH, DONE } state;
    int depth; /* of the segments below it, itself included */
} Segment;

struct SegmentSet {
    GPtrArray *segments; /* Segment, by name */
    GPtrArray *names;    /* borrowed, and a final NULL */
};

static void
segment_free(gpointer data)
{
    Segment *segment = data;

    g_free(segment->name);
    expression_free(segment->expression);
    g_free(segment);
}

void
segment_set_free(SegmentSet *set)
{
    if (!set)
        return;
    g_ptr_array_unref(set->names);
    g_ptr_array_unref(set->segments);
    g_free(set);
}

static Segment *
find(const SegmentSet *set, const char *name)
{
    for (guint i = 0; i < set->segments->len; i++) {
        Segment *segment = g_ptr_array_index(set->segments, i);
        if (g_str_equal(segment->name, name))
            return segment;
    }
    return NULL;
}

const char *const *
segment_set_names(const SegmentSet *set)
{
    return (const char *const *)set->names->pdata;
}

const Expression *
segment_find(const SegmentSet *set, const char *name)
{
    const Segment *segment = find(set, name);

    return segment ? segment->expression : NULL;
}

const Source *
segment_source(const SegmentSet *set, const char *name)
{
    const Segment *segment = find(set, name);

    return segment ? segment->source : NULL;
}

/* -- names ---------------------------------------------------------------- */

static bool
name_is_usable(const char *name)
{
    if (!g_ascii_islower(*name) || strlen(name) > 64)
        return false;
    for (; *name; name++)
        if (!g_ascii_islower(*name) && !g_ascii_isdigit(*name) && *name != '-')
            return false;
    return true;
}

/* What a file name would have to be: lower case, '-' for the rest. */
static char *
usable_name(const char *name)
{
    g_autofree char *lower = g_utf8_strdown(name, -1);
    GString *out = g_string_new(NULL);

    for (const char *p = lower; *p; p++)
        if (g_ascii_islower(*p) || g_ascii_isdigit(*p))
            g_string_append_c(out, *p);
        else if (out->len > 0 && out->str[out->len - 1] != '-')
            g_string_append_c(out, '-');
    return g_string_free(out, FALSE);
}

static bool
is_word_of_language(const char *name)
{
    for (int v = VERB_SENT; v <= (int)VERB_OPTED_OUT; v++)
        if (g_str_equal(name, verb_name((ExprVerb)v)))
            return true;
    return g_str_equal(name, "everyone") || g_str_equal(name, "not") ||
           g_str_equal(name, "and") || g_str_equal(name, "or");
}

static void
report_name(const char *path, const char *name, Diagnostics *problems)
{
    g_autofree char *better = usable_name(name);
    g_autofree char *fixed = g_strconcat("segments/", better, SUFFIX, NULL);
    Diagnostic *d =
        diagnostics_add_file(problems, "E009", path,
                             "'%s" SUFFIX "' cannot be a segment's name", name);

    diagnostic_help(d,
                    name_is_usable(better)
                        ? "git mv \"%s\" %s"
                        : "use lower-case letters, digits and '-'",
                    path, fixed);
}

static void
add(SegmentSet *set, const TemplateFiles *files, const FieldSet *fields,
    const char *file, Diagnostics *problems)
{
    g_autofree char *name = g_str_has_suffix(file, SUFFIX)
                                ? g_strndup(file, strlen(file) - strlen(SUFFIX))
                                : g_strdup(file);
    g_autofree char *path = g_strconcat("segments/", name, SUFFIX, NULL);
    const Source *source = files->source(path, files->data);
    Segment *segment;

    if (!source)
        return;
    if (!name_is_usable(name)) {
        report_name(path, name, problems);
        return;
    }
    if (field_find(fields, name) || is_word_of_language(name)) {
        Diagnostic *d = diagnostics_add_file(
            problems, "E331", path,
            field_find(fields, name)
                ? "segment '%s' has the same name as a field"
                : "segment '%s' has the same name as a word of conditions",
            name);
        diagnostic_help(d, "rename the file");
        return;
    }
    segment = g_new0(Segment, 1);
    segment->name = g_steal_pointer(&name);
    segment->source = source;
    g_ptr_array_add(set->segments, segment);
}

/* -- references ----------------------------------------------------------- */

/* Nothing but white space and comments? */
static bool
is_empty(const Source *source)
{
    const char *text = source_text(source);
    bool comment = false;

    for (gsize i = 0; i < source_size(source); i++) {
        if (text[i] == '\n')
            comment = false;
        else if (text[i] == '#')
            comment = true;
        else if (!comment && !g_ascii_isspace(text[i]))
            return false;
    }
    return true;
}

static void
parse(Segment *segment, const ExpressionScope *scope, Diagnostics *problems)
{
    if (!source_check(segment->source, problems))
        return;
    if (is_empty(segment->source)) {
        Diagnostic *d = diagnostics_add(problems, "E332", segment->source, 0, 0,
                                        "this segment has no condition");
        diagnostic_help(d, "for everyone write: everyone");
        return;
    }
    segment->expression = expression_parse(
        scope, segment->source, 0, source_size(segment->source), problems);
}

static void
report_circle(const Segment *at, const Expression *reference, GPtrArray *path,
              Diagnostics *problems)
{
    g_autoptr(GString) circle = g_string_new(NULL);
    bool inside = false;

    for (guint i = 0; i < path->len; i++) {
        const Segment *s = g_ptr_array_index(path, i);
        inside = inside || g_str_equal(s->name, reference->name);
        if (inside)
            g_string_append_printf(circle, "%s > ", s->name);
    }
    diagnostics_add(problems, "E313", at->source, reference->offset,
                    reference->length,
                    "segments refer to each other in a circle: %s%s",
                    circle->str, reference->name);
}

static bool visit(SegmentSet *set, Segment *segment, GPtrArray *path,
                  Diagnostics *problems);

/* Look at every segment that `e`, part of `segment`, refers to. */
static bool
follow(SegmentSet *set, Segment *segment, const Expression *e, GPtrArray *path,
       Diagnostics *problems)
{
    Segment *to = e->kind == EXPR_SEGMENT ? find(set, e->name) : NULL;
    bool good = true;

    for (guint i = 0; e->children && i < e->children->len; i++)
        good = follow(set, segment, g_ptr_array_index(e->children, i), path,
                      problems) &&
               good;
    if (!to)
        return good;
    if (to->state == ON_PATH) {
        report_circle(segment, e, path, problems);
        return false;
    }
    if (!visit(set, to, path, problems))
        return false;
    segment->depth = MAX(segment->depth, to->depth + 1);
    if (segment->depth > SEGMENT_MAX_DEPTH) {
        diagnostics_add(problems, "E313", segment->source, e->offset, e->length,
                        "segments are nested more than %d deep",
                        SEGMENT_MAX_DEPTH);
        return false;
    }
    return good;
}

/* Depth first. A segment that leads into a circle, too deep, or to one with
 * errors has no expression afterwards: nobody can compile it by accident. */
static bool
visit(SegmentSet *set, Segment *segment, GPtrArray *path, Diagnostics *problems)
{
    if (segment->state == DONE || !segment->expression)
        return segment->expression != NULL;
    segment->state = ON_PATH;
    segment->depth = 1;
    g_ptr_array_add(path, segment);
    if (!follow(set, segment, segment->expression, path, problems))
        g_clear_pointer(&segment->expression, expression_free);
    g_ptr_array_set_size(path, (int)path->len - 1);
    segment->state = DONE;
    return segment->expression != NULL;
}

static int
by_name(gconstpointer a, gconstpointer b)
{
    return strcmp((*(const Segment *const *)a)->name,
                  (*(const Segment *const *)b)->name);
}

SegmentSet *
segment_set_load(const TemplateFiles *files, const ExpressionScope *base,
                 Diagnostics *problems)
{
    SegmentSet *set = g_new0(SegmentSet, 1);
    const char *const *list = files->list("segments", files->data);
    g_autoptr(GPtrArray) path = g_ptr_array_new();
    ExpressionScope scope = *base;

    set->segments = g_ptr_array_new_with_free_func(segment_free);
    set->names = g_ptr_array_new();
    for (; list && *list; list++)
        add(set, files, scope.fields, *list, problems);
    g_ptr_array_sort(set->segments, by_name);
    for (guint i = 0; i < set->segments->len; i++)
        g_ptr_array_add(set->names,
                        ((Segment *)g_ptr_array_index(set->segments, i))->name);
    g_ptr_array_add(set->names, NULL);

    /* Segments are about people alone: no mail, no role. */
    scope.statics = false;
    scope.needs_role = false;
    scope.segments = segment_set_names(set);
    for (guint i = 0; i < set->segments->len; i++)
        parse(g_ptr_array_index(set->segments, i), &scope, problems);
    for (guint i = 0; i < set->segments->len; i++)
        visit(set, g_ptr_array_index(set->segments, i), path, problems);
    return set;
}
