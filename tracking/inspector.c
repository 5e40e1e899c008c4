/* SPDX-License-Identifier: Apache-2.0 */
/* inspector.c - a child that reads mail for us, with limits */
#include "inspector.h"

#include "inspection-pack.h"
#include "nurture/error.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    CPU_SECONDS = 10,    /* for one mail; the worst known takes 0.05 */
    PATIENCE_MS = 60000, /* on a busy computer */
    ANSWER_MAX = 64 * 1024 * 1024,
};
#define MEMORY ((rlim_t)768 * 1024 * 1024) /* on top of what we use */

#ifdef __SANITIZE_ADDRESS__
#define CAN_LIMIT_MEMORY false
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define CAN_LIMIT_MEMORY false
#else
#define CAN_LIMIT_MEMORY true
#endif
#else
#define CAN_LIMIT_MEMORY true
#endif

struct Inspector {
    pid_t pid; /* 0: none is running */
    int fd;
};

typedef struct {
    int64_t size, date;
    int64_t sent; /* bytes of our own mail that follow, -1: none */
} Request;

/* ---- bytes through the socket ----------------------------------------------
 */

static bool
send_all(int fd, const void *bytes, gsize size)
{
    const char *p = bytes;

    while (size > 0) {
        ssize_t n = send(fd, p, size, MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        p += n;
        size -= (gsize)n;
    }
    return true;
}

/* patience_ms -1: for ever. */
static bool
receive_all(int fd, void *bytes, gsize size, int patience_ms)
{
    char *p = bytes;

    while (size > 0) {
        struct pollfd wait = {.fd = fd, .events = POLLIN};
        int ready = poll(&wait, 1, patience_ms);
        ssize_t n;
        if (ready < 0 && errno == EINTR)
            continue;
        if (ready <= 0)
            return false;
        n = recv(fd, p, size, 0);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        p += n;
        size -= (gsize)n;
    }
    return true;
}

static GBytes *
receive_bytes(int fd, int64_t size, int patience_ms)
{
    g_autofree char *bytes = g_try_malloc((gsize)size + 1);

    if (!bytes || !receive_all(fd, bytes, (gsize)size, patience_ms))
        return NULL;
    return g_bytes_new_take(g_steal_pointer(&bytes), (gsize)size);
}

/* ---- the reader -----------------------------------------------------------
 */

static rlim_t
memory_in_use(void)
{
    unsigned long pages = 0;
    FILE *f = fopen("/proc/self/statm", "re");

    if (f && fscanf(f, "%lu", &pages) != 1)
        pages = 0;
    if (f)
        fclose(f);
    return (rlim_t)pages * (rlim_t)sysconf(_SC_PAGESIZE);
}

static void
limit_memory(void)
{
    rlim_t most = memory_in_use() + MEMORY;
    struct rlimit limit = {.rlim_cur = most, .rlim_max = most};
    struct rlimit no_core = {.rlim_cur = 0, .rlim_max = 0};

    setrlimit(RLIMIT_CORE, &no_core);
    if (CAN_LIMIT_MEMORY)
        setrlimit(RLIMIT_AS, &limit);
}

/* The limit counts from the reader's birth, so each mail moves it. */
static void
limit_cpu(void)
{
    struct rusage used;
    struct rlimit limit;

    getrusage(RUSAGE_SELF, &used);
    getrlimit(RLIMIT_CPU, &limit);
    limit.rlim_cur =
        (rlim_t)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) + CPU_SECONDS;
    setrlimit(RLIMIT_CPU, &limit);
}

/* For tests: a mail that holds NURTURE_CRASH_ON's text ends the reader. */
static void
maybe_crash(GBytes *raw)
{
    const char *text = g_getenv("NURTURE_CRASH_ON");
    gsize size;
    const char *bytes = g_bytes_get_data(raw, &size);

    if (text && bytes && g_strcmp0(g_getenv("NURTURE_TESTING"), "1") == 0 &&
        memmem(bytes, size, text, strlen(text)))
        raise(SIGSEGV);
}

static bool
serve_one(int fd)
{
    g_autoptr(GBytes) raw = NULL;
    g_autoptr(GBytes) packed = NULL;
    g_autoptr(GBytes) sent = NULL;
    g_autoptr(Inspection) got = NULL;
    Request request;
    int64_t size;

    if (!receive_all(fd, &request, sizeof request, -1))
        return false;
    raw = receive_bytes(fd, request.size, -1);
    if (raw && request.sent >= 0)
        sent = receive_bytes(fd, request.sent, -1);
    if (!raw || (request.sent >= 0 && !sent))
        return false;
    limit_cpu();
    maybe_crash(raw);
    got =
        inspection_of_answer(raw, INSPECT_EML, request.date,
                             sent ? g_bytes_get_data(sent, NULL) : NULL, NULL);
    if (!got)
        return false;
    packed = inspection_pack(got);
    size = (int64_t)g_bytes_get_size(packed);
    return send_all(fd, &size, sizeof size) &&
           send_all(fd, g_bytes_get_data(packed, NULL), (gsize)size);
}

static void
be_reader(int fd, pid_t parent)
{
    sigset_t none;

    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    signal(SIGINT, SIG_IGN); /* Ctrl-C is for the parent to answer */
    signal(SIGTERM, SIG_DFL);
    signal(SIGSEGV, SIG_DFL);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(0);
    /* Neither the database nor a lock may outlive the parent in here. */
    if (fd != 3)
        dup2(fd, 3);
    close_range(4, ~0U, 0);
    limit_memory();
    while (serve_one(3))
        ;
    _exit(0);
}

/* ---- our side -------------------------------------------------------------
 */

Inspector *
inspector_new(void)
{
    Inspector *inspector = g_new0(Inspector, 1);

    inspector->fd = -1;
    return inspector;
}

static void
stop(Inspector *i, bool at_once)
{
    if (i->pid == 0)
        return;
    close(i->fd); /* it reads the end, and goes */
    if (at_once)
        kill(i->pid, SIGKILL);
    while (waitpid(i->pid, NULL, 0) < 0 && errno == EINTR)
        ;
    i->pid = 0;
    i->fd = -1;
}

void
inspector_free(Inspector *i)
{
    if (!i)
        return;
    stop(i, false);
    g_free(i);
}

static bool
start(Inspector *i, GError **error)
{
    pid_t parent = getpid();
    int pair[2];

    if (i->pid)
        return true;
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == 0) {
        fflush(NULL);
        i->pid = fork();
        if (i->pid == 0)
            be_reader(pair[1], parent);
        close(pair[1]);
        if (i->pid > 0) {
            i->fd = pair[0];
            return true;
        }
        close(pair[0]);
    }
    i->pid = 0;
    g_set_error(error, NURTURE_ERROR, ERROR_TEMPORARY, "no reader for mail: %s",
                g_strerror(errno));
    return false;
}

static Inspection *
ask(const Inspector *i, GBytes *raw, int64_t date, const char *sent)
{
    gsize length;
    const void *bytes = g_bytes_get_data(raw, &length);
    /* With its NUL: it is a string over there, too. */
    gsize sent_size = sent ? strlen(sent) + 1 : 0;
    const Request request = {(int64_t)length, date,
                             sent ? (int64_t)sent_size : -1};
    g_autoptr(GBytes) packed = NULL;
    int64_t size = 0;

    if (!send_all(i->fd, &request, sizeof request) ||
        !send_all(i->fd, bytes, length) || !send_all(i->fd, sent, sent_size) ||
        !receive_all(i->fd, &size, sizeof size, PATIENCE_MS) || size < 0 ||
        size > ANSWER_MAX)
        return NULL;
    packed = receive_bytes(i->fd, size, PATIENCE_MS);
    return packed ? inspection_unpack(packed) : NULL;
}

Inspection *
inspector_read(Inspector *i, GBytes *raw, int64_t date, const char *sent,
               bool *out_crashed, GError **error)
{
    Inspection *got;

    *out_crashed = false;
    if (!start(i, error))
        return NULL;
    got = ask(i, raw, date, sent);
    if (!got) {
        *out_crashed = true;
        stop(i, true);
    }
    return got;
}
