/* SPDX-License-Identifier: Apache-2.0 */
/* dkim_canon.c - relaxed header fields and bodies, RFC 6376, 3.4 */
#include "dkim-private.h"

#include <string.h>

static bool
is_space(char c)
{
    return c == ' ' || c == '\t';
}

static bool
is_crlf(const char *p, const char *end)
{
    return end - p >= 2 && p[0] == '\r' && p[1] == '\n';
}

/* The end of the line at `p`, before its CRLF. */
static const char *
line_end(const char *p, const char *end)
{
    while (p < end && !is_crlf(p, end)) {
        const char *cr = memchr(p + 1, '\r', (gsize)(end - p - 1));
        p = cr ? cr : end;
    }
    return p;
}

void
dkim_canon_field(GString *out, const char *field, gsize length)
{
    const char *colon = memchr(field, ':', length);
    gsize name = colon ? (gsize)(colon - field) : length;
    gsize start;
    bool space = false;

    for (gsize i = 0; i < name; i++)
        if (!is_space(field[i]) && field[i] != '\r' && field[i] != '\n')
            g_string_append_c(out, g_ascii_tolower(field[i]));
    if (!colon)
        return;
    g_string_append_c(out, ':');
    start = out->len;
    for (gsize i = name + 1; i < length; i++) {
        char c = field[i];
        if (c == '\r' || c == '\n')
            continue;
        if (is_space(c)) {
            space = true;
            continue;
        }
        if (space && out->len > start)
            g_string_append_c(out, ' ');
        space = false;
        g_string_append_c(out, c);
    }
}

static void
append_line(GString *out, const char *line, const char *end)
{
    while (end > line && is_space(end[-1]))
        end--;
    while (line < end) {
        const char *p = line;
        if (is_space(*p)) {
            while (is_space(*line)) /* text follows: the end is no space */
                line++;
            g_string_append_c(out, ' ');
            continue;
        }
        while (p < end && !is_space(*p))
            p++;
        g_string_append_len(out, line, p - line);
        line = p;
    }
}

/* Empty lines wait until a line with text comes; those at the end never
 * count. */
void
dkim_canon_body(GString *out, const char *body, gsize length)
{
    const char *p = body, *end = body + length;
    gsize empty = 0;

    while (p < end) {
        const char *stop = line_end(p, end), *text = p;
        while (text < stop && is_space(*text))
            text++;
        if (text == stop) {
            empty++;
        } else {
            for (; empty > 0; empty--)
                g_string_append(out, "\r\n");
            append_line(out, p, stop);
            g_string_append(out, "\r\n");
        }
        p = stop < end ? stop + 2 : end;
    }
}

gsize
dkim_body_offset(const char *message, gsize length)
{
    const char *p = message, *end = message + length;

    while (p < end) {
        const char *stop = line_end(p, end);
        if (stop == end)
            return length;
        if (stop == p)
            return (gsize)(stop + 2 - message);
        p = stop + 2;
    }
    return length;
}

typedef struct {
    const char *start;
    gsize length;
    bool taken;
} HeaderField;

/* The next field with the lines that continue it; false at the end of the
 * header. */
static bool
field_next(const char **at, const char *end, HeaderField *out)
{
    const char *stop = line_end(*at, end);

    if (*at >= end || stop == *at)
        return false;
    while (end - stop > 2 && is_space(stop[2]))
        stop = line_end(stop + 2, end);
    *out = (HeaderField){*at, (gsize)(stop - *at), false};
    *at = stop < end ? stop + 2 : end;
    return true;
}

static bool
field_is(const HeaderField *field, const char *name)
{
    gsize n = strlen(name);

    if (field->length <= n || g_ascii_strncasecmp(field->start, name, n) != 0)
        return false;
    while (n < field->length && is_space(field->start[n]))
        n++;
    return n < field->length && field->start[n] == ':';
}

guint
dkim_count_fields(const char *header, gsize length, const char *name)
{
    const char *at = header, *end = header + length;
    guint n = 0;
    HeaderField field;

    while (field_next(&at, end, &field))
        n += field_is(&field, name);
    return n;
}

void
dkim_canon_header(GString *out, const char *header, gsize length,
                  const char *const *names)
{
    g_autoptr(GArray) fields = g_array_new(FALSE, FALSE, sizeof(HeaderField));
    const char *at = header, *end = header + length;
    HeaderField field;

    while (field_next(&at, end, &field))
        g_array_append_val(fields, field);
    for (; *names; names++) {
        for (guint i = fields->len; i-- > 0;) {
            HeaderField *f = &g_array_index(fields, HeaderField, i);
            if (f->taken || !field_is(f, *names))
                continue;
            f->taken = true;
            dkim_canon_field(out, f->start, f->length);
            g_string_append(out, "\r\n");
            break;
        }
    }
}
