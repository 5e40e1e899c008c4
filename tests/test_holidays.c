/* SPDX-License-Identifier: Apache-2.0 */
/* test_holidays.c - calendars of holidays: what counts, and what is wrong */
#include "nurture/holidays.h"

#include <string.h>

static HolidaySet *
read_all(const char *text, Diagnostics *problems)
{
    HolidaySet *set = holidays_new();
    g_autoptr(Source) source =
        source_new("holidays/DE.ics", text, strlen(text));

    holidays_read(set, "DE", source, problems);
    return set;
}

#define CALENDAR(event) "BEGIN:VCALENDAR\r\n" event "END:VCALENDAR\r\n"
#define EVENT(lines)    CALENDAR("BEGIN:VEVENT\r\n" lines "END:VEVENT\r\n")

/* The days of 2024 to 2028 on which there is something. */
static char *
days_of(const HolidaySet *set)
{
    GString *out = g_string_new(NULL);
    GDate date;

    g_date_clear(&date, 1);
    for (g_date_set_dmy(&date, 1, 1, 2024); g_date_get_year(&date) < 2029;
         g_date_add_days(&date, 1)) {
        LocalTime day = {.year = g_date_get_year(&date),
                         .month = (int)g_date_get_month(&date),
                         .day = g_date_get_day(&date)};
        if (holiday_name(set, "DE", &day))
            g_string_append_printf(out, "%s%04d%02d%02d", out->len ? " " : "",
                                   day.year, day.month, day.day);
    }
    return g_string_free(out, FALSE);
}

static const struct {
    const char *what, *text, *days;
} good[] = {
    {"one day", EVENT("DTSTART;VALUE=DATE:20261225\r\nSUMMARY:Xmas\r\n"),
     "20261225"},
    {"bare line ends",
     "BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20261225\n"
     "END:VEVENT\nEND:VCALENDAR",
     "20261225"},
    {"several days, the end excluded",
     EVENT("DTSTART;VALUE=DATE:20261224\r\nDTEND;VALUE=DATE:20261227\r\n"),
     "20261224 20261225 20261226"},
    {"an end on the same day",
     EVENT("DTSTART;VALUE=DATE:20261224\r\nDTEND;VALUE=DATE:20261224\r\n"),
     "20261224"},
    {"a length", EVENT("DTSTART;VALUE=DATE:20261224\r\nDURATION:P2D\r\n"),
     "20261224 20261225"},
    {"from midnight to midnight",
     EVENT("DTSTART:20261225T000000Z\r\nDTEND:20261226T000000Z\r\n"),
     "20261225"},
    {"every year", EVENT("DTSTART:20250501\r\nRRULE:FREQ=YEARLY\r\n"),
     "20250501 20260501 20270501 20280501"},
    {"every other year",
     EVENT("DTSTART:20250501\r\nRRULE:FREQ=YEARLY;INTERVAL=2\r\n"),
     "20250501 20270501"},
    {"so often", EVENT("DTSTART:20250501\r\nRRULE:FREQ=YEARLY;COUNT=2\r\n"),
     "20250501 20260501"},
    {"until", EVENT("DTSTART:20250501\r\nRRULE:FREQ=YEARLY;UNTIL=20270501\r\n"),
     "20250501 20260501 20270501"},
    {"but not then",
     EVENT("DTSTART:20250501\r\nRRULE:FREQ=YEARLY;UNTIL=20270501\r\n"
           "EXDATE;VALUE=DATE:20260501,20280501\r\n"),
     "20250501 20270501"},
    {"the fourth Thursday of November",
     EVENT("DTSTART:20241128\r\nRRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=4TH\r\n"),
     "20241128 20251127 20261126 20271125 20281123"},
    {"the last Monday of May",
     EVENT("DTSTART:20240527\r\nRRULE:FREQ=YEARLY;BYMONTH=5;BYDAY=-1MO\r\n"),
     "20240527 20250526 20260525 20270531 20280529"},
    {"the leap day", EVENT("DTSTART:20240229\r\nRRULE:FREQ=YEARLY\r\n"),
     "20240229 20280229"},
    {"cancelled", EVENT("DTSTART:20261225\r\nSTATUS:CANCELLED\r\n"), ""},
    {"the alarm's own lines are none of ours",
     EVENT("DTSTART:20261225\r\nBEGIN:VALARM\r\nDTSTART:20260101\r\n"
           "END:VALARM\r\n"),
     "20261225"},
    {"a folded line", EVENT("DTSTART;VALUE=DATE:2026\r\n 1225\r\n"),
     "20261225"},
    {"other components",
     CALENDAR("BEGIN:VTIMEZONE\r\nBEGIN:STANDARD\r\nDTSTART:19701025T030000\r\n"
              "END:STANDARD\r\nEND:VTIMEZONE\r\n"
              "BEGIN:VEVENT\r\nDTSTART:20261225\r\nEND:VEVENT\r\n"),
     "20261225"},
};

static void
test_good(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(good); i++) {
        g_autoptr(Diagnostics) problems = diagnostics_new();
        g_autoptr(HolidaySet) set = read_all(good[i].text, problems);
        g_autofree char *days = days_of(set);

        g_test_message("%s", good[i].what);
        g_assert_cmpuint(diagnostics_length(problems), ==, 0);
        g_assert_cmpstr(days, ==, good[i].days);
    }
}

static const struct {
    const char *text;
    int line, column;
    const char *message;
} bad[] = {
    {"", 1, 1, "this calendar is empty"},
    {"date,name\n", 1, 1,
     "this is no line of an iCalendar file: NAME:VALUE expected"},
    {"BEGIN:VCARD\n", 1, 7,
     "this is not an iCalendar file: it does not begin with BEGIN:VCALENDAR"},
    {EVENT("DTSTART;VALUE=DATE:20260230\r\n"), 3, 20,
     "'20260230' is not a date, such as 20261225"},
    {EVENT("DTSTART:tomorrow\r\n"), 3, 9,
     "'tomorrow' is not a date, such as 20261225"},
    {EVENT("DTSTART:20261225T090000Z\r\n"), 3, 9,
     "'20261225T090000Z' is a time of day; a holiday is whole days, such as "
     "DTSTART;VALUE=DATE:20261225"},
    {EVENT("SUMMARY:Day\r\n"), 2, 1,
     "this event has no DTSTART;VALUE=DATE:YYYYMMDD"},
    {EVENT("DTSTART:20260101\r\nDTEND:20260401\r\n"), 2, 1,
     "this event lasts longer than 62 days"},
    {EVENT("DTSTART:20260101\r\nRRULE:FREQ=WEEKLY\r\n"), 4, 7,
     "the repetition 'FREQ=WEEKLY' is not understood: only what comes every "
     "year is, for example FREQ=YEARLY;BYMONTH=11;BYDAY=4TH"},
    {EVENT("DTSTART:20260101\r\nRRULE:FREQ=YEARLY;BYSETPOS=1\r\n"), 4, 7,
     "the repetition 'BYSETPOS=1' is not understood: only what comes every "
     "year is, for example FREQ=YEARLY;BYMONTH=11;BYDAY=4TH"},
    {EVENT("DTSTART:20260101\r\nRRULE:BYMONTH=1\r\n"), 4, 7,
     "this repetition has no FREQ=YEARLY"},
    {EVENT("DTSTART:20260101\r\nEXDATE:x\r\n"), 4, 8,
     "'x' is not a date, such as 20261225"},
    {"BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20260101\n", 2, 1,
     "this event has no END:VEVENT"},
    {CALENDAR("SUMMARY:\xff\r\n"), 2, 1, "this line is not UTF-8"},
};

static void
test_bad(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autoptr(Diagnostics) problems = diagnostics_new();
        g_autoptr(HolidaySet) set = read_all(bad[i].text, problems);
        const Diagnostic *d;

        g_assert_cmpuint(diagnostics_length(problems), >=, 1);
        d = diagnostics_get(problems, 0);
        g_assert_cmpstr(d->message, ==, bad[i].message);
        g_assert_cmpstr(d->code, ==, "E621");
        g_assert_cmpint(d->line, ==, bad[i].line);
        g_assert_cmpint(d->column, ==, bad[i].column);
    }
}

static void
test_limits(void)
{
    g_autoptr(GString) text = g_string_new("BEGIN:VCALENDAR\n");
    g_autoptr(Diagnostics) problems = diagnostics_new();
    g_autoptr(HolidaySet) set = NULL;
    LocalTime last;

    for (int i = 0; i < 8; i++)
        g_string_append_printf(
            text,
            "BEGIN:VEVENT\nDTSTART:1970%02d01\nDTEND:1970%02d01\n"
            "RRULE:FREQ=YEARLY\nEND:VEVENT\n",
            i + 1, i + 3);
    g_string_append(text, "END:VCALENDAR\n");
    set = read_all(text->str, problems);
    g_assert_cmpuint(diagnostics_length(problems), >=, 1);
    g_assert_nonnull(
        strstr(diagnostics_get(problems, 0)->message, "more than 20000 days"));
    g_assert_true(holidays_last(set, "DE", &last));
    g_assert_cmpint(last.year, ==, HOLIDAYS_LAST_YEAR);
}

static void
test_everybody(void)
{
    const char *text = EVENT("DTSTART:20261224\r\nSUMMARY:A day\\, off\r\n");
    g_autoptr(Source) source =
        source_new("holidays/all.ics", text, strlen(text));
    g_autoptr(Diagnostics) problems = diagnostics_new();
    g_autoptr(HolidaySet) set = read_all(
        EVENT("DTSTART:20261225\r\nSUMMARY:Weihnachten\r\n"), problems);
    const LocalTime eve = {2026, 12, 24, 3, 0}, day = {2026, 12, 25, 4, 0};

    holidays_read(set, "all", source, problems);
    g_assert_cmpstr(holiday_name(set, "FR", &eve), ==, "A day, off");
    g_assert_cmpstr(holiday_name(set, NULL, &eve), ==, "A day, off");
    g_assert_null(holiday_name(set, "FR", &day));
    g_assert_cmpstr(holiday_name(set, "DE", &day), ==, "Weihnachten");
    g_assert_cmpstr(holidays_countries(set)[0], ==, "DE");
    g_assert_cmpstr(holidays_countries(set)[1], ==, "all");
    g_assert_null(holidays_countries(set)[2]);
    g_assert_true(holidays_is_empty(NULL));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/holidays/good", test_good);
    g_test_add_func("/holidays/bad", test_bad);
    g_test_add_func("/holidays/limits", test_limits);
    g_test_add_func("/holidays/everybody", test_everybody);
    return g_test_run();
}
