/* SPDX-License-Identifier: Apache-2.0 */
/* test_segment.c - reading a folder of segments */
#include "nurture/segment.h"

#include <string.h>

typedef struct {
    const char *path, *text; /* path NULL ends the table */
} File;

typedef struct {
    const File *files;
    GPtrArray *names, *sources;
} Folder;

static const Source *
folder_source(const char *path, gpointer data)
{
    Folder *folder = data;

    for (const File *f = folder->files; f->path; f++)
        if (g_str_has_suffix(path, f->path)) {
            Source *s = source_new(path, f->text, strlen(f->text));
            g_ptr_array_add(folder->sources, s);
            return s;
        }
    return NULL;
}

static const char *const *
folder_list(const char *directory, gpointer data)
{
    Folder *folder = data;

    g_assert_cmpstr(directory, ==, "segments");
    g_ptr_array_set_size(folder->names, 0);
    for (const File *f = folder->files; f->path; f++)
        g_ptr_array_add(folder->names, (gpointer)f->path);
    g_ptr_array_add(folder->names, NULL);
    return (const char *const *)folder->names->pdata;
}

/* Loads `files`, expects the problems "E313 x: words; .." in file order and
 * the segments `usable`, space-separated. */
static void
check(const File *files, const char *problems, const char *usable)
{
    Folder folder = {
        files, g_ptr_array_new(),
        g_ptr_array_new_with_free_func((GDestroyNotify)source_free)};
    TemplateFiles from = {folder_source, NULL, folder_list, &folder};
    g_autoptr(FieldSet) fields = field_set_new();
    g_autoptr(Diagnostics) list = diagnostics_new();
    g_autoptr(GString) said = g_string_new(NULL), good = g_string_new(NULL);
    ExpressionScope scope = {.fields = fields};
    g_autoptr(SegmentSet) set = segment_set_load(&from, &scope, list);

    for (guint i = 0; i < diagnostics_length(list); i++) {
        const Diagnostic *d = diagnostics_get(list, i);
        g_string_append_printf(said, "%s%s %s: %s", i ? "; " : "", d->code,
                               d->path + strlen("segments/"), d->message);
    }
    for (const char *const *n = segment_set_names(set); *n; n++)
        if (segment_find(set, *n)) {
            g_assert_nonnull(segment_source(set, *n));
            g_string_append_printf(good, "%s%s", good->len ? " " : "", *n);
        }
    g_assert_cmpstr(said->str, ==, problems);
    g_assert_cmpstr(good->str, ==, usable);
    g_ptr_array_unref(folder.names);
    g_ptr_array_unref(folder.sources);
}

static void
test_good(void)
{
    static const File files[] = {
        {"warm.seg", "# People who know us.\nreplied or near\n"},
        {"near.seg", "city = Bern"},
        {NULL, NULL}};

    check(files, "", "near warm");
}

static void
test_circle(void)
{
    static const File files[] = {{"a.seg", "b or everyone"},
                                 {"b.seg", "not c"},
                                 {"c.seg", "city = Bern and b"},
                                 {"d.seg", "everyone"},
                                 {NULL, NULL}};
    static const File own[] = {{"a.seg", "a"}, {NULL, NULL}};

    check(files,
          "E313 c.seg: segments refer to each other in a circle: b > c > b",
          "d");
    check(own, "E313 a.seg: segments refer to each other in a circle: a > a",
          "");
}

/* 16 levels are allowed, 17 are not. */
static void
test_depth(void)
{
    File files[18] = {{"s1.seg", "everyone"}};
    static char paths[17][16], texts[17][16];

    for (int i = 1; i < 17; i++) {
        g_snprintf(paths[i], sizeof paths[i], "s%d.seg", i + 1);
        g_snprintf(texts[i], sizeof texts[i], "s%d", i);
        files[i] = (File){paths[i], texts[i]};
    }
    files[16] = (File){NULL, NULL};
    check(files, "", "s1 s10 s11 s12 s13 s14 s15 s16 s2 s3 s4 s5 s6 s7 s8 s9");
    files[16] = (File){paths[16], texts[16]};
    files[17] = (File){NULL, NULL};
    check(files, "E313 s17.seg: segments are nested more than 16 deep",
          "s1 s10 s11 s12 s13 s14 s15 s16 s2 s3 s4 s5 s6 s7 s8 s9");
}

static void
test_bad_files(void)
{
    static const File files[] = {
        {"city.seg", "everyone"},       {"opened.seg", "everyone"},
        {"My People.seg", "everyone"},  {"empty.seg", "# nothing yet\n\n"},
        {"good.seg", "everyone"},       {"leans.seg", "good and wrong"},
        {"wrong.seg", "city has Bern"}, {NULL, NULL}};

    check(files,
          "E331 city.seg: segment 'city' has the same name as a field; "
          "E331 opened.seg: segment 'opened' has the same name as a word of "
          "conditions; "
          "E009 My People.seg: 'My People.seg' cannot be a segment's name; "
          "E332 empty.seg: this segment has no condition; "
          "E316 wrong.seg: 'city' holds one value: use '='",
          "good");
}

/* Words of a mail mean nothing in a segment. */
static void
test_scope(void)
{
    static const File files[] = {
        {"x.seg", "audience = y"}, {"y.seg", "city = role.city"}, {NULL, NULL}};

    check(files,
          "E303 x.seg: unknown field or segment 'audience'; "
          "E303 y.seg: there is no role here, so no 'role.city'",
          "");
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/segment/good", test_good);
    g_test_add_func("/segment/circle", test_circle);
    g_test_add_func("/segment/depth", test_depth);
    g_test_add_func("/segment/bad-files", test_bad_files);
    g_test_add_func("/segment/scope", test_scope);
    return g_test_run();
}
