/* SPDX-License-Identifier: Apache-2.0 */
/* lmtp.c - clients of the unix socket, by poll */
#include "nurture/lmtp.h"

#include "inbound-guard.h"
#include "lmtp-session.h"
#include "nurture/clock.h"
#include "nurture/error.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum {
    CLIENTS_MAX = 16,
    PIECE = 65536,
    PIECES_AT_ONCE = 16,
    OUT_MAX = 65536, /* a client that does not read is not read from */
    FINISH_MS = 30000,
    SILENCE_MS = 300000,
};

typedef struct {
    int fd;
    int64_t heard_at; /* monotonic */
    LmtpSession session;
    bool gone;
} Client;

typedef struct {
    const LmtpOptions *options;
    int listener;
    GPtrArray *clients;
    int64_t kept, told; /* mails; those that idle() has heard of */
} Server;

static void
client_free(void *data)
{
    Client *c = data;

    close(c->fd);
    lmtp_session_clear(&c->session);
    g_free(c);
}

static bool
set_error(GError **error, const char *path)
{
    g_set_error(error, NURTURE_ERROR, ERROR_TEMPORARY, "%s: %s", path,
                g_strerror(errno));
    return false;
}

/* ---- the socket -----------------------------------------------------------
 */

static bool
is_served(const struct sockaddr_un *address)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool served = fd >= 0 && connect(fd, (const struct sockaddr *)address,
                                     sizeof *address) == 0;

    if (fd >= 0)
        close(fd);
    return served;
}

/* Left by a server that was killed. Nothing but a socket is ever removed. */
static bool
remove_stale(const struct sockaddr_un *address, GError **error)
{
    struct stat st;

    if (lstat(address->sun_path, &st) != 0)
        return true;
    if (!S_ISSOCK(st.st_mode) || is_served(address)) {
        g_set_error(error, NURTURE_ERROR, ERROR_REFUSED, "%s: %s",
                    address->sun_path,
                    S_ISSOCK(st.st_mode) ? "another program answers there"
                                         : "is not a socket");
        return false;
    }
    return g_unlink(address->sun_path) == 0 ||
           set_error(error, address->sun_path);
}

static int
listen_at(const char *path, GError **error)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    mode_t mask;
    int fd;

    if (strlen(path) >= sizeof address.sun_path) {
        g_set_error(error, NURTURE_ERROR, ERROR_USAGE,
                    "%s: a socket's path has at most %zu bytes", path,
                    sizeof address.sun_path - 1);
        return -1;
    }
    memcpy(address.sun_path, path, strlen(path));
    if (!remove_stale(&address, error))
        return -1;
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) {
        set_error(error, path);
        return -1;
    }
    mask = umask(0117); /* the mail server's group may write */
    if (bind(fd, (const struct sockaddr *)&address, sizeof address) != 0 ||
        listen(fd, 64) != 0) {
        set_error(error, path);
        close(fd);
        fd = -1;
    }
    umask(mask);
    return fd;
}

/* ---- clients --------------------------------------------------------------
 */

static void
accept_client(Server *server)
{
    const LmtpOptions *o = server->options;
    int fd =
        accept4(server->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    Client *c;

    if (fd < 0)
        return;
    c = g_new0(Client, 1);
    c->fd = fd;
    c->heard_at = clock_monotonic();
    lmtp_session_init(&c->session,
                      o->size_max ? o->size_max : INBOUND_MESSAGE_MAX, o->keep,
                      o->data);
    g_ptr_array_add(server->clients, c);
}

static void
client_write(Client *c)
{
    GString *out = c->session.out;

    while (out->len > 0) {
        ssize_t n = send(c->fd, out->str, out->len, MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            c->gone = errno != EAGAIN;
            return;
        }
        g_string_erase(out, 0, n);
    }
    if (c->session.state == LMTP_CLOSED)
        c->gone = true;
}

static void
client_read(Client *c)
{
    char buffer[PIECE];

    for (int i = 0; i < PIECES_AT_ONCE; i++) {
        ssize_t n = recv(c->fd, buffer, sizeof buffer, 0);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0) {
            c->gone = n == 0 || errno != EAGAIN;
            return;
        }
        c->heard_at = clock_monotonic();
        lmtp_session_feed(&c->session, buffer, (gsize)n);
        if (c->session.out->len > OUT_MAX || c->session.state == LMTP_CLOSED)
            return;
    }
}

static void
client_work(Server *server, Client *c, short events)
{
    int64_t before = c->session.kept;
    int64_t silence =
        server->options->timeout_ms ? server->options->timeout_ms : SILENCE_MS;

    if (events & (POLLIN | POLLHUP | POLLERR))
        client_read(c);
    else if (clock_monotonic() - c->heard_at > silence)
        c->gone = true;
    if (!c->gone)
        client_write(c);
    server->kept += c->session.kept - before;
}

/* ---- the loop -------------------------------------------------------------
 */

static void
drop_gone(Server *server)
{
    for (guint i = server->clients->len; i-- > 0;) {
        Client *c = g_ptr_array_index(server->clients, i);
        if (c->gone)
            g_ptr_array_remove_index_fast(server->clients, i);
    }
}

static int
wait_for_work(Server *server, struct pollfd *fds, int timeout_ms)
{
    nfds_t n = 0;

    for (; n < server->clients->len; n++) {
        Client *c = g_ptr_array_index(server->clients, n);
        fds[n] = (struct pollfd){
            .fd = c->fd,
            .events = (short)((c->session.out->len <= OUT_MAX ? POLLIN : 0) |
                              (c->session.out->len > 0 ? POLLOUT : 0))};
    }
    /* Further clients wait in the socket's queue. */
    fds[n] = (struct pollfd){.fd = n < CLIENTS_MAX ? server->listener : -1,
                             .events = POLLIN};
    return poll(fds, n + 1, timeout_ms);
}

static void
turn(Server *server)
{
    struct pollfd fds[CLIENTS_MAX + 1] = {{0}};
    guint n = server->clients->len;
    bool news = server->kept > server->told;
    int ready = wait_for_work(server, fds, news ? 0 : 1000);

    if (ready < 0)
        return; /* a signal; the caller looks */
    if (ready == 0 && news) {
        server->told = server->kept;
        if (server->options->idle)
            server->options->idle(server->options->data);
        return;
    }
    for (guint i = 0; i < n; i++)
        client_work(server, g_ptr_array_index(server->clients, i),
                    fds[i].revents);
    if (fds[n].revents & POLLIN)
        accept_client(server);
    drop_gone(server);
}

static void
finish(Server *server)
{
    int64_t until = clock_monotonic() + FINISH_MS;

    close(server->listener);
    server->listener = -1;
    while (server->clients->len > 0 && clock_monotonic() < until) {
        for (guint i = 0; i < server->clients->len; i++) {
            Client *c = g_ptr_array_index(server->clients, i);
            lmtp_session_stop(&c->session);
        }
        turn(server);
    }
    if (server->kept > server->told && server->options->idle)
        server->options->idle(server->options->data);
}

bool
lmtp_serve(const char *path, const LmtpOptions *options, GError **error)
{
    Server server = {.options = options, .listener = listen_at(path, error)};

    if (server.listener < 0)
        return false;
    server.clients = g_ptr_array_new_with_free_func(client_free);
    while (!*options->stop)
        turn(&server);
    finish(&server);
    g_ptr_array_unref(server.clients);
    g_unlink(path);
    return true;
}
