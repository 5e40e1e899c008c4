/* SPDX-License-Identifier: Apache-2.0 */
/* smtp_loop.c - epoll over the wires that sessions have handed over */
#include "smtp_loop.h"

#include "nurture/clock.h"
#include "nurture/error.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define EVENTS_AT_ONCE 64
#define LOOK_AROUND_MS 50 /* for what waits too long */

typedef struct {
    Pump *pump;
    uint32_t watched; /* events that epoll has; 0: none, and not the wire */
    GCond over_there;
    bool over;
} Ride;

struct SmtpLoop {
    GThread *thread;
    int epoll, wake;
    GMutex lock;        /* of what follows, and Ride.over */
    GPtrArray *arrived; /* Ride */
    bool stop, abort;
    GPtrArray *rides; /* the thread's own */
};

/* A wire that is lost is not watched: its end would be told over and over. */
static void
watch(SmtpLoop *loop, Ride *ride, short wants)
{
    struct epoll_event event = {.data.ptr = ride};
    int operation;

    event.events =
        (wants & POLLIN ? EPOLLIN : 0u) | (wants & POLLOUT ? EPOLLOUT : 0u);
    if (event.events == ride->watched)
        return;
    operation = ride->watched == 0  ? EPOLL_CTL_ADD
                : event.events == 0 ? EPOLL_CTL_DEL
                                    : EPOLL_CTL_MOD;
    ride->watched = event.events;
    epoll_ctl(loop->epoll, operation, pump_fd(ride->pump), &event);
}

/* True: it is over, and not ours any more. */
static bool
run(SmtpLoop *loop, Ride *ride, bool event, int64_t now)
{
    if (!pump_step(ride->pump, event, now)) {
        watch(loop, ride, pump_wants(ride->pump));
        return false;
    }
    watch(loop, ride, 0);
    g_ptr_array_remove_fast(loop->rides, ride);
    g_mutex_lock(&loop->lock);
    ride->over = true;
    g_cond_signal(&ride->over_there);
    g_mutex_unlock(&loop->lock);
    return true;
}

static void
take_arrived(SmtpLoop *loop, int64_t now)
{
    g_mutex_lock(&loop->lock);
    while (loop->arrived->len > 0) {
        Ride *ride = g_ptr_array_steal_index_fast(loop->arrived, 0);
        g_ptr_array_add(loop->rides, ride);
        g_mutex_unlock(&loop->lock);
        run(loop, ride, false, now);
        g_mutex_lock(&loop->lock);
    }
    g_mutex_unlock(&loop->lock);
}

/* Step those that wait for a mark or a message, or all. */
static void
run_waiting(SmtpLoop *loop, int64_t now, bool all)
{
    for (guint i = loop->rides->len; i-- > 0;) {
        Ride *ride = loop->rides->pdata[i];
        if (all || pump_waits(ride->pump))
            run(loop, ride, false, now);
    }
}

/* epoll tells of each descriptor once, so a wire that is over after its event
 * has no other in the same batch. */
static bool
run_events(SmtpLoop *loop, const struct epoll_event *events, int n, int64_t now)
{
    bool woken = false;

    for (int i = 0; i < n; i++) {
        uint64_t count;
        if (events[i].data.ptr != loop)
            run(loop, events[i].data.ptr, true, now);
        else
            woken = read(loop->wake, &count, sizeof count) > 0;
    }
    return woken;
}

static bool
must_abort(SmtpLoop *loop)
{
    bool abort;

    g_mutex_lock(&loop->lock);
    abort = loop->abort;
    g_mutex_unlock(&loop->lock);
    return abort;
}

static void
lose_all(SmtpLoop *loop)
{
    for (guint i = 0; i < loop->rides->len; i++)
        pump_lose(((Ride *)loop->rides->pdata[i])->pump);
}

static bool
is_stopped(SmtpLoop *loop)
{
    bool stop;

    g_mutex_lock(&loop->lock);
    stop = loop->stop;
    g_mutex_unlock(&loop->lock);
    return stop;
}

static gpointer
smtp_loop_thread(gpointer data)
{
    SmtpLoop *loop = data;
    struct epoll_event events[EVENTS_AT_ONCE];
    int64_t looked = clock_monotonic();

    while (!is_stopped(loop)) {
        int n = epoll_wait(loop->epoll, events, EVENTS_AT_ONCE,
                           loop->rides->len > 0 ? LOOK_AROUND_MS : -1);
        int64_t now = clock_monotonic();
        bool late = now - looked >= LOOK_AROUND_MS;
        if (run_events(loop, events, n, now)) {
            take_arrived(loop, now);
            if (must_abort(loop))
                lose_all(loop);
            run_waiting(loop, now, false);
        }
        if (late) {
            run_waiting(loop, now, true);
            looked = now;
        }
    }
    return NULL;
}

void
smtp_loop_wake(SmtpLoop *loop)
{
    const uint64_t one = 1;

    while (write(loop->wake, &one, sizeof one) < 0 && errno == EINTR)
        continue;
}

void
smtp_loop_abort(SmtpLoop *loop)
{
    g_mutex_lock(&loop->lock);
    loop->abort = true;
    g_mutex_unlock(&loop->lock);
    smtp_loop_wake(loop);
}

PumpResult
smtp_loop_pump(SmtpLoop *loop, const PumpOptions *options)
{
    int flags = fcntl(options->fd, F_GETFL);
    Ride ride = {.pump = pump_new(options)};
    PumpResult result;

    fcntl(options->fd, F_SETFL, flags | O_NONBLOCK);
    g_cond_init(&ride.over_there);
    g_mutex_lock(&loop->lock);
    g_ptr_array_add(loop->arrived, &ride);
    smtp_loop_wake(loop);
    while (!ride.over)
        g_cond_wait(&ride.over_there, &loop->lock);
    g_mutex_unlock(&loop->lock);
    fcntl(options->fd, F_SETFL, flags);
    result = pump_result(ride.pump);
    pump_free(ride.pump);
    g_cond_clear(&ride.over_there);
    return result;
}

SmtpLoop *
smtp_loop_new(GError **error)
{
    SmtpLoop *loop = g_new0(SmtpLoop, 1);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = loop};

    loop->epoll = epoll_create1(EPOLL_CLOEXEC);
    loop->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    g_mutex_init(&loop->lock);
    loop->arrived = g_ptr_array_new();
    loop->rides = g_ptr_array_new();
    if (loop->epoll < 0 || loop->wake < 0 ||
        epoll_ctl(loop->epoll, EPOLL_CTL_ADD, loop->wake, &event) != 0) {
        g_set_error(error, NURTURE_ERROR, ERROR_CONFIG, "epoll: %s",
                    g_strerror(errno));
        smtp_loop_free(loop);
        return NULL;
    }
    loop->thread = g_thread_new("loop", smtp_loop_thread, loop);
    return loop;
}

void
smtp_loop_free(SmtpLoop *loop)
{
    if (!loop)
        return;
    if (loop->thread) {
        g_mutex_lock(&loop->lock);
        loop->stop = true;
        g_mutex_unlock(&loop->lock);
        smtp_loop_wake(loop);
        g_thread_join(loop->thread);
    }
    if (loop->epoll >= 0)
        close(loop->epoll);
    if (loop->wake >= 0)
        close(loop->wake);
    g_ptr_array_unref(loop->arrived);
    g_ptr_array_unref(loop->rides);
    g_mutex_clear(&loop->lock);
    g_free(loop);
}
