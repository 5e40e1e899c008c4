/* SPDX-License-Identifier: Apache-2.0 */
/* source.c - an author's text and the lines in it */
#include "nurture/source.h"

#include "nurture/error.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>

#define LOAD_MAX (16 * 1024 * 1024)

struct Source {
    char *path;
    char *text;
    gsize size;
    GArray *starts; /* gsize: where each line begins; at least one */
};

Source *
source_new(const char *path, const char *text, gsize size)
{
    Source *source = g_new0(Source, 1);
    gsize start = 0;

    source->path = g_strdup(path);
    source->text = g_malloc(size + 1);
    if (size > 0)
        memcpy(source->text, text, size);
    source->text[size] = '\0';
    source->size = size;
    source->starts = g_array_new(FALSE, FALSE, sizeof(gsize));
    g_array_append_val(source->starts, start);
    for (gsize i = 0; i < size; i++)
        if (source->text[i] == '\n' && i + 1 < size) {
            start = i + 1;
            g_array_append_val(source->starts, start);
        }
    return source;
}

/* What may be read at all: an author's folder can hold a FIFO or a device by
 * mistake, and reading one would hang or never end. */
static bool
file_is_readable(const char *file, const char *path, GError **error)
{
    struct stat st;
    const char *why = NULL;

    if (stat(file, &st) != 0)
        why = g_strerror(errno);
    else if (S_ISDIR(st.st_mode))
        why = "it is a folder";
    else if (!S_ISREG(st.st_mode))
        why = "it is not an ordinary file";
    else if (st.st_size > LOAD_MAX)
        why = "it is larger than 16 MB";
    if (why)
        g_set_error(error, NURTURE_ERROR, ERROR_INPUT, "%s: cannot read: %s",
                    path, why);
    return why == NULL;
}

Source *
source_load(const char *root, const char *path, GError **error)
{
    g_autofree char *file = g_build_filename(root, path, NULL);
    g_autofree char *text = NULL;
    g_autoptr(GError) cause = NULL;
    gsize size;

    if (!file_is_readable(file, path, error))
        return NULL;
    if (!g_file_get_contents(file, &text, &size, &cause)) {
        g_set_error(error, NURTURE_ERROR, ERROR_INPUT, "%s: cannot read: %s",
                    path, cause->message);
        return NULL;
    }
    return source_new(path, text, size);
}

void
source_free(Source *source)
{
    if (!source)
        return;
    g_free(source->path);
    g_free(source->text);
    g_array_unref(source->starts);
    g_free(source);
}

const char *
source_path(const Source *source)
{
    return source->path;
}

const char *
source_text(const Source *source)
{
    return source->text;
}

gsize
source_size(const Source *source)
{
    return source->size;
}

int
source_lines(const Source *source)
{
    return (int)source->starts->len;
}

gsize
source_line_start(const Source *source, int line)
{
    if (line < 1)
        return 0;
    if (line > source_lines(source))
        return source->size;
    return g_array_index(source->starts, gsize, line - 1);
}

static int
line_of(const Source *source, gsize offset)
{
    guint low = 0, high = source->starts->len;

    while (high - low > 1) {
        guint middle = low + (high - low) / 2;
        if (g_array_index(source->starts, gsize, middle) <= offset)
            low = middle;
        else
            high = middle;
    }
    return (int)low + 1;
}

/* A byte that is not UTF-8 counts as one character, as in the line that
 * g_utf8_make_valid() would show. */
SourcePlace
source_place(const Source *source, gsize offset)
{
    const char *p, *end;
    SourcePlace place;

    if (offset > source->size)
        offset = source->size;
    place.line = line_of(source, offset);
    place.column = 1;
    p = source->text + source_line_start(source, place.line);
    end = source->text + offset;
    while (p < end) {
        gunichar c = g_utf8_get_char_validated(p, end - p);
        p += (c & 0x80000000u) ? 1 : g_utf8_skip[(guchar)*p];
        place.column++;
    }
    return place;
}

char *
source_line(const Source *source, int line)
{
    gsize start = source_line_start(source, line);
    const char *text = source->text + start;
    const char *eol = memchr(text, '\n', source->size - start);
    gsize length = eol ? (gsize)(eol - text) : source->size - start;

    if (length > 0 && text[length - 1] == '\r')
        length--;
    return g_strndup(text, length);
}
