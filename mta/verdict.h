/* SPDX-License-Identifier: Apache-2.0 */
/* verdict -- what one SMTP transaction means for its message.
 *
 * libESMTP's return value says nothing (it is success in most failures), and
 * its three statuses mislead one by one: a recipient's refusal becomes a
 * message status of 503, a chunk's 250 stays when the link dies. So they are
 * read in one order: recipient, sender, success only when everything agrees,
 * refusal, and then the mark decides between retry and doubt. */
#ifndef MTA_VERDICT_H
#define MTA_VERDICT_H

#include <glib.h>
#include <stdbool.h>

typedef struct {
    int code; /* 0 = no answer */
    int enhanced[3];
    const char *text; /* borrowed; may be NULL */
} SmtpReply;

/* All that is known when a transaction is over. */
typedef struct {
    SmtpReply sender, recipient, message;
    bool complete;     /* libESMTP calls the recipient complete */
    bool marked;       /* the durable mark was made: a dot may have left */
    bool counts_agree; /* one RCPT reply was seen, and all bytes left */
} SmtpEvidence;

typedef enum {
    VERDICT_SENT,
    VERDICT_DEFERRED, /* 4xx: this message again later */
    VERDICT_BOUNCED,  /* 5xx: this recipient never */
    VERDICT_DEAD,     /* 5xx that is not the recipient's: needs a human */
    VERDICT_IN_DOUBT, /* a dot may have left, no answer came */
    VERDICT_RETRY,    /* no dot left and nobody refused: as if never tried */
    VERDICT_RELAY,    /* the relay will not take mail from us at all */
} VerdictKind;

typedef struct {
    VerdictKind kind;
    SmtpReply reply; /* the one that decided; code 0 = none */
    bool is_hard;    /* bounced, and the address itself is wrong */
} Verdict;

Verdict verdict_decide(const SmtpEvidence *evidence);
/* Did the server decide about this message? A relay of which session after
 * session is lost without that is broken. */
bool verdict_is_answer(const Verdict *verdict);

/* "5.1.1", or NULL when the reply had none. In a buffer of the caller's. */
const char *reply_enhanced(const SmtpReply *reply, char out[16]);

#endif
