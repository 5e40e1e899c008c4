/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_return_date.c - any bytes as a text that names a day of return */
#include "tracking/return-date.h"

#include <glib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autofree char *text = g_utf8_make_valid((const char *)data, (gssize)size);
    char day[11];

    return_date_find(text, NULL, INT64_C(1773133200000), 0, day);
    g_assert(day[0] == 0 || g_ascii_isdigit(day[9]));
    return_date_find_later(text, "de", INT64_C(1796000000000), -480, 400, day);
    g_assert(day[0] == 0 || g_ascii_isdigit(day[9]));
    return 0;
}
