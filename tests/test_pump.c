/* SPDX-License-Identifier: Apache-2.0 */
/* test_pump.c - what is in doubt when a server is gone, and what is not */
#include "mta/smtp_pump.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define MESSAGES 4

typedef struct {
    GBytes *content;
    int next;
    bool open; /* the last mark is there */
    VerdictKind ended[MESSAGES];
    bool tried[MESSAGES], done[MESSAGES];
} Mails;

static NextMessage
next_mail(gpointer data, bool wait, TransportMessage *out)
{
    Mails *m = data;

    (void)wait;
    if (m->next == MESSAGES)
        return NEXT_OVER;
    *out = (TransportMessage){.from = "a@x.example",
                              .to = "b@x.example",
                              .bytes = m->content,
                              .job = GINT_TO_POINTER(m->next++)};
    return NEXT_THERE;
}

static void
ask_mark(gpointer data, gpointer job)
{
    (void)data;
    (void)job;
}

static bool
answered(gpointer data, gpointer job, bool *out_marked)
{
    const Mails *m = data;

    *out_marked = true;
    return m->open || GPOINTER_TO_INT(job) < MESSAGES - 1;
}

static void
done(gpointer data, gpointer job, const Verdict *verdict, bool tried)
{
    Mails *m = data;
    int i = GPOINTER_TO_INT(job);

    g_assert_false(m->done[i]);
    m->done[i] = true;
    m->ended[i] = verdict->kind;
    m->tried[i] = tried;
}

static const char content[] = "Subject: x\r\n\r\nHello\r\n";

/* Both ends of a connection, and a session with this window on one. */
typedef struct {
    Relay relay;
    TransportCallbacks callbacks;
    int ours, server;
    Pump *pump;
} Link;

static void
link_open(Link *l, int window, Mails *m)
{
    int fd[2];

    g_assert_cmpint(
        socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fd),
        ==, 0);
    *m = (Mails){.content = g_bytes_new_static(content, strlen(content))};
    *l = (Link){.relay = {.window = window},
                .callbacks = {.next = next_mail,
                              .ask_mark = ask_mark,
                              .answered = answered,
                              .done = done,
                              .data = m},
                .ours = fd[0],
                .server = fd[1]};
    l->pump = pump_new(&(PumpOptions){.relay = &l->relay,
                                      .callbacks = &l->callbacks,
                                      .fd = l->ours,
                                      .has_chunking = window > 0,
                                      .anchor = "a@x.example",
                                      .messages_max = 100});
}

static void
link_say(const Link *l, const char *said)
{
    ssize_t length = (ssize_t)strlen(said);

    g_assert_cmpint(write(l->server, said, strlen(said)), ==, length);
}

static void
link_hang_up(Link *l)
{
    close(l->server);
    l->server = -1;
}

static void
link_run_out(Link *l, Mails *m)
{
    for (int i = 0; i < 5 && !pump_step(l->pump, true, 1001); i++)
        ;
    for (int i = 0; i < m->next; i++)
        g_assert_true(m->done[i]);
    pump_free(l->pump);
    g_bytes_unref(m->content);
    close(l->ours);
}

/* Three of four are on the way; the server answers `said` and is gone, and only
 * then the fourth is marked, so that writing fails before reading begins; if
 * `late`, when all that can be read has been read. */
static void
run(const char *said, bool late, Mails *m)
{
    Link l;

    link_open(&l, MESSAGES, m);
    g_assert_false(pump_step(l.pump, false, 1000));
    g_assert_cmpint(m->next, ==, MESSAGES);
    link_say(&l, said);
    link_hang_up(&l);
    if (late)
        g_assert_false(pump_step(l.pump, true, 1001));
    m->open = true;
    link_run_out(&l, m);
}

#define TAKEN "250 reset\r\n250 from\r\n250 to\r\n250 taken\r\n"

static void
test_said_first(void)
{
    Mails m;

    run(TAKEN "250 reset\r\n250 from\r\n421 closing\r\n", false, &m);
    g_assert_cmpint(m.ended[0], ==, VERDICT_SENT);
    g_assert_cmpint(m.ended[1], ==, VERDICT_DEFERRED);
    for (int i = 2; i < MESSAGES; i++) {
        g_assert_cmpint(m.ended[i], ==, VERDICT_RETRY);
        g_assert_false(m.tried[i]);
    }
}

/* Nobody knows what became of what had left. */
static void
test_said_nothing(void)
{
    Mails m;

    run(TAKEN, false, &m);
    g_assert_cmpint(m.ended[0], ==, VERDICT_SENT);
    g_assert_cmpint(m.ended[1], ==, VERDICT_IN_DOUBT);
    g_assert_cmpint(m.ended[2], ==, VERDICT_IN_DOUBT);
    g_assert_cmpint(m.ended[3], ==, VERDICT_RETRY);
}

/* The mark of a message that is not on the wire comes when nobody is there. */
static void
test_marked_late(void)
{
    Mails m;

    run(TAKEN, true, &m);
    g_assert_cmpint(m.ended[2], ==, VERDICT_IN_DOUBT);
    g_assert_cmpint(m.ended[3], ==, VERDICT_RETRY);
    g_assert_false(m.tried[3]);
}

/* One message by DATA, whose mark comes after the content has left; the server
 * is gone before the dot, or after it. */
static void
run_data(bool before_dot, Mails *m)
{
    Link l;

    link_open(&l, 0, m);
    m->next = MESSAGES - 1;
    g_assert_false(pump_step(l.pump, false, 1000));
    link_say(&l, "250 reset\r\n250 from\r\n250 to\r\n354 go on\r\n");
    g_assert_false(pump_step(l.pump, true, 1000));
    if (before_dot)
        link_hang_up(&l);
    m->open = true;
    pump_step(l.pump, false, 1000);
    if (!before_dot)
        link_hang_up(&l);
    m->done[0] = m->done[1] = m->done[2] = true; /* never asked for */
    link_run_out(&l, m);
}

static void
test_dot(void)
{
    Mails m;

    run_data(true, &m);
    g_assert_cmpint(m.ended[MESSAGES - 1], ==, VERDICT_RETRY);
    run_data(false, &m);
    g_assert_cmpint(m.ended[MESSAGES - 1], ==, VERDICT_IN_DOUBT);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/pump/window/said-why", test_said_first);
    g_test_add_func("/pump/window/said-nothing", test_said_nothing);
    g_test_add_func("/pump/window/marked-late", test_marked_late);
    g_test_add_func("/pump/data/gone-at-the-dot", test_dot);
    return g_test_run();
}
