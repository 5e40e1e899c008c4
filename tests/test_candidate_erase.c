/* SPDX-License-Identifier: Apache-2.0 */
/* test_candidate_erase.c - an erased person is nowhere on the disk */
#include "nurture/candidate-words.h"
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
    "UPDATE message SET own_links = '{\"1\":\"https://x.example/quetzal\"}'"
    " WHERE message_id = 'm1';"
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
    /* what names the address, but not the candidate */
    "INSERT INTO plan VALUES ('p2', 'k', 's', 1, 0,"
    " '{\"held\":[\"quetzal@home.example\"]}');"
    "INSERT INTO message (message_id, kind, dedupe_key, rcpt, rcpt_hmac,"
    " rcpt_domain, state, not_before, not_after, created_at, updated_at)"
    " VALUES ('m3', 'service', 'confirm quetzal@home.example',"
    "  'Quetzal@home.example', 'h', 'home.example', 'scheduled', 0, 0, 0, 0),"
    " ('m4', 'digest', 'digest 1', 'r@us.example', 'r', 'us.example',"
    "  'deferred', 0, 0, 0, 0);"
    "INSERT INTO message_body VALUES ('m3', CAST('To: quetzal' AS BLOB)),"
    " ('m4', CAST('from Quetzal@Work.example: hello' AS BLOB));"
    "INSERT INTO message_alias VALUES ('quetzal-in-a-queue', 'm1');"
    "INSERT INTO digest VALUES (1, 'r', 0, 'm4', 2);"
    "INSERT INTO inbound (inbound_id, file, received_at, state) VALUES"
    " ('i2', 'mail-2', 0, 'done'), ('i3', 'mail-3', 0, 'done');"
    "INSERT INTO reply (reply_id, inbound_id, from_address, subject, text,"
    " received_at, digest_id) VALUES"
    " (2, 'i2', 'Quetzal@home.example', 'quetzal', 'quetzal here', 0, 1),"
    " (3, 'i3', 'b@work.example', NULL, 'ask quetzal@work.example', 0, 1);"
    "INSERT INTO referral (reply_id, candidate_id, address, created_at) VALUES"
    " (1, 1, 'quetzal.friend@work.example', 0),"
    " (3, NULL, 'quetzal@work.example', 0);"
    "INSERT INTO recheck VALUES ('h', 1, 'm1', 'quetzal.example', 0, 0);"
    "INSERT INTO alert (kind, object, day, first_at, last_at, detail) VALUES"
    " ('policy', 'work.example', 1, 0, 0, '550 quetzal@work.example unknown');"
    "INSERT INTO audit (at, actor, action, object, detail) VALUES"
    " (0, 'me', 'merged', 'quetzal@work.example', 'quetzal@home.example');"
    "INSERT INTO ats_identity (src, remote_id, candidate_id, updated_at, raw)"
    " VALUES ('csv', 'quetzal@work.example', 1, 0, 'quetzal');"
    "INSERT INTO ats_conflict (src, remote_id,"
    "  candidate_id, at) VALUES ('csv', 'quetzal', 1, 0);"
    "INSERT INTO batch (batch_id, kind, source, state, started_at) VALUES"
    " (7, 'import', 'people.csv', 'closed', 0);"
    "INSERT INTO batch_change VALUES (7, 1, 1, '{\"city\":\"Quetzal City\"}',"
    " '{\"city\":\"quetzal\"}');"
    "INSERT INTO ats_row (batch_id, rank, line, fields) VALUES (7, 1, 1, "
    "'{\"e\":\"QUETZAL@work.example\"}');"
    "INSERT INTO hook_inbox (hook, event_key, received_at, state, body) VALUES"
    " ('gh', 'k1', 0, 'failed', CAST('{\"email\":\"quetzal@work.example\"}' AS"
    "  BLOB));"
    "INSERT INTO request (request_id, kind, candidate_id, email, address_hmac,"
    " fields, asked_at, expires_at) VALUES"
    " ('m3', 'join', NULL, 'Quetzal@home.example', 'h', 'city=quetzal', 0, 0),"
    " ('m5', 'erase', 1, NULL, 'h', 'first_name=quetzal', 0, 0);"
    "INSERT INTO score VALUES (1, 1.0, 1, 0);"
    "INSERT INTO hit_agent VALUES (1, 'quetzal@work.example/1.0');"
    "INSERT INTO hit SELECT min(event_id), 1, 0, 1, NULL, 'quetzal/24'"
    " FROM event WHERE candidate_id = 1;"
    "INSERT INTO shortlist VALUES ('quetzal-keeper', 1, 1.0, 0, NULL);"
    "INSERT INTO webhook_out (event_id, state, next_at, receiver, error)"
    " SELECT event_id, 'dead', 0, 'x', 'quetzal' FROM event"
    "  WHERE kind = 'replied';"
    "INSERT INTO candidate (candidate_id, email, email_key, address_hmac,"
    " country, employer, added, erased_at, merged_into, updated_at) VALUES"
    " (90, '', 'merged 90', 'merged 90', 'Quetzalia', 'quetzal', 0, 1, 1, 0);"
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

/* Of the reports that a server sent in one mail, each is kept as its own. */
static void
test_digest(Fixture *f, gconstpointer data)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *folder = g_path_get_dirname(f->mail);
    g_autofree char *file = g_build_filename(folder, "digest-1", NULL);

    (void)data;
    g_assert_true(g_file_set_contents(file, "To: " SECRET, -1, NULL));
    {
        g_auto(Transaction) tx = store_begin(f->store, &error);
        sql(f, "INSERT INTO inbound (inbound_id, file, received_at, state,"
               " kind) VALUES ('d', 'digest-1', 1, 'done', 'digest')");
        g_assert_true(transaction_commit(&tx, &error));
    }
    candidate_erase(f->store, &f->workspace, f->keys, 1, NOW, &error);
    g_assert_no_error(error);
    g_assert_false(g_file_test(file, G_FILE_TEST_EXISTS));
}

/* Tables that never hold anything about a candidate. A new table is named here
 * or cleaned by candidate_erase.c, and planted above. */
static const char *const impersonal[] = {"alert",
                                         "bucket",
                                         "brake",
                                         "campaign",
                                         "cost",
                                         "desk_login",
                                         "desk_session",
                                         "digest",
                                         "domain_pause",
                                         "domain_provider",
                                         "fact",
                                         "hit_log",
                                         "hit_rules",
                                         "job",
                                         "link",
                                         "snapshot",
                                         "snapshot_file",
                                         "source_file",
                                         "suppression",
                                         "warm_up",
                                         "worker",
                                         "candidate_stale",
                                         "enrolment",
                                         "sqlite_sequence",
                                         NULL};

/* Every other table had the word in it, and so the test sees that it goes. */
static void
test_every_table(Fixture *f, gconstpointer data)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Statement) st = NULL;

    (void)data;
    candidate_words_update(f->store, NULL, &error);
    g_assert_no_error(error);
    st = store_prepare_text(f->store,
                            "SELECT name FROM sqlite_master WHERE type ="
                            " 'table' AND name NOT LIKE 'candidate_words_%'",
                            NULL);
    g_assert_nonnull(st);
    while (statement_step(st)) {
        const char *table = statement_text(st, 0);
        g_autofree char *query =
            g_strdup_printf("SELECT count(*) FROM \"%s\"", table);
        if (g_strv_contains(impersonal, table))
            continue;
        if (number(f, query) == 0)
            g_error("table %s: plant the person in this test's rows, and see "
                    "to it that candidate_erase.c cleans it, or say that it "
                    "is impersonal",
                    table);
    }
    g_assert_true(statement_end(st, NULL));
}

/* Two people were in the digest that was cancelled: the other is told in the
 * next one. */
static void
test_others(Fixture *f, gconstpointer data)
{
    (void)data;
    g_assert_true(
        candidate_erase(f->store, &f->workspace, f->keys, 1, NOW, NULL));
    g_assert_cmpint(number(f, "SELECT count(*) FROM reply WHERE reply_id = 3"
                              " AND digest_id IS NULL AND text = ''"
                              " AND from_address = 'b@work.example'"),
                    ==, 1);
    g_assert_cmpint(number(f, "SELECT count(*) FROM message WHERE"
                              " message_id IN ('m3', 'm4')"
                              " AND state = 'cancelled'"),
                    ==, 2);
    g_assert_cmpint(number(f, "SELECT count(*) FROM message WHERE"
                              " rcpt = 'r@us.example'"),
                    ==, 1);
}

/* Nothing but erasure and an undone import takes a row away. */
static void
test_ledger(Fixture *f, gconstpointer data)
{
    static const char *const forbidden[] = {
        "UPDATE consent SET state = 'withdrawn'",
        "UPDATE consent SET at = 2",
        "UPDATE consent SET evidence = NULL",
        "UPDATE consent SET expires_at = 9",
        "DELETE FROM consent",
    };

    (void)data;
    for (gsize i = 0; i < G_N_ELEMENTS(forbidden); i++) {
        g_autoptr(GError) error = NULL;
        g_assert_false(store_exec(f->store, forbidden[i], &error));
        g_assert_nonnull(strstr(error->message, "append-only"));
    }
    sql(f, "UPDATE consent SET candidate_id = 90"); /* as a merge does */
}

/* Every table that names a candidate has a part in what an access request is
 * answered with. */
static void
test_access(Fixture *f, gconstpointer data)
{
    static const struct {
        const char *table, *part; /* NULL: says nothing of its own */
    } known[] = {
        {"candidate", "record"},
        {"candidate_address", "addresses"},
        {"candidate_tag", NULL},   /* in the fields */
        {"candidate_stale", NULL}, /* of the index */
        {"consent", "consents"},
        {"hold", "holds"},
        {"application", "applications"},
        {"enrolment", "enrolments"},
        {"message", "messages"},
        {"inbound", "mails_received"},
        {"reply", "replies"},
        {"event", "events"},
        {"score", "scores"},
        {"referral", "referrals"},
        {"recheck", "address_rechecks"},
        {"batch_change", "import_changes"},
        {"ats_identity", "ats_records"},
        {"ats_conflict", "possible_ats_records"},
        {"shortlist", "shortlists"},
        {"request", "requests"},
    };
    g_autofree char *json =
        candidate_json(f->store, &f->workspace, 1, NOW, NULL);
    g_autoptr(Statement) st = store_prepare(
        f->store,
        "SELECT m.name FROM sqlite_master m JOIN pragma_table_info(m.name) c"
        " WHERE m.type = 'table' AND c.name = 'candidate_id'",
        NULL);

    (void)data;
    g_assert_nonnull(json);
    while (statement_step(st)) {
        gsize i = 0;
        while (i < G_N_ELEMENTS(known) &&
               strcmp(known[i].table, statement_text(st, 0)) != 0)
            i++;
        g_test_message("%s", statement_text(st, 0));
        g_assert_cmpuint(i, <, G_N_ELEMENTS(known));
        if (known[i].part) {
            g_autofree char *begin =
                g_strdup_printf("\"%s\":[{", known[i].part);
            g_assert_nonnull(strstr(json, begin));
        }
    }
    g_assert_true(statement_end(st, NULL));
    /* and what hangs on these */
    g_assert_nonnull(strstr(json, "quetzal@work.example/1.0"));
    g_assert_nonnull(strstr(json, "250 quetzal"));
    g_assert_nonnull(strstr(json, "https://x.example/quetzal"));
    g_assert_nonnull(strstr(json, "Quetzal City"));
    g_assert_nonnull(strstr(json, "\"least_ms_between_mails\""));
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
                    ==, 3);
    g_assert_cmpint(number(f, "SELECT count(*) FROM enrolment WHERE"
                              " state = 'exited' AND exit_reason = 'erased'"),
                    ==, 1);
    g_assert_cmpint(number(f, "SELECT count(*) FROM event WHERE"
                              " kind = 'replied' AND detail IS NULL"),
                    ==, 1);
    g_assert_cmpint(number(f, "SELECT count(*) FROM candidate WHERE erased_at"
                              " IS NOT NULL AND first_name IS NULL"
                              " AND merged_into IS NULL"),
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
    ADD("digest", test_digest);
    ADD("history-stays", test_history);
    ADD("stays-gone", test_stays_gone);
    ADD("every-table", test_every_table);
    ADD("others", test_others);
    ADD("access", test_access);
    ADD("ledger", test_ledger);
    ADD("in-flight", test_in_flight);
    return g_test_run();
}
