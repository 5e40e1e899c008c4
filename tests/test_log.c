/* SPDX-License-Identifier: Apache-2.0 */
/* test_log.c - what a line of the log may hold */
#include "nurture/log.h"

#include <string.h>

/* What a server said, a terminal would obey; and it is not UTF-8. */
static void
test_one_plain_line(void)
{
    if (g_test_subprocess()) {
        log_warn("relay=x error=\"%s\"",
                 "554 no\r\nlevel=error forged\x1b[2J\x07 \xff\xc2\x9b");
        return;
    }
    g_test_trap_subprocess(NULL, 0, 0);
    g_test_trap_assert_passed();
    g_test_trap_assert_stderr(
        "*level=warn relay=x error=\"554 no level=error forged[2J *\"\n*");
    g_test_trap_assert_stderr_unmatched("*\x1b*");
    g_test_trap_assert_stderr_unmatched("*\x07*");
    g_test_trap_assert_stderr_unmatched("*\nlevel=error*");
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/log/one-plain-line", test_one_plain_line);
    return g_test_run();
}
