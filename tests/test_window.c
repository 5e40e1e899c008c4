/* SPDX-License-Identifier: Apache-2.0 */
/* test_window.c - local time, sending windows, spans and dates */
#include "nurture/window.h"

#include "nurture/clock.h"
#include "nurture/error.h"

#include <string.h>

/* Wall time -> UTC seconds as Python's zoneinfo (fold=0) has it; made by
 * tests/data/local-time.py. */
static const struct {
    const char *zone;
    int year, month, day, minute;
    int64_t utc_s;
    bool skipped;
} wall_times[] = {
#include "data/local-time.inc"
};

static void
test_against_zoneinfo(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(wall_times); i++) {
        GTimeZone *zone = zone_get(wall_times[i].zone);
        int year = wall_times[i].year, month = wall_times[i].month;
        int day = wall_times[i].day, minute = wall_times[i].minute;
        int64_t utc;
        LocalTime back;

        g_assert_nonnull(zone);
        utc = local_to_utc(zone, year, month, day, minute);
        g_assert_cmpint(utc / 1000, ==, wall_times[i].utc_s);
        g_assert_cmpint(local_is_skipped(zone, year, month, day, minute), ==,
                        wall_times[i].skipped);
        back = utc_to_local(zone, utc);
        if (!wall_times[i].skipped) {
            g_assert_cmpint(back.year, ==, year);
            g_assert_cmpint(back.month, ==, month);
            g_assert_cmpint(back.day, ==, day);
            g_assert_cmpint(back.minute, ==, minute);
        }
    }
}

static void
test_calendar(void)
{
    GTimeZone *utc = zone_get("UTC");
    LocalTime t;

    /* 32 January, 0 March, 14 months */
    g_assert_cmpint(local_to_utc(utc, 2026, 1, 32, 0), ==,
                    local_to_utc(utc, 2026, 2, 1, 0));
    g_assert_cmpint(local_to_utc(utc, 2028, 3, 0, 0), ==,
                    local_to_utc(utc, 2028, 2, 29, 0));
    g_assert_cmpint(local_to_utc(utc, 2026, 14, 1, 0), ==,
                    local_to_utc(utc, 2027, 2, 1, 0));
    g_assert_cmpint(local_to_utc(utc, 2026, 0, 1, 0), ==,
                    local_to_utc(utc, 2025, 12, 1, 0));
    t = utc_to_local(utc, 0);
    g_assert_cmpint(t.weekday, ==, 3);
    t = utc_to_local(utc, -1);
    g_assert_cmpint(t.year, ==, 1969);
    g_assert_cmpint(t.weekday, ==, 2);
    g_assert_cmpint(t.minute, ==, 24 * 60 - 1);
}

/* Every day of 400 years is the day after the one before. */
static void
test_every_day(void)
{
    GTimeZone *utc = zone_get("UTC");
    int64_t at = local_to_utc(utc, 1900, 1, 1, 0);

    for (int i = 0; i < 146097; i++, at += DAY_MS) {
        LocalTime t = utc_to_local(utc, at);
        g_assert_cmpint(local_to_utc(utc, t.year, t.month, t.day, t.minute), ==,
                        at);
        g_assert_true(g_date_valid_dmy((GDateDay)t.day, (GDateMonth)t.month,
                                       (GDateYear)t.year));
        g_assert_cmpint(t.weekday, ==, i % 7); /* a Monday */
    }
    g_assert_cmpint(utc_to_local(utc, at).year, ==, 2300);
}

static void
test_zones(void)
{
    static const char *const bad[] = {
        "CEST+1",         "",           "/etc/passwd", "../../etc/passwd",
        "Europe/Berlin ", "+01:00",     "Europe",      "Europe/",
        "Europe//Berlin", "zone.tab",   "Not/AZone",   "europe/berlin",
        "right/UTC",      "EST5EDT,M3", NULL};

    g_assert_true(zone_is_known("Europe/Berlin"));
    g_assert_true(zone_is_known("America/Port-au-Prince"));
    g_assert_true(zone_get("Asia/Tokyo") == zone_get("Asia/Tokyo"));
    g_assert_null(zone_get(NULL));
    for (int i = 0; bad[i]; i++)
        g_assert_false(zone_is_known(bad[i]));
}

static void
test_countries(void)
{
    g_assert_cmpstr(zone_of_country("AT"), ==, "Europe/Vienna");
    g_assert_cmpstr(zone_of_country("de"), ==, "Europe/Berlin");
    g_assert_cmpstr(zone_of_country("IN"), ==, "Asia/Kolkata");
    g_assert_null(zone_of_country("US"));
    g_assert_null(zone_of_country("PT")); /* the Azores */
    g_assert_null(zone_of_country("XX"));
    g_assert_null(zone_of_country("Germany"));
    g_assert_null(zone_of_country(NULL));
}

static void
test_parse(void)
{
    static const struct {
        const char *text, *canonical;
    } rows[] = {
        {"Tue-Thu 09:00-16:00 recipient", "Tue-Thu 09:00-16:00 recipient"},
        {"Mon,Wed 10:00-12:00", "Mon,Wed 10:00-12:00"},
        {"mon-wed,FRI 9:00-24:00", "Mon-Wed,Fri 09:00-24:00"},
        {"Sat-Mon 00:00-00:01", "Mon,Sat-Sun 00:00-00:01"},
        {"Monday-Friday 08:30-17:30", "Mon-Fri 08:30-17:30"},
        {" always ", "always"},
        {"Mon-Sun 00:00-24:00", "always"},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GError) error = NULL;
        SendWindow window;
        g_assert_true(send_window_parse(rows[i].text, &window, &error));
        g_assert_no_error(error);
        g_autofree char *text = send_window_format(&window);
        g_assert_cmpstr(text, ==, rows[i].canonical);
    }
}

static void
test_parse_bad(void)
{
    static const struct {
        const char *text, *message;
    } rows[] = {
        {"Mon-Fri 16:00-09:00", "the sending window 16:00-09:00 is empty"},
        {"Mon-Fri 09:00-09:00", "the sending window 09:00-09:00 is empty"},
        {"Mo-Fr 09:00-16:00", "'Mo-Fr' is not a weekday (Mon, Tue ..)"},
        {"Mon-Fr 09:00-16:00", "'Fr' is not a weekday (Mon, Tue ..)"},
        {"Mon, 09:00-16:00", "'' is not a weekday (Mon, Tue ..)"},
        {"Mon 09:00", "'09:00' are not hours (09:00-16:00)"},
        {"Mon 09:00-24:01", "'09:00-24:01' are not hours (09:00-16:00)"},
        {"Mon 9-17", "'9-17' are not hours (09:00-16:00)"},
        {"Mon 09:60-17:00", "'09:60-17:00' are not hours (09:00-16:00)"},
        {"09:00-17:00", NULL},
        {"", NULL},
        {"Mon 09:00-17:00 sender", NULL},
        {"- -", NULL},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GError) error = NULL;
        SendWindow window;
        g_assert_false(send_window_parse(rows[i].text, &window, &error));
        g_assert_error(error, NURTURE_ERROR, ERROR_INPUT);
        if (rows[i].message)
            g_assert_cmpstr(error->message, ==, rows[i].message);
        g_assert_true((window.start == -1) ==
                      !g_str_has_suffix(error->message, "is empty"));
    }
}

static int64_t
at(const char *zone, const char *text)
{
    g_autoptr(GError) error = NULL;
    int64_t out = 0;

    g_assert_true(date_parse(text, zone_get(zone), &out, &error));
    g_assert_no_error(error);
    return out;
}

static void
test_next(void)
{
    static const struct {
        const char *window, *zone, *from, *expected;
    } rows[] = {
        {"Tue-Thu 09:00-16:00", "Europe/Berlin", "2026-03-01 12:00",
         "2026-03-03 09:00"},
        {"Tue-Thu 09:00-16:00", "Europe/Berlin", "2026-03-03 09:00",
         "2026-03-03 09:00"},
        {"Tue-Thu 09:00-16:00", "Europe/Berlin", "2026-03-03 15:59",
         "2026-03-03 15:59"},
        {"Tue-Thu 09:00-16:00", "Europe/Berlin", "2026-03-03 16:00",
         "2026-03-04 09:00"},
        {"Tue-Thu 09:00-16:00", "Europe/Berlin", "2026-03-05 16:00",
         "2026-03-10 09:00"},
        /* the weekday is the candidate's, not UTC's: Tuesday 05:00 in Tokyo
         * is still Monday in UTC */
        {"Tue 05:00-06:00", "Asia/Tokyo", "2026-03-02 12:00",
         "2026-03-03 05:00"},
        /* the offset is that of the day itself */
        {"Mon 09:00-16:00", "Europe/Berlin", "2026-03-28 12:00",
         "2026-03-30 09:00"},
        /* opens at 02:30, which is skipped on 29 March */
        {"Sun 02:30-04:00", "Europe/Berlin", "2026-03-28 12:00",
         "2026-03-29 03:30"},
        {"Sun 02:15-02:45", "Europe/Berlin", "2026-03-28 12:00",
         "2026-04-05 02:15"},
        /* Samoa had no 30 December 2011, a Friday */
        {"Fri 09:00-16:00", "Pacific/Apia", "2011-12-29 17:00",
         "2012-01-06 09:00"},
        {"always", "Europe/Berlin", "2026-03-29 02:30", "2026-03-29 03:30"},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        SendWindow window;
        g_assert_true(send_window_parse(rows[i].window, &window, NULL));
        g_assert_cmpint(send_window_next(&window, zone_get(rows[i].zone),
                                         at(rows[i].zone, rows[i].from)),
                        ==, at(rows[i].zone, rows[i].expected));
    }
}

/* Whatever the hour: never earlier, inside the window, and stable. */
static void
test_next_property(void)
{
    static const char *const zones[] = {
        "Europe/Berlin", "America/New_York", "Australia/Lord_Howe",
        "Asia/Tehran",   "America/Santiago", "Pacific/Apia"};
    SendWindow window;

    g_assert_true(send_window_parse("Mon,Wed,Sun 01:30-03:15", &window, NULL));
    for (gsize z = 0; z < G_N_ELEMENTS(zones); z++) {
        GTimeZone *zone = zone_get(zones[z]);
        int64_t from = local_to_utc(zone, 2026, 1, 1, 0);
        for (int i = 0; i < 2000; i++, from += 263 * MINUTE_MS) {
            int64_t next = send_window_next(&window, zone, from);
            LocalTime t = utc_to_local(zone, next);
            g_assert_cmpint(next, >=, from);
            g_assert_cmpint(next - from, <, 8 * DAY_MS);
            g_assert_true(window.days & (1u << t.weekday));
            g_assert_cmpint(t.minute, >=, window.start);
            g_assert_cmpint(t.minute, <, window.end);
            g_assert_cmpint(send_window_next(&window, zone, next), ==, next);
        }
    }
}

static void
test_next_in_both(void)
{
    static const struct {
        const char *a, *zone_a, *b, *zone_b, *from, *expected;
    } rows[] = {
        {"Tue-Thu 07:00-16:00", "UTC", "Mon-Sun 08:00-20:00", "UTC",
         "2026-03-02 12:00", "2026-03-03 08:00"},
        {"Tue-Thu 09:00-22:00", "UTC", "Mon-Sun 08:00-20:00", "UTC",
         "2026-03-03 21:00", "2026-03-04 09:00"},
        {"always", "UTC", "always", "UTC", "2026-03-03 03:00",
         "2026-03-03 03:00"},
        /* office hours in Berlin that are waking hours in New York */
        {"Mon-Fri 09:00-17:00", "Europe/Berlin", "Mon-Sun 08:00-20:00",
         "America/New_York", "2026-01-12 06:00", "2026-01-12 13:00"},
        {"Mon-Fri 21:00-22:00", "UTC", "Mon-Sun 08:00-20:00", "UTC",
         "2026-03-03 03:00", NULL},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        SendWindow a, b;
        int64_t next;
        g_assert_true(send_window_parse(rows[i].a, &a, NULL));
        g_assert_true(send_window_parse(rows[i].b, &b, NULL));
        next = send_window_next_in_both(&a, zone_get(rows[i].zone_a), &b,
                                        zone_get(rows[i].zone_b),
                                        at("UTC", rows[i].from));
        g_assert_cmpint(next, ==,
                        rows[i].expected ? at("UTC", rows[i].expected) : -1);
    }
}

static void
test_span(void)
{
    static const struct {
        const char *text;
        int count;
        SpanUnit unit;
    } rows[] = {
        {"90d", 90, SPAN_DAYS},
        {"6w", 42, SPAN_DAYS},
        {"12m", 12, SPAN_MONTHS},
        {"2y", 2, SPAN_YEARS},
        {"4h", 4, SPAN_HOURS},
        {"45 minutes", 45, SPAN_MINUTES},
        {"1 Minute", 1, SPAN_MINUTES},
        {"4 business days", 4, SPAN_BUSINESS_DAYS},
        {"1  business  day", 1, SPAN_BUSINESS_DAYS},
        {"0d", 0, SPAN_DAYS},
    };
    static const struct {
        const char *text, *message;
    } bad[] = {
        {"4", "'4' needs a unit, for example 4d, 4 business days, 2w"},
        {"-4d", "'-4d' is below zero"},
        {"4x", "'4x' has no known unit, for example 4d, 4 business days, 2w"},
        {"", "'' is not a length of time, for example 90d, 6w, 12m, 2y"},
        {"d", "'d' is not a length of time, for example 90d, 6w, 12m, 2y"},
        {"101y", "'101y' is longer than 100 years"},
        {"99999999999999999999d",
         "'99999999999999999999d' is longer than 100 years"},
        {"4.5d", "'4.5d' has no known unit, for example 4d, 4 business days, "
                 "2w"},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        Span span;
        g_assert_true(span_parse(rows[i].text, &span, NULL));
        g_assert_cmpint(span.count, ==, rows[i].count);
        g_assert_cmpint(span.unit, ==, rows[i].unit);
    }
    for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autoptr(GError) error = NULL;
        Span span;
        g_assert_false(span_parse(bad[i].text, &span, &error));
        g_assert_error(error, NURTURE_ERROR, ERROR_INPUT);
        g_assert_cmpstr(error->message, ==, bad[i].message);
    }
}

static void
test_span_move(void)
{
    static const struct {
        const char *span, *from, *expected;
        int sign;
    } rows[] = {
        /* over the clock change: days keep the wall time, hours elapse */
        {"1d", "2026-03-28 09:00", "2026-03-29 09:00", 1},
        {"24h", "2026-03-28 09:00", "2026-03-29 10:00", 1},
        {"1d", "2026-03-28 02:30", "2026-03-29 03:30", 1},
        {"45 minutes", "2026-03-28 09:30", "2026-03-28 10:15", 1},
        {"1m", "2026-01-31 09:00", "2026-02-28 09:00", 1},
        {"1m", "2028-01-31 09:00", "2028-02-29 09:00", 1},
        {"1y", "2028-02-29 09:00", "2029-02-28 09:00", 1},
        {"13m", "2026-03-31 09:00", "2025-02-28 09:00", -1},
        {"24m", "2026-01-15 09:00", "2024-01-15 09:00", -1},
        {"4 business days", "2026-03-05 09:00", "2026-03-11 09:00", 1},
        {"1 business day", "2026-03-06 09:00", "2026-03-09 09:00", 1},
        {"1 business day", "2026-03-07 09:00", "2026-03-09 09:00", 1},
        {"5 business days", "2026-03-02 09:00", "2026-03-09 09:00", 1},
        {"1 business day", "2026-03-09 09:00", "2026-03-06 09:00", -1},
        {"0d", "2026-03-07 09:00", "2026-03-07 09:00", 1},
        {"2w", "2026-12-25 09:00", "2027-01-08 09:00", 1},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        Span span;
        int64_t from = at("Europe/Berlin", rows[i].from) + 1234;
        g_assert_true(span_parse(rows[i].span, &span, NULL));
        g_assert_cmpint(
            span_move(&span, zone_get("Europe/Berlin"), from, rows[i].sign), ==,
            at("Europe/Berlin", rows[i].expected) + 1234);
    }
}

static void
test_date(void)
{
    static const struct {
        const char *text, *iso;
    } rows[] = {
        {"2026-03-03 09:00", "2026-03-03T08:00:00Z"},
        {"2026-07-03 09:00", "2026-07-03T07:00:00Z"},
        {"2026-03-03", "2026-03-02T23:00:00Z"},
        {"2026-03-03T09:00:30Z", "2026-03-03T09:00:30Z"},
        {"2026-03-03T09:00:00+05:45", "2026-03-03T03:15:00Z"},
        {"2026-03-03 09:00 -03:30", "2026-03-03T12:30:00Z"},
        {"2028-02-29", "2028-02-28T23:00:00Z"},
        {"1960-01-01T00:00Z", "1960-01-01T00:00:00Z"},
    };
    static const struct {
        const char *text, *message;
    } bad[] = {
        {"3rd March 9am", "'3rd March 9am' is not a date"},
        {"2026-3-3", "'2026-3-3' is not a date"},
        {"2026-02-30", "2026-02-30 is not a real date"},
        {"2026-02-30 09:00", "2026-02-30 is not a real date"},
        {"2026-13-01", "2026-13-01 is not a real date"},
        {"2026-03-03 24:00", "'2026-03-03 24:00' is not a date"},
        {"2026-03-03 09:00x", "'2026-03-03 09:00x' is not a date"},
        {"2026-03-03 9:00", "'2026-03-03 9:00' is not a date"},
        {"2026-03-03T", "'2026-03-03T' is not a date"},
        {"", "'' is not a date"},
        {"20260303", "'20260303' is not a date"},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *iso = date_iso(at("Europe/Berlin", rows[i].text));
        g_assert_cmpstr(iso, ==, rows[i].iso);
    }
    for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autoptr(GError) error = NULL;
        int64_t out;
        g_assert_false(date_parse(bad[i].text, zone_get("UTC"), &out, &error));
        g_assert_error(error, NURTURE_ERROR, ERROR_INPUT);
        g_assert_cmpstr(error->message, ==, bad[i].message);
    }
}

static void
test_date_format(void)
{
    static const struct {
        const char *pattern, *language, *expected;
    } rows[] = {
        {"D MMMM YYYY, HH:mm", "en", "3 March 2026, 09:05"},
        {"DD.MM.YYYY", "de", "03.03.2026"},
        {"D. MMMM", "de-AT", "3. März"},
        {"D MMM", "fr", "3 mars"},
        {"D de MMMM de YYYY", "es", "3 de marzo de 2026"},
        {"D MMMM", "pl", "3 marca"},
        {"MMMM YYYY", "pl", "marzec 2026"},
        {"D/M", NULL, "3/3"},
        {"D MMMM", "fi", "3 March"},
        {"D MMMM", "dea", "3 March"},
        {"[H] m MM Y YY", "en", "[H] m 03 Y YY"},
        {"DDDD", "en", "0303"},
        {"", "en", ""},
    };
    int64_t moment = at("Europe/Berlin", "2026-03-03 09:05");

    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *text = date_format(moment, zone_get("Europe/Berlin"),
                                            rows[i].pattern, rows[i].language);
        g_assert_cmpstr(text, ==, rows[i].expected);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/window/local/zoneinfo", test_against_zoneinfo);
    g_test_add_func("/window/local/calendar", test_calendar);
    g_test_add_func("/window/local/every-day", test_every_day);
    g_test_add_func("/window/zones", test_zones);
    g_test_add_func("/window/countries", test_countries);
    g_test_add_func("/window/parse/good", test_parse);
    g_test_add_func("/window/parse/bad", test_parse_bad);
    g_test_add_func("/window/next/table", test_next);
    g_test_add_func("/window/next/property", test_next_property);
    g_test_add_func("/window/next/both", test_next_in_both);
    g_test_add_func("/window/span/parse", test_span);
    g_test_add_func("/window/span/move", test_span_move);
    g_test_add_func("/window/date/parse", test_date);
    g_test_add_func("/window/date/format", test_date_format);
    return g_test_run();
}
