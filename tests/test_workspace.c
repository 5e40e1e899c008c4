/* SPDX-License-Identifier: Apache-2.0 */
/* test_workspace.c - a folder opened, its defaults, its faults */
#include "nurture/workspace.h"

#include "nurture/clock.h"
#include "nurture/error.h"

#include <glib/gstdio.h>
#include <string.h>

#define LEAST                                                                  \
    "company: Kestrel Labs\n"                                                  \
    "time_zone: Europe/Berlin\n"                                               \
    "sending:\n"                                                               \
    "  domain: mail.kestrel.example\n"                                         \
    "  bounces: bounces@mail.kestrel.example\n"                                \
    "  replies: replies@mail.kestrel.example\n"                                \
    "smtp:\n"                                                                  \
    "  host: smtp.kestrel.example\n"

static const char legal[] = "legal:\n"
                            "  postal_address: Torstraße 1, 10119 Berlin\n";

static const char anna[] = "---\n"
                           "name: Anna Schmidt\n"
                           "email: Anna.Schmidt@MAIL.kestrel.example\n"
                           "title: Technical recruiter\n"
                           "phone: +49 30 1234 567\n"
                           "---\n"
                           "\n"
                           "Anna Schmidt  \n"
                           "Kestrel Labs\n";

typedef struct {
    char *dir;
    Diagnostics *problems;
    GError *error;
} Folder;

static void
set_up(Folder *f, const void *data)
{
    (void)data;
    f->dir = g_dir_make_tmp("nurture-XXXXXX", NULL);
    g_assert_nonnull(f->dir);
    f->problems = diagnostics_new();
}

static void
remove_tree(const char *path)
{
    g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
    const char *name;

    while (dir && (name = g_dir_read_name(dir))) {
        g_autofree char *child = g_build_filename(path, name, NULL);
        remove_tree(child);
    }
    g_remove(path);
}

static void
tear_down(Folder *f, const void *data)
{
    (void)data;
    remove_tree(f->dir);
    g_free(f->dir);
    diagnostics_free(f->problems);
    g_clear_error(&f->error);
}

static void
put(Folder *f, const char *path, const char *text)
{
    g_autofree char *file = g_build_filename(f->dir, path, NULL);
    g_autofree char *dir = g_path_get_dirname(file);

    g_assert_cmpint(g_mkdir_with_parents(dir, 0700), ==, 0);
    g_assert_true(g_file_set_contents(file, text, -1, NULL));
}

static void
put_settings(Folder *f, const char *more)
{
    g_autofree char *text = g_strconcat(LEAST, more, legal, NULL);

    put(f, "nurture.yaml", text);
}

static Workspace *
open_good(Folder *f)
{
    Workspace *w = workspace_open(f->dir, f->problems, &f->error);

    if (f->error)
        g_test_message("%s", f->error->message);
    for (guint i = 0; i < diagnostics_length(f->problems); i++)
        g_test_message("%s", diagnostics_get(f->problems, i)->message);
    g_assert_no_error(f->error);
    g_assert_nonnull(w);
    return w;
}

static void
test_defaults(Folder *f, const void *data)
{
    (void)data;
    put_settings(f, "");
    g_autoptr(Workspace) w = open_good(f);
    g_autofree char *window = send_window_format(&w->sending.window);

    g_assert_cmpuint(diagnostics_length(f->problems), ==, 0);
    g_assert_cmpstr(w->company, ==, "Kestrel Labs");
    g_assert_true(w->zone == zone_get("Europe/Berlin"));
    g_assert_cmpstr(w->languages[0], ==, "en");
    g_assert_null(w->languages[1]);
    g_assert_cmpint(w->sending.cap.count, ==, 2);
    g_assert_cmpint(w->sending.cap.per_ms, ==, 14 * DAY_MS);
    g_assert_cmpint(w->sending.rate.count, ==, 20);
    g_assert_cmpint(w->sending.rate.per_ms, ==, MINUTE_MS);
    g_assert_cmpint(w->sending.confirm_over, ==, 50);
    g_assert_cmpstr(window, ==, "Mon-Fri 08:30-17:30 recipient");
    g_assert_cmpuint(w->sending.waking.days, ==, 0);
    g_assert_cmpint(w->smtp.port, ==, 587);
    g_assert_cmpint(w->smtp.tls, ==, TLS_REQUIRED);
    g_assert_cmpint(w->smtp.connections, ==, 2);
    g_assert_cmpstr(w->smtp.ehlo, ==, "mail.kestrel.example");
    g_assert_null(w->smtp.user);
    g_assert_false(w->dkim.sign_here);
    g_assert_cmpint(w->legal.basis, ==, BASIS_CONSENT);
    g_assert_cmpint(w->legal.retention.count, ==, 0);
    g_assert_null(w->tracking.base_url);
    g_assert_cmpint(w->tracking.clicks, ==, TRACK_CONSENTED);
    g_assert_cmpint(w->tracking.opens, ==, TRACK_OFF);
    g_assert_cmpfloat(w->scores.interest, ==, 30);
    g_assert_cmpint(w->scores.half_life_ms, ==, 90 * DAY_MS);
    g_assert_cmpint(w->ats.max_age_ms, ==, DAY_MS);
    g_assert_nonnull(field_find(w->fields, "email"));
    g_assert_cmpuint(w->senders->len, ==, 0);
}

static void
test_settings(Folder *f, const void *data)
{
    (void)data;
    put_settings(f, "  port: 25\n"
                    "  tls: required\n"
                    "  user: nurture   # the login\n"
                    "  connections: 4\n"
                    "languages: [de, en]\n"
                    "quiet_hours: 20:00-08:00\n"
                    "tracking:\n"
                    "  base_url: https://t.kestrel.example/\n"
                    "  clicks: aggregate\n"
                    "  opens: deliverability\n"
                    "theme:\n"
                    "  accent: \"#0b6bcb\"\n"
                    "scores:\n"
                    "  open: 1\n"
                    "dkim:\n"
                    "  sign: here\n");
    put(f, "senders/anna-schmidt.md", anna);
    put(f, "senders/README.txt", "no sender");
    put(f, "fields.yaml", "fields:\n  - name: seniority\n    type: text\n");
    g_autoptr(Workspace) w = open_good(f);
    g_autofree char *waking = send_window_format(&w->sending.waking);
    const Sender *sender = workspace_sender(w, "anna-schmidt");

    g_assert_cmpint(w->smtp.port, ==, 25);
    g_assert_cmpint(w->smtp.tls, ==, TLS_REQUIRED);
    g_assert_cmpstr(w->smtp.user, ==, "nurture");
    g_assert_cmpint(w->smtp.connections, ==, 4);
    g_assert_cmpstr(w->languages[0], ==, "de");
    g_assert_cmpstr(w->languages[1], ==, "en");
    g_assert_cmpstr(waking, ==, "Mon-Sun 08:00-20:00 recipient");
    g_assert_cmpstr(w->tracking.base_url, ==, "https://t.kestrel.example");
    g_assert_cmpint(w->tracking.clicks, ==, TRACK_AGGREGATE);
    g_assert_cmpint(w->tracking.opens, ==, TRACK_DELIVERABILITY);
    g_assert_cmpstr(w->theme.accent, ==, "#0b6bcb");
    g_assert_cmpfloat(w->scores.open, ==, 1);
    g_assert_true(w->dkim.sign_here);
    g_assert_nonnull(field_find(w->fields, "seniority"));
    g_assert_cmpuint(w->senders->len, ==, 1);
    g_assert_cmpstr(sender->name, ==, "Anna Schmidt");
    g_assert_cmpstr(sender->email, ==, "Anna.Schmidt@mail.kestrel.example");
    g_assert_cmpstr(sender->phone, ==, "+49 30 1234 567");
    g_assert_cmpstr(sender->role, ==, "recruiter");
    g_assert_cmpstr(sender->signature, ==, "Anna Schmidt  \nKestrel Labs");
    g_assert_null(workspace_sender(w, "nobody"));
    g_assert_null(workspace_sender(w, NULL));
}

static void
test_paths(Folder *f, const void *data)
{
    g_autofree char *below = g_build_filename(f->dir, "a", "b", NULL);
    g_autofree char *base = g_path_get_basename(f->dir);

    (void)data;
    g_setenv("XDG_STATE_HOME", "/state", TRUE);
    g_assert_cmpint(g_mkdir_with_parents(below, 0700), ==, 0);
    put_settings(f, "id: 4f1c9a0255aa\n");
    {
        g_autoptr(Workspace) w = workspace_open(below, f->problems, &f->error);
        g_autofree char *expected =
            g_strdup_printf("/state/nurture/%s-4f1c9a02/nurture.db", base);
        g_assert_no_error(f->error);
        g_assert_cmpstr(w->root, ==, f->dir);
        g_assert_cmpstr(w->database, ==, expected);
        g_assert_true(g_str_has_prefix(expected, w->state_dir));
    }
    put_settings(f, "database: ../x.db\n");
    {
        g_autoptr(Workspace) w = open_good(f);
        g_autofree char *parent = g_path_get_dirname(f->dir);
        g_autofree char *expected = g_build_filename(parent, "x.db", NULL);
        g_assert_cmpstr(w->database, ==, expected);
        g_assert_cmpstr(w->state_dir, ==, parent);
        g_assert_null(w->id);
    }
    /* without an id, two folders of one name do not share a database */
    put_settings(f, "");
    {
        g_autoptr(Workspace) w = open_good(f);
        g_autofree char *prefix = g_strdup_printf("/state/nurture/%s-", base);
        g_assert_true(g_str_has_prefix(w->state_dir, prefix));
        g_assert_cmpuint(strlen(w->state_dir), ==, strlen(prefix) + 8);
    }
    g_unsetenv("XDG_STATE_HOME");
}

static void
test_absent(Folder *f, const void *data)
{
    (void)data;
    g_assert_null(workspace_open(f->dir, f->problems, &f->error));
    g_assert_error(f->error, NURTURE_ERROR, ERROR_CONFIG);
    g_assert_nonnull(strstr(f->error->message, "nurture init"));
}

/* All problems of all files are reported in one run. */
static void
test_problems(Folder *f, const void *data)
{
    static const char *const expected[] = {
        "nurture.yaml E107 nurture.yaml has no sending.domain",
        "nurture.yaml E107 nurture.yaml has no sending.bounces",
        "nurture.yaml E107 nurture.yaml has no sending.replies",
        "nurture.yaml E107 nurture.yaml has no smtp.host",
        "nurture.yaml E107 nurture.yaml has no legal.postal_address",
        "nurture.yaml E106 unknown setting 'compnay'",
        "senders/Bea.md E009 'Bea.md' cannot be a sender's name: it has a "
        "capital letter",
        "senders/bea.md E107 this sender has no name",
        "senders/carl.md E508 'carl@gmail.com' is not in your sending domain "
        "mail.kestrel.example",
    };
    guint found = 0;

    (void)data;
    put(f, "nurture.yaml", "company: x\ntime_zone: UTC\ncompnay: y\n");
    put(f, "senders/Bea.md", "---\nname: B\nemail: b@c.example\n---\n");
    put(f, "senders/bea.md", "---\nemail: b@c.example\n---\n");
    put(f, "senders/carl.md", "---\nname: Carl\nemail: carl@gmail.com\n---\n");
    g_assert_null(workspace_open(f->dir, f->problems, &f->error));
    g_assert_error(f->error, NURTURE_ERROR, ERROR_CONFIG);
    g_assert_true(g_str_has_suffix(f->error->message, "has 6 errors"));
    put_settings(f, "");
    {
        g_autoptr(GError) none = NULL;
        g_autoptr(Workspace) w = workspace_open(f->dir, f->problems, &none);
        g_assert_no_error(none);
        g_assert_cmpuint(w->senders->len, ==, 1);
    }
    diagnostics_sort(f->problems);
    for (guint i = 0; i < diagnostics_length(f->problems); i++) {
        const Diagnostic *d = diagnostics_get(f->problems, i);
        g_autofree char *line =
            g_strdup_printf("%s %s %s", d->path, d->code, d->message);
        g_test_message("%s", line);
        for (gsize e = 0; e < G_N_ELEMENTS(expected); e++)
            found += strcmp(line, expected[e]) == 0;
    }
    g_assert_cmpuint(found, ==, G_N_ELEMENTS(expected));
    g_assert_cmpuint(diagnostics_length(f->problems), ==, found);
}

/* A secret is refused, and the report does not show it. */
static void
test_secret(Folder *f, const void *data)
{
    static const char *const lines[] = {"  password: hunter2\n",
                                        "  password_from: hunter2\n",
                                        "  pass: \"hunter2\" # old\n"};

    (void)data;
    for (gsize i = 0; i < G_N_ELEMENTS(lines); i++) {
        g_autoptr(Diagnostics) problems = diagnostics_new();
        g_autoptr(GError) error = NULL;
        g_autoptr(GString) out = g_string_new(NULL);
        put_settings(f, lines[i]);
        g_assert_null(workspace_open(f->dir, problems, &error));
        g_assert_cmpuint(diagnostics_length(problems), ==, 1);
        g_assert_cmpstr(diagnostics_get(problems, 0)->code, ==, "E012");
        diagnostics_format(problems, FORMAT_HUMAN, false, out);
        diagnostics_format(problems, FORMAT_JSON, false, out);
        diagnostics_format(problems, FORMAT_GITHUB, false, out);
        g_assert_null(strstr(out->str, "hunter2"));
        g_assert_null(strstr(error->message, "hunter2"));
    }
}

static void
test_password(Folder *f, const void *data)
{
    static const struct {
        const char *from, *password, *message;
    } rows[] = {
        {"command printf 'hunter2\\nnote\\n'", "hunter2", NULL},
        {"command exit 3", NULL, "'exit 3' failed"},
        {"command true", NULL, "'command true' gave no password"},
        {"env NURTURE_TEST_PASSWORD", "hunter3", NULL},
        {"env NURTURE_TEST_NOTHING", NULL, "has no NURTURE_TEST_NOTHING"},
        {"file secret.txt", "hunter4", NULL},
        {"file none.txt", NULL, "none.txt"},
    };

    (void)data;
    g_setenv("NURTURE_TEST_PASSWORD", "hunter3", TRUE);
    put(f, "secret.txt", "hunter4\n");
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GError) error = NULL;
        g_autofree char *line =
            g_strdup_printf("  password_from: %s\n", rows[i].from);
        put_settings(f, line);
        g_autoptr(Workspace) w = open_good(f);
        g_autofree char *password = workspace_password(w, &error);
        g_assert_cmpstr(password, ==, rows[i].password);
        if (rows[i].message) {
            g_assert_error(error, NURTURE_ERROR, ERROR_CONFIG);
            g_assert_nonnull(strstr(error->message, rows[i].message));
        }
    }
    put_settings(f, "");
    g_autoptr(Workspace) w = open_good(f);
    g_assert_null(workspace_password(w, &f->error));
    g_assert_no_error(f->error);
}

static void
test_list(Folder *f, const void *data)
{
    (void)data;
    put_settings(f, "");
    put(f, "segments/b.seg", "everyone\n");
    put(f, "segments/a.seg", "everyone\n");
    put(f, "segments/.hidden.seg", "everyone\n");
    put(f, "segments/c.txt", "everyone\n");
    put(f, "segments/d.seg/x", "a folder\n");
    g_autoptr(Workspace) w = open_good(f);
    g_auto(GStrv) files = workspace_list(w, "segments", ".seg");
    g_auto(GStrv) none = workspace_list(w, "nothing", ".seg");

    g_assert_cmpuint(g_strv_length(files), ==, 2);
    g_assert_cmpstr(files[0], ==, "a.seg");
    g_assert_cmpstr(files[1], ==, "b.seg");
    g_assert_cmpuint(g_strv_length(none), ==, 0);
}

/* Silent weekends: 2026-03-28 and 29, when Berlin's summer time begins. */
static const struct {
    const char *news, *expire;
} silences[] = {
    {"2026-03-25 09:00", "2026-03-26 09:00"},
    {"2026-03-27 17:00", "2026-03-30 17:00"},
    {"2026-03-28 12:00", "2026-03-31 00:00"},
    {"2026-03-29 23:59", "2026-03-31 00:00"},
    {"2026-03-30 00:00", "2026-03-31 00:00"},
};

static void
test_silence(Folder *f, gconstpointer unused)
{
    (void)unused;
    put_settings(f, "ats:\n  quiet: weekends\n");
    g_autoptr(Workspace) w = open_good(f);
    for (gsize i = 0; i < G_N_ELEMENTS(silences); i++) {
        int64_t news, expire;
        g_assert_true(date_parse(silences[i].news, w->zone, &news, NULL));
        g_assert_true(date_parse(silences[i].expire, w->zone, &expire, NULL));
        g_assert_cmpint(workspace_ats_expires(w, news), ==, expire);
        w->ats.quiet_weekends = false;
        g_assert_cmpint(workspace_ats_expires(w, news), ==, news + DAY_MS);
        w->ats.quiet_weekends = true;
    }
}

#define ADD(path, function)                                                    \
    g_test_add("/workspace/" path, Folder, NULL, set_up, function, tear_down)

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD("defaults", test_defaults);
    ADD("settings", test_settings);
    ADD("paths", test_paths);
    ADD("absent", test_absent);
    ADD("problems", test_problems);
    ADD("secret", test_secret);
    ADD("password", test_password);
    ADD("list", test_list);
    ADD("silence", test_silence);
    return g_test_run();
}
