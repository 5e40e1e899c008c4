/* SPDX-License-Identifier: Apache-2.0 */
/* http_form.c - values out of queries and form bodies */
#include "http_form.h"

#include <string.h>

#define BOUNDARY_MAX 70 /* RFC 2046, 5.1.1 */

static char *
text_or_null(GString *text)
{
    bool good = !memchr(text->str, '\0', text->len) &&
                g_utf8_validate(text->str, (gssize)text->len, NULL);

    return g_string_free(text, !good);
}

char *
form_decode(const char *text, gsize length, bool plus)
{
    GString *out = g_string_sized_new(length);

    for (gsize i = 0; i < length; i++) {
        if (text[i] == '%') {
            int high = i + 2 < length ? g_ascii_xdigit_value(text[i + 1]) : -1;
            int low = high >= 0 ? g_ascii_xdigit_value(text[i + 2]) : -1;

            if (low < 0)
                return g_string_free(out, TRUE);
            g_string_append_c(out, (char)(high * 16 + low));
            i += 2;
        } else {
            g_string_append_c(out, plus && text[i] == '+' ? ' ' : text[i]);
        }
    }
    return text_or_null(out);
}

char *
form_urlencoded(const char *text, gsize length, const char *name)
{
    const char *end = text + length;

    for (const char *p = text; p < end;) {
        const char *stop = memchr(p, '&', (gsize)(end - p));
        const char *last = stop ? stop : end;
        const char *equals = memchr(p, '=', (gsize)(last - p));
        const char *key_end = equals ? equals : last;
        g_autofree char *key = form_decode(p, (gsize)(key_end - p), true);

        if (key && strcmp(key, name) == 0) {
            const char *value = equals ? equals + 1 : last;
            return form_decode(value, (gsize)(last - value), true);
        }
        p = last + 1;
    }
    return NULL;
}

/* The value of parameter `name` in "type; name=token; name=\"quoted\"". */
static char *
header_parameter(const char *header, gsize length, const char *name)
{
    const char *end = header + length;
    const char *p = memchr(header, ';', length);

    while (p && p < end) {
        p++;
        while (p < end && (*p == ' ' || *p == '\t'))
            p++;
        const char *key = p;
        while (p < end && *p != '=' && *p != ';')
            p++;
        bool found = (gsize)(p - key) == strlen(name) &&
                     g_ascii_strncasecmp(key, name, (gsize)(p - key)) == 0;
        if (p == end || *p == ';')
            continue;
        p++;
        GString *value = g_string_new(NULL);
        bool quoted = p < end && *p == '"';
        if (quoted)
            p++;
        while (p < end && (quoted ? *p != '"' : *p != ';')) {
            if (quoted && *p == '\\' && p + 1 < end)
                p++;
            g_string_append_c(value, *p++);
        }
        if (found) {
            if (!quoted)
                g_strchomp(value->str);
            value->len = strlen(value->str);
            return text_or_null(value);
        }
        g_string_free(value, TRUE);
        p = p < end ? memchr(p, ';', (gsize)(end - p)) : NULL;
    }
    return NULL;
}

/* Is the part whose header block this is called `name`? */
static bool
part_is_called(const char *head, gsize length, const char *name)
{
    static const char field[] = "Content-Disposition:";
    const char *end = head + length;

    for (const char *p = head; p < end;) {
        const char *stop = memmem(p, (gsize)(end - p), "\r\n", 2);
        const char *last = stop ? stop : end;

        if ((gsize)(last - p) > strlen(field) &&
            g_ascii_strncasecmp(p, field, strlen(field)) == 0) {
            g_autofree char *called =
                header_parameter(p, (gsize)(last - p), "name");
            return called && strcmp(called, name) == 0;
        }
        p = stop ? stop + 2 : end;
    }
    return false;
}

/* Where the next "\r\n--boundary" starts at or after `p`; NULL if none. The
 * first delimiter may stand at the very beginning, without its CRLF. */
static const char *
delimiter_find(const char *p, const char *end, const GString *delimiter)
{
    return p > end
               ? NULL
               : memmem(p, (gsize)(end - p), delimiter->str, delimiter->len);
}

static char *
multipart_value(const char *body, gsize length, const GString *delimiter,
                const char *name)
{
    const char *end = body + length;
    const char *p = body;

    if (length >= delimiter->len - 2 &&
        memcmp(body, delimiter->str + 2, delimiter->len - 2) == 0)
        p = body + delimiter->len - 2;
    else if ((p = delimiter_find(body, end, delimiter)))
        p += delimiter->len;

    while (p && end - p >= 2 && memcmp(p, "--", 2) != 0) {
        const char *head = memmem(p, (gsize)(end - p), "\r\n", 2);
        const char *stop = head ? delimiter_find(head, end, delimiter) : NULL;

        if (!stop)
            return NULL;
        const char *gap = memmem(head, (gsize)(stop - head), "\r\n\r\n", 4);
        gsize head_length = gap && gap > head ? (gsize)(gap - head - 2) : 0;
        if (gap && part_is_called(head + 2, head_length, name)) {
            GString *value =
                g_string_new_len(gap + 4, (gssize)(stop - gap - 4));
            return text_or_null(value);
        }
        p = stop + delimiter->len;
    }
    return NULL;
}

char *
form_multipart(const char *type, const char *body, gsize length,
               const char *name)
{
    g_autofree char *boundary =
        header_parameter(type, strlen(type), "boundary");

    if (!boundary || !*boundary || strlen(boundary) > BOUNDARY_MAX)
        return NULL;
    g_autoptr(GString) delimiter = g_string_new("\r\n--");
    g_string_append(delimiter, boundary);
    return multipart_value(body, length, delimiter, name);
}
