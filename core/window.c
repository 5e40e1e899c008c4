/* SPDX-License-Identifier: Apache-2.0 */
/* window.c - weekdays and hours in which mail may arrive */
#include "nurture/window.h"

#include "nurture/clock.h"
#include "nurture/error.h"

#include <string.h>

#define MINUTES_OF_DAY (24 * 60)

static const char *const weekdays[] = {"Monday",   "Tuesday", "Wednesday",
                                       "Thursday", "Friday",  "Saturday",
                                       "Sunday",   NULL};

static bool
fail(SendWindow *out, const char *text, const char *what, GError **error)
{
    out->start = -1;
    g_set_error(error, NURTURE_ERROR, ERROR_INPUT, "'%s' %s", text, what);
    return false;
}

/* "Tue", "tuesday" -> 1; -1 for anything else. */
static int
weekday_parse(const char *word)
{
    gsize length = strlen(word);

    for (int i = 0; weekdays[i]; i++)
        if ((length == 3 || length == strlen(weekdays[i])) &&
            g_ascii_strncasecmp(word, weekdays[i], length) == 0)
            return i;
    return -1;
}

/* "Mon-Wed,Fri"; a range may go over the week's end ("Sat-Mon"). */
static bool
days_parse(const char *text, SendWindow *out, GError **error)
{
    g_auto(GStrv) parts = g_strsplit(text, ",", 0);

    out->days = 0;
    for (int i = 0; parts[i]; i++) {
        g_auto(GStrv) ends = g_strsplit(parts[i], "-", 2);
        int from = ends[0] ? weekday_parse(ends[0]) : -1;
        int to = from >= 0 && ends[1] ? weekday_parse(ends[1]) : from;
        if (from < 0 || to < 0)
            return fail(out, from < 0 || !ends[1] ? parts[i] : ends[1],
                        "is not a weekday (Mon, Tue ..)", error);
        for (int day = from;; day = (day + 1) % 7) {
            out->days |= 1u << day;
            if (day == to)
                break;
        }
    }
    return true;
}

/* "09:00" -> 540, "24:00" -> 1440; -1 for anything else. */
static int
minute_parse(const char *text)
{
    int hour, minute;

    if (strlen(text) == 4 && text[1] == ':') { /* "9:00" */
        hour = g_ascii_digit_value(text[0]);
        text -= 1;
    } else if (strlen(text) == 5 && text[2] == ':' &&
               g_ascii_isdigit(text[0]) && g_ascii_isdigit(text[1]))
        hour = (text[0] - '0') * 10 + text[1] - '0';
    else
        return -1;
    if (hour < 0 || !g_ascii_isdigit(text[3]) || !g_ascii_isdigit(text[4]))
        return -1;
    minute = (text[3] - '0') * 10 + text[4] - '0';
    if (minute > 59 || hour * 60 + minute > MINUTES_OF_DAY)
        return -1;
    return hour * 60 + minute;
}

static bool
hours_parse(const char *text, SendWindow *out, GError **error)
{
    g_auto(GStrv) ends = g_strsplit(text, "-", 2);

    out->start = ends[0] ? minute_parse(ends[0]) : -1;
    out->end = ends[0] && ends[1] ? minute_parse(ends[1]) : -1;
    if (out->start < 0 || out->end < 0)
        return fail(out, text, "are not hours (09:00-16:00)", error);
    if (out->start < out->end)
        return true;
    g_set_error(error, NURTURE_ERROR, ERROR_INPUT,
                "the sending window %s is empty", text);
    return false;
}

bool
send_window_parse(const char *text, SendWindow *out, GError **error)
{
    g_autofree char *tidy = g_strstrip(g_strdup(text));
    g_auto(GStrv) words = g_strsplit_set(tidy, " \t", 0);
    guint n = g_strv_length(words);

    *out = (SendWindow)SEND_WINDOW_ALWAYS;
    if (strcmp(tidy, "always") == 0)
        return true;
    if (n == 3 && strcmp(words[2], "recipient") == 0)
        out->recipient = true;
    else if (n != 2)
        return fail(out, tidy,
                    "is not a sending window, for example Tue-Thu 09:00-16:00 "
                    "recipient",
                    error);
    return days_parse(words[0], out, error) &&
           hours_parse(words[1], out, error);
}

static void
append_days(GString *out, unsigned days)
{
    for (int day = 0; day < 7; day++) {
        int last = day;
        if (!(days & (1u << day)))
            continue;
        while (last < 6 && (days & (1u << (last + 1))))
            last++;
        if (out->len > 0)
            g_string_append_c(out, ',');
        g_string_append_len(out, weekdays[day], 3);
        if (last > day) {
            g_string_append_c(out, '-');
            g_string_append_len(out, weekdays[last], 3);
        }
        day = last;
    }
}

char *
send_window_format(const SendWindow *window)
{
    GString *out = g_string_new(NULL);

    if (window->days == 0x7f && window->start == 0 &&
        window->end == MINUTES_OF_DAY) {
        g_string_append(out, "always");
    } else {
        append_days(out, window->days);
        g_string_append_printf(out, " %02d:%02d-%02d:%02d%s",
                               window->start / 60, window->start % 60,
                               window->end / 60, window->end % 60,
                               window->recipient ? " recipient" : "");
    }
    return g_string_free(out, FALSE);
}

static bool
is_inside(const SendWindow *window, GTimeZone *zone, int64_t at)
{
    LocalTime local = utc_to_local(zone, at);

    return (window->days & (1u << local.weekday)) &&
           local.minute >= window->start && local.minute < window->end;
}

int64_t
send_window_next(const SendWindow *window, GTimeZone *zone, int64_t at)
{
    LocalTime local = utc_to_local(zone, at);

    g_assert(window->days != 0 && window->start < window->end);
    if (is_inside(window, zone, at))
        return at;
    /* A day may be skipped (Samoa, 30 December 2011), and a short window in a
     * clock change: then the week after. */
    for (int day = 0; day < 15; day++) {
        int64_t open = local_to_utc(zone, local.year, local.month,
                                    local.day + day, window->start);
        if (open >= at && is_inside(window, zone, open))
            return open;
    }
    g_assert_not_reached();
}

int64_t
send_window_next_in_both(const SendWindow *a, GTimeZone *zone_a,
                         const SendWindow *b, GTimeZone *zone_b, int64_t at)
{
    int64_t last = at + 28 * DAY_MS;

    while (at <= last) {
        int64_t next =
            send_window_next(b, zone_b, send_window_next(a, zone_a, at));
        if (next == at)
            return at;
        at = next;
    }
    return -1;
}
