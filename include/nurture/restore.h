/* SPDX-License-Identifier: Apache-2.0 */
/* restore -- an older copy of the database in the place of the present one.
 *
 * What the copy does not know, it would do again: every mail that left since
 * would leave a second time. So all that was due between the copy's last
 * moment and now, counted as the scheduler counts it, becomes `in_doubt`:
 * nobody knows whether it left, so it is not sent unasked. Evidence then clears
 * what it can:
 *
 *   the database that is replaced, as far as it can be read: what it calls
 *     sent, and its opt-outs and bounces, which the copy does not know either
 *   Postfix's logs: the Message-IDs of mail that it took (see queue.h)
 *
 * Whoever was erased since the copy was made is erased again: the replaced
 * database knows them by keyed hash, and so does the file `erased` beside the
 * keys, which a copy to another machine needs as it needs the keys.
 *
 * The rest waits for `nurture queue resolve`. The replaced files are kept
 * beside, under a name with the time. */
#ifndef NURTURE_RESTORE_H
#define NURTURE_RESTORE_H

#include "nurture/store.h"
#include "nurture/token.h"
#include "nurture/workspace.h"

typedef struct {
    int64_t made_at; /* the copy's last moment */
    int64_t doubted; /* rows that became in_doubt */
    int64_t cleared; /* of these, by evidence */
    int64_t erased;  /* people erased since the copy, and so again */
    int64_t stopped; /* opt-outs and bounces taken from the replaced one */
    char *kept;      /* where the replaced database is; NULL = there was none */
} RestoreResult;

typedef struct {
    const Workspace *workspace;
    const char *copy;        /* made by store_backup(), or by a file copy */
    const char *const *logs; /* NULL-ended; NULL = none */
    int64_t now;
    /* About once a second, with the moment that is being gone through. */
    void (*progress)(int64_t at, int64_t until, gpointer data);
    gpointer data;
} RestoreOptions;

/* ERROR_REFUSED while any process of nurture runs here; ERROR_STORE for a copy
 * that is damaged; ERROR_NOT_FOUND without one, or without the keys. Until the
 * copy stands in its place nothing is changed. */
bool restore_run(const RestoreOptions *options, RestoreResult *out,
                 GError **error);
void restore_result_clear(RestoreResult *result);

#endif
