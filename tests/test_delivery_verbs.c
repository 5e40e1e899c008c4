/* SPDX-License-Identifier: Apache-2.0 */
/* test_delivery_verbs.c - eleven verbs, six faults, four ways: what becomes of
 * a message, and does the next run mend it? */
#include "certificate.h"
#include "mta-post.h"

typedef enum { WAY_PLAIN, WAY_PIPELINED, WAY_BDAT, WAY_WINDOW, WAYS } Way;

/* The ways of mta/transport.h. CHUNKING without PIPELINING ends in DATA. */
static const struct {
    const char *name;
    SinkOptions options;
    int window;
    bool chunks; /* BDAT is what carries the message */
} ways[WAYS] = {
    {"plain", {.no_pipelining = true}, 0, false},
    {"pipelined", {.chunking = false}, 0, false},
    {"plain-window", {.chunking = true, .no_pipelining = true}, 4, false},
    {"window", {.chunking = true}, 4, true},
};

enum { DROP, F4XX, F5XX, F421, GARBAGE, LONG, KINDS };
static const char *const kinds[KINDS] = {"drop", "4xx",     "5xx",
                                         "421",  "garbage", "long"};

/* What becomes of the message that the fault meets. W: the relay's fault, it
 * waits as if nothing had been. ANY: that depends on who reads the answer, or
 * on the moment; only the invariants are asked. NULL: not for this verb. */
#define W   "scheduled"
#define ANY "any"
static const struct {
    const char *verb;
    const char *state[KINDS];
    int spared; /* the first MAIL of a session is the anchor's */
} verbs[] = {
    {"CONNECT", {W, W, W, W, W, ANY}, 0},
    {"EHLO", {W, W, W, W, W, ANY}, 0},
    {"STARTTLS", {W, W, W, W, W, ANY}, 0},
    {"AUTH", {W, W, W, W, W, ANY}, 0},
    {"MAIL", {W, "deferred", "dead", W, W, ANY}, 1},
    {"RCPT", {W, "deferred", "bounced", "deferred", W, ANY}, 0},
    {"DATA", {W, "deferred", "dead", "deferred", W, ANY}, 0},
    {"BDAT", {"in_doubt", "deferred", "dead", "deferred", "in_doubt", ANY}, 0},
    {"BODY", {ANY, NULL, NULL, ANY, NULL, NULL}, 0},
    {"DOT", {"in_doubt", "deferred", "dead", "deferred", "in_doubt", ANY}, 0},
    {"QUIT", {"sent", "sent", "sent", "sent", "sent", "sent"}, 0},
};

#define PEOPLE 6

typedef struct {
    Way way;
    gsize verb, kind;
} Cell;

static bool
run_with_login(Post *p, int64_t now, GError **error)
{
    DeliveryOptions options = {.workspace = &p->w->workspace,
                               .keys = p->w->keys,
                               .composer = &p->w->composer,
                               .password = "secret"};

    delivery_result_clear(&p->result);
    return delivery_run(p->w->store, &options, now, &p->result, error);
}

static void
offer_tls(Post *p)
{
    g_autofree char *path = g_build_filename(p->w->dir, "sink.pem", NULL);
    const char *pem = g_intern_string(path); /* longer than this function */

    write_certificate(pem, "127.0.0.1");
    p->options.tls_cert = p->options.tls_key = pem;
    sink_restart(p);
    g_setenv("SSL_CERT_FILE", pem, TRUE);
    p->w->workspace.smtp.tls = TLS_REQUIRED;
}

static int64_t
in_state(Post *p, const char *state)
{
    g_autofree char *sql = g_strdup_printf(
        "SELECT count(*) FROM message WHERE state = '%s'", state);

    return world_int(p->w->store, sql);
}

/* One message has the state that the fault gives it; the others are sent or
 * wait. With a window, what was on the way behind a lost connection may be in
 * doubt, but not behind an answer: also 421 says that nothing more is taken. */
static void
assert_states(Post *p, const Cell *cell)
{
    const char *want = verbs[cell->verb].state[cell->kind];
    bool answered =
        cell->kind == F4XX || cell->kind == F5XX || cell->kind == F421;
    int64_t rest = in_state(p, "sent") + in_state(p, W);
    int64_t doubt = in_state(p, "in_doubt");
    int64_t most = answered ? 0 : ways[cell->way].window;

    g_autofree char *states = world_text(
        p->w->store,
        "SELECT group_concat(state || ' ' || coalesce(last_code, '-')"
        " || ' ' || coalesce(last_text, '-'), '; ') FROM message");
    g_test_message("%s", states);
    if (strcmp(want, ANY) == 0 || strcmp(want, "in_doubt") == 0) {
        g_assert_cmpint(doubt, <=, MAX(1, most));
        g_assert_true(doubt > 0 || strcmp(want, ANY) == 0);
        rest += in_state(p, "deferred");
    } else if (strcmp(want, "deferred") == 0 && in_state(p, want) == 0) {
        /* a later MAIL's 4xx is said of the session: another one took it */
        g_assert_cmpstr(verbs[cell->verb].verb, ==, "MAIL");
        g_assert_cmpint(doubt, <=, most);
    } else if (strcmp(want, W) != 0 && strcmp(want, "sent") != 0) {
        g_assert_cmpint(doubt, <=, most);
        g_assert_cmpint(in_state(p, want), ==, 1);
        rest++;
    } else {
        g_assert_cmpint(doubt, <=, most);
    }
    g_assert_cmpint(rest + doubt, ==, PEOPLE);
}

static void
run_may_fail(Post *p, int64_t now)
{
    g_autoptr(GError) error = NULL;

    if (!run_with_login(p, now, &error))
        g_assert_error(error, NURTURE_ERROR, ERROR_TEMPORARY);
    assert_invariants(p, PEOPLE);
}

static void
test_cell(gconstpointer data)
{
    const Cell *cell = data;
    g_autofree char *fault =
        g_strdup_printf("%s:%s:1000:1:%d", verbs[cell->verb].verb,
                        kinds[cell->kind], verbs[cell->verb].spared);
    const char *list[] = {fault, NULL};
    SinkOptions options = ways[cell->way].options;
    Post p;
    SinkCounts counts;
    int64_t ended;

    options.faults = list;
    options.login = "anna:secret";
    post_init(&p, PEOPLE, options);
    if (strcmp(verbs[cell->verb].verb, "STARTTLS") == 0)
        offer_tls(&p);
    p.w->workspace.smtp.connections = 1;
    p.w->workspace.smtp.window = ways[cell->way].window;
    p.w->workspace.smtp.user = (char *)"anna";
    run_may_fail(&p, NOW);
    sink_count(p.sink, &counts);
    g_assert_cmpint(counts.faults, ==, 1);
    assert_states(&p, cell);
    ended = in_state(&p, "dead") + in_state(&p, "bounced") +
            in_state(&p, "in_doubt");
    /* the server is well again */
    run_may_fail(&p, NOW + HOUR_MS);
    run_may_fail(&p, NOW + 3 * HOUR_MS);
    g_assert_cmpint(in_state(&p, "sent") + ended, ==, PEOPLE);
    post_clear(&p);
}

/* DATA has no place where BDAT carries the message, and BDAT none elsewhere. */
static bool
has_place(Way way, gsize verb, gsize kind)
{
    if (strcmp(verbs[verb].verb, "DATA") == 0 && ways[way].chunks)
        return false;
    if (strcmp(verbs[verb].verb, "BDAT") == 0 && !ways[way].chunks)
        return false;
    return verbs[verb].state[kind] != NULL;
}

int
main(int argc, char **argv)
{
    static Cell cells[WAYS][G_N_ELEMENTS(verbs)][KINDS];

    g_test_init(&argc, &argv, NULL);
    for (Way way = 0; way < WAYS; way++)
        for (gsize v = 0; v < G_N_ELEMENTS(verbs); v++)
            for (gsize k = 0; k < KINDS; k++) {
                g_autofree char *path =
                    g_strdup_printf("/delivery/verbs/%s/%s-%s", ways[way].name,
                                    verbs[v].verb, kinds[k]);
                cells[way][v][k] = (Cell){way, v, k};
                if (has_place(way, v, k))
                    g_test_add_data_func(path, &cells[way][v][k], test_cell);
            }
    return g_test_run();
}
