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

typedef enum { SHAPE_NONE, SHAPE_INSIDE, SHAPE_LABELLED, SHAPE_LEADING } Shape;

typedef struct {
    const char *line;
    size_t length;
    const char *address; /* inside the line, or NULL */
    size_t address_length;
    Shape shape;
} Line;

static bool
is_address_byte(char c)
{
    return g_ascii_isalnum(c) || (c & 0x80) ||
           (c && strchr(".!#$%&'*+-/=?^_`{|}~", c));
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
        /* "rfc822;a@b", "=<a@b>", "'a@b'" */
        while (start < at && strchr("'`=/*|{", *start))
            start++;
    }
    for (; end < eol && (g_ascii_isalnum(*end) || *end == '-' || *end == '.' ||
                         *end == '_' || (*end & 0x80));
         end++)
        if (*end == '.')
            dot = end;
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

/* Names of fields and labels behind which a recipient stands. */
static bool
is_recipient_label(const char *line, size_t length)
{
    TextRules *rules = text_rules_get("bounce-recipient.tsv");
    g_auto(Haystack) h = {0};

    haystack_init(&h, line, length);
    return text_rules_find(rules, &h, NULL) >= 0;
}

static bool
is_sender_label(const char *line, size_t length)
{
    TextRules *rules = text_rules_get("bounce-not-recipient.tsv");
    g_auto(Haystack) h = {0};

    haystack_init(&h, line, length);
    return text_rules_find(rules, &h, NULL) >= 0;
}

static Shape
shape_of(const Line *l)
{
    size_t before = (size_t)(l->address - l->line);
    size_t lead = strspn(l->line, " \t>*<-|#([\"'`.0123456789");

    if (before <= lead)
        return is_sender_label(l->line, l->length) ? SHAPE_NONE : SHAPE_LEADING;
    if (is_sender_label(l->line, l->length))
        return SHAPE_NONE;
    if (is_recipient_label(l->line, l->length))
        return SHAPE_LABELLED;
    return SHAPE_INSIDE;
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

/* All addresses of lines of this shape; their words run to the next one. */
static GPtrArray *
recipients_of_shape(const GArray *lines, Shape shape, const char *const *ours)
{
    GPtrArray *found = g_ptr_array_new_with_free_func(notice_recipient_free);
    NoticeRecipient *now = NULL;

    for (guint i = 0; i < lines->len; i++) {
        const Line *l = &g_array_index(lines, Line, i);
        const char *start = l->address, *eol = l->line + l->length;
        size_t n = l->address_length;

        if (l->shape == shape) {
            g_autofree char *address = g_strndup(start, n);

            if (!is_ours(address, ours))
                now = find_or_add(found, address);
            /* "a@b, c@d" on one line */
            while (shape == SHAPE_LEADING && start + n < eol &&
                   strchr(",; ", start[n]) && strspn(start + n, ",; <") > 0 &&
                   next_address(l->line, start + n + 1, eol, &start, &n) &&
                   strchr(",; <", start[-1])) {
                g_autofree char *more = g_strndup(start, n);

                if (memchr(l->address, ' ', (size_t)(start - l->address)) &&
                    !memchr(l->address, ',', (size_t)(start - l->address)) &&
                    !memchr(l->address, ';', (size_t)(start - l->address)))
                    break;
                if (!is_ours(more, ours))
                    find_or_add(found, more);
            }
        }
        if (now && now->words->len < 4000) {
            g_string_append_len(now->words, l->line, (gssize)l->length);
            g_string_append_c(now->words, '\n');
        }
    }
    return found;
}

GPtrArray *
bounce_text_recipients(const char *notice, const char *const *ours)
{
    g_autoptr(GArray) lines = lines_of(notice);

    for (int shape = SHAPE_LEADING; shape > SHAPE_NONE; shape--) {
        GPtrArray *found = recipients_of_shape(lines, (Shape)shape, ours);

        if (found->len > 0)
            return found;
        g_ptr_array_unref(found);
    }
    return g_ptr_array_new_with_free_func(notice_recipient_free);
}

char *
bounce_text_about(const char *notice, const char *address)
{
    g_autoptr(GArray) lines = lines_of(notice);
    g_autoptr(GString) words = g_string_new(NULL);
    bool here = false;

    for (guint i = 0; i < lines->len && words->len < 4000; i++) {
        const Line *l = &g_array_index(lines, Line, i);

        if (l->address && l->shape >= SHAPE_LABELLED)
            here = strlen(address) == l->address_length &&
                   g_ascii_strncasecmp(l->address, address,
                                       l->address_length) == 0;
        if (here) {
            g_string_append_len(words, l->line, (gssize)l->length);
            g_string_append_c(words, '\n');
        }
    }
    return g_string_free(g_steal_pointer(&words), FALSE);
}
