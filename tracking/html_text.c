/* SPDX-License-Identifier: Apache-2.0 */
/* html_text.c - HTML mail to plain text in one pass
 *
 * The only memory is a stack of open elements with a fixed height. What does
 * not fit is counted per tag, so that its end tag closes nothing else. */
#include "html-text.h"

#include "html-tags.h"
#include "reply-text.h"

#include <glib.h>
#include <stdbool.h>
#include <string.h>

#define DEPTH_MAX       256
#define QUOTE_MAX       8
#define HREF_MAX        500
#define ORIGINAL_MARKER "-----Original Message-----"
#define RULE            "________________________________"

typedef enum {
    STATE_HIDDEN = 1 << 0,
    STATE_PRE = 1 << 1,
} State;

typedef struct {
    int tag;
    unsigned state; /* its own and its parents' */
    int quote;      /* how deep quoted */
    int gap;        /* line ends before and after */
    int items;      /* of an ordered list, so far */
    int colour;     /* of its text; followed for replies only */
} Element;

typedef struct {
    const char *at, *end;
    GString *out;
    Element stack[DEPTH_MAX];
    int depth;
    unsigned overflow[HTML_TAG_MAX];
    bool reply;           /* follow the marks of mail programs */
    bool drop_signatures; /* and drop what they mark as signature */
    int newlines;         /* owed before the next character */
    bool space;           /* likewise */
    bool line_empty;
    int line_quote; /* depth of the line being written */
    char bullet[16];
    GArray *paint;  /* ReplyPaint of `out` */
    HtmlSpan href;  /* of the open link */
    size_t href_at; /* where its words begin in `out` */
    bool unclosed[2], no_comment_end;
    bool no_raw_end[HTML_TAG_MAX];
    size_t steps;
} Walk;

static _Thread_local size_t last_steps;

size_t
html_text_steps(void)
{
    return last_steps;
}

static Element *
walk_top(Walk *w)
{
    return &w->stack[w->depth];
}

/* --- writing ------------------------------------------------------------ */

static void
out_trim(GString *out)
{
    while (out->len > 0 &&
           (out->str[out->len - 1] == ' ' || out->str[out->len - 1] == '\t'))
        g_string_truncate(out, out->len - 1);
}

static void
out_break(Walk *w, int lines)
{
    w->newlines = MAX(w->newlines, lines);
    w->space = false;
}

/* Pay what is owed before a character is written. */
static void
out_begin(Walk *w)
{
    int quote = walk_top(w)->quote;

    if (w->out->len == 0)
        w->newlines = 0;
    else if (quote != w->line_quote)
        out_break(w, 1);
    if (w->newlines > 0) {
        int between = MIN(quote, w->line_quote);
        out_trim(w->out);
        for (int i = 0; i < MIN(w->newlines, 2); i++) {
            if (i > 0)
                for (int q = 0; q < between; q++)
                    g_string_append(w->out, q ? " >" : ">");
            g_string_append_c(w->out, '\n');
        }
    }
    if (w->newlines > 0 || w->out->len == 0) {
        for (int q = 0; q < quote; q++)
            g_string_append(w->out, "> ");
        w->line_quote = quote;
        w->line_empty = true;
        w->newlines = 0;
        w->space = false;
    }
    if (w->bullet[0]) {
        g_string_append(w->out, w->bullet);
        w->bullet[0] = '\0';
        w->space = false;
    }
    if (w->space && !w->line_empty)
        g_string_append_c(w->out, ' ');
    w->space = false;
    w->line_empty = false;
}

/* What was just written, from `begin` on, has the colour of the element. */
static void
out_paint(Walk *w, size_t begin)
{
    int colour = walk_top(w)->colour;
    ReplyPaint *last = w->paint->len > 0 ? &g_array_index(w->paint, ReplyPaint,
                                                          w->paint->len - 1)
                                         : NULL;

    if (last && last->colour == colour && last->end + 8 >= begin) {
        last->end = w->out->len;
    } else if (colour != REPLY_PAINT_PLAIN) {
        const ReplyPaint paint = {begin, w->out->len, colour};
        g_array_append_val(w->paint, paint);
    }
}

static void
out_bytes(Walk *w, const char *bytes, size_t length)
{
    size_t begin;

    if (walk_top(w)->state & STATE_HIDDEN)
        return;
    out_begin(w);
    begin = w->out->len;
    g_string_append_len(w->out, bytes, (gssize)length);
    if (w->paint)
        out_paint(w, begin);
}

static void
out_line(Walk *w, const char *line)
{
    out_break(w, 1);
    out_bytes(w, line, strlen(line));
    out_break(w, 1);
}

static void
out_character(Walk *w, gunichar c)
{
    char utf8[6];

    if (c == 0xa0 || c == 0x2007 || c == 0x202f)
        c = ' '; /* written, not collapsed */
    if (c == 0xad || c == 0xfeff)
        return;
    out_bytes(w, utf8, (size_t)g_unichar_to_utf8(c, utf8));
}

/* White space as the browser sees it. */
static void
out_blank(Walk *w, char c)
{
    if (!(walk_top(w)->state & STATE_PRE)) {
        w->space = true;
        return;
    }
    if (walk_top(w)->state & STATE_HIDDEN)
        return;
    if (c == '\n')
        w->newlines++;
    else if (c != '\r')
        out_bytes(w, &c, 1);
}

/* --- entities ----------------------------------------------------------- */

/* Numbers 128 to 159 mean what Windows means by these bytes. */
static gunichar
number_character(uint32_t n)
{
    static const uint16_t windows[32] = {
        0x20ac, 0x81,   0x201a, 0x192,  0x201e, 0x2026, 0x2020, 0x2021,
        0x2c6,  0x2030, 0x160,  0x2039, 0x152,  0x8d,   0x17d,  0x8f,
        0x90,   0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014,
        0x2dc,  0x2122, 0x161,  0x203a, 0x153,  0x9d,   0x17e,  0x178};

    if (n >= 0x80 && n < 0xa0)
        return windows[n - 0x80];
    if (n == 0 || n > 0x10ffff || (n >= 0xd800 && n < 0xe000))
        return 0xfffd;
    return n;
}

/* "#8217" or "#x2019" in text[1..length). */
static gunichar
number_parse(const char *text, size_t length, size_t *used)
{
    bool hex = length > 2 && (text[2] | 0x20) == 'x';
    size_t i = hex ? 3 : 2, begin = i;
    uint32_t n = 0;

    for (; i < length && i < begin + 8; i++) {
        int digit =
            hex ? g_ascii_xdigit_value(text[i]) : g_ascii_digit_value(text[i]);
        if (digit < 0)
            break;
        n = n * (hex ? 16 : 10) + (uint32_t)digit;
    }
    if (i == begin)
        return 0;
    *used = i < length && text[i] == ';' ? i + 1 : i;
    return number_character(n);
}

/* The character reference at text[0] = '&'. Returns: 0 if it is none. */
static gunichar
entity_parse(const char *text, size_t length, size_t *used)
{
    size_t n = 1;
    uint32_t c;

    if (length > 2 && text[1] == '#')
        return number_parse(text, length, used);
    while (n < length && n < 16 && g_ascii_isalnum(text[n]))
        n++;
    c = html_entity(text + 1, n - 1);
    if (c == 0)
        return 0;
    if (n < length && text[n] == ';') {
        *used = n + 1;
        return c;
    }
    /* Without the semicolon only the old ones, or "&notify=1" in an address
       would lose its "not". */
    *used = n;
    return c < 256 && (n >= length || text[n] != '=') ? c : 0;
}

static void
walk_entity(Walk *w)
{
    size_t used = 1;
    gunichar c = entity_parse(w->at, (size_t)(w->end - w->at), &used);

    if (c == 0)
        out_bytes(w, "&", 1);
    else if (c == '\n' || c == '\t' || c == ' ')
        out_blank(w, ' ');
    else if (c >= 0x20 && !(c >= 0x7f && c < 0xa0))
        out_character(w, c);
    w->at += c == 0 ? 1 : used;
    w->steps += used;
}

/* --- elements ----------------------------------------------------------- */

static void
link_end(Walk *w)
{
    GString *href;
    const char *words;

    if (!w->href.at)
        return;
    words = w->out->str + MIN(w->href_at, w->out->len);
    while (g_ascii_isspace(*words))
        words++;
    /* An address that shows itself is not repeated. */
    if (*words && !g_str_has_prefix(words, "http") &&
        !g_str_has_prefix(words, "www.") &&
        !(walk_top(w)->state & STATE_HIDDEN)) {
        href = g_string_new(" <");
        for (size_t i = 0, used; i < w->href.length; i += used) {
            gunichar c =
                w->href.at[i] == '&'
                    ? entity_parse(w->href.at + i, w->href.length - i, &used)
                    : 0;
            if (c == 0) {
                g_string_append_c(href, w->href.at[i]);
                used = 1;
            } else {
                g_string_append_unichar(href, c);
            }
        }
        g_string_append_c(href, '>');
        out_bytes(w, href->str, href->len);
        g_string_free(href, TRUE);
    }
    w->href.at = NULL;
}

static void
link_begin(Walk *w, const HtmlAttributes *a)
{
    link_end(w);
    if (w->reply || a->href.length > HREF_MAX || a->href.length < 8 ||
        g_ascii_strncasecmp(a->href.at, "http", 4) != 0)
        return;
    w->href = a->href;
    w->href_at = w->out->len;
}

static void
element_pop(Walk *w, int depth)
{
    for (; w->depth > depth; w->depth--) {
        int tag = walk_top(w)->tag;
        if (walk_top(w)->gap > 0)
            out_break(w, walk_top(w)->gap);
        if (tag == HTML_TAG_A)
            link_end(w);
    }
}

/* How deep the element is that this end tag closes; 0 = none. Formatting does
   not close blocks, and nothing but table parts reaches out of a cell. */
static int
element_open(Walk *w, int tag)
{
    unsigned flags = html_tag_flags(tag);
    bool table = (flags & HTML_FENCE) || tag == HTML_TAG_TR;

    for (int i = w->depth; i > 0; i--) {
        unsigned above = html_tag_flags(w->stack[i].tag);
        w->steps++;
        if (w->stack[i].tag == tag)
            return i;
        if ((above & HTML_FENCE) &&
            (!table || w->stack[i].tag == HTML_TAG_TABLE))
            return 0;
        if ((above & HTML_BLOCK) &&
            (!(flags & HTML_BLOCK) || tag == HTML_TAG_P) && !table)
            return 0;
    }
    return 0;
}

static void
element_close(Walk *w, int tag)
{
    int depth;

    if (w->overflow[tag] > 0) {
        w->overflow[tag]--;
        return;
    }
    depth = element_open(w, tag);
    if (depth > 0)
        element_pop(w, depth - 1);
    else if (tag == HTML_TAG_P)
        out_break(w, 1);
}

static void
element_push(Walk *w, int tag, const HtmlAttributes *a, HtmlRole role)
{
    Element e = *walk_top(w);
    unsigned flags = html_tag_flags(tag);
    bool apart = (flags & HTML_PARAGRAPH) && !html_attributes_tight(a);

    if (flags & HTML_BLOCK)
        out_break(w, 1 + apart);
    if (w->depth + 1 >= DEPTH_MAX) {
        w->overflow[tag]++;
        return;
    }
    e.tag = tag;
    e.items = 0;
    e.gap = flags & HTML_BLOCK ? 1 + apart : 0;
    /* Links are blue for everybody. */
    if (w->paint)
        e.colour = tag == HTML_TAG_A ? REPLY_PAINT_PLAIN
                                     : html_attributes_colour(a, e.colour);
    if (html_attributes_hide(a) ||
        (role == HTML_ROLE_SIGNATURE && w->drop_signatures))
        e.state |= STATE_HIDDEN;
    if (tag == HTML_TAG_PRE || html_attributes_preserve_space(a))
        e.state |= STATE_PRE;
    if (tag == HTML_TAG_BLOCKQUOTE ? !w->reply || role == HTML_ROLE_QUOTE
                                   : role == HTML_ROLE_QUOTE)
        e.quote = MIN(e.quote + 1, QUOTE_MAX);
    w->stack[++w->depth] = e;
}

static void
item_begin(Walk *w)
{
    for (int i = w->depth; i > 0 && i > w->depth - 16; i--) {
        if (w->stack[i].tag == HTML_TAG_UL)
            break;
        if (w->stack[i].tag == HTML_TAG_OL) {
            g_snprintf(w->bullet, sizeof w->bullet, "%d. ",
                       ++w->stack[i].items);
            return;
        }
    }
    g_strlcpy(w->bullet, "- ", sizeof w->bullet);
}

/* An emoji drawn as a picture carries itself as its description. */
static void
image_begin(Walk *w, const HtmlAttributes *a)
{
    if (a->alt.length >= 3 && a->alt.length <= 16 &&
        (unsigned char)a->alt.at[0] >= 0xe2)
        out_bytes(w, a->alt.at, a->alt.length);
}

static void
void_begin(Walk *w, int tag, const HtmlAttributes *a)
{
    if (walk_top(w)->state & STATE_HIDDEN)
        return;
    if (tag == HTML_TAG_BR) {
        w->newlines++;
        w->space = false;
    } else if (tag == HTML_TAG_HR) {
        out_line(w, RULE);
    } else if (tag == HTML_TAG_IMG) {
        image_begin(w, a);
    }
}

static void
element_begin(Walk *w, int tag, const HtmlAttributes *a)
{
    unsigned flags = html_tag_flags(tag);
    HtmlRole role = w->reply ? html_attributes_role(tag, a) : HTML_ROLE_NONE;

    /* <p> and <li> are closed by the next block or item. */
    if ((flags & HTML_BLOCK) && walk_top(w)->tag == HTML_TAG_P)
        element_pop(w, w->depth - 1);
    if (tag == HTML_TAG_LI && walk_top(w)->tag == HTML_TAG_LI)
        element_pop(w, w->depth - 1);
    if (tag == HTML_TAG_TD || tag == HTML_TAG_TH)
        w->space = true;
    if (role == HTML_ROLE_SPLIT)
        out_line(w, ORIGINAL_MARKER);
    else if (role == HTML_ROLE_RULE)
        out_line(w, RULE);
    if (flags & HTML_VOID) {
        void_begin(w, tag, a);
        return;
    }
    element_push(w, tag, a, role);
    if (tag == HTML_TAG_LI)
        item_begin(w);
    else if (tag == HTML_TAG_A)
        link_begin(w, a);
}

/* --- the walk ----------------------------------------------------------- */

static const char *
find_forward(Walk *w, const char *needle, size_t length)
{
    const char *found = memmem(w->at, (size_t)(w->end - w->at), needle, length);

    w->steps += (size_t)((found ? found : w->end) - w->at);
    return found;
}

/* Behind the end tag of an element whose content is no text. */
static void
walk_raw(Walk *w, int tag)
{
    const char *name = html_tag_name(tag);
    size_t length = strlen(name);

    if (w->no_raw_end[tag])
        return;
    for (const char *p = w->at; p < w->end; p++) {
        p = memchr(p, '<', (size_t)(w->end - p));
        if (!p)
            break;
        if ((size_t)(w->end - p) > length + 2 && p[1] == '/' &&
            g_ascii_strncasecmp(p + 2, name, length) == 0) {
            w->steps += (size_t)(p - w->at);
            w->at = p;
            return;
        }
    }
    w->steps += (size_t)(w->end - w->at);
    w->no_raw_end[tag] = true;
}

/* A comment, a doctype, or what Word makes of conditions: "<![if !mso]>". */
static void
walk_declaration(Walk *w)
{
    const char *close = NULL;
    bool comment = w->end - w->at >= 4 && w->at[2] == '-' && w->at[3] == '-';

    if (comment && !w->no_comment_end) {
        close = find_forward(w, "-->", 3);
        if (close) {
            w->at = close + 3;
            return;
        }
        w->no_comment_end = true;
    }
    close = memchr(w->at, '>', (size_t)(w->end - w->at));
    w->steps += (size_t)((close ? close : w->end) - w->at);
    w->at = close ? close + 1 : w->end;
}

static void
walk_tag(Walk *w)
{
    const char *name = w->at + 1;
    bool closing = name < w->end && *name == '/';
    HtmlAttributes a;
    int tag;

    if (closing)
        name++;
    if (name < w->end && (*name == '!' || *name == '?')) {
        walk_declaration(w);
        return;
    }
    if (name >= w->end || !g_ascii_isalpha(*name)) {
        out_bytes(w, "<", 1); /* "a < b", "<3" */
        w->at++;
        return;
    }
    w->at = name;
    while (w->at < w->end && !g_ascii_isspace(*w->at) && *w->at != '>' &&
           *w->at != '/')
        w->at++;
    tag = html_tag_find(name, (size_t)(w->at - name));
    w->steps += (size_t)(w->at - name);
    w->at = html_attributes_parse(w->at, w->end, &a, w->unclosed, &w->steps);
    if (tag < 0)
        return;
    if (html_tag_flags(tag) & HTML_RAW) {
        if (!closing)
            walk_raw(w, tag);
    } else if (!closing) {
        element_begin(w, tag, &a);
    } else if (tag == HTML_TAG_BR) {
        void_begin(w, tag, &a);
    } else if (!(html_tag_flags(tag) & HTML_VOID)) {
        element_close(w, tag);
    }
}

/* A run without '<', '&' or white space. */
static void
walk_text(Walk *w)
{
    const char *begin = w->at;
    bool control = false;

    while (w->at < w->end && *w->at != '<' && *w->at != '&' &&
           (unsigned char)*w->at > ' ' && (unsigned char)*w->at != 0xc2 &&
           *w->at != 0x7f)
        w->at++;
    if (w->at > begin) {
        out_bytes(w, begin, (size_t)(w->at - begin));
    } else if ((unsigned char)*w->at == 0xc2 && w->end - w->at > 1) {
        out_character(w, g_utf8_get_char(w->at)); /* nbsp and its like */
        w->at += 2;
    } else {
        control = true;
        w->at++;
    }
    w->steps += (size_t)(w->at - begin) + control;
}

/* `paint`: ReplyPaint of the result, NULL: it is not a reply that is read. */
static char *
walk_run(const char *html, size_t length, GArray *paint, bool drop_signatures)
{
    g_autofree Walk *w = g_new0(Walk, 1);

    w->at = html;
    w->end = html + length;
    w->out = g_string_sized_new(length / 4 + 64);
    w->reply = paint != NULL;
    w->paint = paint;
    w->drop_signatures = drop_signatures;
    w->stack[0].tag = HTML_TAG_BODY;
    w->stack[0].colour = REPLY_PAINT_PLAIN;
    w->line_empty = true;
    while (w->at < w->end) {
        if (*w->at == '<')
            walk_tag(w);
        else if (*w->at == '&')
            walk_entity(w);
        else if (g_ascii_isspace(*w->at))
            out_blank(w, *w->at++);
        else
            walk_text(w);
    }
    element_pop(w, 0);
    out_trim(w->out);
    last_steps += w->steps;
    return g_string_free(w->out, FALSE);
}

/* Cut at the limit, between characters, and mend what is not UTF-8. */
static char *
html_clean(const char *html, size_t length, size_t *out_length)
{
    char *clean;

    if (length > HTML_TEXT_MAX_BYTES) {
        length = HTML_TEXT_MAX_BYTES;
        while (length > 0 && ((unsigned char)html[length] & 0xc0) == 0x80)
            length--;
    }
    clean = g_utf8_make_valid(length > 0 ? html : "", (gssize)length);
    *out_length = strlen(clean);
    return clean;
}

char *
html_to_text(const char *html, size_t length)
{
    g_autofree char *clean = html_clean(html, length, &length);

    last_steps = 0;
    return walk_run(clean, length, NULL, false);
}

/* Rules were drawn to find heads by; nobody wrote them. `sure` bytes of
 * `reply` stay the same words. */
static char *
rules_remove(char *reply, size_t *sure)
{
    size_t before = MIN(*sure, strlen(reply));
    GString *out = g_string_new_len(reply, (gssize)before);
    g_autoptr(GString) rest = g_string_new(reply + before);
    GString *const parts[] = {out, rest};

    g_free(reply);
    for (size_t i = 0; i < G_N_ELEMENTS(parts); i++) {
        g_string_replace(parts[i], RULE "\n\n", "", 0);
        g_string_replace(parts[i], RULE "\n", "", 0);
        if (g_str_has_suffix(parts[i]->str, RULE))
            g_string_truncate(parts[i], parts[i]->len - strlen(RULE));
    }
    *sure = out->len;
    g_string_append(out, rest->str);
    return g_string_free(out, FALSE);
}

char *
html_reply_text(const char *html, size_t length)
{
    const ReplySource source = {.text = html, .length = length};
    ReplyReading ignored;

    return html_reply_read(&source, &ignored);
}

char *
html_reply_read(const ReplySource *source, ReplyReading *out)
{
    size_t length;
    g_autofree char *clean = html_clean(source->text, source->length, &length);

    last_steps = 0;
    for (int drop = 1; drop >= 0; drop--) {
        g_autoptr(GArray) paint = g_array_new(FALSE, FALSE, sizeof(ReplyPaint));
        g_autofree char *text = walk_run(clean, length, paint, drop);
        ReplySource plain = *source;
        char *reply;

        plain.text = text;
        plain.length = strlen(text);
        plain.paint = paint;
        reply = reply_text_read(&plain, out);
        /* Some write their answer into the signature's place. */
        if (*reply || !drop)
            return rules_remove(reply, &out->sure);
        g_free(reply);
    }
    return g_strdup("");
}
