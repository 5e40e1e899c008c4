/* SPDX-License-Identifier: Apache-2.0 */
/* test_slot.c - windows, quiet hours, holidays and waits of one person, against
 * Python's zoneinfo; and what a slot is by itself */
#include "campaigns/enrolment.h"

#include "nurture/clock.h"
#include "nurture/slot.h"

#include <stdlib.h>
#include <string.h>

/* NURTURE_DST_CASES sets how many; NURTURE_DST_SEED which. */
static const char *
setting(const char *name, const char *otherwise)
{
    const char *value = g_getenv(name);

    return value && *value ? value : otherwise;
}

static HolidaySet *
holidays_of(const char *days)
{
    HolidaySet *set = holidays_new();
    g_autoptr(GString) ics = g_string_new("BEGIN:VCALENDAR\r\n");
    g_autoptr(Diagnostics) problems = diagnostics_new();
    g_auto(GStrv) list = g_strsplit(days, ",", 0);
    g_autoptr(Source) source = NULL;

    for (int i = 0; strcmp(days, "-") != 0 && list[i]; i++)
        g_string_append_printf(ics,
                               "BEGIN:VEVENT\r\nDTSTART;VALUE=DATE:%s\r\n"
                               "SUMMARY:Day %d\r\nEND:VEVENT\r\n",
                               list[i], i);
    g_string_append(ics, "END:VCALENDAR\r\n");
    source = source_new("holidays/all.ics", ics->str, ics->len);
    if (strcmp(days, "-") != 0)
        holidays_read(set, "all", source, problems);
    g_assert_cmpuint(diagnostics_length(problems), ==, 0);
    return set;
}

static int64_t
number(char **cell, int i)
{
    return g_ascii_strtoll(cell[i], NULL, 10);
}

static SpanUnit
unit_of(const char *word)
{
    return *word == 'm'   ? SPAN_MINUTES
           : *word == 'h' ? SPAN_HOURS
           : *word == 'd' ? SPAN_DAYS
                          : SPAN_BUSINESS_DAYS;
}

/* What holds of every step, whatever the oracle says. */
static void
check_properties(const Campaign *campaign, const CampaignStep *step,
                 const Slot *slot, int64_t anchor, int64_t due)
{
    g_assert_cmpint(due, >=, anchor);
    g_assert_cmpint(due, >=, campaign->start);
    if (slot_next(slot, due) < 0)
        return; /* the window never opens */
    g_assert_cmpint(slot_next(slot, due), ==, due);
    g_assert_null(slot_holiday(slot, due));
    g_assert_cmpint(slot_end(slot, due), >, due);
    g_assert_cmpint(step_due(campaign, step, slot, anchor), ==, due);
}

static void
check_case(const char *line)
{
    g_auto(GStrv) cell = g_strsplit(line, " ", 0);
    g_autoptr(HolidaySet) holidays = NULL;
    Workspace workspace = {0};
    Campaign campaign = {0};
    CampaignStep step = {.wait = WAIT_SPAN};
    int64_t anchor, due, open;
    Slot slot;

    g_assert_cmpuint(g_strv_length(cell), ==, 17);
    holidays = holidays_of(cell[8]);
    workspace.zone = zone_get(cell[1]);
    workspace.holidays = holidays;
    campaign.window =
        (SendWindow){(unsigned)number(cell, 2), (int)number(cell, 3),
                     (int)number(cell, 4), number(cell, 5) != 0};
    if (number(cell, 6) >= 0)
        workspace.sending.waking = (SendWindow){0x7f, (int)number(cell, 6),
                                                (int)number(cell, 7), true};
    step.span = (Span){(int)number(cell, 10), unit_of(cell[9])};
    step.on_weekday = (int)number(cell, 11);
    step.at_minute = (int)number(cell, 12);
    campaign.start = number(cell, 13);
    anchor = number(cell, 14);
    slot_init(&slot, &workspace, &campaign.window, true, cell[0], NULL);
    due = step_due(&campaign, &step, &slot, anchor);
    if (due != number(cell, 15))
        g_test_message("%s", line);
    g_assert_cmpint(due, ==, number(cell, 15));
    open = slot_next(&slot, due);
    g_assert_cmpint(open < 0 ? -1 : slot_end(&slot, open), ==,
                    number(cell, 16));
    check_properties(&campaign, &step, &slot, anchor, due);
}

static void
test_against_zoneinfo(void)
{
    g_autofree char *command = g_strdup_printf(
        "python3 tests/lib/slot-oracle.py %s %s",
        setting("NURTURE_DST_CASES", "3000"), setting("NURTURE_DST_SEED", "1"));
    g_autofree char *text = NULL;
    g_auto(GStrv) lines = NULL;
    g_autoptr(GError) error = NULL;
    int status;

    g_spawn_command_line_sync(command, &text, NULL, &status, &error);
    g_assert_no_error(error);
    g_assert_cmpint(status, ==, 0);
    lines = g_strsplit(text, "\n", 0);
    g_assert_cmpuint(g_strv_length(lines), >, 1);
    for (int i = 0; lines[i] && *lines[i]; i++)
        check_case(lines[i]);
}

static int64_t
berlin(const char *text)
{
    int64_t at;

    g_assert_true(date_parse(text, zone_get("Europe/Berlin"), &at, NULL));
    return at;
}

static void
test_holiday(void)
{
    g_autoptr(HolidaySet) holidays = holidays_of("20261225,20261228");
    Workspace workspace = {.zone = zone_get("Europe/Berlin"),
                           .time_zone = (char *)"Europe/Berlin",
                           .holidays = holidays};
    const SendWindow window = {0x1f, 9 * 60, 16 * 60, true};
    const Span three = {3, SPAN_BUSINESS_DAYS};
    Slot slot;

    slot_init(&slot, &workspace, &window, true, "Europe/Berlin", NULL);
    /* Christmas is a Friday, and the Monday after it is one, too */
    g_assert_cmpint(slot_next(&slot, berlin("2026-12-25 10:00")), ==,
                    berlin("2026-12-29 09:00"));
    g_assert_cmpstr(slot_holiday(&slot, berlin("2026-12-25 00:00")), ==,
                    "Day 0");
    g_assert_null(slot_holiday(&slot, berlin("2026-12-26 00:00")));
    g_assert_cmpint(slot_move(&slot, &three, berlin("2026-12-23 11:00")), ==,
                    berlin("2026-12-30 11:00"));
    slot_init(&slot, &workspace, &window, false, "Europe/Berlin", NULL);
    g_assert_cmpint(slot_next(&slot, berlin("2026-12-25 10:00")), ==,
                    berlin("2026-12-25 10:00"));
    /* the day is the person's: in Tokyo it begins eight hours earlier */
    slot_init(&slot, &workspace, &window, true, "Asia/Tokyo", NULL);
    g_assert_cmpstr(slot_holiday(&slot, berlin("2026-12-24 16:30")), ==,
                    "Day 0");
}

/* Every day a holiday: there is no moment, and nothing loops. */
static void
test_never(void)
{
    const char *ics = "BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20260101\n"
                      "DTEND:20260302\nRRULE:FREQ=YEARLY;BYMONTH=1\n"
                      "END:VEVENT\nEND:VCALENDAR\n";
    g_autoptr(Source) source = source_new("holidays/all.ics", ics, strlen(ics));
    g_autoptr(Diagnostics) problems = diagnostics_new();
    g_autoptr(HolidaySet) holidays = holidays_new();
    Workspace workspace = {.zone = zone_get("UTC"), .holidays = holidays};
    const SendWindow window = {0x7f, 0, 1440, false};
    int64_t at;
    Slot slot;

    holidays_read(holidays, "all", source, problems);
    g_assert_cmpuint(diagnostics_length(problems), ==, 0);
    slot_init(&slot, &workspace, &window, true, NULL, NULL);
    at = slot_next(&slot, berlin("2026-01-05 10:00"));
    g_assert_cmpint(at, ==, berlin("2026-03-02 01:00"));
    workspace.sending.waking = (SendWindow){0x7f, 480, 540, true};
    slot_init(&slot, &workspace, &(SendWindow){0x7f, 600, 700, true}, true,
              NULL, NULL);
    g_assert_cmpint(slot_next(&slot, at), ==, -1);
}

static void
test_countries(void)
{
    Workspace workspace = {.zone = zone_get("Europe/Berlin"),
                           .time_zone = (char *)"Europe/Berlin"};

    g_assert_cmpstr(country_of_candidate(&workspace, "Asia/Tokyo", "at"), ==,
                    "AT");
    g_assert_cmpstr(country_of_candidate(&workspace, "Asia/Tokyo", NULL), ==,
                    "JP");
    g_assert_cmpstr(country_of_candidate(&workspace, NULL, NULL), ==, "DE");
    g_assert_cmpstr(country_of_candidate(&workspace, "Not/AZone", NULL), ==,
                    "DE");
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/slot/zoneinfo", test_against_zoneinfo);
    g_test_add_func("/slot/holiday", test_holiday);
    g_test_add_func("/slot/never", test_never);
    g_test_add_func("/slot/countries", test_countries);
    return g_test_run();
}
