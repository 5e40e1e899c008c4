/* SPDX-License-Identifier: Apache-2.0 */
/* reply_header.c - "From: ... Sent: ... To: ..." and separator lines */
#include "reply-lines.h"

#include "reply-text.h"

#include <string.h>

#define LABEL_MAX 48
#define BLOCK_MAX 16

int
reply_header_label(const char *text, size_t length, const char **out_value)
{
    char label[LABEL_MAX * 4];
    size_t begin = 0, at, n;
    bool wide = false;

    while (begin < length) {
        gunichar c = g_utf8_get_char(text + begin);
        if (c < 0x80 ? !strchr(" \t*_|-", (int)c)
                     : c != 0xa0 && !reply_character_is_invisible(c))
            break;
        begin += (size_t)g_unichar_to_utf8(c, NULL);
    }
    for (at = begin; at < length && at < begin + LABEL_MAX; at++) {
        wide = length - at >= 3 && memcmp(text + at, "：", 3) == 0;
        if (text[at] == ':' || wide)
            break;
    }
    if (at >= length || at == begin || at >= begin + LABEL_MAX)
        return 0;
    n = reply_normalise(text + begin, at - begin, label, sizeof label);
    while (n > 0 && strchr(" *_", label[n - 1]))
        label[--n] = '\0';
    at += wide ? 3 : 1;
    while (at < length && strchr(" \t*_", text[at]))
        at++;
    if (out_value)
        *out_value = text + at;
    return GPOINTER_TO_INT(g_hash_table_lookup(reply_rules()->labels, label));
}

/* What stands between the dashes, or before the colon. */
static size_t
separator_words(const ReplyLine *line, char *out, size_t size, bool *drawn)
{
    size_t n, skip;
    char *stop;

    reply_normalise(line->text, line->length, out, size);
    /* QQ draws its rule with entities in between. */
    while ((stop = strstr(out, "&nbsp;")) != NULL)
        memmove(stop, stop + 6, strlen(stop + 6) + 1);
    n = strlen(out);
    skip = strspn(out, "-*_=~#>+<([ ");

    *drawn = skip >= 2;
    memmove(out, out + skip, n - skip + 1);
    if (*drawn && (stop = strstr(out, "--")) != NULL)
        *stop = '\0';
    n = strlen(out);
    while (n > 0 && strchr("-*_=~#>+<)].: ", out[n - 1])) {
        *drawn |= out[n - 1] == ':';
        out[--n] = '\0';
    }
    return n;
}

int
reply_separator_role(ReplyLines *lines, int i)
{
    const ReplyRules *rules = reply_rules();
    const ReplyLine *line = &lines->line[i];
    char words[256];
    bool drawn;
    int role, next;

    if (line->blank || line->quoted || line->verbatim || line->length > 160 ||
        line->length < 4)
        return 0;
    if (separator_words(line, words, sizeof words, &drawn) < 4)
        return 0;
    lines->steps += line->length;
    role = GPOINTER_TO_INT(g_hash_table_lookup(rules->separators, words));
    if (role) {
        if (drawn || role == REPLY_MARKER)
            return role;
        next = reply_lines_next(lines, i + 1);
        return next < lines->count && lines->line[next].labels ? role : 0;
    }
    for (guint k = 0; k < rules->prefixes->len; k++) {
        if (g_str_has_prefix(words, g_ptr_array_index(rules->prefixes, k)))
            return g_array_index(rules->prefix_roles, int, k);
    }
    return 0;
}

typedef struct {
    int roles, count, lines;
    bool address, time;
} Block;

static void
block_add(Block *b, const ReplyLine *line)
{
    int fresh = line->labels & ~b->roles;

    b->address |= memchr(line->text, '@', line->length) != NULL;
    for (size_t i = 1; i + 2 < line->length && !b->time; i++)
        b->time = (line->text[i] == ':' || line->text[i] == '.') &&
                  g_ascii_isdigit(line->text[i - 1]) &&
                  g_ascii_isdigit(line->text[i + 1]) &&
                  g_ascii_isdigit(line->text[i + 2]);
    if (fresh) {
        fresh &= -fresh; /* "De" is many things: count it once */
        b->roles |= fresh;
        b->count += fresh != REPLY_OTHER;
    }
}

/* A long value goes on in the next line: "<ann@example.org>", or more of the
   subject before the next label. */
static bool
line_continues(const ReplyLines *lines, int i)
{
    const ReplyLine *line = &lines->line[i];

    if (line->blank || line->quoted || line->length > REPLY_LINE_MAX)
        return false;
    if (line->text[0] == '<' || line->text[0] == ' ' || line->text[0] == '\t')
        return true;
    for (int k = i + 1; k < i + 3 && k < lines->count; k++) {
        if (lines->line[k].labels)
            return true;
        if (lines->line[k].blank)
            return false;
    }
    return false;
}

static Block
block_read(ReplyLines *lines, int i)
{
    Block b = {0};
    int gaps = 0;

    for (int k = i; k < lines->count && k < i + BLOCK_MAX; k++) {
        const ReplyLine *line = &lines->line[k];
        lines->steps += MIN(line->length, 200);
        if (line->labels) {
            block_add(&b, line);
            b.lines = k + 1 - i;
            gaps = 0;
        } else if (line->blank) {
            if (++gaps > 2)
                break;
        } else if (gaps == 0 && line_continues(lines, k)) {
            b.address |= memchr(line->text, '@', line->length) != NULL;
            b.lines = k + 1 - i;
        } else {
            break;
        }
    }
    return b;
}

/* "Label: value" in a language without a row in the table. */
static int
block_unknown(ReplyLines *lines, int i)
{
    bool address = false;
    int n = 0;

    for (; i + n < lines->count && n < 8; n++) {
        const ReplyLine *line = &lines->line[i + n];
        const char *colon =
            memchr(line->text, ':', MIN(line->length, (size_t)LABEL_MAX));
        if (line->blank || line->quoted || !colon || colon == line->text)
            break;
        address |= memchr(line->text, '@', line->length) != NULL;
    }
    return n >= 3 && address ? n : 0;
}

int
reply_header_lines(ReplyLines *lines, int i, bool separated)
{
    const ReplyLine *line = &lines->line[i];
    Block b;
    bool from, whole;

    if (line->blank || line->quoted || line->verbatim)
        return 0;
    if (!line->labels)
        return separated ? block_unknown(lines, i) : 0;
    if (line->labels == REPLY_OTHER && !separated)
        return 0;
    b = block_read(lines, i);
    from = b.roles & REPLY_FROM;
    whole = (from && (b.roles & REPLY_SUBJECT) &&
             (b.count >= 3 || b.address || b.time)) ||
            (from && b.count >= 3 && (b.address || b.time || separated)) ||
            (from && b.count >= 2 && b.address && b.time) ||
            (separated && (b.count >= 2 || (from && b.address))) ||
            ((b.roles & REPLY_SENT) && (b.roles & REPLY_TO) &&
             (b.roles & REPLY_SUBJECT) && b.count >= 3);
    return whole ? b.lines : 0;
}

/* "Ann Lee <ann@example.org>", "ann@example.org", "Lee, Ann [mailto:...]". */
static void
mailbox_read(const char *text, size_t length, char **out_name,
             char **out_address)
{
    g_autofree char *value = g_strndup(text, length);
    char *at = strchr(value, '@');
    char *begin = at, *end = at;

    *out_name = NULL;
    *out_address = g_strdup("");
    if (at) {
        while (begin > value && !strchr(" <>[](),;:\"'\t", begin[-1]))
            begin--;
        while (*end && !strchr(" <>[](),;:\"'\t", *end))
            end++;
        g_free(*out_address);
        *out_address = g_ascii_strdown(begin, end - begin);
        if (begin > value + 7 &&
            g_ascii_strncasecmp(begin - 7, "mailto:", 7) == 0)
            begin -= 7;
        *begin = '\0';
    }
    g_strdelimit(value, "<>[]()\"*", ' ');
    *out_name = g_strdup(g_strstrip(value));
    if (!at && !**out_name) {
        g_free(*out_name);
        *out_name = g_strdup("");
    }
}

/* A '>' before every line is Apple's way to forward. */
static char *
text_unquoted(const char *text, size_t length)
{
    g_autofree char *valid =
        g_utf8_make_valid(text, (gssize)MIN(length, REPLY_TEXT_MAX_BYTES));
    GString *out = g_string_sized_new(strlen(valid) + 1);
    bool begin = true;

    for (const char *p = valid; *p; p++) {
        if (begin && (*p == '>' || *p == ' '))
            continue;
        begin = *p == '\n';
        if (*p != '\r')
            g_string_append_c(out, *p);
    }
    return g_string_free(out, FALSE);
}

bool
reply_text_forwarded(const char *text, size_t length, char **out_name,
                     char **out_address)
{
    g_autofree char *plain = text_unquoted(text, length);
    g_autoptr(ReplyLines) lines = reply_lines_new(plain, strlen(plain));
    bool separated = false;

    for (int i = 0; i < lines->count; i++) {
        int n = reply_header_lines(lines, i, separated);
        for (int k = i; k < i + n; k++) {
            const ReplyLine *line = &lines->line[k];
            const char *value;
            if (!(line->labels & REPLY_FROM))
                continue;
            reply_header_label(line->text, line->length, &value);
            mailbox_read(value, (size_t)(line->text + line->length - value),
                         out_name, out_address);
            return true;
        }
        if (!lines->line[i].blank)
            separated = reply_separator_role(lines, i) != 0;
    }
    return false;
}
