/* SPDX-License-Identifier: Apache-2.0 */
/* reply_signature.c - how mails end: names, cards, taglines, disclaimers
 *
 * Only what closes a part of the reply is taken for a signature, and never
 * all of that part. */
#include "reply-lines.h"

#include <string.h>

#define TAGLINE_MAX 200
#define CARD_MAX    12 /* lines of a business card */

/* Without addresses, whose dots and slashes are no part of the phrase. */
static size_t
line_without_links(const ReplyLine *line, char *out, size_t size)
{
    size_t n = 0;

    for (size_t i = 0; i < line->length && n + 1 < size; i++) {
        const char *p = line->text + i;
        size_t rest = line->length - i;
        if ((unsigned char)*p >= 0xe2 &&
            reply_character_is_invisible(g_utf8_get_char(p))) {
            i += 2; /* three bytes each */
            continue;
        }
        if (rest > 7 &&
            (strncmp(p, "http://", 7) == 0 || strncmp(p, "https://", 8) == 0)) {
            while (i < line->length && !strchr(" \t>)]", line->text[i]))
                i++;
            while (n > 0 && strchr("<([", out[n - 1]))
                n--;
            if (i < line->length && strchr(" \t", line->text[i]))
                i--;
            continue;
        }
        out[n++] = line->text[i];
    }
    while (n > 0 && strchr(" \t", out[n - 1]))
        n--;
    out[n] = '\0';
    return n;
}

static bool
line_matches(const ReplyLine *line, const LinePattern *pattern, size_t limit)
{
    char text[TAGLINE_MAX + 1];
    size_t n;

    if (line->blank || line->quoted || line->verbatim)
        return false;
    if (line->length <= TAGLINE_MAX) {
        n = line_without_links(line, text, sizeof text);
        if (n > 0)
            return line_pattern_matches(pattern, text, n);
    }
    if (line->length > limit)
        return false;
    return line_pattern_matches(pattern, line->text, line->length);
}

bool
reply_line_is_tagline(const ReplyLine *line)
{
    return line->length <= TAGLINE_MAX &&
           line_matches(line, &reply_rules()->tagline, TAGLINE_MAX);
}

bool
reply_line_names_device(const ReplyLine *line)
{
    return line_matches(line, &reply_rules()->device, TAGLINE_MAX);
}

/* These are paragraphs: a program wrote them into one line. */
bool
reply_line_is_banner(const ReplyLine *line)
{
    return line_matches(line, &reply_rules()->banner, 2000);
}

bool
reply_line_announces(const ReplyLine *line)
{
    return line_matches(line, &reply_rules()->inside, 400);
}

bool
reply_lines_disclaim(ReplyLines *lines, int i)
{
    const ReplyLine *line = &lines->line[i];
    const char *text = line->text;
    size_t length = line->length;

    if (line->blank || line->quoted || line->verbatim || length < 10)
        return false;
    /* Only where a paragraph begins, and with what its next lines say. */
    if (i > 0 && lines->line[i - 1].kind == LINE_AUTHOR &&
        !lines->line[i - 1].blank && !reply_line_is_rule(&lines->line[i - 1]))
        return false;
    for (int k = i + 1; k < i + 4 && k < lines->count; k++) {
        if (lines->line[k].blank || lines->line[k].quoted)
            break;
        length = (size_t)(lines->line[k].text + lines->line[k].length - text);
    }
    length = MIN(length, 1000);
    while (((unsigned char)text[length] & 0xc0) == 0x80)
        length--;
    lines->steps += length;
    return line_pattern_matches(&reply_rules()->disclaimer, text, length);
}

static int
formula_find(const char *text, size_t length)
{
    char key[128];

    if (length >= sizeof key)
        return 0;
    memcpy(key, text, length);
    while (length > 0 && strchr(" ,.!;:-*_", key[length - 1]))
        length--;
    key[length] = '\0';
    return GPOINTER_TO_INT(g_hash_table_lookup(reply_rules()->signoffs, key));
}

/* Pictures at the end of "Cheers 🎉". */
static size_t
text_without_emoji(const char *text, size_t length)
{
    while (length > 0) {
        const char *last = g_utf8_prev_char(text + length);
        gunichar c = g_utf8_get_char(last);
        if (c != ' ' && c < 0x2190)
            break;
        if (c >= 0x3000 && c < 0x1f000)
            break; /* letters */
        length = (size_t)(last - text);
    }
    return length;
}

/* "lg, eva", "best regards john": a formula, then up to three words. */
static int
formula_with_name(const char *text, size_t length)
{
    const char *end = text + length;
    const char *p = end;

    for (int words = 0; words < 3; words++) {
        while (p > text && p[-1] != ' ' && p[-1] != ',')
            p--;
        while (p > text && (p[-1] == ' ' || p[-1] == ','))
            p--;
        if (p == text)
            return 0;
        int kind = formula_find(text, (size_t)(p - text));
        if (kind == REPLY_CLOSE)
            return *p == ',' || memchr(text, ' ', (size_t)(p - text))
                       ? REPLY_CLOSE
                       : REPLY_NAMED;
    }
    return 0;
}

int
reply_line_signoff(const ReplyLine *line)
{
    char text[160];
    size_t n, skip;
    int kind;

    if (line->blank || line->quoted || line->verbatim || line->length > 80)
        return 0;
    n = reply_normalise(line->text, line->length, text, sizeof text);
    skip = strspn(text, "-*_/ ");
    n = text_without_emoji(text + skip, n - skip);
    kind = formula_find(text + skip, n);
    return kind ? kind : formula_with_name(text + skip, n);
}

/* "-Ann", "—Ann Lee", "/Ann": a dash and a name, nothing else. */
static bool
line_is_dashed_name(const ReplyLine *line)
{
    const char *p = line->text, *end = p + line->length;
    int words = 1;
    gunichar c;

    if (line->length > 40 || line->length < 3)
        return false;
    if (g_str_has_prefix(p, "—") || g_str_has_prefix(p, "–"))
        p += 3;
    else if (*p == '-' || *p == '/' || *p == '~')
        p += 1 + (p[1] == *p);
    else
        return false;
    if (p < end && *p == ' ' && (*line->text != '-' || line->text[1] == '-'))
        p++; /* "- Ann" may be an item of a list */
    c = p < end ? g_utf8_get_char(p) : 0;
    if (!g_unichar_isupper(c))
        return false;
    for (; p < end; p = g_utf8_next_char(p)) {
        c = g_utf8_get_char(p);
        if (c == ' ')
            words++;
        else if (!g_unichar_isalpha(c) && c != '.' && c != '-' && c != '\'')
            return false;
    }
    return words <= 4;
}

/* [begin, end) of what the author wrote; all blank or rules? */
static bool
part_is_empty(const ReplyLines *lines, int begin, int end)
{
    for (int i = begin; i < end; i++) {
        const ReplyLine *line = &lines->line[i];
        if (line->kind == LINE_AUTHOR && !line->blank &&
            !reply_line_is_rule(line))
            return false;
    }
    return true;
}

static void
part_mark(ReplyLines *lines, int begin, int end)
{
    for (int i = begin; i < end; i++)
        lines->line[i].kind = LINE_SIGNATURE;
}

bool
reply_line_is_postscript(const ReplyLine *line)
{
    return line->length > 3 &&
           (g_ascii_strncasecmp(line->text, "ps", 2) == 0 ||
            g_ascii_strncasecmp(line->text, "p.s", 3) == 0) &&
           !g_ascii_isalpha(line->text[2]);
}

bool
reply_line_has_contact(const ReplyLine *line)
{
    int digits = 0;

    for (size_t i = 0; i < line->length; i++) {
        if (line->text[i] == '@')
            return true;
        digits += g_ascii_isdigit(line->text[i]) != 0;
    }
    return digits >= 6 || memmem(line->text, line->length, "://", 3) ||
           memmem(line->text, line->length, "www.", 4);
}

/* How many words begin with a capital, or in a script that has none. */
static void
words_count(const ReplyLine *line, int *out_words, int *out_capital)
{
    const char *p = line->text, *end = p + line->length;
    bool inside = false;

    *out_words = *out_capital = 0;
    for (; p < end; p = g_utf8_next_char(p)) {
        gunichar c = g_utf8_get_char(p);
        bool word = g_unichar_isalnum(c);
        if (word && !inside) {
            ++*out_words;
            *out_capital += !g_unichar_islower(c);
        }
        inside = word || c == '\'' || c == 0x2019;
    }
}

/* "Ann Lee", "ann", "A. de Wit, MSc": a name alone. */
static bool
line_is_name(const ReplyLine *line, bool any_case)
{
    int words, capital;

    if (line->length > 60 || line->blank)
        return false;
    words_count(line, &words, &capital);
    if (words == 1)
        return capital == 1 || any_case;
    return words > 0 && words <= 5 && capital >= words - 1 && capital > 0;
}

/* A line of a card: a title, a street, a number. */
static bool
line_is_card(const ReplyLine *line)
{
    int words, capital;

    if (reply_line_is_sentence(line))
        return false;
    if (reply_line_has_contact(line) || memchr(line->text, '|', line->length))
        return true;
    words_count(line, &words, &capital);
    return words <= 3 || capital * 2 >= words;
}

/* Nothing but a name and a card from `begin` on. */
static bool
part_is_card(const ReplyLines *lines, int begin, int end, bool any_case)
{
    int count = 0;

    for (int i = begin; i < end; i++) {
        const ReplyLine *line = &lines->line[i];
        if (line->blank || reply_line_is_rule(line))
            continue;
        if (++count > CARD_MAX || reply_line_is_postscript(line))
            return false;
        if (count == 1
                ? !line_is_name(line, any_case) && !reply_line_has_contact(line)
                : !line_is_card(line))
            return false;
    }
    return true;
}

static int
part_last(const ReplyLines *lines, int begin, int end)
{
    for (int i = end - 1; i >= begin; i--) {
        if (!lines->line[i].blank)
            return i;
    }
    return -1;
}

/* "-Java" below "-Perl" or "I know:" is no name. */
static bool
line_follows_list(const ReplyLines *lines, int begin, int i)
{
    int above = part_last(lines, begin, i);
    const ReplyLine *line;

    if (above < 0)
        return true;
    line = &lines->line[above];
    return line->text[line->length - 1] == ':' || line->text[0] == '-';
}

/* Each word is one of the author's names. */
static bool
line_names_author(const ReplyLines *lines, const ReplyLine *line)
{
    char text[128], author[256];
    g_auto(GStrv) words = NULL;

    if (!lines->author || line->blank || line->length > 60)
        return false;
    reply_normalise(lines->author, strlen(lines->author), author,
                    sizeof author);
    reply_normalise(line->text, line->length, text, sizeof text);
    words = g_strsplit_set(text, " ,.-", -1);
    g_auto(GStrv) names = g_strsplit_set(author, " ,.-\"'()", -1);
    int found = 0;
    for (char **w = words; *w; w++) {
        if (!**w)
            continue;
        if (!g_strv_contains((const char *const *)names, *w))
            return false;
        found++;
    }
    return found > 0;
}

/* How the author's part could end at line `i`; 0. */
static int
line_closing(const ReplyLines *lines, int begin, int i)
{
    const ReplyLine *line = &lines->line[i];
    bool apart = i > begin && lines->line[i - 1].blank;
    int kind = reply_line_signoff(line);
    int words, capital;

    if (kind == 0 && apart && line_names_author(lines, line))
        return REPLY_CLOSE;
    if (kind != REPLY_NAMED)
        return kind;
    words_count(line, &words, &capital);
    return apart && words <= 3 && capital == words &&
                   !reply_line_is_sentence(line)
               ? REPLY_CLOSE
               : 0;
}

/* One step back from the end. Returns: the new end. */
static int
part_shorten(ReplyLines *lines, int begin, int end, bool *out_card)
{
    int last = part_last(lines, begin, end);
    const ReplyLine *line;

    if (last < 0)
        return end;
    line = &lines->line[last];
    if (line->verbatim || part_is_empty(lines, begin, last))
        return end;
    if (reply_line_is_rule(line) || reply_line_is_tagline(line))
        return last;
    if (line_is_dashed_name(line) && last > begin &&
        !line_follows_list(lines, begin, last) &&
        (lines->line[last - 1].blank || *out_card ||
         reply_line_signoff(&lines->line[last - 1])))
        return last;
    for (int i = last, count = 0; i > begin && count <= CARD_MAX; i--) {
        int kind = line_closing(lines, begin, i);
        count += !lines->line[i].blank;
        lines->steps += lines->line[i].length;
        if (kind == 0 || part_is_empty(lines, begin, i) ||
            !part_is_card(lines, i + 1, end, kind == REPLY_CLOSE))
            continue;
        /* "Thanks" alone may be all that somebody has to say. */
        if (kind == REPLY_CLOSE || i < last || *out_card) {
            *out_card = true;
            return i;
        }
    }
    return end;
}

static void
part_sign(ReplyLines *lines, int begin, int end)
{
    bool card = false;

    for (int i = begin; i < end; i++) {
        if (lines->line[i].blank || lines->line[i].length < 10)
            continue;
        lines->steps += lines->line[i].length;
        if (reply_lines_disclaim(lines, i) && !part_is_empty(lines, begin, i)) {
            part_mark(lines, i, end);
            end = i;
        }
    }
    for (int guard = 0; guard < 40; guard++) {
        int shorter = part_shorten(lines, begin, end, &card);
        if (shorter == end)
            break;
        part_mark(lines, shorter, end);
        end = shorter;
    }
}

void
reply_lines_sign(ReplyLines *lines)
{
    for (int i = 0; i < lines->count;) {
        int begin = i;
        while (i < lines->count && lines->line[i].kind == LINE_AUTHOR)
            i++;
        if (i > begin)
            part_sign(lines, begin, i);
        else
            i++;
    }
}
