/* SPDX-License-Identifier: Apache-2.0 */
/* test_enrolment.c - when a step is due, and until when */
#include "campaigns/enrolment.h"

#include <string.h>

static int64_t
utc(const char *text)
{
    int64_t at = 0;

    g_assert_true(date_parse(text, zone_get("UTC"), &at, NULL));
    return at;
}

/* In Berlin: UTC+1, from 29 March 2026 UTC+2. 3 March 2026 is a Tuesday. */
static const struct {
    const char *what;
    WaitKind wait;
    Span span;
    int on, at;
    const char *start, *anchor, *due;
} cases[] = {
    {"a day later",
     WAIT_SPAN,
     {4, SPAN_DAYS},
     -1,
     -1,
     NULL,
     "2026-03-03 13:00",
     "2026-03-07 13:00"},
    {"at an earlier hour of that day",
     WAIT_SPAN,
     {4, SPAN_DAYS},
     -1,
     570,
     NULL,
     "2026-03-03 13:00",
     "2026-03-07 08:30"},
    {"at a later hour of that day",
     WAIT_SPAN,
     {4, SPAN_DAYS},
     -1,
     1080,
     NULL,
     "2026-03-03 13:00",
     "2026-03-07 17:00"},
    {"hours pass before 'at'",
     WAIT_SPAN,
     {5, SPAN_HOURS},
     -1,
     570,
     NULL,
     "2026-03-03 13:00",
     "2026-03-04 08:30"},
    {"a weekday within the wait's day",
     WAIT_SPAN,
     {3, SPAN_DAYS},
     4,
     -1,
     NULL,
     "2026-03-03 13:00",
     "2026-03-06 13:00"},
    {"the next such weekday",
     WAIT_SPAN,
     {4, SPAN_DAYS},
     4,
     -1,
     NULL,
     "2026-03-03 13:00",
     "2026-03-13 13:00"},
    {"never the day of the previous mail",
     WAIT_NONE,
     {0, SPAN_DAYS},
     1,
     600,
     NULL,
     "2026-03-03 07:00",
     "2026-03-10 09:00"},
    {"over the clock change",
     WAIT_SPAN,
     {2, SPAN_DAYS},
     -1,
     540,
     NULL,
     "2026-03-28 10:00",
     "2026-03-30 07:00"},
    {"not before the start",
     WAIT_SPAN,
     {1, SPAN_DAYS},
     -1,
     540,
     "2026-03-10 12:00",
     "2026-03-03 10:00",
     "2026-03-11 08:00"},
};

static void
test_due(void)
{
    const Workspace workspace = {.zone = zone_get("Europe/Berlin")};

    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        Slot slot;
        Campaign campaign = {.window = SEND_WINDOW_ALWAYS};
        const CampaignStep step = {.wait = cases[i].wait,
                                   .span = cases[i].span,
                                   .on_weekday = cases[i].on,
                                   .at_minute = cases[i].at};
        g_autofree char *got = NULL, *want = NULL;

        if (cases[i].start)
            campaign.start = utc(cases[i].start);
        slot_init(&slot, &workspace, &campaign.window, true, NULL, NULL);
        got = date_iso(step_due(&campaign, &step, &slot, utc(cases[i].anchor)));
        want = date_iso(utc(cases[i].due));
        g_test_message("%s", cases[i].what);
        g_assert_cmpstr(got, ==, want);
    }
}

/* Whatever the anchor, a step is due after it, on its weekday, at its time,
 * and within eight days of the wait's end. */
static void
test_due_always(void)
{
    GTimeZone *zone = zone_get("Europe/Berlin");
    const Workspace workspace = {.zone = zone};
    const Campaign campaign = {.window = SEND_WINDOW_ALWAYS};
    Slot slot;

    slot_init(&slot, &workspace, &campaign.window, true, NULL, NULL);
    for (int i = 0; i < 3000; i++) {
        int64_t anchor = utc("2026-01-01") + i * INT64_C(3607) * 1000 * 3;
        const CampaignStep step = {.wait = WAIT_SPAN,
                                   .span = {i % 9, SPAN_DAYS},
                                   .on_weekday = i % 8 - 1,
                                   .at_minute = i % 3 ? (i * 7) % 1440 : -1};
        int64_t due = step_due(&campaign, &step, &slot, anchor);
        LocalTime t = utc_to_local(zone, due);

        g_assert_cmpint(due, >=, anchor);
        g_assert_cmpint(due - anchor, <=, (i % 9 + 9) * INT64_C(86400000));
        if (step.on_weekday >= 0)
            g_assert_cmpint(t.weekday, ==, step.on_weekday);
    }
}

static void
test_deadline(void)
{
    const Workspace workspace = {.zone = zone_get("Europe/Berlin")};
    Campaign campaign = {.window = {0x1f, 9 * 60, 16 * 60, false}};
    CampaignStep step = {.late = LATE_NEXT_WINDOW};
    Slot slot;

    slot_init(&slot, &workspace, &campaign.window, true, NULL, NULL);
    g_assert_cmpint(step_deadline(&step, &slot, utc("2026-03-03")), ==, 0);
    step.late = LATE_SKIP;
    g_assert_cmpint(step_deadline(&step, &slot, utc("2026-03-03 10:00")), ==,
                    utc("2026-03-03 15:00"));
    /* a Saturday: Monday's window is the one it should leave in */
    g_assert_cmpint(step_deadline(&step, &slot, utc("2026-03-07 10:00")), ==,
                    utc("2026-03-09 15:00"));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/enrolment/due", test_due);
    g_test_add_func("/enrolment/due-always", test_due_always);
    g_test_add_func("/enrolment/deadline", test_deadline);
    return g_test_run();
}
