/* SPDX-License-Identifier: Apache-2.0 */
/* test_delivery.c - mail through a real connection, good days and bad
 *
 * The sink's log is the oracle: a line is on the disk before a 250. After
 * every run: what is `sent` was accepted, what was accepted is sent or in
 * doubt, nothing was accepted more often than it may be. */
#include "mta-fixture.h"

#include "mta/failpoint.h"
#include "nurture/log.h"
#include "nurture/sink.h"

#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

typedef struct {
    World *w;
    Sink *sink;
    char *log, *store_dir;
    SinkOptions options;
    DeliveryResult result;
} Post;

static void
sink_restart(Post *p)
{
    g_autoptr(GError) error = NULL;

    sink_stop(p->sink);
    p->sink = sink_start(&p->options, &error);
    g_assert_no_error(error);
    p->w->workspace.smtp.port = sink_port(p->sink);
}

static void
post_init(Post *p, int messages, SinkOptions options)
{
    char id[MESSAGE_ID_TEXT];

    *p = (Post){.w = world_new(true), .options = options};
    p->log = g_build_filename(p->w->dir, "sink.log", NULL);
    p->store_dir = g_build_filename(p->w->dir, "mail", NULL);
    p->options.listen = "127.0.0.1:0";
    p->options.log = p->log;
    p->options.store_dir = p->store_dir;
    for (int i = 0; i < messages; i++)
        world_add(p->w, i + 1, "campaign", id);
    sink_restart(p);
}

static void
post_clear(Post *p)
{
    sink_stop(p->sink);
    delivery_result_clear(&p->result);
    g_free(p->log);
    g_free(p->store_dir);
    world_free(p->w);
}

static bool
run_at(Post *p, Store *store, int64_t now, GError **error)
{
    DeliveryOptions options = {.workspace = &p->w->workspace,
                               .keys = p->w->keys,
                               .composer = &p->w->composer};

    delivery_result_clear(&p->result);
    return delivery_run(store, &options, now, &p->result, error);
}

/* message id -> how often the sink accepted it */
static GHashTable *
accepted(const Post *p)
{
    GHashTable *seen =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_autofree char *text = NULL;
    g_auto(GStrv) lines = NULL;

    g_assert_true(g_file_get_contents(p->log, &text, NULL, NULL));
    lines = g_strsplit(text, "\n", -1);
    for (char **line = lines; *line && **line; line++) {
        const char *from = strstr(*line, "from=<bounces+");
        char id[MESSAGE_ID_TEXT];
        g_assert_nonnull(from);
        g_assert_true(
            mail_token_read(p->w->keys, MAIL_TOKEN_BOUNCE, from + 14, 34, id));
        int n = GPOINTER_TO_INT(g_hash_table_lookup(seen, id));
        g_hash_table_insert(seen, g_strdup(id), GINT_TO_POINTER(n + 1));
    }
    return seen;
}

/* I1 to I5 of delivery.md. */
static void
assert_invariants(const Post *p, int messages)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Store) store = store_open(p->w->path, STORE_EXISTING, &error);
    GHashTable *seen = accepted(p);
    g_autoptr(Statement) st = NULL;
    int rows = 0;
    guint known = 0;

    g_assert_no_error(error);
    st = store_prepare(store,
                       "SELECT message_id, state, refusals, resends, owner"
                       " FROM message",
                       &error);
    while (statement_step(st)) {
        const char *id = statement_text(st, 0), *state = statement_text(st, 1);
        int n = GPOINTER_TO_INT(g_hash_table_lookup(seen, id));
        rows++;
        known += n > 0;
        g_assert_cmpint(n, <=, 1 + statement_int(st, 2) + statement_int(st, 3));
        if (strcmp(state, "sent") == 0)
            g_assert_cmpint(n, >=, 1); /* no false sent */
        if (n > 0 && strcmp(state, "sent") && strcmp(state, "in_doubt") &&
            strcmp(state, "committing"))
            g_error("accepted, but %s", state);
        g_assert_cmpint(!statement_is_null(st, 4), ==,
                        !strcmp(state, "claimed") ||
                            !strcmp(state, "committing"));
    }
    statement_end(st, &error);
    g_assert_no_error(error);
    g_assert_cmpint(rows, ==, messages);
    g_assert_cmpuint(known, ==, g_hash_table_size(seen));
    g_assert_true(store_check(store, &error));
    g_hash_table_unref(seen);
}

static void
test_all_sent(void)
{
    Post p;
    g_autoptr(GError) error = NULL;
    SinkCounts counts;

    post_init(&p, 25, (SinkOptions){0});
    g_assert_true(run_at(&p, p.w->store, NOW, &error));
    g_assert_no_error(error);
    g_assert_cmpint(p.result.sent, ==, 25);
    assert_invariants(&p, 25);
    sink_count(p.sink, &counts);
    g_assert_cmpint(counts.connections, <=, 2); /* they are kept */
    g_assert_cmpint(counts.messages, ==, 25);
    g_assert_cmpint(world_int(p.w->store, "SELECT count(*) FROM worker"), ==,
                    0);
    post_clear(&p);
}

static void
test_chunking(void)
{
    Post p;
    g_autoptr(GError) error = NULL;

    post_init(&p, 5, (SinkOptions){.chunking = true});
    g_assert_true(run_at(&p, p.w->store, NOW, &error));
    g_assert_cmpint(p.result.sent, ==, 5);
    assert_invariants(&p, 5);
    post_clear(&p);
}

static void
test_no_pipelining(void)
{
    Post p;
    g_autoptr(GError) error = NULL;

    post_init(&p, 5, (SinkOptions){.no_pipelining = true});
    g_assert_true(run_at(&p, p.w->store, NOW, &error));
    g_assert_cmpint(p.result.sent, ==, 5);
    assert_invariants(&p, 5);
    post_clear(&p);
}

static void
test_limit(void)
{
    Post p;
    g_autoptr(GError) error = NULL;
    DeliveryOptions options;

    post_init(&p, 10, (SinkOptions){0});
    options = (DeliveryOptions){.workspace = &p.w->workspace,
                                .keys = p.w->keys,
                                .composer = &p.w->composer,
                                .limit = 4};
    g_assert_true(delivery_run(p.w->store, &options, NOW, &p.result, &error));
    g_assert_cmpint(p.result.sent, ==, 4);
    g_assert_cmpint(world_int(p.w->store, "SELECT count(*) FROM message"
                                          " WHERE state = 'scheduled'"),
                    ==, 6);
    post_clear(&p);
}

/* Each fault once per message at most, at each verb, with and without BDAT:
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

/* Each fault now and then among several messages, so that it meets pipelined
 * transactions at any place; in the end every message is explained. */
static void
test_faults_among_many(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(faults); i++) {
        g_autofree char *fault = g_strconcat(faults[i].fault, ":200", NULL);
        const char *list[] = {fault, NULL};
        Post p;
        int64_t now = NOW;
        post_init(&p, 12, (SinkOptions){.faults = list, .seed = i});
        g_test_message("%s", fault);
        for (int run = 0; run < 12; run++, now += 4 * HOUR_MS) {
            g_autoptr(GError) error = NULL;
            if (!run_at(&p, p.w->store, now, &error))
                g_assert_error(error, NURTURE_ERROR, ERROR_TEMPORARY);
            assert_invariants(&p, 12);
        }
        g_assert_cmpint(world_int(p.w->store,
                                  "SELECT count(*) FROM message WHERE state"
                                  " IN ('sent', 'in_doubt', 'bounced',"
                                  " 'dead')"),
                        ==, 12);
        post_clear(&p);
    }
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
    Post p;
    int64_t now = NOW;

    post_init(&p, 200, (SinkOptions){.faults = list, .seed = 42});
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

static char *
mail_file(const Post *p, int copy)
{
    GDir *dir = g_dir_open(p->store_dir, 0, NULL);
    const char *name;
    char *text = NULL;

    while (dir && (name = g_dir_read_name(dir))) {
        if (g_str_has_suffix(name, "-2.eml") != (copy == 2))
            continue;
        g_autofree char *path = g_build_filename(p->store_dir, name, NULL);
        g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
        break;
    }
    if (dir)
        g_dir_close(dir);
    return text;
}

/* A message that is sent again is the same to the byte: what the relay
 * refused, what it took without saying so, and what crashed. */
static void
test_same_bytes(void)
{
    static const char *const late[] = {"DOT:late:1000:1", NULL};
    Post p;
    g_autoptr(GError) error = NULL;
    g_autofree char *first = NULL, *second = NULL;

    post_init(&p, 1, (SinkOptions){.faults = late});
    world_exec(p.w->store, "UPDATE campaign SET on_doubt = 'resend'");
    g_assert_true(run_at(&p, p.w->store, NOW, &error));
    g_assert_true(run_at(&p, p.w->store, NOW + 3 * HOUR_MS, &error));
    first = mail_file(&p, 1);
    second = mail_file(&p, 2);
    g_assert_nonnull(second);
    g_assert_cmpstr(first, ==, second);
    assert_invariants(&p, 1);
    post_clear(&p);
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
test_many_crashes(void)
{
    static const char *const points[] = {
        "mark.post:3", "result.pre:5",  "claim.post:1", "reply.got:7",
        "mark.pre:4",  "result.post:2", "mark.post:1"};
    Post p;
    g_autoptr(GError) error = NULL;

    post_init(&p, 100, (SinkOptions){.latency_ms = 1});
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
    /* at most one per connection and crash */
    g_assert_cmpint(world_int(p.w->store, "SELECT count(*) FROM message"
                                          " WHERE state = 'in_doubt'"),
                    <=, 14);
    post_clear(&p);
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

static ComposeVerdict
compose_by_candidate(gpointer data, Store *store, const ClaimedMessage *row,
                     int64_t now, ComposedMail *out, int64_t *out_retry_at,
                     char **out_reason, GError **error)
{
    switch (row->candidate) {
    case 1:
        *out_retry_at = NOW + DAY_MS;
        *out_reason = g_strdup("window");
        return COMPOSE_HOLD;
    case 2:
        *out_reason = g_strdup("step is gone");
        return COMPOSE_CANCEL;
    case 3:
        g_set_error(error, NURTURE_ERROR, ERROR_INPUT, "no value");
        return COMPOSE_OK;
    default:
        return world_compose(data, store, row, now, out, out_retry_at,
                             out_reason, error);
    }
}

static void
test_compose_verdicts(void)
{
    static const char *const want[] = {"scheduled", "cancelled", "dead",
                                       "sent"};
    Post p;
    g_autoptr(GError) error = NULL;

    post_init(&p, 4, (SinkOptions){0});
    p.w->composer.compose = compose_by_candidate;
    g_assert_true(run_at(&p, p.w->store, NOW, &error));
    for (int i = 0; i < 4; i++) {
        char id[MESSAGE_ID_TEXT];
        message_id_make(p.w->keys, i + 1, "campaign", 1, "one", id);
        world_assert_state(p.w, id, want[i]);
    }
    g_assert_cmpint(world_int(p.w->store, "SELECT max(not_before)"
                                          " FROM message"),
                    ==, NOW + DAY_MS);
    g_assert_cmpint(p.result.held, ==, 1);
    g_assert_cmpint(p.result.cancelled, ==, 1);
    g_assert_cmpint(p.result.dead, ==, 1);
    post_clear(&p);
}

/* The gate closes between compose and the dot: no copy, and the connection's
 * other messages still leave. */
static ComposeVerdict
compose_then_opt_out(gpointer data, Store *store, const ClaimedMessage *row,
                     int64_t now, ComposedMail *out, int64_t *out_retry_at,
                     char **out_reason, GError **error)
{
    if (row->candidate == 3)
        world_exec(store, "INSERT INTO suppression (address_hmac, reason, at)"
                          " VALUES ('hmac3', 'opted_out', 0)");
    return world_compose(data, store, row, now, out, out_retry_at, out_reason,
                         error);
}

static void
test_gate_before_dot(void)
{
    Post p;
    g_autoptr(GError) error = NULL;

    post_init(&p, 6, (SinkOptions){0});
    p.w->composer.compose = compose_then_opt_out;
    g_assert_true(run_at(&p, p.w->store, NOW, &error));
    g_assert_cmpint(p.result.sent, ==, 5);
    g_assert_cmpint(p.result.suppressed, ==, 1);
    assert_invariants(&p, 6);
    post_clear(&p);
}

static void
test_login(void)
{
    static const struct {
        const char *password;
        bool ok;
    } cases[] = {{"secret", true}, {"wrong", false}};

    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        Post p;
        g_autoptr(GError) error = NULL;
        DeliveryOptions options;
        post_init(&p, 3, (SinkOptions){.login = "anna:secret"});
        p.w->workspace.smtp.user = (char *)"anna";
        options = (DeliveryOptions){.workspace = &p.w->workspace,
                                    .keys = p.w->keys,
                                    .composer = &p.w->composer,
                                    .password = cases[i].password};
        g_assert_cmpint(
            delivery_run(p.w->store, &options, NOW, &p.result, &error), ==,
            cases[i].ok);
        if (!cases[i].ok)
            g_assert_error(error, NURTURE_ERROR, ERROR_TEMPORARY);
        g_assert_cmpint(world_int(p.w->store, "SELECT count(*) FROM message"
                                              " WHERE state = 'scheduled'"),
                        ==, cases[i].ok ? 0 : 3);
        assert_invariants(&p, 3);
        post_clear(&p);
    }
}

/* Without a login where one is wanted, the list is not burnt. */
static void
test_login_missing(void)
{
    Post p;
    g_autoptr(GError) error = NULL;

    post_init(&p, 3, (SinkOptions){.login = "anna:secret"});
    g_assert_false(run_at(&p, p.w->store, NOW, &error));
    g_assert_error(error, NURTURE_ERROR, ERROR_TEMPORARY);
    g_assert_nonnull(p.result.relay_fault);
    g_assert_cmpint(world_int(p.w->store, "SELECT count(*) FROM message"
                                          " WHERE state = 'scheduled'"),
                    ==, 3);
    post_clear(&p);
}

static void
test_login_needs_tls(void)
{
    Post p;
    g_autoptr(GError) error = NULL;
    DeliveryOptions options;

    post_init(&p, 1, (SinkOptions){0});
    p.w->workspace.smtp.host = (char *)"relay.example.org";
    p.w->workspace.smtp.tls = TLS_OPPORTUNISTIC;
    options = (DeliveryOptions){.workspace = &p.w->workspace,
                                .keys = p.w->keys,
                                .composer = &p.w->composer,
                                .password = "secret"};
    g_assert_false(delivery_run(p.w->store, &options, NOW, &p.result, &error));
    g_assert_error(error, NURTURE_ERROR, ERROR_CONFIG);
    post_clear(&p);
}

/* A server without STARTTLS gets nothing when TLS is required. */
static void
test_tls_required(void)
{
    Post p;
    g_autoptr(GError) error = NULL;

    post_init(&p, 2, (SinkOptions){0});
    p.w->workspace.smtp.tls = TLS_REQUIRED;
    g_assert_false(run_at(&p, p.w->store, NOW, &error));
    g_assert_error(error, NURTURE_ERROR, ERROR_TEMPORARY);
    g_assert_cmpint(world_int(p.w->store, "SELECT count(*) FROM message"
                                          " WHERE state = 'scheduled'"),
                    ==, 2);
    post_clear(&p);
}

/* A self-signed certificate for the address `ip`, and its key, in one file. */
static void
write_certificate(const char *path, const char *ip)
{
    g_autofree char *names = g_strdup_printf("IP:%s", ip);
    EVP_PKEY *key = EVP_RSA_gen(2048);
    X509 *cert = X509_new();
    X509_EXTENSION *san =
        X509V3_EXT_conf_nid(NULL, NULL, NID_subject_alt_name, names);
    X509_NAME *name = X509_get_subject_name(cert);
    FILE *file = fopen(path, "w");

    X509_set_version(cert, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(cert), 1);
    X509_gmtime_adj(X509_getm_notBefore(cert), -86400);
    X509_gmtime_adj(X509_getm_notAfter(cert), 86400);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                               (const unsigned char *)"sink", -1, -1, 0);
    X509_set_issuer_name(cert, name);
    X509_set_pubkey(cert, key);
    X509_add_ext(cert, san, -1);
    g_assert_cmpint(X509_sign(cert, key, EVP_sha256()), >, 0);
    g_assert_cmpint(PEM_write_X509(file, cert), ==, 1);
    g_assert_cmpint(PEM_write_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL),
                    ==, 1);
    fclose(file);
    X509_EXTENSION_free(san);
    X509_free(cert);
    EVP_PKEY_free(key);
}

/* Who is trusted comes from OpenSSL's own variable. */
static const struct {
    const char *name, *ip, *fault;
    TlsMode mode;
    bool trusted, sent;
} tls_cases[] = {
    {"verified", "127.0.0.1", NULL, TLS_REQUIRED, true, true},
    {"untrusted", "127.0.0.1", NULL, TLS_REQUIRED, false, false},
    {"wrong-name", "127.0.0.2", NULL, TLS_REQUIRED, true, false},
    {"injected", "127.0.0.1", "STARTTLS:inject", TLS_REQUIRED, true, false},
    {"refused", "127.0.0.1", "STARTTLS:4xx", TLS_REQUIRED, true, false},
    {"reset", "127.0.0.1", "STARTTLS:late", TLS_REQUIRED, true, false},
    {"opportunistic", "127.0.0.1", NULL, TLS_OPPORTUNISTIC, false, true},
};

static void
test_tls(gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE(data);
    const char *list[] = {tls_cases[i].fault, NULL};
    Post p;
    g_autoptr(GError) error = NULL;
    g_autofree char *pem = NULL;
    DeliveryOptions options;

    post_init(&p, 10, (SinkOptions){.faults = list, .login = "anna:secret"});
    pem = g_build_filename(p.w->dir, "sink.pem", NULL);
    write_certificate(pem, tls_cases[i].ip);
    p.options.tls_cert = p.options.tls_key = pem;
    sink_restart(&p);
    g_setenv("SSL_CERT_FILE", tls_cases[i].trusted ? pem : "/dev/null", TRUE);
    p.w->workspace.smtp.tls = tls_cases[i].mode;
    p.w->workspace.smtp.user = (char *)"anna";
    options = (DeliveryOptions){.workspace = &p.w->workspace,
                                .keys = p.w->keys,
                                .composer = &p.w->composer,
                                .password = "secret"};
    g_assert_cmpint(delivery_run(p.w->store, &options, NOW, &p.result, &error),
                    ==, tls_cases[i].sent);
    g_assert_cmpint(p.result.sent, ==, tls_cases[i].sent ? 10 : 0);
    if (!tls_cases[i].sent)
        g_assert_error(error, NURTURE_ERROR, ERROR_TEMPORARY);
    g_assert_cmpint(world_int(p.w->store, "SELECT count(*) FROM message"
                                          " WHERE state = 'scheduled'"),
                    ==, tls_cases[i].sent ? 0 : 10);
    assert_invariants(&p, 10);
    post_clear(&p);
}

static void
test_stop(void)
{
    Post p;
    g_autoptr(GError) error = NULL;
    volatile bool stop = true;
    DeliveryOptions options;

    post_init(&p, 30, (SinkOptions){.latency_ms = 2});
    options = (DeliveryOptions){.workspace = &p.w->workspace,
                                .keys = p.w->keys,
                                .composer = &p.w->composer,
                                .stop = &stop};
    g_assert_true(delivery_run(p.w->store, &options, NOW, &p.result, &error));
    g_assert_no_error(error);
    assert_invariants(&p, 30);
    g_assert_cmpint(world_int(p.w->store,
                              "SELECT count(*) FROM message"
                              " WHERE state NOT IN ('sent', 'scheduled')"),
                    ==, 0);
    post_clear(&p);
}

static void
test_service_mail(void)
{
    Post p;
    g_autoptr(GError) error = NULL;
    char id[MESSAGE_ID_TEXT];
    g_autofree char *text = NULL;

    post_init(&p, 0, (SinkOptions){0});
    world_add(p.w, 1, "service", id);
    g_assert_true(run_at(&p, p.w->store, NOW, &error));
    world_assert_state(p.w, id, "sent");
    text = mail_file(&p, 1);
    g_assert_nonnull(strstr(text, "\r\n\r\nhello\r\n"));
    g_assert_cmpint(world_int(p.w->store, "SELECT count(*) FROM message_body"),
                    ==, 0);
    post_clear(&p);
}

/* Dots at the start of lines arrive as they were, whichever path they take. */
static void
test_dots(void)
{
    static const char body[] =
        "From: a@mail.example.org\r\nTo: b@example.net\r\nSubject: s\r\n"
        "Date: Tue, 3 Mar 2026 09:00:00 +0000\r\nMessage-ID: <x@y.test>\r\n"
        "MIME-Version: 1.0\r\nContent-Type: text/plain\r\n\r\n"
        ".\r\n..\r\n.x\r\nx.\r\n\r\n.\r\n.";
    Post p;
    g_autoptr(GError) error = NULL;
    char id[MESSAGE_ID_TEXT];

    post_init(&p, 0, (SinkOptions){0});
    for (int i = 0; i < 4; i++)
        world_add(p.w, i + 1, "service", id);
    {
        g_auto(Transaction) tx = store_begin(p.w->store, &error);
        g_autoptr(Statement) st = store_prepare(
            p.w->store, "UPDATE message_body SET bytes = :bytes", &error);
        statement_bind_blob(st, ":bytes", body, strlen(body));
        g_assert_true(statement_run(st, &error));
        g_assert_true(transaction_commit(&tx, &error));
    }
    p.w->workspace.smtp.connections = 1;
    g_assert_true(run_at(&p, p.w->store, NOW, &error));
    g_assert_cmpint(p.result.sent, ==, 4);
    for (int copy = 1; copy <= 4; copy++) {
        g_autofree char *name =
            copy == 1 ? g_strdup("x.eml") : g_strdup_printf("x-%d.eml", copy);
        g_autofree char *path = g_build_filename(p.store_dir, name, NULL);
        g_autofree char *text = NULL;
        g_autofree char *want = g_strconcat(body, "\r\n", NULL);
        g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
        g_assert_cmpstr(text, ==, want);
    }
    post_clear(&p);
}

int
main(int argc, char **argv)
{
    static const struct {
        const char *path;
        void (*test)(void);
    } tests[] = {
        {"/delivery/all-sent", test_all_sent},
        {"/delivery/chunking", test_chunking},
        {"/delivery/no-pipelining", test_no_pipelining},
        {"/delivery/limit", test_limit},
        {"/delivery/faults", test_faults},
        {"/delivery/faults-chunking", test_faults_chunking},
        {"/delivery/faults-among-many", test_faults_among_many},
        {"/delivery/mixed-faults", test_mixed_faults},
        {"/delivery/same-bytes", test_same_bytes},
        {"/delivery/two-runs-at-once", test_two_runs_at_once},
        {"/delivery/crashes", test_crashes},
        {"/delivery/many-crashes", test_many_crashes},
        {"/delivery/crash-resend", test_crash_resend},
        {"/delivery/crash-changed-text", test_crash_changed_text},
        {"/delivery/compose-verdicts", test_compose_verdicts},
        {"/delivery/gate-before-dot", test_gate_before_dot},
        {"/delivery/login", test_login},
        {"/delivery/login-missing", test_login_missing},
        {"/delivery/login-needs-tls", test_login_needs_tls},
        {"/delivery/tls-required", test_tls_required},
        {"/delivery/stop", test_stop},
        {"/delivery/dots", test_dots},
        {"/delivery/service-mail", test_service_mail},
    };

    g_test_init(&argc, &argv, NULL);
    if (g_test_verbose())
        log_set_level(LOG_DEBUG);
    for (gsize i = 0; i < G_N_ELEMENTS(tests); i++)
        g_test_add_func(tests[i].path, tests[i].test);
    for (gsize i = 0; i < G_N_ELEMENTS(tls_cases); i++) {
        g_autofree char *path =
            g_strconcat("/delivery/tls/", tls_cases[i].name, NULL);
        g_test_add_data_func(path, GSIZE_TO_POINTER(i), test_tls);
    }
    return g_test_run();
}
