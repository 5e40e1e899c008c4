/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_holidays.c - any bytes as a calendar of holidays */
#include "nurture/holidays.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autoptr(Source) source =
        source_new("holidays/DE.ics", (const char *)data, size);
    g_autoptr(Diagnostics) problems = diagnostics_new();
    g_autoptr(HolidaySet) set = holidays_new();
    LocalTime last;

    holidays_read(set, "DE", source, problems);
    for (guint i = 0; i < diagnostics_length(problems); i++) {
        const Diagnostic *d = diagnostics_get(problems, i);
        g_assert_cmpint(d->line, >=, 1);
        g_assert_true(g_utf8_validate(d->message, -1, NULL));
    }
    if (holidays_last(set, "DE", &last)) {
        const char *name = holiday_name(set, "DE", &last);
        g_assert_nonnull(name);
        g_assert_true(g_utf8_validate(name, -1, NULL));
        g_assert_cmpint(last.year, <=, HOLIDAYS_LAST_YEAR + 1);
    }
    return 0;
}
