/* SPDX-License-Identifier: Apache-2.0 */
/* log_room.c - no claims while somebody's reading lets the log grow
 *
 * SQLite begins its write-ahead log anew only when nobody reads what is older
 * than its end: beside a reader who does not finish, each commit makes it
 * longer. What is on its way is recorded all the same, but nothing new is begun
 * until the reader has left; so the log stays below 64 MB. */
#include "delivery-private.h"
#include "nurture/clock.h"
#include "nurture/disk.h"
#include "nurture/log.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#define MB          (INT64_C(1024) * 1024)
#define LOG_LONG    (20 * MB) /* try to shorten it .. */
#define LOG_MAX     (32 * MB) /* .. or wait: what is out adds to it */
#define TRY_MS      100
#define TELL_MS     SECOND_MS
#define TELL_AGAIN  MINUTE_MS
#define PATIENCE_MS (10 * SECOND_MS)

/* SQLite's read locks are bytes of the -shm file (its file format, "WAL-index
 * locks"). They are looked up in /proc/locks, as opening and closing the file
 * here would drop our own. *out: the process that is named; 0 = none. */
static void
find_reader(const char *database, int *out)
{
    enum { FIRST_LOCK = 123, LAST_LOCK = 127 };
    g_autofree char *name = g_strconcat(database, "-shm", NULL);
    g_autofree char *locks = NULL;
    g_auto(GStrv) lines = NULL;
    struct stat st;

    *out = 0;
    if (stat(name, &st) != 0 ||
        !g_file_get_contents("/proc/locks", &locks, NULL, NULL))
        return;
    lines = g_strsplit(locks, "\n", -1);
    for (char **line = lines; *line; line++) {
        unsigned major, minor;
        unsigned long inode;
        long from;
        int pid;
        if (sscanf(*line, "%*d: POSIX %*s READ %d %x:%x:%lu %ld", &pid, &major,
                   &minor, &inode, &from) == 5 &&
            inode == st.st_ino && makedev(major, minor) == st.st_dev &&
            from >= FIRST_LOCK && from <= LAST_LOCK && pid != getpid())
            *out = pid;
    }
}

/* "process 4711 (sqlite3)", "somebody". Owned. */
static char *
reader_words(const char *database)
{
    g_autofree char *path = NULL, *name = NULL;
    int pid;

    find_reader(database, &pid);
    if (pid <= 0)
        return g_strdup("somebody");
    path = g_strdup_printf("/proc/%d/comm", pid);
    if (!g_file_get_contents(path, &name, NULL, NULL))
        return g_strdup_printf("process %d", pid);
    return g_strdup_printf("process %d (%s)", pid, g_strchomp(name));
}

char *
log_room_sentence(const Delivery *d)
{
    const char *database = store_path(d->store);
    g_autofree char *who = reader_words(database);

    return g_strdup_printf(
        "mail waits: for %d s %s has been reading the database, so that its "
        "log of %d MB cannot begin anew",
        (int)((clock_monotonic() - d->log_room.since) / SECOND_MS), who,
        (int)(disk_log_size(database) / MB));
}

static void
tell_now_and_then(Delivery *d, int64_t now)
{
    LogRoom *r = &d->log_room;
    g_autofree char *words = NULL;

    if (now - r->since < TELL_MS || (r->told && now - r->told < TELL_AGAIN))
        return;
    r->told = now;
    words = log_room_sentence(d);
    log_warn("store=log %s", words);
}

bool
log_has_room(Delivery *d, GError **error)
{
    LogRoom *r = &d->log_room;
    int64_t now = clock_monotonic(), size;
    bool done;

    if (disk_log_size(store_path(d->store)) < LOG_LONG) {
        r->since = 0;
        return true;
    }
    if (now - r->tried < TRY_MS)
        return r->since == 0;
    r->tried = now;
    if (!store_shorten_log(d->store, &done, error))
        return false;
    size = done ? 0 : disk_log_size(store_path(d->store));
    if (size < LOG_MAX) {
        r->since = 0;
        return true;
    }
    if (r->since == 0)
        r->since = now;
    tell_now_and_then(d, now);
    d->log_blocked = now - r->since > PATIENCE_MS;
    return false;
}
