/* SPDX-License-Identifier: Apache-2.0 */
/* test_delivery.c - mail through a real connection, on good days */
#include "certificate.h"
#include "mta-post.h"

#include "nurture/log.h"

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
        {"/delivery/same-bytes", test_same_bytes},
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
