/* SPDX-License-Identifier: Apache-2.0 */
/* watch.c - wait until a file of a folder is saved */
#include "watch.h"

#include "nurture/error.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/signalfd.h>
#include <unistd.h>

#define SAVED                                                                  \
    (IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_CREATE | IN_DELETE |    \
     IN_ONLYDIR)
#define SETTLE_MS 50 /* an editor saves in several steps */

struct Watch {
    char *root;
    int files, signals;
    sigset_t before;
};

static void
watch_folder(const Watch *w, const char *path)
{
    g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
    const char *name;

    if (!dir)
        return;
    inotify_add_watch(w->files, path, SAVED);
    while ((name = g_dir_read_name(dir))) {
        g_autofree char *inner = g_build_filename(path, name, NULL);
        if (name[0] != '.' && g_file_test(inner, G_FILE_TEST_IS_DIR) &&
            !g_file_test(inner, G_FILE_TEST_IS_SYMLINK))
            watch_folder(w, inner);
    }
}

Watch *
watch_start(const char *root, GError **error)
{
    Watch *w = g_new0(Watch, 1);
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    sigprocmask(SIG_BLOCK, &set, &w->before);
    w->root = g_strdup(root);
    w->signals = signalfd(-1, &set, SFD_CLOEXEC);
    w->files = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    if (w->signals < 0 || w->files < 0) {
        g_set_error(error, NURTURE_ERROR, ERROR_TEMPORARY,
                    "%s cannot be watched: %s", root, g_strerror(errno));
        watch_end(w);
        return NULL;
    }
    watch_folder(w, root);
    return w;
}

void
watch_end(Watch *w)
{
    if (!w)
        return;
    if (w->files >= 0)
        close(w->files);
    if (w->signals >= 0)
        close(w->signals);
    sigprocmask(SIG_SETMASK, &w->before, NULL);
    g_free(w->root);
    g_free(w);
}

/* Take what there is; was it about a file that is no editor's own? */
static bool
drain(const Watch *w)
{
    char buffer[4096] __attribute__((aligned(8)));
    bool saved = false;
    ssize_t n;

    while ((n = read(w->files, buffer, sizeof buffer)) > 0)
        for (ssize_t at = 0; at < n;) {
            const struct inotify_event *e = (const void *)(buffer + at);
            saved |= e->len > 0 && e->name[0] != '.' &&
                     !g_str_has_suffix(e->name, "~") &&
                     !g_str_has_suffix(e->name, ".swp");
            at += (ssize_t)(sizeof *e + e->len);
        }
    return saved;
}

bool
watch_wait(Watch *w)
{
    struct pollfd fds[] = {{.fd = w->signals, .events = POLLIN},
                           {.fd = w->files, .events = POLLIN}};
    bool saved = false;

    for (;;) {
        int n = poll(fds, 2, saved ? SETTLE_MS : -1);
        if (fds[0].revents || (n < 0 && errno != EINTR))
            return false;
        if (n == 0)
            break;
        if (n > 0)
            saved |= drain(w);
    }
    watch_folder(w, w->root); /* folders may be new */
    return true;
}
