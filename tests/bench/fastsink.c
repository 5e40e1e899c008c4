/* SPDX-License-Identifier: Apache-2.0 */
/* fastsink.c - an SMTP server that throws mail away as fast as one core can
 *
 *     fastsink [-c] [-p]        -c no CHUNKING, -p no PIPELINING
 *
 * Takes a free port of 127.0.0.1, prints it, and serves until SIGTERM; then
 * prints how many messages it took. For benchmarks only: it checks nothing. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

enum { IN = 1 << 17, OUT = 1 << 13, EVENTS = 64 };

typedef struct {
    int fd;
    enum { COMMAND, DATA, CHUNK, OVER } state;
    bool last;
    size_t chunk, at, end, out;
    char in[IN], answers[OUT];
} Peer;

static const char *greeting = "250-fastsink\r\n250-PIPELINING\r\n"
                              "250-CHUNKING\r\n250 8BITMIME\r\n";
static long messages;

static void
answer(Peer *p, const char *text)
{
    size_t n = strlen(text);

    if (p->out + n <= OUT) {
        memcpy(p->answers + p->out, text, n);
        p->out += n;
    }
}

static void
command(Peer *p, const char *line)
{
    if (strncasecmp(line, "EHLO", 4) == 0) {
        answer(p, greeting);
    } else if (strncasecmp(line, "DATA", 4) == 0) {
        answer(p, "354 go on\r\n");
        p->state = DATA;
        p->at -= 2; /* the command's CRLF may belong to CRLF.CRLF */
    } else if (strncasecmp(line, "BDAT", 4) == 0) {
        p->chunk = strtoul(line + 4, NULL, 10);
        p->last = strstr(line, "LAST") || strstr(line, "last");
        p->state = CHUNK;
    } else if (strncasecmp(line, "QUIT", 4) == 0) {
        answer(p, "221 bye\r\n");
        p->state = OVER;
    } else {
        answer(p, "250 ok\r\n");
    }
}

static void
message_over(Peer *p)
{
    messages++;
    answer(p, "250 taken\r\n");
    p->state = COMMAND;
}

static bool
take_command(Peer *p)
{
    char *line = p->in + p->at, *lf = memchr(line, '\n', p->end - p->at);

    if (!lf)
        return false;
    *lf = '\0';
    p->at = (size_t)(lf + 1 - p->in);
    command(p, line);
    if (p->state == DATA)
        *lf = '\n';
    return true;
}

static bool
take_data(Peer *p)
{
    char *dot = memmem(p->in + p->at, p->end - p->at, "\r\n.\r\n", 5);

    if (!dot) {
        p->at = p->end - p->at > 4 ? p->end - 4 : p->at;
        return false;
    }
    p->at = (size_t)(dot + 5 - p->in);
    message_over(p);
    return true;
}

static bool
take_chunk(Peer *p)
{
    size_t n = p->end - p->at < p->chunk ? p->end - p->at : p->chunk;

    p->at += n;
    p->chunk -= n;
    if (p->chunk > 0)
        return false;
    if (p->last) {
        message_over(p);
    } else {
        answer(p, "250 chunk\r\n");
        p->state = COMMAND;
    }
    return true;
}

static bool
work(Peer *p)
{
    switch (p->state) {
    case COMMAND:
        return take_command(p);
    case DATA:
        return take_data(p);
    case CHUNK:
        return take_chunk(p);
    case OVER:
        break;
    }
    return false;
}

/* False when the connection is over. */
static bool
serve(Peer *p)
{
    ssize_t n = recv(p->fd, p->in + p->end, IN - p->end, 0);

    if (n <= 0)
        return n < 0 && (errno == EAGAIN || errno == EINTR);
    p->end += (size_t)n;
    while (work(p))
        continue;
    memmove(p->in, p->in + p->at, p->end - p->at);
    p->end -= p->at;
    p->at = 0;
    if (p->out > 0 && send(p->fd, p->answers, p->out, MSG_NOSIGNAL) < 0)
        return false;
    p->out = 0;
    return p->state != OVER && p->end < IN;
}

static void
watch(int epoll, int fd, void *data)
{
    struct epoll_event event = {EPOLLIN, {.ptr = data}};

    if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) != 0)
        exit(1);
}

static void
accept_peer(int epoll, int listener)
{
    int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    int on = 1;
    Peer *p;

    if (fd < 0)
        return;
    p = calloc(1, sizeof *p);
    if (!p)
        exit(1);
    p->fd = fd;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (send(fd, "220 fastsink\r\n", 14, MSG_NOSIGNAL) < 0)
        exit(1);
    watch(epoll, fd, p);
}

static int
listen_somewhere(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd < 0 || bind(fd, (struct sockaddr *)&address, length) != 0 ||
        listen(fd, 512) != 0 ||
        getsockname(fd, (struct sockaddr *)&address, &length) != 0) {
        perror("fastsink");
        exit(1);
    }
    printf("%d\n", ntohs(address.sin_port));
    fflush(stdout);
    return fd;
}

static int
await_end(void)
{
    sigset_t ends;

    sigemptyset(&ends);
    sigaddset(&ends, SIGTERM);
    sigaddset(&ends, SIGINT);
    sigprocmask(SIG_BLOCK, &ends, NULL);
    return signalfd(-1, &ends, SFD_CLOEXEC);
}

int
main(int argc, char **argv)
{
    struct epoll_event events[EVENTS];
    int listener, ends, epoll = epoll_create1(EPOLL_CLOEXEC), option;

    while ((option = getopt(argc, argv, "cp")) != -1)
        greeting = option == 'c'
                       ? "250-fastsink\r\n250-PIPELINING\r\n250 8BITMIME\r\n"
                       : "250-fastsink\r\n250 8BITMIME\r\n";
    ends = await_end();
    listener = listen_somewhere();
    watch(epoll, listener, &listener);
    watch(epoll, ends, &ends);
    for (;;) {
        int n = epoll_wait(epoll, events, EVENTS, -1);
        for (int i = 0; i < n; i++) {
            void *who = events[i].data.ptr;
            if (who == &ends) {
                printf("%ld messages\n", messages);
                return 0;
            }
            if (who == &listener) {
                accept_peer(epoll, listener);
            } else if (!serve(who)) {
                close(((Peer *)who)->fd);
                free(who);
            }
        }
    }
}
