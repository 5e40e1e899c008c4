/* SPDX-License-Identifier: Apache-2.0 */
/* desk -- the pages recruiters and marketing work on.
 *
 *     /replies     the answers, by intent: read, correct, snooze, hand over
 *     /people      one person: everything that happened, and why (not) mailed
 *     /campaigns   what runs, and what came of it; pause and panic
 *     /delivery    bounces, deferrals and complaints by receiving domain
 *     /reports     campaigns side by side, and what nurturing comes to
 *
 * A listener of their own on loopback, behind a reverse proxy with TLS, never
 * a path of the public pages. Whoever has a file in senders/ gets in by a
 * link that works once, within 15 minutes, mailed to the sender's address; a
 * session ends after 12 hours without a request, or after 7 days. Links and
 * sessions are kept as hashes. Every POST needs the session's token and comes
 * from our own pages; GET changes nothing. Every deed is in the audit.
 *
 * `role` in senders/NAME.md says what is seen: a recruiter sees the people and
 * answers that are their own, people nobody has written to, and nobody's
 * answers if they are the fallback sender, and may pause; marketing sees
 * campaigns, delivery and reports, and no names; a lead sees all of it.
 * Somebody's own are those whose recruiter they are, who were mailed in their
 * name, or who answered them. The files are read anew when they change. */
#ifndef NURTURE_DESK_H
#define NURTURE_DESK_H

#include "nurture/http.h"
#include "nurture/store.h"
#include "nurture/token.h"
#include "nurture/workspace.h"

/* What other stages do for the desk; tracking/ does not know campaigns/. */
typedef struct {
    /* campaign_set_state(), candidate_erase(), candidate_json() */
    bool (*set_state)(Store *store, const char *campaign, const char *state,
                      int64_t now, int64_t *out_changed, GError **error);
    bool (*erase)(Store *store, const Workspace *workspace, const Keys *keys,
                  int64_t candidate, int64_t now, GError **error);
    char *(*everything)(Store *store, const Workspace *workspace,
                        int64_t candidate, int64_t now, GError **error);
    /* campaign_mail_text() */
    char *(*mail_text)(Store *store, const Workspace *workspace,
                       const Keys *keys, const char *message_id, int64_t now,
                       GError **error);
    /* interaction_log() and interaction_kinds() */
    bool (*log)(Store *store, const Workspace *workspace, int64_t candidate,
                const char *kind, int64_t at, const char *note, const char *by,
                int64_t now, int64_t *out_event, GError **error);
    const char *const *(*log_kinds)(void);
    /* why_all() */
    GPtrArray *(*why)(Store *store, const Workspace *workspace,
                      int64_t candidate, int64_t now, GError **error);
} DeskActions;

typedef struct Desk Desk;

/* Opens workspace->database, which must be there. All is borrowed until
 * desk_stop(). Used by one server only, whose thread it belongs to. */
Desk *desk_start(const Workspace *workspace, const Keys *keys,
                 const DeskActions *actions, GError **error);
const HttpRoute *desk_routes(const Desk *desk);
/* Where people see it, "https://talent.example.org" or what is listened on:
 * the only source of links in mails and of the Host that is answered. Kept in
 * the store for desk_login_link(). Before the first request is answered. */
bool desk_set_address(Desk *desk, const char *address, GError **error);
void desk_stop(Desk *desk);

/* Where the pages are, without a slash at the end; NULL: never served. Owned.
 */
char *desk_address(Store *store, const Workspace *workspace);

/* A link that lets `sender` in once, for `nurture login-link`: the first login
 * needs no mail. In a transaction of its own. Owned. */
char *desk_login_link(Store *store, const Workspace *workspace,
                      const Sender *sender, int64_t now, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Desk, desk_stop)

#endif
