/* SPDX-License-Identifier: Apache-2.0 */
/* serve_desk.c - the recruiters' pages, on a listener of their own */
#include "serve-desk.h"

#include "listen.h"

#include "nurture/candidates.h"
#include "nurture/error.h"
#include "nurture/interaction.h"
#include "nurture/scheduler.h"
#include "nurture/why.h"

#include <string.h>

#define LISTEN_DEFAULT "127.0.0.1:8081"

bool
serve_desk_start(ServeDesk *out, const CliContext *cli, const char *listen_at,
                 GError **error)
{
    static const DeskActions actions = {campaign_set_state,
                                        candidate_erase,
                                        candidate_json,
                                        campaign_mail_text,
                                        interaction_log,
                                        interaction_kinds,
                                        why_all};
    const Workspace *w = cli->workspace;
    const char *where = listen_at ? listen_at : w->serve.recruiter_listen;

    if (g_strcmp0(where, "off") == 0)
        return true;
    if (!where)
        where = LISTEN_DEFAULT;
    if (!listen_is_loopback(where)) {
        g_set_error(error, NURTURE_ERROR, ERROR_USAGE,
                    "the recruiters' pages listen on loopback only, like %s; "
                    "a reverse proxy with TLS goes in front",
                    LISTEN_DEFAULT);
        return false;
    }
    out->desk = desk_start(w, cli->keys, &actions, error);
    if (!out->desk)
        return false;
    /* A port that was asked for is that port; the default may move. */
    out->server =
        http_server_start(where, !listen_at, desk_routes(out->desk), error);
    if (!out->server)
        return false;
    out->address = listen_url(where, out->server);
    return desk_set_address(
        out->desk,
        w->serve.recruiter_url ? w->serve.recruiter_url : out->address, error);
}

void
serve_desk_clear(ServeDesk *desk)
{
    if (desk->server)
        http_server_stop(desk->server);
    desk_stop(desk->desk);
    g_free(desk->address);
}
