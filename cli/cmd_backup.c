/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_backup.c - nurture backup: a copy of the database that can be restored */
#include "cli.h"

#include "nurture/error.h"
#include "nurture/fact.h"
#include "nurture/file.h"
#include "nurture/json.h"
#include "nurture/text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static const char help[] =
    "Copies the database, compact and whole, to FILE, while everything runs.\n"
    "FILE must not exist; only you may read it. The keys are not in it: keep "
    "a\n"
    "copy of them somewhere else, with the file 'erased' that lies beside "
    "them:\n"
    "it has keyed hashes of who was erased, and 'nurture restore FILE', which\n"
    "puts a copy back, does not bring those people back.";

/* When the copy was made is in the copy. */
static bool
note_moment(CliContext *cli, GError **error)
{
    g_autofree char *now = g_strdup_printf("%" G_GINT64_FORMAT, cli->now);
    g_auto(Transaction) tx = store_begin(cli->store, error);

    return tx.store && fact_set(cli->store, "backup_at", now, error) &&
           transaction_commit(&tx, error);
}

/* SQLite does not sync what VACUUM INTO writes. */
static bool
sync_file(const char *path)
{
    int fd = open(path, O_RDWR | O_CLOEXEC);
    bool synced = fd >= 0 && fsync(fd) == 0;

    if (fd >= 0)
        close(fd);
    return synced;
}

/* Under another name first: a copy that is there is whole. */
static bool
make_copy(CliContext *cli, const char *path, GError **error)
{
    g_autofree char *part = g_strconcat(path, ".part", NULL);
    g_autofree char *dir = g_path_get_dirname(path);
    mode_t mask = umask(077);
    bool copied;

    unlink(part);
    copied = note_moment(cli, error) && store_backup(cli->store, part, error);
    umask(mask);
    if (!copied) {
        unlink(part);
        return false;
    }
    if (sync_file(part) && link(part, path) == 0) {
        unlink(part);
        file_sync_directory(dir);
        return true;
    }
    g_set_error(error, NURTURE_ERROR,
                errno == EEXIST ? ERROR_REFUSED : ERROR_INPUT, "%s: %s", path,
                g_strerror(errno));
    unlink(part);
    return false;
}

int
cmd_backup(int argc, char **argv, CliContext *cli)
{
    GError *error = NULL;
    struct stat st;
    int status =
        cli_options(NULL, "FILE - copy the database", help, &argc, &argv);

    if (status >= 0)
        return status;
    if (argc != 2)
        return cli_usage("backup", "say where to");
    if (stat(argv[1], &st) == 0) {
        g_set_error(&error, NURTURE_ERROR, ERROR_REFUSED,
                    "%s is there already, and stays", argv[1]);
        return cli_error(error);
    }
    if (!make_copy(cli, argv[1], &error))
        return cli_error(error);
    if (stat(argv[1], &st) != 0)
        st.st_size = 0;
    if (cli->json) {
        g_autoptr(GString) out = g_string_new("{\"schema\":1,\"file\":");
        json_append_string(out, argv[1]);
        g_string_append_printf(out, ",\"bytes\":%" G_GINT64_FORMAT "}",
                               (int64_t)st.st_size);
        puts(out->str);
    } else if (!cli->quiet) {
        printf("%s: %s bytes. Keep %s/keys as well, elsewhere.\n", argv[1],
               number_format(st.st_size), cli->workspace->state_dir);
    }
    return 0;
}
