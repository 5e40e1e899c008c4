/* SPDX-License-Identifier: Apache-2.0 */
/* role -- an open role: the facts in roles/NAME.md that the pool is ranked by.
 *
 * The file is what counts. A system that knows better (an ATS) says so by the
 * job that the file names with `job:`; see role_is_closed(). */
#ifndef NURTURE_ROLE_H
#define NURTURE_ROLE_H

#include "nurture/campaign.h"

typedef struct {
    char *id, *title, *city, *recruiter;
    char *job; /* "SYSTEM:ID" of the ATS; NULL */
    /* NULL-ended, never NULL. */
    char **interests, **levels, **countries;
    char **languages; /* the workspace's when the file names none */
    char **skills;
    int64_t closes; /* UTC ms: the end of its last day */
} Role;

/* Problems of the file go to `problems`. NULL with ERROR_NOT_FOUND (naming the
 * nearest role), or ERROR_INPUT when the file has errors. */
Role *role_read(Catalogue *catalogue, const char *id, Diagnostics *problems,
                GError **error);
void role_free(Role *role);

/* *out: NULL while the role is open at `now`, else why it is not, in words:
 * "closed on 30 April 2026", "the ATS says it is filled". Owned. */
bool role_is_closed(Store *store, const Workspace *workspace, int64_t closes,
                    const char *job, int64_t now, char **out, GError **error);

/* -- the reviewed list -----------------------------------------------------
 *
 * Who is told about a role is decided by a person: the ranking is saved, some
 * are dropped, and only those on the list can be enrolled into a campaign with
 * `needs: role`. Saving again adds the newly ranked and brings nobody back who
 * was dropped. */

typedef struct {
    int64_t candidate;
    double points; /* when they were chosen */
} ShortlistEntry;

/* `people`: ShortlistEntry. *out_added counts those not on the list yet. */
bool shortlist_add(Store *store, const char *role, const GArray *people,
                   int64_t now, int64_t *out_added, GError **error);
/* Drop somebody, or (`back`) take them in again. ERROR_NOT_FOUND when they
 * are not on the list. */
bool shortlist_drop(Store *store, const char *role, int64_t candidate,
                    bool back, int64_t now, GError **error);
/* Forget the whole list. *out_removed counts. */
bool shortlist_clear(Store *store, const char *role, int64_t now,
                     int64_t *out_removed, GError **error);
/* People on it, without those dropped. */
bool shortlist_count(Store *store, const char *role, int64_t *out,
                     GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Role, role_free)

#endif
