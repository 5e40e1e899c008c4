/* SPDX-License-Identifier: Apache-2.0 */
/* file.c - writing whole files, and making them last */
#include "nurture/file.h"

#include "nurture/error.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <sys/stat.h>
#include <unistd.h>

bool
file_write_all(int fd, const void *bytes, gsize size)
{
    const char *p = bytes;

    while (size > 0) {
        ssize_t n = write(fd, p, size);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        p += n;
        size -= (gsize)n;
    }
    return true;
}

bool
file_sync_directory(const char *directory)
{
    int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool synced = fd >= 0 && fsync(fd) == 0;
    int why = errno;

    if (fd >= 0)
        close(fd);
    errno = why;
    return synced;
}

bool
file_create(const char *path, const char *text, gsize size, GError **error)
{
    g_autofree char *parent = g_path_get_dirname(path);
    g_autoptr(GError) why = NULL;

    if (g_mkdir_with_parents(parent, 0755) == 0 &&
        g_file_set_contents(path, text, (gssize)size, &why))
        return true;
    g_set_error(error, NURTURE_ERROR, ERROR_INPUT, "%s: %s", path,
                why ? why->message : g_strerror(errno));
    return false;
}

bool
file_replace(const char *path, const char *text, gsize size, GError **error)
{
    g_autoptr(GError) why = NULL;
    struct stat st;
    int mode = stat(path, &st) == 0 ? (int)(st.st_mode & 07777) : 0644;

    if (g_file_set_contents_full(path, text, (gssize)size,
                                 G_FILE_SET_CONTENTS_CONSISTENT |
                                     G_FILE_SET_CONTENTS_DURABLE,
                                 mode, &why))
        return true;
    g_set_error(error, NURTURE_ERROR, ERROR_INPUT, "%s", why->message);
    return false;
}
