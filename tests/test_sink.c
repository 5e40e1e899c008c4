/* SPDX-License-Identifier: Apache-2.0 */
/* test_sink.c - the SMTP catcher is strict, durable, and bad on order */
#include "nurture/sink.h"

#include "nurture/error.h"

#include <glib/gstdio.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define START   "EHLO me\r\nMAIL FROM:<a@x.test>\r\nRCPT TO:<b@y.test>\r\n"
#define MESSAGE "Message-ID: <one@x.test>\r\nSubject: s\r\n\r\nbody\r\n"
#define ANSWERS "220 ", "250-", "250 2.1.0", "250 2.1.5"

typedef struct {
    char *dir, *log;
    Sink *sink;
} Fixture;

static void
start(Fixture *f, SinkOptions options)
{
    g_autoptr(GError) error = NULL;

    f->dir = g_dir_make_tmp("nurture-sink-XXXXXX", NULL);
    f->log = g_build_filename(f->dir, "log", NULL);
    options.listen = "127.0.0.1:0";
    options.store_dir = f->dir;
    options.log = f->log;
    f->sink = sink_start(&options, &error);
    g_assert_no_error(error);
}

static void
stop(Fixture *f)
{
    GDir *dir = g_dir_open(f->dir, 0, NULL);
    const char *name;

    sink_stop(f->sink);
    while ((name = g_dir_read_name(dir))) {
        g_autofree char *path = g_build_filename(f->dir, name, NULL);
        g_unlink(path);
    }
    g_dir_close(dir);
    g_rmdir(f->dir);
    g_free(f->dir);
    g_free(f->log);
}

/* Send all of `text`, close our side, and read until the sink closes. */
static char *
talk_bytes(const Fixture *f, const char *text, gsize length)
{
    struct sockaddr_in to = {.sin_family = AF_INET,
                             .sin_port = htons((uint16_t)sink_port(f->sink)),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    GString *got = g_string_new(NULL);
    char buffer[4096];
    ssize_t n;

    g_assert_cmpint(connect(fd, (struct sockaddr *)&to, sizeof to), ==, 0);
    g_assert_cmpint(send(fd, text, length, MSG_NOSIGNAL), ==, (gssize)length);
    while ((n = recv(fd, buffer, sizeof buffer, 0)) > 0)
        g_string_append_len(got, buffer, n);
    close(fd);
    return g_string_free(got, FALSE);
}

static char *
talk(const Fixture *f, const char *text)
{
    return talk_bytes(f, text, strlen(text));
}

/* The first lines' beginnings, multi-line replies being one. */
static void
assert_answers(const char *got, const char *const *want)
{
    g_auto(GStrv) lines = g_strsplit(got, "\r\n", -1);
    char **line = lines;

    for (; *want; want++) {
        g_assert_nonnull(*line);
        if (!g_str_has_prefix(*line, *want))
            g_error("'%s' wanted in:\n%s", *want, got);
        while (strlen(*line) > 3 && (*line)[3] == '-')
            line++;
        line++;
    }
}

static guint
log_lines(const Fixture *f)
{
    g_autofree char *text = NULL;
    guint n = 0;

    g_assert_true(g_file_get_contents(f->log, &text, NULL, NULL));
    for (const char *p = text; *p; p++)
        n += *p == '\n';
    return n;
}

static void
test_accepts(void)
{
    static const char *const want[] = {ANSWERS, "354", "250 2.0.0", "221",
                                       NULL};
    Fixture f;
    g_autofree char *got = NULL, *text = NULL, *path = NULL, *log = NULL;

    start(&f, (SinkOptions){0});
    got = talk(&f, START "DATA\r\n" MESSAGE "..dot\r\n.\r\nQUIT\r\n");
    assert_answers(got, want);
    path = g_build_filename(f.dir, "one.eml", NULL);
    g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
    g_assert_cmpstr(text, ==, MESSAGE ".dot\r\n");
    g_assert_true(g_file_get_contents(f.log, &log, NULL, NULL));
    g_assert_nonnull(strstr(log, " id=<one@x.test> from=<a@x.test> "
                                 "to=<b@y.test> size=52 sha256="));
    stop(&f);
}

static void
test_chunks(void)
{
    static const char *const want[] = {ANSWERS, "250 2.0.0 chunk",
                                       "250 2.0.0 kept", "221", NULL};
    Fixture f;
    g_autofree char *got = NULL;

    start(&f, (SinkOptions){.chunking = true});
    got = talk(&f, START "BDAT 7\r\nA: b\r\n\r"
                         "BDAT 4 LAST\r\n\n.\r\nQUIT\r\n");
    assert_answers(got, want);
    g_assert_cmpuint(log_lines(&f), ==, 1);
    stop(&f);
}

/* What other servers may take for the end of a message is content here, and
 * content with a bare CR or LF is refused. */
static void
test_smuggling(void)
{
    static const char *const ends[] = {"\n.\n", "\n.\r\n", "\r.\r", "\r\n.\n",
                                       "\r\n.\r"};
    static const char *const want[] = {ANSWERS, "354", "550 5.6.11", "221",
                                       NULL};
    Fixture f;

    start(&f, (SinkOptions){0});
    for (gsize i = 0; i < G_N_ELEMENTS(ends); i++) {
        g_autofree char *text = g_strconcat(
            START "DATA\r\n" MESSAGE, ends[i],
            "MAIL FROM:<evil@x.test>\r\nRCPT TO:<c@y.test>\r\nDATA\r\n" MESSAGE
            ".\r\nQUIT\r\n",
            NULL);
        g_autofree char *got = talk(&f, text);
        assert_answers(got, want);
    }
    g_assert_cmpuint(log_lines(&f), ==, 0);
    stop(&f);
}

static void
test_order(void)
{
    static const struct {
        const char *text, *want[8];
    } cases[] = {
        {"MAIL FROM:<a@x.test>\r\nQUIT\r\n", {"220", "503", "221"}},
        {"EHLO x\r\nRCPT TO:<a@x.test>\r\nQUIT\r\n", {"220", "250", "503"}},
        {"EHLO x\r\nDATA\r\nQUIT\r\n", {"220", "250", "503", "221"}},
        {"EHLO x\r\nMAIL FROM:<a>b>\r\nQUIT\r\n", {"220", "250", "501"}},
        {"EHLO x\r\nMAIL FROM:<>\r\nRCPT TO:<>\r\nQUIT\r\n",
         {"220", "250", "250", "501", "221"}},
        {"EHLO x\r\nMAIL FROM:<a@x.test>\r\nDATA\r\nQUIT\r\n",
         {"220", "250", "250", "554", "221"}},
        {"EHLO x\nQUIT\r\n", {"220", "500"}},
        {"BDAT 3 LAST\r\nQUIT\r\n", {"220", "500", "221"}},
        {"NOPE\r\nNOOP\r\nRSET\r\nQUIT\r\n",
         {"220", "500", "250", "250", "221"}},
    };
    Fixture f;

    start(&f, (SinkOptions){0});
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *got = talk(&f, cases[i].text);
        assert_answers(got, cases[i].want);
    }
    stop(&f);
}

static void
test_faults(void)
{
    static const struct {
        const char *fault, *want[8];
        bool accepted;
    } cases[] = {
        {"CONNECT:421", {"421"}, false},
        {"CONNECT:drop", {NULL}, false},
        {"EHLO:5xx", {"220", "554"}, false},
        {"MAIL:4xx", {"220", "250", "451", "503"}, false},
        {"RCPT:5xx", {"220", "250", "250", "550 5.1.1", "554"}, false},
        {"RCPT:garbage", {"220", "250", "250", "\001"}, false},
        {"DATA:4xx", {ANSWERS, "451"}, false},
        {"BODY:drop", {NULL}, false},
        {"DOT:4xx", {ANSWERS, "354", "451"}, false},
        {"DOT:5xx", {ANSWERS, "354", "554"}, false},
        {"DOT:421", {ANSWERS, "354", "421"}, false},
        {"DOT:drop", {NULL}, false},
        {"DOT:late", {ANSWERS, "354", ""}, true},
        {"QUIT:drop", {NULL}, true},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        const char *faults[] = {cases[i].fault, NULL};
        Fixture f;
        g_autofree char *got = NULL;
        start(&f, (SinkOptions){.faults = faults});
        got = talk(&f, START "DATA\r\n" MESSAGE ".\r\nQUIT\r\n");
        assert_answers(got, cases[i].want);
        if (log_lines(&f) != cases[i].accepted)
            g_error("%s: accepted is wrong", cases[i].fault);
        stop(&f);
    }
}

static void
test_fault_times(void)
{
    static const char *const faults[] = {"MAIL:4xx:1000:1", NULL};
    static const char *const want[] = {"220",       "250", "451",
                                       "250 2.1.0", "221", NULL};
    Fixture f;
    g_autofree char *got = NULL;

    start(&f, (SinkOptions){.faults = faults});
    got = talk(&f, "EHLO x\r\nMAIL FROM:<a@x.test>\r\n"
                   "MAIL FROM:<a@x.test>\r\nQUIT\r\n");
    assert_answers(got, want);
    stop(&f);
}

static void
test_login(void)
{
    static const char *const want[] = {"220", "250",     "530", "535",
                                       "235", "250 2.1", "221", NULL};
    g_autofree char *good =
        g_base64_encode((const guchar *)"\0anna\0secret", 12);
    g_autofree char *bad =
        g_base64_encode((const guchar *)"\0anna\0wrong!", 12);
    g_autofree char *text =
        g_strdup_printf("EHLO x\r\nMAIL FROM:<a@x.test>\r\nAUTH PLAIN %s\r\n"
                        "AUTH PLAIN %s\r\nMAIL FROM:<a@x.test>\r\nQUIT\r\n",
                        bad, good);
    Fixture f;
    g_autofree char *got = NULL;

    start(&f, (SinkOptions){.login = "anna:secret"});
    got = talk(&f, text);
    assert_answers(got, want);
    stop(&f);
}

static void
test_refused_options(void)
{
    static const char *const listen[] = {"0.0.0.0:0", "192.0.2.1:25",
                                         "2525",      "127.0.0.1:x",
                                         "[::]:0",    "example:1"};
    static const char *const faults[] = {"NOPE:drop", "DOT",
                                         "DOT:never", "DOT:drop:1001",
                                         "BODY:4xx",  "DOT:drop:1:1:1:1"};

    for (gsize i = 0; i < G_N_ELEMENTS(listen); i++) {
        g_autoptr(GError) error = NULL;
        SinkOptions options = {.listen = listen[i]};
        g_assert_null(sink_start(&options, &error));
        g_assert_error(error, NURTURE_ERROR, ERROR_USAGE);
    }
    for (gsize i = 0; i < G_N_ELEMENTS(faults); i++) {
        g_autoptr(GError) error = NULL;
        const char *list[] = {faults[i], NULL};
        SinkOptions options = {.listen = "127.0.0.1:0", .faults = list};
        g_assert_null(sink_start(&options, &error));
        g_assert_error(error, NURTURE_ERROR, ERROR_USAGE);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/sink/accepts", test_accepts);
    g_test_add_func("/sink/chunks", test_chunks);
    g_test_add_func("/sink/smuggling", test_smuggling);
    g_test_add_func("/sink/order", test_order);
    g_test_add_func("/sink/faults", test_faults);
    g_test_add_func("/sink/fault-times", test_fault_times);
    g_test_add_func("/sink/login", test_login);
    g_test_add_func("/sink/refused-options", test_refused_options);
    return g_test_run();
}
