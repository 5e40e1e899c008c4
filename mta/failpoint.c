/* SPDX-License-Identifier: Apache-2.0 */
/* failpoint.c - SIGKILL at a named place */
#include "failpoint.h"

#include <glib.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

static char *armed;
static int hits_left;

void
failpoint_arm(const char *point)
{
    char *colon;

    g_free(armed);
    armed = g_strdup(point);
    hits_left = 1;
    colon = armed ? strchr(armed, ':') : NULL;
    if (colon) {
        *colon = '\0';
        hits_left = MAX(1, (int)g_ascii_strtoll(colon + 1, NULL, 10));
    }
}

void
failpoint(const char *name)
{
    static gsize once;

    if (g_once_init_enter(&once)) {
        if (g_strcmp0(getenv("NURTURE_TESTING"), "1") == 0)
            failpoint_arm(getenv("NURTURE_FAILPOINT"));
        g_once_init_leave(&once, 1);
    }
    if (armed && strcmp(armed, name) == 0 &&
        g_atomic_int_dec_and_test(&hits_left))
        raise(SIGKILL);
}
