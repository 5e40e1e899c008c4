/* SPDX-License-Identifier: Apache-2.0 */
/* systemd.c - socket activation and readiness, by the documented protocol */
#include "nurture/systemd.h"

#include <fcntl.h>
#include <glib.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define LISTEN_MAX 16

/* A number that is meant for this process; 0 when absent or another's. */
static int64_t
read_own(const char *name, const char *pid_name)
{
    const char *pid = g_getenv(pid_name), *text = g_getenv(name);

    if (!text || (pid && g_ascii_strtoll(pid, NULL, 10) != getpid()))
        return 0;
    return g_ascii_strtoll(text, NULL, 10);
}

int
systemd_listen_count(void)
{
    int64_t count =
        g_getenv("LISTEN_PID") ? read_own("LISTEN_FDS", "LISTEN_PID") : 0;

    g_unsetenv("LISTEN_FDS");
    g_unsetenv("LISTEN_PID");
    g_unsetenv("LISTEN_FDNAMES");
    count = CLAMP(count, 0, LISTEN_MAX);
    for (int fd = SYSTEMD_FIRST_FD; fd < SYSTEMD_FIRST_FD + count; fd++) {
        int flags = fcntl(fd, F_GETFL);
        if (flags < 0 || fcntl(fd, F_SETFD, FD_CLOEXEC) < 0 ||
            fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0)
            return 0;
    }
    return (int)count;
}

bool
systemd_notify(const char *state)
{
    const char *path = g_getenv("NOTIFY_SOCKET");
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    gsize length = path ? strlen(path) : 0;

    if ((length && *path != '/' && *path != '@') || !length ||
        length >= sizeof to.sun_path)
        return false;
    memcpy(to.sun_path, path, length);
    if (*path == '@') /* the abstract name space */
        to.sun_path[0] = '\0';
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return false;
    ssize_t sent =
        sendto(fd, state, strlen(state), MSG_NOSIGNAL,
               (const struct sockaddr *)(const void *)&to,
               (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length));
    close(fd);
    return sent == (ssize_t)strlen(state);
}

int64_t
systemd_watchdog_ms(void)
{
    int64_t us = read_own("WATCHDOG_USEC", "WATCHDOG_PID");

    return us > 0 ? MAX(us / 2000, 1) : 0;
}
