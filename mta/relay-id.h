/* SPDX-License-Identifier: Apache-2.0 */
/* relay-id -- what a relay calls a message that it took.
 *
 * Some relays put a Message-ID of their own on every mail and say it in the
 * text of the 250 (Amazon SES: "250 Ok 0100018c..."). Answers refer to that
 * one. Only ids too long to be guessed are believed. */
#ifndef MTA_RELAY_ID_H
#define MTA_RELAY_ID_H

#include "nurture/store.h"

enum { RELAY_ID_LEAST = 24, RELAY_ID_MOST = 128 };

/* The id in a 250's text, without brackets and domain; NULL if there is none.
 * Owned. */
char *relay_id_of(const char *text);
/* Remember it for the message, in the caller's transaction. */
bool relay_id_keep(Store *store, const char *message_id, const char *text,
                   GError **error);

#endif
