/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_deliver.c - nurture deliver: send what is queued, and nothing else */
#include "cli.h"
#include "deliver.h"

#include "nurture/clock.h"
#include "nurture/error.h"
#include "nurture/text.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

static const char help[] =
    "Send the messages of the outbox that are due, and end. Nobody is\n"
    "enrolled and nothing is queued: 'nurture run' does that as well. Any\n"
    "number may run at once, on one outbox; each message is sent by one of\n"
    "them. Ctrl-C or SIGTERM finishes the messages that are on their way; a\n"
    "second one ends at once, and what had no answer yet is then in doubt.\n";

static void
print_result(const CliContext *cli, const DeliveryResult *r)
{
    if (cli->json) {
        printf("{\"schema\":1,\"sent\":%" PRId64 ",\"deferred\":%" PRId64
               ",\"bounced\":%" PRId64 ",\"in_doubt\":%" PRId64
               ",\"held\":%" PRId64 ",\"cancelled\":%" PRId64
               ",\"suppressed\":%" PRId64 ",\"dead\":%" PRId64 "}\n",
               r->sent, r->deferred, r->bounced, r->in_doubt, r->held,
               r->cancelled, r->suppressed, r->dead);
        return;
    }
    if (cli->quiet)
        return;
    printf("sent %s  deferred %s  bounced %s  in doubt %s  held %s\n",
           number_format(r->sent), number_format(r->deferred),
           number_format(r->bounced), number_format(r->in_doubt),
           number_format(r->held));
    if (r->dead > 0)
        printf("%s need you: nurture queue list --state dead\n",
               number_format(r->dead));
}

int
cmd_deliver(int argc, char **argv, CliContext *cli)
{
    gint64 limit = 0;
    const GOptionEntry entries[] = {
        {"limit", 0, 0, G_OPTION_ARG_INT64, &limit, "At most N messages", "N"},
        {NULL},
    };
    DeliveryResult result = {0};
    GError *error = NULL;
    int status =
        cli_options(entries, "- send what is queued", help, &argc, &argv);
    bool done;

    if (status >= 0)
        return status;
    if (argc > 1 || limit < 0)
        return cli_usage("deliver", "what does '%s' mean?",
                         argc > 1 ? argv[1] : "a number below zero");
    deliver_until_signal();
    done = deliver_due(cli, clock_now(), limit, &result, &error);
    print_result(cli, &result);
    delivery_result_clear(&result);
    if (!done)
        return cli_error(error);
    return deliver_is_stopping() ? 130 : 0;
}
