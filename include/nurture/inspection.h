/* SPDX-License-Identifier: Apache-2.0 */
/* inspection -- what one received mail means, and which rule says so.
 *
 * The only reader of inbound mail: `nurture inspect` prints it, `nurture
 * receive` acts on it, neither looks at the mail again. Nothing here touches
 * the store, the network or the clock. The order of decision is fixed:
 *
 *     guard -> feedback report -> delivery status (RFC 3464 or its free-text
 *     forms) -> auto-reply (RFC 3834) -> human reply -> other
 *
 * Only the outermost report counts: a bounce that a person forwards is that
 * person's mail. A server's digest of several reports is no report itself.
 * Rules are rows of tracking/data/; each verdict names its row as "file:line",
 * or the standard's field it was read from ("Final-Recipient", "Status").
 *
 * An Inspection says what a mail claims. Whether it may be acted on (does it
 * carry our token or Message-ID?) is for the caller, who finds the candidates
 * in `message_ids` and `addresses`. */
#ifndef NURTURE_INSPECTION_H
#define NURTURE_INSPECTION_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

typedef enum {
    INSPECT_EML,  /* RFC 5322, as received */
    INSPECT_TEXT, /* only the text of a mail, UTF-8 */
    INSPECT_HTML, /* only its HTML, UTF-8 */
} InspectFormat;

typedef enum {
    INSPECTION_OTHER, /* newsletters, reports, delivered-notices, MDNs */
    INSPECTION_HUMAN,
    INSPECTION_AUTO_REPLY,
    INSPECTION_FEEDBACK,
    INSPECTION_DELAYED, /* the other side still tries */
    INSPECTION_BOUNCE,
} InspectionKind;

/* What to do about a failed address; inbound.md's table. COUNT and RETRY have
 * a number: how many such reports make a suppression. */
typedef enum {
    BOUNCE_INFO,
    BOUNCE_HOLD,
    BOUNCE_RETRY,
    BOUNCE_COUNT,
    BOUNCE_ALERT,
    BOUNCE_RECHECK, /* resolve the domain once more after 24 h, then suppress */
    BOUNCE_SUPPRESS,
} BounceAction;

/* One recipient of a bounce or delay. NULL: the report does not say. */
typedef struct {
    char *address;      /* whom we wrote to: Original-Recipient where given */
    char *final;        /* as the last server knew it, where that differs */
    char *status;       /* RFC 3463, "5.1.1", only where it is stated */
    char *diagnostic;   /* the words behind it, one line */
    const char *reason; /* "user_unknown": the table of bounce-action.tsv */
    bool hard;          /* the address will not work again */
    BounceAction action;
    int action_count; /* of BOUNCE_COUNT: reports that make it final */
    char *rule;       /* what decided the reason: "bounce-reason.tsv:41" */
} BouncedRecipient;

typedef struct {
    InspectionKind kind;
    char *rule; /* what decided the kind */

    GPtrArray *recipients; /* BouncedRecipient; empty unless bounce, delayed */
    GPtrArray *reports;    /* GBytes: of a digest, each report inside, to be
                              acted on as a mail of its own. All else is then
                              said of the first, `recipients` of them all. */
    int unread_reports;    /* of a digest: messages after the first 1000 */

    char *auto_class;  /* ooo autoack left_company challenge other_auto */
    char *return_date; /* "2026-03-30"; also of a human's "not before" */
    char *new_address; /* where the absent person is now, if it says so */
    char *colleague;   /* whom to ask instead */

    char *feedback_type;        /* abuse, fraud, opt-out, auth-failure ... */
    char *feedback_recipient;   /* whose complaint, where it is not hidden */
    char *feedback_message_id;  /* of the mail complained about, no brackets */
    GPtrArray *feedback_others; /* char *: further recipients of it */

    char *reply;       /* a human's own new words, UTF-8 */
    bool quotes_older; /* an older mail stands below or between them */
    char *intent;      /* class; "other" = a reader is needed */
    char *intent_also; /* a second class that fits, or NULL */
    double confidence; /* in the intent, 0 to 1 */
    bool left_company; /* flags beside the class */
    bool erasure_asked_for;
    bool strong_optout; /* plain enough to act on without a reader */
    char *intent_rule;

    /* For matching with what we sent, best first, each once, no brackets. */
    GPtrArray *message_ids; /* char *: In-Reply-To, References right to left,
                               Message-ID of the returned message */
    GPtrArray *addresses;   /* char *: where it was delivered to, then To, Cc
                               and the returned message's From, To, X- fields */

    GPtrArray *returned_fields; /* char *: "X-Name: value" of the returned
                                   message's header, in order, at most 40 */

    GPtrArray *quoted_tokens; /* char *: what looks like a web token of ours in
                                 the quoted text or its links */
    GPtrArray *trace; /* char *, top first: 'R' and the value of a Received
                         field, 'A' and that of Authentication-Results */
    int from_fields;  /* how many From fields there are */

    char *from_address; /* lower-case */
    char *from_name;
    char *subject;
    char *message_id;
    char *original_envelope_id; /* Original-Envelope-Id of a DSN (RFC 3461) */
    int64_t date;               /* UTC ms, 0 = not known */
    char *refused;              /* why the guard kept it from being read */
} Inspection;

/* Read `raw`. `date` (UTC ms) stands in for a missing Date field; 0: none.
 * Any bytes give an Inspection: what the guard refuses is INSPECTION_OTHER
 * with `refused` set. `error` is for rule tables that cannot be read, which
 * the built-in ones always can. One thread at a time. */
Inspection *inspection_of(GBytes *raw, InspectFormat format, int64_t date,
                          GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The same of an answer to a mail of ours whose words are `sent` (UTF-8, NULL:
 * not known): what was typed into our quoted text is then told from it. */
Inspection *inspection_of_answer(GBytes *raw, InspectFormat format,
                                 int64_t date, const char *sent,
                                 GError **error) G_GNUC_WARN_UNUSED_RESULT;
void inspection_free(Inspection *inspection);

const char *inspection_kind_name(InspectionKind kind); /* "auto-reply" */
const char *bounce_action_name(BounceAction action);   /* "suppress" */

/* Append one JSON object without line breaks, closed by a line feed. */
void inspection_to_json(const Inspection *inspection, const char *file,
                        GString *out);
/* Append the same for a person to read. */
void inspection_to_text(const Inspection *inspection, const char *file,
                        GString *out);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Inspection, inspection_free)

#endif
