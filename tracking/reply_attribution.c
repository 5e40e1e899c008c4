/* SPDX-License-Identifier: Apache-2.0 */
/* reply_attribution.c - "On Tuesday Ann wrote:" in any language
 *
 * What such lines share is their shape: a date or an address, mostly both, a
 * verb that is last or stands before the name, and a colon. No language's
 * word order is asked for, so that a client's next variation is no surprise. */
#include "reply-lines.h"

#include <string.h>

#define SPAN_MAX 5
#define TEXT_MAX 1300
/* No mail has so many; one that tries is kept as it is from there on. */
#define JOINS_MAX 3000

typedef struct {
    char text[TEXT_MAX];
    size_t length;
    bool colon;   /* at the end, not part of `text` */
    bool address; /* <ann@example.org> or [mailto:...] */
    bool mention; /* an @ anywhere */
    bool at_end;  /* the address closes the line */
    bool date;    /* a year or 3/3/2020 */
    bool time;    /* 9:15 */
    bool digit;   /* near the beginning */
    bool opener;  /* begins with "On" */
    size_t date_at;
    bool verb, verb_last;
} Attribution;

static void
text_trim(Attribution *a)
{
    size_t skip = strspn(a->text, "-*_~=>| ");

    memmove(a->text, a->text + skip, a->length - skip + 1);
    a->length -= skip;
    while (a->length > 0 && strchr("-*_~=| ", a->text[a->length - 1]))
        a->length--;
    if (a->length > 0 && a->text[a->length - 1] == ':') {
        a->colon = true;
        a->length--;
        while (a->length > 0 && strchr(" *_", a->text[a->length - 1]))
            a->length--;
    }
    a->text[a->length] = '\0';
}

static void
entities_replace(Attribution *a, const char *entity, char c)
{
    size_t n = strlen(entity);
    char *p = a->text;

    while ((p = strstr(p, entity)) != NULL) {
        *p++ = c;
        memmove(p, p + n - 1, strlen(p + n - 1) + 1);
    }
    a->length = strlen(a->text);
}

/* Digits in groups: a year, a date of three groups, a time. */
static void
digits_read(Attribution *a)
{
    const char *t = a->text;

    for (size_t i = 0; i < a->length;) {
        size_t begin = i;
        if (!g_ascii_isdigit(t[i])) {
            i++;
            continue;
        }
        while (i < a->length && g_ascii_isdigit(t[i]))
            i++;
        /* "45k" and "90%" are no days. */
        a->digit |= begin < 40 && t[i] != 'k' && t[i] != '%';
        size_t n = i - begin;
        bool year = n == 4 && (strncmp(t + begin, "19", 2) == 0 ||
                               strncmp(t + begin, "20", 2) == 0);
        bool small = n <= 2;
        if (small && (t[i] == ':' || t[i] == '.' || t[i] == 'h') &&
            g_ascii_isdigit(t[i + 1]) && g_ascii_isdigit(t[i + 2]) &&
            !g_ascii_isdigit(t[i + 3]))
            a->time = true;
        if (small && t[i] && strchr("./-", t[i]) && g_ascii_isdigit(t[i + 1])) {
            size_t j = i + 1;
            while (g_ascii_isdigit(t[j]))
                j++;
            if (j - i <= 3 && t[j] == t[i] && g_ascii_isdigit(t[j + 1]))
                year = true;
        }
        /* Inside an address or a word it is no date. */
        if (begin > 0 &&
            (g_ascii_isalpha(t[begin - 1]) || strchr("@+=/?&", t[begin - 1])))
            year = false;
        if (year && !a->date) {
            a->date = true;
            a->date_at = begin;
        }
    }
}

static void
address_read(Attribution *a)
{
    const char *at = strchr(a->text, '@');
    const char *close, *p = at;

    a->mention = at != NULL;
    /* "ann@example.org wrote:", as old telephones have it. */
    if (at && !memchr(a->text, ' ', (size_t)(at - a->text)) &&
        !strchr("<([", a->text[0]))
        a->address = true;
    for (int i = 0; at && i < 4 && !a->address; i++) {
        p = at;
        while (p > a->text && !strchr("<([ ", p[-1]))
            p--;
        if (p > a->text && p[-1] == ' ' && p - 1 > a->text &&
            strchr("<([", p[-2]))
            p--;
        if (p > a->text && strchr("<([", p[-1])) {
            close = strpbrk(at, ">)]");
            a->address = true;
            a->at_end = !close || strlen(close) < 48;
        }
        at = strchr(at + 1, '@');
    }
}

static bool
letter_at(const char *text, const char *p)
{
    gunichar c;

    if (p < text || *p == '\0')
        return false;
    c = g_utf8_get_char(p);
    /* Scripts that write no spaces have no word ends to look for. */
    return g_unichar_isalpha(c) && c < 0x0e00;
}

static void
verbs_find(Attribution *a, const char *verb)
{
    size_t n = strlen(verb);
    const char *p = a->text;

    for (int i = 0; i < 4 && (p = strstr(p, verb)) != NULL; i++, p += n) {
        const char *before = p > a->text ? g_utf8_prev_char(p) : NULL;
        bool open = before && letter_at(a->text, before) && *before != '>';
        /* "...10:15Ann Lee <a@b>wrote": the start may be glued, not the end */
        if (letter_at(a->text, p + n) || open)
            continue;
        a->verb = true;
        if (p + n >= a->text + a->length - MIN(a->length, 1))
            a->verb_last = true;
    }
}

static void
opener_read(Attribution *a, const ReplyRules *rules)
{
    char word[64];
    const char *p = a->text;

    for (int i = 0; i < 4 && *p; i++) {
        p += strcspn(p, " ");
        size_t n = (size_t)(p - a->text);
        if (n >= sizeof word)
            return;
        memcpy(word, a->text, n);
        while (n > 0 && strchr(":,", word[n - 1]))
            n--;
        word[n] = '\0';
        if (g_hash_table_lookup(rules->openers, word)) {
            a->opener = true;
            return;
        }
        p += *p == ' ';
    }
    /* Chinese puts no space behind its "on". */
    if ((unsigned char)a->text[0] >= 0xe0) {
        size_t n = (size_t)(g_utf8_next_char(a->text) - a->text);
        memcpy(word, a->text, n);
        word[n] = '\0';
        a->opener = g_hash_table_lookup(rules->openers, word) != NULL;
    }
}

static void
attribution_read(Attribution *a)
{
    const ReplyRules *rules = reply_rules();

    entities_replace(a, "&lt;", '<');
    entities_replace(a, "&gt;", '>');
    text_trim(a);
    digits_read(a);
    address_read(a);
    opener_read(a, rules);
    for (guint i = 0; i < rules->verbs->len; i++)
        verbs_find(a, g_ptr_array_index(rules->verbs, i));
}

/* It begins like one: "On 3 ...", "2020-03-03 ...", "Tue, Mar 3, 2020". */
static bool
attribution_is_strong(const Attribution *a)
{
    return (a->opener && a->digit) || (a->date && a->date_at < 32) ||
           (a->time && g_ascii_isdigit(a->text[0]));
}

/* "I wrote to you on 3/3/2020 at 9:15:" announces the author's own words. */
static bool
text_is_first_person(const char *text)
{
    return g_str_has_prefix(text, "i ") || g_str_has_prefix(text, "as ") ||
           g_str_has_prefix(text, "we ") || g_str_has_prefix(text, "ich ") ||
           g_str_has_prefix(text, "wie ") || g_str_has_prefix(text, "je ");
}

static bool
attribution_is_whole(const Attribution *a, bool quote_follows)
{
    bool strong = attribution_is_strong(a);
    bool gmt = strstr(a->text, "gmt+") || strstr(a->text, "gmt-");

    if (a->length < 5 || (!quote_follows && text_is_first_person(a->text)))
        return false;
    if (a->verb_last && a->colon)
        return a->date || a->address || (a->opener && a->digit) ||
               (quote_follows && a->length <= 80);
    if (a->verb_last && a->mention && (a->date || a->time))
        return true;
    if (a->verb && a->colon && a->date && a->time && a->length < 160)
        return true;
    if (a->verb && a->colon)
        return (a->address && (a->date || a->time || strong || a->at_end)) ||
               (strong && (a->date || a->time));
    if (a->colon && a->address && a->at_end &&
        (a->date || a->time || a->opener))
        return true;
    if (a->colon && a->date && a->time && quote_follows && a->length < 120)
        return true;
    if (a->colon && a->mention && strong && a->date && a->time)
        return true;
    if (strong && a->date && a->address && a->at_end &&
        g_ascii_isdigit(a->text[0]))
        return true;
    if (a->opener && a->date && a->time &&
        ((a->address && a->at_end) ||
         (a->verb && quote_follows && a->length < 120)))
        return true;
    return a->date && a->date_at == 0 && a->time && gmt && a->length < 120;
}

/* ">>> Ann Lee <ann@example.org> 3/3/2020 9:15 AM >>>": GroupWise begins the
   older mail with it, and quotes nothing. */
static bool
line_is_groupwise(ReplyLines *lines, int i)
{
    const ReplyLine *line = &lines->line[i];
    int next = reply_lines_next(lines, i + 1);
    Attribution a = {0};

    if (line->length < 16 || line->length > REPLY_LINE_MAX ||
        strncmp(line->text, ">>> ", 4) != 0 ||
        (next < lines->count && lines->line[next].quoted) ||
        (i > 0 && lines->line[i - 1].quoted))
        return false;
    a.length =
        reply_normalise(line->text + 4, line->length - 4, a.text, TEXT_MAX);
    lines->steps += line->length;
    attribution_read(&a);
    return (a.date || a.address) && a.time;
}

/* Join lines [i, i + n); blank ones count but add nothing. */
static bool
attribution_join(ReplyLines *lines, int i, int n, Attribution *out)
{
    if (lines->joins++ > JOINS_MAX)
        return false;
    *out = (Attribution){0};
    for (int k = i; k < i + n; k++) {
        const ReplyLine *line = &lines->line[k];
        if (line->length > REPLY_LINE_MAX ||
            out->length + line->length + 8 > TEXT_MAX)
            return false;
        if (line->blank)
            continue;
        /* A soft line break that nobody decoded. */
        if (out->length > 0 && out->text[out->length - 1] == '=')
            out->length--;
        else if (out->length > 0)
            out->text[out->length++] = ' ';
        out->length +=
            reply_normalise(line->text, line->length, out->text + out->length,
                            TEXT_MAX - out->length);
        lines->steps += line->length;
    }
    out->text[out->length] = '\0';
    attribution_read(out);
    return true;
}

/* A name whose address was wrapped into the next line. */
static bool
line_precedes_address(const ReplyLines *lines, int i)
{
    const ReplyLine *next = &lines->line[i + 1];

    return i + 1 < lines->count && lines->line[i].length < 60 &&
           next->length > 2 && next->text[0] == '<' &&
           memchr(next->text, '@', next->length);
}

/* Cheap tests first: most lines are the author's prose. */
static bool
line_may_begin(const ReplyLines *lines, int i)
{
    const ReplyLine *line = &lines->line[i];

    if (line->blank || line->quoted || line->verbatim ||
        line->length > REPLY_LINE_MAX)
        return false;
    for (size_t k = 0; k < line->length; k++) {
        unsigned char c = (unsigned char)line->text[k];
        if (g_ascii_isdigit((char)c) || c == '@' || c == '<' || c == ':' ||
            c >= 0xd8)
            return true;
    }
    return line_precedes_address(lines, i);
}

/* Below the line, or one blank line below. */
static bool
quote_is_near(const ReplyLines *lines, int i)
{
    for (int k = i + 1; k < lines->count && k < i + 3; k++) {
        if (lines->line[k].quoted)
            return true;
        if (!lines->line[k].blank)
            return false;
    }
    return false;
}

static bool
line_may_end(const ReplyLines *lines, int i)
{
    const ReplyLine *line = &lines->line[i];
    const char *t = line->text;
    char last = line->length > 0 ? t[line->length - 1] : '\0';

    if (line->blank || line->quoted || line->verbatim ||
        line->length > REPLY_LINE_MAX)
        return false;
    if (strchr(":>-*_)", last) ||
        (line->length > 3 && memcmp(t + line->length - 3, "：", 3) == 0))
        return true;
    return memchr(t, '@', line->length) ||
           memmem(t, line->length, "GMT", 3) != NULL || quote_is_near(lines, i);
}

/* ">: " or "> wrote:", the end of an address that was wrapped before it. */
static bool
line_closes_address(const ReplyLine *line, const ReplyLine *above)
{
    return line->quoted && line->length < 40 && line->text[0] == '>' &&
           line->text[line->length - 1] == ':' && !above->blank &&
           (memchr(above->text, '<', above->length) ||
            memchr(above->text, '@', above->length)) &&
           (above->text[above->length - 1] != '>' || line->length < 20);
}

/* Blank lines inside are only believed before "<" of a wrapped address. */
static bool
span_may_grow(const ReplyLines *lines, int i, int next, bool strong)
{
    const ReplyLine *line = &lines->line[next];

    if (line_closes_address(line, &lines->line[next - 1]))
        return true;
    if (line->quoted || line->verbatim || line->length > REPLY_LINE_MAX)
        return false;
    if (next - i < 3 && !line->blank)
        return true;
    if (!strong)
        return false;
    return line->blank
               ? next + 1 < lines->count && lines->line[next + 1].length > 0 &&
                     lines->line[next + 1].text[0] == '<'
               : lines->line[next - 1].length < 80;
}

/* Does a later line of the span begin an attribution of its own? Below a name
   with its address only one with an address does. */
static bool
span_has_later(ReplyLines *lines, int i, int n, bool strong, bool name)
{
    Attribution a;

    for (int k = i + 1; k < i + n; k++) {
        if (lines->line[k].blank || lines->line[k].text[0] == '<')
            continue;
        if (!attribution_join(lines, k, i + n - k, &a))
            return true;
        if (attribution_is_whole(&a, false) &&
            ((!strong && !name) ||
             (a.opener && a.digit && a.date && (!name || a.mention))))
            return true;
    }
    return false;
}

static bool
span_may_end(const ReplyLines *lines, int i)
{
    for (int k = i; k < i + SPAN_MAX && k < lines->count; k++) {
        const ReplyLine *line = &lines->line[k];
        if (line_may_end(lines, k) ||
            (k > i && line_closes_address(line, line - 1)))
            return true;
    }
    return false;
}

/* Is [i, i + n) a whole attribution? `a` has been read from it. */
static bool
span_is_whole(ReplyLines *lines, int i, int n, const Attribution *a,
              bool strong, bool name)
{
    int next = reply_lines_next(lines, i + n);
    bool quote = next < lines->count && lines->line[next].quoted;

    return attribution_is_whole(a, quote) &&
           (n == 1 || !span_has_later(lines, i, n, strong, name));
}

/* Can line i + n - 1 be the last one? */
static bool
span_ends(const ReplyLines *lines, int i, int n, const Attribution *first)
{
    const ReplyLine *end = &lines->line[i + n - 1];

    return line_may_end(lines, i + n - 1) ||
           (n > 1 && line_closes_address(end, end - 1)) ||
           (n == 1 && first->verb_last && first->mention);
}

int
reply_attribution_lines(ReplyLines *lines, int i)
{
    Attribution first, a;
    int found = 0;
    bool strong, name;

    if (lines->line[i].quoted)
        return line_is_groupwise(lines, i);
    if (!line_may_begin(lines, i) || !span_may_end(lines, i) ||
        !attribution_join(lines, i, 1, &first))
        return 0;
    strong = attribution_is_strong(&first);
    /* "Ann Lee <ann@example.org>", and the verb below. */
    name = (first.address && first.at_end && !first.colon) ||
           line_precedes_address(lines, i);
    a = first;
    for (int n = 1; n <= SPAN_MAX && i + n <= lines->count; n++) {
        if (found > 0 && n > found + 1)
            break;
        if (n > 1 && (!span_may_grow(lines, i, i + n - 1, strong) ||
                      (!strong && !name && !first.mention && !first.verb)))
            break;
        if (!span_ends(lines, i, n, &first))
            continue;
        if (n > 1 && !attribution_join(lines, i, n, &a))
            break;
        if (!span_is_whole(lines, i, n, &a, strong, name))
            continue;
        if (a.colon || a.verb_last)
            return n;
        /* Without its colon it may go on: "... Ann Lee <" "ann@x>:". */
        if (found > 0)
            break;
        found = n;
    }
    return found;
}
