/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_receive.c - mail that comes back, kept before it is answered for
 *
 * On stdin it is called by a mail server, so the exit status is sysexits: 0 =
 * kept, 75 = try again. The server owns the mail until we return 0. */
#include "cli.h"

#include "nurture/clock.h"
#include "nurture/error.h"
#include "nurture/inbound.h"
#include "nurture/lmtp.h"
#include "nurture/maildir.h"
#include "nurture/scheduler.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

enum { KEPT = 0, TRY_AGAIN = 75, MOST = 64 * 1024 * 1024, RETRY_S = 60 };

static const char help[] =
    "On stdin, for a pipe from your mail server, in Postfix' master.cf:\n"
    "  nurture unix - n n - - pipe flags=R user=nurture\n"
    "    argv=/usr/local/bin/nurture -C /srv/acme-talent receive ${recipient}\n"
    "The mail is in the spool, synced, before the exit status is 0; any\n"
    "trouble is 75 (try again). It is understood right away unless "
    "--spool-only\n"
    "is given, else by the next run.\n\n"
    "--lmtp serves a unix socket and --maildir follows mailboxes (it may be\n"
    "given more than once) until SIGTERM. Mailboxes are only read; what has\n"
    "been taken is remembered by content, whatever happens to names and "
    "flags.";

/* Where the mail goes, and who understands it. */
typedef struct {
    Workspace *workspace;
    Store *store; /* NULL: mail is only spooled */
    Keys *keys;
    bool spool_only, news;
} Receiver;

static volatile bool stop;

static void
on_signal(int number)
{
    (void)number;
    stop = true;
}

static GBytes *
read_stdin(GError **error)
{
    g_autoptr(GByteArray) all = g_byte_array_new();
    guint8 buffer[65536];
    ssize_t n;

    while ((n = read(STDIN_FILENO, buffer, sizeof buffer)) != 0) {
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 || all->len > MOST) {
            g_set_error(error, NURTURE_ERROR, ERROR_TEMPORARY, "stdin: %s",
                        n < 0 ? g_strerror(errno) : "larger than 64 MB");
            return NULL;
        }
        g_byte_array_append(all, buffer, (guint)n);
    }
    return g_byte_array_free_to_bytes(g_steal_pointer(&all));
}

static int
try_again(GError *error)
{
    fprintf(stderr, "nurture receive: %s\n", error->message);
    g_error_free(error);
    return TRY_AGAIN;
}

/* The mail is safe; what goes wrong from here on is the next run's. */
static void
understand(gpointer data)
{
    Receiver *r = data;
    g_autoptr(GError) error = NULL;
    InboundResult result;

    r->news = false;
    if (!r->spool_only &&
        !inbound_process(r->store, r->workspace, r->keys, campaign_mail_text,
                         clock_now(), &result, &error))
        fprintf(stderr, "nurture receive: kept, but not understood yet: %s\n",
                error->message);
}

static bool
open_store(Receiver *r, GError **error)
{
    g_autofree char *path =
        g_build_filename(r->workspace->state_dir, "keys", NULL);

    r->store = store_open(r->workspace->database, STORE_EXISTING, error);
    r->keys = r->store ? keys_load(path, false, error) : NULL;
    return r->keys != NULL;
}

static void
receiver_clear(Receiver *r)
{
    g_clear_pointer(&r->store, store_close);
    g_clear_pointer(&r->keys, keys_free);
    g_clear_pointer(&r->workspace, workspace_free);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Receiver, receiver_clear)

/* ---- one mail on stdin -----------------------------------------------------
 */

static int
receive_stdin(Receiver *r, const char *recipient)
{
    g_autoptr(GBytes) raw = NULL;
    GError *error = NULL;

    raw = read_stdin(&error);
    if (!raw || !inbound_spool(r->workspace->state_dir, raw, recipient, &error))
        return try_again(error);
    if (r->spool_only)
        return KEPT;
    if (open_store(r, &error)) {
        understand(r);
        return KEPT;
    }
    fprintf(stderr, "nurture receive: kept, but not understood yet: %s\n",
            error->message);
    g_error_free(error);
    return KEPT;
}

/* ---- LMTP -----------------------------------------------------------------
 */

static bool
keep_lmtp(gpointer data, GBytes *raw, const Envelope *envelope, GError **error)
{
    const Receiver *r = data;

    return inbound_spool_envelope(r->workspace->state_dir, raw, envelope,
                                  error);
}

static bool
receive_lmtp(Receiver *r, const char *path, GError **error)
{
    const LmtpOptions options = {
        .keep = keep_lmtp, .idle = understand, .data = r, .stop = &stop};

    return lmtp_serve(path, &options, error);
}

/* ---- mailboxes ------------------------------------------------------------
 */

static bool
take_mail(gpointer data, GBytes *raw, GError **error)
{
    Receiver *r = data;
    bool known = false;

    if (!inbound_is_known(r->store, raw, &known, error))
        return false;
    if (known)
        return true;
    r->news = true;
    return inbound_spool(r->workspace->state_dir, raw, NULL, error);
}

/* A mailbox that cannot be read is tried again; the others go on. */
static bool
take_from(Receiver *r, const char *path, Maildir **box)
{
    g_autoptr(GError) error = NULL;

    if (!*box)
        *box = maildir_open(path, &error);
    if (*box && maildir_take(*box, take_mail, r, &error))
        return true;
    fprintf(stderr, "nurture receive: %s\n", error->message);
    g_clear_pointer(box, maildir_close);
    return false;
}

static bool
take_all(Receiver *r, char **paths, Maildir **boxes)
{
    bool all = true;

    for (guint i = 0; paths[i]; i++)
        all = take_from(r, paths[i], &boxes[i]) && all;
    if (r->news)
        understand(r);
    return all;
}

static void
wait_for_mail(char **paths, Maildir **boxes)
{
    g_autofree struct pollfd *fds =
        g_new0(struct pollfd, g_strv_length(paths) + 1);
    const struct timespec retry = {.tv_sec = RETRY_S};
    sigset_t none;
    nfds_t n = 0;

    sigemptyset(&none);
    for (guint i = 0; paths[i]; i++)
        if (boxes[i])
            fds[n++] = (struct pollfd){maildir_fd(boxes[i]), POLLIN, 0};
    /* Signals are let in only here, so that none is missed before. */
    ppoll(fds, n, &retry, &none);
}

static int
receive_maildirs(Receiver *r, char **paths, bool once)
{
    guint count = g_strv_length(paths);
    g_autofree Maildir **boxes = g_new0(Maildir *, count);
    sigset_t signals;
    bool all = true;

    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    sigprocmask(SIG_BLOCK, &signals, NULL);
    for (;;) {
        all = take_all(r, paths, boxes);
        if (once || stop)
            break;
        wait_for_mail(paths, boxes);
    }
    for (guint i = 0; i < count; i++)
        maildir_close(boxes[i]);
    return once && !all ? TRY_AGAIN : KEPT;
}

/* ---- the command ----------------------------------------------------------
 */

typedef struct {
    gboolean spool_only, once;
    char *lmtp, *mbox;
    char **maildirs;
} Options;

static void
options_clear(Options *o)
{
    g_free(o->lmtp);
    g_free(o->mbox);
    g_strfreev(o->maildirs);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Options, options_clear)

static int
receive(Receiver *r, const Options *o, const char *recipient)
{
    const struct sigaction action = {.sa_handler = on_signal};
    GError *error = NULL;
    bool done;

    if (!o->lmtp && !o->mbox && !o->maildirs)
        return receive_stdin(r, recipient);
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    if ((!r->spool_only || !o->lmtp) && !open_store(r, &error))
        return try_again(error);
    if (o->maildirs)
        return receive_maildirs(r, o->maildirs, o->once);
    done = o->lmtp ? receive_lmtp(r, o->lmtp, &error)
                   : mbox_take(o->mbox, take_mail, r, &error);
    if (done && r->news)
        understand(r);
    return done ? KEPT : try_again(error);
}

int
cmd_receive(int argc, char **argv, CliContext *cli)
{
    g_auto(Options) o = {0};
    const GOptionEntry entries[] = {
        {"lmtp", 0, 0, G_OPTION_ARG_FILENAME, &o.lmtp,
         "Serve LMTP on this unix socket", "PATH"},
        {"maildir", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &o.maildirs,
         "Take mail from this Maildir, and wait for more", "DIR"},
        {"once", 0, 0, G_OPTION_ARG_NONE, &o.once,
         "With --maildir: do not wait for more", NULL},
        {"mbox", 0, 0, G_OPTION_ARG_FILENAME, &o.mbox,
         "Take the mails of this file", "FILE"},
        {"spool-only", 0, 0, G_OPTION_ARG_NONE, &o.spool_only,
         "Keep it; the next run understands it", NULL},
        {NULL},
    };
    g_autoptr(Diagnostics) problems = diagnostics_new();
    g_auto(Receiver) receiver = {0};
    GError *error = NULL;
    int status = cli_options(entries, "[RECIPIENT] - a mail on stdin", help,
                             &argc, &argv);

    if (status == 0)
        return KEPT;
    if (status > 0)
        return TRY_AGAIN; /* a mistyped pipe must not bounce mail */
    receiver.spool_only = o.spool_only;
    receiver.workspace = workspace_open(cli->directory, problems, &error);
    if (!receiver.workspace)
        return try_again(error);
    return receive(&receiver, &o, argc > 1 ? argv[1] : NULL);
}
