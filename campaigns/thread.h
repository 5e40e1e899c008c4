/* SPDX-License-Identifier: Apache-2.0 */
/* thread -- the first mail of a person's way through a campaign, which a step
 * with `thread: yes` answers. */
#ifndef CAMPAIGNS_THREAD_H
#define CAMPAIGNS_THREAD_H

#include "live.h"

#include "nurture/delivery.h"

/* All NULL when no mail has left before this one. */
typedef struct {
    char *rfc_id;         /* its Message-ID, without <> */
    char *subject;        /* "Re: " and its subject for this person */
    const Sender *sender; /* who it was from; borrowed */
} Thread;

void thread_clear(Thread *thread);
bool thread_find(Live *live, Store *store, const Keys *keys,
                 const ClaimedMessage *message, Thread *out, GError **error);
/* "Re: " before a subject that has none. */
char *thread_subject(const char *subject);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Thread, thread_clear)

#endif
