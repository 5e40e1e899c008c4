/* SPDX-License-Identifier: Apache-2.0 */
/* delivery-private -- one run of delivery: a store thread, a composing thread,
 * an answering thread, and connections.
 *
 *     store thread              composer             connection threads
 *     claim ---> `raw` ----> compose ---> `ready` ---> next()
 *     pending  <------------------------ mark wanted, before the dot (waits)
 *     one transaction: results, marks, outcomes of composing, claim
 *     `committed` ---> answerer: on the disk -- marked ---->  dot
 *     pending  <------------------------ verdict ---  done()
 *
 * Only the store thread writes the store; it does not wait for the disk, but
 * what depends on its commits does. The composer reads, through a store
 * of its own; where it cannot have one, the store thread composes. */
#ifndef MTA_DELIVERY_PRIVATE_H
#define MTA_DELIVERY_PRIVATE_H

#include "claim.h"
#include "nurture/dkim.h"
#include "transport.h"
#include "worker.h"

/* A claimed message on its way. Owned by whoever holds it: a list of the store
 * thread, the ready queue, or a connection. */
typedef struct {
    Claim *claim;
    GBytes *bytes;
    char *from, *sha256;
    char token[MAIL_TOKEN_TEXT]; /* ENVID */
    int drops;                   /* connections lost before its dot */
    GDestroyNotify kept_free;    /* of claim->kept */
    /* the mark; guarded by Delivery.lock */
    GCond *waiter; /* of the thread that waits for it; NULL: a wire does */
    bool answered, marked;
    bool closed; /* the gate, or another process, took the row away */
    /* the verdict */
    Verdict verdict;
    char *reply_text; /* what verdict.reply.text points to */
    bool tried;
    int64_t begun; /* monotonic */
} Job;

/* As many as a relay and our memory bear. */
#define CONNECTIONS_MAX 256

typedef enum {
    REQUEST_MARK,    /* a connection waits for the mark of `job` */
    REQUEST_DONE,    /* `job` has its verdict */
    REQUEST_RETIRED, /* a connection thread has ended */
} RequestKind;

typedef struct {
    RequestKind kind;
    Job *job;
} Request;

/* What the composer said, for the next transaction. */
typedef struct {
    Job *job;
    const char *state; /* NULL: back to scheduled at retry_at */
    char *why;
    int64_t retry_at;
} Outcome;

/* What the store thread takes in one round. */
typedef struct {
    GArray *requests;    /* Request */
    GPtrArray *outcomes; /* Outcome */
} Round;

/* What a transaction decided about a request. */
typedef struct {
    bool marked;
    const char *state;
} Answer;

/* Of log_room.c; times are monotonic, 0 = not. */
typedef struct {
    int64_t since; /* the log could not be cut short, and is too long */
    int64_t tried, told;
} LogRoom;

typedef struct {
    Store *store;
    const DeliveryOptions *options;
    DeliveryResult *result;
    Relay relay;
    char *relay_name;
    DkimSigner *signer; /* NULL: the relay signs */
    SmtpLoop *loop;
    Worker *worker;
    Work work;
    int64_t now, begun; /* of the run: given, and monotonic */

    GMutex lock;         /* of what follows */
    GCond work_there;    /* the store thread waits: pending, outcomes */
    GCond mail_there;    /* connections wait: ready, closed, give_up */
    GCond raw_there;     /* the composer waits */
    GArray *pending;     /* Request */
    guint pending_marks; /* how many of them a connection waits for */
    bool store_idle;     /* the store thread waits for the first request .. */
    bool store_lingers;  /* .. or for some company for it */
    GQueue raw;          /* Job: claimed, not composed */
    guint composing;     /* of them, in the composer's hands */
    GPtrArray *outcomes; /* Outcome: what composing came to, if not ready */
    GQueue ready;        /* Job */
    guint in_flight;     /* jobs that connections hold */
    GQueue committed;    /* what the answering thread has to tell .. */
    GCond committed_there;
    guint on_the_way;   /* .. with so many requests */
    bool answers_apart; /* there is such a thread */
    bool answerer_over; /* it should end */
    guint waiting;      /* connections that wait for mail on their threads */
    bool hungry;        /* a wire was told that there is no mail now */
    bool closed;        /* nothing more will be claimed */
    int begun_threads;  /* those of delivery_thread_begins() */
    bool composer_over; /* the composing thread should end */
    char *fault;        /* why the relay cannot be used; first one */
    bool give_up;       /* no connection should try again */
    int faults;         /* of the relay, since it last took mail */
    GError *failed;     /* the composer could not read the store */

    /* the store thread's own */
    int64_t taken;
    int64_t committed_us; /* when the last commit began */
    int threads;
    bool exhausted; /* nothing due is left, or the limit is reached */
    bool stopping;
    int64_t stopped_at; /* monotonic */
    bool probe;         /* is the relay there again? One message will tell */
    bool left_over;     /* claimed mail was given back in the end */
    bool disk_full;     /* there was no room to record more */
    bool log_blocked;   /* somebody would not stop reading */
    LogRoom log_room;
} Delivery;

/* log_room.c: may more be claimed, or must the log begin anew first? False also
 * on an error of the store. */
bool log_has_room(Delivery *d, GError **error);
/* Why not. Owned. */
char *log_room_sentence(const Delivery *d);

/* Who composes, and with what. */
typedef struct {
    Delivery *d;
    Store *store;
    const Composer *composer; /* NULL: there is none */
} Composing;

/* First of all in a thread that works hard. glibc has heaps for eight threads
 * per processor: whoever comes later shares one, and waits for its lock at
 * every allocation. Connections, which are many and mostly wait, are started
 * when the others have theirs. */
void delivery_thread_begins(Delivery *d);
void job_free(Job *job);
Round round_new(void);
int64_t delivery_now(const Delivery *d);

/* delivery_link.c: what a connection's thread does; its argument is the
 * Delivery. */
gpointer delivery_connection(gpointer data);
/* Worth a commit? Under the lock. */
bool delivery_has_company(const Delivery *d);
/* There is mail, or it is all over. Under the lock. */
void delivery_tell_connections(Delivery *d);
/* The first fault is kept; `give_up` stops all connections. */
void delivery_set_fault(Delivery *d, const char *fault, bool give_up);

/* delivery_compose.c: raw jobs become ready ones or outcomes, for at most
 * `budget_ms`. False = a failure of the store. */
bool delivery_compose(const Composing *c, int64_t budget_ms, GError **error);
/* The composing thread; its argument is a Composing. */
gpointer delivery_composer(gpointer data);
void outcome_free(Outcome *outcome);

/* delivery_store.c: one transaction for what the round has, and a claim of up
 * to `want` rows; then the round is the answering thread's, and empty here. */
bool delivery_commit(Delivery *d, Round *round, int want, GError **error);
void delivery_failpoints(const GArray *requests, bool before);
/* Give back what is ready or raw. */
bool delivery_give_back(Delivery *d, const char *why, GError **error);

/* delivery_answer.c: the thread that tells connections what was committed, as
 * soon as it is on the disk; its argument is the Delivery. */
gpointer delivery_answerer(gpointer data);
/* Takes what is in `round`, and `answers` (of its requests). */
void delivery_committed(Delivery *d, Round *round, Answer *answers);
/* Nobody may wait for ever when the store has failed. */
void delivery_refuse_marks(Delivery *d, const GArray *requests);

#endif
