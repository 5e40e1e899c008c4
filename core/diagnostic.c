/* SPDX-License-Identifier: Apache-2.0 */
/* diagnostic.c - the list of what is wrong with an author's files */
#include "nurture/diagnostic.h"

#include <stdarg.h>
#include <string.h>

struct Diagnostics {
    GPtrArray *list;   /* Diagnostic, owned */
    GHashTable *ranks; /* path -> order in which the files were met */
};

static void
fix_clear(void *fix)
{
    g_free(((DiagnosticFix *)fix)->text);
}

static void
diagnostic_free(void *data)
{
    Diagnostic *d = data;

    g_free(d->path);
    g_free(d->message);
    g_free(d->note);
    g_free(d->help);
    g_free(d->text);
    g_array_unref(d->fixes);
    g_free(d);
}

Diagnostics *
diagnostics_new(void)
{
    Diagnostics *list = g_new0(Diagnostics, 1);

    list->list = g_ptr_array_new_with_free_func(diagnostic_free);
    list->ranks = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    return list;
}

void
diagnostics_free(Diagnostics *list)
{
    if (!list)
        return;
    g_ptr_array_unref(list->list);
    g_hash_table_unref(list->ranks);
    g_free(list);
}

static Severity
severity_of(const char *code)
{
    switch (code[0]) {
    case 'E':
        return SEVERITY_ERROR;
    case 'W':
        return SEVERITY_WARNING;
    default:
        g_assert(code[0] == 'N');
        return SEVERITY_NOTE;
    }
}

static Diagnostic *
add(Diagnostics *list, const char *code, const char *path, char *message)
{
    Diagnostic *d = g_new0(Diagnostic, 1);

    g_assert(strlen(code) == 4);
    g_strlcpy(d->code, code, sizeof d->code);
    d->severity = severity_of(code);
    d->path = g_strdup(path);
    d->message = message;
    d->fixes = g_array_new(FALSE, FALSE, sizeof(DiagnosticFix));
    g_array_set_clear_func(d->fixes, fix_clear);
    g_ptr_array_add(list->list, d);
    if (!g_hash_table_contains(list->ranks, path))
        g_hash_table_insert(list->ranks, g_strdup(path),
                            GUINT_TO_POINTER(g_hash_table_size(list->ranks)));
    return d;
}

Diagnostic *
diagnostics_add(Diagnostics *list, const char *code, const Source *source,
                gsize offset, gsize length, const char *format, ...)
{
    SourcePlace from = source_place(source, offset), to;
    gsize line_end;
    Diagnostic *d;
    va_list args;

    va_start(args, format);
    d = add(list, code, source_path(source), g_strdup_vprintf(format, args));
    va_end(args);
    d->text = source_line(source, from.line);
    line_end = source_line_start(source, from.line) + strlen(d->text);
    to = source_place(source, MAX(offset, MIN(offset + length, line_end)));
    d->offset = offset;
    d->length = length;
    d->line = from.line;
    d->column = from.column;
    d->end_column = to.column;
    return d;
}

Diagnostic *
diagnostics_add_file(Diagnostics *list, const char *code, const char *path,
                     const char *format, ...)
{
    va_list args;
    Diagnostic *d;

    va_start(args, format);
    d = add(list, code, path, g_strdup_vprintf(format, args));
    va_end(args);
    return d;
}

void
diagnostic_note(Diagnostic *d, const char *format, ...)
{
    va_list args;

    g_free(d->note);
    va_start(args, format);
    d->note = g_strdup_vprintf(format, args);
    va_end(args);
}

void
diagnostic_help(Diagnostic *d, const char *format, ...)
{
    va_list args;

    g_free(d->help);
    va_start(args, format);
    d->help = g_strdup_vprintf(format, args);
    va_end(args);
}

void
diagnostic_fix(Diagnostic *d, gsize offset, gsize length, const char *text)
{
    DiagnosticFix fix = {offset, length, g_strdup(text)};

    g_array_append_val(d->fixes, fix);
}

void
diagnostic_fix_all(Diagnostic *d, const char *text)
{
    diagnostic_fix(d, d->offset, d->length, text);
}

guint
diagnostics_count(const Diagnostics *list, Severity severity)
{
    guint n = 0;

    for (guint i = 0; i < list->list->len; i++)
        n += diagnostics_get(list, i)->severity == severity;
    return n;
}

guint
diagnostics_length(const Diagnostics *list)
{
    return list->list->len;
}

const Diagnostic *
diagnostics_get(const Diagnostics *list, guint index)
{
    g_assert(index < list->list->len);
    return g_ptr_array_index(list->list, index);
}

static int
compare(const void *a, const void *b, void *data)
{
    const Diagnostic *x = *(Diagnostic *const *)a, *y = *(Diagnostic *const *)b;
    const Diagnostics *list = data;
    guint rank_x = GPOINTER_TO_UINT(g_hash_table_lookup(list->ranks, x->path));
    guint rank_y = GPOINTER_TO_UINT(g_hash_table_lookup(list->ranks, y->path));

    if (rank_x != rank_y)
        return rank_x < rank_y ? -1 : 1;
    if (x->line != y->line)
        return x->line - y->line;
    if (x->column != y->column)
        return x->column - y->column;
    return strcmp(x->code, y->code);
}

static bool
is_double(const Diagnostic *x, const Diagnostic *y)
{
    return strcmp(x->code, y->code) == 0 && strcmp(x->path, y->path) == 0 &&
           x->line == y->line && x->column == y->column &&
           (x->line > 0 || strcmp(x->message, y->message) == 0);
}

/* Is it there before, among those of its place? A file as a whole may have
 * several of one code. */
static bool
is_said_before(const Diagnostics *list, guint index)
{
    const Diagnostic *d = diagnostics_get(list, index);

    for (guint i = index; i > 0; i--) {
        const Diagnostic *before = diagnostics_get(list, i - 1);
        if (is_double(before, d))
            return true;
        if (compare(&before, &d, (void *)list) != 0)
            return false;
    }
    return false;
}

void
diagnostics_sort(Diagnostics *list)
{
    g_ptr_array_sort_with_data(list->list, compare, list);
    for (guint i = 1; i < list->list->len;)
        if (is_said_before(list, i))
            g_ptr_array_remove_index(list->list, i);
        else
            i++;
}

static int
find_code(const char *const *codes, const char *code)
{
    for (int i = 0; codes[i]; i++)
        if (strcmp(codes[i], code) == 0)
            return i;
    return -1;
}

void
diagnostics_allow(Diagnostics *list, const char *path, const char *const *codes,
                  bool *used)
{
    for (int i = 0; used && codes[i]; i++)
        used[i] = false;
    for (guint i = 0; i < list->list->len;) {
        const Diagnostic *d = diagnostics_get(list, i);
        int found = find_code(codes, d->code);
        if (found < 0 || d->severity == SEVERITY_ERROR ||
            strcmp(d->path, path) != 0) {
            i++;
            continue;
        }
        if (used)
            used[found] = true;
        g_ptr_array_remove_index(list->list, i);
    }
}

static bool
is_at_or_below(const char *path, const char *const *paths)
{
    for (; *paths; paths++) {
        gsize length = strlen(*paths);
        if (strncmp(path, *paths, length) == 0 &&
            (length == 0 || !path[length] || path[length] == '/'))
            return true;
    }
    return false;
}

void
diagnostics_keep(Diagnostics *list, const char *const *paths)
{
    for (guint i = 0; i < list->list->len;)
        if (is_at_or_below(diagnostics_get(list, i)->path, paths))
            i++;
        else
            g_ptr_array_remove_index(list->list, i);
}
