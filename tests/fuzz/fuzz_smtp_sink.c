/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_smtp_sink.c - any bytes from a client, in any pieces */
#include "mta/sink-private.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
peer_init(Peer *peer, Sink *sink)
{
    *peer = (Peer){.sink = sink,
                   .fd = -1,
                   .in = g_byte_array_new(),
                   .out = g_string_new(NULL),
                   .rcpts = g_ptr_array_new_with_free_func(g_free),
                   .body = g_byte_array_new()};
}

static void
peer_fini(Peer *peer)
{
    g_byte_array_unref(peer->in);
    g_string_free(peer->out, TRUE);
    g_ptr_array_unref(peer->rcpts);
    g_byte_array_unref(peer->body);
    g_free(peer->from);
    g_free(peer->envid);
}

/* Accepted mail has no line end that another server could see differently. */
static void
check_kept(const Peer *peer)
{
    const GByteArray *body = peer->body;

    g_assert_cmpuint(peer->rcpts->len, >, 0);
    for (guint i = 0; i < body->len; i++)
        if (body->data[i] == '\n')
            g_assert_true(i > 0 && body->data[i - 1] == '\r');
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    Sink sink = {.log_fd = -1,
                 .pipelining = true,
                 .chunking = size > 0 && data[0] & 1,
                 .login = size > 0 && data[0] & 2 ? (char *)"a:b" : NULL,
                 .faults = g_array_new(FALSE, FALSE, sizeof(Fault)),
                 .log_lines = g_string_new(NULL)};
    Peer peer;
    size_t piece = size > 1 ? 1 + data[1] : 1;

    g_mutex_init(&sink.mutex);
    peer_init(&peer, &sink);
    peer_greet(&peer);
    for (size_t at = 2; at < size; at += piece) {
        g_byte_array_append(peer.in, data + at, (guint)MIN(piece, size - at));
        peer_work(&peer);
        while (peer.state == PEER_WAIT) {
            check_kept(&peer);
            peer_answer_message(&peer);
        }
        g_string_truncate(peer.out, 0);
    }
    peer_fini(&peer);
    g_array_unref(sink.faults);
    g_string_free(sink.log_lines, TRUE);
    g_mutex_clear(&sink.mutex);
    return 0;
}
