/* SPDX-License-Identifier: Apache-2.0 */
/* smtp_connect.c - connect() with TCP_NODELAY and a limit, for SMTP threads */
#include "smtp_connect.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

static _Thread_local int armed_ms;
static _Thread_local int last_fd = -1;

void
smtp_connect_arm(int timeout_ms)
{
    armed_ms = timeout_ms;
    last_fd = -1;
}

int
smtp_connect_fd(void)
{
    return last_fd;
}

static int
plain_connect(int fd, const struct sockaddr *address, socklen_t length)
{
    return (int)syscall(SYS_connect, fd, address, length);
}

/* Wait until a connect in progress has an outcome. */
static int
await_connection(int fd, int timeout_ms)
{
    struct pollfd p = {fd, POLLOUT, 0};
    int error = 0;
    socklen_t length = sizeof error;
    int n;

    do
        n = poll(&p, 1, timeout_ms);
    while (n < 0 && errno == EINTR);
    if (n == 0)
        error = ETIMEDOUT;
    else if (n < 0 || getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length))
        error = errno;
    errno = error;
    return error ? -1 : 0;
}

int
connect(int fd, __CONST_SOCKADDR_ARG address, socklen_t length)
{
    const struct sockaddr *to = address.__sockaddr__;
    int on = 1, flags, result;

    if (armed_ms == 0 ||
        (to->sa_family != AF_INET && to->sa_family != AF_INET6))
        return plain_connect(fd, to, length);
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    flags = fcntl(fd, F_GETFL);
    fcntl(fd, F_SETFL, flags | O_NONBLOCK);
    result = plain_connect(fd, to, length);
    if (result < 0 && errno == EINPROGRESS)
        result = await_connection(fd, armed_ms);
    last_fd = result == 0 ? fd : -1;
    int saved = errno;
    fcntl(fd, F_SETFL, flags);
    errno = saved;
    return result;
}
