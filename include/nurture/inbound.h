/* SPDX-License-Identifier: Apache-2.0 */
/* inbound -- mail that comes back: kept first, understood second.
 *
 *     stdin --fsync, rename--> spool/new --inspect, match, act--> spool/done
 *                                  '-- crashed twice --> spool/quarantine
 *
 * A mail is named by the SHA-256 of its bytes, so the same mail twice is one
 * event. Everything it causes (event, score, hold, suppression, exit, reply)
 * is one transaction; the file moves only after the commit. Nothing is ever
 * answered. Only mail that carries our token or Message-ID acts on an address
 * other than its sender's. A server's digest of several reports puts each of
 * them into the spool as a mail of its own, and changes nothing itself. */
#ifndef NURTURE_INBOUND_H
#define NURTURE_INBOUND_H

#include "nurture/store.h"
#include "nurture/token.h"
#include "nurture/workspace.h"

/* Put one mail into the spool of `state_dir`, durably: when this returns true
 * it will not be lost. `recipient` is the envelope recipient if known, kept as
 * a Delivered-To line in front; NULL otherwise. ERROR_TEMPORARY when it cannot
 * be kept. Needs no store. */
bool inbound_spool(const char *state_dir, GBytes *raw, const char *recipient,
                   GError **error);
/* The same with the whole envelope. Whoever takes a mail last writes down whom
 * it came from (RFC 5321 4.4); "" is the empty sender of reports. */
typedef struct {
    const char *sender;            /* NULL: not known */
    const char *const *recipients; /* NULL-ended */
} Envelope;
bool inbound_spool_envelope(const char *state_dir, GBytes *raw,
                            const Envelope *envelope, GError **error);
/* Has exactly this mail, without an envelope recipient, come in before? */
bool inbound_is_known(Store *store, GBytes *raw, bool *out, GError **error);

typedef struct {
    int64_t bounces, delays, complaints, auto_replies, replies, other,
        unmatched, quarantined;
} InboundResult;

/* What another stage knows: the words of a mail we sent, to g_free();
 * campaign_mail_text(). tracking/ does not know campaigns/. */
typedef char *(*InboundSent)(Store *store, const Workspace *workspace,
                             const Keys *keys, const char *message_id,
                             int64_t now, GError **error);

/* Understand and act on everything that is waiting. A mail that cannot be
 * understood is `other`; one that ended the program twice is put aside.
 * Several processes may do so at once: each mail is one's at a time.
 * `sent` (NULL: not known) tells what people typed into our quoted text. */
bool inbound_process(Store *store, const Workspace *workspace, const Keys *keys,
                     InboundSent sent, int64_t now, InboundResult *out,
                     GError **error);

#endif
