/* SPDX-License-Identifier: Apache-2.0 */
/* bounce_words.c - the telling part of what servers say */
#include "bounce-words.h"

#include "status-code.h"

#include <stdbool.h>
#include <string.h>

#define REPLIES_MAX 3000
#define WORDS_MAX   6000

static bool
is_local_byte(char c)
{
    return g_ascii_isalnum(c) || (c & 0x80) ||
           (c && strchr(".!#$%&*+-/=?^_{|}~", c));
}

/* Append text[from..to), white space runs as one blank. */
static void
append_flat(GString *out, const char *from, const char *to)
{
    for (; from < to; from++) {
        char c = g_ascii_isspace(*from) ? ' ' : *from;

        if (c == ' ' && (out->len == 0 || out->str[out->len - 1] == ' '))
            continue;
        g_string_append_c(out, c);
    }
}

static GString *
mask_addresses(const char *text)
{
    GString *out = g_string_sized_new(strlen(text));
    const char *done = text;

    for (const char *at = text; (at = strchr(at, '@')); at++) {
        const char *start = at, *end = at + 1;

        while (start > done && is_local_byte(start[-1]))
            start--;
        while (g_ascii_isalnum(*end) || *end == '.' || *end == '-' ||
               *end == '_')
            end++;
        while (end > at + 1 && end[-1] == '.')
            end--;
        append_flat(out, done, start);
        g_string_append(out, "x@x");
        done = end;
        at = MAX(end, at + 1) - 1;
    }
    append_flat(out, done, text + strlen(text));
    if (out->len > 0 && out->str[out->len - 1] == ' ')
        g_string_truncate(out, out->len - 1);
    if (out->len > WORDS_MAX) {
        const char *valid;

        g_utf8_validate(out->str, WORDS_MAX, &valid);
        g_string_truncate(out, (gsize)(valid - out->str));
    }
    return out;
}

/* What comes after "host mx.example.org[192.0.2.1] said:": who said it is not
 * why. */
static const char *
after_speaker(const char *text)
{
    static const char *const marks[] = {
        " said: ", " says: ", " responded: ", " replied: ", NULL};

    for (int i = 0; marks[i]; i++) {
        const char *p = strstr(text, marks[i]);

        if (p && p - text < 250)
            return p + strlen(marks[i]);
    }
    return text;
}

static const char *
after_type(const char *text)
{
    size_t n = strcspn(text, "; ");

    if (n < 20 && text[n] == ';')
        text += n + 1;
    return text + strspn(text, " ");
}

/* IronPort wraps the reply: "5.1.0 - Unknown address error 550-'...'". */
static const char *
after_wrapper(const char *text)
{
    const char *quote = strstr(text, "-'");

    if (quote && quote - text > 6 && quote - text < 80 && text[1] == '.' &&
        g_ascii_isdigit(quote[-1]) && strstr(text, " - ") &&
        strstr(text, " - ") < quote)
        return quote + 2;
    return text;
}

char *
bounce_words_mask(const char *text)
{
    GString *flat = mask_addresses(text);
    const char *words = after_wrapper(after_speaker(after_type(flat->str)));

    g_string_erase(flat, 0, words - flat->str);
    return g_string_free(flat, FALSE);
}

static bool
is_reply_line(const char *line, size_t length)
{
    g_autofree char *copy = g_strndup(line, MIN(length, 300));
    g_autofree char *code = status_code_best(copy);

    return code || reply_code_find(copy) > 0;
}

/* Lines that announce what a program or server said. */
static bool
is_heading(const char *line, size_t length)
{
    static const char *const words[] = {"transcript",
                                        "session follows",
                                        "diagnostic",
                                        "generated during",
                                        "error message below",
                                        "reason:",
                                        "reason for failure",
                                        "the problem appears",
                                        "additional information follows",
                                        "server message",
                                        "remote host said",
                                        "error detail",
                                        "failed reason",
                                        "following reason",
                                        "following error",
                                        NULL};
    g_autofree char *lower = g_ascii_strdown(line, (gssize)MIN(length, 200));

    for (int i = 0; words[i]; i++)
        if (strstr(lower, words[i]))
            return true;
    return false;
}

char *
bounce_words_replies(const char *notice)
{
    g_autoptr(GString) out = g_string_new(NULL);
    int follow = 0; /* lines that may still belong to a reply */
    bool headed = false;

    for (const char *p = notice; *p && out->len < REPLIES_MAX;) {
        size_t n = strcspn(p, "\n");
        bool blank = strspn(p, " \t>") >= n;

        if (!blank && is_heading(p, n)) {
            follow = 10;
            headed = true;
        } else if (!blank && is_reply_line(p, n)) {
            follow = MAX(follow - 1, 4);
        } else {
            /* One empty line may follow a heading. */
            follow = !blank ? follow - 1 : headed ? follow : 0;
            headed = headed && !blank;
        }
        if (follow > 0 && !blank) {
            g_string_append_len(out, p, (gssize)n);
            g_string_append_c(out, '\n');
        }
        p += n;
        p += *p == '\n';
    }
    return g_string_free(g_steal_pointer(&out), FALSE);
}

char *
bounce_words_first_reply(const char *replies)
{
    int code = 0;
    const char *p = replies;

    while (*p) {
        size_t n = strcspn(p, "\n");
        g_autofree char *line = g_strndup(p, n);
        int here = reply_code_find(line);

        if (code && here && here != code)
            break;
        code = code ? code : here;
        p += n;
        p += *p == '\n';
    }
    return g_strndup(replies, (gsize)(p - replies));
}

char *
bounce_words_paragraph(const char *about)
{
    g_autoptr(GString) out = g_string_new(NULL);
    int lines = 0;

    for (const char *p = about; *p && lines < 6 && out->len < 1500;) {
        size_t n = strcspn(p, "\n");
        bool blank = strspn(p, " \t>") >= n;

        /* The address and its words may be a paragraph apart. */
        if (blank && lines > 1)
            break;
        if (!blank) {
            g_string_append_len(out, p, (gssize)n);
            g_string_append_c(out, '\n');
            lines++;
        }
        p += n;
        p += *p == '\n';
    }
    return g_string_free(g_steal_pointer(&out), FALSE);
}
