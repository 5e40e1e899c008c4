/* SPDX-License-Identifier: Apache-2.0 */
/* io-error.c - for LD_PRELOAD: the IO_ERROR_AT-th fdatasync(), fsync() or
 * pwrite() of this process fails with EIO, and so does each one after it, as of
 * a disk that has gone. IO_ERROR_CALL names the call. With IO_ERROR_TIMES only
 * so many fail, with ENOSPC, as of a disk that has room again. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

static atomic_long calls;

static int
fails(const char *call)
{
    const char *which = getenv("IO_ERROR_CALL"), *at = getenv("IO_ERROR_AT");
    const char *times = getenv("IO_ERROR_TIMES");
    long n;

    if (!which || !at || strcmp(which, call) != 0)
        return 0;
    n = atomic_fetch_add(&calls, 1) + 1;
    if (n < atol(at) || (times && n >= atol(at) + atol(times)))
        return 0;
    errno = times ? ENOSPC : EIO;
    return 1;
}

int
fdatasync(int fd)
{
    int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, "fdatasync");
    return fails("sync") ? -1 : real(fd);
}

int
fsync(int fd)
{
    int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, "fsync");
    return fails("sync") ? -1 : real(fd);
}

ssize_t
pwrite64(int fd, const void *bytes, size_t n, off64_t at)
{
    ssize_t (*real)(int, const void *, size_t, off64_t) =
        (ssize_t(*)(int, const void *, size_t, off64_t))dlsym(RTLD_NEXT,
                                                              "pwrite64");
    return fails("write") ? -1 : real(fd, bytes, n, at);
}
