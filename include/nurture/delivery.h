/* SPDX-License-Identifier: Apache-2.0 */
/* delivery -- claiming due rows, composing them, and getting them to the relay.
 *
 * The calling thread is the store thread: it claims batches, writes marks and
 * results of all connections in group commits; another waits until they are on
 * the disk and answers the connections. Each connection is a thread of
 * its own with one libESMTP session that carries many messages. A thread
 * between the two composes, with a composer and a store of its own, so that a
 * connection gets finished bytes; where the composer has no twin, the store
 * thread does that as well. */
#ifndef NURTURE_DELIVERY_H
#define NURTURE_DELIVERY_H

#include "nurture/store.h"
#include "nurture/token.h"
#include "nurture/workspace.h"

/* A claimed row, as the composer sees it. Borrowed for the call. */
typedef struct {
    const char *message_id, *kind;
    int64_t candidate;
    const char *campaign, *step, *snapshot, *segment, *variant, *language,
        *sender;
    int cycle, attempt;
    const char *rcpt;
    int64_t first_claim_at; /* Date: and DKIM t= of every attempt */
} ClaimedMessage;

/* What the composer makes: content and who it is from; mta adds the rest of
 * the header fields (standards.md 1.2). */
typedef struct {
    char *from_name, *from_address;
    char *to_name;  /* NULL = none */
    char *reply_to; /* NULL: sending.replies with the reply token */
    char *subject;
    char *text, *html;
    char *language;            /* Content-Language */
    char *list_name, *list_id; /* List-Id: name and "campaign.list.domain" */
    char *feedback_id;         /* "campaign:segment:nurture:sender"; NULL */
    char *in_reply_to;         /* Message-ID of the first step, without <> */
    char *unsubscribe_url;     /* https one-click URL; NULL = mailto only */
    char *help_url;            /* List-Help: the privacy page */
    GPtrArray *attachments;    /* MailAttachment; NULL = none */
    char *auto_submitted;      /* "auto-generated" for scheduled mail */
    char *link_set;            /* which links it has; NULL = none */
    char *own_links; /* {"2":"https://.."}: links of this mail only; NULL */
    gpointer kept;   /* for Composer.keep(); NULL = nothing to keep */
    GDestroyNotify kept_free;
} ComposedMail;

typedef struct {
    char *name; /* file name shown to the reader */
    char *type; /* "application/pdf" */
    char *cid;  /* inline image: Content-ID without <>; NULL = attached */
    const char *method; /* text/calendar: "PUBLISH"; NULL. Static */
    GBytes *bytes;
} MailAttachment;

typedef enum {
    COMPOSE_OK,
    COMPOSE_HOLD,   /* not now: back to scheduled at *out_retry_at */
    COMPOSE_CANCEL, /* never: the row becomes cancelled, reason given */
} ComposeVerdict;

/* How delivery asks the campaign stage for content, and tells it what became
 * of it. */
typedef struct Composer Composer;
struct Composer {
    /* Fill `out` for a claimed row of kind campaign, outside a transaction.
     * `store` is the one that the composer was made with. */
    ComposeVerdict (*compose)(gpointer data, Store *store,
                              const ClaimedMessage *row, int64_t now,
                              ComposedMail *out, int64_t *out_retry_at,
                              char **out_reason, GError **error);
    /* May a row of kind campaign whose bytes are there already, from an earlier
     * attempt, leave at `now`? If not, *out_retry_at says when. compose() asks
     * the same by itself. NULL = always. */
    bool (*fits)(gpointer data, Store *store, const ClaimedMessage *row,
                 int64_t now, bool *out_fits, int64_t *out_retry_at,
                 GError **error);
    /* Keep what was made with the mark, in the mark's transaction (the links
     * of the mail). `kept` is the ComposedMail's, by this composer or its
     * twin. May be NULL. */
    bool (*keep)(gpointer data, Store *store, gconstpointer kept,
                 GError **error);
    /* A row reached a state that the sequence must know of: sent, in_doubt
     * (counts as sent), bounced, dead, suppressed, cancelled or expired. Runs
     * inside the transaction that records it; false rolls that back and ends
     * the delivery. A mail in doubt that turns out to be sent or bounced is
     * told once more. May be NULL. */
    bool (*settled)(gpointer data, Store *store, const char *message_id,
                    const char *state, int64_t now, GError **error);
    /* A composer for another thread, which only composes, with a read-only
     * store of that thread's. NULL: there can be none. */
    Composer *(*twin)(gpointer data, Store *store, GError **error);
    void (*twin_free)(Composer *twin);
    /* A twin's: calls of compose() until `begin` is false follow closely, and
     * may read the store as it is now. */
    void (*view)(gpointer data, bool begin);
    /* The transaction of the last calls of keep() and settled() has failed:
     * what was remembered of it is not in the store. NULL: nothing is
     * remembered. */
    void (*failed)(gpointer data);
    gpointer data;
};

void composed_mail_clear(ComposedMail *mail);

typedef struct {
    int64_t sent, deferred, bounced, in_doubt, held, cancelled, dead,
        suppressed;
    char *relay_fault; /* the relay could not be used; NULL = it could */
} DeliveryResult;

typedef struct {
    const Workspace *workspace;
    const Keys *keys;
    const Composer *composer;
    const char *password; /* NULL = no AUTH */
    int64_t limit;        /* messages at most; 0 = all that is due */
    /* Called about once a second from the store thread. NULL = none. */
    void (*progress)(const DeliveryResult *so_far, int64_t waiting,
                     gpointer data);
    gpointer progress_data;
    volatile bool *stop; /* set from a signal handler: finish and return */
} DeliveryOptions;

/* Deliver everything that is due at `now`. A relay that cannot be reached, or
 * a refused login, stops it with ERROR_TEMPORARY and leaves rows scheduled.
 * Any number of processes may deliver at once. */
bool delivery_run(Store *store, const DeliveryOptions *options, int64_t now,
                  DeliveryResult *out, GError **error);
void delivery_result_clear(DeliveryResult *result);

/* Give back what dead workers held: claimed -> scheduled, committing ->
 * in_doubt, of which `composer` (NULL = nobody) is told. Called by
 * delivery_run. *out_in_doubt may be NULL. */
bool delivery_reap(Store *store, const char *state_dir,
                   const Composer *composer, int64_t now, int64_t *out_in_doubt,
                   GError **error);

/* The finished message of a composed mail, as it goes on the wire: for
 * `preview --raw` and for mail queued with a body. CRLF line ends. */
GBytes *message_assemble(const ComposedMail *mail, const char *message_id,
                         const char *kind, const char *rcpt, int64_t date,
                         const Workspace *workspace, const Keys *keys,
                         GError **error);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(ComposedMail, composed_mail_clear)

#endif
