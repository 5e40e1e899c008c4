/* SPDX-License-Identifier: Apache-2.0 */
/* requests -- what people ask for on the public pages that needs proof of who
 * asks: to join the talent community, a copy of their data, or to be erased.
 *
 * A page writes a row of table request and mails a link to the address that it
 * is about (kind service); pressing the button behind that link confirms it,
 * within three days. Then requests_run() does it: a page must not wait for an
 * erasure. Whatever is not confirmed in time is forgotten, address and all. */
#ifndef NURTURE_REQUESTS_H
#define NURTURE_REQUESTS_H

#include "nurture/store.h"
#include "nurture/token.h"
#include "nurture/workspace.h"

/* What another stage does; tracking/ does not know campaigns/. */
typedef struct {
    /* candidate_find(), candidate_add(), candidate_set() */
    bool (*find)(Store *store, const char *who, int64_t *out, GError **error);
    bool (*add)(Store *store, const Workspace *workspace, const Keys *keys,
                const char *email, const char *const *pairs, int64_t now,
                int64_t *out, GError **error);
    bool (*set)(Store *store, const Workspace *workspace, int64_t candidate,
                const char *const *pairs, int64_t now, GError **error);
    /* candidate_erase(), candidate_json() */
    bool (*erase)(Store *store, const Workspace *workspace, const Keys *keys,
                  int64_t candidate, int64_t now, GError **error);
    char *(*everything)(Store *store, const Workspace *workspace,
                        int64_t candidate, int64_t now, GError **error);
} RequestActions;

/* Do what was confirmed and forget what was not. Each request is a transaction
 * of its own; killed in between, it is done again, with the same outcome. One
 * that cannot be done now (a mail to this person is leaving) waits for the
 * next time. False with ERROR_STORE. */
bool requests_run(Store *store, const Workspace *workspace, const Keys *keys,
                  const RequestActions *actions, int64_t now, GError **error);

#endif
