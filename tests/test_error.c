/* SPDX-License-Identifier: Apache-2.0 */
/* test_error.c - errors and their exit statuses */
#include "nurture/error.h"

static void
test_exit_status(void)
{
    g_autoptr(GError) error =
        g_error_new(NURTURE_ERROR, ERROR_TEMPORARY, "later");
    g_autoptr(GError) foreign = g_error_new(G_FILE_ERROR, 1, "foreign");

    g_assert_cmpint(error_exit_status(NULL), ==, 0);
    g_assert_cmpint(error_exit_status(error), ==, 4);
    g_assert_cmpint(error_exit_status(foreign), ==, 70);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/error/exit-status", test_exit_status);
    return g_test_run();
}
