/* SPDX-License-Identifier: Apache-2.0 */
/* disk.c - free space beside the database */
#include "nurture/disk.h"

#include "nurture/error.h"
#include "nurture/text.h"

#include <sys/stat.h>
#include <sys/statvfs.h>

#define MB         (INT64_C(1024) * 1024)
#define NEEDED_MIN (64 * MB)

int64_t
disk_log_size(const char *database)
{
    g_autofree char *name = g_strconcat(database, "-wal", NULL);
    struct stat st;

    return stat(name, &st) == 0 ? st.st_size : 0;
}

bool
disk_has_room(const char *database, int64_t *out_free, int64_t *out_needed)
{
    g_autofree char *dir = g_path_get_dirname(database);
    int64_t needed = MAX(NEEDED_MIN, 2 * disk_log_size(database)),
            left = G_MAXINT64;
    struct statvfs fs;

    if (statvfs(dir, &fs) == 0)
        left = (int64_t)fs.f_bavail * (int64_t)fs.f_frsize;
    if (out_free)
        *out_free = left;
    if (out_needed)
        *out_needed = needed;
    return left >= needed;
}

bool
disk_check(const char *database, GError **error)
{
    int64_t left, needed;

    if (disk_has_room(database, &left, &needed))
        return true;
    g_set_error(error, NURTURE_ERROR, ERROR_TEMPORARY,
                "%s: only %s MB are free on its disk; below %s MB nothing is "
                "sent, because it could not be recorded",
                database, number_format(left / MB), number_format(needed / MB));
    return false;
}
