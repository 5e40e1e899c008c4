/* SPDX-License-Identifier: Apache-2.0 */
/* span.c - lengths of time as authors write them */
#include "nurture/window.h"

#include "nurture/clock.h"
#include "nurture/error.h"

#include <string.h>

#define YEARS_MAX 100

static const struct {
    const char *word;
    SpanUnit unit;
    int factor;
} units[] = {
    {"h", SPAN_HOURS, 1},
    {"d", SPAN_DAYS, 1},
    {"w", SPAN_DAYS, 7},
    {"m", SPAN_MONTHS, 1},
    {"y", SPAN_YEARS, 1},
    {"min", SPAN_MINUTES, 1},
    {"minute", SPAN_MINUTES, 1},
    {"minutes", SPAN_MINUTES, 1},
    {"hour", SPAN_HOURS, 1},
    {"hours", SPAN_HOURS, 1},
    {"day", SPAN_DAYS, 1},
    {"days", SPAN_DAYS, 1},
    {"week", SPAN_DAYS, 7},
    {"weeks", SPAN_DAYS, 7},
    {"month", SPAN_MONTHS, 1},
    {"months", SPAN_MONTHS, 1},
    {"year", SPAN_YEARS, 1},
    {"years", SPAN_YEARS, 1},
    {"business day", SPAN_BUSINESS_DAYS, 1},
    {"business days", SPAN_BUSINESS_DAYS, 1},
};

static bool
fail(GError **error, const char *text, const char *what)
{
    g_set_error(error, NURTURE_ERROR, ERROR_INPUT, "'%s' %s", text, what);
    return false;
}

static int
find_unit(const char *word)
{
    for (int i = 0; i < (int)G_N_ELEMENTS(units); i++)
        if (strcmp(units[i].word, word) == 0)
            return i;
    return -1;
}

/* What follows the number: one space or none, words in any case, any number of
 * spaces between two words. */
static char *
unit_words(const char *text)
{
    g_autofree char *lower = g_ascii_strdown(text, -1);
    g_auto(GStrv) words = g_strsplit_set(lower, " \t", 0);
    GString *out = g_string_new(NULL);

    for (int i = 0; words[i]; i++)
        if (words[i][0])
            g_string_append_printf(out, "%s%s", out->len > 0 ? " " : "",
                                   words[i]);
    return g_string_free(out, FALSE);
}

bool
span_parse(const char *text, Span *out, GError **error)
{
    const char *p = text;
    int64_t count = 0;
    g_autofree char *word = NULL;
    int unit;

    if (*p == '-')
        return fail(error, text, "is below zero");
    if (!g_ascii_isdigit(*p))
        return fail(error, text,
                    "is not a length of time, for example 90d, 6w, 12m, 2y");
    for (; g_ascii_isdigit(*p); p++)
        count = MIN(count * 10 + (*p - '0'), INT32_MAX);
    word = unit_words(p);
    if (!*word)
        return fail(error, text,
                    "needs a unit, for example 4d, 4 business days, 2w");
    unit = find_unit(word);
    if (unit < 0)
        return fail(error, text,
                    "has no known unit, for example 4d, 4 business days, 2w");
    count = MIN(count * units[unit].factor, INT32_MAX);
    out->count = (int)count;
    out->unit = units[unit].unit;
    if (span_ms(out) > YEARS_MAX * 365 * DAY_MS)
        return fail(error, text, "is longer than 100 years");
    return true;
}

int64_t
span_ms(const Span *span)
{
    static const int64_t unit_ms[] = {
        [SPAN_MINUTES] = MINUTE_MS,
        [SPAN_HOURS] = HOUR_MS,
        [SPAN_DAYS] = DAY_MS,
        /* five of them are a week */
        [SPAN_BUSINESS_DAYS] = DAY_MS * 7 / 5,
        [SPAN_MONTHS] = 30 * DAY_MS,
        [SPAN_YEARS] = 365 * DAY_MS,
    };

    return span->count * unit_ms[span->unit];
}

static int
days_in_month(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

    return days[month - 1] + (month == 2 && leap);
}

static void
add_months(LocalTime *local, int months)
{
    int total = local->year * 12 + local->month - 1 + months;

    local->year = total / 12;
    local->month = total % 12 + 1;
    /* 31 January and a month: the last of February */
    local->day = MIN(local->day, days_in_month(local->year, local->month));
}

/* How many calendar days `count` business days from `weekday` are. */
static int
business_days(int weekday, int count, int sign)
{
    int days = 0;

    while (count > 0) {
        days += sign;
        weekday = (weekday + sign + 7) % 7;
        count -= weekday < 5;
    }
    return days;
}

int64_t
span_move(const Span *span, GTimeZone *zone, int64_t at, int sign)
{
    LocalTime local = utc_to_local(zone, at);
    int64_t below_minute = ((at % MINUTE_MS) + MINUTE_MS) % MINUTE_MS;

    switch (span->unit) {
    case SPAN_MINUTES:
    case SPAN_HOURS:
        return at + sign * span_ms(span);
    case SPAN_DAYS:
        local.day += sign * span->count;
        break;
    case SPAN_BUSINESS_DAYS:
        local.day += business_days(local.weekday, span->count, sign);
        break;
    case SPAN_MONTHS:
        add_months(&local, sign * span->count);
        break;
    case SPAN_YEARS:
        add_months(&local, sign * span->count * 12);
        break;
    }
    return local_to_utc(zone, local.year, local.month, local.day,
                        local.minute) +
           below_minute;
}
