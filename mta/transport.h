/* SPDX-License-Identifier: Apache-2.0 */
/* transport -- one connection to the relay that carries many messages.
 *
 * The session asks for messages, asks for the durable mark before it lets the
 * final dot go, and tells the verdict of each message exactly once. There are
 * three ways to do it: libESMTP does everything; where the server offers
 * PIPELINING, transactions overlap (smtp_pump.h); where it offers CHUNKING as
 * well and `window` is set, several are on the way at once. */
#ifndef MTA_TRANSPORT_H
#define MTA_TRANSPORT_H

#include "nurture/token.h"
#include "nurture/workspace.h"
#include "verdict.h"

/* Borrowed for as long as sessions run. */
typedef struct {
    const char *host;
    int port;
    TlsMode tls;
    const char *user, *password;   /* NULL = no AUTH */
    bool xoauth2;                  /* the password is a bearer token */
    const char *certificate, *key; /* PEM files that we show; NULL = none */
    const char *ehlo;              /* NULL = this machine's name */
    int timeout_ms;                /* of every step; 0 = RFC 5321's */
    int messages_max;              /* per connection */
    int window;                    /* messages on the way by BDAT; 0 = DATA */
} Relay;

/* What nurture.yaml says; messages_max is 0. Borrows from both. */
Relay relay_of_workspace(const Workspace *workspace, const char *password);
/* Another one when where or how we log in has changed; says nothing about the
 * password to who has not the keys. Owned. */
char *relay_fingerprint(const Relay *relay, const Keys *keys);

typedef struct SmtpLoop SmtpLoop;

typedef enum {
    NEXT_THERE,
    NEXT_LATER, /* none now; smtp_loop_wake() will tell */
    NEXT_OVER,  /* no more will come */
} NextMessage;

typedef struct {
    const char *from, *to; /* passed wire_check_envelope() */
    const char *envid;     /* for DSNs (RFC 3461) */
    GBytes *bytes;         /* passed wire_normalise() */
    gpointer job;
} TransportMessage;

typedef struct {
    /* The next message. With `wait` on the session's thread, and never
     * NEXT_LATER. What `out` points to stays until done() was called for its
     * job. */
    NextMessage (*next)(gpointer data, bool wait, TransportMessage *out);
    /* True: the mark is on the disk, the dot may leave. Waits for it. */
    bool (*mark)(gpointer data, gpointer job);
    /* The same in two steps: answered() is true once the answer is there, of
     * which smtp_loop_wake() will tell. */
    void (*ask_mark)(gpointer data, gpointer job);
    bool (*answered)(gpointer data, gpointer job, bool *out_marked);
    /* `tried`: the server was asked something about it. */
    void (*done)(gpointer data, gpointer job, const Verdict *verdict,
                 bool tried);
    SmtpLoop *loop; /* runs what is pipelined; NULL: nothing is */
    gpointer data;
} TransportCallbacks;

typedef enum {
    SESSION_DONE,    /* ended as it should */
    SESSION_DROPPED, /* mail was offered, and none was answered */
    SESSION_FAULT,   /* no mail could be offered: connect, TLS, greeting */
    SESSION_LOGIN,   /* the login was refused: nobody should try again */
} SessionEnd;

typedef struct {
    SessionEnd end;
    char fault[256]; /* in words */
} SessionResult;

/* Run one connection to its end. The first message is asked for before the
 * connection is made; without one nothing happens. */
SessionResult smtp_session_run(const Relay *relay,
                               const TransportCallbacks *callbacks);

#endif
