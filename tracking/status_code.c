/* SPDX-License-Identifier: Apache-2.0 */
/* status_code.c - RFC 3463 codes and SMTP replies inside any text */
#include "status-code.h"

#include <string.h>

/* Digits and dots around a candidate make it something else: an address, a
 * version, a part of a longer number. */
static bool
stands_alone(const char *text, const char *p, const char *end)
{
    if (p > text) {
        char before = p[-1];

        if (g_ascii_isalnum(before) || before == '.' || before == '_' ||
            before == '/' || before == '@')
            return false;
        if (before == '-' && (p - text < 4 || !g_ascii_isdigit(p[-2])))
            return false;
    }
    if (g_ascii_isalnum(*end) || *end == '@' || *end == '_')
        return false;
    return !((*end == '.' || *end == '-' || *end == '/') &&
             g_ascii_isalnum(end[1]) && *end != '-');
}

static size_t
digits(const char *p, size_t max)
{
    size_t n = 0;

    while (n <= max && g_ascii_isdigit(p[n]))
        n++;
    return n <= max ? n : 0;
}

/* The length of the code at `p`, 0 if it is none. */
static size_t
code_length(const char *text, const char *p)
{
    size_t subject, detail;

    if (!strchr("245", *p) || !*p || p[1] != '.')
        return 0;
    subject = digits(p + 2, 3);
    if (!subject || p[2 + subject] != '.')
        return 0;
    detail = digits(p + 3 + subject, 3);
    if (!detail || !stands_alone(text, p, p + 3 + subject + detail))
        return 0;
    return 3 + subject + detail;
}

/* The next code from `p` on, with its length. */
static const char *
code_next(const char *text, const char *p, size_t *out_length)
{
    for (; (p = strpbrk(p, "245")); p++)
        if ((*out_length = code_length(text, p)))
            return p;
    return NULL;
}

char *
status_code_find(const char *text)
{
    size_t n;
    const char *p = code_next(text, text, &n);

    return p ? g_strndup(p, n) : NULL;
}

bool
status_code_is_vague(const char *status)
{
    return !status || strlen(status) < 5 || strcmp(status + 1, ".0.0") == 0;
}

/* "550 5.1.1", "550-5.1.1", "550 #5.1.1", "550 (5.1.1". */
static bool
follows_reply(const char *text, const char *p)
{
    const char *q = p;

    while (q > text && strchr(" -#([", q[-1]))
        q--;
    return q < p && q - text >= 3 && q[-3] == *p && g_ascii_isdigit(q[-2]) &&
           g_ascii_isdigit(q[-1]) && (q - text == 3 || !g_ascii_isalnum(q[-4]));
}

char *
status_code_best(const char *text)
{
    g_autofree char *first = NULL;
    g_autofree char *telling = NULL;
    size_t n;

    for (const char *p = text; (p = code_next(text, p, &n)); p += n) {
        g_autofree char *code = g_strndup(p, n);
        bool vague = status_code_is_vague(code);

        if (*code == '2')
            continue;
        if (!vague && follows_reply(text, p))
            return g_steal_pointer(&code);
        if (!vague && !telling)
            telling = g_strdup(code);
        if (!first)
            first = g_steal_pointer(&code);
    }
    return telling ? g_steal_pointer(&telling) : g_steal_pointer(&first);
}

int
reply_code_find(const char *text)
{
    for (const char *p = text; (p = strpbrk(p, "45")); p++) {
        bool start = p == text || !(g_ascii_isalnum(p[-1]) || p[-1] == '.' ||
                                    p[-1] == '-' || p[-1] == '@');

        if (start && p[1] >= '0' && p[1] <= '5' && g_ascii_isdigit(p[2]) &&
            (p[3] == '\0' || strchr(" -\t\n:)];,'\"", p[3])))
            return (p[0] - '0') * 100 + (p[1] - '0') * 10 + (p[2] - '0');
    }
    return 0;
}
