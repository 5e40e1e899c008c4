/* SPDX-License-Identifier: Apache-2.0 */
/* audit -- who did what, and when.
 *
 * A journal: rows are only added. It names people by number ("candidate 7"),
 * so that it can outlive an erasure; whoever finds an address in it is told
 * by candidate_erase() to forget it. */
#ifndef NURTURE_AUDIT_H
#define NURTURE_AUDIT_H

#include "nurture/store.h"

/* In the caller's transaction. `actor`: a user, a file in senders/, or what
 * part of the program; `object`: "candidate 7", a campaign, a file; `detail`:
 * one line of text. Both may be NULL. */
bool audit_add(Store *store, const char *actor, const char *action,
               const char *object, const char *detail, int64_t now,
               GError **error);

/* The same about a candidate; `actor` NULL: whoever gave the command. */
bool audit_candidate(Store *store, const char *actor, const char *action,
                     int64_t candidate, const char *detail, int64_t now,
                     GError **error);

typedef struct {
    int64_t id, at;
    const char *actor, *action, *object, *detail; /* the last two may be NULL */
} AuditEntry;

typedef struct {
    const char *actor, *action, *object; /* exactly; NULL = any */
    int64_t since;                       /* 0 = from the beginning */
    int64_t limit;                       /* the newest so many */
} AuditQuery;

/* Call `entry` for each, the newest first. */
bool audit_each(Store *store, const AuditQuery *query,
                void (*entry)(const AuditEntry *entry, gpointer data),
                gpointer data, GError **error);

#endif
