/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_run.c - one tick of everything, or one after the other */
#include "cli.h"
#include "deliver.h"

#include "nurture/ats-out.h"
#include "nurture/ats.h"
#include "nurture/candidates.h"
#include "nurture/clock.h"
#include "nurture/digest.h"
#include "nurture/error.h"
#include "nurture/hits.h"
#include "nurture/inbound.h"
#include "nurture/kick.h"
#include "nurture/log.h"
#include "nurture/provider.h"
#include "nurture/requests.h"
#include "nurture/retention.h"
#include "nurture/scheduler.h"
#include "nurture/segment-history.h"
#include "nurture/text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <unistd.h>

static const char help[] =
    "One tick: enrol newcomers, queue what is due, deliver, read the inbound\n"
    "spool, do what people confirmed on the public pages (joining, a copy of\n"
    "their data, erasure), send due digests. Meant for a timer; --watch goes "
    "on until it is\n"
    "stopped. Any number may run at once: a second one only delivers. Ctrl-C\n"
    "finishes the messages that are on their way; a second one ends at once.";

/* Domains whose servers are looked up in one tick. */
#define MX_AT_ONCE 50

/* The planner is one process at a time; others deliver. -1: it is busy. */
static int
lock_planner(const Workspace *workspace)
{
    g_autofree char *path =
        g_build_filename(workspace->state_dir, "planner.lock", NULL);
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

    if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) != 0) {
        close(fd);
        return -1;
    }
    return fd;
}

static void
say_planner_is_busy(const CliContext *cli)
{
    g_autoptr(Diagnostics) notes = diagnostics_new();

    diagnostics_add_file(notes, "N805", "nurture.yaml",
                         "another 'nurture run' is planning; this one only "
                         "delivers");
    cli_problems(cli, notes);
}

/* For 'segment list'; mail does not wait for it. */
static void
count_segments(const CliContext *cli, int64_t now)
{
    g_autoptr(GError) error = NULL;

    if (!segment_history_record(cli->workspace, cli->store, now, &error))
        log_warn("segments are not counted today: %s", error->message);
}

static bool
plan_and_queue(CliContext *cli, int64_t now, TickResult *out, GError **error)
{
    static const RequestActions asked = {candidate_find, candidate_add,
                                         candidate_set, candidate_erase,
                                         candidate_json};
    int lock = lock_planner(cli->workspace);
    ProviderResolver resolver;
    bool done;

    if (lock < 0) {
        if (!cli->quiet)
            say_planner_is_busy(cli);
        return true;
    }
    resolver = provider_resolver();
    done =
        (!cli->workspace->sending.mx_providers ||
         provider_learn(cli->store, &resolver, MX_AT_ONCE, now, NULL, error)) &&
        requests_run(cli->store, cli->workspace, cli->keys, &asked, now,
                     error) &&
        retention_tick(cli->store, cli->workspace, cli->keys, now, error) &&
        scheduler_tick(cli->workspace, cli->store, cli->keys, now, out,
                       error) &&
        digest_send_due(cli->store, cli->workspace, cli->keys, now, error);
    if (done)
        count_segments(cli, now);
    close(lock);
    return done;
}

static void
print_tick(const CliContext *cli, const TickResult *t, const DeliveryResult *d,
           const InboundResult *in)
{
    if (cli->json) {
        printf(
            "{\"schema\":1,\"enrolled\":%" G_GINT64_FORMAT
            ",\"queued\":%" G_GINT64_FORMAT ",\"postponed\":%" G_GINT64_FORMAT
            ",\"exited\":%" G_GINT64_FORMAT ",\"sent\":%" G_GINT64_FORMAT
            ",\"deferred\":%" G_GINT64_FORMAT ",\"bounced\":%" G_GINT64_FORMAT
            ",\"in_doubt\":%" G_GINT64_FORMAT ",\"received\":%" G_GINT64_FORMAT
            ",\"moved\":%" G_GINT64_FORMAT "}\n",
            t->enrolled, t->queued, t->postponed, t->exited, d->sent,
            d->deferred, d->bounced, d->in_doubt,
            in->bounces + in->replies + in->auto_replies + in->complaints +
                in->delays + in->other,
            t->moved);
        return;
    }
    if (cli->quiet)
        return;
    if (t->moved > 0)
        printf("The window or the holidays have changed: %s mails move to "
               "their next moment in it.\n",
               number_format(t->moved));
    printf("enrolled %s  queued %s  sent %s  deferred %s  bounced %s  "
           "in doubt %s  replies %s\n",
           number_format(t->enrolled), number_format(t->queued),
           number_format(d->sent), number_format(d->deferred),
           number_format(d->bounced), number_format(d->in_doubt),
           number_format(in->replies));
    fflush(stdout);
}

static bool
tick(CliContext *cli, int64_t limit, GError **error)
{
    int64_t now = clock_now();
    TickResult queued = {0};
    DeliveryResult sent = {0};
    InboundResult received = {0};
    AtsTick ats = {0};
    AtsOutResult told = {0};
    bool done =
        hits_take(cli->store, cli->workspace, now, NULL, error) &&
        inbound_process(cli->store, cli->workspace, cli->keys,
                        campaign_mail_text, now, &received, error) &&
        ats_tick(cli->store, cli->workspace, cli->keys, now, &ats, error) &&
        plan_and_queue(cli, now, &queued, error) &&
        deliver_due(cli, now, limit, &sent, error) &&
        ats_out_run(cli->store, cli->workspace, clock_now(), &told, error);

    print_tick(cli, &queued, &sent, &received);
    delivery_result_clear(&sent);
    return done;
}

/* Or until somebody asks for a link that should be mailed at once. */
static void
wait_a_while(const Workspace *workspace, int seconds, int64_t kicked)
{
    for (int i = 0; i < seconds * 10 && !deliver_is_stopping() &&
                    kick_time(workspace) == kicked;
         i++)
        g_usleep(100000);
}

int
cmd_run(int argc, char **argv, CliContext *cli)
{
    gboolean watch = FALSE;
    int every = 60;
    gint64 limit = 0;
    const GOptionEntry entries[] = {
        {"watch", 0, 0, G_OPTION_ARG_NONE, &watch, "Go on until stopped", NULL},
        {"every", 0, 0, G_OPTION_ARG_INT, &every,
         "Seconds between ticks of --watch (60)", "SECONDS"},
        {"limit", 0, 0, G_OPTION_ARG_INT64, &limit,
         "Deliver at most N messages", "N"},
        {NULL},
    };
    GError *error = NULL;
    int status = cli_options(entries, "- enrol, queue, deliver, receive", help,
                             &argc, &argv);

    if (status >= 0)
        return status;
    if (argc > 1 || every < 1 || limit < 0)
        return cli_usage("run", "what does '%s' mean?",
                         argc > 1 ? argv[1] : "a number below zero");
    deliver_until_signal();
    do {
        int64_t kicked = kick_time(cli->workspace);
        g_clear_error(&error);
        if (!tick(cli, limit, &error) &&
            (!watch || error_exit_status(error) != 4))
            return cli_error(error);
        if (error)
            fprintf(stderr, "nurture: %s\n", error->message);
        if (watch && !deliver_is_stopping())
            wait_a_while(cli->workspace, every, kicked);
    } while (watch && !deliver_is_stopping());
    g_clear_error(&error);
    return deliver_is_stopping() && !watch ? 130 : 0;
}
