/* SPDX-License-Identifier: Apache-2.0 */
/* reply_text.c - whose words are these? The walk over a reply's lines
 *
 *     author --attribution, next line has '>'--> quoted lines --> author
 *     author --attribution or header, no '>'---> older mail, to the end
 *     author --"-- "--> signature, until a quote begins
 *
 * When nothing has been written yet, an attribution or a header is dropped
 * alone: the author's words can only be below it. */
#include "reply-text.h"

#include "html-text.h"
#include "reply-lines.h"

#include <string.h>

/* Each is followed by a look at some lines: a mail of nothing else is cut
   short. */
#define DELIMITERS_MAX 50

static _Thread_local size_t last_steps;

size_t
reply_text_steps(void)
{
    return last_steps;
}

typedef struct {
    ReplyLines *lines;
    int at;
    bool written;   /* the author has said something */
    bool context;   /* something older was met */
    bool separated; /* a rule or separator stands just above */
    bool signature; /* below "-- " */
    int delimiters; /* looked behind so far */
} Reading;

static void
mark(Reading *r, int n, ReplyKind kind)
{
    for (int i = 0; i < n && r->at < r->lines->count; i++)
        r->lines->line[r->at++].kind = kind;
}

/* Rules and blank lines just above a head belong to it. */
static void
mark_above(Reading *r)
{
    for (int i = r->at - 1; i >= 0; i--) {
        ReplyLine *line = &r->lines->line[i];
        if (line->kind != LINE_AUTHOR || !reply_line_is_rule(line))
            break;
        line->kind = LINE_CONTEXT;
    }
}

/* The author may greet before the first answer: a quote that begins after a
 * few lines, with no other head before it, is still the announced one. */
static bool
quote_is_near(Reading *r, int i)
{
    ReplyLines *lines = r->lines;

    for (int count = 0; count < 4; count++, i++) {
        i = reply_lines_next(lines, i);
        if (i >= lines->count)
            return false;
        if (lines->line[i].quoted)
            return true;
        if (reply_attribution_lines(lines, i) ||
            reply_header_lines(lines, i, false) ||
            reply_separator_role(lines, i))
            return false;
    }
    return false;
}

/* From here to the end it is older, and nothing marks it. */
static void
mark_tail(Reading *r)
{
    if (r->lines->tail == 0)
        r->lines->tail = MAX(r->at, 1);
    if (r->lines->older == 0)
        r->lines->older = r->lines->tail;
    mark(r, r->lines->count, LINE_QUOTED);
}

/* Below a header: '>' further down would be an answer. */
static bool
quote_is_next(const Reading *r, int i)
{
    i = reply_lines_next(r->lines, i);
    return i < r->lines->count && r->lines->line[i].quoted;
}

/* An attribution or header of `n` lines stands here. What follows is either
 * quoted with '>', and then more may come, or the rest is older. */
static void
read_older(Reading *r, int n, bool header)
{
    bool quote =
        header ? quote_is_next(r, r->at + n) : quote_is_near(r, r->at + n);

    mark_above(r);
    r->signature = false;
    r->context = true;
    mark(r, n, LINE_CONTEXT);
    if (r->lines->older == 0)
        r->lines->older = r->at;
    if (!quote && r->written)
        mark_tail(r);
}

/* "<" or "," alone, left over where a program broke a quoted address. */
static bool
line_is_crumb(const ReplyLines *lines, int i)
{
    const ReplyLine *line = &lines->line[i];

    if (line->length > 4 || !lines->line[i].length)
        return false;
    for (size_t k = 0; k < line->length; k++) {
        if (!strchr("<>,;()[] ", line->text[k]))
            return false;
    }
    while (i > 0 && lines->line[i - 1].blank)
        i--;
    return i > 0 && lines->line[i - 1].kind == LINE_QUOTED;
}

/* "> a long line that a program broke" without '>' before its second half:
   the first word would not have fitted above. */
static bool
line_is_torn(const ReplyLines *lines, int i)
{
    const ReplyLine *line = &lines->line[i];
    const char *space;
    size_t word;

    if (i == 0 || i + 1 >= lines->count || !lines->line[i - 1].quoted ||
        !lines->line[i + 1].quoted || line->length > 60 || line->labels ||
        !g_unichar_islower(g_utf8_get_char(line->text)))
        return false;
    space = memchr(line->text, ' ', line->length);
    word = space ? (size_t)(space - line->text) : line->length;
    return lines->line[i - 1].length + 1 + word >= 72;
}

typedef enum {
    DELIMITER_NONE,
    DELIMITER_RULE, /* "-----": anything may follow */
    DELIMITER_DASH, /* a dash alone */
    DELIMITER_SURE, /* "-- ", RFC 3676 section 4.3 */
} Delimiter;

static Delimiter
line_delimiter(const ReplyLine *line)
{
    static const char *const dashes[] = {"--", "—",  "–", "—-",
                                         "-—", "__", "——"};
    const char *t = line->text;
    size_t n = line->length;

    if (n == 2 && strncmp(t, "-- ", 3) == 0)
        return DELIMITER_SURE;
    while (n > 0 && (*t == ' ' || *t == '\t')) {
        t++;
        n--;
    }
    for (size_t i = 0; i < G_N_ELEMENTS(dashes); i++) {
        if (n == strlen(dashes[i]) && memcmp(t, dashes[i], n) == 0)
            return DELIMITER_DASH;
    }
    return n >= 3 && reply_line_is_rule(line) ? DELIMITER_RULE : DELIMITER_NONE;
}

/* Is what follows line `i`, up to the next quote, a signature? */
static bool
delimiter_holds(Reading *r, int i, Delimiter d)
{
    ReplyLines *lines = r->lines;
    int count = 0, sentences = 0, contacts = 0;

    if (++r->delimiters > DELIMITERS_MAX)
        return false;
    for (int k = i + 1; k < lines->count && k < i + 64; k++) {
        const ReplyLine *line = &lines->line[k];
        if (line->quoted)
            break;
        if (line->blank)
            continue;
        if (count == 0 && reply_line_is_postscript(line))
            return false;
        if (reply_lines_disclaim(lines, k) || reply_line_is_tagline(line))
            return true;
        count++;
        sentences += reply_line_is_sentence(line);
        contacts += reply_line_has_contact(line);
        lines->steps += line->length;
        if (count > 24)
            break;
    }
    if (count == 0 || d == DELIMITER_SURE)
        return true;
    if (d == DELIMITER_DASH)
        return count <= 24 && sentences <= (contacts > 0 ? 3 : 1);
    return count <= 12 && sentences == 0 && contacts > 0;
}

/* A list's own footer: the rule, the name of the list, its address. */
static bool
footer_follows(const ReplyLines *lines, int i)
{
    for (int k = i + 1; k < i + 4 && k < lines->count; k++) {
        if (memmem(lines->line[k].text, lines->line[k].length, "mailing list",
                   12))
            return true;
    }
    return false;
}

static bool
read_delimiter(Reading *r)
{
    const ReplyLine *line = &r->lines->line[r->at];
    Delimiter d = line_delimiter(line);

    if (d == DELIMITER_NONE || line->verbatim || r->signature)
        return false;
    r->separated = true;
    if (!r->written && !r->context)
        return false;
    if (!footer_follows(r->lines, r->at) && !delimiter_holds(r, r->at, d))
        return false;
    /* A table's rule stands right between its lines. */
    if (d == DELIMITER_RULE && r->at > 0 && !r->lines->line[r->at - 1].blank &&
        r->at + 1 < r->lines->count && !r->lines->line[r->at + 1].blank &&
        !footer_follows(r->lines, r->at) &&
        r->lines->line[r->at - 1].kind == LINE_AUTHOR)
        return false;
    r->signature = true;
    mark(r, 1, LINE_SIGNATURE);
    return true;
}

/* "Sent from my phone" stands between the reply and what it answers: text
 * right behind it is the older mail, unless it says otherwise. */
static bool
read_tagline(Reading *r)
{
    ReplyLines *lines = r->lines;
    const ReplyLine *line = &lines->line[r->at];
    bool apart = r->at == 0 || lines->line[r->at - 1].blank ||
                 lines->line[r->at - 1].kind == LINE_SIGNATURE;
    bool sure, below;
    int next;

    if (!apart || !reply_line_is_tagline(line))
        return false;
    sure = reply_line_names_device(line);
    next = reply_lines_next(lines, r->at + 1);
    below = r->at > 0 && lines->line[r->at - 1].kind == LINE_SIGNATURE;
    if (!sure && !below && next < lines->count && !lines->line[next].quoted)
        return false; /* the end of the part decides */
    mark(r, 1, LINE_SIGNATURE);
    if (!sure || !r->written || next == r->at || next >= lines->count ||
        lines->line[next].quoted || reply_line_is_tagline(&lines->line[next]) ||
        reply_line_is_rule(&lines->line[next]) ||
        reply_lines_disclaim(lines, next) ||
        reply_line_is_postscript(&lines->line[next]) ||
        reply_attribution_lines(lines, next) ||
        reply_separator_role(lines, next) ||
        reply_header_lines(lines, next, true))
        return true;
    mark_tail(r);
    return true;
}

/* "Original Message" on top and no '>' below it: nothing was written, and
 * what follows is what was answered to. */
static bool
original_is_all(const Reading *r)
{
    for (int i = r->at; i < r->lines->count; i++) {
        if (r->lines->line[i].quoted)
            return false;
    }
    return !r->written;
}

static bool
read_separator(Reading *r)
{
    int role = reply_separator_role(r->lines, r->at);
    int n, next;
    bool header;

    if (role == 0)
        return false;
    if ((role & REPLY_ORIGINAL) && !r->context && original_is_all(r)) {
        mark_tail(r);
        return true;
    }
    if (r->lines->older == 0)
        r->lines->forwarded = (role & REPLY_FORWARDED) != 0;
    next = reply_lines_next(r->lines, r->at + 1);
    n = next < r->lines->count ? reply_header_lines(r->lines, next, true) : 0;
    header = n > 0;
    if (n == 0 && next < r->lines->count)
        n = reply_attribution_lines(r->lines, next); /* Proton has both */
    read_older(r, n > 0 ? next + n - r->at : 1, header);
    return true;
}

static bool
read_head(Reading *r)
{
    int n = reply_attribution_lines(r->lines, r->at);
    bool header = n == 0;

    if (header)
        n = reply_header_lines(r->lines, r->at, r->separated);
    if (n == 0)
        return read_separator(r);
    read_older(r, n, header);
    return true;
}

/* '|' quotes only where an attribution announced a quote. */
static bool
line_is_barred(const Reading *r)
{
    const ReplyLine *line = &r->lines->line[r->at];

    if (line->length == 0 || line->text[0] != '|' || r->at == 0)
        return false;
    for (int i = r->at - 1; i >= 0 && i > r->at - 4; i--) {
        const ReplyLine *above = &r->lines->line[i];
        if (!above->blank)
            return above->kind == LINE_CONTEXT ||
                   (above->kind == LINE_QUOTED && above->text[0] == '|');
    }
    return false;
}

static void
read_line(Reading *r)
{
    ReplyLine *line = &r->lines->line[r->at];
    bool separated;

    if (line->blank) {
        r->at++;
        return;
    }
    if (line->quoted && read_head(r))
        return; /* GroupWise */
    if (!line->verbatim &&
        (line->quoted || line_is_torn(r->lines, r->at) ||
         line_is_crumb(r->lines, r->at) || line_is_barred(r))) {
        r->signature = false;
        r->context = true;
        if (r->lines->older == 0)
            r->lines->older = MAX(r->at, 1);
        mark(r, 1, LINE_QUOTED);
        return;
    }
    if (read_head(r) || read_delimiter(r))
        return;
    separated = r->separated && reply_line_is_rule(line);
    r->separated = separated;
    if (r->signature) {
        mark(r, 1, LINE_SIGNATURE);
    } else if (!r->written && reply_line_is_banner(line)) {
        mark(r, 1, LINE_BANNER);
    } else if (!read_tagline(r)) {
        r->written |= !reply_line_is_rule(line);
        r->at++;
    }
}

static void
append_line(GString *out, const ReplyLine *line, bool *blank)
{
    if (line->blank) {
        *blank = out->len > 0;
        return;
    }
    if (out->len > 0)
        g_string_append(out, *blank ? "\n\n" : "\n");
    g_string_append_len(out, line->text, (gssize)line->length);
    *blank = false;
}

/* What the author wrote in the first `end` lines. */
static char *
lines_join(const ReplyLines *lines, int end)
{
    GString *out = g_string_new(NULL);
    bool blank = false;

    for (int i = 0; i < end; i++) {
        const ReplyLine *line = &lines->line[i];
        if (line->kind == LINE_AUTHOR)
            append_line(out, line, &blank);
        else
            blank = out->len > 0;
    }
    return g_string_free(out, FALSE);
}

/* "\n" for every line end, valid UTF-8, no longer than the limit. */
static char *
text_clean(const char *text, size_t length)
{
    char *clean, *to;

    if (length > REPLY_TEXT_MAX_BYTES) {
        length = REPLY_TEXT_MAX_BYTES;
        while (length > 0 && ((unsigned char)text[length] & 0xc0) == 0x80)
            length--;
    }
    clean = g_utf8_make_valid(length > 0 ? text : "", (gssize)length);
    to = clean;
    for (const char *from = clean; *from; from++) {
        if (*from != '\r')
            *to++ = *from;
        else if (from[1] != '\n')
            *to++ = '\n';
    }
    *to = '\0';
    return clean;
}

char *
reply_text_extract(const char *text, size_t length)
{
    const ReplySource source = {.text = text, .length = length};
    ReplyReading ignored;

    return reply_text_read(&source, &ignored);
}

char *
reply_text_read(const ReplySource *source, ReplyReading *out)
{
    g_autofree char *clean = text_clean(source->text, source->length);
    g_autoptr(ReplyLines) lines = reply_lines_new(clean, strlen(clean));
    Reading r = {.lines = lines};
    g_autofree char *sure = NULL;
    char *all;

    lines->author = source->author;
    while (r.at < lines->count)
        read_line(&r);
    *out = (ReplyReading){.older = lines->older > 0};
    out->inside = reply_lines_inside(lines, source);
    reply_lines_sign(lines);
    last_steps = lines->steps;
    all = lines_join(lines, lines->count);
    if (out->inside < 0)
        sure = lines_join(lines, lines->older);
    out->sure = strlen(sure ? sure : all);
    return all;
}

/* Only HTML has colours: do they tell what the plain part leaves open? */
static void
read_colours(const InboundMail *mail, const ReplySource *plain, char **reply,
             ReplyReading *out)
{
    ReplySource source = *plain;
    ReplyReading reading;
    char *coloured;

    source.text = mail->html;
    source.length = strlen(mail->html);
    coloured = html_reply_read(&source, &reading);
    if (*reply && **reply && reading.inside <= 0) {
        g_free(coloured);
        return;
    }
    g_free(*reply);
    *reply = coloured;
    *out = reading;
}

char *
reply_text_of_mail(const InboundMail *mail, const char *sent, ReplyReading *out)
{
    ReplySource source = {.author = mail->from_name, .sent = sent};
    char *reply = NULL;

    *out = (ReplyReading){0};
    source.text = mail->text ? mail->text : "";
    source.length = strlen(source.text);
    if (source.length > 0 && !mail->text_is_html)
        reply = reply_text_read(&source, out);
    if (mail->html && (!reply || !*reply ||
                       (out->older && out->inside <= 0 && !sent &&
                        strstr(mail->html, "color"))))
        read_colours(mail, &source, &reply, out);
    if (!reply && mail->text)
        reply = reply_text_read(&source, out);
    return reply ? reply : g_strdup("");
}
