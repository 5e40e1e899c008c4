/* SPDX-License-Identifier: Apache-2.0 */
/* returned_mail.c - finding the returned mail inside a one-text bounce */
#include "returned-mail.h"

#include "text-rules.h"

#include <stdbool.h>
#include <string.h>

/* The name of a field at the start of `line`, its length in `out_length`. */
static bool
is_field(const char *line, size_t *out_length)
{
    size_t n = 0;

    while (g_ascii_isalnum(line[n]) || line[n] == '-' || line[n] == '_')
        n++;
    *out_length = n;
    return n > 1 && line[n] == ':';
}

static bool
is_one_of(const char *line, size_t length, const char *const *names)
{
    for (int i = 0; names[i]; i++)
        if (strlen(names[i]) == length &&
            g_ascii_strncasecmp(line, names[i], length) == 0)
            return true;
    return false;
}

/* Three fields in a row of which one is a relay's or two are a mail's own.
 * What a notice says of the mail ("Subject: ...") rarely names both. */
static bool
is_header_run(const char *p)
{
    static const char *const relay[] = {"Received", "Return-Path",
                                        "X-Original-To", "Delivered-To", NULL};
    static const char *const own[] = {"Message-ID", "MIME-Version", "From",
                                      "Content-Type", NULL};
    int fields = 0, relays = 0, owns = 0;
    size_t n;

    for (int lines = 0; lines < 12 && *p; lines++) {
        if (is_field(p, &n)) {
            fields++;
            relays += is_one_of(p, n, relay);
            owns += is_one_of(p, n, own);
        } else if (*p != ' ' && *p != '\t') {
            break;
        }
        p += strcspn(p, "\n");
        p += *p == '\n';
    }
    return fields >= 3 && (relays > 0 || owns > 1);
}

static size_t
find_header_run(const char *notice, size_t length)
{
    const char *p = notice;
    bool after_blank = true;

    while (p < notice + length) {
        size_t n = strcspn(p, "\n");

        if (after_blank && g_ascii_isalpha(*p) && is_header_run(p))
            return (size_t)(p - notice);
        after_blank = n == 0 || strspn(p, " \t-=_*|") == n;
        p += n + 1;
    }
    return length;
}

size_t
returned_mail_find(const char *notice, size_t length)
{
    TextRules *rules = text_rules_get("bounce-original.tsv");
    size_t first = find_header_run(notice, length);
    g_auto(Haystack) h = {0};

    haystack_init(&h, notice, length);
    for (int i = 0; i < text_rules_count(rules); i++) {
        PatternMatch m;

        if (text_rules_match(rules, i, &h, &m) && (size_t)m.start[0] < first)
            first = (size_t)m.start[0];
    }
    return first;
}

/* After a line that announces the mail, two fields in a row are enough. */
static bool
is_field_pair(const char *p)
{
    size_t n;

    if (!is_field(p, &n))
        return false;
    p += strcspn(p, "\n");
    return *p && is_field(p + 1, &n);
}

const char *
returned_mail_header(const char *quoted)
{
    for (int lines = 0; lines < 40 && *quoted; lines++) {
        if (is_field_pair(quoted))
            return quoted;
        quoted += strcspn(quoted, "\n");
        quoted += *quoted == '\n';
    }
    return "";
}
