/* SPDX-License-Identifier: Apache-2.0 */
/* textcode.c - text bodies as 7bit or quoted-printable (RFC 2045, 6.7) */
#include "mime.h"

#include <stdint.h>
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

/* A line under construction, in room for the longest that it can become. */
typedef struct {
    char *at;
    int column;
} Encoder;

static void
append_octet(Encoder *e, const char *p, const char *end)
{
    static const char hex[] = "0123456789ABCDEF";
    unsigned char c = (unsigned char)*p;

    if (needs_escape(p, end, e->column)) {
        *e->at++ = '=';
        *e->at++ = hex[c >> 4];
        *e->at++ = hex[c & 15];
        e->column += 3;
    } else {
        *e->at++ = (char)c;
        e->column++;
    }
}

#define EACH(octet) (UINT64_C(0x0101010101010101) * (octet))

/* Has one of eight octets the value 0? (Mycroft's test: exact as a yes or no.)
 */
static bool
has_zero(uint64_t eight)
{
    return ((eight - EACH(1)) & ~eight & EACH(0x80)) != 0;
}

/* Are all eight from ' ' to '~', and none '='? */
static bool
are_plain(uint64_t eight)
{
    return (eight & EACH(0x80)) == 0 &&
           (((eight | EACH(0x80)) - EACH(' ')) & EACH(0x80)) == EACH(0x80) &&
           !has_zero(eight ^ EACH(127)) && !has_zero(eight ^ EACH('='));
}

/* Octets that stand for themselves and leave room for a soft break. Neither
 * the first of a line nor the last is among them. Returns where they end. */
static const char *
append_run(Encoder *e, const char *p, const char *end)
{
    const char *stop = p + MIN(QP_LINE_MAX - 1 - e->column, end - p - 1);
    char *at = e->at;
    uint64_t eight;

    for (; stop - p >= (int)sizeof eight; p += sizeof eight) {
        memcpy(&eight, p, sizeof eight);
        if (!are_plain(eight))
            break;
        memcpy(at, &eight, sizeof eight);
        at += sizeof eight;
    }
    while (p < stop && ((*p >= ' ' && *p <= '~' && *p != '=') || *p == '\t'))
        *at++ = *p++;
    e->column += (int)(at - e->at);
    e->at = at;
    return p;
}

static void
append_end(Encoder *e, const char *text)
{
    for (; *text; text++)
        *e->at++ = *text;
    e->column = 0;
}

static void
encode_line(Encoder *e, const char *line, const char *end)
{
    for (const char *p = line; p < end;) {
        if (e->column > 0)
            p = append_run(e, p, end);
        int n = octets_together(p, end);
        int width = needs_escape(p, end, e->column) ? 3 * n : n;
        /* one column stays free for the '=' of a soft break */
        int limit = p + n == end ? QP_LINE_MAX : QP_LINE_MAX - 1;

        if (e->column + width > limit)
            append_end(e, "=\r\n");
        for (; n > 0; n--, p++)
            append_octet(e, p, end);
    }
    append_end(e, "\r\n");
}

static void
append_quoted(GString *out, const char *text)
{
    gsize length = strlen(text), used = out->len;
    const char *next = text;
    Encoder e;

    /* each octet an escape, a soft break behind every 24, line ends */
    g_string_set_size(out, used + length * 3 + length / 8 + 16);
    e = (Encoder){out->str + used, 0};
    while (next && *next) {
        const char *line = next, *end = line_end(line, &next);
        encode_line(&e, line, end);
    }
    g_string_truncate(out, (gsize)(e.at - out->str));
}

void
text_append_encoded(GString *out, const char *text, TextEncoding encoding)
{
    const char *next = text;

    if (encoding == TEXT_QUOTED_PRINTABLE) {
        append_quoted(out, text);
        return;
    }
    while (next && *next) {
        const char *line = next, *end = line_end(line, &next);
        g_string_append_len(out, line, end - line);
        g_string_append(out, "\r\n");
    }
}

char *
text_encode(const char *text, TextEncoding encoding)
{
    GString *out = g_string_new(NULL);

    text_append_encoded(out, text, encoding);
    return g_string_free(out, FALSE);
}
