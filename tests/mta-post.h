/* SPDX-License-Identifier: Apache-2.0 */
/* mta-post -- a world with a sink that its mail goes to, and the invariants
 * that hold after every run.
 *
 * The sink's log is the oracle: a line is on the disk before a 250. What is
 * `sent` was accepted, what was accepted is sent or in doubt, nothing was
 * accepted more often than it may be. */
#ifndef TESTS_MTA_POST_H
#define TESTS_MTA_POST_H

#include "mta-fixture.h"

#include "nurture/sink.h"

typedef struct {
    World *w;
    Sink *sink;
    char *log, *store_dir;
    SinkOptions options;
    DeliveryResult result;
} Post;

static inline void
sink_restart(Post *p)
{
    g_autoptr(GError) error = NULL;

    sink_stop(p->sink);
    p->sink = sink_start(&p->options, &error);
    g_assert_no_error(error);
    p->w->workspace.smtp.port = sink_port(p->sink);
}

static inline void
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

static inline void
post_clear(Post *p)
{
    sink_stop(p->sink);
    delivery_result_clear(&p->result);
    g_free(p->log);
    g_free(p->store_dir);
    world_free(p->w);
}

static inline bool
run_at(Post *p, Store *store, int64_t now, GError **error)
{
    DeliveryOptions options = {.workspace = &p->w->workspace,
                               .keys = p->w->keys,
                               .composer = &p->w->composer};

    delivery_result_clear(&p->result);
    return delivery_run(store, &options, now, &p->result, error);
}

/* message id -> how often the sink accepted it */
static inline GHashTable *
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
static inline void
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
    g_assert_true(store_check(store, false, &error));
    g_hash_table_unref(seen);
}

/* The text of a message's first or second copy; NULL = there is none. */
static inline char *
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

#endif
