/* SPDX-License-Identifier: Apache-2.0 */
/* textcode.c - text bodies as 7bit or quoted-printable (RFC 2045, 6.7) */
#include "mime.h"

#include <string.h>

#define QP_LINE_MAX 76

/* Line breaks are LF, CRLF and CR alone; returns the line's end, and where the
 * next one starts in *out_next (NULL after the last). */
static const char *
line_end(const char *line, const char **out_next)
{
    const char *p = line + strcspn(line, "\r\n");

    if (*p == '\0')
        *out_next = NULL;
    else
        *out_next = p + (p[0] == '\r' && p[1] == '\n' ? 2 : 1);
    return p;
}

static bool
line_is_plain(const char *line, const char *end)
{
    if (end - line > QP_LINE_MAX || *line == '.' ||
        g_str_has_prefix(line, "From "))
        return false;
    if (end > line && (end[-1] == ' ' || end[-1] == '\t'))
        return false;
    for (const char *p = line; p < end; p++) {
        if ((*p < ' ' && *p != '\t') || *p == 127)
            return false;
        /* what our boundaries start with */
        if (*p == '=' && p[1] == '_')
            return false;
    }
    return true;
}

TextEncoding
text_encoding(const char *text)
{
    const char *next = text;

    while (next && *next) {
        const char *line = next, *end = line_end(line, &next);
        if (!line_is_plain(line, end))
            return TEXT_QUOTED_PRINTABLE;
    }
    return TEXT_7BIT;
}

/* Must the octet at `p` be written as =XX? */
static bool
needs_escape(const char *p, const char *end, int column)
{
    unsigned char c = (unsigned char)*p;

    if (c == ' ' || c == '\t')
        return p + 1 == end;
    if (c < 33 || c > 126 || c == '=')
        return true;
    if (column > 0)
        return false;
    return c == '.' || (c == 'F' && g_str_has_prefix(p, "From "));
}

/* Longest run that may stand before the next soft break: an escape is never
 * cut, nor are the octets of one UTF-8 character. */
static int
octets_together(const char *p, const char *end)
{
    int n = 1;

    if ((unsigned char)*p < 0xc0)
        return 1;
    while (n < 4 && p + n < end && ((unsigned char)p[n] & 0xc0) == 0x80)
        n++;
    return n;
}

static void
append_octet(GString *out, const char *p, const char *end, int *column)
{
    static const char hex[] = "0123456789ABCDEF";
    unsigned char c = (unsigned char)*p;

    if (needs_escape(p, end, *column)) {
        char escape[3] = {'=', hex[c >> 4], hex[c & 15]};
        g_string_append_len(out, escape, 3);
        *column += 3;
    } else {
        g_string_append_c(out, (char)c);
        *column += 1;
    }
}

/* How many octets from `p` on stand for themselves and leave room for a soft
 * break. Neither the first of a line nor the last is asked about. */
static int
plain_run(const char *p, const char *end, int column)
{
    int n = 0, most = (int)MIN(QP_LINE_MAX - 1 - column, end - p - 1);

    while (n < most &&
           ((p[n] >= ' ' && p[n] <= '~' && p[n] != '=') || p[n] == '\t'))
        n++;
    return n;
}

static void
encode_line(GString *out, const char *line, const char *end)
{
    int column = 0;

    for (const char *p = line; p < end;) {
        int run = column > 0 ? plain_run(p, end, column) : 0;
        if (run > 0) {
            g_string_append_len(out, p, run);
            column += run;
            p += run;
            continue;
        }
        int n = octets_together(p, end);
        int width = needs_escape(p, end, column) ? 3 * n : n;
        /* one column stays free for the '=' of a soft break */
        int limit = p + n == end ? QP_LINE_MAX : QP_LINE_MAX - 1;

        if (column + width > limit) {
            g_string_append(out, "=\r\n");
            column = 0;
        }
        for (; n > 0; n--, p++)
            append_octet(out, p, end, &column);
    }
    g_string_append(out, "\r\n");
}

char *
text_encode(const char *text, TextEncoding encoding)
{
    gsize length = strlen(text);
    GString *out = g_string_sized_new(length + length / 8 + 64);
    const char *next = text;

    while (next && *next) {
        const char *line = next, *end = line_end(line, &next);
        if (encoding == TEXT_QUOTED_PRINTABLE) {
            encode_line(out, line, end);
        } else {
            g_string_append_len(out, line, end - line);
            g_string_append(out, "\r\n");
        }
    }
    return g_string_free(out, FALSE);
}
