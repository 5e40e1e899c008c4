/* SPDX-License-Identifier: Apache-2.0 */
/* lmtp -- mail from the local mail server, over a unix socket (RFC 2033).
 *
 * Answers 250 only after `keep` has made the mail durable, else 451, so the
 * mail server owns a mail until it is ours. Several clients at once, one
 * thread. Offers SIZE, 8BITMIME, SMTPUTF8, PIPELINING, ENHANCEDSTATUSCODES. */
#ifndef NURTURE_LMTP_H
#define NURTURE_LMTP_H

#include "nurture/inbound.h"

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

/* Keep one mail durably. False: the client is asked to try again, the error
 * goes to the log. */
typedef bool (*LmtpKeep)(gpointer data, GBytes *raw, const Envelope *envelope,
                         GError **error);

typedef struct {
    LmtpKeep keep;
    /* Called when mail has been kept and no client is waiting. May be NULL. */
    void (*idle)(gpointer data);
    gpointer data;
    gsize size_max;      /* of one mail; 0 = what the inbound guard takes */
    int64_t timeout_ms;  /* of a silent client; 0 = five minutes */
    volatile bool *stop; /* set by a signal handler */
} LmtpOptions;

/* Serve until *stop. Then no new client is taken, and a mail that is half
 * here may still arrive for up to 30 seconds. A stale socket file is replaced,
 * one that is served is ERROR_REFUSED. */
bool lmtp_serve(const char *path, const LmtpOptions *options, GError **error);

#endif
