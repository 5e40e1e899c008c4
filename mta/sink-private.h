/* SPDX-License-Identifier: Apache-2.0 */
/* sink-private -- what the files of the sink share. */
#ifndef MTA_SINK_PRIVATE_H
#define MTA_SINK_PRIVATE_H

#include "nurture/sink.h"

#include <openssl/ssl.h>

#define SINK_SIZE_MAX (26u << 20)
#define SINK_LINE_MAX 4096
#define SINK_SLOW_MS  50 /* between two octets */

typedef enum {
    VERB_CONNECT,
    VERB_EHLO,
    VERB_STARTTLS,
    VERB_AUTH,
    VERB_MAIL,
    VERB_RCPT,
    VERB_DATA,
    VERB_BDAT,
    VERB_BODY,
    VERB_DOT,
    VERB_QUIT,
} FaultVerb;

typedef enum {
    FAULT_NONE,
    FAULT_4XX,
    FAULT_5XX,
    FAULT_421,
    FAULT_DROP,
    FAULT_LATE,
    FAULT_HANG,
    FAULT_GARBAGE,
    FAULT_LONG,
    FAULT_SLOW,
    FAULT_INJECT,
} FaultKind;

typedef struct {
    FaultVerb verb;
    FaultKind kind;
    int permille;
    int64_t left;   /* how many more times; -1 = no end */
    int64_t spared; /* so many go well before */
} Fault;

typedef enum {
    PEER_COMMAND,
    PEER_DATA,  /* until CRLF.CRLF */
    PEER_CHUNK, /* `chunk_left` octets of a BDAT */
    PEER_WAIT,  /* accepted; the answer waits for the disk and reply_at */
    PEER_HUNG,
    PEER_CLOSING, /* what is in `out` goes, then the connection */
} PeerState;

typedef struct {
    Sink *sink;
    int fd;
    PeerState state;
    GByteArray *in;
    GString *out;
    bool greeted, has_login;
    char *from, *envid;
    GPtrArray *rcpts;
    GByteArray *body;
    gsize scanned; /* of `in`, for the end of data */
    gsize chunk_left;
    bool chunk_last;
    bool body_begun;  /* the BODY fault was asked */
    bool pads;        /* "long": the next answer */
    bool drop_answer; /* "late": close instead of answering */
    int64_t reply_at; /* monotonic ms */
    int64_t drip_at;  /* of the next octet; 0 = not slow */
    bool tls_wanted;  /* once `out` is written */
    SSL *ssl;
} Peer;

struct Sink {
    GThread *thread;
    int listen_fd, wake_fd, log_fd, port;
    char *store_dir, *login;
    GArray *faults; /* Fault */
    uint64_t random;
    int latency_ms;
    bool chunking, pipelining;
    SSL_CTX *tls;       /* NULL = no STARTTLS */
    GPtrArray *peers;   /* Peer */
    GString *log_lines; /* not yet on the disk */
    int64_t sequence;
    GMutex mutex; /* of counts */
    SinkCounts counts;
};

/* sink_fault.c */
bool fault_parse(const char *text, Fault *out, GError **error);
FaultKind fault_roll(Sink *sink, FaultVerb verb);

/* sink_session.c: the protocol */
void peer_greet(Peer *peer);
void peer_work(Peer *peer);           /* take what `in` holds */
void peer_answer_message(Peer *peer); /* after PEER_WAIT */

/* sink_store.c: what is kept */
bool sink_store_open(Sink *sink, const SinkOptions *options, GError **error);
bool sink_keep(Sink *sink, const Peer *peer); /* file, and a line to come */
bool sink_sync(Sink *sink);                   /* lines are on the disk */

#endif
