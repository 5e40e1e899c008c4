/* SPDX-License-Identifier: Apache-2.0 */
/* maildir.c - new files of a Maildir, each offered once */
#include "nurture/maildir.h"

#include "inbound-guard.h"
#include "nurture/error.h"
#include "nurture/log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *const folders[] = {"new", "cur"};

enum { FOLDERS = 2, FILES_REMEMBERED = 1000000 };

struct Maildir {
    char *path;
    int fd;              /* inotify */
    int watch[FOLDERS];  /* of new and cur */
    GHashTable *seen;    /* "inode size mtime": taken in this life */
    GHashTable *waiting; /* "new/NAME": to be looked at */
    bool rescan, gone;
};

static bool
temporary(GError **error, const char *path, const char *what)
{
    g_set_error(error, NURTURE_ERROR, ERROR_TEMPORARY, "%s: %s", path, what);
    return false;
}

static bool
watch_folder(Maildir *m, int i, GError **error)
{
    g_autofree char *path = g_build_filename(m->path, folders[i], NULL);

    m->watch[i] =
        inotify_add_watch(m->fd, path,
                          IN_MOVED_TO | IN_CREATE | IN_CLOSE_WRITE |
                              IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR);
    return m->watch[i] >= 0 || temporary(error, path, g_strerror(errno));
}

Maildir *
maildir_open(const char *path, GError **error)
{
    g_autoptr(Maildir) m = g_new0(Maildir, 1);

    m->path = g_strdup(path);
    m->seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    m->waiting = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    m->rescan = true;
    m->fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    if (m->fd < 0) {
        temporary(error, path, g_strerror(errno));
        return NULL;
    }
    for (int i = 0; i < FOLDERS; i++)
        if (!watch_folder(m, i, error))
            return NULL;
    return g_steal_pointer(&m);
}

void
maildir_close(Maildir *m)
{
    if (!m)
        return;
    if (m->fd >= 0)
        close(m->fd);
    g_hash_table_unref(m->seen);
    g_hash_table_unref(m->waiting);
    g_free(m->path);
    g_free(m);
}

int
maildir_fd(const Maildir *m)
{
    return m->fd;
}

/* ---- what is new ----------------------------------------------------------
 */

/* Dot files are no mails (the Maildir specification). */
static void
note_file(Maildir *m, int folder, const char *name)
{
    if (name[0] != '.')
        g_hash_table_add(m->waiting,
                         g_strdup_printf("%s/%s", folders[folder], name));
}

static void
note_event(Maildir *m, const struct inotify_event *e)
{
    if (e->mask & IN_Q_OVERFLOW)
        m->rescan = true;
    if (e->mask & (IN_DELETE_SELF | IN_MOVE_SELF | IN_IGNORED | IN_UNMOUNT))
        m->gone = true;
    for (int i = 0; i < FOLDERS; i++)
        if (e->len > 0 && e->wd == m->watch[i])
            note_file(m, i, e->name);
}

static void
read_events(Maildir *m)
{
    char buffer[65536]
        __attribute__((aligned(__alignof__(struct inotify_event))));
    ssize_t n;

    while ((n = read(m->fd, buffer, sizeof buffer)) > 0)
        for (char *p = buffer; p < buffer + n;) {
            const struct inotify_event *e = (const void *)p;
            note_event(m, e);
            p += sizeof *e + e->len;
        }
}

static bool
scan_folder(Maildir *m, int i, GError **error)
{
    g_autofree char *path = g_build_filename(m->path, folders[i], NULL);
    g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
    const char *name;

    if (!dir)
        return temporary(error, path, g_strerror(errno));
    while ((name = g_dir_read_name(dir)))
        note_file(m, i, name);
    return true;
}

static bool
find_new(Maildir *m, GError **error)
{
    read_events(m);
    if (m->gone)
        return temporary(error, m->path, "the folder is gone");
    if (!m->rescan)
        return true;
    for (int i = 0; i < FOLDERS; i++)
        if (!scan_folder(m, i, error))
            return false;
    m->rescan = false;
    return true;
}

/* ---- one file -------------------------------------------------------------
 */

static GBytes *
read_all(int fd, gsize size)
{
    g_autofree char *bytes = g_malloc(size + 1);
    gsize have = 0;

    while (have < size) {
        ssize_t n = read(fd, bytes + have, size - have);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return NULL;
        have += (gsize)n;
    }
    return g_bytes_new_take(g_steal_pointer(&bytes), have);
}

static char *
key_of(const struct stat *st)
{
    return g_strdup_printf("%ju %jd %jd.%ld", (uintmax_t)st->st_ino,
                           (intmax_t)st->st_size, (intmax_t)st->st_mtim.tv_sec,
                           st->st_mtim.tv_nsec);
}

/* A file that is no mail for us: done with, but not hidden. */
static bool
skip(const Maildir *m, const char *name, const char *why)
{
    log_warn("maildir=%s file=%s skipped=\"%s\"", m->path, name, why);
    return true;
}

/* Returns: nothing is left to do for this file. Another program may have moved
 * or removed it: then it comes again under its new name, or not at all. */
static bool
take_file(Maildir *m, const char *name, MailTake take, gpointer data,
          GError **error)
{
    g_autofree char *path = g_build_filename(m->path, name, NULL);
    g_autofree char *key = NULL;
    g_autoptr(GBytes) raw = NULL;
    struct stat st;
    int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);

    if (fd < 0)
        return errno == ENOENT ||
               (errno == ELOOP && skip(m, name, "a symbolic link")) ||
               temporary(error, path, g_strerror(errno));
    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode)) {
        key = key_of(&st);
        if (st.st_size > 0 && st.st_size <= INBOUND_MESSAGE_MAX &&
            !g_hash_table_contains(m->seen, key))
            raw = read_all(fd, (gsize)st.st_size);
    }
    close(fd);
    if (!key)
        return skip(m, name, "not a file");
    if (g_hash_table_contains(m->seen, key))
        return true;
    if (st.st_size > INBOUND_MESSAGE_MAX)
        skip(m, name, "larger than 25 MB");
    else if (st.st_size == 0)
        return true; /* being written by a program that ought not to */
    else if (!raw)
        return temporary(error, path, "cannot be read");
    else if (!take(data, raw, error))
        return false;
    if (g_hash_table_size(m->seen) < FILES_REMEMBERED)
        g_hash_table_add(m->seen, g_steal_pointer(&key));
    return true;
}

static int
compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

bool
maildir_take(Maildir *m, MailTake take, gpointer data, GError **error)
{
    g_autofree char **names = NULL;
    guint n;

    if (!find_new(m, error))
        return false;
    /* A copy: what is taken leaves the table on the way. */
    names = (char **)g_hash_table_get_keys_as_array(m->waiting, &n);
    qsort(names, n, sizeof *names, compare_names);
    for (guint i = 0; i < n; i++) {
        g_autoptr(GError) failed = NULL;
        if (take_file(m, names[i], take, data, &failed))
            g_hash_table_remove(m->waiting, names[i]);
        else
            log_warn("maildir=%s error=\"%s\"", m->path, failed->message);
    }
    return true;
}
