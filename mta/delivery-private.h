/* SPDX-License-Identifier: Apache-2.0 */
/* delivery-private -- one run of delivery: a store thread, and connections.
 *
 *     store thread                          connection threads
 *     claim -> compose -> `ready` --------> next()
 *     inbox  <------- mark wanted --------- before the dot (waits)
 *     one transaction: results, marks, claim
 *            -------- marked ------------->  dot
 *     inbox  <------- verdict ------------- done()
 *
 * Only the store thread touches the store. */
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
    /* the mark; guarded by Delivery.lock */
    bool answered, marked;
    bool closed; /* the gate, or another process, took the row away */
    /* the verdict */
    Verdict verdict;
    char *reply_text; /* what verdict.reply.text points to */
    bool tried;
    int64_t begun; /* monotonic */
} Job;

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

typedef struct {
    Store *store;
    const DeliveryOptions *options;
    DeliveryResult *result;
    Relay relay;
    char *relay_name;
    DkimSigner *signer; /* NULL: the relay signs */
    Worker *worker;
    Work work;
    int64_t now, begun; /* of the run: given, and monotonic */

    GAsyncQueue *inbox; /* Request */
    GMutex lock;        /* of what follows */
    GCond changed;
    GQueue ready;    /* Job */
    guint in_flight; /* jobs that connections hold */
    bool closed;     /* nothing more will be claimed */
    char *fault;     /* why the relay cannot be used; first one */
    bool give_up;    /* no connection should try again */

    /* the store thread's own */
    GPtrArray *raw;      /* Job: claimed, not composed */
    GPtrArray *outcomes; /* Outcome */
    int64_t taken;
    int threads;
    bool exhausted; /* nothing due is left, or the limit is reached */
    bool stopping;
} Delivery;

void job_free(Job *job);
int64_t delivery_now(const Delivery *d);

/* delivery_compose.c: raw jobs become ready ones or outcomes, for at most
 * `budget_ms`. False = a failure of the store. */
bool delivery_compose(Delivery *d, int64_t budget_ms, GError **error);

/* delivery_store.c: one transaction for all of `requests` (Request, marks and
 * verdicts), the outcomes, and a claim of up to `want` rows; then the marks
 * are answered. */
bool delivery_commit(Delivery *d, GArray *requests, int want, GError **error);
/* Give back what is ready or raw. */
bool delivery_give_back(Delivery *d, const char *why, GError **error);
/* Nobody may wait for ever when the store has failed. */
void delivery_refuse_marks(Delivery *d, const GArray *requests);

#endif
