/* SPDX-License-Identifier: Apache-2.0 */
/* sink.c - the sink's thread: sockets, time, and one sync for many messages */
#include "nurture/sink.h"

#include "nurture/clock.h"
#include "nurture/error.h"
#include "nurture/log.h"
#include "sink-private.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#define PEERS_MAX 2000

static Peer *
peer_new(Sink *sink, int fd)
{
    Peer *peer = g_new0(Peer, 1);

    peer->sink = sink;
    peer->fd = fd;
    peer->in = g_byte_array_new();
    peer->out = g_string_new(NULL);
    peer->rcpts = g_ptr_array_new_with_free_func(g_free);
    peer->body = g_byte_array_new();
    return peer;
}

static void
peer_free(Peer *peer)
{
    if (peer->ssl)
        SSL_free(peer->ssl);
    close(peer->fd);
    g_byte_array_unref(peer->in);
    g_string_free(peer->out, TRUE);
    g_free(peer->from);
    g_free(peer->envid);
    g_ptr_array_unref(peer->rcpts);
    g_byte_array_unref(peer->body);
    g_free(peer);
}

/* "127.0.0.1:2525" or "[::1]:2525". Anything that is not loopback is refused:
 * a catcher that the world can reach would be a trap. */
static bool
listen_parse(const char *text, struct sockaddr_storage *out, socklen_t *length,
             GError **error)
{
    const char *colon = strrchr(text, ':');
    g_autofree char *host =
        colon ? g_strndup(text, (gsize)(colon - text)) : NULL;
    struct sockaddr_in *v4 = (struct sockaddr_in *)(void *)out;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)(void *)out;
    guint64 port;

    memset(out, 0, sizeof *out);
    if (!colon ||
        !g_ascii_string_to_unsigned(colon + 1, 10, 0, 65535, &port, NULL)) {
        g_set_error(error, NURTURE_ERROR, ERROR_USAGE,
                    "'%s': ADDRESS:PORT expected", text);
        return false;
    }
    if (strcmp(host, "[::1]") == 0) {
        v6->sin6_family = AF_INET6;
        v6->sin6_addr = in6addr_loopback;
        v6->sin6_port = htons((uint16_t)port);
        *length = sizeof *v6;
        return true;
    }
    v4->sin_family = AF_INET;
    v4->sin_port = htons((uint16_t)port);
    *length = sizeof *v4;
    if (inet_pton(AF_INET, strcmp(host, "localhost") ? host : "127.0.0.1",
                  &v4->sin_addr) == 1 &&
        ntohl(v4->sin_addr.s_addr) >> 24 == 127)
        return true;
    g_set_error(error, NURTURE_ERROR, ERROR_USAGE,
                "'%s': the sink listens on loopback addresses only", text);
    return false;
}

static bool
sink_listen(Sink *sink, const char *text, GError **error)
{
    struct sockaddr_storage address;
    socklen_t length;
    int on = 1;

    if (!listen_parse(text, &address, &length, error))
        return false;
    sink->listen_fd = socket(address.ss_family,
                             SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (sink->listen_fd >= 0)
        setsockopt(sink->listen_fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (sink->listen_fd < 0 ||
        bind(sink->listen_fd, (struct sockaddr *)&address, length) != 0 ||
        listen(sink->listen_fd, 128) != 0 ||
        getsockname(sink->listen_fd, (struct sockaddr *)&address, &length)) {
        g_set_error(error, NURTURE_ERROR, ERROR_CONFIG, "%s: %s", text,
                    g_strerror(errno));
        return false;
    }
    sink->port = ntohs(((struct sockaddr_in *)(void *)&address)->sin_port);
    return true;
}

static void
accept_peers(Sink *sink)
{
    while (sink->peers->len < PEERS_MAX) {
        int on = 1;
        int fd =
            accept4(sink->listen_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
        Peer *peer;
        if (fd < 0)
            return;
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        peer = peer_new(sink, fd);
        g_ptr_array_add(sink->peers, peer);
        g_mutex_lock(&sink->mutex);
        sink->counts.connections++;
        g_mutex_unlock(&sink->mutex);
        peer_greet(peer);
    }
}

/* As recv() and send(): 0 = over, -1 with errno. */
static ssize_t
peer_receive(Peer *peer, void *buffer, gsize size)
{
    int n, why;

    if (!peer->ssl)
        return recv(peer->fd, buffer, size, 0);
    n = SSL_read(peer->ssl, buffer, (int)size);
    if (n > 0)
        return n;
    why = SSL_get_error(peer->ssl, n);
    errno = EAGAIN;
    return why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE ? -1 : 0;
}

static ssize_t
peer_send(Peer *peer, const void *bytes, gsize size)
{
    int n, why;

    if (!peer->ssl)
        return send(peer->fd, bytes, size, MSG_NOSIGNAL);
    n = SSL_write(peer->ssl, bytes, (int)size);
    if (n > 0)
        return n;
    why = SSL_get_error(peer->ssl, n);
    errno = why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE ? EAGAIN
                                                                      : EPIPE;
    return -1;
}

/* False when the connection is over. */
static bool
peer_read(Peer *peer)
{
    guint8 buffer[65536];
    ssize_t n;

    if (peer->tls_wanted)
        return true; /* not before our 220 has left */
    n = peer_receive(peer, buffer, sizeof buffer);
    if (n < 0)
        return errno == EAGAIN || errno == EINTR;
    if (n == 0)
        return false;
    if (peer->state == PEER_HUNG || peer->state == PEER_CLOSING)
        return true;
    g_byte_array_append(peer->in, buffer, (guint)n);
    peer_work(peer);
    /* OpenSSL may hold what poll() does not see */
    return !peer->ssl || SSL_pending(peer->ssl) == 0 || peer_read(peer);
}

/* One octet now and then, for who has patience. */
static bool
peer_drip(Peer *peer)
{
    int64_t now = clock_monotonic();

    if (peer->out->len == 0 || now < peer->drip_at)
        return true;
    peer->drip_at = now + SINK_SLOW_MS;
    if (peer_send(peer, peer->out->str, 1) == 1)
        g_string_erase(peer->out, 0, 1);
    else if (errno != EAGAIN && errno != EINTR)
        return false;
    return true;
}

static bool
peer_write(Peer *peer)
{
    if (peer->drip_at > 0 && !peer_drip(peer))
        return false;
    if (peer->drip_at > 0 && peer->out->len > 0)
        return true;
    while (peer->out->len > 0) {
        ssize_t n = peer_send(peer, peer->out->str, peer->out->len);
        if (n < 0)
            return errno == EAGAIN || errno == EINTR;
        g_string_erase(peer->out, 0, n);
    }
    if (peer->tls_wanted) {
        peer->tls_wanted = false;
        peer->ssl = SSL_new(peer->sink->tls);
        SSL_set_fd(peer->ssl, peer->fd);
        SSL_set_accept_state(peer->ssl);
    }
    return peer->state != PEER_CLOSING;
}

static bool
sink_set_tls(Sink *sink, const SinkOptions *options, GError **error)
{
    if (!options->tls_cert)
        return true;
    signal(SIGPIPE, SIG_IGN); /* OpenSSL has no MSG_NOSIGNAL */
    sink->tls = SSL_CTX_new(TLS_server_method());
    SSL_CTX_set_mode(sink->tls, SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                    SSL_MODE_ENABLE_PARTIAL_WRITE);
    if (SSL_CTX_use_certificate_chain_file(sink->tls, options->tls_cert) == 1 &&
        SSL_CTX_use_PrivateKey_file(sink->tls, options->tls_key,
                                    SSL_FILETYPE_PEM) == 1)
        return true;
    g_set_error(error, NURTURE_ERROR, ERROR_CONFIG,
                "%s: no certificate and key for TLS", options->tls_cert);
    return false;
}

/* Messages whose line is on the disk and whose time has come get their 250.
 * Returns how long until the next one, -1 for none. */
static int
answer_messages(Sink *sink, bool synced)
{
    int64_t now = clock_monotonic(), next = -1;

    for (guint i = 0; i < sink->peers->len; i++) {
        Peer *peer = sink->peers->pdata[i];
        /* inside, peer_work() may bring the next message, whose line is not
         * on the disk yet: it is answered in the next round */
        if (peer->state == PEER_WAIT && peer->reply_at <= now && synced)
            peer_answer_message(peer);
        if (peer->state == PEER_WAIT) {
            int64_t left = MAX(peer->reply_at - now, 0);
            next = next < 0 ? left : MIN(next, left);
        }
        if (peer->drip_at > 0 && peer->out->len > 0)
            next = next < 0 ? SINK_SLOW_MS : MIN(next, SINK_SLOW_MS);
    }
    return (int)next;
}

static void
flush_peers(Sink *sink)
{
    for (guint i = 0; i < sink->peers->len;) {
        Peer *peer = sink->peers->pdata[i];
        if (peer_write(peer))
            i++;
        else
            g_ptr_array_remove_index_fast(sink->peers, i);
    }
}

static void
read_peers(Sink *sink, const GArray *polls)
{
    /* entries 2.. stand for the peers in their order; going down keeps the
     * indexes of those not yet seen */
    for (guint i = polls->len; i-- > 2;) {
        const struct pollfd *p = &g_array_index(polls, struct pollfd, i);
        if (p->revents & (POLLIN | POLLHUP | POLLERR) &&
            !peer_read(sink->peers->pdata[i - 2]))
            g_ptr_array_remove_index_fast(sink->peers, i - 2);
    }
}

static gpointer
sink_thread(gpointer data)
{
    Sink *sink = data;
    g_autoptr(GArray) polls = g_array_new(FALSE, FALSE, sizeof(struct pollfd));
    int wait = -1;
    bool synced;

    for (;;) {
        struct pollfd first[2] = {{sink->wake_fd, POLLIN, 0},
                                  {sink->listen_fd, POLLIN, 0}};
        g_array_set_size(polls, 0);
        g_array_append_vals(polls, first, 2);
        for (guint i = 0; i < sink->peers->len; i++) {
            Peer *peer = sink->peers->pdata[i];
            struct pollfd p = {peer->fd, POLLIN, 0};
            if (peer->out->len > 0 && peer->drip_at == 0)
                p.events |= POLLOUT;
            g_array_append_val(polls, p);
        }
        if (poll((struct pollfd *)(void *)polls->data, polls->len, wait) < 0 &&
            errno != EINTR)
            return NULL;
        if (g_array_index(polls, struct pollfd, 0).revents)
            return NULL;
        read_peers(sink, polls);
        accept_peers(sink);
        synced = sink_sync(sink);
        if (!synced)
            log_error("sink: the log cannot be written: %s", g_strerror(errno));
        wait = answer_messages(sink, synced);
        flush_peers(sink);
    }
}

static bool
sink_set_faults(Sink *sink, const char *const *faults, GError **error)
{
    sink->faults = g_array_new(FALSE, FALSE, sizeof(Fault));
    for (; faults && *faults; faults++) {
        Fault fault;
        if (!fault_parse(*faults, &fault, error))
            return false;
        g_array_append_val(sink->faults, fault);
    }
    return true;
}

static void
sink_free(Sink *sink)
{
    g_ptr_array_unref(sink->peers);
    if (sink->listen_fd >= 0)
        close(sink->listen_fd);
    if (sink->wake_fd >= 0)
        close(sink->wake_fd);
    if (sink->log_fd >= 0)
        close(sink->log_fd);
    if (sink->faults)
        g_array_unref(sink->faults);
    if (sink->tls)
        SSL_CTX_free(sink->tls);
    g_string_free(sink->log_lines, TRUE);
    g_free(sink->store_dir);
    g_free(sink->login);
    g_mutex_clear(&sink->mutex);
    g_free(sink);
}

Sink *
sink_start(const SinkOptions *options, GError **error)
{
    Sink *sink = g_new0(Sink, 1);

    g_assert(!options->login || strchr(options->login, ':'));
    g_mutex_init(&sink->mutex);
    sink->listen_fd = sink->log_fd = -1;
    sink->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    sink->peers = g_ptr_array_new_with_free_func((GDestroyNotify)peer_free);
    sink->log_lines = g_string_new(NULL);
    sink->random = options->seed;
    sink->latency_ms = options->latency_ms;
    sink->chunking = options->chunking;
    sink->pipelining = !options->no_pipelining;
    sink->login = g_strdup(options->login);
    if (!sink_set_faults(sink, options->faults, error) ||
        !sink_set_tls(sink, options, error) ||
        !sink_store_open(sink, options, error) ||
        !sink_listen(sink, options->listen, error)) {
        sink_free(sink);
        return NULL;
    }
    sink->thread = g_thread_new("sink", sink_thread, sink);
    return sink;
}

int
sink_port(const Sink *sink)
{
    return sink->port;
}

void
sink_count(Sink *sink, SinkCounts *out)
{
    g_mutex_lock(&sink->mutex);
    *out = sink->counts;
    g_mutex_unlock(&sink->mutex);
}

void
sink_stop(Sink *sink)
{
    uint64_t one = 1;

    if (!sink)
        return;
    if (write(sink->wake_fd, &one, sizeof one) != sizeof one)
        g_assert_not_reached();
    g_thread_join(sink->thread);
    sink_free(sink);
}
