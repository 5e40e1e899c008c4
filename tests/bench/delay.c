/* SPDX-License-Identifier: Apache-2.0 */
/* delay.c - a loopback proxy that delays every byte
 *
 *     delay PORT MS
 *
 * Takes a free port of 127.0.0.1, prints it, and forwards to PORT; what comes
 * in at either end leaves at the other MS milliseconds later, in order. So one
 * round trip costs twice that. Serves until it is killed. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { ENDS = 2048, PIECE = 65536, HELD_MOST = 4 << 20 };

/* What waits to leave at an end; length 0: the other end has closed. */
typedef struct Piece {
    struct Piece *next;
    int64_t due; /* monotonic ns */
    size_t at, length;
    char bytes[];
} Piece;

/* Ends 2n and 2n+1 are one connection. */
typedef struct {
    int fd;
    bool read_over;
    size_t held;
    Piece *first, **last;
} End;

static End ends[ENDS];
static int n_ends;
static int64_t delay_ns;

static int64_t
now_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

static void
hold(End *to, const char *bytes, size_t length)
{
    Piece *piece = malloc(sizeof *piece + length);

    if (!piece)
        exit(1);
    *piece = (Piece){NULL, now_ns() + delay_ns, 0, length};
    if (length > 0)
        memcpy(piece->bytes, bytes, length);
    *to->last = piece;
    to->last = &piece->next;
    to->held += length;
}

static void
take(End *from, End *to)
{
    static char bytes[PIECE];
    ssize_t n = recv(from->fd, bytes, sizeof bytes, 0);

    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    from->read_over = n <= 0;
    hold(to, bytes, n > 0 ? (size_t)n : 0);
}

/* Let go what is due. Returns when the next piece is; 0: nothing waits for
 * time. */
static int64_t
let_go(End *end, int64_t now)
{
    while (end->first && end->first->due <= now) {
        Piece *piece = end->first;
        ssize_t n = piece->length == 0
                        ? shutdown(end->fd, SHUT_WR)
                        : send(end->fd, piece->bytes + piece->at,
                               piece->length - piece->at, MSG_NOSIGNAL);
        if (n < 0 && errno == EAGAIN)
            return 0;
        if (n >= 0 && piece->at + (size_t)n < piece->length) {
            piece->at += (size_t)n;
            continue;
        }
        end->held -= piece->length;
        end->first = piece->next;
        if (!end->first)
            end->last = &end->first;
        free(piece);
    }
    return end->first ? end->first->due : 0;
}

static bool
is_over(const End *end)
{
    return end[0].read_over && end[1].read_over && !end[0].first &&
           !end[1].first;
}

static void
set_up(End *end, int fd)
{
    int on = 1;

    *end = (End){.fd = fd};
    end->last = &end->first;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
}

static void
add_connection(int listener, const struct sockaddr_in *target)
{
    int a = accept4(listener, NULL, NULL, SOCK_CLOEXEC), b, i = 0;

    if (a < 0)
        return;
    b = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    while (i < n_ends && ends[i].fd >= 0)
        i += 2;
    if (i >= ENDS ||
        connect(b, (const struct sockaddr *)target, sizeof *target) != 0) {
        close(a);
        close(b);
        return;
    }
    set_up(&ends[i], a);
    set_up(&ends[i + 1], b);
    n_ends = i + 2 > n_ends ? i + 2 : n_ends;
}

/* The time until the earliest piece is due; NULL: no limit. */
static struct timespec *
fill_polls(struct pollfd *polls, struct timespec *out)
{
    int64_t now = now_ns(), next = 0;

    for (int i = 0; i < n_ends; i++) {
        End *end = &ends[i], *other = &ends[i ^ 1];
        int64_t due;
        polls[i] = (struct pollfd){.fd = -1};
        if (end->fd < 0)
            continue;
        due = let_go(end, now);
        next = due > 0 && (next == 0 || due < next) ? due : next;
        polls[i].fd = end->fd;
        if (!end->read_over && other->held < HELD_MOST)
            polls[i].events |= POLLIN;
        if (end->first && due == 0)
            polls[i].events |= POLLOUT;
        if (polls[i].events == 0)
            polls[i].fd = -1;
    }
    if (next == 0)
        return NULL;
    next = next > now ? next - now : 0;
    *out = (struct timespec){next / 1000000000, next % 1000000000};
    return out;
}

static void
close_what_is_over(void)
{
    for (int i = 0; i < n_ends; i += 2) {
        if (ends[i].fd < 0 || !is_over(&ends[i]))
            continue;
        close(ends[i].fd);
        close(ends[i + 1].fd);
        ends[i].fd = ends[i + 1].fd = -1;
    }
}

int
main(int argc, char **argv)
{
    static struct pollfd polls[ENDS + 1];
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct sockaddr_in target = address;
    socklen_t length = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (argc != 3 ||
        bind(listener, (struct sockaddr *)&address, sizeof address) != 0 ||
        listen(listener, 512) != 0 ||
        getsockname(listener, (struct sockaddr *)&address, &length) != 0) {
        fprintf(stderr, "usage: delay PORT MS\n");
        return 2;
    }
    target.sin_port = htons((uint16_t)atoi(argv[1]));
    delay_ns = (int64_t)(strtod(argv[2], NULL) * 1e6);
    printf("%d\n", ntohs(address.sin_port));
    fflush(stdout);
    for (;;) {
        struct timespec wait, *limit = fill_polls(polls, &wait);
        int n = n_ends;
        polls[n] = (struct pollfd){listener, POLLIN, 0};
        if (ppoll(polls, (nfds_t)n + 1, limit, NULL) < 0 && errno != EINTR)
            return 1;
        for (int i = 0; i < n; i++)
            if (polls[i].revents & (POLLIN | POLLHUP | POLLERR))
                take(&ends[i], &ends[i ^ 1]);
        if (polls[n].revents & POLLIN)
            add_connection(listener, &target);
        close_what_is_over();
    }
}
