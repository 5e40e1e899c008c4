/* SPDX-License-Identifier: Apache-2.0 */
/* text.c - escaping, nearest words, base32 and friends */
#include "nurture/text.h"

#include <string.h>

/* Characters that change how a page or a header reads without being seen. */
static bool
is_invisible(gunichar c)
{
    return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0xad ||
           (c >= 0x200b && c <= 0x200f) || (c >= 0x202a && c <= 0x202e) ||
           (c >= 0x2060 && c <= 0x206f) || c == 0xfeff ||
           (c >= 0xfff9 && c <= 0xfffb);
}

static bool
is_line_end(gunichar c)
{
    return c == '\n' || c == '\r' || c == 0x0b || c == 0x0c || c == 0x85 ||
           c == 0x2028 || c == 0x2029;
}

static void
append_line_end(GString *out)
{
    if (out->len == 0 || out->str[out->len - 1] != ' ')
        g_string_append_c(out, ' ');
}

static const char *
html_entity(gunichar c)
{
    switch (c) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    default:
        return NULL;
    }
}

/* Bytes that a character may begin with which is not simply copied: controls,
 * what HTML escapes, and the leads of U+0080.., U+2000.. and U+F000... */
static const bool stops[256] = {
    [0 ... 0x1f] = true, ['&'] = true,  ['<'] = true,  ['>'] = true,
    ['"'] = true,        ['\''] = true, [0x7f] = true, [0xc2] = true,
    [0xe2] = true,       [0xef] = true,
};

static void
append_text(GString *out, const char *text, bool html)
{
    const char *plain = text; /* start of a run that goes as it is */
    const char *p = text;

    for (;;) {
        gunichar c;
        const char *entity, *next;
        bool line_end;

        while (!stops[(guchar)*p])
            p++;
        if (!*p)
            break;
        c = g_utf8_get_char(p);
        next = g_utf8_next_char(p);
        entity = html ? html_entity(c) : NULL;
        line_end = is_line_end(c) || c == '\t';
        if (entity || line_end || is_invisible(c)) {
            g_string_append_len(out, plain, p - plain);
            plain = next;
            if (entity)
                g_string_append(out, entity);
            else if (line_end)
                append_line_end(out);
        }
        p = next;
    }
    g_string_append_len(out, plain, p - plain);
}

void
html_append_text(GString *out, const char *text)
{
    append_text(out, text, true);
}

void
plain_append_text(GString *out, const char *text)
{
    append_text(out, text, false);
}

void
url_append_part(GString *out, const char *text)
{
    static const char digits[] = "0123456789ABCDEF";

    /* As steps of a path they would climb, however they are encoded. */
    if (strcmp(text, ".") == 0 || strcmp(text, "..") == 0)
        text = text[1] ? "__" : "_";
    for (const guchar *p = (const guchar *)text; *p; p++) {
        if (g_ascii_isalnum(*p) || strchr("-._~", *p)) {
            g_string_append_c(out, (char)*p);
        } else {
            g_string_append_c(out, '%');
            g_string_append_c(out, digits[*p >> 4]);
            g_string_append_c(out, digits[*p & 15]);
        }
    }
}

bool
text_is_blank(const char *text)
{
    if (!text)
        return true;
    for (; *text; text = g_utf8_next_char(text)) {
        gunichar c =
            (guchar)*text < 0x80 ? (guchar)*text : g_utf8_get_char(text);
        if (c > ' ' && c < 0x7f)
            return false;
        if (!g_unichar_isspace(c) && !is_invisible(c))
            return false;
    }
    return true;
}

int
text_columns(const char *text)
{
    return (int)g_utf8_strlen(text, -1);
}

/* Optimal string alignment distance, given up above `most`. */
static int
edit_distance(const char *a, const char *b, int most)
{
    int la = (int)strlen(a), lb = (int)strlen(b);
    int rows[3][66];

    if (la > 64 || lb > 64 || ABS(la - lb) > most)
        return most + 1;
    for (int j = 0; j <= lb; j++)
        rows[0][j] = j;
    for (int i = 1; i <= la; i++) {
        int *now = rows[i % 3], *last = rows[(i + 2) % 3];
        const int *before = rows[(i + 1) % 3];

        now[0] = i;
        for (int j = 1; j <= lb; j++) {
            int cost = a[i - 1] != b[j - 1];
            int best =
                MIN(MIN(last[j] + 1, now[j - 1] + 1), last[j - 1] + cost);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                best = MIN(best, before[j - 2] + 1);
            now[j] = best;
        }
    }
    return rows[la % 3][lb];
}

const char *
text_nearest(const char *word, const char *const *words)
{
    g_autofree char *folded = g_utf8_casefold(word, -1);
    const char *nearest = NULL;
    int best = 3;

    for (; words && *words; words++) {
        g_autofree char *other = g_utf8_casefold(*words, -1);
        int distance = edit_distance(folded, other, 2);

        /* Two edits of a three-letter word is any word. */
        if (distance < best && distance * 2 <= (int)strlen(other)) {
            best = distance;
            nearest = *words;
        }
    }
    return nearest;
}

const char *
number_format(int64_t number)
{
    static char ring[8][32];
    static unsigned turn;
    char *out = ring[turn++ % G_N_ELEMENTS(ring)];
    g_autofree char *digits = g_strdup_printf("%" G_GINT64_FORMAT, number);
    size_t length = strlen(digits), o = 0;

    for (size_t i = 0; i < length && o < sizeof ring[0] - 2; i++) {
        size_t left = length - i;
        if (i > 0 && digits[i - 1] != '-' && left % 3 == 0)
            out[o++] = ',';
        out[o++] = digits[i];
    }
    out[o] = '\0';
    return out;
}

static const char base32_digits[] = "abcdefghijklmnopqrstuvwxyz234567";
static const char base64_digits[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

static char *
encode(const uint8_t *bytes, gsize length, const char *digits, int bits)
{
    char *out = g_malloc(length * 8 / (gsize)bits + 2), *at = out;
    unsigned buffer = 0, mask = (1u << bits) - 1;
    int held = 0;

    for (gsize i = 0; i < length; i++) {
        buffer = (buffer << 8 | bytes[i]) & 0xffff;
        for (held += 8; held >= bits; held -= bits)
            *at++ = digits[buffer >> (held - bits) & mask];
    }
    if (held > 0)
        *at++ = digits[buffer << (bits - held) & mask];
    *at = '\0';
    return out;
}

static uint8_t *
decode(const char *text, gssize length, const char *digits, int bits,
       gsize *out_length)
{
    gsize size = length < 0 ? strlen(text) : (gsize)length;
    g_autofree uint8_t *out = g_malloc(size * (gsize)bits / 8 + 1);
    unsigned buffer = 0;
    int held = 0;
    gsize n = 0;

    for (gsize i = 0; i < size; i++) {
        const char *digit = text[i] ? strchr(digits, text[i]) : NULL;
        if (!digit)
            return NULL;
        buffer = (buffer << bits | (unsigned)(digit - digits)) & 0xffff;
        held += bits;
        if (held >= 8) {
            held -= 8;
            out[n++] = (uint8_t)(buffer >> held);
        }
    }
    if (held >= bits || (buffer & ((1u << held) - 1)) != 0)
        return NULL;
    *out_length = n;
    return g_steal_pointer(&out);
}

char *
base32_encode(const uint8_t *bytes, gsize length)
{
    return encode(bytes, length, base32_digits, 5);
}

uint8_t *
base32_decode(const char *text, gssize length, gsize *out_length)
{
    return decode(text, length, base32_digits, 5, out_length);
}

char *
base64url_encode(const uint8_t *bytes, gsize length)
{
    return encode(bytes, length, base64_digits, 6);
}

uint8_t *
base64url_decode(const char *text, gssize length, gsize *out_length)
{
    return decode(text, length, base64_digits, 6, out_length);
}

char *
hex_encode(const uint8_t *bytes, gsize length)
{
    return encode(bytes, length, "0123456789abcdef", 4);
}

void
csv_append_raw_cell(GString *out, const char *text)
{
    if (!strpbrk(text, ",;\t\"\r\n") && *text != ' ') {
        g_string_append(out, text);
        return;
    }
    g_string_append_c(out, '"');
    for (; *text; text++) {
        if (*text == '"')
            g_string_append_c(out, '"');
        g_string_append_c(out, *text);
    }
    g_string_append_c(out, '"');
}

/* Spreadsheets run a cell that begins so, even inside quotes; full-width
 * forms of the signs are taken for them by some. */
static bool
looks_like_formula(const char *text)
{
    static const char *const starts[] = {"=",
                                         "+",
                                         "-",
                                         "@",
                                         "\t",
                                         "\r",
                                         "\n",
                                         "\xef\xbc\x9d",
                                         "\xef\xbc\x8b",
                                         "\xef\xbc\x8d",
                                         "\xef\xbc\xa0"};

    for (gsize i = 0; i < G_N_ELEMENTS(starts); i++)
        if (g_str_has_prefix(text, starts[i]))
            return true;
    return false;
}

void
csv_append_cell(GString *out, const char *text)
{
    g_autofree char *safe = NULL;

    if (!looks_like_formula(text)) {
        csv_append_raw_cell(out, text);
        return;
    }
    safe = g_strconcat("'", text, NULL);
    csv_append_raw_cell(out, safe);
}
