/* SPDX-License-Identifier: Apache-2.0 */
/* sink -- an SMTP server on loopback that keeps all mail and delivers none.
 *
 * For demos, rehearsals and tests: campaigns go through the real path and end
 * in a directory of .eml files. It listens on loopback addresses only, so it
 * cannot become a relay or a trap by mistake. It is strict where servers
 * differ: only CRLF.CRLF ends a message, and bare CR or LF are refused.
 *
 * Before it answers 250 to a message, one line about it is on the disk:
 *
 *     1772528400000 id=<..> from=<..> to=<..> size=8123 sha256=.. file=..
 *
 * which makes the log the oracle of what was really accepted. Many messages
 * share one fdatasync().
 *
 * Faults make it behave badly on purpose:
 * "VERB:KIND[:PERMILLE[:TIMES[:SPARED]]]", at most TIMES times, and not before
 * it was spared SPARED times. VERB  CONNECT EHLO STARTTLS AUTH MAIL RCPT DATA
 * BDAT BODY DOT QUIT (BDAT is a chunk, all of which came; the last one is DOT
 * too) KIND  4xx 5xx    a refusal that suits the verb 421        "closing", and
 * the connection closes drop       the connection closes without an answer late
 * it is done (DOT: accepted and logged), then a drop hang       no answer, ever
 *         garbage    an answer that is none
 *         long       it is done; the answer is a line of a megabyte
 *         slow       from here on one octet every 50 ms
 *         inject     STARTTLS only: an answer in the clear behind the 220,
 *                    for what comes inside TLS
 * BODY knows 421, drop and hang only. Odds come from `seed`, so runs repeat.
 *
 * A Sink runs one thread of its own; the functions below may be called from
 * any other. */
#ifndef NURTURE_SINK_H
#define NURTURE_SINK_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct Sink Sink;

typedef struct {
    const char *listen;        /* "127.0.0.1:2525"; port 0 = any free one */
    const char *store_dir;     /* each message as a file; NULL = none */
    const char *log;           /* appended to; NULL = none */
    const char *const *faults; /* NULL-ended; NULL = none */
    int latency_ms;            /* from the dot to its 250 */
    uint64_t seed;
    bool chunking;      /* offer CHUNKING (RFC 3030) */
    bool no_pipelining; /* do not offer PIPELINING */
    const char *login;  /* "user:password": offer AUTH PLAIN, want it */
    const char *tls_cert, *tls_key; /* PEM files: offer STARTTLS */
} SinkOptions;

typedef struct {
    int64_t connections, messages, refusals, faults;
} SinkCounts;

/* Listen and serve. NULL with ERROR_USAGE (an address that is not loopback, a
 * fault that cannot be read) or ERROR_CONFIG (port taken, no directory). */
Sink *sink_start(const SinkOptions *options, GError **error);
int sink_port(const Sink *sink);
void sink_count(Sink *sink, SinkCounts *out);
/* Close all connections, join the thread, free. */
void sink_stop(Sink *sink);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Sink, sink_stop)

#endif
