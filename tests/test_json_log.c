/* SPDX-License-Identifier: Apache-2.0 */
/* test_json_log.c - lines as JSON */
#include "nurture/log.h"

#include "nurture/clock.h"

#include <unistd.h>

static const struct {
    const char *text, *json;
} cases[] = {
    {"msg=k3 dsn=2.0.0 status=sent",
     "\"msg\":\"k3\",\"dsn\":\"2.0.0\",\"status\":\"sent\""},
    {"msg=k3 error=\"no such table: \"event\" here\" hit=failed",
     "\"msg\":\"k3\",\"error\":\"no such table: \\\"event\\\" here\","
     "\"hit\":\"failed\""},
    {"the disk is full part=spool now",
     "\"part\":\"spool\",\"text\":\"the disk "
     "is full now\""},
    {"a=\"open", "\"a\":\"\\\"open\""},
    {"line=one\ntwo \x80", NULL},
    {"a= b=\"\"", "\"a\":\"\",\"b\":\"\""},
};

static void
test_json(void)
{
    if (g_test_subprocess()) {
        clock_set(1234);
        log_set_format(LOG_JSON);
        for (gsize i = 0; i < G_N_ELEMENTS(cases); i++)
            log_warn("%s", cases[i].text);
        log_info("not at this level");
        return;
    }
    g_test_trap_subprocess(NULL, 0, 0);
    g_test_trap_assert_passed();
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *line = g_strdup_printf(
            "*{\"at\":1234,\"level\":\"warn\",%s}\n*", cases[i].json);
        if (cases[i].json)
            g_test_trap_assert_stderr(line);
    }
    /* One line stays one, and is UTF-8. */
    g_test_trap_assert_stderr("*\"line\":\"one\\ntwo*\"*");
    g_test_trap_assert_stderr_unmatched("*not at this level*");
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/json-log/lines", test_json);
    return g_test_run();
}
