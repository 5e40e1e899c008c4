/* SPDX-License-Identifier: Apache-2.0 */
/* disk.c - free space beside the database */
#include "nurture/disk.h"

#include <glib.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#define NEEDED_MIN (INT64_C(64) * 1024 * 1024)

static int64_t
wal_size(const char *database)
{
    g_autofree char *name = g_strconcat(database, "-wal", NULL);
    struct stat st;

    return stat(name, &st) == 0 ? st.st_size : 0;
}

bool
disk_has_room(const char *database, int64_t *out_free, int64_t *out_needed)
{
    g_autofree char *dir = g_path_get_dirname(database);
    int64_t needed = MAX(NEEDED_MIN, 2 * wal_size(database)), left = G_MAXINT64;
    struct statvfs fs;

    if (statvfs(dir, &fs) == 0)
        left = (int64_t)fs.f_bavail * (int64_t)fs.f_frsize;
    if (out_free)
        *out_free = left;
    if (out_needed)
        *out_needed = needed;
    return left >= needed;
}
