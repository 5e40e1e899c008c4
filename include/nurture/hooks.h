/* SPDX-License-Identifier: Apache-2.0 */
/* hooks -- webhooks of applicant tracking systems: POST /hooks/NAME.
 *
 * A delivery is checked (ats-signature.h), stored, committed, and only then
 * answered with 200; a copy of one that is there gets 200 and changes nothing.
 * What it says is worked out behind the answer, by a thread of its own, so
 * that an event is known to the gate within moments. 401: the signature is
 * missing, wrong or old; 404: no such hook; 503: the store failed, or too many
 * wait: an ATS tries again. */
#ifndef NURTURE_HOOKS_H
#define NURTURE_HOOKS_H

#include "nurture/http.h"
#include "nurture/token.h"
#include "nurture/workspace.h"

typedef struct Hooks Hooks;

/* Reads adapters and secrets, opens workspace->database. NULL with
 * ERROR_CONFIG, ERROR_INPUT. Without ats.hooks there are no routes. */
Hooks *hooks_start(const Workspace *workspace, const Keys *keys,
                   GError **error);
/* Ends with method NULL; lives as long as `hooks`. */
const HttpRoute *hooks_routes(const Hooks *hooks);
/* After http_server_stop(). */
void hooks_stop(Hooks *hooks);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Hooks, hooks_stop)

#endif
