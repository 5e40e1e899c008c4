/* SPDX-License-Identifier: Apache-2.0 */
/* test_candidate_erase.c - an erased person is nowhere on the disk */
#include "nurture/candidates.h"

#include "nurture/clock.h"
#include "nurture/error.h"

#include <glib/gstdio.h>
#include <string.h>

#define NOW INT64_C(1772528400000) /* 2026-03-03 09:00 UTC */

/* Every text that says who the person is holds this word, or starts so. */
#define SECRET "quetzal"

static const char fields_yaml[] = "fields:\n"
                                  "  - {name: nickname, type: text}\n"
                                  "  - {name: tag, type: set}\n";

static const char rows[] =
    "INSERT INTO candidate_address (email_key, candidate_id, email, added) "
    "VALUES ('quetzal@home.example', 1,"
    " 'quetzal@home.example', 0);"
    "INSERT INTO consent (candidate_id, purpose, state, at, source, evidence)"
    " VALUES (1, 'mail', 'given', 1, 'form', 'quetzal signed');"
    "INSERT INTO hold (candidate_id, kind, until_at, created_at)"
    " VALUES (1, 'manual', 9, 1);"
    "INSERT INTO application (src, remote_id, candidate_id, status, updated_at,"
    " raw) VALUES ('ats', 'quetzal-7', 1, 'active', 1, 'quetzal raw');"
    "INSERT INTO campaign (campaign, snapshot, name, state, is_sequence,"
    " launched_at, start_at, updated_at) VALUES ('k', 's', 'K', 'running', 1,"
    " 0, 0, 0);"
    "INSERT INTO enrolment (candidate_id, campaign, snapshot, state, anchor_at,"
    " enrolled_at, updated_at) VALUES (1, 'k', 's', 'active', 0, 0, 0);"
    "INSERT INTO message (message_id, kind, dedupe_key, candidate_id, campaign,"
    " cycle, step, rcpt, rcpt_hmac, rcpt_domain, state, not_before, not_after,"
    " created_at, updated_at, last_text) VALUES"
    " ('m1', 'campaign', 'd1', 1, 'k', 1, 'a', 'quetzal@work.example', 'h',"
    "  'work.example', 'sent', 0, 0, 0, 0, '250 ok quetzal'),"
    " ('m2', 'campaign', 'd2', 1, 'k', 1, 'b', 'quetzal@work.example', 'h',"
    "  'work.example', 'scheduled', 0, 0, 0, 0, NULL);"
    "INSERT INTO message_body VALUES ('m2', CAST('To: quetzal' AS BLOB));"
    "INSERT INTO message_link VALUES ('m1', 1, 'https://x.example/quetzal');"
    "INSERT INTO attempt_past (message_id, n, worker_id, claimed_at, reply)"
    " VALUES ('m1', 1, 'w', 0, '250 quetzal');"
    "INSERT INTO inbound (inbound_id, file, received_at, state, candidate_id)"
    " VALUES ('i1', 'mail-1', 0, 'done', 1);"
    "INSERT INTO reply (inbound_id, candidate_id, from_address, subject, text,"
    " received_at) VALUES ('i1', 1, 'quetzal@work.example', 'Re: quetzal',"
    " 'I am quetzal', 0);"
    "INSERT INTO event (candidate_id, kind, at, detail) VALUES"
    " (1, 'replied', 0, '{\"who\":\"quetzal\"}');"
    "INSERT INTO plan VALUES ('p', 'k', 's', 1, 0,"
    " '{\"held\":[\"quetzal@work.example\"]}');"
    "INSERT INTO suppression (address_hmac, scope, reason, at, message_id,"
    " evidence) VALUES ('other', 'all', 'opted_out', 0, NULL,"
    " NULL);";

typedef struct {
    char *directory, *path, *mail, *list;
    Store *store;
    Keys *keys;
    Workspace workspace;
} Fixture;

static void
sql(Fixture *f, const char *text)
{
    g_autoptr(GError) error = NULL;

    store_exec(f->store, text, &error);
    g_assert_no_error(error);
}

static void
set_up(Fixture *f, gconstpointer data)
{
    static const uint8_t secret[32] = {3};
    const char *pairs[] = {"first_name=" SECRET, "nickname=" SECRET, NULL};
    const char *tags[] = {SECRET, NULL};
    g_autoptr(GError) error = NULL;
    g_autoptr(Diagnostics) problems = diagnostics_new();
    g_autofree char *spool = NULL;
    g_autoptr(Source) yaml =
        source_new("fields.yaml", fields_yaml, strlen(fields_yaml));
    int64_t id = 0;

    (void)data;
    memset(f, 0, sizeof *f);
    f->directory = g_dir_make_tmp("erase-XXXXXX", &error);
    g_assert_no_error(error);
    f->path = g_build_filename(f->directory, "nurture.db", NULL);
    spool = g_build_filename(f->directory, "spool", "done", NULL);
    g_assert_cmpint(g_mkdir_with_parents(spool, 0700), ==, 0);
    f->mail = g_build_filename(spool, "mail-1", NULL);
    g_assert_true(g_file_set_contents(f->mail, "From: " SECRET, -1, NULL));
    f->list = g_build_filename(f->directory, "people.csv", NULL);
    g_assert_true(g_file_set_contents(
        f->list,
        "email,city\n" SECRET "@WORK.example,Bern\n"
        "b@work.example,Bern\n" SECRET "@home.example,Bern\n",
        -1, NULL));
    f->workspace.fields = field_set_new();
    f->workspace.zone = g_time_zone_new_utc();
    f->workspace.scores.half_life_ms = 90 * DAY_MS;
    f->workspace.state_dir = f->directory;
    field_set_read(f->workspace.fields, yaml, problems);
    f->keys = keys_from_secret(secret);
    f->store = store_open(f->path, STORE_CREATE, &error);
    g_assert_no_error(error);
    g_assert_true(field_set_migrate(f->workspace.fields, f->store, &error));
    g_assert_true(candidate_add(f->store, &f->workspace, f->keys,
                                SECRET "@work.example", pairs, NOW, &id,
                                &error));
    g_assert_cmpint(id, ==, 1);
    g_assert_true(
        candidate_tag(f->store, &f->workspace, id, "tag", tags, NOW, &error));
    {
        g_auto(Transaction) tx = store_begin(f->store, &error);
        sql(f, rows);
        g_assert_true(transaction_commit(&tx, &error));
    }
}

static void
remove_tree(const char *path)
{
    GDir *dir = g_dir_open(path, 0, NULL);
    const char *name;

    while (dir && (name = g_dir_read_name(dir))) {
        g_autofree char *inner = g_build_filename(path, name, NULL);
        remove_tree(inner);
    }
    if (dir)
        g_dir_close(dir);
    g_remove(path);
}

static void
tear_down(Fixture *f, gconstpointer data)
{
    (void)data;
    store_close(f->store);
    keys_free(f->keys);
    field_set_free(f->workspace.fields);
    g_time_zone_unref(f->workspace.zone);
    remove_tree(f->directory);
    g_free(f->directory);
    g_free(f->path);
    g_free(f->mail);
    g_free(f->list);
}

/* How often the word stands in the database and its log. */
static int
occurrences(const Fixture *f)
{
    static const char *const suffixes[] = {"", "-wal"};
    int count = 0;

    for (gsize i = 0; i < G_N_ELEMENTS(suffixes); i++) {
        g_autofree char *path = g_strconcat(f->path, suffixes[i], NULL);
        g_autofree char *bytes = NULL;
        gsize size = 0, length = strlen(SECRET);

        if (!g_file_get_contents(path, &bytes, &size, NULL))
            continue;
        for (gsize at = 0; at + length <= size; at++)
            count += g_ascii_strncasecmp(bytes + at, SECRET, length) == 0;
    }
    return count;
}

static int64_t
number(const Fixture *f, const char *text)
{
    g_autoptr(Statement) st = store_prepare_text(f->store, text, NULL);

    g_assert_nonnull(st);
    g_assert_true(statement_step(st));
    return statement_int(st, 0);
}

static void
test_gone(Fixture *f, gconstpointer data)
{
    g_autoptr(GError) error = NULL;

    (void)data;
    g_assert_cmpint(occurrences(f), >, 10);
    candidate_erase(f->store, &f->workspace, f->keys, 1, NOW, &error);
    g_assert_no_error(error);
    g_assert_cmpint(occurrences(f), ==, 0);
    g_assert_false(g_file_test(f->mail, G_FILE_TEST_EXISTS));
}

/* What happened stays countable. */
static void
test_history(Fixture *f, gconstpointer data)
{
    (void)data;
    g_assert_true(
        candidate_erase(f->store, &f->workspace, f->keys, 1, NOW, NULL));
    g_assert_cmpint(number(f, "SELECT count(*) FROM message WHERE"
                              " state = 'sent' AND rcpt = ''"),
                    ==, 1);
    g_assert_cmpint(number(f, "SELECT count(*) FROM message WHERE"
                              " state = 'cancelled'"),
                    ==, 1);
    g_assert_cmpint(number(f, "SELECT count(*) FROM enrolment WHERE"
                              " state = 'exited' AND exit_reason = 'erased'"),
                    ==, 1);
    g_assert_cmpint(number(f, "SELECT count(*) FROM event WHERE"
                              " kind = 'replied' AND detail IS NULL"),
                    ==, 1);
    g_assert_cmpint(number(f, "SELECT count(*) FROM candidate WHERE erased_at"
                              " IS NOT NULL AND first_name IS NULL"),
                    ==, 1);
    g_assert_cmpint(number(f, "SELECT count(*) FROM suppression"), ==, 3);
}

/* Neither address comes back in a file. */
static void
test_stays_gone(Fixture *f, gconstpointer data)
{
    ImportOptions options = {.path = f->list};
    ImportResult result;
    g_autoptr(GError) error = NULL;

    (void)data;
    g_assert_true(
        candidate_erase(f->store, &f->workspace, f->keys, 1, NOW, NULL));
    candidates_import(f->store, &f->workspace, f->keys, &options, NOW, &result,
                      &error);
    g_assert_no_error(error);
    g_assert_cmpint(result.added, ==, 1);
    g_assert_cmpint(result.rejected, ==, 2);
    import_result_clear(&result);
    g_assert_cmpint(occurrences(f), ==, 0);
}

static void
test_in_flight(Fixture *f, gconstpointer data)
{
    g_autoptr(GError) error = NULL;

    (void)data;
    sql(f, "INSERT INTO worker VALUES ('w', 'l', 0, 1)");
    sql(f, "UPDATE message SET state = 'committing', owner = 'w'"
           " WHERE message_id = 'm2'");
    g_assert_false(
        candidate_erase(f->store, &f->workspace, f->keys, 1, NOW, &error));
    g_assert_error(error, NURTURE_ERROR, ERROR_TEMPORARY);
    g_assert_cmpint(number(f, "SELECT count(*) FROM candidate WHERE erased_at"
                              " IS NULL AND first_name IS NOT NULL"),
                    ==, 1);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define ADD(path, fn)                                                          \
    g_test_add("/candidate-erase/" path, Fixture, NULL, set_up, fn, tear_down)
    ADD("gone-from-the-disk", test_gone);
    ADD("history-stays", test_history);
    ADD("stays-gone", test_stays_gone);
    ADD("in-flight", test_in_flight);
    return g_test_run();
}
