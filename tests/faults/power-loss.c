/* SPDX-License-Identifier: Apache-2.0 */
/* power-loss.c - for LD_PRELOAD: writes down what this process does to the
 * files below POWER_DIR, in the file POWER_JOURNAL, and kills it at a moment:
 * after POWER_CUT such deeds, or POWER_CUT_HOME deeds to the database's own
 * file, which only a checkpoint writes to. power-loss.py then says what a disk
 * would have kept of them.
 *
 * A deed is 4 octets of its name, the lengths of the path and of the data, the
 * offset (uint64_t each), the path and the data. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILES = 4096 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char *path_of[FILES]; /* of the descriptors that are watched */
static int journal = -1;
static long deeds, deeds_at_home;

#define REAL(type, name, ...)                                                  \
    type (*real)(__VA_ARGS__) = (type(*)(__VA_ARGS__))dlsym(RTLD_NEXT, name)

static const char *
watched(int fd)
{
    return fd >= 0 && fd < FILES ? path_of[fd] : NULL;
}

static int
is_below(const char *path)
{
    const char *dir = getenv("POWER_DIR");

    return dir && *dir && strncmp(path, dir, strlen(dir)) == 0;
}

static void
put(const void *bytes, size_t n)
{
    REAL(ssize_t, "write", int, const void *, size_t);

    if (journal < 0)
        journal = open(getenv("POWER_JOURNAL"),
                       O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (real(journal, bytes, n) != (ssize_t)n)
        abort();
}

static void
cut_if(const char *name, long at)
{
    const char *when = getenv(name);

    if (when && at == atol(when))
        kill(getpid(), SIGKILL);
}

/* Under the lock, after the deed. */
static void
note(const char *deed, const char *path, uint64_t offset, const void *data,
     size_t n)
{
    const uint64_t head[3] = {strlen(path), n, offset};
    size_t length = strlen(path);

    put(deed, 4);
    put(head, sizeof head);
    put(path, length);
    put(data, n);
    cut_if("POWER_CUT", ++deeds);
    if (length > 3 && strcmp(path + length - 3, ".db") == 0)
        cut_if("POWER_CUT_HOME", ++deeds_at_home);
}

static int
opened(int fd, const char *path, int flags, int is_new)
{
    if (fd < 0 || fd >= FILES || !is_below(path))
        return fd;
    pthread_mutex_lock(&lock);
    free(path_of[fd]);
    path_of[fd] = strdup(path);
    if (is_new)
        note("new ", path, 0, "", 0);
    else if (flags & O_TRUNC)
        note("cut ", path, 0, "", 0);
    pthread_mutex_unlock(&lock);
    return fd;
}

#define OPEN(name)                                                             \
    int name(const char *path, int flags, ...)                                 \
    {                                                                          \
        REAL(int, #name, const char *, int, ...);                              \
        int is_new = (flags & O_CREAT) && access(path, F_OK) != 0;             \
        va_list more;                                                          \
        va_start(more, flags);                                                 \
        mode_t mode = va_arg(more, mode_t);                                    \
        va_end(more);                                                          \
        return opened(real(path, flags, mode), path, flags, is_new);           \
    }
OPEN(open)
OPEN(open64)

int
close(int fd)
{
    REAL(int, "close", int);

    if (watched(fd)) {
        pthread_mutex_lock(&lock);
        free(path_of[fd]);
        path_of[fd] = NULL;
        pthread_mutex_unlock(&lock);
    }
    return real(fd);
}

ssize_t
write(int fd, const void *bytes, size_t n)
{
    REAL(ssize_t, "write", int, const void *, size_t);
    ssize_t done;

    if (!watched(fd))
        return real(fd, bytes, n);
    pthread_mutex_lock(&lock);
    done = real(fd, bytes, n);
    if (done > 0)
        note("put ", watched(fd), (uint64_t)(lseek(fd, 0, SEEK_CUR) - done),
             bytes, (size_t)done);
    pthread_mutex_unlock(&lock);
    return done;
}

ssize_t
pwrite64(int fd, const void *bytes, size_t n, off64_t at)
{
    REAL(ssize_t, "pwrite64", int, const void *, size_t, off64_t);
    ssize_t done;

    if (!watched(fd))
        return real(fd, bytes, n, at);
    pthread_mutex_lock(&lock);
    done = real(fd, bytes, n, at);
    if (done > 0)
        note("put ", watched(fd), (uint64_t)at, bytes, (size_t)done);
    pthread_mutex_unlock(&lock);
    return done;
}

#define DEED_ON(name, parameters, arguments, deed, offset)                     \
    int name parameters                                                        \
    {                                                                          \
        int(*real) parameters = (int(*) parameters)dlsym(RTLD_NEXT, #name);    \
        int done;                                                              \
        if (!watched(fd))                                                      \
            return real arguments;                                             \
        pthread_mutex_lock(&lock);                                             \
        done = real arguments;                                                 \
        if (done == 0)                                                         \
            note(deed, watched(fd), (uint64_t)(offset), "", 0);                \
        pthread_mutex_unlock(&lock);                                           \
        return done;                                                           \
    }
DEED_ON(fsync, (int fd), (fd), "sync", 0)
DEED_ON(fdatasync, (int fd), (fd), "sync", 0)
DEED_ON(ftruncate, (int fd, off_t size), (fd, size), "cut ", size)
DEED_ON(ftruncate64, (int fd, off64_t size), (fd, size), "cut ", size)

int
unlink(const char *path)
{
    REAL(int, "unlink", const char *);
    int done;

    pthread_mutex_lock(&lock);
    done = real(path);
    if (done == 0 && is_below(path))
        note("gone", path, 0, "", 0);
    pthread_mutex_unlock(&lock);
    return done;
}

int
rename(const char *from, const char *to)
{
    REAL(int, "rename", const char *, const char *);
    int done;

    pthread_mutex_lock(&lock);
    done = real(from, to);
    if (done == 0 && is_below(from))
        note("name", from, 0, to, strlen(to));
    pthread_mutex_unlock(&lock);
    return done;
}
