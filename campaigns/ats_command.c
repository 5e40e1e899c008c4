/* SPDX-License-Identifier: Apache-2.0 */
/* ats_command.c - run a command, its input and output held in memory */
#include "ats-command.h"

#include "nurture/clock.h"
#include "nurture/error.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define LIMIT_MS (2 * MINUTE_MS)

static int
memory_file(const char *text)
{
    int fd = memfd_create("nurture-ats", MFD_CLOEXEC);
    size_t left = text ? strlen(text) : 0;

    while (fd >= 0 && left > 0) {
        ssize_t n = write(fd, text, left);
        if (n <= 0) {
            close(fd);
            return -1;
        }
        text += n;
        left -= (size_t)n;
    }
    if (fd >= 0)
        lseek(fd, 0, SEEK_SET);
    return fd;
}

/* The exit status as waitpid() gives it; -1 when the time was up. */
static int
wait_for(GPid pid)
{
    int64_t until = clock_monotonic() + LIMIT_MS;
    int status = 0;

    while (waitpid(pid, &status, WNOHANG) == 0) {
        if (clock_monotonic() > until) {
            kill(-pid, SIGKILL); /* and whatever it started */
            waitpid(pid, &status, 0);
            return -1;
        }
        g_usleep(10000);
    }
    return status;
}

static void
own_group(gpointer unused)
{
    (void)unused;
    setpgid(0, 0);
}

static bool
run(const Workspace *w, const char *command, const char *name,
    const char *value, int in, int out, GError **error)
{
    const char *argv[] = {"/bin/sh", "-c", command, NULL};
    g_auto(GStrv) env = g_environ_setenv(g_get_environ(), name, value, TRUE);
    g_autoptr(GError) cause = NULL;
    GPid pid;
    int status;

    if (!g_spawn_async_with_fds(w->root, (char **)argv, env,
                                G_SPAWN_DO_NOT_REAP_CHILD, own_group, NULL,
                                &pid, in, out, -1, &cause)) {
        g_set_error(error, NURTURE_ERROR, ERROR_TEMPORARY, "'%s': %s", command,
                    cause->message);
        return false;
    }
    status = wait_for(pid);
    if (status == 0)
        return true;
    if (status == -1)
        g_set_error(error, NURTURE_ERROR, ERROR_TEMPORARY,
                    "'%s' took longer than two minutes", command);
    else
        g_set_error(error, NURTURE_ERROR, ERROR_TEMPORARY,
                    "'%s' ended with status %d", command,
                    WIFEXITED(status) ? WEXITSTATUS(status)
                                      : 128 + WTERMSIG(status));
    return false;
}

FILE *
ats_command_run(const Workspace *workspace, const char *command,
                const char *input, const char *name, const char *value,
                GError **error)
{
    int in = memory_file(input), out = memory_file(NULL);
    FILE *file = NULL;

    if (in < 0 || out < 0)
        g_set_error(error, NURTURE_ERROR, ERROR_TEMPORARY, "'%s': %s", command,
                    g_strerror(errno));
    else if (run(workspace, command, name, value, in, out, error)) {
        lseek(out, 0, SEEK_SET);
        file = fdopen(out, "r");
    }
    if (in >= 0)
        close(in);
    if (out >= 0 && !file)
        close(out);
    return file;
}
