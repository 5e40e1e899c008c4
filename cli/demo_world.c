/* SPDX-License-Identifier: Apache-2.0 */
/* demo_world.c - the demo's workspace, servers, clock and commands */
#include "demo-world.h"

#include "nurture/error.h"
#include "nurture/init.h"
#include "nurture/sink-inbox.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <gio/gio.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define MARKER ".nurture-demo"

static bool
failed(GError **error, const char *what)
{
    g_set_error(error, NURTURE_ERROR, ERROR_CONFIG, "%s: %s", what,
                g_strerror(errno));
    return false;
}

/* ---- files
 * ------------------------------------------------------------------- */

static int
remove_entry(const char *path, const struct stat *st, int type,
             struct FTW *where)
{
    (void)st;
    (void)type;
    (void)where;
    return remove(path);
}

/* Only a directory that a demo has made is made anew. */
static bool
clear_directory(const char *directory, GError **error)
{
    g_autofree char *marker = g_build_filename(directory, MARKER, NULL);

    if (!g_file_test(directory, G_FILE_TEST_EXISTS))
        return true;
    if (!g_file_test(marker, G_FILE_TEST_EXISTS)) {
        g_set_error(error, NURTURE_ERROR, ERROR_REFUSED,
                    "%s is there already and no demo has made it; name "
                    "another directory",
                    directory);
        return false;
    }
    return nftw(directory, remove_entry, 16, FTW_DEPTH | FTW_PHYS) == 0 ||
           failed(error, directory);
}

static bool
write_in(const char *directory, const char *name, const char *text,
         GError **error)
{
    g_autofree char *path = g_build_filename(directory, name, NULL);

    return g_file_set_contents(path, text, -1, error);
}

static bool
replace_in(const char *directory, const char *name, const char *old,
           const char *new, GError **error)
{
    g_autofree char *path = g_build_filename(directory, name, NULL);
    g_autofree char *text = NULL;
    g_autoptr(GString) changed = NULL;

    if (!g_file_get_contents(path, &text, NULL, error))
        return false;
    changed = g_string_new(text);
    if (g_string_replace(changed, old, new, 0) == 0)
        g_error("the example %s has no '%s'", name, old);
    return g_file_set_contents(path, changed->str, -1, error);
}

/* ---- servers
 * ----------------------------------------------------------------- */

static int
free_port(void)
{
    g_autoptr(GSocketListener) listener = g_socket_listener_new();

    return g_socket_listener_add_any_inet_port(listener, NULL, NULL);
}

static bool
start_sink(DemoWorld *w, GError **error)
{
    SinkOptions options = {.listen = "127.0.0.1:2525",
                           .store_dir = w->caught,
                           .log = w->sink_log,
                           .seed = 1};

    w->sink = sink_start(&options, NULL);
    if (!w->sink) { /* the port is taken: any other will do */
        options.listen = "127.0.0.1:0";
        w->sink = sink_start(&options, error);
    }
    if (!w->sink)
        return false;
    w->inbox = http_server_start("127.0.0.1:8025", true,
                                 sink_inbox_routes(w->caught), error);
    return w->inbox != NULL;
}

/* Point the example at the catcher, and let people be mailed. */
static bool
adapt_workspace(DemoWorld *w, GError **error)
{
    g_autofree char *smtp = g_strdup_printf(
        "  host: 127.0.0.1\n  port: %d\n  tls: off\n", sink_port(w->sink));
    g_autofree char *base =
        g_strdup_printf("base_url: http://127.0.0.1:%d", w->serve_port);

    return replace_in(w->directory, "nurture.yaml",
                      "  host: smtp.kestrel.example\n  port: 587\n"
                      "  tls: required\n  user: nurture\n"
                      "  password_from: env NURTURE_SMTP_PASSWORD\n",
                      smtp, error) &&
           replace_in(w->directory, "nurture.yaml",
                      "base_url: https://t.kestrel.example", base, error) &&
           replace_in(w->directory, "nurture.yaml", "opens: off      ",
                      "opens: consented", error) &&
           replace_in(w->directory, "nurture.yaml", "rate: 20 per minute",
                      "rate: 6000 per minute", error) &&
           replace_in(w->directory, "campaigns/engineering-update.md",
                      "status: draft", "status: ready", error) &&
           replace_in(w->directory, "campaigns/backend-nurture/campaign.md",
                      "status: draft", "status: ready", error);
}

static bool
start_clock(DemoWorld *w, int64_t now, GError **error)
{
    g_autofree char *path =
        g_build_filename(w->directory, ".nurture", "clock", NULL);
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

    if (fd < 0 || ftruncate(fd, sizeof *w->clock) != 0)
        return failed(error, path);
    w->clock =
        mmap(NULL, sizeof *w->clock, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    if (w->clock == MAP_FAILED)
        return failed(error, path);
    demo_set_clock(w, now);
    g_setenv("NURTURE_CLOCK_FILE", path, TRUE);
    return true;
}

void
demo_set_clock(DemoWorld *w, int64_t now)
{
    __atomic_store_n(w->clock, now, __ATOMIC_RELAXED);
    clock_set(now);
}

static bool
start_serve(DemoWorld *w, GError **error)
{
    g_autofree char *listen = g_strdup_printf("127.0.0.1:%d", w->serve_port);
    g_autofree char *ready =
        g_build_filename(w->directory, ".nurture", "serve.ready", NULL);

    w->serve =
        g_subprocess_new(G_SUBPROCESS_FLAGS_STDOUT_SILENCE, error, w->nurture,
                         "-C", w->directory, "serve", "--listen", listen,
                         "--once-ready-file", ready, NULL);
    for (int i = 0; w->serve && i < 200; i++) {
        if (g_file_test(ready, G_FILE_TEST_EXISTS))
            return true;
        g_usleep(50000);
    }
    if (w->serve)
        g_set_error(error, NURTURE_ERROR, ERROR_TEMPORARY,
                    "nurture serve did not start");
    return false;
}

bool
demo_world_open(DemoWorld *w, const char *directory, int64_t now,
                GError **error)
{
    const InitAnswers answers = {
        .company = (char[]){"Kestrel Labs"},
        .domain = (char[]){"mail.kestrel.example"},
        .time_zone = (char[]){"Europe/Berlin"},
        .database = (char[]){".nurture/nurture.db"},
        .postal_address =
            (char[]){"Kestrel Labs GmbH, Torstraße 1, 10119 Berlin, Germany"}};

    memset(w, 0, sizeof *w);
    w->nurture = g_file_read_link("/proc/self/exe", error);
    if (!w->nurture || !clear_directory(directory, error))
        return false;
    if (g_mkdir_with_parents(directory, 0755) != 0)
        return failed(error, directory);
    w->directory = g_canonicalize_filename(directory, NULL);
    w->caught = g_build_filename(w->directory, ".nurture", "caught", NULL);
    w->sink_log = g_build_filename(w->directory, ".nurture", "sink.log", NULL);
    if (g_mkdir_with_parents(w->caught, 0700) != 0)
        return failed(error, w->caught);
    w->serve_port = free_port();
    return write_in(w->directory, MARKER, "made by nurture demo\n", error) &&
           workspace_init(w->directory, &answers, error) &&
           start_sink(w, error) && adapt_workspace(w, error) &&
           start_clock(w, now, error);
}

bool
demo_world_serve(DemoWorld *w, GError **error)
{
    return start_serve(w, error);
}

void
demo_world_close(DemoWorld *w)
{
    if (w->serve) {
        g_subprocess_send_signal(w->serve, SIGTERM);
        g_subprocess_wait(w->serve, NULL, NULL);
        g_clear_object(&w->serve);
    }
    if (w->inbox)
        http_server_stop(w->inbox);
    if (w->sink)
        sink_stop(w->sink);
    if (w->clock && w->clock != MAP_FAILED)
        munmap(w->clock, sizeof *w->clock);
    g_free(w->nurture);
    g_free(w->directory);
    g_free(w->caught);
    g_free(w->sink_log);
}

/* ---- commands
 * ----------------------------------------------------------------- */

char *
demo_run(DemoWorld *w, GError **error, const char *first, ...)
{
    g_autoptr(GPtrArray) argv = g_ptr_array_new();
    g_autoptr(GSubprocess) child = NULL;
    char *output = NULL;
    const char *word;
    va_list args;

    g_ptr_array_add(argv, w->nurture);
    g_ptr_array_add(argv, (char[]){"-C"});
    g_ptr_array_add(argv, w->directory);
    g_ptr_array_add(argv, (gpointer)first);
    va_start(args, first);
    while ((word = va_arg(args, const char *)))
        g_ptr_array_add(argv, (gpointer)word);
    va_end(args);
    g_ptr_array_add(argv, NULL);
    child = g_subprocess_newv((const char *const *)argv->pdata,
                              G_SUBPROCESS_FLAGS_STDOUT_PIPE, error);
    if (!child ||
        !g_subprocess_communicate_utf8(child, NULL, NULL, &output, NULL, error))
        return NULL;
    if (g_subprocess_get_exit_status(child) != 0) {
        g_set_error(error, NURTURE_ERROR, ERROR_TEMPORARY,
                    "nurture %s ended with %d:\n%s", first,
                    g_subprocess_get_exit_status(child), output);
        g_free(output);
        return NULL;
    }
    return output;
}
