/* SPDX-License-Identifier: Apache-2.0 */
/* test_pump.c - a window of messages, and a server that stops reading */
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

/* Three of four are on the way; the server answers `said` and is gone, and only
 * then the fourth is marked, so that writing fails before reading begins. */
static void
run(const char *said, Mails *m)
{
    const TransportCallbacks callbacks = {.next = next_mail,
                                          .ask_mark = ask_mark,
                                          .answered = answered,
                                          .done = done,
                                          .data = m};
    static const char content[] = "Subject: x\r\n\r\nHello\r\n";
    const Relay relay = {.window = MESSAGES};
    int fd[2];

    g_assert_cmpint(
        socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fd),
        ==, 0);
    const PumpOptions options = {.relay = &relay,
                                 .callbacks = &callbacks,
                                 .fd = fd[0],
                                 .has_chunking = true,
                                 .anchor = "a@x.example",
                                 .messages_max = 100};
    Pump *pump = pump_new(&options);

    *m = (Mails){.content = g_bytes_new_static(content, strlen(content))};
    g_assert_false(pump_step(pump, false, 1000));
    g_assert_cmpint(m->next, ==, MESSAGES);
    g_assert_cmpint(write(fd[1], said, strlen(said)), ==,
                    (ssize_t)strlen(said));
    close(fd[1]);
    m->open = true;
    for (int i = 0; i < 5 && !pump_step(pump, true, 1001); i++)
        ;
    for (int i = 0; i < MESSAGES; i++)
        g_assert_true(m->done[i]);
    pump_free(pump);
    g_bytes_unref(m->content);
    close(fd[0]);
}

#define TAKEN "250 reset\r\n250 from\r\n250 to\r\n250 taken\r\n"

static void
test_said_first(void)
{
    Mails m;

    run(TAKEN "250 reset\r\n250 from\r\n421 closing\r\n", &m);
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

    run(TAKEN, &m);
    g_assert_cmpint(m.ended[0], ==, VERDICT_SENT);
    g_assert_cmpint(m.ended[1], ==, VERDICT_IN_DOUBT);
    g_assert_cmpint(m.ended[2], ==, VERDICT_IN_DOUBT);
    g_assert_cmpint(m.ended[3], ==, VERDICT_RETRY);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/pump/window/said-why", test_said_first);
    g_test_add_func("/pump/window/said-nothing", test_said_nothing);
    return g_test_run();
}
