/* SPDX-License-Identifier: Apache-2.0 */
/* holiday_event.c - a whole-day event, once or every year (RFC 5545 3.8.5) */
#include "holiday-event.h"

#include <string.h>

#define FIRST_YEAR 1970
#define EXCEPT_MAX 1000

void
holiday_event_clear(HolidayEvent *event)
{
    g_clear_pointer(&event->name, g_free);
    g_clear_pointer(&event->except, g_array_unref);
}

void
holiday_event_begin(HolidayEvent *event, const Ics *ics)
{
    holiday_event_clear(event);
    *event = (HolidayEvent){.line = ics->line};
    event->except = g_array_new(FALSE, FALSE, sizeof(guint32));
}

/* ---- values -------------------------------------------------------------- */

static guint32
julian(int year, int month, int day)
{
    GDate date;

    if (year < 1 || year > 9999 || month < 1 || month > 12 || day < 1 ||
        day > 31 ||
        !g_date_valid_dmy((GDateDay)day, (GDateMonth)month, (GDateYear)year))
        return 0;
    g_date_clear(&date, 1);
    g_date_set_dmy(&date, (GDateDay)day, (GDateMonth)month, (GDateYear)year);
    return g_date_get_julian(&date);
}

static GDate
date_of(guint32 day)
{
    GDate date;

    g_date_clear(&date, 1);
    g_date_set_julian(&date, day);
    return date;
}

/* "20261225", "20261225T000000Z" -> its day; 0 when it is none. `*out_time`:
 * there is a time of day other than midnight. */
static guint32
day_parse(const char *text, bool *out_time)
{
    int n = 0;

    for (int i = 0; i < 8; i++) {
        if (!g_ascii_isdigit(text[i]))
            return 0;
        n = n * 10 + (text[i] - '0');
    }
    *out_time = text[8] && !g_str_has_prefix(text + 8, "T000000");
    if (text[8] && text[8] != 'T')
        return 0;
    return julian(n / 10000, n / 100 % 100, n % 100);
}

static guint32
read_day(HolidayEvent *event, Ics *ics)
{
    bool time = false;
    guint32 day = day_parse(ics->value, &time);

    if (day && !time)
        return day;
    event->unusable = true;
    if (day)
        ics_report(ics,
                   "'%s' is a time of day; a holiday is whole days, such "
                   "as DTSTART;VALUE=DATE:%.8s",
                   ics->value, ics->value);
    else
        ics_report(ics, "'%s' is not a date, such as 20261225", ics->value);
    return 0;
}

/* RFC 5545 3.3.11: a TEXT value, as one line. */
static char *
read_text(const char *value)
{
    GString *out = g_string_new(NULL);

    for (const char *p = value; *p; p++) {
        if (*p == '\\' && p[1]) {
            p++;
            g_string_append_c(out, *p == 'n' || *p == 'N' ? ' ' : *p);
        } else if ((unsigned char)*p >= ' ') {
            g_string_append_c(out, *p);
        }
    }
    if (out->len > 200) {
        const char *end = g_utf8_find_prev_char(out->str, out->str + 201);
        g_string_truncate(out, (gsize)(end - out->str));
    }
    return g_string_free(out, FALSE);
}

static void
read_except(HolidayEvent *event, Ics *ics)
{
    g_auto(GStrv) days = g_strsplit(ics->value, ",", EXCEPT_MAX);

    for (int i = 0; days[i]; i++) {
        bool time;
        guint32 day = day_parse(days[i], &time);
        if (!day) {
            ics_report(ics, "'%s' is not a date, such as 20261225", days[i]);
            return;
        }
        if (event->except->len < EXCEPT_MAX)
            g_array_append_val(event->except, day);
    }
}

/* "P1D", "P2W" -> days; 0 when it is nothing of the kind. */
static guint32
duration_days(const char *text)
{
    gint64 n;
    char *end;

    if (text[0] != 'P' || !g_ascii_isdigit(text[1]))
        return 0;
    n = g_ascii_strtoll(text + 1, &end, 10);
    if (n > HOLIDAY_MAX_LENGTH || end[0] == '\0' || end[1] != '\0')
        return 0;
    return *end == 'D' ? (guint32)n : *end == 'W' ? (guint32)n * 7 : 0;
}

/* ---- RRULE --------------------------------------------------------------- */

static bool
small_number(const char *text, int most, int *out)
{
    char *end;
    gint64 n = g_ascii_strtoll(text, &end, 10);

    *out = (int)CLAMP(n, -1000, 1000);
    return end != text && *end == '\0' && n >= 1 && n <= most;
}

/* "4TH", "-1MO" */
static bool
weekday_parse(const char *text, HolidayEvent *event)
{
    static const char *const days[] = {"MO", "TU", "WE", "TH",
                                       "FR", "SA", "SU"};
    char *end;
    gint64 nth = g_ascii_strtoll(text, &end, 10);

    for (int i = 0; i < 7; i++)
        if (strcmp(end, days[i]) == 0 && nth >= -5 && nth <= 5 && nth != 0) {
            event->rule.nth = (int)nth;
            event->rule.weekday = i;
            return true;
        }
    return false;
}

static bool
read_rule_part(HolidayEvent *event, const char *name, const char *value)
{
    bool time;

    if (strcmp(name, "FREQ") == 0)
        return event->rule.yearly = strcmp(value, "YEARLY") == 0;
    if (strcmp(name, "INTERVAL") == 0)
        return small_number(value, 100, &event->rule.interval);
    if (strcmp(name, "COUNT") == 0)
        return small_number(value, 1000, &event->rule.count);
    if (strcmp(name, "UNTIL") == 0)
        return (event->rule.until = day_parse(value, &time)) != 0;
    if (strcmp(name, "BYMONTH") == 0)
        return small_number(value, 12, &event->rule.month);
    if (strcmp(name, "BYMONTHDAY") == 0)
        return small_number(value, 31, &event->rule.monthday);
    if (strcmp(name, "BYDAY") == 0)
        return weekday_parse(value, event);
    return strcmp(name, "WKST") == 0;
}

static void
read_rule(HolidayEvent *event, Ics *ics)
{
    g_autofree char *upper = g_ascii_strup(ics->value, -1);
    g_auto(GStrv) parts = g_strsplit(upper, ";", 20);

    event->rule.interval = 1;
    for (int i = 0; parts[i]; i++) {
        char *value = strchr(parts[i], '=');
        if (value)
            *value++ = '\0';
        if (value && read_rule_part(event, parts[i], value))
            continue;
        event->unusable = true;
        ics_report(ics,
                   "the repetition '%s%s%s' is not understood: only what comes "
                   "every year is, for example FREQ=YEARLY;BYMONTH=11;"
                   "BYDAY=4TH",
                   parts[i], value ? "=" : "", value ? value : "");
        return;
    }
    if (!event->rule.yearly) {
        event->unusable = true;
        ics_report(ics, "this repetition has no FREQ=YEARLY");
    }
}

/* ---- the event ----------------------------------------------------------- */

void
holiday_event_line(HolidayEvent *event, Ics *ics)
{
    if (strcmp(ics->name, "DTSTART") == 0)
        event->start = read_day(event, ics);
    else if (strcmp(ics->name, "DTEND") == 0)
        event->end = read_day(event, ics);
    else if (strcmp(ics->name, "DURATION") == 0 && event->start)
        event->end = event->start + duration_days(ics->value);
    else if (strcmp(ics->name, "RRULE") == 0)
        read_rule(event, ics);
    else if (strcmp(ics->name, "EXDATE") == 0)
        read_except(event, ics);
    else if (strcmp(ics->name, "STATUS") == 0)
        event->cancelled = g_ascii_strcasecmp(ics->value, "CANCELLED") == 0;
    else if (strcmp(ics->name, "SUMMARY") == 0) {
        g_free(event->name);
        event->name = read_text(ics->value);
    }
}

bool
holiday_event_check(HolidayEvent *event, Ics *ics)
{
    if (event->unusable || event->cancelled)
        return false;
    if (event->start == 0) {
        ics_report_at(ics, event->line,
                      "this event has no DTSTART;VALUE=DATE:YYYYMMDD");
        return false;
    }
    /* RFC 5545 3.6.1: without an end it is one day. Some calendars give the
     * same day twice and mean that, too. */
    if (event->end <= event->start)
        event->end = event->start + 1;
    if (event->end - event->start > HOLIDAY_MAX_LENGTH) {
        ics_report_at(ics, event->line, "this event lasts longer than %d days",
                      HOLIDAY_MAX_LENGTH);
        return false;
    }
    return true;
}

static bool
is_excepted(const HolidayEvent *event, guint32 day)
{
    for (guint i = 0; i < event->except->len; i++)
        if (g_array_index(event->except, guint32, i) == day)
            return true;
    return false;
}

static bool
add_days(const HolidayEvent *event, guint32 start,
         bool (*add)(guint32, const char *, gpointer), gpointer data)
{
    if (is_excepted(event, start))
        return true;
    for (guint32 i = 0; i < event->end - event->start; i++)
        if (!add(start + i, event->name ? event->name : "", data))
            return false;
    return true;
}

/* The n-th weekday of a month; from its end when n is below zero. 0: there is
 * no fifth one. */
static guint32
nth_weekday(int year, int month, int nth, int weekday)
{
    guint32 first = julian(year, month, 1);
    guint32 next =
        month == 12 ? julian(year + 1, 1, 1) : julian(year, month + 1, 1);
    GDate date = date_of(first);
    int offset = (weekday - ((int)g_date_get_weekday(&date) - 1) + 7) % 7;
    gint64 day = (gint64)first + offset + (nth - 1) * 7;

    if (nth < 0) {
        date = date_of(next - 1);
        offset = ((int)g_date_get_weekday(&date) - 1 - weekday + 7) % 7;
        day = (gint64)next - 1 - offset + (nth + 1) * 7;
    }
    return day >= first && day < next ? (guint32)day : 0;
}

static guint32
day_in_year(const HolidayEvent *event, int year)
{
    GDate start = date_of(event->start);
    int month =
        event->rule.month ? event->rule.month : (int)g_date_get_month(&start);
    int day =
        event->rule.monthday ? event->rule.monthday : g_date_get_day(&start);

    return event->rule.nth
               ? nth_weekday(year, month, event->rule.nth, event->rule.weekday)
               : julian(year, month, day);
}

bool
holiday_event_days(const HolidayEvent *event, int last_year,
                   bool (*add)(guint32 day, const char *name, gpointer data),
                   gpointer data)
{
    GDate start = date_of(event->start);
    int year = g_date_get_year(&start), found = 0;

    if (!event->rule.yearly)
        return year < FIRST_YEAR || year > last_year ||
               add_days(event, event->start, add, data);
    for (; year <= last_year; year += MAX(event->rule.interval, 1)) {
        guint32 day = day_in_year(event, year);
        if (day < event->start)
            continue; /* also the 29th of February, where there is none */
        if ((event->rule.until && day > event->rule.until) ||
            (event->rule.count && found++ >= event->rule.count))
            return true;
        if (year >= FIRST_YEAR && !add_days(event, day, add, data))
            return false;
    }
    return true;
}
