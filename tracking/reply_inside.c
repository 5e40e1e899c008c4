/* SPDX-License-Identifier: Apache-2.0 */
/* reply_inside.c - answers typed into the older mail
 *
 * Outlook and its like put the older mail below a head and mark none of its
 * lines; people answer between them, or behind the question on its own line.
 * Best evidence first:
 *
 *     what we sent     every word that is not ours is the author's
 *     "[Ann Lee] ..."  the author's name or initials before a line, or an arrow
 *     colour           a colour that is not the older mail's, when the author
 *                      says that answers are below or writes in it above, too
 *     only said so     all of the older mail is kept
 *
 * Only the mail right below the first head is looked at: what is older still
 * is not ours to compare with. */
#include "reply-lines.h"

#include "sent-words.h"

#include <string.h>

enum {
    TOP_LINES_MAX = 400,
    WRAPPED = 60, /* bytes: a shorter line was not wrapped */
};

typedef struct {
    ReplyLines *lines; /* all of the text */
    ReplyLines *view;  /* the same without one '>' before its lines */
    int begin, end;    /* the older mail */
    bool marked;       /* with '>' */
    int found;
} Older;

/* What is quoted twice is older still. */
static void
line_unquote(ReplyLine *line)
{
    const char *p = line->text, *end = line->text + line->length;

    if (!line->quoted)
        return;
    line->quoted = false;
    p = memchr(p, '>', line->length);
    for (p++; p < end && *p == ' ';)
        p++;
    line->text = p;
    line->length = (size_t)(end - p);
    line->blank = p == end || *p == '>';
    line->labels = line->blank ? 0 : reply_header_label(p, line->length, NULL);
}

static int
older_end(ReplyLines *view, int begin)
{
    for (int i = begin; i < view->count; i++) {
        if (view->line[i].blank || view->line[i].verbatim)
            continue;
        if (i > begin && (reply_attribution_lines(view, i) ||
                          reply_header_lines(view, i, false) ||
                          reply_separator_role(view, i)))
            return i;
    }
    return view->count;
}

/* Labels and warnings that follow the head belong to it. */
static int
older_begin(const ReplyLines *view, int begin)
{
    int i = begin;

    while (i < view->count && (view->line[i].blank || view->line[i].labels ||
                               reply_line_is_rule(&view->line[i]) ||
                               reply_line_is_banner(&view->line[i])))
        i++;
    return i;
}

/* Most lines are, or the few that are were typed into it. */
static bool
is_marked(const ReplyLines *lines)
{
    int quoted = 0, all = 0;

    for (int i = lines->older; i < lines->count; i++) {
        quoted += lines->line[i].quoted;
        all += !lines->line[i].blank;
    }
    return quoted * 2 > all || (quoted > 0 && lines->tail == 0);
}

static void
older_open(Older *o, ReplyLines *lines)
{
    o->lines = lines;
    o->view = g_new0(ReplyLines, 1);
    o->view->line =
        g_memdup2(lines->line, sizeof(ReplyLine) * (gsize)MAX(lines->count, 1));
    o->view->count = lines->count;
    o->view->joins = lines->joins;
    o->marked = is_marked(lines);
    for (int i = lines->older; o->marked && i < lines->count; i++)
        line_unquote(&o->view->line[i]);
    o->begin = older_begin(o->view, lines->older);
    o->end = older_end(o->view, o->begin);
}

static void
older_close(Older *o)
{
    o->lines->steps += o->view->steps;
    reply_lines_free(o->view);
}

/* Make [begin, end) of line `i` the author's. */
static void
take(Older *o, int i, const char *begin, const char *end)
{
    ReplyLine *line = &o->lines->line[i];

    line->text = begin;
    line->length = (size_t)(end - begin);
    line->kind = LINE_AUTHOR;
    line->quoted = line->blank = false;
    o->found++;
}

static void
take_line(Older *o, int i)
{
    const ReplyLine *line = &o->view->line[i];

    take(o, i, line->text, line->text + line->length);
}

/* ---- what we sent ----------------------------------------------------------
 */

/* The words [from, to) of line `i`: what is not ours, with what is between. */
static void
take_strange(Older *o, int i, const GArray *words, guint from, guint to)
{
    const ReplyLine *line = &o->view->line[i];
    const SentWord *first = NULL, *last = NULL;
    const char *begin, *end;

    for (guint k = from; k < to; k++) {
        const SentWord *w = &g_array_index(words, SentWord, k);
        if (w->ours)
            continue;
        last = w;
        if (!first)
            first = w;
    }
    if (!first) {
        if (!o->marked && o->lines->line[i].kind == LINE_AUTHOR)
            o->lines->line[i].kind = LINE_QUOTED;
        return;
    }
    if (o->lines->line[i].kind != LINE_QUOTED)
        return;
    begin = first == &g_array_index(words, SentWord, from) ? line->text
                                                           : first->begin;
    end = last == &g_array_index(words, SentWord, to - 1)
              ? line->text + line->length
              : last->end;
    take(o, i, begin, end);
}

static bool
older_compare(Older *o, const char *sent)
{
    g_autoptr(SentWords) ours = sent_words_new(sent);
    g_autoptr(GArray) words = g_array_new(FALSE, TRUE, sizeof(SentWord));

    for (int i = o->begin; i < o->end; i++) {
        const ReplyLine *line = &o->view->line[i];
        if (line->blank || (o->marked && !o->lines->line[i].quoted))
            continue;
        sent_words_split(line->text, line->length, i, words);
        o->view->steps += line->length;
    }
    if (!sent_words_mark(ours, words))
        return false;
    for (guint from = 0, to; from < words->len; from = to) {
        int i = g_array_index(words, SentWord, from).line;
        for (to = from + 1; to < words->len; to++)
            if (g_array_index(words, SentWord, to).line != i)
                break;
        take_strange(o, i, words, from, to);
    }
    return true;
}

/* ---- names and arrows ------------------------------------------------------
 */

/* "AL" of "Ann Lee" */
static bool
is_initials(const char *word, char **names)
{
    size_t n = 0;

    for (char **name = names; *name; name++) {
        if (!**name)
            continue;
        size_t step = (size_t)(g_utf8_next_char(*name) - *name);
        if (strncmp(word + n, *name, step) != 0)
            return false;
        n += step;
    }
    return n > 1 && word[n] == '\0';
}

static bool
is_author(const char *text, size_t length, const char *author)
{
    char said[128], known[256];
    g_auto(GStrv) words = NULL, names = NULL;
    int found = 0;

    if (!author || length == 0 || length > 60)
        return false;
    reply_normalise(author, strlen(author), known, sizeof known);
    reply_normalise(text, length, said, sizeof said);
    words = g_strsplit_set(said, " ,.-", -1);
    names = g_strsplit_set(known, " ,.-\"'()", -1);
    for (char **w = words; *w; w++) {
        if (!**w)
            continue;
        if (!g_strv_contains((const char *const *)names, *w) &&
            !is_initials(*w, names))
            return false;
        found++;
    }
    return found > 0;
}

/* How long the name or the arrow before an answer is; 0: there is none. */
static size_t
answer_mark(const ReplyLine *line, const char *author)
{
    static const char *const arrows[] = {"->", "-->", "=>", "==>", ">>>",
                                         ">>", ">",   "»",  "→"};
    const char *t = line->text;
    const char *close;

    for (size_t i = 0; i < G_N_ELEMENTS(arrows); i++) {
        size_t n = strlen(arrows[i]);
        if (line->length > n + 1 && strncmp(t, arrows[i], n) == 0 &&
            (t[n] == ' ' || g_ascii_isalpha(t[n])))
            return n;
    }
    if (line->length < 5)
        return 0;
    close = memchr(t, *t == '[' ? ']' : ':', MIN(line->length, (size_t)60));
    if (!close)
        return 0;
    return is_author(t + (*t == '['), (size_t)(close - t) - (*t == '['), author)
               ? (size_t)(close + 1 - t)
               : 0;
}

/* With the lines that it was wrapped into. Where most lines have a mark, it is
   none. */
static void
older_take_marked(Older *o, const char *author)
{
    int marks = 0, lines = 0;
    bool taking = false;

    for (int i = o->begin; i < o->end; i++) {
        const ReplyLine *line = &o->view->line[i];
        lines += !line->blank;
        marks += !line->blank && answer_mark(line, author) > 0;
        o->view->steps += MIN(line->length, 80);
    }
    if (marks == 0 || marks * 2 > lines)
        return;
    for (int i = o->begin; i < o->end; i++) {
        const ReplyLine *line = &o->view->line[i];
        size_t mark = line->blank ? 0 : answer_mark(line, author);
        taking = !line->blank &&
                 (mark > 0 || (taking && line[-1].length >= WRAPPED));
        if (!taking || o->lines->line[i].kind != LINE_QUOTED)
            continue;
        while (mark > 0 && mark < line->length && line->text[mark] == ' ')
            mark++;
        take(o, i, line->text + (mark < line->length ? mark : 0),
             line->text + line->length);
    }
}

/* ---- colours ---------------------------------------------------------------
 */

static size_t
overlap(const ReplyPaint *paint, const char *base, const ReplyLine *line,
        const char **out_begin, const char **out_end)
{
    const char *begin = MAX(base + paint->begin, line->text);
    const char *end = MIN(base + paint->end, line->text + line->length);

    *out_begin = begin;
    *out_end = end;
    return end > begin ? (size_t)(end - begin) : 0;
}

/* The first stretch that ends behind `line`'s begin; they come in order. */
static guint
paint_seek(const GArray *paint, guint i, const char *base,
           const ReplyLine *line)
{
    while (i < paint->len &&
           base + g_array_index(paint, ReplyPaint, i).end <= line->text)
        i++;
    return i;
}

/* The colour that most of what stands in lines [begin, end) has, with at
 * least `share` % of it; REPLY_PAINT_PLAIN. */
static int
colour_of_lines(const Older *o, const GArray *paint, int begin, int end,
                size_t share)
{
    g_autoptr(GHashTable) bytes = g_hash_table_new(NULL, NULL);
    const char *base = o->lines->line[0].text, *from, *to;
    size_t all = 0, best = 0;
    int colour = REPLY_PAINT_PLAIN;
    guint at = 0;

    for (int i = begin; i < end; i++) {
        const ReplyLine *line = &o->view->line[i];
        if (i < o->lines->older && o->lines->line[i].kind != LINE_AUTHOR)
            continue;
        all += line->length;
        at = paint_seek(paint, at, base, line);
        for (guint k = at; k < paint->len; k++) {
            const ReplyPaint *p = &g_array_index(paint, ReplyPaint, k);
            gpointer key = GINT_TO_POINTER(p->colour + 2);
            size_t n = overlap(p, base, line, &from, &to);
            if (n == 0)
                break;
            n += GPOINTER_TO_SIZE(g_hash_table_lookup(bytes, key));
            g_hash_table_insert(bytes, key, GSIZE_TO_POINTER(n));
            if (n > best) {
                best = n;
                colour = p->colour;
            }
        }
    }
    return best * 100 >= all * share ? colour : REPLY_PAINT_PLAIN;
}

/* Is it a colour answers have? `top`: the author's own above, or plain. */
static bool
is_answers_colour(int colour, int top, int base, bool announced)
{
    return colour != base && (announced || colour == top);
}

static void
older_take_coloured(Older *o, const GArray *paint, bool announced)
{
    const char *base = o->lines->line[0].text, *from, *to;
    int top = colour_of_lines(o, paint, 0, o->lines->older, 40);
    int main = colour_of_lines(o, paint, o->begin, o->end, 50);
    guint at = 0;

    for (int i = o->begin; i < o->end; i++) {
        const ReplyLine *line = &o->view->line[i];
        const char *begin = NULL, *end = NULL;
        if (line->blank || o->lines->line[i].kind != LINE_QUOTED)
            continue;
        at = paint_seek(paint, at, base, line);
        for (guint k = at; k < paint->len; k++) {
            const ReplyPaint *p = &g_array_index(paint, ReplyPaint, k);
            if (overlap(p, base, line, &from, &to) == 0)
                break;
            if (!is_answers_colour(p->colour, top, main, announced))
                continue;
            begin = begin ? begin : from;
            end = to;
        }
        if (begin)
            take(o, i, begin, end);
    }
}

/* ---- all -------------------------------------------------------------------
 */

static bool
is_announced(const ReplyLines *lines)
{
    for (int i = 0; i < MIN(lines->older, TOP_LINES_MAX); i++)
        if (lines->line[i].kind == LINE_AUTHOR && !lines->line[i].blank &&
            reply_line_announces(&lines->line[i]))
            return true;
    return false;
}

static void
older_take_all(Older *o)
{
    for (int i = o->begin; i < o->end; i++)
        if (o->lines->line[i].kind == LINE_QUOTED && !o->view->line[i].blank)
            take_line(o, i);
}

int
reply_lines_inside(ReplyLines *lines, const ReplySource *source)
{
    Older o = {0};
    bool announced;
    int found;

    if (lines->older == 0 || lines->older >= lines->count ||
        (!source->sent && lines->tail == 0 && !source->paint))
        return 0;
    older_open(&o, lines);
    if (!source->sent || !older_compare(&o, source->sent)) {
        announced = !lines->forwarded && is_announced(lines);
        if (!o.marked)
            older_take_marked(&o, source->author);
        if (o.found == 0 && source->paint && source->paint->len > 0)
            older_take_coloured(&o, source->paint, announced);
        if (o.found == 0 && announced && !o.marked && lines->tail > 0) {
            older_take_all(&o);
            o.found = -1;
        }
    }
    found = o.found;
    older_close(&o);
    return found;
}
