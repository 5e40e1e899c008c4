/* SPDX-License-Identifier: Apache-2.0 */
/* bounce_text.c - which addresses a bounce's words are about
 *
 * Lines are judged by shape. An address that leads its line ("<a@b>:",
 * "  a@b", "a@b: no such user") is what servers write for a failed recipient;
 * next best is one behind a label ("Recipient: a@b"); last, any address. Only
 * the best shape found counts. */
#include "bounce-text.h"

#include "text-rules.h"

#include <stdbool.h>
#include <string.h>

#define LINES_MAX      600
#define RECIPIENTS_MAX 200

typedef struct {
    const char *line;
    size_t length;
    const char *address; /* inside the line, or NULL */
    size_t address_length;
    NoticeShape shape;
} Line;

static bool
is_address_byte(char c)
{
    return g_ascii_isalnum(c) || (c & 0x80) ||
           (c && strchr(".!#$%&'*+-/=?^_`{|}~", c));
}

/* "dda:SMTP=a@b" of Exchange, "smtp:a@b". */
static const char *
after_gateway(const char *start, const char *at)
{
    if (at - start > 5 && g_ascii_strncasecmp(start, "smtp=", 5) == 0)
        return start + 5;
    return start;
}

/* Punctuation that East Asian text puts before an address without a blank. */
static const char *
after_wide_punctuation(const char *start, const char *at)
{
    const char *after = start;

    for (const char *p = start; p < at; p = g_utf8_next_char(p)) {
        gunichar c = g_utf8_get_char(p);

        if ((c >= 0x3000 && c < 0x3040) || (c >= 0xff00 && c < 0xff10) ||
            (c >= 0xff1a && c < 0xff21) || (c >= 0x2010 && c < 0x2070))
            after = g_utf8_next_char(p);
    }
    return after;
}

/* "example.jp" of "example.jp...": a label does not change its script. */
static const char *
before_other_script(const char *domain, const char *end)
{
    const char *p = end, *label = domain;

    for (const char *q = domain; q < end; q++)
        if (*q == '.')
            label = q + 1;
    if (label < end && !(*label & 0x80))
        for (p = label; p < end && !(*p & 0x80);)
            p++;
    return p;
}

/* The address around the '@' at `at`; false if there is none. */
static bool
address_around(const char *line, const char *at, const char *eol,
               const char **out_start, size_t *out_length)
{
    const char *start = at, *end = at + 1, *dot = NULL;

    if (start > line && start[-1] == '"') {
        for (start--; start > line && start[-1] != '"';)
            start--;
        if (start == line)
            return false;
        start--;
    } else {
        while (start > line && is_address_byte(start[-1]))
            start--;
        /* "'a@b'", "|a@b", "=a@b", but not "=?utf-8?Q?a?=@b" */
        while (start < at && strchr("'`*|{", *start))
            start++;
        if (*start == '=' && start[1] != '?')
            start++;
        /* A file's name may end like an address. */
        if (memchr(start, '/', (size_t)(at - start)))
            return false;
        start = after_wide_punctuation(after_gateway(start, at), at);
    }
    for (; end < eol && (g_ascii_isalnum(*end) || *end == '-' || *end == '.' ||
                         *end == '_' || (*end & 0x80));
         end++)
        if (*end == '.')
            dot = end;
    end = before_other_script(at + 1, end);
    while (end > at + 1 && (end[-1] == '.' || end[-1] == '-'))
        end--;
    if (start == at || end == at + 1)
        return false;
    *out_start = start;
    *out_length = (size_t)(end - start);
    return dot || (start > line && start[-1] == '<');
}

static bool
next_address(const char *line, const char *from, const char *eol,
             const char **out_start, size_t *out_length)
{
    for (const char *at = from; (at = memchr(at, '@', (size_t)(eol - at)));
         at++)
        if (address_around(line, at, eol, out_start, out_length))
            return true;
    return false;
}

static bool
line_matches(const char *file, const char *line, size_t length)
{
    g_auto(Haystack) h = {0};

    haystack_init(&h, line, length);
    return text_rules_find(text_rules_get(file), &h, NULL) >= 0;
}

/* "ann@example.org <bob@example.org>": the name before looks like an address,
 * the one in brackets is it. */
static void
prefer_bracketed(Line *l)
{
    const char *after = l->address + l->address_length;
    const char *eol = l->line + l->length, *start;
    size_t n;

    if (eol - after > 3 && after[0] == ' ' && after[1] == '<' &&
        next_address(l->line, after + 2, eol, &start, &n) &&
        start == after + 2) {
        l->address = start;
        l->address_length = n;
    }
}

/* Brackets, bullets, "1. ": what may stand before a leading address. */
static size_t
leading_marks(const char *line)
{
    static const char marks[] = " \t>*<-|#([\"'`";
    size_t n = strspn(line, marks), number = strspn(line + n, "0123456789");

    if (number > 0 && number < 4 && line[n + number] &&
        strchr(".)", line[n + number]))
        n += number + 1;
    return n + strspn(line + n, marks);
}

static NoticeShape
shape_of(const Line *l)
{
    size_t before = (size_t)(l->address - l->line);
    size_t lead = leading_marks(l->line);
    size_t seen = MIN(l->length, 500);

    if (line_matches("bounce-not-recipient.tsv", l->line, seen))
        return NOTICE_NOTHING;
    if (before <= lead)
        return NOTICE_LEADING;
    if (line_matches("bounce-recipient.tsv", l->line, seen))
        return NOTICE_LABELLED;
    return NOTICE_INSIDE;
}

/* "(expanded from" at the end of the line before `line`: what comes is the
 * name that the recipient was reached by. */
static bool
ends_in_alias_words(const char *notice, const char *line)
{
    static const char *const words[] = {"expanded from",
                                        "expanded from:", "generated from",
                                        "generated by", NULL};

    for (int i = 0; words[i]; i++) {
        size_t n = strlen(words[i]);

        if ((size_t)(line - notice) > n && line[-1] == '\n' &&
            strncmp(line - 1 - n, words[i], n) == 0)
            return true;
    }
    return false;
}

static GArray *
lines_of(const char *notice)
{
    GArray *lines = g_array_new(FALSE, TRUE, sizeof(Line));

    for (const char *p = notice; *p && lines->len < LINES_MAX;) {
        Line l = {.line = p, .length = strcspn(p, "\n")};
        size_t seen = MIN(l.length, 500);

        if (next_address(p, p, p + seen, &l.address, &l.address_length))
            l.shape = shape_of(&l);
        if (l.shape == NOTICE_LEADING && ends_in_alias_words(notice, p))
            l.shape = NOTICE_INSIDE;
        if (l.shape == NOTICE_LEADING)
            prefer_bracketed(&l);
        g_array_append_val(lines, l);
        p += l.length;
        p += *p == '\n';
    }
    return lines;
}

static bool
is_ours(const char *address, const char *const *ours)
{
    for (int i = 0; ours && ours[i]; i++)
        if (g_ascii_strcasecmp(address, ours[i]) == 0)
            return true;
    return false;
}

static void
notice_recipient_free(void *data)
{
    NoticeRecipient *r = data;

    g_free(r->address);
    g_string_free(r->words, TRUE);
    g_free(r);
}

static NoticeRecipient *
find_or_add(GPtrArray *found, const char *address)
{
    NoticeRecipient *r;

    for (guint i = 0; i < found->len; i++) {
        r = found->pdata[i];
        if (g_ascii_strcasecmp(r->address, address) == 0)
            return r;
    }
    if (found->len >= RECIPIENTS_MAX)
        return NULL;
    r = g_new0(NoticeRecipient, 1);
    r->address = g_strdup(address);
    r->words = g_string_new(NULL);
    g_ptr_array_add(found, r);
    return r;
}

/* Addresses only, with commas, semicolons or nothing between them; blanks alone
 * are between words. */
static bool
is_list_between(const char *from, const char *to)
{
    size_t n = (size_t)(to - from);

    return !memchr(from, ' ', n) || memchr(from, ',', n) ||
           memchr(from, ';', n);
}

/* "a@b, c@d" on one line: those after the first. */
static void
add_rest_of_line(GPtrArray *found, const Line *l, const char *const *ours)
{
    const char *start = l->address, *eol = l->line + l->length;
    size_t n = l->address_length;

    while (start + n < eol && strchr(",; ", start[n]) &&
           next_address(l->line, start + n + 1, eol, &start, &n) &&
           strchr(",; <", start[-1]) && is_list_between(l->address, start)) {
        g_autofree char *address = g_strndup(start, n);

        if (!is_ours(address, ours))
            find_or_add(found, address);
    }
}

/* All addresses of lines of this shape; their words run to the next one. */
static GPtrArray *
recipients_of_shape(const GArray *lines, NoticeShape shape,
                    const char *const *ours)
{
    GPtrArray *found = g_ptr_array_new_with_free_func(notice_recipient_free);
    NoticeRecipient *now = NULL;

    for (guint i = 0; i < lines->len; i++) {
        const Line *l = &g_array_index(lines, Line, i);

        if (l->shape == shape) {
            g_autofree char *address = g_strndup(l->address, l->address_length);

            if (!is_ours(address, ours))
                now = find_or_add(found, address);
            if (shape == NOTICE_LEADING)
                add_rest_of_line(found, l, ours);
        }
        if (now && now->words->len < 4000) {
            g_string_append_len(now->words, l->line, (gssize)l->length);
            g_string_append_c(now->words, '\n');
        }
    }
    return found;
}

static bool
is_blank(const Line *l)
{
    return strspn(l->line, " \t>|") >= l->length;
}

/* "To:" between "Subject:" and "Sent:" tells of the mail, not of a failure. */
static void
drop_summaries(GArray *lines)
{
    static const char *const fields[] = {
        "subject:", "sent:", "date:", "from:", "message-id:", NULL};

    for (guint i = 0; i < lines->len; i++) {
        Line *l = &g_array_index(lines, Line, i);

        if (l->shape != NOTICE_LABELLED ||
            g_ascii_strncasecmp(l->line + strspn(l->line, " \t>"), "to", 2))
            continue;
        for (guint j = i > 2 ? i - 2 : 0; j < lines->len && j < i + 3; j++) {
            const Line *near = &g_array_index(lines, Line, j);
            const char *text = near->line + strspn(near->line, " \t>");

            for (int f = 0; fields[f]; f++)
                if (g_ascii_strncasecmp(text, fields[f], strlen(fields[f])) ==
                    0)
                    l->shape = NOTICE_INSIDE;
        }
    }
}

/* The line after "...could not be delivered to the following addresses:"; 0 if
 * nothing of that kind is said, or no address follows. */
static guint
list_start(const GArray *lines)
{
    for (guint i = 0; i < lines->len && i < 80; i++) {
        const Line *l = &g_array_index(lines, Line, i);

        if (is_blank(l) || l->length > 300 ||
            !line_matches("bounce-list.tsv", l->line, l->length))
            continue;
        if (l->address && l->shape >= NOTICE_LABELLED)
            return i;
        for (guint j = i + 1; j < lines->len && j < i + 15; j++)
            if (g_array_index(lines, Line, j).shape >= NOTICE_INSIDE)
                return i + 1;
    }
    return 0;
}

/* A local part alone under such a line: the domain is the server's own. */
static char *
bare_local_part(const GArray *lines, const char *domain)
{
    for (guint i = 0; domain && i + 1 < lines->len && i < 80; i++) {
        const Line *l = &g_array_index(lines, Line, i);

        if (is_blank(l) || l->length > 300 ||
            !line_matches("bounce-list.tsv", l->line, l->length))
            continue;
        for (guint j = i + 1; j < lines->len && j < i + 4; j++) {
            const Line *next = &g_array_index(lines, Line, j);
            const char *p = next->line + strspn(next->line, " \t><*");
            size_t n = 0;

            while (g_ascii_isalnum(p[n]) || (p[n] && strchr("._+-", p[n])))
                n++;
            if (n > 1 && (p[n] == '\n' || !p[n] || p[n] == '>' ||
                          (p[n] == ':' && p[n + 1] == '\n')))
                return g_strdup_printf("%.*s@%s", (int)n, p, domain);
        }
    }
    return NULL;
}

static GPtrArray *
best_recipients(const GArray *lines, const NoticeQuery *query,
                NoticeShape *out_shape)
{
    for (int shape = NOTICE_LEADING; shape > NOTICE_NOTHING; shape--) {
        GPtrArray *found =
            recipients_of_shape(lines, (NoticeShape)shape, query->ours);

        /* Who writes to himself is both. */
        if (found->len == 0 && shape > NOTICE_INSIDE) {
            g_ptr_array_unref(found);
            found = recipients_of_shape(lines, (NoticeShape)shape, NULL);
        }
        *out_shape = (NoticeShape)shape;
        if (found->len > 0)
            return found;
        g_ptr_array_unref(found);
    }
    *out_shape = NOTICE_NOTHING;
    return g_ptr_array_new_with_free_func(notice_recipient_free);
}

GPtrArray *
bounce_text_recipients(const NoticeQuery *query, NoticeShape *out_shape)
{
    g_autoptr(GArray) lines = lines_of(query->notice);
    GPtrArray *found;
    guint start;

    drop_summaries(lines);
    start = list_start(lines);
    if (start > 0)
        g_array_remove_range(lines, 0, start);
    found = best_recipients(lines, query, out_shape);
    if (start > 0 && *out_shape == NOTICE_LEADING)
        *out_shape = NOTICE_LISTED;
    if (found->len == 0) {
        g_autofree char *bare = bare_local_part(lines, query->domain);

        if (bare) {
            find_or_add(found, bare);
            *out_shape = NOTICE_LABELLED;
        }
    }
    return found;
}

/* A line of a session's transcript names the address somewhere. */
static bool
holds_address(const Line *l, const char *address)
{
    g_autofree char *line = g_ascii_strdown(l->line, (gssize)l->length);
    g_autofree char *wanted = g_ascii_strdown(address, -1);

    return strstr(line, wanted) != NULL;
}

char *
bounce_text_about(const char *notice, const char *address)
{
    g_autoptr(GArray) lines = lines_of(notice);
    g_autoptr(GString) words = g_string_new(NULL);
    bool here = false, named = false;

    for (guint i = 0; i < lines->len && words->len < 4000; i++) {
        const Line *l = &g_array_index(lines, Line, i);

        if (l->address && l->shape >= NOTICE_LABELLED) {
            here = strlen(address) == l->address_length &&
                   g_ascii_strncasecmp(l->address, address,
                                       l->address_length) == 0;
            named |= here;
        }
        if (here || (l->address && holds_address(l, address))) {
            g_string_append_len(words, l->line, (gssize)l->length);
            g_string_append_c(words, '\n');
        }
    }
    return named ? g_string_free(g_steal_pointer(&words), FALSE) : NULL;
}

char *
bounce_text_alias(const char *notice)
{
    static const char *const marks[] = {"generated by", "generated from",
                                        "expanded from", NULL};

    for (int i = 0; marks[i]; i++) {
        const char *p = strstr(notice, marks[i]), *start;
        size_t n;

        if (p && next_address(p, p, p + strcspn(p, "\n"), &start, &n))
            return g_strndup(start, n);
    }
    return NULL;
}
