/* SPDX-License-Identifier: Apache-2.0 */
/* deliver.c - what run and deliver share: sending, and ending well */
#include "deliver.h"

#include "nurture/clock.h"
#include "nurture/error.h"
#include "nurture/scheduler.h"
#include "nurture/text.h"

#include <signal.h>
#include <stdio.h>
#include <unistd.h>

static volatile bool stop;

/* The second one does not wait: whatever has no answer is in doubt then, as
 * after any sudden death. */
static void
on_signal(int number)
{
    if (stop)
        _exit(128 + number);
    stop = true;
}

void
deliver_until_signal(void)
{
    struct sigaction action = {.sa_handler = on_signal}, before;

    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    /* a terminal that closes; nohup(1) wants it ignored */
    if (sigaction(SIGHUP, NULL, &before) == 0 && before.sa_handler != SIG_IGN)
        sigaction(SIGHUP, &action, NULL);
}

bool
deliver_is_stopping(void)
{
    return stop;
}

static void
report_progress(const DeliveryResult *r, int64_t waiting, gpointer data)
{
    cli_progress(data, "sending", r->sent, r->sent + waiting, false);
}

/* A workspace that `nurture demo` has made never reaches another computer,
 * whatever its nurture.yaml says. */
static bool
may_deliver(const Workspace *w, GError **error)
{
    g_autofree char *marker = g_build_filename(w->root, ".nurture-demo", NULL);

    if (!g_file_test(marker, G_FILE_TEST_EXISTS) ||
        (w->smtp.host && g_str_has_prefix(w->smtp.host, "127.")))
        return true;
    g_set_error(error, NURTURE_ERROR, ERROR_REFUSED,
                "this is a demo's workspace; it delivers to 127.0.0.1 only");
    return false;
}

bool
deliver_due(CliContext *cli, int64_t now, int64_t limit, DeliveryResult *out,
            GError **error)
{
    g_autofree char *password = NULL;
    Composer *composer;
    bool done;
    DeliveryOptions options = {
        .workspace = cli->workspace,
        .keys = cli->keys,
        .limit = limit,
        .progress = report_progress,
        .progress_data = cli,
        .stop = &stop,
    };

    if (!may_deliver(cli->workspace, error))
        return false;
    password = workspace_password(cli->workspace, error);
    if (!password && error && *error)
        return false;
    composer = campaign_composer_new(cli->workspace, cli->store, cli->keys, now,
                                     error);
    if (!composer)
        return false;
    options.composer = composer;
    options.password = password;
    done = delivery_run(cli->store, &options, now, out, error);
    campaign_composer_free(composer);
    cli_progress(cli, "sending", 0, 0, true);
    return done;
}
