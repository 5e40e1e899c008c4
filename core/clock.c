/* SPDX-License-Identifier: Apache-2.0 */
/* clock.c - the only calls of the system's clocks */
#include "nurture/clock.h"

#include <fcntl.h>
#include <glib.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

static int64_t frozen; /* 0 = the real time */
static int64_t shift;
static const int64_t *shared; /* another process' clock; NULL = none */
static gsize ready;

static void
map_shared(const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    void *map = MAP_FAILED;

    if (fd >= 0) {
        map = mmap(NULL, sizeof *shared, PROT_READ, MAP_SHARED, fd, 0);
        close(fd);
    }
    if (map == MAP_FAILED)
        g_error("NURTURE_CLOCK_FILE: %s cannot be read", path);
    shared = map;
}

static void
read_environment(void)
{
    const char *now = g_getenv("NURTURE_NOW");
    const char *offset = g_getenv("NURTURE_CLOCK_OFFSET");
    const char *file = g_getenv("NURTURE_CLOCK_FILE");
    char *end = NULL;

    if (file)
        map_shared(file);
    if (offset)
        shift = g_ascii_strtoll(offset, NULL, 10);
    if (!now)
        return;
    frozen = g_ascii_strtoll(now, &end, 10);
    if (*end != '\0') {
        g_autoptr(GTimeZone) utc = g_time_zone_new_utc();
        g_autofree char *whole = g_strdup_printf("%s:00", now);
        g_autoptr(GDateTime) at = g_date_time_new_from_iso8601(whole, utc);
        if (!at)
            g_error("NURTURE_NOW: write 2026-03-03 09:00, not %s", now);
        frozen = g_date_time_to_unix(at) * SECOND_MS;
    }
}

int64_t
clock_now(void)
{
    struct timespec t;

    if (g_once_init_enter(&ready)) {
        read_environment();
        g_once_init_leave(&ready, 1);
    }
    if (frozen)
        return frozen;
    if (shared)
        return __atomic_load_n(shared, __ATOMIC_RELAXED);
    clock_gettime(CLOCK_REALTIME, &t);
    return (int64_t)t.tv_sec * SECOND_MS + t.tv_nsec / 1000000 + shift;
}

bool
clock_is_real(void)
{
    clock_now(); /* the environment first */
    return !frozen && !shared && shift == 0;
}

int64_t
clock_monotonic(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * SECOND_MS + t.tv_nsec / 1000000;
}

void
clock_set(int64_t now)
{
    clock_now(); /* the environment first */
    frozen = now;
}
