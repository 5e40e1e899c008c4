/* SPDX-License-Identifier: Apache-2.0 */
/* test_delivery_faults.c - broken connections, two runs at once, crashes */
#include "mta-post.h"

#include "mta/failpoint.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

/* Each fault at each verb, with CHUNKING offered or not:
 * what state does one message end in, and does a second run mend it? */
static const struct {
    const char *fault, *state; /* state: after the first run */
    bool fails;                /* the first run is ERROR_TEMPORARY */
} faults[] = {
    {"CONNECT:421", "scheduled", true},
    {"CONNECT:5xx", "scheduled", true},
    {"CONNECT:drop", "scheduled", true},
    {"EHLO:421", "scheduled", true},
    {"EHLO:drop", "scheduled", true},
    {"MAIL:4xx", "deferred", false},
    {"MAIL:5xx", "dead", false},
    {"MAIL:421", "scheduled", false},
    {"MAIL:drop", "scheduled", false},
    {"MAIL:garbage", "scheduled", false},
    {"RCPT:4xx", "deferred", false},
    {"RCPT:5xx", "bounced", false},
    {"RCPT:421", "deferred", false},
    {"RCPT:drop", "scheduled", false},
    {"DATA:4xx", "deferred", false},
    {"DATA:5xx", "dead", false},
    {"DATA:drop", "scheduled", false},
    {"BODY:drop", NULL, false}, /* either side of the mark */
    {"DOT:4xx", "deferred", false},
    {"DOT:5xx", "dead", false},
    {"DOT:421", "deferred", false},
    {"DOT:drop", "in_doubt", false},
    {"DOT:late", "in_doubt", false},
    {"DOT:garbage", NULL, false},
    {"QUIT:drop", "sent", false},
};

static void
run_fault(const char *fault, const char *state, bool fails, bool chunking)
{
    const char *list[] = {fault, NULL};
    Post p;
    g_autoptr(GError) error = NULL;
    g_autofree char *got = NULL;

    post_init(&p, 1, (SinkOptions){.faults = list, .chunking = chunking});
    g_test_message("%s chunking=%d", fault, chunking);
    g_assert_cmpint(run_at(&p, p.w->store, NOW, &error), ==, !fails);
    if (fails)
        g_assert_error(error, NURTURE_ERROR, ERROR_TEMPORARY);
    else
        g_assert_no_error(error);
    got = world_text(p.w->store, "SELECT state FROM message");
    g_test_message("-> %s", got);
    if (state)
        g_assert_cmpstr(got, ==, state);
    assert_invariants(&p, 1);
    p.options.faults = NULL;
    sink_restart(&p);
    g_clear_error(&error);
    g_assert_true(run_at(&p, p.w->store, NOW + HOUR_MS, &error));
    assert_invariants(&p, 1);
    if (strcmp(got, "scheduled") == 0 || strcmp(got, "deferred") == 0)
        g_assert_cmpint(world_int(p.w->store, "SELECT count(*) FROM message"
                                              " WHERE state = 'sent'"),
                        ==, 1);
    post_clear(&p);
}

static void
test_faults(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(faults); i++)
        run_fault(faults[i].fault, faults[i].state, faults[i].fails, false);
}

static void
test_faults_chunking(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(faults); i++)
        if (!g_str_has_prefix(faults[i].fault, "DATA"))
            run_fault(faults[i].fault, faults[i].state, faults[i].fails, true);
}

/* The ways of mta/transport.h. */
static const struct {
    const char *name;
    SinkOptions options;
    int window;
} ways[] = {
    {"pipelined", {.chunking = false}, 0},
    {"plain", {.no_pipelining = true}, 0},
    {"chunking not used", {.chunking = true}, 0},
    {"window", {.chunking = true}, 4},
};

/* Each fault now and then among several messages, so that it meets overlapping
 * transactions at any place; in the end every message is explained. */
static void
fault_among_many(gsize way, gsize i)
{
    g_autofree char *fault = g_strconcat(faults[i].fault, ":200", NULL);
    const char *list[] = {fault, NULL};
    SinkOptions options = ways[way].options;
    Post p;
    int64_t now = NOW;

    options.faults = list;
    options.seed = i;
    post_init(&p, 12, options);
    p.w->workspace.smtp.window = ways[way].window;
    g_test_message("%s %s", ways[way].name, fault);
    for (int run = 0; run < 12; run++, now += 4 * HOUR_MS) {
        g_autoptr(GError) error = NULL;
        if (!run_at(&p, p.w->store, now, &error))
            g_assert_error(error, NURTURE_ERROR, ERROR_TEMPORARY);
        assert_invariants(&p, 12);
    }
    g_assert_cmpint(world_int(p.w->store,
                              "SELECT count(*) FROM message WHERE state"
                              " IN ('sent', 'in_doubt', 'bounced', 'dead')"),
                    ==, 12);
    post_clear(&p);
}

static void
test_faults_among_many(void)
{
    for (gsize way = 0; way < G_N_ELEMENTS(ways); way++)
        for (gsize i = 0; i < G_N_ELEMENTS(faults); i++)
            fault_among_many(way, i);
}

/* A server that never answers the dot: waiting has a limit, on every way. */
static void
hang_among_many(gsize way)
{
    static const char *const list[] = {"DOT:hang", NULL};
    SinkOptions options = ways[way].options;
    Post p;
    g_autoptr(GError) error = NULL;

    options.faults = list;
    post_init(&p, 6, options);
    p.w->workspace.smtp.window = ways[way].window;
    g_test_message("%s", ways[way].name);
    if (!run_at(&p, p.w->store, NOW, &error))
        g_assert_error(error, NURTURE_ERROR, ERROR_TEMPORARY);
    assert_invariants(&p, 6);
    g_assert_cmpint(world_int(p.w->store, "SELECT count(*) FROM message"
                                          " WHERE state = 'in_doubt'"),
                    >=, 1);
    g_assert_cmpint(world_int(p.w->store,
                              "SELECT count(*) FROM message"
                              " WHERE state NOT IN ('in_doubt', 'scheduled')"),
                    ==, 0);
    post_clear(&p);
}

static void
test_hang(void)
{
    g_setenv("NURTURE_TESTING", "1", TRUE);
    g_setenv("NURTURE_SMTP_TIMEOUT", "150", TRUE);
    run_fault("DOT:hang", "in_doubt", false, false);
    for (gsize way = 0; way < G_N_ELEMENTS(ways); way++)
        hang_among_many(way);
    g_unsetenv("NURTURE_SMTP_TIMEOUT");
    g_unsetenv("NURTURE_TESTING");
}

/* Many faults at random, run after run until nothing is due. */
static void
test_mixed_faults(void)
{
    static const char *const list[] = {"MAIL:4xx:30",   "MAIL:drop:30",
                                       "RCPT:4xx:30",   "RCPT:drop:30",
                                       "DATA:drop:30",  "DOT:4xx:30",
                                       "DOT:drop:30",   "DOT:late:30",
                                       "QUIT:drop:100", NULL};

    for (gsize way = 0; way < G_N_ELEMENTS(ways); way++) {
        SinkOptions options = ways[way].options;
        Post p;
        int64_t now = NOW;
        options.faults = list;
        options.seed = 42;
        post_init(&p, 200, options);
        p.w->workspace.smtp.window = ways[way].window;
        g_test_message("%s", ways[way].name);
        for (int i = 0; i < 12; i++, now += 4 * HOUR_MS) {
            g_autoptr(GError) error = NULL;
            if (!run_at(&p, p.w->store, now, &error))
                g_assert_error(error, NURTURE_ERROR, ERROR_TEMPORARY);
            assert_invariants(&p, 200);
        }
        g_assert_cmpint(world_int(p.w->store,
                                  "SELECT count(*) FROM message"
                                  " WHERE state IN ('sent', 'in_doubt')"),
                        ==, 200);
        post_clear(&p);
    }
}

typedef struct {
    Post *post;
    GError *error;
} Runner;

static gpointer
run_thread(gpointer data)
{
    Runner *r = data;
    g_autoptr(Store) store =
        store_open(r->post->w->path, STORE_EXISTING, &r->error);
    DeliveryOptions options = {.workspace = &r->post->w->workspace,
                               .keys = r->post->w->keys,
                               .composer = &r->post->w->composer};
    DeliveryResult result;

    if (store)
        delivery_run(store, &options, NOW, &result, &r->error);
    delivery_result_clear(&result);
    return NULL;
}

static void
test_two_runs_at_once(void)
{
    Post p;
    Runner runners[2];
    GThread *threads[2];

    post_init(&p, 300, (SinkOptions){0});
    g_string_free(p.w->told, TRUE);
    p.w->told = NULL; /* settled() would run on two threads */
    for (int i = 0; i < 2; i++) {
        runners[i] = (Runner){&p, NULL};
        threads[i] = g_thread_new("run", run_thread, &runners[i]);
    }
    for (int i = 0; i < 2; i++) {
        g_thread_join(threads[i]);
        g_assert_no_error(runners[i].error);
    }
    p.w->told = g_string_new(NULL);
    assert_invariants(&p, 300);
    g_assert_cmpint(world_int(p.w->store,
                              "SELECT count(*) FROM message"
                              " WHERE state = 'sent' AND attempt = 1"),
                    ==, 300);
    post_clear(&p);
}

/* Deliver in a child that dies at `point`. */
static void
run_child(const Post *p, const char *point)
{
    pid_t pid = fork();
    int status;

    g_assert_cmpint(pid, >=, 0);
    if (pid == 0) {
        Runner r = {(Post *)p, NULL};
        failpoint("none"); /* the environment is read once */
        failpoint_arm(point);
        run_thread(&r);
        _exit(r.error ? 1 : 0);
    }
    g_assert_cmpint(waitpid(pid, &status, 0), ==, pid);
    g_assert_true(WIFSIGNALED(status));
    g_assert_cmpint(WTERMSIG(status), ==, SIGKILL);
}

/* The truth table of delivery.md 2.3, first for one message with `hold`. */
static void
test_crashes(void)
{
    static const struct {
        const char *point, *after_reap, *in_the_end;
        int copies;
    } cases[] = {
        {"claim.pre", "scheduled", "sent", 1},
        {"claim.post", "scheduled", "sent", 1},
        {"mark.pre", "scheduled", "sent", 1},
        {"mark.post", "in_doubt", "in_doubt", 0},
        {"reply.got", "in_doubt", "in_doubt", 1},
        {"result.pre", "in_doubt", "in_doubt", 1},
        {"result.post", "sent", "sent", 1},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        Post p;
        g_autoptr(GError) error = NULL;
        g_autofree char *state = NULL, *later = NULL;
        GHashTable *seen;
        post_init(&p, 1, (SinkOptions){0});
        g_test_message("%s", cases[i].point);
        run_child(&p, cases[i].point);
        g_assert_true(delivery_reap(p.w->store, p.w->dir, &p.w->composer, NOW,
                                    NULL, &error));
        state = world_text(p.w->store, "SELECT state FROM message");
        g_assert_cmpstr(state, ==, cases[i].after_reap);
        assert_invariants(&p, 1);
        g_assert_true(run_at(&p, p.w->store, NOW + 1, &error));
        later = world_text(p.w->store, "SELECT state FROM message");
        g_assert_cmpstr(later, ==, cases[i].in_the_end);
        assert_invariants(&p, 1);
        seen = accepted(&p);
        g_assert_cmpuint(g_hash_table_size(seen), ==, (guint)cases[i].copies);
        g_hash_table_unref(seen);
        post_clear(&p);
    }
}

/* Deaths in the middle of a hundred messages, again and again. */
static void
many_crashes(SinkOptions options, int window)
{
    static const char *const points[] = {
        "mark.post:3", "result.pre:5",  "claim.post:1", "reply.got:7",
        "mark.pre:4",  "result.post:2", "mark.post:1"};
    Post p;
    g_autoptr(GError) error = NULL;

    options.latency_ms = 1;
    post_init(&p, 100, options);
    p.w->workspace.smtp.window = window;
    for (gsize i = 0; i < G_N_ELEMENTS(points); i++) {
        run_child(&p, points[i]);
        assert_invariants(&p, 100);
    }
    g_assert_true(run_at(&p, p.w->store, NOW, &error));
    assert_invariants(&p, 100);
    g_assert_cmpint(world_int(p.w->store,
                              "SELECT count(*) FROM message"
                              " WHERE state NOT IN ('sent', 'in_doubt')"),
                    ==, 0);
    /* at most one per connection and crash, or a window of them */
    g_assert_cmpint(world_int(p.w->store, "SELECT count(*) FROM message"
                                          " WHERE state = 'in_doubt'"),
                    <=, 14 * MAX(1, window));
    post_clear(&p);
}

static void
test_many_crashes(void)
{
    for (gsize way = 0; way < G_N_ELEMENTS(ways); way++)
        many_crashes(ways[way].options, ways[way].window);
}

/* Crash between the dot and its result, with `resend`: two copies, the same. */
static void
test_crash_resend(void)
{
    Post p;
    g_autoptr(GError) error = NULL;
    g_autofree char *first = NULL, *second = NULL;

    post_init(&p, 1, (SinkOptions){0});
    world_exec(p.w->store, "UPDATE campaign SET on_doubt = 'resend'");
    run_child(&p, "result.pre");
    g_assert_true(run_at(&p, p.w->store, NOW, &error));
    g_assert_true(run_at(&p, p.w->store, NOW + HOUR_MS, &error));
    assert_invariants(&p, 1);
    first = mail_file(&p, 1);
    second = mail_file(&p, 2);
    g_assert_nonnull(second);
    g_assert_cmpstr(first, ==, second); /* rendered again, the same bytes */
    post_clear(&p);
}

static ComposeVerdict
compose_other(gpointer data, Store *store, const ClaimedMessage *row,
              int64_t now, ComposedMail *out, int64_t *out_retry_at,
              char **out_reason, GError **error)
{
    world_compose(data, store, row, now, out, out_retry_at, out_reason, error);
    g_free(out->text);
    out->text = g_strdup("Something else.\n");
    return COMPOSE_OK;
}

/* Another text under the same Message-ID is not sent without a human. */
static void
test_crash_changed_text(void)
{
    Post p;
    g_autoptr(GError) error = NULL;

    post_init(&p, 1, (SinkOptions){0});
    world_exec(p.w->store, "UPDATE campaign SET on_doubt = 'resend'");
    run_child(&p, "result.pre");
    p.w->composer.compose = compose_other;
    g_assert_true(run_at(&p, p.w->store, NOW, &error));
    g_assert_true(run_at(&p, p.w->store, NOW + HOUR_MS, &error));
    g_assert_cmpint(world_int(p.w->store, "SELECT count(*) FROM message"
                                          " WHERE state = 'in_doubt'"),
                    ==, 1);
    g_assert_null(mail_file(&p, 2));
    post_clear(&p);
}

int
main(int argc, char **argv)
{
    static const struct {
        const char *path;
        void (*test)(void);
    } tests[] = {
        {"/delivery/faults", test_faults},
        {"/delivery/faults-chunking", test_faults_chunking},
        {"/delivery/faults-among-many", test_faults_among_many},
        {"/delivery/hang", test_hang},
        {"/delivery/mixed-faults", test_mixed_faults},
        {"/delivery/two-runs-at-once", test_two_runs_at_once},
        {"/delivery/crashes", test_crashes},
        {"/delivery/many-crashes", test_many_crashes},
        {"/delivery/crash-resend", test_crash_resend},
        {"/delivery/crash-changed-text", test_crash_changed_text},
    };

    g_test_init(&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(tests); i++)
        g_test_add_func(tests[i].path, tests[i].test);
    return g_test_run();
}
