/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_audit.c - who did what, and when */
#include "cli.h"

#include "nurture/audit.h"
#include "nurture/clock.h"
#include "nurture/json.h"
#include "nurture/text.h"

#include <stdio.h>
#include <string.h>

static const char help[] =
    "Imports, merges, erasures, exports of people, consents, launches, "
    "pauses,\n"
    "corrected labels, logins: the newest first. People stand in it by "
    "number,\n"
    "so that the log can outlive an erasure: nurture candidates show NUMBER.";

static void
print_entry(const AuditEntry *e, gpointer data)
{
    const CliContext *cli = data;
    const char *const values[] = {e->actor, e->action, e->object, e->detail};
    static const char *const names[] = {"actor", "action", "object", "detail"};
    g_autoptr(GString) out = g_string_new(NULL);
    g_autofree char *at = cli->json ? date_iso(e->at)
                                    : date_format(e->at, cli->workspace->zone,
                                                  "YYYY-MM-DD HH:mm", "en");

    if (!cli->json) {
        g_string_printf(out, "%s  ", at);
        for (gsize i = 0; i < G_N_ELEMENTS(values) && values[i]; i++) {
            g_string_append(out, i > 0 ? "  " : "");
            plain_append_text(out, values[i]);
        }
        puts(out->str);
        return;
    }
    g_string_printf(out,
                    "{\"schema\":1,\"id\":%" G_GINT64_FORMAT ",\"at\":", e->id);
    json_append_string(out, at);
    for (gsize i = 0; i < G_N_ELEMENTS(values); i++) {
        g_string_append_printf(out, ",\"%s\":", names[i]);
        json_append_string(out, values[i]);
    }
    puts(g_string_append_c(out, '}')->str);
}

int
cmd_audit(int argc, char **argv, CliContext *cli)
{
    g_autofree char *since = NULL, *actor = NULL, *action = NULL, *about = NULL;
    gint64 limit = 100;
    const GOptionEntry entries[] = {
        {"since", 0, 0, G_OPTION_ARG_STRING, &since, "From this day on",
         "DATE"},
        {"by", 0, 0, G_OPTION_ARG_STRING, &actor, "Only what this one did",
         "WHO"},
        {"action", 0, 0, G_OPTION_ARG_STRING, &action, "Only this deed",
         "ACTION"},
        {"about", 0, 0, G_OPTION_ARG_STRING, &about,
         "Only about this: a campaign, 'candidate 7'", "WHAT"},
        {"limit", 0, 0, G_OPTION_ARG_INT64, &limit, "At most so many (100)",
         "N"},
        G_OPTION_ENTRY_NULL};
    g_autoptr(GError) wrong = NULL;
    GError *error = NULL;
    AuditQuery query = {0};
    int status =
        cli_options(entries, "list - who did what", help, &argc, &argv);

    if (status >= 0)
        return status;
    if (argc > 2 || (argc == 2 && strcmp(argv[1], "list") != 0) || limit < 1)
        return cli_usage("audit", "list, with a --limit of at least 1");
    if (since && !date_parse(since, cli->workspace->zone, &query.since, &wrong))
        return cli_usage("audit", "--since: %s", wrong->message);
    query.actor = actor;
    query.action = action;
    query.object = about;
    query.limit = limit;
    if (!audit_each(cli->store, &query, print_entry, cli, &error))
        return cli_error(error);
    return 0;
}
