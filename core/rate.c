/* SPDX-License-Identifier: Apache-2.0 */
/* rate.c - "20 per minute", "2 per 14d", "12.5%" */
#include "nurture/settings.h"

#include "nurture/error.h"
#include "nurture/window.h"

#include <string.h>

#define COUNT_MAX 1000000000

/* Reads digits up to COUNT_MAX; NULL when there are none or too many. */
static const char *
take_count(const char *p, int *out)
{
    const char *start = p;
    int64_t n = 0;

    for (; g_ascii_isdigit(*p) && n <= COUNT_MAX; p++)
        n = n * 10 + (*p - '0');
    *out = (int)n;
    return p == start || n > COUNT_MAX ? NULL : p;
}

bool
rate_parse(const char *text, int *out_count, int64_t *out_per_ms,
           GError **error)
{
    const char *p = take_count(text, out_count);
    g_autofree char *unit = NULL;
    Span span;

    if (strcmp(text, "unlimited") == 0) {
        *out_count = 0;
        *out_per_ms = 0;
        return true;
    }
    if (p && g_str_has_prefix(p, " per ")) {
        p += strlen(" per ");
        unit = g_ascii_isdigit(*p) ? g_strdup(p) : g_strdup_printf("1 %s", p);
        if (*out_count > 0 && span_parse(unit, &span, NULL) && span.count > 0) {
            *out_per_ms = span_ms(&span);
            return true;
        }
    }
    g_set_error(error, NURTURE_ERROR, ERROR_INPUT,
                "'%s' is not a rate, for example 20 per minute, 2 per 14d",
                text);
    return false;
}

bool
percent_parse(const char *text, int *out_basis_points, GError **error)
{
    int whole = 0, part = 0;
    const char *p = take_count(text, &whole);

    if (p && *p == '.' && g_ascii_isdigit(p[1])) {
        part = (p[1] - '0') * 10;
        p += 2;
        if (g_ascii_isdigit(*p))
            part += *p++ - '0';
    }
    if (p && strcmp(p, "%") == 0 && whole <= 100 &&
        whole * 100 + part <= 10000) {
        *out_basis_points = whole * 100 + part;
        return true;
    }
    g_set_error(error, NURTURE_ERROR, ERROR_INPUT,
                "'%s' is not a percentage, for example 50%%", text);
    return false;
}
