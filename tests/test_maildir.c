/* SPDX-License-Identifier: Apache-2.0 */
/* test_maildir.c - what is offered from a mailbox, and how often */
#include "nurture/error.h"
#include "nurture/maildir.h"

#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

typedef struct {
    char *path;
    GString *got; /* the mails, each followed by ';' */
    const char *refuse;
} Box;

static char *
file_in(const Box *box, const char *name)
{
    return g_build_filename(box->path, name, NULL);
}

static void
write_mail(const Box *box, const char *name, const char *text)
{
    g_autofree char *aside = file_in(box, "tmp/x");
    g_autofree char *path = file_in(box, name);
    g_autoptr(GError) error = NULL;

    g_file_set_contents(aside, text, -1, &error);
    g_assert_no_error(error);
    g_assert_cmpint(g_rename(aside, path), ==, 0);
}

static void
set_up(Box *box, gconstpointer data)
{
    static const char *const folders[] = {"new", "cur", "tmp"};

    (void)data;
    box->path = g_dir_make_tmp("nurture-box-XXXXXX", NULL);
    box->got = g_string_new(NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(folders); i++) {
        g_autofree char *path = file_in(box, folders[i]);
        g_assert_cmpint(g_mkdir(path, 0700), ==, 0);
    }
}

static void
empty(const char *path)
{
    g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
    const char *name;

    while (dir && (name = g_dir_read_name(dir))) {
        g_autofree char *file = g_build_filename(path, name, NULL);
        if (g_unlink(file) != 0) {
            empty(file);
            g_rmdir(file);
        }
    }
}

static void
tear_down(Box *box, gconstpointer data)
{
    (void)data;
    empty(box->path);
    g_rmdir(box->path);
    g_free(box->path);
    g_string_free(box->got, TRUE);
}

static bool
take(gpointer data, GBytes *raw, GError **error)
{
    Box *box = data;
    gsize size;
    const char *bytes = g_bytes_get_data(raw, &size);

    if (box->refuse && strlen(box->refuse) == size &&
        memcmp(bytes, box->refuse, size) == 0) {
        g_set_error(error, NURTURE_ERROR, ERROR_TEMPORARY, "not now");
        return false;
    }
    g_string_append_len(box->got, bytes, (gssize)size);
    g_string_append_c(box->got, ';');
    return true;
}

static Maildir *
open_box(const Box *box)
{
    g_autoptr(GError) error = NULL;
    Maildir *m = maildir_open(box->path, &error);

    g_assert_no_error(error);
    return m;
}

static void
assert_took(Box *box, Maildir *m, const char *expected)
{
    g_autoptr(GError) error = NULL;

    g_string_truncate(box->got, 0);
    maildir_take(m, take, box, &error);
    g_assert_no_error(error);
    g_assert_cmpstr(box->got->str, ==, expected);
}

static void
test_each_once(Box *box, gconstpointer data)
{
    (void)data;
    write_mail(box, "cur/1:2,S", "one");
    write_mail(box, "new/2", "two");
    g_autoptr(Maildir) m = open_box(box);
    assert_took(box, m, "one;two;");
    assert_took(box, m, "");
    write_mail(box, "new/3", "three");
    assert_took(box, m, "three;");
}

/* Another program reads the mailbox too. */
static void
test_moved_mail_is_not_new(Box *box, gconstpointer data)
{
    g_autofree char *from = file_in(box, "new/1");
    g_autofree char *to = file_in(box, "cur/1:2,RS");

    (void)data;
    write_mail(box, "new/1", "one");
    g_autoptr(Maildir) m = open_box(box);
    assert_took(box, m, "one;");
    g_assert_cmpint(g_rename(from, to), ==, 0);
    assert_took(box, m, "");
    g_unlink(to);
    assert_took(box, m, "");
}

static void
test_gone_before_it_is_read(Box *box, gconstpointer data)
{
    g_autofree char *path = file_in(box, "new/1");

    (void)data;
    g_autoptr(Maildir) m = open_box(box);
    write_mail(box, "new/1", "one");
    write_mail(box, "new/2", "two");
    g_unlink(path);
    assert_took(box, m, "two;");
}

static void
test_refused_mail_comes_again(Box *box, gconstpointer data)
{
    (void)data;
    write_mail(box, "new/1", "one");
    write_mail(box, "new/2", "two");
    g_autoptr(Maildir) m = open_box(box);
    box->refuse = "one";
    assert_took(box, m, "two;");
    box->refuse = NULL;
    assert_took(box, m, "one;");
    assert_took(box, m, "");
}

static void
test_what_is_no_mail(Box *box, gconstpointer data)
{
    g_autofree char *link = file_in(box, "new/link");
    g_autofree char *directory = file_in(box, "new/directory");

    (void)data;
    g_assert_cmpint(symlink("/etc/passwd", link), ==, 0);
    g_assert_cmpint(g_mkdir(directory, 0700), ==, 0);
    write_mail(box, "new/.hidden", "hidden");
    write_mail(box, "new/empty", "");
    write_mail(box, "new/mail", "mail");
    g_autoptr(Maildir) m = open_box(box);
    assert_took(box, m, "mail;");
}

static void
test_gone(Box *box, gconstpointer data)
{
    g_autofree char *path = file_in(box, "new");
    g_autoptr(GError) error = NULL;
    g_autoptr(Maildir) m = open_box(box);

    (void)data;
    assert_took(box, m, "");
    g_assert_cmpint(g_rmdir(path), ==, 0);
    g_assert_false(maildir_take(m, take, box, &error));
    g_assert_error(error, NURTURE_ERROR, ERROR_TEMPORARY);
    g_clear_error(&error);
    g_assert_null(maildir_open(box->path, &error));
    g_assert_error(error, NURTURE_ERROR, ERROR_TEMPORARY);
}

static const struct {
    const char *label, *text, *mails;
} boxes[] = {
    {"none", "", ""},
    {"two", "From a b\nx: y\n\none\n\nFrom c d\ntwo\n", "x: y\n\none\n;two\n;"},
    {"quoted", "From a\none\n>From b\n>>From c\n>Fro\n",
     "one\nFrom b\n>From c\n>Fro\n;"},
    {"in-a-paragraph", "From a\none\nFrom here\n", "one\nFrom here\n;"},
    {"crlf", "From a\r\none\r\n\r\nFrom b\r\ntwo\r\n", "one\r\n\r\n;two\r\n;"},
    {"no-line-end", "From a\none", "one;"},
};

static void
test_mbox(Box *box, gconstpointer data)
{
    g_autofree char *path = file_in(box, "mbox");

    (void)data;
    for (gsize i = 0; i < G_N_ELEMENTS(boxes); i++) {
        g_autoptr(GError) error = NULL;
        g_test_message("%s", boxes[i].label);
        g_string_truncate(box->got, 0);
        g_file_set_contents(path, boxes[i].text, -1, NULL);
        g_assert_true(mbox_take(path, take, box, &error));
        g_assert_no_error(error);
        g_assert_cmpstr(box->got->str, ==, boxes[i].mails);
    }
}

#define ADD(path, function)                                                    \
    g_test_add("/maildir/" path, Box, NULL, set_up, function, tear_down)

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD("each-once", test_each_once);
    ADD("moved", test_moved_mail_is_not_new);
    ADD("gone-before-read", test_gone_before_it_is_read);
    ADD("refused-comes-again", test_refused_mail_comes_again);
    ADD("no-mail", test_what_is_no_mail);
    ADD("gone", test_gone);
    ADD("mbox", test_mbox);
    return g_test_run();
}
