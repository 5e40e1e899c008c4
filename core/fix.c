/* SPDX-License-Identifier: Apache-2.0 */
/* fix.c - changes of text that mend problems, applied to files */
#include "nurture/format.h"

#include "nurture/file.h"

#include <string.h>

static int
compare(const void *a, const void *b)
{
    const DiagnosticFix *x = *(const DiagnosticFix *const *)a;
    const DiagnosticFix *y = *(const DiagnosticFix *const *)b;

    if (x->offset != y->offset)
        return x->offset < y->offset ? -1 : 1;
    return x->length < y->length ? -1 : x->length > y->length;
}

/* DiagnosticFix of one file, in its order. Borrowed. */
static GPtrArray *
collect(const Diagnostics *problems, const char *path)
{
    GPtrArray *fixes = g_ptr_array_new();

    for (guint i = 0; i < diagnostics_length(problems); i++) {
        const Diagnostic *d = diagnostics_get(problems, i);
        if (strcmp(d->path, path) != 0)
            continue;
        for (guint f = 0; f < d->fixes->len; f++)
            g_ptr_array_add(fixes, &g_array_index(d->fixes, DiagnosticFix, f));
    }
    g_ptr_array_sort(fixes, compare);
    return fixes;
}

char *
fixes_apply(const Source *source, const Diagnostics *problems, gsize *out_size,
            guint *out_count)
{
    g_autoptr(GPtrArray) fixes = collect(problems, source_path(source));
    const char *text = source_text(source);
    gsize size = source_size(source), at = 0;
    GString *out = g_string_sized_new(size + 64);

    *out_count = 0;
    for (guint i = 0; i < fixes->len; i++) {
        const DiagnosticFix *fix = g_ptr_array_index(fixes, i);
        if (fix->offset < at || fix->offset + fix->length > size ||
            (i > 0 && *out_count > 0 && fix->offset == at && fix->length == 0))
            continue; /* another change has been made here */
        g_string_append_len(out, text + at, (gssize)(fix->offset - at));
        g_string_append(out, fix->text);
        at = fix->offset + fix->length;
        ++*out_count;
    }
    g_string_append_len(out, text + at, (gssize)(size - at));
    *out_size = out->len;
    return g_string_free(out, FALSE);
}

static bool
fix_file(const char *root, const char *path, const Diagnostics *problems,
         guint *out_count, GError **error)
{
    g_autoptr(Source) source = source_load(root, path, NULL);
    g_autofree char *full = g_build_filename(root, path, NULL);
    g_autofree char *text = NULL;
    guint count;
    gsize size;

    if (!source)
        return true; /* the problem is about something that is no file */
    text = fixes_apply(source, problems, &size, &count);
    *out_count += count;
    return count == 0 || file_replace(full, text, size, error);
}

bool
fixes_write(const char *root, const Diagnostics *problems, guint *out_count,
            GError **error)
{
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);

    *out_count = 0;
    for (guint i = 0; i < diagnostics_length(problems); i++) {
        const Diagnostic *d = diagnostics_get(problems, i);
        if (d->fixes->len == 0 || !g_hash_table_add(seen, d->path))
            continue;
        if (!fix_file(root, d->path, problems, out_count, error))
            return false;
    }
    return true;
}
